"""Views: a graph that is limited to the subtree of one jurisdiction (docs/semantics.md, section 10)."""

from __future__ import annotations

from govgraph import catalogue
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph, Over, Parameters, Rows, View
from govgraph.places import Tree

_UNLIMITED = "a query that govgraph did not write can't be limited to {at}; ask a graph that is not limited"


def limited(graph: Graph, jurisdiction: str) -> Graph:
    """The graph limited to a jurisdiction (code or name) and what lies below it.

    What it is limited to is read once: a graph whose jurisdictions change needs a new view.

    Raises:
        NotFoundError, AmbiguousError: the jurisdiction; of a graph that is limited already also one outside it.
    """
    return viewed(graph, view_of(graph, jurisdiction))


def view_of(graph: Graph, jurisdiction: str) -> View:
    """What a graph limited to a jurisdiction is limited to.

    Raises:
        NotFoundError, AmbiguousError: as :func:`limited`.
    """
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id
    if graph.view is not None and at not in graph.view.within:
        raise NotFoundError(f"{at} does not lie within {graph.view.at}, to which this graph is limited already")
    tree = Tree(graph)
    within = tree.below(at)
    return View(at, tuple(sorted(within)), tuple(i for i in tree.path(at) if i not in within))


def viewed(graph: Graph, view: View) -> Graph:
    """The graph limited to a view that is known already; closing it closes the graph."""
    return _Viewed(graph, view)


class _Viewed(Over):
    """A graph with a view; all else is that graph's."""

    def __init__(self, graph: Graph, view: View) -> None:
        super().__init__(graph)
        self.view: View | None = view
        self._view = view

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        raise UsageError(_UNLIMITED.format(at=self._view.at))

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        raise UsageError(_UNLIMITED.format(at=self._view.at))

    def reader(self) -> Graph:
        return _Viewed(self._graph.reader(), self._view)
