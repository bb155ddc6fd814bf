// Items of the given names or data elements, with what has them.
MATCH (x:Item)
WHERE (x.name IN $names OR x.element IN $elements) AND <<SEES x Item>>
OPTIONAL MATCH (x)<-[:HAS_ITEM]-(h:<<KINDS>>)
WHERE <<SEES h KINDS>>
RETURN x.id AS id, x.name AS name, x.element AS element, collect(DISTINCT h.id) AS holders
