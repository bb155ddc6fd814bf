// Where the agencies that provide the given assets of a kind are located, and whose word it is that they provide them.
UNWIND $ids AS i
MATCH (x:<<ASSET>> {id: i})-[e:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(j:Jurisdiction)
RETURN x.id AS id, j.id AS home, e.source AS source, e.passage AS passage, e.hash AS hash
