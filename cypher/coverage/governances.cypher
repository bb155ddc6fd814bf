// Which stage each document governs, and of what.
MATCH (r:Regulation)-[g:GOVERNS]->(t:<<KIND>>)
WHERE <<SEES r Regulation>> AND <<SEES t KIND>>
RETURN r.id AS document, t.id AS target, g.stage AS stage, g.scope AS scope, g.evidence AS evidence,
       g.since AS since, g.article AS article
