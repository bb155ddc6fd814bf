"""Jurisdictions: which exist on a day, which is part of which."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from govgraph.graph import Graph
from govgraph.model import Level
from govgraph.queries import ask


@dataclass(frozen=True)
class Place:
    """A jurisdiction as coverage sees it."""

    id: str
    name: str
    level: Level | None
    first_year: int | None
    end_year: int | None
    outside: bool

    def exists(self, day: date) -> bool:
        """Whether it is a division on that day."""
        return (self.first_year is None or self.first_year <= day.year) and (
            self.end_year is None or day.year < self.end_year
        )


class Tree:
    """All jurisdictions and which is part of which."""

    def __init__(self, graph: Graph) -> None:
        self.places: dict[str, Place] = {}
        for row in ask(graph, "coverage/divisions"):
            level = Level.parse(row["level"]) if row["level"] else None
            for r in row["places"]:
                self.places[r["id"]] = Place(
                    r["id"], r["name"], level, r["first_year"], r["end_year"], bool(r["outside"])
                )
        self.parents: dict[str, list[str]] = defaultdict(list)
        self.children: dict[str, list[str]] = defaultdict(list)
        for r in sorted(ask(graph, "coverage/tree"), key=lambda r: r["parent"]):
            for child in sorted(r["children"]):
                self.parents[child].append(r["parent"])
                self.children[r["parent"]].append(child)
        self._up: dict[str, list[str]] = {}

    def path(self, id_: str) -> list[str]:
        """The jurisdiction and its ancestors, nearest first."""
        if id_ not in self._up:
            found, queue = [], [id_]
            while queue:
                current = queue.pop(0)
                if current not in found:
                    found.append(current)
                    queue.extend(self.parents.get(current, ()))
            self._up[id_] = found
        return self._up[id_]

    def below(self, id_: str) -> set[str]:
        """The jurisdiction and every division below it."""
        found: set[str] = set()
        queue = [id_]
        while queue:
            current = queue.pop()
            if current not in found:
                found.add(current)
                queue.extend(self.children.get(current, ()))
        return found

    def outside(self, id_: str) -> bool:
        """Whether it, or what it is part of, lies outside the territory of these rules."""
        return any(self.places[i].outside for i in self.path(id_) if i in self.places)
