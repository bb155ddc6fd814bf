"""What a word names: ids, aliases, names, and the short names of places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from govgraph.model import Level
from govgraph.queries import Asks
from govgraph.terms import nfc

PLACE_SUFFIXES: tuple[str, ...] = (
    "特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "林区", "特区", "省", "市", "盟", "州", "县", "区", "旗",
)  # fmt: skip
"""Endings that a short place name leaves out (天津 for 天津市)."""
_LEVELS = {level.value: level.position for level in Level}


def name_index(kind: str, asks: Asks, *, aliased: bool = False) -> NameIndex:
    """The names of all nodes of a kind, or of those only that have ``aliases``."""
    if kind == "Jurisdiction":
        rows = asks("catalogue/places", {}, {})
    else:
        rows = asks("catalogue/aliased" if aliased else "catalogue/names", {}, {"KIND": kind})
    return NameIndex(kind, (node for row in rows for node in row["nodes"]))


class NameIndex:
    """The names of one kind of node, in memory.

    A word means, in this order: the node of that id; the nodes that bear it as an alias; as their name; for a
    jurisdiction also as its name without the ending. Of several jurisdictions the highest level is meant, and a
    current one before an ended one.
    """

    def __init__(self, kind: str, rows: Iterable[dict[str, Any]]) -> None:
        self._kind = kind
        self._ids: dict[str, tuple[str, int, bool]] = {}
        self._aliases: dict[str, set[str]] = {}
        self._names: dict[str, set[str]] = {}
        self._short: dict[str, set[str]] = {}
        self.add(rows)

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Take nodes in, or anew: dicts with id, name, aliases; of jurisdictions also level and end_year."""
        for row in rows:
            id_, name = row["id"], row.get("name") or ""
            level = _LEVELS.get(row.get("level") or "", len(_LEVELS))
            self._ids[id_] = (name, level, row.get("end_year") is not None)
            for alias in row.get("aliases") or ():
                self._aliases.setdefault(alias, set()).add(id_)
            self._names.setdefault(name, set()).add(id_)
            if self._kind == "Jurisdiction":
                for suffix in PLACE_SUFFIXES:
                    if name.endswith(suffix) and len(name) > len(suffix) + 1:
                        self._short.setdefault(name.removesuffix(suffix), set()).add(id_)
                        break

    def __len__(self) -> int:
        return len(self._ids)

    def has_id(self, text: str) -> bool:
        """Whether a node has that id."""
        return text in self._ids

    def by_alias(self, text: str) -> list[str]:
        """Nodes that bear the word as an alias."""
        return sorted(self._aliases.get(text, ()))

    def name(self, id_: str) -> str:
        """The name of a node."""
        return self._ids[id_][0]

    def find(self, text: str) -> list[str]:
        """Ids of what the word names; several when it is ambiguous, none when nothing bears it."""
        text = nfc(text)
        if text in self._ids:
            return [text]
        found = self._aliases.get(text, set()) | self._names.get(text, set())
        if self._kind != "Jurisdiction":
            return sorted(found)
        exact = self._best(found)
        return exact or self._best(self._short.get(text, set()))

    def _best(self, ids: Iterable[str]) -> list[str]:
        ranked = [(self._ids[i][2], self._ids[i][1], i) for i in ids]
        if not ranked:
            return []
        first = min(ranked)[:2]
        return sorted(i for ended, level, i in ranked if (ended, level) == first)

    def near(self, text: str, limit: int = 5) -> list[tuple[float, str]]:
        """Likeness (0 to 1) and id of what has an id or name like the word, best first."""
        import difflib

        words: dict[str, str] = {}
        for id_, (name, _, _) in self._ids.items():
            words.setdefault(id_, id_)
            words.setdefault(name, id_)
        for alias, ids in self._aliases.items():
            words.setdefault(alias, min(ids))
        found: dict[str, float] = {}
        for word in difflib.get_close_matches(text, words, n=limit, cutoff=0.5):
            found.setdefault(words[word], difflib.SequenceMatcher(None, word, text).ratio())
        return [(likeness, id_) for id_, likeness in found.items()]
