// Nodes of a kind that bear one of the words as their name; its one block is 0. The index wants to know that a word is a
// text.
UNWIND $words AS word MATCH (x:<<KIND>>)
WHERE x.name = toString(word) AND $block = 0 AND <<SEES x KIND>>
RETURN word, x.id AS id
