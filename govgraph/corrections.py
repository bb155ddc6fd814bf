"""Corrections: a person's word on fields of a thing, which stands instead of what the sources say (docs/semantics.md, section 16)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from govgraph import held, schema
from govgraph.answers import Ref, Settled, SettledField
from govgraph.catalogue import resolve
from govgraph.changes import LINK, Change, edge_state, linking, of_edge, of_statement, position, stored_nodes
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph, Run, Transaction
from govgraph.ingest import link_ends
from govgraph.model import CORRECTION, EDGES, NODES, NUMBERS, labels_of, links
from govgraph.settling import Why, settle, whole
from govgraph.statements import Statement, corrected, listed, node_of, of_node, plain
from govgraph.terms import TRUTH, fold
from govgraph.validation import Refused, validated


def correct(graph: Graph, wish: Wish) -> Settled:
    """Have a person's word stand for fields of a thing, and take such words back, as :func:`planned`.

    Raises:
        NotFoundError, UsageError: it can't be any more, or is so already.
        GraphError: the engine failed; nothing was changed.
    """

    def work(tx: Transaction, run: str) -> tuple[list[Change], list[SettledField]]:
        stored = tx.run(schema.lock_nodes(wish.about.kind, graph.dialect), {"ids": [wish.about.id]})
        return wish.changes(tx.run, stored[0] if stored else None, run)

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
    """What is to be corrected, looked at before anything is done.

    Args:
        thing: its id, an alias or its name; ``kind`` says of what kind it is.
        fields: values by field, or by a field's Chinese label; an empty one says that there is no value. A link's are
            ids, aliases or names.
        withdraw: fields of which no correction is to stand any more.

    Raises:
        NotFoundError, AmbiguousError: the thing, or what a link is to lead to.
        UsageError: no such field, a value that the model doesn't take, nothing that would change, nobody or no reason
            named, or a limited graph.
    """
    whole(graph)
    why = Why.of(by, reason)
    about = resolve(graph, thing, (kind,) if kind else ())
    if not fields and not withdraw:
        raise UsageError("nothing to correct; write field=value, e.g. level=省级, or withdraw a field's correction")
    values: dict[str, dict[str, Any]] = {}
    leading: dict[str, list[Ref]] = {}
    for word, given in fields.items():
        field = _field(about.kind, word)
        if field in values or field in leading:
            raise UsageError(f"{field} is given twice; write one value")
        if field in links(NODES[about.kind]):
            leading[field] = _targets(graph, about, field, given)
        else:
            values[field] = _values(about.kind, field, given)
    taken = [_field(about.kind, word) for word in dict.fromkeys(withdraw)]
    if both := [field for field in taken if field in values or field in leading]:
        raise UsageError(f"{both[0]} is corrected and withdrawn at once; write one of the two")
    wish = Wish(about, why, values, leading, taken)
    stored = graph.read(schema.known_nodes(about.kind), {"ids": [about.id]})
    wish.changes(graph.read, stored[0] if stored else None, "0")
    return wish


@dataclass(frozen=True)
class Wish:
    """What is to be corrected: of each property what its correction gives, of each link to what it is to lead; and of which
    fields none is to stand.
    """

    about: Ref
    why: Why
    values: dict[str, dict[str, Any]]
    links: dict[str, list[Ref]]
    withdraw: list[str]

    def changes(self, ask: Run, stored: dict[str, Any] | None, run: str) -> tuple[list[Change], list[SettledField]]:
        """What run ``run`` is to change of the thing as it is stored, and what comes of its fields.

        Raises:
            NotFoundError: it, or what a link is to lead to, is not there any more.
            UsageError: nothing would change, or a field is to be withdrawn that was not corrected.
        """
        kind, id_ = self.about.kind, self.about.id
        if stored is None:
            raise NotFoundError(f"{kind} {id_} is not there any more")
        said = of_node(kind, stored)
        led = {f: _Led(ask, held.Field(kind, id_, f)) for f in (*self.links, *self.withdraw) if f in links(NODES[kind])}
        found: list[Change] = []
        same: dict[str, str] = {}
        for field in (*self.values, *self.links):
            if who := _already(said, field, self.values[field]) if field in self.values else self._leads(led[field]):
                same[field] = who
                continue
            if field in self.values:
                statement = self.why.statement(field, run, self.values[field])
            else:
                statement = self.why.statement(field, run, {}, links=sorted([t.kind, t.id] for t in self.links[field]))
                found += led[field].changed(ask, self.links[field], run)
            place = position(said, CORRECTION, field)
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
            if field in led:
                found += led[field].changed(ask, [], run)
        if not found:
            told = "; ".join(f"{field}, as {who} says" for field, who in same.items())
            raise UsageError(f"already so: {told}; nothing changes of {self.about.name}")
        after = node_of(kind, id_, said)
        fields = [
            SettledField(
                field=field,
                status="unchanged" if field in same else "withdrawn" if field in self.withdraw else "corrected",
                before=led[field].now if field in led else stored[field],
                value=self._after(led[field]) if field in led else after[field],
            )
            for field in (*self.values, *self.links, *self.withdraw)
        ]
        return found, fields

    def _leads(self, led: _Led) -> str | None:
        """Who says already what a link is to lead to."""
        wanted = sorted(target.id for target in self.links[led.field.field])
        if led.corrected:
            return "the correction that stands" if led.now == wanted else None
        if not led.words:
            return None if wanted else "no source"
        return ", ".join(led.words) if all(sorted(word) == wanted for word in led.words.values()) else None

    def _after(self, led: _Led) -> list[str]:
        """To what a link leads then."""
        if led.field.field in self.links:
            return sorted(target.id for target in self.links[led.field.field])
        return sorted({i for word in led.words.values() for i in word})


class _Led:
    """To what a link field of a thing leads."""

    def __init__(self, ask: Run, field: held.Field) -> None:
        self.field = field
        self._reverse = links(NODES[field.kind])[field.field].reverse
        self._standing = linking(ask, field)
        kept = held.look(ask, [field])
        self.corrected = field in kept
        self.now = sorted({self._other(row) for rows in self._standing.values() for row in rows})
        self.words: dict[str, set[str]] = {}
        """What each source says, whether it stands or is held."""
        for rows in self._standing.values():
            for row in rows:
                if row["source"] != CORRECTION:
                    self.words.setdefault(row["source"], set()).add(self._other(row))
        for edge in kept.get(field, ()):
            self.words.setdefault(edge.source, set()).add(edge.a if self._reverse else edge.b)

    def _other(self, row: dict[str, Any]) -> str:
        return str(row["a"] if self._reverse else row["b"])

    def changed(self, ask: Run, targets: Sequence[Ref], run: str) -> list[Change]:
        """Have it lead to these and nothing else; to none: to what the sources say.

        Raises:
            NotFoundError: one is not there any more.
        """
        found = []
        wanted = {(target.kind, target.id) for target in targets}
        for ends, rows in self._standing.items():
            kind = ends[1] if self._reverse else ends[2]
            ids = {id_ for of_kind, id_ in wanted if of_kind == kind}
            if missing := ids - set(stored_nodes(ask, kind, ids)):
                raise NotFoundError(f"{kind} {min(missing)} is not there any more")
            mine = {self._other(row): row for row in rows if row["source"] == CORRECTION}
            found += [of_edge(ends, row, edge_state(ends[0], row), None) for i, row in mine.items() if i not in ids]
            for id_ in sorted(ids - set(mine)):
                a, b = (id_, self.field.node) if self._reverse else (self.field.node, id_)
                row = {
                    "a": a,
                    "b": b,
                    "id": EDGES[ends[0]].edge_id(a, b, ""),
                    "key": "",
                    "source": CORRECTION,
                    "passage": self.field.field,
                    "origin": "",
                    "run": run,
                    "hash": LINK,
                }
                found.append(of_edge(ends, row, None, edge_state(ends[0], row)))
        return found


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
    for name, labels in labels_of(model).items():
        known |= {fold(label): name for label in labels}
    known |= {fold(name): name for name in model.model_fields}
    field = known.get(fold(word))
    if field == "id":
        raise UsageError(f"the id of a {kind} is what it is known by, and can't be corrected")
    if field is None:
        names = [name for name in model.model_fields if name != "id"]
        near = [known[w] for w in difflib.get_close_matches(fold(word), known, n=3)]
        hint = f"; near: {', '.join(dict.fromkeys(near))}" if near else ""
        raise UsageError(f"{kind} has no field {word!r}{hint}; it has {', '.join(names)}")
    return field


def _targets(graph: Graph, about: Ref, field: str, given: object) -> list[Ref]:
    """What a link is to lead to.

    Raises:
        NotFoundError, AmbiguousError: it names nothing, or several things.
        UsageError: it names the thing itself.
    """
    try:
        words = validated(NODES[about.kind], {field: given})[field]
    except Refused as why:
        raise UsageError(f"{field}={given}: {why.message}") from None
    found = [resolve(graph, word, link_ends(about.kind)[field]) for word in words]
    if any((target.kind, target.id) == (about.kind, about.id) for target in found):
        raise UsageError(f"{field}: {about.name} can't lead to itself")
    return list({(target.kind, target.id): target for target in found}.values())


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
            raise UsageError(f"each {kind} needs a name; write name=…")
        if field == "aliases":
            raise UsageError("aliases can be added, not taken away: later loads know things by them")
        return {field: None}
    number = {"aliases": [value]} if field == NUMBERS.get(kind) else {}
    return {field: value, **number}
