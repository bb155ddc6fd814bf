// Nodes of a kind, of one of its blocks, that bear one of the words as their name. The engine makes a table of the block's
// names in memory and looks the words up in it.
UNWIND $words AS word MATCH (x:<<KIND>>)
WHERE offset(id(x)) / 500000 = $block AND x.name = word AND <<SEES x KIND>>
RETURN word, x.id AS id
