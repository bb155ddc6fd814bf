// Every jurisdiction with what tells places of one name apart: level and whether it still exists.
MATCH (x:Jurisdiction)
WHERE <<SEES x Jurisdiction>>
RETURN collect({id: x.id, name: x.name, aliases: x.aliases, level: x.level, end_year: x.end_year}) AS nodes
