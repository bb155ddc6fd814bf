// Nodes of a kind whose id, name or aliases hold a text.
MATCH (x:<<KIND>>)
WHERE (x.name CONTAINS $text OR x.id CONTAINS $text OR x.also CONTAINS $text) AND <<SEES x KIND>>
RETURN x.id AS id, x.name AS name, x.aliases AS aliases
ORDER BY id
LIMIT $limit
