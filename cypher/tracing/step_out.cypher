// Where record edges that may hold in a period lead from the given asset of a kind, by start and stage.
MATCH (a:<<ASSET>> {id: $id})-[e:<<RECORD>>]->(b)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES a ASSET>> AND <<SEES b ENDS>>
RETURN a.id AS id, e.stage AS stage, collect(DISTINCT b.id) AS others
