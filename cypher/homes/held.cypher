// What of a kind holds the given nodes of another, and whose word that is.
UNWIND $ids AS i
MATCH (x:<<KIND>> {id: i})<-[e:<<TYPE>>]-(o:<<KINDS>>)
RETURN x.id AS id, o.id AS holder, e.source AS source, e.passage AS passage, e.hash AS hash
