"""Gaps: where rule, role and record are not what they should be (docs/semantics.md, section 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from govgraph import answers, catalogue, cursors
from govgraph.assetgaps import ASSET_KINDS, Narrowed, Stream, streams
from govgraph.books import Books
from govgraph.cellgaps import CELL_KINDS, WEIGHT, cell_gaps
from govgraph.decisions import Choice, Decisions
from govgraph.errors import NotFoundError, UsageError
from govgraph.factgaps import FACT_KINDS, fact_gaps
from govgraph.graph import Graph
from govgraph.model import ASSETS, Stage
from govgraph.queries import ask
from govgraph.words import read_stages

GAP_KINDS = (*CELL_KINDS, *ASSET_KINDS, *FACT_KINDS)
DEFAULT_GAPS = 100
_PAGE = 10_000
"""Gaps that are read at once, where all are."""


def gaps(
    graph: Graph,
    *,
    kinds: Sequence[str] = (),
    stages: Sequence[str] = (),
    jurisdiction: str | None = None,
    theme: str | None = None,
    agency: str | None = None,
    severity: str | None = None,
    accepted: bool = False,
    assigned_to: str | None = None,
    as_of: date | None = None,
    limit: int = DEFAULT_GAPS,
    cursor: str | None = None,
) -> answers.Gaps:
    """Where rule, role and record are not what they should be, worst first.

    Args:
        kinds: of :data:`GAP_KINDS`; all by default.
        stages: only gaps that have one of these stages.
        jurisdiction: only what is in it or below.
        theme: only assets about it.
        agency: only assets that it provides.
        severity: high, medium or low.
        accepted: only gaps whose acceptance is in effect on the day; by default these are left out.
        assigned_to: only gaps that are assigned to that name.
        cursor: the ``next`` of the answer before.

    Raises:
        UsageError: an unknown kind, stage, severity or cursor.
        NotFoundError, AmbiguousError: the jurisdiction, theme or agency.
    """
    _check(kinds, severity, limit)
    day = as_of or date.today()
    wanted = read_stages(stages)
    side = _Side(graph, day, kinds, wanted, bool(stages), jurisdiction, theme, agency, severity, accepted, assigned_to)
    books, units, flows, narrowed, asked = side.books, side.units, side.flows, side.narrowed, side.asked
    question: list[Any] = ["gaps", sorted(set(kinds)), [s.value for s in wanted], bool(stages), *side.named, severity]
    question += [accepted, assigned_to, as_of and as_of.isoformat()]
    envelope = catalogue.envelope(graph, day, books.warnings())
    at = _read(cursor, question, envelope["graph_version"]) if cursor else None
    page = _page(books, units, flows, narrowed, at, limit + 1)
    more, page = len(page) > limit, page[:limit]
    if at and at.counts and len(at.counts) == len(asked) + 1:
        *of_kinds, left_out = at.counts
        summary = dict(zip(asked, of_kinds, strict=True))
    else:
        left_out = 0 if accepted else side.left_out()
        # Of all there is, nothing is to be counted.
        whole = at is None and not more
        summary = dict.fromkeys(asked, 0) | Counter(g.kind for g in page) if whole else side.summary()
    total = sum(summary.values())
    # After a load in between nobody has counted what came before the page.
    seen = None if at and at.seen is None else (at.seen if at else 0) + len(page)  # type: ignore[operator]
    omitted = total - seen if seen is not None else None
    counts = [*summary.values(), left_out]
    position = [page[-1].score, page[-1].id, envelope["graph_version"], seen, counts] if more else []
    return answers.Gaps(
        **envelope,
        total=total,
        truncated=answers.Truncated(reason="limit", omitted=omitted) if more else None,
        next=cursors.encode(question, position) if more else None,
        items=side.decisions.told(page),
        summary=summary,
        accepted=left_out,
    )


class Every:
    """All gaps of a day, judged once: counted, and told a severity at a time, those of assets read page by page.

    Raises:
        NotFoundError, AmbiguousError: the jurisdiction.
    """

    def __init__(self, graph: Graph, *, jurisdiction: str | None = None, as_of: date | None = None) -> None:
        day = as_of or date.today()
        self._side = _Side(graph, day, (), read_stages(()), False, jurisdiction, None, None, None, False, None)

    def counts(self) -> Counter[tuple[str, str]]:
        """How many there are of a kind and severity; the accepted ones aside."""
        side = self._side
        found = Counter((g.kind, str(g.severity)) for g in side.units)
        for flow in side.flows:
            found[flow.kind, flow.severity] += flow.count(side.books.graph, side.narrowed)
        return found

    def accepted(self) -> int:
        """How many gaps are accepted."""
        return self._side.left_out()

    def of(self, severity: str, *, accepted: bool) -> Iterator[answers.Gap]:
        """Those of a severity, in the order of :func:`gaps`; ``accepted``: also the accepted ones."""
        side = self._side
        units, flows = side.chosen(None if accepted else False)
        units = [g for g in units if g.severity == severity]
        flows = [f for f in flows if f.severity == severity]
        at: _Position | None = None
        while page := _page(side.books, units, flows, side.narrowed, at, _PAGE):
            yield from side.decisions.told(page)
            at = _Position(page[-1].score, page[-1].id, None, None)


def _check(kinds: Sequence[str], severity: str | None, limit: int) -> None:
    for kind in kinds:
        if kind not in GAP_KINDS:
            raise UsageError(f"--kind {kind}: write {', '.join(GAP_KINDS)}")
    if severity and severity not in WEIGHT:
        raise UsageError(f"--severity {severity}: write {', '.join(WEIGHT)}")
    if limit < 1:
        raise UsageError("--limit must be 1 or more")


class _Side:
    """What is asked of one graph: the gaps that are listed, and the streams of those that may be millions."""

    def __init__(
        self,
        graph: Graph,
        day: date,
        kinds: Sequence[str],
        wanted: Sequence[Stage],
        staged: bool,
        jurisdiction: str | None,
        theme: str | None,
        agency: str | None,
        severity: str | None,
        accepted: bool | None,
        assigned_to: str | None,
    ) -> None:
        self.books = Books(graph, day, wanted)
        self.decisions = Decisions(graph, day)
        place, about, by = self.named = [
            catalogue.resolve(graph, text, (kind,)).id if text else None
            for text, kind in ((jurisdiction, "Jurisdiction"), (theme, "Theme"), (agency, "Agency"))
        ]
        inside = self.books.tree.below(place) if place else None
        self.narrowed = Narrowed(sorted(inside or ()), about or "", by or "").parameters(self.books.tree)
        self.asked = [k for k in GAP_KINDS if not kinds or k in kinds]
        units: list[answers.Gap] = []
        if not (about or by):
            if any(k in CELL_KINDS for k in self.asked):
                units += cell_gaps(self.books, self.asked, inside)
            if not staged:
                units += [g for g in fact_gaps(graph, self.asked) if inside is None or g.jurisdiction in inside]
        self._units = [g for g in units if not severity or g.severity == severity]
        found = streams(self.books, self.asked, staged=staged)
        self._flows = [s for s in found if not severity or s.severity == severity]
        self._assigned_to = assigned_to
        self.units, self.flows = self.chosen(accepted)

    def chosen(self, accepted: bool | None) -> tuple[list[answers.Gap], list[Stream]]:
        """What is listed and the streams: only what is accepted, only what is not, or (None) both."""
        choice = self.decisions.choice(accepted=accepted, assignee=self._assigned_to)
        return [g for g in self._units if choice.holds(g.id)], choice.streams(self._flows)

    def summary(self) -> dict[str, int]:
        """How many gaps of each kind there are."""
        found = dict.fromkeys(self.asked, 0) | Counter(g.kind for g in self.units)
        for flow in self.flows:
            found[flow.kind] += flow.count(self.books.graph, self.narrowed)
        return found

    def left_out(self) -> int:
        """How many of what is asked for are left out as accepted."""
        units, flows = self.chosen(True)
        return len(units) + sum(flow.count(self.books.graph, self.narrowed) for flow in flows)


Row = dict[str, Any]


def changed(
    before: Graph,
    graph: Graph,
    *,
    kinds: Sequence[str] = (),
    stages: Sequence[str] = (),
    jurisdiction: str | None = None,
    theme: str | None = None,
    agency: str | None = None,
    severity: str | None = None,
    as_of: date | None = None,
    limit: int = DEFAULT_GAPS,
    cursor: str | None = None,
) -> answers.Gaps:
    """The gaps that ``graph`` has and ``before`` had not (new), and the other way round (closed), worst first.

    Both are judged on the same day. Gaps are the same when their ids are. Options as of :func:`gaps`.

    Raises:
        UsageError, NotFoundError, AmbiguousError: as of :func:`gaps`.
    """
    _check(kinds, severity, limit)
    day = as_of or date.today()
    wanted = read_stages(stages)
    staged = bool(stages)
    now = _Side(graph, day, kinds, wanted, staged, jurisdiction, theme, agency, severity, None, None)
    then: _Side | None = None
    # What the filters name now may not have been there then.
    with suppress(NotFoundError):
        place, about, by = now.named
        then = _Side(before, day, kinds, wanted, staged, place, about, by, severity, None, None)
    ids = {"new": {g.id for g in now.units}, "closed": {g.id for g in then.units} if then else set()}
    units = [g.model_copy(update={"change": "new"}) for g in now.units if g.id not in ids["closed"]]
    units += [g.model_copy(update={"change": "closed"}) for g in (then.units if then else ()) if g.id not in ids["new"]]
    old = {s.prefix: s for s in then.flows} if then else {}
    new = {s.prefix: s for s in now.flows}
    envelope = catalogue.envelope(graph, day, now.books.warnings())
    of = f"{before.known.run}" if before.known else catalogue.version(before)
    known = before.known
    if known:
        message = f"compared with what the graph knew as of {known.asked}"
        if graph.view is None:
            message += f" (run {known.run}, which ended at {known.ended})"
        envelope["warnings"].append(answers.Warning_(code="known_at", message=message))
    question: list[Any] = [
        "gaps since",
        of,
        sorted(set(kinds)),
        [s.value for s in wanted],
        bool(stages),
        *now.named,
        severity,
    ]
    question.append(as_of and as_of.isoformat())
    at = cursors.decode(cursor, question, (int, float), (str,)) if cursor else None
    after = (-at[0], at[1]) if at else None
    order: list[tuple[float, str, answers.Gap | None]] = [(-g.score, g.id, g) for g in units]
    order += [(-(new.get(p) or old[p]).score, p, None) for p in {*new, *old}]
    order.sort(key=lambda o: o[:2])
    counts = {change: dict.fromkeys(now.asked, 0) for change in ("new", "closed")}
    page: list[answers.Gap] = []
    seen = 0

    def room(key: tuple[float, str]) -> bool:
        nonlocal seen
        if after is not None and key <= after:
            seen += 1
            return False
        return len(page) < limit

    for score, key, gap in order:
        if gap is not None:
            counts[str(gap.change)][gap.kind] += 1
            if room((score, key)):
                page.append(gap)
            continue
        chosen: list[tuple[str, Row]] = []
        kind = (new.get(key) or old[key]).kind
        for change, row in _merged(now, new.get(key), then, old.get(key)):
            counts[change][kind] += 1
            if room((score, key + row["id"])) and len(page) + len(chosen) < limit:
                chosen.append((change, row))
        page += _told(chosen, now, new.get(key), then, old.get(key))
    summary = {k: counts["new"][k] + counts["closed"][k] for k in now.asked}
    total = sum(summary.values())
    omitted = total - seen - len(page)
    return answers.Gaps(
        **envelope,
        total=total,
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted else None,
        next=cursors.encode(question, [page[-1].score, page[-1].id]) if omitted else None,
        items=now.decisions.told(page),
        summary=summary,
        changes=answers.GapChanges(**counts),
    )


def _merged(now: _Side, new: Stream | None, then: _Side | None, old: Stream | None) -> Iterator[tuple[str, Row]]:
    """The assets that are on one side only, by id: both sides come by id, page by page."""
    ours = new.assets(now.books.graph, now.narrowed) if new else iter(())
    theirs = old.assets(then.books.graph, then.narrowed) if old and then else iter(())
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one["id"] < other["id"]):
            assert one is not None
            yield "new", one
            one = next(ours, None)
        elif one is None or other["id"] < one["id"]:
            yield "closed", other
            other = next(theirs, None)
        else:
            one, other = next(ours, None), next(theirs, None)


def _told(
    chosen: Sequence[tuple[str, Row]], now: _Side, new: Stream | None, then: _Side | None, old: Stream | None
) -> list[answers.Gap]:
    found: list[answers.Gap] = []
    for change, side, flow in (("new", now, new), ("closed", then, old)):
        rows = [row for c, row in chosen if c == change]
        if rows and side and flow:
            told = flow.told(side.books.graph, side.books.tree, side.narrowed, rows)
            found += [g.model_copy(update={"change": change}) for g in told]
    return sorted(found, key=lambda g: g.id)


class _Position(NamedTuple):
    """Where a page begins: after which gap, how many came before, how many there are of each kind; these of one version only."""

    score: float
    id: str
    seen: int | None
    counts: list[int] | None


def _read(cursor: str, question: list[Any], version: str) -> _Position:
    types = ((int, float), (str,), (str,), (int, type(None)), (list,))
    score, id_, of, seen, counts = cursors.decode(cursor, question, *types)
    return _Position(score, id_, *((seen, counts) if of == version else (None, None)))


def _page(
    books: Books,
    units: Sequence[answers.Gap],
    flows: Sequence[Stream],
    narrowed: dict[str, Any],
    at: _Position | None,
    limit: int,
) -> list[answers.Gap]:
    """The gaps after a position, by score and id. The ids of a stream's gaps stand together: nothing else begins like them."""
    order: list[tuple[float, str, answers.Gap | Stream]] = [(-g.score, g.id, g) for g in units]
    order += [(-s.score, s.prefix, s) for s in flows]
    order.sort(key=lambda o: o[:2])
    after = (-at.score, at.id) if at else None
    found: list[answers.Gap] = []
    for score, key, what in order:
        if len(found) >= limit:
            break
        if isinstance(what, answers.Gap):
            if after is None or (score, key) > after:
                found.append(what)
            continue
        within = after is not None and after[0] == score and after[1].startswith(key)
        if after is None or within or (score, key) > after:
            last = after[1].removeprefix(key) if after and within else ""
            found += what.page(books.graph, books.tree, narrowed, last, limit - len(found))
    return found


def by_id(graph: Graph, id_: str, day: date) -> answers.Gap | None:
    """The gap of an id, where there is one on the day, with what was decided about it.

    Raises:
        UsageError: no gap has such an id.
        NotFoundError: what it is about does not exist.
    """
    return by_ids(graph, [id_], day).get(id_)


def by_ids(graph: Graph, ids: Sequence[str], day: date) -> dict[str, answers.Gap]:
    """The gaps of some ids, judged once: those that are gaps on the day, with what was decided about them.

    Raises:
        UsageError: no gap has such an id.
        NotFoundError: what one is about does not exist.
    """
    of: dict[str, list[str]] = {"cell": [], "fact": [], "asset": []}
    for id_ in ids:
        kind, part, thing = [*id_.split(":", 2), "", ""][:3]
        if kind not in GAP_KINDS or not part or not thing:
            raise UsageError(f"{id_!r} is no gap's id; take one of govgraph gaps, e.g. no_rule:130000:processing")
        of["cell" if kind in CELL_KINDS else "fact" if kind in FACT_KINDS else "asset"].append(id_)
    found = [
        *(_cells(graph, of["cell"], day) if of["cell"] else ()),
        *(_facts(graph, of["fact"]) if of["fact"] else ()),
        *(_assets(graph, of["asset"], day) if of["asset"] else ()),
    ]
    wanted = set(ids)
    return {g.id: g for g in Decisions(graph, day).told(g for g in found if g.id in wanted)}


def _cells(graph: Graph, ids: Sequence[str], day: date) -> list[answers.Gap]:
    parts = [(kind, *rest.rpartition(":")[::2]) for kind, _, rest in (i.partition(":") for i in ids)]
    stages = read_stages([word for *_, word in parts])
    for place in dict.fromkeys(place for _, place, _ in parts):
        catalogue.resolve(graph, place, ("Jurisdiction",))
    return cell_gaps(Books(graph, day, stages), [kind for kind, *_ in parts], [place for _, place, _ in parts])


def _facts(graph: Graph, ids: Sequence[str]) -> list[answers.Gap]:
    series: set[str] | None = None
    for _, part, thing in (i.split(":", 2) for i in ids):
        if part != "series":
            catalogue.resolve(graph, thing, (part if part in ("Claim", "Regulation") else "Claim",))
            continue
        if series is None:
            series = {row["series"] for row in ask(graph, "catalogue/claims")} if graph.view is None else set()
        if thing not in series:
            raise NotFoundError(f"there is no series of claims called {thing!r}")
    return fact_gaps(graph, [i.partition(":")[0] for i in ids])


def _assets(graph: Graph, ids: Sequence[str], day: date) -> list[answers.Gap]:
    books = Books(graph, day)
    flows = list(streams(books, [i.partition(":")[0] for i in ids], staged=False))
    assets = {flow.prefix: flow.asset for flow in flows}
    for kind, part, thing in (i.split(":", 2) for i in ids):
        asset = assets.get(f"{kind}:{part}:") or (part if part in ASSETS else "Resource")
        catalogue.resolve(graph, thing, (asset,))
    everywhere = Narrowed().parameters(books.tree)
    return [
        gap
        for flow in Choice(set(ids), set()).streams(flows)
        for gap in flow.page(graph, books.tree, everywhere, "", len(flow.chosen))
    ]
