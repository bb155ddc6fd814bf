"""check: built-in gaps and rule files as one type of finding; its exit codes, SARIF, and the API."""

from __future__ import annotations

import csv
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import uvicorn

from govgraph import __version__, answers, checking
from govgraph import library as libraries
from govgraph.api.app import create_app
from govgraph.errors import NotFoundError, RuleFileError, UsageError
from govgraph.gapwords import GAPS
from govgraph.graph import Graph
from govgraph.keys import Keys
from govgraph.library import Library
from govgraph.sarif import to_sarif
from govgraph.settings import serving
from govgraph.views import limited
from tests.conftest import Cli

DAY = date(2024, 3, 21)
EXAMPLES = Path(__file__).parent.parent / "examples" / "rules"


def rule(folder: Path, id_: str, query: str, severity: str = "medium", **more: str) -> Path:
    """Write a rule; its folder."""
    folder.mkdir(exist_ok=True)
    header = {"id": id_, "title.zh": f"甲{id_}", "title.en": f"A {id_}", "severity": severity} | more
    text = "".join(f"// {key}: {value}\n" for key, value in header.items()) + query
    (folder / f"{id_}.cypher").write_text(text, encoding="utf-8")
    return folder


PLACES = (
    "MATCH (j:Jurisdiction) WHERE j.level = 'province' "
    "RETURN j.id AS id, 'Jurisdiction' AS kind, j.name AS name, '开放' AS stage, 'no portal' AS reason"
)


# --- the built-in kinds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [None, "贵州", "520100"])
def test_built_in_findings_are_the_gaps(dated: Library, place: str | None) -> None:
    gaps = dated.gaps(as_of=DAY, jurisdiction=place, limit=10_000)
    found = dated.check(as_of=DAY, jurisdiction=place)
    assert {f.id for f in found.items} == {g.id for g in gaps.items}
    assert found.total == gaps.total > 0
    assert found.summary == {s: sum(g.severity == s for g in gaps.items) for s in ("high", "medium", "low")}
    by_id = {g.id: g for g in gaps.items}
    for finding in found.items:
        gap = by_id[finding.id]
        assert (finding.rule, finding.severity, finding.stage) == (gap.kind, gap.severity, gap.stage)
        assert (finding.reason, finding.jurisdiction) == (gap.reason, gap.jurisdiction)
        assert finding.subject
        assert finding.remedy
        assert finding.remedy.zh
    assert [f.severity for f in found.items] == sorted(
        (f.severity for f in found.items), key=["high", "medium", "low"].index
    )


def test_every_kind_that_there_is_is_reported_as_run(dated: Library) -> None:
    found = dated.check(as_of=DAY)
    assert [r.id for r in found.rules] == list(GAPS)
    count = Counter(f.rule for f in found.items)
    assert {r.id: r.findings for r in found.rules} == {kind: count[kind] for kind in GAPS}
    assert all(r.built_in and r.status == "done" and r.file is None for r in found.rules)


def test_severity_narrows(dated: Library) -> None:
    every = dated.check(as_of=DAY)
    for severity in ("high", "medium", "low"):
        some = dated.check(as_of=DAY, severity=severity)
        assert [f.id for f in some.items] == [f.id for f in every.items if f.severity == severity]
        assert some.total == every.summary[severity]


# --- rules of one's own -------------------------------------------------------------------------------------------


def test_rows_become_findings(dated: Library, tmp_path: Path) -> None:
    more = {"basis": "某条例第三条", "remedy.zh": "补", "remedy.en": "mend"}
    found = dated.check(rules=rule(tmp_path / "rules", "portal", PLACES, "high", **more), as_of=DAY)
    own = [f for f in found.items if f.rule == "portal"]
    provinces = {c.jurisdiction for c in dated.coverage(as_of=DAY).cells}
    assert provinces < {f.jurisdiction for f in own}
    # A finding of the severity high comes before the built-in ones of a lower one.
    assert found.items[0].severity == "high"
    guizhou = next(f for f in own if f.jurisdiction == "520000")
    assert guizhou == answers.Finding(
        id="rule:portal:Jurisdiction:520000:opening",
        rule="portal",
        severity="high",
        title=answers.Words(zh="甲portal", en="A portal"),
        subject=answers.Ref(id="520000", kind="Jurisdiction", name="贵州省"),
        stage="opening",
        jurisdiction="520000",
        reason=answers.Words(zh="贵州省·开放：no portal", en="贵州省, opening: no portal"),
        basis="某条例第三条",
        remedy=answers.Words(zh="补", en="mend"),
    )
    told = found.rules[-1]
    assert (told.id, told.built_in, told.status, told.findings) == ("portal", False, "done", len(own))
    assert told.file == str(tmp_path / "rules" / "portal.cypher")


def test_ids_are_the_same_again_and_a_subject_is_told_once(dated: Library, tmp_path: Path) -> None:
    twice = "MATCH (a:Jurisdiction)-[:PART_OF]->(b:Jurisdiction) WHERE b.level = 'province' RETURN b.id AS id, 'Jurisdiction' AS kind, b.name AS name ORDER BY id"
    folder = rule(tmp_path / "rules", "twice", twice)
    first, second = (dated.check(rules=folder, as_of=DAY) for _ in range(2))
    ids = [f.id for f in first.items]
    assert ids == [f.id for f in second.items]
    assert len(ids) == len(set(ids))
    assert len([i for i in ids if i.startswith("rule:twice:")]) > 20


def test_parameters_and_jurisdiction(dated: Library, tmp_path: Path) -> None:
    folder = rule(tmp_path / "rules", "places", PLACES)
    some = dated.check(rules=folder, as_of=DAY, jurisdiction="贵州")
    assert [f.jurisdiction for f in some.items if f.rule == "places"] == ["520000"]
    assert not some.warnings
    rule(
        folder,
        "asked",
        "MATCH (t:Theme) WHERE $jurisdiction = '520000' AND $as_of = date('2024-03-21') RETURN t.id AS id, 'Theme' AS kind, t.name AS name",
    )
    assert [f for f in dated.check(rules=folder, as_of=DAY).items if f.rule == "asked"] == []
    asked = dated.check(rules=folder, as_of=DAY, jurisdiction="贵州")
    assert len([f for f in asked.items if f.rule == "asked"]) == dated.stats().nodes["Theme"] > 0
    assert not asked.warnings
    rule(folder, "themes", "MATCH (t:Theme) RETURN t.id AS id, 'Theme' AS kind, t.name AS name")
    blind = dated.check(rules=folder, as_of=DAY, jurisdiction="贵州")
    assert [(w.code, "themes" in w.message) for w in blind.warnings] == [("not_limited", True)]


FAILING = {
    "no id": "UNWIND ['', 'x'] AS i RETURN i AS id, 'Theme' AS kind, 'x' AS name",
    "'Planet' as kind": "UNWIND ['x'] AS i RETURN i AS id, 'Planet' AS kind, 'x' AS name",
    "no stage": "UNWIND ['x'] AS i RETURN i AS id, 'Theme' AS kind, 'x' AS name, 'nothing' AS stage",
    "'999999' as jurisdiction": "UNWIND ['x'] AS i RETURN i AS id, 'Theme' AS kind, 'x' AS name, '999999' AS jurisdiction",
    "which is no text": "UNWIND [1] AS i RETURN i AS id, 'Theme' AS kind, 'x' AS name",
}


@pytest.mark.parametrize("why", FAILING)
def test_a_rule_that_fails_names_itself_and_the_others_run(dated: Library, tmp_path: Path, why: str) -> None:
    folder = rule(tmp_path / "rules", "bad", FAILING[why])
    rule(folder, "good", PLACES)
    found = dated.check(rules=folder, as_of=DAY)
    bad, good = found.rules[-2:]
    assert (bad.status, bad.findings, good.status) == ("failed", 0, "done")
    assert bad.error
    assert bad.error.startswith(f"{folder / 'bad.cypher'}:5: ")
    assert why.replace("no id", "without id").replace("no stage", "answers no stage") in bad.error
    assert good.findings > 20
    assert not [f for f in found.items if f.rule == "bad"]


def test_a_rule_that_takes_too_long(dated: Library, tmp_path: Path) -> None:
    slow = "UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y WITH x, y WHERE x * y = -1 RETURN 'x' AS id, 'Theme' AS kind, 'x' AS name"
    folder = rule(tmp_path / "rules", "slow", slow)
    rule(folder, "then", PLACES)
    found = dated.check(rules=folder, as_of=DAY, timeout=0.5)
    assert [r.status for r in found.rules[-2:]] == ["failed", "done"]
    assert "longer" in (found.rules[-2].error or "")


def test_a_rule_that_finds_too_much(dated: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MOST_ROWS", 5)
    found = dated.check(rules=rule(tmp_path / "rules", "many", PLACES), as_of=DAY)
    assert (found.rules[-1].status, found.rules[-1].findings) == ("cut", 5)
    assert found.truncated
    assert found.truncated.reason == "limit"


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("MATCH (n:Theme)\nWHERE n.id =\nRETURN n.id AS id, 'Theme' AS kind, n.name AS name", None),
        ("MATCH (n:Theme)\n\nDELETE n\nRETURN n.id AS id, 'Theme' AS kind, n.name AS name", 7),
        ("MATCH (n:Theme)\nRETURN m.id AS id, 'Theme' AS kind, n.name AS name", None),
    ],
)
def test_a_bad_rule_is_refused_with_its_line_before_anything_runs(
    dated: Library, tmp_path: Path, query: str, line: int | None
) -> None:
    folder = rule(tmp_path / "rules", "zz", query)
    rule(folder, "aa", PLACES)
    with pytest.raises(RuleFileError) as refusal:
        dated.check(rules=folder, as_of=DAY)
    file, number = refusal.value.message.split(":")[:2]
    assert file == str(folder / "zz.cypher")
    assert line is None or int(number) == line
    assert 5 <= int(number) <= 8


def test_what_cannot_be_asked(dated: Library, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--severity"):
        dated.check(severity="worst")
    with pytest.raises(NotFoundError):
        dated.check(jurisdiction="无此地")
    with pytest.raises(RuleFileError, match="no folder"):
        dated.check(rules=tmp_path / "none")
    with pytest.raises(RuleFileError, match="built-in kind"):
        dated.check(rules=rule(tmp_path / "rules", "no_rule", PLACES))
    with pytest.raises(UsageError, match="can't be limited to 520000"):
        Library(limited(dated.graph, "520000")).check(rules=EXAMPLES)
    own = Library(limited(dated.graph, "520000")).check(as_of=DAY)
    assert {f.id for f in own.items} == {f.id for f in dated.check(as_of=DAY, jurisdiction="520000").items}


def test_the_worked_example(library: Library) -> None:
    sample = EXAMPLES.parent / "sample"
    library.load("baseline")
    for file in sorted(sample.glob("*.csv")):
        assert library.load(file.stem.partition("_")[2], [file], source="sample").rejected == 0
    found = library.check(rules=EXAMPLES, as_of=DAY)
    own = {f.id: f for f in found.items if f.id.startswith("rule:")}
    assert set(own) == {
        "rule:opening-without-date:Dataset:SO03:opening",
        "rule:resource-without-share-type:Resource:SR08:sharing",
    }
    assert own["rule:resource-without-share-type:Resource:SR08:sharing"].jurisdiction == "330100"
    for place, many in (("浙江", 2), ("贵州", 0), ("杭州市", 2)):
        narrowed = library.check(rules=EXAMPLES, as_of=DAY, jurisdiction=place)
        assert sum(f.id.startswith("rule:") for f in narrowed.items) == many
        assert not narrowed.warnings


# --- SARIF --------------------------------------------------------------------------------------------------------

_TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string"}},
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object of the schema: nothing but these properties."""
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


SARIF = closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": closed(
            ["tool"],
            tool=closed(
                ["driver"],
                driver=closed(
                    ["name"],
                    name={"type": "string"},
                    version={"type": "string"},
                    semanticVersion={"type": "string"},
                    language={"type": "string", "pattern": "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"},
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": closed(
                            ["id"],
                            id={"type": "string"},
                            shortDescription=_TEXT,
                            help=_TEXT,
                            defaultConfiguration=closed([], level=_LEVEL),
                            properties={"type": "object"},
                        ),
                    },
                ),
            ),
            language={"type": "string", "pattern": "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"},
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            invocations={
                "type": "array",
                "uniqueItems": True,
                "items": closed(
                    ["executionSuccessful"],
                    executionSuccessful={"type": "boolean"},
                    toolExecutionNotifications={
                        "type": "array",
                        "items": closed(
                            ["message"],
                            level=_LEVEL,
                            message=_TEXT,
                            associatedRule=closed([], id={"type": "string"}, index={"type": "integer", "minimum": -1}),
                        ),
                    },
                ),
            },
            results={
                "type": "array",
                "items": closed(
                    ["message"],
                    ruleId={"type": "string"},
                    ruleIndex={"type": "integer", "minimum": -1},
                    level=_LEVEL,
                    message=_TEXT,
                    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
                    properties={"type": "object"},
                    locations={
                        "type": "array",
                        "items": closed(
                            [],
                            logicalLocations={
                                "type": "array",
                                "uniqueItems": True,
                                "items": closed(
                                    [],
                                    name={"type": "string"},
                                    fullyQualifiedName={"type": "string"},
                                    kind={"type": "string"},
                                ),
                            },
                        ),
                    },
                ),
            },
            properties={"type": "object"},
        ),
    },
)
"""The part of the SARIF 2.1.0 schema (OASIS) that is written here, with its required properties, and closed as it is."""


def test_sarif(dated: Library, tmp_path: Path) -> None:
    folder = rule(tmp_path / "rules", "portal", PLACES, "high", basis="某条例")
    rule(folder, "broken", FAILING["no id"])
    found = dated.check(rules=folder, as_of=DAY)
    valid = jsonschema_rs.validator_for(SARIF)
    for lang, first in (("zh", "甲portal"), ("en", "A portal")):
        log = json.loads("".join(to_sarif(found, found.items, lang)))
        valid.validate(log)
        run = log["runs"][0]
        driver = run["tool"]["driver"]
        assert (driver["name"], driver["version"]) == ("govgraph", __version__)
        rules = driver["rules"]
        assert [r["id"] for r in rules] == [r.id for r in found.rules]
        assert next(r for r in rules if r["id"] == "portal")["shortDescription"]["text"] == first
        assert len(run["results"]) == found.total
        levels = {"high": "error", "medium": "warning", "low": "note"}
        for result, finding in zip(run["results"], found.items, strict=True):
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule
            assert result["level"] == levels[finding.severity]
            assert result["partialFingerprints"] == {"govgraphFinding/v1": finding.id}
        assert not run["invocations"][0]["executionSuccessful"]
        told = run["invocations"][0]["toolExecutionNotifications"]
        assert [n["associatedRule"]["id"] for n in told] == ["broken"]


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(cli: Cli) -> str:
    """A graph of the baseline in the command's folder."""
    assert cli("load", "baseline").exit_code == 0
    return "govgraph.lbug"


def test_exit_codes(cli: Cli, loaded: str, tmp_path: Path) -> None:
    day = ("--as-of", "2024-03-21")
    assert cli("check", *day).exit_code == 1
    for arguments, code in (
        (("--severity", "high"), 1),
        (("--fail-on", "high"), 1),
        (("--severity", "low", "--fail-on", "high"), 0),
        (("--severity", "low", "--fail-on", "low"), 1),
        (("--rules", "nowhere"), 2),
        (("--severity", "worst"), 2),
        (("--sarif", "--json"), 2),
    ):
        assert cli("check", *day, *arguments).exit_code == code, arguments
    folder = rule(
        tmp_path / "rules", "w", "MATCH (t:Theme)\nSET t.name = 'x'\nRETURN t.id AS id, 'Theme' AS kind, 'x' AS name"
    )
    for extra in ((), ("--json",)):
        refused = cli("check", *day, "--rules", str(folder), *extra)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "w.cypher:6" in refused.stderr
    assert json.loads(refused.stderr)["error"]["code"] == "bad_rule"
    rule(folder, "w", FAILING["no id"])
    failed = cli("check", *day, "--rules", str(folder), "--json")
    assert failed.exit_code == 2
    assert json.loads(failed.stdout)["rules"][-1]["status"] == "failed"
    assert "rule w failed" in failed.stderr


def test_json_and_sarif_stand_alone_on_stdout(cli: Cli, loaded: str) -> None:
    found = answers.Findings.model_validate_json(cli("check", "--as-of", "2024-03-21", "--json").stdout)
    assert found.total == len(found.items) > 0
    log = json.loads(cli("check", "--as-of", "2024-03-21", "--sarif").stdout)
    assert len(log["runs"][0]["results"]) == found.total
    lines = list(csv.DictReader(cli("check", "--as-of", "2024-03-21", "--csv").stdout.splitlines()))
    assert [line["id"] for line in lines] == [item.id for item in found.items]
    # What is told one by one is what the library answers at once; of nothing, too.
    with libraries.open(loaded, read_only=True) as library:
        assert library.check(as_of="2024-03-21").to_json() == found.to_json()
        nothing = library.check(as_of="2024-03-21", jurisdiction="贵州", severity="high")
    assert nothing.items == []
    assert (
        cli("check", "--as-of", "2024-03-21", "--jurisdiction", "贵州", "--severity", "high", "--json").stdout
        == f"{nothing.to_json()}\n"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table(cli: Cli, loaded: str, tmp_path: Path, lang: str) -> None:
    folder = rule(tmp_path / "rules", "portal", PLACES.replace("no portal", "[red]x[/red] <b>"))
    shown = cli("--lang", lang, "check", "--as-of", "2024-03-21", "--rules", str(folder), COLUMNS="160").stdout
    assert "[red]x[/red] <b>" in shown
    assert ("问题" if lang == "zh" else "Findings") in shown


# --- over HTTP ----------------------------------------------------------------------------------------------------


@contextmanager
def served(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, folder: Path, rules: Path | None = None
) -> Iterator[httpx.Client]:
    """A server over a graph, with its files in a folder."""
    for name, file in (("KEYS", "keys.json"), ("AUDIT", "audit.jsonl"), ("LOADS", "loads")):
        monkeypatch.setenv(f"GOVGRAPH_{name}", str(folder / file))
    if rules:
        monkeypatch.setenv("GOVGRAPH_RULES", str(rules))
    app = create_app(serving(graph.url), graph)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def test_the_operators_rules_over_http(dated: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = rule(tmp_path / "rules", "portal", PLACES, "high")
    keys = Keys(tmp_path / "keys.json")
    whole, some = (keys.make(f"k{place}", jurisdiction=place).text for place in (None, "520000"))
    with served(dated.graph, monkeypatch, tmp_path, folder) as http:
        everything, narrow = ({"Authorization": f"Bearer {key}"} for key in (whole, some))
        day = {"as_of": "2024-03-21"}
        found = http.get("/v1/check", params=day, headers=everything)
        assert found.status_code == 200
        assert found.json()["items"] == json.loads(dated.check(rules=folder, as_of=DAY).to_json())["items"]
        without = http.get("/v1/check", params={**day, "rules": "false"}, headers=everything).json()
        assert without["total"] == dated.check(as_of=DAY).total
        limited_ = http.get("/v1/check", params=day, headers=narrow).json()
        assert {f["id"] for f in limited_["items"]} == {
            f.id for f in dated.check(as_of=DAY, jurisdiction="520000").items
        }
        assert "portal" not in {r["id"] for r in limited_["rules"]}
        refused = http.get("/v1/check", params={**day, "rules": "true"}, headers=narrow)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        # A rule that is changed is another rule at once: such an answer is not kept.
        rule(folder, "portal", PLACES, "low")
        again = http.get("/v1/check", params=day, headers=everything).json()
        assert {f["severity"] for f in again["items"] if f["rule"] == "portal"} == {"low"}
        rule(folder, "portal", "CREATE (t:Theme)")
        broken = http.get("/v1/check", params=day, headers=everything)
        assert (broken.status_code, broken.json()["code"]) == (500, "bad_rule")
