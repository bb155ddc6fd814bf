"""Runs a loader: picks it, gives it the files, keeps the refused rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from govgraph import ingest
from govgraph.answers import LoadReport, Reject, Warning_
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.loaders import LOADERS, RESERVED, catalogue, mapping
from govgraph.loaders.rejects import RejectsFile
from govgraph.loaders.rows import Block, Row
from govgraph.loaders.sheets import SPREADSHEETS
from govgraph.loaders.tabular import Tables, fields, kind_of

CATALOGUE = catalogue.NAME
"""What is loaded as a government catalogue, whose rows are of several kinds."""


def load(
    graph: Graph,
    what: str,
    files: Sequence[Path] = (),
    *,
    source: str | None = None,
    dry_run: bool = False,
    full: bool = False,
    sweep_limit: float | None = None,
    placeholders: bool = False,
    rejects: Path | None = None,
    root: Path | None = None,
    names: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> LoadReport:
    """Load a built-in source (``baseline``, ``dates``), a government ``catalogue``, or files of a node kind or edge type.

    Args:
        source: whose word the rows are; ``csv``, or ``catalogue``, when files name none.
        full: the rows are all that the source has of their kinds: what it no longer lists is swept.
        sweep_limit: share of what the source had of a kind above which nothing is swept.
        placeholders: make what a row names and nobody lists, instead of refusing the row.
        rejects: where refused rows are written; ``KIND.rejects`` in the current folder by default. Without an ending it
            gets that of the input, .xlsx for every spreadsheet.
        root: folder from which on the files' names are told.
        names: what the files' headers mean: ``HEADER=FIELD``, or files of TOML (:mod:`govgraph.loaders.mapping`).

    Raises:
        UsageError: no such kind, no files, a mapping that can't be, or a name that belongs to a built-in source.
        LoadError: a file that can't be read; nothing was loaded.
    """
    options: dict[str, Any] = {"dry_run": dry_run, "full": full, "placeholders": placeholders, "progress": progress}
    if sweep_limit is not None:
        options["sweep_limit"] = sweep_limit
    if what in LOADERS:
        if files or source or names:
            raise UsageError(f"load {what} brings its own facts: no files, no --source and no --map")
        if graph.view is not None:
            raise UsageError(f"load {what} brings facts of every place; this key is limited to {graph.view.at}")
        module = import_module(LOADERS[what])
        return ingest.load_rows(graph, module.SOURCE, module.rows(), **options)
    kind = what if what == CATALOGUE else kind_of(what)
    if not files:
        raise UsageError(f"name the files to load as {kind}")
    if source in RESERVED:
        raise UsageError(f"--source {source} is the name of a built-in source; choose another")
    rows, columns, formats, notes, whole = _read(kind, files, names, root)
    kept = RejectsFile(_rejects_path(rejects or Path(f"{kind}.rejects"), formats), columns)
    if any(kept.path.exists() and kept.path.samefile(f) for f in files if f.exists()):
        raise UsageError(f"{kept.path} is an input of this load; name another file with --rejects")

    def on_reject(row: Row, reject: Reject) -> None:
        kept.add(row, reject)

    try:
        report = ingest.load_rows(
            graph,
            source or (CATALOGUE if kind == CATALOGUE else "csv"),
            rows,
            files=files,
            root=root,
            kinds=catalogue.THINGS if kind == CATALOGUE else (kind,),
            on_reject=on_reject,
            whole=whole,
            **options,
        )
    finally:
        written = kept.close()
    told = [Warning_(code="left_out", message=note) for note in dict.fromkeys(notes)]
    return report.model_copy(update={"rejects_file": str(written) if written else None, "warnings": told})


def check_names(kind: str, pairs: Sequence[str]) -> list[str]:
    """Pairs ``HEADER=FIELD`` as they came, checked; over HTTP there are no files of them.

    Raises:
        UsageError: it is no pair, or there is no such field.
    """
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f"map={pair}: write HEADER=FIELD")
    mapping.names(pairs, _fields(kind))
    return list(pairs)


def _fields(kind: str) -> Iterable[str]:
    return catalogue.BY_NAME if kind == CATALOGUE else fields(kind)


def _read(
    kind: str, files: Sequence[Path], names: Sequence[str], root: Path | None
) -> tuple[Iterator[Row], Mapping[str, str], list[str], list[str], Callable[[ingest.Load], bool] | None]:
    """The rows of the files, the columns of their rejects file, the files' formats, what was left out; and what lands them
    all at once, where that is possible.
    """
    if kind == CATALOGUE:
        found = catalogue.Catalogue(files, mapping.names(names, _fields(kind)), root=root)
        whole = _at_once(catalogue.THINGS, found.lines, found.blocks, found.named)
        return found.rows(), {f.name: f.label for f in catalogue.FIELDS}, found.formats, found.notes, whole
    tables = Tables(kind, files, mapping.names(names, _fields(kind)), root=root)
    whole = _at_once((kind,), tables.lines, tables.blocks)
    return tables.rows(), {name: name for name in fields(kind)}, tables.formats, tables.notes, whole


def _at_once(
    kinds: Sequence[str],
    lines: int,
    blocks: Callable[[], Iterator[Block]],
    rest: Callable[[], Iterable[Row]] = tuple,
) -> Callable[[ingest.Load], bool] | None:
    if not lines:
        return None
    from govgraph.bulk import filler

    return filler(kinds, lines, blocks, rest)


def _rejects_path(path: Path, formats: Sequence[str]) -> Path:
    """With an ending that says the format: as given, else that of the input."""
    if path.suffix.lower() in (".csv", ".xlsx", ".jsonl", ".ndjson", ".json", ".parquet"):
        return path
    ending = "xlsx" if any(f in SPREADSHEETS for f in formats) else formats[0]
    return path.with_name(f"{path.name}.{ending}")
