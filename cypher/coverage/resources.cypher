// Resources in groups: where they are, what is expected of them, which stages they have gone through by $day.
MATCH (x:Resource)
WHERE <<SEES x Resource>>
OPTIONAL MATCH (x)-[:LOCATED_IN]->(l:Jurisdiction)
WITH x, collect(DISTINCT l.id) AS located
OPTIONAL MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction)
WITH x, located, collect(DISTINCT p.id) AS provided
WITH located, provided, x.id AS xid, x.share_type AS share_type, x.open_type AS open_type,
     x.storage_due AS storage_due, x.archiving_due AS archiving_due,
     EXISTS { MATCH (x)-[:LISTED_IN]->(c:Catalogue) WHERE c.collects AND <<SEES c Catalogue>> } AS collects,
     EXISTS { MATCH (x)-[e:COLLECTION]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS collection,
     EXISTS { MATCH (x)-[e:SHARING]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS sharing,
     EXISTS { MATCH (x)-[e:OPENING]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS opening,
     EXISTS { MATCH (x)-[e:STORAGE]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS storage,
     EXISTS { MATCH (x)-[e:ARCHIVING]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS archiving
RETURN located, provided, share_type, open_type, storage_due, archiving_due, collects,
       collection, sharing, opening, storage, archiving, count(xid) AS assets
