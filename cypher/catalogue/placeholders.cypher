// Nodes that something names and no source lists.
MATCH (x:<<KIND>>)
WHERE x.hash = 'placeholder' AND x.said IS NULL
RETURN x.id AS id
