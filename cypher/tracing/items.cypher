// Items of the given assets of a kind.
UNWIND $ids AS i
MATCH (a:<<ASSET>> {id: i})-[:HAS_ITEM]->(x:Item)
WHERE <<SEES a ASSET>> AND <<SEES x Item>>
RETURN DISTINCT a.id AS holder, x.id AS id, x.name AS name
