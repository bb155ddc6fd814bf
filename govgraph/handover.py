"""Handover: one thing takes the place of another, with all edges of it and all corrections that name it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from govgraph import changes, held, merged, schema
from govgraph.changes import LINK, Change
from govgraph.graph import Run
from govgraph.held import Ends
from govgraph.model import CORRECTION, EDGES
from govgraph.statements import Statement, of_node


def edges(run: Run, kind: str, old: str, new: str) -> list[Change]:
    """All edges of a node as changes that make them another's.

    Those that its own rows made from their link fields are marked as such (:mod:`govgraph.merged`). What leads, or would
    lead, from the other to itself goes, and so does what the other has already of the same source.
    """
    gone: dict[changes.Identity, Change] = {}
    for ends, row in _of(run, kind, new, to=kind):
        if row["a"] == row["b"]:
            change = changes.of_edge(ends, row, changes.edge_state(ends[0], row), None)
            gone[change.identity] = change
    come: dict[Ends, list[dict[str, Any]]] = {}
    for ends, row in _of(run, kind, old):
        state = changes.edge_state(ends[0], row)
        change = changes.of_edge(ends, row, state, None)
        if change.identity in gone:
            continue
        gone[change.identity] = change
        a, b = (
            new if row[side] == old and own == kind else row[side] for side, own in zip("ab", ends[1:], strict=True)
        )
        if a == b and ends[1] == ends[2]:
            continue
        key = row["key"] or ""
        if row["hash"] == LINK and row["source"] != CORRECTION and not key and _anchor(change) == (kind, old):
            key = merged.mark(old)
            state = {**state, "passage": merged.passage(old, state.get("passage", ""))}
        after = {**state, "id": EDGES[ends[0]].edge_id(a, b, key)}
        come.setdefault(ends, []).append({"a": a, "b": b, "key": key, "source": row["source"], "after": after})
    found = list(gone.values())
    for ends, rows in come.items():
        stood = changes.stored_edges(run, ends, rows)
        found += [
            changes.of_edge(ends, row, None, row["after"])
            for row in rows
            if (row["a"], row["b"], row["key"], row["source"]) not in stood
        ]
    return found


def _of(run: Run, kind: str, id_: str, *, to: str | None = None) -> Iterable[tuple[Ends, dict[str, Any]]]:
    """The edges of a node, whether they stand or are held; ``to``: only those from it to a kind."""
    for type_, edge in EDGES.items():
        for start, end in edge.pairs:
            if to not in (None, end):
                continue
            for incoming in (False, True) if to is None else (False,):
                if (end if incoming else start) == kind:
                    for row in run(schema.edges_at(type_, start, end, incoming=incoming), {"ids": [id_]}):
                        yield (type_, start, end), row
    for aside in held.asides(run):
        if (kind, id_) in ((aside.start, aside.a), (aside.end, aside.b)) and to in (None, aside.end):
            yield aside.ends, {**aside.state, "a": aside.a, "b": aside.b, "source": aside.source, "key": aside.key}


def _anchor(change: Change) -> tuple[str, str] | None:
    """Kind and id of the node whose link field an edge stands for."""
    found = held.anchor((change.what, change.start, change.end))
    return (found[0], getattr(change, found[2])) if found else None


def drop_corrected(moved: Iterable[Change], kind: str, new: str, fields: Iterable[str]) -> list[Change]:
    """The changes without the edges that corrections of fields of the node would bring it."""
    dropped = set(fields)
    return [
        c
        for c in moved
        if c.after is None or c.source != CORRECTION or c.after["passage"] not in dropped or _anchor(c) != (kind, new)
    ]


def corrections(run: Run, moved: Iterable[Change], kind: str, old: str, new: str) -> list[Change]:
    """Changes of the corrections, of other things, that have a link lead to the node: they name the new one."""
    fields: dict[str, set[tuple[str, str]]] = {}
    for change in moved:
        if change.before is None or change.source != CORRECTION:
            continue
        anchor = _anchor(change)
        if anchor is not None and anchor not in ((kind, old), (kind, new)):
            fields.setdefault(anchor[0], set()).add((anchor[1], change.before["passage"]))
    found = []
    for of_kind, named in fields.items():
        stored = changes.stored_nodes(run, of_kind, {id_ for id_, _ in named})
        for id_, field in sorted(named):
            said = of_node(of_kind, stored[id_])
            place = changes.position(said, CORRECTION, field)
            if place is not None:
                after = relinked(said[place], kind, old, new)
                found.append(changes.of_statement(of_kind, id_, place, said[place], after))
    return found


def relinked(correction: Statement, kind: str, old: str, new: str) -> Statement:
    """The correction of a link field with the new node in the place of the old one."""
    led = {(of_kind, new if (of_kind, id_) == (kind, old) else id_) for of_kind, id_ in correction["links"]}
    return {**correction, "links": sorted(map(list, led))}


def relinked_itself(correction: Statement, kind: str, old: str, new: str) -> Statement | None:
    """The correction of a link field of the new node: it leads not to itself; None: it would lead nowhere else."""
    if not correction["links"]:
        return correction
    after = relinked(correction, kind, old, new)
    after["links"] = [link for link in after["links"] if link != [kind, new]]
    return after if after["links"] else None
