"""The bulk path: what is filled in at once is what the rows one by one would have left."""

from __future__ import annotations

import csv
import io
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from govgraph import bulk
from govgraph import graph as graphs
from govgraph.engines import ladybug
from govgraph.errors import GraphError
from govgraph.library import Library
from govgraph.loaders import blocks
from govgraph.loaders.run import load
from govgraph.loaders.sheets import clean
from govgraph.rebuild import rebuild
from govgraph.terms import PLAIN, nfc
from tests.dumps import Dump, dump

PLACES = "id,name,level,parent\n000000,全国,national,\n520000,贵州省,province,000000\n110000,北京市,province,000000\n"
AGENCIES = "id,name,aliases,jurisdiction\nA1,省公安厅,公安厅|厅,贵州\nA2,统计局,,北京\nA3,统计局,,贵州\n"


class Both:
    """Two graphs that begin alike: into one rows go one by one, into the other at once."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, like: Path | None = None) -> None:
        self.folder, self._patch = folder, patch
        self.at_once = 0
        filled = bulk._fill

        def counting(*told: Any) -> bool:
            done = filled(*told)
            self.at_once += done
            return done

        patch.setattr(bulk, "_fill", counting)
        for name in ("rows", "bulk"):
            (folder / name).mkdir()
            if like:
                shutil.copytree(like / name, folder / name, dirs_exist_ok=True)
        self.libraries = {n: Library(graphs.open(str(folder / n / "graph.lbug"))) for n in ("rows", "bulk")}
        if not like:
            self.load("Jurisdiction", PLACES)
            self.load("Agency", AGENCIES)

    def load(self, kind: str, *texts: str | pa.Table, suffix: str = "csv", **options: Any) -> dict[str, Any]:
        """Load the same into both; the report, which has to be the same."""
        files = []
        for number, text in enumerate(texts):
            path = self.folder / f"{kind}-{number}.{suffix if isinstance(text, str) else 'parquet'}"
            if isinstance(text, str):
                path.write_text(text, encoding="utf-8", newline="")
            else:
                parquet.write_table(text, path)
            files.append(path)
        found = {}
        for name, library in self.libraries.items():
            self._patch.setattr(bulk, "LEAST", 1 if name == "bulk" else 1 << 60)
            rejects = self.folder / name / f"{kind}.rejects.csv"
            rejects.unlink(missing_ok=True)
            report = library.load(kind, files, rejects=rejects, **options)
            kept = rejects.read_text(encoding="utf-8") if rejects.exists() else ""
            found[name] = {**report.model_dump(mode="json"), "rejects_file": kept}
        assert found["bulk"] == found["rows"]
        return found["bulk"]

    def same(self) -> dict[Any, Any]:
        """What both graphs hold, which has to be the same."""
        one, other = (dump(library.graph) for library in self.libraries.values())
        assert one == other
        return other

    def close(self) -> None:
        for library in self.libraries.values():
            library.close()


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    found = Both(tmp_path, monkeypatch)
    yield found
    found.close()


RESOURCES = """id,name,aliases,code,description,provider,jurisdiction,share_type,personal,issued,storage_due
R1,常住人口登记,人口|户籍,307052/000001,"a ""quoted"" 文本",省公安厅,贵州,有条件共享,是,2021-11,2024年1月1日
R2,企业名录,,,多行,公安厅,520000,无条件,否,2022下半年,
,无标识, ,307052/000002,,,贵州省,,,,
,没有代码,,,,,北京,不予共享,true,,
R5,坏词,,,,,,公开,,,
R6,坏日期,,,,,,,,2023-02-30,
R7,两个局,,,,统计局,,,,,
R8,不知道的局,,,,某局,,,,,
R9,,,,,,,,,,
,,,,只有说明,,,,,,

R2,企业名录,,,多行,公安厅,520000,无条件,否,2022下半年,
R1,另一个说法,,,,,,,,,
R10,ＡＢ　全角,x;y,,\\back\\slash,A1,,,,20240305,45000
R11,多一格,,,,,,,,,,溢出
R12,短
R13,两地,,,,,贵州|北京,,,,
"""


def test_rows_of_all_sorts(both: Both) -> None:
    report = both.load("Resource", RESOURCES)
    assert both.at_once == 1
    assert report["status"] == "partial"
    assert (report["created"], report["unchanged"], report["rejected"]) == (7, 1, 8)
    assert {r["code"] for r in report["rejects"]} == {
        "bad_value", "ambiguous_reference", "unknown_reference", "missing", "contradictory_duplicate", "unknown_column",
    }  # fmt: skip
    held = both.same()
    assert ("Resource", "resource:307052/000002") in held
    items = "resource,name,data_type,length\nR1,姓名,字符型C,20\nR1,户籍 地址,,x\nR2,名称,C,9\nR99,无,,\nR1,姓名,字符型C,20\n"
    report = both.load("Item", items)
    assert both.at_once == 2
    assert (report["created"], report["unchanged"], report["rejected"]) == (2, 1, 2)
    assert ("Item", "item:R1:姓名") in both.same()


def test_the_journal_makes_it_again_and_an_undo_takes_it_back(both: Both) -> None:
    before = both.same()
    report = both.load("Resource", RESOURCES)
    held = both.same()
    for name in ("rows", "bulk"):
        again = both.folder / name / "again.lbug"
        made = rebuild(str(again), both.folder / name / "graph.lbug.journal")
        assert made.runs == 3
        with graphs.open(str(again), read_only=True) as graph:
            assert dump(graph) == held
    library = both.libraries["bulk"]
    run = library.run(report["run"]).items[0]
    assert (run.status, run.created, run.rejected) == ("partial", report["created"], report["rejected"])
    assert [r.run for r in library.runs().items] == ["1", "2", "3"]
    assert library.known_at("2") is not None
    undone = {name: one.undo(report["run"]).model_dump(mode="json") for name, one in both.libraries.items()}
    assert undone["bulk"] == undone["rows"]
    assert both.same() == before
    # A kind that is gone again is new again.
    both.load("Resource", RESOURCES)
    assert both.at_once == 2
    both.same()


def test_the_same_file_again_changes_nothing(both: Both) -> None:
    first = both.load("Resource", RESOURCES, full=True)
    assert first["sweep"]
    good = "id,name\nR1,甲\nR2,乙\n"
    both.load("Dataset", good, full=True)
    again = both.load("Dataset", good, full=True)
    assert (again["unchanged"], again["swept"], again["sweep"]) == (2, 0, None)
    assert both.at_once == 2
    assert both.load("Dataset", "id,name\nR1,甲\n", full=True)["swept"] == 1
    both.same()


def test_blocks_and_files_have_no_borders_that_show(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SIZE", 3)
    monkeypatch.setattr(bulk, "MOST", 1)
    one = (
        "name,code,share_type,provider\n甲,1/1,无条件,A1\n乙,1/2,,A2\n,,\n甲,1/1,无条件,A1\n丙,1/3,有条件,A3\n"
        "丁,1/1,,\n子,2/1,,A1\n丑,2/2,,A2\n寅,2/3,,A1\n卯,2/4,,A3\n"
    )
    other = "信息资源代码,名称,provider\n1/2,乙,A2\n1/4,\n1/9,戊\n1/2,己\n"
    report = both.load("Resource", one, other)
    assert (report["created"], report["unchanged"], report["rejected"]) == (8, 2, 3)
    assert both.at_once == 1
    both.same()


def test_what_only_the_rows_know_is_left_to_them(both: Both) -> None:
    # A row without an id may speak of the thing that has what it is known by as an alias; one without a name, of an earlier.
    both.load("Resource", "id,name,aliases\nX,甲,resource:乙\n,乙,\n")
    both.load("Dataset", "id,name,format\nD,甲,\nD,,csv\n")
    both.load("Agency", "id,name\nA9,新局\n")
    both.load("Use", "id,name\n,\n")
    assert both.at_once == 0
    both.same()


def test_a_kind_that_is_there_and_a_dry_run_go_row_by_row(both: Both) -> None:
    both.load("Dataset", "id,name\nD1,甲\n", dry_run=True)
    both.load("Use", "id,name,provider\nU1,甲,新的局\n", placeholders=True)
    assert both.at_once == 0
    both.load("Dataset", "id,name\nD1,甲\n")
    both.load("Dataset", "id,name\nD2,乙\n", source="other")
    assert both.at_once == 1
    both.same()


def test_parquet_of_all_types(both: Both) -> None:
    both.load(
        "Claim",
        pa.table(
            {
                "id": pa.array([1, 2, 3, 4], pa.int32()),
                "name": pa.array(["甲", "乙", None, "丁"], pa.large_string()),
                "aliases": pa.array([["x", "y"], [], None, ["z"]]),
                "value": pa.array([1.5, 2.0, None, 1e20]),
                "text": pa.array(["a", "b", "a", ""]).dictionary_encode(),
                "unit": pa.nulls(4),
            }
        ),
    )
    day = pa.array([19000, None], pa.date32())
    moment = pa.array([0, 1_700_000_000], pa.timestamp("s"))
    both.load(
        "Resource",
        pa.table(
            {"名称": ["甲", "乙"], "personal": [True, None], "issued": day, "storage_due": moment, "theme": [None, ""]}
        ),
    )
    assert both.at_once == 2
    both.same()


def test_json_lines_with_lists(both: Both) -> None:
    lines = [
        '{"id": "D1", "name": "甲", "provider": ["A1", "A2"], "aliases": ["x"], "personal": true}',
        '{"id": "D2", "name": "乙\\ud800", "provider": "厅"}',
        '{"name": "丙", "issued": 2021, "grade": 3}',
    ]
    report = both.load("Dataset", "\n".join(lines), suffix="jsonl")
    assert (report["created"], report["rejected"]) == (2, 1)
    assert both.at_once == 1
    both.same()


TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "甲",
            "乙",
            "甲 ",
            "Ａ",
            "a\u0301",
            "⽅",
            "\u200b",
            "x|y",
            '"',
            "\\",
            "=1",
            "'",
            "﹏",
            "|",
            "；",
            "\x00",
        ]
    ),
    st.text(st.characters(codec="utf-8"), max_size=6),
)
WORDS = {
    "id": st.one_of(st.sampled_from(["", "R1", "R2", "resource:甲"]), TEXTS),
    "name": TEXTS,
    "aliases": TEXTS,
    "code": st.sampled_from(["", "1/1", "1/2", "甲"]),
    "provider": st.sampled_from(["", "A1", "公安厅", "统计局", "没有", "A1|A2", "A1|厅"]),
    "jurisdiction": st.sampled_from(["", "贵州", "北京", "北京|北京市", "火星"]),
    "share_type": st.sampled_from(["", "有条件", "unconditional", "公开"]),
    "personal": st.sampled_from(["", "是", "否", "true", "maybe"]),
    "issued": st.sampled_from(["", "2021", "2022-H2", "45000", "2021-11-05 00:00:00", "2023-02-30"]),
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two graphs that begin alike."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        Both(folder, patch).close()
    return folder


MESSY = st.lists(st.tuples(*WORDS.values()), max_size=30)


@given(MESSY, st.booleans())
@settings(max_examples=8, deadline=None)
def test_messy_rows(
    begun: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], as_parquet: bool
) -> None:
    messy(begun, tmp_path_factory, rows, as_parquet)


@pytest.mark.slow
@given(MESSY, st.booleans())
@settings(max_examples=200, deadline=None)
def test_many_messy_rows(
    begun: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], as_parquet: bool
) -> None:
    messy(begun, tmp_path_factory, rows, as_parquet)


def messy(begun: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], as_parquet: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", 8)
        both = Both(tmp_path_factory.mktemp("messy"), patch, like=begun)
        try:
            if as_parquet:
                columns = zip(*rows, strict=True) if rows else [[]] * len(WORDS)
                text: Any = pa.table({n: pa.array(list(c), pa.string()) for n, c in zip(WORDS, columns, strict=True)})
            else:
                stream = io.StringIO(newline="")
                csv.writer(stream).writerows([tuple(WORDS), *rows])
                text = stream.getvalue()
            both.load("Resource", text)
            both.same()
        finally:
            both.close()


def test_plain_text_stays_as_it_is() -> None:
    whole = re.compile(PLAIN)
    found = [c for c in map(chr, range(sys.maxunicode + 1)) if whole.fullmatch(c)]
    assert len(found) > 20_000
    for char in found:
        text = f"{char} {char}"
        assert clean(text) == nfc(text) == text
        assert unicodedata.combining(char) == 0
        assert char not in '"\\'
    assert not any(whole.fullmatch(text) for text in ("", " ", " a", "a ", "a\n", "a\u0301", "⽅", "\u3000"))


# --- whole or not at all ----------------------------------------------------------------------------------------


def many(count: int) -> str:
    return "id,name,provider\n" + "".join(f"R{n},资源{n},A{n % 3 + 1}\n" for n in range(count))


def test_what_fails_leaves_the_graph_and_goes_row_by_row(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> str:
        raise GraphError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(bulk.schema, "fill_edges", failing)
        both.load("Resource", RESOURCES)
    # Here the journal holds what the graph never will.
    monkeypatch.setattr("govgraph.engines.ladybug.settle", failing)
    both.load("Dataset", "id,name\nD1,甲\n")
    assert both.at_once == 0
    held = both.same()
    rebuild(str(both.folder / "again.lbug"), both.folder / "bulk" / "graph.lbug.journal")
    with graphs.open(str(both.folder / "again.lbug"), read_only=True) as graph:
        assert dump(graph) == held
    assert not list(both.folder.glob("*/*.filling"))


def test_ctrl_c_leaves_nothing_but_the_run(both: Both) -> None:
    before = both.same()

    def stop(read: int) -> None:
        raise KeyboardInterrupt

    file = both.folder / "resources.csv"
    file.write_text(many(50), encoding="utf-8")
    library = both.libraries["bulk"]
    report = load(library.graph, "Resource", [file], progress=stop)
    assert (report.status, report.read, report.run) == ("interrupted", 0, "3")
    assert dump(library.graph) == before
    assert not list(both.folder.glob("*/*.filling"))
    assert library.load("Resource", [file]).created == 50


def test_a_graph_whose_readers_are_at_work_is_not_exchanged(both: Both) -> None:
    reader = both.libraries["bulk"].graph.reader()
    both.load("Resource", RESOURCES)
    assert both.at_once == 0
    reader.close()
    both.load("Dataset", "id,name\nD1,甲\n")
    assert both.at_once == 1
    both.same()


def through_kills(folder: Path, what: str, file: Path, delays: Sequence[float], look: Callable[[Dump], None]) -> Dump:
    """Load a file into ``graph.lbug`` by processes that are killed so many seconds after they began, looking at what each
    left, then by one that ends: the graph that it leaves, which is that of its journal, too.
    """
    url = folder / "graph.lbug"
    code = (
        "import sys; from govgraph import bulk, library; bulk.LEAST = 1\n"
        "print('ready', flush=True)\n"
        "with library.open(sys.argv[1]) as found: found.load(sys.argv[2], [sys.argv[3]])\n"
    )

    def started() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, str(url), what, str(file)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    for delay in delays:
        process = started()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with graphs.open(str(url)) as graph:
            look(dump(graph))
        assert not list(folder.glob("*.filling"))
    last = started()
    last.communicate()
    assert last.returncode == 0
    with graphs.open(str(url), read_only=True) as graph:
        held = dump(graph)
    rebuild(str(folder / "again.lbug"), folder / "graph.lbug.journal")
    with graphs.open(str(folder / "again.lbug"), read_only=True) as graph:
        assert dump(graph) == held
    return held


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process of its own")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(3)
    file = tmp_path / "resources.csv"
    file.write_text(many(1_000), encoding="utf-8")
    with graphs.open(str(tmp_path / "graph.lbug")) as graph:
        for kind, text in (("Jurisdiction", PLACES), ("Agency", AGENCIES)):
            (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
            Library(graph).load(kind, [tmp_path / f"{kind}.csv"])
        before = dump(graph)

    def look(held: Dump) -> None:
        landed = sum(key[0] == "Resource" for key in held)
        assert landed in (0, 1_000)
        if not landed:
            assert held == before

    held = through_kills(tmp_path, "Resource", file, [chance.uniform(0.1, 1.5) for _ in range(3)], look)
    assert sum(key[0] == "Resource" for key in held) == 1_000


def test_the_old_file_writes_nothing_beside_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill there would leave the old file's pages to be put into the new one."""
    monkeypatch.setattr(bulk, "LEAST", 1)
    url, file = tmp_path / "graph.lbug", tmp_path / "rows.csv"
    file.write_text("id,name\nD1,集\n", encoding="utf-8")
    beside = [tmp_path / f"graph.lbug{ending}" for ending in (".wal", ".shadow")]
    seen = []
    settled, reopened = ladybug.settle, ladybug.LadybugGraph._reopen

    def settle(new: Path, path: Path) -> None:
        settled(new, path)
        for part in beside:
            part.write_bytes(b"mark")

    def reopen(graph: ladybug.LadybugGraph) -> None:
        for part in beside:
            seen.append(part.read_bytes())
            part.unlink()
        reopened(graph)

    monkeypatch.setattr(ladybug, "settle", settle)
    monkeypatch.setattr(ladybug.LadybugGraph, "_reopen", reopen)
    with graphs.open(str(url)) as graph:
        assert Library(graph).load("Dataset", [file]).created == 1
    assert seen == [b"mark", b"mark"]
