"""Model → DDL, constraints and upserts, per dialect. No other module writes such texts.

Every node and edge carries, beside the model's properties, whose word it is: ``source``, ``passage`` (where in the
source), ``origin`` (file and row), ``run`` and ``hash``. A node that several statements speak of keeps all of them in
``said`` (JSON), and its properties are those of the statement that decides; one with a single statement keeps
``said`` empty, so that a national graph does not pay for what it doesn't use. ``also`` holds its aliases as one text,
a line each, for search: a list can't be indexed. An edge is stored once per source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple

from govgraph.errors import NewerSchemaError, OlderSchemaError
from govgraph.model import EDGES, NODES, RECORD_TYPES, SCHEMA_VERSION, Column, Edge, Sight

STATEMENT_COLUMNS: tuple[str, ...] = ("source", "passage", "origin", "run", "hash")
NODE_SYSTEM: tuple[Column, ...] = tuple(
    Column(name, "str", name, name) for name in (*STATEMENT_COLUMNS, "said", "also")
)
EDGE_SYSTEM: tuple[Column, ...] = tuple(
    Column(name, "str", name, name) for name in ("id", "stage", "key", *STATEMENT_COLUMNS)
)
BOUNDS: tuple[Column, ...] = tuple(Column(name, "date", name, name) for name in ("since_day", "until_day"))
"""First day that ``since`` and last day that ``until`` of a record edge can mean, as dates for the engine."""
TEXT_COLUMNS: tuple[str, ...] = ("id", "name", "also")
"""What find looks into."""
META, RUN, HELD = "GovgraphMeta", "Run", "Held"
"""Labels of what a graph knows of itself: facts, runs, and what sources say of corrected links (:mod:`govgraph.held`)."""
COPYING = "copying"
"""The fact about a graph that a copy into it has begun and not ended: the source's URL, else empty."""
PLACEHOLDER = "placeholder"
"""Hash of the statement of a node that something names and no source lists."""
_LADYBUG = {"str": "STRING", "int": "INT64", "float": "DOUBLE", "bool": "BOOL", "strings": "STRING[]", "date": "DATE"}


def node_columns(kind: str) -> tuple[Column, ...]:
    """Stored columns of a node kind, ``id`` first."""
    return (*NODES[kind].columns(), *NODE_SYSTEM)


def edge_columns(edge: type[Edge]) -> tuple[Column, ...]:
    """Stored columns of an edge type; a row gives a date as ISO text."""
    own = edge.columns()
    taken = {c.name for c in own}
    bounds = BOUNDS if edge.type in RECORD_TYPES else ()
    return (*(c for c in EDGE_SYSTEM if c.name not in taken), *own, *bounds)


def also(aliases: Iterable[str] | None) -> str | None:
    """Aliases as the column ``also`` holds them: each between line feeds."""
    found = "\n".join(aliases or ())
    return f"\n{found}\n" if found else None


def line(text: str) -> str:
    """What ``also`` contains exactly where the text is one of the aliases."""
    return f"\n{text}\n"


def check_version(found: int, where: str) -> None:
    """Refuse a graph of another schema version; ``where`` names the graph.

    Raises:
        NewerSchemaError, OlderSchemaError: it is not this one's.
    """
    if found > SCHEMA_VERSION:
        raise NewerSchemaError(
            f"{where} was made by a newer govgraph (schema {found}, this one knows {SCHEMA_VERSION}); upgrade govgraph"
        )
    if found < SCHEMA_VERSION:
        raise OlderSchemaError(
            f"{where} was made by an older govgraph (schema {found}, this one writes {SCHEMA_VERSION}); "
            "load into a new graph what was loaded into it"
        )


def ddl(dialect: str) -> dict[str, str]:
    """Statements that make an empty graph ready, by the name of what each makes; run again, they change nothing.

    Raises:
        KeyError: no such dialect.
    """
    return {"ladybug": _ladybug_ddl, "neo4j": _neo4j_ddl}[dialect]()


def _ladybug_ddl() -> dict[str, str]:
    texts = {}
    for kind in NODES:
        columns = ", ".join(f"`{c.name}` {_LADYBUG[c.type]}" for c in node_columns(kind))
        texts[kind] = f"CREATE NODE TABLE IF NOT EXISTS `{kind}`({columns}, PRIMARY KEY (id))"
    texts[META] = f"CREATE NODE TABLE IF NOT EXISTS `{META}`(id STRING, value STRING, PRIMARY KEY (id))"
    texts[RUN] = f"CREATE NODE TABLE IF NOT EXISTS `{RUN}`(id STRING, number INT64, body STRING, PRIMARY KEY (id))"
    texts[HELD] = f"CREATE NODE TABLE IF NOT EXISTS `{HELD}`(id STRING, body STRING, claimed BOOL, PRIMARY KEY (id))"
    for edge in EDGES.values():
        pairs = ", ".join(f"FROM `{a}` TO `{b}`" for a, b in edge.pairs)
        columns = ", ".join(f"`{c.name}` {_LADYBUG[c.type]}" for c in edge_columns(edge))
        texts[edge.type] = f"CREATE REL TABLE IF NOT EXISTS `{edge.type}`({pairs}, {columns})"
    return texts


def _neo4j_ddl() -> dict[str, str]:
    """Unique ids, which loading in parallel rests on; and what find and resolve seek by."""
    texts = {}
    for label in (*NODES, META, RUN, HELD):
        name = constraint(label)
        texts[name] = f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (x:`{label}`) REQUIRE x.id IS UNIQUE"
    for kind, column in product(NODES, TEXT_COLUMNS):
        name = f"govgraph_{kind.lower()}_{column}"
        texts[name] = f"CREATE TEXT INDEX {name} IF NOT EXISTS FOR (x:`{kind}`) ON (x.`{column}`)"
    return texts


def constraint(label: str) -> str:
    """Name of the constraint (Neo4j) that makes the ids of a label unique."""
    return f"govgraph_{label.lower()}_unique"


@lru_cache(maxsize=512)
def node_write(kind: str, present: tuple[str, ...], dialect: str, *, new: bool) -> str:
    """Write rows ``$rows``; ``new``: no node of their ids is stored, or :func:`claim_nodes` made it just now.

    ``present``: columns that some row has; the others are set to null. Scalars come first, and a column that is null in
    all rows stays out of them: see the engine notes.
    """
    names = [c.name for c in node_columns(kind) if c.name != "id"]
    if dialect == "neo4j":
        sets = ", ".join(
            f"x.`{n}` = r.`{n}`" if n in present else f"x.`{n}` = null" for n in names if n in present or not new
        )
        return f"UNWIND $rows AS r MATCH (x:`{kind}` {{id: r.id}}) SET {sets}"
    if new:
        body = "".join(f", `{n}`: r.`{n}`" for n in present)
        return f"UNWIND $rows AS r CREATE (:`{kind}` {{id: r.id{body}}})"
    scalars = "".join(f", r.`{n}` AS `{n}`" for n in names if n in present)
    sets = ", ".join(f"x.`{n}` = `{n}`" if n in present else f"x.`{n}` = null" for n in names)
    return (
        f"UNWIND $rows AS r WITH r.id AS id{scalars} "
        f"MERGE (x:`{kind}` {{id: id}}) ON CREATE SET {sets} ON MATCH SET {sets}"
    )


@lru_cache(maxsize=2048)
def edge_write(type_: str, start: str, end: str, present: tuple[str, ...], *, new: bool) -> str:
    """Write edge rows ``$rows`` (``a``, ``b``, columns) from ``start`` to ``end`` nodes; an edge is one by source and key.

    ``new``: there is none of them and nobody else can make one meanwhile.
    """
    given = [
        (c.name, f"date(r.`{c.name}`)" if c.type == "date" else f"r.`{c.name}`")
        for c in edge_columns(EDGES[type_])
        if c.name not in ("source", "key")
    ]
    ends = f"UNWIND $rows AS r MATCH (x:`{start}` {{id: r.a}}) MATCH (y:`{end}` {{id: r.b}}) "
    if new:
        body = "".join(f", `{n}`: {value}" for n, value in given if n in present)
        return f"{ends}CREATE (x)-[:`{type_}` {{source: r.source, `key`: r.`key`{body}}}]->(y)"
    sets = ", ".join(f"e.`{n}` = {value}" if n in present else f"e.`{n}` = null" for n, value in given)
    return (
        f"{ends}MERGE (x)-[e:`{type_}` {{source: r.source, `key`: r.`key`}}]->(y) "
        f"ON CREATE SET {sets} ON MATCH SET {sets}"
    )


def fill_nodes(kind: str, file: str) -> str:
    """Fill a kind of which there is none from a Parquet file of its stored columns, in their order (embedded engine)."""
    return f"COPY `{kind}` FROM {_quoted(file)}"


def fill_edges(type_: str, start: str, end: str, file: str) -> str:
    """Add edges from a Parquet file: ids of both ends, then the stored columns in their order (embedded engine)."""
    return f"COPY `{type_}` FROM {_quoted(file)} (from='{start}', to='{end}')"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def get_meta() -> str:
    """The value of the fact ``$id`` about the graph."""
    return f"MATCH (m:`{META}` {{id: $id}}) RETURN m.value AS value"


def claim_meta(dialect: str) -> str:
    """The value of the fact ``$id`` about the graph, which nobody else changes until the transaction ends."""
    lock = "ON MATCH SET m.id = $id " if dialect == "neo4j" else ""
    return f"MERGE (m:`{META}` {{id: $id}}) {lock}RETURN m.value AS value"


def set_meta() -> str:
    """Set the fact ``$id`` about the graph to ``$value``."""
    return f"MERGE (m:`{META}` {{id: $id}}) ON CREATE SET m.value = $value ON MATCH SET m.value = $value"


def half_copied(url: str, source: str) -> str:
    """Why a graph into which a copy or a rebuild was cut off is not to be used."""
    if source.startswith("journal:"):
        folder = source.removeprefix("journal:")
        return f"{url} is half rebuilt; finish it with: govgraph --graph {url} rebuild --journal {folder}"
    return f"{url} is half of a copy; finish it with: govgraph copy {source} {url}"


def set_run() -> str:
    """Keep ``$body``, the report of run ``$id``, ``$number``."""
    return (
        f"MERGE (r:`{RUN}` {{id: $id}}) ON CREATE SET r.number = $number, r.body = $body "
        "ON MATCH SET r.number = $number, r.body = $body"
    )


def held() -> str:
    """What is held of those of the corrected fields ``$ids`` that there are."""
    return f"UNWIND $ids AS i MATCH (h:`{HELD}` {{id: i}}) RETURN h.id AS id, h.body AS body"


def claim_held() -> str:
    """Have nobody else change what is held of the corrected fields ``$ids`` until the transaction ends."""
    # Not the body to itself: the embedded engine would spoil it.
    return f"UNWIND $ids AS i MATCH (h:`{HELD}` {{id: i}}) SET h.claimed = true"


def all_held() -> str:
    """What is held of all corrected fields."""
    return f"MATCH (h:`{HELD}`) RETURN h.id AS id, h.body AS body"


def some_held() -> str:
    """A row, if any link field is corrected."""
    return f"MATCH (h:`{HELD}`) RETURN h.id AS id LIMIT 1"


def set_held() -> str:
    """Keep ``$body``, what is held of the corrected field ``$id``."""
    return f"MERGE (h:`{HELD}` {{id: $id}}) ON CREATE SET h.body = $body ON MATCH SET h.body = $body"


def drop_held() -> str:
    """Have the field ``$id`` be corrected no more."""
    return f"MATCH (h:`{HELD}` {{id: $id}}) DELETE h"


def known_edges(type_: str, start: str, end: str) -> str:
    """Which of the edges ``$rows`` (``a``, ``b``, ``key``, ``source``) are there, with hash."""
    return (
        f"UNWIND $rows AS r MATCH (x:`{start}` {{id: r.a}}) MATCH (y:`{end}` {{id: r.b}}) "
        f"MATCH (x)-[e:`{type_}` {{source: r.source, `key`: r.`key`}}]->(y) "
        "RETURN x.id AS a, y.id AS b, e.`key` AS edge_key, e.hash AS hash"
    )


def stored_edges(type_: str, start: str, end: str) -> str:
    """The stored rows (``a``, ``b``, columns) of those of the edges ``$rows`` (``a``, ``b``, ``key``, ``source``) that are there."""
    return f"{_those_edges(type_, start, end)} RETURN x.id AS a, y.id AS b, {_edge_columns(type_)}"


def delete_edges(type_: str, start: str, end: str) -> str:
    """Delete the edges ``$rows`` (``a``, ``b``, ``key``, ``source``)."""
    return f"{_those_edges(type_, start, end)} DELETE e"


def _those_edges(type_: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS r MATCH (x:`{start}` {{id: r.a}}) MATCH (y:`{end}` {{id: r.b}}) "
        f"MATCH (x)-[e:`{type_}` {{source: r.source, `key`: r.`key`}}]->(y)"
    )


def links_of(type_: str, start: str, end: str, *, incoming: bool) -> str:
    """The stored edges that rows of ``$source`` (``$rows``: ``id``, ``passage``) made from their link fields.

    ``incoming``: the rows speak of what the edges lead to.
    """
    mine = "y" if incoming else "x"
    kind = end if incoming else start
    return (
        f"UNWIND $rows AS r MATCH ({mine}:`{kind}` {{id: r.id}}) MATCH (x:`{start}`)-[e:`{type_}`]->(y:`{end}`) "
        "WHERE e.source = $source AND e.hash = 'link' AND e.passage = r.passage "
        f"RETURN x.id AS a, y.id AS b, {_edge_columns(type_)}"
    )


def edges_at(type_: str, start: str, end: str, *, incoming: bool) -> str:
    """The stored edges that start at the nodes ``$ids``, or lead to them."""
    mine, kind = ("y", end) if incoming else ("x", start)
    return (
        f"UNWIND $ids AS i MATCH ({mine}:`{kind}` {{id: i}}) MATCH (x:`{start}`)-[e:`{type_}`]->(y:`{end}`) "
        f"RETURN x.id AS a, y.id AS b, {_edge_columns(type_)}"
    )


def _edge_columns(type_: str) -> str:
    return ", ".join(f"e.`{c.name}` AS `{c.name}`" for c in edge_columns(EDGES[type_]))


def lock_nodes(kind: str, dialect: str) -> str:
    """The stored rows of the nodes with ids ``$ids``, which nobody else changes until the transaction ends."""
    if dialect == "ladybug":
        return known_nodes(kind)
    return f"UNWIND $ids AS i MATCH (x:`{kind}` {{id: i}}) SET x.id = i RETURN {_columns(kind)}"


def delete_nodes(kind: str) -> str:
    """Delete the nodes with ids ``$ids``, which no edge may name."""
    return f"UNWIND $ids AS i MATCH (x:`{kind}` {{id: i}}) DELETE x"


def known_nodes(kind: str) -> str:
    """The stored rows of the nodes with ids ``$ids``."""
    return f"UNWIND $ids AS i MATCH (x:`{kind}` {{id: i}}) RETURN {_columns(kind)}"


def claim_nodes(kind: str, dialect: str) -> str:
    """The stored rows of the nodes with ids ``$ids``, which nobody else changes until the transaction ends.

    Neo4j lets several write at once: there the nodes that don't exist yet are made, to be filled in, and those that do
    are locked by setting an id to itself; or the statements of one of two loads would be lost.
    """
    if dialect == "ladybug":
        return known_nodes(kind)
    return (
        f"UNWIND $ids AS i MERGE (x:`{kind}` {{id: i}}) ON MATCH SET x.id = i "
        f"WITH x WHERE x.hash IS NOT NULL RETURN {_columns(kind)}"
    )


# --- whole kinds ----------------------------------------------------------------------------------------------


class Whole(NamedTuple):
    """What is told of every node of a kind, or of every edge of a type from a kind to a kind: a row each.

    The embedded engine holds all that a text answers, so it is asked for pages of it: by where the ends of the rows
    (``x``; of an edge ``x``, then ``y``) stand in their tables. Where one stands costs no look at the row; where an edge
    itself stands would cost a look at all of them.
    """

    match: str
    ends: tuple[str, ...]
    """The nodes of a row."""
    told: tuple[tuple[str, str], ...]
    """Expressions and what they are called."""
    texts: tuple[str, ...]
    """Those that may be long."""
    where: str = ""

    def text(self, bounded: Iterable[str] = ()) -> str:
        """All rows; of ends that are ``bounded``: those that stand from ``$x_from`` on and before ``$x_to``."""
        told = ", ".join(f"{what} AS `{name}`" for what, name in self.told)
        return f"{self._rows(bounded)} RETURN {told}"

    def weights(self, end: str, width: int, bounded: Iterable[str]) -> str:
        """How many of those rows there are, and how many characters of long texts, by ``block`` of ``width`` places of an end."""
        long = " + ".join(f"size(coalesce({text}, ''))" for text in self.texts)
        return (
            f"{self._rows(bounded)} "
            f"RETURN offset(id({end})) / {width} AS block, count(*) AS `rows`, sum({long}) AS characters"
        )

    def _rows(self, bounded: Iterable[str]) -> str:
        conditions = [self.where] if self.where else []
        for end in bounded:
            conditions += [f"offset(id({end})) >= ${end}_from", f"offset(id({end})) < ${end}_to"]
        return f"{self.match} WHERE {' AND '.join(conditions)}" if conditions else self.match


def all_nodes(kind: str) -> Whole:
    """Every stored row of a kind."""
    return _of_nodes(kind, node_columns(kind))


def all_edges(type_: str, start: str, end: str) -> Whole:
    """Every stored row of a type from ``start`` to ``end`` nodes (``a``, ``b``, columns)."""
    return _of_edges(type_, start, end, [(c, c.name) for c in edge_columns(EDGES[type_])])


def nodes_of(kind: str) -> Whole:
    """What ``$source`` may speak of: its statement is the node's only one, or there are several (``said``), which hold it or not."""
    columns = [c for c in node_columns(kind) if c.name in ("id", "source", "passage", "hash", "said")]
    return _of_nodes(kind, columns, "(x.source = $source OR x.said IS NOT NULL)")


def edges_of(type_: str, start: str, end: str) -> Whole:
    """The edges of ``$source`` (``a``, ``b``, ``edge_key``), without those that a link field made."""
    key = next(c for c in edge_columns(EDGES[type_]) if c.name == "key")
    return _of_edges(type_, start, end, [(key, "edge_key")], "e.source = $source AND e.hash <> 'link'")


def counted_edges(type_: str) -> Whole:
    """How many edges of a type there are (``edges``, a row a page); the same edge from two sources counts once.

    What is the same starts at the same node, and so is in one page.
    """
    return Whole(f"MATCH (x)-[e:`{type_}`]->(y)", ("x", "y"), (("count(DISTINCT e.id)", "edges"),), ("e.`id`",))


def _of_nodes(kind: str, columns: Sequence[Column], where: str = "") -> Whole:
    texts = tuple(f"x.`{c.name}`" for c in columns if c.type == "str")
    return Whole(f"MATCH (x:`{kind}`)", ("x",), tuple((f"x.`{c.name}`", c.name) for c in columns), texts, where)


def _of_edges(type_: str, start: str, end: str, columns: Sequence[tuple[Column, str]], where: str = "") -> Whole:
    told = (("x.id", "a"), ("y.id", "b"), *((f"e.`{c.name}`", name) for c, name in columns))
    texts = tuple(f"e.`{c.name}`" for c, _ in columns if c.type == "str")
    return Whole(f"MATCH (x:`{start}`)-[e:`{type_}`]->(y:`{end}`)", ("x", "y"), told, texts, where)


# --- lists ----------------------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """What is asked of the nodes of a kind: the shape of a question, whose values are parameters."""

    kind: str
    equal: tuple[str, ...] = ()
    """Columns that are to have a value: ``$is_<column>``."""
    links: tuple[tuple[str, str, bool], ...] = ()
    """Edges that are to lead to a node: type, its kind, whether they come from it; ``$link_<number>``, from 0."""
    places: bool = False
    """With a home (:func:`homes`) in one of the jurisdictions ``$places``."""
    text: bool = False
    """``$text`` is in the id, the name or an alias."""
    limited_on: str = ""
    """The dialect, where only what a limited key sees is asked for (:func:`sees`)."""


class Order(NamedTuple):
    """By a column, nulls last in both directions; then by id."""

    column: str
    descending: bool = False


After = Literal["", "value", "null"]
"""Where a list begins: at its first row, or after the row of id ``$after``, whose value in the order's column is
``$value`` or null. (By id alone: ``$after`` is all.)"""


@lru_cache(maxsize=2048)
def list_nodes(asked: Listed, order: Order, after: After) -> str:
    """The first ``$limit`` of the nodes asked for, with the model's properties."""
    columns = ", ".join(f"x.`{c.name}` AS `{c.name}`" for c in NODES[asked.kind].columns())
    way = " DESC" if order.descending else ""
    if order.column == "id":
        keys = f"`id`{way}"
    elif order.descending:
        # Engines put nulls first in this direction.
        columns += f", CASE WHEN x.`{order.column}` IS NULL THEN 1 ELSE 0 END AS missing"
        keys = f"missing, `{order.column}` DESC, `id`"
    else:
        keys = f"`{order.column}`, `id`"
    # A bound that every id passes lets Neo4j walk the ids in order, where nothing better leads to the nodes.
    whole = asked == Listed(asked.kind) and order.column == "id" and not after
    bounds = ["x.id > ''"] if whole else _after(order, after)
    return f"{_asked(asked, bounds)} RETURN {columns} ORDER BY {keys} LIMIT $limit"


@lru_cache(maxsize=2048)
def count_listed(asked: Listed, order: Order, after: After) -> str:
    """How many nodes there are of those asked for."""
    return f"{_asked(asked, _after(order, after))} RETURN count(*) AS nodes"


def bound(text: str, parameters: Mapping[str, object], dialect: str) -> tuple[str, dict[str, object]]:
    """A list's text and parameters as the engine compares them rightly.

    Neo4j orders texts by code points, and so compares them with a literal; but with a parameter by UTF-16 units, in
    which 𠀀 stands before （. Then a page would begin in the wrong place: such a bound becomes a literal.
    """
    kept = dict(parameters)
    for name in ("after", "value") if dialect == "neo4j" else ():
        given = kept.get(name)
        if isinstance(given, str) and max(given, default="") > "\ud7ff":
            text = text.replace(f"${name}", _literal(given))
            del kept[name]
    return text, kept


def _literal(given: str) -> str:
    r"""A text as a literal that holds no character of it as it is.

    Neo4j reads ``\uXXXX`` before it looks for quotes: those, and what escapes them, have escapes of their own.
    """
    units = given.encode("utf-16-be").hex()
    codes = (units[i : i + 4] for i in range(0, len(units), 4))
    return "'" + "".join({"0027": "\\'", "005c": "\\\\"}.get(code, f"\\u{code}") for code in codes) + "'"


def _asked(asked: Listed, bounds: Iterable[str]) -> str:
    """The nodes ``x`` asked for, each once: the one place where all conditions on them come together."""
    conditions = [f"x.`{column}` = $is_{column}" for column in asked.equal]
    if asked.places and asked.kind == "Jurisdiction":
        conditions.append("x.id IN $places")
    elif asked.places:
        ways = [f"EXISTS {{ MATCH (x){way}(j:Jurisdiction) WHERE j.id IN $places }}" for way in homes(asked.kind)]
        conditions.append(f"({' OR '.join(ways)})")
    if asked.text:
        conditions.append(f"({' OR '.join(f'x.`{column}` CONTAINS $text' for column in TEXT_COLUMNS)})")
    if asked.limited_on:
        conditions.append(sees("x", (asked.kind,), asked.limited_on))
    conditions += bounds
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if not asked.links:
        return f"MATCH (x:`{asked.kind}`){where}"
    # From what the links lead to: few nodes have such a neighbour. Two sources may state one edge.
    matches = []
    for number, (type_, kind, reverse) in enumerate(asked.links):
        left, right = ("-", "->") if reverse else ("<-", "-")
        matches.append(f"MATCH (y{number}:`{kind}` {{id: $link_{number}}}){left}[:`{type_}`]{right}(x:`{asked.kind}`)")
    return f"{' '.join(matches)} WITH DISTINCT x{where}"


def _after(order: Order, after: After) -> list[str]:
    """What holds for the rows after one."""
    if not after:
        return []
    sign = "<" if order.descending else ">"
    if order.column == "id":
        return [f"x.id {sign} $after"]
    value = f"x.`{order.column}`"
    if after == "null":
        return [f"{value} IS NULL", "x.id > $after"]
    return [f"({value} {sign} $value OR ({value} = $value AND x.id > $after) OR {value} IS NULL)"]


# --- what a limited key sees ----------------------------------------------------------------------------------------

HOLDING: tuple[str, ...] = ("HAS_ITEM", "HAS_ARTICLE")
"""Edge types over which a thing has the homes of what holds it."""
_WITHIN, _READABLE = "$view_within", "$view_readable"


def holders(kind: str) -> dict[str, tuple[str, ...]]:
    """Kinds that hold things of a kind, by the type of the edge."""
    found = {t: tuple(a for a, b in EDGES[t].pairs if b == kind) for t in HOLDING}
    return {type_: kinds for type_, kinds in found.items() if kinds}


def homes(kind: str) -> tuple[str, ...]:
    """The ways from a thing of a kind to its homes, which are jurisdictions; none: such things are nowhere."""
    ways = []
    if (kind, "Jurisdiction") in EDGES["LOCATED_IN"].pairs:
        ways.append("-[:LOCATED_IN]->")
    if (kind, "Agency") in EDGES["PROVIDED_BY"].pairs:
        ways.append("-[:PROVIDED_BY]->(:Agency)-[:LOCATED_IN]->")
    for type_, kinds in holders(kind).items():
        further = dict.fromkeys(way for holder in kinds for way in homes(holder))
        ways += [f"<-[:{type_}]-(:{'|'.join(kinds)}){way}" for way in further]
    return tuple(ways)


def _all_homes(kinds: Sequence[str], dialect: str) -> list[str]:
    """The ways from things of some kinds to their homes: for the embedded engine, which needs each step's labels, one by one.

    The server takes seconds to plan several of them as alternatives, and walks them as one.
    """
    ways = list(dict.fromkeys(way for kind in kinds for way in homes(kind)))
    if dialect == "ladybug" or len(ways) < 2:
        return ways
    held = "|".join(type_ for type_ in HOLDING if any(type_ in holders(kind) for kind in kinds))
    provided = any("PROVIDED_BY" in way for way in ways)
    steps = "-[:LOCATED_IN|PROVIDED_BY*1..2]->" if provided else "-[:LOCATED_IN]->"
    return [f"<-[:{held}*0..1]-(){steps}" if held else steps]


@lru_cache(maxsize=512)
def sees(x: str, kinds: tuple[str, ...], dialect: str) -> str:
    """The condition that a limited key sees ``x``, which is of one of the kinds; takes the parameters of a view."""

    def of(*sights: Sight) -> list[str]:
        return [kind for kind in kinds if NODES[kind].sight in sights and kind != "Jurisdiction"]

    def only(members: Sequence[str], condition: str) -> str:
        """The condition for some of the kinds."""
        if len(members) == len(kinds):
            return condition
        label = f"label({x})" if dialect == "ladybug" else f"labels({x})[0]"
        return f"{label} IN [{', '.join(repr(kind) for kind in members)}] AND {condition}"

    conditions = []
    if "Jurisdiction" in kinds:
        conditions.append(only(["Jurisdiction"], f"{x}.id IN {_READABLE}"))
    if always := of(Sight.ALL):
        conditions.append(only(always, "true"))
    inside, above = of(Sight.INSIDE), of(Sight.ABOVE, Sight.PLACELESS)
    homed = [*inside, *above]
    ways = _all_homes(homed, dialect)
    among = [f"home.id IN {_WITHIN}"] if inside else []
    if above:
        wider = f"home.id IN {_READABLE}"
        among.append(only(above, wider) if inside else wider)
    conditions += [f"EXISTS {{ MATCH ({x}){way}(home:Jurisdiction) WHERE {' OR '.join(among)} }}" for way in ways]
    if placeless := of(Sight.PLACELESS):
        homeless = [f"NOT EXISTS {{ MATCH ({x}){way}(:Jurisdiction) }}" for way in _all_homes(placeless, dialect)]
        conditions.append(only(placeless, " AND ".join(homeless)))
    return f"({' OR '.join(conditions) or 'false'})"


def _columns(kind: str) -> str:
    return ", ".join(f"x.`{c.name}` AS `{c.name}`" for c in node_columns(kind))


def present_columns(rows: Iterable[dict[str, object]], columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that are not null in every row: those a text may bind."""
    rows = list(rows)
    return tuple(n for n in columns if any(row.get(n) is not None for row in rows))
