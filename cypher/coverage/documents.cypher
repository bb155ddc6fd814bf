// Every document with what decides its status on a day.
MATCH (r:Regulation)
WHERE <<SEES r Regulation>>
RETURN r.id AS id, r.name AS name, r.rank AS rank, r.doc_number AS doc_number, r.issued AS issued,
       r.effective_from AS effective_from, r.effective_to AS effective_to, r.status AS status, r.trial AS trial,
       r.listed_on AS listed_on, r.doubted_from AS doubted_from, r.object AS object, r.source AS source
