// Documents of a jurisdiction with their issuers: as written, and the bodies that issued them.
MATCH (r:Regulation)-[:LOCATED_IN]->(j:Jurisdiction {id: $id})
WHERE <<SEES r Regulation>> AND <<SEES j Jurisdiction>>
OPTIONAL MATCH (r)-[:ISSUED_BY]->(a:Agency)
WHERE <<SEES a Agency>>
RETURN r.id AS id, r.issuer AS written, collect(DISTINCT a.name) AS bodies
