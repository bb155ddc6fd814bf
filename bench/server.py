"""``python -m bench.server``: loading and asking Neo4j, against the bare driver and the offline import.

    python -m bench.server [--rows N]

Starts a private server; prints things (nodes and edges) per second, and ratios to the bare driver.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import neo4j

from govgraph import graph as graphs
from govgraph import schema, server, transfer
from govgraph.ingest import BATCH, load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.model import RECORD_TYPES

AGENCIES = 100


def rows(count: int) -> Iterator[Row]:
    """Agencies, resources that they provide, and as many acts of sharing."""
    for i in range(AGENCIES):
        yield Row("Agency", {"id": f"a{i}", "name": f"机构{i}"}, "bench", i)
    for i in range(count):
        yield Row(
            "Resource",
            {
                "id": f"r{i:07}",
                "name": f"政务信息资源目录条目{i}",
                "share_type": "无条件共享",
                "open_type": "有条件开放",
                "provider": f"a{i % AGENCIES}",
            },
            "bench",
            i,
        )
    for i in range(count):
        target = f"r{(i * 7919 + 1) % count:07}"
        yield Row("SHARING", {"from": f"r{i:07}", "to": target, "since": "2023-05-01"}, "bench", i)


class Bench:
    """One server, and ways to fill it."""

    def __init__(self, status: server.Status, count: int) -> None:
        self.url, self.count = status.url, count
        auth = server.credentials(status.url)
        assert auth
        self.driver = neo4j.GraphDatabase.driver(status.url, auth=auth)
        self.things = AGENCIES + 3 * count

    def empty(self) -> None:
        """Remove everything but the schema."""
        with self.driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS").consume()

    def timed(self, name: str, work: Callable[[], Any]) -> float:
        """Things per second of one way."""
        started = time.perf_counter()
        work()
        speed = self.things / (time.perf_counter() - started)
        print(f"{name:<58} {speed:>10,.0f} things/s", flush=True)
        return speed

    def load(self) -> None:
        """Everything that a load does."""
        with graphs.open(self.url) as graph:
            report = load_rows(graph, "bench", rows(self.count))
            assert report.rejected == 0

    def stored(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """What a load left, as bare texts and rows."""
        work = []
        with graphs.open(self.url, read_only=True) as graph:
            for kind in ("Agency", "Resource"):
                names = [c.name for c in schema.node_columns(kind)]
                found = graph.read(f"MATCH (x:{kind}) RETURN " + ", ".join(f"x.`{n}` AS `{n}`" for n in names))
                present = schema.present_columns(found, names)
                body = ", ".join(f"`{n}`: r.`{n}`" for n in present)
                work.append((f"UNWIND $rows AS r CREATE (:{kind} {{{body}}})", _only(found, present)))
            for type_, end in (("PROVIDED_BY", "Agency"), ("SHARING", "Resource")):
                names = ["id", "key", "stage", *schema.STATEMENT_COLUMNS]
                names += ["since", *schema.BOUNDS] if type_ in RECORD_TYPES else []
                columns = ", ".join(f"e.`{n}` AS `{n}`" for n in names)
                found = graph.read(
                    f"MATCH (x:Resource)-[e:{type_}]->(y:{end}) RETURN x.id AS a, y.id AS b, {columns} ORDER BY a, b"
                )
                present = schema.present_columns(found, names)
                body = ", ".join(f"`{n}`: r.`{n}`" for n in present)
                text = (
                    f"UNWIND $rows AS r MATCH (x:Resource {{id: r.a}}) MATCH (y:{end} {{id: r.b}}) "
                    f"CREATE (x)-[:{type_} {{{body}}}]->(y)"
                )
                work.append((text, _only(found, ("a", "b", *present))))
        return work

    def bare(self, work: list[tuple[str, list[dict[str, Any]]]], sessions: int) -> None:
        """The same rows by bare CREATE, unchecked."""
        for text, found in work:
            parts = [found[i : i + BATCH] for i in range(0, len(found), BATCH)]
            threads = [threading.Thread(target=self._create, args=(text, parts[i::sessions])) for i in range(sessions)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _create(self, text: str, parts: list[list[dict[str, Any]]]) -> None:
        with self.driver.session() as session:
            for part in parts:
                session.execute_write(lambda tx, part=part: tx.run(text, rows=part).consume())  # type: ignore[misc]

    def export(self, folder: Path) -> None:
        """Write the graph as files."""
        with graphs.open(self.url, read_only=True) as graph:
            transfer.export_neo4j(graph, folder / "files")

    def offline(self, folder: Path) -> None:
        """Import the files into a database of their own, Java's start included."""
        files = folder / "files"
        echo = {"NEO4J_ADMIN": "echo", "PATH": os.defpath}
        said = subprocess.run(["sh", "import.sh"], cwd=files, env=echo, capture_output=True, text=True, check=True)
        arguments = [re.sub(r"(?<=[=,])(?=[^=,]+\.csv)", f"{files}/", a) for a in said.stdout.split()]
        result = server.admin(folder / "home", server.DEFAULT, *arguments)
        assert result.returncode == 0, result.stderr or result.stdout

    def asked(self, name: str, ask: Callable[[], Any], runs: int = 7) -> None:
        """Median of a question."""
        ask()
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            ask()
            times.append(time.perf_counter() - started)
        print(f"{name:<58} {statistics.median(times) * 1000:>10.1f} ms", flush=True)


def _only(found: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{n: r[n] for n in names} for r in found]


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(prog="python -m bench.server", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    with server.throwaway(heap_mb=1024, page_cache_mb=512) as status:
        bench = Bench(status, count)
        print(f"Neo4j {status.version}; {count:,} resources, their providers, as many acts of sharing")
        bench.load()
        work = bench.stored()
        bench.empty()
        bench.bare(work, 1)  # warm
        bench.empty()
        one = bench.timed("bare driver, CREATE, one session", lambda: bench.bare(work, 1))
        bench.empty()
        two = bench.timed("bare driver, CREATE, two sessions", lambda: bench.bare(work, 2))
        bench.empty()
        ours = bench.timed("govgraph load: validated, stated, reported", bench.load)
        print(f"{'  ratio to one session, to two':<58} {ours / one:>10.2f} {ours / two:>10.2f}")
        again = bench.timed("govgraph load again: nothing changed", bench.load)
        print(f"{'  ratio to the first load':<58} {again / ours:>10.2f}")
        with tempfile.TemporaryDirectory(prefix="govgraph-bench-") as folder:
            bench.timed("govgraph export neo4j-import", lambda: bench.export(Path(folder)))
            offline = bench.timed("neo4j-admin database import of it", lambda: bench.offline(Path(folder)))
            print(f"{'  ratio of the load to it':<58} {ours / offline:>10.2f}")
        with graphs.open(status.url, read_only=True) as graph:
            library = Library(graph)
            bench.asked(
                "lineage down, whole closure (limit 10,000)", lambda: library.lineage("r0000000", direction="down"), 3
            )
            bench.asked("coverage, no jurisdictions, all resources counted", library.coverage)
            bench.asked("find 目录条目99 (substring, TEXT index)", lambda: library.find("目录条目99", kind="Resource"))
            bench.asked("show one resource", lambda: library.show("r0000001"))
        bench.driver.close()


if __name__ == "__main__":
    main()
