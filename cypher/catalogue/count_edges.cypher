// How many edges of a type a limited graph shows; the same edge from two sources counts once. Of a whole graph it is asked in pages.
MATCH (x)-[e:<<TYPE>>]->(y)
WHERE <<SEES x STARTS>> AND <<SEES y ENDS>>
RETURN count(DISTINCT e.id) AS edges
