"""Decisions about gaps: accepted as they are, or assigned to somebody (docs/semantics.md, section 17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from govgraph import answers
from govgraph.assetgaps import Stream
from govgraph.graph import Graph
from govgraph.model import Treatment
from govgraph.queries import ask
from govgraph.terms import fold


class Decisions:
    """What was decided about gaps, as it stands on a day."""

    def __init__(self, graph: Graph, day: date) -> None:
        self._found: dict[Treatment, dict[str, answers.GapDecision]] = {t: {} for t in Treatment}
        self._homes: dict[str, str | None] = {}
        # Of several about one gap the newest counts.
        for row in sorted(ask(graph, "gaps/decisions"), key=lambda r: (r["decided"] or "", r["id"])):
            treatment = Treatment.parse(row["treatment"])
            self._homes[row["gap"]] = row["home"]
            self._found[treatment][row["gap"]] = answers.GapDecision(
                by=row["by"],
                reason=row["reason"],
                decided=row["decided"],
                until=row["until"],
                assignee=row["assignee"],
                past=bool(row["until"]) and row["until"] < day.isoformat(),
            )
        self.accepted = {gap for gap, d in self._found[Treatment.ACCEPTED].items() if not d.past}
        """The gaps whose acceptance is in effect."""

    def of(self, gap: str, treatment: Treatment) -> answers.GapDecision | None:
        """The decision of that kind about a gap."""
        return self._found[treatment].get(gap)

    def home(self, gap: str) -> str | None:
        """Where a gap is that something was decided about."""
        return self._homes.get(gap)

    def told(self, gaps: Iterable[answers.Gap]) -> list[answers.Gap]:
        """Gaps with what was decided about them."""
        accepted, assigned = (self._found[t] for t in (Treatment.ACCEPTED, Treatment.ASSIGNED))
        return [
            g.model_copy(update={"accepted": accepted.get(g.id), "assigned": assigned.get(g.id)})
            if g.id in accepted or g.id in assigned
            else g
            for g in gaps
        ]

    def choice(self, *, accepted: bool | None, assignee: str | None) -> Choice:
        """Which gaps are asked for: accepted ones, others (False) or all (None); only those assigned to somebody."""
        among: set[str] | None = None
        if assignee is not None:
            name = fold(assignee)
            among = {g for g, d in self._found[Treatment.ASSIGNED].items() if d.assignee and fold(d.assignee) == name}
        if accepted is True:
            among = self.accepted if among is None else among & self.accepted
        elif accepted is False and among is not None:
            among = among - self.accepted
        return Choice(among, self.accepted if accepted is False else set())


class Choice:
    """Gaps by their ids: only those ``among`` (None: any), and none of ``without``."""

    def __init__(self, among: set[str] | None, without: set[str]) -> None:
        self._among, self._without = among, without

    def holds(self, gap: str) -> bool:
        """Whether a gap is asked for."""
        return (self._among is None or gap in self._among) and gap not in self._without

    def streams(self, flows: Sequence[Stream]) -> list[Stream]:
        """The streams of what is asked for; those that could hold nothing of it are left out."""
        if self._among is None and not self._without:
            return list(flows)
        named: dict[str, list[str]] = defaultdict(list)
        for gap in sorted(self._without if self._among is None else self._among):
            kind, part, thing = [*gap.split(":", 2), "", ""][:3]
            named[f"{kind}:{part}:"].append(thing)
        if self._among is None:
            return [replace(f, choose="out", chosen=named[f.prefix]) if named[f.prefix] else f for f in flows]
        return [replace(f, choose="in", chosen=named[f.prefix]) for f in flows if named[f.prefix]]
