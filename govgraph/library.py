"""The library: a graph and every question about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from govgraph import answers, catalogue
from govgraph import coverage as _coverage
from govgraph import explain as _explain
from govgraph import gaps as _gaps
from govgraph import graph as _graph
from govgraph import lineage as _lineage
from govgraph import listing as _listing
from govgraph.errors import UsageError
from govgraph.terms import PartialDate

Day = date | str | None
_list = list  # the class has a method of that name


def open(url: str | PathLike[str] | None = None, *, read_only: bool = False, timeout: float | None = None) -> Library:
    """Open the graph at a path or URL (see :func:`govgraph.graph.open`); use it as a context manager.

    Raises:
        GraphError: it can't be opened.
    """
    return Library(_graph.open(str(url) if url is not None else None, read_only=read_only, timeout=timeout))


class Library:
    """The questions of govgraph, on one open graph. Days are ``date`` or ISO text."""

    def __init__(self, graph: _graph.Graph) -> None:
        self.graph = graph

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the graph."""
        self.graph.close()

    def coverage(self, *, as_of: Day = None, **options: Any) -> answers.Coverage:
        """The matrix; options as of :func:`govgraph.coverage.coverage`."""
        return _coverage.coverage(self.graph, as_of=day(as_of), **options)

    def explain(self, jurisdiction: str, stage: str, *, as_of: Day = None) -> answers.Explanation:
        """Why a cell has its verdicts (:func:`govgraph.explain.explain`)."""
        return _explain.explain(self.graph, jurisdiction, stage, as_of=day(as_of))

    def gaps(self, *, as_of: Day = None, **options: Any) -> answers.Gaps:
        """What is missing, worst first; options as of :func:`govgraph.gaps.gaps`."""
        return _gaps.gaps(self.graph, as_of=day(as_of), **options)

    def lineage(self, text: str, *, as_of: Day = None, **options: Any) -> answers.Lineage:
        """Where a thing came from, what depends on it; options as of :func:`govgraph.lineage.lineage`."""
        return _lineage.lineage(self.graph, text, as_of=day(as_of), **options)

    def list(self, kind: str, **options: Any) -> answers.Listing:
        """The nodes of a kind; options as of :func:`govgraph.listing.listing`."""
        return _listing.listing(self.graph, kind, **options)

    def pages(self, kind: str, **options: Any) -> Iterator[_list[answers.ListedNode]]:
        """All nodes of a kind, page by page; options as of :func:`govgraph.listing.pages`."""
        return _listing.pages(self.graph, kind, **options)

    def show(self, text: str, *, kind: str | None = None) -> answers.Shown:
        """One node, its statements and edges (:func:`govgraph.catalogue.show`)."""
        return catalogue.show(self.graph, text, kind=kind)

    def find(self, text: str, *, kind: str | None = None, limit: int = catalogue.DEFAULT_FOUND) -> answers.FoundList:
        """Nodes whose id, name or alias holds a text (:func:`govgraph.catalogue.find`)."""
        return catalogue.find(self.graph, text, kind=kind, limit=limit)

    def stats(self) -> answers.Stats:
        """Counts, and claims beside them (:func:`govgraph.catalogue.stats`)."""
        return catalogue.stats(self.graph)

    def runs(self) -> answers.Runs:
        """All loads (:func:`govgraph.catalogue.runs`)."""
        return catalogue.runs(self.graph)

    def run(self, number: str) -> answers.Runs:
        """One load (:func:`govgraph.catalogue.run`)."""
        return catalogue.run(self.graph, number)

    def undo(self, number: str) -> answers.LoadReport:
        """Take a run back (:func:`govgraph.undo.undo`)."""
        from govgraph.undo import undo

        return undo(self.graph, number)

    def backup(self, target: str | PathLike[str]) -> answers.BackedUp:
        """Write what is needed to have the graph again (:func:`govgraph.rebuild.backup`)."""
        from govgraph.rebuild import backup

        return backup(self.graph, Path(target))

    def load(
        self,
        what: str,
        files: Sequence[str | PathLike[str]] = (),
        *,
        source: str | None = None,
        dry_run: bool = False,
        full: bool = False,
        sweep_limit: float | None = None,
        placeholders: bool = False,
        rejects: str | PathLike[str] | None = None,
    ) -> answers.LoadReport:
        """Load ``baseline``, ``dates``, or files of a node kind or edge type; the report says what happened.
        Options as of :func:`govgraph.loaders.run.load`.

        Raises:
            UsageError: no such thing to load.
            LoadError: a file that can't be read; nothing of it was loaded.
        """
        from govgraph.loaders.run import load

        return load(
            self.graph,
            what,
            [Path(f) for f in files],
            source=source,
            dry_run=dry_run,
            full=full,
            sweep_limit=sweep_limit,
            placeholders=placeholders,
            rejects=Path(rejects) if rejects else None,
        )


def day(value: Day) -> date | None:
    """A legal date from ISO text.

    Raises:
        UsageError: it is no whole day.
    """
    if value is None or isinstance(value, date):
        return value
    try:
        found = PartialDate(value)
    except ValueError as error:
        raise UsageError(f"--as-of: {error}") from None
    if found.precision != "day":
        raise UsageError(f"--as-of {value}: write a whole day, e.g. {found.lo}")
    return found.lo
