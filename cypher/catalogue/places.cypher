// Every jurisdiction with what tells places of one name apart: level and whether it still exists.
MATCH (x:Jurisdiction)
RETURN x.id AS id, x.name AS name, x.aliases AS aliases, x.level AS level, x.end_year AS end_year
