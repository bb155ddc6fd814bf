// How many items there are, after one by id, into which an item went.
MATCH (x:Item)<-[:<<RECORD>>]-(y:Item)
WHERE x.id > $after AND <<SEES x Item>> AND <<SEES y Item>>
RETURN count(DISTINCT x.id) AS nodes
