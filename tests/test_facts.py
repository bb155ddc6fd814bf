"""The facts and the loaders that read them, without a graph: what they yield fits the model and adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Any

import pytest

from govgraph.loaders import LOADERS, baseline, dates, loader, scope
from govgraph.loaders.rows import Row, table
from govgraph.model import EDGES, NATION, NODES, XPCC, Rank, Scope, Stage, links

MODULES = (baseline, dates)


@cache
def _rows(module: ModuleType) -> tuple[Row, ...]:
    return tuple(module.rows())


@cache
def _all_rows() -> tuple[Row, ...]:
    return tuple(row for module in MODULES for row in _rows(module))


def _model(row: Row) -> Any:
    """The row as the model reads it."""
    if row.kind in NODES:
        return NODES[row.kind].model_validate(row.values)
    ends = {"from", "to", "from_kind", "to_kind"}
    return EDGES[row.kind].model_validate({k: v for k, v in row.values.items() if k not in ends})


def _id(row: Row) -> str:
    node = _model(row)
    return str(node.id) or NODES[row.kind].natural_id(node.model_dump())


@cache
def _known() -> dict[str, dict[str, str]]:
    """Per kind: id or alias → id."""
    known: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _all_rows():
        if row.kind in NODES:
            for word in (*_model(row).aliases, _id(row)):
                known[row.kind].setdefault(word, _id(row))
    return known


def _edges(*modules: ModuleType) -> Iterator[Row]:
    return (row for module in modules for row in _rows(module) if row.kind in EDGES)


# --- the tables -----------------------------------------------------------------------------------------------


def _tables() -> list[Any]:
    return sorted((files("govgraph.loaders") / "facts").iterdir(), key=lambda path: path.name)


@pytest.mark.parametrize("path", _tables(), ids=lambda path: path.name)
def test_a_table_is_plain_small_and_carries_no_phrases(path: Any) -> None:
    data = path.read_bytes()
    assert len(data) < 1_000_000
    assert b"\r" not in data
    text = data.decode("utf-8")
    assert not {"source_phrase", "evidence", "evidence_phrase"} & set(text.splitlines()[0].split(","))
    assert "://" not in text
    assert ".com" not in text


# --- the rows -------------------------------------------------------------------------------------------------


def test_every_built_in_loader_has_its_source() -> None:
    assert {name: loader(name).SOURCE for name in LOADERS} == {"baseline": "baseline", "dates": "dates"}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.SOURCE)
def test_every_row_fits_the_model(module: ModuleType) -> None:
    for row in _rows(module):
        assert _model(row) is not None
        assert row.settle == (row.kind not in ("Jurisdiction", "Claim"))
        assert row.file.startswith("facts/")
        assert row.row >= 1


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.SOURCE)
def test_rows_of_a_kind_stand_together_and_nodes_before_edges(module: ModuleType) -> None:
    kinds = [row.kind for row in _rows(module)]
    order = list(dict.fromkeys(kinds))
    assert [kind for kind, before in zip(kinds, [None, *kinds], strict=False) if kind != before] == order
    assert [kind in EDGES for kind in order] == sorted(kind in EDGES for kind in order)


def test_jurisdictions_come_first_and_a_parent_before_its_children() -> None:
    assert _rows(baseline)[0].values["id"] == NATION
    seen: set[str] = set()
    for row in _rows(baseline):
        if row.kind == "Jurisdiction":
            assert set(row.values.get("parent", ())) <= seen, row.values
            seen.add(row.values["id"])


def test_an_id_is_one_kind_and_a_statement_stands_once_in_a_passage() -> None:
    kinds: dict[str, str] = {}
    for row in _all_rows():
        if row.kind in NODES:
            assert kinds.setdefault(_id(row), row.kind) == row.kind
    for module in MODULES:
        said = Counter((_id(r), r.passage) for r in _rows(module) if r.kind in NODES)
        assert [key for key, times in said.items() if times > 1] == []


def test_what_gives_way_to_a_natural_id_has_one_of_its_own() -> None:
    natural: dict[str, set[str]] = defaultdict(set)
    for row in _all_rows():
        if row.kind in NODES and row.settle and "name" in row.values:
            natural[NODES[row.kind].natural_id(_model(row).model_dump())].add(_id(row))
    assert {key: ids for key, ids in natural.items() if len(ids) > 1} == {}


def test_an_alias_of_the_article_names_one_node() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for row in _rows(baseline):
        if row.kind in NODES and row.kind != "Jurisdiction":
            for word in (_id(row), *_model(row).aliases):
                named[word].add(_id(row))
    assert {word: ids for word, ids in named.items() if len(ids) > 1} == {}


def test_every_end_of_an_edge_is_a_node_and_the_pair_is_allowed() -> None:
    known = _known()
    for row in _edges(*MODULES):
        start, end = row.values["from_kind"], row.values["to_kind"]
        assert (start, end) in EDGES[row.kind].pairs
        assert row.values["from"] in known[start], row
        assert row.values["to"] in known[end], row


def test_every_link_names_a_node() -> None:
    for row in _all_rows():
        if row.kind in NODES:
            for field, link in links(NODES[row.kind]).items():
                pairs = EDGES[link.type].pairs
                kinds = {a if link.reverse else b for a, b in pairs if (b if link.reverse else a) == row.kind}
                for name in getattr(_model(row), field):
                    assert any(name in _known()[kind] for kind in kinds), (row, name)


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.SOURCE)
def test_an_edge_stands_once_in_a_passage(module: ModuleType) -> None:
    def key(row: Row) -> tuple[str, ...]:
        values = row.values
        return row.kind, values["from"], values["to"], EDGES[row.kind].key(values), row.passage

    assert [k for k, times in Counter(map(key, _edges(module))).items() if times > 1] == []


# --- which stages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "stages"),
    [
        ("广东省政务数据资源共享管理办法(试行)", "sharing"),
        ("河北省政务数据共享应用管理办法", "sharing application"),
        ("浙江省公共数据开放与安全管理暂行办法", "opening security"),
        ("福建省公共数据资源开放开发管理办法(试行)", "opening"),
        ("海南省公共数据产品开发利用暂行管理办法", "application"),
        ("湖北省政务数据资源应用与管理办法", "application"),
        ("上海市公共数据资源授权运营管理办法", "application"),
        ("山西省政务数据安全管理办法", "security"),
        ("天津市公共数据资源开发利用安全管理办法(试行)", "security"),
        ("贵州省政府数据共享开放条例", "sharing opening"),
        ("江西省数据应用条例", "application"),
        # 大数据 and 数字经济: 应用 is promotion
        ("天津市促进大数据发展应用条例", ""),
        ("海南省大数据开发应用条例", ""),
        ("浙江省数字经济促进条例", ""),
        # duties
        ("政务信息资源共享 政务信息资源目录编码规范", ""),
        ("公共数据资源登记管理暂行办法", ""),
        # general words
        ("中华人民共和国政府信息公开条例", ""),
        ("国务院关于加强数字政府建设的指导意见", ""),
        ("福建省一体化公共数据体系建设方案", ""),
        ("北京市公共数据管理办法", ""),
        ("广西政务数据资源调度管理办法", ""),
    ],
)
def test_stages_that_a_title_names(title: str, stages: str) -> None:
    assert [stage.value for stage, _ in scope.stages_named_by_title(title)] == stages.split()


ALL = " ".join(Stage)


@pytest.mark.parametrize(
    ("what", "arguments", "expected"),
    [
        (
            "a comprehensive kind is general for all",
            {"title": "北京市公共数据管理办法", "category": "综合性管理办法"},
            {("general", "category"): ALL},
        ),
        (
            "and dedicated to what its title names",
            {"title": "湖北省政务数据资源应用与管理办法", "category": "综合性管理办法"},
            {("general", "category"): ALL, ("dedicated", "title"): "application"},
        ),
        (
            "a kind does not override a title",
            {"title": "湖南省政务信息资源共享管理办法", "category": "专门公共数据开放办法"},
            {("dedicated", "title"): "sharing"},
        ),
        (
            "nor a text that is about something else",
            {
                "title": "某省规定",
                "category": "专门公共数据开放办法",
                "stages_in_text": [Stage.SHARING],
            },
            {("general", "text"): "sharing"},
        ),
        (
            "a dedicated kind speaks for a title that names no stage",
            {"title": "天津市政务信息资源核心元数据", "category": "专门采集汇聚办法"},
            {("dedicated", "category"): "collection"},
        ),
        (
            "an inferred title names nothing; its kind does",
            {
                "title": "山西省政务数据安全管理办法",
                "title_inferred": True,
                "category": "政务数据安全管理办法",
            },
            {("dedicated", "category"): "security"},
        ),
        (
            "大数据条例: any stage",
            {
                "title": "陕西省大数据条例",
                "title_inferred": True,
                "category": "条例",
                "subcategory": "大数据条例",
            },
            {("unknown", "category"): "None"},
        ),
        (
            "what the text names is general",
            {"title": "江苏省数据条例", "stages_in_text": [Stage.APPLICATION, Stage.SECURITY]},
            {("general", "text"): "application security"},
        ),
        (
            "nothing named: any stage",
            {"title": "山东省数字经济促进条例"},
            {("unknown", "stated"): "None"},
        ),
        ("another subject: none", {"title": "个人信息保护法", "object": "other"}, {}),
        ("a duty: none", {"title": "江西省公共数据资源登记管理实施细则"}, {}),
    ],
)
def test_what_a_document_governs(what: str, arguments: dict[str, Any], expected: dict[tuple[str, str], str]) -> None:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for g in scope.governs(**arguments):
        found[g.scope.value, g.evidence.value].append(str(g.stage))
    assert {key: " ".join(stages) for key, stages in found.items()} == expected, what


def test_the_national_documents_cover_seven_stages_together_from_the_day_on_which_it_is_said() -> None:
    found = scope.governs("数字中国建设整体布局规划", category="国家层面法律法规制度")
    assert {g.stage for g in found} == set(Stage) - {Stage.PROCESSING}
    assert {(g.scope.value, g.evidence.value, g.since) for g in found} == {("general", "collective", scope.ARTICLE_DAY)}


# --- what must come out ---------------------------------------------------------------------------------------


def _regulations() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in _rows(baseline):
        if row.kind == "Regulation":
            found[row.values["id"]] |= row.values
    return found


def _verdicts() -> Counter[tuple[str, str]]:
    """Own or inherited scope of each cell of 31 provinces × 8 stages on the article's day, by the baseline."""
    counted = {id for id, r in _regulations().items() if r.get("rank") != Rank.PLAN and r.get("listed_on")} - {"REG020"}
    said: dict[str, dict[Stage | None, set[Scope]]] = defaultdict(lambda: defaultdict(set))
    for row in _edges(baseline):
        if row.kind == "GOVERNS" and row.values["from"] in counted:
            edge = _model(row)
            said[row.values["to"]][edge.stage].add(edge.scope)
    verdicts: Counter[tuple[str, str]] = Counter()
    for province in baseline.provinces():
        for stage in Stage:
            own = said[province][stage]
            if own:
                verdict = "dedicated" if Scope.DEDICATED in own else "general"
            elif said[NATION][stage]:
                verdict = "inherited"
            else:
                verdict = "unknown" if said[province][None] or said[NATION][None] else "none"
            verdicts[verdict, stage if verdict in ("unknown", "none") else ""] += 1
    return verdicts


def test_the_rule_layer_of_31_provinces_adds_up() -> None:
    assert _verdicts() == {
        ("dedicated", ""): 26,
        ("general", ""): 138,
        ("inherited", ""): 72,
        ("unknown", "processing"): 4,
        ("none", "processing"): 8,
    }


def test_documents_that_may_govern_processing_are_in_four_provinces_that_have_no_other() -> None:
    unknown, known = set(), set()
    for row in _edges(baseline):
        if row.kind == "GOVERNS":
            edge = _model(row)
            if edge.stage is None:
                unknown.add(row.values["to"])
            elif edge.stage is Stage.PROCESSING:
                known.add(row.values["to"])
    assert unknown - known == {"120000", "610000", "210000", "230000"}


def test_kinds_of_body_answer_for_four_stages_everywhere_and_one_office_supervises_all() -> None:
    bodies = {_id(r): r.values["agency_kind"] for r in _rows(baseline) if r.kind == "Agency"}
    designated, supervised = set(), set()
    for row in _edges(baseline):
        if row.kind == "RESPONSIBLE_FOR" and row.values["to"] == NATION:
            edge = _model(row)
            if edge.stage and edge.reach.value == "each_below" and bodies[row.values["from"]] == "kind_of_body":
                designated.add(edge.stage)
            elif edge.stage and row.values["from"] == "AGY001":
                supervised.add(edge.stage)
    assert designated == {Stage.COLLECTION, Stage.PROCESSING, Stage.SHARING, Stage.APPLICATION}
    assert 31 * len(designated) == 124
    assert supervised == set(Stage)
    assert not [r for r in _edges(baseline) if r.kind == "RESPONSIBLE_FOR" and r.values["from"] == "AGY019"]


def test_documents_and_places_are_as_many_as_the_tables_say() -> None:
    regulations = _regulations()
    assert len(regulations) == 88
    local = [r for r in regulations.values() if r["jurisdiction"] != (NATION,) and r.get("rank") != Rank.PLAN]
    assert len(local) == 68
    assert len(baseline.provinces()) == 31
    connected = {r.values["to"] for r in _edges(baseline) if r.kind == "CONNECTS"}
    assert connected == {*baseline.provinces(), XPCC}
    assert sum(row.kind == "Theme" for row in _rows(baseline)) == 21
    assert sum(row.kind == "Claim" for row in _rows(baseline)) == 43


def test_a_draft_is_not_listed_and_both_words_on_guangzhou_stay() -> None:
    regulations = _regulations()
    assert regulations["REG073"]["status"] == "draft"
    assert "listed_on" not in regulations["REG073"]
    said = {r.passage: r.values for r in _rows(baseline) if r.values.get("id") == "REG020"}
    assert said["(一)"]["listed_on"] == "2024-03-21"
    assert (said["X14"]["issued"], said["X14"]["effective_from"]) == ("2024-11-29", "2025-02-28")


def test_a_pilot_governs_its_named_places_only() -> None:
    places = {r.values["to"] for r in _edges(*MODULES) if r.kind == "GOVERNS" and r.values["from"] == "REG013"}
    assert places == {"110000", "310000", "500000", "330100", "440100", "440300"}
    silent = {"REG011", "REG012"}
    assert not [r for r in _edges(*MODULES) if r.kind == "GOVERNS" and r.values["from"] in silent]


# --- jurisdictions --------------------------------------------------------------------------------------------


def _places() -> dict[str, dict[str, Any]]:
    return {r.values["id"]: r.values for r in _rows(baseline) if r.kind == "Jurisdiction"}


def test_a_code_of_two_places_is_the_last_bearers() -> None:
    places = _places()
    assert places["132201"]["name"] == "南宫市"
    assert places["132201@1981"]["name"] == "邢台市"
    assert places["132201@1981"]["end_year"] == 1983
    assert places["511402@1995"]["parent"] == ("511400@1995",)
    assert places["511402"]["parent"] == ("511400",)


def test_a_renaming_is_one_place() -> None:
    place = _places()["420600"]
    assert (place["name"], place["first_year"]) == ("襄阳市", 1981)
    assert "襄樊市" in place["aliases"]
    assert "420600@1981" not in _places()


def test_current_divisions_and_their_successors() -> None:
    places = _places()
    current = [p for p in places.values() if "first_year" in p and "end_year" not in p]
    assert Counter(p["level"] for p in current) == {"province": 34, "city": 333, "county": 2846}
    for place in places.values():
        assert set(place.get("successors", ())) <= set(places)
        assert place["id"] not in place.get("successors", ())


@pytest.mark.parametrize(
    ("code", "name", "short"),
    [
        ("150000", "内蒙古自治区", ("内蒙古",)),
        ("222400", "延边朝鲜族自治州", ("延边",)),
        ("652800", "巴音郭楞蒙古自治州", ("巴音郭楞",)),
        ("530925", "双江拉祜族佤族布朗族傣族自治县", ("双江",)),
        ("410104", "管城回族区", ("管城",)),
        ("110000", "北京市", ()),
        ("110101", "东城区", ()),
    ],
)
def test_short_names(code: str, name: str, short: tuple[str, ...]) -> None:
    assert baseline.short_names(code, name) == short


# --- dates and duties -----------------------------------------------------------------------------------------


def test_a_revision_under_a_new_title_repeals_the_old() -> None:
    repeals = [(r.values["from"], r.values["to"]) for r in _edges(dates) if r.kind == "REPEALS"]
    assert repeals == [("regulation:220000:吉林省大数据条例", "REG034")]


def test_a_draft_gives_no_role() -> None:
    drafts = {line for line, r in table("data_agencies.csv") if r["draft"]}
    assert drafts
    assert not [r for r in _edges(dates) if r.file.endswith("data_agencies.csv") and r.row in drafts]


def test_a_duty_names_the_law_that_gives_it_where_that_law_has_a_row() -> None:
    known = _known()["Regulation"]
    cited = [_model(r).regulation for r in _edges(dates) if r.kind == "RESPONSIBLE_FOR"]
    assert all(regulation in known for regulation in cited if regulation)
    assert sum(bool(regulation) for regulation in cited) > len(cited) / 2


def test_an_unnamed_body_is_a_kind_of_body() -> None:
    kinds = {_id(r): r.values["agency_kind"] for r in _rows(dates) if r.kind == "Agency"}
    assert kinds["agency:310000:上海市大数据中心"] == "body"
    assert kinds["agency:310000:网信部门"] == "kind_of_body"
