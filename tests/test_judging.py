"""The judging questions on the baseline, the dates and small tables: what a governance officer could check by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from govgraph.answers import Change
from govgraph.errors import AmbiguousError, NotFoundError, UsageError
from govgraph.factgaps import disputes
from govgraph.gaps import GAP_KINDS
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.model import STAGES, Stage
from govgraph.views import limited
from govgraph.whatif import Enactment

DAY = "2024-03-21"
Write = Callable[[str, str], Path]


# --- what if ----------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_repealing_xinjiangs_measures(baseline: Library) -> None:
    answer = baseline.what_if(repeal=["REG057"], as_of=DAY)
    assert len(answer.changes) == answer.total == 8
    assert {c.jurisdiction for c in answer.changes} == {"650000"}
    assert {c.stage for c in answer.changes} == set(STAGES)
    first, *others = answer.changes
    assert (first.stage, first.before, first.after, first.lost_last_basis) == ("processing", "general", "expired", True)
    assert {(c.before, c.after, c.via_after, c.lost_last_basis) for c in others} == {
        ("general", "inherited", "000000", False)
    }
    assert answer.lost_last_basis == 1
    assert {tuple(c.because) for c in answer.changes} == {("REG057",)}
    assert answer.by_level["province"] == 8


def test_repealing_the_national_framework(baseline: Library) -> None:
    answer = baseline.what_if(repeal=[f"REG{n:03}" for n in range(1, 11)], as_of=DAY)
    assert len(answer.changes) == answer.by_level["province"] == 72
    assert {c.level for c in answer.changes} == {"province"}
    assert {c.before for c in answer.changes} == {"inherited"}
    assert answer.lost_last_basis == 72
    assert answer.by_level["national"] == answer.by_level["xpcc"] == 7


def test_the_graph_is_as_it_was_after_what_if(baseline: Library) -> None:
    before = baseline.coverage(as_of=DAY)
    baseline.what_if(repeal=["REG057"], enact=["加工@河北"], as_of=DAY)
    assert baseline.coverage(as_of=DAY) == before


def test_an_enactment_reaches_what_is_below(baseline: Library) -> None:
    answer = baseline.what_if(enact=["加工@河北"], as_of=DAY, level="city", jurisdiction="河北")
    assert {(c.before, c.after, c.via_after) for c in answer.changes} == {("none", "inherited", "130000")}
    assert {tuple(c.because) for c in answer.changes} == {("加工@河北",)}
    assert answer.by_level["province"] == 1
    assert answer.lost_last_basis == 0


def test_one_document_for_two_places_and_two_stages(baseline: Library) -> None:
    rows = [
        Enactment(name="两省加工条例", jurisdiction=place, stage=stage, scope=scope, rank="地方性法规")
        for place in ("130000", "140000")
        for stage, scope in (("加工", "dedicated"), ("归档", "general"))
    ]
    answer = baseline.what_if(enact=rows, as_of=DAY)
    assert answer.enact == ["两省加工条例"]
    assert {(c.jurisdiction, c.stage, c.after) for c in answer.changes} == {
        ("130000", "processing", "dedicated"),
        ("130000", "archiving", "general"),
        ("140000", "processing", "dedicated"),
        ("140000", "archiving", "general"),
    }


def test_a_zones_own_rule_is_the_citys(baseline: Library) -> None:
    answer = baseline.what_if(enact=["归档@珠海"], as_of=DAY)
    assert {(c.jurisdiction, c.stage, c.after) for c in answer.changes} == {("440400", "archiving", "dedicated")}


@pytest.mark.parametrize(
    ("options", "error", "why"),
    [
        ({}, UsageError, "what if what"),
        ({"repeal": ["REG073"]}, UsageError, "not in force .*draft"),
        ({"repeal": ["REG020"]}, UsageError, "not_yet_effective"),
        ({"repeal": ["REG999"]}, NotFoundError, "REG999"),
        ({"repeal": ["AGY001"]}, NotFoundError, "AGY001"),
        ({"enact": ["公开@130000"]}, UsageError, "--enact"),
        ({"enact": ["开放@火星"]}, NotFoundError, "火星"),
        ({"enact": ["开放@朝阳区"]}, AmbiguousError, "朝阳区"),
        ({"enact": ["开放@香港"]}, UsageError, "outside the territory"),
        ({"enact": ["开放@132201@1981"]}, UsageError, "no division"),
        ({"enact": ["开放"]}, UsageError, "STAGE@JURISDICTION"),
        ({"enact": [Enactment(name="REG001", jurisdiction="130000", stage="开放")]}, UsageError, "already"),
        ({"enact": [Enactment(name="x", jurisdiction="130000", stage="开放", scope="all")]}, UsageError, "--enact"),
        ({"repeal": ["REG057"], "level": "planet"}, UsageError, "--level"),
    ],
)
def test_what_can_not_be_asked(baseline: Library, options: dict[str, object], error: type, why: str) -> None:
    with pytest.raises(error, match=why):
        baseline.what_if(as_of=DAY, **options)


def test_before_it_exists_nothing_can_be_repealed(dated: Library) -> None:
    with pytest.raises(UsageError, match="does not exist yet"):
        dated.what_if(repeal=["贵州省政府数据共享开放条例"], as_of="2019-01-01")


# --- two days -----------------------------------------------------------------------------------------------------


def test_the_listing_changes_every_cell_but_those_without_a_rule(baseline: Library) -> None:
    answer = baseline.diff("2024-03-20", DAY)
    assert Counter(c.before for c in answer.changes) == {"unknown": 236}
    assert baseline.diff("2024-03-20", DAY, bases=True).total == 236
    guizhou = next(c for c in answer.changes if (c.jurisdiction, c.stage) == ("520000", "opening"))
    assert (guizhou.after, guizhou.because) == ("dedicated", ["REG022"])
    hebei = next(c for c in answer.changes if (c.jurisdiction, c.stage) == ("130000", "opening"))
    assert (hebei.after, hebei.via_after) == ("inherited", "000000")
    assert set(hebei.because) <= {f"REG{n:03}" for n in range(1, 11)}


def test_a_city_whose_own_rule_begins(baseline: Library) -> None:
    found = baseline.diff("2025-02-27", "2025-02-28", jurisdiction="广州").changes
    assert {tuple(c.because) for c in found} == {("REG020",)}
    assert not [c for c in baseline.diff("2025-02-27", "2025-02-28").changes if "REG020" in c.because]


def test_divisions_of_one_day_only(baseline: Library) -> None:
    answer = baseline.diff("1990-01-01", DAY)
    assert answer.appeared == ["500000"]
    assert [w.code for w in answer.warnings] == ["before_first_known_date"]
    assert baseline.diff("1975-01-01", "1990-01-01", jurisdiction="132201@1981").changes == []


@pytest.mark.parametrize(
    ("first", "last"), [("2024-03-21", "2024-03-20"), (DAY, DAY), ("2024-02-30", DAY), ("2021", DAY), ("x", DAY)]
)
def test_impossible_days(baseline: Library, first: str, last: str) -> None:
    with pytest.raises(UsageError):
        baseline.diff(first, last)


def test_a_timeline_says_when_and_why(dated: Library) -> None:
    (row,) = dated.timeline("贵州", stages=["开放"]).rows
    assert [(str(s.from_), s.verdict, s.because) for s in row.spans][-1] == ("2020-12-01", "dedicated", ["REG022"])
    assert row.spans[-1].to is None
    for stage in ("开放", "opening"):
        rows = dated.timeline(stage).rows
        assert len(rows) == 31
        assert next(r for r in rows if r.jurisdiction == "520000").spans == row.spans
    old = dated.timeline("132201@1981", stages=["共享"]).rows[0].spans
    assert (str(old[0].from_), str(old[-1].to)) == ("1981-01-01", "1982-12-31")


def test_options_of_the_other_sort_of_timeline(baseline: Library) -> None:
    with pytest.raises(UsageError, match="name a stage"):
        baseline.timeline("贵州", level="city")
    with pytest.raises(UsageError, match="name a jurisdiction"):
        baseline.timeline("开放", stages=["共享"])
    with pytest.raises(NotFoundError):
        baseline.timeline("公开")


def test_the_calendar(dated: Library) -> None:
    answer = dated.calendar(months=24, as_of=DAY)
    assert answer.until == date(2026, 3, 21)
    found = {(e.regulation.id, e.what, e.stated) for e in answer.items}
    assert ("REG020", "takes_effect", "2025-02-28") in found
    lapsing = next(e for e in answer.items if e.what == "lapses")
    assert (lapsing.stated, lapsing.first) == ("2025-06-30", date(2025, 7, 1))
    assert {c.jurisdiction for c in lapsing.changes} == {"140000"}
    assert not dated.calendar(months=24, as_of=DAY, jurisdiction="新疆").items
    assert dated.calendar(months=1, as_of="2024-01-31").until == date(2024, 2, 29)
    for months in (0, 1201, -3):
        with pytest.raises(UsageError, match="--months"):
            dated.calendar(months=months)


# --- small tables ---------------------------------------------------------------------------------------------------


def rows(*given: tuple[str, dict[str, object]]) -> list[Row]:
    """Rows of a loader."""
    return [Row(kind, values, "table", number) for number, (kind, values) in enumerate(given, 1)]


PLACES = rows(
    ("Jurisdiction", {"id": "000000", "name": "国", "level": "national"}),
    ("Jurisdiction", {"id": "P", "name": "省", "level": "province", "parent": "000000"}),
    ("Jurisdiction", {"id": "Q", "name": "邻省", "level": "province", "parent": "000000"}),
    ("Jurisdiction", {"id": "C", "name": "市", "level": "city", "parent": "P"}),
)


def loaded(library: Library, *given: tuple[str, dict[str, object]]) -> Library:
    """A graph of the places and some rows."""
    from govgraph.ingest import load_rows

    report = load_rows(library.graph, "table", [*PLACES, *rows(*given)])
    assert not report.rejects
    return library


def governs(document: str, place: str, stage: str, scope: str = "dedicated") -> tuple[str, dict[str, object]]:
    """A GOVERNS row."""
    return "GOVERNS", {"from": document, "to": place, "stage": stage, "scope": scope, "evidence": "text"}


def told(changes: list[Change]) -> dict[tuple[str, str], tuple[str, str, list[str]]]:
    """Changes by cell."""
    return {(c.jurisdiction, c.stage): (c.before, c.after, c.because) for c in changes}


def test_an_amendment_adds_a_stage_and_a_document_governs_two_places(library: Library) -> None:
    found = loaded(
        library,
        ("Regulation", {"id": "R1", "name": "条例", "effective_from": "2020-01-01"}),
        ("Regulation", {"id": "R2", "name": "条例（修订）", "effective_from": "2022-01-01"}),
        governs("R1", "P", "sharing"),
        governs("R1", "Q", "sharing"),
        *(governs("R2", p, s) for p in ("P", "Q") for s in ("sharing", "opening")),
        ("AMENDS", {"from": "R2", "to": "R1"}),
    )
    assert told(found.diff("2021-12-31", "2022-01-01").changes) == {
        (p, "opening"): ("none", "dedicated", ["R2"]) for p in ("P", "Q")
    }
    with_bases = told(found.diff("2021-12-31", "2022-01-01", bases=True).changes)
    assert with_bases["P", "sharing"] == ("dedicated", "dedicated", ["R1", "R2"])
    # A city's verdict changes by its province's document.
    assert told(found.diff("2021-12-31", "2022-01-01", jurisdiction="C").changes) == {
        ("C", "opening"): ("none", "inherited", ["R2"])
    }
    # Repealing the newer version doesn't bring the older back.
    answer = found.what_if(repeal=["R2"], as_of="2023-01-01")
    assert {c.after for c in answer.changes} == {"expired"}
    assert answer.lost_last_basis == 4
    with pytest.raises(UsageError, match="repealed"):
        found.what_if(repeal=["R1"], as_of="2023-01-01")


def test_a_repeal_names_what_repeals(library: Library) -> None:
    found = loaded(
        library,
        ("Regulation", {"id": "R1", "name": "甲办法", "effective_from": "2020-01-01"}),
        ("Regulation", {"id": "R2", "name": "废止决定", "issued": "2021-11-01", "effective_from": "2022-01-01"}),
        governs("R1", "P", "sharing"),
        ("REPEALS", {"from": "R2", "to": "R1"}),
    )
    assert told(found.diff("2021-01-01", "2023-01-01").changes) == {
        ("P", "sharing"): ("dedicated", "expired", ["R1", "R2"])
    }
    (event,) = [e for e in found.calendar(months=12, as_of="2021-12-01").items if e.regulation.id == "R1"]
    assert not found.calendar(months=12, as_of="2021-10-31").items  # R2 does not exist yet
    assert (event.what, event.successor and event.successor.id) == ("superseded", "R2")
    assert event.changes[0].lost_last_basis


@pytest.mark.parametrize(
    ("stated", "day", "event"),
    [
        ("2022", "2021-12-31", ("takes_effect", True)),
        ("2022", "2022-03-01", ("takes_effect", False)),
        ("2022-H2", "2021-12-31", ("takes_effect", True)),
        ("2022-H2", "2021-08-15", ("takes_effect", False)),
        ("2023", "2021-12-31", None),
        ("2021-12-31", "2021-12-31", None),
    ],
)
def test_partial_days_of_the_calendar(library: Library, stated: str, day: str, event: tuple[str, bool] | None) -> None:
    found = loaded(
        library,
        ("Regulation", {"id": "R", "name": "条例", "issued": "2020-01-01", "effective_from": stated}),
        governs("R", "P", "sharing"),
    )
    items = found.calendar(months=12, as_of=day).items
    assert [(e.what, e.certain) for e in items] == ([event] if event else [])


WITHHELD = {"name": "人口", "jurisdiction": "P", "provider": "A", "share_type": "not_shared"}


@pytest.mark.parametrize(
    ("rank", "issuer", "place", "day", "gap"),
    [
        ("law", "全国人大常委会", "000000", "2024-01-01", False),
        ("law", "全国人大常委会", "000000", "2019-12-31", True),  # not yet effective
        ("local_regulation", "省人大常委会", "P", "2024-01-01", True),
        ("policy", "国务院办公厅", "000000", "2024-01-01", False),
        ("policy", "中共中央办公厅", "000000", "2024-01-01", False),
        ("policy", "中共中央办公厅", "000000", "2025-07-31", False),
        ("policy", "中共中央办公厅", "000000", "2025-08-01", True),
        ("policy", "国务院", "000000", "2025-08-01", False),
        ("policy", "国务院办公厅", "000000", "2025-08-01", False),
        ("policy", "中共中央办公厅、国务院办公厅", "000000", "2025-08-01", False),
        ("policy", "中共中央、国务院", "000000", "2024-01-01", False),
        ("policy", "国家标准委|中央办公厅", "000000", "2024-01-01", False),
        ("policy", "国务院国资委", "000000", "2024-01-01", True),
        ("policy", "国务院国有资产监督管理委员会办公厅", "000000", "2025-08-01", True),
        ("policy", "中共中央宣传部", "000000", "2024-01-01", True),
        ("policy", "共青团中央", "000000", "2024-01-01", True),
        ("policy", "某部", "000000", "2024-01-01", True),
        ("policy", "国务院", "P", "2024-01-01", True),  # no document of the nation
        ("local_regulation", "省人大常委会", "P", "2016-09-04", False),  # before a basis was asked for
    ],
)
def test_what_counts_as_a_basis(library: Library, rank: str, issuer: str, place: str, day: str, gap: bool) -> None:
    document = {"id": "R", "name": "文件", "rank": rank, "issuer": issuer, "effective_from": "2020-01-01"}
    found = loaded(
        library,
        ("Regulation", document | {"jurisdiction": place}),
        ("Article", {"id": "R-5", "name": "第五条", "regulation": "R"}),
        ("Agency", {"id": "A", "name": "局", "jurisdiction": "P"}),
        ("Resource", WITHHELD | {"id": "S1"}),
        ("Resource", WITHHELD | {"id": "S2"}),
        ("BASED_ON", {"from": "S1", "to": "R"}),
        ("BASED_ON", {"from": "S2", "to": "R-5"}),
    )
    items = found.gaps(kinds=["withheld_without_basis"], as_of=day).items
    assert [g.id for g in items] == [f"withheld_without_basis:Resource:S{n}" for n in (1, 2) if gap]


def test_an_item_more_restricted_than_its_resource(library: Library) -> None:
    found = loaded(
        library,
        ("Regulation", {"id": "L", "name": "法", "rank": "law", "effective_from": "2020-01-01"}),
        ("Agency", {"id": "A", "name": "局", "jurisdiction": "C"}),
        ("Theme", {"id": "T", "name": "领域"}),
        ("Resource", WITHHELD | {"id": "S1"}),
        ("Resource", {"id": "S2", "name": "企业", "provider": "A", "share_type": "conditional", "theme": "T"}),
        *(
            ("Item", {"id": f"{s}-{n}", "name": n, "share_type": "not_shared", "resource": s})
            for s in ("S1", "S2")
            for n in ("证号", "住址")
        ),
        ("BASED_ON", {"from": "S1", "to": "L"}),
        ("BASED_ON", {"from": "S2-证号", "to": "L"}),
    )
    (gap,) = found.gaps(kinds=["withheld_without_basis"], as_of="2024-01-01").items
    assert (gap.id, gap.jurisdiction, gap.stage) == ("withheld_without_basis:Item:S2-住址", "C", "sharing")
    for options, many in (
        ({"jurisdiction": "C"}, 1),
        ({"jurisdiction": "P"}, 1),
        ({"jurisdiction": "Q"}, 0),
        ({"theme": "T"}, 1),
        ({"agency": "A"}, 1),
        ({"severity": "low"}, 0),
        ({"stages": ["opening"]}, 0),
    ):
        assert found.gaps(kinds=["withheld_without_basis"], as_of="2024-01-01", **options).total == many, options
    why = found.explain_gap(gap.id, as_of="2024-01-01")
    assert why.open
    assert "51号" in why.rule.zh
    assert not found.explain_gap(gap.id, as_of="2015-01-01").open


@pytest.mark.parametrize(
    ("due", "overdue"),
    [
        ("2024-03-21", True),
        ("2024-03-22", False),
        ("2024-02", True),
        ("2024-03", False),
        ("2023-H2", True),
        ("2024-H1", False),
        ("2023", True),
        ("2024", False),
    ],
)
def test_a_partial_due_date_is_overdue_on_its_last_day(library: Library, due: str, overdue: bool) -> None:
    found = loaded(library, ("Resource", {"id": "S", "name": "表", "jurisdiction": "P", "archiving_due": due}))
    assert found.gaps(kinds=["overdue"], as_of=DAY).total == overdue
    assert found.coverage(jurisdiction="P", stages=["归档"], as_of=DAY).cells[0].record.expected == overdue


def test_practice_without_a_rule_is_the_gap_of_its_home(library: Library) -> None:
    found = loaded(
        library,
        ("Regulation", {"id": "R", "name": "条例", "effective_from": "2020-01-01", "effective_to": "2022-12-31"}),
        governs("R", "C", "opening"),
        ("Resource", {"id": "S", "name": "表", "jurisdiction": "C"}),
        ("Dataset", {"id": "D", "name": "集", "jurisdiction": "P"}),
        ("OPENING", {"from": "S", "to": "D", "since": "2021-05"}),
    )
    kinds = ["unruled_practice", "expired_only"]
    assert found.gaps(kinds=kinds, as_of="2022-12-31").total == 0
    after = found.gaps(kinds=kinds, as_of="2023-01-01").items
    assert {g.id for g in after} == {"unruled_practice:C:opening", "expired_only:C:opening"}
    (hop,) = found.lineage("S").edges
    told_ = found.explain_hop(hop.id)
    assert told_.hop is not None
    assert (told_.hop.start.id, told_.hop.end.id, told_.explanation) == ("S", "D", None)
    assert "Nobody knows" in told_.text.en
    repeal = found.what_if(repeal=["R"], as_of="2021-06-01")
    assert (repeal.assets.touched, repeal.assets.reach, repeal.assets.by_stage) == (1, 1, {"opening": 1})


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([{"issued": "2021"}, {"issued": "2021-05-01"}], {}),
        ([{"issued": "2021-11"}, {"issued": "2021-10-31"}], {"issued": ["2021-10-31", "2021-11"]}),
        ([{"effective_to": "2021-H1"}, {"effective_to": "2021-07"}], {"effective_to": ["2021-07", "2021-H1"]}),
        ([{"rank": "policy"}, {"rank": "unknown"}, {}], {}),
        ([{"rank": "policy"}, {"rank": "law"}], {"rank": ["law", "policy"]}),
        ([{"trial": True}, {"trial": False}], {"trial": ["False", "True"]}),
        ([{"doc_number": "国发〔2016〕51号"}, {"doc_number": "国发〔2016〕 51 号"}], {}),
        ([{"status": "in_force"}, {"status": "repealed"}], {}),
        ([{"listed_on": "2023-01-01"}, {"listed_on": "2024-01-01"}], {}),
        ([{"name": "甲"}, {"name": "乙"}], {}),
    ],
)
def test_which_statements_can_not_both_hold(said: list[dict[str, object]], found: dict[str, list[str]]) -> None:
    assert disputes(said) == found


# --- gaps and reasons on the baseline ---------------------------------------------------------------------------------


def test_every_kind_is_counted_and_claims_are_among_them(baseline: Library) -> None:
    answer = baseline.gaps(as_of=DAY, limit=10_000)
    assert tuple(answer.summary) == GAP_KINDS
    assert answer.summary["no_rule"] == 10
    assert answer.summary["claim_mismatch"] == 2
    assert answer.summary["conflict"] == 2
    stated = next(g for g in answer.items if g.id == "claim_mismatch:Claim:STA002")
    assert (stated.subject and stated.subject.kind, stated.jurisdiction) == ("Claim", None)
    assert "68" in stated.reason.zh
    assert baseline.gaps(as_of=DAY, jurisdiction="贵州", kinds=["claim_mismatch"]).total == 0


def test_ids_are_the_same_after_loading_again(library: Library) -> None:
    library.load("baseline")
    before = [g.id for g in library.gaps(as_of=DAY, limit=10_000).items]
    library.load("dates")
    library.load("baseline")
    after = {g.id for g in library.gaps(as_of=DAY, limit=10_000).items}
    assert len(before) == len(set(before))
    assert {i for i in before if i.startswith(("orphan", "claim"))} <= after


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kinds": ["boredom"]}, UsageError),
        ({"severity": "fatal"}, UsageError),
        ({"limit": 0}, UsageError),
        ({"theme": "火星"}, NotFoundError),
        ({"agency": "火星局"}, NotFoundError),
        ({"cursor": "x"}, UsageError),
    ],
)
def test_gaps_that_can_not_be_asked_for(baseline: Library, options: dict[str, object], error: type) -> None:
    with pytest.raises(error):
        baseline.gaps(as_of=DAY, **options)


def test_why_a_cell_is_a_gap(baseline: Library) -> None:
    answer = baseline.explain_gap("no_rule:130000:processing", as_of=DAY)
    assert answer.open
    assert answer.explanation is not None
    assert answer.explanation.cell.rule.verdict == "none"
    assert "河北省·加工：无制度" in answer.text.zh
    assert answer.text.en.startswith("On 2024-03-21, 河北省, processing: no rule")
    assert answer.remedy is not None
    closed = baseline.explain_gap("no_rule:520000:opening", as_of=DAY)
    assert (closed.open, closed.gap) == (False, None)
    assert closed.explanation is not None
    assert "不是缺口" in closed.text.zh


@pytest.mark.parametrize(
    ("id_", "error"),
    [
        ("no_rule", UsageError),
        ("boredom:130000:opening", UsageError),
        ("no_rule:130000:公开", UsageError),
        ("no_rule:999999:opening", NotFoundError),
        ("orphan:Database:DB999", NotFoundError),
        ("overdue:storage:X", NotFoundError),
        ("conflict:series:nothing", NotFoundError),
        ("claim_mismatch:Claim:STA999", NotFoundError),
    ],
)
def test_gaps_that_are_none(baseline: Library, id_: str, error: type) -> None:
    with pytest.raises(error):
        baseline.explain_gap(id_, as_of=DAY)


@pytest.mark.parametrize(("id_", "error"), [("x", UsageError), ("sharing-" + "0" * 16, NotFoundError)])
def test_hops_that_are_none(baseline: Library, id_: str, error: type) -> None:
    with pytest.raises(error):
        baseline.explain_hop(id_)


def test_cells_of_databases_and_themes_are_explained(baseline: Library) -> None:
    for kind, name in (("database", "人口基础库"), ("theme", "交通运输")):
        wanted = next(
            c for c in baseline.coverage(by=kind, stages=["共享"], as_of=DAY).cells if c.subject and c.name == name
        )
        answer = baseline.explain(name, "共享", as_of=DAY)
        assert answer.cell == wanted
        assert name in answer.text.zh


@pytest.mark.parametrize(("by", "subjects"), [("theme", 21), ("database", 17)])
def test_coverage_by_other_subjects_is_whole(baseline: Library, by: str, subjects: int) -> None:
    answer = baseline.coverage(by=by, as_of=DAY)
    assert len({c.subject.id for c in answer.cells if c.subject}) == subjects
    assert Counter(c.stage for c in answer.cells) == dict.fromkeys(Stage, subjects)


# --- side by side -----------------------------------------------------------------------------------------------------


def test_provinces_side_by_side(dated: Library) -> None:
    answer = dated.compare("贵州", "新疆", as_of=DAY, peers=True)
    assert [i.place.id for i in answer.items] == ["520000", "650000"]
    assert [s.rank for s in answer.peers] == sorted(s.rank for s in answer.peers)
    assert len(answer.peers) == 31
    for item in answer.items:
        cells = dated.coverage(jurisdiction=item.place.id, as_of=DAY).cells
        assert item.cells == cells
        own = {"dedicated": 3, "general": 2, "inherited": 1}
        assert item.standing.rule_points == sum(own.get(c.rule.verdict, 0) for c in cells)
        assert next(s for s in answer.peers if s.jurisdiction == item.place.id) == item.standing


def test_what_can_not_be_compared(baseline: Library) -> None:
    for places in (["贵州"], ["贵州", "520000"], [], ["贵州"] * 21):
        with pytest.raises(UsageError):
            baseline.compare(*places)
    with pytest.raises(NotFoundError):
        baseline.compare("贵州", "火星")
    with pytest.raises(NotFoundError):
        baseline.scorecard("火星局")


def test_a_scorecards_duties(dated: Library) -> None:
    answer = dated.scorecard("agency:110000:北京市大数据中心", as_of=DAY)
    assert (answer.jurisdiction, answer.resources) == ("110000", 0)
    assert any(d.accepted for d in answer.duties)
    assert {s.stage for s in answer.stages} == set(STAGES)


# --- limited keys -----------------------------------------------------------------------------------------------------


def test_a_limited_key_is_told_of_its_own(dated: Library) -> None:
    mine = Library(limited(dated.graph, "贵州"))
    assert {str(g.jurisdiction)[:2] for g in mine.gaps(as_of=DAY, limit=10_000).items} == {"52"}
    assert {c.jurisdiction for c in mine.diff("2020-01-01", DAY).changes} == {"520000"}
    assert {r.jurisdiction for r in mine.timeline("开放").rows} == {"520000"}
    answer = mine.what_if(enact=["加工@000000"], as_of=DAY)
    assert set(answer.by_level) <= {"province", "city", "county"}
    with pytest.raises(NotFoundError):
        mine.what_if(repeal=["REG057"], as_of=DAY)
    with pytest.raises(NotFoundError):
        mine.compare("贵州", "新疆")
    assert mine.compare("贵州", peers=True).items[0].standing.of == 1
    with pytest.raises(NotFoundError):
        mine.explain_gap("claim_mismatch:Claim:STA002")
    for event in mine.calendar(months=48, as_of=DAY).items:
        assert {c.jurisdiction for c in event.changes} <= {"520000"}
