// Every jurisdiction with the years in which it exists, by level: few records, since each one costs.
MATCH (j:Jurisdiction)
WHERE <<SEES j Jurisdiction>>
RETURN j.level AS level, collect({id: j.id, name: j.name, first_year: j.first_year, end_year: j.end_year,
                                  outside: j.outside_territory}) AS places
