"""The record layer: what should have happened to the data, and what did (docs/semantics.md, section 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from govgraph import answers
from govgraph.graph import Graph
from govgraph.model import EDGES, OpenType, ShareType, Stage
from govgraph.places import Tree
from govgraph.queries import ask
from govgraph.terms import PartialDate

_OTHER_DATA = ("Database", "Dataset")
"""Kinds of data of which nothing is expected; a Use is no data."""
_OWNED_BY = {"Database": "PART_OF", "Theme": "ABOUT", "Agency": "PROVIDED_BY"}


@dataclass
class Tally:
    """Counts of some assets at a stage."""

    assets: int = 0
    expected: int = 0
    done: int = 0
    unknown: int = 0

    def add(self, count: int, what: str, *, done: bool) -> None:
        """Count assets of a group in: ``what`` of :func:`expectation`, whether they went through the stage."""
        self.assets += count
        if what == "expected":
            self.expected += count
            self.done += count if done else 0
        elif what == "unknown":
            self.unknown += count

    def answer(self) -> answers.RecordAnswer:
        """The verdict, with the counts."""
        verdict: answers.RecordVerdict
        if self.assets == 0 or (self.expected == 0 and self.unknown):
            verdict = "no_data"
        elif self.expected == 0:
            verdict = "not_expected"
        elif self.done == self.expected:
            verdict = "full"
        else:
            verdict = "partial" if self.done else "absent"
        return answers.RecordAnswer(verdict=verdict, done=self.done, expected=self.expected, unknown=self.unknown)


def expectation(stage: Stage, row: dict[str, Any], day: date) -> str:
    """Whether resources of a group are ``expected`` to have gone through a stage: the table of section 6."""
    if stage is Stage.COLLECTION:
        return "expected" if row["collects"] else "not_expected"
    if stage is Stage.SHARING:
        return _by_type(row["share_type"], ShareType.NOT_SHARED)
    if stage is Stage.OPENING:
        return _by_type(row["open_type"], OpenType.NOT_OPEN)
    if stage in (Stage.STORAGE, Stage.ARCHIVING):
        stated = row[f"{stage}_due"]
        due = PartialDate(stated) if stated else None
        if due is None or day < due.lo:
            return "not_expected"
        return "expected" if due.hi <= day else "unknown"
    return "not_expected"


def _by_type(value: str | None, withheld: str) -> str:
    if not value:
        return "unknown"
    return "not_expected" if value == withheld else "expected"


class Records:
    """What happened to the assets, by jurisdiction or by subject."""

    def __init__(self, graph: Graph, tree: Tree, day: date, stages: Sequence[Stage], kind: str | None) -> None:
        self._tallies: dict[str, dict[Stage, Tally]] = defaultdict(lambda: {s: Tally() for s in stages})
        self._empty = Tally()
        if kind is None:
            for row in ask(graph, "coverage/resources", {"day": day}):
                self._add(_homes(tree, row), row, stages, day)
            for asset in _OTHER_DATA:
                for row in ask(graph, "coverage/assets", words={"ASSET": asset}):
                    self._add(_homes(tree, row), row, (), day)
            return
        link = {"TYPE": _OWNED_BY[kind], "KIND": kind}
        for row in ask(graph, "coverage/resources_of", {"day": day}, words=link):
            self._add([row["subject"]], row, stages, day)
        for asset in _OTHER_DATA:
            if (asset, kind) in EDGES[link["TYPE"]].pairs and asset != kind:
                for row in ask(graph, "coverage/assets_of", words={**link, "ASSET": asset}):
                    self._add([row["subject"]], row, (), day)

    def _add(self, homes: Iterable[str], row: dict[str, Any], stages: Sequence[Stage], day: date) -> None:
        count = int(row["assets"])
        effects = []
        for stage in stages:
            what = expectation(stage, row, day)
            effects.append((stage, what, what == "expected" and bool(row.get(stage.value))))
        for home in homes:
            tallies = self._tallies[home]
            for tally in tallies.values():
                tally.assets += count
            for stage, what, done in effects:
                if what == "expected":
                    tallies[stage].expected += count
                    tallies[stage].done += count if done else 0
                elif what == "unknown":
                    tallies[stage].unknown += count

    def tally(self, id_: str, stage: Stage) -> Tally:
        """Counts of a jurisdiction or subject at a stage."""
        found = self._tallies.get(id_)
        return found[stage] if found else self._empty


def _homes(tree: Tree, row: dict[str, Any]) -> set[str]:
    return {up for place in (*row["located"], *row["provided"]) for up in tree.path(place)}
