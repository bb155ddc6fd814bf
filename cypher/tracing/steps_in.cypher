// Whence record edges that may hold in a period lead to the given assets of a kind, by end and stage.
UNWIND $ids AS i
MATCH (b:<<ASSET>> {id: i})<-[e:<<RECORD>>]-(a)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES a STARTS>> AND <<SEES b ASSET>>
RETURN b.id AS id, e.stage AS stage, collect(DISTINCT a.id) AS others
