"""Counts per kind and type, and beside them what sources claim (docs/semantics.md, section 8.5)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple

from govgraph import answers
from govgraph.catalogue import count, envelope, resolve
from govgraph.errors import NotFoundError
from govgraph.graph import Graph
from govgraph.model import EDGES, NODES, Comparator, Level
from govgraph.places import Tree
from govgraph.queries import ask, count_edges
from govgraph.terms import PartialDate


def stats(graph: Graph) -> answers.Stats:
    """Counts per kind and type, and the claims beside what the graph counts."""
    nodes = {kind: count(graph, kind) for kind in NODES}
    edges = {t: count_edges(graph, t) for t in EDGES}
    return answers.Stats(**envelope(graph), total=sum(nodes.values()), nodes=nodes, edges=edges, claims=claims(graph))


def claims(graph: Graph) -> list[answers.ClaimRow]:
    """Every stated figure beside our count; none of a limited graph."""
    rows = ask(graph, "catalogue/claims")
    torn = _torn(rows)
    counted = _Counters(graph)
    found = []
    for row in rows:
        ours, value = counted.count(row["counter"]), row["value"]
        verdict: Literal["agrees", "disagrees", "conflicts", "not_comparable"] = "not_comparable"
        if value is not None and row["series"] in torn:
            verdict = "conflicts"
        elif value is not None and ours is not None:
            verdict = "agrees" if _figure(row).holds(ours) else "disagrees"
        whole = value is not None and value == int(value)
        found.append(
            answers.ClaimRow(
                id=row["id"],
                subject=row["subject"],
                metric=row["metric"],
                comparator=row["comparator"],
                value=int(value) if whole else value,
                text=row["text"],
                as_of=row["as_of"],
                counted=ours,
                verdict=verdict,
            )
        )
    return found


class _Figure(NamedTuple):
    """The numbers that a claim allows."""

    low: Decimal
    high: Decimal
    above: bool
    """The lowest is not among them."""

    def holds(self, number: int) -> bool:
        return self.low < number if self.above else self.low <= number <= self.high


def _figure(row: dict[str, Any]) -> _Figure:
    # As it is written: a tenth of a binary fraction is not a tenth of the figure.
    value = Decimal(str(row["value"]))
    if row["comparator"] == Comparator.MORE:
        return _Figure(value, Decimal("Infinity"), above=True)
    slack = abs(value) / 10 if row["comparator"] == Comparator.ABOUT else 0
    return _Figure(value - slack, value + slack, above=False)


def _torn(rows: Sequence[dict[str, Any]]) -> set[str]:
    """The series whose claims have no number or no day in common."""
    series: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["series"] and row["value"] is not None:
            series[row["series"]].append(row)
    return {name for name, members in series.items() if _no_number(members) or _no_day(members)}


def _no_number(rows: Sequence[dict[str, Any]]) -> bool:
    figures = [_figure(row) for row in rows]
    low, high = max(f.low for f in figures), min(f.high for f in figures)
    return low > high or (low == high and any(f.above and f.low == low for f in figures))


def _no_day(rows: Sequence[dict[str, Any]]) -> bool:
    times = [t for row in rows if (t := _time(row["as_of"]))]
    return bool(times) and max(t.lo for t in times) > min(t.hi for t in times)


def _time(text: str | None) -> PartialDate | None:
    """The time of a claim, where it is written as a date."""
    try:
        return PartialDate(text) if text else None
    except ValueError:
        return None


class _Counters:
    """Our own count of what a claim states, where the graph holds what the claim speaks of."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._local: list[dict[str, Any]] | None = None

    def count(self, key: str | None) -> int | None:
        """The count for a claim's ``counter``; None when the graph can't tell."""
        name, _, argument = (key or "").partition(":")
        counter = self._COUNTERS.get(name)
        return (counter(self, argument) or None) if counter else None

    def _local_rows(self) -> list[dict[str, Any]]:
        """Documents of places below the nation that the baseline lists, plans aside."""
        if self._local is None:
            rows = ask(self._graph, "catalogue/local_regulations")
            self._local = [r for r in rows if r["rank"] != "plan" and "baseline" in _sources(r)]
        return self._local

    def _local_regulations(self, _: str) -> int:
        return len({r["id"] for r in self._local_rows()})

    def _provinces_with_regulations(self, _: str) -> int:
        tree = Tree(self._graph)
        found = {
            place
            for r in self._local_rows()
            for place in tree.path(r["jurisdiction"])
            if place in tree.places and tree.places[place].level is Level.PROVINCE
        }
        return len(found)

    def _provinces_with_ordinances(self, _: str) -> int:
        return len({r["jurisdiction"] for r in self._local_rows() if r["category"] == "条例"})

    def _catalogue_entries(self, _: str) -> int:
        return count(self._graph, "Resource")

    def _items(self, _: str) -> int:
        return count(self._graph, "Item")

    def _open_datasets(self, _: str) -> int:
        return count(self._graph, "Dataset")

    def _opening_fields(self, _: str) -> int:
        return count(self._graph, "Theme")

    def _exchange_places(self, _: str) -> int:
        try:
            ref = resolve(self._graph, "PLT011", ("Platform",))
        except NotFoundError:
            return 0
        return int(ask(self._graph, "catalogue/connected", {"id": ref.id, "level": "province"})[0]["places"])

    def _pilot_places(self, pilot: str) -> int:
        words = {"KIND": "Pilot", "TYPE": "LOCATED_IN"}
        return int(ask(self._graph, "catalogue/linked", {"id": pilot}, words=words)[0]["others"])

    _COUNTERS: ClassVar[dict[str, Callable[[_Counters, str], int]]] = {
        "local_regulations": _local_regulations,
        "provinces_with_regulations": _provinces_with_regulations,
        "provinces_with_ordinances": _provinces_with_ordinances,
        "catalogue_entries": _catalogue_entries,
        "items": _items,
        "open_datasets": _open_datasets,
        "opening_fields": _opening_fields,
        "exchange_places": _exchange_places,
        "pilot_places": _pilot_places,
    }


def _sources(row: dict[str, Any]) -> set[str]:
    return {s["source"] for s in json.loads(row["said"])} if row["said"] else {row["source"]}
