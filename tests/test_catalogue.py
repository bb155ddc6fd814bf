"""Look-ups: find, show, stats, runs, and what a word names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from govgraph.errors import AmbiguousError, NotFoundError, UsageError
from govgraph.library import Library
from govgraph.model import EDGES, NODES

Write = Callable[[str, str], Path]


# --- find -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["贵", "省", "库", "沪", "R", "0", "数据", "共享", "（", "'", '"', "\\", "%", "_", ".*"]
)
def test_find_answers_all_that_hold_the_text_and_nothing_else(baseline: Library, text: str) -> None:
    answer = baseline.find(text, limit=100_000)
    assert answer.truncated is None
    assert answer.total == len(answer.items) == len({(i.kind, i.id) for i in answer.items})
    for item in answer.items:
        bears = [item.id, item.name]
        if not any(text in word for word in bears):
            bears = baseline.show(item.id).node.aliases
        assert any(text in word for word in bears), item


def test_find_knows_one_character(baseline: Library) -> None:
    assert {"520000", "520100"} <= {i.id for i in baseline.find("贵").items}


def test_find_puts_the_best_match_first(baseline: Library) -> None:
    assert [(i.id, i.match) for i in baseline.find("人口基础库").items] == [("DB001", "name")]
    assert [(i.id, i.match) for i in baseline.find("REG016").items] == [("REG016", "id")]
    ranks = [("id", "name", "alias", "text").index(i.match) for i in baseline.find("中国", limit=1000).items]
    assert ranks == sorted(ranks)
    first = baseline.find("中国").items[0]
    assert (first.id, first.match) == ("000000", "alias")


def test_find_narrows_by_kind_and_says_what_it_left_out(baseline: Library) -> None:
    every = baseline.find("数据", limit=1000)
    rules = baseline.find("数据", kind="制度文件", limit=1000)
    assert {i.kind for i in rules.items} == {"Regulation"}
    assert rules.total == sum(i.kind == "Regulation" for i in every.items)
    some = baseline.find("数据", limit=3)
    assert [i.id for i in some.items] == [i.id for i in every.items][:3]
    assert some.truncated
    assert (some.truncated.reason, some.truncated.omitted) == ("limit", every.total - 3)
    for bad in ({"text": ""}, {"text": " "}, {"text": "x", "limit": 0}, {"text": "x", "kind": "Planet"}):
        with pytest.raises(UsageError):
            baseline.find(**bad)  # type: ignore[arg-type]


# --- what a word names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "near"), [("REG0016", "REG016"), ("REG16", "REG016"), ("STA0043", "STA043")])
def test_an_unknown_id_lists_the_nearest_first(baseline: Library, word: str, near: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        baseline.show(word)
    found = [c["id"] for c in caught.value.candidates]
    assert near in found
    kind = baseline.show(near).node.kind
    assert caught.value.candidates[0]["kind"] == kind, caught.value.candidates


@pytest.mark.parametrize(
    ("word", "near"), [("贵洲省", "520000"), ("人口基楚库", "DB001"), ("上海市数据条列", "REG015")]
)
def test_a_mistyped_name_lists_what_is_near(baseline: Library, word: str, near: str) -> None:
    with pytest.raises(NotFoundError, match=word) as caught:
        baseline.show(word)
    assert near in {c["id"] for c in caught.value.candidates}


def test_a_name_of_several_things_lists_them(baseline: Library) -> None:
    with pytest.raises(AmbiguousError, match="朝阳区") as caught:
        baseline.show("朝阳区")
    assert {c["id"] for c in caught.value.candidates} == {"110105", "220104"}
    assert {(c["kind"], c["name"]) for c in caught.value.candidates} == {("Jurisdiction", "朝阳区")}


# --- show -----------------------------------------------------------------------------------------------------


def test_statements_have_their_section_and_run(baseline: Library) -> None:
    shown = baseline.show("REG016")
    assert shown.node.name == "深圳经济特区数据条例"
    said = {s.property: s for s in shown.statements}
    assert {"name", "category", "listed_on"} <= set(said)
    assert {s.source for s in shown.statements} == {"baseline"}
    assert all(s.section and s.run == "1" and s.decides for s in shown.statements)
    governed = {(e.to, e.stage) for e in shown.edges if e.type == "GOVERNS"}
    assert len(governed) == 8
    assert {place for place, _ in governed} == {"440300"}


def test_two_passages_that_disagree_both_stand_and_one_decides(baseline: Library) -> None:
    shown = baseline.show("REG020")
    assert {s.section for s in shown.statements} == {"(一)", "X14"}
    for name, value in shown.node.properties.items():
        words = [s for s in shown.statements if s.property == name]
        assert {str(s.value) for s in words if s.decides} == {str(value)}, name


def test_the_later_source_decides_and_the_first_one_stays(dated: Library) -> None:
    changed = 0
    for item in dated.find("REG0", kind="Regulation", limit=200).items:
        shown = dated.show(item.id)
        for name in {s.property for s in shown.statements} - {"aliases"}:
            words = [s for s in shown.statements if s.property == name]
            if len({str(s.value) for s in words}) > 1:
                changed += 1
                assert any(s.decides for s in words)
                assert not all(s.decides for s in words)
            if name == "name":
                assert next(s.value for s in words if s.decides) == shown.node.name
    assert changed


# --- stats and runs -------------------------------------------------------------------------------------------


def test_counts_are_of_every_kind_and_type(baseline: Library) -> None:
    stats = baseline.stats()
    assert list(stats.nodes) == list(NODES)
    assert list(stats.edges) == list(EDGES)
    assert stats.total == sum(stats.nodes.values())
    assert (stats.nodes["Regulation"], stats.nodes["Theme"], stats.nodes["Claim"]) == (88, 21, 43)
    # A figure is a claim: no node stands for a count.
    assert (stats.nodes["Dataset"], stats.nodes["Resource"], stats.nodes["Item"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("claim", "comparator", "value", "counted", "verdict"),
    [
        ("STA001", "=", 28, 28, "agrees"),
        ("STA002", "=", 52, 68, "disagrees"),
        ("STA003", "=", 20, 19, "disagrees"),
        ("STA004", "=", 24, None, "not_comparable"),
        ("STA006", ">", 3_000_000, None, "not_comparable"),
        ("STA007", ">", 20_000_000, None, "not_comparable"),
        ("STA015", "=", 31, 31, "agrees"),
        ("STA024", "=", 226, None, "conflicts"),
        ("STA029", "=", 226, None, "conflicts"),
        ("STA031", "=", 345_853, None, "not_comparable"),
        ("STA036", "=", 8, 8, "agrees"),
        ("STA037", "=", 6, 6, "agrees"),
        ("STA040", "=", 21, 21, "agrees"),
    ],
)
def test_a_claim_beside_our_count(
    baseline: Library, claim: str, comparator: str, value: int, counted: int | None, verdict: str
) -> None:
    row = next(c for c in baseline.stats().claims if c.id == claim)
    assert (row.comparator, row.value, row.counted, row.verdict) == (comparator, value, counted, verdict)
    assert row.text
    assert row.subject


@pytest.mark.parametrize(
    ("comparator", "value", "verdict"),
    [("=", 2, "agrees"), ("=", 3, "disagrees"), (">", 1, "agrees"), (">", 2, "disagrees"), ("≈", 2, "agrees")],
)
def test_comparators(library: Library, csv_file: Write, comparator: str, value: int, verdict: str) -> None:
    library.load("Theme", [csv_file("t.csv", "id,name\nA,甲\nB,乙\n")])
    row = f"id,name,comparator,value,counter\nM,领域,{comparator},{value},opening_fields\n"
    library.load("Claim", [csv_file("c.csv", row)])
    (claim,) = library.stats().claims
    assert (claim.counted, claim.verdict) == (2, verdict)


@pytest.mark.parametrize("counter", ["exchange_places", "local_rows", "nodes", "graph", "nonsense", "pilot_places:x"])
def test_a_claim_that_names_no_count_of_ours_is_not_comparable(library: Library, csv_file: Write, counter: str) -> None:
    assert library.load("Claim", [csv_file("c.csv", f"id,name,value,counter\nM,甲,5,{counter}\n")]).created == 1
    (claim,) = library.stats().claims
    assert (claim.counted, claim.verdict) == (None, "not_comparable")


def test_runs_are_listed_as_they_were(library: Library, csv_file: Write, tmp_path: Path) -> None:
    path = csv_file("t.csv", "id,name\nA,甲\nB,\n")
    report = library.load("Theme", [path], source="mine", rejects=tmp_path / "r.csv")
    (run,) = library.runs().items
    assert run.run == report.run == "1"
    assert (run.source, run.status, run.read, run.accepted, run.rejected) == ("mine", "partial", 2, 1, 1)
    assert run.files[0].path == str(path)
    assert len(run.files[0].sha256) == 64
    assert run.started <= run.ended
    assert run.undone_by is None
