// What of a kind of asset is based on a document.
MATCH (r:Regulation {id: $id})<-[:BASED_ON]-(x:<<ASSET>>)
WHERE <<SEES r Regulation>> AND <<SEES x ASSET>>
RETURN DISTINCT x.id AS id
