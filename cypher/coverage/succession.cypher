// Which document succeeds which: by amendment or by repeal.
MATCH (newer:Regulation)-[:<<TYPE>>]->(older:Regulation)
WHERE <<SEES newer Regulation>> AND <<SEES older Regulation>>
RETURN DISTINCT newer.id AS newer, older.id AS older
