"""Full reloads: what a source no longer lists goes, and nothing else. Placeholders for what is named and not listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from govgraph.errors import NotFoundError, UsageError
from govgraph.library import Library
from govgraph.views import limited
from tests.dumps import dump

Write = Callable[[str, str], Path]
HEAD = "id,name,provider\n"
ROWS = [f"S{n},表{n},{'数据局' if n % 2 else ''}\n" for n in range(6)]


@pytest.fixture
def world(library: Library, csv_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A place, an agency, six resources of one source, one of which another source lists too, two edges."""
    monkeypatch.chdir(tmp_path)
    for kind, text, source in (
        ("Jurisdiction", "id,name,level\nP,甲省,省级\n", "csv"),
        ("Agency", "id,name,jurisdiction\nA1,数据局,P\n", "csv"),
        ("Resource", HEAD + "".join(ROWS), "a"),
        ("Resource", HEAD + "S5,五,\nT1,他,\n", "b"),
        ("PROCESSING", "from,to\nS0,S1\nS1,S2\n", "a"),
        ("SHARING", "from,to\nS4,A1\n", "b"),
    ):
        report = library.load(kind, [csv_file(f"{kind}.csv", text)], source=source)
        assert report.rejected == 0, report.rejects
    return library


def ids(library: Library) -> set[str]:
    """Ids of the resources."""
    return {node.id for node in library.list("Resource").items}


def test_a_full_reload_sweeps_what_is_not_listed(world: Library, csv_file: Write) -> None:
    before = dump(world.graph)
    file = csv_file("r.csv", HEAD + "".join(ROWS[:3]) + "S6,新,\n")
    dry = world.load("Resource", [file], source="a", full=True, dry_run=True)
    assert dump(world.graph) == before
    report = world.load("Resource", [file], source="a", full=True)
    told = (report.status, report.created, report.unchanged, report.swept, report.placeholders, report.sweep)
    assert told == ("done", 1, 3, 3, 1, None)
    assert told == (dry.status, dry.created, dry.unchanged, dry.swept, dry.placeholders, dry.sweep)
    # S3 nobody lists or names; S4 is named by an edge of b; S5 is listed by b.
    assert ids(world) == {"S0", "S1", "S2", "S4", "S5", "S6", "T1"}
    assert world.show("S4").node.placeholder
    assert not world.show("S5").node.placeholder
    assert world.show("S5").node.name == "五"
    assert [e.type for e in world.show("S5").edges] == []
    assert {e.type for e in world.show("S1").edges} == {"PROVIDED_BY", "PROCESSING"}
    again = world.load("Resource", [file], source="a", full=True)
    assert (again.unchanged, again.swept, again.placeholders) == (4, 0, 0)


def test_a_full_reload_of_edges_sweeps_edges(world: Library, csv_file: Write) -> None:
    report = world.load("PROCESSING", [csv_file("e.csv", "from,to\nS1,S2\n")], source="a", full=True)
    assert (report.unchanged, report.swept) == (1, 1)
    assert [(e.from_, e.to) for e in world.show("S1").edges if e.type == "PROCESSING"] == [("S1", "S2")]
    assert len(ids(world)) == 7


def test_a_placeholder_goes_with_the_last_edge_that_names_it(world: Library, csv_file: Write) -> None:
    swept = world.load("Resource", [csv_file("r.csv", HEAD + "".join(ROWS[1:]))], source="a", full=True)
    assert (swept.swept, swept.placeholders) == (1, 1)
    assert world.show("S0").node.placeholder
    report = world.load("PROCESSING", [csv_file("e.csv", "from,to\nS1,S2\n")], source="a", full=True)
    assert report.swept == 2
    with pytest.raises(NotFoundError):
        world.show("S0")


def test_nothing_is_swept_when_a_row_was_rejected(world: Library, csv_file: Write) -> None:
    file = csv_file("r.csv", HEAD + "".join(ROWS[:4]) + "S5,五,没有的局\n")
    report = world.load("Resource", [file], source="a", full=True)
    assert (report.status, report.swept) == ("partial", 0)
    assert report.sweep
    assert "rejected" in report.sweep
    assert len(ids(world)) == 7


def test_nothing_is_swept_above_the_limit(world: Library, csv_file: Write) -> None:
    file = csv_file("r.csv", HEAD + "".join(ROWS[:2]))
    report = world.load("Resource", [file], source="a", full=True)
    assert (report.status, report.swept) == ("done", 0)
    assert report.sweep
    assert "4 of the 6 Resource" in report.sweep
    assert "--sweep-limit 0.67" in report.sweep
    assert len(ids(world)) == 7
    report = world.load("Resource", [file], source="a", full=True, sweep_limit=0.67)
    assert (report.swept, report.sweep) == (4, None)
    strict = world.load("Resource", [csv_file("r.csv", HEAD + ROWS[0])], source="a", full=True, sweep_limit=0.1)
    assert strict.sweep
    empty = world.load("Resource", [csv_file("r.csv", HEAD)], source="a", full=True, sweep_limit=1)
    assert (empty.read, empty.swept) == (0, 2)


@pytest.mark.parametrize("options", [{"full": True}, {"placeholders": True}])
def test_a_limited_graph_is_not_swept_and_gets_no_placeholders(
    world: Library, csv_file: Write, options: dict[str, bool]
) -> None:
    with pytest.raises(UsageError, match="limited to P"):
        Library(limited(world.graph, "P")).load("Resource", [csv_file("r.csv", HEAD + ROWS[0])], **options)


def test_a_share_is_between_0_and_1(world: Library, csv_file: Write) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        world.load("Resource", [csv_file("r.csv", HEAD + ROWS[0])], full=True, sweep_limit=20)


# --- placeholders -------------------------------------------------------------------------------------------------


def test_without_the_option_the_row_is_refused(world: Library, csv_file: Write) -> None:
    report = world.load("Resource", [csv_file("r.csv", HEAD + "X,某,民政局\n")])
    assert (report.rejected, report.placeholders) == (1, 0)
    assert (report.rejects[0].row, report.rejects[0].column, report.rejects[0].value) == (2, "provider", "民政局")


def test_placeholders_become_the_real_thing(world: Library, csv_file: Write) -> None:
    text = HEAD + "X,某,民政局\nY,另,民政局\nZ,再,教育局\n"
    report = world.load("Resource", [csv_file("r.csv", text)], placeholders=True)
    assert (report.status, report.created, report.placeholders) == ("done", 3, 2)
    shown = world.show("民政局")
    assert (shown.node.id, shown.node.kind, shown.node.placeholder) == ("民政局", "Agency", True)
    again = world.load("Resource", [csv_file("r.csv", text)], placeholders=True)
    assert (again.unchanged, again.placeholders) == (3, 0)
    # By its id, from another source.
    real = world.load("Agency", [csv_file("a.csv", "id,name\n教育局,甲省教育局\n")], source="b")
    assert (real.created, real.changed) == (1, 0)
    shown = world.show("教育局")
    assert (shown.node.name, shown.node.placeholder, len(shown.edges)) == ("甲省教育局", False, 1)
    # By its name: its edges go over.
    world.load("Agency", [csv_file("a.csv", "id,name,aliases\nA7,甲省民政局,民政局\n")], source="b")
    shown = world.show("A7")
    assert {(e.from_, e.to) for e in shown.edges} == {("X", "A7"), ("Y", "A7")}
    assert [n.id for n in world.list("Agency").items] == ["A1", "A7", "教育局"]
    assert world.load("Resource", [csv_file("w.csv", HEAD + "W,又,民政局\n")]).created == 1
    assert ("W", "A7") in {(e.from_, e.to) for e in world.show("A7").edges}


def test_what_two_things_are_called_stays_a_placeholder(world: Library, csv_file: Write) -> None:
    world.load("Resource", [csv_file("r.csv", HEAD + "X,某,民政局\n")], placeholders=True)
    world.load("Agency", [csv_file("a.csv", "id,name\nA7,民政局\nA8,民政局\n")])
    assert world.show("民政局").node.placeholder


def test_a_placeholder_needs_one_kind(world: Library, csv_file: Write) -> None:
    text = "from,to,from_kind,to_kind\nS1,谁,,\nS1,谁,,Dataset\nS1,它,,Agency\n某,S1,Item,\n"
    report = world.load("OPENING", [csv_file("e.csv", text)], placeholders=True)
    assert (report.created, report.rejected, report.placeholders) == (3, 1, 3)
    assert (report.rejects[0].row, report.rejects[0].code) == (2, "unknown_reference")
    assert "to_kind" in report.rejects[0].message
    kinds = {i: world.show(i).node.kind for i in ("谁", "它", "某")}
    assert kinds == {"谁": "Dataset", "它": "Agency", "某": "Item"}


def test_an_edge_may_leave_one_kind(world: Library, csv_file: Write) -> None:
    report = world.load("HAS_ITEM", [csv_file("e.csv", "from,to\nS1,姓名\n")], placeholders=True)
    assert (report.created, report.placeholders) == (1, 1)
    assert world.show("姓名").node.kind == "Item"


def test_a_refused_row_leaves_no_placeholder(world: Library, csv_file: Write) -> None:
    before = dump(world.graph)
    text = "id,name,provider,share_type\nX,某,民政局,也许\n"
    assert world.load("Resource", [csv_file("r.csv", text)], placeholders=True).rejected == 1
    assert dump(world.graph) == before
