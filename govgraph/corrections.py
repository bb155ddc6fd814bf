"""Corrections: a person's word on fields of a thing, which stands instead of what the sources say (docs/semantics.md, section 16)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govgraph import schema
from govgraph.answers import Ref, Settled, SettledField
from govgraph.catalogue import resolve
from govgraph.changes import Change, of_statement, position
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph, Transaction
from govgraph.model import CORRECTION, NODES, NUMBERS, links
from govgraph.settling import Why, settle, whole
from govgraph.statements import Statement, corrected, listed, node_of, of_node, plain
from govgraph.terms import TRUTH, fold
from govgraph.validation import Refused, validated


def correct(
    graph: Graph,
    thing: str,
    fields: Mapping[str, object],
    *,
    by: str,
    reason: str,
    withdraw: Sequence[str] = (),
    kind: str | None = None,
) -> Settled:
    """Have a person's word stand for fields of a thing, and take such words back.

    Args:
        thing: its id, an alias or its name; ``kind`` says of what kind it is.
        fields: values by field, or by a field's Chinese label; an empty one says that there is no value.
        withdraw: fields of which no correction is to stand any more.

    Raises:
        NotFoundError, AmbiguousError: the thing.
        UsageError: no such field, a value that the model doesn't take, nothing that would change, nobody or no reason
            named, or a limited graph.
        GraphError: the engine failed; nothing was changed.
    """
    wish = planned(graph, thing, fields, by=by, reason=reason, withdraw=withdraw, kind=kind)

    def work(tx: Transaction, run: str) -> tuple[list[Change], list[SettledField]]:
        stored = tx.run(schema.lock_nodes(wish.about.kind, graph.dialect), {"ids": [wish.about.id]})
        return wish.changes(stored[0] if stored else None, run)

    return settle(graph, wish.about, wish.why, work)


def planned(
    graph: Graph,
    thing: str,
    fields: Mapping[str, object],
    *,
    by: str,
    reason: str,
    withdraw: Sequence[str] = (),
    kind: str | None = None,
) -> Wish:
    """What :func:`correct` is asked to do, looked at before anything is done; raises what it raises."""
    whole(graph)
    why = Why.of(by, reason)
    about = resolve(graph, thing, (kind,) if kind else ())
    if not fields and not withdraw:
        raise UsageError("nothing to correct; write field=value, e.g. level=省级, or withdraw a field's correction")
    values: dict[str, dict[str, Any]] = {}
    for word, given in fields.items():
        field = _field(about.kind, word)
        if field in values:
            raise UsageError(f"{field} is given twice; write one value")
        values[field] = _values(about.kind, field, given)
    taken = [_field(about.kind, word) for word in dict.fromkeys(withdraw)]
    if both := [field for field in taken if field in values]:
        raise UsageError(f"{both[0]} is corrected and withdrawn at once; write one of the two")
    wish = Wish(about, why, values, taken)
    stored = graph.read(schema.known_nodes(about.kind), {"ids": [about.id]})
    wish.changes(stored[0] if stored else None, "0")
    return wish


@dataclass(frozen=True)
class Wish:
    """What is to be corrected: of each field what its correction gives; and of which fields none is to stand."""

    about: Ref
    why: Why
    values: dict[str, dict[str, Any]]
    withdraw: list[str]

    def changes(self, stored: dict[str, Any] | None, run: str) -> tuple[list[Change], list[SettledField]]:
        """What run ``run`` is to change of the thing as it is stored, and what comes of its fields.

        Raises:
            NotFoundError: it is not there any more.
            UsageError: nothing would change, or a field is to be withdrawn that was not corrected.
        """
        kind, id_ = self.about.kind, self.about.id
        if stored is None:
            raise NotFoundError(f"{kind} {id_} is not there any more")
        said = of_node(kind, stored)
        found: list[Change] = []
        same: dict[str, str] = {}
        for field, values in self.values.items():
            if who := _already(said, field, values):
                same[field] = who
                continue
            place = position(said, CORRECTION, field)
            statement = self.why.statement(field, run, values)
            if place is None:
                found.append(of_statement(kind, id_, len(said), None, statement))
                said.append(statement)
            else:
                found.append(of_statement(kind, id_, place, said[place], statement))
                said[place] = statement
        for field in self.withdraw:
            place = position(said, CORRECTION, field)
            if place is None:
                raise UsageError(f"{field} of {self.about.name} is not corrected; there is nothing to withdraw")
            found.append(of_statement(kind, id_, place, said.pop(place), None))
        if not found:
            told = "; ".join(f"{field}, as {who} says" for field, who in same.items())
            raise UsageError(f"already so: {told}; nothing changes of {self.about.name}")
        after = node_of(kind, id_, said)
        fields = [
            SettledField(
                field=field,
                status="unchanged" if field in same else "withdrawn" if field in self.withdraw else "corrected",
                before=stored[field],
                value=after[field],
            )
            for field in (*self.values, *self.withdraw)
        ]
        return found, fields


def _already(said: Sequence[Statement], field: str, values: dict[str, Any]) -> str | None:
    """Who says already what a correction would: the one that stands; without one all sources that speak of the field."""
    value = values[field]
    mine = corrected(said).get(field)
    if mine is not None:
        return f"the correction of run {mine['run']} by {mine['by']}" if mine["values"][field] == value else None
    if field == "aliases":
        known = {alias for s in listed(said) for alias in s["values"].get("aliases", ())}
        return "one of the sources" if known.issuperset(value) else None
    words = {s["source"]: s["values"][field] for s in listed(said) if s["values"].get(field) is not None}
    if value is None:
        return None if words else "no source"
    return ", ".join(words) if words and all(word == value for word in words.values()) else None


def _field(kind: str, word: str) -> str:
    """The field that a word means: its name, or its Chinese or English label."""
    model = NODES[kind]
    known: dict[str, str] = {}
    for column in model.columns():
        known |= {fold(label): column.name for label in (column.en, column.zh)}
    known |= {fold(name): name for name in (*links(model), *(c.name for c in model.columns()))}
    field = known.get(fold(word))
    if field == "id":
        raise UsageError(f"the id of a {kind} is what it is known by, and can't be corrected")
    if field in links(model):
        raise UsageError(f"{field} of a {kind} leads to another thing; only properties can be corrected")
    if field is None:
        names = [c.name for c in model.columns() if c.name != "id"]
        near = [known[w] for w in difflib.get_close_matches(fold(word), known, n=3)]
        hint = f"; near: {', '.join(dict.fromkeys(near))}" if near else ""
        raise UsageError(f"{kind} has no field {word!r}{hint}; it has {', '.join(names)}")
    return field


def _values(kind: str, field: str, given: object) -> dict[str, Any]:
    """What a correction of a field gives, as statements hold it; a number is a name, too.

    Raises:
        UsageError: the model doesn't take the value, or there must be one.
    """
    column = next(c for c in NODES[kind].columns() if c.name == field)
    if column.type == "bool" and isinstance(given, str):
        given = TRUTH.get(given.strip(), given.strip())
    try:
        value = plain(validated(NODES[kind], {field: given})[field])
    except Refused as why:
        raise UsageError(f"{field}={given}: {why.message}") from None
    if value in (None, ""):
        if field == "name":
            raise UsageError(f"a {kind} needs a name; write name=…")
        if field == "aliases":
            raise UsageError("aliases can be added, not taken away: later loads know things by them")
        return {field: None}
    number = {"aliases": [value]} if field == NUMBERS.get(kind) else {}
    return {field: value, **number}
