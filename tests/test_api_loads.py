"""Loads over HTTP: the way to the disk, the queue, progress, rejects, and what a stop leaves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from govgraph import graph as graphs
from govgraph.graph import Graph
from govgraph.library import Library
from tests.serving import Served, served

CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def api(graph: Graph, tmp_path: Path) -> Iterator[Served]:
    """An empty graph, served."""
    with served(graph, tmp_path) as found:
        yield found


def ended(client: httpx.Client | Served, id_: str, seconds: float = 60) -> dict[str, Any]:
    """A load once it has ended."""
    until = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = client.get(f"/v1/loads/{id_}").json()
        if found["status"] not in ("queued", "running"):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.02)


def datasets(count: int) -> bytes:
    """A CSV file of datasets, which land in batches."""
    return themes(count).replace("主题".encode(), "数据集".encode())


def themes(count: int, start: int = 0) -> bytes:
    """A CSV file of themes."""
    rows = "".join(f"t{i},主题{i}\n" for i in range(start, start + count))
    return f"id,name\n{rows}".encode()


def test_a_file_is_loaded_and_answers_change_with_it(api: Served) -> None:
    before = api.get("/v1/themes")
    sent = api.client.post("/v1/loads?kind=领域&source=ours&name=our themes.csv", content=themes(3), headers=CSV)
    assert sent.status_code == 202, sent.text
    found = ended(api, sent.json()["id"])
    assert sent.headers["location"] == f"/v1/loads/{found['id']}"
    assert (found["status"], found["report"]["created"], found["report"]["source"]) == ("done", 3, "ours")
    assert [f["path"] for f in found["report"]["files"]] == ["our themes.csv"]
    after = api.get("/v1/themes", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["total"]) == (200, 3)
    shown = api.get("/v1/themes/t1").json()
    assert {s["origin"] for s in shown["statements"]} == {"our themes.csv:3"}
    run = api.get(f"/v1/runs/{found['report']['run']}").json()["items"][0]
    assert [f["path"] for f in run["files"]] == ["our themes.csv"]
    # The same file once more changes nothing, and what is kept of the upload is its report.
    again = api.client.post("/v1/loads?kind=Theme&source=ours&name=our themes.csv", content=themes(3), headers=CSV)
    assert ended(api, again.json()["id"])["report"]["unchanged"] == 3
    assert not [p for p in api.known.loads.rglob("*") if p.suffix == ".csv"]


def test_a_form_does_as_well(api: Served) -> None:
    files = {"file": ("../../etc/themes.csv", themes(2), "text/csv")}
    sent = api.client.post("/v1/loads?kind=Theme", files=files)
    assert sent.status_code == 202, sent.text
    found = ended(api, sent.json()["id"])
    assert (found["status"], found["file"], found["report"]["created"]) == ("done", "themes.csv", 2)


def test_built_in_sources_and_a_dry_run(api: Served) -> None:
    dry = api.client.post("/v1/loads?what=baseline&dry_run=true")
    found = ended(api, dry.json()["id"])
    assert (found["status"], found["report"]["dry_run"], found["report"]["created"] > 7000) == ("done", True, True)
    assert api.get("/v1/themes").json()["total"] == 0
    real = api.client.post("/v1/loads?what=baseline")
    assert ended(api, real.json()["id"])["report"]["run"] == "1"
    assert api.get("/v1/themes").json()["total"] == 21


def test_refused_rows_can_be_had_and_sent_again(api: Served) -> None:
    bad = "id,name,share_type\nr1,甲,无条件共享\nr2,乙,随便\n".encode()
    sent = api.client.post("/v1/loads?kind=Resource&source=ours", content=bad, headers=CSV)
    found = ended(api, sent.json()["id"])
    assert (found["status"], found["report"]["accepted"], found["report"]["rejected"]) == ("partial", 1, 1)
    reject = found["report"]["rejects"][0]
    assert (reject["file"], reject["row"], reject["column"], reject["value"]) == ("body.csv", 3, "share_type", "随便")
    rejects = api.get(found["report"]["rejects_file"])
    assert rejects.headers["content-type"].startswith("text/csv")
    mended = rejects.content.decode("utf-8-sig").replace("随便", "不予共享").encode()
    again = api.client.post("/v1/loads?kind=Resource&source=ours", content=mended, headers=CSV)
    done = ended(api, again.json()["id"])
    assert (done["status"], done["report"]["created"]) == ("done", 1)
    assert api.get(f"/v1/loads/{done['id']}/rejects").json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "options", "status", "code"),
    [
        ("/v1/loads", {"content": b"x", "headers": CSV}, 422, "bad_value"),
        ("/v1/loads?kind=Nonsense", {"content": b"id\n", "headers": CSV}, 422, "bad_value"),
        ("/v1/loads?kind=Theme", {"content": b"", "headers": CSV}, 422, "bad_value"),
        ("/v1/loads?kind=Theme&source=baseline", {"content": b"id\n", "headers": CSV}, 422, "bad_value"),
        ("/v1/loads?what=dates&kind=Theme", {}, 422, "bad_value"),
        ("/v1/loads?kind=Theme", {"json": {"a": 1}}, 415, "unsupported_media_type"),
        ("/v1/loads?kind=Theme", {"data": {"a": "b"}}, 415, "unsupported_media_type"),
        ("/v1/loads?kind=Theme", {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 422, "bad_value"),
        ("/v1/loads?kind=Theme", {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422, "bad_value"),
        ("/v1/loads?kind=Theme", {"files": [("a", b"id\n"), ("b", b"id\n")]}, 422, "bad_value"),
        ("/v1/loads?kind=Theme", {"content": b"x" * 1_100_000, "headers": CSV}, 413, "too_large"),
        ("/v1/loads?kind=Theme", {"files": {"file": b"x" * 1_100_000}}, 413, "too_large"),
    ],
)  # fmt: skip
def test_what_is_not_a_load_is_refused_and_leaves_nothing(
    graph: Graph, tmp_path: Path, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    with served(graph, tmp_path, upload_mb=1) as api:
        got = api.client.post(path, **options)
        assert (got.status_code, got.json()["code"]) == (status, code), got.text
        assert api.get("/v1/loads").json()["total"] == 0
        assert not [p for p in api.known.loads.iterdir() if p.is_dir()]


def test_a_chunked_upload_is_measured_as_it_comes(graph: Graph, tmp_path: Path) -> None:
    with served(graph, tmp_path, upload_mb=1) as api:
        got = api.client.post("/v1/loads?kind=Theme", content=(b"x" * 10_000 for _ in range(200)), headers=CSV)
        assert (got.status_code, got.json()["code"]) == (413, "too_large")


def test_a_file_that_cannot_be_read_lands_nothing_and_says_why(api: Served) -> None:
    for content, word in (
        (b"id,name\n\xff\xfe", "UTF-8"),
        (b"nonsense\n1\n", "no column 'nonsense'"),
        (b'id,name\n"x', "line"),
    ):
        sent = api.client.post("/v1/loads?kind=Theme", content=content, headers=CSV)
        found = ended(api, sent.json()["id"])
        assert (found["status"], found["error"]["code"]) == ("refused", "bad_input")
        assert word in found["error"]["message"]
        assert "body.csv" in found["error"]["message"]
        assert str(api.known.loads) not in json.dumps(found)


def test_loads_wait_for_one_another_and_know_their_place(api: Served) -> None:
    first = api.client.post("/v1/loads?what=baseline").json()
    rest = [api.client.post("/v1/loads?kind=Theme", content=themes(1, i), headers=CSV).json() for i in range(3)]
    places = [found["place"] for found in rest]
    assert places == sorted(places)
    assert [ended(api, found["id"])["status"] for found in (first, *rest)] == ["done"] * 4
    listed = api.get("/v1/loads").json()
    assert [x["id"] for x in listed["items"]] == [x["id"] for x in (*reversed(rest), first)]


def test_too_many_loads_are_refused(graph: Graph, tmp_path: Path) -> None:
    with served(graph, tmp_path, loads_waiting=1) as api:
        got = [api.client.post("/v1/loads?what=baseline") for _ in range(4)]
        assert [g.status_code for g in got[:2]] == [202, 202]
        assert (got[-1].status_code, got[-1].json()["code"]) == (503, "overloaded")
        assert got[-1].headers["retry-after"]
        for g in got[:2]:
            ended(api, g.json()["id"])


def test_a_load_is_followed_by_events(api: Served) -> None:
    id_ = api.client.post("/v1/loads?what=baseline").json()["id"]
    events = []
    with api.client.stream("GET", f"/v1/loads/{id_}/events", headers={"Accept": "text/event-stream"}) as got:
        assert got.headers["content-type"].startswith("text/event-stream")
        for line in got.iter_lines():
            if line.startswith("event:"):
                events.append(line)
            elif line.startswith("data:"):
                last = json.loads(line.removeprefix("data:"))
    assert events[-1] == "event: end"
    assert (last["status"], last["read"]) == ("done", last["report"]["read"])
    assert api.get("/v1/loads/20240101000000-0000000000000000/events").status_code == 404


def test_a_load_is_cancelled_in_the_queue_and_while_it_runs(api: Served) -> None:
    sent = [
        api.client.post("/v1/loads?kind=Dataset", content=datasets(60_000), headers=CSV).json()["id"] for _ in range(2)
    ]
    assert api.client.delete(f"/v1/loads/{sent[1]}").status_code == 202
    until = time.monotonic() + 60
    while api.get(f"/v1/loads/{sent[0]}").json()["status"] == "queued":
        assert time.monotonic() < until
    assert api.client.delete(f"/v1/loads/{sent[0]}").status_code == 202
    running, waiting = (ended(api, id_) for id_ in sent)
    assert (waiting["status"], waiting["read"]) == ("interrupted", 0)
    assert running["status"] == "interrupted"
    # Whole batches are there, and are told.
    assert api.get("/v1/datasets?limit=1").json()["total"] == running["report"]["created"] < 60_000
    got = api.client.delete(f"/v1/loads/{sent[0]}")
    assert (got.status_code, got.json()["code"]) == (409, "conflict")


def test_questions_are_answered_while_a_load_runs(api: Served) -> None:
    id_ = api.client.post("/v1/loads?kind=Dataset", content=datasets(30_000), headers=CSV).json()["id"]
    totals, slowest = [], 0.0
    while True:
        state = api.get(f"/v1/loads/{id_}").json()["status"]
        started = time.monotonic()
        totals.append(api.get("/v1/datasets?limit=1").json()["total"])
        slowest = max(slowest, time.monotonic() - started)
        if state not in ("queued", "running"):
            break
    assert totals[-1] == 30_000
    assert totals == sorted(totals)
    assert slowest < 20


def test_a_key_sees_its_own_loads_and_an_admin_all(api: Served) -> None:
    one, two, admin = api.key("one", "write"), api.key("two", "write"), api.key("admin", "admin")
    id_ = one.post("/v1/loads?kind=Theme", content=themes(1), headers=CSV).json()["id"]
    assert ended(one, id_)["by"] == "one"
    assert ended(one, id_)["report"]["source"] == "one"
    assert two.get(f"/v1/loads/{id_}").json()["code"] == "not_found"
    assert two.get("/v1/loads").json()["total"] == 0
    assert two.delete(f"/v1/loads/{id_}").json()["code"] == "not_found"
    assert admin.get("/v1/loads").json()["total"] == 1
    lines = [json.loads(x) for x in api.known.audit.read_text(encoding="utf-8").splitlines()]
    assert [(x["name"], x["action"], x["outcome"]) for x in lines] == [
        ("one", "send load", "accepted"),
        ("one", "load", "done"),
    ]


def test_a_limited_key_writes_its_own_only(api: Served) -> None:
    ended(api, api.client.post("/v1/loads?what=baseline").json()["id"])
    guizhou = api.key("gz", "write", jurisdiction="520000")
    rows = "id,name,jurisdiction\ngz1,贵州数据,520000\ngd1,广东数据,440000\nno1,无处,\n".encode()
    found = ended(guizhou, guizhou.post("/v1/loads?kind=Database", content=rows, headers=CSV).json()["id"])
    assert (found["status"], found["report"]["accepted"], found["report"]["rejected"]) == ("partial", 1, 2)
    assert guizhou.get("/v1/databases").json()["total"] == 1
    assert guizhou.post("/v1/loads?what=dates").json()["code"] == "forbidden"
    theirs = "id,name,jurisdiction\nDB001,改名,520000\n".encode()
    taken = ended(guizhou, guizhou.post("/v1/loads?kind=Database", content=theirs, headers=CSV).json()["id"])
    assert (taken["status"], taken["report"]["rejects"][0]["code"]) == ("refused", "outside_jurisdiction")
    assert api.key("all").get("/v1/show/DB001").json()["node"]["name"] == "人口基础库"


def test_a_server_that_stops_ends_its_load_with_a_whole_batch(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    with graphs.open(str(path)) as graph:
        with served(graph, tmp_path, grace=0.2) as api:
            sent = [
                api.client.post("/v1/loads?kind=Dataset", content=datasets(90_000), headers=CSV).json()["id"]
                for _ in range(2)
            ]
            while api.get(f"/v1/loads/{sent[0]}").json()["status"] == "queued":
                time.sleep(0.01)
        with served(graph, tmp_path) as api:
            running, waiting = (api.get(f"/v1/loads/{id_}").json() for id_ in sent)
            assert running["status"] in ("interrupted", "done")
            assert waiting["status"] == "interrupted"
            there = api.get("/v1/datasets?limit=1").json()["total"]
            assert there == (running["report"]["created"] if running["report"] else 0)
            # The same file again comes to the same end.
            again = ended(
                api, api.client.post("/v1/loads?kind=Dataset", content=datasets(90_000), headers=CSV).json()["id"]
            )
            assert again["status"] == "done"
            assert api.get("/v1/datasets?limit=1").json()["total"] == 90_000
    assert Library(graphs.open(str(path), read_only=True)).stats().nodes["Dataset"] == 90_000


def test_what_a_dead_server_left_is_told(graph: Graph, tmp_path: Path) -> None:
    with served(graph, tmp_path) as api:
        id_ = api.client.post("/v1/loads?kind=Theme", content=themes(1), headers=CSV).json()["id"]
        ended(api, id_)
    state = tmp_path / "graph.loads" / id_ / "state.json"
    kept = json.loads(state.read_text())
    state.write_text(json.dumps(kept | {"status": "running", "process": 2**22 + 7}))
    with served(graph, tmp_path) as api:
        found = api.get(f"/v1/loads/{id_}").json()
        assert (found["status"], found["error"]["code"]) == ("interrupted", "interrupted")


def test_old_loads_are_forgotten(graph: Graph, tmp_path: Path) -> None:
    with served(graph, tmp_path, loads_kept=2) as api:
        for i in range(4):
            ended(api, api.client.post("/v1/loads?kind=Theme", content=themes(1, i), headers=CSV).json()["id"])
        assert api.get("/v1/loads").json()["total"] <= 3


def test_a_client_that_leaves_in_the_middle_of_an_upload_leaves_nothing(api: Served) -> None:
    def half() -> Iterator[bytes]:
        yield b"id,name\n" * 1000
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError):
        api.client.post("/v1/loads?kind=Theme", content=half(), headers=CSV)
    time.sleep(0.2)
    until = time.monotonic() + 20
    while left := [p for p in api.known.loads.iterdir() if p.is_dir()]:
        assert time.monotonic() < until, left
        time.sleep(0.05)
    assert api.get("/v1/loads").json()["total"] == 0
    assert threading.active_count() < 60
