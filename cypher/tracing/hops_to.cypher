// Record edges from assets of a kind to a platform that may hold in a period.
MATCH (b:Platform {id: $id})<-[e:<<RECORD>>]-(a:<<ASSET>>)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES b Platform>> AND <<SEES a ASSET>>
RETURN DISTINCT e.id AS id, a.id AS start
