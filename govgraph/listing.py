"""Lists: the nodes of one kind that meet conditions, in an order, page by page (docs/semantics.md, section 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from govgraph import answers, catalogue, cursors, schema
from govgraph.errors import UsageError
from govgraph.graph import Graph, Rows
from govgraph.model import EDGES, NODES, Column, Link, links
from govgraph.places import Tree
from govgraph.queries import sight
from govgraph.terms import PartialDate, nfc

DEFAULT_LISTED = 100
_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}
_WHOLE = 2**63
_READ: dict[str, tuple[TypeAdapter[Any], str]] = {
    "int": (TypeAdapter(Annotated[int, Field(ge=-_WHOLE, lt=_WHOLE)]), "a whole number"),
    "float": (TypeAdapter(Annotated[float, Field(allow_inf_nan=False)]), "a number"),
    "bool": (TypeAdapter(bool), "true or false"),
}


def listing(
    graph: Graph,
    kind: str,
    *,
    filters: Mapping[str, str] | None = None,
    jurisdiction: str | None = None,
    text: str | None = None,
    sort: str = "id",
    limit: int = DEFAULT_LISTED,
    cursor: str | None = None,
) -> answers.Listing:
    """The nodes of a kind.

    Args:
        kind: class name, label or plural.
        filters: by field name: a property's value, or what a link field leads to (id, alias or name). All must hold.
        jurisdiction: only what is in it or below (section 11).
        text: only what holds it in its id, name or an alias.
        sort: a property, ``-`` before it for descending; without one last; then by id.
        cursor: the ``next`` of the answer before.

    Raises:
        UsageError: an unknown kind, field or cursor, or a value that can't be taken.
        NotFoundError, AmbiguousError: what a link field or the jurisdiction names.
    """
    if limit < 1:
        raise UsageError("--limit must be 1 or more")
    question = _Question(graph, kind, filters or {}, jurisdiction, text, sort)
    envelope = catalogue.envelope(graph)
    version = envelope["graph_version"]
    at, total, seen = question.read(cursor, version) if cursor else (None, None, 0)
    rows = question.page(at, limit + 1)
    if total is None:
        total = question.count(None)
        seen = total - question.count(at) if at else 0
    page = rows[:limit]
    more = len(rows) > limit
    seen += len(page)
    return answers.Listing(
        **envelope,
        total=total,
        truncated=answers.Truncated(reason="limit", omitted=total - seen) if more else None,
        next=cursors.encode(question.key, [*question.position(page[-1]), version, total, seen]) if more else None,
        kind=question.kind,
        items=question.nodes(page),
    )


def pages(
    graph: Graph,
    kind: str,
    *,
    filters: Mapping[str, str] | None = None,
    jurisdiction: str | None = None,
    text: str | None = None,
    sort: str = "id",
    size: int = 1000,
) -> Iterator[list[answers.ListedNode]]:
    """All that :func:`listing` would answer, in lists of up to ``size``: a query each, none of them held.

    Raises:
        UsageError, NotFoundError, AmbiguousError: as :func:`listing`, before the first page.
    """
    if size < 1:
        raise UsageError("size must be 1 or more")
    return _pages(_Question(graph, kind, filters or {}, jurisdiction, text, sort), size)


def _pages(question: _Question, size: int) -> Iterator[list[answers.ListedNode]]:
    rows = question.page(None, size)
    while rows:
        yield question.nodes(rows)
        rows = question.page(question.position(rows[-1]), size) if len(rows) == size else []


def fields(kind: str) -> list[str]:
    """What the nodes of a kind can be filtered by: properties that are one value, then links."""
    return [*_scalars(kind), *links(NODES[kind])]


def _scalars(kind: str) -> dict[str, Column]:
    return {c.name: c for c in NODES[kind].columns() if c.type != "strings"}


_Text = Callable[[schema.Listed, schema.Order, schema.After], str]


class _Position(NamedTuple):
    """A row in the order: its value in the order's column, its id."""

    value: Any
    id: str


class _Question:
    """A question for nodes, read and ready to be asked for any of its pages."""

    def __init__(
        self,
        graph: Graph,
        kind: str,
        filters: Mapping[str, str],
        jurisdiction: str | None,
        text: str | None,
        sort: str,
    ) -> None:
        self._graph = graph
        self.kind = catalogue.kind_of(kind)
        columns = _scalars(self.kind)
        by = sort.removeprefix("-")
        if by not in columns:
            raise UsageError(f"--sort {sort}: {self.kind} is sorted by one of {', '.join(columns)}")
        self._order = schema.Order(by, descending=sort.startswith("-"))
        self._types = (*_TYPES[columns[by].type], NoneType)
        self._values: dict[str, Any] = {}
        if unknown := sorted(set(filters) - set(fields(self.kind))):
            raise UsageError(
                f"{self.kind} has no field {unknown[0]!r} to list by; write one of {', '.join(fields(self.kind))}"
            )
        equal: list[str] = []
        linked: list[tuple[str, str, bool]] = []
        # In the model's order, whatever the user's: then there are few texts.
        for name, column in columns.items():
            if name in filters:
                equal.append(name)
                self._values[f"is_{name}"] = _read(column, filters[name])
        for name, link in links(NODES[self.kind]).items():
            if name in filters:
                end = catalogue.resolve(graph, filters[name], _ends(self.kind, link))
                self._values[f"link_{len(linked)}"] = end.id
                linked.append((link.type, end.kind, link.reverse))
        place = self._in(jurisdiction) if jurisdiction is not None else None
        if text is not None:
            self._values["text"] = nfc(text)
            if not self._values["text"]:
                raise UsageError("nothing to find; write a text of one character or more")
        limited_on = graph.dialect if graph.view else ""
        self._asked = schema.Listed(
            self.kind, tuple(equal), tuple(linked), place is not None, text is not None, limited_on
        )
        seen = graph.view.at if graph.view else None
        self.key = [sort, *self._asked, place, seen, {k: v for k, v in self._values.items() if k != "places"}]

    def _in(self, jurisdiction: str) -> str:
        if self.kind != "Jurisdiction" and not schema.homes(self.kind):
            raise UsageError(f"{self.kind} is in no jurisdiction; list them without one")
        place = catalogue.resolve(self._graph, jurisdiction, ("Jurisdiction",)).id
        self._values["places"] = sorted(Tree(self._graph).below(place))
        return place

    def read(self, cursor: str, version: str) -> tuple[_Position, int | None, int]:
        """Where a cursor stands; how many nodes there are in all and up to there, where it knows that of this version.

        The nodes of a kind may be millions, and counting them takes longer than a page does.
        """
        value, id_, of, total, seen = cursors.decode(cursor, self.key, self._types, (str,), (str,), (int,), (int,))
        return _Position(value, id_), *((total, seen) if of == version else (None, 0))

    def page(self, at: _Position | None, limit: int) -> Rows:
        """Rows after a position."""
        return self._rows(schema.list_nodes, at, {"limit": limit})

    def count(self, at: _Position | None) -> int:
        """How many nodes there are after a position."""
        return int(self._rows(schema.count_listed, at, {})[0]["nodes"])

    def _rows(self, text: _Text, at: _Position | None, more: dict[str, Any]) -> Rows:
        after, values = self._after(at)
        filled = text(self._asked, self._order, after)
        given = self._values | values | more
        if self._graph.view:
            given |= sight(self._graph.view, filled)
        return self._graph.read(*schema.bound(filled, given, self._graph.dialect))

    def _after(self, at: _Position | None) -> tuple[schema.After, dict[str, Any]]:
        if at is None:
            return "", {}
        if self._order.column == "id":
            return "value", {"after": at.id}
        if at.value is None:
            return "null", {"after": at.id}
        return "value", {"after": at.id, "value": at.value}

    def position(self, row: dict[str, Any]) -> _Position:
        """Where a row stands."""
        return _Position(row[self._order.column], row["id"])

    def nodes(self, rows: Rows) -> list[answers.ListedNode]:
        """Rows as they are answered."""
        names = [c.name for c in NODES[self.kind].columns() if c.name not in ("id", "name", "aliases")]
        return [
            answers.ListedNode(
                id=row["id"],
                kind=self.kind,
                name=row["name"] or row["id"],
                aliases=row["aliases"] or [],
                properties={n: row[n] for n in names if row[n] is not None},
            )
            for row in rows
        ]


def _ends(kind: str, link: Link) -> tuple[str, ...]:
    """Kinds of what a link field of a kind may lead to."""
    here, there = (1, 0) if link.reverse else (0, 1)
    return tuple(pair[there] for pair in EDGES[link.type].pairs if pair[here] == kind)


def _read(column: Column, text: str) -> Any:
    """A value as it is stored.

    Raises:
        UsageError: the property has no such value.
    """
    try:
        if column.term:
            return column.term.parse(text).value
        if column.is_date:
            return str(PartialDate(text))
    except ValueError as error:
        raise UsageError(f"{column.name}: {error}") from None
    if column.type == "str":
        return nfc(text)
    adapter, what = _READ[column.type]
    try:
        return adapter.validate_python(nfc(text))
    except ValidationError:
        raise UsageError(f"{column.name}: {text!r} is not {what}") from None
