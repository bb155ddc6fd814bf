// The first $limit of the databases that nobody provides and nobody operates, with ids from $lowest to $highest; $choose 'in', 'out': only $chosen, or all but these.
MATCH (x:Database)
WHERE x.id >= $lowest AND x.id <= $highest
  AND NOT EXISTS { MATCH (x)-[:PROVIDED_BY]->(b:Agency) WHERE <<SEES b Agency>> }
  AND NOT EXISTS { MATCH (x)-[:OPERATED_BY]->(d:Agency) WHERE <<SEES d Agency>> }
  AND ($choose = '' OR ($choose = 'in' AND x.id IN $chosen) OR ($choose = 'out' AND NOT x.id IN $chosen))
  AND (size($places) = 0
    OR EXISTS { MATCH (x)-[:LOCATED_IN]->(l:Jurisdiction) WHERE l.id IN $places }
    OR EXISTS { MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction) WHERE p.id IN $places })
  AND NOT EXISTS { MATCH (x)-[:LOCATED_IN]->(o:Jurisdiction) WHERE o.id IN $outside }
  AND NOT EXISTS { MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(q:Jurisdiction) WHERE q.id IN $outside }
  AND ($theme = '' OR EXISTS { MATCH (x)-[:ABOUT]->(t:Theme) WHERE t.id = $theme })
  AND ($agency = '' OR EXISTS { MATCH (x)-[:PROVIDED_BY]->(a:Agency) WHERE a.id = $agency AND <<SEES a Agency>> })
  AND <<SEES x Database>>
RETURN x.id AS id, x.name AS name
ORDER BY id
LIMIT $limit
