// How many edges of a type there are; the same edge from two sources counts once.
MATCH (x)-[e:<<TYPE>>]->(y)
WHERE <<SEES x STARTS>> AND <<SEES y ENDS>>
RETURN count(DISTINCT e.id) AS edges
