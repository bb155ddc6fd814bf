"""Undo: a run is taken back, all that it changed becomes what it was. The undo is a run of its own.

First everything is looked at, and nothing changed: what the run left must stand as it left it, what it made must be named
by nothing else, what an edge needs to come back must be there. Then its transactions are turned, last one first, each in
a transaction of its own. One that was cut off goes on when it is asked for again: what stands as before the run is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from govgraph import changes, held, journal, merged, queries, schema
from govgraph.answers import LoadReport, LoadStatus, Run
from govgraph.changes import BATCH, Change, Identity
from govgraph.errors import ConflictError, GraphError, NotFoundError, UsageError
from govgraph.graph import Graph, Transaction
from govgraph.ingest import begin, now, take_number
from govgraph.journal import Group, Journal
from govgraph.spoken import Marks, mark
from govgraph.statements import listed, of_node

_TOLD = 1_000
"""Things that stand otherwise, after which no more are looked for."""


def undo(graph: Graph, number: str, *, progress: Callable[[int, int], None] | None = None) -> LoadReport:
    """Take run ``number`` back; the report is that of the run which does.

    Args:
        progress: called with the transactions of the run turned so far, and their number.

    Raises:
        NotFoundError: there was no such run.
        UsageError: the graph has no journal or is limited, or the run was before its journal.
        ConflictError: it was undone already, or later runs changed the same things; candidates are those runs. Nothing
            was changed.
        GraphError: the engine failed; the same undo goes on from there.
    """
    if graph.view is not None:
        raise UsageError(f"a run is undone in the whole graph; this key is limited to {graph.view.at}")
    known = {b["run"]: b for b in _bodies(graph)}
    if number not in known:
        raise NotFoundError(f"there is no run {number}; see govgraph runs")
    kept = journal.needed(graph, f"run {number} can't be undone")
    body = known[number]
    if by := body.get("undone_by"):
        raise ConflictError(f"run {number} was undone by run {by}; undo that one to have it back", [_ref(known[by])])
    return _Undo(graph, kept, known, body).run(progress or (lambda done, of: None))


class _Undo:
    def __init__(self, graph: Graph, kept: Journal, known: dict[str, dict[str, Any]], body: dict[str, Any]) -> None:
        self._graph, self._journal, self._known, self._body = graph, kept, known, body
        self._number = str(body["run"])
        self._created = self._changed = self._removed = 0
        self._started = now()

    def run(self, progress: Callable[[int, int], None]) -> LoadReport:
        begin(self._graph, self._journal)
        groups = self._journal.groups(_sequence(self._graph))
        mine = [g for g in groups if g.run == int(self._number)]
        if not mine and (self._body["created"] or self._body["changed"] or self._body["swept"]):
            raise UsageError(
                f"run {self._number} can't be undone: it was before the journal {self._journal.folder} began"
            )
        self._check(groups, mine)
        run = self._graph.transact(lambda tx: take_number(self._graph, tx))
        status: LoadStatus = "done"
        done = 0
        try:
            for group in reversed(mine):
                self._turn(run, group)
                done += 1
                progress(done, len(mine))
        except KeyboardInterrupt:
            status = "interrupted"
        except GraphError as error:
            raise type(error)(
                f"{error.message}; {done:,} of {len(mine):,} transactions are undone (run {run}); "
                f"go on with: govgraph runs undo {self._number}",
                error.candidates,
            ) from error
        body = self._graph.transact(lambda tx: self._record(tx, run, status))
        self._journal.end(int(run), body, _sequence(self._graph))
        return LoadReport.model_validate(Run.model_validate(json.loads(body)).model_dump(include=_FIELDS))

    def _turn(self, run: str, group: Group) -> None:
        wanted = [c.turned() for c in reversed(changes.compressed(journal.read(group)))]

        def work(tx: Transaction) -> tuple[int, int, int]:
            standing = changes.standing(tx.run, wanted)
            todo = []
            for change in wanted:
                now_ = standing[change.identity]
                if changes.same(now_, change.after):
                    continue
                todo.append(change._replace(before=now_))
            changes.apply(tx, self._graph.dialect, todo, fresh=self._graph.writers == 1)
            created = sum(c.before is None for c in todo)
            removed = sum(c.after is None for c in todo)
            found = (created, len(todo) - created - removed, removed)
            if todo:
                tx.run(schema.set_meta(), {"id": "version", "value": f"{run}.{group.seq}"})
            text = self._record(tx, run, "interrupted", found)
            if todo:
                self._journal.write(tx, self._graph.dialect, int(run), group.kind, text, todo)
            return found

        created, changed, removed = self._graph.transact(work)
        self._created += created
        self._changed += changed
        self._removed += removed

    def _record(self, tx: Transaction, run: str, status: LoadStatus, more: tuple[int, int, int] = (0, 0, 0)) -> str:
        created, changed, removed = self._created + more[0], self._changed + more[1], self._removed + more[2]
        report = LoadReport(
            run=run,
            source=self._body["source"],
            files=[],
            status=status,
            dry_run=False,
            read=created + changed,
            accepted=created + changed,
            rejected=0,
            created=created,
            changed=changed,
            unchanged=0,
            swept=removed,
            placeholders=0,
            undoes=self._number,
            rejects_file=None,
        )
        body = report.model_dump(mode="json", exclude={"rejects"})
        body |= {"started": self._started, "ended": now(), "undone_by": None}
        _keep(tx, body)
        if status == "done":
            _keep(tx, self._body | {"undone_by": run})
            back = self._body.get("undoes")
            if back and back in self._known:
                # What an undone undo had taken back is there again.
                _keep(tx, self._known[back] | {"undone_by": None})
        return json.dumps(body, ensure_ascii=False)

    # --- looking before ---

    def _check(self, groups: Sequence[Group], mine: Sequence[Group]) -> None:
        """Refuse where something stands otherwise than the run left it."""
        seen, goes, comes, begun = Marks(), Marks(), Marks(), Marks()
        found: set[Identity] = set()
        left: list[tuple[str, str, list[str]]] = []
        try:
            # What an undo that was cut off has put back already stands as before.
            halves = {int(b["run"]) for b in self._known.values() if self._half(b)}
            for group in (g for g in groups if g.run in halves):
                begun.add(mark(*c.identity) for c in journal.read(group))
            for group in reversed(mine):
                every = changes.compressed(journal.read(group))
                goes.add(mark(*c.identity) for c in every if c.of_edge and c.before is None)
                comes.add(mark(c.what, c.a) for c in every if not c.of_edge and c.before is not None)
                # Of a thing that the run changed twice, what it left last is what stands.
                last = [c for c in every if mark(*c.identity) not in seen]
                seen.add(mark(*c.identity) for c in last)
                standing = changes.standing(self._graph.read, last)
                for change in last:
                    now_ = standing[change.identity]
                    back = mark(*change.identity) in begun and changes.same(now_, change.before)
                    if not back and not changes.same(now_, change.after):
                        found.add(change.identity)
                if len(found) > _TOLD:
                    break
            for group in mine if not found else ():
                every = changes.compressed(journal.read(group))
                found |= self._named_by_others(every, goes, comes, left)
                found |= self._without_ends(every, comes)
                left += self._said_since(every)
                if len(found) > _TOLD:
                    break
        finally:
            for marks in (seen, goes, comes, begun):
                marks.close()
        if found or left:
            self._refuse(groups, mine, found, {run for _, _, runs in left for run in runs})

    def _half(self, body: dict[str, Any]) -> bool:
        """Whether a run is an undo of this one that was cut off."""
        return bool(body.get("undoes") == self._number and body["status"] == "interrupted" and not body["undone_by"])

    def _named_by_others(
        self, every: Iterable[Change], goes: Marks, comes: Marks, left: list[tuple[str, str, list[str]]]
    ) -> set[Identity]:
        """Nodes that would go while another run's edge names them."""
        nodes, _ = changes.grouped(c for c in every if not c.of_edge and c.before is None)
        for kind, of_kind in nodes.items():
            leaving: dict[str, set[tuple[str, str]]] = {}
            for change in of_kind:
                leaving.setdefault(change.a, set()).add((change.source, change.passage))
            stored = changes.stored_nodes(self._graph.read, kind, list(leaving))
            empty = [
                i
                for i, node in stored.items()
                if mark(kind, i) not in comes
                and all((s["source"], s["passage"]) in leaving[i] for s in of_node(kind, node))
            ]
            for id_, node in stored.items():
                # What corrections alone would speak of stays for them.
                rest = [s for s in of_node(kind, node) if (s["source"], s["passage"]) not in leaving[id_]]
                if rest and not listed(rest) and mark(kind, id_) not in comes:
                    left.append((kind, id_, [s["run"] for s in rest]))
            for part in changes.chunks(sorted(empty), BATCH):
                text, given = queries.bind(
                    "catalogue/edges_attached", self._graph.dialect, {"ids": part}, {"KIND": kind}
                )
                for row in (*self._graph.read(text, given), *held.attached(self._graph.read, kind, part)):
                    ends = ((row["id"], row["other"]), (row["other"], row["id"]))
                    if not any(self._leaves(row, a, b, kind, goes) for a, b in ends):
                        left.append((kind, row["id"], [row["run"]]))
                        if len(left) > _TOLD:
                            return set()
        return set()

    def _said_since(self, every: Sequence[Change]) -> list[tuple[str, str, list[str]]]:
        """What was said since under ids that the run merged, and would be left behind."""
        found = []
        for change in every:
            other = merged.other_of(change.after) if change.after and not change.of_edge else None
            if other is None or change.before is not None:
                continue
            mine = {(c.source, c.passage) for c in every if (c.what, c.a) == (change.what, change.a)}
            for node in changes.stored_nodes(self._graph.read, change.what, [change.a]).values():
                runs = [
                    s["run"]
                    for s in of_node(change.what, node)
                    if s.get("was") == other and (s["source"], s["passage"]) not in mine
                ]
                if runs:
                    found.append((change.what, change.a, runs))
        return found

    @staticmethod
    def _leaves(row: dict[str, Any], a: str, b: str, kind: str, goes: Marks) -> bool:
        from govgraph.model import EDGES

        return any(
            kind in pair and mark(row["type"], *pair, a, b, row["source"], "", row["edge_key"] or "") in goes
            for pair in EDGES[row["type"]].pairs
        )

    def _without_ends(self, every: Iterable[Change], comes: Marks) -> set[Identity]:
        """Edges that would come back to a node that is not there."""
        found: set[Identity] = set()
        _, edges = changes.grouped(c for c in every if c.of_edge and c.before is not None)
        for (_, start, end), of_ends in edges.items():
            for kind, side in ((start, "a"), (end, "b")):
                ids = {getattr(c, side) for c in of_ends}
                missing = {
                    i
                    for i in ids - set(changes.stored_nodes(self._graph.read, kind, ids))
                    if mark(kind, i) not in comes
                }
                found |= {(kind, "", "", i, "", "", "", "") for i in missing}
        return found

    def _refuse(self, groups: Sequence[Group], mine: Sequence[Group], found: set[Identity], runs: set[str]) -> None:
        whole = {i[:4] for i in found if not i[5]}
        for group in groups:
            if group.seq > mine[0].seq and group.run != int(self._number) and str(group.run) not in runs:
                if any(c.identity in found or c.identity[:4] in whole for c in journal.read(group)):
                    runs.add(str(group.run))
        later = sorted((r for r in runs if r in self._known), key=int)
        who = f"by later runs: {', '.join(later)}; undo those first, the last one first" if later else "since then"
        raise ConflictError(
            f"run {self._number} can't be undone: what it changed was changed or is named {who}. Nothing was changed.",
            [_ref(self._known[r]) for r in later],
        )


_FIELDS = set(LoadReport.model_fields)


def _ref(body: dict[str, Any]) -> dict[str, str]:
    return {"id": body["run"], "kind": "Run", "name": f"{body['source']} {body['started']}"}


def _keep(tx: Transaction, body: dict[str, Any]) -> None:
    text = json.dumps(body, ensure_ascii=False)
    tx.run(schema.set_run(), {"id": body["run"], "number": int(body["run"]), "body": text})


def _bodies(graph: Graph) -> list[dict[str, Any]]:
    return [json.loads(r["body"]) for r in queries.ask(graph, "catalogue/runs")]


def _sequence(graph: Graph) -> int:
    found = graph.read(schema.get_meta(), {"id": journal.SEQUENCE})
    return int(found[0]["value"] or 0) if found else 0
