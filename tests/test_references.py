"""What words name, where a kind is too large for its names to be held: the same as where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgraph import graph as graphs
from govgraph import references
from govgraph.library import Library
from govgraph.names import NameIndex
from govgraph.queries import ask
from govgraph.references import References
from tests.conftest import load_world
from tests.dumps import dump


@pytest.fixture
def unheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kind is small enough."""
    monkeypatch.setattr(references, "SMALL", 0)


def test_the_baseline_is_the_same(unheld: None, library: Library, dated: Library) -> None:
    load_world(library, "dated")
    assert dump(library.graph, runs=False) == dump(dated.graph, runs=False)


def test_each_word_means_what_it_means(
    unheld: None, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "Jurisdiction": "id,name,level,parent\nP,河北省,省级,\nC,石家庄市,city,河北省\n",
        "Agency": "id,name,aliases,jurisdiction\nA1,数据局,大数据局,河北省\nA2,数据中心,,石家庄\nA3,数据中心,中心,P\n",
        "Resource": "id,name,aliases,provider\nS1,参保信息,社保,大数据局\nS2,户籍信息,参保信息,数据局\nS3,登记信息,,A2\n"
        "S4,坏,,数据中心\nS5,坏,,没有\n",
        "Dataset": "id,name,provider\nD1,户籍信息,中心\n",
    }
    found = {}
    for kind, text in files.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        report = library.load(kind, [f"{kind}.csv"])
        found[kind] = [(r.row, r.column, r.code) for r in report.rejects]
    assert found == {
        "Jurisdiction": [],
        "Agency": [],
        "Resource": [(5, "provider", "ambiguous_reference"), (6, "provider", "unknown_reference")],
        "Dataset": [],
    }
    # 登记信息 and 户籍信息 are names, 社保 is an alias, 参保信息 the name of one and the alias of another.
    (tmp_path / "edges.csv").write_text(
        "from,to,to_kind\n登记信息,户籍信息,Resource\nS3,D1,\nS3,户籍信息,\n社保,S3,\nS3,参保信息,Resource\n",
        encoding="utf-8",
    )
    report = library.load("OPENING", ["edges.csv"])
    assert report.created == 3
    assert [(r.row, r.code) for r in report.rejects] == [(4, "ambiguous_reference"), (6, "ambiguous_reference")]
    assert "Dataset D1, Resource S2" in report.rejects[0].message
    assert "Resource S1, Resource S2" in report.rejects[1].message
    assert ("PROVIDED_BY", "S1", "A1") in {(key[0], *key[3:5]) for key in dump(library.graph) if len(key) > 4}


LETTERS = st.text("ab", min_size=1, max_size=2)
THINGS = st.lists(
    st.tuples(LETTERS, LETTERS, st.lists(LETTERS, max_size=2)), min_size=1, max_size=6, unique_by=lambda thing: thing[0]
)


@settings(max_examples=40, deadline=None)
@given(things=THINGS, words=st.lists(LETTERS, min_size=1, max_size=8))
def test_looked_up_words_are_the_indexes(
    things: list[tuple[str, str, list[str]]], words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    nodes: list[dict[str, Any]] = [{"id": id_, "name": name, "aliases": also} for id_, name, also in things]
    index = NameIndex("Theme", nodes)
    folder = tmp_path_factory.mktemp("words")
    lines = [f"{id_},{name},{'|'.join(also)}" for id_, name, also in things]
    (folder / "t.csv").write_text("id,name,aliases\n" + "\n".join(lines) + "\n", encoding="utf-8")
    with graphs.open(":memory:") as graph, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(references, "SMALL", 0)
        assert Library(graph).load("Theme", ["t.csv"]).created == len(things)

        def asks(name: str, parameters: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
            return ask(graph, name, parameters, words=words)

        looked = References(asks, asks)
        looked.expect(("Theme",), words[:3])
        for word in words:
            assert looked.find(("Theme",), word) == [("Theme", id_) for id_ in index.find(word)]
