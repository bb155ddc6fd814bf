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
        (["list", "Theme"], {"items"}, "items", "id kind name aliases properties"),
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


def test_every_layer_of_a_cell(cli: Cli, loaded: str) -> None:
    answer = ask(cli, loaded, "coverage", "--as-of", "2024-03-21")
    assert set(answer["summary"]) == {"rule", "role", "record"}
    assert set(answer["summary"]["rule"]) == {
        "dedicated",
        "general",
        "inherited",
        "unknown",
        "planned",
        "expired",
        "none",
    }
    assert set(answer["summary"]["role"]) == {"own", "designated", "supervised", "none"}
    assert set(answer["summary"]["record"]) == {"full", "partial", "absent", "not_expected", "no_data"}
    for cell in answer["cells"]:
        assert set(cell) >= CELL
        assert set(cell["rule"]) >= set(RULE.split())
        assert set(cell["role"]) >= {"verdict", "via", "agencies"}
        assert set(cell["record"]) >= {"verdict", "done", "expected", "unknown"}
        assert cell["subject"] is None


def test_what_stands_inside_the_answers(cli: Cli, loaded: str) -> None:
    explained = ask(cli, loaded, "explain", "贵州", "开放", "--as-of", "2024-03-21")
    assert set(explained["cell"]) >= CELL
    assert explained["path"] == ["520000", "000000"]
    assert set(explained["text"]) == {"zh", "en"}
    for row in explained["considered"]:
        assert set(row["regulation"]) == {"id", "kind", "name"}
        assert row["precision"] in ("day", "month", "year", "none")
    for row in explained["roles"]:
        assert row["agency"] is None or set(row["agency"]) == {"id", "kind", "name"}
        assert isinstance(row["body"], str)
    (gap, *_) = ask(cli, loaded, "gaps", "--limit", "1")["items"]
    assert set(gap["parts"]) >= {"assets", "reach", "severity"}
    assert set(gap["reason"]) == {"zh", "en"}
    shown = ask(cli, loaded, "show", "REG016")["node"]
    assert set(shown) >= {"id", "kind", "name", "properties", "aliases"}
    some = ask(cli, loaded, "gaps", "--limit", "2")
    assert set(some["truncated"]) >= {"reason", "omitted"}
    assert (some["truncated"]["reason"], some["truncated"]["omitted"]) == ("limit", some["total"] - 2)
    rest = ask(cli, loaded, "gaps", "--limit", "2", "--cursor", some["next"])
    assert not {g["id"] for g in some["items"]} & {g["id"] for g in rest["items"]}


LOAD = (
    "run source files status dry_run read accepted rejected created changed unchanged swept placeholders "
    "rejects_file rejects"
)


def test_a_cursor_of_gaps_is_of_its_question(cli: Cli, loaded: str) -> None:
    asked = ["gaps", "--as-of", "2024-03-21", "--kind", "no_rule"]
    every = ask(cli, loaded, *asked)["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = ask(cli, loaded, *asked, "--limit", "3", *(["--cursor", cursor] if cursor else []))
        found += page["items"]
        cursor = page["next"]
    assert found == every
    cursor = ask(cli, loaded, *asked, "--limit", "3")["next"]
    for other in (
        ["gaps"],
        [*asked, "--stage", "共享"],
        [*asked, "--jurisdiction", "湖北"],
        [*asked, "--severity", "low"],
    ):
        result = cli("--graph", loaded, *other, "--cursor", cursor)
        assert result.exit_code == 2
        assert "another question" in result.stderr


def test_pages_and_fields_of_a_lineage(cli: Cli, tmp_path: Path) -> None:
    files = {
        "Resource": "id,name\nR,甲\nS,乙\n",
        "Dataset": "id,name\nD,丙\n",
        "Item": "id,name,resource\nR1,甲一,R\nR2,甲二,R\nS1,乙一,S\nS2,乙二,S\n",
        "PROCESSING": "from,to\nR1,S1\nS1,S2\nS2,S1\nR2,D\nD,S2\nR,R1\nR,S\n",
    }
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        assert cli("--graph", "g.lbug", "load", "csv", kind, f"{kind}.csv").exit_code == 0
    asked = ["lineage", "R", "--fields", "--down"]
    whole = ask(cli, "g.lbug", *asked)
    placed = [(n["id"], n["depth"], n["side"]) for n in whole["nodes"]]
    assert placed == [("R", 0, "root"), ("R1", 0, "root"), ("R2", 0, "root"), ("S1", 1, "down"), ("S2", 2, "down")]
    assert [(e["from"], e["to"]) for e in whole["edges"]] == [("R1", "S1"), ("S1", "S2"), ("S2", "S1")]
    assert whole["cycles"] == [["S1", "S2"]]
    first = ask(cli, "g.lbug", *asked, "--limit", "4")
    assert ([n["id"] for n in first["nodes"]], first["cycles"]) == (["R", "R1", "R2", "S1"], [])
    last = ask(cli, "g.lbug", *asked, "--limit", "4", "--cursor", first["next"])
    assert ([n["id"] for n in last["nodes"]], last["next"], last["truncated"]) == (["R", "S2"], None, None)
    assert last["cycles"] == [["S1", "S2"]]
    # A page shows hops to nodes of earlier ones.
    assert "S1" in cli("--graph", "g.lbug", *asked, "--limit", "4", "--cursor", first["next"]).stdout
    drawn = cli("--graph", "g.lbug", *asked, "--limit", "4", "--cursor", first["next"], "--mermaid").stdout
    assert '["S1"]' in drawn
    assert [n["id"] for n in ask(cli, "g.lbug", "lineage", "R2", "--fields")["nodes"]] == ["R2"]
    assert {n["id"] for n in ask(cli, "g.lbug", "lineage", "R2")["nodes"]} > {"R2", "D"}
    for other in (["lineage", "R", "--fields"], ["lineage", "R", "--down"], ["lineage", "S", "--fields", "--down"]):
        result = cli("--graph", "g.lbug", *other, "--cursor", first["next"])
        assert result.exit_code == 2
        assert "another question" in result.stderr


def test_lineage_and_loads(cli: Cli, tmp_path: Path) -> None:
    for name, text in {
        "Database": "id,name\nA,甲库\nB,乙库\nC,丙库\n",
        "SHARING": "from,to,since\nA,B,2023\nB,C,2024-01-02\nC,B,\n",
    }.items():
        (tmp_path / f"{name}.csv").write_text(text)
        result = cli("--graph", "g.lbug", "load", "csv", name, f"{name}.csv", "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        report = json.loads(result.stdout)
        assert set(report) >= set(LOAD.split())
        assert set(report["files"][0]) == {"path", "sha256"}
        assert (report["status"], report["rejects"], report["rejects_file"]) == ("done", [], None)
    answer = ask(cli, "g.lbug", "lineage", "甲库", "--down")
    assert (answer["root"], answer["direction"]) == ({"id": "A", "kind": "Database", "name": "甲库"}, "down")
    assert [(n["id"], n["depth"], n["side"]) for n in answer["nodes"]] == [
        ("A", 0, "root"),
        ("B", 1, "down"),
        ("C", 2, "down"),
    ]
    assert [sorted(c) for c in answer["cycles"]] == [["B", "C"]]
    assert {(e["from"], e["to"], e["stage"], e["since"]) for e in answer["edges"]} == {
        ("A", "B", "sharing", "2023"),
        ("B", "C", "sharing", "2024-01-02"),
        ("C", "B", "sharing", None),
    }
    for edge in answer["edges"]:
        assert set(edge) >= {"id", "from", "to", "stage", "since", "until", "via", "rule"}
        assert set(edge["rule"]) >= {"verdict", "via", "bases"}
        assert edge["rule"]["verdict"] == "unknown"
    listed = ask(cli, "g.lbug", "runs")["items"]
    assert all(set(r) >= (set(LOAD.split()) - {"rejects"}) | {"started", "ended", "undone_by"} for r in listed)
    assert [r["run"] for r in listed] == ["1", "2"]
    assert ask(cli, "g.lbug", "runs", "show", "2")["items"] == listed[1:]


def test_a_dry_run_makes_no_run(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,name\nT,好\n")
    assert cli("--graph", "g.lbug", "load", "csv", "Theme", "t.csv").exit_code == 0
    (tmp_path / "t.csv").write_text("id,name\nT,坏\nU,好\n")
    answer = json.loads(cli("--graph", "g.lbug", "load", "csv", "Theme", "t.csv", "--dry-run", "--json").stdout)
    assert (answer["dry_run"], answer["run"], answer["created"], answer["changed"]) == (True, None, 1, 1)
    assert ask(cli, "g.lbug", "runs")["total"] == 1
    assert ask(cli, "g.lbug", "show", "T")["node"]["name"] == "好"


def test_which_graph(cli: Cli, loaded: str, tmp_path: Path) -> None:
    assert json.loads(cli("stats", "--json", GOVGRAPH_URL=loaded).stdout)["nodes"]["Theme"] == 21
    assert json.loads(cli("stats", "--json", GOVGRAPH_URL=f"ladybug://{loaded}").stdout)["nodes"]["Theme"] == 21
    # The option goes before the environment.
    other = cli("--graph", "none.lbug", "stats", "--json", GOVGRAPH_URL=loaded)
    assert (other.exit_code, json.loads(other.stderr)["error"]["code"]) == (2, "unreachable")
    (tmp_path / "notes.txt").write_text("hello")
    refused = cli("--graph", "notes.txt", "stats", "--json")
    assert (refused.exit_code, json.loads(refused.stderr)["error"]["code"]) == (2, "not_a_graph")
    assert (tmp_path / "notes.txt").read_text() == "hello"
    # The default is a file in the current folder.
    (tmp_path / "t.csv").write_text("id,name\nT,好\n")
    assert cli("load", "csv", "Theme", "t.csv").exit_code == 0
    assert (tmp_path / "govgraph.lbug").exists()


def test_a_locked_graph(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,name\nT,好\n")
    path = str(tmp_path / "g.lbug")
    hold = f"import govgraph; g = govgraph.open({path!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"held"
        result = cli("--graph", path, "load", "csv", "Theme", "t.csv", "--json")
        assert (result.exit_code, result.stdout) == (2, "")
        error = json.loads(result.stderr)["error"]
        assert error["code"] == "locked"
        assert str(holder.pid) in error["message"]
        assert cli("--graph", path, "stats").exit_code == 0
        holder.communicate(b"\n")
    assert cli("--graph", path, "load", "csv", "Theme", "t.csv").exit_code == 0


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("天津", "120000"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("全国", "000000"),
        ("国家", "000000"),
        ("内蒙古", "150000"),
        ("兵团", "660000"),
        ("贵阳", "520100"),
        ("110105", "110105"),
    ],
)
def test_a_place_by_its_short_name(cli: Cli, loaded: str, word: str, code: str) -> None:
    cell = ask(cli, loaded, "explain", word, "共享", "--as-of", "2024-03-21")["cell"]
    assert cell["jurisdiction"] == code
    rows = ask(cli, loaded, "coverage", "--jurisdiction", word, "--stage", "sharing", "--as-of", "2024-03-21")["cells"]
    assert [c["jurisdiction"] for c in rows] == [code]


def test_an_ambiguous_name_lists_its_candidates(cli: Cli, loaded: str) -> None:
    for arguments in (["show", "朝阳区"], ["explain", "朝阳区", "共享"], ["coverage", "--jurisdiction", "朝阳区"]):
        error = json.loads(cli("--graph", loaded, *arguments, "--json").stderr)["error"]
        assert error["code"] == "ambiguous"
        assert {(c["id"], c["kind"], c["name"]) for c in error["candidates"]} == {
            ("110105", "Jurisdiction", "朝阳区"),
            ("220104", "Jurisdiction", "朝阳区"),
        }
        plain = cli("--graph", loaded, *arguments)
        assert (plain.exit_code, plain.stdout) == (2, "")
        assert "110105" in plain.stderr


def test_the_model_as_json(cli: Cli) -> None:
    answer = json.loads(cli("model", "--json").stdout)
    assert [s["stage"] for s in answer["stages"]][:2] == ["collection", "processing"]
    assert len(answer["nodes"]) == 15
    one = json.loads(cli("model", "Resource", "--json").stdout)
    assert [n["kind"] for n in one["nodes"]] == ["Resource"]
    header = cli("template", "信息资源").stdout.strip().split(",")
    assert header == [f["name"] for f in one["nodes"][0]["fields"]]


@pytest.mark.parametrize("seconds", ["abc", "-1", "nan", "inf"])
def test_a_bad_setting_is_one_line(cli: Cli, loaded: str, seconds: str) -> None:
    result = cli("--graph", loaded, "stats", "--json", GOVGRAPH_TIMEOUT=seconds)
    assert result.exit_code == 2
    assert json.loads(result.stderr)["error"]["code"] == "bad_value"


def test_a_question_that_takes_too_long(cli: Cli, loaded: str) -> None:
    result = cli("--graph", loaded, "coverage", "--level", "county", "--json", GOVGRAPH_TIMEOUT="0.001")
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["error"]["code"] == "timeout"


def test_the_version(cli: Cli) -> None:
    import govgraph

    result = cli("--version")
    assert result.exit_code == 0
    assert govgraph.__version__ in result.stdout


def test_load_says_what_it_did_on_stdout_and_nothing_else(cli: Cli) -> None:
    result = cli("--graph", "g.lbug", "load", "baseline", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert report["source"] == "baseline"
    assert report["read"] == report["accepted"] == report["created"] + report["changed"] + report["unchanged"]
    again = json.loads(cli("--graph", "g.lbug", "load", "baseline", "--json").stdout)
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, report["read"])


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
        (["lineage", "DB001", "--cursor", "xyz"], "bad_value"),
        (["list", "Planet"], "bad_value"),
        (["list", "Theme", "--cursor", "xyz"], "bad_value"),
        (["list", "Regulation", "--where", "jurisdiction=火星"], "not_found"),
        (["list", "Regulation", "--jurisdiction", "朝阳区"], "ambiguous"),
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
    assert "截至" in cli("--graph", loaded, "--lang", "zh", "coverage", LANG="C").stdout
    assert "截至" in cli("--graph", loaded, "coverage", LANG="zh_CN.UTF-8").stdout
    assert "As of" in cli("--graph", loaded, "coverage", LANG="C").stdout


@pytest.mark.parametrize("name", sorted(main_group.commands))
def test_help_has_an_example(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert result.exit_code == 0
    assert f"govgraph {name}" in result.stdout.split("Options:")[0].split("Usage:")[1].split("\n", 1)[1]


@pytest.mark.parametrize("arguments", [["--help"], ["load", "--help"], ["coverage", "--help"]])
def test_help_starts_without_the_heavy_packages(arguments: list[str]) -> None:
    text = (
        "import sys\nfrom govgraph.cli import main_group\n"
        f"main_group.main({arguments!r}, standalone_mode=False)\n"
        "heavy = {'pydantic', 'rich', 'networkx', 'ladybug', 'pandas', 'numpy', 'govgraph.model'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    assert done.stderr.strip() == "[]"
    assert "Usage: " in done.stdout


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
