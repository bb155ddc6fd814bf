// From which assets of a kind record edges that may hold in a period lead to what, both somewhere inside the record: what a cycle may go through.
MATCH (a:<<ASSET>>)-[e:<<RECORD>>]->(b)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND EXISTS { MATCH (a)<-[:<<RECORD>>]-() } AND EXISTS { MATCH (b)-[:<<RECORD>>]->() }
  AND <<SEES a ASSET>> AND <<SEES b ENDS>>
RETURN a.id AS id, collect(DISTINCT b.id) AS others
