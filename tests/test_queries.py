"""cypher/: every file is documented and runs; malformed ones are refused."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path

import pytest

from govgraph import queries
from govgraph.errors import QueryFileError
from govgraph.graph import Graph, View
from govgraph.model import ASSETS, EDGES, GRADED, NODES, RECORD_TYPES
from govgraph.views import viewed
from tests.conftest import ENGINES

WORDS = {
    "KIND": list(NODES),
    "KINDS": list(NODES),
    "ASSET": list(ASSETS),
    "GRADED": list(GRADED),
    "TYPE": list(EDGES),
    "RECORD": ["|".join(RECORD_TYPES), "SHARING"],
    "HOPS": ["1", "30"],
}
VALUES = {
    "id": "x",
    "ids": ["x"],
    "text": "x",
    "line": "\nx\n",
    "limit": 1,
    "day": date(2024, 1, 1),
    "first": date.min,
    "last": date.max,
    "level": "province",
    "rows": [{"id": "x", "passage": "", "agency": "x", "since": "2024", "after": ""}],
    "after": "",
    "names": ["x"],
    "words": ["x"],
    "block": 0,
    "elements": ["x"],
    "source": "s",
    "choose": "out",
    "chosen": ["x"],
    "places": ["x"],
    "outside": ["x"],
    "counting": ["x"],
    "theme": "x",
    "agency": "x",
    "by": "share",
    "lowest": "",
    "highest": "\U0010ffff",
    "iso": "2024-01-01",
    "month": "2023-12",
    "half": "2023-H2",
    "year": "2023",
    "mark": "x",
}


VIEW = View("x", ("x", "y"), ("z",))
UNSIGHTED = {
    "catalogue/meta": "facts about the graph itself, which every answer rests on",
    "catalogue/runs": "a load tells of things anywhere; limited graphs answer with none",
    "catalogue/edges_attached": "of undo and sweep, which limited keys may not do",
    "catalogue/linked_at_all": "of undo and sweep, which limited keys may not do",
    "catalogue/merged": "of whose words a row is; what it may be written to is decided after",
    "catalogue/placeholders": "of undo and sweep, which limited keys may not do",
    "catalogue/placeholders_of": "of undo and sweep, which limited keys may not do",
    "homes/held": "decides whether a row may be written, and so looks at everything",
    "homes/located": "decides whether a row may be written, and so looks at everything",
    "homes/provided": "decides whether a row may be written, and so looks at everything",
    "lineage/downstream": "walks through what is hidden; limited graphs go hop by hop",
    "lineage/upstream": "walks through what is hidden; limited graphs go hop by hop",
}
"""Files that say nothing of sight, and why they need not."""
FILES = [(e, n, d) for e in ENGINES for n, d in sorted(queries.library(), key=str) if d in (None, e)]


@pytest.mark.parametrize(("engine", "name", "dialect"), FILES)
def test_every_file_runs(engine: str, graph: Graph, name: str, dialect: str | None) -> None:
    query = queries.library()[name, dialect]
    assert query.doc[0].isupper()
    assert query.doc.endswith(".")
    ran = 0
    for words in itertools.product(*(WORDS[p] for p in sorted(query.placeholders))):
        # A text that a server has not seen takes it some 20 ms: there a sample of the words will do.
        if engine == "neo4j" and ran >= 8:
            break
        filled = dict(zip(sorted(query.placeholders), words, strict=True))
        if "TYPE" in filled and not fits(query.text, filled):
            continue
        given = {p: VALUES[p] for p in query.parameters}
        if "<<HIDES" not in query.text:
            run(graph, query.fill(filled), given)
        if query.sighted:
            graph.read(*queries.bind(name, graph.dialect, given, filled, VIEW))
        ran += 1
    assert ran


def run(graph: Graph, text: str, parameters: dict[str, object]) -> None:
    """Read, or write where the text does."""
    if "DELETE" in text:
        graph.transact(lambda tx: tx.run(text, parameters))
    else:
        graph.read(text, parameters)


def fits(text: str, words: dict[str, str]) -> bool:
    """Whether the model has such an edge at such a node; an engine with a schema refuses others."""
    kinds = {words[k] for k in ("KIND", "ASSET") if k in words}
    pairs = EDGES[words["TYPE"]].pairs
    if "KINDS" in words:
        return (words["KINDS"], words["KIND"]) in pairs
    if "newer:Regulation" in text or "x:Resource" in text:
        kinds.add("Regulation" if "newer" in text else "Resource")
    if len(kinds) == 2:
        return any(set(pair) == kinds for pair in pairs)
    starts = {a for a, _ in pairs}
    ends = {b for _, b in pairs}
    if "newer" in text:
        return ("Regulation", "Regulation") in pairs
    return not kinds or kinds <= (ends if "<-[e" in text else starts)


def test_every_file_says_what_a_limited_key_sees(graph: Graph) -> None:
    assert {name for (name, _), query in queries.library().items() if not query.sighted} == set(UNSIGHTED)
    for query in queries.library().values():
        text = query.text
        # Innermost brackets first: beside a condition of sight no OR stands in the same bracket.
        while found := re.search(r"[({\[][^(){}\[\]]*[)}\]]", text):
            assert not unbound(found[0]), query.name
            text = text.replace(found[0], "…")
        assert not unbound(text), query.name
    limited = viewed(graph, VIEW)
    for name in set(UNSIGHTED) - queries.UNLIMITED:
        query = queries.get(name, graph.dialect)
        with pytest.raises(QueryFileError, match="limited graph"):
            queries.ask(limited, name, {p: VALUES[p] for p in query.parameters})
    with pytest.raises(QueryFileError, match="not limited"):
        queries.ask(graph, "catalogue/hidden_out", {"id": "x"}, words={"KIND": "Use", "TYPE": "ABOUT"})


def unbound(clause: str) -> bool:
    """Whether a condition of sight stands beside an OR, so that it would not hold for all."""
    return any(
        "<<" in where and " OR " in where for where in re.findall(r"WHERE.*?(?=RETURN|WITH|MATCH|$)", clause, re.S)
    )


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("room/name", "MATCH (n:Theme) RETURN n.id AS id", "// lines"),
        ("room/name", "//  \nRETURN 1 AS one", "// lines"),
        ("room/name", "// Doc.\n", "no statement"),
        ("room/name", "// Doc.\nRETURN 1 AS one; RETURN 2 AS two", "one statement"),
        ("room/name", "\ufeff// Doc.\nRETURN 1 AS one", "byte-order"),
        ("room/name", "// Doc.\nMATCH (n:Theme RETURN n.id AS id", "unbalanced"),
        ("room/name", "// Doc.\nMATCH (n:<<LABEL>>) RETURN n.id AS id", "placeholders"),
        ("room/name", "// Doc.\nMATCH (n:Theme) RETURN n.id] AS id", "unbalanced"),
        ("room/name", "// Doc.\nMATCH (n:Theme {id: $id) RETURN n.id AS id", "unbalanced"),
        ("room/name", "// Doc.\nRETURN 1 AS one;", "terminator"),
        ("room/name", "", "// lines"),
        ("room/name", "// Doc.\nMATCH (n:Theme) WHERE <<SEES n Theme>> AND n.id = 'x'", "last"),
        ("room/name", "// Doc.\nMATCH (n:Theme) WHERE n.id = $id AND (<<SEES n Theme>>)", "neither"),
        ("room/name", "// Doc.\nMATCH (n:Theme) WHERE <<SEES n Themes>>", "no kind"),
        ("room/name", "// Doc.\nMATCH (n:<<KIND>>)-[e:ABOUT]->(x) WHERE <<SEES x ENDS>>", "no kind"),
        ("room/name", "\n// Doc.\nRETURN 1 AS one", "// lines"),
        ("Name", "// Doc.\nRETURN 1 AS one", "room/question"),
        ("a/b/c", "// Doc.\nRETURN 1 AS one", "room/question"),
        ("room/two words", "// Doc.\nRETURN 1 AS one", "room/question"),
    ],
)
def test_malformed_files_are_refused(name: str, content: str, why: str) -> None:
    with pytest.raises(QueryFileError, match=why):
        queries.parse(name, None, content)


def test_what_is_in_quotes_is_no_syntax() -> None:
    text = "// Doc.\n// More.\nMATCH (n:`a;(`) WHERE n.name = 'x;)$no<<NO>>' AND n.id = $id // aside\nRETURN n.id AS id"
    query = queries.parse("room/name", None, text)
    assert (query.doc, set(query.parameters), query.placeholders) == ("Doc.\nMore.", {"id"}, frozenset())


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "a.cypher").write_bytes("// 文档。\nRETURN 1 AS one".encode("gb18030"))
    with pytest.raises(QueryFileError, match="UTF-8"):
        queries.read_folder(tmp_path)


def test_every_file_is_read_and_every_question_is_there_for_this_engine(graph: Graph) -> None:
    files = {p.relative_to(queries.FOLDER).as_posix() for p in queries.FOLDER.rglob("*") if p.is_file()}
    assert files == {f"{name}.{dialect}.cypher" if dialect else f"{name}.cypher" for name, dialect in queries.library()}
    for name, dialect in queries.library():
        if dialect in (None, graph.dialect):
            assert queries.get(name, graph.dialect).name == name


def test_duplicates_are_refused(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "a.cypher").write_text("// Doc.\nRETURN 1 AS one")
    (room / "b.cypher").write_text("// Other doc.\nRETURN 1 AS one")
    with pytest.raises(QueryFileError, match="same statement"):
        queries.read_folder(tmp_path)
    (room / "b.cypher").rename(room / "a.neo4j.cypher")
    (room / "a.neo4j.cypher").write_text("// Doc.\nRETURN 2 AS two")
    with pytest.raises(QueryFileError, match="both"):
        queries.read_folder(tmp_path)


def test_parameters_and_words_must_match(graph: Graph) -> None:
    for parameters, words in (({}, {"KIND": "Theme"}), ({"ids": [], "more": 1}, {"KIND": "Theme"}), ({"ids": []}, {})):
        with pytest.raises(QueryFileError):
            queries.ask(graph, "catalogue/known_ids", parameters, words=words)
    with pytest.raises(QueryFileError, match="can't stand"):
        queries.ask(graph, "catalogue/known_ids", {"ids": ["x"]}, words={"KIND": "Theme) DETACH DELETE (x"})
    with pytest.raises(QueryFileError, match="no cypher"):
        queries.ask(graph, "catalogue/nothing")
