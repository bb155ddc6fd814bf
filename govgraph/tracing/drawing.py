"""A lineage answer as a picture for other programs: DOT (Graphviz) and GraphML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from govgraph import answers
from govgraph.model import Stage
from govgraph.words import VERDICTS

_SHAPES = {"Platform": "house", "Agency": "house", "Database": "cylinder", "Dataset": "folder", "Item": "note"}
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold, not even written as a number; and the carriage return, which a reader takes for a line feed."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NODE = ("name", "kind", "side", "depth", "redacted")
_EDGE = ("stage", "since", "until", "via", "mode", "under", "term", "assumed", "rule", "bases")
_TYPES = {"depth": "int", "redacted": "int", "assumed": "boolean"}


def to_dot(answer: answers.Lineage) -> str:
    """The answer as a DOT digraph: nodes by kind, hops with their stage, date and law.

    Ids of nodes stand in ``tooltip``; the graph's own are numbers, so that any id can be drawn.
    """
    number = _numbers(answer)
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [shape=box, fontname="sans-serif"];']
    known = {node.id: node for node in answer.nodes}
    for id_, short in number.items():
        node = known.get(id_)
        label = id_ if node is None else node.name if node.redacted is None else f"×{node.redacted}"
        style = f", shape={_SHAPES[node.kind]}" if node and node.kind in _SHAPES else ""
        style += ", penwidth=3" if id_ == answer.root.id else ""
        lines.append(f"  {short} [label={_dot(label)}, tooltip={_dot(id_)}{style}];")
    for edge in answer.edges:
        stage, rule = Stage.parse(edge.stage), VERDICTS[edge.rule.verdict][0]
        label = "\n".join(filter(None, (stage.zh, edge.since, f"〔{rule}〕")))
        lines.append(f"  {number[edge.from_]} -> {number[edge.to]} [label={_dot(label)}, tooltip={_dot(edge.id)}];")
    return "\n".join([*lines, "}"]) + "\n"


def to_graphml(answer: answers.Lineage) -> str:
    """The answer as GraphML: ids are its own, and every field is an attribute.

    A character that XML can't hold stands as U+FFFD; where two ids then read alike, the later has a number added.
    """
    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for target, names in (("node", _NODE), ("edge", _EDGE)):
        for name in names:
            kind = _TYPES.get(name, "string")
            key = {"id": f"{target}_{name}", "for": target, "attr.name": name, "attr.type": kind}
            ElementTree.SubElement(root, "key", key)
    graph = ElementTree.SubElement(root, "graph", edgedefault="directed", id="lineage")
    known = {node.id: node for node in answer.nodes}
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for id_ in _numbers(answer):
        wanted = plain = _xml(id_)
        count = 1
        while wanted in taken:
            count += 1
            wanted = f"{plain} ({count})"
        taken.add(wanted)
        ids[id_] = wanted
        element = ElementTree.SubElement(graph, "node", id=wanted)
        node = known.get(id_)
        values: dict[str, object] = {name: getattr(node, name) for name in _NODE} if node else {"name": id_}
        _data(element, "node", values)
    for edge in answer.edges:
        element = ElementTree.SubElement(graph, "edge", id=_xml(edge.id), source=ids[edge.from_], target=ids[edge.to])
        values = {name: getattr(edge, name) for name in _EDGE if name not in ("rule", "bases")}
        _data(element, "edge", {**values, "rule": edge.rule.verdict, "bases": "|".join(edge.rule.bases) or None})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _numbers(answer: answers.Lineage) -> dict[str, str]:
    """Every node that the answer speaks of: a page's hops may lead to nodes of earlier pages."""

    def every() -> Iterator[str]:
        yield from (node.id for node in answer.nodes)
        for edge in answer.edges:
            yield from (edge.from_, edge.to)

    return {id_: f"n{number}" for number, id_ in enumerate(dict.fromkeys(every()))}


def _data(element: ElementTree.Element, target: str, values: dict[str, object]) -> None:
    for name, value in values.items():
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            ElementTree.SubElement(element, "data", key=f"{target}_{name}").text = _xml(text)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text.replace("\r\n", "\n"))


def _dot(text: str) -> str:
    """A quoted string of DOT, in which a backslash begins an escape."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "\n").replace("\n", "\\n")
    return '"' + _CONTROL.sub("\ufffd", escaped) + '"'
