"""Gaps of assets, which may be millions: counted in the query, listed from queries page by page (docs/semantics.md, section 8).

The gaps of one kind, part (a stage or a kind of asset) and severity have one score; a *stream* is all of these, by the
id of the asset.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from govgraph import answers
from govgraph.books import Books
from govgraph.cellgaps import WEIGHT, reason, score
from govgraph.gapwords import CASES, Pair
from govgraph.graph import Graph
from govgraph.model import NATION, Rank, Stage
from govgraph.places import Tree
from govgraph.queries import ask

ASSET_KINDS = ("unpractised", "overdue", "withheld_without_basis", "orphan")
_BY = {Stage.COLLECTION: "catalogue", Stage.SHARING: "share", Stage.OPENING: "open"}
_DUE = (Stage.STORAGE, Stage.ARCHIVING)
BASIS_ASKED_FROM = date(2016, 9, 5)
"""国发〔2016〕51号: 不予共享 needs a basis in a law, an administrative regulation, or a policy of 党中央 or 国务院."""
BASIS_NARROWED_FROM = date(2025, 8, 1)
"""政务数据共享条例, articles 14 and 15: a law, an administrative regulation, or a decision of 国务院."""
_SUPREME = (Rank.LAW, Rank.ADMINISTRATIVE_REGULATION)
_NEXT, _LAST = "\x01", "\U0010ffff"
"""What makes of an id the next text; a text that comes after every id."""
_PAGE = 10_000
"""Assets that a walk over a whole stream holds at once."""
# The bodies and their general offices; 国务院国资委 or 中共中央宣传部 are others, whose words are not theirs.
_END = r"(?:办公厅)?(?=$|[\s、，,；;和与及])"
_STATE = re.compile(rf"国务院{_END}|国办$")
_EITHER = re.compile(rf"{_STATE.pattern}|(?:中共中央|党中央|中国共产党中央委员会){_END}|\b中央办公厅$|中办$")


Choose = Literal["", "in", "out"]


@dataclass(frozen=True)
class Narrowed:
    """Which assets are asked for: those with a home among the places, about a theme, provided by an agency."""

    places: Sequence[str] = ()
    theme: str = ""
    agency: str = ""

    def parameters(self, tree: Tree) -> dict[str, Any]:
        """As the queries take them."""
        outside = sorted(p for p in tree.places if tree.outside(p))
        return {"places": list(self.places), "outside": outside, "theme": self.theme, "agency": self.agency}


@dataclass(frozen=True)
class Stream:
    """All gaps of assets of one kind, part and severity."""

    kind: str
    part: str
    asset: str
    severity: str
    query: str
    stage: Stage | None = None
    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    case: Pair | None = None
    choose: Choose = ""
    """Whether only the assets ``chosen`` count (in), or all but these (out)."""
    chosen: Sequence[str] = ()

    @property
    def prefix(self) -> str:
        """What the ids of its gaps begin with; the asset's id follows."""
        return f"{self.kind}:{self.part}:"

    @property
    def score(self) -> float:
        """The score of each of its gaps: one asset, nothing below."""
        return score(self.severity, 1, 0)

    def count(self, graph: Graph, narrowed: dict[str, Any]) -> int:
        """How many there are."""
        rows = ask(graph, f"gaps/count_{self.query}", self._given(narrowed), words=self.words)
        return int(rows[0]["assets"])

    def page(self, graph: Graph, tree: Tree, narrowed: dict[str, Any], after: str, limit: int) -> list[answers.Gap]:
        """Those that follow the asset of an id."""
        lowest = after + _NEXT if after else ""
        given = {**self._given(narrowed), "lowest": lowest, "highest": _LAST, "limit": limit}
        return self.told(graph, tree, narrowed, ask(graph, f"gaps/{self.query}", given, words=self.words))

    def assets(self, graph: Graph, narrowed: dict[str, Any], after: str = "") -> Iterator[dict[str, Any]]:
        """Ids and names of all its assets that follow one, by id, a page at a time."""
        while True:
            lowest = after + _NEXT if after else ""
            given = {**self._given(narrowed), "lowest": lowest, "highest": _LAST, "limit": _PAGE}
            rows = ask(graph, f"gaps/{self.query}", given, words=self.words)
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1]["id"]

    def told(
        self, graph: Graph, tree: Tree, narrowed: dict[str, Any], rows: Sequence[dict[str, Any]]
    ) -> list[answers.Gap]:
        """The gaps of some assets."""
        homes = homes_of(graph, tree, self.asset, [row["id"] for row in rows], frozenset(narrowed["places"]))
        return [self._gap(row["id"], row["name"] or row["id"], homes.get(row["id"])) for row in rows]

    def _given(self, narrowed: dict[str, Any]) -> dict[str, Any]:
        return {**self.values, **narrowed, "choose": self.choose, "chosen": list(self.chosen)}

    def _gap(self, id_: str, name: str, home: str | None) -> answers.Gap:
        zh, en = (f"{name}·{self.stage.zh}", f"{name}, {self.stage.en}") if self.stage else (name, name)
        return answers.Gap(
            id=self.prefix + id_,
            kind=self.kind,
            severity=self.severity,
            score=self.score,
            parts=answers.GapParts(assets=1, reach=0, severity=WEIGHT[self.severity]),
            jurisdiction=home,
            stage=self.stage.value if self.stage else None,
            subject=answers.Ref(id=id_, kind=self.asset, name=name),
            reason=reason(self.kind, zh, en, self.case),
        )


def streams(books: Books, kinds: Sequence[str], *, staged: bool) -> Iterator[Stream]:
    """The streams of some kinds; ``staged``: only those that have one of the books' stages."""
    day = books.day
    if "unpractised" in kinds:
        for stage in books.stages:
            if by := _BY.get(stage):
                values = {"by": by, "day": day}
                yield Stream(
                    "unpractised",
                    stage.value,
                    "Resource",
                    "medium",
                    "unpractised",
                    stage,
                    values,
                    {"RECORD": stage.name},
                )
    if "overdue" in kinds:
        for stage in books.stages:
            if stage in _DUE:
                values = {"by": stage.value, "day": day, **ended(day)}
                yield Stream(
                    "overdue", stage.value, "Resource", "high", "overdue", stage, values, {"RECORD": stage.name}
                )
    if "withheld_without_basis" in kinds and day >= BASIS_ASKED_FROM and Stage.SHARING in books.stages:
        values = {"counting": sorted(counting(books))}
        for asset, query in (("Item", "withheld_items"), ("Resource", "withheld")):
            yield Stream("withheld_without_basis", asset, asset, "medium", query, Stage.SHARING, values)
    if "orphan" in kinds and not staged:
        yield Stream("orphan", "Catalogue", "Resource", "low", "uncatalogued", case=CASES["uncatalogued"])
        yield Stream("orphan", "Database", "Database", "low", "orphan_databases", case=CASES["unoperated"])
        yield Stream("orphan", "Item", "Item", "low", "orphan_items", case=CASES["unheld"])
        for asset in ("Dataset", "Resource", "Use"):
            grade = "medium" if asset == "Resource" else "low"
            yield Stream("orphan", asset, asset, grade, "orphans", words={"ASSET": asset})


def ended(day: date) -> dict[str, str]:
    """The day, and the last month, half and year that have ended by its end, as dates are stored."""
    after = day + timedelta(days=1) if day < date.max else day
    month = after.replace(day=1) - timedelta(days=1)
    half = f"{after.year}-H1" if after.month > 6 else f"{after.year - 1:04}-H2"
    return {"iso": day.isoformat(), "month": month.isoformat()[:7], "half": half, "year": f"{after.year - 1:04}"}


def counting(books: Books) -> set[str]:
    """The documents in force that may be the basis of 不予共享 on the day."""
    found = {id_ for id_, doc in books.rules.documents.items() if doc.rank in _SUPREME}
    for row in ask(books.graph, "gaps/issuers", {"id": NATION}):
        issuers = [*(row["written"] or ()), *row["bodies"]]
        counts = _STATE if books.day >= BASIS_NARROWED_FROM else _EITHER
        if any(counts.search(name) for name in issuers):
            found.add(row["id"])
    return {i for i in found if (s := books.rules.standing(i, books.day)) and s.state in ("in_force", "unknown")}


def homes_of(graph: Graph, tree: Tree, kind: str, ids: Sequence[str], asked: Set[str]) -> dict[str, str]:
    """A home of each asset: where it is located, else where who provides it is; of an item that of what has it.

    Of several homes one among the places asked for (or, when none are, among those a limited view is within) is told.
    """
    if not ids:
        return {}
    near = asked or (frozenset(graph.view.within) if graph.view else tree.places.keys())
    if kind == "Item":
        found: dict[str, str] = {}
        holders: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for asset in ("Resource", "Dataset", "Database"):
            for row in ask(graph, "lineage/holders", {"ids": list(ids)}, words={"ASSET": asset}):
                holders[asset][row["holder"]].append(row["id"])
        for asset, items in holders.items():
            for holder, home in homes_of(graph, tree, asset, sorted(items), asked).items():
                for item in items[holder]:
                    found[item] = min(home, found.get(item, home), key=lambda place: (place not in near, place))
        return found
    known: dict[str, set[tuple[bool, int, str]]] = defaultdict(set)
    for order, query, word in ((0, "lineage/located", "KIND"), (1, "lineage/providers", "ASSET")):
        for row in ask(graph, query, {"ids": list(ids)}, words={word: kind}):
            place = row["jurisdiction"]
            if place in tree.places:
                known[row["id"]].add((place not in near, order, place))
    return {id_: min(homes)[2] for id_, homes in known.items()}
