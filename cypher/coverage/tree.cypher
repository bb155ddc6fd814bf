// Which jurisdiction is part of which.
MATCH (c:Jurisdiction)-[:PART_OF]->(p:Jurisdiction)
RETURN DISTINCT c.id AS child, p.id AS parent
