// Databases or agencies with the jurisdictions that they are located in.
MATCH (s:<<KIND>>)
WHERE <<SEES s KIND>>
OPTIONAL MATCH (s)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES j Jurisdiction>>
RETURN s.id AS id, s.name AS name, collect(DISTINCT j.id) AS places
