// Every stated figure.
MATCH (c:Claim)
WHERE <<SEES c Claim>>
RETURN c.id AS id, c.subject AS subject, c.metric AS metric, c.comparator AS comparator, c.value AS value,
       c.text AS text, c.as_of AS as_of, c.counter AS counter, c.series AS series
ORDER BY id
