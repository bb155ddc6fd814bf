"""Full reloads, placeholders and undo over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from govgraph.library import Library
from tests.dumps import dump
from tests.serving import Served, served
from tests.test_api_loads import CSV, ended, themes


@pytest.fixture
def api(kept: Library, tmp_path: Path) -> Iterator[Served]:
    """An empty graph that keeps a journal, served."""
    with served(kept.graph, tmp_path) as found:
        yield found


def test_a_run_is_undone_over_http(api: Served, kept: Library) -> None:
    first = ended(api, api.client.post("/v1/loads?kind=Theme&source=s", content=themes(3), headers=CSV).json()["id"])
    before = dump(kept.graph)
    sent = api.client.post("/v1/loads?kind=Theme&source=s&full=true", content=themes(2), headers=CSV)
    full = ended(api, sent.json()["id"])
    assert (full["full"], full["report"]["swept"], api.get("/v1/themes").json()["total"]) == (True, 1, 2)
    answer = api.client.post(f"/v1/runs/{first['report']['run']}/undo")
    refused = ended(api, answer.json()["id"])
    assert (refused["status"], refused["error"]["code"]) == ("refused", "conflict")
    assert f"later runs: {full['report']['run']}" in refused["error"]["message"]
    sent = api.client.post(f"/v1/runs/{full['report']['run']}/undo")
    assert sent.status_code == 202, sent.text
    undone = ended(api, sent.json()["id"])
    assert sent.headers["location"] == f"/v1/loads/{undone['id']}"
    told = (undone["status"], undone["what"], undone["undoes"], undone["report"]["undoes"], undone["report"]["created"])
    assert told == ("done", "undo", full["report"]["run"], full["report"]["run"], 1)
    assert dump(kept.graph) == before
    assert api.get("/v1/themes").json()["total"] == 3
    runs = {r["run"]: r for r in api.get("/v1/runs").json()["items"]}
    assert runs[full["report"]["run"]]["undone_by"] == undone["report"]["run"]
    again = api.client.post(f"/v1/runs/{full['report']['run']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert api.client.post("/v1/runs/99/undo").status_code == 404


def test_placeholders_and_limits_over_http(api: Served) -> None:
    body = "id,name,provider\nd,数据,数据局\n".encode()
    found = ended(
        api, api.client.post("/v1/loads?kind=Dataset&placeholders=true", content=body, headers=CSV).json()["id"]
    )
    assert (found["placeholders"], found["report"]["placeholders"]) == (True, 1)
    assert api.get("/v1/show/数据局").json()["node"]["placeholder"] is True
    for wrong in ("sweep_limit=0.1", "full=true&sweep_limit=2"):
        assert api.client.post(f"/v1/loads?kind=Dataset&{wrong}", content=body, headers=CSV).status_code == 422


def test_who_may(api: Served, kept: Library, tmp_path: Path) -> None:
    places = tmp_path / "places.csv"
    places.write_text("id,name,level\n520000,贵州省,省级\n", encoding="utf-8")
    assert kept.load("Jurisdiction", [places]).created == 1
    limited = api.key("gz", "write", jurisdiction="520000")
    for client in (limited, api.key("r", "read")):
        assert client.post("/v1/runs/1/undo").status_code == 403
    for option in ("full", "placeholders"):
        sent = limited.post(f"/v1/loads?kind=Dataset&{option}=true", content=b"id,name\n", headers=CSV)
        assert sent.status_code == 403
    assert api.key("all", "write").post("/v1/runs/1/undo").status_code == 202
