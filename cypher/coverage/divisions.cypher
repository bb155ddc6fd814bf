// Every jurisdiction with its level and the years in which it exists.
MATCH (j:Jurisdiction)
RETURN j.id AS id, j.name AS name, j.level AS level, j.first_year AS first_year, j.end_year AS end_year,
       j.outside_territory AS outside
