// Every load: its number and its report as JSON.
MATCH (r:Run)
RETURN r.number AS number, r.body AS body
ORDER BY number
