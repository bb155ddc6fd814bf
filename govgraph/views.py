"""Views: a graph that is limited to the subtree of one jurisdiction (docs/semantics.md, section 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from govgraph import catalogue
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph, Parameters, Rows, T, Transaction, View
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


class _Viewed:
    """A graph with a view; all else is that graph's."""

    def __init__(self, graph: Graph, view: View) -> None:
        self._graph = graph
        self.dialect, self.url, self.writers = graph.dialect, graph.url, graph.writers
        self.view: View | None = view
        self._view = view

    def read(self, text: str, parameters: Parameters | None = None, *, timeout: float | None = None) -> Rows:
        return self._graph.read(text, parameters, timeout=timeout)

    def stream(self, text: str, parameters: Parameters | None = None, *, size: int) -> Iterator[Rows]:
        return self._graph.stream(text, parameters, size=size)

    def vet(self, text: str, parameters: Parameters | None = None) -> None:
        raise UsageError(_UNLIMITED.format(at=self._view.at))

    def guarded(self, text: str, parameters: Parameters | None = None, *, most: int, timeout: float) -> Rows:
        raise UsageError(_UNLIMITED.format(at=self._view.at))

    def write(self) -> AbstractContextManager[Transaction]:
        return self._graph.write()

    def transact(self, work: Callable[[Transaction], T]) -> T:
        return self._graph.transact(work)

    def settle(self) -> None:
        self._graph.settle()

    def interrupt(self) -> None:
        self._graph.interrupt()

    def reader(self) -> Graph:
        return _Viewed(self._graph.reader(), self._view)

    def close(self) -> None:
        self._graph.close()

    def __enter__(self) -> Graph:
        self._graph.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._graph.__exit__(*error)
