// Nodes that others were merged into, with what is said of them, which tells whom.
MATCH (x:<<KIND>>)
WHERE x.said CONTAINS $mark
RETURN x.id AS id, x.said AS said
