// Every node within <<HOPS>> hops from which record edges that may hold in a period lead to an asset, by kind and minimum depth.
// Grouped, since each record of the answer costs; the plan must stay a pruning breadth-first search.
MATCH p = (a:<<ASSET>> {id: $id})<-[:<<RECORD>>*1..<<HOPS>>]-(b)
WHERE b.id <> $id AND all(e IN relationships(p) WHERE
  (e.since_day IS NULL OR e.since_day <= $last) AND (e.until_day IS NULL OR e.until_day >= $first))
WITH labels(b)[0] AS kind, b.id AS bid, min(length(p)) AS depth
RETURN kind, depth, collect(bid) AS ids
