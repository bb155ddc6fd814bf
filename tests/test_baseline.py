"""Answers on the baseline and the dates that a governance officer could check by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from govgraph.answers import Cell
from govgraph.library import Library

DAY = "2024-03-21"


def cell(library: Library, place: str, stage: str, day: str = DAY) -> Cell:
    """One cell."""
    return library.explain(place, stage, as_of=day).cell


@pytest.mark.smoke
def test_the_matrix_of_the_articles_day(baseline: Library) -> None:
    answer = baseline.coverage(as_of=DAY)
    assert answer.total == len(answer.cells) == 31 * 8
    found = {k: v for k, v in answer.summary.rule.items() if v}
    assert found == {"dedicated": 26, "general": 138, "inherited": 72, "unknown": 4, "none": 8}
    assert {c.stage for c in answer.cells if c.rule.verdict in ("none", "unknown")} == {"processing"}
    assert {c.name for c in answer.cells if c.rule.verdict == "unknown"} == {"天津市", "陕西省", "辽宁省", "黑龙江省"}
    assert {k: v for k, v in answer.summary.role.items() if v} == {"designated": 124, "supervised": 124}
    assert {k: v for k, v in answer.summary.record.items() if v} == {"no_data": 248}


def test_the_day_before_the_listing_is_unknown(baseline: Library) -> None:
    verdicts = baseline.coverage(as_of="2024-03-20").summary.rule
    assert (verdicts["unknown"], verdicts["none"]) == (240, 8)


@pytest.mark.parametrize(
    ("place", "stage", "day", "verdict", "via", "evidence"),
    [
        ("湖北", "应用", DAY, "dedicated", None, "title"),
        ("湖北", "归集", DAY, "general", None, "category"),
        ("河北", "共享", DAY, "dedicated", None, "title"),
        ("河北", "开放", DAY, "inherited", "000000", "collective"),
        ("河北", "加工", DAY, "none", None, None),
        ("贵州", "开放", DAY, "dedicated", None, "category"),
        ("山西", "安全", DAY, "dedicated", None, "category"),
        ("黑龙江", "加工", DAY, "unknown", None, None),
        ("西藏", "共享", DAY, "inherited", "000000", "title"),
        ("杭州", "共享", DAY, "general", None, "stated"),
        ("宁波", "共享", DAY, "inherited", "330000", "category"),
        ("深圳", "开放", DAY, "general", None, "category"),
        ("广州", "加工", DAY, "inherited", "440000", "category"),
        ("广州", "加工", "2025-02-27", "inherited", "440000", "category"),
        ("广州", "加工", "2025-02-28", "general", None, "category"),
        ("660000", "开放", DAY, "inherited", "000000", "collective"),
    ],
)
def test_rules(
    baseline: Library, place: str, stage: str, day: str, verdict: str, via: str | None, evidence: str | None
) -> None:
    rule = cell(baseline, place, stage, day).rule
    assert (rule.verdict, rule.via, rule.evidence) == (verdict, via, evidence)


@pytest.mark.parametrize("with_dates", [False, True])
def test_guangzhous_regulation_begins_when_it_says(baseline: Library, dated: Library, with_dates: bool) -> None:
    found = dated if with_dates else baseline
    for day, status in (
        ("2024-03-21", "not_yet_effective"),
        ("2025-02-27", "not_yet_effective"),
        ("2025-02-28", "in_force"),
    ):
        for stage in ("加工", "安全"):
            answer = found.explain("广州", stage, as_of=day)
            row = next((c for c in answer.considered if c.regulation.id == "REG020"), None)
            assert ("REG020" in answer.cell.rule.bases) == (status == "in_force")
            # Before it is issued it doesn't exist; the article, which lists it, comes before that.
            assert row is None or (row.status, row.accepted) == (status, status == "in_force"), day


SIX = {"110000": "北京", "310000": "上海", "500000": "重庆", "330100": "杭州", "440100": "广州", "440300": "深圳"}


def test_the_business_environment_pilot_is_its_six_cities(baseline: Library) -> None:
    governed = {e.to for e in baseline.show("REG013").edges if e.type == "GOVERNS"}
    assert governed == set(SIX)
    assert {e.stage for e in baseline.show("REG013").edges if e.type == "GOVERNS"} == {"sharing"}
    considered = {
        place
        for place in (*SIX.values(), "浙江", "广东", "宁波", "珠海", "天津", "全国", "660000")
        for c in baseline.explain(place, "共享", as_of=DAY).considered
        if c.regulation.id == "REG013"
    }
    assert considered == set(SIX.values())


@pytest.mark.parametrize("document", ["REG011", "REG012", "REG014"])
def test_pilots_without_named_places_and_actions_govern_nothing(baseline: Library, document: str) -> None:
    for row in baseline.coverage(as_of=DAY).cells:
        assert document not in (*row.rule.bases, *row.rule.unresolved, *row.rule.pending)


def test_xpcc_stands_under_the_nation(baseline: Library) -> None:
    for stage in ("归集", "共享", "开放", "应用", "安全", "存储", "归档"):
        answer = baseline.explain("新疆生产建设兵团", stage, as_of=DAY)
        assert answer.path == ["660000", "000000"]
        assert (answer.cell.level, answer.cell.rule.via) == ("xpcc", "000000")
        assert {c.jurisdiction for c in answer.considered} == {"000000"}
    assert "660000" not in {c.jurisdiction for c in baseline.coverage(as_of=DAY).cells}


@pytest.mark.parametrize(("place", "code"), [("台湾", "710000"), ("香港", "810000"), ("澳门", "820000")])
@pytest.mark.parametrize("stage", ["共享", "加工"])
def test_outside_the_territory_nothing_applies(baseline: Library, place: str, code: str, stage: str) -> None:
    answer = baseline.explain(place, stage, as_of=DAY)
    assert (answer.cell.jurisdiction, answer.cell.rule.verdict) == (code, "none")
    assert answer.cell.rule.bases == []
    assert not any(c.accepted for c in answer.considered)
    assert {c.reason for c in answer.considered} <= {"outside_territory"}
    assert baseline.find(place).total
    for options in ({}, {"level": "province"}, {"level": "city"}):
        cells = baseline.coverage(as_of=DAY, **options).cells
        assert code[:2] not in {str(c.jurisdiction)[:2] for c in cells}
    found = baseline.gaps(as_of=DAY, stages=[stage], limit=10_000).items
    assert code[:2] not in {str(g.jurisdiction)[:2] for g in found}


def test_the_bases_of_hubeis_application(baseline: Library) -> None:
    rule = cell(baseline, "湖北", "应用").rule
    assert rule.bases == ["REG054"]
    assert not rule.presumed
    assert cell(baseline, "湖北", "归集").rule.presumed


def test_a_listed_document_says_since_when(baseline: Library) -> None:
    rule = cell(baseline, "江西", "共享").rule
    assert rule.last_stated == date(2024, 3, 21)
    assert rule.presumed


def test_the_draft_of_shenzhen_is_never_in_force(dated: Library) -> None:
    for day in (DAY, "2026-01-01"):
        answer = dated.explain("深圳", "开放", as_of=day)
        draft = next(c for c in answer.considered if c.regulation.id == "REG073")
        assert (draft.status, draft.accepted, draft.reason) == ("draft", False, "draft")
        assert "REG073" in answer.cell.rule.pending


def test_a_draft_is_nobodys_basis_on_any_day(dated: Library) -> None:
    for year in (2015, 2020, 2022, 2024, 2026, 2030):
        for stage in ("开放", "共享"):
            rule = cell(dated, "深圳", stage, f"{year}-06-30").rule
            assert "REG073" not in rule.bases, year


def test_both_words_on_guangzhou_stay(baseline: Library) -> None:
    shown = baseline.show("REG020")
    said = {(s.property, str(s.value), s.section) for s in shown.statements}
    assert ("listed_on", "2024-03-21", "(一)") in said
    assert ("effective_from", "2025-02-28", "X14") in said


def test_outside_the_territory(baseline: Library) -> None:
    answer = baseline.explain("香港", "共享", as_of=DAY)
    assert answer.cell.rule.verdict == "none"
    assert {c.reason for c in answer.considered} == {"outside_territory"}
    every = baseline.coverage(level="county", as_of=DAY)
    assert not [c for c in every.cells if str(c.jurisdiction)[:2] in ("71", "81", "82")]
    assert not [
        g for g in baseline.gaps(as_of=DAY, limit=10_000).items if str(g.jurisdiction)[:2] in ("71", "81", "82")
    ]


def test_short_names_mean_the_highest_level(baseline: Library) -> None:
    for word, code in {
        "天津": "120000",
        "吉林": "220000",
        "全国": "000000",
        "延边": "222400",
        "兵团": "660000",
    }.items():
        assert cell(baseline, word, "共享").jurisdiction == code


def test_one_code_of_two_places(baseline: Library) -> None:
    assert baseline.show("132201").node.name == "南宫市"
    assert baseline.show("132201@1981").node.name == "邢台市"


@pytest.mark.parametrize(
    ("code", "name", "path"),
    [
        ("132201", "南宫市", None),
        ("132201@1981", "邢台市", None),
        ("130500", "邢台市", ["130500", "130000", "000000"]),
        ("220000", "吉林省", ["220000", "000000"]),
        ("220200", "吉林市", ["220200", "220000", "000000"]),
    ],
)
def test_places_of_a_code(baseline: Library, code: str, name: str, path: list[str] | None) -> None:
    shown = baseline.show(code)
    assert (shown.node.kind, shown.node.id, shown.node.name) == ("Jurisdiction", code, name)
    if path:
        assert baseline.explain(code, "共享", as_of=DAY).path == path


def test_the_two_places_of_132201_have_their_own_years(baseline: Library) -> None:
    first, second = (baseline.show(i).node.properties for i in ("132201@1981", "132201"))
    assert first["end_year"] <= second["first_year"]
    assert second.get("end_year") != first["end_year"]


def test_a_matrix_lists_the_divisions_of_its_day(baseline: Library) -> None:
    for day, count, chongqing in (("1990-01-01", 30, False), ("2024-03-21", 31, True)):
        rows = {c.jurisdiction for c in baseline.coverage(as_of=day, stages=["共享"]).cells}
        assert (len(rows), "500000" in rows) == (count, chongqing)


def test_jilin_was_succeeded(dated: Library) -> None:
    for day, state in (("2023-12-31", "unknown"), ("2024-01-01", "repealed")):
        answer = dated.explain("吉林", "安全", as_of=day)
        old = [c for c in answer.considered if c.regulation.id == "REG034"]
        assert all(c.status == state for c in old)
    assert cell(dated, "吉林", "应用").rule.bases[0] == "regulation:220000:吉林省大数据条例"


def test_where_titles_disagree_both_stay(dated: Library) -> None:
    shown = dated.show("REG065")
    names = {(s.value, s.source, s.decides) for s in shown.statements if s.property == "name"}
    assert names == {
        ("广州市政务信息数据共享管理规定", "baseline", False),
        ("广州市政务信息共享管理规定", "dates", True),
    }
    assert dated.show("广州市政务信息数据共享管理规定").node.id == "REG065"


def test_roles_count_within_their_period(dated: Library) -> None:
    before, after = (cell(dated, "北京", "归集", day).role for day in ("2022-12-31", "2023-01-01"))
    assert "agency:110000:北京市大数据中心" not in before.agencies
    assert after.verdict == "own"
    assert "agency:110000:北京市大数据中心" in after.agencies


def test_filters_say_what_they_left_out(dated: Library) -> None:
    answer = dated.coverage(min_rank="规范性文件", as_of="2026-11-24")
    assert [w.code for w in answer.warnings if w.code == "filtered"] == ["filtered"]
    assert not {c.rule.rank for c in answer.cells} & {"policy", "standard", "plan", "unknown"}
    only = dated.coverage(evidence=["text"], as_of="2026-11-24")
    assert {c.rule.evidence for c in only.cells} <= {"text", None}


def test_gaps_of_the_articles_day(baseline: Library) -> None:
    answer = baseline.gaps(as_of=DAY, limit=10_000)
    kinds = Counter((g.kind, g.severity) for g in answer.items if g.jurisdiction and g.jurisdiction.endswith("0000"))
    assert kinds["no_rule", "high"] == 8 + 2  # eight provinces, the nation and XPCC, all at 加工
    assert kinds["rule_unknown", "medium"] == 4
    assert answer.total == len(answer.items) == len({g.id for g in answer.items})
    assert [g.score for g in answer.items] == sorted((g.score for g in answer.items), reverse=True)
    page = baseline.gaps(as_of=DAY, limit=7)
    rest = baseline.gaps(as_of=DAY, limit=10_000, cursor=page.next)
    assert [g.id for g in (*page.items, *rest.items)] == [g.id for g in answer.items]


@pytest.mark.smoke
def test_claims_beside_counts(baseline: Library) -> None:
    claims = {c.id: (c.counted, c.verdict) for c in baseline.stats().claims}
    assert claims["STA001"] == (28, "agrees")
    assert claims["STA002"] == (68, "disagrees")
    assert claims["STA003"] == (19, "disagrees")
    assert claims["STA015"] == (31, "agrees")
    assert claims["STA040"] == (21, "agrees")
    assert claims["STA024"][1] == claims["STA029"][1] == "conflicts"
    assert claims["STA004"] == (None, "not_comparable")


def test_ids_of_the_articles_tables_find_their_nodes(baseline: Library) -> None:
    for id_ in ("REG001", "REG088", "AGY014", "DB005", "DB010", "PLT008", "PIL001", "STA043"):
        assert baseline.show(id_).node.kind


@pytest.mark.smoke
def test_find_takes_one_character(baseline: Library) -> None:
    answer = baseline.find("沪")
    assert answer.total == len(answer.items)
    assert baseline.find("贵").total > 5
    assert baseline.find("人口基础库").items[0].match == "name"
    assert baseline.find("数据二十条").total == baseline.find("数据二十条", kind="Regulation").total
