// Of the given assets of a kind: who provides them, and where those are located.
UNWIND $ids AS i
MATCH (x:<<ASSET>> {id: i})-[:PROVIDED_BY]->(g:Agency)
WHERE <<SEES x ASSET>> AND <<SEES g Agency>>
OPTIONAL MATCH (g)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES j Jurisdiction>>
RETURN x.id AS id, g.id AS agency, collect(DISTINCT j.id) AS places
