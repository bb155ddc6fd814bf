// Which jurisdictions are part of which, by the whole.
MATCH (c:Jurisdiction)-[:PART_OF]->(p:Jurisdiction)
WHERE <<SEES c Jurisdiction>> AND <<SEES p Jurisdiction>>
RETURN p.id AS parent, collect(DISTINCT c.id) AS children
