// Assets of a kind of each theme or agency.
MATCH (x:<<ASSET>>)-[:<<TYPE>>]->(s:<<KIND>>)
WHERE <<SEES x ASSET>> AND <<SEES s KIND>>
RETURN s.id AS subject, count(DISTINCT x.id) AS assets
