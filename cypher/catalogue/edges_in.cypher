// Edges of a type that end at a node, with what every edge has.
MATCH (x:<<KIND>> {id: $id})<-[e:<<TYPE>>]-(y)
WHERE <<SEES x KIND>> AND <<SEES y STARTS>>
RETURN e.id AS id, e.source AS source, e.passage AS passage, y.id AS start, x.id AS target, e.stage AS stage
ORDER BY start, id, source
LIMIT $limit
