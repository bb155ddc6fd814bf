// Nodes of a kind that bear a word as their name or as an alias.
WITH $text AS word
MATCH (x:<<KIND>>)
WHERE x.name = word OR word IN x.aliases
RETURN x.id AS id, x.name AS name
ORDER BY id
