"""Merged ids: what is said of a thing under an id that a person merged into another's (docs/semantics.md, section 16).

A statement made under such an id names it in ``was``. Its passage, and the key of the edges that its link fields make, bear a
mark, so that they never fall together with what the same source says under the id that was kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from govgraph.model import CORRECTION, NODES
from govgraph.queries import Asks
from govgraph.statements import Statement

_WORD = "(merged) "
_SIGN = f'"passage":"{_WORD}'
"""What the text of the statements of a node holds that others were merged into."""


def word(other: str) -> str:
    """The passage of the correction that says that an id was merged."""
    return _WORD + other


def other_of(statement: Statement) -> str | None:
    """The id that a statement says was merged, if that is what it says."""
    if statement["source"] == CORRECTION and statement["passage"].startswith(_WORD):
        return str(statement["passage"].removeprefix(_WORD))
    return None


def mark(other: str) -> str:
    """What is said under a merged id bears it; of no id: nothing."""
    return f"({other})" if other else ""


def passage(other: str, text: str) -> str:
    """The passage of what is said under a merged id."""
    return f"{mark(other)} {text}".strip() if other else text


def under(other: str, statement: Statement) -> Statement:
    """A statement on ``other`` as it stands on what that was merged into."""
    if "was" in statement:
        return statement
    return {**statement, "passage": passage(other, statement["passage"]), "was": other}


class Merged:
    """The ids of a kind that were merged into others.

    Args:
        rows: the nodes that others were merged into: ``id`` and ``said``, the JSON of their statements.
    """

    def __init__(self, rows: Iterable[dict[str, Any]] = ()) -> None:
        self._into: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, dict[str, str]] = {}
        for row in rows:
            said: list[Statement] = json.loads(row["said"])
            others = tuple(other for s in said if (other := other_of(s)) is not None)
            if not others:
                continue
            own = {row["id"], *(a for s in said if "was" not in s and other_of(s) is None for a in _aliases(s))}
            words = {a: s["was"] for s in reversed(said) if "was" in s for a in _aliases(s) if a not in own}
            self._names[row["id"]] = others
            self._words[row["id"]] = words | {other: other for other in others}
            self._into |= dict.fromkeys(others, row["id"])

    @property
    def into(self) -> Mapping[str, str]:
        """Into what each id was merged."""
        return self._into

    def id(self, text: str) -> str:
        """The id of what a text is the id of: another one if it was merged."""
        return self._into.get(text, text)

    def names(self, id_: str) -> tuple[str, ...]:
        """The ids that were merged into one."""
        return self._names.get(id_, ())

    def was(self, id_: str, words: Iterable[str]) -> str:
        """Under which merged id a row speaks of a thing that calls it by these words, first one first; empty: its own."""
        known = self._words.get(id_, {})
        return next((known[text] for text in words if text in known), "")


def _aliases(statement: Statement) -> Sequence[str]:
    found: Sequence[str] = statement["values"].get("aliases") or ()
    return found


def of_kind(kind: str, asks: Asks) -> Merged:
    """The ids of a kind that were merged into others; ``asks``: answers of the whole graph."""
    return Merged(asks("catalogue/merged", {"mark": _SIGN}, {"KIND": kind}) if NODES[kind].merges else ())
