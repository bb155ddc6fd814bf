// The places of a level that a platform connects.
MATCH (p:Platform {id: $id})-[:CONNECTS]->(j:Jurisdiction)
WHERE j.level = $level
RETURN count(DISTINCT j.id) AS places
