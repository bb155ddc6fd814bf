// Every node of a kind with its name and other names: what a word may mean.
MATCH (x:<<KIND>>)
RETURN x.id AS id, x.name AS name, x.aliases AS aliases
