// Items after one, by id, into which an item went.
MATCH (x:Item)<-[:<<RECORD>>]-(y:Item)
WHERE x.id > $after AND <<SEES x Item>> AND <<SEES y Item>>
RETURN DISTINCT x.id AS id
ORDER BY id
LIMIT $limit
