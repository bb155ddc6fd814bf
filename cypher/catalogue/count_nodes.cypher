// How many nodes of a kind there are.
MATCH (x:<<KIND>>)
WHERE <<SEES x KIND>>
RETURN count(*) AS nodes
