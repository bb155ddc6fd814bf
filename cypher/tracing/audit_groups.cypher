// Record edges of assets of a kind that may hold in a period, in groups: by the first agency, of those located somewhere, that provides the asset.
MATCH (a:<<ASSET>>)
WHERE <<SEES a ASSET>>
OPTIONAL MATCH (a)-[:PROVIDED_BY]->(g:Agency)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES g Agency>> AND <<SEES j Jurisdiction>>
WITH a, min(g.id) AS agency
MATCH (a)-[e:<<RECORD>>]->(b)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES b ENDS>>
RETURN agency, e.stage AS stage, e.since AS since, count(DISTINCT e.id) AS hops
