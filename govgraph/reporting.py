"""Report: what the questions answer of one jurisdiction, gathered for one document (docs/semantics.md, section 14)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from govgraph import answers, catalogue
from govgraph.books import rule_book
from govgraph.coverage import coverage
from govgraph.errors import NotFoundError, UsageError
from govgraph.explain import explain
from govgraph.gaps import gaps
from govgraph.gapwords import BASES, GAPS
from govgraph.graph import Graph, Over, Parameters, Rows
from govgraph.law import RuleBook
from govgraph.lineage import lineage
from govgraph.listing import listing
from govgraph.model import NATION, STAGES, Level, Stage
from govgraph.places import Tree
from govgraph.stats import claims
from govgraph.words import LAYERS

TOPICS = 10
"""Topics of gaps that a report tells of."""
_ALL_GAPS = 100_000
_CANDIDATES = 6
"""Assets of a kind among which the one with the longest story is looked for."""
_PICTURED = 24
"""Nodes that a printed picture can hold."""
_STORIES = ("Dataset", "Use", "Resource", "Database")
"""Kinds of asset that a picture starts from: those that the public sees first."""


def report(
    graph: Graph, jurisdiction: str | None = None, *, as_of: date | None = None, asset: str | None = None
) -> answers.Report:
    """Everything that a report on a jurisdiction says; of the nation where none is named.

    Args:
        jurisdiction: code or name.
        asset: whose lineage is drawn; by default the one, of a few of the jurisdiction's, that has most to tell.

    Raises:
        NotFoundError, AmbiguousError: the jurisdiction or the asset.
        UsageError: an asset that carries no data.
    """
    day = as_of or date.today()
    # Many questions rest on the same rows: each is read once.
    graph = _Remembering(graph)
    at = catalogue.resolve(graph, jurisdiction or (graph.view.at if graph.view else NATION), ("Jurisdiction",))
    tree = Tree(graph)
    profile = [explain(graph, at.id, stage.value, as_of=day) for stage in STAGES]
    rows = _rows(graph, tree, at.id, day)
    topics, by_severity, by_kind, accepted = _topics(graph, tree, at.id, day)
    path = [answers.Ref(id=i, kind="Jurisdiction", name=tree.places[i].name) for i in profile[0].path]
    warnings = {w.code: w for part in (profile[0], rows) for w in part.warnings if w.code != "limited"}
    return answers.Report(
        **catalogue.envelope(graph, day, list(warnings.values())),
        total=len(rows.cells),
        made=date.today(),
        jurisdiction=at,
        path=path,
        profile=profile,
        cells=rows.cells,
        summary=rows.summary,
        documents=_documents(graph, tree, at.id, day, profile),
        agencies=_agencies(profile),
        gaps=sum(by_severity.values()),
        gaps_by_severity=by_severity,
        gaps_by_kind=by_kind,
        accepted=accepted,
        topics=topics,
        claims=claims(graph),
        lineage=_story(graph, tree, at.id, asset),
    )


# --- the matrix ---------------------------------------------------------------------------------------------------


def _rows(graph: Graph, tree: Tree, at: str, day: date) -> answers.Coverage:
    """The jurisdiction's own row, then those of the divisions next below it; the summary counts the latter."""
    own = coverage(graph, jurisdiction=at, as_of=day)
    children = [tree.places[i] for i in tree.children.get(at, ())]
    levels = [lv for lv in Level if any(c.level is lv and c.exists(day) and not tree.outside(c.id) for c in children)]
    below = [
        cell
        for level in levels
        for cell in coverage(graph, jurisdiction=at, level=level.value, as_of=day).cells
        if cell.jurisdiction in {c.id for c in children}
    ]
    summary = {
        layer: dict.fromkeys(getattr(own.summary, layer), 0)
        | Counter(getattr(cell, layer).verdict for cell in below or own.cells)
        for layer in LAYERS
    }
    return own.model_copy(update={"cells": [*own.cells, *below], "summary": answers.Summary(**summary)})


# --- gaps ---------------------------------------------------------------------------------------------------------


def _topics(
    graph: Graph, tree: Tree, at: str, day: date
) -> tuple[list[answers.ReportTopic], dict[str, int], dict[str, int], int]:
    """Gaps of one kind and stage together, the weightiest first; how many there are by severity and by kind, and accepted."""
    found = gaps(graph, jurisdiction=at, as_of=day, limit=_ALL_GAPS)
    groups: dict[tuple[str, str, str], list[answers.Gap]] = defaultdict(list)
    for gap in found.items:
        groups[gap.kind, gap.stage or "", gap.severity].append(gap)
    order = sorted(groups.values(), key=lambda gs: (-sum(g.score for g in gs), gs[0].id))
    topics = [_topic(graph, tree, group, day) for group in order[:TOPICS]]
    severity = Counter(g.severity for g in found.items)
    return (
        topics,
        {s: severity[s] for s in ("high", "medium", "low")},
        dict(Counter(g.kind for g in found.items).most_common()),
        found.accepted,
    )


def _topic(graph: Graph, tree: Tree, group: Sequence[answers.Gap], day: date) -> answers.ReportTopic:
    worst = group[0]
    told = explain(graph, worst.jurisdiction, worst.stage, as_of=day) if worst.jurisdiction and worst.stage else None
    words = GAPS[worst.kind]
    remedy = words.remedy
    title = words.label
    places = [subject for gap in group if (subject := gap.subject or _place(tree, gap.jurisdiction))]
    return answers.ReportTopic(
        kind=worst.kind,
        title=answers.Words(zh=title[0], en=title[1]),
        severity=worst.severity,
        stage=worst.stage,
        score=round(sum(g.score for g in group), 1),
        gaps=len(group),
        places=places,
        reason=worst.reason,
        explanation=told.text if told else None,
        considered=[c for c in told.considered if not c.accepted] if told else [],
        basis=BASES.get(worst.kind),
        remedy=answers.Words(zh=remedy[0], en=remedy[1]),
    )


def _place(tree: Tree, id_: str | None) -> answers.Ref | None:
    known = tree.places.get(id_ or "")
    return answers.Ref(id=known.id, kind="Jurisdiction", name=known.name) if known else None


# --- documents ----------------------------------------------------------------------------------------------------


def _documents(
    graph: Graph, tree: Tree, at: str, day: date, profile: Sequence[answers.Explanation]
) -> list[answers.ReportDocument]:
    """Documents of the jurisdiction, of what is above it and of what is below, by date; those that exist on that day."""
    book = rule_book(graph)
    path, below = tree.path(at), tree.below(at)
    near = {place: number for number, place in enumerate(path)}
    applies = {c.regulation.id for told in profile for c in told.considered if c.accepted}
    places: dict[str, set[str]] = defaultdict(set)
    stages: dict[str, set[Stage]] = defaultdict(set)
    for edge in book.governances:
        if edge.target in near or edge.target in below:
            places[edge.document].add(edge.target)
            stages[edge.document] |= {edge.stage} if edge.stage else set()
    found = []
    for id_, where in places.items():
        standing = book.standing(id_, day)
        if standing is None or id_ not in book.documents:
            continue
        home = min(where, key=lambda p: (near.get(p, len(near)), p))
        found.append(_document(book, tree, id_, home, at, near, standing.state, id_ in applies, stages[id_]))
    return sorted(found, key=lambda d: (book.documents[d.id].newest, d.id))


def _document(
    book: RuleBook,
    tree: Tree,
    id_: str,
    home: str,
    at: str,
    near: dict[str, int],
    state: Any,
    applies: bool,
    stages: set[Stage],
) -> answers.ReportDocument:
    doc = book.documents[id_]
    return answers.ReportDocument(
        id=id_,
        name=doc.name,
        doc_number=doc.doc_number,
        rank=doc.rank.value,
        jurisdiction=answers.Ref(id=home, kind="Jurisdiction", name=tree.places[home].name),
        side="own" if home == at else "above" if home in near else "below",
        issued=doc.issued,
        effective_from=doc.effective_from,
        effective_to=doc.effective_to,
        listed_on=doc.listed_on,
        trial=doc.trial,
        status=state,
        applies=applies,
        stages=[s.value for s in STAGES if s in stages],
    )


# --- who answers for it -------------------------------------------------------------------------------------------


def _agencies(profile: Sequence[answers.Explanation]) -> list[answers.ReportAgency]:
    """Who answers for which stages, those who do so first."""
    found: dict[tuple[str, str | None, str, bool], answers.ReportAgency] = {}
    for told in profile:
        for role in told.roles:
            key = (role.body, role.duty, role.reason, role.accepted)
            if key not in found:
                found[key] = answers.ReportAgency(
                    agency=role.agency,
                    body=role.body,
                    duty=role.duty,
                    since=role.from_,
                    until=role.to,
                    regulation=role.regulation,
                    article=role.article,
                    accepted=role.accepted,
                    reason=role.reason,
                    verdict=told.cell.role.verdict,
                    stages=[],
                )
            found[key].stages.append(told.cell.stage)
    return sorted(found.values(), key=lambda a: (not a.accepted, -len(a.stages), a.body))


# --- a story ------------------------------------------------------------------------------------------------------


def _story(graph: Graph, tree: Tree, at: str, asset: str | None) -> answers.Lineage | None:
    """The lineage to draw: of the asset named, or of the one among a few of the place's that has most hops."""
    if asset:
        return lineage(graph, asset, limit=_PICTURED)
    best: answers.Lineage | None = None
    for kind in _STORIES:
        for id_ in _assets(graph, kind, at):
            try:
                told = lineage(graph, id_, limit=_PICTURED)
            except (NotFoundError, UsageError):
                continue
            if told.edges and (best is None or len(told.edges) > len(best.edges)):
                best = told
        if best is not None:
            return best
    return None


def _assets(graph: Graph, kind: str, at: str) -> Iterator[str]:
    place = None if at == NATION and graph.view is None else at
    yield from (node.id for node in listing(graph, kind, jurisdiction=place, limit=_CANDIDATES).items)


class _Remembering(Over):
    """A graph that reads each query once; it lives as long as one report."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._known: dict[tuple[str, str], Rows] = {}

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        key = (text, repr(sorted((parameters or {}).items(), key=lambda p: p[0])))
        if key not in self._known:
            self._known[key] = self._graph.read(text, parameters, timeout=timeout)
        # The lists are each asker's own; what is in them nobody changes.
        return [dict(row) for row in self._known[key]]

    def reader(self) -> Graph:
        return _Remembering(self._graph.reader())
