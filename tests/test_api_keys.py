"""Who may do what over HTTP: keys, scopes, jurisdictions, limits, the audit log."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from govgraph.errors import NotFoundError, UsageError
from govgraph.keys import Keys
from govgraph.library import Library
from tests.conftest import Cli
from tests.serving import Served, served


@pytest.fixture
def api(dated: Library, tmp_path: Path) -> Iterator[Served]:
    """The baseline and the dates, served; only read it."""
    with served(dated.graph, tmp_path) as found:
        yield found


def audit(api: Served) -> list[dict[str, Any]]:
    """The lines of the audit log."""
    return [json.loads(line) for line in api.known.audit.read_text(encoding="utf-8").splitlines()]


# --- the file of keys -----------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    made = keys.make("dashboard", ("write",))
    text = keys.path.read_text(encoding="utf-8")
    assert made.text not in text
    assert made.text.rpartition("_")[2] not in text
    assert stat.S_IMODE(os.stat(keys.path).st_mode) == 0o600
    assert made.key.scopes == ("read", "write")
    assert Keys(keys.path).find(made.text) == made.key
    for wrong in ("", "x", made.text[:-1], made.text + "x", made.text.replace("govgraph", "other"), "govgraph__", "é"):
        assert keys.find(wrong) is None


def test_a_revoked_or_expired_key_opens_nothing(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    one, two = keys.make("one"), keys.make("two", expires=date.today())
    assert keys.find(two.text)
    keys.revoke("one")
    assert keys.find(one.text) is None
    with pytest.raises(NotFoundError, match="no key 'one'"):
        keys.revoke("one")
    with pytest.raises(UsageError, match="has passed"):
        keys.make("three", expires=date.today() - timedelta(days=1))
    with pytest.raises(UsageError, match="there is a key named 'two'"):
        keys.make("two")
    keys.make("one")


def test_a_damaged_file_of_keys_lets_nobody_in(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    made = keys.make("one")
    keys.path.write_text("{}")
    with pytest.raises(UsageError, match="is no file of keys"):
        keys.find(made.text)


def test_keys_on_the_command_line(cli: Cli) -> None:
    assert cli("load", "baseline").exit_code == 0
    made = json.loads(cli("keys", "create", "guizhou", "--scope", "write", "--jurisdiction", "贵州", "--json").stdout)
    assert made["jurisdiction"] == "520000"
    assert made["key"].startswith(f"govgraph_{made['id']}_")
    plain = cli("keys", "create", "board")
    assert plain.stdout.startswith("govgraph_")
    assert "not shown again" in plain.stderr
    listed = json.loads(cli("keys", "list", "--json").stdout)["items"]
    assert [(k["name"], k["scopes"][-1]) for k in listed] == [("guizhou", "write"), ("board", "read")]
    assert not any("hash" in k or "key" in k for k in listed)
    assert "board" in cli("--lang", "zh", "keys", "list").stdout
    assert cli("keys", "revoke", "board").exit_code == 0
    assert json.loads(cli("keys", "list", "--json").stdout)["items"][1]["revoked"]
    assert cli("keys", "revoke", "nobody").exit_code == 2
    assert cli("keys", "create", "x", "--jurisdiction", "nowhere").exit_code == 2
    assert cli("keys", "create", "x", "--rate", "0").exit_code == 2


# --- at the door ----------------------------------------------------------------------------------------------


def test_once_there_is_a_key_nobody_comes_in_without_one(api: Served) -> None:
    assert api.get("/v1/stats").status_code == 200
    reader = api.key("reader")
    got = api.get("/v1/stats")
    assert (got.status_code, got.json()["code"]) == (401, "unauthenticated")
    assert got.headers["www-authenticate"].startswith("Bearer")
    for wrong in ("Bearer x", "Bearer", "Basic eDp4", "Bearer govgraph_00000000_x"):
        assert api.get("/v1/stats", headers={"Authorization": wrong}).status_code == 401
    # The page of the routes tells nothing of the graph; a browser has a key only once somebody typed it there.
    assert api.get("/docs").status_code == api.get("/openapi.json").status_code == 200
    assert reader.get("/v1/stats").status_code == 200
    assert api.get("/healthz").status_code == api.get("/readyz").status_code == 200
    # Revoking the last key closes the door; it does not take it away.
    api.keys.revoke("reader")
    assert reader.get("/v1/stats").status_code == 401
    assert api.get("/v1/stats").status_code == 401


def test_a_scope_is_what_a_key_may_do(api: Served) -> None:
    reader, writer, admin = api.key("r"), api.key("w", "write"), api.key("a", "admin")
    assert [c.get("/v1/stats").status_code for c in (reader, writer, admin)] == [200, 200, 200]
    assert [c.get("/metrics").status_code for c in (reader, writer, admin)] == [403, 403, 200]
    refused = reader.post("/v1/loads?kind=Theme", content=b"id,name\n", headers={"Content-Type": "text/csv"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "write" in refused.json()["detail"]


def test_a_key_has_its_rate(api: Served) -> None:
    slow = api.key("slow", rate=1)
    got = [slow.get("/v1/stages") for _ in range(4)]
    assert [g.status_code for g in got[:2]] == [200, 200]
    last = got[-1]
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert int(last.headers["retry-after"]) >= 1
    assert last.headers["ratelimit-policy"] == '"key";q=2;w=2'
    assert api.key("other").get("/v1/stages").status_code == 200


def test_refusals_stand_in_the_audit_log_and_a_flood_does_not_fill_it(api: Served) -> None:
    reader = api.key("reader")
    api.get("/v1/stats")
    reader.post("/v1/loads?what=dates")
    lines = audit(api)
    assert [(x["action"], x["outcome"], x["name"]) for x in lines] == [
        ("GET /v1/stats", "unauthenticated", "anybody"),
        ("POST /v1/loads", "forbidden", "reader"),
    ]
    assert all(x["address"] == "127.0.0.1" and x["request_id"] and x["at"] for x in lines)
    started = time.monotonic()
    for _ in range(100):
        api.get("/v1/stats")
    # Five a second, after as many at once.
    assert len(audit(api)) <= 2 + 5 * (2 + time.monotonic() - started)
    assert stat.S_IMODE(os.stat(api.known.audit).st_mode) == 0o600


def test_an_answer_that_is_kept_for_one_is_not_given_to_another(api: Served) -> None:
    everything, guizhou = api.key("all"), api.key("gz", jurisdiction="520000")
    path = "/v1/regulations?limit=1000"
    first = everything.get(path)
    theirs = guizhou.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert theirs.status_code == 200
    assert theirs.json()["total"] < first.json()["total"]
    assert everything.get(path).json() == first.json()


# --- a key of a jurisdiction ----------------------------------------------------------------------------------


def test_a_limited_key_sees_its_own_and_the_rules_above(api: Served, dated: Library) -> None:
    guizhou = api.key("gz", jurisdiction="520000")
    matrix = guizhou.get("/v1/coverage?as_of=2024-03-21").json()
    whole = dated.coverage(as_of="2024-03-21", jurisdiction="520000")
    assert [c["jurisdiction"] for c in matrix["cells"]] == ["520000"] * 8
    assert [c["rule"]["verdict"] for c in matrix["cells"]] == [c.rule.verdict for c in whole.cells]
    assert any(w["code"] == "limited" for w in matrix["warnings"])
    assert guizhou.get("/v1/explain/000000/opening?as_of=2024-03-21").status_code == 200
    assert guizhou.get("/v1/explain/440000/opening").json()["code"] == "not_found"
    assert guizhou.get("/v1/show/REG016").json()["code"] == "not_found"
    assert guizhou.get("/v1/find?text=深圳").json()["items"] == []
    places = {i["id"] for i in guizhou.get("/v1/jurisdictions?limit=10000").json()["items"]}
    assert "520000" in places
    assert "000000" in places
    assert not any(p.startswith("44") for p in places)
    streamed = guizhou.get("/v1/jurisdictions?format=ndjson").text.splitlines()
    assert {json.loads(line)["id"] for line in streamed} == places
    assert guizhou.get("/metrics").status_code == 403
    assert guizhou.get("/v1/runs").json()["items"] == []
