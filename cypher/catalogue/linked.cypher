// How many things of one kind a node of another leads to by edges of a type.
MATCH (x:<<KIND>> {id: $id})-[:<<TYPE>>]->(y)
WHERE <<SEES x KIND>> AND <<SEES y ENDS>>
RETURN count(DISTINCT y.id) AS others
