// What a limited key does not see at the starts of record edges that end at the given assets and may hold in a period.
UNWIND $ids AS i
MATCH (b:<<ASSET>> {id: i})<-[e:<<RECORD>>]-(a)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<HIDES a STARTS>> AND <<SEES b ASSET>>
RETURN DISTINCT b.id AS id, e.stage AS stage, a.id AS hidden
