// The first $limit of the resources that are expected to have gone through a stage ($by: share, open or catalogue) and have not by $day, with ids from $lowest to $highest; $choose 'in', 'out': only $chosen, or all but these.
MATCH (x:Resource)
WHERE x.id >= $lowest AND x.id <= $highest
  AND (($by = 'share' AND x.share_type IN ['unconditional', 'conditional'])
    OR ($by = 'open' AND x.open_type IN ['unconditional', 'conditional'])
    OR ($by = 'catalogue' AND EXISTS { MATCH (x)-[:LISTED_IN]->(c:Catalogue) WHERE c.collects AND <<SEES c Catalogue>> }))
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
RETURN x.id AS id, x.name AS name
ORDER BY id
LIMIT $limit
