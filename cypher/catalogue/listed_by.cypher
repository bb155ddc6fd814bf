// Nodes that a source may speak of: its statement is the node's only one, or there are several, which hold it or not.
MATCH (x:<<KIND>>)
WHERE x.source = $source OR x.said IS NOT NULL
RETURN x.id AS id, x.source AS source, x.passage AS passage, x.hash AS hash, x.said AS said
