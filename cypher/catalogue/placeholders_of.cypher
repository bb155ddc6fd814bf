// Placeholders of one source.
MATCH (x:<<KIND>>)
WHERE x.hash = 'placeholder' AND x.said IS NULL AND x.source = $source
RETURN x.id AS id
