"""Rule files: what a header and a query may say, and everything that is refused before an engine sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from govgraph import rules
from govgraph.errors import GraphError, QueryTimeoutError, RuleFileError, UsageError
from govgraph.graph import Graph, View
from govgraph.views import viewed

HEADER = "// id: r\n// title.zh: 甲\n// title.en: A\n// severity: high\n"
FIRST = 5
"""The line of the query."""
ROW = "RETURN n.id AS id, 'Theme' AS kind, n.name AS name"
GOOD = [
    f"MATCH (n:Theme) {ROW}",
    f"match (n:Theme) where n.id = 'x' {ROW.lower()}".replace("'theme'", "'Theme'"),
    f"MATCH (n:Theme) {ROW};",
    f"MATCH (n:Theme)\n// DELETE n; CREATE (x)\nWHERE n.name <> '; DETACH DELETE n // /* \\' '\n/* CALL db.x() */ {ROW} ORDER BY id DESC SKIP 1 LIMIT 5",
    f"MATCH (n:Theme) WHERE n.name =~ '\\\\d+' OR n.name STARTS WITH \"CREATE\" {ROW}",
    f"MATCH (n:Theme) WHERE NOT EXISTS {{ MATCH (r:Resource)-[:ABOUT]->(n) WHERE r.id <> $jurisdiction }} {ROW}",
    f"MATCH (n:Theme) OPTIONAL MATCH (r:Resource)-[:ABOUT]->(n) WITH n, count(r) AS many WHERE many >= 2 - 1 * 1 {ROW}",
    "MATCH (n:Use|Dataset {id: 'x'}) RETURN DISTINCT n.id AS id, CASE WHEN n.name IS NULL THEN 'Use' ELSE 'Dataset' END AS kind, coalesce(n.name, n.id) AS name",
    f"MATCH (n:Theme) {ROW} UNION ALL MATCH (n:Theme) {ROW}",
    f"UNWIND ['x', 'y'] AS wanted MATCH (n:Theme {{id: wanted}}) {ROW}",
    "MATCH (a:Jurisdiction)-[:PART_OF*1..3]->(b:Jurisdiction) WHERE b.id = $jurisdiction WITH a, count(b) AS ups RETURN a.id AS id, 'Jurisdiction' AS kind, a.name AS name, a.id AS jurisdiction",
    f"MATCH (n:Theme) WITH n AS `DELETE` MATCH (n:Theme) WHERE n.id = `DELETE`.id {ROW}",
    f"MATCH (n:Theme) WHERE n.source IS NOT NULL AND n.name IN ['a'] XOR true {ROW}",
    f"MATCH (n:Theme)\u3000WHERE n.id = '中文' {ROW}",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_a_rule_may_say(graph: Graph, text: str) -> None:
    rule = rules.parse(HEADER + text, "f.cypher")
    given = dict.fromkeys(rule.parameters, "x")
    graph.vet(rule.text, given)
    assert graph.guarded(rule.text, given, most=5, timeout=10) == []


NEO4J_ONLY = [
    f"MATCH (n:Theme) CALL {{ WITH n MATCH (r:Resource)-[:ABOUT]->(n) RETURN count(r) AS many }} WITH n, many {ROW}",
    f"MATCH (n:Theme) CALL (n) {{ MATCH (r:Resource)-[:ABOUT]->(n) RETURN count(r) AS many }} WITH n, many {ROW}",
    f"MATCH (n:Theme) WHERE date($as_of) > date.truncate('year', date($as_of)) {ROW}",
    f"MATCH (n:Theme) WHERE any(x IN [y IN keys(n) | y + 'a'] WHERE x = 'b') {ROW}",
    f"MATCH (n:Theme) WHERE n {{.id, set: 1}} IS NOT NULL {ROW}",
]


@pytest.mark.parametrize("text", NEO4J_ONLY)
def test_what_a_rule_may_say_where_the_engine_has_it(graph: Graph, text: str) -> None:
    rule = rules.parse(HEADER + text, "f.cypher")
    if graph.dialect == "neo4j":
        assert graph.guarded(rule.text, dict.fromkeys(rule.parameters, "2024-01-01"), most=5, timeout=10) == []


REFUSED = [
    # Writing.
    "CREATE (n:Theme {id: 'x'})",
    f"MATCH (n:Theme) DELETE n {ROW}",
    f"MATCH (n:Theme) dEtAcH/**/DELETE n {ROW}",
    f"MATCH (n:Theme) SET n.name = 'x' {ROW}",
    f"MATCH (n:Theme)/* */SET/* */n.name/* */=/* */'x' {ROW}",
    f"MATCH (n:Theme) REMOVE n.name {ROW}",
    f"MERGE (n:Theme {{id: 'x'}}) {ROW}",
    f"INSERT (n:Theme {{id: 'x'}}) {ROW}",
    f"MATCH (n:Theme) FOREACH (x IN [1] | SET n.name = 'x') {ROW}",
    f"MATCH (by:Theme) WITH by DELETE [by][0] {ROW}",
    f"MATCH (n:Theme) WITH n AS as DELETE n {ROW}",
    f"MATCH (n:Theme) CALL {{ WITH n SET n.name = 'x' }} {ROW}",
    f"MATCH (n:Theme) CALL {{ WITH n DELETE n }} IN TRANSACTIONS OF 1 ROWS {ROW}",
    f"MATCH (n:Theme) WHERE EXISTS {{ CREATE (m) }} {ROW}",
    f"MATCH (n:Theme) WITH 1. DELETE n {ROW}",
    "MATCH (n:Theme) RETURN * DELETE n",
    f"MATCH (n:Theme) {ROW} ORDER BY id DESC DELETE n",
    f"MATCH (n:Theme) {ROW} UNION CREATE (m:Theme) {ROW}",
    # Several statements.
    f"MATCH (n:Theme) {ROW}; MATCH (n) DETACH DELETE n",
    f"MATCH (n:Theme) {ROW};;",
    f";MATCH (n:Theme) {ROW}",
    # Reaching outside.
    f"COPY (MATCH (n:Theme) {ROW}) TO '/tmp/out.csv'",
    "LOAD FROM '/etc/passwd' RETURN * ",
    f"MATCH (n:Theme) LOAD FROM '/etc/passwd' {ROW}",
    f"LOAD CSV FROM 'https://example.org/' AS row MATCH (n:Theme) {ROW}",
    f"MATCH (n:Theme) WITH n LOAD CSV FROM 'file:///etc/passwd' AS row {ROW}",
    "CALL db.labels() YIELD label RETURN label AS id, 'Theme' AS kind, label AS name",
    "CALL show_tables() RETURN name AS id, 'Theme' AS kind, name AS name",
    "call/* */show_tables() RETURN name AS id, 'Theme' AS kind, name AS name",
    f"MATCH (n:Theme) CALL apoc.cypher.doIt('CREATE (x)', {{}}) YIELD value {ROW}",
    f"MATCH (n:Theme) CALL dbms.listConfig {ROW}",
    "CALL `db`.`labels`() RETURN 1 AS id, 'Theme' AS kind, 'x' AS name",
    "CALL threads=1",
    f"MATCH (n:Theme) OPTIONAL CALL db.labels() YIELD label {ROW}",
    f"USE other MATCH (n:Theme) {ROW}",
    f"MATCH (n:Theme) CALL {{ USE other MATCH (m) RETURN m }} {ROW}",
    f"MATCH (n:Theme) WHERE n.id = apoc.load.json('https://example.org') {ROW}",
    f"MATCH (n:Theme) WHERE n.id = nextval('s') {ROW}",
    f"MATCH (n:Theme) WHERE n.id = `nextval`('s') {ROW}",
    f"MATCH (n:Theme) WHERE n.id = file() {ROW}",
    "INSTALL httpfs",
    "LOAD EXTENSION httpfs",
    "ATTACH 'x.db' AS other (dbtype duckdb)",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "SHOW TRANSACTIONS YIELD transactionId AS id RETURN id, 'Theme' AS kind, id AS name",
    "TERMINATE TRANSACTIONS 'x'",
    "DROP TABLE Theme",
    "ALTER TABLE Theme ADD x STRING",
    "CHECKPOINT",
    "BEGIN TRANSACTION",
    "EXPLAIN MATCH (n:Theme) " + ROW,
    "PROFILE MATCH (n:Theme) " + ROW,
    "CYPHER 5 MATCH (n:Theme) " + ROW,
    "CREATE MACRO f(x) AS x",
    "COMMENT ON TABLE Theme IS 'x'",
    "PROJECT GRAPH PK (Theme)",
    # Escapes that the engines read differently.
    f"MATCH (n:Theme) WHERE n.id = '\\u0027 DELETE n //' {ROW}",
    f"MATCH (n:Theme) WHERE n.id = 'x\\U0027' {ROW}",
    f"MATCH (n:Theme) WHERE n.id = '\\\\\\u0027' {ROW}",
    f"MATCH (n:Theme) \\u0044ELETE n {ROW}",
    f"MATCH (n:`\\u0060) DELETE n //`) {ROW}",
    f"MATCH (n:Theme) WHERE n.id = '\\x41' {ROW}",
    # What ends nowhere, or is not seen.
    f"MATCH (n:Theme) WHERE n.id = 'x {ROW}",
    f'MATCH (n:Theme) WHERE n.id = "x {ROW}',
    f"MATCH (n:`Theme) {ROW}",
    f"MATCH (n:Theme) /* {ROW}",
    f"MATCH (n:Theme {ROW}",
    f"MATCH (n:Theme)) {ROW}",
    f"MATCH (n:Theme) // \u2028 DELETE n\n{ROW}",
    f"MATCH (n:Theme) // x\r DELETE n\n{ROW}",
    f"MATCH (n:Theme)\u200b {ROW}",
    f"MATCH (n:Theme) WHERE n.id = '\u202e' {ROW}",
    # Parameters and columns.
    f"MATCH (n:Theme {{id: $id}}) {ROW}",
    f"MATCH (n:Theme {{id: $`as_of`}}) {ROW}",
    "MATCH (n:Theme) RETURN n.id AS id, n.name AS name",
    "MATCH (n:Theme) RETURN n.id, 'Theme' AS kind, n.name AS name",
    "MATCH (n:Theme) RETURN *",
    f"MATCH (n:Theme) {ROW}, 1 AS score",
    f"MATCH (n:Theme) {ROW}, n.id AS id",
    "MATCH (n:Theme)",
    "WHERE 1 = 1 " + ROW,
    "",
    "// a remark\n",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_no_rule_may_say(text: str) -> None:
    with pytest.raises(RuleFileError, match=r"^f\.cypher:\d+: ") as refusal:
        rules.parse(HEADER + text, "f.cypher")
    assert int(refusal.value.message.split(":")[1]) >= FIRST or "lacks" in refusal.value.message


def test_a_refusal_names_the_line() -> None:
    text = HEADER + f"MATCH (n:Theme)\n/* two\nlines */ WHERE n.name = 'a\nb'\nDELETE n\n{ROW}"
    with pytest.raises(RuleFileError, match=r"^f:9: says DELETE"):
        rules.parse(text, "f")


def test_what_an_engine_gets_is_the_query_line_by_line_without_comments() -> None:
    text = HEADER + f"MATCH (n:Theme) // aside\n\n/* long\nlong */ WHERE n.id = '// no' {ROW}"
    rule = rules.parse(text, "f")
    assert rule.text == f"MATCH (n:Theme)\n\n\nWHERE n.id = '// no' {ROW}"
    assert rule.line == FIRST


HEADERS = [
    ("", "lacks id:, title.zh:, title.en:, severity:"),
    ("// id: r\n// title.zh: 甲\n// severity: high\n", "lacks title.en:"),
    (HEADER.replace("high", "worst"), "f:4: severity: worst"),
    (HEADER.replace("id: r", "id: R 1"), "f:1: id:"),
    (HEADER + "// id: s\n", "f:5: id: stands twice"),
    (HEADER + "// remedy.fr: x\n", "f:5: there is no remedy.fr:"),
    (HEADER + "// basis:\n", "f:5: basis: says nothing"),
]


@pytest.mark.parametrize(("header", "why"), HEADERS)
def test_malformed_headers(header: str, why: str) -> None:
    with pytest.raises(RuleFileError, match=why):
        rules.parse(f"{header}MATCH (n:Theme) {ROW}", "f")


def test_a_whole_header() -> None:
    more = "// basis: 国发〔2016〕51号\n// remedy.zh: 补\n// remedy.en: mend\n// 这是说明，不是键\n"
    rule = rules.parse(f"{HEADER}{more}MATCH (n:Theme) {ROW}", "f")
    assert (rule.id, rule.title, rule.severity, rule.basis) == ("r", ("甲", "A"), "high", "国发〔2016〕51号")
    assert (rule.remedy, rule.columns, rule.line) == (("补", "mend"), ("id", "kind", "name"), 9)


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="no folder"):
        rules.read_folder(tmp_path / "none")
    with pytest.raises(RuleFileError, match=r"no \*.cypher"):
        rules.read_folder(tmp_path)
    (tmp_path / "a.cypher").write_text(f"{HEADER}MATCH (n:Theme) {ROW}")
    (tmp_path / "notes.txt").write_text("CREATE")
    assert [r.id for r in rules.read_folder(tmp_path)] == ["r"]
    (tmp_path / "b.cypher").write_text(f"{HEADER}MATCH (n:Theme) {ROW}")
    with pytest.raises(RuleFileError, match=r"b\.cypher:1: id r is that of .*a\.cypher"):
        rules.read_folder(tmp_path)
    (tmp_path / "b.cypher").write_bytes(b"// id: s\n// title.zh: \xb9\xab\n")
    with pytest.raises(RuleFileError, match=r"b\.cypher:2: is not UTF-8"):
        rules.read_folder(tmp_path)
    (tmp_path / "b.cypher").write_text("// " + "x" * rules.MOST_BYTES)
    with pytest.raises(RuleFileError, match="larger"):
        rules.read_folder(tmp_path)
    (tmp_path / "b.cypher").unlink()
    (tmp_path / "b.cypher").mkdir()
    with pytest.raises(RuleFileError, match="can't be read"):
        rules.read_folder(tmp_path)


# --- the engines' own guard, for what the tokenizer should ever let through -------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:Theme {id: 'x'}) RETURN n.id AS id",
        "MATCH (n:Theme) SET n.name = 'x' RETURN n.id AS id",
        "MATCH (n:Theme) DETACH DELETE n",
        "MERGE (n:Theme {id: 'x'}) RETURN n.id AS id",
    ],
)
def test_an_engine_does_not_write_for_a_rule(graph: Graph, text: str) -> None:
    with graph.write() as tx:
        tx.run("CREATE (n:Theme {id: 'kept', name: 'kept'})")
    for ask in (lambda: graph.vet(text), lambda: graph.guarded(text, most=5, timeout=10)):
        with pytest.raises(GraphError):
            ask()
    assert graph.read("MATCH (n:Theme) RETURN n.id AS id, n.name AS name") == [{"id": "kept", "name": "kept"}]
    with graph.write() as tx:
        tx.run("MATCH (n:Theme) DETACH DELETE n")


def test_an_engine_runs_nothing_to_look_at_a_rule(graph: Graph) -> None:
    with pytest.raises(GraphError):
        graph.vet("MATCH (n:Theme) RETRN n")
    with pytest.raises(GraphError):
        graph.vet("MATCH (n:Theme RETURN n.id AS id")


def test_rows_and_seconds_of_a_rule_are_limited(graph: Graph) -> None:
    assert len(graph.guarded("UNWIND range(1, 1000) AS x RETURN x", most=7, timeout=10)) == 7
    slow = (
        "UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y WITH x, y WHERE x * y = -1 RETURN count(*) AS many"
    )
    with pytest.raises(QueryTimeoutError):
        graph.guarded(slow, most=7, timeout=0.3)
    # The graph is as good as before.
    assert graph.guarded("RETURN 1 AS one", most=7, timeout=10) == [{"one": 1}]


def test_a_limited_graph_takes_no_foreign_text(graph: Graph) -> None:
    limited = viewed(graph, View("x", ("x",)))
    with pytest.raises(UsageError, match="can't be limited to x"):
        limited.vet("RETURN 1 AS one")
    with pytest.raises(UsageError, match="can't be limited to x"):
        limited.guarded("RETURN 1 AS one", most=1, timeout=1)
