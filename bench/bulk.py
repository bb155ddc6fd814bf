"""The bulk path: loading a catalogue from files, as a ratio to the engine's bare COPY of the same rows in the same run.

    python -m bench.bulk [--resources N] [--items M] [--format csv|parquet] [--catalogue] [--rows]

Makes N resources and M items of each as files, loads them with ``load csv Resource`` and ``load csv Item`` into a graph that
holds places, agencies and catalogues, each load in a process of its own; then COPYs what the graph holds of them, already
validated and as Parquet, into an empty one. ``--catalogue``: the same as one government catalogue, with ``load catalogue``.
``--rows``: row by row instead. Prints seconds, rows a second, the largest resident set of a process, and the ratio.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import ladybug
import pyarrow as pa
from pyarrow import parquet

from govgraph import bulk, schema
from govgraph import graph as graphs
from govgraph.changes import BATCH
from govgraph.library import Library
from govgraph.model import EDGES, Column
from govgraph.transfer import Part

PLACES = [f"{number:02}0000" for number in range(11, 43)]
AGENCIES, CATALOGUES = 50, 5
"""Of each place."""
POOL = 2 << 30
"""The engine's buffer pool in bytes, as a load has it."""
TYPES = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "date": pa.date32()}
RESOURCE = (
    "code", "name", "description", "provider", "catalogue", "share_type", "open_type", "update_cycle", "format", "issued",
    "personal",
)  # fmt: skip
ITEM = ("resource", "name", "data_type", "length", "open_type")
TEMPLATE = (
    "信息资源代码", "信息资源名称", "信息资源摘要", "信息资源提供方", "所在目录", "共享类型", "开放类型", "更新周期", "信息资源格式类型",
    "发布日期", "信息项名称", "数据类型", "数据长度", "信息项开放类型",
)  # fmt: skip
WORDS = "人口户籍企业法人登记许可处罚社保医疗教育住房交通环境气象税务信用统计档案规划土地水利农业林业旅游文化体育民政"


def context() -> dict[str, tuple[str, list[tuple[str, ...]]]]:
    """What a bureau loads first: kind → header and rows."""
    agencies = [(f"g{place}-{n}", f"{place}第{n}局", place) for place in PLACES for n in range(AGENCIES)]
    lists = [(f"c{place}-{n}", f"{place}目录{n}", place) for place in PLACES for n in range(CATALOGUES)]
    return {
        "Jurisdiction": ("id,name,level", [(place, f"省{place}", "province") for place in PLACES]),
        "Agency": ("id,name,jurisdiction", agencies),
        "Catalogue": ("id,name,jurisdiction", lists),
    }


def resources(count: int) -> Iterator[tuple[str, ...]]:
    """Rows of resources, as a province's catalogue has them: by code, with words and not all of them."""
    chance = Random(1)
    for number in range(count):
        place = chance.choice(PLACES)
        name = "".join(chance.choices(WORDS, k=6))
        yield (
            f"3{number % 90 + 10:02}{number % 7}/{number:07}",
            f"{name}信息{number}",
            f"{name}的基本情况、办理结果和变更记录，共{number % 40}类。" if number % 4 else "",
            f"g{place}-{chance.randrange(AGENCIES)}",
            f"c{place}-{chance.randrange(CATALOGUES)}",
            chance.choice(("无条件共享", "有条件共享", "不予共享", "")),
            chance.choice(("无条件开放", "有条件开放", "不予开放", "")),
            chance.choice(("每日", "每月", "每年", "不定期", "")),
            chance.choice(("数据库", "xlsx", "")),
            f"{chance.randint(2015, 2024)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            chance.choice(("是", "否", "")),
        )


def items(count: int, each: int) -> Iterator[tuple[str, ...]]:
    """Rows of items, each with the code of its resource; they have no ids of their own."""
    chance = Random(2)
    for number in range(count):
        code = f"resource:3{number % 90 + 10:02}{number % 7}/{number:07}"
        for place in range(each):
            name = "".join(chance.choices(WORDS, k=3))
            yield code, f"{name}{place}", "字符型C", str(chance.randint(1, 200)), chance.choice(("无条件开放", "", ""))


def listed(count: int, each: int) -> Iterator[tuple[str, ...]]:
    """Rows of a government catalogue: a resource's cells stand in the row of its first item."""
    found = items(count, each)
    for number, told in enumerate(resources(count)):
        own = (f"3{number % 90 + 10}{number % 7:03}/{number:07}", *told[1:10])
        for place in range(each):
            yield (*(own if place == 0 else [""] * len(own)), *next(found)[1:])


def written(path: Path, header: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> Path:
    """A file of rows: what it is, its name says."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            writer.writerows(rows)
        return path
    with parquet.ParquetWriter(path, pa.schema([(name, pa.string()) for name in header])) as writer:
        held: list[tuple[str, ...]] = []

        def flush() -> None:
            columns = [[value or None for value in column] for column in zip(*held, strict=True)]
            writer.write_table(pa.table(columns, schema=writer.schema))
            held.clear()

        for row in rows:
            held.append(row)
            if len(held) == 50_000:
                flush()
        if held:
            flush()
    return path


def in_process(work: Callable[..., Any], *given: Any) -> tuple[Any, float, int]:
    """What work returns, run in a process of its own; its seconds and its largest resident set in MiB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        found: tuple[Any, float, int] = pool.apply(measured, (work, given))
        return found


def measured(work: Callable[..., Any], given: tuple[Any, ...]) -> tuple[Any, float, int]:
    """What work returns, its seconds, and the largest resident set of this process in MiB."""
    started = time.perf_counter()
    found = work(*given)
    return found, time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def load(url: str, kind: str, file: Path, rows: bool) -> tuple[int, int]:
    """Load a file as its users do: rows accepted, and rejected."""
    if rows:
        bulk.LEAST = 1 << 60
    os.chdir(file.parent)
    with graphs.open(url) as graph:
        report = Library(graph).load(kind, [file])
    return report.accepted, report.rejected


def stored(url: str, folder: Path) -> list[tuple[Part, Path]]:
    """What the graph holds of resources and items, as Parquet files of the engine's own columns, in what it takes at once."""
    parts = [Part("Resource"), Part("Item")]
    parts += [
        Part(type_, a, b)
        for type_, edge in EDGES.items()
        for a, b in edge.pairs
        if {a, b} & {"Resource", "Item"} and (a, b) != ("Resource", "Database")
    ]
    found = []
    with graphs.open(url, read_only=True) as graph:
        for part in parts:
            ends = (Column("a", "str", "", ""), Column("b", "str", "", "")) if part.start else ()
            types = pa.schema([(c.name, TYPES.get(c.type, pa.list_(pa.string()))) for c in (*ends, *part.stored)])
            batches = (pa.Table.from_pylist(rows, schema=types) for rows in part.read(graph))
            # In row groups and files as a load makes them.
            while tables := list(itertools.islice(batches, bulk.MOST // BATCH)):
                path = folder / f"{len(found)}.parquet"
                parquet.write_table(pa.concat_tables(tables), path, row_group_size=bulk.STAGED)
                found.append((part, path))
    return found


def bare(url: str, files: list[tuple[Part, Path]]) -> None:
    """COPY the files into a graph with nothing but the engine, unchecked."""
    with ladybug.Database(url, buffer_pool_size=POOL) as database, ladybug.Connection(database) as engine:
        # With more, filling the index of a kind may never end.
        engine.set_max_threads_for_exec(1)
        for part, path in files:
            name = str(path)
            text = schema.fill_edges(*part, name) if part.start else schema.fill_nodes(part.name, name)
            for each in (text, "CHECKPOINT"):
                result = engine.execute(each)
                assert isinstance(result, ladybug.QueryResult)
                result.close()


def prepared(url: str, folder: Path) -> None:
    """A graph that holds what a bureau loads first."""
    with graphs.open(url) as graph:
        library = Library(graph)
        for kind, (header, rows) in context().items():
            report = library.load(kind, [written(folder / f"{kind}.csv", header.split(","), rows)])
            assert report.rejected == 0, report.rejects


def main() -> None:
    """Make, load, COPY, and compare."""
    parser = argparse.ArgumentParser(prog="python -m bench.bulk", description=__doc__)
    parser.add_argument("--resources", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=6, help="of each resource")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--catalogue", action="store_true", help="one government catalogue")
    parser.add_argument("--rows", action="store_true", help="row by row")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made: dict[str, tuple[Sequence[str], Iterator[tuple[str, ...]]]] = {
            "Resource": (RESOURCE, resources(given.resources)),
            "Item": (ITEM, items(given.resources, given.items)),
        }
        if given.catalogue:
            made = {"catalogue": (TEMPLATE, listed(given.resources, given.items))}
        files = {
            kind: written(folder / f"{kind}.{given.format}", header, rows) for kind, (header, rows) in made.items()
        }
        url, target = str(folder / "graph.lbug"), str(folder / "bare.lbug")
        for each in (url, target):
            prepared(each, folder)
        print(f"python {sys.version.split()[0]}, {given.format}, {'row by row' if given.rows else 'at once'}")
        total = count = 0.0
        for kind, file in files.items():
            (accepted, rejected), seconds, size = in_process(load, url, kind, file, given.rows)
            assert rejected == 0, rejected
            total, count = total + seconds, count + accepted
            print(
                f"load {kind:<14} {accepted:>10,} rows {seconds:>8.1f} s {accepted / seconds:>9,.0f} a second "
                f"{size:>6,} MiB",
                flush=True,
            )
        parts, _, _ = in_process(stored, url, folder)
        _, seconds, size = in_process(bare, target, parts)
        print(
            f"bare COPY of the same {count:>12,.0f} rows {seconds:>8.1f} s {count / seconds:>9,.0f} a second {size:>6,} MiB"
        )
        print(f"all loads {total:.1f} s, {count / total:,.0f} rows a second, ratio {total / seconds:.2f}")


if __name__ == "__main__":
    main()
