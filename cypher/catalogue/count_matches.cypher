// How many nodes of a kind hold a text in their id, name or aliases.
MATCH (x:<<KIND>>)
WHERE (x.name CONTAINS $text OR x.id CONTAINS $text OR x.also CONTAINS $text) AND <<SEES x KIND>>
RETURN count(x.id) AS matches
