// Nodes of a kind one of whose aliases holds a text that neither id nor name does.
WITH $text AS word
MATCH (x:<<KIND>>)
WHERE any(a IN x.aliases WHERE a CONTAINS word) AND NOT x.name CONTAINS word AND NOT x.id CONTAINS word
RETURN x.id AS id, x.name AS name, x.aliases AS aliases
ORDER BY id
LIMIT $limit
