// Nodes of a kind that bear a word as their name or as an alias ($line: the word as a line of its own).
MATCH (x:<<KIND>>)
WHERE (x.name = $text OR x.also CONTAINS $line) AND <<SEES x KIND>>
RETURN x.id AS id, x.name AS name, x.aliases AS aliases
ORDER BY id
