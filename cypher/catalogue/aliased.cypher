// The nodes of a kind that have other names: what an alias may mean.
MATCH (x:<<KIND>>)
WHERE x.also IS NOT NULL AND <<SEES x KIND>>
RETURN collect({id: x.id, name: x.name, aliases: x.aliases}) AS nodes
