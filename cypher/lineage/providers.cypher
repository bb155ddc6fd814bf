// Of the given assets of a kind: who provides them, and where those are located.
UNWIND $ids AS i
MATCH (x:<<ASSET>> {id: i})-[:PROVIDED_BY]->(a:Agency)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES x ASSET>> AND <<SEES a Agency>> AND <<SEES j Jurisdiction>>
RETURN x.id AS id, a.id AS agency, j.id AS jurisdiction
