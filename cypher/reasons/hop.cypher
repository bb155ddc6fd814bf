// The asset of a kind from which the record edge of an id starts.
MATCH (a:<<ASSET>>)-[e:<<RECORD>>]->(b)
WHERE e.id = $id AND <<SEES a ASSET>> AND <<SEES b ENDS>>
RETURN DISTINCT a.id AS start, b.id AS target
