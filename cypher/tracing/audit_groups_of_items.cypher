// Record edges of items that may hold in a period, in groups: by the first agency, of those located somewhere, that provides the item, else what has it.
MATCH (a:Item)
WHERE <<SEES a Item>>
OPTIONAL MATCH (a)-[:PROVIDED_BY]->(g:Agency)-[:LOCATED_IN]->(j:Jurisdiction)
WHERE <<SEES g Agency>> AND <<SEES j Jurisdiction>>
WITH a, min(g.id) AS own
OPTIONAL MATCH (a)<-[:HAS_ITEM]-(h:<<KINDS>>)-[:PROVIDED_BY]->(k:Agency)-[:LOCATED_IN]->(l:Jurisdiction)
WHERE <<SEES h KINDS>> AND <<SEES k Agency>> AND <<SEES l Jurisdiction>>
WITH a, own, min(k.id) AS held
MATCH (a)-[e:<<RECORD>>]->(b)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES b ENDS>>
RETURN coalesce(own, held) AS agency, e.stage AS stage, e.since AS since, count(DISTINCT e.id) AS hops
