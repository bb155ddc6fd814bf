"""Section 12 of docs/semantics.md: audit, restriction, impact, what lies between things, items; on every engine."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgraph import answers
from govgraph.errors import AmbiguousError, NotFoundError, UsageError
from govgraph.graph import Graph
from govgraph.ingest import load_rows
from govgraph.library import Library
from govgraph.tables import tracing as tables
from govgraph.tracing.drawing import to_dot, to_graphml
from govgraph.tracing.restriction import grade, higher
from govgraph.tracing.routes import closers
from govgraph.views import limited
from tests import tracing_oracle as oracle
from tests.conftest import Cli
from tests.oracle import World
from tests.serving import served
from tests.worlds import rows_of

quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
thorough = settings(quick, max_examples=120)
Rows = list[tuple[str, dict[str, Any]]]


def fill(graph: Graph, rows: Rows, source: str = "world") -> Library:
    """Load rows, none of which is refused."""
    report = load_rows(graph, source, rows_of(World(rows)))
    assert not report.rejects
    return Library(graph)


# --- cycles ---


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.sampled_from([None, "2020", "2019-05", "2021"])
        ),
        max_size=25,
    )
)
def test_closing_edges_are_those_that_complete_a_cycle_in_time(edges: list[tuple[str, str, str | None]]) -> None:
    rows = [{"id": f"e{n:02}", "start": a, "target": b, "since": since} for n, (a, b, since) in enumerate(edges)]
    wanted = oracle.closing([(r["id"], r["start"], r["target"], r["since"]) for r in rows])
    assert [e["id"] for e in closers(rows)] == wanted


# --- tables of the definitions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3", (3, 3)), ("L3", (3, 3)), ("l3", (3, 3)), ("3级", (3, 3)), ("三级", (3, 3)), ("第三级", (3, 3)), ("３ 级", (3, 3)),
        ("一般", (1, 9)), ("一般数据", (1, 9)), ("重要数据", (10, 10)), ("核心", (11, 11)), ("核心数据", (11, 11)),
        ("", None), (None, None), ("0", None), ("10", None), ("内部", None), ("一般三级", None), ("LL3", None),
    ],
)  # fmt: skip
def test_grades(text: str | None, wanted: tuple[int, int] | None) -> None:
    assert grade(text) == wanted


@pytest.mark.parametrize(
    ("cause", "subject", "wanted"),
    [
        ("3", "1", True), ("3", "3", False), ("1", "3", False), ("重要", "9", True), ("核心", "重要", True),
        ("重要", "一般", True), ("一般", "1", False), ("4", "一般", False), ("3", None, False), ("内部", "1", False),
    ],
)  # fmt: skip
def test_a_grade_is_higher_for_every_reading_or_not(cause: str | None, subject: str | None, wanted: bool) -> None:
    assert higher(cause, subject) is wanted


BASE: Rows = [
    ("Jurisdiction", {"id": "N", "name": "国", "level": "national"}),
    ("Jurisdiction", {"id": "P", "name": "省", "level": "province", "parent": "N"}),
    ("Regulation", {"id": "R", "name": "办法", "effective_from": "2020-07-01", "effective_to": "2021-06-30"}),
    ("Regulation", {"id": "F", "name": "条例草案", "status": "draft", "issued": "2019-01-01"}),
    ("Agency", {"id": "A", "name": "局", "jurisdiction": "P"}),
    ("Agency", {"id": "B", "name": "无处局"}),
    ("Resource", {"id": "S", "name": "资源", "provider": "A"}),
    ("Resource", {"id": "U", "name": "别资源", "provider": "B"}),
    ("Dataset", {"id": "D", "name": "数据集"}),
    ("GOVERNS", {"from": "R", "to": "P", "stage": "sharing", "scope": "dedicated"}),
    ("GOVERNS", {"from": "F", "to": "P", "stage": "opening", "scope": "dedicated"}),
]


@pytest.mark.parametrize(
    ("type_", "start", "since", "verdict"),
    [
        ("SHARING", "S", "2020-07-01", "dedicated"),
        ("SHARING", "S", "2021-06-30", "dedicated"),
        ("SHARING", "S", "2021-07-01", "expired"),
        ("SHARING", "S", "2020-06-30", "none"),
        ("SHARING", "S", "2020", "unknown"),
        ("SHARING", "S", "2020-H2", "dedicated"),
        ("SHARING", "S", None, "unknown"),
        ("SHARING", "U", "2021-07-01", "unknown"),
        ("SHARING", "D", "2021-07-01", "unknown"),
        ("OPENING", "S", "2020-01-01", "planned"),
        ("STORAGE", "S", "2020-01-01", "none"),
    ],
)
def test_the_law_of_an_audited_hop(graph: Graph, type_: str, start: str, since: str | None, verdict: str) -> None:
    values = {"from": start, "to": "D", "since": since}
    library = fill(graph, [*BASE, (type_, {k: v for k, v in values.items() if v})])
    answer = library.audit()
    assert {v: n for v, n in answer.verdicts.items() if n} == {verdict: 1}
    unruled = verdict in ("none", "expired", "planned")
    assert [e.rule.verdict for e in answer.items] == [verdict] * unruled
    assert library.audit(jurisdiction="N").total == unruled
    assert library.audit(as_of=date(2018, 1, 1)).hops == (since is None)


def test_what_an_audit_can_not_be_asked(graph: Graph) -> None:
    library = fill(graph, [*BASE, ("STORAGE", {"from": "S", "to": "D", "since": "2020-01-01"}),
                           ("STORAGE", {"from": "S", "to": "U", "since": "2020-01-01"})])  # fmt: skip
    page = library.audit(limit=1)
    assert page.next
    for wrong in ({"stages": ["飞"]}, {"limit": 0}, {"cursor": "x"}, {"cursor": page.next, "stages": ["存储"]}):
        with pytest.raises(UsageError):
            library.audit(**wrong)
    for wrong in ({"jurisdiction": "火星"}, {"agency": "S"}):
        with pytest.raises(NotFoundError):
            library.audit(**wrong)


FLOW: Rows = [
    *BASE,
    ("Platform", {"id": "T", "name": "平台", "jurisdiction": "P"}),
    ("Database", {"id": "L", "name": "库"}),
    ("Use", {"id": "E", "name": "应用", "jurisdiction": "P"}),
    ("Theme", {"id": "H", "name": "领域"}),
    ("SHARING", {"from": "S", "to": "L", "since": "2021-01-01", "via": "T"}),
    ("SHARING", {"from": "S", "to": "L", "since": "2021-02-01", "via": "T", "under": "R"}),
    ("PROCESSING", {"from": "L", "to": "D"}),
    ("PROCESSING", {"from": "S", "to": "U"}),
    ("STORAGE", {"from": "D", "to": "T"}),
    ("APPLICATION", {"from": "D", "to": "E", "under": "F"}),
]


@pytest.mark.parametrize(
    ("root", "total", "touched", "hops", "kinds"),
    [
        ("S", 5, 0, 0, {"Database": 1, "Dataset": 1, "Platform": 1, "Resource": 1, "Use": 1}),
        ("L", 3, 0, 0, {"Dataset": 1, "Platform": 1, "Use": 1}),
        ("E", 0, 0, 0, {}),
        ("A", 6, 1, 0, {"Database": 1, "Dataset": 1, "Platform": 1, "Resource": 2, "Use": 1}),
        ("B", 1, 1, 0, {"Resource": 1}),
        # Its hops to U are not over the platform.
        ("T", 4, 3, 3, {"Database": 1, "Dataset": 1, "Resource": 1, "Use": 1}),
        ("R", 5, 2, 2, {"Database": 1, "Dataset": 1, "Platform": 1, "Resource": 1, "Use": 1}),
        ("F", 2, 2, 1, {"Dataset": 1, "Use": 1}),
    ],
)
def test_impact_by_what_it_is_asked_of(
    graph: Graph, root: str, total: int, touched: int, hops: int, kinds: dict[str, int]
) -> None:
    answer = fill(graph, FLOW).impact(root)
    assert (answer.total, answer.touched, answer.hops, answer.by.kind) == (total, touched, hops, kinds)
    if root == "S":
        assert answer.total == fill(graph, FLOW).lineage("S", direction="down").total - 1
        assert answer.by.stage == {"application": 1, "processing": 2, "sharing": 1, "storage": 1}
        assert answer.by.jurisdiction == {"P": 2, "": 3}
        assert answer.by.agency == {"B": 1, "": 4}


def test_impact_of_what_has_none(graph: Graph) -> None:
    library = fill(graph, FLOW)
    with pytest.raises(UsageError, match="Theme"):
        library.impact("H")
    with pytest.raises(NotFoundError):
        library.impact("没有")
    with pytest.raises(UsageError):
        library.impact("S", stages=["飞"])
    assert library.impact("S", stages=["共享"]).by.kind == {"Database": 1}
    assert library.impact("S", as_of=date(2020, 1, 1)).by.kind == {"Resource": 1}


def test_paths_between_what_has_none(graph: Graph) -> None:
    library = fill(graph, FLOW)
    with pytest.raises(UsageError, match="Platform"):
        library.paths("T", "S")
    with pytest.raises(UsageError, match="Theme"):
        library.paths("S", "H")
    with pytest.raises(NotFoundError):
        library.paths("S", "没有")
    with pytest.raises(UsageError):
        library.paths("S", "D", limit=0)
    none, itself, to_place = library.paths("E", "S"), library.paths("S", "S"), library.paths("S", "T")
    assert (none.paths, none.length, none.total) == ([], None, 0)
    assert (itself.paths, itself.length, itself.total, itself.edges) == ([["S"]], 0, 1, [])
    assert (to_place.paths, to_place.length) == ([["S", "L", "D", "T"]], 3)
    # Two hops between two nodes make one path, and both are told.
    assert sorted(str(e.since) for e in to_place.edges if e.from_ == "S") == ["2021-01-01", "2021-02-01"]
    with pytest.raises(AmbiguousError):
        fill(graph, [("Resource", {"id": "D2", "name": "数据集"})]).paths("数据集", "S")


def test_shortest_paths_are_counted_not_walked(graph: Graph) -> None:
    layers = 18
    rows: Rows = [("Database", {"id": "n00", "name": "n"})]
    names = [["n00"], *([f"n{i:02}a", f"n{i:02}b"] for i in range(1, layers)), ["z"]]
    rows += [("Database", {"id": i, "name": i}) for layer in names[1:] for i in layer]
    rows += [("PROCESSING", {"from": a, "to": b}) for one, two in itertools.pairwise(names) for a in one for b in two]
    answer = fill(graph, rows).paths("n00", "z", limit=2)
    assert (answer.total, answer.length) == (2 ** (layers - 1), layers)
    assert answer.truncated
    assert answer.truncated.omitted == answer.total - 2
    assert [path[-2] for path in answer.paths] == ["n17a", "n17b"]


def test_roots_leaves_and_bottlenecks_of_cycles(graph: Graph) -> None:
    rows: Rows = [("Database", {"id": i, "name": i}) for i in "abcdef"]
    pairs = ["ab", "ba", "bc", "cd", "de", "ed", "ff"]
    rows += [("PROCESSING", {"from": a, "to": b}) for a, b in pairs]
    library = fill(graph, rows)
    ends = library.ends("c")
    assert [n.id for n in ends.roots] == ["b", "a"]
    assert [(n.id, n.depth) for n in ends.leaves] == [("d", 1), ("e", 2)]
    assert [n.id for n in library.ends("c", limit=1).roots + library.ends("c", limit=1).leaves] == ["b"]
    alone = library.ends("f")
    assert [[n.id for n in alone.roots], [n.id for n in alone.leaves]] == [["f"], ["f"]]
    necks = library.bottlenecks("d")
    # From e, too, something leads to d; nothing but d leads there, and that is no root but d's own cycle.
    assert [(n.id, n.carried, n.roots, n.single) for n in necks.items] == [("c", 2, 2, True), ("b", 1, 2, True)]
    assert (library.bottlenecks("f").items, library.bottlenecks("f").upstream) == ([], 0)
    for ask in (library.ends, library.bottlenecks, library.cycles):
        with pytest.raises(NotFoundError):
            ask("没有")
        with pytest.raises(UsageError):
            ask("a", limit=0)


def test_the_edge_that_came_last_closes_a_cycle(graph: Graph) -> None:
    rows: Rows = [("Database", {"id": i, "name": i}) for i in "abc"]
    rows += [
        ("SHARING", {"from": "a", "to": "b", "since": "2022"}),
        ("SHARING", {"from": "b", "to": "c", "since": "2021"}),
        ("SHARING", {"from": "c", "to": "a", "since": "2020-05-01"}),
        ("OPENING", {"from": "a", "to": "b"}),
    ]
    answer = fill(graph, rows).cycles()
    assert [(e.from_, e.to, e.stage) for e in answer.items[0].closing] == [("a", "b", "sharing"), ("a", "b", "opening")]
    assert answer.items[0].size == 3
    assert fill(graph, rows).cycles(as_of=date(2021, 6, 1)).total == 1
    assert fill(graph, rows).cycles(stages=["共享"], as_of=date(2021, 6, 1)).total == 0


# --- restriction ---


def open_rows(cause: dict[str, Any], subject: dict[str, Any]) -> Rows:
    """A dataset made of a resource."""
    return [
        ("Resource", {"id": "S", "name": "资源", **cause}),
        ("Dataset", {"id": "D", "name": "数据集", **subject}),
        ("OPENING", {"from": "S", "to": "D"}),
    ]


@pytest.mark.parametrize(
    ("cause", "subject", "reasons", "ungraded"),
    [
        ({}, {}, [], 0),
        ({"open_type": "不予开放"}, {}, ["not_open"], 0),
        ({"open_type": "不予开放"}, {"open_type": "不予开放"}, [], 0),
        ({"open_type": "有条件开放"}, {"open_type": "无条件开放"}, [], 0),
        ({"personal": True}, {"open_type": "有条件开放"}, ["personal"], 0),
        ({"personal": False}, {}, [], 0),
        ({"grade": "3"}, {"grade": "1"}, ["grade"], 0),
        ({"grade": "3"}, {"grade": "3级"}, [], 0),
        ({"grade": "3"}, {}, [], 1),
        ({"grade": "某"}, {}, [], 0),
        (
            {"grade": "核心", "personal": True, "open_type": "不予开放"},
            {"grade": "重要"},
            ["grade", "not_open", "personal"],
            0,
        ),
    ],
)
def test_opened(
    graph: Graph, cause: dict[str, Any], subject: dict[str, Any], reasons: list[str], ungraded: int
) -> None:
    library = fill(graph, open_rows(cause, subject))
    answer = library.restriction("D")
    assert [(f.finding, f.reason, f.path) for f in answer.items] == [("opened", r, ["S", "D"]) for r in reasons]
    assert answer.ungraded == ungraded
    assert library.restriction().items == answer.items


@pytest.mark.parametrize(
    ("before", "holder", "after", "reasons"),
    [
        ({"open_type": "不予开放"}, {}, {"open_type": "有条件开放"}, ["open_type"]),
        ({"open_type": "不予开放"}, {"open_type": "无条件开放"}, {"open_type": "有条件开放"}, ["open_type"]),
        # An item more restricted than its resource keeps its own; one that states none has its resource's.
        ({}, {"open_type": "不予开放"}, {"open_type": "无条件开放"}, ["open_type"]),
        ({"open_type": "无条件开放"}, {"open_type": "不予开放"}, {"open_type": "无条件开放"}, []),
        ({"open_type": "不予开放"}, {}, {}, []),
        ({"grade": "4"}, {}, {"grade": "2"}, ["grade"]),
        ({"grade": "2"}, {}, {"grade": "4"}, []),
        ({"personal": True}, {}, {}, []),
        ({"personal": True}, {}, {"personal": False}, ["personal"]),
        ({}, {"personal": True, "grade": "5"}, {"personal": False, "grade": "L1"}, ["grade", "personal"]),
    ],
)
def test_loosened(
    graph: Graph, before: dict[str, Any], holder: dict[str, Any], after: dict[str, Any], reasons: list[str]
) -> None:
    library = fill(
        graph,
        [
            ("Resource", {"id": "S", "name": "资源", **holder}),
            ("Item", {"id": "I", "name": "甲", "resource": "S", **before}),
            ("Item", {"id": "J", "name": "乙"}),
            ("Item", {"id": "K", "name": "丙", **after}),
            ("PROCESSING", {"from": "I", "to": "J"}),
            ("PROCESSING", {"from": "J", "to": "K"}),
        ],
    )
    answer = library.restriction("K")
    assert [(f.reason, f.cause.id, f.path) for f in answer.items] == [(r, "I", ["I", "J", "K"]) for r in reasons]
    assert [f for f in library.restriction().items if f.subject.id == "K"] == answer.items


def test_an_item_of_a_dataset_is_a_reason_and_so_is_what_it_came_from(graph: Graph) -> None:
    library = fill(
        graph,
        [
            ("Resource", {"id": "S", "name": "资源"}),
            ("Dataset", {"id": "D", "name": "数据集"}),
            ("Item", {"id": "I", "name": "甲", "resource": "S", "open_type": "不予开放"}),
            ("Item", {"id": "J", "name": "乙", "resource": "S", "personal": True}),
            ("Item", {"id": "K", "name": "丙", "resource": "D", "personal": True}),
            ("PROCESSING", {"from": "I", "to": "K"}),
            ("OPENING", {"from": "S", "to": "D"}),
        ],
    )
    # J is not known to have gone anywhere.
    assert [(f.finding, f.reason, f.path) for f in library.restriction("D").items] == [
        ("opened", "not_open", ["I", "K", "D"]),
        ("opened", "personal", ["K", "D"]),
    ]
    with pytest.raises(UsageError):
        library.restriction("D", cursor="x")


def test_what_restriction_can_not_be_asked(graph: Graph) -> None:
    library = fill(graph, FLOW)
    for wrong in ("E", "T", "H"):
        with pytest.raises(UsageError):
            library.restriction(wrong)
    with pytest.raises(NotFoundError):
        library.restriction("没有")
    with pytest.raises(UsageError):
        library.restriction(cursor="x")
    with pytest.raises(UsageError):
        library.restriction(limit=0)


# --- items ---


def test_hops_and_items_that_can_not_be_asked(graph: Graph) -> None:
    library = fill(graph, FLOW)
    for start, end in (("S", "S"), ("E", "S"), ("S", "T")):
        with pytest.raises(UsageError):
            library.hop(start, end)
    with pytest.raises(NotFoundError):
        library.hop("S", "没有")
    nothing = library.hop("D", "S")
    assert (nothing.total, nothing.edges, nothing.items) == (0, [], [])
    assert len(library.hop("S", "L").edges) == 2
    with pytest.raises(UsageError):
        library.same_items(limit=0)
    with pytest.raises(UsageError):
        library.same_items(cursor="x")
    with pytest.raises(NotFoundError):
        library.same_items(jurisdiction="火星")


def test_a_copy_of_one_source_is_no_second_source(graph: Graph) -> None:
    rows: Rows = [
        *BASE,
        ("Item", {"id": "I", "name": "企业名称", "resource": "S"}),
        ("Item", {"id": "J", "name": "企業名称", "resource": "U", "element": "DE 1"}),
        ("Item", {"id": "K", "name": "企业 名称", "resource": "U"}),
        ("Item", {"id": "M", "name": "企业名称"}),
    ]
    group = fill(graph, rows).same_items().items
    assert [(g.key, g.providers, g.sources, [i.id for i in g.items]) for g in group] == [
        ("name:企业名称", 2, 2, ["I", "K"])
    ]
    group = fill(graph, [*rows, ("SHARING", {"from": "I", "to": "K"})]).same_items().items
    assert [(g.providers, g.sources, [i.derived for i in g.items]) for g in group] == [(2, 1, [False, True])]
    assert fill(graph, rows).same_items(jurisdiction="P").total == 0


# --- limited graphs ---


def test_a_limited_key_is_answered_as_if_what_it_does_not_see_were_not_there(graph: Graph) -> None:
    rows: Rows = [
        *BASE,
        ("Jurisdiction", {"id": "Q", "name": "邻省", "level": "province", "parent": "N"}),
        ("Agency", {"id": "Z", "name": "邻局", "jurisdiction": "Q"}),
        ("Resource", {"id": "X", "name": "邻资源", "provider": "Z", "personal": True, "open_type": "不予开放"}),
        ("Dataset", {"id": "G", "name": "开放集", "provider": "A"}),
        ("Platform", {"id": "T", "name": "邻平台", "jurisdiction": "Q"}),
        ("Item", {"id": "I", "name": "名称", "resource": "S"}),
        ("Item", {"id": "J", "name": "名称", "resource": "X"}),
        ("SHARING", {"from": "X", "to": "S", "since": "2015-01-01"}),
        ("SHARING", {"from": "S", "to": "X", "since": "2015-01-01"}),
        ("SHARING", {"from": "S", "to": "G", "since": "2015-01-01", "via": "T"}),
        ("SHARING", {"from": "J", "to": "I"}),
    ]
    whole = fill(graph, rows)
    assert (whole.audit().hops, whole.cycles().total, whole.same_items().total) == (4, 1, 1)
    assert [f.path for f in whole.restriction("G").items] == [["X", "S", "G"], ["X", "S", "G"]]
    part = Library(limited(graph, "P"))
    audit = part.audit()
    assert (audit.hops, audit.total, [e.from_ for e in audit.items], audit.items[0].via) == (1, 1, ["S"], None)
    assert any(w.code == "limited" for w in audit.warnings)
    assert (part.cycles().total, part.cycles("S").total, part.same_items().total) == (0, 0, 0)
    assert part.restriction("G").items == []
    assert part.restriction().total == 1
    assert [n.id for n in part.ends("S").roots] == ["S"]
    assert part.bottlenecks("G").upstream == 1
    assert part.impact("S").by.kind == {"Dataset": 1}
    assert part.impact("A").total == 2
    assert part.paths("S", "G").paths == [["S", "G"]]
    for hidden in (part.impact, part.ends, part.bottlenecks, part.cycles, part.restriction):
        with pytest.raises(NotFoundError):
            hidden("X")
    for one, other in (("S", "X"), ("X", "S")):
        with pytest.raises(NotFoundError):
            part.paths(one, other)
        with pytest.raises(NotFoundError):
            part.hop(one, other)
    with pytest.raises(NotFoundError):
        part.impact("T")
    with pytest.raises(NotFoundError):
        part.audit(jurisdiction="Q")


# --- drawings ---

ODD = [
    'a"b',
    "a\\",
    "a\nb",
    "a\r\nb",
    "<&>]]>",
    "\x00\x1f",
    "中文；",
    "a -> b",
    "\ufffe",
    "//",
    "é",
    " ",
    "'",
    "𠀀",
    "\u2028",
]


def drawn(names: list[str]) -> answers.Lineage:
    """An answer whose nodes have these ids and names; its last hop leads to a node of an earlier page."""
    nodes = [
        answers.LineageNode(id=name, kind="Database", name=name, depth=i, side="down" if i else "root")
        for i, name in enumerate(names)
    ]
    edges = [
        answers.LineageEdge(id=f"e{i}", from_=a, to=b, stage="sharing", term=a, rule=answers.HopRule(verdict="none"))
        for i, (a, b) in enumerate(zip(names, [*names[1:], "earlier"], strict=True))
    ]
    root = answers.Ref(id=names[0], kind="Database", name=names[0])
    return answers.Lineage(
        as_of=date(2024, 1, 1), graph_version="1", root=root, direction="down", nodes=nodes, edges=edges, cycles=[]
    )


@given(st.lists(st.sampled_from(ODD) | st.text(max_size=6), min_size=1, max_size=8, unique=True))
def test_graphml_is_read_again(names: list[str]) -> None:
    answer = drawn(names)
    graph = nx.parse_graphml(to_graphml(answer))
    allowed = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    wanted = [allowed.sub("\ufffd", name.replace("\r\n", "\n")) for name in [*names, "earlier"] if name != "earlier"]
    assert graph.number_of_nodes() == len({*names, "earlier"})
    assert graph.number_of_edges() == len(answer.edges)
    assert sorted(d.get("name", "") for _, d in graph.nodes(data=True)) == sorted([*wanted, "earlier"])
    assert {d["rule"] for *_, d in graph.edges(data=True)} == {"none"}


def read_dot(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Nodes by their tooltip, and edges, of a DOT text: tokens as the language's grammar has them."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|->|[\w.]+|[^\s]', text, re.DOTALL)
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "", text) or '"' in text
    nodes, edges = {}, []
    for statement in re.split(r";\n", text)[2:-1]:
        head, _, attributes = statement.strip().partition(" [")
        given = dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[\w.]+)', attributes))
        if "->" in head:
            start, _, end = head.partition(" -> ")
            edges.append((start, end))
        else:
            nodes[head] = given["tooltip"][1:-1]
    return nodes, edges


@given(st.lists(st.sampled_from(ODD) | st.text(max_size=6), min_size=1, max_size=8, unique=True))
def test_dot_is_read_again(names: list[str]) -> None:
    text = to_dot(drawn(names))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    nodes, edges = read_dot(text)
    assert len(nodes) == len({*names, "earlier"})
    assert len(edges) == len(names)
    assert {end for edge in edges for end in edge} <= set(nodes)


# --- out ---


def test_every_answer_in_every_form(graph: Graph, tmp_path: Path) -> None:
    library = fill(graph, [
        *FLOW,
        ("Item", {"id": "I", "name": "名称", "resource": "S"}),
        ("Item", {"id": "J", "name": "名称", "resource": "U", "personal": True}),
        ("Item", {"id": "K", "name": "名称", "resource": "D", "personal": False}),
        ("SHARING", {"from": "D", "to": "L", "since": "2024-01-01"}),
        ("STORAGE", {"from": "S", "to": "L", "since": "2015-01-01"}),
        ("SHARING", {"from": "J", "to": "K"}), ("SHARING", {"from": "I", "to": "J"}),
    ])  # fmt: skip
    asked: dict[str, answers.Envelope] = {
        "audit": library.audit(),
        "restriction": library.restriction(),
        "restriction?id=D": library.restriction("D"),
        "impact/S": library.impact("S"),
        "paths?from=S&to=E": library.paths("S", "E"),
        "ends/L": library.ends("L"),
        "bottlenecks/E": library.bottlenecks("E"),
        "cycles": library.cycles(),
        "cycles?id=S": library.cycles("S"),
        "hop?from=S&to=U": library.hop("S", "U"),
        "same-items": library.same_items(),
    }
    with served(graph, tmp_path) as api:
        for path, answer in asked.items():
            assert answer.total, path
            got = api.get(f"/v1/{path}")
            assert (got.status_code, got.json()) == (200, json.loads(answer.to_json())), path
            name = re.split(r"[/?]", path)[0].replace("-", "_")
            text = getattr(tables, f"{name}_csv")(answer)
            in_csv = api.get(f"/v1/{path}", headers={"Accept": "text/csv"})
            assert (in_csv.status_code, in_csv.text) == (200, text), path
            assert in_csv.headers["content-type"] == "text/csv; charset=utf-8", path
            rows = list(csv.reader(io.StringIO(text)))
            assert len(rows) > 1
            assert {len(row) for row in rows} == {len(rows[0])}
        for path, status, code in (
            ("impact/没有", 404, "not_found"),
            ("impact/P", 422, "bad_value"),
            ("paths?from=T&to=S", 422, "bad_value"),
            ("paths?from=S", 422, "bad_value"),
            ("ends/没有", 404, "not_found"),
            ("bottlenecks/T", 422, "bad_value"),
            ("cycles?id=没有", 404, "not_found"),
            ("hop?from=S&to=S", 422, "bad_value"),
            ("hop?from=S&to=没有", 404, "not_found"),
            ("restriction?id=T", 422, "bad_value"),
            ("same-items?jurisdiction=没有", 404, "not_found"),
            ("audit?agency=没有", 404, "not_found"),
            ("audit?stage=公开", 422, "bad_value"),
            ("audit?cursor=x", 422, "bad_value"),
        ):
            refused = api.get(f"/v1/{path}")
            assert (refused.status_code, refused.json()["code"]) == (status, code), path
            assert refused.headers["content-type"] == "application/problem+json", path
        assert api.get("/v1/audit?jurisdiction=").json() == json.loads(library.audit().to_json())
        lineage = library.lineage("S")
        for format_, write in (("dot", to_dot), ("graphml", to_graphml)):
            got = api.get(f"/v1/lineage/S?format={format_}")
            assert (got.status_code, got.text) == (200, write(lineage)), format_


def test_the_commands(cli: Cli, csv_file: Callable[[str, str], Path]) -> None:
    def run(*arguments: str) -> str:
        result = cli(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    run("load", "csv", "Resource", str(csv_file("r.csv", "id,name,open_type\nS,[b]源[/b],不予开放\nU,乙,\n")))
    run("load", "csv", "Dataset", str(csv_file("d.csv", "id,name\nD,集\n")))
    run("load", "csv", "Agency", str(csv_file("a.csv", "id,name\nA,局\nB,厅\n")))
    run("load", "csv", "PROVIDED_BY", str(csv_file("p.csv", "from,to\nS,A\nU,B\n")))
    run("load", "csv", "Item", str(csv_file("i.csv", "id,name,resource\nI,名,S\nJ,名,U\n")))
    run("load", "csv", "PROCESSING", str(csv_file("e.csv", "from,to\nS,U\nU,D\nU,S\nI,J\n")))
    for command in (
        ["audit"], ["restriction"], ["restriction", "D"], ["impact", "S"], ["paths", "S", "D"], ["paths", "D", "S"],
        ["ends", "U"], ["bottlenecks", "D"], ["cycles"], ["cycles", "S"], ["hop", "S", "U"], ["same-items"],
    ):  # fmt: skip
        told, said = run("--lang", "en", *command), run("--lang", "zh", *command)
        assert told.strip()
        assert said.splitlines()[0] != told.splitlines()[0]
        assert "[b]" in told or command[0] != "restriction"
        answer = json.loads(run(*command, "--json", "--csv"))
        assert answer["schema"] == "govgraph/1"
        assert list(csv.reader(io.StringIO(run(*command, "--csv"))))
    assert run("lineage", "S", "--dot").startswith("digraph")
    assert nx.parse_graphml(run("lineage", "S", "--graphml")).number_of_nodes() == 3
    failed = cli("impact", "没有", "--json")
    assert (failed.exit_code, json.loads(failed.stderr)["error"]["code"]) == (2, "not_found")
