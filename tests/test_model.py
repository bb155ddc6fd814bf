"""The model: its words, its dates, its labels, its templates."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from govgraph import describe, model, terms
from govgraph.codes import make_credit_code
from govgraph.library import Library
from govgraph.loaders import tabular
from govgraph.model import ASSETS, EDGES, NODES, PLACES, RECORD_TYPES, Rank, Stage, links
from govgraph.terms import PartialDate, Term

Write = Callable[[str, str], Path]
ROOT = Path(__file__).parent.parent
TERMS = sorted({c.term for m in model.everything() for c in m.columns() if c.term}, key=lambda t: t.__name__)


# --- words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        *((word, "collection") for word in ("归集", "采集", "汇聚", "收集", "Collection", " collection ", "归 集")),
        *((word, "processing") for word in ("加工", "治理", "processing")),
        *((word, "sharing") for word in ("共享", "SHARING", "Ｓｈａｒｉｎｇ")),
        *((word, "opening") for word in ("开放", "opening")),
        *((word, "application") for word in ("应用", "开发利用", "运营")),
        *((word, "security") for word in ("安全", "安全保护")),
        *((word, "storage") for word in ("存储", "storage")),
        *((word, "archiving") for word in ("归档", "存档")),
    ],
)
def test_words_of_a_stage(word: str, stage: str) -> None:
    assert Stage.parse(word) == stage


@pytest.mark.parametrize("word", ["公开", "开发", "编目", "产生", "管理", "登记", "", " ", "none", "open", "共享开放"])
def test_words_that_name_no_stage(word: str) -> None:
    with pytest.raises(ValueError, match="is not one of: collection 归集, processing 加工"):
        Stage.parse(word)


def test_the_eight_stages_in_the_articles_order() -> None:
    assert [s.zh for s in Stage] == ["归集", "加工", "共享", "开放", "应用", "安全", "存储", "归档"]
    assert [s.value for s in Stage] == (
        ["collection", "processing", "sharing", "opening", "application", "security", "storage", "archiving"]
    )
    assert [s.name for s in Stage] == list(RECORD_TYPES)


def test_ranks_from_the_highest() -> None:
    assert [r.zh for r in Rank] == (
        ["法律", "行政法规", "地方性法规", "规章", "规范性文件", "政策", "标准", "计划", "不详"]
    )


@pytest.mark.parametrize("term", [*TERMS, Stage], ids=lambda t: t.__name__)
def test_a_term_has_both_labels_and_no_word_means_two_things(term: type[Term]) -> None:
    meant: dict[str, Term] = {}
    for member in term:
        assert member.label("zh") == member.zh
        assert member.label("en") == member.en
        assert member.en.isascii() or member.value in "=>≈"
        for word in (member.value, member.zh, member.en, *member.aliases):
            assert word
            assert meant.setdefault(terms.fold(word), member) is member
            assert term.parse(word) is member


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored", "lo", "hi", "precision"),
    [
        ("2021-11-05", "2021-11-05", "2021-11-05", "2021-11-05", "day"),
        ("2021/1/5", "2021-01-05", "2021-01-05", "2021-01-05", "day"),
        ("2021.1.5", "2021-01-05", "2021-01-05", "2021-01-05", "day"),
        ("20211105", "2021-11-05", "2021-11-05", "2021-11-05", "day"),
        ("2021年1月5日", "2021-01-05", "2021-01-05", "2021-01-05", "day"),
        ("２０２１年１月５日", "2021-01-05", "2021-01-05", "2021-01-05", "day"),
        (" 2021-11-05 ", "2021-11-05", "2021-11-05", "2021-11-05", "day"),
        ("2024-02-29", "2024-02-29", "2024-02-29", "2024-02-29", "day"),
        ("2021-11", "2021-11", "2021-11-01", "2021-11-30", "month"),
        ("2024-02", "2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2023年2月", "2023-02", "2023-02-01", "2023-02-28", "month"),
        ("2018", "2018", "2018-01-01", "2018-12-31", "year"),
        ("2018年", "2018", "2018-01-01", "2018-12-31", "year"),
        ("2022下半年", "2022-H2", "2022-07-01", "2022-12-31", "year"),
        ("2022年上半年", "2022-H1", "2022-01-01", "2022-06-30", "year"),
        ("2022-h2", "2022-H2", "2022-07-01", "2022-12-31", "year"),
    ],
)
def test_a_date_as_far_as_it_is_stated(text: str, stored: str, lo: str, hi: str, precision: str) -> None:
    found = PartialDate(text)
    assert (str(found), found.lo.isoformat(), found.hi.isoformat(), found.precision) == (stored, lo, hi, precision)
    again = PartialDate(stored)
    assert (again.lo, again.hi) == (found.lo, found.hi)


def test_a_day_is_taken_as_a_date() -> None:
    assert PartialDate(date(2021, 11, 5)) == "2021-11-05"


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-30",
        "2023-02-29",
        "2023-13",
        "2023-00",
        "2023-05-00",
        "20230500",
        "2023年0月",
        "2023-04-31",
        "0000",
        "20231301",
        "2023-H3",
        "23-01-01",
        "2023-1-1-1",
        "2023年日",
        "去年",
        "",
        "2021-11-05T00:00",
        "2021-11-0５x",
        "-2021",
    ],
)
def test_days_that_never_were(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date; write 2021-11-05"):
        PartialDate(text)


# --- labels ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*NODES, *EDGES])
def test_every_field_is_labelled_in_both_languages(kind: str) -> None:
    (found,) = describe.as_dict(kind)["nodes"] + describe.as_dict(kind)["edges"]
    for thing in (found, *found["fields"]):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in thing["zh"]), thing
        assert thing["en"]
        assert thing["en"][0].isascii(), thing
    assert found["doc"]


def test_the_model_has_what_the_design_names() -> None:
    assert set(NODES) == {
        "Jurisdiction",
        "Agency",
        "Regulation",
        "Article",
        "Catalogue",
        "Platform",
        "Database",
        "Resource",
        "Item",
        "Dataset",
        "Use",
        "Theme",
        "Pilot",
        "Claim",
        "Decision",
    }
    assert set(ASSETS) == {"Database", "Resource", "Item", "Dataset", "Use"}
    assert set(PLACES) == {"Platform", "Agency"}
    assert set(EDGES) >= set(RECORD_TYPES) | {
        "GOVERNS",
        "RESPONSIBLE_FOR",
        "PART_OF",
        "LOCATED_IN",
        "PROVIDED_BY",
        "HAS_ITEM",
        "LISTED_IN",
        "ABOUT",
        "OPERATED_BY",
        "PUBLISHED_ON",
        "ISSUED_BY",
        "HAS_ARTICLE",
        "BASED_ON",
        "AMENDS",
        "REPEALS",
    }
    for record in RECORD_TYPES:
        assert {end for _, end in EDGES[record].pairs} == {*ASSETS, *PLACES}
        assert {start for start, _ in EDGES[record].pairs} == set(ASSETS)
        assert {"since", "until", "via", "mode", "under", "term", "assumed"} <= set(EDGES[record].model_fields)


def test_the_page_is_the_model() -> None:
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert page == describe.markdown()
    for kind in NODES:
        assert f"### {kind} " in page
    for type_ in EDGES:
        assert f"### {type_} " in page


# --- templates ------------------------------------------------------------------------------------------------

WORLD = {
    "Jurisdiction": "id,name,level\nJ,甲省,省级\n",
    "Agency": "id,name,jurisdiction\nA,数据局,J\n",
    "Regulation": "id,name,jurisdiction\nR,共享办法,J\n",
    "Catalogue": "id,name\nC,目录\n",
    "Platform": "id,name\nP,平台\n",
    "Database": "id,name\nD,人口库\n",
    "Theme": "id,name\nT,信用\n",
    "Resource": "id,name\nS,参保信息\n",
    "Dataset": "id,name\nO,企业名录\n",
    "Article": "id,name\nX,第五条\n",
    "Item": "id,name\nI,姓名\n",
    "Use": "id,name\nU,一网通办\n",
    "Pilot": "id,name\nL,试点\n",
    "Claim": "id,name\nM,数量\n",
}
IDS = {kind: text.splitlines()[1].split(",")[0] for kind, text in WORLD.items()}


def _one_row(kind: str) -> dict[str, str]:
    """A value for every column of a template."""
    declared = NODES.get(kind) or EDGES[kind]
    row: dict[str, str] = {}
    for column in declared.columns():
        if column.term:
            row[column.name] = next(iter(column.term)).zh
        elif column.ref:
            row[column.name] = IDS[column.ref]
        elif column.is_date:
            # What is decided is decided on a day.
            row[column.name] = "2023年5月3日" if kind == "Decision" else "2023年5月"
        elif column.name == "credit_code":
            row[column.name] = make_credit_code("1", "1", "520000", "DEM00001")
        else:
            row[column.name] = {"int": "7", "float": "1.5", "bool": "true", "strings": "甲|乙", "str": "甲"}[
                column.type
            ]
    for name, link in links(declared).items():
        others = [(a if link.reverse else b) for a, b in EDGES[link.type].pairs if (b if link.reverse else a) == kind]
        row[name] = IDS[others[0]]
    if kind in EDGES:
        start, end = EDGES[kind].pairs[0]
        row |= {"from": IDS[start], "to": IDS[end], "from_kind": start, "to_kind": end}
        if kind in RECORD_TYPES:
            row["stage"] = Stage[kind].zh
    else:
        row["id"] = "new"
    return row


@pytest.mark.parametrize("kind", [*NODES, *EDGES])
def test_a_full_row_under_every_template_lands_and_is_shown(library: Library, csv_file: Write, kind: str) -> None:
    for each, text in WORLD.items():
        assert library.load(each, [csv_file(f"{each}.csv", text)]).rejected == 0
    header = tabular.template(kind)
    columns = header.strip().split(",")
    row = _one_row(kind)
    assert set(columns) == set(row)
    line = io.StringIO()
    csv.writer(line).writerow([row[c] for c in columns])
    path = csv_file("full.csv", header + line.getvalue())
    report = library.load(kind, [path], source="mine")
    assert (report.status, report.created) == ("done", 1), report.rejects
    assert library.load(kind, [path], source="mine").unchanged == 1
    if kind in NODES:
        shown = library.show("new")
        stored = set(shown.node.properties) | {"id", "name", "aliases"}
        assert stored == {c.name for c in NODES[kind].columns()}
        assert {e.type for e in shown.edges} == {link.type for link in links(NODES[kind]).values()}
    else:
        assert kind in {e.type for e in library.show(row["from"]).edges if e.source == "mine"}


def test_a_template_takes_labels_and_plurals() -> None:
    assert {tabular.kind_of(w) for w in ("Resource", "resources", "信息资源", "resource")} == {"Resource"}
    assert {tabular.kind_of(w) for w in ("SHARING", "sharing", "共享")} == {"SHARING"}
