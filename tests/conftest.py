"""Fixtures: every case runs on every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from govgraph import graph as graphs
from govgraph.graph import Graph
from govgraph.library import Library

ENGINES = ("ladybug",)
"""Engines that every case runs on; a further one is a name here and a branch in :func:`make_graph`."""


@contextmanager
def make_graph(engine: str = "ladybug") -> Iterator[Graph]:
    """An empty graph on an engine."""
    assert engine in ENGINES
    with graphs.open(":memory:") as found:
        yield found


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name of an engine."""
    return str(request.param)


@pytest.fixture
def graph(engine: str) -> Iterator[Graph]:
    """An empty graph."""
    with make_graph(engine) as found:
        yield found


@pytest.fixture
def library(graph: Graph) -> Library:
    """An empty graph as a library."""
    return Library(graph)


@pytest.fixture(scope="session", params=ENGINES)
def baseline(request: pytest.FixtureRequest) -> Iterator[Library]:
    """The baseline alone; only read it."""
    with make_graph(str(request.param)) as found:
        loaded = Library(found)
        assert loaded.load("baseline").rejected == 0
        yield loaded


@pytest.fixture(scope="session", params=ENGINES)
def dated(request: pytest.FixtureRequest) -> Iterator[Library]:
    """The baseline and the dates; only read it."""
    with make_graph(str(request.param)) as found:
        loaded = Library(found)
        assert loaded.load("baseline").rejected == 0
        assert loaded.load("dates").rejected == 0
        yield loaded


Cli = Callable[..., Result]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs ``govgraph`` in an empty folder; stdout and stderr apart."""
    from govgraph.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("GOVGRAPH_URL", raising=False)

    def run(*arguments: str, **environment: str) -> Result:
        import click

        @click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
        @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
        def outer(arguments: tuple[str, ...]) -> None:
            main(list(arguments))

        return CliRunner(env=environment).invoke(outer, list(arguments))

    return run


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a CSV file."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
