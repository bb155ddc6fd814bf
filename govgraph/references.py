"""What the words in rows name, while they are loaded: in memory for the small kinds, asked for batch by batch else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from govgraph.merged import Merged, of_kind
from govgraph.model import NODES
from govgraph.names import NameIndex, name_index
from govgraph.queries import Asks
from govgraph.terms import nfc

SMALL = 50_000
"""A kind with up to so many nodes is held in memory with all its names; and places, which are known by short names, too."""


class References:
    """Ids, aliases and names of what the graph holds, of all kinds.

    Args:
        asks: answers of what is seen.
        asks_all: answers of the whole graph.
    """

    def __init__(self, asks: Asks, asks_all: Asks) -> None:
        self._asks, self._asks_all = asks, asks_all
        self._merged: dict[str, Merged] = {}
        self._indexes: dict[str, NameIndex] = {}
        self._large: set[str] = set()
        self._aliased: dict[str, NameIndex] = {}
        self._asked: dict[str, set[str]] = defaultdict(set)
        self._there: dict[str, set[str]] = defaultdict(set)
        self._words: dict[str, set[str]] = defaultdict(set)
        self._called: dict[str, dict[str, list[str]]] = defaultdict(dict)

    def expect(self, kinds: Iterable[str], texts: Iterable[str], *, ids: bool = False) -> None:
        """Look up at once which of the texts are ids of those kinds; and when :meth:`find` first needs to know, which are
        names. ``ids``: they can be nothing else.
        """
        wanted = set(texts)
        for kind in kinds:
            if self._small(kind):
                continue
            if not ids:
                self._words[kind] |= wanted
            new = sorted(wanted - self._asked[kind])
            if new:
                self._asked[kind] |= wanted
                rows = self._asks("catalogue/known_ids", {"ids": new}, {"KIND": kind})
                self._there[kind].update(r["id"] for r in rows)

    def forget(self) -> None:
        """Drop what was looked up for a batch."""
        for found in (self._asked, self._there, self._words, self._called):
            found.clear()

    def has_id(self, kind: str, text: str) -> bool:
        """Whether a node of the kind has that id."""
        if self._small(kind):
            return self._indexes[kind].has_id(text)
        self.expect((kind,), (text,), ids=True)
        return text in self._there[kind]

    def merged(self, kind: str) -> Merged:
        """The ids of the kind that were merged into others, as they were when it was asked for first."""
        if kind not in self._merged:
            self._merged[kind] = of_kind(kind, self._asks_all)
        return self._merged[kind]

    def merged_since(self, asks: Asks) -> bool:
        """Whether, as the whole graph answers, ids were merged or taken apart since they were asked for."""
        known = ((kind, found.into) for kind, found in self._merged.items() if NODES[kind].merges)
        return any(of_kind(kind, asks).into != into for kind, into in known)

    def id_of(self, kind: str, text: str) -> str | None:
        """The id of the node of the kind that has, or had before it was merged, that id."""
        id_ = self.merged(kind).id(text)
        return id_ if self.has_id(kind, id_) else None

    def known(self, kind: str, key: str) -> str | None:
        """The one node of the kind that has the key as its id or as an alias."""
        id_ = self.id_of(kind, key)
        found = self._aliases(kind).by_alias(key) if id_ is None else [id_]
        return found[0] if len(found) == 1 else None

    def find(self, kinds: Sequence[str], text: str) -> list[tuple[str, str]]:
        """Kind and id of all that the text names among the kinds: by id, else by alias or name."""
        found = [(kind, id_) for kind in kinds if (id_ := self.id_of(kind, text)) is not None]
        return found or [(kind, id_) for kind in kinds for id_ in self._bearers(kind, text)]

    def learn(self, kind: str, rows: Sequence[dict[str, Any]]) -> None:
        """Take in nodes that were written: dicts of id, name, aliases …"""
        if kind in self._indexes:
            self._indexes[kind].add(rows)
        if kind in self._aliased:
            self._aliased[kind].add(r for r in rows if r.get("aliases"))
        if kind != "Jurisdiction" and len(self._indexes.get(kind, ())) > SMALL:
            del self._indexes[kind]
            self._large.add(kind)

    def renew(self, kind: str) -> None:
        """Forget what is known of a kind: something of it went, and with it what had been merged into that."""
        self._merged.pop(kind, None)
        self._indexes.pop(kind, None)
        self._aliased.pop(kind, None)
        self._large.discard(kind)

    def _small(self, kind: str) -> bool:
        if kind not in self._indexes and kind not in self._large:
            count = self._asks("catalogue/count_nodes", {}, {"KIND": kind})[0]["nodes"]
            if count > SMALL and kind != "Jurisdiction":
                self._large.add(kind)
            else:
                self._indexes[kind] = name_index(kind, self._asks)
        return kind in self._indexes

    def _bearers(self, kind: str, text: str) -> list[str]:
        """Ids of what bears the text, which is no id, as an alias or as its name."""
        if self._small(kind):
            return self._indexes[kind].find(text)
        text = nfc(text)
        called = self._called[kind]
        if text not in called:
            words = {text, *map(nfc, self._words[kind])}.difference(called, *self._there.values())
            called.update((word, []) for word in words)
            asked = sorted(words)
            for row in self._asks("catalogue/blocks", {}, {"KIND": kind}):
                for found in self._asks("catalogue/called", {"words": asked, "block": row["block"]}, {"KIND": kind}):
                    called[found["word"]].append(found["id"])
        return sorted({*self._aliases(kind).by_alias(text), *called[text]})

    def _aliases(self, kind: str) -> NameIndex:
        if self._small(kind):
            return self._indexes[kind]
        if kind not in self._aliased:
            self._aliased[kind] = name_index(kind, self._asks, aliased=True)
        return self._aliased[kind]
