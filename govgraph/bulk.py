"""Bulk: the first load of one or several kinds, validated by columns and filled into the embedded engine's file at once.

What comes of it is what the rows one by one would have left (:mod:`govgraph.ingest`): nodes, edges, statements, journal,
rejects and counts. A column's texts are validated by the model as a row's are, each different one once; plain text in a
field that takes any needs no more than a look at its characters. Rows that are not plain in all they say are validated as
rows. Nothing of the graph is touched meanwhile: a copy of it is filled, and takes its place. What this does not know how
to do, it leaves to the rows, before anything has come of it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from govgraph import changes, journal, schema
from govgraph.changes import LINK
from govgraph.errors import GraphError, LockedError
from govgraph.graph import Beside, Transaction
from govgraph.ingest import (
    Load,
    NodeRow,
    Outcome,
    begin,
    contradicts,
    file_name,
    link_ends,
    links_to_itself,
    take_number,
    validated_row,
)
from govgraph.loaders.rows import Block, Row
from govgraph.model import EDGES, NODES, Column, Node, links
from govgraph.references import References
from govgraph.statements import node_of, plain
from govgraph.terms import PLAIN, SEPARATORS, nfc
from govgraph.validation import Refused

LEAST = 20_000
"""Rows from which on it pays to copy the graph."""
MOST_ODD = 100_000
"""Refused rows, and things that stand twice, which are held in memory."""
_KNOWN = 50_000
"""Different texts of a field whose meaning is remembered from block to block."""
STAGED = 100_000
"""Rows of a row group of the files that the engine takes."""
_TYPES = {
    "str": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "strings": pa.list_(pa.string()),
    "date": pa.date32(),
}
MOST = 500_000
"""Nodes or edges that the engine takes at once: more need too much memory."""
Ends = tuple[str, str, str]


class _Leave(Exception):
    """The rows are to land one by one; says why."""


def filler(
    kinds: Sequence[str],
    lines: int,
    blocks: Callable[[], Iterator[Block]],
    rest: Callable[[], Iterable[Row]] = tuple,
) -> Callable[[Load], bool] | None:
    """What lands all rows of node kinds at once, for :func:`govgraph.ingest.load_rows`; None: there is no way for these.

    Args:
        kinds: whose rows there are; of which the rows of one may name those of another that come before.
        lines: how many rows there are at the most.
        blocks: gives the rows as columns, whenever it is asked.
        rest: gives the rows that come after all of these and land one by one.
    """
    if lines < LEAST or not all(_fillable(kind) for kind in kinds):
        return None
    return partial(_fill, kinds, blocks, rest)


def _fillable(kind: str) -> bool:
    if kind not in NODES or links_to_itself(kind) or kind in _BY_NUMBER:
        return False
    types = [link.type for link in links(NODES[kind]).values()]
    return len(types) == len({*types})


_BY_NUMBER = ("Agency", "Regulation")
"""Kinds whose rows are also known by a number, so that one may speak of what another one made."""


def _fill(
    kinds: Sequence[str], blocks: Callable[[], Iterator[Block]], rest: Callable[[], Iterable[Row]], load: Load
) -> bool:
    """Land the rows; False: nothing was done."""
    if load.makes or load.graph.view is not None:
        return False
    beside = load.graph.beside()
    kept = journal.of(load.graph)
    if beside is None or kept is None:
        return False
    if any(load.ask("catalogue/count_nodes", {}, {"KIND": kind})[0]["nodes"] for kind in kinds):
        return False
    begin(load.graph, kept)
    try:
        with beside as copy:
            filling = _Filling(load, kinds, kept, copy)
            filling.run(blocks)
    except LockedError:
        raise
    except _Leave as reason:
        print(f"govgraph: the rows go one by one: {reason}", file=sys.stderr)
        load.run_id = ""
        return False
    except (GraphError, OSError, pa.ArrowException) as error:
        # Whatever failed, the rows will meet it, too, and say so; or they need less room.
        print(f"govgraph: the rows can't be filled in at once, and go one by one: {error}", file=sys.stderr)
        load.run_id = ""
        return False
    except BaseException:
        load.run_id = ""
        raise
    finally:
        # What it knew of the graph was of before.
        load.references = References(load.ask, load.ask_all)
    load.journal, load.total = kept, filling.total
    load.kinds.update(dict.fromkeys(kinds))
    load.filled.update(kinds)
    load.batch = filling.batches
    for row, why in filling.refused:
        load.refuse(row, why)
    load.batches(rest())
    return True


class _Filled(References):
    """What words name, also among the nodes that are filled in and that the graph does not hold yet."""

    def __init__(self, load: Load, kinds: Sequence[str]) -> None:
        super().__init__(load.ask, load.ask_all)
        named = {end for kind in kinds for ends in link_ends(kind).values() for end in ends}
        self._ids: dict[str, set[str]] = {kind: set() for kind in kinds if kind in named}
        self.missed: set[str] = set()
        """Texts that are no ids, and may be other names of what is filled in."""

    def fill(self, kind: str, ids: Iterable[str]) -> None:
        """Know nodes that are filled in; of kinds that rows of this load may name."""
        if kind in self._ids:
            self._ids[kind].update(ids)

    def empty(self) -> None:
        """Forget the nodes that are filled in."""
        for ids in self._ids.values():
            ids.clear()

    def named(self) -> Iterable[str]:
        """The kinds that are filled in and may be named."""
        return self._ids

    def has_id(self, kind: str, text: str) -> bool:
        return text in self._ids.get(kind, ()) or super().has_id(kind, text)

    def find(self, kinds: Sequence[str], text: str) -> list[tuple[str, str]]:
        if any(kind in self._ids for kind in kinds) and not any(self.has_id(kind, text) for kind in kinds):
            self.missed.add(nfc(text))
            if len(self.missed) > MOST_ODD:
                raise _Leave(f"more than {MOST_ODD:,} of them name what is not there")
        return super().find(kinds, text)


class _Said(NamedTuple):
    """What the texts of a field mean."""

    values: pa.Array
    """As stored."""
    texts: pa.Array
    """As JSON; null: nothing is stated."""
    kinds: pa.Array | None = None
    """Of a link: the kinds of what is named."""

    def take(self, places: pa.Array) -> _Said:
        """What is said in some places."""
        return _Said(*(None if part is None else part.take(places) for part in self))


class _Meaning(NamedTuple):
    """What one text of a field means."""

    value: Any
    """As stored; of a link: the id of what is named."""
    text: str | None
    """As JSON."""
    kind: str | None = None


_NOTHING, _UNCLEAR = _Meaning(None, None), _Meaning(None, None)
"""A text that states nothing; one of which only the row can tell: it is refused, or names several things."""


class _Plain(NamedTuple):
    """Rows whose fields are all clear, as columns."""

    ids: pa.Array
    hashes: pa.Array
    origins: pa.Array
    written: pa.Array
    """The values of the statement as members of a JSON object."""
    stated: dict[str, _Said]
    linked: dict[str, _Said]

    def take(self, places: pa.Array) -> _Plain:
        """Some of the rows."""
        columns = (part.take(places) for part in self[:4])
        return _Plain(*columns, *({n: s.take(places) for n, s in part.items()} for part in self[4:]))


class _Filling:
    """One load, from its blocks to the copy of the graph."""

    def __init__(self, load: Load, kinds: Sequence[str], kept: journal.Journal, copy: Beside) -> None:
        if {*"*?[{"} & {*str(copy.folder)}:
            # The engine would take the names of files for patterns.
            raise _Leave(f"the name of the folder {copy.folder} has one of the characters * ? [ {{")
        self._load, self._journal, self._copy = load, kept, copy
        self._kinds = {kind: _Kind(load, kind) for kind in kinds}

    @property
    def total(self) -> Outcome:
        """What came of the rows."""
        each = [kind.total for kind in self._kinds.values()]
        return Outcome(created=sum(t.created for t in each), unchanged=sum(t.unchanged for t in each))

    def run(self, blocks: Callable[[], Iterator[Block]]) -> None:
        """Validate all, then fill the copy.

        Raises:
            _Leave: these rows are to land one by one.
            GraphError, OSError: the engine or the disk failed.
        """
        load = self._load
        before = int(load.fact(journal.SEQUENCE) or 0)
        load.run_id = self._copy.transact(partial(take_number, load.graph))
        while True:
            self.refused: list[tuple[Row, Refused]] = []
            self.batches = 0
            load.references = filled = _Filled(load, [*self._kinds])
            with ExitStack() as stack:
                staged = stack.enter_context(_Staged(self._copy.folder))
                for name, kind in self._kinds.items():
                    found = self._journal.filling(name)
                    stack.callback(found.drop)
                    kind.begin(staged, found, filled)
                for block in blocks():
                    self.batches += 1
                    self.refused += self._kinds[block.kind].take(block)
                    if len(self.refused) > MOST_ODD:
                        raise _Leave(f"more than {MOST_ODD:,} of them are refused")
                    load.progress(self.total.accepted + len(self.refused))
                news = [kind.several() for kind in self._kinds.values()]
                if not any(news):
                    staged.close()
                    if filled.missed and _bear(staged, filled):
                        # What such a name means depends on what landed before.
                        raise _Leave("some name a thing by an id that is only a name of another")
                    filled.empty()
                    self._land(before, staged)
                    return

    def _land(self, before: int, staged: _Staged) -> None:
        """Fill the copy with what was staged, and write the journal; ``before``: the graph's last transaction."""
        load = self._load
        groups = sum(kind.changes.groups for kind in self._kinds.values())
        if not groups:
            raise _Leave("none of them can land")
        # The engine needs the room of the columns, and of what was remembered of them.
        for kind in self._kinds.values():
            kind.end()
        pa.default_memory_pool().release_unused()
        for (type_, start, end), file in staged.files():
            name = str(file)
            self._copy.fill(schema.fill_edges(type_, start, end, name) if start else schema.fill_nodes(type_, name))
            file.unlink()

        def work(tx: Transaction) -> str:
            tx.run(schema.set_meta(), {"id": journal.SEQUENCE, "value": str(before + groups)})
            tx.run(schema.set_meta(), {"id": "version", "value": f"{load.run_id}.{self.batches}"})
            return load.record(tx, "interrupted", self.total)

        load.rejected = len(self.refused)
        try:
            body = self._copy.transact(work)
        finally:
            load.rejected = 0
        for name, kind in self._kinds.items():
            if kind.changes.groups:
                self._journal.take(kind.changes, int(load.run_id), before, name, body)
                before += kind.changes.groups


class _Kind:
    """The rows of one kind, from their blocks to what the engine and the journal take."""

    def __init__(self, load: Load, kind: str) -> None:
        self._load, self._kind = load, kind
        self._model = NODES[kind]
        self._links = dict(sorted(links(self._model).items(), key=lambda item: item[1].type))
        self._ends = link_ends(kind)
        self._columns = {c.name: c for c in self._model.columns()}
        self._free = {name for name, column in self._columns.items() if _takes_any(self._model, column)}
        self._meanings: dict[str, dict[str, _Meaning]] = {name: {} for name in self._model.model_fields}
        self._twice: set[int] = set()
        """Hashes of ids that several rows have."""

    def begin(self, staged: _Staged, changes_: journal.Filling, filled: _Filled) -> None:
        """Make ready for all blocks."""
        self._staged, self.changes, self._filled = staged, changes_, filled
        self.total = Outcome()
        self._ids = array("q")
        """Hashes of the ids of all rows that have one."""
        self._nameless = array("q")
        """Hashes of the ids of rows that were refused since they have no name."""
        self._unnamed = self._like_ids = False
        """Whether there are rows without an id; and aliases that could be what such a row is known by."""
        self._first: dict[str, tuple[str, str]] = {}
        """Hash and origin of the statement of an id that stands several times."""
        for name, ends in self._ends.items():
            if any(kind in filled.named() for kind in ends):
                self._meanings[name].clear()  # They are filled in anew, too.

    def end(self) -> None:
        """Forget what was needed to read the blocks."""
        self._ids, self._nameless = array("q"), array("q")
        self._first.clear()
        for known in self._meanings.values():
            known.clear()

    def several(self) -> bool:
        """Whether several rows have an id of which that was not known: which of them comes first counts, so all are to come
        once more, with an eye on these.
        """
        marks, nameless = _marks(self._ids), _marks(self._nameless)
        if self._unnamed and self._like_ids:
            raise _Leave("some have no id, and others an alias that may be such a row's id")
        if pc.any(pc.is_in(nameless, value_set=marks)).as_py():
            # Whether such a row speaks of a thing depends on what landed before it.
            raise _Leave("some have no name, and an id that others have")
        ordered = marks.take(pc.sort_indices(marks))
        found = ordered.slice(1).filter(pc.equal(ordered.slice(1), ordered.slice(0, max(len(ordered) - 1, 0))))
        if len(found) > MOST_ODD:
            raise _Leave(f"more than {MOST_ODD:,} ids stand in several of them")
        twice = {*found.to_pylist()}
        new = not twice <= self._twice
        self._twice |= twice
        return new

    # --- a block ---

    def take(self, block: Block) -> list[tuple[Row, Refused]]:
        """Read a block and stage what comes of it; the rows that do not land."""
        self._load.references.forget()
        count = len(block.numbers)
        odd = pa.array([at in block.odd for at in range(count)])
        said: dict[str, _Said] = {}
        for name, texts in block.columns.items():
            if name in self._links:
                said[name], unclear = self._linked(name, texts, block.also.get(name))
            else:
                said[name], unclear = self._said(name, texts)
            if unclear is not None:
                odd = pc.or_(odd, unclear)
        if "name" not in said:
            raise _Leave("they have no names")
        odd = pc.or_(odd, said["name"].texts.is_null())
        said["id"], odd = self._named(said, odd)
        places = pc.indices_nonzero(pc.invert(odd))
        numbers = pa.array(block.numbers, pa.int64()).take(places).cast(pa.string())
        columned = self._columned(block.file, numbers, {n: s.take(places) for n, s in said.items()})
        refused: dict[int, tuple[Row, Refused]] = {}
        rows = self._rowed({at: block.row(at) for at in pc.indices_nonzero(odd).to_pylist()}, refused)
        if self._twice:
            columned, rows = self._once(block, places.to_pylist(), columned, rows, refused)
        self._stage(columned, [item for _, item in rows])
        return [refused[at] for at in sorted(refused)]

    def _said(self, name: str, texts: pa.Array) -> tuple[_Said, pa.Array | None]:
        """What the texts of a property mean, and where only the row can tell."""
        other = texts.is_valid()
        values, written = texts, pc.binary_join_element_wise('"', texts, '"', "")
        if name in self._free:
            other = pc.and_(other, pc.invert(pc.match_substring_regex(texts, f"^{PLAIN}$")).fill_null(False))
            if not pc.any(other).as_py():
                return _Said(values, written), None
        codes = texts.filter(other).dictionary_encode()
        found = [self._meaning(name, text) for text in codes.dictionary.to_pylist()]
        type_ = _TYPES[self._columns[name].type]
        meant = pa.array([m.value for m in found], type_).take(codes.indices)
        as_text = pa.array([m.text for m in found], pa.string()).take(codes.indices)
        if name in self._free:
            values = pc.replace_with_mask(values, other, meant)
            written = pc.replace_with_mask(written, other, as_text)
        else:
            where = _spread(other)
            values, written = meant.take(where), as_text.take(where)
        return _Said(values, written), _unclear(found, codes.indices, other)

    def _meaning(self, name: str, text: str) -> _Meaning:
        """What a text means in a field."""
        known = self._meanings[name]
        if text not in known:
            if len(known) > _KNOWN:
                known.clear()
            try:
                value = plain(validated_row(self._model, Row(self._kind, {name: text}, "", 0))[name])
            except Refused:
                known[text] = _UNCLEAR
            else:
                known[text] = _NOTHING if value in (None, "") else _Meaning(value, _json(value))
        return known[text]

    def _linked(self, name: str, texts: pa.Array, also: pa.Array | None) -> tuple[_Said, pa.Array | None]:
        """What the texts of a link name, or better words ``also`` do, and where only the row can tell."""
        other = texts.is_valid()
        codes = texts.filter(other).dictionary_encode()
        known = self._meanings[name]
        if len(known) > _KNOWN:
            known.clear()
        named: dict[str, Sequence[str]] = {}
        for text in codes.dictionary.to_pylist():
            if text not in known:
                try:
                    named[text] = validated_row(self._model, Row(self._kind, {name: text}, "", 0))[name]
                except Refused:
                    known[text] = _UNCLEAR
        self._load.references.expect(self._ends[name], (word for words in named.values() for word in words))
        for text, words in named.items():
            known[text] = self._named_by(name, words)
        found = [known[text] for text in codes.dictionary.to_pylist()]
        where = _spread(other)
        columns = (
            pa.array(part, pa.string()).take(codes.indices).take(where)
            for part in ([m.value for m in found], [m.text for m in found], [m.kind for m in found])
        )
        said, unclear = _Said(*columns), _unclear(found, codes.indices, other)
        return (said, unclear) if also is None else self._better(name, texts, also, said, unclear)

    def _better(
        self, name: str, texts: pa.Array, also: pa.Array, said: _Said, unclear: pa.Array | None
    ) -> tuple[_Said, pa.Array | None]:
        """What is said where the better words for a link are taken, each for exactly one thing, and where that is unclear."""
        codes = also.dictionary_encode()
        words = codes.dictionary.to_pylist()
        self._load.references.expect(self._ends[name], words)
        found = [self._load.better(word, self._ends[name]) or (None, None) for word in words]
        kinds, ids = (
            pa.array(part, pa.string()).take(codes.indices) for part in ([f[0] for f in found], [f[1] for f in found])
        )
        texts_ = pa.array([id_ and _json(id_) for _, id_ in found], pa.string()).take(codes.indices)
        # Only of one plain word it is sure that the row names one thing.
        sure = pc.and_not(
            pc.match_substring_regex(texts, f"^{PLAIN}$"), pc.match_substring_regex(texts, SEPARATORS.pattern)
        ).fill_null(False)
        there = ids.is_valid()
        taken = pc.and_(there, sure)
        assert said.kinds is not None
        better = _Said(*(pc.if_else(taken, b, s) for b, s in zip((ids, texts_, kinds), said, strict=True)))
        told = pc.and_not(pc.and_(there, texts.is_valid()), sure)
        return better, told if unclear is None else pc.or_(told, pc.and_not(unclear, taken))

    def _named_by(self, name: str, words: Sequence[str]) -> _Meaning:
        if not words:
            return _NOTHING
        if len(words) > 1:
            return _UNCLEAR
        try:
            kind, id_ = self._load.name(words[0], self._ends[name], name)
        except Refused:
            return _UNCLEAR
        return _Meaning(id_, _json(id_), kind)

    def _named(self, said: dict[str, _Said], odd: pa.Array) -> tuple[_Said, pa.Array]:
        """The ids of the rows: as given, else from what identifies such a thing; and where only the row can tell."""
        ids = said["id"].values if "id" in said else pa.nulls(len(odd), pa.string())
        without = pc.and_(ids.is_null(), pc.invert(odd))
        if pc.any(without).as_py():
            self._unnamed = True
            names = [name for name in said if name != "id"]
            rows = zip(*(said[name].values.filter(without).to_pylist() for name in names), strict=True)
            found = [
                self._model.natural_id(
                    {
                        name: (value,) if name in self._links else value
                        for name, value in zip(names, row, strict=True)
                        if value is not None
                    }
                )
                for row in rows
            ]
            ids = pc.replace_with_mask(ids, without, pa.array([id_ or None for id_ in found], pa.string()))
        if "aliases" in said:
            self._like_ids |= bool(pc.any(pc.match_substring(said["aliases"].texts, f'"{self._kind.lower()}:')).as_py())
        return _Said(ids, ids), pc.or_(odd, ids.is_null())

    # --- rows as columns ---

    def _columned(self, file: str, numbers: pa.Array, said: dict[str, _Said]) -> _Plain:
        """The statements of rows whose fields are clear."""
        stated = {name: said[name] for name in sorted(said) if name in self._columns and name != "id"}
        linked = {name: said[name] for name in self._links if name in said}
        values = _joined(len(numbers), *(_join(f'"{name}":', s.texts) for name, s in stated.items()))
        named = _joined(
            len(numbers),
            *(
                _join(f'["{self._links[name].type}",', s.texts, f",{_json(self._links[name].reverse)}]")
                for name, s in linked.items()
            ),
        )
        texts = _join("[{", values, "},[", named, "]]")
        hashes = [hashlib.sha256(text).hexdigest()[:16] for text in texts.cast(pa.binary()).to_pylist()]
        origins = _join(f"{file_name(file, None)}:", numbers)
        return _Plain(said["id"].values, pa.array(hashes, pa.string()), origins, values, stated, linked)

    def _rowed(self, rows: dict[int, Row], refused: dict[int, tuple[Row, Refused]]) -> list[tuple[int, NodeRow]]:
        """Rows that are not plain in all they say, with their places; those that do not land are ``refused``."""
        if not rows:
            return []
        places = {id(row): at for at, row in rows.items()}
        bad: list[tuple[Row, Refused]] = []
        good, _ = self._load.identified(self._kind, rows.values(), bad)
        for row, why in bad:
            refused[places[id(row)]] = row, why
            if (why.code, why.column) == ("missing", "name") and (given := nfc(str(row.values.get("id") or ""))):
                self._nameless.append(hash(given))
        for item in good:
            self._unnamed |= not item.row.values.get("id")
            self._like_ids |= any(a.startswith(f"{self._kind.lower()}:") for a in item.values["aliases"])
        return [(places[id(item.row)], item) for item in good]

    def _once(
        self,
        block: Block,
        places: Sequence[int],
        columned: _Plain,
        rows: list[tuple[int, NodeRow]],
        refused: dict[int, tuple[Row, Refused]],
    ) -> tuple[_Plain, list[tuple[int, NodeRow]]]:
        """Without the rows of things that stand already: the same again is unchanged, another word is refused."""
        suspects: list[tuple[int, str, str, str]] = []
        for place, id_ in enumerate(columned.ids.to_pylist()):
            if hash(id_) in self._twice:
                found = columned.hashes[place].as_py(), columned.origins[place].as_py()
                suspects.append((places[place], id_, *found))
        for at, item in rows:
            if hash(item.id) in self._twice:
                statement = self._load.statement(item)
                suspects.append((at, item.id, statement["hash"], statement["origin"]))
        gone: set[int] = set()
        for at, id_, digest, origin in sorted(suspects):
            first = self._first.get(id_)
            if first is None:
                self._first[id_] = digest, origin
                continue
            gone.add(at)
            if first[0] == digest:
                self.total.unchanged += 1
            else:
                refused[at] = block.row(at), contradicts(self._kind, id_, first[1])
        kept = pa.array([place for place, at in enumerate(places) if at not in gone], pa.int64())
        return columned.take(kept), [(at, item) for at, item in rows if at not in gone]

    # --- staging ---

    def _stage(self, columned: _Plain, rows: Sequence[NodeRow]) -> None:
        """Put what came of a block where the engine and the journal take it from."""
        created = len(columned.ids) + len(rows)
        self.total.created += created
        if not created:
            return
        for ids in (columned.ids.to_pylist(), [item.id for item in rows]):
            self._ids.extend(map(hash, ids))
            self._filled.fill(self._kind, ids)
        tables = [self._staged_nodes(columned, rows)]
        for name, said in columned.linked.items():
            tables += self._linked_edges(name, said, columned)
        tables.append(self._staged_edges(rows))
        self.changes.add(pa.concat_tables(tables))

    def _staged_nodes(self, columned: _Plain, rows: Sequence[NodeRow]) -> pa.Table:
        """Stage nodes; their changes."""
        load, count = self._load, len(columned.ids)
        aliases = columned.stated["aliases"].values if "aliases" in columned.stated else None
        given = {name: said.values for name, said in columned.stated.items()} | {
            "id": columned.ids,
            "source": load.source,
            "passage": "",
            "origin": columned.origins,
            "run": load.run_id,
            "hash": columned.hashes,
        }
        if aliases is not None:
            # As schema.also() writes them.
            given["also"] = _join("\n", pc.binary_join(aliases, "\n"), "\n")
        columns = schema.node_columns(self._kind)
        statements = [load.statement(item) for item in rows]
        nodes = [node_of(self._kind, item.id, [said]) for item, said in zip(rows, statements, strict=True)]
        whole = (self._kind, "", "")
        self._staged.add(whole, _table(columns, given, count))
        if nodes:
            self._staged.add(whole, pa.Table.from_pylist(nodes, schema=_schema(columns)))
        after = _join(
            f'{{"source":{_json(load.source)},"passage":"","origin":"',
            _escaped(columned.origins),
            f'","run":"{load.run_id}","hash":"',
            columned.hashes,
            '","values":{',
            columned.written,
            "}}",
        )
        found = [
            changes.of_statement(self._kind, item.id, 0, None, said)
            for item, said in zip(rows, statements, strict=True)
        ]
        return pa.concat_tables(
            [
                _changed(count, what=self._kind, a=columned.ids, source=load.source, after=after),
                *([journal.table(found)] if found else []),
            ]
        )

    def _linked_edges(self, name: str, said: _Said, columned: _Plain) -> Iterator[pa.Table]:
        """Stage the edges that a link field makes; their changes, by the kind of what is named."""
        load, link = self._load, self._links[name]
        assert said.kinds is not None
        for kind in said.kinds.unique().drop_null().to_pylist():
            mine = pc.equal(said.kinds, kind).fill_null(False)
            ids, named, origins = (part.filter(mine) for part in (columned.ids, said.values, columned.origins))
            a, b = (named, ids) if link.reverse else (ids, named)
            ends = (link.type, kind, self._kind) if link.reverse else (link.type, self._kind, kind)
            edge_id = EDGES[link.type].edge_id
            made = [edge_id(x, y, "") for x, y in zip(a.to_pylist(), b.to_pylist(), strict=True)]
            given = {
                "a": a,
                "b": b,
                "id": pa.array(made, pa.string()),
                "key": "",
                "source": load.source,
                "passage": "",
                "origin": origins,
                "run": load.run_id,
                "hash": LINK,
            }
            self._staged.add(ends, _table(_edge_columns(link.type), given, len(a)))
            after = _join(
                '{"id":"',
                given["id"],
                '","passage":"","origin":"',
                _escaped(origins),
                f'","run":"{load.run_id}","hash":"{LINK}"}}',
            )
            yield _changed(len(a), what=ends[0], start=ends[1], end=ends[2], a=a, b=b, source=load.source, after=after)

    def _staged_edges(self, rows: Sequence[NodeRow]) -> pa.Table:
        """Stage the edges of rows that were read as such; their changes."""
        edges: dict[Ends, dict[tuple[str, str], dict[str, Any]]] = {}
        for item in rows:
            for link in item.links:
                ends, edge = self._load.link_edge(self._kind, item, link)
                edges.setdefault(ends, {})[edge["a"], edge["b"]] = edge
        found = []
        for ends, named in edges.items():
            columns = _edge_columns(ends[0])
            self._staged.add(ends, pa.Table.from_pylist([*named.values()], schema=_schema(columns)))
            found += [changes.of_edge(ends, edge, None, changes.edge_state(ends[0], edge)) for edge in named.values()]
        return journal.table(found) if found else _changed(0)


class _Staged:
    """Parquet files of what the engine is to take, by what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[Ends, pq.ParquetWriter] = {}
        self._held: dict[Ends, list[pa.Table]] = {}
        self._paths: list[tuple[Ends, Path]] = []
        self._rows: Counter[Ends] = Counter()
        """Of the file that is being written."""

    def __enter__(self) -> _Staged:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(self, ends: Ends, table: pa.Table) -> None:
        """Add rows: nodes of a kind (the ends are empty), or edges."""
        if not len(table):
            return
        if ends not in self._writers:
            path = self._folder / f"{len(self._paths)}.parquet"
            self._paths.append((ends, path))
            self._writers[ends] = pq.ParquetWriter(path, table.schema)
        held = self._held.setdefault(ends, [])
        held.append(table)
        if sum(map(len, held)) >= STAGED:
            self._flush(ends)
        self._rows[ends] += len(table)
        if self._rows[ends] >= MOST:
            self._end(ends)

    def nodes(self, kind: str) -> Iterator[pa.Table]:
        """What was staged of a kind's nodes, names and aliases only, part by part."""
        for ends, path in self._paths:
            if ends == (kind, "", ""):
                with pq.ParquetFile(path) as file:
                    for part in range(file.num_row_groups):
                        yield file.read_row_group(part, columns=["name", "aliases"])

    def files(self) -> Iterator[tuple[Ends, Path]]:
        """The files, nodes first."""
        yield from sorted(self._paths, key=lambda item: bool(item[0][1]))

    def close(self) -> None:
        """Write what is held, and end the files."""
        for ends in [*self._writers]:
            self._end(ends)

    def _end(self, ends: Ends) -> None:
        """End a file."""
        self._flush(ends)
        self._writers.pop(ends).close()
        self._rows[ends] = 0

    def _flush(self, ends: Ends) -> None:
        if held := self._held.pop(ends, []):
            self._writers[ends].write_table(pa.concat_tables(held))


# --- columns --------------------------------------------------------------------------------------------------


def _takes_any(model: type[Node], column: Column) -> bool:
    """Whether any text may stand in a field and is stored as it is."""
    validators = model.__pydantic_decorators__.field_validators.values()
    checked = {name for validator in validators for name in validator.info.fields}
    special = column.term or column.is_date or column.ref or model.model_fields[column.name].metadata
    return column.type == "str" and not special and not checked & {column.name, "*"}


def _schema(columns: Sequence[Column]) -> pa.Schema:
    return pa.schema([(c.name, _TYPES[c.type]) for c in columns])


def _edge_columns(type_: str) -> Sequence[Column]:
    """Columns of a file of edges."""
    ends = (Column("a", "str", "", ""), Column("b", "str", "", ""))
    return (*ends, *schema.edge_columns(EDGES[type_]))


def _table(columns: Sequence[Column], given: dict[str, Any], count: int) -> pa.Table:
    """Rows of all columns: arrays, or the same text in each; null what is not given."""
    found = []
    for column in columns:
        value = given.get(column.name)
        if value is None:
            found.append(pa.nulls(count, _TYPES[column.type]))
        else:
            found.append(pa.repeat(value, count) if isinstance(value, str) else value)
    return pa.Table.from_arrays(found, schema=_schema(columns))


def _changed(count: int, *, after: Any = None, **given: Any) -> pa.Table:
    """Changes from nothing, as the journal's files hold them."""
    wanted = journal.table([]).schema
    columns = {name: given.get(name, "") for name in wanted.names} | {"place": 0, "before": None, "after": after}
    return pa.Table.from_arrays(
        [
            pa.nulls(count, field.type)
            if columns[field.name] is None
            else columns[field.name]
            if isinstance(columns[field.name], pa.Array)
            else pa.repeat(pa.scalar(columns[field.name], field.type), count)
            for field in wanted
        ],
        schema=wanted,
    )


def _join(*parts: Any) -> pa.Array:
    """Texts one after another; null where one is."""
    return pc.binary_join_element_wise(*parts, "")


def _joined(count: int, *parts: Any) -> pa.Array:
    """Texts with commas between; those that are null are left out."""
    parts = tuple(pc.fill_null(_join(",", part), "") for part in parts)
    return pc.utf8_slice_codeunits(_join(*parts), 1) if parts else pa.repeat("", count)


def _escaped(texts: pa.Array) -> pa.Array:
    """Texts as they stand in JSON between quotation marks."""
    if not pc.any(pc.match_substring_regex(texts, r'["\\\x00-\x1f]')).as_py():
        return texts
    return pa.array([_json(text)[1:-1] for text in texts.to_pylist()], pa.string())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _spread(other: pa.Array) -> pa.Array:
    """For each place where it is true, which one of these that is; null elsewhere."""
    order = pc.subtract(pc.cumulative_sum(other.cast(pa.int64())), 1)
    return pc.if_else(other, order, pa.scalar(None, pa.int64()))


def _unclear(found: Sequence[_Meaning], codes: pa.Array, other: pa.Array) -> pa.Array | None:
    """Where texts, ``found`` by their codes, are unclear; None: nowhere."""
    unclear = [meaning is _UNCLEAR for meaning in found]
    if not any(unclear):
        return None
    return pa.array(unclear).take(codes).take(_spread(other)).fill_null(False)


def _bear(staged: _Staged, filled: _Filled) -> bool:
    """Whether a node that is filled in bears one of the texts that are no ids as another name."""
    missed = pa.array(sorted(filled.missed), pa.string())
    for kind in filled.named():
        for table in staged.nodes(kind):
            aliases = pc.list_flatten(table["aliases"])
            if any(pc.any(pc.is_in(names, value_set=missed)).as_py() for names in (table["name"], aliases)):
                return True
    return False


def _marks(hashes: array[int]) -> pa.Array:
    return pa.Array.from_buffers(pa.int64(), len(hashes), [None, pa.py_buffer(hashes)])
