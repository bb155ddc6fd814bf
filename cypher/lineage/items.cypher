// The items that an asset has.
MATCH (h:<<ASSET>> {id: $id})-[:HAS_ITEM]->(x:Item)
WHERE <<SEES x Item>>
RETURN DISTINCT x.id AS id
ORDER BY id
