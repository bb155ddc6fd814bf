"""Settling: what a person decides is a run of its own, of one transaction, which is listed, undone and kept in the journal as a load is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from govgraph import changes, journal, schema
from govgraph.answers import Ref, Settled, SettledField
from govgraph.changes import Change
from govgraph.errors import UsageError
from govgraph.graph import Graph, Transaction
from govgraph.ingest import begin, now, take_number
from govgraph.model import CORRECTION
from govgraph.statements import Statement, digest
from govgraph.terms import nfc

MAX_NAME, MAX_REASON = 200, 2_000
"""Characters that the name of who settles something, and the reason, may have."""


@dataclass(frozen=True)
class Why:
    """Who settles something, and for what reason."""

    by: str
    reason: str

    @classmethod
    def of(cls, by: str, reason: str) -> Why:
        """Both as they are kept.

        Raises:
            UsageError: one is missing, too long, or holds a NUL byte.
        """
        for option, text, most in (("--by", by, MAX_NAME), ("--reason", reason, MAX_REASON)):
            if not text.strip():
                raise UsageError(f"{option} is empty; say who settles this (--by), and why (--reason)")
            if len(text) > most or "\x00" in text:
                raise UsageError(f"{option} holds a NUL byte, or more than {most:,} characters; write it shorter")
        return cls(nfc(by), nfc(reason))

    def statement(self, passage: str, run: str, values: dict[str, Any], **more: Any) -> Statement:
        """A statement that says what is settled in run ``run``."""
        return {
            "source": CORRECTION,
            "passage": passage,
            "origin": "",
            "run": run,
            "hash": digest([values, more]),
            "values": values,
            "by": self.by,
            "reason": self.reason,
            "at": now(),
            **more,
        }


def whole(graph: Graph) -> None:
    """Refuse a graph that is limited: what is settled holds for whoever asks.

    Raises:
        UsageError: it is.
    """
    if graph.view is not None:
        raise UsageError(f"things are settled in the whole graph; this key is limited to {graph.view.at}")


def settle(
    graph: Graph,
    about: Ref,
    why: Why,
    work: Callable[[Transaction, str], tuple[Sequence[Change], list[SettledField]]],
    *,
    merged: Ref | None = None,
) -> Settled:
    """Have a run do what ``work`` finds to be done, given its transaction and number; it may be called again.

    ``merged``: what becomes one with what it is about.

    Raises:
        GovgraphError: what ``work`` raises; or the engine failed. Nothing was changed.
    """
    kept = journal.of(graph)
    if kept is not None:
        begin(graph, kept)
    started = now()

    def run(tx: Transaction) -> tuple[Settled, str]:
        number = take_number(graph, tx)
        found, fields = work(tx, number)
        changes.apply(tx, graph.dialect, found, fresh=graph.writers == 1)
        unchanged = sum(f.status == "unchanged" for f in fields)
        done = len(fields) - unchanged
        report = Settled(
            run=number,
            source=CORRECTION,
            files=[],
            status="done",
            dry_run=False,
            read=done + unchanged,
            accepted=done + unchanged,
            rejected=0,
            created=0,
            changed=done,
            unchanged=unchanged,
            swept=0,
            placeholders=0,
            rejects_file=None,
            about=about,
            by=why.by,
            reason=why.reason,
            fields=fields,
            merged=merged,
            moved=sum(c.of_edge and c.after is not None for c in found) if merged else 0,
        )
        body = report.model_dump(mode="json", exclude={"rejects"})
        text = json.dumps(body | {"started": started, "ended": now(), "undone_by": None}, ensure_ascii=False)
        tx.run(schema.set_meta(), {"id": "version", "value": f"{number}.1"})
        tx.run(schema.set_run(), {"id": number, "number": int(number), "body": text})
        if kept is not None:
            kept.write(tx, graph.dialect, int(number), about.kind, text, changes.compressed(found))
        return report, text

    report, text = graph.transact(run)
    if kept is not None:
        found = graph.read(schema.get_meta(), {"id": journal.SEQUENCE})
        kept.end(int(report.run or 0), text, int(found[0]["value"] or 0))
    return report
