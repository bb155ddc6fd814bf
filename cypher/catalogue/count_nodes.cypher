// How many nodes of a kind there are.
MATCH (x:<<KIND>>)
RETURN count(*) AS nodes
