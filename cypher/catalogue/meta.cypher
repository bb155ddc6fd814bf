// The schema's version and the number of the last load that changed anything.
MATCH (m:GovgraphMeta)
RETURN m.id AS id, m.value AS value
