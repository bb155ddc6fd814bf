// How many items that are not shared, in no resource that is not shared, and cite none of the documents that count ($counting); $choose 'in', 'out': only $chosen, or all but these.
MATCH (x:Item)
WHERE x.share_type = 'not_shared'
  AND NOT EXISTS { MATCH (x)<-[:HAS_ITEM]-(w:Resource) WHERE w.share_type = 'not_shared' AND <<SEES w Resource>> }
  AND NOT EXISTS { MATCH (x)-[:BASED_ON]->(r:Regulation) WHERE r.id IN $counting }
  AND NOT EXISTS { MATCH (x)-[:BASED_ON]->(:Article)<-[:HAS_ARTICLE]-(s:Regulation) WHERE s.id IN $counting }
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
