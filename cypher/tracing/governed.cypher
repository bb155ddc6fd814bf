// What of a kind of asset a document governs by an edge of its own.
MATCH (r:Regulation {id: $id})-[:GOVERNS]->(x:<<ASSET>>)
WHERE <<SEES r Regulation>> AND <<SEES x ASSET>>
RETURN DISTINCT x.id AS id
