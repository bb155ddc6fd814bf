// Names of the given nodes of a kind.
UNWIND $ids AS i
MATCH (x:<<KIND>> {id: i})
RETURN x.id AS id, x.name AS name
