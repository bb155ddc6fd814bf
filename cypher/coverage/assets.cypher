// Assets of a kind in groups: where they are located, and where the agencies that provide them are.
MATCH (x:<<ASSET>>)
WHERE <<SEES x ASSET>>
OPTIONAL MATCH (x)-[:LOCATED_IN]->(l:Jurisdiction)
WITH x, collect(DISTINCT l.id) AS located
OPTIONAL MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction)
WITH x, located, collect(DISTINCT p.id) AS provided
RETURN located, provided, count(x.id) AS assets
