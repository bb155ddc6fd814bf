// Of the given nodes of a kind: where they are located.
UNWIND $ids AS i
MATCH (x:<<KIND>> {id: i})-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES x KIND>> AND <<SEES j Jurisdiction>>
RETURN x.id AS id, j.id AS jurisdiction
