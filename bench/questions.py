"""``python -m bench.questions``: each question on a graph of made-up resources, beside plain Python over the same rows.

    python -m bench.questions [--resources N] [--graph URL] [--runs N] [--only WORD]

The graph is made in a file that goes away, or at the URL, which must hold nothing. ``plain``: networkx and counters that
answer the same from rows in memory, without texts, paging, or what an answer says besides; where a question rests on the
law alone, the oracle of the tests over the rows that the law rests on. Both are compared before they are timed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import networkx as nx

from bench.__main__ import paired
from bench.made import rows as made_rows
from govgraph import graph as graphs
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders import baseline
from govgraph.model import ASSETS, RECORD_TYPES, STAGES
from govgraph.terms import PartialDate
from tests import oracle, oracle_judging

DAY, BEFORE = date(2024, 3, 21), date(2021, 1, 1)
FRAMEWORK = "REG003"
UNRULED = ("none", "expired", "planned")


class Law(oracle.World):
    """A world that finds its rows at once: the oracle looks through all of them each time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._of: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._typed: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for node in self.nodes.values():
            self._of[node["kind"]].append(node)
        for type_, edge in self.edges:
            self._typed[type_].append(edge)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Nodes of a kind."""
        return self._of[kind]

    def typed(self, type_: str) -> list[dict[str, Any]]:
        """Edges of a type."""
        return self._typed[type_]


class Plain:
    """The rows in memory, and the same questions asked of them."""

    def __init__(self, rows: list[Any]) -> None:
        self.law = Law([(r.kind, {n: _single(v) for n, v in r.values.items()}) for r in baseline.rows()])
        self.nodes: dict[str, dict[str, Any]] = dict(self.law.nodes)
        self.hops: list[tuple[str, dict[str, Any]]] = []
        for row in rows:
            if "from" in row.values:
                self.hops.append((row.kind, row.values))
            else:
                self.nodes[row.values["id"]] = row.values | {"kind": row.kind}
        self.homes = {
            i: n["jurisdiction"] for i, n in self.nodes.items() if n["kind"] == "Agency" and "jurisdiction" in n
        }

    @cached_property
    def record(self) -> nx.DiGraph:
        """The record, without its parallels."""
        found: nx.DiGraph = nx.DiGraph()
        found.add_edges_from((e["from"], e["to"]) for t, e in self.hops if t in RECORD_TYPES)
        return found

    def matrix(self) -> dict[tuple[str, str], str]:
        """The rule verdicts of the provinces."""
        places = [p["id"] for p in self.law.of("Jurisdiction") if p.get("level") == "province"]
        return {
            (place, stage.value): self.verdict(place, stage.value, DAY)
            for place in places
            if oracle_judging.exists(self.law, place, DAY) and not self.law.outside(place)
            for stage in STAGES
        }

    def verdict(self, home: str, stage: str, day: date) -> str:
        """The rule verdict of a cell."""
        return str(oracle.rule(self.law, self.law.path(home), stage, day, self.law.outside(home))["verdict"])

    @cached_property
    def turns(self) -> list[date]:
        """The days on which the law may become another: the ends of all stated dates, and the days after them."""
        stated = [
            when for what in (*self.law.nodes.values(), *(e for _, e in self.law.edges)) for when in dates_of(what)
        ]
        return sorted({d + timedelta(days=n) for when in stated for d in (when.lo, when.hi) for n in (0, 1)})

    def audit(self) -> dict[str, int]:
        """Hops by the verdict of their law, which is asked for once between two of its turns."""
        known: dict[tuple[str, str, int], str] = {}
        verdicts: Counter[str] = Counter()
        for type_, hop in {(t, e["from"], e["to"], e.get("since")): (t, e) for t, e in self.hops}.values():
            home = self.homes.get(self.nodes[hop["from"]].get("provider", ""))
            if not home or "since" not in hop:
                verdicts["unknown"] += 1
                continue
            day = PartialDate(hop["since"]).lo
            key = (home, type_.lower(), bisect_right(self.turns, day))
            if key not in known:
                known[key] = self.verdict(home, type_.lower(), day)
            verdicts[known[key]] += 1
        return dict(verdicts)

    def impact(self, starts: set[str]) -> dict[str, int]:
        """What is downstream, by kind."""
        seen: set[str] = set()
        for start in starts:
            if start in self.record and start not in seen:
                seen |= nx.descendants(self.record, start)
            seen.add(start)
        return dict(Counter(self.nodes[i]["kind"] for i in seen))

    def provided(self, agency: str) -> set[str]:
        """What an agency provides."""
        return {i for i, n in self.nodes.items() if n.get("provider") == agency}

    def orphans(self) -> int:
        """Assets that nobody provides, resources in no catalogue."""
        kept = {i for i, n in self.nodes.items() if n["kind"] in ASSETS and not n.get("provider")}
        of_items = {i for i in kept if self.nodes[i]["kind"] == "Item" and self.nodes[i].get("resource")}
        uncatalogued = sum(n["kind"] == "Resource" and not n.get("catalogue") for n in self.nodes.values())
        operated = {i for i in kept if self.nodes[i].get("operator")}
        return len(kept - of_items - operated) + uncatalogued

    def missed(self) -> int:
        """Resources that have not gone through sharing though they are to be shared."""
        gone = {e["from"] for t, e in self.hops if t == "SHARING" and e.get("since", "") <= DAY.isoformat()}
        to_share = ("unconditional", "conditional")
        return sum(
            n["kind"] == "Resource" and n.get("share_type") in to_share and i not in gone for i, n in self.nodes.items()
        )

    def bottlenecks(self, root: str) -> int:
        """How many nodes upstream another can't do without."""
        inner = self.record.subgraph(nx.ancestors(self.record, root) | {root}).reverse()
        return len({d for n, d in nx.immediate_dominators(inner, root).items() if n != d} - {root})

    def ends(self, root: str) -> int:
        """The roots."""
        inner = nx.condensation(self.record.subgraph(nx.ancestors(self.record, root) | {root}))
        return sum(len(inner.nodes[c]["members"]) for c in inner if not inner.in_degree(c))

    def same_items(self) -> int:
        """Names of items that several agencies keep."""
        keepers: dict[str, set[str]] = defaultdict(set)
        for node in self.nodes.values():
            if node["kind"] == "Item" and (agency := self.nodes[node["resource"]].get("provider")):
                keepers[node["name"]].add(agency)
        return sum(len(agencies) > 1 for agencies in keepers.values())

    def changes(self, after: oracle.World, first: date) -> int:
        """Cells of provinces whose verdict changes."""
        return len(oracle_judging.changes(self.law, after, first, DAY, "province"))


def dates_of(row: dict[str, Any]) -> list[PartialDate]:
    """The dates that a row states."""
    names = ("issued", "effective_from", "effective_to", "listed_on", "doubted_from", "since", "until")
    return [PartialDate(row[n]) for n in names if row.get(n)]


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def main() -> None:
    """Load, compare, time."""
    parser = argparse.ArgumentParser(prog="python -m bench.questions", description=__doc__)
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--graph", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="questions whose name has this in it")
    asked = parser.parse_args()
    rows = made_rows(asked.resources)
    with ExitStack() as stack:
        url = asked.graph or str(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bench.lbug")
        graph = stack.enter_context(graphs.open(url))
        library = Library(graph)
        if not library.stats().nodes.get("Resource"):
            library.load("baseline")
            started = time.perf_counter()
            assert load_rows(graph, "made", rows).rejected == 0
            print(
                f"{len(rows):,} rows loaded at {len(rows) / (time.perf_counter() - started):,.0f} a second", flush=True
            )
        for name, versus, ours, plain in cases(library, Plain(rows), asked.resources):
            if asked.only in name:
                paired(name, versus, ours, plain, asked.runs)


Case = tuple[str, str, Callable[[], Any], Callable[[], Any]]


def cases(library: Library, plain: Plain, resources: int) -> list[Case]:
    """The questions; those that can be compared with the plain answer are."""
    # The deepest of some: much may come of nothing.
    start = max((f"r{i:07}" for i in range(100)), key=lambda i: len(nx.descendants(plain.record, i)))
    end = max((f"r{resources - 1 - i:07}" for i in range(100)), key=lambda i: len(nx.ancestors(plain.record, i)))
    agency, province = "g440000-1", "440000"
    repealed = Law(oracle_judging.repealed(plain.law, [FRAMEWORK], DAY).rows)
    far = min(nx.ancestors(plain.record, end))

    def by_kind(answer: Any) -> dict[str, int]:
        return dict(answer.by.kind)

    def down() -> dict[str, int]:
        return plain.impact({start})

    compared: list[tuple[str, Callable[[], Any], Callable[[], Any], Callable[[Any], Any], Callable[[Any], Any]]] = [
        ("coverage", lambda: library.coverage(as_of=DAY), plain.matrix,
         lambda a: {(c.jurisdiction, c.stage): c.rule.verdict for c in a.cells if c.level == "province"},
dict),
        ("gaps, orphans", lambda: library.gaps(as_of=DAY, kinds=["orphan"]), plain.orphans, lambda a: a.total, int),
        ("gaps, unpractised sharing", lambda: library.gaps(as_of=DAY, kinds=["unpractised"], stages=["sharing"]),
         plain.missed, lambda a: a.total, int),
        ("diff, 2021 to 2024", lambda: library.diff(BEFORE, DAY), lambda: plain.changes(plain.law, BEFORE),
         lambda a: a.total, int),
        ("what-if, a framework repealed", lambda: library.what_if(as_of=DAY, repeal=[FRAMEWORK]),
         lambda: plain.changes(repealed, DAY), lambda a: a.total, int),
        ("lineage up, all", lambda: library.lineage(end, direction="up", limit=100_000),
         lambda: nx.ancestors(plain.record, end), lambda a: a.total - 1, len),
        ("audit", library.audit, plain.audit, lambda a: {k: n for k, n in a.verdicts.items() if n}, dict),
        ("impact of a deep asset", lambda: library.impact(start), down,
         lambda a: by_kind(a) | {"Resource": by_kind(a).get("Resource", 0) + 1}, dict),
        ("impact of an agency", lambda: library.impact(agency), lambda: plain.impact(plain.provided(agency)), by_kind, dict),
        ("bottlenecks", lambda: library.bottlenecks(end), lambda: plain.bottlenecks(end), lambda a: a.total, int),
        ("ends", lambda: library.ends(end), lambda: plain.ends(end), lambda a: len(a.roots), int),
        ("paths", lambda: library.paths(far, end),
         lambda: nx.shortest_path_length(plain.record, far, end), lambda a: a.length, int),
        ("cycles", library.cycles,
         lambda: sum(len(c) > 1 for c in nx.strongly_connected_components(plain.record)), lambda a: a.total, int),
        ("same items", library.same_items, plain.same_items, lambda a: a.total, int),
    ]  # fmt: skip
    found: list[Case] = []
    for name, ours, theirs, of_ours, of_theirs in compared:
        mine, other = of_ours(ours()), of_theirs(theirs())
        assert mine == other, (
            name,
            *((mine, other) if isinstance(mine, int) else set(mine.items()) ^ set(other.items())),
        )
        found.append((name, "plain Python: the same count", ours, theirs))
    matrix = found[0][2]
    others: dict[str, Callable[[], Any]] = {
        "coverage by agency": lambda: library.coverage(by="agency", as_of=DAY),
        "coverage by theme": lambda: library.coverage(by="theme", as_of=DAY),
        "explain": lambda: library.explain(province, "sharing", as_of=DAY),
        "gaps, the first hundred": lambda: library.gaps(as_of=DAY),
        "timeline": lambda: library.timeline(province, as_of=DAY),
        "calendar": lambda: library.calendar(as_of=DAY),
        "compare": lambda: library.compare("广东", "贵州", as_of=DAY),
        "scorecard": lambda: library.scorecard(agency, as_of=DAY),
        "restriction, a page": library.restriction,
        "impact of a regulation": lambda: library.impact(FRAMEWORK),
        "check": lambda: library.check(as_of=DAY),
        "report": lambda: library.report(province, as_of=DAY),
    }
    return [*found, *((name, "the matrix of provinces", case, matrix) for name, case in others.items())]


if __name__ == "__main__":
    main()
