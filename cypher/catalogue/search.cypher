// Nodes of a kind whose id or name holds a text.
MATCH (x:<<KIND>>)
WHERE x.name CONTAINS $text OR x.id CONTAINS $text
RETURN x.id AS id, x.name AS name, x.aliases AS aliases
ORDER BY id
LIMIT $limit
