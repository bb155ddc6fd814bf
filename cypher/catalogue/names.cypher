// Every node of a kind with its name and other names: what a word may mean. In one list: few records, since each one costs.
MATCH (x:<<KIND>>)
WHERE <<SEES x KIND>>
RETURN collect({id: x.id, name: x.name, aliases: x.aliases}) AS nodes
