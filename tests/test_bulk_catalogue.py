"""The bulk path of a government catalogue: what is filled in at once is what the rows one by one would have left."""

from __future__ import annotations

import csv
import io
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph.library import Library
from govgraph.loaders import blocks, catalogue
from govgraph.rebuild import rebuild
from tests.dumps import Dump, dump
from tests.test_bulk import Both, through_kills

CODE = "11520000DEM000014M"
CONTEXT = {
    "Agency": f"id,name,credit_code,jurisdiction\nA8,数据局,{CODE},贵州\nA9,档案局,,北京\n",
    "Theme": "id,name\nT1,公共安全\n",
    "Regulation": "id,name,doc_number\nREG002,政务信息资源共享管理暂行办法,国发〔2016〕51号\n",
}


def prepared(folder: Path, patch: pytest.MonkeyPatch) -> Both:
    """Two graphs that hold what catalogues name."""
    both = Both(folder, patch)
    for kind, told in CONTEXT.items():
        assert both.load(kind, told)["rejected"] == 0
    both.at_once = 0
    return both


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    found = prepared(tmp_path, monkeypatch)
    yield found
    found.close()


HEAD = (
    "信息资源代码,信息资源名称,提供方,提供方代码,类,项,目,摘要,共享类型,不予共享依据,是否向社会开放,更新周期,发布日期,关联资源代码,主题,"
    "所在行政区划,涉密性,信息项名称,数据类型,数据长度"
).replace("主题,", "开放主题分类,")
CATALOGUE = f"""{HEAD}
307052/000001,常住人口登记,公安厅,,部门,省级,公安,"a ""quoted"" 文本",有条件共享,,是,每日,2021-11,307052/000002;307052/999999,公共安全,贵州,否,姓名,字符型C,20
,,,,,,,,,,,,,,,,,户籍 地址,C,x
,,,,,,,,不予共享,《政务信息资源共享管理暂行办法》第九条,,,,,,,,证件号,N,018
307052/000002,企业名录,不知道的名,{CODE},部门,省|级,;,,不予共享,国发〔2016〕51号,否,每年,2022下半年,,,,,名称,,9
307052/000002,,,,,,,,,,,,,,,,,名称,,9
,没有代码,数据局,{CODE},,,,,,,,,,,,北京,,项,,
,没有代码,数据局,{CODE},,,,,,,,,,,,北京,,项,,
307052/000003,坏词,数据局,,,,,,公开,,,,,,,,,项,,
307052/000004,坏日期,数据局,,,,,,,,,,2023-02-30,,,,,项,,
307052/000005,两个局,统计局,,,,,,,《没有的办法》,,,,307052/000001,,,,项,,
307052/000006,不知道的局,某局,,,,,,,,,,,307052/000001,,,,项,,
307052/000001,另一个说法,数据局,,,,,,,,,,,,,,,新的项,,
307052/000006,后来知道的局,数据局,,,,,,不予共享,《没有的办法》,,,,307052/000006,,,,项,,
307052/000001,常住人口登记,公安厅,,部门,省级,公安,"a ""quoted"" 文本",有条件共享,,是,每日,2021-11,307052/000002;307052/999999,公共安全,贵州,否,姓名,字符型C,20
307052/000001,,,,,,,,,,,,,,,,,姓名,数值型,
307052/000007;307052/000008,ＡＢ　全角,档案局|数据局,{CODE},,,,\\back\\slash,,,,,45000,,公共安全|没有,,,é,D,5位
307052/000009,一个厅,厅,,,,,,,,,,,,,贵州|北京,,x"y,,
307052/000010,秘密,数据局,,,,,,,,,,,,,,是,项,,
坏码,坏码,数据局,,,,,,,,,,,,,,,项,,
307052/000011,坏代码,数据局,123,,,,,,,,,,,,,,项,,
307052/000012,坏长度,数据局,,,,,,,,,,,,,,,项,,长
307052/000013,单一,,,,,,,,,,,,,,,,,,
,,,,,,,,,,,,,,,,,,C,
注：以上为样例,,,,,,,,,,,,,,,,,,,
"""
OTHER = f"{HEAD}\n307052/000001,第三种说法,数据局\n307052/000020,新,数据局,,,,,,,,,,,307052/000001,,,,项,,\n"


def test_rows_of_all_sorts(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    before = both.same()
    for size in (10_000, 3):
        # Chunks, blocks and files have no borders that show.
        monkeypatch.setattr(catalogue, "CHUNK", size)
        monkeypatch.setattr(blocks, "SIZE", max(size - 1, 2))
        report = both.load("catalogue", CATALOGUE, OTHER)
        assert both.at_once == (1 if size > 3 else 2)
        assert report["status"] == "partial"
        held = both.same()
        assert {r["code"] for r in report["rejects"]} == {
            "bad_value", "ambiguous_reference", "unknown_reference", "missing", "contradictory_duplicate", "classified",
        }  # fmt: skip
        assert ("PROVIDED_BY", "Resource", "Agency", "resource:307052/000002", "A8", "catalogue", "") in held
        assert held["Item", "item:resource:307052/000001:证件号"][0]["length"] == 18
        assert (
            "BASED_ON",
            "Item",
            "Regulation",
            "item:resource:307052/000001:证件号",
            "REG002",
            "catalogue",
            "",
        ) in held
        assert sum(key[0] == "RELATED_TO" for key in held) == 3
        for name in both.libraries:
            again = both.folder / name / f"again-{size}.lbug"
            rebuild(str(again), both.folder / name / "graph.lbug.journal")
            with graphs.open(str(again), read_only=True) as graph:
                assert dump(graph) == held
        undone = {name: one.undo(report["run"]).model_dump(mode="json") for name, one in both.libraries.items()}
        assert undone["bulk"] == undone["rows"]
        assert both.same() == before


def test_the_same_again_and_less(both: Both) -> None:
    good = f"{HEAD}\n1/1,甲,数据局,,,,,,不予共享,国发〔2016〕51号,,,,,,,,项,,\n".replace("1/1", "307052/000001")
    good += "307052/000002,乙,数据局,,,,,,,,,,,307052/000001,,,,项,,\n"
    first = both.load("catalogue", good, full=True)
    assert (first["status"], first["created"], first["sweep"]) == ("done", 6, None)
    assert both.at_once == 1
    again = both.load("catalogue", good, full=True)
    assert (again["unchanged"], again["created"], again["swept"]) == (6, 0, 0)
    less = both.load("catalogue", "\n".join(good.splitlines()[:2]), full=True, sweep_limit=1)
    assert less["swept"] == 2
    assert both.at_once == 1
    both.same()


def test_what_only_the_rows_know_is_left_to_them(both: Both, capsys: pytest.CaptureFixture[str]) -> None:
    ids = "标识,信息资源名称,提供方,信息项名称\n"
    both.load("catalogue", f"{ids}甲,乙,数据局,项\n", dry_run=True)
    # The resource of the first item is refused; another one bears its id as a name.
    report = both.load("catalogue", f"{ids}乙,甲,没有,项\n丙,乙,数据局,项\n丁,乙,数据局,\n")
    assert report["created"] == 3
    assert "go one by one: some name a thing by an id that is only a name of another" in capsys.readouterr().err
    both.load("catalogue", f"{ids}戊,己,新的局,项\n", placeholders=True, source="other")
    assert both.at_once == 0
    both.same()


def test_a_mapping_and_lines_of_json(both: Both) -> None:
    text = '{"数据条目": "甲", "提供方": "数据局", "内部编号": "x|1", "信息项": "a"}\n{"数据条目": "甲", "信息项": ["b", "c"]}\n'
    names = ["数据条目=name", "内部编号=id"]
    report = both.load("catalogue", text, suffix="jsonl", names=names)
    assert (report["created"], both.at_once) == (3, 1)
    both.same()


CELLS = {
    "信息资源代码": st.sampled_from(["", "", "307052/000001", "307052/000002", "307052/1;307052/2", "坏"]),
    "信息资源名称": st.sampled_from(["", "甲", "乙", "甲 ", "ａ|b", "\x00", "é"]),
    "提供方": st.sampled_from(["", "数据局", "统计局", "没有", "数据局|档案局", "厅"]),
    "提供方代码": st.sampled_from(["", "", CODE, CODE.lower(), "123"]),
    "标识": st.sampled_from(["", "", "", "X", "甲", "x|y"]),
    "项": st.sampled_from(["", "a", "a|b", "；"]),
    "共享类型": st.sampled_from(["", "有条件共享", "不予共享", "3", "公开"]),
    "不予共享依据": st.sampled_from(["", "", "《政务信息资源共享管理暂行办法》", "《没有》", "国发〔2016〕51号"]),
    "是否向社会开放": st.sampled_from(["", "是", "否", "也许"]),
    "发布日期": st.sampled_from(["", "2021", "45000", "2023-02-30"]),
    "关联资源代码": st.sampled_from(["", "", "307052/000001", "307052/2", "坏"]),
    "开放主题分类": st.sampled_from(["", "公共安全", "没有", "公共安全|没有", "|"]),
    "信息项名称": st.one_of(
        st.sampled_from(["", "项", "项 ", "另 项"]), st.text(st.characters(codec="utf-8"), max_size=3)
    ),
    "数据长度": st.sampled_from(["", "5", "05位", "长"]),
}
MESSY = st.lists(st.tuples(*CELLS.values()), max_size=40)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two graphs that begin alike."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        prepared(folder, patch).close()
    return folder


@given(MESSY)
@settings(max_examples=5, deadline=None)
def test_messy_rows(begun: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    messy(begun, tmp_path_factory, rows)


@pytest.mark.slow
@given(MESSY)
@settings(max_examples=100, deadline=None)
def test_many_messy_rows(begun: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    messy(begun, tmp_path_factory, rows)


def messy(begun: Path, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "CHUNK", 9)
        patch.setattr(blocks, "SIZE", 4)
        both = Both(tmp_path_factory.mktemp("messy"), patch, like=begun)
        try:
            stream = io.StringIO(newline="")
            csv.writer(stream).writerows([tuple(CELLS), *rows])
            both.load("catalogue", stream.getvalue())
            both.same()
        finally:
            both.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process of its own")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(5)
    url, file = str(tmp_path / "graph.lbug"), tmp_path / "catalogue.csv"
    count = 400
    lines = [f"307052/{n},资源{n},数据局,307052/{(n + 1) % count},项" for n in range(count)]
    file.write_text("\n".join(["信息资源代码,信息资源名称,提供方,关联资源代码,信息项名称", *lines]), encoding="utf-8")
    (tmp_path / "Agency.csv").write_text("id,name\nA8,数据局\n", encoding="utf-8")
    with graphs.open(url) as graph:
        Library(graph).load("Agency", [tmp_path / "Agency.csv"])

    def look(held: Dump) -> None:
        sizes = {kind: sum(key[0] == kind for key in held) for kind in ("Resource", "Item", "RELATED_TO")}
        assert sizes["Resource"] == sizes["Item"]
        assert {*sizes.values()} <= {0, count}

    held = through_kills(tmp_path, "catalogue", file, [chance.uniform(0.1, 1.5) for _ in range(2)], look)
    assert sum(key[0] == "RELATED_TO" for key in held) == sum(key[0] == "Item" for key in held) == count
