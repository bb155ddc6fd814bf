"""A kill -9 at any moment: whole batches stay, graph and journal say the same, and the same again ends where it should."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from govgraph import changes, ingest
from govgraph import graph as graphs
from govgraph.library import Library
from govgraph.rebuild import rebuild
from tests.dumps import dump

ROWS = 240
SIZE = 20
"""Rows a transaction: small ones, so that there are many moments between."""
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.test_killed", "govgraph.loaders.tabular", "govgraph.undo", "pyarrow.parquet"])


def version(seed: int) -> str:
    """A catalogue as a source lists it: each seed leaves some out and words others otherwise."""
    chance = random.Random(seed)
    lines = ["id,name,provider,share_type"]
    for number in range(ROWS):
        if chance.random() < 0.85:
            lines.append(f"S{number},资源{chance.randrange(3)},A{number % 3},{chance.choice(('', '无条件共享'))}")
    return "\n".join(lines) + "\n"


def work(url: str, told: Connection, file: str, undone: str, environment: dict[str, str]) -> None:
    """A process's work: the load of a file, or an undo."""
    # The process's own is that of the first test that made one.
    os.environ.update(environment)
    changes.BATCH = ingest.BATCH = SIZE
    with graphs.open(url) as graph:
        library = Library(graph)
        told.send("open")
        report = library.undo(undone) if undone else library.load("Resource", [file], source="s", full=True)
        told.send(report.run)


def started(url: str, file: str = "", undone: str = "") -> tuple[Any, Connection]:
    """A process that has the graph open and goes to work."""
    here, there = CONTEXT.Pipe()
    process = CONTEXT.Process(target=work, args=(url, there, file, undone, dict(os.environ)))
    process.start()
    there.close()
    assert here.recv() == "open"
    return process, here


def killed(url: str, after: float, **what: str) -> bool:
    """Kill a process's work after some seconds; whether it was still at it."""
    process, told = started(url, **what)
    process.join(after)
    at_it = process.is_alive()
    process.kill()
    process.join()
    told.close()
    process.close()
    return bool(at_it)


def finished(url: str, **what: str) -> tuple[str, float]:
    """Let a process do its work; the number of the run, and the seconds that it took."""
    begun = time.monotonic()
    process, told = started(url, **what)
    opened = time.monotonic()
    number = told.recv()
    took = time.monotonic() - opened
    process.join()
    assert process.exitcode == 0, begun
    told.close()
    process.close()
    return str(number), took


def read(url: str, *, runs: bool) -> dict[Any, Any]:
    """The graph as it stands."""
    with graphs.open(url, read_only=True) as graph:
        return dump(graph, runs=runs)


def loads(url: str) -> list[str]:
    """The loads that nobody took back, first to last."""
    with graphs.open(url, read_only=True) as graph:
        runs = Library(graph).runs().items
    return [r.run for r in runs if r.run and r.files and r.undone_by is None]


def harness(url: str, folder: Path, kills: int, seed: int) -> None:
    """Kill so many loads (and undos among them), each at a random moment, and do each again."""
    chance = random.Random(seed)
    files = [folder / name / "resources.csv" for name in ("one", "two")]
    for number, file in enumerate(files):
        file.parent.mkdir()
        file.write_text(version(number), encoding="utf-8")
    with graphs.open(url) as graph:
        library = Library(graph)
        agencies = folder / "agencies.csv"
        agencies.write_text("id,name\nA0,甲局\nA1,乙局\nA2,丙局\n", encoding="utf-8")
        assert library.load("Agency", [agencies]).created == 3
    wanted, took = {}, []
    for file in (*files, files[0]):
        took.append(finished(url, file=str(file))[1])
        wanted[file] = read(url, runs=False)
    assert wanted[files[0]] != wanted[files[1]]
    done, turn = 0, 1
    while done < kills:
        file = files[turn % 2]
        turn += 1
        before, earlier = read(url, runs=True), loads(url)
        done += killed(url, chance.uniform(0, max(took)), file=str(file))
        finished(url, file=str(file))
        assert read(url, runs=False) == wanted[file], f"seed {seed}, kill {done}"
        if turn % 4:
            continue
        last, *others = reversed([run for run in loads(url) if run not in earlier])
        done += killed(url, chance.uniform(0, max(took)), undone=last)
        # What only reads says of a torn log that the next to write mends it.
        with graphs.open(url):
            pass
        if last in loads(url):
            finished(url, undone=last)
        for run in others:
            # What was killed is a run, too, as far as it came.
            finished(url, undone=run)
        assert read(url, runs=True) == before, f"seed {seed}, kill {done}"
        finished(url, file=str(file))
    again = f"{folder}/again.lbug"
    made = rebuild(again, folder / "graph.lbug.journal")
    assert made.runs >= kills
    assert read(again, runs=True) == read(url, runs=True), f"seed {seed}"


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a graph may be made, with a journal."""
    if engine == "ladybug":
        return str(tmp_path / "graph.lbug")
    monkeypatch.setenv("GOVGRAPH_JOURNAL", str(tmp_path / "graph.lbug.journal"))
    return str(request.getfixturevalue("neo4j_server").empty())


@pytest.mark.parametrize("seed", [6])
def test_ten_kills(url: str, tmp_path: Path, seed: int) -> None:
    harness(url, tmp_path, 10, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_kills(url: str, tmp_path: Path, seed: int) -> None:
    harness(url, tmp_path, 20, seed)
