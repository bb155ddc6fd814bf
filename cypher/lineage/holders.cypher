// Of the given items: which assets of a kind have them.
UNWIND $ids AS i
MATCH (x:Item {id: i})<-[:HAS_ITEM]-(h:<<ASSET>>)
WHERE <<SEES x Item>> AND <<SEES h ASSET>>
RETURN x.id AS id, h.id AS holder
