"""Audit: hops practised without a rule then in force, found by groups that are judged once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from govgraph import answers, catalogue, cursors
from govgraph.answers import RULE_VERDICTS
from govgraph.graph import Graph
from govgraph.lineage import Law, edge_answer
from govgraph.model import ASSETS, STAGES, Stage
from govgraph.places import Tree
from govgraph.queries import ask
from govgraph.terms import PartialDate
from govgraph.tracing.reach import HOLDERS, Reach, positive

DEFAULT_HOPS = 100
UNRULED = ("none", "expired", "planned")
_Key = tuple[str, int, str, str]
_POSITIONS = {stage.value: stage.position for stage in STAGES}
_ROWS = 10_000
"""Groups that a query takes at once."""


class Group(NamedTuple):
    """Hops that are judged alike: of one agency, stage and ``since``; in the order of their first four values."""

    home: str
    position: int
    """The stage's, in the order of stages."""
    since: str
    agency: str
    hops: dict[str, int]
    """By kind of what they start at."""

    @property
    def key(self) -> _Key:
        """What groups are ordered by."""
        return self.home, self.position, self.since, self.agency

    @property
    def stage(self) -> Stage:
        """Of the hops."""
        return STAGES[self.position]

    @property
    def total(self) -> int:
        """How many hops."""
        return sum(self.hops.values())


class Practice:
    """All hops in groups, and the law of each group."""

    def __init__(self, reach: Reach) -> None:
        self._reach, self._graph = reach, reach.graph
        self.law = Law(reach.graph)
        self._rules: dict[tuple[str, int, str], answers.HopRule] = {}
        self.unjudged = 0
        """Hops without a provider somewhere, or without a date."""
        self.undated: Counter[str] = Counter()
        """Of these, those that have a provider: by agency."""
        self.homes = {
            row["id"]: min(row["places"])
            for row in ask(self._graph, "coverage/subjects", words={"KIND": "Agency"})
            if row["places"]
        }
        groups: dict[_Key, dict[str, int]] = {}
        for kind in ASSETS:
            query, words = "tracing/audit_groups", {"ASSET": kind}
            if kind == "Item":
                query, words = "tracing/audit_groups_of_items", {"KINDS": HOLDERS}
            for row in ask(self._graph, query, reach.period, words={**words, "RECORD": reach.record}):
                agency, since, hops = row["agency"], row["since"], int(row["hops"])
                home = self.homes.get(agency)
                if home is None or since is None:
                    self.unjudged += hops
                    if home is not None:
                        self.undated[agency] += hops
                    continue
                key = (home, _POSITIONS[row["stage"]], since, agency)
                groups.setdefault(key, {})[kind] = hops
        self.groups = [Group(*key, hops) for key, hops in groups.items()]
        """In no order."""

    def rule(self, group: Group) -> answers.HopRule:
        """The law of a group's hops."""
        # Agencies of one place act under one law.
        key = group.key[:3]
        if key not in self._rules:
            self._rules[key] = self.law.of(group.home, group.stage, PartialDate(group.since))
        return self._rules[key]

    def hops(self, groups: Sequence[Group], limit: int, after: str = "") -> list[dict[str, Any]]:
        """The hops of the groups after an id, each once, up to ``limit`` of each query; by group, then id."""
        found: dict[str, tuple[_Key, dict[str, Any]]] = {}
        wanted: dict[tuple[str, Stage], list[Group]] = defaultdict(list)
        for group in groups:
            for kind in group.hops:
                wanted[kind, group.stage].append(group)
        for (kind, stage), some in wanted.items():
            by_key = {(g.agency, g.since): g for g in some}
            for start in range(0, len(some), _ROWS):
                rows = [{"agency": g.agency, "since": g.since, "after": after} for g in some[start : start + _ROWS]]
                ways = [("tracing/audit_hops", {"ASSET": kind})]
                if kind == "Item":
                    ways.append(("tracing/audit_hops_of_items", {"KINDS": HOLDERS}))
                for query, words in ways:
                    given = {"rows": rows, "limit": limit, **self._reach.period}
                    for row in ask(self._graph, query, given, words={**words, "RECORD": stage.name}):
                        group = by_key[row["agency"], row["since"]]
                        found.setdefault(row["id"], (group.key, {**row, "home": group.home}))
                        self._reach.kinds.setdefault(row["start"], kind)
        return [row for _, row in sorted(found.values(), key=lambda f: (f[0], f[1]["id"]))]


def audit(
    graph: Graph,
    *,
    jurisdiction: str | None = None,
    stages: Sequence[str] = (),
    agency: str | None = None,
    as_of: date | None = None,
    limit: int = DEFAULT_HOPS,
    cursor: str | None = None,
) -> answers.Audit:
    """Hops that were practised without a rule then in force, and how many hops have which verdict.

    Args:
        jurisdiction: only hops whose home is it or below.
        stages: only hops of these stages.
        agency: only hops whose provider counts as that agency.
        as_of: only hops that may hold on that day; all by default.
        cursor: the ``next`` of the answer before.

    Raises:
        UsageError: a stage, limit or cursor that can't be taken.
        NotFoundError, AmbiguousError: the jurisdiction or the agency.
    """
    positive(limit)
    place = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    body = catalogue.resolve(graph, agency, ("Agency",)).id if agency else None
    reach = Reach(graph, stages, as_of)
    question = ["audit", place, reach.record, body, as_of and as_of.isoformat()]
    at = cursors.decode(cursor, question, (str,), (int,), (str,), (str,), (str,), (int,)) if cursor else None
    practice = Practice(reach)
    groups = practice.groups
    verdicts: Counter[str] = Counter(dict.fromkeys(RULE_VERDICTS, 0))
    if place is not None:
        inside = Tree(graph).below(place)
        groups = [g for g in groups if g.home in inside]
        verdicts["unknown"] += sum(
            n for a, n in practice.undated.items() if practice.homes[a] in inside and body in (None, a)
        )
    elif body is None:
        verdicts["unknown"] += practice.unjudged
    else:
        verdicts["unknown"] += practice.undated[body]
    if body is not None:
        groups = [g for g in groups if g.agency == body]
    unruled = []
    for group in groups:
        verdict = practice.rule(group).verdict
        verdicts[verdict] += group.total
        if verdict in UNRULED:
            unruled.append(group)
    unruled.sort(key=lambda g: g.key)
    page, last, left = _page(practice, unruled, limit, at)
    reach.hide(page)
    items = []
    for row in page:
        rule = practice.law.of(row["home"], Stage.parse(row["stage"]), PartialDate(row["since"]))
        told = edge_answer(row, rule).model_dump()
        items.append(answers.AuditedHop(**told, jurisdiction=row["home"], agency=row["agency"]))
    return answers.Audit(
        **catalogue.envelope(graph, as_of),
        total=sum(g.total for g in unruled),
        truncated=answers.Truncated(reason="limit", omitted=left) if last else None,
        next=cursors.encode(question, last) if last else None,
        hops=verdicts.total(),
        verdicts=dict(verdicts),
        items=items,
    )


def _page(
    practice: Practice, groups: Iterable[Group], limit: int, at: list[Any] | None
) -> tuple[list[dict[str, Any]], list[Any] | None, int]:
    """The hops after a position, that of the last where there are more, and how many are left."""
    here: _Key | None = (at[0], at[1], at[2], at[3]) if at else None
    left = [g for g in groups if here is None or g.key >= here]
    found: list[dict[str, Any]] = []
    whole: list[Group] = []
    room = limit + 1
    seen: Counter[_Key] = Counter()
    for group in left:
        begun = at if group.key == here else None
        if begun is None and group.total <= room:
            whole.append(group)
            room -= group.total
        else:
            # Of a group that the page may cut, only as many as the page takes.
            some = practice.hops([group], room, str(begun[4]) if begun else "")[:room]
            seen[group.key] = int(begun[5]) if begun else 0
            found += some
            room -= len(some)
        if room <= 0:
            break
    found += practice.hops(whole, sum(g.total for g in whole)) if whole else []
    found.sort(key=lambda row: (_key(row), row["id"]))
    if len(found) <= limit:
        return found, None, 0
    page = found[:limit]
    for row in page:
        seen[_key(row)] += 1
    last = _key(page[-1])
    remaining = sum(g.total for g in left if g.key >= last) - seen[last]
    return page, [*last, page[-1]["id"], seen[last]], max(remaining, 1)


def _key(row: dict[str, Any]) -> _Key:
    return row["home"], _POSITIONS[row["stage"]], row["since"], row["agency"]
