// id: resource-without-share-type
// title.zh: 资源未填共享类型
// title.en: A resource without a share type
// severity: medium
// basis: 国发〔2016〕51号
// remedy.zh: 由提供机构按无条件共享、有条件共享、不予共享三类补填，不予共享的注明依据
// remedy.en: Its provider states one of the three share types, with the basis where it withholds
MATCH (r:Resource)
WHERE r.share_type IS NULL
OPTIONAL MATCH (r)-[:PROVIDED_BY]->(a:Agency)-[:LOCATED_IN]->(j:Jurisdiction)
RETURN r.id AS id, 'Resource' AS kind, r.name AS name, 'sharing' AS stage, min(j.id) AS jurisdiction
ORDER BY id
