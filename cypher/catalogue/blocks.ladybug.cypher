// The blocks of 500,000 places in the table of a kind that hold nodes: the names of one are some 100 MiB.
MATCH (x:<<KIND>>)
WHERE <<SEES x KIND>>
RETURN DISTINCT offset(id(x)) / 500000 AS block
