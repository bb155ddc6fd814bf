"""The library: a graph and every question about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from govgraph import answers, catalogue
from govgraph import checking as _checking
from govgraph import compare as _compare
from govgraph import coverage as _coverage
from govgraph import diff as _diff
from govgraph import explain as _explain
from govgraph import gaps as _gaps
from govgraph import graph as _graph
from govgraph import known as _known
from govgraph import lineage as _lineage
from govgraph import listing as _listing
from govgraph import reasons as _reasons
from govgraph import reporting as _reporting
from govgraph import stats as _stats
from govgraph import timeline as _timeline
from govgraph import whatif as _whatif
from govgraph.errors import UsageError
from govgraph.terms import PartialDate
from govgraph.tracing import audit as _audit
from govgraph.tracing import impact as _impact
from govgraph.tracing import items as _items
from govgraph.tracing import restriction as _restriction
from govgraph.tracing import routes as _routes
from govgraph.views import view_of, viewed

Day = date | str | None
_list = list  # the class has a method of that name


def open(
    url: str | PathLike[str] | None = None,
    *,
    read_only: bool = False,
    timeout: float | None = None,
) -> Library:
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

    def known_at(self, asked: str, *, progress: _known.Progress | None = None) -> Library:
        """The graph as it was known after a run, or at the end of a day: the same questions; close it, too.

        Args:
            asked: a run's number, or a day.
            progress: called with the transactions applied so far, and their number, where it has to be built.

        Raises:
            UsageError, NotFoundError: as of :func:`govgraph.known.at`.
        """
        return Library(_known.opened(_known.at(self.graph, asked), progress))

    def coverage(self, *, as_of: Day = None, **options: Any) -> answers.Coverage:
        """The matrix; options as of :func:`govgraph.coverage.coverage`."""
        return _coverage.coverage(self.graph, as_of=day(as_of), **options)

    def explain(self, jurisdiction: str, stage: str, *, as_of: Day = None) -> answers.Explanation:
        """Why a cell has its verdicts (:func:`govgraph.explain.explain`)."""
        return _explain.explain(self.graph, jurisdiction, stage, as_of=day(as_of))

    def gaps(self, *, as_of: Day = None, **options: Any) -> answers.Gaps:
        """What is missing, worst first; options as of :func:`govgraph.gaps.gaps`."""
        return _gaps.gaps(self.graph, as_of=day(as_of), **options)

    def gaps_since(self, asked: str, *, as_of: Day = None, **options: Any) -> answers.Gaps:
        """The gaps that are new since a run or a day, and those that closed (:func:`govgraph.gaps.changed`).

        Raises:
            UsageError, NotFoundError: as of :meth:`known_at`.
        """
        with self.known_at(asked) as then:
            before = viewed(then.graph, view_of(then.graph, self.graph.view.at)) if self.graph.view else then.graph
            return _gaps.changed(before, self.graph, as_of=day(as_of), **options)

    def decide(
        self, treatment: str | None, gaps: Sequence[str], *, until: Day = None, as_of: Day = None, **options: Any
    ) -> answers.LoadReport:
        """Accept or assign gaps, or take that back (None); options as of :func:`govgraph.deciding.planned`."""
        from govgraph.deciding import decide, planned

        return decide(self.graph, planned(self.graph, treatment, gaps, until=day(until), as_of=day(as_of), **options))

    def explain_gap(self, id: str, *, as_of: Day = None) -> answers.Account:
        """Why a gap is one, and what would end it (:func:`govgraph.reasons.explain_gap`)."""
        return _reasons.explain_gap(self.graph, id, as_of=day(as_of))

    def explain_hop(self, id: str) -> answers.Account:
        """What a record edge says, and its law (:func:`govgraph.reasons.explain_hop`)."""
        return _reasons.explain_hop(self.graph, id)

    def diff(self, first: date | str, last: date | str, **options: Any) -> answers.Diff:
        """The cells that changed between two days; options as of :func:`govgraph.diff.diff`."""
        return _diff.diff(self.graph, _day(first), _day(last), **options)

    def timeline(self, thing: str, *, as_of: Day = None, **options: Any) -> answers.Timeline:
        """A jurisdiction's or a stage's verdicts over time; options as of :func:`govgraph.timeline.timeline`."""
        return _timeline.timeline(self.graph, thing, as_of=day(as_of), **options)

    def calendar(self, *, as_of: Day = None, **options: Any) -> answers.Calendar:
        """What begins and lapses in the next months; options as of :func:`govgraph.timeline.calendar`."""
        return _timeline.calendar(self.graph, as_of=day(as_of), **options)

    def what_if(self, *, as_of: Day = None, **options: Any) -> answers.WhatIf:
        """What would change if documents were repealed or made; options as of :func:`govgraph.whatif.what_if`."""
        return _whatif.what_if(self.graph, as_of=day(as_of), **options)

    def compare(self, *jurisdictions: str, as_of: Day = None, **options: Any) -> answers.Comparison:
        """Jurisdictions side by side; options as of :func:`govgraph.compare.compare`."""
        return _compare.compare(self.graph, jurisdictions, as_of=day(as_of), **options)

    def scorecard(self, agency: str, *, as_of: Day = None) -> answers.Scorecard:
        """How an agency's data and duties stand (:func:`govgraph.compare.scorecard`)."""
        return _compare.scorecard(self.graph, agency, as_of=day(as_of))

    def check(self, *, rules: str | PathLike[str] | None = None, as_of: Day = None, **options: Any) -> answers.Findings:
        """What the built-in kinds and a folder's rules find; options as of :func:`govgraph.checking.check`."""
        folder = Path(rules) if rules is not None else None
        return _checking.check(self.graph, rules=folder, as_of=day(as_of), **options)

    def checked(
        self, *, rules: str | PathLike[str] | None = None, as_of: Day = None, **options: Any
    ) -> _checking.Check:
        """A check whose findings are told one by one, however many they are (:class:`govgraph.checking.Check`)."""
        folder = Path(rules) if rules is not None else None
        return _checking.Check(self.graph, rules=folder, as_of=day(as_of), **options)

    def report(self, jurisdiction: str | None = None, *, as_of: Day = None, asset: str | None = None) -> answers.Report:
        """What a report on a jurisdiction says (:func:`govgraph.reporting.report`); :mod:`govgraph.report` writes it."""
        return _reporting.report(self.graph, jurisdiction, as_of=day(as_of), asset=asset)

    def lineage(self, text: str, *, as_of: Day = None, **options: Any) -> answers.Lineage:
        """Where a thing came from, what depends on it; options as of :func:`govgraph.lineage.lineage`."""
        return _lineage.lineage(self.graph, text, as_of=day(as_of), **options)

    def audit(self, *, as_of: Day = None, **options: Any) -> answers.Audit:
        """Hops practised without a rule then in force; options as of :func:`govgraph.tracing.audit.audit`."""
        return _audit.audit(self.graph, as_of=day(as_of), **options)

    def restriction(self, text: str | None = None, *, as_of: Day = None, **options: Any) -> answers.Restriction:
        """What is open although something upstream is not; options as of :func:`govgraph.tracing.restriction.restriction`."""
        return _restriction.restriction(self.graph, text, as_of=day(as_of), **options)

    def impact(self, text: str, *, as_of: Day = None, stages: Sequence[str] = ()) -> answers.Impact:
        """How much depends on a thing (:func:`govgraph.tracing.impact.impact`)."""
        return _impact.impact(self.graph, text, as_of=day(as_of), stages=stages)

    def paths(self, start: str, end: str, *, as_of: Day = None, **options: Any) -> answers.Paths:
        """Shortest paths between two things; options as of :func:`govgraph.tracing.routes.paths`."""
        return _routes.paths(self.graph, start, end, as_of=day(as_of), **options)

    def ends(self, text: str, *, as_of: Day = None, **options: Any) -> answers.Ends:
        """Roots and leaves of an asset's lineage; options as of :func:`govgraph.tracing.routes.ends`."""
        return _routes.ends(self.graph, text, as_of=day(as_of), **options)

    def bottlenecks(self, text: str, *, as_of: Day = None, **options: Any) -> answers.Bottlenecks:
        """Single points of failure upstream; options as of :func:`govgraph.tracing.routes.bottlenecks`."""
        return _routes.bottlenecks(self.graph, text, as_of=day(as_of), **options)

    def cycles(self, text: str | None = None, *, as_of: Day = None, **options: Any) -> answers.Cycles:
        """Cycles and what closes them; options as of :func:`govgraph.tracing.routes.cycles`."""
        return _routes.cycles(self.graph, text, as_of=day(as_of), **options)

    def hop(self, start: str, end: str, *, as_of: Day = None, stages: Sequence[str] = ()) -> answers.Hop:
        """Which items of one asset went into which of another (:func:`govgraph.tracing.items.hop`)."""
        return _items.hop(self.graph, start, end, as_of=day(as_of), stages=stages)

    def same_items(self, **options: Any) -> answers.SameItems:
        """Items that several providers keep; options as of :func:`govgraph.tracing.items.same_items`."""
        return _items.same_items(self.graph, **options)

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
        """Counts, and claims beside them (:func:`govgraph.stats.stats`)."""
        return _stats.stats(self.graph)

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

    def correct(
        self,
        thing: str,
        fields: Mapping[str, object] | None = None,
        *,
        by: str,
        reason: str,
        withdraw: Sequence[str] = (),
        kind: str | None = None,
    ) -> answers.Settled:
        """Have a person's word on fields of a thing stand, or withdraw it (:func:`govgraph.corrections.planned`)."""
        from govgraph.corrections import correct, planned

        of_kind = catalogue.kind_of(kind) if kind else None
        wish = planned(self.graph, thing, fields or {}, by=by, reason=reason, withdraw=withdraw, kind=of_kind)
        return correct(self.graph, wish)

    def merge(self, keep: str, other: str, *, by: str, reason: str, kind: str | None = None) -> answers.Settled:
        """Have two ids of one thing be one (:func:`govgraph.merging.planned`)."""
        from govgraph.merging import merge, planned

        of_kind = catalogue.kind_of(kind) if kind else None
        return merge(self.graph, planned(self.graph, keep, other, by=by, reason=reason, kind=of_kind))

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
        names: Sequence[str] = (),
    ) -> answers.LoadReport:
        """Load ``baseline``, ``dates``, ``catalogue`` files, or files of a node kind or edge type.

        Args:
            names: what headers of the files mean: ``HEADER=FIELD``, or files of TOML.
            full, sweep_limit, placeholders: as of :func:`govgraph.loaders.run.load`.

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
            names=names,
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


def _day(value: date | str) -> date:
    """A legal date that must be there."""
    found = day(value)
    if found is None:
        raise UsageError("write a whole day, e.g. 2024-03-21")
    return found
