"""Two ids of one thing are one once a person has merged them: whatever was loaded, and whatever comes, is said of the one that stays."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph import held
from govgraph.answers import LoadReport
from govgraph.errors import AmbiguousError, ConflictError, GovgraphError, GraphError, NotFoundError, UsageError
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.loaders.rows import Row
from govgraph.merging import KINDS
from govgraph.model import CORRECTION, EDGES, NODES, links
from govgraph.rebuild import rebuild, restore
from govgraph.transfer import copy
from govgraph.views import view_of, viewed
from tests.conftest import Cli
from tests.dumps import dump
from tests.serving import Served, served
from tests.test_api_loads import ended
from tests.test_undo import PHASES

Write = Callable[[str, str], Path]
WHO = {"by": "王敏", "reason": "机构改革前后同一机构"}
PLACES = "id,name,level,parent\nN,国,national,\nP,甲省,省级,N\n"
AGENCIES = "id,name,jurisdiction,parent,level\nA1,数据局,P,,\nA2,大数据局,P,A3,厅级\nA3,政府,P,,\nA4,信息中心,P,A2,\n"
RESOURCES = "id,name,provider\nR1,社保,A1\nR2,医保,A2\nR3,户籍,大数据局\n"
DUTIES = "from,to,stage\nA2,P,归集\nA1,P,共享\n"
FILES = {"Jurisdiction": PLACES, "Agency": AGENCIES, "Resource": RESOURCES, "RESPONSIBLE_FOR": DUTIES}


@pytest.fixture
def world(kept: Library, csv_file: Write) -> Library:
    """Places, agencies, what they provide and answer for: runs 1 to 4."""
    for kind, text in FILES.items():
        assert kept.load(kind, [csv_file(f"{kind}.csv", text)]).rejected == 0
    return kept


def again(library: Library, csv_file: Write, **options: Any) -> list[LoadReport]:
    """The same files once more."""
    return [library.load(kind, [csv_file(f"{kind}.csv", text)], **options) for kind, text in FILES.items()]


def led(library: Library, id_: str) -> set[tuple[str, str, str]]:
    """The edges of a thing: type and ends."""
    return {(e.type, e.from_, e.to) for e in library.show(id_).edges}


def test_two_ids_are_one(world: Library, csv_file: Write) -> None:
    report = world.merge("A1", "大数据局", **WHO)
    assert (report.run, report.source, report.about.id) == ("5", CORRECTION, "A1")
    assert report.merged
    assert (report.merged.id, report.merged.name) == ("A2", "大数据局")
    assert {f.field: (f.before, f.value, f.status) for f in report.fields} == {
        "level": (None, "厅级", "merged"),
        "aliases": (None, ["大数据局", "A2"], "merged"),
    }
    for word in ("A1", "A2", "数据局", "大数据局"):
        shown = world.show(word)
        assert (shown.node.id, shown.node.name, shown.node.properties["level"]) == ("A1", "数据局", "厅级")
    assert led(world, "A1") == {
        ("LOCATED_IN", "A1", "P"),
        ("PART_OF", "A1", "A3"),
        ("PART_OF", "A4", "A1"),
        ("PROVIDED_BY", "R1", "A1"),
        ("PROVIDED_BY", "R2", "A1"),
        ("PROVIDED_BY", "R3", "A1"),
        ("RESPONSIBLE_FOR", "A1", "P"),
    }
    mine = next(s for s in world.show("A1").statements if s.source == CORRECTION)
    assert (mine.value, mine.by, mine.reason, mine.run) == (["A2"], "王敏", WHO["reason"], "5")
    theirs = next(s for s in world.show("A1").statements if s.property == "level")
    assert (theirs.value, theirs.source, theirs.section) == ("厅级", "csv", "(A2)")
    run = world.run("5").items[0]
    assert run.merged
    assert (run.merged.id, run.about and run.about.id, run.moved) == ("A2", "A1", report.moved)
    # The weekly files go on as before, and change nothing.
    before = dump(world.graph)
    for reload in again(world, csv_file):
        assert (reload.created, reload.changed, reload.rejected) == (0, 0, 0), reload
    assert dump(world.graph) == before


def test_what_comes_later_goes_to_the_one_that_stays(world: Library, csv_file: Write) -> None:
    world.merge("A1", "A2", **WHO)
    world.load("Agency", [csv_file("a.csv", "id,name,level,parent\nA2,大数据局,副厅级,\nA5,新局,,A2\n")])
    assert world.show("A2").node.properties["level"] == "副厅级"
    assert ("PART_OF", "A5", "A1") in led(world, "A1")
    assert ("PART_OF", "A1", "A3") not in led(world, "A1")
    assert ("LOCATED_IN", "A1", "P") in led(world, "A1")
    world.load("Agency", [csv_file("b.csv", "id,name,level\nA1,数据局,处级\n")])
    assert world.show("A1").node.properties["level"] == "处级"
    world.load("Resource", [csv_file("r.csv", "id,name,provider\nR9,新,A2\n")], source="other")
    world.load("RESPONSIBLE_FOR", [csv_file("d.csv", "from,to,stage\n大数据局,P,开放\n")], source="other")
    assert ("PROVIDED_BY", "R9", "A1") in led(world, "A1")
    assert [n.id for n in world.list("Agency").items] == ["A1", "A3", "A4", "A5"]


def test_a_full_reload_sweeps_what_either_id_no_longer_says(world: Library, csv_file: Write) -> None:
    world.merge("A1", "A2", **WHO)
    for report in again(world, csv_file, full=True):
        assert (report.swept, report.sweep) == (0, None)
    without = "".join(line for line in AGENCIES.splitlines(True) if not line.startswith("A2"))
    report = world.load("Agency", [csv_file("a.csv", without.replace("A2", ""))], full=True)
    assert report.swept == 1
    assert "level" not in world.show("A1").node.properties
    assert ("PART_OF", "A1", "A3") not in led(world, "A1")
    assert ("LOCATED_IN", "A1", "P") in led(world, "A1")
    assert world.show("A2").node.id == "A1"


def test_undo_takes_them_apart_again(world: Library, csv_file: Write) -> None:
    before = dump(world.graph)
    world.merge("A1", "A2", **WHO)
    again(world, csv_file)
    with pytest.raises(ConflictError) as refused:
        world.undo("2")
    assert [c["id"] for c in refused.value.candidates] == ["5"]
    world.undo("5")
    assert dump(world.graph) == before
    assert world.show("A2").node.name == "大数据局"
    merged = world.merge("A1", "A2", **WHO)
    world.load("Agency", [csv_file("new.csv", "id,name\nA2,大数据局\n")], source="later")
    with pytest.raises(ConflictError) as refused:
        world.undo(str(merged.run))
    assert [c["id"] for c in refused.value.candidates] == [str(int(merged.run or 0) + 1)]
    assert [r.run for r in world.runs().items if r.undone_by] == ["5"]


def test_the_journal_knows_and_so_does_a_copy(
    world: Library, tmp_path: Path, csv_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.merge("A1", "A2", **WHO)
    before = dump(world.graph)
    with graphs.open(str(tmp_path / "copy.lbug")) as target:
        copy(world.graph, target)
        assert dump(target) == before
        report = Library(target).load("Agency", [csv_file("Agency.csv", AGENCIES)])
        assert (report.created, report.changed) == (0, 0)
    for run, id_ in (("4", "A2"), ("5", "A1")):
        with world.known_at(run) as then:
            assert then.show("A2").node.id == id_
    backed = tmp_path / "backup.tar"
    world.backup(backed)
    monkeypatch.delenv("GOVGRAPH_JOURNAL", raising=False)
    restore(str(tmp_path / "again.lbug"), backed)
    with graphs.open(str(tmp_path / "again.lbug")) as restored:
        assert dump(restored) == before


def test_one_after_another_and_corrections_come_along(world: Library, csv_file: Write) -> None:
    world.correct("A2", {"level": "正厅级", "parent": "A1|A4", "count_stated": 7}, **WHO)
    world.correct("A1", {"count_stated": 9}, **WHO)
    world.correct("R1", {"provider": "A2"}, **WHO)
    world.merge("A1", "A2", **WHO)
    assert {f: world.show("A1").node.properties[f] for f in ("level", "count_stated")} == {
        "level": "正厅级",
        "count_stated": 9,
    }
    parents = {e for e in led(world, "A1") if e[:2] == ("PART_OF", "A1")}
    assert parents == {("PART_OF", "A1", "A4")}
    said = [s for s in world.show("R1").statements if s.property == "provider" and s.source == CORRECTION]
    assert [s.value for s in said] == [["A1"]]
    world.merge("A3", "A1", **WHO)
    assert {world.show(word).node.id for word in ("A1", "A2", "A3", "数据局", "大数据局")} == {"A3"}
    assert led(world, "R1") == {("PROVIDED_BY", "R1", "A3")}
    before = dump(world.graph)
    for reload in again(world, csv_file):
        assert (reload.created, reload.changed, reload.rejected) == (0, 0, 0), reload
    assert dump(world.graph) == before


def test_a_placeholder_becomes_the_thing(world: Library, csv_file: Write) -> None:
    world.load("Resource", [csv_file("r.csv", "id,name,provider\nR7,水,水利局\n")], placeholders=True)
    assert world.show("水利局").node.placeholder
    world.merge("A1", "水利局", **WHO)
    assert (world.show("水利局").node.id, world.show("A1").node.placeholder) == ("A1", False)
    assert ("PROVIDED_BY", "R7", "A1") in led(world, "A1")
    world.load("Resource", [csv_file("r.csv", "id,name,provider\nR8,雨,气象局\n")], placeholders=True)
    world.merge("气象局", "A1", **WHO)
    assert (world.show("A1").node.id, world.show("A1").node.placeholder) == ("气象局", False)
    report = world.load("Agency", [csv_file("Agency.csv", AGENCIES)], full=True)
    assert (report.created, report.changed, report.swept) == (0, 0, 0)


def test_a_merged_id_goes_before_the_names_of_others(world: Library, csv_file: Write) -> None:
    world.load("Agency", [csv_file("a.csv", "id,name,aliases,jurisdiction\nT1,丙,A2,P\nT2,A2,,P\n")])
    world.merge("A1", "A2", **WHO)
    limited = Library(viewed(world.graph, view_of(world.graph, "P")))
    for library in (world, limited):
        assert library.show("A2").node.id == "A1"
    world.load("Resource", [csv_file("r.csv", "id,name,provider\nR9,新,A2\n")])
    assert led(world, "R9") == {("PROVIDED_BY", "R9", "A1")}
    assert world.merge("T2", "A2", **WHO).about.id == "T2"


def test_what_a_placeholder_was_merged_into_moves_on_within_a_load(kept: Library) -> None:
    load_rows(
        kept.graph, "t", [Row("Resource", {"id": "R1", "name": "一", "provider": "旧|更旧"}, "t", 2)], placeholders=True
    )
    kept.merge("旧", "更旧", **WHO)
    rows = [
        Row("Agency", {"id": "Z", "name": "旧"}, "t", 3),
        Row("Resource", {"id": "R2", "name": "二", "provider": "更旧"}, "t", 4),
        Row("Agency", {"id": "更旧", "name": "更旧局"}, "t", 5),
        Row("PART_OF", {"from": "更旧", "to": "Z"}, "t", 6),
    ]
    assert load_rows(kept.graph, "t", rows).rejected == 0
    assert [n.id for n in kept.list("Agency").items] == ["Z"]
    assert led(kept, "Z") == {("PROVIDED_BY", "R1", "Z"), ("PROVIDED_BY", "R2", "Z")}
    report = load_rows(kept.graph, "t", rows)
    assert (report.created, report.changed, report.rejected) == (0, 0, 0)


def test_a_row_without_an_id_is_known_by_what_it_was(kept: Library, csv_file: Write) -> None:
    kept.load("Jurisdiction", [csv_file("j.csv", PLACES)])
    text = (
        "name,jurisdiction,credit_code,level\n数据局,P,,厅级\n大数据局,P,11520000009390068R,处级\n大数据中心,P,,科级\n"
    )
    kept.load("Agency", [csv_file("a.csv", text)])
    kept.merge("数据局", "大数据局", **WHO)
    kept.merge("数据局", "大数据中心", **WHO)
    before = dump(kept.graph)
    report = kept.load("Agency", [csv_file("a.csv", text)], full=True)
    assert (report.unchanged, report.rejected, report.swept) == (3, 0, 0)
    assert dump(kept.graph) == before
    assert kept.load("Agency", [csv_file("a.csv", text.replace("科级", "股级"))]).changed == 1
    assert kept.show("大数据中心").node.properties["level"] == "厅级"


def test_edges_that_fall_together(world: Library, csv_file: Write) -> None:
    text = "from,to,stage,reach\nA1,P,安全,\nA2,P,安全,各地区\nA2,P,归集,\nA1,P,共享,\n"
    world.load("RESPONSIBLE_FOR", [csv_file("d.csv", text)])
    world.load("PART_OF", [csv_file("p.csv", "from,to\nA1,A2\n")])
    world.merge("A1", "A2", **WHO)
    assert world.load("PART_OF", [csv_file("p.csv", "from,to\nA1,A2\n")]).unchanged == 1
    assert not any(a == b for _, a, b in led(world, "A1"))
    report = world.load("RESPONSIBLE_FOR", [csv_file("d.csv", text)])
    assert (report.unchanged, report.rejected) == (3, 1)
    assert (report.rejects[0].row, report.rejects[0].code) == (3, "contradictory_duplicate")


@pytest.mark.parametrize(
    ("keep", "other", "more", "error", "message"),
    [
        ("没有", "A1", {}, NotFoundError, "no thing is called"),
        ("A1", "没有", {}, NotFoundError, "called '没有'"),
        ("A1", "双", {}, AmbiguousError, "names 2"),
        ("A1", "A1", {}, UsageError, "one already"),
        ("A1", "数据局", {}, UsageError, "one already"),
        ("A1", "R1", {}, NotFoundError, "R1"),
        ("R1", "R2", {}, UsageError, "agencies, catalogues, themes can"),
        ("A1", "A2", {"by": " "}, UsageError, "--by"),
        ("A1", "A2", {"reason": ""}, UsageError, "--reason"),
    ],
)
def test_what_cannot_be_merged_says_why(
    world: Library,
    csv_file: Write,
    keep: str,
    other: str,
    more: dict[str, Any],
    error: type[GovgraphError],
    message: str,
) -> None:
    world.load("Agency", [csv_file("t.csv", "id,name\nT1,双\nT2,双\n")])
    before = dump(world.graph)
    with pytest.raises(error, match=message):
        world.merge(keep, other, **(WHO | more))
    assert dump(world.graph) == before
    with pytest.raises(UsageError, match="limited to"):
        Library(viewed(world.graph, view_of(world.graph, "P"))).merge("A1", "A2", **WHO)


def test_a_limited_key_writes_what_a_merged_id_is_now(world: Library, csv_file: Write) -> None:
    world.merge("A1", "A2", **WHO)
    limited = Library(viewed(world.graph, view_of(world.graph, "P")))
    report = limited.load("Resource", [csv_file("r.csv", "id,name,provider\nR9,新,A2\n")], source="key")
    assert (report.accepted, report.rejected) == (1, 0)
    assert led(world, "R9") == {("PROVIDED_BY", "R9", "A1")}
    report = limited.load("Agency", [csv_file("a.csv", "id,name,jurisdiction\nA2,大数据局,P\n")], source="key")
    assert (report.changed, report.created) == (1, 0)
    assert [n.id for n in world.list("Agency").items] == ["A1", "A3", "A4"]


@pytest.mark.parametrize("engine", ["ladybug"])
def test_on_the_command_line(world: Library, cli: Cli) -> None:
    world.close()
    cli = partial(cli, "--graph", "graph.lbug")
    found = cli("merge", "A1", "A2", "--by", "王敏", "--reason", "改革", "--json")
    report = json.loads(found.stdout)
    assert (found.exit_code, report["about"]["id"], report["merged"]["id"], report["fields"][0]["status"]) == (
        0,
        "A1",
        "A2",
        "merged",
    )
    assert cli("merge", "A1", "A2", "--by", "王", "--reason", "x", "--json").exit_code == 2
    assert "A1 = A2 (王敏)" in cli("--lang", "en", "runs").stdout
    assert cli("runs", "undo", report["run"]).exit_code == 0
    zh = cli("--lang", "zh", "merge", "A1", "A2", "--by", "王敏", "--reason", "改革")
    assert "大数据局 A2 已并入其中" in zh.stdout


@pytest.fixture
def api(world: Library, tmp_path: Path) -> Iterator[Served]:
    """The world, served."""
    with served(world.graph, tmp_path) as found:
        yield found


def test_over_http(api: Served, world: Library) -> None:
    body = {"other": "大数据局", **WHO}
    sent = api.client.post("/v1/merge/数据局?kind=机构", json=body)
    assert sent.status_code == 202, sent.text
    done = ended(api, sent.json()["id"])
    assert (done["status"], done["what"]) == ("done", "merge")
    assert (done["merges"]["keep"], done["merges"]["other"], done["report"]["merged"]["id"]) == ("A1", "A2", "A2")
    assert world.show("A2").node.id == "A1"
    for path, wrong, status in (
        ("A1", body, 422),
        ("A1", {"other": "R1", **WHO}, 404),
        ("R1", {"other": "R2", **WHO}, 422),
        ("A1", {"other": "A3", "by": "王"}, 422),
        ("没有", body, 404),
    ):
        assert api.client.post(f"/v1/merge/{path}", json=wrong).status_code == status, wrong
    body = {"other": "A3", **WHO}
    assert api.key("reader").post("/v1/merge/A1", json=body).status_code == 403
    assert api.key("limited", "write", jurisdiction="P").post("/v1/merge/A1", json=body).status_code == 403


def test_only_kinds_that_nothing_else_names() -> None:
    assert KINDS == ("Agency", "Catalogue", "Theme")
    named = {c.ref for model in (*NODES.values(), *EDGES.values()) for c in model.columns()}
    assert not named & set(KINDS)
    row = {"name": "x", "code": "c", "treatment": "t", "gap": "g"}
    for kind, model in NODES.items():
        # Ids are made of the names of places, of what items are in, and of numbers.
        for field, link in links(model).items():
            target = {b if not link.reverse else a for a, b in EDGES[link.type].pairs} & set(KINDS)
            if target:
                assert model.natural_id(row) == model.natural_id({**row, field: ("Z",)}), (kind, field)


# --- the same, whichever comes first ---------------------------------------------------------------------------

IDS = ("A", "B", "C")
_agency = st.fixed_dictionaries(
    {
        "level": st.sampled_from(("", "x", "y")),
        "parent": st.sampled_from(("", "A", "B", "C", "A|B", "名B")),
        "jurisdiction": st.sampled_from(("", "P", "N")),
    }
)
_load = st.one_of(
    st.tuples(
        st.just("Agency"),
        st.sampled_from(("s", "t")),
        st.dictionaries(st.sampled_from(IDS), _agency, min_size=1),
        st.booleans(),
    ),
    st.tuples(
        st.just("Resource"),
        st.sampled_from(("s", "t")),
        st.dictionaries(st.sampled_from(("R", "Q")), st.sampled_from(("", "A", "B", "A|B", "B|C", "名B")), min_size=1),
        st.booleans(),
    ),
    st.tuples(
        st.just("RESPONSIBLE_FOR"),
        st.sampled_from(("s", "t")),
        st.sets(st.tuples(st.sampled_from(IDS), st.sampled_from(("P", "R"))), min_size=1),
        st.booleans(),
    ),
)
_correction = st.tuples(
    st.just("correct"),
    st.sampled_from(("A", "B", "R")),
    st.sampled_from(("level", "parent", "provider")),
    st.sampled_from(("", "A", "B", "C", "A|B")),
)
Operation = tuple[Any, ...]


def carry_out(library: Library, folder: Path, operation: Operation) -> LoadReport | None:
    """One load, or one correction if it can be."""
    kind, source, rows, full = operation
    if kind == "correct":
        try:
            return library.correct(source, {rows: full}, **WHO)
        except UsageError:
            return None
    file = folder / f"{kind}.csv"
    if kind == "Agency":
        lines = ["id,name,level,parent,jurisdiction"]
        lines += [f"{i},名{i},{v['level']},{v['parent']},{v['jurisdiction']}" for i, v in sorted(rows.items())]
    elif kind == "Resource":
        lines = ["id,name,provider", *(f"{i},资{i},{v}" for i, v in sorted(rows.items()))]
    else:
        lines = ["from,to,stage", *(f"{a},{b},归集" for a, b in sorted(rows))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = {"full": True, "sweep_limit": 1} if full else {}
    report = library.load(kind, [file], source=source, rejects=folder / "rejects.csv", **options)
    assert report.rejected == 0, report.rejects
    return report


def begun(library: Library, folder: Path) -> None:
    """What all sequences start from."""
    for kind, text in {
        "Jurisdiction": PLACES,
        "Agency": "id,name\nA,名A\nB,名B\nC,名C\n",
        "Resource": "id,name\nR,资R\nQ,资Q\n",
    }.items():
        file = folder / "begin.csv"
        file.write_text(text, encoding="utf-8")
        assert library.load(kind, [file], source="base").rejected == 0


def bare(graph: Any) -> dict[Any, Any]:
    """The dump of a graph without which run wrote what, and in which words rows named what was merged."""

    def without(state: dict[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in state.items() if n not in ("run", "hash", "origin", "at")}

    found: dict[Any, Any] = {}
    for key, value in dump(graph).items():
        if key[0] in NODES:
            node, said = value
            # Which of several sources decides goes by the later run; to name the other id is no later word.
            names = {n: sorted(v) if n == "aliases" else v for n, v in node.items() if n in ("name", "aliases")}
            found[key] = names, sorted((without(s) for s in said), key=lambda s: json.dumps(s, sort_keys=True))
        elif key[0] != "held":
            found[key] = without(value)
        else:
            found[key] = sorted((*edge[:-1], json.dumps(without(edge[-1]), sort_keys=True)) for edge in value)
    return found


def check_merge(library: Library, folder: Path, sequence: list[Operation]) -> None:
    """Merging B into A: nothing names B; the last words of all sources again change nothing; undone, all is as it was."""
    begun(library, folder)
    last: dict[tuple[str, str], Operation] = {}
    for operation in sequence:
        if carry_out(library, folder, operation) and operation[0] != "correct":
            last[operation[0], operation[1]] = operation
    before = dump(library.graph)
    merged = library.merge("A", "B", **WHO)
    after = dump(library.graph)
    assert ("Agency", "B") not in after
    assert not [k for k in after if k[0] in EDGES and "B" in (k[3], k[4])]
    assert not [k for k in after if k[0] in EDGES and k[3] == k[4] == "A"]
    for field, edges in held.every(library.graph.read).items():
        assert field.node != "B"
        assert not [e for e in edges if "B" in (e.a, e.b)]
    for (kind, _), operation in last.items():
        reload = carry_out(library, folder, (*operation[:3], False))
        assert reload
        assert (reload.created, reload.changed, reload.rejected) == (0, 0, 0), (kind, reload)
    assert dump(library.graph) == after
    library.undo(str(merged.run))
    assert dump(library.graph) == before


@settings(max_examples=6, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(st.one_of(_load, _load, _correction), max_size=7))
def test_merged_reloaded_and_undone(sequence: list[Operation]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with graphs.open(f"{folder}/g.lbug") as graph:
            check_merge(Library(graph), Path(folder), sequence)
            wanted = dump(graph)
        rebuild(f"{folder}/again.lbug", Path(f"{folder}/g.lbug.journal"))
        with graphs.open(f"{folder}/again.lbug") as again_:
            assert dump(again_) == wanted


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(st.one_of(_load, _load, _correction), max_size=9))
def test_many_merged_reloaded_and_undone(sequence: list[Operation]) -> None:
    with tempfile.TemporaryDirectory() as folder, graphs.open(f"{folder}/g.lbug") as graph:
        check_merge(Library(graph), Path(folder), sequence)


def check_order(first: list[Operation], then: list[Operation]) -> None:
    """Merging before or after what is loaded comes to the same."""
    with (
        tempfile.TemporaryDirectory() as folder,
        graphs.open(f"{folder}/a.lbug") as a,
        graphs.open(f"{folder}/b.lbug") as b,
    ):
        one, other = Library(a), Library(b)
        for library in (one, other):
            begun(library, Path(folder))
            for operation in first:
                carry_out(library, Path(folder), operation)
        one.merge("A", "B", **WHO)
        for library in (one, other):
            for operation in then:
                carry_out(library, Path(folder), operation)
        other.merge("A", "B", **WHO)
        assert bare(a) == bare(b), (first, then)


@settings(max_examples=6, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.lists(st.one_of(_load, _correction), max_size=3), then=st.lists(_load, max_size=4))
def test_merging_first_or_last_comes_to_the_same(first: list[Operation], then: list[Operation]) -> None:
    check_order(first, then)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.lists(st.one_of(_load, _correction), max_size=4), then=st.lists(_load, max_size=5))
def test_many_merges_first_or_last_come_to_the_same(first: list[Operation], then: list[Operation]) -> None:
    check_order(first, then)


@settings(max_examples=4, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(st.one_of(_load, _load, _correction), max_size=7))
def test_merged_reloaded_and_undone_on_the_server(neo4j_server: Any, sequence: list[Operation]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        graphs.open(neo4j_server.empty()) as graph,
    ):
        patch.setenv("GOVGRAPH_JOURNAL", f"{folder}/journal")
        check_merge(Library(graph), Path(folder), sequence)


@pytest.mark.parametrize("engine", ["neo4j"])
def test_a_load_stops_where_ids_were_merged_meanwhile(world: Library) -> None:
    def rows() -> Iterator[Row]:
        yield Row("Resource", {"id": "R5", "name": "新", "provider": "A2"}, "t.csv", 2)
        yield Row("Agency", {"id": "A6", "name": "局", "parent": "A2"}, "t.csv", 3)
        with graphs.open(world.graph.url) as other:
            Library(other).merge("A1", "A2", **WHO)
        yield Row("Resource", {"id": "R6", "name": "新", "provider": "A2"}, "t.csv", 4)

    with pytest.raises(GraphError, match=r"ids were merged.* run the same load again"):
        load_rows(world.graph, "t", rows())
    assert [n.id for n in world.list("Agency").items] == ["A1", "A3", "A4"]
    assert [n.id for n in world.list("Resource").items] == ["R1", "R2", "R3", "R5"]
