// How many edges of a type start at a node and end at what a limited key does not see.
MATCH (x:<<KIND>> {id: $id})-[e:<<TYPE>>]->(y)
WHERE <<SEES x KIND>> AND <<HIDES y ENDS>>
RETURN count(DISTINCT e.id) AS edges
