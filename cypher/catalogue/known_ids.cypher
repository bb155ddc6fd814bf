// Which of the given ids are nodes of a kind.
UNWIND $ids AS i MATCH (x:<<KIND>> {id: i}) RETURN x.id AS id
