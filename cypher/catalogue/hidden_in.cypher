// How many edges of a type end at a node and start at what a limited key does not see.
MATCH (x:<<KIND>> {id: $id})<-[e:<<TYPE>>]-(y)
WHERE <<SEES x KIND>> AND <<HIDES y STARTS>>
RETURN count(DISTINCT e.id) AS edges
