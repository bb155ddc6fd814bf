// Which of the given ids are nodes of a kind.
UNWIND $ids AS i MATCH (x:<<KIND>> {id: i}) WHERE <<SEES x KIND>> RETURN x.id AS id
