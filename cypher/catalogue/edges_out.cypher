// Edges of a type that start at a node, with what every edge has.
MATCH (x:<<KIND>> {id: $id})-[e:<<TYPE>>]->(y)
WHERE <<SEES x KIND>> AND <<SEES y ENDS>>
RETURN e.id AS id, e.source AS source, e.passage AS passage, x.id AS start, y.id AS target, e.stage AS stage
ORDER BY target, id, source
LIMIT $limit
