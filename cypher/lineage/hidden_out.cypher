// What a limited key does not see at the ends of record edges that start at the given assets and may hold in a period.
UNWIND $ids AS i
MATCH (a:<<ASSET>> {id: i})-[e:<<RECORD>>]->(b)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES a ASSET>> AND <<HIDES b ENDS>>
RETURN DISTINCT a.id AS id, e.stage AS stage, b.id AS hidden
