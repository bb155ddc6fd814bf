// Where record edges that may hold in a period lead from the given assets of a kind, by start and stage.
UNWIND $ids AS i
MATCH (a:<<ASSET>> {id: i})-[e:<<RECORD>>]->(b)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES a ASSET>> AND <<SEES b ENDS>>
RETURN a.id AS id, e.stage AS stage, collect(DISTINCT b.id) AS others
