"""Statements: what each source says of a node, and the node that results.

A statement is a dict of ``source``, ``passage`` (where in the source), ``origin`` (file and row), ``run``, ``hash`` and
``values``. The node's properties are those of the statement that decides: by the source's priority
(:func:`govgraph.model.source_priority`), then the later run, then the passage stated first; what that one leaves out
is filled from the next. What was said under an id that was merged into the node's (``was``) comes after what was said under
its own.

A correction is a statement of the source :data:`govgraph.model.CORRECTION` about one field, which its ``passage`` names. It
holds ``by``, ``reason`` and ``at``, too; its value, also none, decides. It lists nothing: a node stands while something
else speaks of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from govgraph import schema
from govgraph.model import CORRECTION, NODES, source_priority
from govgraph.terms import PartialDate, Term

Statement = dict[str, Any]


def value_names(kind: str) -> tuple[str, ...]:
    """The properties of a kind that a statement may give a value."""
    return tuple(c.name for c in NODES[kind].columns() if c.name != "id")


def of_node(kind: str, stored: dict[str, Any]) -> list[Statement]:
    """What each source said of a stored node."""
    if stored.get("said"):
        found: list[Statement] = json.loads(stored["said"])
        return found
    return [
        {
            **{n: stored[n] for n in schema.STATEMENT_COLUMNS},
            "values": {n: stored[n] for n in value_names(kind) if stored.get(n) not in (None, [])},
        }
    ]


def node_of(kind: str, id_: str, said: Sequence[Statement]) -> dict[str, Any]:
    """The node as stored: properties of the statement that decides, all statements beside them."""
    names = value_names(kind)
    if len(said) == 1:
        first = said[0]
        values = {n: first["values"].get(n) for n in names}
    else:
        order = sorted(range(len(said)), key=lambda i: _rank(said[i], i))
        first = next((said[i] for i in order if said[i]["source"] != CORRECTION), said[order[0]])
        values = {n: next((said[i]["values"][n] for i in order if n in said[i]["values"]), None) for n in names}
        others = [said[i]["values"].get("name") for i in order]
        others += [alias for s in said for alias in s["values"].get("aliases", ())]
        values["aliases"] = [a for a in dict.fromkeys(others) if a and a not in (values["name"], id_)] or None
    # What took its name away, an undo or a sweep, must not leave a node that nobody can name; its own words stay apart.
    named = values["name"] is not None
    values["name"] = values["name"] if named else id_
    alone = len(said) == 1 and named
    return {
        "id": id_,
        **values,
        **{n: first[n] for n in schema.STATEMENT_COLUMNS},
        "said": None if alone else json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "also": schema.also(values["aliases"]),
    }


def listed(said: Iterable[Statement]) -> list[Statement]:
    """What others than corrections say: a node stands while there is some."""
    return [s for s in said if s["source"] != CORRECTION]


def corrected(said: Iterable[Statement]) -> dict[str, Statement]:
    """The corrections of a node, by the field that each is about."""
    return {s["passage"]: s for s in said if s["source"] == CORRECTION}


def settled(said: Sequence[Statement]) -> list[dict[str, Any]]:
    """What each statement gives, without that in the place of which a correction stands."""
    fields = corrected(said)
    return [
        {n: v for n, v in s["values"].items() if s["source"] == CORRECTION or n not in fields or n == "aliases"}
        for s in said
    ]


def _rank(statement: Statement, place: int) -> tuple[bool, bool, int, int, int]:
    """Which statement decides: the least. A placeholder's, which an undo can bring back beside others, comes last."""
    stands_in = statement["hash"] == schema.PLACEHOLDER
    return stands_in, "was" in statement, -source_priority(statement["source"]), -int(statement["run"]), place


def plain(value: Any) -> Any:
    """A validated value as the engines store it."""
    if isinstance(value, Term | PartialDate):
        return str.__str__(value)
    if isinstance(value, tuple):
        return list(value) or None
    return value


def digest(value: object) -> str:
    """What tells two statements apart: 64 bits of SHA-256 of the value as JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
