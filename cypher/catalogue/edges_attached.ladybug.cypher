// The edges at nodes of a kind, with whose word they are and the run that wrote them.
UNWIND $ids AS i MATCH (x:<<KIND>> {id: i})-[e]-(y)
RETURN i AS id, y.id AS other, label(e) AS type, e.source AS source, e.`key` AS edge_key, e.run AS run, e.id AS edge
