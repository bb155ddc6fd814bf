// Where an agency is located.
MATCH (a:Agency {id: $id})-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES a Agency>> AND <<SEES j Jurisdiction>>
RETURN DISTINCT j.id AS jurisdiction
