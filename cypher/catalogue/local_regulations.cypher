// Documents of places below the nation that a source lists, with what tells plans and sorts of documents apart.
MATCH (r:Regulation)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE j.level IN ['province', 'city', 'county', 'xpcc'] AND <<SEES r Regulation>> AND <<SEES j Jurisdiction>>
RETURN DISTINCT r.id AS id, r.name AS name, r.rank AS rank, r.category AS category, j.id AS jurisdiction, r.said AS said,
       r.source AS source
