// Who answers for which stage of what, and since when.
MATCH (a:Agency)-[r:RESPONSIBLE_FOR]->(t:<<KIND>>)
WHERE <<SEES a Agency>> AND <<SEES t KIND>>
RETURN a.id AS agency, a.name AS name, a.agency_kind AS agency_kind, t.id AS target, r.stage AS stage, r.duty AS duty,
       r.reach AS reach, r.since AS since, r.until AS until, r.regulation AS regulation, r.article AS article
