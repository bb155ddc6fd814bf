// How many edges of a type there are; the same edge from two sources counts once.
MATCH ()-[e:<<TYPE>>]->()
RETURN count(DISTINCT e.id) AS edges
