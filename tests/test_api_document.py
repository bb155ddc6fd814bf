"""The OpenAPI document: good enough to make a client from, and true."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from govgraph.library import Library
from tests.serving import Served, served


@pytest.fixture
def api(dated: Library, tmp_path: Path) -> Iterator[Served]:
    """The baseline and the dates, served, with room for a tool's many questions."""
    with served(dated.graph, tmp_path, rate=100_000, deadline=120) as found:
        yield found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize("engine", ["ladybug"])
def test_every_operation_is_told_whole(api: Served) -> None:
    document = api.get("/openapi.json").json()
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for path, _, operation in operations(document):
        assert operation["summary"], path
        assert operation["tags"], path
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (path, parameter["name"])
        if path.startswith("/v1/"):
            assert {"401", "403", "404", "422", "429", "504"} <= set(operation["responses"]), path
            problem = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
            assert problem == {"$ref": "#/components/schemas/Problem"}
            assert operation["security"] == [{"key": []}]
    regulations = document["components"]["schemas"]["RegulationProperties"]["properties"]
    assert "local_regulation" in json.dumps(regulations["rank"])


@pytest.mark.parametrize("engine", ["ladybug"])
def test_a_client_made_from_it_works(api: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(api.get("/openapi.json").content)
    config = tmp_path / "config.yml"
    config.write_text("post_hooks: []\n")
    made = subprocess.run(
        [Path(sys.executable).parent / "openapi-python-client", "generate", "--path", document, "--config", config,
         "--meta", "none", "--output-path", tmp_path / "made" / "govgraph_client"],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout.upper(), made.stdout
    monkeypatch.syspath_prepend(tmp_path / "made")
    client = importlib.import_module("govgraph_client").Client(base_url=api.url)
    with client:
        coverage = importlib.import_module("govgraph_client.api.questions.coverage")
        answer = coverage.sync(client=client, jurisdiction="贵州", stage=["opening"])
        assert answer.cells[0].rule.verdict
        show = importlib.import_module("govgraph_client.api.questions.show")
        missing = show.sync(client=client, id="REG999")
        assert (type(missing).__name__, missing.code) == ("Problem", "not_found")
        listed = importlib.import_module("govgraph_client.api.nodes.list_regulations")
        laws = listed.sync(client=client, rank="law", limit=1)
        assert laws.items[0].properties.rank == "law"
        send = importlib.import_module("govgraph_client.api.loads.list_loads")
        assert send.sync(client=client).total == 0


@pytest.mark.parametrize("engine", ["ladybug"])
def test_every_question_has_an_example_that_its_schema_takes(api: Served) -> None:
    document = api.client.get("/openapi.json").json()
    found = 0
    for _, _, operation in operations(document):
        if "questions" not in operation["tags"]:
            continue
        told = operation["responses"]["200"]["content"]["application/json"]
        schema = {**told["schema"], "components": document["components"]}
        jsonschema_rs.validator_for(schema).validate(told["example"])
        found += 1
    assert found > 25


def explored(api: Served, folder: Path, examples: int) -> None:
    """Have Schemathesis ask everything that the document allows, and what it does not."""
    key = api.keys.make("tool", ("admin",)).text
    document = api.client.get("/openapi.json", headers={"Authorization": f"Bearer {key}"}).json()
    # A deadline that is over is an answer here, and a fault for the tool: it has the server's own, which is long.
    for _, _, operation in operations(document):
        operation["parameters"] = [p for p in operation.get("parameters", ()) if p["name"] != "deadline"]
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    result = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "run", path, "--url", api.url, "-H", f"Authorization: Bearer {key}",
         "--exclude-checks", "positive_data_acceptance", "--phases", "examples,coverage,fuzzing,stateful",
         "--max-examples", str(examples), "--request-timeout", "120", "--generation-database", "none", "--no-color"],
        capture_output=True,
        text=True,
        cwd=folder,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]


@pytest.mark.slow
def test_a_tool_that_asks_everything_finds_nothing(api: Served, tmp_path: Path) -> None:
    explored(api, tmp_path, 10)
