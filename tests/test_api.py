"""Questions over HTTP: the library's answers, and the manners of the server."""

from __future__ import annotations

import csv
import gzip
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from govgraph import describe
from govgraph.answers import Answer
from govgraph.library import Library
from govgraph.model import NODES
from tests.conftest import Cli
from tests.serving import Served, served

DAY = "2024-03-21"


@pytest.fixture
def api(dated: Library, tmp_path: Path) -> Iterator[Served]:
    """The baseline and the dates, served; only read it."""
    with served(dated.graph, tmp_path) as found:
        yield found


def body(answer: Answer) -> Any:
    """An answer as JSON says it."""
    return json.loads(answer.to_json())


def test_an_answer_is_the_library_s(api: Served, dated: Library) -> None:
    wanted = {
        f"/v1/coverage?as_of={DAY}&jurisdiction=520000": dated.coverage(as_of=DAY, jurisdiction="520000"),
        f"/v1/coverage?by=theme&stage=opening&stage=共享&as_of={DAY}": dated.coverage(
            by="theme", stages=["opening", "共享"], as_of=DAY
        ),
        f"/v1/explain/贵州/开放?as_of={DAY}": dated.explain("贵州", "开放", as_of=DAY),
        f"/v1/gaps?as_of={DAY}&kind=no_rule&limit=3": dated.gaps(as_of=DAY, kinds=["no_rule"], limit=3),
        "/v1/lineage/人口基础库?direction=up": dated.lineage("人口基础库", direction="up"),
        "/v1/find?text=数据条例&kind=Regulation&limit=3": dated.find("数据条例", kind="Regulation", limit=3),
        "/v1/show/REG016": dated.show("REG016"),
        "/v1/regulations/REG016": dated.show("REG016"),
        "/v1/stats": dated.stats(),
        "/v1/runs": dated.runs(),
        "/v1/runs/2": dated.run("2"),
        "/v1/regulations?rank=law&sort=-name": dated.list("Regulation", filters={"rank": "law"}, sort="-name"),
        "/v1/agencies?jurisdiction=贵州&limit=2": dated.list("Agency", jurisdiction="贵州", limit=2),
    }
    for path, answer in wanted.items():
        got = api.get(path)
        assert (got.status_code, got.headers["content-type"]) == (200, "application/json"), got.text
        assert got.json() == body(answer), path


def test_the_model_is_told_as_the_command_line_tells_it(api: Served, cli: Cli) -> None:
    assert api.get("/v1/model").json()["nodes"][0]["kind"] == "Jurisdiction"
    kind = api.get("/v1/model", params={"kind": "Resource"}).json()
    told = json.loads(cli("model", "Resource", "--json").stdout)
    assert [f["name"] for f in kind["nodes"][0]["fields"]] == [f["name"] for f in told["nodes"][0]["fields"]]
    assert [s["stage"] for s in api.get("/v1/stages").json()["items"]] == [
        s["stage"] for s in describe.as_dict()["stages"]
    ]


def test_each_kind_has_a_list_and_each_node_a_page(api: Served, dated: Library) -> None:
    counts = dated.stats().nodes
    for kind, model in NODES.items():
        listed = api.get(f"/v1/{model.plural}", params={"limit": 1}).json()
        assert listed["total"] == counts[kind]
        for item in listed["items"]:
            shown = api.get(f"/v1/{model.plural}/{item['id']}").json()
            assert shown["node"]["id"] == item["id"]
            assert shown["statements"]


def test_a_cursor_leads_through_everything_once(api: Served) -> None:
    seen, cursor = [], None
    while True:
        page = api.get(
            "/v1/themes", params={"limit": 8, "sort": "-name", **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        assert page["truncated"] == {"reason": "limit", "omitted": 21 - len(seen)}
    assert len(seen) == len(set(seen)) == 21
    stale = api.get("/v1/themes", params={"cursor": "WyJ4Il0="})
    assert stale.json()["code"] == "bad_value"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/show/REG999", 404, "not_found"),
        ("/v1/regulations/DB005", 404, "not_found"),
        ("/v1/nothing", 404, "not_found"),
        ("/nothing", 404, "not_found"),
        ("/v1/explain/贵州/睡觉", 422, "bad_value"),
        ("/v1/explain/nowhere/opening", 404, "not_found"),
        ("/v1/coverage?as_of=2023-02-30", 422, "bad_value"),
        ("/v1/coverage?typo=1", 422, "bad_value"),
        ("/v1/coverage?as_of=2024-01-01&as_of=2025-01-01", 422, "bad_value"),
        ("/v1/themes?limit=0", 422, "bad_value"),
        ("/v1/themes?position=x", 422, "bad_value"),
        ("/v1/regulations?rank=nonsense", 422, "bad_value"),
        ("/v1/find", 422, "bad_value"),
        ("/v1/find?text=x&kind=nonsense", 422, "bad_value"),
        ("/v1/lineage/REG016", 422, "bad_value"),
        ("/v1/gaps?cursor=nonsense", 422, "bad_value"),
        ("/v1/stats?format=csv", 406, "not_acceptable"),
        ("/v1/stats?format=pdf", 422, "bad_value"),
        ("/v1/stats?deadline=-1", 422, "bad_value"),
        ("/v1/stats?deadline=nan", 422, "bad_value"),
        ("/v1/runs/77", 404, "not_found"),
        ("/v1/loads/77", 404, "not_found"),
    ],
)
def test_a_refusal_is_a_problem_that_says_what_and_why(api: Served, path: str, status: int, code: str) -> None:
    got = api.get(path)
    told = got.json()
    assert (got.status_code, told["status"], told["code"]) == (status, status, code), told
    assert got.headers["content-type"] == "application/problem+json"
    assert told["type"] == f"urn:govgraph:problem:{code}"
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == got.headers["x-request-id"]
    assert "Traceback" not in got.text


def test_a_problem_names_what_may_have_been_meant(api: Served) -> None:
    told = api.get("/v1/show/人口基础").json()
    assert told["code"] == "not_found"
    assert {"id": "DB001", "kind": "Database", "name": "人口基础库"}.items() <= told["candidates"][0].items()


def test_other_methods_are_refused_with_those_that_there_are(api: Served) -> None:
    for path, allowed in (("/v1/stats", "GET"), ("/v1/loads", "GET"), ("/v1/themes", "GET")):
        got = api.client.request("PATCH", path)
        assert (got.status_code, got.json()["code"]) == (405, "method_not_allowed")
        assert allowed in got.headers["allow"]


def test_an_answer_is_kept_by_the_graph_s_version(api: Served) -> None:
    first = api.get(f"/v1/coverage?as_of={DAY}", headers={"Accept-Encoding": "identity"})
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"accept", "accept-encoding", "authorization"} == {
        v.strip() for v in first.headers["vary"].lower().split(",")
    }
    again = api.get(f"/v1/coverage?as_of={DAY}", headers={"If-None-Match": tag, "Accept-Encoding": "identity"})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = api.get("/v1/coverage?as_of=2020-01-01", headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert api.get(f"/v1/coverage?as_of={DAY}", headers={"If-None-Match": "*"}).status_code == 304
    second = api.get(f"/v1/coverage?as_of={DAY}", headers={"Accept-Encoding": "identity"})
    assert (second.content, second.headers["etag"]) == (first.content, tag)


def test_the_compressed_bytes_are_another_representation(api: Served) -> None:
    with api.client.stream("GET", f"/v1/coverage?as_of={DAY}", headers={"Accept-Encoding": "gzip"}) as got:
        raw = b"".join(got.iter_raw())
    plain = api.get(f"/v1/coverage?as_of={DAY}", headers={"Accept-Encoding": "identity"})
    assert got.headers["content-encoding"] == "gzip"
    assert got.headers["etag"] != plain.headers["etag"]
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 5
    assert int(got.headers["content-length"]) == len(raw)


def test_a_head_has_the_headers_and_no_body(api: Served) -> None:
    got, head = api.get("/v1/stats"), api.client.head("/v1/stats")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]


def test_every_answer_has_its_request_id_and_safe_headers(api: Served) -> None:
    for path in ("/v1/stats", "/v1/nothing", "/healthz", "/docs", "/openapi.json", "/v1/themes?format=csv"):
        got = api.get(path, headers={"X-Request-Id": "dashboard-7"})
        assert got.headers["x-request-id"] == "dashboard-7"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in got.headers["content-security-policy"]
        assert "server" not in got.headers
    odd = api.get("/v1/stats", headers={"X-Request-Id": "a b<script>"})
    assert odd.headers["x-request-id"] != "a b<script>"


def test_the_matrix_as_csv_and_lineage_as_mermaid(api: Served, dated: Library) -> None:
    got = api.get(f"/v1/coverage?as_of={DAY}", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(got.text)))
    assert len(rows) == dated.coverage(as_of=DAY).total
    assert got.headers["content-disposition"] == 'attachment; filename="govgraph-coverage.csv"'
    assert api.get("/v1/lineage/DB001?format=mermaid").text.startswith("flowchart LR")
    refused = api.get("/v1/stats", headers={"Accept": "application/xml"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    # A browser's word, and one that puts CSV first.
    html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert api.get("/v1/stats", headers={"Accept": html}).headers["content-type"] == "application/json"
    weighed = api.get("/v1/themes", headers={"Accept": "application/json;q=0.5, text/csv"})
    assert weighed.headers["content-type"].startswith("text/csv")


def test_a_list_is_streamed_whole(api: Served, dated: Library) -> None:
    total = dated.stats().nodes["Jurisdiction"]
    lines = [
        json.loads(line)
        for line in api.get("/v1/jurisdictions", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    ]
    rows = list(csv.DictReader(io.StringIO(api.get("/v1/jurisdictions?format=csv").content.decode("utf-8-sig"))))
    assert len(lines) == len(rows) == total
    assert [line["id"] for line in lines] == [row["id"] for row in rows] == sorted({line["id"] for line in lines})
    some = api.get("/v1/jurisdictions?format=ndjson&level=省级&sort=-name").text.splitlines()
    assert len(some) == dated.list("Jurisdiction", filters={"level": "province"}).total
    assert api.get("/v1/jurisdictions?format=csv&limit=3").json()["code"] == "bad_value"
    empty = api.get("/v1/items?format=csv")
    assert empty.content.decode("utf-8-sig").startswith("id,name")
    assert len(empty.text.splitlines()) == 1


def test_a_question_stops_at_its_deadline_and_says_what_to_narrow(dated: Library, tmp_path: Path) -> None:
    with served(dated.graph, tmp_path, deadline=0.001) as api:
        got = api.get(f"/v1/coverage?level=county&as_of={DAY}")
        told = got.json()
        assert (got.status_code, told["code"]) == (504, "timeout"), told
        assert {"stage", "jurisdiction", "level"} <= set(told["narrow"])
        assert got.headers["x-deadline"] == "0.001"
        # What is asked for is cut to what the server allows, and said.
        assert api.get("/v1/stats?deadline=99999").headers["x-deadline"] == "300"
        assert api.get("/v1/stats", headers={"X-Deadline": "20"}).headers["x-deadline"] == "20"


def test_a_question_that_nobody_waits_for_is_stopped_in_the_engine(api: Served) -> None:
    def busy() -> float:
        text = api.get("/metrics").text
        return float(
            next(line for line in text.splitlines() if line.startswith("govgraph_engine_call_seconds_count")).split()[1]
        )

    path = "/v1/gaps?limit=5&as_of=2023-07-07"
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(api.url + path, timeout=0.05)
    time.sleep(1)
    before = busy()
    time.sleep(0.5)
    assert busy() == before
    assert api.get(path).status_code == 200


def test_the_same_question_is_asked_once_for_all_who_wait(api: Served) -> None:
    def asked() -> float:
        lines = api.get("/metrics").text.splitlines()
        return sum(float(x.split()[1]) for x in lines if x.startswith("govgraph_engine_call_seconds_count"))

    path = f"/v1/coverage?level=city&as_of={DAY}"
    before = asked()
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.append(httpx.get(api.url + path, timeout=60).status_code)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [200] * 8
    once = asked() - before
    api.get(f"/v1/coverage?level=city&as_of={DAY}&min_rank=规范性文件")
    assert once < 2 * (asked() - before - once)


def test_alive_ready_and_numbers(api: Served, dated: Library) -> None:
    assert api.get("/healthz").json()["status"] == "alive"
    ready = api.get("/readyz").json()
    assert (ready["status"], ready["graph_version"]) == ("ready", dated.stats().graph_version)
    api.get("/v1/show/REG016")
    text = api.get("/metrics").text
    assert 'govgraph_http_request_seconds_count{method="GET",route="/v1/show/{id:path}",status="200"}' in text
    assert "govgraph_engine_rows_total" in text


def test_the_page_of_the_routes_needs_nothing_from_outside(api: Served) -> None:
    page = api.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text.replace("<!doctype", "")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "page.js"):
        assert f"docs/{name}" in page.text or name == "page.js"
        assert api.get(f"/docs/{name}").status_code == 200
    assert api.get("/docs/other.js").status_code == 404


def test_a_page_of_another_site_neither_writes_nor_reads(api: Served) -> None:
    evil = {"Origin": "https://evil.example"}
    got = api.client.post("/v1/loads?what=dates", headers=evil)
    assert (got.status_code, got.json()["code"]) == (403, "forbidden")
    assert "access-control-allow-origin" not in api.get("/v1/stats", headers=evil).headers
    # A name that leads here, in a browser that was sent there.
    bound = api.get("/v1/stats", headers={"Host": "evil.example"})
    assert (bound.status_code, bound.json()["code"]) == (403, "forbidden")
    # And somebody's proxy in front of a server without keys.
    assert api.get("/v1/stats", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 403


def test_pages_that_are_named_may_ask(dated: Library, tmp_path: Path) -> None:
    with served(dated.graph, tmp_path, origins=("https://board.example",)) as api:
        mine = {"Origin": "https://board.example"}
        assert api.get("/v1/stats", headers=mine).headers["access-control-allow-origin"] == "https://board.example"
        preflight = api.client.options("/v1/stats", headers={**mine, "Access-Control-Request-Method": "GET"})
        assert preflight.status_code == 200
        other = api.get("/v1/stats", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


def test_what_cannot_be_text_is_refused_not_broken(api: Served) -> None:
    for path in (
        "/v1/show/%00",
        "/v1/find?text=%00",
        "/v1/show/%ff%fe",
        "/v1/find?text=%F0%9F%98%80",
        "/v1/show/" + "x" * 3000,
    ):
        got = api.get(path)
        assert got.status_code in (200, 404, 422), (path, got.text)
    assert api.get("/v1/themes?text=%27%20OR%201=1").json()["total"] == 0
