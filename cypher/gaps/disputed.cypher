// Documents of which there are several statements, with these and where the documents are located.
MATCH (r:Regulation)
WHERE r.said IS NOT NULL AND <<SEES r Regulation>>
OPTIONAL MATCH (r)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES j Jurisdiction>>
RETURN r.id AS id, r.name AS name, r.said AS said, collect(DISTINCT j.id) AS places
