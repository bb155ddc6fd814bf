"""Lists: every filter, order and page, against the loaded rows sorted in plain Python."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import answers, schema
from govgraph.cursors import decode, encode
from govgraph.errors import AmbiguousError, NotFoundError, UsageError
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.listing import fields
from govgraph.loaders.rows import Row
from govgraph.model import NODES
from tests.conftest import ENGINES, Cli, Server, make_graph
from tests.worlds import DATES, maybe

Write = Callable[[str, str], Path]
quick = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(quick, max_examples=120)

WORLD = {
    "Jurisdiction": "id,name,level,parent\nN,国,national,\nP,甲省,province,N\nC,甲市,city,P\nQ,乙省,province,N\n",
    "Agency": "id,name,jurisdiction,count_stated\nA,甲局,P,3\nB,乙局,Q,\nD,丁局,,\n",
    "Theme": "id,name,parent,position\nT,交通,,1\nU,公路,T,2\n",
    "Catalogue": "id,name,collects\nK,总目录,true\nL,分目录,false\n",
    "Database": "id,name,jurisdiction\nDB,人口库,C\n",
    "Resource": (
        "id,name,aliases,share_type,grade,storage_due,provider,theme,jurisdiction,catalogue,database\n"
        "R1,道路,路网|交通路,无条件共享,2,2021,A,T,,K,\n"
        "R2,车辆,,有条件共享,,2020-06,A,T,Q,K,\n"
        "R3,驾驶人,,不予共享,10,2020-06-30,B,U,C,L,DB\n"
        "R4,路灯,,,1,,D,,,,\n"
        "R5,R3的副本,,无条件共享,,,,,P,,DB\n"
    ),
    "Item": "id,name,length,resource\nI1,编号,18,R1\nI2,姓名,50,R3\nI3,类型,,R5\nI4,孤立,9,\nI5,别的,18,DB\n",
    "Regulation": "id,name,trial,rank,issued,jurisdiction\nG1,条例,,地方性法规,2020-05-01,P\nG2,办法,true,规章,,C\nG3,通知,false,,2019,\n",
    "Article": "id,name,regulation\nG1.1,第一条,G1\nG3.1,第一条之通知,G3\n",
    "Claim": "id,name,value\nM1,数,1.5\nM2,数二,20\nM3,数三,\n",
}


@pytest.fixture
def world(library: Library, csv_file: Write) -> Library:
    """A few nodes with every kind of link."""
    for kind, text in WORLD.items():
        assert library.load(kind, [csv_file(f"{kind}.csv", text)], source="one").rejected == 0
    return library


def ids(answer: answers.Listing) -> list[str]:
    """Ids in their order."""
    return [n.id for n in answer.items]


# --- filters --------------------------------------------------------------------------------------------------


def test_filters(world: Library) -> None:
    for kind, filters, wanted in (
        ("Resource", {"share_type": "无条件共享"}, ["R1", "R5"]),
        ("信息资源", {"share_type": "UNCONDITIONAL"}, ["R1", "R5"]),
        ("resources", {"share_type": "不共享"}, ["R3"]),
        ("resource", {"grade": "10"}, ["R3"]),
        ("Resource", {"storage_due": "2020年6月"}, ["R2"]),
        ("Resource", {"storage_due": "2022"}, []),
        ("Resource", {"id": "R4"}, ["R4"]),
        ("Resource", {"name": " 车辆 "}, ["R2"]),
        ("Resource", {"provider": "甲局"}, ["R1", "R2"]),
        ("Resource", {"provider": "A", "share_type": "conditional"}, ["R2"]),
        ("Resource", {"provider": "A", "theme": "交通", "catalogue": "K"}, ["R1", "R2"]),
        ("Resource", {"provider": "B", "theme": "交通"}, []),
        ("Resource", {"database": "人口库"}, ["R3", "R5"]),
        ("Resource", {"jurisdiction": "甲省"}, ["R5"]),
        ("Catalogue", {"collects": "true"}, ["K"]),
        ("Catalogue", {"collects": "False"}, ["L"]),
        ("Agency", {"count_stated": "3"}, ["A"]),
        ("Claim", {"value": "20"}, ["M2"]),
        ("Claim", {"value": "1.5"}, ["M1"]),
        ("Jurisdiction", {"parent": "国"}, ["P", "Q"]),
        ("Theme", {"parent": "T"}, ["U"]),
        ("Item", {"resource": "道路"}, ["I1"]),
        ("Item", {"resource": "DB"}, ["I5"]),
        ("Article", {"regulation": "G1"}, ["G1.1"]),
    ):
        answer = world.list(kind, filters=filters)
        assert (ids(answer), answer.total, answer.truncated) == (wanted, len(wanted), None), filters


def test_jurisdictions(world: Library) -> None:
    for kind, place, wanted in (
        ("Resource", "甲省", ["R1", "R2", "R3", "R5"]),
        ("Resource", "C", ["R3"]),
        ("Resource", "乙省", ["R2", "R3"]),
        ("Resource", "国", ["R1", "R2", "R3", "R5"]),
        ("Jurisdiction", "P", ["C", "P"]),
        ("Agency", "P", ["A"]),
        ("Regulation", "P", ["G1", "G2"]),
        ("Item", "P", ["I1", "I2", "I3", "I5"]),
        ("Item", "Q", ["I2"]),
        ("Article", "P", ["G1.1"]),
    ):
        assert ids(world.list(kind, jurisdiction=place)) == wanted, (kind, place)
    assert ids(world.list("Resource", jurisdiction="P", filters={"provider": "A"}, text="路")) == ["R1"]
    for kind in ("Theme", "Claim"):
        with pytest.raises(UsageError, match="in no jurisdiction"):
            world.list(kind, jurisdiction="P")


def test_texts(world: Library) -> None:
    assert ids(world.list("Resource", text="路")) == ["R1", "R4"]
    assert ids(world.list("Resource", text="交通")) == ["R1"]
    assert ids(world.list("Resource", text="R3", sort="-id")) == ["R5", "R3"]
    assert ids(world.list("Resource", text="没有")) == []


def test_a_node_has_what_is_known_of_it(world: Library) -> None:
    (node,) = world.list("Resource", filters={"id": "R1"}).items
    assert (node.kind, node.name, node.aliases) == ("Resource", "道路", ["路网", "交通路"])
    assert node.properties == {"share_type": "unconditional", "grade": "2", "storage_due": "2021"}
    assert node.model_dump() == world.show("R1").node.model_dump(exclude={"placeholder"})


def test_what_two_sources_state_is_listed_once(world: Library, csv_file: Write) -> None:
    world.load("Resource", [csv_file("again.csv", "id,name,provider,theme\nR1,道路,A,T\n")], source="two")
    answer = world.list("Resource", filters={"provider": "A", "theme": "T"})
    assert (ids(answer), answer.total) == (["R1", "R2"], 2)
    assert ids(world.list("Resource", jurisdiction="P")) == ["R1", "R2", "R3", "R5"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kind": "Planet"}, UsageError),
        ({"filters": {"colour": "red"}}, UsageError),
        ({"filters": {"aliases": "x"}}, UsageError),
        ({"filters": {"share_type": "也许"}}, UsageError),
        ({"filters": {"storage_due": "2020-13"}}, UsageError),
        ({"kind": "Agency", "filters": {"count_stated": "三"}}, UsageError),
        ({"kind": "Agency", "filters": {"count_stated": str(2**63)}}, UsageError),
        ({"kind": "Claim", "filters": {"value": "nan"}}, UsageError),
        ({"kind": "Catalogue", "filters": {"collects": "2"}}, UsageError),
        ({"filters": {"provider": "没有这个局"}}, NotFoundError),
        ({"filters": {"theme": "A"}}, NotFoundError),
        ({"jurisdiction": "火星"}, NotFoundError),
        ({"text": " "}, UsageError),
        ({"sort": "colour"}, UsageError),
        ({"sort": "aliases"}, UsageError),
        ({"sort": "--id"}, UsageError),
        ({"limit": 0}, UsageError),
        ({"cursor": "xyz"}, UsageError),
        ({"cursor": "没有"}, UsageError),
        ({"cursor": "W10="}, UsageError),
        ({"cursor": "e30="}, UsageError),
    ],
)
def test_what_is_refused(baseline: Library, options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        baseline.list(**{"kind": "Resource"} | options)
    if not {"limit", "cursor"} & set(options):
        with pytest.raises(error):
            baseline.pages(**{"kind": "Resource"} | options)


def test_an_unknown_field_lists_those_there_are(baseline: Library) -> None:
    with pytest.raises(UsageError, match=r"colour.*id, name, code, .*share_type.*provider, catalogue, database, theme"):
        baseline.list("Resource", filters={"colour": "red"})
    with pytest.raises(UsageError):
        baseline.pages("Resource", size=0)
    with pytest.raises(AmbiguousError, match="朝阳区"):
        baseline.list("Agency", filters={"jurisdiction": "朝阳区"})


def test_every_field_of_every_kind(baseline: Library) -> None:
    """Each text runs on an engine with a schema, which refuses what is not in it."""
    for kind, model in NODES.items():
        scalars = {c.name for c in model.columns() if c.type != "strings"}
        for name in scalars:
            next(baseline.pages(kind, sort=name, size=3), None)
        for name in set(fields(kind)) - scalars:
            assert name in model.model_fields
    for kind in NODES:
        if kind not in ("Theme", "Claim"):
            baseline.list(kind, jurisdiction="贵州", text="数据")


# --- order and pages ------------------------------------------------------------------------------------------


def oracle(rows: list[dict[str, Any]], sort: str) -> list[str]:
    """Ids in the order: by the value, nulls last in both directions, then by id."""
    name = sort.removeprefix("-")
    if name == "id":
        return sorted((r["id"] for r in rows), reverse=sort == "-id")
    known = sorted((r for r in rows if r.get(name) is not None), key=lambda r: str(r["id"]))
    known.sort(key=lambda r: r[name], reverse=sort.startswith("-"))
    return [r["id"] for r in known] + sorted(r["id"] for r in rows if r.get(name) is None)


def walk(library: Library, kind: str, limit: int, **options: Any) -> list[str]:
    """Ids of all pages; each says rightly how many there are and are left."""
    found: list[str] = []
    cursor = None
    while True:
        answer = library.list(kind, limit=limit, cursor=cursor, **options)
        found += ids(answer)
        left = answer.total - len(found)
        assert bool(answer.next) == bool(answer.truncated) == (left > 0)
        if not answer.next:
            return found
        assert len(answer.items) == limit
        assert answer.truncated
        assert (answer.truncated.reason, answer.truncated.omitted) == ("limit", left)
        cursor = answer.next


SORTS = {
    "Regulation": ["id", "name", "trial", "issued", "rank"],
    "Agency": ["id", "name", "count_stated"],
    "Claim": ["id", "value", "text"],
}


@st.composite
def listed(draw: st.DrawFn) -> list[Row]:
    """Nodes with few values and many nulls; names by which orders differ."""
    names = st.text(st.sampled_from("中龟Ａ𠀀aB0u'\\"), min_size=1, max_size=3)
    values: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "Regulation": {"trial": maybe([True, False]), "issued": maybe(DATES), "rank": maybe(["law", "plan"])},
        "Agency": {"count_stated": maybe([-1, 0, 7, 2**62])},
        "Claim": {"value": maybe([-1.5, 0.0, 0.1, 1e300]), "text": maybe(["x", "y"])},
    }
    rows = []
    for kind, columns in values.items():
        for id_ in draw(st.lists(names, unique=True, max_size=8)):
            drawn = {name: draw(strategy) for name, strategy in columns.items()}
            given = {k: v for k, v in drawn.items() if v is not None}
            rows.append(Row(kind, {"id": id_, "name": draw(names)} | given, "world", len(rows) + 1))
    return rows


ORDERS = [(kind, way + name) for kind, names in SORTS.items() for name in names for way in ("", "-")]


def same_pages(
    rows: list[Row], size: int, orders: list[tuple[str, str]], engine: str, request: pytest.FixtureRequest
) -> None:
    with make_graph(engine, request) as graph:
        assert not load_rows(graph, "world", rows).rejects
        library = Library(graph)
        for kind, sort in orders:
            wanted = oracle([r.values for r in rows if r.kind == kind], sort)
            assert walk(library, kind, size, sort=sort) == wanted, sort
            streamed = list(library.pages(kind, sort=sort, size=size))
            assert [n.id for page in streamed for n in page] == wanted
            assert all(len(page) == size for page in streamed[:-1])


@pytest.mark.smoke
@pytest.mark.parametrize("engine", ENGINES)
@given(rows=listed(), size=st.integers(1, 4), orders=st.lists(st.sampled_from(ORDERS), min_size=4, max_size=4))
@quick
def test_pages_hold_everything_once_in_order(
    engine: str, request: pytest.FixtureRequest, rows: list[Row], size: int, orders: list[tuple[str, str]]
) -> None:
    same_pages(rows, size, orders, engine, request)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(rows=listed(), size=st.integers(1, 9))
@thorough
def test_pages_thoroughly(engine: str, request: pytest.FixtureRequest, rows: list[Row], size: int) -> None:
    same_pages(rows, size, ORDERS, engine, request)


@given(text=st.text(st.characters(exclude_categories=["Cs"])) | st.text("\\u0027'5cn\"`$\n𠀀", max_size=12))
@settings(quick, max_examples=200)
def test_a_bound_that_is_a_literal_says_what_it_stands_for(neo4j_server: Server, text: str) -> None:
    with neo4j_server.driver() as driver:
        statement, parameters = schema.bound("RETURN $after = $given AS same", {"after": text, "given": text}, "neo4j")
        assert ("after" in parameters) == (max(text, default="") < "\ue000")
        statement = statement.replace("$after", schema._literal(text)) if "after" in parameters else statement
        assert driver.execute_query(statement, {"given": text}).records[0]["same"] is True


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name"])
def test_pages_in_the_order_of_code_points(library: Library, sort: str) -> None:
    """In UTF-16 the last would stand before the second: Neo4j compares parameters so."""
    rows = [{"id": i, "name": i} for i in ("中", "中（", "中Ａ", "中𠀀", "中𠀀（", "𠀀")]
    assert not load_rows(library.graph, "world", [Row("Theme", r, "world", n) for n, r in enumerate(rows, 1)]).rejects
    for options in ({}, {"text": "中"}, {"filters": {"position": "0"}}):
        wanted = oracle(rows[: 5 if options else 6], sort) if "filters" not in options else []
        assert walk(library, "Theme", 1, sort=sort, **options) == wanted


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_of_what_is_filtered(world: Library, size: int) -> None:
    for options, wanted in (
        ({"filters": {"provider": "A"}, "sort": "-grade"}, ["R1", "R2"]),
        ({"jurisdiction": "甲省", "sort": "grade"}, ["R3", "R1", "R2", "R5"]),
        ({"text": "R", "sort": "storage_due"}, ["R2", "R3", "R1", "R4", "R5"]),
        ({"text": "R", "sort": "-storage_due"}, ["R1", "R3", "R2", "R4", "R5"]),
        ({"filters": {"theme": "T"}, "jurisdiction": "P", "text": "路", "sort": "-name"}, ["R1"]),
    ):
        assert walk(world, "Resource", size, **options) == wanted, options


def test_pages_of_the_baseline(dated: Library) -> None:
    every = dated.list("Regulation", limit=1000)
    assert every.total == dated.stats().nodes["Regulation"] == len(every.items)
    rows = [{"id": n.id, "name": n.name, **n.properties} for n in every.items]
    for sort in ("issued", "-issued", "-name", "rank"):
        assert walk(dated, "Regulation", 40, sort=sort) == oracle(rows, sort)


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "grade", "-grade"])
def test_a_node_that_comes_between_pages(world: Library, csv_file: Write, sort: str) -> None:
    """It neither repeats nor hides another; the counts are those of the graph as it is."""
    before = ids(world.list("Resource", sort=sort))
    first = world.list("Resource", sort=sort, limit=2)
    rows = "".join(f"{id_},{name},{grade}\n" for id_, name, grade in (("R0", "一", "0"), ("R9", "龟", "")))
    world.load("Resource", [csv_file("more.csv", f"id,name,grade\n{rows}")], source="more")
    second = world.list("Resource", sort=sort, limit=2, cursor=first.next)
    rest = world.list("Resource", sort=sort, cursor=second.next) if second.next else None
    walked = ids(first) + ids(second) + (ids(rest) if rest else [])
    after = ids(world.list("Resource", sort=sort))
    assert len(set(walked)) == len(walked)
    assert [i for i in walked if i in before] == before
    assert walked == ids(first) + after[after.index(first.items[-1].id) + 1 :]
    assert second.total == len(after) == 7
    left = len(after) - after.index(second.items[-1].id) - 1
    assert (second.truncated.omitted if second.truncated else 0) == left


def test_a_cursor_is_of_its_question(world: Library) -> None:
    asked: dict[str, Any] = {"kind": "Resource", "text": "R", "sort": "grade", "limit": 1}
    cursor = world.list(**asked).next
    assert cursor
    assert ids(world.list(**asked, cursor=cursor)) == ["R3"]
    assert len(world.list(**asked | {"limit": 3, "cursor": cursor}).items) == 3
    assert ids(world.list(**asked | {"kind": "信息资源"}, cursor=cursor)) == ["R3"]
    for other in (
        {"kind": "Item", "sort": "id"},
        {"text": "路"},
        {"text": None},
        {"sort": "-grade"},
        {"sort": "code"},
        {"jurisdiction": "P"},
        {"filters": {"provider": "A"}},
        {"filters": {"grade": "2"}},
    ):
        with pytest.raises(UsageError, match="another question"):
            world.list(**asked | other, cursor=cursor)


def test_cursors() -> None:
    question = ["q", {"text": "中"}, None]
    position = [None, "编号-_", 1.5, True]
    types = ((str, type(None)), (str,), (float,), (bool,))
    cursor = encode(question, position)
    assert decode(cursor, question, *types) == position
    for bad in (cursor[:-1], cursor + "A", cursor[1:], "", "AAAA", cursor.replace("=", "") + "!", "[" * 5000):
        with pytest.raises(UsageError):
            decode(bad, question, *types)
    for other, kinds in ((["q"], types), (question, types[:-1]), (question, ((int,), *types[1:]))):
        with pytest.raises(UsageError):
            decode(cursor, other, *kinds)


# --- texts ----------------------------------------------------------------------------------------------------


def test_the_texts_are_few_and_hold_no_values() -> None:
    text = schema.list_nodes(
        schema.Listed("Resource", ("grade",), (("PROVIDED_BY", "Agency", False), ("ABOUT", "Theme", False)), text=True),
        schema.Order("name", descending=True),
        "value",
    )
    assert text.startswith(
        "MATCH (y0:`Agency` {id: $link_0})<-[:`PROVIDED_BY`]-(x:`Resource`) "
        "MATCH (y1:`Theme` {id: $link_1})<-[:`ABOUT`]-(x:`Resource`) WITH DISTINCT x "
        "WHERE x.`grade` = $is_grade AND (x.`id` CONTAINS $text OR x.`name` CONTAINS $text "
    )
    whole = schema.list_nodes(schema.Listed("Resource"), schema.Order("id"), "")
    assert whole.startswith("MATCH (x:`Resource`) WHERE x.id > '' RETURN ")
    assert whole.endswith(" ORDER BY `id` LIMIT $limit")
    assert schema.homes("Item")[-1].startswith("<-[:HAS_ITEM]-(:Resource|Dataset|Database)")
    assert schema.homes("Theme") == ()
    assert {k for k in NODES if not schema.homes(k)} == {"Jurisdiction", "Theme", "Claim"}
    assert set(fields("Pilot")) == {"id", "name", "since", "places", "document"}


# --- at the terminal ------------------------------------------------------------------------------------------


def test_the_command(cli: Cli) -> None:
    for kind, text in WORLD.items():
        Path(f"{kind}.csv").write_text(text, encoding="utf-8")
        assert cli("load", "csv", kind, f"{kind}.csv").exit_code == 0
    answer = json.loads(cli("list", "Resource", "--where", "provider=甲局", "--limit", "1", "--json").stdout)
    assert answer.keys() >= {"schema", "as_of", "graph_version", "total", "truncated", "next", "warnings", "items"}
    assert (answer["kind"], answer["total"], answer["truncated"]) == ("Resource", 2, {"reason": "limit", "omitted": 1})
    assert set(answer["items"][0]) == {"id", "kind", "name", "aliases", "properties"}
    more = cli("list", "Resource", "--where", "provider=甲局", "--cursor", answer["next"], "--json")
    assert [n["id"] for n in json.loads(more.stdout)["items"]] == ["R2"]
    lines = cli("list", "resources", "--sort=-grade", "--csv").stdout.splitlines()
    assert lines[0] == "id,name,aliases," + ",".join(c.name for c in NODES["Resource"].columns()[3:])
    shown = ("id", "name", "aliases", "share_type", "grade", "storage_due", "archiving_due")
    assert [tuple(row[n] for n in shown) for row in csv.DictReader(lines[:3])] == [
        ("R1", "道路", "路网|交通路", "unconditional", "2", "2021", ""),
        ("R3", "驾驶人", "", "not_shared", "10", "2020-06-30", ""),
    ]
    assert len(lines) == 6
    assert cli("list", "Pilot", "--csv").stdout == "id,name,aliases,since\n"
    table = cli("--lang", "zh", "list", "Resource", "--limit", "2").stdout
    assert "信息资源 5" in table
    assert "无条件共享" in table
    assert "续查 --cursor" in " ".join(table.split())
    assert "yes" in cli("--lang", "en", "list", "Catalogue", "--text", "总").stdout
    assert "Uses 0" in cli("list", "Use").stdout
    for bad in (["--where", "grade"], ["--where", "grade=1", "--where", "grade=2"], ["--where", "colour=red"]):
        refused = cli("list", "Resource", *bad, "--json")
        assert (refused.exit_code, json.loads(refused.stderr)["error"]["code"]) == (2, "bad_value")
