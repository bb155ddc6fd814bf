// The first $limit assets of a kind with a home among $places that have gone through one of the stages by $day.
MATCH (x:<<ASSET>>)-[e:<<RECORD>>]->()
WHERE (e.since_day IS NULL OR e.since_day <= $day)
  AND (EXISTS { MATCH (x)-[:LOCATED_IN]->(l:Jurisdiction) WHERE l.id IN $places }
    OR EXISTS { MATCH (x)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(p:Jurisdiction) WHERE p.id IN $places })
  AND <<SEES x ASSET>>
RETURN DISTINCT x.id AS id
ORDER BY id
LIMIT $limit
