// What of a kind of asset an agency provides.
MATCH (g:Agency {id: $id})<-[:PROVIDED_BY]-(x:<<ASSET>>)
WHERE <<SEES g Agency>> AND <<SEES x ASSET>>
RETURN DISTINCT x.id AS id
