"""Decisions about gaps: accepted, assigned, taken back; what that does to the answers (docs/semantics.md, section 17)."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import library as libraries
from govgraph.errors import NotFoundError, UsageError
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.sarif import to_sarif
from govgraph.views import limited
from tests.conftest import Cli
from tests.dumps import dump
from tests.serving import served

DAY = "2024-03-21"
CELL, LATER = "no_rule:100000:processing", "2024-06-30"
RESOURCES = 7


def rows() -> list[Row]:
    """A nation, a province, a city; an agency; resources that miss this and that."""
    found = [
        Row("Jurisdiction", {"id": "000000", "name": "全国", "level": "national"}, "t", 1),
        Row("Jurisdiction", {"id": "100000", "name": "甲省", "level": "province", "parent": "000000"}, "t", 2),
        Row("Jurisdiction", {"id": "200000", "name": "乙省", "level": "province", "parent": "000000"}, "t", 3),
        Row("Agency", {"id": "A", "name": "甲省数据局", "jurisdiction": "100000"}, "t", 4),
        Row("Agency", {"id": "B", "name": "乙省数据局", "jurisdiction": "200000"}, "t", 5),
    ]
    for number in range(RESOURCES):
        values = {"id": f"R{number}", "name": f"资源{number}", "storage_due": "2023"}
        values |= {"share_type": ("unconditional", "not_shared")[number % 2]}
        values |= {"provider": "AB"[number % 2]} if number % 3 else {}
        found.append(Row("Resource", values, "t", 10 + number))
    return found


@pytest.fixture
def small(graph: Graph) -> Library:
    """These rows."""
    load_rows(graph, "s", rows())
    return Library(graph)


def test_an_accepted_gap_is_left_out_until_its_day(small: Library) -> None:
    before = small.gaps(as_of=DAY, limit=1_000)
    ids = [g.id for g in before.items]
    wanted = [CELL, "overdue:storage:R1", "orphan:Resource:R0"]
    report = small.decide("accepted", wanted, by="张三", reason="已立项", until=LATER, as_of=DAY)
    assert (report.created, report.source, report.status) == (3, "decisions", "done")
    after = small.gaps(as_of=DAY, limit=1_000)
    assert [g.id for g in after.items] == [i for i in ids if i not in wanted]
    assert (after.total, after.accepted) == (before.total - 3, 3)
    assert after.summary == dict(Counter(before.summary) - Counter(["no_rule", "overdue", "orphan"])) | {
        k: 0 for k, n in before.summary.items() if n == 0
    }
    only = small.gaps(as_of=DAY, accepted=True)
    assert {g.id for g in only.items} == set(wanted)
    assert {(g.accepted.by, g.accepted.reason, g.accepted.until) for g in only.items if g.accepted} == {
        ("张三", "已立项", LATER)
    }
    # The day itself is the last; then they are told again, and how it stood.
    assert small.gaps(as_of=LATER).accepted == 3
    later = small.gaps(as_of="2024-07-01", limit=1_000)
    assert later.accepted == 0
    assert {g.id for g in later.items if g.accepted and g.accepted.past} == set(wanted)
    assert small.gaps(as_of="2024-07-01", accepted=True).total == 0


def test_what_is_judged_does_not_change(small: Library) -> None:
    def judged() -> list[object]:
        explained = small.explain("100000", "processing", as_of=DAY)
        found = [
            explained,
            small.coverage(as_of=DAY),
            small.compare("100000", "200000", as_of=DAY),
            small.scorecard("A", as_of=DAY),
        ]
        return [a.model_copy(update={"graph_version": ""}) for a in found]

    before = judged()
    every = [g.id for g in small.gaps(as_of=DAY, limit=1_000).items]
    small.decide("accepted", every, by="张三", reason="都知道", as_of=DAY)
    assert judged() == before
    assert small.gaps(as_of=DAY).total == 0
    account = small.explain_gap(CELL, as_of=DAY)
    assert account.open
    assert account.gap
    assert account.gap.accepted
    assert account.gap.accepted.reason == "都知道"


def test_check_leaves_accepted_gaps_out_and_tells_them_when_asked(small: Library) -> None:
    every = small.check(as_of=DAY)
    small.decide("accepted", [CELL, "overdue:storage:R1"], by="张三", reason="已立项", as_of=DAY)
    found = small.check(as_of=DAY)
    assert (found.total, found.accepted) == (every.total - 2, 2)
    assert found.summary == {**every.summary, "high": every.summary["high"] - 2}
    assert {f.id for f in every.items} - {f.id for f in found.items} == {CELL, "overdue:storage:R1"}
    told = small.check(as_of=DAY, accepted=True)
    assert [f.id for f in told.items] == [f.id for f in every.items]
    assert (told.total, told.accepted, told.summary) == (found.total, 2, found.summary)
    assert {f.id: f.accepted.reason for f in told.items if f.accepted} == {
        CELL: "已立项",
        "overdue:storage:R1": "已立项",
    }
    results = json.loads("".join(to_sarif(told, told.items, "zh")))["runs"][0]["results"]
    assert [r["suppressions"][0]["justification"] for r in results if "suppressions" in r] == ["张三: 已立项"] * 2
    few = small.check(as_of=DAY, limit=3)
    assert [f.id for f in few.items] == [f.id for f in found.items[:3]]
    assert few.truncated
    assert (few.total, few.truncated.omitted) == (found.total, found.total - 3)


def test_assigning_lists_them_by_name(small: Library) -> None:
    small.decide("assigned", [CELL, "overdue:storage:R2"], by="张三", assignee="李 四", until="2024-04-01", as_of=DAY)
    found = small.gaps(as_of=DAY, assigned_to="李四")
    assert {(g.id, g.assigned.past) for g in found.items if g.assigned} == {
        (CELL, False),
        ("overdue:storage:R2", False),
    }
    assert found.total == 2
    assert all(g.assigned and g.assigned.past for g in small.gaps(as_of="2024-04-02", assigned_to="李四").items)
    assert small.gaps(as_of=DAY, assigned_to="王五").total == 0
    # What is assigned can be accepted, too: then it is nobody's open work.
    small.decide("accepted", [CELL], by="李四", reason="不可行", as_of=DAY)
    assert [g.id for g in small.gaps(as_of=DAY, assigned_to="李四").items] == ["overdue:storage:R2"]
    assert [g.id for g in small.gaps(as_of=DAY, assigned_to="李四", accepted=True).items] == [CELL]


def test_deciding_again_and_taking_back(small: Library) -> None:
    small.decide("accepted", [CELL], by="张三", reason="一", as_of=DAY)
    assert small.decide("accepted", [CELL], by="张三", reason="一", as_of=DAY).unchanged == 1
    assert small.decide("accepted", [CELL], by="张三", reason="二", as_of=DAY).changed == 1
    (gap,) = small.gaps(as_of=DAY, accepted=True).items
    assert gap.accepted
    assert gap.accepted.reason == "二"
    with pytest.raises(NotFoundError, match="nothing was decided"):
        small.decide(None, ["overdue:storage:R1"], by="张三", as_of=DAY)
    small.decide(None, [CELL], by="李四", as_of=DAY)
    assert small.gaps(as_of=DAY).accepted == 0
    assert small.show(f"accepted:{CELL}").node.properties["withdrawn"] is True
    small.decide("accepted", [CELL], by="张三", reason="三", as_of=DAY)
    assert small.gaps(as_of=DAY).accepted == 1


def test_a_gap_that_closed_can_be_taken_back_and_one_that_returns_is_still_accepted(small: Library) -> None:
    gap = "orphan:Resource:R0"
    small.decide("accepted", [gap], by="张三", reason="历史数据", as_of=DAY)
    load_rows(small.graph, "s", [Row("Resource", {"id": "R0", "name": "资源0", "provider": "A"}, "t", 1)])
    assert small.gaps(as_of=DAY).accepted == 0
    load_rows(small.graph, "s", [Row("Resource", {"id": "R0", "name": "资源0"}, "t", 1)])
    assert small.gaps(as_of=DAY).accepted == 1
    load_rows(small.graph, "s", [Row("Resource", {"id": "R0", "name": "资源0", "provider": "A"}, "t", 1)])
    assert small.decide(None, [gap], by="张三", as_of=DAY).changed == 1


@pytest.mark.parametrize(
    ("treatment", "gaps", "options", "said"),
    [
        ("accepted", [CELL], {}, "why is it accepted"),
        ("accepted", [CELL], {"reason": " "}, "why is it accepted"),
        ("accepted", [CELL], {"reason": "x", "by": ""}, "who decides"),
        ("accepted", [], {"reason": "x"}, "name 1 to"),
        ("accepted", [CELL], {"reason": "x", "until": "2024-03-20"}, "is over"),
        ("accepted", ["no_rule"], {"reason": "x"}, "is no gap's id"),
        ("accepted", [CELL, "unpractised:sharing:R1"], {"reason": "x"}, "R1 is no gap on 2024-03-21"),
        ("assigned", [CELL], {}, "to whom"),
    ],
)
def test_what_can_not_be_decided_changes_nothing(
    small: Library, treatment: str, gaps: list[str], options: dict[str, str], said: str
) -> None:
    before = dump(small.graph)
    with pytest.raises(UsageError, match=said):
        small.decide(treatment, gaps, as_of=DAY, **{"by": "张三", **options})
    with pytest.raises(NotFoundError):
        small.decide("accepted", ["no_rule:999999:sharing"], by="张三", reason="x", as_of=DAY)
    assert dump(small.graph) == before


def test_a_limited_key_decides_about_its_own(small: Library) -> None:
    mine = Library(limited(small.graph, "100000"))
    theirs = "no_rule:200000:processing"
    small.decide("accepted", [theirs], by="张三", reason="x", as_of=DAY)
    mine.decide("accepted", [CELL], by="李四", reason="x", as_of=DAY)
    assert {g.id for g in mine.gaps(as_of=DAY, accepted=True).items} == {CELL}
    assert {g.id for g in small.gaps(as_of=DAY, accepted=True).items} == {CELL, theirs}
    with pytest.raises(NotFoundError):
        mine.decide("accepted", ["no_rule:200000:sharing"], by="李四", reason="x", as_of=DAY)
    with pytest.raises(NotFoundError):
        mine.decide(None, [theirs], by="李四", as_of=DAY)
    # What stands above is no gap of this key's.
    with pytest.raises(UsageError, match="is no gap"):
        mine.decide("accepted", ["no_rule:000000:processing"], by="李四", reason="x", as_of=DAY)
    assert mine.decide(None, [CELL], by="李四", as_of=DAY).changed == 1


def test_new_since_tells_accepted_gaps_and_known_at_knows_the_decisions_of_then(tmp_path: Path) -> None:
    with libraries.open(tmp_path / "g.lbug") as found:
        load_rows(found.graph, "s", rows())
        run = found.decide("accepted", [CELL], by="张三", reason="x", as_of=DAY).run
        load_rows(found.graph, "s", [Row("Resource", {"id": "R9", "name": "资源9"}, "t", 1)])
        assert run
        later = found.decide("accepted", ["orphan:Resource:R9"], by="张三", reason="x", as_of=DAY).run
        assert later
        since = found.gaps_since("1", as_of=DAY)
        assert {(g.change, g.id) for g in since.items} == {
            ("new", "orphan:Resource:R9"),
            ("new", "orphan:Catalogue:R9"),
        }
        assert {g.id for g in since.items if g.accepted} == {"orphan:Resource:R9"}
        with found.known_at(run) as then:
            assert {g.id for g in then.gaps(as_of=DAY, accepted=True).items} == {CELL}
        found.undo(later)
        assert {g.id for g in found.gaps(as_of=DAY, accepted=True).items} == {CELL}


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_answer_is_that_without_decisions_less_what_was_accepted(small: Library, data: st.DataObject) -> None:
    every = small.gaps(as_of=DAY, limit=1_000)
    held = small.gaps(as_of=DAY, limit=1_000, accepted=True)
    whole = sorted([*every.items, *held.items], key=lambda g: (-g.score, g.id))
    untils = st.none() | st.sampled_from(["2024-03-20", DAY, LATER])
    stated = data.draw(
        st.dictionaries(
            st.sampled_from([g.id for g in whole]), st.tuples(st.booleans(), untils, st.sampled_from("甲乙"))
        ),
        "decisions",
    )
    found = []
    for number, gap in enumerate(whole):
        accepts, until, name = stated.get(gap.id, (None, None, ""))
        common = {"gap": gap.id, "name": gap.id, "by": "张三", "jurisdiction": gap.jurisdiction}
        found.append(
            Row("Decision", {**common, "treatment": "accepted", "until": until, "withdrawn": not accepts}, "t", number)
        )
        found.append(
            Row("Decision", {**common, "treatment": "assigned", "assignee": name, "withdrawn": not name}, "t", number)
        )
    load_rows(small.graph, "decisions", found)
    accepted = {i for i, (accepts, until, _) in stated.items() if accepts and (until is None or until >= DAY)}
    assigned = {i for i, (_, _, name) in stated.items() if name == "甲"}
    kind = data.draw(st.sampled_from([(), ("overdue",), ("no_rule", "orphan")]), "kinds")
    place = data.draw(st.sampled_from([None, "100000"]), "place")
    within = {g.id for g in small.gaps(as_of=DAY, limit=1_000, kinds=kind, jurisdiction=place).items}
    within |= {g.id for g in small.gaps(as_of=DAY, limit=1_000, kinds=kind, jurisdiction=place, accepted=True).items}
    assert within == {
        g.id for g in whole if (not kind or g.kind in kind) and (place is None or g.jurisdiction == place)
    }
    for only in (False, True):
        for name in (None, "甲"):
            wanted = [
                g.id for g in whole
                if g.id in within and (g.id in accepted) == only and (name is None or g.id in assigned)
            ]  # fmt: skip
            size = data.draw(st.integers(4, 12), "page")
            page, told = None, []
            while page is None or page.next:
                page = small.gaps(
                    as_of=DAY, kinds=kind, jurisdiction=place, accepted=only, assigned_to=name, limit=size,
                    cursor=page.next if page else None,
                )  # fmt: skip
                assert page.total == sum(page.summary.values()) == len(wanted)
                if not only:
                    left_out = within & accepted & (within if name is None else assigned)
                    assert page.accepted == len(left_out)
                told += [g.id for g in page.items]
            assert told == wanted


# --- commands and routes --------------------------------------------------------------------------------------


def test_the_commands(cli: Cli) -> None:
    cli("load", "baseline")
    accept = ("gaps", "accept", "no_rule:130000:processing", "--by", "张三", "--reason", "已立项", "--as-of", DAY)
    made = cli(*accept, "--json")
    assert (made.exit_code, json.loads(made.stdout)["created"]) == (0, 1)
    assert "accepted 1" in cli("--lang", "en", "gaps", "--as-of", DAY).stdout
    shown = cli("--lang", "zh", "gaps", "--accepted", "--as-of", DAY).stdout
    assert "已接受（张三）：已立项" in shown
    cli("gaps", "assign", "no_rule:130000:processing", "--to", "李四", "--until", "2024-06-30", "--as-of", DAY)
    listed = cli("gaps", "--accepted", "--assigned-to", "李四", "--as-of", DAY, "--csv").stdout
    assert listed.splitlines()[1].endswith("张三,已立项,,李四,2024-06-30")
    assert "指派给 李四" in cli("--lang", "zh", "explain", "--gap", "no_rule:130000:processing", "--as-of", DAY).stdout
    report = cli("--lang", "zh", "report", "--as-of", DAY, "-o", "report.md")
    assert report.exit_code == 0
    assert "另有 1 个缺口已按决定接受" in Path("report.md").read_text(encoding="utf-8")
    place = ("check", "--jurisdiction", "河北", "--severity", "high", "--as-of", DAY)
    assert (cli(*place).exit_code, cli(*place, "--accepted").exit_code) == (0, 0)
    assert "no_rule:130000:processing" in cli(*place, "--accepted", "--csv").stdout
    assert cli("gaps", "withdraw", "no_rule:130000:processing").exit_code == 0
    assert cli("gaps", "--accepted", "--as-of", DAY, "--csv").stdout.count("\n") == 1
    for wrong in (
        ("gaps", "--kind", "no_rule", *accept[1:]),
        ("gaps", "--new-since", "1", "--accepted"),
        ("gaps", "accept", "no_rule:130000:sharing", "--reason", "x", "--as-of", DAY),
    ):
        refused = cli(*wrong)
        assert (refused.exit_code, refused.stderr.startswith("govgraph: ")) == (2, True), refused.stderr


def test_over_http(small: Library, tmp_path: Path) -> None:
    with served(small.graph, tmp_path) as api:
        writer, reader = api.key("写", "write"), api.key("读")
        body = {"gaps": [CELL], "reason": "已立项", "as_of": DAY}
        assert reader.post("/v1/gaps/accept", json=body).status_code == 403
        wrong = writer.post("/v1/gaps/accept", json={**body, "gaps": ["unpractised:sharing:R1"]})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_value")
        assert writer.post("/v1/gaps/accept", json={"gaps": [CELL]}).status_code == 422
        assert writer.post("/v1/gaps/accept", json={**body, "more": 1}).status_code == 422

        def done(answer: httpx.Response) -> dict[str, object]:
            place = answer.headers["location"]
            while (state := writer.get(place).json())["status"] in ("queued", "running"):
                time.sleep(0.02)
            assert state["status"] == "done"
            return dict(state)

        sent = writer.post("/v1/gaps/accept", json=body)
        assert sent.status_code == 202
        assert done(sent)["decides"]
        found = reader.get(f"/v1/gaps?as_of={DAY}&accepted=true").json()
        assert [(g["id"], g["accepted"]["by"]) for g in found["items"]] == [(CELL, "写")]
        done(writer.post("/v1/gaps/assign", json={"gaps": [CELL], "assignee": "李四", "by": "张三", "as_of": DAY}))
        found = reader.get(f"/v1/gaps?as_of={DAY}&accepted=true&assigned_to=李四").json()
        assert [g["assigned"]["by"] for g in found["items"]] == ["张三"]
        assert reader.get("/v1/decisions").json()["total"] == 2
        done(writer.post("/v1/gaps/withdraw", json={"gaps": [CELL]}))
        assert reader.get(f"/v1/gaps?as_of={DAY}&accepted=true").json()["total"] == 0
        assert writer.post("/v1/gaps/withdraw", json={"gaps": [CELL]}).status_code == 404
