// id: opening-without-date
// title.zh: 开放未记日期
// title.en: An opening without a date
// severity: low
// remedy.zh: 由开放平台补登开放日期，否则无法判断当时依据哪份制度
// remedy.en: The portal records the day; without it nobody can tell under which rule it was opened
// 一跳即可：数据集由哪项资源开放而来。
MATCH (r:Resource)-[o:OPENING]->(d:Dataset)
WHERE o.since IS NULL AND ($jurisdiction = '' OR EXISTS { MATCH (d)-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->(:Jurisdiction)-[:PART_OF*0..6]->(j:Jurisdiction) WHERE j.id = $jurisdiction })
RETURN DISTINCT d.id AS id, 'Dataset' AS kind, d.name AS name, 'opening' AS stage, '由' + r.name + '开放，未记日期' AS reason
ORDER BY id
