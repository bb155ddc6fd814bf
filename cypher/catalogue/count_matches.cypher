// How many nodes of a kind hold a text in their id, name or aliases.
WITH $text AS word
MATCH (x:<<KIND>>)
WHERE x.name CONTAINS word OR x.id CONTAINS word OR any(a IN x.aliases WHERE a CONTAINS word)
RETURN count(x.id) AS matches
