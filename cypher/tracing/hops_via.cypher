// Record edges of assets of a kind that may hold in a period and went over a platform.
MATCH (a:<<ASSET>>)-[e:<<RECORD>>]->(b)
WHERE e.via = $id
  AND (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES a ASSET>> AND <<SEES b ENDS>>
RETURN DISTINCT e.id AS id, a.id AS start, b.id AS target
