// Nodes that something names and no source lists.
MATCH (x:<<KIND>>)
WHERE x.hash = 'placeholder'
RETURN x.id AS id
