"""``python -m bench.api``: the server under load on this machine, against a bare FastAPI route that returns the same bytes.

    python -m bench.api [--seconds N] [--clients N] [--runs N]

The server and the bare application run in processes of their own, with the same uvicorn; they are asked in turn. Prints
requests a second, p50 and p99 in milliseconds of both, and the median of the ratios of the requests a second. ``kept``:
the answer is kept; ``asked``: each request is another question, so that the graph is asked; the last part runs beside
a writer that loads all the time.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from govgraph import graph as graphs
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row

_DATASETS, _LARGE = 10_000, 5_000
_DAYS = itertools.count()


class Seen(NamedTuple):
    """What a run saw: requests a second, and percentiles in milliseconds."""

    rate: float
    p50: float
    p99: float


def rows() -> Iterator[Row]:
    """A small lineage of three datasets, a large one, and datasets to search."""
    for i in range(_DATASETS):
        yield Row("Dataset", {"id": f"d{i:05}", "name": f"公共数据集{i}"}, "bench", i)
    edges = [("d00000", "d00001"), ("d00001", "d00002")]
    edges += [(f"d{3 + i // 8:05}", f"d{4 + i:05}") for i in range(_LARGE)]
    for i, (start, end) in enumerate(edges):
        yield Row("PROCESSING", {"from": start, "to": end, "since": "2023-01-01"}, "bench", i)


def day() -> str:
    """A legal date that was not asked for before."""
    return f"{1990 + next(_DAYS) // 336}-{1 + next(_DAYS) // 28 % 12:02}-{1 + next(_DAYS) % 28:02}"


async def _client(host: str, port: int, paths: Iterator[str], until: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        while time.perf_counter() < until:
            started = time.perf_counter()
            writer.write(f"GET {next(paths)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode() + (await reader.read(500)).decode())
            length = re.search(rb"content-length: (\d+)", head)
            assert length
            await reader.readexactly(int(length[1]))
            took.append(time.perf_counter() - started)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def load(url: str, paths: Iterator[str], clients: int, seconds: float) -> Seen:
    """Ask from so many connections at once."""
    parts = urlsplit(url)
    took: list[float] = []
    started = time.perf_counter()

    async def every() -> None:
        until = started + seconds
        await asyncio.gather(
            *(_client(str(parts.hostname), int(parts.port or 80), paths, until, took) for _ in range(clients))
        )

    asyncio.run(every())
    ordered = sorted(took)
    return Seen(
        len(took) / (time.perf_counter() - started),
        1000 * statistics.median(ordered),
        1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
    )


@contextmanager
def process(*command: str, folder: Path, **environment: str) -> Iterator[str]:
    """A server in a process of its own; its URL, which is the first line that it says."""
    running = subprocess.Popen(
        [sys.executable, *command], cwd=folder, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    assert running.stderr
    found = re.search(r"http://[\d.]+:\d+", running.stderr.readline())
    assert found
    # Nobody reads its log, so it must go somewhere.
    threading.Thread(target=lambda: [None for _ in running.stderr or ()], daemon=True).start()
    until = time.monotonic() + 30
    while True:
        try:
            get(f"{found[0]}/healthz")
            break
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.1)
    try:
        yield found[0]
    finally:
        running.terminate()
        running.wait()


def get(url: str) -> bytes:
    """A body."""
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
        return body


@contextmanager
def writing(url: str) -> Iterator[None]:
    """Loads, one after another, while it lasts."""
    going = True

    def write() -> None:
        for turn in itertools.count():
            if not going:
                return
            text = "id,name\n" + "".join(f"w{turn}-{i},写入{i}\n" for i in range(5_000))
            request = urllib.request.Request(
                f"{url}/v1/loads?kind=Dataset", text.encode(), {"Content-Type": "text/csv"}
            )
            with urllib.request.urlopen(request) as answer:
                found = re.search(rb'"id":"([^"]+)"', answer.read())
            assert found
            while b'"status":"done"' not in get(f"{url}/v1/loads/{found[1].decode()}"):
                time.sleep(0.05)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        going = False
        thread.join()


class Bench:
    """The server, the bare application, and how they are asked."""

    def __init__(self, url: str, bare: str, options: argparse.Namespace) -> None:
        self.url, self.bare, self.options = url, bare, options

    def paired(self, name: str, paths: Iterator[str], same: int) -> None:
        """The server and the bare route of the same bytes in turn."""
        for url, some in ((self.url, paths), (self.bare, itertools.repeat(f"/{same}"))):
            load(url, some, self.options.clients, 1)
        seen = [
            (
                load(self.url, paths, self.options.clients, self.options.seconds),
                load(self.bare, itertools.repeat(f"/{same}"), self.options.clients, self.options.seconds),
            )
            for _ in range(self.options.runs)
        ]
        ours, bare = (
            Seen(*(statistics.median(v) for v in zip(*(pair[i] for pair in seen), strict=True))) for i in (0, 1)
        )
        ratio = statistics.median(a.rate / b.rate for a, b in seen)
        print(
            f"{name:<34} {ours.rate:>8,.0f}/s  p50 {ours.p50:>8.2f}  p99 {ours.p99:>8.2f}   "
            f"bare {bare.rate:>7,.0f}/s  p50 {bare.p50:>6.2f}  p99 {bare.p99:>6.2f}   ratio {ratio:.3f}",
            flush=True,
        )


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="govgraph-bench-") as name:
        folder = Path(name)
        path = folder / "bench.lbug"
        with graphs.open(str(path)) as graph:
            library = Library(graph)
            library.load("baseline")
            library.load("dates")
            assert load_rows(graph, "bench", rows()).rejected == 0
        root = Path(__file__).parent.parent
        serve = ("-m", "govgraph", "--graph", str(path), "serve", "--port", "0")
        with process(*serve, folder=folder) as url:
            kept = {
                "matrix, 31 provinces x 8 stages": "/v1/coverage?as_of=2024-03-21",
                "a cell, explained": "/v1/explain/520000/opening?as_of=2024-03-21",
                "small lineage, 3 nodes": "/v1/lineage/d00000?direction=down",
                f"large lineage, {_LARGE:,} nodes": "/v1/lineage/d00003?direction=down",
                "search": f"/v1/find?text={quote('条例')}",
            }
            bodies = [get(url + p) for p in kept.values()]
            for number, body in enumerate(bodies):
                (folder / f"{number}.json").write_bytes(body)
            with process("-m", "bench.bare", str(folder), folder=root) as bare:
                bench = Bench(url, bare, options)
                print(f"{options.clients} clients, {options.seconds:g} s a run, {options.runs} runs, medians; ms")
                for number, (what, p) in enumerate(kept.items()):
                    bench.paired(f"kept: {what}", itertools.repeat(p), number)
                asked = [
                    lambda: f"/v1/coverage?as_of={day()}",
                    lambda: f"/v1/explain/520000/opening?as_of={day()}",
                    lambda: f"/v1/lineage/d00000?direction=down&as_of={day()}",
                    lambda: f"/v1/lineage/d00003?direction=down&depth={100 + next(_DAYS)}",
                    lambda: f"/v1/find?text=集{next(_DAYS)}",
                ]
                for number, (what, ask) in enumerate(zip(kept, asked, strict=True)):
                    bench.paired(f"asked: {what}", (quote(ask(), safe="/?=&") for _ in itertools.count()), number)
                with writing(url):
                    for number, (what, p) in enumerate(kept.items()):
                        bench.paired(f"writer beside: {what}", itertools.repeat(p), number)


if __name__ == "__main__":
    main()
