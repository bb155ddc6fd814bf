"""Rows → graph: validate, batch, upsert, report. The loading contract lives here.

A loader yields numbered rows. A bad row is refused with file, row, column, value and reason and lands nowhere; good rows
land in transactions of :data:`BATCH`. Rows of one kind come together, nodes before the edges that name them. What
each source says of a node is kept as a statement of its own; the node's properties are those of the statement that
decides (:func:`govgraph.model.source_priority`, then the later run, then the passage stated first).
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from govgraph import queries, schema
from govgraph.answers import FileRef, LoadReport, LoadStatus, Reject
from govgraph.graph import Graph, Rows, Transaction
from govgraph.loaders.rows import Row
from govgraph.model import (
    EDGES,
    NODES,
    RECORD_TYPES,
    Edge,
    Node,
    Stage,
    links,
    source_priority,
)
from govgraph.names import NameIndex, names_text
from govgraph.terms import PartialDate, Term, fold, nfc

BATCH = 10_000
"""Rows a transaction (Neo4j: 2,000 is 15 % slower; the embedded engine: no difference)."""
MAX_REJECTS_SHOWN = 1_000
"""Rejects that a report lists; the rejects file has all."""
T = TypeVar("T")
_LINK = "link"
"""Hash of an edge that a node's row made from a link field: such edges go when the row no longer names them."""
_MAX_CELL = 200
_MOST = 2**63 - 1


class _Refused(Exception):
    def __init__(self, code: str, column: str | None, value: object, message: str) -> None:
        super().__init__(message)
        self.code, self.column, self.value, self.message = code, column, value, message


class _DryRun(Exception):
    """Rolls the transaction of a dry run back."""


@dataclass
class _Counts:
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass
class _NodeRow:
    row: Row
    id: str
    values: dict[str, Any]
    links: list[tuple[str, str, str, bool]]  # field, edge type, target id, reverse
    targets: list[str] = field(default_factory=list)  # kinds of the targets, in the same order


def load_rows(
    graph: Graph,
    source: str,
    rows: Iterable[Row],
    *,
    files: Sequence[Path] = (),
    dry_run: bool = False,
    on_reject: Callable[[Row, Reject], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> LoadReport:
    """Load rows as the word of ``source``; the same rows again change nothing.

    Args:
        files: what the rows were read from; hashed into the report.
        dry_run: report what would happen and leave the graph as it is.
        on_reject: called with every refused row.
        progress: called with the number of rows read so far.

    Raises:
        LoadError: the rows can't be read (from the loader); batches before it stay.
        GraphError: the engine failed; batches before it stay.
    """
    return _Load(graph, source, on_reject, progress).run(rows, files, dry_run)


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


class _Load:
    def __init__(
        self,
        graph: Graph,
        source: str,
        on_reject: Callable[[Row, Reject], None] | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.graph, self.source = graph, source
        self.counts = _Counts()
        self.rejects: list[Reject] = []
        self.rejected = 0
        self.number = 1 + max((int(r["number"]) for r in queries.ask(graph, "catalogue/runs")), default=0)
        self.run_id = str(self.number)
        self._on_reject = on_reject or (lambda row, reject: None)
        self._progress = progress or (lambda read: None)
        self._indexes: dict[str, NameIndex] = {}
        self._outer: Transaction | None = None
        # What this load has spoken of, as hashes: a second, other word on it is a contradiction.
        self._spoken: set[int] = set()

    # --- the run ---

    def run(self, rows: Iterable[Row], files: Sequence[Path], dry_run: bool) -> LoadReport:
        started = _now()
        hashed = [FileRef(path=str(path), sha256=_sha256(path)) for path in files]
        status: LoadStatus = "done"
        try:
            with ExitStack() as stack:
                if dry_run:
                    stack.enter_context(_swallow_dry_run())
                    self._outer = stack.enter_context(self.graph.write())
                self._batches(rows)
                if dry_run:
                    raise _DryRun
        except KeyboardInterrupt:
            status = "interrupted"
        finally:
            self._outer = None
        counts = self.counts
        accepted = counts.created + counts.changed + counts.unchanged
        if status == "done" and self.rejected:
            status = "partial" if accepted else "refused"
        report = LoadReport(
            run=None if dry_run else self.run_id,
            source=self.source,
            files=hashed,
            status=status,
            dry_run=dry_run,
            read=accepted + self.rejected,
            accepted=accepted,
            rejected=self.rejected,
            created=counts.created,
            changed=counts.changed,
            unchanged=counts.unchanged,
            swept=0,
            placeholders=0,
            rejects_file=None,
            rejects=self.rejects,
        )
        if not dry_run:
            self._record(report, started)
        return report

    def _record(self, report: LoadReport, started: str) -> None:
        body = report.model_dump(mode="json", exclude={"rejects"}) | {
            "started": started,
            "ended": _now(),
            "undone_by": None,
        }
        with self.graph.write() as tx:
            tx.run(
                f"CREATE (:`{schema.RUN}` {{id: $id, number: $number, body: $body}})",
                {"id": self.run_id, "number": self.number, "body": json.dumps(body, ensure_ascii=False)},
            )
            if report.created or report.changed or report.swept:
                tx.run(
                    f"MERGE (m:`{schema.META}` {{id: 'version'}}) ON CREATE SET m.value = $v ON MATCH SET m.value = $v",
                    {"v": self.run_id},
                )

    def _batches(self, rows: Iterable[Row]) -> None:
        for kind, group in itertools.groupby(rows, key=lambda row: row.kind):
            whole = kind in NODES and _links_to_itself(kind)
            for batch in _chunks(group, None if whole else BATCH):
                self.counts.read += len(batch)
                with ExitStack() as stack:
                    tx = self._outer or stack.enter_context(self.graph.write())
                    if kind in NODES:
                        self._nodes(tx, kind, batch)
                    elif kind in EDGES:
                        self._edges(tx, kind, batch)
                    else:
                        for row in batch:
                            self._reject(row, _Refused("unknown_kind", None, kind, f"the model has no {kind!r}"))
                self._progress(self.counts.read)

    def _reject(self, row: Row, why: _Refused) -> None:
        self.rejected += 1
        value = "" if why.value is None else str(why.value)
        reject = Reject(
            file=row.file,
            sheet=row.sheet,
            row=row.row,
            column=why.column,
            value=value if len(value) <= _MAX_CELL else value[:_MAX_CELL] + "…",
            code=why.code,
            message=why.message,
        )
        if len(self.rejects) < MAX_REJECTS_SHOWN:
            self.rejects.append(reject)
        self._on_reject(row, reject)

    # --- what a word names ---

    def _index(self, tx: Transaction, kind: str) -> NameIndex:
        index = self._indexes.get(kind)
        if index is None:
            index = self._indexes[kind] = NameIndex(kind, tx.run(names_text(kind, self.graph.dialect)))
        return index

    def _name(self, tx: Transaction, text: str, kinds: Sequence[str], column: str) -> tuple[str, str]:
        """Kind and id of what ``text`` names among ``kinds``."""
        found = {(kind, text) for kind in kinds if self._index(tx, kind).has_id(text)}
        if not found:
            found = {(kind, id_) for kind in kinds for id_ in self._index(tx, kind).find(text)}
        if not found:
            wanted = " or ".join(kinds) if len(kinds) < 4 else "node"
            raise _Refused("unknown_reference", column, text, f"no {wanted} is called {text!r}; load it first")
        if len(found) > 1:
            listed = ", ".join(f"{kind} {id_}" for kind, id_ in sorted(found)[:5])
            hint = f"; write the id, or {column}_kind" if column in ("from", "to") else "; write the id"
            raise _Refused("ambiguous_reference", column, text, f"{text!r} names several things: {listed}{hint}")
        return next(iter(found))

    # --- nodes ---

    def _nodes(self, tx: Transaction, kind: str, batch: list[Row]) -> None:
        model = NODES[kind]
        parsed: list[_NodeRow] = []
        waiting: list[tuple[Row, dict[str, Any]]] = []
        for row in batch:
            try:
                waiting.append((row, _validated(model, row)))
            except _Refused as why:
                self._reject(row, why)
        # Rows that link to their own kind may name each other in any order: go round until nothing moves.
        own = _OwnNames(v for _, v in waiting) if _links_to_itself(kind) else _OwnNames(())
        index = self._index(tx, kind)
        for row, values in waiting:
            try:
                parsed.append(self._parsed(tx, kind, row, values, own))
            except _Refused as why:
                self._reject(row, why)
                own.ids.discard(str(values["id"]))
        while True:
            kept = []
            for item in parsed:
                missing = next(
                    (
                        (f, target)
                        for (f, _, target, _), target_kind in zip(item.links, item.targets, strict=True)
                        if target_kind == kind and target not in own.ids and not index.has_id(target)
                    ),
                    None,
                )
                if missing is None:
                    kept.append(item)
                    continue
                self._reject(
                    item.row,
                    _Refused("unknown_reference", missing[0], missing[1], f"the row of {missing[1]!r} was refused"),
                )
                own.ids.discard(item.id)
            if len(kept) == len(parsed):
                break
            parsed = kept
        self._write_nodes(tx, kind, parsed)

    def _parsed(self, tx: Transaction, kind: str, row: Row, values: dict[str, Any], own: _OwnNames) -> _NodeRow:
        model = NODES[kind]
        found: list[tuple[str, str, str, bool]] = []
        targets: list[str] = []
        for name, link in links(model).items():
            kinds = [
                (a if link.reverse else b) for a, b in EDGES[link.type].pairs if (b if link.reverse else a) == kind
            ]
            resolved = []
            for text in values.pop(name):
                if kind in kinds and text in own.ids:
                    target_kind, target = kind, text
                elif kind in kinds and (named := own.named(text)) and not self._index(tx, kind).find(text):
                    target_kind, target = kind, named
                else:
                    target_kind, target = self._name(tx, text, kinds, name)
                found.append((name, link.type, target, link.reverse))
                targets.append(target_kind)
                resolved.append(target)
            values[name] = tuple(resolved)
        id_ = self._identify(tx, kind, row, values)
        for name in links(model):
            values.pop(name)
        values.pop("id")
        return _NodeRow(row, id_, values, found, targets)

    def _identify(self, tx: Transaction, kind: str, row: Row, values: dict[str, Any]) -> str:
        index = self._index(tx, kind)
        given = str(values["id"])
        if not values["name"] and not (given and index.has_id(given)):
            raise _Refused("missing", "name", None, f"a {kind} needs a name")
        if given and not row.settle:
            return given
        natural = NODES[kind].natural_id(values) if values["name"] else ""
        number = nfc(values.get("doc_number") or "")
        if not given:
            if not natural:
                raise _Refused("missing", "id", None, f"a {kind} needs an id")
            known = next((k for key in (natural, number) if key and (k := self._known(index, key))), None)
            return known or natural
        values["aliases"] = tuple(dict.fromkeys((*values["aliases"], *filter(None, (natural,)))))
        if index.has_id(given):
            return given
        known = next((k for key in (natural, number, given) if key and (k := self._known(index, key))), None)
        if known is None:
            return given
        values["aliases"] = (*values["aliases"], given)
        return known

    @staticmethod
    def _known(index: NameIndex, key: str) -> str | None:
        found = [key] if index.has_id(key) else index.by_alias(key)
        return found[0] if len(found) == 1 else None

    def _write_nodes(self, tx: Transaction, kind: str, rows: list[_NodeRow]) -> None:
        ids = sorted({r.id for r in rows})
        if not ids:
            return
        stored = {r["id"]: r for r in tx.run(schema.known_nodes(kind), {"ids": ids})}
        dirty: dict[str, dict[str, Any]] = {}
        relink: list[_NodeRow] = []
        names = [c.name for c in NODES[kind].columns() if c.name != "id"]
        new: set[str] = set()
        for item in rows:
            statement = self._statement(item)
            before = stored.get(item.id)
            statements = _statements(before, names) if before else []
            spoken = next(
                (s for s in statements if (s["source"], s["passage"]) == (self.source, item.row.passage)), None
            )
            again = self._again(kind, item.id, item.row.passage)
            if spoken and spoken["hash"] == statement["hash"]:
                self.counts.unchanged += 1
                continue
            if spoken and again:
                self._reject(
                    item.row,
                    _Refused(
                        "contradictory_duplicate",
                        "id",
                        item.id,
                        f"{kind} {item.id!r} stands already at {spoken['origin']} in this load, with other values",
                    ),
                )
                continue
            if spoken:
                statements[statements.index(spoken)] = statement
            else:
                statements.append(statement)
            after = _resolved(item.id, statements, names)
            stored[item.id] = dirty[item.id] = after
            relink.append(item)
            if before is None:
                self.counts.created += 1
                new.add(item.id)
            else:
                self.counts.changed += 1
        self._merge_nodes(tx, kind, list(dirty.values()))
        self._relink(tx, kind, relink, new)

    def _again(self, *what: str) -> bool:
        """Whether this load has spoken of it before; from now on it has."""
        key = hash(what)
        if key in self._spoken:
            return True
        self._spoken.add(key)
        return False

    def _statement(self, item: _NodeRow) -> dict[str, Any]:
        values = {n: v for n, v in item.values.items() if v not in (None, "", ())}
        values = {n: _stored(v) for n, v in values.items()}
        said = [values, sorted((t, target, reverse) for _, t, target, reverse in item.links)]
        return {
            "source": self.source,
            "passage": item.row.passage,
            "origin": _origin(item.row),
            "run": self.run_id,
            "hash": _hash(said),
            "values": values,
        }

    def _merge_nodes(self, tx: Transaction, kind: str, rows: list[dict[str, Any]]) -> None:
        rows.sort(key=lambda r: str(r["id"]))
        columns = [c.name for c in schema.node_columns(kind) if c.name != "id"]
        for part in _chunks(rows, BATCH):
            present = schema.present_columns(part, columns)
            bound = [{"id": r["id"], **{n: r.get(n) for n in present}} for r in part]
            tx.run(schema.node_upsert(kind, present), {"rows": bound})
            if kind in self._indexes:
                self._indexes[kind].add(part)

    def _relink(self, tx: Transaction, kind: str, rows: list[_NodeRow], new: set[str]) -> None:
        old = sorted({(r.id, r.row.passage) for r in rows if r.id not in new})
        if old:
            for link in set(links(NODES[kind]).values()):
                direction = "incoming" if link.reverse else "outgoing"
                text = queries.get(f"catalogue/drop_{direction}_links", self.graph.dialect)
                tx.run(
                    text.fill({"KIND": kind, "TYPE": link.type}),
                    {"rows": [{"id": i, "passage": p} for i, p in old], "source": self.source},
                )
        edges: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, Any]]] = {}
        for item in rows:
            for (_, type_, target, reverse), target_kind in zip(item.links, item.targets, strict=True):
                a, b = (target, item.id) if reverse else (item.id, target)
                ends = (target_kind, kind) if reverse else (kind, target_kind)
                edges.setdefault((type_, *ends), {})[a, b] = {
                    "a": a,
                    "b": b,
                    "id": EDGES[type_].edge_id(a, b, ""),
                    "key": "",
                    "source": self.source,
                    "passage": item.row.passage,
                    "origin": _origin(item.row),
                    "run": self.run_id,
                    "hash": _LINK,
                }
        for (type_, start, end), found in edges.items():
            self._merge_edges(tx, type_, start, end, list(found.values()))

    # --- edges ---

    def _edges(self, tx: Transaction, type_: str, batch: list[Row]) -> None:
        model = EDGES[type_]
        groups: dict[tuple[str, str], list[tuple[Row, dict[str, Any]]]] = {}
        for row in batch:
            try:
                ends, values = self._edge(tx, model, row)
            except _Refused as why:
                self._reject(row, why)
                continue
            groups.setdefault(ends, []).append((row, values))
        for (start, end), rows in groups.items():
            self._write_edges(tx, type_, start, end, rows)

    def _edge(self, tx: Transaction, model: type[Edge], row: Row) -> tuple[tuple[str, str], dict[str, Any]]:
        given = {k: v for k, v in row.values.items() if v not in (None, "")}
        ends: list[tuple[str, str]] = []
        for side, position in (("from", 0), ("to", 1)):
            text = nfc(str(given.pop(side, "")))
            if not text:
                raise _Refused("missing", side, None, f"an edge needs {side}: an id, alias or name")
            kinds = list(dict.fromkeys(pair[position] for pair in model.pairs))
            wanted = given.pop(f"{side}_kind", None)
            if wanted is not None:
                if wanted not in kinds:
                    raise _Refused(
                        "bad_value", f"{side}_kind", wanted, f"{model.type} goes {side} one of {', '.join(kinds)}"
                    )
                kinds = [wanted]
            ends.append(self._name(tx, text, kinds, side))
        (start, a), (end, b) = ends
        if (start, end) not in model.pairs:
            raise _Refused("not_allowed", "to", b, f"the model has no {model.type} from {start} to {end}")
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
            raise _Refused("missing", "stage", None, "GOVERNS needs a stage, unless its scope is unknown")
        values = _validated(model, row._replace(values=given))
        for column in model.columns():
            if column.ref and values[column.name]:
                values[column.name] = self._name(tx, values[column.name], [column.ref], column.name)[1]
        since, until = values.get("since"), values.get("until")
        if since and until and since.lo > until.hi:
            raise _Refused("bad_value", "until", until, f"until {until} is before since {since}")
        key = model.key({n: _stored(v) for n, v in values.items()})
        stored = {n: _stored(v) for n, v in values.items()}
        if model.type in RECORD_TYPES:
            stored["stage"] = Stage[model.type].value
            stored["since_day"] = since.lo.isoformat() if since else None
            stored["until_day"] = until.hi.isoformat() if until else None
        stored |= {"a": a, "b": b, "key": key, "id": model.edge_id(a, b, key)}
        return (start, end), stored

    def _write_edges(
        self, tx: Transaction, type_: str, start: str, end: str, rows: list[tuple[Row, dict[str, Any]]]
    ) -> None:
        asked = [{"a": v["a"], "b": v["b"], "key": v["key"], "source": self.source} for _, v in rows]
        known = {
            (r["a"], r["b"], r["edge_key"]): r["hash"]
            for r in tx.run(schema.known_edges(type_, start, end), {"rows": asked})
        }
        dirty: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row, values in rows:
            place = (values["a"], values["b"], values["key"])
            hash_ = _hash({n: v for n, v in values.items() if n not in ("a", "b", "id")})
            before = known.get(place)
            again = self._again(type_, *place)
            if before == hash_:
                self.counts.unchanged += 1
                continue
            if before and again:
                self._reject(
                    row,
                    _Refused(
                        "contradictory_duplicate",
                        "from",
                        values["a"],
                        f"{type_} from {values['a']} to {values['b']} stands already in this load, with other values",
                    ),
                )
                continue
            known[place] = hash_
            dirty[place] = values | {
                "source": self.source,
                "passage": row.passage,
                "origin": _origin(row),
                "run": self.run_id,
                "hash": hash_,
            }
            if before:
                self.counts.changed += 1
            else:
                self.counts.created += 1
        self._merge_edges(tx, type_, start, end, list(dirty.values()))

    def _merge_edges(self, tx: Transaction, type_: str, start: str, end: str, rows: list[dict[str, Any]]) -> None:
        rows.sort(key=lambda r: (r["a"], r["b"], r["key"]))
        names = [c.name for c in schema.edge_columns(EDGES[type_]) if c.name not in ("source", "key")]
        if type_ in RECORD_TYPES:
            names += schema.BOUNDS
        for part in _chunks(rows, BATCH):
            present = schema.present_columns(part, names)
            bound = [{n: r.get(n) for n in ("a", "b", "source", "key", *present)} for r in part]
            tx.run(schema.edge_upsert(type_, start, end, present), {"rows": bound})


# --- statements -----------------------------------------------------------------------------------------------


def _statements(stored: dict[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """What the sources said of a stored node."""
    if stored.get("said"):
        found: list[dict[str, Any]] = json.loads(stored["said"])
        return found
    return [
        {
            **{n: stored[n] for n in schema.STATEMENT_COLUMNS},
            "values": {n: stored[n] for n in names if stored.get(n) not in (None, [])},
        }
    ]


def statements(kind: str, stored: dict[str, Any]) -> list[dict[str, Any]]:
    """What each source said of a stored node: source, passage, origin, run, hash and values."""
    return _statements(stored, [c.name for c in NODES[kind].columns() if c.name != "id"])


def _resolved(id_: str, said: list[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """The node as stored: properties of the statement that decides, all statements beside them."""
    order = sorted(
        range(len(said)),
        key=lambda i: (-source_priority(said[i]["source"]), -int(said[i]["run"]), i),
    )
    values = {n: next((said[i]["values"][n] for i in order if n in said[i]["values"]), None) for n in names}
    other = [said[i]["values"].get("name") for i in order]
    aliases = [a for s in said for a in s["values"].get("aliases", ())]
    if len(said) > 1:
        values["aliases"] = [
            a for a in dict.fromkeys((*other, *aliases)) if a and a not in (values["name"], id_)
        ] or None
    first = said[order[0]]
    return {
        "id": id_,
        **values,
        **{n: first[n] for n in schema.STATEMENT_COLUMNS},
        "said": json.dumps(said, ensure_ascii=False, separators=(",", ":")) if len(said) > 1 else None,
    }


# --- values ---------------------------------------------------------------------------------------------------


def _validated(model: type[Node] | type[Edge], row: Row) -> dict[str, Any]:
    given = {}
    for name, value in row.values.items():
        if isinstance(value, str):
            value = nfc(value)
            if "\x00" in value:
                raise _Refused("bad_value", name, value, "holds a NUL byte; remove it")
        if value not in (None, "", (), []):
            given[name] = value
    try:
        parsed = model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0]) if first["loc"] else None
        if first["type"] == "extra_forbidden":
            known = ", ".join(model.model_fields)
            raise _Refused(
                "unknown_column", column, first["input"], f"{model.__name__} has no field {column!r}; it has {known}"
            ) from None
        raise _Refused("bad_value", column, first["input"], first["msg"].removeprefix("Value error, ")) from None
    values = {name: getattr(parsed, name) for name in model.model_fields}
    for name, value in values.items():
        if isinstance(value, int) and not -_MOST <= value <= _MOST:
            raise _Refused("bad_value", name, value, "is too large a number; whole numbers have 64 bits")
    return values


def _parse_stage(model: type[Edge], given: dict[str, Any]) -> None:
    """Canonicalise ``stage``; where the type says the stage itself, check and drop it."""
    try:
        stage = Stage.parse(given["stage"])
    except ValueError as error:
        raise _Refused("unknown_stage", "stage", given["stage"], str(error)) from None
    if model.type in RECORD_TYPES:
        if stage is not Stage[model.type]:
            raise _Refused("bad_value", "stage", given["stage"], f"a {model.type} edge is of stage {Stage[model.type]}")
        del given["stage"]
    else:
        given["stage"] = stage.value


def _stored(value: Any) -> Any:
    if isinstance(value, Term | PartialDate):
        return str.__str__(value)
    if isinstance(value, tuple):
        return list(value) or None
    return value


def _hash(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _origin(row: Row) -> str:
    sheet = f"[{row.sheet}]" if row.sheet else ""
    return f"{Path(row.file).name}{sheet}:{row.row}"


def _links_to_itself(kind: str) -> bool:
    return any((kind, kind) in EDGES[link.type].pairs for link in links(NODES[kind]).values())


def _chunks(items: Iterable[T], size: int | None) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


class _swallow_dry_run:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, _DryRun)


__all__ = ["BATCH", "Rows", "load_rows", "statements"]
