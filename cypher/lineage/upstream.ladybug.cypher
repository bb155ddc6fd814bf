// Every node within <<HOPS>> hops from which record edges that may hold in a period lead to an asset, by kind and minimum depth.
MATCH (a:<<ASSET>> {id: $id})<-[r:<<RECORD>>* SHORTEST 1..<<HOPS>>
  (e, n | WHERE (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first))]-(b)
WHERE b.id <> $id
RETURN label(b) AS kind, length(r) AS depth, collect(DISTINCT b.id) AS ids
