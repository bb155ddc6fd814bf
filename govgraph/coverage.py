"""Coverage: the matrix of subjects and stages (docs/semantics.md, section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from govgraph import answers, catalogue
from govgraph.books import Books, Subject
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.model import Evidence, Level, Rank
from govgraph.words import read_stages, read_term

SUBJECT_KINDS = {"database": "Database", "theme": "Theme", "agency": "Agency"}
"""What ``--by`` may name, besides jurisdictions."""


def coverage(
    graph: Graph,
    *,
    by: str = "jurisdiction",
    level: str | None = None,
    jurisdiction: str | None = None,
    stages: Sequence[str] = (),
    as_of: date | None = None,
    min_rank: str | None = None,
    evidence: Sequence[str] = (),
) -> answers.Coverage:
    """The matrix: which stage of which subject has a rule, a role, a record.

    Args:
        by: ``jurisdiction``, ``database``, ``theme`` or ``agency``.
        level: level of the jurisdictions; provinces by default, or the jurisdiction itself when one is named.
        jurisdiction: code or name; limits the subjects to it and what is below.
        stages: stages as en, zh or alias; all by default.
        as_of: legal date; today by default.
        min_rank: leave out documents below that rank.
        evidence: leave out what is not known by one of these.

    Raises:
        UsageError: a word that is no stage, level, rank or evidence.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    day = as_of or date.today()
    wanted = read_stages(stages)
    if by not in ("jurisdiction", *SUBJECT_KINDS):
        raise UsageError(f"--by {by}: write jurisdiction, {', '.join(SUBJECT_KINDS)}")
    kind = SUBJECT_KINDS.get(by)
    books = Books(
        graph,
        day,
        wanted,
        min_rank=read_term(Rank, min_rank, "--min-rank"),
        evidence=[e for text in evidence if (e := read_term(Evidence, text, "--evidence"))],
        kind=kind,
    )
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    if kind:
        subjects = books.others(kind)
        if at:
            inside = books.tree.below(at)
            subjects = [s for s in subjects if s.jurisdiction in inside]
        if kind != "Theme":
            subjects = [s for s in subjects if books.told(s.jurisdiction, at)]
    else:
        subjects = _places(books, read_term(Level, level, "--level"), at)
    cells = [books.cell(s, stage) for s in subjects for stage in wanted]
    verdicts = [books.judge(s, stage)[0] for s in subjects for stage in wanted]
    return answers.Coverage(
        **catalogue.envelope(graph, day, books.warnings(verdicts)),
        total=len(cells),
        cells=cells,
        summary=summary(cells),
    )


def _places(books: Books, level: Level | None, at: str | None) -> list[Subject]:
    if view := books.graph.view:
        at = at or view.at
    if at and level is None:
        return [books.place(at)]
    level = level or Level.PROVINCE
    inside = books.tree.below(at) if at else None
    return [
        books.place(place.id)
        for place in sorted(books.tree.places.values(), key=lambda p: p.id)
        if place.level is level
        and place.exists(books.day)
        and (inside is None or place.id in inside)
        and books.told(place.id, at)
        and not books.tree.outside(place.id)
    ]


def summary(cells: Sequence[answers.Cell]) -> answers.Summary:
    """How many of the cells have which verdict, by layer."""
    rule, role, record = (
        Counter(getattr(cell, layer).verdict for cell in cells) for layer in ("rule", "role", "record")
    )
    return answers.Summary(
        rule={v: rule[v] for v in answers.RULE_VERDICTS},
        role={v: role[v] for v in answers.ROLE_VERDICTS},
        record={v: record[v] for v in answers.RECORD_VERDICTS},
    )
