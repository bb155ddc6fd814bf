"""Merging: two ids of one thing become one (docs/semantics.md, section 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from govgraph import handover, merged, schema
from govgraph.answers import Ref, Settled, SettledField
from govgraph.catalogue import resolve
from govgraph.changes import PLACEHOLDER, Change, compressed, of_statement, position, without_placeholders
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph, Run, Transaction
from govgraph.model import CORRECTION, NODES
from govgraph.settling import Why, settle, whole
from govgraph.statements import Statement, listed, node_of, of_node

KINDS = tuple(kind for kind, model in NODES.items() if model.merges)
"""Kinds whose ids can be merged."""


def merge(graph: Graph, wish: Merge) -> Settled:
    """Make two ids one, as :func:`planned`.

    Raises:
        NotFoundError: one is not there any more.
        GraphError: the engine failed; nothing was changed.
    """
    kind, ids = wish.keep.kind, sorted((wish.keep.id, wish.other.id))

    def work(tx: Transaction, run: str) -> tuple[list[Change], list[SettledField]]:
        stored = {r["id"]: r for r in tx.run(schema.lock_nodes(kind, graph.dialect), {"ids": ids})}
        return wish.changes(tx.run, stored, run)

    return settle(graph, wish.keep, wish.why, work, merged=wish.other)


def planned(graph: Graph, keep: str, other: str, *, by: str, reason: str, kind: str | None = None) -> Merge:
    """What is to be merged, looked at before anything is done.

    Args:
        keep: what stays: its id, an alias or its name; ``kind`` says of what kind both are.
        other: what becomes one with it: from then on its id is another word for the one that stays.

    Raises:
        NotFoundError, AmbiguousError: one of them.
        UsageError: they are one already, of a kind whose ids can't be merged, nobody or no reason is named, or the graph is
            limited.
    """
    whole(graph)
    why = Why.of(by, reason)
    stays = resolve(graph, keep, (kind,) if kind else ())
    if stays.kind not in KINDS:
        kinds = ", ".join(NODES[k].plural for k in KINDS)
        raise UsageError(f"{stays.kind} {stays.id} can't be merged: {kinds} can; of others, ids of more are made")
    goes = resolve(graph, other, (stays.kind,))
    if goes.id == stays.id:
        raise UsageError(f"{keep} and {other} are one already: {stays.kind} {stays.id} {stays.name}")
    return Merge(stays, goes, why)


@dataclass(frozen=True)
class Merge:
    """Two things that are one: which stays, and which becomes one with it."""

    keep: Ref
    other: Ref
    why: Why

    def changes(self, ask: Run, stored: dict[str, dict[str, Any]], run: str) -> tuple[list[Change], list[SettledField]]:
        """What run ``run`` is to change of both as they are ``stored``, and what comes of the fields of the one that stays.

        Raises:
            NotFoundError: one is not there any more.
        """
        kind, new, old = self.keep.kind, self.keep.id, self.other.id
        if missing := {new, old} - set(stored):
            raise NotFoundError(f"{kind} {min(missing)} is not there any more")
        mine, said = of_node(kind, stored[new]), of_node(kind, stored[old])
        moved = handover.edges(ask, kind, old, new)
        found = [of_statement(kind, old, 0, s, None) for s in said]
        if any(s["hash"] != PLACEHOLDER for s in listed(said)):
            found += without_placeholders(kind, new, mine)
        found += self._own_links(mine)
        dropped = []
        for statement in said:
            come = self._come(statement, mine)
            if come is not None:
                found.append(_say(kind, new, mine, come))
            elif statement["source"] == CORRECTION:
                dropped.append(statement["passage"])
        found.append(_say(kind, new, mine, self.why.statement(merged.word(old), run, {"aliases": [old]})))
        found += handover.corrections(ask, moved, kind, old, new)
        found += handover.drop_corrected(moved, kind, new, dropped)
        before, after = stored[new], node_of(kind, new, mine)
        fields = [
            SettledField(field=c.name, status="merged", before=before[c.name], value=after[c.name])
            for c in NODES[kind].columns()
            if (before[c.name] or None) != (after[c.name] or None)
        ]
        return compressed(found), fields

    def _own_links(self, mine: list[Statement]) -> list[Change]:
        """Have the corrections of the one that stays not lead it to itself."""
        kind, new, old = self.keep.kind, self.keep.id, self.other.id
        found = []
        for statement in [s for s in mine if [kind, old] in s.get("links", ())]:
            place = mine.index(statement)
            after = handover.relinked_itself(statement, kind, old, new)
            found.append(of_statement(kind, new, place, statement, after))
            mine[place : place + 1] = [] if after is None else [after]
        return found

    def _come(self, statement: Statement, mine: list[Statement]) -> Statement | None:
        """What is said of the other as it is said of the one that stays; None: nothing is."""
        kind, new, old = self.keep.kind, self.keep.id, self.other.id
        if statement["hash"] == PLACEHOLDER:
            return None
        if statement["source"] != CORRECTION:
            return merged.under(old, statement)
        if position(mine, CORRECTION, statement["passage"]) is not None:
            return None
        return handover.relinked_itself(statement, kind, old, new) if "links" in statement else statement


def _say(kind: str, id_: str, said: list[Statement], statement: Statement) -> Change:
    """Have a statement stand among what is said of a node."""
    place = position(said, statement["source"], statement["passage"])
    if place is None:
        said.append(statement)
        return of_statement(kind, id_, len(said) - 1, None, statement)
    before, said[place] = said[place], statement
    return of_statement(kind, id_, place, before, statement)
