"""A person's word stands over the sources', whatever is loaded, until it is taken back."""

from __future__ import annotations

import itertools
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
from govgraph.changes import PLACEHOLDER
from govgraph.errors import AmbiguousError, ConflictError, GovgraphError, NotFoundError, UsageError
from govgraph.library import Library
from govgraph.model import CORRECTION
from govgraph.rebuild import rebuild
from govgraph.statements import of_node
from govgraph.transfer import Part, copy
from govgraph.views import view_of, viewed
from tests.conftest import Cli
from tests.dumps import dump
from tests.serving import Served, served
from tests.test_api_loads import ended
from tests.test_undo import PHASES

Write = Callable[[str, str], Path]
WHO = {"by": "王敏", "reason": "三定方案"}
PLACES = "id,name,level,parent\nN,国,national,\nP,甲省,省级,N\n"
AGENCIES = "id,name,jurisdiction,level\nA1,数据局,P,厅级\nA2,税务局,P,\nA3,统计局,P,厅级\n"


@pytest.fixture
def world(kept: Library, csv_file: Write) -> Library:
    """Places and agencies: runs 1 and 2."""
    for kind, text in {"Jurisdiction": PLACES, "Agency": AGENCIES}.items():
        assert kept.load(kind, [csv_file(f"{kind}.csv", text)]).rejected == 0
    return kept


def told(library: Library, id_: str, field: str) -> list[tuple[Any, str, bool]]:
    """What is said of a field: value, source, whether it decides."""
    return [(s.value, s.source, s.decides) for s in library.show(id_).statements if s.property == field]


def test_a_correction_stands_over_every_load_and_is_told(world: Library, csv_file: Write) -> None:
    report = world.correct("数据局", {"level": "副厅级"}, **WHO)
    assert [(f.field, f.status, f.before, f.value) for f in report.fields] == [("level", "corrected", "厅级", "副厅级")]
    assert (report.run, report.source, report.changed, report.about.id) == ("3", CORRECTION, 1, "A1")
    for source, text in (("csv", AGENCIES), ("b", "id,name,level\nA1,大数据局,处级\n"), ("b", "id,name\nA1,数据局\n")):
        world.load("Agency", [csv_file("again.csv", text)], source=source)
        assert world.show("A1").node.properties["level"] == "副厅级"
    world.load("Agency", [csv_file("again.csv", "id,name,level\nA1,大数据局,处级\n")], source="b")
    assert told(world, "A1", "level") == [("厅级", "csv", False), ("副厅级", CORRECTION, True), ("处级", "b", False)]
    mine = next(s for s in world.show("A1").statements if s.source == CORRECTION)
    assert (mine.by, mine.reason, mine.run, mine.section) == ("王敏", "三定方案", "3", None)
    assert mine.at
    run = world.run("3").items[0]
    assert (run.by, run.reason, run.about and run.about.id, run.fields[0].value) == ("王敏", "三定方案", "A1", "副厅级")
    withdrawn = world.correct("A1", withdraw=["层级"], by="李", reason="来源已改正")
    assert (withdrawn.fields[0].status, withdrawn.fields[0].value) == ("withdrawn", "处级")


def test_no_value_is_a_value_and_a_name_stays_findable(world: Library) -> None:
    report = world.correct("A1", {"level": "", "名称": "省数据局", "aliases": "大数据局|数据办"}, **WHO)
    assert {f.field: f.value for f in report.fields}["level"] is None
    node = world.show("数据局").node
    assert (node.id, node.name, "level" in node.properties) == ("A1", "省数据局", False)
    assert world.show("数据办").node.id == "A1"
    code = "11520000009390068R"
    assert world.correct("A1", {"credit_code": code}, **WHO).fields[0].value == code
    assert world.show(code).node.id == "A1"


@pytest.mark.parametrize(
    ("thing", "fields", "more", "error", "message"),
    [
        ("没有", {"level": "x"}, {}, NotFoundError, "no thing is called"),
        ("双", {"position": "1"}, {}, AmbiguousError, "names 2 things"),
        ("A1", {"levl": "x"}, {}, UsageError, "near: level"),
        ("A1", {"id": "x"}, {}, UsageError, "known by"),
        ("A1", {"name": ""}, {}, UsageError, "needs a name"),
        ("A1", {"aliases": None}, {}, UsageError, "not taken away"),
        ("A1", {"credit_code": "123"}, {}, UsageError, "GB 32100"),
        ("A1", {"count_stated": "many"}, {}, UsageError, "count_stated=many"),
        ("A1", {"level": "厅级"}, {}, UsageError, "already so: level, as csv says"),
        ("A2", {"level": ""}, {}, UsageError, "already so: level, as no source says"),
        ("A1", {"level": "a", "层级": "b"}, {}, UsageError, "given twice"),
        ("A1", {}, {}, UsageError, "nothing to correct"),
        ("A1", {"level": "x"}, {"withdraw": ["level"]}, UsageError, "at once"),
        ("A1", {}, {"withdraw": ["level"]}, UsageError, "nothing to withdraw"),
        ("A1", {"level": "x"}, {"by": " "}, UsageError, "--by"),
        ("A1", {"level": "x"}, {"reason": "x" * 3_000}, UsageError, "--reason"),
    ],
)
def test_what_cannot_be_corrected_says_why(
    world: Library,
    csv_file: Write,
    thing: str,
    fields: dict[str, object],
    more: dict[str, Any],
    error: type[GovgraphError],
    message: str,
) -> None:
    world.load("Theme", [csv_file("t.csv", "id,name\nT1,双\nT2,双\n")])
    before, runs = dump(world.graph), len(world.runs().items)
    with pytest.raises(error, match=message):
        world.correct(thing, fields, **WHO | more)
    assert (dump(world.graph), len(world.runs().items)) == (before, runs)


def test_what_some_sources_say_settles_the_others(world: Library, csv_file: Write) -> None:
    world.load("Agency", [csv_file("b.csv", "id,name,level\nA1,数据局,处级\n")], source="b")
    report = world.correct("A1", {"level": "处级", "count_stated": "3"}, **WHO)
    assert [f.status for f in report.fields] == ["corrected", "corrected"]
    again = world.correct("A1", {"level": "处级", "count_stated": "4"}, by="李", reason="数过")
    assert [f.status for f in again.fields] == ["unchanged", "corrected"]
    assert (again.changed, again.unchanged) == (1, 1)
    with pytest.raises(UsageError, match="already so: level, as the correction of run 4 by 王敏 says"):
        world.correct("A1", {"level": "处级"}, by="李", reason="x")


def test_a_conflict_is_settled(world: Library, csv_file: Write) -> None:
    for source, day in (("a", "2020-01-01"), ("b", "2021-01-01")):
        text = f"id,name,jurisdiction,issued\nR,办法,P,{day}\n"
        world.load("Regulation", [csv_file("r.csv", text)], source=source)
    assert [g.id for g in world.gaps(kinds=["conflict"]).items] == ["conflict:Regulation:R"]
    world.correct("R", {"issued": "2020-01-01"}, **WHO)
    assert world.gaps(kinds=["conflict"]).total == 0
    world.correct("R", withdraw=["issued"], **WHO)
    assert world.gaps(kinds=["conflict"]).total == 1


def test_a_correction_is_undone_as_if_it_had_not_been(world: Library, csv_file: Write) -> None:
    before = dump(world.graph)
    run = world.correct("A1", {"level": "处级", "name": "局"}, **WHO).run or ""
    after = dump(world.graph)
    world.load("Agency", [csv_file("c.csv", "id,name,level\nA1,数据局,科级\n")], source="c")
    # Another source's word is no hindrance.
    undone = world.undo(run).run or ""
    assert world.show("A1").node.properties["level"] == "科级"
    world.undo(undone)
    world.undo("4")
    assert dump(world.graph) == after
    later = world.correct("A1", {"level": "股级"}, **WHO).run or ""
    with pytest.raises(ConflictError, match=f"later runs: .*{later};"):
        world.undo(run)
    world.undo(later)
    world.undo(run)
    assert dump(world.graph) == before


def test_a_corrected_thing_that_nobody_lists_stays_as_a_placeholder(world: Library, csv_file: Write) -> None:
    world.correct("A2", {"level": "处级"}, **WHO)
    with pytest.raises(ConflictError, match="later runs: 3;"):
        world.undo("2")
    shorter = csv_file("s.csv", AGENCIES.replace("A2,税务局,P,\n", ""))
    report = world.load("Agency", [shorter], full=True)
    assert (report.swept, report.placeholders) == (1, 1)
    node = world.show("A2").node
    assert (node.placeholder, node.properties) == (True, {"level": "处级"})
    world.load("Agency", [csv_file("a.csv", AGENCIES)])
    node = world.show("A2").node
    assert (node.placeholder, node.properties["level"]) == (False, "处级")
    world.load("Agency", [shorter], full=True)
    world.correct("A2", withdraw=["level"], **WHO)
    shortest = AGENCIES.replace("A2,税务局,P,\n", "").replace("A3,统计局,P,厅级\n", "")
    world.load("Agency", [csv_file("s.csv", shortest)], full=True, sweep_limit=1)
    with pytest.raises(NotFoundError):
        world.show("A2")


def test_a_placeholders_correction_goes_over_to_the_thing(world: Library, csv_file: Write) -> None:
    world.load("Resource", [csv_file("r.csv", "id,name,provider\nR,户籍,公安厅\n")], placeholders=True)
    world.correct("公安厅", {"level": "厅级"}, **WHO)
    before = dump(world.graph)
    run = world.load("Agency", [csv_file("g.csv", "id,name\nA9,公安厅\n")]).run or ""
    node = world.show("公安厅").node
    assert (node.id, node.properties, node.placeholder) == ("A9", {"level": "厅级"}, False)
    world.undo(run)
    assert dump(world.graph) == before


def test_rebuilt_copied_and_known_at(world: Library, csv_file: Write, tmp_path: Path) -> None:
    world.correct("A1", {"level": "处级"}, **WHO)
    world.correct("A1", {"level": ""}, by="李", reason="不详")
    world.load("Agency", [csv_file("a.csv", AGENCIES.replace("厅级", "局级"))])
    wanted = dump(world.graph)
    folder = Path("graph.lbug.journal")
    with world.known_at("3") as then:
        assert then.show("A1").node.properties["level"] == "处级"
    with graphs.open("copied.lbug") as copied:
        copy(world.graph, copied)
        assert dump(copied) == wanted
    rebuild("again.lbug", folder)
    with graphs.open("again.lbug") as again:
        assert dump(again) == wanted
        runs = {r.run: (r.by, r.reason) for r in Library(again).runs().items}
        assert (runs["3"], runs["4"]) == (("王敏", "三定方案"), ("李", "不详"))
    world.backup("saved.tar")


def test_no_load_bears_the_name_of_corrections(world: Library, csv_file: Write) -> None:
    with pytest.raises(UsageError, match="built-in source"):
        world.load("Agency", [csv_file("a.csv", AGENCIES)], source=CORRECTION)
    with pytest.raises(UsageError, match="limited to P"):
        Library(viewed(world.graph, view_of(world.graph, "P"))).correct("A1", {"level": "x"}, **WHO)


@pytest.mark.parametrize("engine", ["ladybug"])
def test_on_the_command_line(world: Library, cli: Cli) -> None:
    world.close()
    cli = partial(cli, "--graph", "graph.lbug")
    found = cli("correct", "A1", "level=处级", "--by", "王敏", "--reason", "三定方案", "--json")
    assert found.exit_code == 0, found.output
    assert '"status": "corrected"' in found.stdout
    assert "王敏 更正于" in cli("--lang", "zh", "show", "A1").stdout
    assert "corrected by 王敏" in cli("--lang", "en", "show", "A1").stdout
    assert "A1 level=处级 (王敏)" in cli("runs").stdout
    zh = cli("--lang", "zh", "correct", "A1", "--withdraw", "level", "--by", "王敏", "--reason", "误")
    assert "已撤回更正" in zh.stdout
    for wrong in (["level"], ["level=1", "level=2"], ["level="]):
        refused = cli("correct", "A2", *wrong, "--by", "王", "--reason", "x", "--json")
        assert (refused.exit_code, '"bad_value"' in refused.stderr) == (2, True)


@pytest.fixture
def api(world: Library, tmp_path: Path) -> Iterator[Served]:
    """The world, served."""
    with served(world.graph, tmp_path) as found:
        yield found


def test_over_http(api: Served, world: Library) -> None:
    body = {"fields": {"level": "处级", "count_stated": 3}, **WHO}
    sent = api.client.post("/v1/correct/数据局?kind=机构", json=body)
    assert sent.status_code == 202, sent.text
    done = ended(api, sent.json()["id"])
    assert (done["status"], done["what"], done["settles"]["id"]) == ("done", "correct", "A1")
    assert [f["value"] for f in done["report"]["fields"]] == ["处级", 3]
    assert world.show("A1").node.properties["level"] == "处级"
    for path, wrong, status in (
        ("A1", body, 422),
        ("A1", {"fields": {"levl": "x"}, **WHO}, 422),
        ("A1", {"fields": {"level": "x"}, "by": "王"}, 422),
        ("没有", body, 404),
    ):
        assert api.client.post(f"/v1/correct/{path}", json=wrong).status_code == status, wrong
    reader = api.key("reader")
    assert reader.post("/v1/correct/A1", json={"fields": {"level": "x"}, **WHO}).status_code == 403
    limited = api.key("limited", "write", jurisdiction="P")
    assert limited.post("/v1/correct/A1", json={"fields": {"level": "x"}, **WHO}).status_code == 403


# --- links --------------------------------------------------------------------------------------------------------

RESOURCES = "id,name,provider\nR1,户籍,A1\nR2,税源,A2\n"


@pytest.fixture
def linked(world: Library, csv_file: Write) -> Library:
    """Resources of the agencies: run 3."""
    assert world.load("Resource", [csv_file("r.csv", RESOURCES)]).rejected == 0
    return world


def providers(library: Library, id_: str) -> list[str]:
    """Who provides a thing, by its edges."""
    return sorted(e.to for e in library.show(id_).edges if e.type == "PROVIDED_BY")


def test_a_corrected_link_stands_in_the_place_of_the_sources(linked: Library, csv_file: Write) -> None:
    report = linked.correct("R1", {"提供方": "税务局|A3"}, **WHO)
    assert [(f.field, f.before, f.value) for f in report.fields] == [("provider", ["A1"], ["A2", "A3"])]
    assert providers(linked, "R1") == ["A2", "A3"]
    assert linked.list("Resource", filters={"provider": "A1"}).total == 0
    again = linked.load("Resource", [csv_file("r.csv", RESOURCES)])
    assert (again.changed, again.unchanged) == (0, 2)
    linked.load("Resource", [csv_file("r.csv", RESOURCES.replace("A1", "A3"))])
    linked.load("Resource", [csv_file("b.csv", "id,name,provider\nR1,户籍,A1\n")], source="b")
    edges = csv_file("e.csv", "from,to\nR1,A1\n")
    first = linked.load("PROVIDED_BY", [edges], source="e")
    second = linked.load("PROVIDED_BY", [edges], source="e")
    assert (first.created, second.created, second.unchanged) == (1, 0, 1)
    assert providers(linked, "R1") == ["A2", "A3"]
    said = [(s.value, s.source, s.decides) for s in linked.show("R1").statements if s.property == "provider"]
    assert said == [
        (["A2", "A3"], CORRECTION, True), (["A1"], "b", False), (["A3"], "csv", False), (["A1"], "e", False)
    ]  # fmt: skip
    gone = linked.load("PROVIDED_BY", [csv_file("e.csv", "from,to\nR2,A1\n")], source="e", full=True, sweep_limit=1)
    assert (gone.created, gone.swept) == (1, 1)
    # Whatever was loaded since: the sources' words stand again, as if nobody had ever said otherwise.
    linked.undo(report.run or "")
    assert providers(linked, "R1") == ["A1", "A3"]


def test_a_corrected_link_is_undone_and_withdrawn_as_if_it_had_not_been(linked: Library) -> None:
    before = dump(linked.graph)
    run = linked.correct("R1", {"provider": "A3", "format": "xml"}, **WHO).run or ""
    after = dump(linked.graph)
    linked.undo(linked.undo(run).run or "")
    assert dump(linked.graph) == after
    linked.undo(run)
    assert dump(linked.graph) == before
    linked.correct("R1", {"provider": "A3"}, **WHO)
    linked.correct("R1", withdraw=["provider"], **WHO)
    assert dump(linked.graph) == before


def test_no_link_is_a_link(linked: Library) -> None:
    assert linked.correct("R1", {"provider": ""}, **WHO).fields[0].value == []
    assert providers(linked, "R1") == []
    assert "orphan:Resource:R1" in {g.id for g in linked.gaps(kinds=["orphan"]).items}
    linked.correct("R1", {"provider": "A2"}, by="李", reason="又查")
    assert providers(linked, "R1") == ["A2"]
    linked.correct("R1", withdraw=["provider"], **WHO)
    assert providers(linked, "R1") == ["A1"]


@pytest.mark.parametrize(
    ("thing", "fields", "error", "message"),
    [
        ("R1", {"provider": "没有"}, NotFoundError, "no Agency is called"),
        ("R1", {"provider": "A1"}, UsageError, "already so: provider, as csv says"),
        ("R1", {"theme": ""}, UsageError, "already so: theme, as no source says"),
        ("A1", {"parent": "A1"}, UsageError, "lead to itself"),
        ("R1", {"provder": "A1"}, UsageError, "near: provider"),
    ],
)
def test_what_link_cannot_be_corrected_says_why(
    linked: Library, thing: str, fields: dict[str, object], error: type[GovgraphError], message: str
) -> None:
    before = dump(linked.graph)
    with pytest.raises(error, match=message):
        linked.correct(thing, fields, **WHO)
    assert dump(linked.graph) == before


def test_what_only_a_held_link_names_stays(linked: Library, csv_file: Write) -> None:
    linked.correct("R1", {"provider": "A2"}, **WHO)
    shorter = csv_file("a.csv", AGENCIES.replace("A1,数据局,P,厅级\n", ""))
    assert linked.load("Agency", [shorter], full=True).placeholders == 1
    with pytest.raises(ConflictError):
        linked.undo("2")
    linked.correct("R1", withdraw=["provider"], **WHO)
    assert providers(linked, "R1") == ["A1"]
    assert linked.show("A1").node.placeholder


def test_an_item_goes_to_another_resource(linked: Library, csv_file: Write) -> None:
    linked.load("Item", [csv_file("i.csv", "id,name,resource\nI,姓名,R1\n")])
    linked.correct("I", {"resource": "R2"}, **WHO)
    assert [(e.from_, e.to) for e in linked.show("I").edges] == [("R2", "I")]
    linked.load("Item", [csv_file("i.csv", "id,name,resource,length\nI,姓名,R1,3\n")])
    assert [(e.from_, e.to) for e in linked.show("I").edges] == [("R2", "I")]
    linked.correct("I", withdraw=["resource"], **WHO)
    assert [(e.from_, e.to) for e in linked.show("I").edges] == [("R1", "I")]


def test_links_rebuilt_copied_and_known_at(linked: Library, csv_file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    linked.correct("R1", {"provider": "A2"}, **WHO)
    linked.load("Resource", [csv_file("b.csv", "id,name,provider\nR1,户籍,A3\n")], source="b")
    wanted = dump(linked.graph)
    with linked.known_at("4") as then:
        assert providers(then, "R1") == ["A2"]
    monkeypatch.delenv("GOVGRAPH_JOURNAL", raising=False)
    with graphs.open("copied.lbug") as copied:
        copy(linked.graph, copied)
        assert dump(copied) == wanted
        # What began late has the same base.
        Library(copied).load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
        wanted_then = dump(copied)
        Library(copied).backup("saved.tar")
    for folder, found in (("graph.lbug.journal", wanted), ("copied.lbug.journal", wanted_then)):
        rebuild(f"again-{folder}", Path(folder))
        with graphs.open(f"again-{folder}") as again:
            assert dump(again) == found
            Library(again).correct("R1", withdraw=["provider"], **WHO)
            assert providers(Library(again), "R1") == ["A1", "A3"]


def test_a_limited_key_is_not_told_of_held_links_elsewhere(linked: Library, csv_file: Write) -> None:
    linked.load("Jurisdiction", [csv_file("q.csv", "id,name,level,parent\nQ,乙省,省级,N\n")])
    linked.load("Agency", [csv_file("a.csv", "id,name,jurisdiction\nB1,乙省局,Q\n")])
    linked.load("Resource", [csv_file("b.csv", "id,name,provider\nR1,户籍,B1\n")], source="b")
    linked.correct("R1", {"provider": "A2"}, **WHO)
    seen = Library(viewed(linked.graph, view_of(linked.graph, "P"))).show("R1")
    assert "B1" not in str([s.value for s in seen.statements])


# --- against a plain model ----------------------------------------------------------------------------------------

IDS = ("S1", "S2")
SOURCES = ("a", "b")
FIELDS = ("format", "provider")
PROVIDERS = ("x", "y")
EDGES_OF = "e"
"""The source of edges that no row's link field made."""
Key = tuple[str, str, str]
"""Id, source, and of a correction its field, of a placeholder its mark, of an edge the provider."""
State = dict[Key, tuple[dict[str, str | None], str]]
"""What is said, and the run that said it."""


class Model:
    """Statements as a dict, and what each run did to it."""

    def __init__(self) -> None:
        self.state: State = {}
        self.done: dict[str, tuple[State, State]] = {}
        self.undone: dict[str, str] = {}
        self.undoes: dict[str, str] = {}

    def _ran(self, run: str, new: State) -> None:
        self.done[run] = (self.state, new)
        self.state = new

    @staticmethod
    def _listed(state: State, id_: str) -> list[Key]:
        return [k for k in state if k[0] == id_ and k[1] not in (CORRECTION, EDGES_OF)]

    @staticmethod
    def _named(state: State, id_: str) -> bool:
        """By a correction or an edge."""
        return any(k[0] == id_ and k[1] in (CORRECTION, EDGES_OF) for k in state)

    def _words(self, id_: str, field: str) -> dict[str, set[str]]:
        """What each source says of a field."""
        found: dict[str, set[str]] = {}
        for key in [k for k in self.state if k[0] == id_ and k[1] != CORRECTION]:
            value = self.state[key][0].get(field)
            if value:
                found.setdefault(key[1], set()).add(value)
        return found

    def load(self, run: str, source: str, rows: dict[str, dict[str, str | None]], full: bool) -> None:
        new = dict(self.state)
        for id_, values in rows.items():
            if new.get((id_, source, ""), (None,))[0] != values:
                for key in [k for k in self._listed(new, id_) if k[2]]:
                    del new[key]
                new[id_, source, ""] = (values, run)
        gone = [k for k in new if full and k[1:] == (source, "") and k[0] not in rows]
        for key in gone:
            del new[key]
            if not self._listed(new, key[0]) and self._named(new, key[0]):
                new[key[0], source, "(placeholder)"] = ({}, run)
        for key in [k for k in new if gone and k[1:] == (source, "(placeholder)")]:
            if not self._named(new, key[0]):
                del new[key]
        self._ran(run, new)

    def edges(self, run: str, rows: set[tuple[str, str]], full: bool) -> None:
        new = dict(self.state)
        taken = {row for row in rows if self._listed(new, row[0])}
        for id_, provider in taken:
            new.setdefault((id_, EDGES_OF, provider), ({"provider": provider}, run))
        for key in [k for k in new if full and taken == rows and k[1] == EDGES_OF and (k[0], k[2]) not in rows]:
            del new[key]
        self._ran(run, new)

    def correct(self, run: str, id_: str, field: str, value: str | None) -> bool:
        """Whether it may be."""
        key = (id_, CORRECTION, field)
        words = self._words(id_, field)
        wanted = {value} - {None}
        if not self._listed(self.state, id_):
            return False
        if key in self.state:
            already = self.state[key][0][field] == value
        else:
            already = all(word == wanted for word in words.values()) and bool(words) == bool(wanted)
        if already:
            return False
        self._ran(run, self.state | {key: ({field: value}, run)})
        return True

    def withdraw(self, run: str, id_: str, field: str) -> bool:
        """Whether it may be."""
        key = (id_, CORRECTION, field)
        if key not in self.state:
            return False
        self._ran(run, {k: v for k, v in self.state.items() if k != key})
        return True

    def undo(self, run: str, number: str) -> bool:
        """Whether it may be."""
        if number not in self.done or number in self.undone:
            return False
        before, after = self.done[number]
        keys = {k for k in {*before, *after} if before.get(k) != after.get(k)}
        if any(self.state.get(k) != after.get(k) for k in keys):
            return False
        new = {k: v for k, v in self.state.items() if k not in keys} | {k: before[k] for k in keys if k in before}
        if any(self._named(new, i) and not self._listed(new, i) for i in IDS):
            return False
        self._ran(run, new)
        self.undone[number], self.undoes[run] = run, number
        self.undone.pop(self.undoes.get(number, ""), None)
        return True

    def shown(self) -> dict[str, tuple[str | None, set[str]]]:
        """What stands: the corrections; else of the format the later run's word, of the providers all words."""
        found: dict[str, tuple[str | None, set[str]]] = {}
        for id_ in IDS:
            words = sorted((k for k in self._listed(self.state, id_)), key=lambda k: -int(self.state[k][1]))
            if not words:
                continue
            said = [v for k in words if (v := self.state[k][0].get("format"))]
            mine = self.state.get((id_, CORRECTION, "format"))
            led = self.state.get((id_, CORRECTION, "provider"))
            providers = {v for word in self._words(id_, "provider").values() for v in word}
            found[id_] = (
                mine[0]["format"] if mine else next(iter(said), None),
                {v for v in (led[0]["provider"],) if v} if led else providers,
            )
        return found


values = st.sampled_from((None, "x", "y"))
operations = st.lists(
    st.one_of(
        st.tuples(
            st.just("load"),
            st.sampled_from(SOURCES),
            st.dictionaries(
                st.sampled_from(IDS), st.fixed_dictionaries(dict.fromkeys(FIELDS, values)), min_size=1, max_size=2
            ),
            st.booleans(),
        ),
        st.tuples(
            st.just("edges"),
            st.sets(st.tuples(st.sampled_from(IDS), st.sampled_from(PROVIDERS)), min_size=1),
            st.booleans(),
        ),
        st.tuples(st.just("correct"), st.sampled_from(IDS), st.sampled_from(FIELDS), values),
        st.tuples(st.just("correct"), st.sampled_from(IDS), st.sampled_from(FIELDS), values),
        st.tuples(st.just("withdraw"), st.sampled_from(IDS), st.sampled_from(FIELDS)),
        st.tuples(st.just("undo"), st.integers(1, 8)),
    ),
    min_size=4,
    max_size=12,
)


def stands(library: Library) -> State:
    """The graph as the model tells it."""
    found: State = {}
    edges = [(e.a, e.source, e.b, e.state["run"]) for e in held.asides(library.graph.read)]
    for rows in Part("PROVIDED_BY", "Resource", "Agency").read(library.graph):
        edges += [(row["a"], row["source"], row["b"], row["run"]) for row in rows]
    assert len(edges) == len(set(edges))
    for rows in Part("Resource").read(library.graph):
        for row in rows:
            for said in of_node("Resource", row):
                assert (said["hash"] == PLACEHOLDER) == (said["passage"] == "(placeholder)")
                given: dict[str, str | None] = {f: v for f, v in said["values"].items() if f in FIELDS}
                led = [b for a, source, b, _ in edges if (a, source) == (row["id"], said["source"])]
                if not said["passage"]:
                    given = {"format": given.get("format"), "provider": led[0] if led else None}
                if "links" in said:
                    assert sorted(i for _, i in said["links"]) == sorted(led)
                    given = {"provider": led[0] if led else None}
                found[row["id"], said["source"], said["passage"]] = (given, said["run"])
    found |= {(a, source, b): ({"provider": b}, run) for a, source, b, run in edges if source == EDGES_OF}
    return found


def shown(library: Library) -> dict[str, tuple[str | None, set[str]]]:
    """What stands, as the model tells it."""
    led: dict[str, set[str]] = {}
    for rows in Part("PROVIDED_BY", "Resource", "Agency").read(library.graph):
        for row in rows:
            led.setdefault(row["a"], set()).add(row["b"])
    return {n.id: (n.properties.get("format"), led.get(n.id, set())) for n in library.list("Resource").items}


def follow(library: Library, folder: Path, sequence: list[tuple[Any, ...]]) -> None:
    """Do to a graph and to the model the same, and compare."""
    model = Model()
    numbers = itertools.count(2)
    number = str(next(numbers))
    agencies = folder / "agencies.csv"
    agencies.write_text("id,name\nx,甲局\ny,乙局\n", encoding="utf-8")
    library.load("Agency", [agencies])
    for operation in sequence:
        done = True
        if operation[0] == "load":
            _, source, rows, full = operation
            file = folder / "load.csv"
            lines = "".join(f"{i},名,{v['format'] or ''},{v['provider'] or ''}\n" for i, v in rows.items())
            file.write_text("id,name,format,provider\n" + lines, encoding="utf-8")
            options = {"full": True, "sweep_limit": 1} if full else {}
            assert library.load("Resource", [file], source=source, **options).run == number
            model.load(number, source, rows, full)
        elif operation[0] == "edges":
            _, pairs, full = operation
            file = folder / "edges.csv"
            file.write_text("from,to\n" + "".join(f"{a},{b}\n" for a, b in sorted(pairs)), encoding="utf-8")
            options = {"full": True, "sweep_limit": 1} if full else {}
            rejects = folder / "rejects.csv"
            assert library.load("PROVIDED_BY", [file], source=EDGES_OF, rejects=rejects, **options).run == number
            model.edges(number, pairs, full)
        else:
            try:
                if operation[0] == "undo":
                    of = str(operation[1] % max(int(number) - 2, 1) + 2)
                    run = library.undo(of).run
                elif operation[0] == "correct":
                    run = library.correct(operation[1], {operation[2]: operation[3]}, **WHO).run
                else:
                    run = library.correct(operation[1], withdraw=[operation[2]], **WHO).run
                assert run == number
            except (ConflictError, NotFoundError, UsageError):
                done = False
            if operation[0] == "undo":
                assert model.undo(number, of) == done, (operation, sequence)
            elif operation[0] == "correct":
                assert model.correct(number, *operation[1:]) == done, (operation, sequence)
            else:
                assert model.withdraw(number, *operation[1:]) == done, (operation, sequence)
        if done:
            number = str(next(numbers))
        assert stands(library) == model.state, (operation, sequence)
        assert shown(library) == model.shown(), (operation, sequence)


@settings(max_examples=12, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_loads_corrections_and_undos_go_as_the_model_says(sequence: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with graphs.open(f"{folder}/g.lbug") as graph:
            follow(Library(graph), Path(folder), sequence)
            wanted = dump(graph)
        if len(sequence) % 2:
            rebuild(f"{folder}/again.lbug", Path(f"{folder}/g.lbug.journal"))
            with graphs.open(f"{folder}/again.lbug") as again:
                assert dump(again) == wanted


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_many_loads_corrections_and_undos_go_as_the_model_says(sequence: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, graphs.open(f"{folder}/g.lbug") as graph:
        follow(Library(graph), Path(folder), sequence)


@settings(max_examples=4, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_loads_corrections_and_undos_go_so_on_the_server(neo4j_server: Any, sequence: list[tuple[Any, ...]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        graphs.open(neo4j_server.empty()) as graph,
    ):
        patch.setenv("GOVGRAPH_JOURNAL", f"{folder}/journal")
        follow(Library(graph), Path(folder), sequence)
