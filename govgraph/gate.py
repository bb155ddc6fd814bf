"""The gate of a limited load: which rows may be written (docs/semantics.md, section 10).

A key that is limited to a jurisdiction writes only what is its own: things all of whose homes lie within, before the row
and after it, and edges that start at such things. Whether a thing is there, and whose it is, is looked up in the whole
graph, so that nothing hidden is overwritten; one query for each kind and batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from govgraph.graph import View
from govgraph.model import EDGES, NODES, links
from govgraph.queries import Asks
from govgraph.schema import HOLDING, holders

OWN_ENDS: frozenset[str] = frozenset({"GOVERNS", "RESPONSIBLE_FOR", "AMENDS", "REPEALS", *HOLDING})
"""Edge types that change what their end is or how it is judged: that, too, must be the key's own."""
NOWHERE = ""
"""The home of what has none."""


class Denied(Exception):
    """Why a row may not be written."""

    def __init__(self, column: str | None, value: str, message: str) -> None:
        super().__init__(message)
        self.column, self.value, self.message = column, value, message


class Home(NamedTuple):
    """A home of a thing, and whose word it is that leads there."""

    place: str
    source: str
    passage: str
    hash: str


class End(NamedTuple):
    """A thing that a link of a row names."""

    field: str
    type: str
    kind: str
    id: str
    reverse: bool


class Gate:
    """What rows of a limited load may be written; :meth:`look_up` first, then ask row by row."""

    def __init__(self, view: View, source: str, link: str, asks: Asks) -> None:
        self._view, self._source, self._link, self._asks = view, source, link, asks
        self._within = frozenset(view.within)
        self._homes: dict[str, dict[str, list[Home]]] = defaultdict(dict)
        self._stored: set[tuple[str, str]] = set()

    def look_up(self, things: Iterable[tuple[str, str]], rows: Collection[tuple[str, str]] = ()) -> None:
        """Look up at once whose the things (kind, id) are that a batch names, and which of its ``rows`` are there."""
        self._homes.clear()
        self._stored = set()
        for kind, ids in _by_kind(rows).items():
            self._stored |= {(kind, r["id"]) for r in self._asks("catalogue/known_ids", *_given(kind, ids))}
        for kind, ids in _by_kind((*things, *self._stored)).items():
            self._find(kind, ids)

    def was_there(self, kind: str, id_: str) -> bool:
        """Whether the thing of a row was there when it was looked up."""
        return (kind, id_) in self._stored

    def node(self, kind: str, id_: str, passage: str, ends: Sequence[End]) -> None:
        """Let a row of a node pass; what it says of its homes counts for the rows after it.

        Raises:
            Denied: it may not be written.
        """
        if kind == "Jurisdiction" or not _has_homes(kind):
            raise Denied(
                None, id_, f"{kind} belongs to no jurisdiction; a key limited to {self._view.at} can't load any"
            )
        if self.was_there(kind, id_) and not self._own(kind, id_):
            raise Denied("id", id_, f"{kind} {id_!r} is there and not {self._view.at}'s alone; {self._out}")
        added: list[Home] = []
        for end in ends:
            named, this = (end.kind, end.id), (kind, id_)
            self._edge(end.field, end.type, *((named, this) if end.reverse else (this, named)), new=this)
            added += [
                Home(place, self._source, passage, self._link) for place in self._led_to(end.type, end.kind, end.id)
            ]
        mine = (self._source, passage, self._link)
        kept = [home for home in self._homes[kind].get(id_, ()) if home[1:] != mine]
        if not any(home.place in self._within for home in (*kept, *added)):
            raise Denied(
                None, id_, f"{kind} {id_!r} would have no home in {self._view.at}; name one: {_home_fields(kind)}"
            )
        self._homes[kind][id_] = [*kept, *added]

    def edge(self, type_: str, start: tuple[str, str], end: tuple[str, str]) -> None:
        """Let a row of an edge between two things (kind, id) pass.

        Raises:
            Denied: it may not be written.
        """
        self._edge("from", type_, start, end)

    def _edge(
        self,
        column: str,
        type_: str,
        start: tuple[str, str],
        end: tuple[str, str],
        *,
        new: tuple[str, str] | None = None,
    ) -> None:
        """The rule of edges; ``new``: the end that the row itself is about."""
        if start != new and (start[0] == "Jurisdiction" or not self._own(*start)):
            raise Denied(column, start[1], f"{start[0]} {start[1]!r} is not {self._view.at}'s alone; {self._out}")
        column = "to" if column == "from" else column
        if type_ in OWN_ENDS and end != new and not self._own(*end):
            why = f"{type_} to {end[0]} {end[1]!r}, which is not {self._view.at}'s alone; {self._out}"
            raise Denied(column, end[1], why)
        if type_ not in HOLDING and any(p not in self._within for p in self._led_to(type_, *end)):
            why = f"{type_} to {end[0]} {end[1]!r} leads out of {self._view.at}; {self._out}"
            raise Denied(column, end[1], why)

    @property
    def _out(self) -> str:
        return f"this key writes only what lies in {self._view.at} or below"

    def _own(self, kind: str, id_: str) -> bool:
        """Whether a thing has a home, and all its homes lie within."""
        if kind == "Jurisdiction":
            return id_ in self._within
        homes = self._homes[kind].get(id_)
        return bool(homes) and all(home.place in self._within for home in homes or ())

    def _led_to(self, type_: str, kind: str, id_: str) -> list[str]:
        """The homes that an edge of a type to (or, of what holds it, from) a thing gives."""
        if type_ == "LOCATED_IN":
            return [id_]
        if type_ in ("PROVIDED_BY", *HOLDING):
            return [home.place for home in self._homes[kind].get(id_, ())]
        return []

    def _find(self, kind: str, ids: Collection[str]) -> None:
        """Look up the homes of things that are not known yet."""
        new = set(ids) - set(self._homes[kind])
        if not new:
            return
        homes: dict[str, list[Home]] = {id_: [] for id_ in new}
        if (kind, "Jurisdiction") in EDGES["LOCATED_IN"].pairs:
            for row in self._asks("homes/located", *_given(kind, new)):
                homes[row["id"]].append(Home(row["home"], row["source"], row["passage"], row["hash"]))
        if (kind, "Agency") in EDGES["PROVIDED_BY"].pairs:
            ids_, words = _given(kind, new)
            for row in self._asks("homes/provided", ids_, {"ASSET": words["KIND"]}):
                homes[row["id"]].append(Home(row["home"], row["source"], row["passage"], row["hash"]))
        for type_, kinds in holders(kind).items():
            for holder in kinds:
                ids_, words = _given(kind, new)
                rows = self._asks("homes/held", ids_, {**words, "TYPE": type_, "KINDS": holder})
                self._find(holder, {row["holder"] for row in rows})
                for row in rows:
                    # What is held by something of nobody's is not only one's own.
                    for place in [h.place for h in self._homes[holder][row["holder"]]] or [NOWHERE]:
                        homes[row["id"]].append(Home(place, row["source"], row["passage"], row["hash"]))
        self._homes[kind] |= homes


def _given(kind: str, ids: Iterable[str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    return {"ids": sorted(ids)}, {"KIND": kind}


def _by_kind(things: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for kind, id_ in things:
        found[kind].add(id_)
    return found


def _has_homes(kind: str) -> bool:
    return (
        (kind, "Jurisdiction") in EDGES["LOCATED_IN"].pairs
        or (kind, "Agency") in EDGES["PROVIDED_BY"].pairs
        or bool(holders(kind))
    )


def _home_fields(kind: str) -> str:
    """The fields of a row that give its thing a home."""
    giving = ("LOCATED_IN", "PROVIDED_BY", *HOLDING)
    return " or ".join(name for name, link in links(NODES[kind]).items() if link.type in giving)
