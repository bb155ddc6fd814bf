// Assets of a kind that have gone through stages by $day, in groups: by stage, where they are located, and where the agencies that provide them are.
MATCH (x:<<ASSET>>)-[e:<<RECORD>>]->()
WHERE (e.since_day IS NULL OR e.since_day <= $day) AND <<SEES x ASSET>>
WITH DISTINCT x, e.stage AS stage
OPTIONAL MATCH (x)-[:LOCATED_IN]->(l:Jurisdiction)
WITH x, stage, collect(DISTINCT l.id) AS located
OPTIONAL MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction)
WITH x, stage, located, collect(DISTINCT p.id) AS provided
RETURN stage, located, provided, count(x.id) AS assets
