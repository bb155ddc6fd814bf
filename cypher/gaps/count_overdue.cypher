// How many resources that have not gone through a stage ($by: storage or archiving) by $day and were due by then; partial due dates: by $month, $half, $year; $choose 'in', 'out': only $chosen, or all but these.
MATCH (x:Resource)
WHERE (($by = 'storage' AND ((size(x.storage_due) = 10 AND x.storage_due <= $iso)
      OR (size(x.storage_due) = 7 AND NOT x.storage_due CONTAINS 'H' AND x.storage_due <= $month)
      OR (x.storage_due CONTAINS 'H' AND x.storage_due <= $half)
      OR (size(x.storage_due) = 4 AND x.storage_due <= $year)))
    OR ($by = 'archiving' AND ((size(x.archiving_due) = 10 AND x.archiving_due <= $iso)
      OR (size(x.archiving_due) = 7 AND NOT x.archiving_due CONTAINS 'H' AND x.archiving_due <= $month)
      OR (x.archiving_due CONTAINS 'H' AND x.archiving_due <= $half)
      OR (size(x.archiving_due) = 4 AND x.archiving_due <= $year))))
  AND NOT EXISTS { MATCH (x)-[e:<<RECORD>>]->() WHERE e.since_day IS NULL OR e.since_day <= $day }
  AND ($choose = '' OR ($choose = 'in' AND x.id IN $chosen) OR ($choose = 'out' AND NOT x.id IN $chosen))
  AND (size($places) = 0
    OR EXISTS { MATCH (x)-[:LOCATED_IN]->(l:Jurisdiction) WHERE l.id IN $places }
    OR EXISTS { MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction) WHERE p.id IN $places })
  AND NOT EXISTS { MATCH (x)-[:LOCATED_IN]->(o:Jurisdiction) WHERE o.id IN $outside }
  AND NOT EXISTS { MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(q:Jurisdiction) WHERE q.id IN $outside }
  AND ($theme = '' OR EXISTS { MATCH (x)-[:ABOUT]->(t:Theme) WHERE t.id = $theme })
  AND ($agency = '' OR EXISTS { MATCH (x)-[:PROVIDED_BY]->(a:Agency) WHERE a.id = $agency AND <<SEES a Agency>> })
  AND <<SEES x Resource>>
RETURN count(x.id) AS assets
