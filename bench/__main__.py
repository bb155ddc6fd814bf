"""``make bench``: what things cost, each as a ratio to a named baseline in the same run.

    python -m bench [--runs N]

Prints one line per case: median milliseconds of the case and of its baseline, and the median of the pairwise ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx

from govgraph import graph as graphs
from govgraph import schema
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders import baseline
from govgraph.loaders.rows import Row
from govgraph.model import EDGES, NODES

LEVELS, WIDTH = 20, 20


def paired(name: str, versus: str, case: Callable[[], Any], base: Callable[[], Any], runs: int) -> None:
    """Time case and baseline in turn, after one warm-up of each."""
    case(), base()
    times: list[tuple[float, float]] = []
    for _ in range(runs):
        pair = []
        for work in (case, base):
            started = time.perf_counter()
            work()
            pair.append(time.perf_counter() - started)
        times.append((pair[0], pair[1]))
    middle = [statistics.median(t[i] for t in times) * 1000 for i in (0, 1)]
    ratio = statistics.median(a / b for a, b in times)
    print(f"{name:<34} {middle[0]:>9.1f} ms   {versus:<46} {middle[1]:>9.1f} ms   ratio {ratio:.2f}", flush=True)


def command(*arguments: str) -> Callable[[], None]:
    """A whole process of this interpreter."""

    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    return run


def load_baseline() -> None:
    """The baseline into a new file, validated, with its report."""
    with fresh() as graph:
        Library(graph).load("baseline")


def bare_rows() -> tuple[dict[str, list[dict[str, Any]]], dict[tuple[str, str, str], list[dict[str, Any]]]]:
    """What the baseline loads, as the engine's own rows."""
    with fresh() as graph:
        Library(graph).load("baseline")
        nodes = {
            kind: graph.read(
                f"MATCH (x:`{kind}`) RETURN "
                + ", ".join(f"x.`{c.name}` AS `{c.name}`" for c in schema.node_columns(kind))
            )
            for kind in NODES
        }
        edges: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for type_, model in EDGES.items():
            columns = ", ".join(f"e.`{c.name}` AS `{c.name}`" for c in schema.edge_columns(model))
            for start, end in model.pairs:
                text = f"MATCH (x:`{start}`)-[e:`{type_}`]->(y:`{end}`) RETURN x.id AS a, y.id AS b, {columns}"
                edges[type_, start, end] = graph.read(text)
    return {k: r for k, r in nodes.items() if r}, {k: r for k, r in edges.items() if r}


def load_bare(nodes: dict[str, Any], edges: dict[tuple[str, str, str], Any]) -> None:
    """The same rows by bare CREATE, unchecked."""
    work = []
    for kind, rows in nodes.items():
        present = schema.present_columns(rows, [c.name for c in schema.node_columns(kind)])
        body = ", ".join(f"`{n}`: r.`{n}`" for n in present)
        work.append((f"UNWIND $rows AS r CREATE (:`{kind}` {{{body}}})", [{n: r[n] for n in present} for r in rows]))
    for (type_, start, end), rows in edges.items():
        names = [c.name for c in schema.edge_columns(EDGES[type_])]
        present = schema.present_columns(rows, names)
        body = ", ".join(f"`{n}`: r.`{n}`" for n in present)
        text = (
            f"UNWIND $rows AS r MATCH (x:`{start}` {{id: r.a}}) MATCH (y:`{end}` {{id: r.b}}) "
            f"CREATE (x)-[:`{type_}` {{{body}}}]->(y)"
        )
        work.append((text, [{n: r[n] for n in ("a", "b", *present)} for r in rows]))
    with fresh() as graph:
        graph.bulk_load(work)


@contextmanager
def fresh() -> Iterator[Graph]:
    """An empty graph in a file that goes away."""
    with tempfile.TemporaryDirectory() as folder, graphs.open(str(Path(folder) / "bench.lbug")) as graph:
        yield graph


def lattice() -> list[Row]:
    """LEVELS levels of WIDTH datasets, each joined to all of the next: WIDTH ** (LEVELS - 1) paths."""
    rows = [
        Row("Dataset", {"id": f"d{level}-{i}", "name": f"d{level}-{i}"}, "lattice", 0)
        for level in range(LEVELS)
        for i in range(WIDTH)
    ]
    rows += [
        Row("PROCESSING", {"from": f"d{level}-{i}", "to": f"d{level + 1}-{j}"}, "lattice", 0)
        for level in range(LEVELS - 1)
        for i in range(WIDTH)
        for j in range(WIDTH)
    ]
    return rows


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"python {sys.version.split()[0]}, {runs} runs, medians")
    paired("govgraph --help", "python -c pass", command("-m", "govgraph", "--help"), command("-c", "pass"), runs)
    nodes, edges = bare_rows()
    paired(
        f"load baseline ({sum(1 for _ in baseline.rows()):,} rows)",
        "bare CREATE of the same nodes and edges",
        load_baseline,
        lambda: load_bare(nodes, edges),
        runs,
    )
    with fresh() as graph:
        library = Library(graph)
        library.load("baseline")
        answer = library.coverage(as_of="2024-03-21")
        text = answer.to_json()
        paired(
            "coverage, 31 provinces x 8 stages",
            "reading its JSON with the standard library",
            lambda: library.coverage(as_of="2024-03-21"),
            lambda: json.loads(text),
            runs,
        )
    rows = lattice()
    with fresh() as graph:
        report = load_rows(graph, "bench", rows)
        assert report.rejected == 0
        library = Library(graph)
        plain = nx.DiGraph((r.values["from"], r.values["to"]) for r in rows if r.kind == "PROCESSING")

        def oracle() -> None:
            depth = nx.single_source_shortest_path_length(plain, "d0-0")
            list(plain.subgraph(depth).edges)

        paired(
            f"lineage, lattice {LEVELS} x {WIDTH}, fully joined",
            "networkx in memory: depths and edges",
            lambda: library.lineage("d0-0", direction="down"),
            oracle,
            runs,
        )


if __name__ == "__main__":
    main()
