// Articles of the given documents.
UNWIND $ids AS i
MATCH (r:Regulation {id: i})-[:HAS_ARTICLE]->(a:Article)
WHERE <<SEES r Regulation>> AND <<SEES a Article>>
RETURN DISTINCT r.id AS document, a.id AS id, a.name AS name, a.number AS number
ORDER BY document, id
