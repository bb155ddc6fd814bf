"""Look-ups: what a word names, everything about one node, and loads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from govgraph import answers, held, merged, statements
from govgraph.changes import is_placeholder
from govgraph.errors import AmbiguousError, GraphError, NotFoundError, UsageError
from govgraph.graph import Graph, View
from govgraph.model import CORRECTION, EDGES, NODES, RECORD_TYPES, SCHEMA_VERSION, Stage, links
from govgraph.names import NameIndex, name_index
from govgraph.queries import ask, bind
from govgraph.schema import COPYING, half_copied, known_nodes, line
from govgraph.terms import nfc

MAX_EDGES_SHOWN = 1_000
"""Edges of one type and direction that ``show`` lists."""
DEFAULT_FOUND = 50
_NEAR_KIND_LIMIT = 50_000
"""Kinds with more nodes are not searched for near matches."""


def envelope(graph: Graph, as_of: date | None = None, warnings: Sequence[answers.Warning_] = ()) -> dict[str, Any]:
    """What every answer carries: the legal date, the graph's version, warnings; that it is limited is one."""
    limits = []
    if graph.view is not None:
        message = f"this key is limited to {graph.view.at} and what lies below it; the answer tells of nothing else"
        limits.append(answers.Warning_(code="limited", message=message))
    if graph.known is not None:
        then = graph.known
        # A limited key is told of no runs.
        told = f"of run {then.run}, which ended at {then.ended}" if graph.view is None else f"of {then.asked}"
        limits.append(answers.Warning_(code="known_at", message=f"this is what the graph knew as {told}"))
    return {"as_of": as_of or date.today(), "graph_version": version(graph), "warnings": [*limits, *warnings]}


def version(graph: Graph) -> str:
    """Changes whenever a load changes the graph: schema version, number of that load and of the batch in it.

    Raises:
        GraphError: the graph is half of a copy.
    """
    meta = {r["id"]: r["value"] for r in ask(graph, "catalogue/meta")}
    if meta.get(COPYING):
        raise GraphError(half_copied(graph.url, meta[COPYING]))
    return f"{SCHEMA_VERSION}.{meta.get('version', '0')}"


# --- names --------------------------------------------------------------------------------------------------------


def resolve(graph: Graph, text: str, kinds: Sequence[str] = ()) -> answers.Ref:
    """The one node that a word names: its id, an alias, a name, or the short name of a place.

    Args:
        kinds: kinds that it may be of; all by default.

    Raises:
        NotFoundError: nothing bears it; candidates are near matches.
        AmbiguousError: several do; candidates are they.
    """
    text = nfc(text)
    kinds = kinds or tuple(NODES)
    found: list[answers.Ref] = []
    for kind in kinds:
        if ask(graph, "catalogue/known_ids", {"ids": [text]}, words={"KIND": kind}):
            found.append(_ref(graph, kind, text))
    for kind in kinds if not found else ():
        if kind == "Jurisdiction":
            index = _index(graph, kind)
            found += [answers.Ref(id=i, kind=kind, name=index.name(i)) for i in index.find(text)]
        else:
            found += [answers.Ref(id=r["id"], kind=kind, name=r["name"]) for r in _named(graph, kind, text)]
    if len(found) > 1:
        # The id of what was merged is an alias of what it is now, and goes before the names of others, as it did.
        now = {kind: merged.of_kind(kind, partial(_whole, graph)).id(text) for kind in {r.kind for r in found}}
        found = [r for r in found if now[r.kind] == r.id] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousError(
            f"{text!r} names {len(found)} things; write the id of one",
            [r.model_dump() for r in found[:20]],
        )
    near = _near(graph, text, kinds)
    what = kinds[0] if len(kinds) == 1 else "thing"
    hint = "; near: " + ", ".join(f"{r.id} {r.name}" for r in near) if near else ""
    raise NotFoundError(f"no {what} is called {text!r}{hint}", [r.model_dump() for r in near])


def _named(graph: Graph, kind: str, text: str) -> list[dict[str, Any]]:
    """Nodes of a kind that bear the text as their name or as an alias."""
    rows = ask(graph, "catalogue/named", {"text": text, "line": line(text)}, words={"KIND": kind})
    # The aliases are searched as one text, in which a text with line feeds may stand across two.
    return [r for r in rows if r["name"] == text or text in (r["aliases"] or ())]


def _whole(graph: Graph, name: str, parameters: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    """Rows of a query of the whole graph, of which only what is seen is told."""
    return graph.read(*bind(name, graph.dialect, parameters, words))


def _ref(graph: Graph, kind: str, id_: str) -> answers.Ref:
    row = graph.read(known_nodes(kind), {"ids": [id_]})[0]
    return answers.Ref(id=id_, kind=kind, name=row["name"] or id_)


def _index(graph: Graph, kind: str) -> NameIndex:
    return name_index(kind, lambda name, parameters, words: ask(graph, name, parameters, words=words))


def _near(graph: Graph, text: str, kinds: Sequence[str]) -> list[answers.Ref]:
    near: list[tuple[float, answers.Ref]] = []
    for kind in kinds:
        if not 0 < count(graph, kind) <= _NEAR_KIND_LIMIT:
            continue
        index = _index(graph, kind)
        near += [(like, answers.Ref(id=i, kind=kind, name=index.name(i))) for like, i in index.near(text)]
    near.sort(key=lambda found: (-found[0], found[1].id))
    return [ref for _, ref in near[:8]]


def count(graph: Graph, kind: str) -> int:
    """How many nodes of a kind there are."""
    return int(ask(graph, "catalogue/count_nodes", words={"KIND": kind})[0]["nodes"])


def kind_of(text: str) -> str:
    """The node kind that a word means: the class's name or a label.

    Raises:
        UsageError: none.
    """
    for kind, model in NODES.items():
        if nfc(text).casefold() in (kind.casefold(), model.zh, model.en, model.plural):
            return kind
    raise UsageError(f"there is no kind {text!r}; write one of {', '.join(NODES)}")


# --- find ---------------------------------------------------------------------------------------------------------


def find(graph: Graph, text: str, *, kind: str | None = None, limit: int = DEFAULT_FOUND) -> answers.FoundList:
    """Nodes whose id, name or alias holds the text; exact matches first.

    Raises:
        UsageError: an empty text, or no such kind.
    """
    text = nfc(text)
    if not text:
        raise UsageError("nothing to find; write a text of one character or more")
    if limit < 1:
        raise UsageError("--limit must be 1 or more")
    kinds = [kind_of(kind)] if kind else list(NODES)
    found: list[tuple[int, int, answers.Found]] = []
    total = 0
    for order, each in enumerate(kinds):
        words = {"KIND": each}
        total += int(ask(graph, "catalogue/count_matches", {"text": text}, words=words)[0]["matches"])
        rows = _named(graph, each, text)
        rows += ask(graph, "catalogue/search", {"text": text, "limit": limit}, words=words)
        seen = set()
        for row in rows:
            if row["id"] in seen:
                continue
            seen.add(row["id"])
            match = _match(text, row)
            rank = ("id", "name", "alias", "text").index(match)
            found.append((rank, order, answers.Found(id=row["id"], kind=each, name=row["name"], match=match)))
    found.sort(key=lambda f: (f[0], f[1], f[2].id))
    items = [f[2] for f in found[:limit]]
    omitted = total - len(items)
    return answers.FoundList(
        **envelope(graph),
        total=total,
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted > 0 else None,
        items=items,
    )


def _match(text: str, row: dict[str, Any]) -> Any:
    if row["id"] == text:
        return "id"
    if row["name"] == text:
        return "name"
    return "alias" if text in (row["aliases"] or ()) else "text"


# --- show ---------------------------------------------------------------------------------------------------------


def show(graph: Graph, text: str, *, kind: str | None = None) -> answers.Shown:
    """A node (of a kind, where one is given) with its properties, what each source says of it, and its edges.

    Raises:
        NotFoundError, AmbiguousError: the word.
    """
    ref = resolve(graph, text, (kind,) if kind else ())
    stored = graph.read(known_nodes(ref.kind), {"ids": [ref.id]})[0]
    spoken = statements.of_node(ref.kind, stored)
    if graph.view is not None and ref.kind == "Jurisdiction":
        _hide_codes(graph.view, stored, spoken)
    columns = [c.name for c in NODES[ref.kind].columns() if c.name not in ("id", "name", "aliases")]
    said = []
    for statement in spoken:
        if "links" in statement:
            said += _link(graph, ref, statement)
        for name, value in statement["values"].items():
            said.append(
                answers.Statement(
                    property=name,
                    value=value,
                    source=statement["source"],
                    section=None if statement["source"] == CORRECTION else statement["passage"] or None,
                    run=statement["run"],
                    origin=statement["origin"] or None,
                    decides=name == "aliases" or stored.get(name) == value,
                    by=statement.get("by"),
                    reason=statement.get("reason"),
                    at=statement.get("at"),
                )
            )
    edges, omitted = _edges(graph, ref)
    return answers.Shown(
        **envelope(graph),
        total=1,
        truncated=answers.Truncated(reason="limit", omitted=None) if omitted else None,
        node=answers.ShownOne(
            id=ref.id,
            kind=ref.kind,
            name=ref.name,
            properties={n: stored[n] for n in columns if stored[n] is not None},
            aliases=stored["aliases"] or [],
            placeholder=is_placeholder(statements.of_node(ref.kind, stored)),
        ),
        statements=said,
        edges=edges,
        redacted=_redacted(graph, ref),
    )


_CODES = "successors"
"""The property of a node that names other nodes."""


def _hide_codes(view: View, stored: dict[str, Any], spoken: Sequence[statements.Statement]) -> None:
    """Take out of a jurisdiction's properties, and of what sources say, the codes that a limited key does not see."""
    seen = {*view.within, *view.above}
    for values in (stored, *(s["values"] for s in spoken)):
        if codes := values.pop(_CODES, None):
            kept = [code for code in codes if code in seen]
            if kept:
                values[_CODES] = kept
    stored.setdefault(_CODES, None)


def _link(graph: Graph, ref: answers.Ref, statement: statements.Statement) -> list[answers.Statement]:
    """What is said of a corrected link field: to what it leads, and to what each source has it lead."""
    field = held.Field(ref.kind, ref.id, statement["passage"])
    reverse = links(NODES[ref.kind])[field.field].reverse
    led: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for edge in held.look(graph.read, [field]).get(field, ()):
        other = (edge.start, edge.a) if reverse else (edge.end, edge.b)
        told = (edge.source, edge.state.get("passage", ""), edge.state["run"])
        led.setdefault(told, []).append(other)
    mine = [(kind, id_) for kind, id_ in statement["links"]]
    things = {*mine, *(thing for found in led.values() for thing in found)}
    seen = {
        (kind, row["id"])
        for kind in {kind for kind, _ in things}
        for row in ask(graph, "catalogue/known_ids", {"ids": [i for k, i in things if k == kind]}, words={"KIND": kind})
    }
    first = answers.Statement(
        property=field.field,
        value=sorted(id_ for kind, id_ in mine if (kind, id_) in seen),
        source=statement["source"],
        section=None,
        run=statement["run"],
        by=statement["by"],
        reason=statement["reason"],
        at=statement["at"],
    )
    return [
        first,
        *(
            answers.Statement(
                property=field.field,
                value=ids,
                source=source,
                section=passage or None,
                run=run,
                decides=ids == first.value,
            )
            for (source, passage, run), found in sorted(led.items())
            if (ids := sorted(id_ for kind, id_ in found if (kind, id_) in seen))
        ),
    ]


def _redacted(graph: Graph, ref: answers.Ref) -> int:
    """How many edges of a node lead to what a limited key does not see."""
    if graph.view is None:
        return 0
    return sum(
        int(ask(graph, query, {"id": ref.id}, words={"KIND": ref.kind, "TYPE": type_})[0]["edges"])
        for type_, model in EDGES.items()
        for end, query in ((0, "catalogue/hidden_out"), (1, "catalogue/hidden_in"))
        if ref.kind in model.kinds(end)
    )


def _edges(graph: Graph, ref: answers.Ref) -> tuple[list[answers.ShownEdge], bool]:
    found: list[answers.ShownEdge] = []
    cut = False
    for type_, model in EDGES.items():
        for side, query in ((0, "catalogue/edges_out"), (1, "catalogue/edges_in")):
            if not any(pair[side] == ref.kind for pair in model.pairs):
                continue
            rows = ask(graph, query, {"id": ref.id, "limit": MAX_EDGES_SHOWN}, words={"KIND": ref.kind, "TYPE": type_})
            cut |= len(rows) == MAX_EDGES_SHOWN
            for row in rows:
                if side and row["start"] == row["target"]:
                    continue
                found.append(
                    answers.ShownEdge(
                        id=row["id"],
                        type=type_,
                        from_=row["start"],
                        to=row["target"],
                        stage=Stage[type_].value if type_ in RECORD_TYPES else row["stage"],
                        source=row["source"],
                    )
                )
    return found, cut


# --- runs ---------------------------------------------------------------------------------------------------------


def runs(graph: Graph) -> answers.Runs:
    """All loads, first to last; of a limited graph none, since a load tells of things anywhere."""
    if graph.view is not None:
        return answers.Runs(**envelope(graph), items=[])
    items = [answers.Run.model_validate(json.loads(r["body"])) for r in ask(graph, "catalogue/runs")]
    return answers.Runs(**envelope(graph), total=len(items), items=items)


def run(graph: Graph, number: str) -> answers.Runs:
    """One load.

    Raises:
        NotFoundError: there was none of that number.
    """
    every = runs(graph)
    found = [r for r in every.items if r.run == number]
    if not found:
        raise NotFoundError(f"there is no run {number}; see govgraph runs")
    return every.model_copy(update={"items": found, "total": 1})
