"""Runs are taken back, and the graph is as it was."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph.changes import PLACEHOLDER
from govgraph.errors import ConflictError, NotFoundError, UsageError
from govgraph.library import Library
from govgraph.statements import of_node
from govgraph.transfer import Part
from tests.dumps import dump

Write = Callable[[str, str], Path]

PLACES = "id,name,level,parent\nP,甲省,省级,N\nN,国,national,\nC,甲市,city,P\n"
AGENCIES = "id,name,jurisdiction\nA1,数据局,P\nA2,税务局,P\n"
RESOURCES = (
    "id,name,aliases,provider\nS1,参保信息,社保|参保,数据局\nS2,医保信息,,\nS3,企业信息,,税务局\nS4,户籍,,数据局\n"
)


@pytest.fixture
def world(kept: Library, csv_file: Write) -> Library:
    """Places, agencies, resources, an edge: runs 1 to 4."""
    for kind, text in {
        "Jurisdiction": PLACES,
        "Agency": AGENCIES,
        "Resource": RESOURCES,
        "PROCESSING": "from,to,since\nS1,S2,2024-03\nS2,S3,2024-05-01\n",
    }.items():
        report = kept.load(kind, [csv_file(f"{kind}.csv", text)])
        assert report.rejected == 0, report.rejects
    return kept


LOADS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "new things": ("Resource", "id,name,provider\nS5,新,数据局\nS6,又,税务局\n", {}),
    "another word": ("Resource", "id,name,provider\nS1,参保,税务局\nS2,医保信息,数据局\nS3,企业信息,\n", {}),
    "another source": ("Resource", "id,name,aliases,provider\nS1,社会保险,参保,税务局\nS7,七,,\n", {"source": "b"}),
    "a parent elsewhere": ("Jurisdiction", "id,name,level,parent\nP,甲省,省级,N\nC,甲城,city,N\n", {}),
    "edges": ("PROCESSING", "from,to,since\nS1,S2,2025\nS4,S3,\nS3,S1,2020\n", {}),
    "edges of another": ("PROCESSING", "from,to,since\nS1,S2,2025\nS1,S1,\n", {"source": "b"}),
    "a full reload": ("Resource", "id,name,provider\nS1,参保信息,数据局\nS4,户籍,\nS5,新,数据局\n", {"full": True}),
    "full edges": ("PROCESSING", "from,to,since\nS1,S2,2024-03\n", {"full": True}),
    "placeholders": ("Resource", "id,name,provider\nS8,八,民政局\nS9,九,民政局\nS1,参保信息,教育局\n", {"placeholders": True}),
    "placeholder of an edge": (
        "PROCESSING", "from,to,to_kind\nS1,X1,Resource\nX2,S1,\n", {"placeholders": True}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADS)
def test_load_then_undo_leaves_the_graph_as_it_was(world: Library, csv_file: Write, name: str) -> None:
    kind, text, options = LOADS[name]
    before = dump(world.graph)
    loaded = world.load(kind, [csv_file("load.csv", text)], **options)
    after = dump(world.graph)
    assert after != before
    undone = world.undo(loaded.run or "")
    assert dump(world.graph) == before
    assert (undone.status, undone.undoes) == ("done", loaded.run)
    assert undone.read == undone.accepted == undone.created + undone.changed
    bodies = {r.run: r for r in world.runs().items}
    assert bodies[loaded.run].undone_by == undone.run
    again = world.undo(undone.run or "")
    assert dump(world.graph) == after
    bodies = {r.run: r for r in world.runs().items}
    assert (bodies[loaded.run].undone_by, bodies[undone.run].undone_by) == (None, again.run)
    world.undo(loaded.run or "")
    assert dump(world.graph) == before


def test_everything_can_be_undone_last_one_first(world: Library, csv_file: Write) -> None:
    stands = []
    for kind, text, options in LOADS.values():
        stands.append(dump(world.graph))
        world.load(kind, [csv_file("load.csv", text)], **options)
    for number in range(4 + len(LOADS), 0, -1):
        world.undo(str(number))
        if stands:
            assert dump(world.graph) == stands.pop()
    assert not dump(world.graph)


def test_an_undo_in_the_way_of_later_runs_names_them(world: Library, csv_file: Write) -> None:
    first = world.load("Resource", [csv_file("a.csv", "id,name\nS1,一\nS2,二\n")]).run or ""
    second = world.load("Resource", [csv_file("b.csv", "id,name\nS2,贰\n")]).run or ""
    other = world.load("Resource", [csv_file("c.csv", "id,name\nS1,壹\n")], source="b").run or ""
    before = dump(world.graph)
    with pytest.raises(ConflictError, match=f"later runs: {second};") as refused:
        world.undo(first)
    assert [c["id"] for c in refused.value.candidates] == [second]
    assert dump(world.graph) == before
    world.undo(second)
    world.undo(first)
    assert world.show("S1").node.name == "壹"
    assert {r.run: r.undone_by is None for r in world.runs().items}[other]


@pytest.mark.parametrize(
    ("number", "later"),
    [("2", "3"), ("3", "4"), ("1", "2")],
)
def test_what_later_runs_name_does_not_go(world: Library, number: str, later: str) -> None:
    before = dump(world.graph)
    with pytest.raises(ConflictError) as refused:
        world.undo(number)
    assert later in [c["id"] for c in refused.value.candidates]
    assert dump(world.graph) == before


def test_an_edge_does_not_come_back_to_what_is_gone(world: Library, csv_file: Write) -> None:
    edges = world.load("PROCESSING", [csv_file("e.csv", "from,to,since\nS1,S2,2024-03\n")], full=True)
    assert edges.swept == 1
    gone = world.load("Resource", [csv_file("r.csv", RESOURCES.replace("S3,企业信息,,税务局\n", ""))], full=True)
    assert (gone.swept, gone.placeholders) == (1, 0)
    with pytest.raises(ConflictError) as refused:
        world.undo(edges.run or "")
    assert [c["id"] for c in refused.value.candidates] == [gone.run]


def test_what_cannot_be_undone_says_why(world: Library, csv_file: Write) -> None:
    with pytest.raises(NotFoundError):
        world.undo("99")
    run = world.load("Resource", [csv_file("a.csv", "id,name\nS9,九\n")]).run or ""
    world.undo(run)
    with pytest.raises(ConflictError, match="was undone by run"):
        world.undo(run)


def test_without_a_journal_undo_says_why(library: Library, csv_file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOVGRAPH_JOURNAL", raising=False)
    library.load("Theme", [csv_file("t.csv", "id,name\nT,题\n")])
    with pytest.raises(UsageError, match=r"keeps no journal|GOVGRAPH_JOURNAL"):
        library.undo("1")


# --- against a plain model ----------------------------------------------------------------------------------------

IDS = ("S1", "S2", "S3")
SOURCES = ("a", "b")
State = dict[tuple[str, ...], tuple[str, str]]


class Model:
    """Nodes and edges of a graph of resources as a dict, and what each run did to it.

    ("node", id, source, passage) → (name, run); ("edge", source, from, to) → (mode, run).
    """

    def __init__(self) -> None:
        self.state: State = {}
        self.done: dict[str, tuple[State, State]] = {}
        self.undone: dict[str, str] = {}
        self.undoes: dict[str, str] = {}

    def _there(self, id_: str, state: State) -> bool:
        return any(k[0] == "node" and k[1] == id_ for k in state)

    def _named(self, id_: str, state: State) -> bool:
        return any(k[0] == "edge" and id_ in k[2:] for k in state)

    def _ran(self, run: str, new: State) -> None:
        self.done[run] = (self.state, new)
        self.state = new

    def nodes(self, run: str, source: str, rows: dict[str, str], full: bool) -> None:
        new = dict(self.state)
        for id_, name in rows.items():
            if new.get(("node", id_, source, ""), ("",))[0] != name:
                for key in [k for k in new if k[:2] == ("node", id_) and k[3]]:
                    del new[key]
                new["node", id_, source, ""] = (name, run)
        if full:
            gone = [k for k in new if k[0] == "node" and k[2:] == (source, "") and k[1] not in rows]
            names = {}
            for key in gone:
                names[key[1]] = new.pop(key)[0]
            for id_, name in names.items():
                if not self._there(id_, new) and self._named(id_, new):
                    new["node", id_, source, "(placeholder)"] = (name, run)
            if gone:
                for key in [k for k in new if k[0] == "node" and k[2] == source and k[3]]:
                    if not self._named(key[1], new) and sum(k[:2] == key[:2] for k in new) == 1:
                        del new[key]
        self._ran(run, new)

    def edges(self, run: str, source: str, rows: dict[tuple[str, str], str], full: bool) -> None:
        new = dict(self.state)
        taken = {ends for ends in rows if all(self._there(i, new) for i in ends)}
        for a, b in taken:
            if new.get(("edge", source, a, b), ("-",))[0] != rows[a, b]:
                new["edge", source, a, b] = (rows[a, b], run)
        if full and len(taken) == len(rows):
            gone = [k for k in new if k[:2] == ("edge", source) and k[2:] not in rows]
            for key in gone:
                del new[key]
            if gone:
                for key in [k for k in new if k[0] == "node" and k[2] == source and k[3]]:
                    if not self._named(key[1], new) and sum(k[:2] == key[:2] for k in new) == 1:
                        del new[key]
        self._ran(run, new)

    def undo(self, run: str, number: str) -> bool:
        """Whether it may be."""
        if number in self.undone:
            return False
        before, after = self.done[number]
        keys = {k for k in {*before, *after} if before.get(k) != after.get(k)}
        if any(self.state.get(k) != after.get(k) for k in keys):
            return False
        new = dict(self.state)
        for key in keys:
            new.pop(key, None)
            if key in before:
                new[key] = before[key]
        if any(not self._there(i, new) for k in new if k[0] == "edge" for i in k[2:]):
            return False
        self._ran(run, new)
        self.undone[number], self.undoes[run] = run, number
        if number in self.undoes:
            self.undone.pop(self.undoes[number], None)
        return True


def stands(library: Library) -> State:
    """The graph as the model tells it."""
    found: State = {}
    for rows in Part("Resource").read(library.graph):
        for row in rows:
            for said in of_node("Resource", row):
                assert (said["hash"] == PLACEHOLDER) == bool(said["passage"])
                found["node", row["id"], said["source"], said["passage"]] = (said["values"]["name"], said["run"])
    for rows in Part("PROCESSING", "Resource", "Resource").read(library.graph):
        for row in rows:
            found["edge", row["source"], row["a"], row["b"]] = (row["mode"] or "", row["run"])
    return found


names = st.sampled_from(("甲", "乙"))
pairs = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS))
operations = st.lists(
    st.one_of(
        st.tuples(
            st.just("Resource"),
            st.sampled_from(SOURCES),
            st.dictionaries(st.sampled_from(IDS), names, max_size=3),
            st.booleans(),
        ),
        st.tuples(
            st.just("PROCESSING"),
            st.sampled_from(SOURCES),
            st.dictionaries(pairs, st.sampled_from(("", "物理汇聚")), max_size=3),
            st.booleans(),
        ),
        st.tuples(st.just("undo"), st.integers(1, 8)),
    ),
    min_size=2,
    max_size=9,
)


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A short sequence needs no shrinking, which takes minutes here."""


def follow(library: Library, folder: Path, sequence: list[tuple[Any, ...]]) -> None:
    """Do to a graph and to the model the same, and compare."""
    model = Model()
    numbers = itertools.count(1)
    for operation in sequence:
        if operation[0] == "undo":
            ended = list(model.done)
            number = ended[operation[1] % len(ended)] if ended else "1"
            try:
                run = library.undo(number).run
            except (ConflictError, NotFoundError):
                run = None
            assert (run is not None) == (number in model.done and model.undo(str(run or "-"), number)), operation
            if run is not None:
                assert run == str(next(numbers))
        else:
            kind, source, rows, full = operation
            file = folder / "load.csv"
            if kind == "Resource":
                file.write_text("id,name\n" + "".join(f"{i},{n}\n" for i, n in rows.items()), encoding="utf-8")
            else:
                lines = "".join(f"{a},{b},{mode}\n" for (a, b), mode in rows.items())
                file.write_text("from,to,mode\n" + lines, encoding="utf-8")
            options = {"full": True, "sweep_limit": 1} if full else {}
            run = library.load(kind, [file], source=source, rejects=folder / "rejects.csv", **options).run
            assert run == str(next(numbers))
            (model.nodes if kind == "Resource" else model.edges)(run, source, rows, full)
        assert stands(library) == model.state, (operation, sequence)


@settings(max_examples=20, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_loads_and_undos_go_as_the_model_says(sequence: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, graphs.open(f"{folder}/g.lbug") as graph:
        follow(Library(graph), Path(folder), sequence)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_many_loads_and_undos_go_as_the_model_says(sequence: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, graphs.open(f"{folder}/g.lbug") as graph:
        follow(Library(graph), Path(folder), sequence)


@settings(max_examples=8, phases=PHASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=operations)
def test_loads_and_undos_go_so_on_the_server(neo4j_server: Any, sequence: list[tuple[Any, ...]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        graphs.open(neo4j_server.empty()) as graph,
    ):
        patch.setenv("GOVGRAPH_JOURNAL", f"{folder}/journal")
        follow(Library(graph), Path(folder), sequence)
