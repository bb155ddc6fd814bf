// The one block that a kind is where names have an index.
MATCH (x:<<KIND>>)
WHERE <<SEES x KIND>>
RETURN 0 AS block
LIMIT 1
