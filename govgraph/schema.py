"""Model → DDL, constraints and upserts, per dialect. No other module writes such texts.

Every node and edge carries, beside the model's properties, whose word it is: ``source``, ``passage`` (where in the
source), ``origin`` (file and row), ``run`` and ``hash``. A node that several statements speak of keeps all of them in
``said`` (JSON), and its properties are those of the statement that decides; one with a single statement keeps
``said`` empty, so that a national graph does not pay for what it doesn't use. An edge is stored once per source.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from govgraph.model import EDGES, NODES, RECORD_TYPES, Column, Edge

STATEMENT_COLUMNS: tuple[str, ...] = ("source", "passage", "origin", "run", "hash")
NODE_SYSTEM: tuple[Column, ...] = tuple(Column(name, "str", name, name) for name in (*STATEMENT_COLUMNS, "said"))
EDGE_SYSTEM: tuple[Column, ...] = tuple(
    Column(name, "str", name, name) for name in ("id", "stage", "key", *STATEMENT_COLUMNS)
)
BOUNDS: tuple[str, ...] = ("since_day", "until_day")
"""First day that ``since`` and last day that ``until`` of a record edge can mean, as dates for the engine."""
META, RUN = "GovgraphMeta", "Run"
_LADYBUG = {"str": "STRING", "int": "INT64", "float": "DOUBLE", "bool": "BOOL", "strings": "STRING[]"}


def node_columns(kind: str) -> tuple[Column, ...]:
    """Stored columns of a node kind, ``id`` first."""
    return (*NODES[kind].columns(), *NODE_SYSTEM)


def edge_columns(edge: type[Edge]) -> tuple[Column, ...]:
    """Stored columns of an edge type, without the bounds."""
    own = edge.columns()
    taken = {c.name for c in own}
    return (*(c for c in EDGE_SYSTEM if c.name not in taken), *own)


def ddl(dialect: str) -> list[str]:
    """Statements that make an empty graph ready; running them again changes nothing."""
    if dialect != "ladybug":
        raise ValueError(f"no DDL for dialect {dialect!r}")
    texts = []
    for kind in NODES:
        columns = ", ".join(f"`{c.name}` {_LADYBUG[c.type]}" for c in node_columns(kind))
        texts.append(f"CREATE NODE TABLE IF NOT EXISTS `{kind}`({columns}, PRIMARY KEY (id))")
    texts.append(f"CREATE NODE TABLE IF NOT EXISTS `{META}`(id STRING, value STRING, PRIMARY KEY (id))")
    texts.append(f"CREATE NODE TABLE IF NOT EXISTS `{RUN}`(id STRING, number INT64, body STRING, PRIMARY KEY (id))")
    for edge in EDGES.values():
        pairs = ", ".join(f"FROM `{a}` TO `{b}`" for a, b in edge.pairs)
        columns = ", ".join(f"`{c.name}` {_LADYBUG[c.type]}" for c in edge_columns(edge))
        bounds = ", ".join(f"`{name}` DATE" for name in BOUNDS)
        dates = f", {bounds}" if edge.type in RECORD_TYPES else ""
        texts.append(f"CREATE REL TABLE IF NOT EXISTS `{edge.type}`({pairs}, {columns}{dates})")
    return texts


@lru_cache(maxsize=512)
def node_upsert(kind: str, present: tuple[str, ...]) -> str:
    """Merge rows ``$rows`` by id. ``present``: columns that some row has; the others are set to null.

    Scalars come first, and a column that is null in all rows stays out of them: see the engine notes.
    """
    names = [c.name for c in node_columns(kind) if c.name != "id"]
    scalars = "".join(f", r.`{n}` AS `{n}`" for n in names if n in present)
    sets = ", ".join(f"x.`{n}` = `{n}`" if n in present else f"x.`{n}` = null" for n in names)
    return (
        f"UNWIND $rows AS r WITH r.id AS id{scalars} "
        f"MERGE (x:`{kind}` {{id: id}}) ON CREATE SET {sets} ON MATCH SET {sets}"
    )


@lru_cache(maxsize=2048)
def edge_upsert(type_: str, start: str, end: str, present: tuple[str, ...]) -> str:
    """Merge edge rows ``$rows`` (``a``, ``b``, columns) from ``start`` to ``end`` nodes, by source and key."""
    names = [c.name for c in edge_columns(EDGES[type_]) if c.name not in ("source", "key")]
    parts = [f"e.`{n}` = r.`{n}`" if n in present else f"e.`{n}` = null" for n in names]
    if type_ in RECORD_TYPES:
        parts += [f"e.`{n}` = date(r.`{n}`)" if n in present else f"e.`{n}` = null" for n in BOUNDS]
    sets = ", ".join(parts)
    return (
        f"UNWIND $rows AS r MATCH (x:`{start}` {{id: r.a}}) MATCH (y:`{end}` {{id: r.b}}) "
        f"MERGE (x)-[e:`{type_}` {{source: r.source, `key`: r.`key`}}]->(y) ON CREATE SET {sets} ON MATCH SET {sets}"
    )


def known_edges(type_: str, start: str, end: str) -> str:
    """Which of the edges ``$rows`` (``a``, ``b``, ``key``, ``source``) are there, with hash."""
    return (
        f"UNWIND $rows AS r MATCH (x:`{start}` {{id: r.a}}) MATCH (y:`{end}` {{id: r.b}}) "
        f"MATCH (x)-[e:`{type_}` {{source: r.source, `key`: r.`key`}}]->(y) "
        "RETURN x.id AS a, y.id AS b, e.`key` AS edge_key, e.hash AS hash"
    )


def known_nodes(kind: str) -> str:
    """The stored rows of the nodes with ids ``$ids``."""
    columns = ", ".join(f"x.`{c.name}` AS `{c.name}`" for c in node_columns(kind))
    return f"UNWIND $ids AS i MATCH (x:`{kind}` {{id: i}}) RETURN {columns}"


def present_columns(rows: Iterable[dict[str, object]], columns: Iterable[str]) -> tuple[str, ...]:
    """The columns that are not null in every row: those a text may bind."""
    rows = list(rows)
    return tuple(n for n in columns if any(row.get(n) is not None for row in rows))
