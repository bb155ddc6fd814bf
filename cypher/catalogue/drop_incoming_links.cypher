// Remove the edges towards a node that a row of one source made from its link fields, before it makes them anew.
UNWIND $rows AS r MATCH (x:<<KIND>> {id: r.id})<-[e:<<TYPE>>]-()
WHERE e.source = $source AND e.hash = 'link' AND e.passage = r.passage
DELETE e
