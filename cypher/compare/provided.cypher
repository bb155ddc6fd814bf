// Resources that an agency provides, in groups: what is expected of them, which stages they have gone through by $day.
MATCH (s:Agency {id: $id})<-[:PROVIDED_BY]-(x:Resource)
WHERE <<SEES x Resource>> AND <<SEES s Agency>>
WITH DISTINCT x
WITH x.id AS xid, x.share_type AS share_type, x.open_type AS open_type,
     x.storage_due AS storage_due, x.archiving_due AS archiving_due,
     EXISTS { MATCH (x)-[:LISTED_IN]->(c:Catalogue) WHERE c.collects AND <<SEES c Catalogue>> } AS collects,
     EXISTS { MATCH (x)-[e:COLLECTION]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS collection,
     EXISTS { MATCH (x)-[e:SHARING]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS sharing,
     EXISTS { MATCH (x)-[e:OPENING]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS opening,
     EXISTS { MATCH (x)-[e:STORAGE]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS storage,
     EXISTS { MATCH (x)-[e:ARCHIVING]->() WHERE e.since_day IS NULL OR e.since_day <= $day } AS archiving
RETURN share_type, open_type, storage_due, archiving_due, collects,
       collection, sharing, opening, storage, archiving, count(xid) AS assets
