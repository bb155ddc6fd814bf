"""The outside face: commands, JSON, exit codes, widths."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from govgraph.cli import main_group
from tests.conftest import Cli

ENVELOPE = {"schema", "as_of", "graph_version", "total", "truncated", "next", "warnings"}
CELL = {"subject", "jurisdiction", "name", "level", "stage", "rule", "role", "record"}
RULE = "verdict via via_scope bases evidence rank trial last_stated presumed presumed_from_issue pending unresolved"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A graph file with the baseline."""
    from govgraph import library

    path = str(tmp_path_factory.mktemp("cli") / "g.lbug")
    with library.open(path) as found:
        found.load("baseline")
    return path


def ask(cli: Cli, graph: str, *arguments: str) -> dict[str, Any]:
    """A question's JSON."""
    result = cli("--graph", graph, *arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["schema"] == "govgraph/1"
    return answer


@pytest.mark.parametrize(
    ("arguments", "keys", "path", "item"),
    [
        (["coverage", "--as-of", "2024-03-21"], {"cells", "summary"}, "cells", CELL),
        (["gaps"], {"items"}, "items", "id kind severity score parts jurisdiction stage subject reason"),
        (["lineage", "DB001"], {"root", "direction", "nodes", "edges", "cycles"}, "nodes", "id kind name depth side"),
        (["find", "数据"], {"items"}, "items", "id kind name match"),
        (["show", "REG016"], {"node", "statements", "edges"}, "edges", "id type from to stage"),
        (["show", "REG016"], {"node"}, "statements", "property value source section run"),
        (
            ["stats"],
            {"nodes", "edges", "claims"},
            "claims",
            "id subject metric comparator value text as_of counted verdict",
        ),
        (
            ["runs"],
            {"items"},
            "items",
            "run source files status read accepted rejected created changed started ended undone_by",
        ),
        (
            ["explain", "贵州", "开放"],
            {"cell", "path", "roles", "considered", "text"},
            "considered",
            "regulation jurisdiction scope status trial issued effective_from effective_to precision doc_number rank evidence "
            "articles source accepted reason",
        ),
        (["explain", "贵州", "开放"], set(), "roles", "agency body duty from to regulation article accepted reason"),
    ],
)
def test_json_has_the_contracts_keys(
    cli: Cli, loaded: str, arguments: list[str], keys: set[str], path: str, item: str | set[str]
) -> None:
    answer = ask(cli, loaded, *arguments)
    assert answer.keys() >= ENVELOPE | keys
    assert answer[path]
    assert set(answer[path][0]) >= (set(item.split()) if isinstance(item, str) else item)


def test_a_cell(cli: Cli, loaded: str) -> None:
    cell = ask(cli, loaded, "coverage", "--jurisdiction", "湖北", "--stage", "应用", "--as-of", "2024-03-21")["cells"][
        0
    ]
    assert set(cell["rule"]) == set(RULE.split())
    assert (cell["jurisdiction"], cell["level"], cell["stage"]) == ("420000", "province", "application")
    assert (cell["rule"]["verdict"], cell["rule"]["evidence"]) == ("dedicated", "title")


def test_subjects(cli: Cli, loaded: str) -> None:
    for by, kind in (("theme", "Theme"), ("database", "Database"), ("agency", "Agency")):
        cells = ask(cli, loaded, "coverage", "--by", by, "--as-of", "2024-03-21")["cells"]
        assert {c["subject"]["kind"] for c in cells} == {kind}
    themes = ask(cli, loaded, "coverage", "--by", "theme", "--stage", "开放", "--as-of", "2024-03-21")["cells"]
    assert len(themes) == 21
    assert {c["rule"]["via"] for c in themes} == {"000000"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "没有这个"], "not_found"),
        (["explain", "火星", "共享"], "not_found"),
        (["explain", "朝阳区", "共享"], "ambiguous"),
        (["explain", "贵州", "公开"], "bad_value"),
        (["coverage", "--as-of", "2024-02-30"], "bad_value"),
        (["coverage", "--as-of", "2024"], "bad_value"),
        (["coverage", "--level", "village"], "bad_value"),
        (["coverage", "--by", "moon"], "bad_value"),
        (["coverage", "--min-rank", "小道消息"], "bad_value"),
        (["gaps", "--kind", "boredom"], "bad_value"),
        (["gaps", "--cursor", "xyz"], "bad_value"),
        (["lineage", "PLT001"], "bad_value"),
        (["lineage", "DB001", "--depth", "0"], "bad_value"),
        (["lineage", "DB001", "--stage", "公开"], "bad_value"),
        (["find", ""], "bad_value"),
        (["find", "x", "--kind", "Planet"], "bad_value"),
        (["runs", "show", "99"], "not_found"),
        (["nosuch"], "bad_value"),
        (["load", "everything"], "bad_value"),
        (["load", "csv", "Planet", "x.csv"], "bad_value"),
        (["load", "csv", "Theme", "none.csv"], "bad_input"),
    ],
)
def test_errors_are_one_object_on_stderr(cli: Cli, loaded: str, arguments: list[str], code: str) -> None:
    result = cli("--graph", loaded, *arguments, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    error = json.loads(result.stderr)["error"]
    assert set(error) == {"code", "message", "candidates"}
    assert error["code"] == code, error
    if code == "ambiguous":
        assert {"id", "kind", "name"} <= set(error["candidates"][0])
    plain = cli("--graph", loaded, *arguments)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert "Traceback" not in plain.stderr
    assert plain.stderr.startswith("govgraph: ")


def test_no_graph(cli: Cli) -> None:
    result = cli("coverage", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stderr)["error"]["code"] == "unreachable"


def test_near_matches(cli: Cli, loaded: str) -> None:
    error = json.loads(cli("--graph", loaded, "show", "REG0016", "--json").stderr)["error"]
    assert "REG016" in {c["id"] for c in error["candidates"]}


def test_rejects_exit_one(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,name\nT,\nU,好\n")
    result = cli("--graph", "g.lbug", "load", "csv", "Theme", "t.csv", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["read"], answer["accepted"], answer["rejected"]) == (2, 1, 1)
    assert {"file", "sheet", "row", "column", "value", "code", "message"} == set(answer["rejects"][0])
    assert (tmp_path / answer["rejects_file"]).exists()


def test_csv_of_the_matrix(cli: Cli, loaded: str) -> None:
    lines = cli("--graph", loaded, "coverage", "--csv", "--as-of", "2024-03-21").stdout.splitlines()
    assert len(lines) == 1 + 248
    assert lines[0].startswith("subject,jurisdiction,name,level,stage,rule")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("question", [["coverage"], ["gaps", "--limit", "5"], ["explain", "贵州", "开放"], ["stats"]])
def test_tables_fit_the_terminal(cli: Cli, loaded: str, lang: str, width: int, question: list[str]) -> None:
    result = cli("--graph", loaded, "--lang", lang, *question, COLUMNS=str(width))
    assert result.exit_code == 0
    assert max(map(cell_len, result.stdout.splitlines())) <= width
    if question == ["coverage"] and width >= 80:
        assert "新疆维吾尔自治区" in result.stdout


def test_language_follows_the_locale(cli: Cli, loaded: str) -> None:
    assert "截至" in cli("--graph", loaded, "coverage", LANG="zh_CN.UTF-8").stdout
    assert "As of" in cli("--graph", loaded, "coverage", LANG="C").stdout


@pytest.mark.parametrize("name", sorted(main_group.commands))
def test_help_has_an_example(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert result.exit_code == 0
    assert f"govgraph {name}" in result.stdout.split("Options:")[0].split("Usage:")[1].split("\n", 1)[1]


def test_help_imports_little() -> None:
    text = (
        "import sys\nfrom govgraph.cli import main_group\n"
        "main_group.main(['--help'], standalone_mode=False)\n"
        "print(sorted({'pydantic', 'rich', 'networkx', 'ladybug', 'json', 'asyncio'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_locale_without_chinese_and_a_closed_pipe(loaded: str) -> None:
    environment = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "govgraph", "--graph", loaded, "find", "贵州"]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=Path(__file__).parent.parent)
    assert "贵州省" in done.stdout.decode()
    shell = f"{sys.executable} -m govgraph --graph {loaded} coverage --level county --csv | head -1"
    piped = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert piped.stdout.startswith("subject")
    assert "Traceback" not in piped.stderr


def test_mermaid(cli: Cli, loaded: str) -> None:
    text = cli("--graph", loaded, "lineage", "人口基础库", "--mermaid").stdout
    assert text.splitlines()[:2] == ["flowchart LR", '    n0[("人口基础库")]']
