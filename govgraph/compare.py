"""Side by side: jurisdictions, their rank among their peers, an agency's scorecard (docs/semantics.md, section 8.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from govgraph import answers, catalogue
from govgraph.assetgaps import ASSET_KINDS, Narrowed, streams
from govgraph.books import Books
from govgraph.cellgaps import CELL_KINDS, cell_gaps
from govgraph.coverage import summary
from govgraph.errors import UsageError
from govgraph.explain import explained_role
from govgraph.graph import Graph
from govgraph.model import STAGES, Stage
from govgraph.queries import ask
from govgraph.records import Tally, expectation
from govgraph.words import read_stages

RULE_POINTS = {"dedicated": 3, "general": 2, "inherited": 1}
ROLE_POINTS = {"own": 3, "designated": 2, "supervised": 1}
_MOST_COMPARED = 20


def compare(
    graph: Graph,
    jurisdictions: Sequence[str],
    *,
    stages: Sequence[str] = (),
    peers: bool = False,
    as_of: date | None = None,
) -> answers.Comparison:
    """Jurisdictions side by side: cells, gaps, points and their rank among the divisions of their level.

    Args:
        jurisdictions: codes or names; two or more, or one with ``peers``.
        stages: all by default; points and ranks are of these.
        peers: list all divisions of the first one's level, best first.

    Raises:
        UsageError: too few or too many of them, one twice, no such stage.
        NotFoundError, AmbiguousError: one of them.
    """
    day = as_of or date.today()
    if not (1 if peers else 2) <= len(jurisdictions) <= _MOST_COMPARED:
        raise UsageError(f"compare two to {_MOST_COMPARED} jurisdictions, or one with --peers")
    books = Books(graph, day, read_stages(stages))
    places = [catalogue.resolve(graph, text, ("Jurisdiction",)) for text in jurisdictions]
    if len({p.id for p in places}) < len(places):
        raise UsageError("a jurisdiction stands twice among those to compare")
    ranked: dict[str | None, list[answers.Standing]] = {}
    gaps = cell_gaps(books, CELL_KINDS, {p.id for p in places})
    items = []
    for place in places:
        standing = _standing(books, place.id)
        if standing.level not in ranked:
            ranked[standing.level] = _ranked(books, standing.level)
        among = next((s for s in ranked[standing.level] if s.jurisdiction == place.id), standing)
        cells = [books.cell(books.place(place.id), stage) for stage in books.stages]
        counts = Counter(g.kind for g in gaps if g.jurisdiction == place.id)
        items.append(
            answers.Compared(
                place=place,
                standing=among,
                summary=summary(cells),
                gaps={kind: counts[kind] for kind in CELL_KINDS},
                cells=cells,
            )
        )
    return answers.Comparison(
        **catalogue.envelope(graph, day, books.warnings()),
        total=len(items),
        items=items,
        peers=ranked[items[0].standing.level] if peers else [],
    )


def _standing(books: Books, place: str) -> answers.Standing:
    """A jurisdiction's points, not yet ranked: a place outside the peers (one that exists no more) has rank 0 of 0."""
    subject = books.place(place)
    rule_points = role_points = done = expected = 0
    for stage in books.stages:
        rule, role = books.judge(subject, stage)
        rule_points += RULE_POINTS.get(rule.verdict, 0)
        role_points += ROLE_POINTS.get(role.verdict, 0)
        tally = books.records.tally(place, stage)
        done, expected = done + tally.done, expected + tally.expected
    return answers.Standing(
        jurisdiction=place,
        name=subject.name,
        level=subject.level.value if subject.level else None,
        points=rule_points + role_points,
        rule_points=rule_points,
        role_points=role_points,
        done=done,
        expected=expected,
        rank=0,
        of=0,
    )


def _ranked(books: Books, level: str | None) -> list[answers.Standing]:
    """All divisions of a level that exist on the day, best first; equals share a rank."""
    found = [
        _standing(books, p.id)
        for p in books.tree.places.values()
        if p.level is not None
        and p.level.value == level
        and p.exists(books.day)
        and not books.tree.outside(p.id)
        and books.told(p.id)
    ]

    def merit(s: answers.Standing) -> tuple[int, float]:
        return s.points, s.done / s.expected if s.expected else -1.0

    found.sort(key=lambda s: ((-merit(s)[0], -merit(s)[1]), s.jurisdiction))
    ahead = 0
    for number, each in enumerate(found):
        if number and merit(each) != merit(found[number - 1]):
            ahead = number
        each.rank, each.of = ahead + 1, len(found)
    return found


def scorecard(graph: Graph, agency: str, *, as_of: date | None = None) -> answers.Scorecard:
    """How an agency's data and duties stand: its resources by stage, what is overdue, its duties, its gaps.

    Raises:
        NotFoundError, AmbiguousError: the agency.
    """
    day = as_of or date.today()
    ref = catalogue.resolve(graph, agency, ("Agency",))
    books = Books(graph, day)
    tallies = {stage: Tally() for stage in STAGES}
    resources = 0
    for row in ask(graph, "compare/provided", {"id": ref.id, "day": day}):
        count = int(row["assets"])
        resources += count
        for stage, tally in tallies.items():
            what = expectation(stage, row, day)
            tally.add(count, what, done=what == "expected" and bool(row.get(stage.value)))
    narrowed = Narrowed(agency=ref.id).parameters(books.tree)
    gaps = dict.fromkeys(ASSET_KINDS, 0)
    overdue: Counter[Stage] = Counter()
    for flow in streams(books, ASSET_KINDS, staged=False):
        count = flow.count(graph, narrowed)
        gaps[flow.kind] += count
        if flow.kind == "overdue" and flow.stage:
            overdue[flow.stage] += count
    homes = [r["jurisdiction"] for r in ask(graph, "compare/homes", {"id": ref.id})]
    return answers.Scorecard(
        **catalogue.envelope(graph, day, books.warnings()),
        total=resources,
        agency=ref,
        jurisdiction=min(homes, key=lambda place: (not books.told(place), place), default=None),
        resources=resources,
        stages=[answers.ScorecardStage(stage=s.value, record=tallies[s].answer(), overdue=overdue[s]) for s in STAGES],
        overdue=sum(overdue.values()),
        duties=[
            explained_role(books, role, accepted=role.reason == "applies", reason=role.reason)
            for role in books.roles.of(ref.id, day)
        ],
        gaps=gaps,
    )
