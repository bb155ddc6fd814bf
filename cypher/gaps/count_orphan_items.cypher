// How many items that nobody provides and nothing has; $choose 'in', 'out': only $chosen, or all but these.
MATCH (x:Item)
WHERE NOT EXISTS { MATCH (x)-[:PROVIDED_BY]->(b:Agency) WHERE <<SEES b Agency>> }
  AND NOT EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database) }
  AND ($choose = '' OR ($choose = 'in' AND x.id IN $chosen) OR ($choose = 'out' AND NOT x.id IN $chosen))
  AND (size($places) = 0
    OR EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database)-[:LOCATED_IN]->(l:Jurisdiction) WHERE l.id IN $places }
    OR EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction) WHERE p.id IN $places })
  AND NOT EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database)-[:LOCATED_IN]->(o:Jurisdiction) WHERE o.id IN $outside }
  AND NOT EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(q:Jurisdiction) WHERE q.id IN $outside }
  AND ($theme = '' OR EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database)-[:ABOUT]->(t:Theme) WHERE t.id = $theme })
  AND ($agency = '' OR EXISTS { MATCH (x)<-[:HAS_ITEM]-(:Resource|Dataset|Database)-[:PROVIDED_BY]->(a:Agency) WHERE a.id = $agency AND <<SEES a Agency>> })
  AND <<SEES x Item>>
RETURN count(x.id) AS assets
