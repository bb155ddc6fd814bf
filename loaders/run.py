"""Runs a loader: picks it, gives it the files, keeps the refused rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from govgraph import ingest
from govgraph.answers import LoadReport, Reject
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.loaders import LOADERS
from govgraph.loaders.rows import Row
from govgraph.loaders.tabular import RejectsFile, kind_of, rows


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
    progress: Callable[[int], None] | None = None,
) -> LoadReport:
    """Load a built-in source (``baseline``, ``dates``), or CSV files of a node kind or edge type.

    Args:
        source: whose word the rows are; ``csv`` when files name none.
        full: the rows are all that the source has of their kinds: what it no longer lists is swept.
        sweep_limit: share of what the source had of a kind above which nothing is swept.
        placeholders: make what a row names and nobody lists, instead of refusing the row.
        rejects: where refused rows are written; ``KIND.rejects.csv`` in the current folder by default.
        root: folder from which on the files' names are told.

    Raises:
        UsageError: no such kind, no files, or a name that belongs to a built-in source.
        LoadError: a file that can't be read; nothing was loaded.
    """
    options: dict[str, Any] = {"dry_run": dry_run, "full": full, "placeholders": placeholders, "progress": progress}
    if sweep_limit is not None:
        options["sweep_limit"] = sweep_limit
    if what in LOADERS:
        if files or source:
            raise UsageError(f"load {what} brings its own facts: no files and no --source")
        if graph.view is not None:
            raise UsageError(f"load {what} brings facts of every place; this key is limited to {graph.view.at}")
        module = import_module(LOADERS[what])
        return ingest.load_rows(graph, module.SOURCE, module.rows(), **options)
    kind = kind_of(what)
    if not files:
        raise UsageError(f"name the files to load as {kind}")
    if source in LOADERS:
        raise UsageError(f"--source {source} is the name of a built-in source; choose another")
    checked = rows(kind, files, root=root)
    kept = RejectsFile(rejects or Path(f"{kind}.rejects.csv"), kind)
    if any(kept.path.exists() and kept.path.samefile(f) for f in files if f.exists()):
        raise UsageError(f"{kept.path} is an input of this load; name another file with --rejects")

    def on_reject(row: Row, reject: Reject) -> None:
        kept.add(row, reject)

    try:
        report = ingest.load_rows(
            graph,
            source or "csv",
            checked,
            files=files,
            root=root,
            kinds=(kind,),
            on_reject=on_reject,
            **options,
        )
    finally:
        written = kept.close()
    return report.model_copy(update={"rejects_file": str(written) if written else None})
