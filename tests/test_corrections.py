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


# --- against a plain model ----------------------------------------------------------------------------------------

IDS = ("S1", "S2")
SOURCES = ("a", "b")
FIELDS = ("format", "share_condition")
Key = tuple[str, str, str]
"""Id, source, and of a correction its field, of a placeholder its mark."""
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
        return [k for k in state if k[0] == id_ and k[1] != CORRECTION]

    @staticmethod
    def _corrected(state: State, id_: str) -> bool:
        return any(k[0] == id_ and k[1] == CORRECTION for k in state)

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
            if not self._listed(new, key[0]) and self._corrected(new, key[0]):
                new[key[0], source, "(placeholder)"] = ({}, run)
        for key in [k for k in new if gone and k[1:] == (source, "(placeholder)")]:
            if not self._corrected(new, key[0]):
                del new[key]
        self._ran(run, new)

    def correct(self, run: str, id_: str, field: str, value: str | None) -> bool:
        """Whether it may be."""
        key = (id_, CORRECTION, field)
        words = {self.state[k][0].get(field) for k in self._listed(self.state, id_)} - {None}
        if not self._listed(self.state, id_):
            return False
        if (self.state[key][0][field] == value) if key in self.state else (words == ({value} - {None})):
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
        if any(self._corrected(new, i) and not self._listed(new, i) for i in IDS):
            return False
        self._ran(run, new)
        self.undone[number], self.undoes[run] = run, number
        self.undone.pop(self.undoes.get(number, ""), None)
        return True

    def shown(self) -> dict[str, dict[str, str]]:
        """What stands: a correction, else the later run's word, a's before b's in one."""
        found: dict[str, dict[str, str]] = {}
        for id_ in IDS:
            words = sorted((k for k in self._listed(self.state, id_)), key=lambda k: -int(self.state[k][1]))
            if not words:
                continue
            found[id_] = {}
            for field in FIELDS:
                mine = self.state.get((id_, CORRECTION, field))
                said = [v for k in words if (v := self.state[k][0].get(field))]
                value = mine[0][field] if mine else next(iter(said), None)
                if value:
                    found[id_][field] = value
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
    for rows in Part("Resource").read(library.graph):
        for row in rows:
            for said in of_node("Resource", row):
                assert (said["hash"] == PLACEHOLDER) == (said["passage"] == "(placeholder)")
                given = {f: v for f, v in said["values"].items() if f in FIELDS}
                whole = {f: given.get(f) for f in FIELDS} if not said["passage"] else given
                found[row["id"], said["source"], said["passage"]] = (whole, said["run"])
    return found


def follow(library: Library, folder: Path, sequence: list[tuple[Any, ...]]) -> None:
    """Do to a graph and to the model the same, and compare."""
    model = Model()
    numbers = itertools.count(1)
    number = str(next(numbers))
    for operation in sequence:
        done = True
        if operation[0] == "load":
            _, source, rows, full = operation
            file = folder / "load.csv"
            lines = "".join(f"{i},名,{v['format'] or ''},{v['share_condition'] or ''}\n" for i, v in rows.items())
            file.write_text("id,name,format,share_condition\n" + lines, encoding="utf-8")
            options = {"full": True, "sweep_limit": 1} if full else {}
            assert library.load("Resource", [file], source=source, **options).run == number
            model.load(number, source, rows, full)
        else:
            try:
                if operation[0] == "undo":
                    of = str(operation[1] % max(int(number) - 1, 1) + 1)
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
        shown = {n.id: {f: v for f in FIELDS if (v := n.properties.get(f))} for n in library.list("Resource").items}
        assert shown == model.shown(), (operation, sequence)


@settings(max_examples=12, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_loads_corrections_and_undos_go_as_the_model_says(sequence: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with graphs.open(f"{folder}/g.lbug") as graph:
            follow(Library(graph), Path(folder), sequence)
            wanted = dump(graph)
        if wanted:
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
