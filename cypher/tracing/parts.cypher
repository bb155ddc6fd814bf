// What of a kind of asset is part of the given databases.
UNWIND $ids AS i
MATCH (x:Database {id: i})<-[:PART_OF]-(y:<<ASSET>>)
WHERE <<SEES x Database>> AND <<SEES y ASSET>>
RETURN DISTINCT y.id AS id
