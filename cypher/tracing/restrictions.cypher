// Of the given assets of a kind: what restricts them.
UNWIND $ids AS i
MATCH (x:<<GRADED>> {id: i})
WHERE <<SEES x GRADED>>
RETURN x.id AS id, x.open_type AS open_type, x.grade AS grade, x.personal AS personal
