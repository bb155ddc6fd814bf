"""The model described: for ``govgraph model`` and ``docs/model.md``."""

from __future__ import annotations

from typing import Any

from govgraph.errors import UsageError
from govgraph.model import ASSETS, EDGES, NODES, PLACES, Edge, Node, Stage, links
from govgraph.terms import Term


def as_dict(kind: str | None = None) -> dict[str, Any]:
    """The model as data; ``kind`` narrows it to one node kind or edge type.

    Raises:
        UsageError: there is no such kind.
    """
    nodes = [_node(n) for n in NODES.values() if kind is None or kind.lower() == n.kind().lower()]
    edges = [_edge(e) for e in EDGES.values() if kind is None or kind.upper() == e.type]
    if kind and not nodes and not edges:
        raise UsageError(f"the model has no {kind!r}; kinds: {', '.join(NODES)}; types: {', '.join(EDGES)}")
    stages = [{"stage": s.value, "zh": s.zh, "en": s.en, "aliases": list(s.aliases)} for s in Stage]
    return {"schema": "govgraph/1", "stages": stages if kind is None else [], "nodes": nodes, "edges": edges}


def _node(model: type[Node]) -> dict[str, Any]:
    linked = [
        {
            "name": name,
            "type": "link",
            "edge": link.type,
            "zh": _extra(model, name)["zh"],
            "en": model.model_fields[name].title,
        }
        for name, link in links(model).items()
    ]
    return {
        "kind": model.kind(),
        "zh": model.zh,
        "en": model.en,
        "plural": model.plural,
        "asset": model.kind() in ASSETS,
        "place": model.kind() in PLACES,
        "doc": (model.__doc__ or "").split("\n")[0],
        "source": model.source_note,
        "fields": _fields(model) + linked,
    }


def _edge(model: type[Edge]) -> dict[str, Any]:
    return {
        "type": model.type,
        "zh": model.zh,
        "en": model.en,
        "doc": (model.__doc__ or "").split("\n")[0],
        "pairs": [list(p) for p in model.pairs],
        "keys": list(model.keys),
        "fields": _fields(model),
    }


def label(model: type[Node | Edge], name: str) -> str:
    """What a field is called, in Chinese and English."""
    return f"{_extra(model, name).get('zh', name)}: {model.model_fields[name].title}"


def _extra(model: type[Node | Edge], name: str) -> dict[str, Any]:
    extra = model.model_fields[name].json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def _fields(model: type[Node] | type[Edge]) -> list[dict[str, Any]]:
    found = []
    for column in model.columns():
        kind = "date" if column.is_date else column.type
        found.append(
            {
                "name": column.name,
                "type": f"one of {column.term.__name__}" if column.term else kind,
                "terms": _terms(column.term),
                "zh": column.zh,
                "en": column.en,
            }
        )
    return found


def _terms(term: type[Term] | None) -> list[dict[str, str]]:
    return [{"value": m.value, "zh": m.zh, "en": m.en} for m in term] if term else []


def markdown() -> str:
    """``docs/model.md``."""
    model = as_dict()
    lines = [
        "# The model",
        "",
        "Made by `govgraph model --markdown` from `govgraph/model.py`; a test holds the two together.",
        "Every node has `id`, `name`, `aliases`; a list in a row is separated by `|`; a date may be partial (2018, 2021-11, 2022-H2).",
        "",
        "## Stages",
        "",
        "| stage | 环节 | also |",
        "|---|---|---|",
        *(f"| `{s['stage']}` | {s['zh']} | {'、'.join(s['aliases'])} |" for s in model["stages"]),
        "",
        "## Nodes",
    ]
    for node in model["nodes"]:
        role = " (asset)" if node["asset"] else " (place)" if node["place"] else ""
        lines += ["", f"### {node['kind']} {node['zh']}{role}", "", node["doc"], ""]
        if node["source"]:
            lines += [f"Source: {node['source']}.", ""]
        lines += _table(node["fields"][3:])
    lines += ["", "## Edges"]
    for edge in model["edges"]:
        pairs: dict[str, list[str]] = {}
        for start, end in edge["pairs"]:
            pairs.setdefault(start, []).append(end)
        lines += ["", f"### {edge['type']} {edge['zh']}", "", edge["doc"], ""]
        lines += [f"- {start} → {', '.join(ends)}" for start, ends in pairs.items()]
        if edge["fields"]:
            lines += ["", *_table(edge["fields"])]
        if edge["keys"]:
            lines += ["", f"Two edges between one pair differ by: {', '.join(edge['keys'])}."]
    return "\n".join(lines) + "\n"


def _table(fields: list[dict[str, Any]]) -> list[str]:
    lines = ["| field | 名称 | meaning | type |", "|---|---|---|---|"]
    for field in fields:
        kind = f"→ edge {field['edge']}" if field["type"] == "link" else field["type"]
        if field.get("terms"):
            kind = ", ".join(f"`{t['value']}` {t['zh']}" for t in field["terms"])
        lines.append(f"| `{field['name']}` | {field['zh']} | {field['en']} | {kind} |")
    return lines
