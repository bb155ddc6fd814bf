"""Fixtures: every case runs on every engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import neo4j
import pytest
from click.testing import CliRunner, Result

from govgraph import graph as graphs
from govgraph import schema
from govgraph.graph import Graph
from govgraph.library import Library
from govgraph.model import SCHEMA_VERSION
from govgraph.server import DEFAULT, VERSIONS, credentials
from govgraph.settings import settings
from tests.servers import neo4j_or_skip

ENGINES = ("ladybug", "neo4j")
"""Engines that every case runs on; a further one is a name here and a branch in :func:`make_graph`."""
WORLDS = ("baseline", "dated")
"""Graphs that many cases only read."""


class Server:
    """The Neo4j of this test process, which has one database: what it holds, and what to put there next."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.holds = ""
        known = settings()
        self.credentials = credentials(url) or (known.neo4j_user, known.secret() or "")
        with graphs.open(url) as graph:
            if not graph.read(f"MATCH (m:{schema.META} {{id: 'tests'}}) RETURN m.id AS id"):
                found = graph.read("MATCH (n) RETURN count(n) AS nodes")[0]["nodes"]
                # The schema's version is all that a new graph holds.
                if found > 1:
                    pytest.exit(f"{url} holds a graph that no test made; GOVGRAPH_TEST_NEO4J needs one to wipe", 3)
        self.empty()

    def empty(self) -> str:
        """Wipe the database; its URL."""
        self.holds = ""
        with self.driver() as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n")
            driver.execute_query(f"CREATE (:{schema.META} {{id: 'tests'}})")
            driver.execute_query(f"CREATE (:{schema.META} {{id: 'schema', value: $v}})", {"v": str(SCHEMA_VERSION)})
        return self.url

    def driver(self) -> neo4j.Driver:
        """The bare driver, for what others do to the database."""
        return neo4j.GraphDatabase.driver(self.url, auth=self.credentials)

    def hold(self, world: str) -> str:
        """Have it hold one of the worlds; its URL."""
        if self.holds != world:
            with graphs.open(self.empty()) as graph:
                load_world(Library(graph), world)
            self.holds = world
        return self.url


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Server]:
    """A real Neo4j: that of GOVGRAPH_TEST_NEO4J, which is wiped, or one of its own (GOVGRAPH_TEST_NEO4J_VERSION)."""
    if url := os.environ.get("GOVGRAPH_TEST_NEO4J"):
        yield Server(url)
        return
    wanted = os.environ.get("GOVGRAPH_TEST_NEO4J_VERSION") or DEFAULT
    version = next(v for v in VERSIONS if wanted == v or wanted == VERSIONS[v].extra)
    with neo4j_or_skip(version=version, jvm=(), heap_mb=1024) as status, pytest.MonkeyPatch.context() as patch:
        known = credentials(status.url)
        assert known
        # Other addresses of the same server, which is found by its own only.
        patch.setenv("GOVGRAPH_NEO4J_PASSWORD", known[1])
        yield Server(status.url)


def load_world(library: Library, world: str) -> None:
    """Load one of the worlds."""
    assert library.load("baseline").rejected == 0
    if world == "dated":
        assert library.load("dates").rejected == 0


@contextmanager
def make_graph(engine: str, request: pytest.FixtureRequest) -> Iterator[Graph]:
    """An empty graph on an engine."""
    url = ":memory:" if engine == "ladybug" else request.getfixturevalue("neo4j_server").empty()
    with graphs.open(url) as found:
        yield found


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name of an engine."""
    return str(request.param)


@pytest.fixture
def graph(engine: str, request: pytest.FixtureRequest) -> Iterator[Graph]:
    """An empty graph."""
    with make_graph(engine, request) as found:
        yield found


@pytest.fixture
def kept(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Library]:
    """An empty graph that keeps a journal, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    url = "graph.lbug"
    if engine == "neo4j":
        url = request.getfixturevalue("neo4j_server").empty()
        monkeypatch.setenv("GOVGRAPH_JOURNAL", str(tmp_path / "graph.lbug.journal"))
    with graphs.open(url) as found:
        yield Library(found)


@pytest.fixture
def library(graph: Graph) -> Library:
    """An empty graph as a library."""
    return Library(graph)


@pytest.fixture(scope="session")
def embedded_worlds() -> Iterator[Callable[[str], Library]]:
    """The worlds on the embedded engine, each loaded once."""
    made: dict[str, Library] = {}

    def get(world: str) -> Library:
        if world not in made:
            made[world] = Library(graphs.open(":memory:"))
            load_world(made[world], world)
        return made[world]

    yield get
    for library in made.values():
        library.close()


def _world(name: str, engine: str, request: pytest.FixtureRequest) -> Iterator[Library]:
    if engine == "ladybug":
        yield request.getfixturevalue("embedded_worlds")(name)
        return
    with graphs.open(request.getfixturevalue("neo4j_server").hold(name), read_only=True) as found:
        yield Library(found)


@pytest.fixture
def baseline(engine: str, request: pytest.FixtureRequest) -> Iterator[Library]:
    """The baseline alone; only read it."""
    yield from _world("baseline", engine, request)


@pytest.fixture
def dated(engine: str, request: pytest.FixtureRequest) -> Iterator[Library]:
    """The baseline and the dates; only read it."""
    yield from _world("dated", engine, request)


LONG_ON_THE_SERVER = ("test_judging", "test_judging_api", "test_tracing", "test_views", "test_api_loads")
"""Modules whose cases take the server minutes, mostly to plan their many texts: slow there."""
LONG_CASES_ON_THE_SERVER = ("test_the_worked_example", "test_a_download", "test_every_question")
"""Cases that ask the server nothing that others do not, and take it half a minute or more: slow there, too."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Cases on the server go to one process; the longest of them are slow."""
    if on_server(item):
        item.add_marker(pytest.mark.xdist_group("neo4j"))
        item.add_marker(pytest.mark.server)
        if item.path.stem in LONG_ON_THE_SERVER or item.name.partition("[")[0] in LONG_CASES_ON_THE_SERVER:
            item.add_marker(pytest.mark.slow)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cases on the server that read the same world come one after another."""
    items.sort(key=lambda item: next((1 + i for i, w in enumerate(WORLDS) if on_server(item) and w in names(item)), 0))


def names(item: pytest.Item) -> list[str]:
    """Names of the fixtures that a case uses."""
    return list(getattr(item, "fixturenames", ()))


def on_server(item: pytest.Item) -> bool:
    """Whether a case needs the Neo4j server."""
    call = getattr(item, "callspec", None)
    return "neo4j_server" in names(item) or (call is not None and call.params.get("engine") == "neo4j")


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
