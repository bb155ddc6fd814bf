// What was decided about gaps and not taken back.
MATCH (d:Decision)
WHERE d.gap IS NOT NULL AND d.treatment IS NOT NULL AND NOT coalesce(d.withdrawn, false)
  AND <<SEES d Decision>>
OPTIONAL MATCH (d)-[:LOCATED_IN]->(j:Jurisdiction)
RETURN d.id AS id, d.treatment AS treatment, d.gap AS gap, d.by AS by, d.reason AS reason, d.decided AS decided, d.until AS until, d.assignee AS assignee, min(j.id) AS home
ORDER BY id
