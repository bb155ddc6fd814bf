"""Rows → graph: validate, batch, upsert, report. The loading contract lives here.

A loader yields numbered rows. A bad row is refused with file, row, column, value and reason and lands nowhere; good rows
land in transactions of :data:`BATCH`. Rows of one kind come together, nodes before the edges that name them. What
each source says of a node is kept as a statement of its own (:mod:`govgraph.statements`).

A batch goes three ways: its rows are validated and what they name is looked up; then one transaction, which may be
tried again, compares them with what is stored and writes; and only when that is committed, the load takes what came of
it into its counts. So a load that is cut off anywhere has left whole batches, and running it again ends in the same
state.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from govgraph import changes, handover, held, journal, merged, queries, schema, sweep, transfer
from govgraph.answers import FileRef, LoadReport, LoadStatus, Reject
from govgraph.changes import BATCH, LINK, Change, write_edges, write_nodes
from govgraph.errors import GraphError, UsageError
from govgraph.gate import Denied, End, Gate
from govgraph.graph import Graph, Rows, Transaction
from govgraph.loaders.rows import Row
from govgraph.model import EDGES, NODES, RECORD_TYPES, Edge, Node, Stage, links
from govgraph.references import References
from govgraph.spoken import Marks, mark
from govgraph.statements import Statement, corrected, digest, node_of, of_node, plain
from govgraph.terms import fold, nfc
from govgraph.validation import Refused, validated

MAX_REJECTS_SHOWN = 1_000
"""Rejects that a report lists; the rejects file has all."""
T = TypeVar("T")
_MUCH = 1_000
"""Things that a load makes, from which on the engine's statistics are brought up to date."""
_MAX_CELL = 200
_MAX_WAYS = 1_000
"""Ways to say the same of things that were merged which are compared; what says it in another one counts as changed."""
_HELD = 16 << 20
"""Characters of rows that a batch holds."""


class _DryRun(Exception):
    """Rolls the transaction of a dry run back."""


class NodeRow:
    """A row of a node, validated and with what it names found."""

    __slots__ = ("id", "links", "natural", "row", "values", "was")

    def __init__(self, kind: str, row: Row, values: dict[str, Any], found: list[_Link]) -> None:
        self.row, self.values, self.links = row, values, found
        self.id = self.was = ""
        by_name = values["name"] and (row.settle or not values["id"])
        self.natural = NODES[kind].natural_id(values) if by_name else ""

    @property
    def keys(self) -> list[str]:
        """What its thing may be known by, beside its id."""
        return [key for key in (self.natural, nfc(self.values.get("doc_number") or "")) if key]

    @property
    def passage(self) -> str:
        """Of what it says: the row's, marked if it speaks under an id that was merged (``was``)."""
        return merged.passage(self.was, self.row.passage)


@dataclass(frozen=True, slots=True)
class _Link:
    field: str
    type: str
    kind: str
    target: str
    reverse: bool


@dataclass
class Outcome:
    """What came of rows: of a batch, and added up of a load."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    swept: int = 0
    placeholders: int = 0
    known: int = 0
    """What was spoken of and the source had already."""
    refused: list[tuple[Row, Refused]] = field(default_factory=list)
    spoken: set[int] = field(default_factory=set)
    """What was spoken of, as hashes: a second, other word on it is a contradiction."""
    nodes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Nodes as they stand now, with their kinds."""
    gone: set[str] = field(default_factory=set)
    """Placeholders that real things took the place of."""
    changes: list[Change] = field(default_factory=list)
    """What is to be written into the journal."""

    @property
    def accepted(self) -> int:
        return self.created + self.changed + self.unchanged


def load_rows(
    graph: Graph,
    source: str,
    rows: Iterable[Row],
    *,
    files: Sequence[Path] = (),
    root: Path | None = None,
    dry_run: bool = False,
    full: bool = False,
    sweep_limit: float = sweep.LIMIT,
    placeholders: bool = False,
    kinds: Iterable[str] = (),
    on_reject: Callable[[Row, Reject], None] | None = None,
    progress: Callable[[int], None] | None = None,
    whole: Callable[[Load], bool] | None = None,
) -> LoadReport:
    """Load rows as the word of ``source``; the same rows again change nothing.

    Args:
        full: the rows are all that the source has of their kinds: what it no longer lists is swept.
        sweep_limit: share of what the source had of a kind above which nothing is swept.
        placeholders: make what a row names and nobody lists, where its kind is known.
        kinds: what the files hold, beside the kinds of the rows that come.
        files: what the rows were read from; hashed into the report.
        root: folder from which on their names are told.
        dry_run: report what would happen and leave the graph as it is.
        on_reject: called with every refused row.
        progress: called with the number of rows read so far.
        whole: lands all the rows in another way that comes to the same; False: it did nothing, they are to land here
            (:mod:`govgraph.bulk`).

    Raises:
        UsageError: a limited graph is to be swept or to get placeholders; or the journal can't be used.
        LoadError: the rows can't be read (from the loader); batches before it stay.
        GraphError: the engine failed; the message says where, batches before it stay.
    """
    if graph.view is not None and (full or placeholders):
        what = "a full reload sweeps" if full else "placeholders stand"
        raise UsageError(f"{what} anywhere in the graph; this key is limited to {graph.view.at}")
    if not 0 <= sweep_limit <= 1:
        raise UsageError(f"--sweep-limit {sweep_limit:g}: write a share between 0 and 1, e.g. 0.2")
    told = [FileRef(path=str(file.relative_to(root) if root else file), sha256=_sha256(file)) for file in files]
    load = Load(graph, source, on_reject, progress, placeholders=placeholders)
    try:
        return load.run(rows, told, dry_run, sweep_limit if full else None, kinds, whole)
    finally:
        load.spoken.close()


class _OwnNames:
    """Ids and names of the rows of one batch, for rows that name one another."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self.ids: set[str] = set()
        self._names: dict[str, set[str]] = {}
        for row in rows:
            if row["id"]:
                self.ids.add(row["id"])
                for name in (row["name"], *row["aliases"]):
                    self._names.setdefault(name, set()).add(row["id"])

    def named(self, text: str) -> str | None:
        """The one row that bears the name."""
        found = self._names.get(text, set())
        return next(iter(found)) if len(found) == 1 else None


class Load:
    """A load that runs."""

    def __init__(
        self,
        graph: Graph,
        source: str,
        on_reject: Callable[[Row, Reject], None] | None,
        progress: Callable[[int], None] | None,
        *,
        placeholders: bool = False,
    ) -> None:
        self.graph, self.source = graph, source
        self.total = Outcome()
        self.spoken = Marks()
        self.known: Counter[str] = Counter()
        self.sweep: str | None = None
        self.rejects: list[Reject] = []
        self.rejected = 0
        self.run_id = ""
        self.batch = 0
        self.kinds: dict[str, None] = {}
        self.filled: set[str] = set()
        """Kinds that were filled in at once, of which nothing was there before."""
        self._files: list[FileRef] = []
        self._started = now()
        self._on_reject = on_reject or (lambda row, reject: None)
        self.progress = progress or (lambda read: None)
        self._outer: Transaction | None = None
        self.journal: journal.Journal | None = None
        self.makes = placeholders
        """Whether placeholders are made of what nobody lists."""
        self._pending: set[tuple[str, str]] = set()
        """What the rows of a batch name and nobody lists."""
        self._stand_ins: dict[str, set[str]] = {}
        self.references = References(self.ask, self.ask_all)
        self._gate = Gate(graph.view, source, LINK, self.ask_all) if graph.view is not None else None

    # --- the run ---

    def run(
        self,
        rows: Iterable[Row],
        files: list[FileRef],
        dry_run: bool,
        sweep_limit: float | None = None,
        kinds: Iterable[str] = (),
        whole: Callable[[Load], bool] | None = None,
    ) -> LoadReport:
        self._files = files
        status: LoadStatus = "done"
        try:
            with ExitStack() as stack:
                if dry_run:
                    stack.enter_context(_swallow_dry_run())
                    self._outer = stack.enter_context(self.graph.write())
                if whole is None or dry_run or not whole(self):
                    self.batches(rows)
                if sweep_limit is not None:
                    # Of what was not there before, nothing can be left out.
                    named = dict.fromkeys((*kinds, *self.kinds))
                    self._sweep([kind for kind in named if kind not in self.filled], sweep_limit)
                if dry_run:
                    raise _DryRun
        except KeyboardInterrupt:
            status = "interrupted"
        except GraphError as error:
            raise type(error)(f"{error.message}; {self._stand()}", error.candidates) from error
        finally:
            self._outer = None
        if status == "done" and self.rejected:
            status = "partial" if self.total.accepted else "refused"
        if not dry_run:
            if not self.run_id:
                self._begin()
            body = self.graph.transact(lambda tx: self.record(tx, status, self.total))
            if self.journal:
                self.journal.end(int(self.run_id), body, int(self.fact(journal.SEQUENCE) or 0))
            if self.total.created > _MUCH:
                self.graph.settle()
        return self._report(status, self.total, None if dry_run else self.run_id, self.rejects)

    def _stand(self) -> str:
        """Where a load stopped."""
        if self._outer or not self.run_id:
            return "nothing was loaded"
        return (
            f"{self.total.accepted + self.rejected:,} rows were read and kept before (run {self.run_id}); "
            "run the same load again"
        )

    def _report(self, status: LoadStatus, total: Outcome, run: str | None, rejects: list[Reject]) -> LoadReport:
        return LoadReport(
            run=run,
            source=self.source,
            files=self._files,
            status=status,
            dry_run=run is None,
            read=total.accepted + self.rejected,
            accepted=total.accepted,
            rejected=self.rejected,
            created=total.created,
            changed=total.changed,
            unchanged=total.unchanged,
            swept=total.swept,
            placeholders=total.placeholders,
            sweep=self.sweep,
            rejects_file=None,
            rejects=rejects,
        )

    def _begin(self) -> None:
        """Take the number of this run."""

        if not self._outer and (found := journal.of(self.graph)):
            begin(self.graph, found)
            self.journal = found
        self.run_id = self._transact(partial(take_number, self.graph))

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        """Work in a transaction of its own, or in the one of a dry run."""
        return work(self._outer) if self._outer else self.graph.transact(work)

    def fact(self, name: str) -> str | None:
        """A fact about the graph."""
        found = self._read(schema.get_meta(), {"id": name})
        return found[0]["value"] if found else None

    def record(self, tx: Transaction, status: LoadStatus, total: Outcome) -> str:
        """Keep what this run is so far, as it returns it: until its end it reads as interrupted."""
        body = self._report(status, total, self.run_id, []).model_dump(mode="json", exclude={"rejects"}) | {
            "started": self._started,
            "ended": now(),
            "undone_by": None,
        }
        text = json.dumps(body, ensure_ascii=False)
        tx.run(schema.set_run(), {"id": self.run_id, "number": int(self.run_id), "body": text})
        return text

    def batches(self, rows: Iterable[Row]) -> None:
        """Land rows one by one."""
        for kind, group in itertools.groupby(rows, key=lambda row: row.kind):
            whole = kind in NODES and links_to_itself(kind)
            self.kinds[kind] = None
            for rows_ in [list(group)] if whole else _portions(group):
                if not self.run_id:
                    self._begin()
                self.batch += 1
                self.references.forget()
                self._pending.clear()
                if kind in NODES:
                    self._land(kind, rows_, *self._nodes(kind, rows_))
                elif kind in EDGES:
                    self._land(kind, rows_, *self._edges(kind, rows_))
                else:
                    for row in rows_:
                        self.refuse(row, Refused("unknown_kind", None, kind, f"the model has no {kind!r}"))
                self.progress(self.total.accepted + self.rejected)

    def _land(
        self,
        kind: str,
        batch: list[Row],
        refused: list[tuple[Row, Refused]],
        write: Callable[[Transaction, Outcome], None],
    ) -> None:
        """Write a batch, and take what came of it."""

        def work(tx: Transaction) -> Outcome:
            if self.graph.writers != 1 and self.references.merged_since(partial(self._ask_in, tx)):
                raise GraphError("ids were merged, or taken apart again, while this load ran")
            outcome = Outcome(refused=list(refused))
            write(tx, outcome)
            if outcome.gone:
                outcome.changes = changes.compressed(outcome.changes)
            if outcome.changes:
                tx.run(schema.set_meta(), {"id": "version", "value": f"{self.run_id}.{self.batch}"})
            if not self._outer:
                body = self.record(tx, "interrupted", _sum(self.total, outcome))
                if self.journal and outcome.changes:
                    # Last: what is in the journal and not in the graph is overwritten by what comes next.
                    self.journal.write(tx, self.graph.dialect, int(self.run_id), kind, body, outcome.changes)
            return outcome

        outcome = self._transact(work)
        self.total = _sum(self.total, outcome)
        self.spoken.add(outcome.spoken)
        self.known[kind] += outcome.known
        nodes: dict[str, list[dict[str, Any]]] = {}
        for of_kind, node in outcome.nodes:
            nodes.setdefault(of_kind, []).append(node)
            if of_kind in self._stand_ins:
                # Before the kind is looked at for the first time, it is asked for whole.
                (self._stand_ins[of_kind].add if _stands_in(node) else self._stand_ins[of_kind].discard)(node["id"])
        for of_kind, of_nodes in nodes.items():
            self.references.learn(of_kind, of_nodes)
        if outcome.gone:
            self.references.renew(kind)
            self._stand_ins[kind] -= outcome.gone
        order = {id(row): position for position, row in enumerate(batch)}
        for row, why in sorted(outcome.refused, key=lambda found: order[id(found[0])]):
            self.refuse(row, why)

    def ask(self, name: str, parameters: dict[str, Any], words: dict[str, str]) -> Rows:
        """Rows of a query of what the load sees."""
        return self._read(*queries.bind(name, self.graph.dialect, parameters, words, self.graph.view))

    def ask_all(self, name: str, parameters: dict[str, Any], words: dict[str, str]) -> Rows:
        """Rows of a query of the whole graph, whoever loads."""
        return self._read(*queries.bind(name, self.graph.dialect, parameters, words))

    def _ask_in(self, tx: Transaction, name: str, parameters: dict[str, Any], words: dict[str, str]) -> Rows:
        """Rows of a query of the whole graph, in a transaction."""
        return tx.run(*queries.bind(name, self.graph.dialect, parameters, words))

    def _read(self, text: str, parameters: dict[str, Any]) -> Rows:
        return self._outer.run(text, parameters) if self._outer else self.graph.read(text, parameters)

    def refuse(self, row: Row, why: Refused) -> None:
        self.rejected += 1
        value = "" if why.value is None else str(why.value)
        reject = Reject(
            file=row.file,
            sheet=row.sheet,
            row=row.row,
            column=row.column(why.column) if row.column and why.column else why.column,
            value=value if len(value) <= _MAX_CELL else value[:_MAX_CELL] + "…",
            code=why.code,
            message=why.message,
        )
        if len(self.rejects) < MAX_REJECTS_SHOWN:
            self.rejects.append(reject)
        self._on_reject(row, reject)

    # --- what a word names ---

    def name(self, text: str, kinds: Sequence[str], column: str) -> tuple[str, str]:
        """Kind and id of what ``text`` names among ``kinds``."""
        found = sorted(set(self.references.find(kinds, text)))
        if not found and self.makes:
            found = [(kind, text) for kind in kinds if (kind, text) in self._pending]
            if not found and len(kinds) == 1:
                self._pending.add((kinds[0], text))
                found = [(kinds[0], text)]
        if not found:
            wanted = " or ".join(kinds) if len(kinds) < 4 else "node"
            hint = "load it first"
            if self.makes:
                hint = "load it first" + (f", or write {column}_kind" if column in ("from", "to") else "")
            raise Refused("unknown_reference", column, text, f"no {wanted} is called {text!r}; {hint}")
        if len(found) > 1:
            listed = ", ".join(f"{kind} {id_}" for kind, id_ in found[:5])
            hint = f"; write the id, or {column}_kind" if column in ("from", "to") else "; write the id"
            raise Refused("ambiguous_reference", column, text, f"{text!r} names several things: {listed}{hint}")
        return found[0]

    # --- nodes ---

    def _nodes(
        self, kind: str, batch: list[Row]
    ) -> tuple[list[tuple[Row, Refused]], Callable[[Transaction, Outcome], None]]:
        refused: list[tuple[Row, Refused]] = []
        identified, own = self.identified(kind, batch, refused)
        if self._gate:
            identified = self._let_pass(self._gate, kind, identified, own, refused)
        rows = self._without_dangling(kind, identified, own, refused)
        return refused, lambda tx, outcome: self._write_nodes(tx, outcome, kind, rows)

    def identified(
        self, kind: str, batch: Iterable[Row], refused: list[tuple[Row, Refused]]
    ) -> tuple[list[NodeRow], _OwnNames]:
        """The good ones among rows, with what they name and their ids found, and their names; the others are refused."""
        validated: list[tuple[Row, dict[str, Any]]] = []
        for row in batch:
            try:
                validated.append((row, validated_row(NODES[kind], row)))
            except Refused as why:
                refused.append((row, why))
        # Rows that link to their own kind may name each other in any order.
        own = _OwnNames(v for _, v in validated) if links_to_itself(kind) else _OwnNames(())
        linked = self._linked(kind, validated, own, refused)
        self._expect_ids(kind, linked)
        identified = []
        for item in linked:
            try:
                self._identify(kind, item)
                identified.append(item)
            except Refused as why:
                refused.append((item.row, why))
                own.ids.discard(str(item.values["id"]))
        for item in identified:
            for name in (*links(NODES[kind]), "id"):
                item.values.pop(name)
        return identified, own

    def _linked(
        self,
        kind: str,
        validated: list[tuple[Row, dict[str, Any]]],
        own: _OwnNames,
        refused: list[tuple[Row, Refused]],
    ) -> list[NodeRow]:
        """Find what the rows' link fields name."""
        fields = links(NODES[kind])
        ends = link_ends(kind)
        for name, kinds in ends.items():
            self.references.expect(kinds, (text for _, values in validated for text in values[name]))
            self.references.expect(kinds, (row.also[name] for row, _ in validated if row.also and name in row.also))
        found: list[NodeRow] = []
        for row, values in validated:
            try:
                targets: list[_Link] = []
                for name, link in fields.items():
                    if not values[name]:
                        continue
                    better = self.better((row.also or {}).get(name), ends[name])
                    of_field = [
                        _Link(
                            name, link.type, *(better or self._target(kind, name, ends[name], text, own)), link.reverse
                        )
                        for text in values[name]
                    ]
                    values[name] = tuple(t.target for t in of_field)
                    targets += of_field
                found.append(NodeRow(kind, row, values, targets))
            except Refused as why:
                refused.append((row, why))
                own.ids.discard(str(values["id"]))
        return found

    def better(self, word: str | None, kinds: list[str]) -> tuple[str, str] | None:
        """What a row's better word for a link names, if exactly one thing."""
        found = sorted(set(self.references.find(kinds, word))) if word else []
        return found[0] if len(found) == 1 else None

    def _target(self, kind: str, name: str, kinds: list[str], text: str, own: _OwnNames) -> tuple[str, str]:
        if kind in kinds:
            named = text if text in own.ids else own.named(text)
            if named and (named == text or not self.references.find((kind,), text)):
                return kind, self.references.merged(kind).id(named)
        return self.name(text, kinds, name)

    def _expect_ids(self, kind: str, rows: Iterable[NodeRow]) -> None:
        """Look up at once the ids that :meth:`_identify` will ask for."""
        keys: set[str] = set()
        for item in rows:
            given = item.values["id"]
            if given and (item.row.settle or not item.values["name"]):
                keys.add(given)
            if item.values["name"] and (not given or item.row.settle):
                keys.update(item.keys)
        if keys:
            self.references.expect((kind,), keys, ids=True)

    def _identify(self, kind: str, item: NodeRow) -> None:
        """Set the id of the node that a row speaks of, and under which id it does if that was merged."""
        given = str(item.values["id"])
        item.id = self._id_of(kind, item, given)
        merged_ids = self.references.merged(kind)
        if merged_ids.names(item.id):
            item.was = merged_ids.was(item.id, (given, *item.keys))

    def _id_of(self, kind: str, item: NodeRow, given: str) -> str:
        values, references = item.values, self.references
        there = references.id_of(kind, given) if given and (item.row.settle or not values["name"]) else None
        if not values["name"] and there is None:
            raise Refused("missing", "name", None, f"each {kind} needs a name")
        if given and not item.row.settle:
            return references.merged(kind).id(given)
        natural = item.natural
        known = (found for key in item.keys if (found := references.known(kind, key)))
        if not given:
            if not natural:
                raise Refused("missing", "id", None, f"each {kind} needs an id")
            return next(known, natural)
        values["aliases"] = tuple(dict.fromkeys((*values["aliases"], *filter(None, (natural,)))))
        if there is not None:
            return there
        found = next(known, None) or references.known(kind, given) or given
        if found != given:
            values["aliases"] = (*values["aliases"], given)
        return found

    @staticmethod
    def _let_pass(
        gate: Gate, kind: str, rows: list[NodeRow], own: _OwnNames, refused: list[tuple[Row, Refused]]
    ) -> list[NodeRow]:
        """The rows that a limited key may write."""
        gate.look_up({(link.kind, link.target) for r in rows for link in r.links}, {(kind, r.id) for r in rows})
        passed = []
        for item in rows:
            ends = [End(link.field, link.type, link.kind, link.target, link.reverse) for link in item.links]
            try:
                gate.node(kind, item.id, item.passage, ends)
                passed.append(item)
            except Denied as why:
                refused.append((item.row, _outside(why)))
                own.ids.discard(item.id)
        return passed

    def _without_taken(
        self, outcome: Outcome, kind: str, rows: list[NodeRow], stored: dict[str, dict[str, Any]]
    ) -> list[NodeRow]:
        """The rows whose things nobody else has made since the gate looked; ``stored`` keeps what they may speak of."""
        gate = self._gate
        if gate is None:
            return rows
        taken = {i for i, node in stored.items() if node["run"] != self.run_id and not gate.was_there(kind, i)}
        for item in rows:
            if item.id in taken:
                why = f"{kind} {item.id!r} was made by another load meanwhile; load this row again"
                outcome.refused.append((item.row, Refused("outside_jurisdiction", "id", item.id, why)))
        for id_ in taken:
            del stored[id_]
        return [item for item in rows if item.id not in taken]

    def _without_dangling(
        self, kind: str, rows: list[NodeRow], own: _OwnNames, refused: list[tuple[Row, Refused]]
    ) -> list[NodeRow]:
        """Refuse rows that name a refused row, and those that name them, until nothing moves."""
        while True:
            kept = []
            for item in rows:
                missing = next(
                    (
                        link
                        for link in item.links
                        if link.kind == kind
                        and (kind, link.target) not in self._pending
                        and link.target not in own.ids
                        and not self.references.has_id(kind, link.target)
                    ),
                    None,
                )
                if missing is None:
                    kept.append(item)
                    continue
                why = f"the row of {missing.target!r} was refused"
                refused.append((item.row, Refused("unknown_reference", missing.field, missing.target, why)))
                own.ids.discard(item.id)
            if len(kept) == len(rows):
                return kept
            rows = kept

    def _write_nodes(self, tx: Transaction, outcome: Outcome, kind: str, rows: list[NodeRow]) -> None:
        ids = sorted({r.id for r in rows})
        if not ids:
            return
        claimed = tx.run(schema.claim_nodes(kind, self.graph.dialect), {"ids": ids})
        stored = {r["id"]: r for r in claimed}
        rows = self._without_taken(outcome, kind, rows, stored)
        said: dict[str, list[Statement]] = {}
        relink: list[NodeRow] = []
        for item in rows:
            statement = self.statement(item)
            if item.id not in said:
                said[item.id] = of_node(kind, stored[item.id]) if item.id in stored else []
            statements = said[item.id]
            place = changes.position(statements, self.source, item.passage)
            again = self._again(outcome, kind, item.id, item.passage)
            outcome.known += place is not None and not again
            if place is not None and self._same(item, statement, statements[place]):
                outcome.unchanged += 1
                continue
            if place is not None and again:
                outcome.refused.append((item.row, contradicts(kind, item.id, statements[place]["origin"])))
                continue
            outcome.changes += changes.without_placeholders(kind, item.id, statements)
            if statements:
                outcome.changed += 1
            else:
                outcome.created += 1
            before = None
            if place is None:
                place = len(statements)
                statements.append(statement)
            else:
                before, statements[place] = statements[place], statement
            outcome.changes.append(changes.of_statement(kind, item.id, place, before, statement))
            relink.append(item)
        dirty = [node_of(kind, id_, said[id_]) for id_ in sorted({item.id for item in relink})]
        write_nodes(tx, self.graph.dialect, kind, dirty, stored)
        self._stand_in(tx, outcome, [(item.row, (link.kind, link.target)) for item in relink for link in item.links])
        self._take_over(tx, outcome, kind, relink, stored)
        self._relink(tx, outcome, kind, relink, stored)
        # What another load wrote meanwhile may be news, too.
        written = {node["id"] for node in dirty}
        outcome.nodes += [(kind, node) for node in dirty]
        outcome.nodes += [(kind, node) for id_, node in stored.items() if id_ not in written]

    def _again(self, outcome: Outcome, *what: str) -> bool:
        """Whether this load has spoken of it before; from now on it has."""
        key = mark(*what)
        if key in outcome.spoken or key in self.spoken:
            return True
        outcome.spoken.add(key)
        return False

    def statement(self, item: NodeRow) -> Statement:
        """What a row says of its node."""
        values = {n: plain(v) for n, v in item.values.items() if v not in (None, "", ())}
        return {
            "source": self.source,
            "passage": item.passage,
            "origin": origin(item.row),
            "run": self.run_id,
            "hash": _hash(values, item.links, [link.target for link in item.links]),
            "values": values,
            **({"was": item.was} if item.was else {}),
        }

    def _same(self, item: NodeRow, statement: Statement, before: Statement) -> bool:
        """Whether a row says what it said before; what it named then may have been merged since."""
        if statement["hash"] == before["hash"]:
            return True
        named = [(link.target, *self.references.merged(link.kind).names(link.target)) for link in item.links]
        if all(len(ids) == 1 for ids in named):
            return False
        ways = itertools.islice(itertools.product(*named), _MAX_WAYS)
        return any(_hash(statement["values"], item.links, targets) == before["hash"] for targets in ways)

    def _relink(
        self, tx: Transaction, outcome: Outcome, kind: str, rows: list[NodeRow], stored: dict[str, dict[str, Any]]
    ) -> None:
        """Make the edges that the rows' link fields name, in the place of those that they named before."""
        edges: dict[tuple[str, str, str], dict[tuple[str, str, str], dict[str, Any]]] = {}
        maybe: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for item in rows:
            for link in item.links:
                if self._within((link.kind, link.target), (kind, item.id)):
                    continue
                ends, edge = self.link_edge(kind, item, link)
                edges.setdefault(ends, {})[edge["a"], edge["b"], edge["key"]] = edge
                if item.id in stored:
                    maybe.setdefault(ends, []).append(edge)
        # A node that this transaction makes has no edges that another could have made.
        before = self._links(tx, kind, [r for r in rows if r.id in stored])
        for ends, asked in maybe.items():
            found = changes.stored_edges(tx.run, ends, asked)
            before.setdefault(ends, {}).update({place[:3]: state for place, state in found.items()})
        for ends, states in before.items():
            gone = [
                changes.of_edge(ends, {"a": a, "b": b, "source": self.source, "key": key}, state, None)
                for (a, b, key), state in states.items()
                if (a, b, key) not in edges.get(ends, {})
            ]
            changes.delete_edges(tx, ends, gone)
            outcome.changes += gone
        for ends, named in edges.items():
            stood = before.get(ends, {})
            again = {(e["a"], e["b"], e["key"]) for e in maybe.get(ends, ())}
            # On an engine where several write, another may make an edge of a node that was there.
            may = set(stood) if self.graph.writers == 1 else again
            write_edges(tx, ends, named.values(), {(*place, self.source) for place in may})
            for place, edge in named.items():
                state = changes.edge_state(ends[0], edge)
                outcome.changes.append(changes.of_edge(ends, edge, stood.get(place), state))

    def link_edge(self, kind: str, item: NodeRow, link: _Link) -> tuple[tuple[str, str, str], dict[str, Any]]:
        """The edge that a link field of a row makes: (type, start kind, end kind), and its row."""
        a, b = (link.target, item.id) if link.reverse else (item.id, link.target)
        key = merged.mark(item.was)
        return (link.type, link.kind, kind) if link.reverse else (link.type, kind, link.kind), {
            "a": a,
            "b": b,
            "id": EDGES[link.type].edge_id(a, b, key),
            "key": key,
            "source": self.source,
            "passage": item.passage,
            "origin": origin(item.row),
            "run": self.run_id,
            "hash": LINK,
        }

    def _links(
        self, tx: Transaction, kind: str, rows: list[NodeRow]
    ) -> dict[tuple[str, str, str], dict[tuple[str, str, str], changes.State]]:
        """The edges that this source's rows of nodes have made from their link fields."""
        return sweep.links_of(tx, kind, self.source, sorted({(r.id, r.passage) for r in rows}))

    def _within(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Whether two things (kind, id) are one since ids of it were merged: a merged thing leads not to itself."""
        return one == other and bool(self.references.merged(one[0]).names(one[1]))

    # --- placeholders ---

    def _stand_in(self, tx: Transaction, outcome: Outcome, named: list[tuple[Row, tuple[str, str]]]) -> None:
        """Make placeholders of what accepted rows name and nobody lists."""
        wanted = {thing: row for row, thing in reversed(named) if thing in self._pending}
        made = []
        for kind in sorted({kind for kind, _ in wanted}):
            ids = sorted(id_ for of_kind, id_ in wanted if of_kind == kind)
            there = changes.stored_nodes(tx.run, kind, ids)
            for id_ in ids:
                if id_ not in there:
                    said = changes.placeholder(id_, id_, self.source, origin(wanted[kind, id_]), self.run_id)
                    made.append(changes.of_statement(kind, id_, 0, None, said))
                    outcome.nodes.append((kind, node_of(kind, id_, [said])))
        if made:
            changes.apply(tx, self.graph.dialect, made)
            tx.run(schema.set_meta(), {"id": journal.PLACEHOLDERS, "value": "yes"})
            outcome.placeholders += len(made)
            outcome.changes += made

    def _take_over(
        self, tx: Transaction, outcome: Outcome, kind: str, rows: list[NodeRow], stored: dict[str, dict[str, Any]]
    ) -> None:
        """Have new things take the place of the placeholders that bear their names."""
        stand_ins = self._placeholders(kind)
        if not stand_ins:
            return
        claims: dict[str, set[str]] = {}
        for item in rows:
            if item.id not in stored and item.id not in stand_ins:
                for name in (str(item.values["name"] or ""), *item.values["aliases"]):
                    if name in stand_ins:
                        claims.setdefault(name, set()).add(item.id)
        moves = {id_: next(iter(new)) for id_, new in claims.items() if len(new) == 1}
        there = changes.stored_nodes(tx.run, kind, list(moves))
        for id_, node in there.items():
            said = of_node(kind, node)
            if not changes.is_placeholder(said):
                continue
            moved = handover.edges(tx.run, kind, id_, moves[id_])
            naming = handover.corrections(tx.run, moved, kind, id_, moves[id_])
            changes.apply(tx, self.graph.dialect, moved)
            gone = [changes.of_statement(kind, id_, 0, s, None) for s in said]
            kept = [
                changes.of_statement(kind, moves[id_], place, None, s)
                for place, s in enumerate(corrected(said).values(), 1)
            ]
            changes.apply(tx, self.graph.dialect, [*gone, *kept, *naming])
            outcome.changes += [*moved, *gone, *kept, *naming]
            outcome.gone.add(id_)

    def _placeholders(self, kind: str) -> set[str]:
        """The ids, which are the texts, of the placeholders of a kind."""
        if kind not in self._stand_ins:
            found = set()
            if self.fact(journal.PLACEHOLDERS):
                found = {r["id"] for r in self.ask_all("catalogue/placeholders", {}, {"KIND": kind})}
            self._stand_ins[kind] = found
        return self._stand_ins[kind]

    # --- sweep ---

    def _sweep(self, kinds: Iterable[str], limit: float) -> None:
        """Remove what the source no longer lists of these kinds, or say why not."""
        if self.rejected:
            self.sweep = f"{self.rejected:,} rows were rejected; correct them and load the whole file again with --full"
            return
        with sweep.Survey(self.graph, self.source, self.spoken) as found:
            for kind in kinds:
                found.look(kind)
            self.sweep = found.above(limit, self.known)
            if self.sweep:
                return
            if not self.run_id:
                self._begin()
            for kind, gone in found.batches(BATCH):
                self.batch += 1
                self._land(kind, [], [], partial(self._drop, kind=kind, gone=gone))
            if found.size:
                for kind in NODES:
                    self.batch += 1
                    self._land(kind, [], [], partial(self._drop_alone, kind=kind))

    def _drop(self, tx: Transaction, outcome: Outcome, kind: str, gone: list[sweep.Gone]) -> None:
        done = sweep.drop(tx, self.graph.dialect, self.source, self.run_id, kind, gone)
        outcome.swept += done.swept
        outcome.placeholders += done.placeholders
        outcome.changes += done.changes

    def _drop_alone(self, tx: Transaction, outcome: Outcome, kind: str) -> None:
        """Remove the placeholders of this source that nothing names any more."""
        done = sweep.drop_alone(tx, self.graph.dialect, self.source, self.run_id, kind)
        outcome.swept += done.swept
        outcome.placeholders += done.placeholders
        outcome.changes += done.changes

    # --- edges ---

    def _edges(
        self, type_: str, batch: list[Row]
    ) -> tuple[list[tuple[Row, Refused]], Callable[[Transaction, Outcome], None]]:
        model = EDGES[type_]
        refused: list[tuple[Row, Refused]] = []
        for side, kinds in (("from", model.kinds(0)), ("to", model.kinds(1))):
            texts: dict[str | None, set[str]] = {}
            for row in batch:
                wanted = row.values.get(f"{side}_kind") or None
                texts.setdefault(wanted if wanted in kinds else None, set()).add(nfc(str(row.values.get(side) or "")))
            for wanted, named in texts.items():
                self.references.expect([wanted] if wanted else kinds, named - {""})
        found: list[tuple[Row, tuple[str, str], dict[str, Any]]] = []
        for row in batch:
            try:
                found.append((row, *self._edge(model, row)))
            except Refused as why:
                refused.append((row, why))
        if self._gate:
            found = self._let_edges_pass(self._gate, type_, found, refused)
        groups: dict[tuple[str, str], list[tuple[Row, dict[str, Any]]]] = {}
        for row, ends, values in found:
            groups.setdefault(ends, []).append((row, values))

        def write(tx: Transaction, outcome: Outcome) -> None:
            for (start, end), rows in groups.items():
                self._write_edges(tx, outcome, type_, start, end, rows)

        return refused, write

    @staticmethod
    def _let_edges_pass(
        gate: Gate,
        type_: str,
        rows: list[tuple[Row, tuple[str, str], dict[str, Any]]],
        refused: list[tuple[Row, Refused]],
    ) -> list[tuple[Row, tuple[str, str], dict[str, Any]]]:
        """The rows of edges that a limited key may write."""
        gate.look_up({(kind, v[end]) for _, kinds, v in rows for kind, end in zip(kinds, "ab", strict=True)})
        passed = []
        for row, (start, end), values in rows:
            try:
                gate.edge(type_, (start, values["a"]), (end, values["b"]))
                passed.append((row, (start, end), values))
            except Denied as why:
                refused.append((row, _outside(why)))
        return passed

    def _edge(self, model: type[Edge], row: Row) -> tuple[tuple[str, str], dict[str, Any]]:
        if row.refused:
            raise Refused(*row.refused)
        given = {k: v for k, v in row.values.items() if v not in (None, "")}
        asked: dict[str, tuple[str, tuple[str, ...]]] = {}
        for side, kinds in (("from", model.kinds(0)), ("to", model.kinds(1))):
            text = nfc(str(given.pop(side, "")))
            if not text:
                raise Refused("missing", side, None, f"an edge needs {side}: an id, alias or name")
            wanted = given.pop(f"{side}_kind", None)
            if wanted is not None:
                if wanted not in kinds:
                    raise Refused(
                        "bad_value", f"{side}_kind", wanted, f"{model.type} goes {side} one of {', '.join(kinds)}"
                    )
            asked[side] = (text, (wanted,) if wanted else kinds)
        (start, a), (end, b) = self._ends(model, asked)
        if (start, end) not in model.pairs:
            raise Refused("not_allowed", "to", b, f"the model has no {model.type} from {start} to {end}")
        if "stage" in given:
            word = str(given["stage"])
            _parse_stage(model, given)
            if "term" in model.model_fields and word != str(given.get("stage", word)):
                given.setdefault("term", word)
        if (
            model.type == "GOVERNS"
            and "stage" not in given
            and fold(str(given.get("scope", ""))) not in ("unknown", "不明")
        ):
            raise Refused("missing", "stage", None, "GOVERNS needs a stage, unless its scope is unknown")
        values = validated_row(model, row._replace(values=given))
        for column in model.columns():
            if column.ref and values[column.name]:
                values[column.name] = self.name(values[column.name], [column.ref], column.name)[1]
        since, until = values.get("since"), values.get("until")
        if since and until and since.lo > until.hi:
            raise Refused("bad_value", "until", until, f"until {until} is before since {since}")
        stored = {n: plain(v) for n, v in values.items()}
        key = model.key(stored)
        if model.type in RECORD_TYPES:
            stored["stage"] = Stage[model.type].value
            stored["since_day"] = since.lo.isoformat() if since else None
            stored["until_day"] = until.hi.isoformat() if until else None
        stored |= {"a": a, "b": b, "key": key, "id": model.edge_id(a, b, key)}
        return (start, end), stored

    def _ends(
        self, model: type[Edge], asked: dict[str, tuple[str, tuple[str, ...]]]
    ) -> tuple[tuple[str, str], tuple[str, str]]:
        """Kinds and ids of both ends; what one end is may tell of what kind a placeholder at the other is."""
        if self.makes:
            (of_start, starts), (of_end, ends) = asked["from"], asked["to"]
            known = [self.references.find(kinds, text) for text, kinds in asked.values()]
            if not known[0]:
                found = {kind for kind, _ in known[1]} or set(ends)
                starts = tuple(k for k in starts if any((k, other) in model.pairs for other in found)) or starts
            if not known[1]:
                found = {kind for kind, _ in known[0]} or set(starts)
                ends = tuple(k for k in ends if any((other, k) in model.pairs for other in found)) or ends
            asked = {"from": (of_start, starts), "to": (of_end, ends)}
        start, end = (self.name(text, kinds, side) for side, (text, kinds) in asked.items())
        return start, end

    def _write_edges(
        self,
        tx: Transaction,
        outcome: Outcome,
        type_: str,
        start: str,
        end: str,
        rows: list[tuple[Row, dict[str, Any]]],
    ) -> None:
        asked = [{"a": v["a"], "b": v["b"], "key": v["key"], "source": self.source} for _, v in rows]
        stored = changes.known_edges(tx.run, (type_, start, end), asked)
        known = dict(stored)
        dirty: dict[tuple[str, str, str], dict[str, Any]] = {}
        named: list[tuple[Row, tuple[str, str]]] = []
        refs = [(c.name, c.ref) for c in EDGES[type_].columns() if c.ref]
        for row, values in rows:
            place = (values["a"], values["b"], values["key"])
            hash_ = digest({n: v for n, v in values.items() if n not in ("a", "b", "id")})
            before = known.get(place)
            again = self._again(outcome, type_, *place)
            outcome.known += before is not None and before != LINK and not again
            if before == hash_ or (before is None and self._within((start, values["a"]), (end, values["b"]))):
                outcome.unchanged += 1
                continue
            if before and again:
                why = f"{type_} from {values['a']} to {values['b']} stands already in this load, with other values"
                outcome.refused.append((row, Refused("contradictory_duplicate", "from", values["a"], why)))
                continue
            known[place] = hash_
            dirty[place] = values | {
                "source": self.source,
                "passage": row.passage,
                "origin": origin(row),
                "run": self.run_id,
                "hash": hash_,
            }
            named += [(row, (start, values["a"])), (row, (end, values["b"]))]
            named += [(row, (kind, values[name])) for name, kind in refs if values[name]]
            if before:
                outcome.changed += 1
            else:
                outcome.created += 1
        self._stand_in(tx, outcome, named)
        ends = (type_, start, end)
        before_ = changes.stored_edges(tx.run, ends, [v for place, v in dirty.items() if place in stored])
        for (a, b, key), edge in dirty.items():
            was = before_.get((a, b, key, self.source))
            outcome.changes.append(changes.of_edge(ends, edge, was, changes.edge_state(type_, edge)))
        # With one writer, what was not there a moment ago still isn't.
        stood = {(*place, self.source) for place in stored} if self.graph.writers == 1 else None
        write_edges(tx, ends, dirty.values(), stood)


def _hash(values: dict[str, Any], links: Sequence[_Link], targets: Sequence[str]) -> str:
    """What tells apart what rows say of a node."""
    led = sorted((link.type, target, link.reverse) for link, target in zip(links, targets, strict=True))
    return digest([values, led])


def _stands_in(node: dict[str, Any]) -> bool:
    return bool(node["hash"] == changes.PLACEHOLDER)


def take_number(graph: Graph, tx: Transaction) -> str:
    """The number of a new run.

    Raises:
        GraphError: the graph is half of a copy, or half rebuilt.
    """
    copying = tx.run(schema.get_meta(), {"id": schema.COPYING})
    if copying and copying[0]["value"]:
        raise GraphError(schema.half_copied(graph.url, copying[0]["value"]))
    before = tx.run(schema.claim_meta(graph.dialect), {"id": "runs"})
    number = str(int(before[0]["value"] or 0) + 1)
    tx.run(schema.set_meta(), {"id": "runs", "value": number})
    return number


def begin(graph: Graph, found: journal.Journal) -> None:
    """Make a graph's journal ready to be written.

    Raises:
        UsageError: as :meth:`govgraph.journal.Journal.begin`.
    """

    def runs() -> list[dict[str, Any]]:
        return [json.loads(r["body"]) for r in graph.read(*queries.bind("catalogue/runs", graph.dialect))]

    found.begin(graph, lambda: transfer.bases(graph), runs)


def contradicts(kind: str, id_: str, origin: str) -> Refused:
    """Why a row does not land that speaks otherwise of a thing than an earlier one did."""
    why = f"{kind} {id_!r} stands already at {origin} in this load, with other values"
    return Refused("contradictory_duplicate", "id", id_, why)


def _outside(why: Denied) -> Refused:
    return Refused("outside_jurisdiction", why.column, why.value, why.message)


# --- values ---------------------------------------------------------------------------------------------------


def validated_row(model: type[Node] | type[Edge], row: Row) -> dict[str, Any]:
    """The values of a row's fields, as the model has them; those that are not stated too.

    Raises:
        Refused: the loader or the model refuses it.
    """
    if row.refused:
        raise Refused(*row.refused)
    return validated(model, row.values)


def _parse_stage(model: type[Edge], given: dict[str, Any]) -> None:
    """Canonicalise ``stage``; where the type says the stage itself, check and drop it."""
    try:
        stage = Stage.parse(given["stage"])
    except ValueError as error:
        raise Refused("unknown_stage", "stage", given["stage"], str(error)) from None
    if model.type in RECORD_TYPES:
        if stage is not Stage[model.type]:
            raise Refused("bad_value", "stage", given["stage"], f"{model.type} edges are of stage {Stage[model.type]}")
        del given["stage"]
    else:
        given["stage"] = stage.value


def origin(row: Row) -> str:
    """Where a row stands."""
    return f"{file_name(row.file, row.sheet)}:{row.row}"


@lru_cache(maxsize=64)
def file_name(file: str, sheet: str | None) -> str:
    """A file and sheet as an origin tells them."""
    return Path(file).name + (f"[{sheet}]" if sheet else "")


def link_ends(kind: str) -> dict[str, list[str]]:
    """Kinds of what each link field of a kind may name."""
    return {
        name: [start if link.reverse else end for _, start, end in held.ends_of(kind, name)]
        for name, link in links(NODES[kind]).items()
    }


def links_to_itself(kind: str) -> bool:
    """Whether rows of a kind may name each other."""
    return any((kind, kind) in EDGES[link.type].pairs for link in links(NODES[kind]).values())


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in batches of up to :data:`BATCH`, fewer where they are long: a batch is held in memory."""
    found: list[Row] = []
    held = 0
    for row in rows:
        found.append(row)
        held += sum(len(value) for value in row.values.values() if type(value) is str)
        if len(found) == BATCH or held > _HELD:
            yield found
            found, held = [], 0
    if found:
        yield found


def _sum(a: Outcome, b: Outcome) -> Outcome:
    """The counts of both, with what the first has spoken of."""
    return Outcome(
        a.created + b.created,
        a.changed + b.changed,
        a.unchanged + b.unchanged,
        a.swept + b.swept,
        a.placeholders + b.placeholders,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def now() -> str:
    """This moment, in UTC, as runs tell it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


class _swallow_dry_run:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, _DryRun)
