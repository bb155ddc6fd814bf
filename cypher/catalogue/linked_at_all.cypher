// Which nodes some edge names.
UNWIND $ids AS i MATCH (x:<<KIND>> {id: i})
WHERE EXISTS { MATCH (x)-[]-() }
RETURN x.id AS id
