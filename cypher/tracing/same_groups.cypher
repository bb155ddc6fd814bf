// Items in groups: by name, data element, and the agencies that provide them or what has them.
MATCH (x:Item)
WHERE <<SEES x Item>>
OPTIONAL MATCH (x)-[:PROVIDED_BY]->(own:Agency)
WHERE <<SEES own Agency>>
WITH x, collect(DISTINCT own.id) AS owners
OPTIONAL MATCH (x)<-[:HAS_ITEM]-(h:<<KINDS>>)-[:PROVIDED_BY]->(held:Agency)
WHERE <<SEES h KINDS>> AND <<SEES held Agency>>
WITH x, owners, collect(DISTINCT held.id) AS keepers
RETURN x.name AS name, x.element AS element, owners, keepers, count(x.id) AS items
