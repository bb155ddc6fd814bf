"""The texts that the model becomes, word for word: a change here is a change of every graph."""

from __future__ import annotations

import pytest

from govgraph import schema


def test_a_node_that_is_new_or_changed() -> None:
    assert schema.node_write("Theme", ("name", "hash"), "ladybug", new=True) == (
        "UNWIND $rows AS r CREATE (:`Theme` {id: r.id, `name`: r.`name`, `hash`: r.`hash`})"
    )
    assert schema.node_write("Theme", ("name",), "ladybug", new=False) == (
        "UNWIND $rows AS r WITH r.id AS id, r.`name` AS `name` MERGE (x:`Theme` {id: id}) "
        "ON CREATE SET x.`name` = `name`, x.`aliases` = null, x.`position` = null, x.`source` = null, "
        "x.`passage` = null, x.`origin` = null, x.`run` = null, x.`hash` = null, x.`said` = null, x.`also` = null "
        "ON MATCH SET x.`name` = `name`, x.`aliases` = null, x.`position` = null, x.`source` = null, "
        "x.`passage` = null, x.`origin` = null, x.`run` = null, x.`hash` = null, x.`said` = null, x.`also` = null"
    )
    assert schema.node_write("Theme", ("name",), "neo4j", new=True) == (
        "UNWIND $rows AS r MATCH (x:`Theme` {id: r.id}) SET x.`name` = r.`name`"
    )
    assert schema.node_write("Theme", ("name",), "neo4j", new=False) == (
        "UNWIND $rows AS r MATCH (x:`Theme` {id: r.id}) SET x.`name` = r.`name`, x.`aliases` = null, "
        "x.`position` = null, x.`source` = null, x.`passage` = null, x.`origin` = null, x.`run` = null, "
        "x.`hash` = null, x.`said` = null, x.`also` = null"
    )


def test_nodes_are_claimed_where_several_write() -> None:
    assert schema.claim_nodes("Theme", "ladybug").startswith("UNWIND $ids AS i MATCH (x:`Theme` {id: i}) RETURN x.`id`")
    assert schema.claim_nodes("Theme", "neo4j").startswith(
        "UNWIND $ids AS i MERGE (x:`Theme` {id: i}) ON MATCH SET x.id = i WITH x WHERE x.hash IS NOT NULL RETURN x.`id`"
    )


def test_an_edge_that_is_new_or_changed() -> None:
    ends = "UNWIND $rows AS r MATCH (x:`Resource` {id: r.a}) MATCH (y:`Resource` {id: r.b}) "
    new = schema.edge_write("SHARING", "Resource", "Resource", ("id", "since_day"), new=True)
    assert new == ends + (
        "CREATE (x)-[:`SHARING` {source: r.source, `key`: r.`key`, `id`: r.`id`, `since_day`: date(r.`since_day`)}]->(y)"
    )
    changed = schema.edge_write("SHARING", "Resource", "Resource", ("id", "since_day"), new=False)
    assert changed.startswith(ends + "MERGE (x)-[e:`SHARING` {source: r.source, `key`: r.`key`}]->(y) ON CREATE SET ")
    created, matched = changed.split("ON CREATE SET ")[1].split(" ON MATCH SET ")
    assert created == matched
    assert "e.`since_day` = date(r.`since_day`)" in created
    assert "e.`until_day` = null" in created


def test_what_makes_an_empty_graph_ready() -> None:
    ladybug, neo4j = schema.ddl("ladybug").values(), schema.ddl("neo4j").values()
    assert "CREATE CONSTRAINT govgraph_theme_unique IF NOT EXISTS FOR (x:`Theme`) REQUIRE x.id IS UNIQUE" in neo4j
    assert "CREATE TEXT INDEX govgraph_theme_name IF NOT EXISTS FOR (x:`Theme`) ON (x.`name`)" in neo4j
    assert all("IF NOT EXISTS" in text for text in (*ladybug, *neo4j))
    with pytest.raises(KeyError):
        schema.ddl("sql")


def test_aliases_are_one_text_of_lines() -> None:
    found = schema.also(("甲", "乙丙"))
    assert found == "\n甲\n乙丙\n"
    assert schema.line("乙丙") in found
    assert schema.line("乙") not in found
    assert schema.also(()) is schema.also(None) is None
