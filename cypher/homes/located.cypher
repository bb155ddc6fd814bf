// Where the given nodes of a kind are located, and whose word that is.
UNWIND $ids AS i
MATCH (x:<<KIND>> {id: i})-[e:LOCATED_IN]->(j:Jurisdiction)
RETURN x.id AS id, j.id AS home, e.source AS source, e.passage AS passage, e.hash AS hash
