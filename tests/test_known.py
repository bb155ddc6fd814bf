"""Two clocks: what the graph knew after a run or at the end of a day, and what is missing newly since then."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph.errors import ConflictError, NotFoundError, UsageError
from govgraph.library import Library
from tests.conftest import Cli
from tests.dumps import dump
from tests.serving import served
from tests.test_journal import answers, filled

Write = Callable[[str, str], Path]
DAY = "2026-01-01"


def told(answer: Any) -> Any:
    """An answer without the graph's version and what says of when it is."""
    found = json.loads(answer.model_dump_json(by_alias=True))
    found.pop("graph_version")
    found["warnings"] = [w for w in found["warnings"] if w["code"] != "known_at"]
    return found


def asked(library: Library) -> list[Any]:
    """What is asked then and later."""
    found = [told(a) for a in (library.coverage(as_of=DAY), library.gaps(as_of=DAY), library.stats(), library.runs())]
    for kind in ("Resource", "Agency"):
        every = [n.id for page in library.pages(kind) for n in page]
        found += [told(library.show(i, kind=kind)) for i in every]
        found += [told(library.lineage(i)) for i in every if kind == "Resource"]
    return found


def test_an_old_report_can_be_made_again(kept: Library, csv_file: Write) -> None:
    stands: dict[str, Any] = {}
    load = kept.load

    def noting(*given: Any, **options: Any) -> Any:
        report = load(*given, **options)
        stands[str(report.run)] = dump(kept.graph)
        return report

    kept.load = noting  # type: ignore[method-assign]
    filled(kept, csv_file)
    before = answers(kept)
    assert len(stands) == 10
    for run in ("3", "8", "9"):
        with kept.known_at(run) as then:
            assert dump(then.graph) == stands[run]
            assert next(w.message for w in then.stats().warnings if w.code == "known_at").startswith(
                f"this is what the graph knew as of run {run}, which ended at "
            )
    with kept.known_at("11") as then, kept.known_at(datetime.now(UTC).date().isoformat()) as today:
        assert dump(then.graph) == dump(today.graph) == dump(kept.graph)
    with kept.known_at("9") as then:
        # The run that was undone later was in force then.
        assert then.run("9").items[0].undone_by is None
        assert then.find("T1").total == 1
    assert (kept.find("T1").total, answers(kept)) == (0, before)


KINDS = {
    "Agency": ("id,name,jurisdiction", ("A1,甲局,P", "A2,乙局,P")),
    "Resource": (
        "id,name,provider,share_type",
        ("S1,一,A1,无条件共享", "S2,二,,不予共享", "S3,三,A2,有条件共享", "S4,四,,"),
    ),
    "PROCESSING": ("from,to,since", ("S1,S2,2024", "S2,S3,", "S3,S1,2020-05")),
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 15), st.booleans()),
        st.tuples(st.just("undo"), st.integers(1, 9), st.booleans()),
    ),
    min_size=2,
    max_size=6,
)


@given(steps=STEPS)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_of_then_and_a_plain_set_difference(
    steps: list[tuple[str, int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    same_as_then(steps, tmp_path_factory)


@pytest.mark.slow
@given(steps=STEPS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_of_then_thoroughly(
    steps: list[tuple[str, int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    same_as_then(steps, tmp_path_factory)


def same_as_then(steps: list[tuple[str, int, bool]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load, sweep and undo; then every run's answers are those that were had at it."""
    folder = tmp_path_factory.mktemp("known")
    with graphs.open(str(folder / "g.lbug")) as graph:
        library = Library(graph)
        base = folder / "j.csv"
        base.write_text("id,name,level,parent\nP,甲省,省级,N\nN,国,national,\n", encoding="utf-8")
        library.load("Jurisdiction", [base])
        stands = {"1": (asked(library), library.gaps(as_of=DAY, limit=10_000).items)}
        for kind, number, full in steps:
            try:
                if kind == "undo":
                    report = library.undo(str(number))
                else:
                    head, rows = KINDS[kind]
                    chosen = [r for i, r in enumerate(rows) if number >> i & 1]
                    file = folder / "x.csv"
                    file.write_text("\n".join([head, *chosen, ""]), encoding="utf-8")
                    report = library.load(
                        kind, [file], full=full, sweep_limit=1 if full else None, rejects=folder / "rejects.csv"
                    )
            except (ConflictError, NotFoundError, UsageError):
                continue
            stands[str(report.run)] = (asked(library), library.gaps(as_of=DAY, limit=10_000).items)
        now = {g.id for g in library.gaps(as_of=DAY, limit=10_000).items}
        for run, (before, gaps) in list(stands.items())[-2:]:
            with library.known_at(run) as then:
                assert asked(then) == before
            was = {g.id for g in gaps}
            every = library.gaps_since(run, as_of=DAY, limit=10_000)
            assert {g.id for g in every.items if g.change == "new"} == now - was
            assert {g.id for g in every.items if g.change == "closed"} == was - now
            assert every.total == len(now ^ was) == sum(every.summary.values())
            assert [(-g.score, g.id) for g in every.items] == sorted((-g.score, g.id) for g in every.items)
            found, cursor = [], None
            while True:
                page = library.gaps_since(run, as_of=DAY, limit=40, cursor=cursor)
                found += page.items
                if (cursor := page.next) is None:
                    break
            assert found == every.items


def test_what_cannot_be_known(kept: Library, csv_file: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no journal of this graph"):
        kept.known_at("1")
    kept.load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
    for wrong, why in (
        ("yesterday", "write the number of a run"),
        ("2024", "no run 2024 yet; the last one is 1"),
        ("2024-03", "a whole day"),
        ("2024-03-21", "before the first run"),
        ((datetime.now(UTC) + timedelta(days=2)).date().isoformat(), "in the future"),
    ):
        with pytest.raises((UsageError, NotFoundError), match=why):
            kept.known_at(wrong)
    with Library(graphs.open(":memory:")) as memory, pytest.raises(UsageError, match="keeps no journal"):
        memory.known_at("1")


def test_a_journal_that_began_late_knows_from_then_on(
    csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    monkeypatch.chdir(tmp_path)
    with graphs.open("g.lbug") as graph:
        library = Library(graph)
        for number in range(3):
            library.load("Theme", [csv_file("t.csv", f"id,name\nT{number},题\n")])
        shutil.rmtree("g.lbug.journal")
        before = dump(graph)
        library.load("Theme", [csv_file("t.csv", "id,name\nU,题\n")])
        with library.known_at("3") as then:
            assert dump(then.graph) == before
        with pytest.raises(UsageError, match="begins after run 3"):
            library.known_at("2")


def test_many_ask_and_one_builds(csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from govgraph import known

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVGRAPH_KNOWN_KEPT", "2")
    built: list[int] = []
    replay = known.replay
    monkeypatch.setattr(known, "replay", lambda *given: built.append(1) or replay(*given))
    with graphs.open("g.lbug") as graph:
        library = Library(graph)
        for number in range(4):
            library.load("Theme", [csv_file("t.csv", f"id,name\nT{number},题\n")])
        point = known.at(graph, "2")
        totals: list[int] = []

        def ask() -> None:
            with Library(known.opened(point)) as then:
                totals.append(then.stats().nodes["Theme"])

        threads = [Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (totals, built) == ([2] * 4, [1])
        # The bound holds, and what another version of the engine left is built again.
        for run in ("1", "3", "2"):
            with library.known_at(run) as then:
                assert then.stats().nodes["Theme"] == int(run)
            assert len(list(Path("g.lbug.journal.known").glob("*.lbug"))) <= 2
        point.path.write_bytes(b"LBUG" + bytes(100))
        with library.known_at("2") as then:
            assert then.stats().nodes["Theme"] == 2
    assert not list(Path("g.lbug.journal.known").glob("building-*"))


def test_on_the_command_line(cli: Cli, csv_file: Write) -> None:
    csv_file("p.csv", "id,name,level,parent\nP,甲省,省级,N\nN,国,national,\n")
    csv_file("s.csv", "id,name\nS1,一\n")
    csv_file("s2.csv", "id,name\nS2,二\n")
    assert cli("load", "csv", "Jurisdiction", "p.csv").exit_code == 0
    assert cli("load", "csv", "Resource", "s.csv").exit_code == 0
    assert cli("load", "csv", "Resource", "s2.csv", "--full", "--sweep-limit", "1").exit_code == 0
    for command in (("show", "S1"), ("stats",), ("gaps",), ("lineage", "S1")):
        done = cli(*command, "--known-at", "2", "--json")
        assert done.exit_code == 0, done.stderr
        assert "known_at" in [w["code"] for w in json.loads(done.stdout)["warnings"]]
    done = cli("gaps", "--new-since", "2", "--as-of", DAY, "--json")
    found = json.loads(done.stdout)
    assert {(g["change"], g["subject"]["id"]) for g in found["items"]} == {("closed", "S1"), ("new", "S2")}
    assert found["changes"]["new"]["orphan"] == found["changes"]["closed"]["orphan"] == 2
    assert "new 2, closed 2" in cli("gaps", "--new-since", "2", "--as-of", DAY).stdout
    for wrong in (("stats", "--known-at", "9"), ("gaps", "--new-since", "2", "--known-at", "1")):
        assert cli(*wrong).exit_code == 2


def test_over_http(csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from govgraph.views import limited

    monkeypatch.chdir(tmp_path)
    with graphs.open("g.lbug") as graph:
        library = Library(graph)
        for kind, text in (
            ("Jurisdiction", "id,name,level,parent\nP,甲省,省级,N\nQ,乙省,省级,N\nN,国,national,\n"),
            ("Agency", "id,name,jurisdiction\nA1,甲局,P\nA2,乙局,Q\n"),
            ("Resource", "id,name,provider\nS1,一,A1\nS2,二,A2\n"),
            ("Resource", "id,name,provider\nS3,三,A1\nS4,四,A2\n"),
        ):
            library.load(kind, [csv_file("x.csv", text)])
        today = datetime.now(UTC).date().isoformat()
        with served(graph, tmp_path) as api, library.known_at("3") as then:
            answer = api.get("/v1/gaps", params={"known_at": "3", "as_of": DAY})
            assert answer.json() == json.loads(then.gaps(as_of=DAY).model_dump_json(by_alias=True))
            tag = {"If-None-Match": answer.headers["etag"]}
            assert api.get("/v1/gaps", params={"known_at": "3", "as_of": DAY}, headers=tag).status_code == 304
            assert api.get("/v1/gaps", params={"known_at": "2", "as_of": DAY}, headers=tag).status_code == 200
            assert api.get("/v1/resources", params={"known_at": "3"}).json()["total"] == 2
            lines = api.get("/v1/resources", params={"known_at": "3", "format": "ndjson"}).text
            assert [json.loads(line)["id"] for line in lines.splitlines()] == ["S1", "S2"]
            assert api.get("/v1/show/S3", params={"known_at": "3"}).status_code == 404
            assert api.get("/v1/show/S3").status_code == 200
            since = api.get("/v1/gaps", params={"new_since": "3", "as_of": DAY}).json()
            assert since == json.loads(library.gaps_since("3", as_of=DAY).model_dump_json(by_alias=True))
            assert {g["subject"]["id"] for g in since["items"] if g["kind"] == "orphan"} == {"S3", "S4"}
            for query, status in (
                ({"known_at": "9"}, 404),
                ({"known_at": ""}, 422),
                ({"known_at": "2020-01-01"}, 422),
                ({"known_at": "3", "new_since": "2"}, 422),
            ):
                assert api.get("/v1/gaps", params=query).status_code == status, query
            assert api.client.post("/v1/loads", params={"known_at": "3"}).status_code == 422
            # A key that is limited sees of then what it would have seen.
            key = api.key("p", jurisdiction="P")
            assert key.get("/v1/stats", params={"known_at": "3"}).status_code == 403
            wanted = Library(limited(graph, "P"))
            found = key.get("/v1/stats", params={"known_at": today}).json()
            assert found["nodes"] == wanted.stats().nodes
            assert "run" not in next(w for w in found["warnings"] if w["code"] == "known_at")["message"]
            found = key.get("/v1/gaps", params={"new_since": today, "as_of": DAY}).json()
            assert found["total"] == 0
            assert key.get("/v1/gaps", params={"new_since": "3"}).status_code == 403


def test_a_build_that_takes_longer_than_its_request_goes_on(
    csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from govgraph import known

    monkeypatch.chdir(tmp_path)
    replay, begun = known.replay, []

    def slowly(*given: Any) -> Any:
        begun.append(1)
        time.sleep(2)
        return replay(*given)

    monkeypatch.setattr(known, "replay", slowly)
    with graphs.open("g.lbug") as graph:
        Library(graph).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
        with served(graph, tmp_path) as api:
            late = api.get("/v1/stats", params={"known_at": "1", "deadline": 1})
            assert (late.status_code, "it goes on" in late.json()["detail"]) == (504, True)
            assert api.get("/v1/stats", params={"known_at": "1"}).json()["nodes"]["Theme"] == 1
    assert len(begun) == 1
