// Record edges after one, by id, of the groups (agency, since) of items whose provider is that of what has them; each from one source.
UNWIND $rows AS r
MATCH (g:Agency {id: r.agency})<-[:PROVIDED_BY]-(h:<<KINDS>>)-[:HAS_ITEM]->(a:Item)-[e:<<RECORD>>]->(b)
WHERE e.since = r.since AND e.id > r.after
  AND (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND NOT EXISTS { MATCH (a)-[:PROVIDED_BY]->(n:Agency)-[:LOCATED_IN]->(m:Jurisdiction) WHERE <<SEES n Agency>> AND <<SEES m Jurisdiction>> }
  AND NOT EXISTS { MATCH (a)<-[:HAS_ITEM]-(i:<<KINDS>>)-[:PROVIDED_BY]->(o:Agency)-[:LOCATED_IN]->(p:Jurisdiction)
                   WHERE o.id < g.id AND <<SEES i KINDS>> AND <<SEES o Agency>> AND <<SEES p Jurisdiction>> }
  AND NOT EXISTS { MATCH (a)-[d:<<RECORD>>]->(b) WHERE d.id = e.id AND d.source < e.source }
  AND <<SEES h KINDS>> AND <<SEES a Item>> AND <<SEES b ENDS>>
RETURN DISTINCT g.id AS agency, e.id AS id, a.id AS start, b.id AS target, e.stage AS stage, e.since AS since, e.until AS until, e.via AS via,
       e.mode AS mode, e.under AS under, e.term AS term, e.assumed AS assumed, e.source AS source
ORDER BY id
LIMIT $limit
