// Placeholders of one source that nothing names any more.
MATCH (x:<<KIND>>)
WHERE x.hash = 'placeholder' AND x.said IS NULL AND x.source = $source AND NOT EXISTS { MATCH (x)-[]-() }
RETURN x.id AS id
