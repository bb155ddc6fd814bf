// Record edges that end at the given assets of a kind and may hold in a period.
UNWIND $ids AS i
MATCH (b:<<ASSET>> {id: i})<-[e:<<RECORD>>]-(a)
WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first)
  AND <<SEES a STARTS>> AND <<SEES b ASSET>>
RETURN e.id AS id, a.id AS start, b.id AS target, e.stage AS stage, e.since AS since, e.until AS until, e.via AS via,
       e.mode AS mode, e.under AS under, e.term AS term, e.assumed AS assumed, e.source AS source
