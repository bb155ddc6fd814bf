"""Deciding about gaps: accept them, assign them, take that back (docs/semantics.md, section 17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from govgraph import ingest
from govgraph.answers import Gap, GapDecision, LoadReport
from govgraph.decisions import Decisions
from govgraph.errors import NotFoundError, UsageError
from govgraph.gaps import by_ids
from govgraph.graph import Graph
from govgraph.loaders.rows import Row
from govgraph.model import Decision, Treatment
from govgraph.terms import nfc

SOURCE = "decisions"
"""Whose word a decision is."""
MOST = 1_000
"""Gaps that one decision is about."""


def decide(graph: Graph, rows: Sequence[Row]) -> LoadReport:
    """Do what was :func:`planned`; a run of its own, which can be undone as any."""
    return ingest.load_rows(graph, SOURCE, rows)


def planned(
    graph: Graph,
    treatment: str | None,
    gaps: Sequence[str],
    *,
    by: str,
    reason: str | None = None,
    until: date | None = None,
    assignee: str | None = None,
    as_of: date | None = None,
) -> list[Row]:
    """What is to be written so that gaps are accepted, assigned, or neither any more; nothing is written yet.

    Args:
        treatment: ``accepted`` or ``assigned``; None takes back what was decided.
        gaps: their ids.
        by: who decides.
        reason: why; an acceptance must have one.
        until: last day of an acceptance; day on which what is assigned is due.
        assignee: to whom they are assigned.
        as_of: the day on which they are gaps; today by default.

    Raises:
        UsageError: no id, too many, one of no gap; a day that is over; or who, why or to whom is missing.
        NotFoundError: what a gap is about does not exist; or nothing was decided that could be taken back.
    """
    day = as_of or date.today()
    ids = list(dict.fromkeys(gaps))
    if not ids or len(ids) > MOST:
        raise UsageError(f"name 1 to {MOST:,} gaps by their ids; govgraph gaps lists them")
    by, reason, assignee = nfc(by), nfc(reason or ""), nfc(assignee or "")
    if not by:
        raise UsageError("who decides? write --by NAME")
    if treatment == Treatment.ACCEPTED and not reason:
        raise UsageError("why is it accepted? write --reason TEXT")
    if treatment == Treatment.ASSIGNED and not assignee:
        raise UsageError("to whom is it assigned? write --to NAME")
    if until is not None and until < day:
        raise UsageError(f"--until {until} is over on {day}")
    common = {"by": by, "reason": reason, "decided": date.today().isoformat()}
    decisions = Decisions(graph, day)
    stand_now = by_ids(graph, ids, day)
    found: list[Row] = []
    for id_ in ids:
        gap = stand_now.get(id_)
        if treatment is None:
            stand = [(t, d) for t in Treatment if (d := decisions.of(id_, t))]
            if not stand:
                raise NotFoundError(f"nothing was decided about {id_} that could be taken back")
            found += [_row(len(found) + 1, t, id_, gap, decisions.home(id_), common | _kept(d)) for t, d in stand]
            continue
        if gap is None:
            raise UsageError(f"{id_} is no gap on {day}; nothing was decided")
        values = common | {
            "until": until.isoformat() if until else None,
            "assignee": assignee if treatment == Treatment.ASSIGNED else None,
        }
        found.append(_row(len(found) + 1, Treatment.parse(treatment), id_, gap, gap.jurisdiction, values))
    return found


def _kept(before: GapDecision) -> dict[str, Any]:
    """What a decision that is taken back still says."""
    return {"withdrawn": True, "until": before.until, "assignee": before.assignee}


def _row(number: int, treatment: Treatment, id_: str, gap: Gap | None, home: str | None, values: dict[str, Any]) -> Row:
    values = values | {
        "id": Decision.natural_id({"treatment": treatment, "gap": id_}),
        "name": f"{treatment.zh}：{gap.reason.zh if gap else id_}",
        "treatment": treatment.value,
        "gap": id_,
        "jurisdiction": home,
    }
    return Row("Decision", values, SOURCE, number)
