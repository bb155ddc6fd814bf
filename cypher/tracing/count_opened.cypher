// How many datasets there are, after one by id, that are not withheld.
MATCH (x:Dataset)
WHERE x.id > $after AND (x.open_type IS NULL OR x.open_type <> 'not_open') AND <<SEES x Dataset>>
RETURN count(*) AS nodes
