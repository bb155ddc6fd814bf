// The places of a level that a platform connects.
MATCH (p:Platform {id: $id})-[:CONNECTS]->(j:Jurisdiction)
WHERE j.level = $level AND <<SEES p Platform>> AND <<SEES j Jurisdiction>>
RETURN count(DISTINCT j.id) AS places
