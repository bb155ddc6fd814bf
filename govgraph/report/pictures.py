"""Pictures of a report, as SVG that stands in the page: documents over the years, and where data went."""

from __future__ import annotations

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.etree import ElementTree as ET

from govgraph import answers
from govgraph.model import NODES, PLACES, Stage
from govgraph.terms import PartialDate
from govgraph.words import VERDICTS, Lang, pick

WIDTH = 720
"""Units across: a page's width, whatever its size."""
BARS = 26
"""Documents that a timeline shows."""
_INK, _GREY, _FAINT, _BLUE, _PALE, _WARN = "#1a2733", "#5c6b7a", "#c9d2db", "#0b4f8a", "#dce9f5", "#a8410a"
_STATES = {
    "in_force": (_BLUE, None),
    "repealed": (_FAINT, None),
    "lapsed": (_FAINT, None),
    "draft": ("#ffffff", "3 2"),
    "not_yet_effective": ("#ffffff", "3 2"),
    "unknown": (_PALE, "3 2"),
}


def width(text: str) -> int:
    """Columns of a text: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def clip(text: str, columns: int) -> str:
    """The text in so many columns, with an ellipsis where it is longer."""
    text = " ".join(text.split())
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > columns - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def fold(text: str, columns: int, lines: int) -> list[str]:
    """The text in lines of so many columns; the last is clipped."""
    found: list[str] = []
    rest = " ".join(text.split())
    while rest and len(found) < lines - 1 and width(rest) > columns:
        kept = ""
        for character in rest:
            if width(kept + character) > columns:
                break
            kept += character
        # Latin words stay whole.
        if rest[len(kept) : len(kept) + 1].isascii() and " " in kept and kept[-1:].isascii():
            kept = kept.rpartition(" ")[0]
        found.append(kept.strip())
        rest = rest[len(kept) :].strip()
    return [*found, clip(rest, columns)] if rest else found


def _svg(height: float, label: str) -> ET.Element:
    svg = ET.Element("svg", {"viewBox": f"0 0 {WIDTH} {height:g}", "role": "img", "width": "100%"})
    ET.SubElement(svg, "title").text = label
    return svg


def _text(parent: ET.Element, x: float, y: float, text: str, **more: str) -> None:
    attributes = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": "11", "fill": _INK}
    ET.SubElement(parent, "text", attributes | {k.replace("_", "-"): v for k, v in more.items()}).text = text


def _draw(parent: ET.Element, tag: str, **attributes: object) -> ET.Element:
    said = {k.replace("_", "-"): f"{v:.1f}" if isinstance(v, float) else str(v) for k, v in attributes.items()}
    return ET.SubElement(parent, tag, said)


def _done(svg: ET.Element) -> str:
    return ET.tostring(svg, encoding="unicode")


# --- documents ----------------------------------------------------------------------------------------------------


def day_of(document: answers.ReportDocument) -> PartialDate | None:
    """The day by which a document stands in a timeline: its first in force, else of issue, else listed."""
    stated = document.effective_from or document.issued or document.listed_on
    return PartialDate(stated) if stated else None


def timeline(documents: Sequence[answers.ReportDocument], day: date, lang: Lang) -> str | None:
    """A bar per document, from its first day to its last, or to the legal date; None where no date is known."""
    dated = [(d, at) for d in documents if (at := day_of(d))]
    if not dated:
        return None
    first = min(at.lo.year for _, at in dated)
    last = max([day.year, *(at.hi.year for _, at in dated)]) + 1
    left, right, row, top = 268.0, WIDTH - 14.0, 19, 26
    scale = (right - left) / max(last - first, 1)

    def x(when: date) -> float:
        return left + (when.year - first + (when.timetuple().tm_yday - 1) / 366) * scale

    height = top + row * len(dated) + 8
    svg = _svg(height, pick(("制度文件时间线", "Documents over time"), lang))
    step = max(1, round((last - first) / 12))
    for year in range(first, last + 1, step):
        mark = left + (year - first) * scale
        _draw(svg, "line", x1=mark, x2=mark, y1=top - 6, y2=height - 4, stroke=_FAINT, stroke_width="0.6")
        _text(svg, mark, 13, str(year), text_anchor="middle", fill=_GREY, font_size="10")
    for number, (document, began) in enumerate(dated):
        y = top + number * row
        name = (
            f"{document.name}（试行）"
            if document.trial and lang == "zh" and "试行" not in document.name
            else document.name
        )
        _text(
            svg,
            left - 8,
            y + 11,
            clip(name, 44),
            text_anchor="end",
            font_weight="bold" if document.applies else "normal",
        )
        ended = PartialDate(document.effective_to).hi if document.effective_to else None
        end = min(ended or day, date(last, 1, 1)) if document.status != "draft" else began.hi
        fill, dash = _STATES[document.status]
        start = x(began.lo)
        long = max(x(end) - start, 5.0)
        bar = _draw(svg, "rect", x=start, y=float(y + 2), width=long, height=11.0, rx=2, fill=fill, stroke=_BLUE)
        bar.set("stroke-width", "0.8")
        if dash:
            bar.set("stroke-dasharray", dash)
        sign = {"repealed": "×", "lapsed": "×", "unknown": "?", "draft": "…", "not_yet_effective": "…"}.get(
            document.status
        )
        if sign:
            _text(svg, start + long + 4, y + 11.5, sign, font_weight="bold")
    today = x(day)
    _draw(
        svg,
        "line",
        x1=today,
        x2=today,
        y1=16.0,
        y2=height - 4.0,
        stroke=_WARN,
        stroke_width="1.4",
        stroke_dasharray="5 3",
    )
    return _done(svg)


def by_year(documents: Sequence[answers.ReportDocument], lang: Lang) -> str | None:
    """Columns: how many documents each year, those of the place and above it apart from those below."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for document in documents:
        if at := day_of(document):
            counts[at.lo.year][document.side == "below"] += 1
    if not counts:
        return None
    years = range(min(counts), max(counts) + 1)
    height, base, most = 150.0, 124.0, max(sum(c) for c in counts.values())
    svg = _svg(height, pick(("各年制度文件数", "Documents by year"), lang))
    defs = _draw(svg, "defs")
    hatch = _draw(
        defs, "pattern", id="below", width=5, height=5, patternUnits="userSpaceOnUse", patternTransform="rotate(45)"
    )
    _draw(hatch, "rect", width=5, height=5, fill="#ffffff")
    _draw(hatch, "rect", width=2, height=5, fill="#7fa8cf")
    step = (WIDTH - 40) / len(years)
    wide = min(step * 0.7, 34)
    for number, year in enumerate(years):
        middle, y = 20 + step * (number + 0.5), base
        for count, fill in zip(counts[year], (_BLUE, "url(#below)"), strict=True):
            tall = count / most * 96
            y -= tall
            if count:
                _draw(
                    svg,
                    "rect",
                    x=middle - wide / 2,
                    y=y,
                    width=wide,
                    height=tall,
                    fill=fill,
                    stroke=_BLUE,
                    stroke_width="0.7",
                )
        if total := sum(counts[year]):
            _text(svg, middle, y - 4, str(total), text_anchor="middle", font_size="10")
        _text(svg, middle, base + 14, str(year), text_anchor="middle", fill=_GREY, font_size="10")
    _draw(svg, "line", x1=20.0, x2=WIDTH - 20.0, y1=base, y2=base, stroke=_GREY, stroke_width="0.8")
    return _done(svg)


# --- lineage: a layered layout ------------------------------------------------------------------------------------


@dataclass
class _Layout:
    """Rows of boxes and of the bends of edges that pass a row."""

    rows: list[list[str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """From row to next row."""
    routes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """What each edge passes, from end to end."""


def layered(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> _Layout:
    """Nodes in rows, each below all that it comes from; an edge that closes a cycle is turned round for that."""
    pairs = [(a, b) for a, b in dict.fromkeys(edges) if a != b]
    forward = _acyclic(nodes, pairs)
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for a, b in forward.values():
            depth[b] = max(depth[b], depth[a] + 1)
    layout = _Layout(rows=[[] for _ in range(max(depth.values(), default=0) + 1)])
    for node in nodes:
        layout.rows[depth[node]].append(node)
    for original, (a, b) in forward.items():
        route = [a]
        for row in range(depth[a] + 1, depth[b]):
            bend = f"\0{a}\0{b}\0{row}"
            layout.rows[row].append(bend)
            route.append(bend)
        route.append(b)
        layout.links += itertools.pairwise(route)
        layout.routes[original] = route if original == (a, b) else route[::-1]
    _untangle(layout)
    return layout


def _acyclic(nodes: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Each edge, the way it runs once there are no cycles."""
    after: dict[str, list[str]] = defaultdict(list)
    for a, b in pairs:
        after[a].append(b)
    state: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    for root in nodes:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(after[root]))]
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                stack.pop()
            elif state.get(following) == 1:
                back.add((node, following))
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(after[following])))
    return {(a, b): (b, a) if (a, b) in back else (a, b) for a, b in pairs}


def _untangle(layout: _Layout) -> None:
    """Order each row by the middle of its neighbours, down and up, some times."""
    up: dict[str, list[str]] = defaultdict(list)
    down: dict[str, list[str]] = defaultdict(list)
    for a, b in layout.links:
        down[a].append(b)
        up[b].append(a)
    for turn in range(8):
        near = up if turn % 2 == 0 else down
        place = {n: (i + 0.5) / len(row) for row in layout.rows for i, n in enumerate(row)}
        for row in layout.rows if near is up else layout.rows[::-1]:
            row.sort(key=lambda n: sum(place[m] for m in near[n]) / len(near[n]) if near[n] else place[n])
            place |= {n: (i + 0.5) / len(row) for i, n in enumerate(row)}


def story(told: answers.Lineage, lang: Lang) -> str:
    """The lineage from top to bottom: what a box came from stands above it."""
    named = {node.id: node for node in told.nodes}
    hops: dict[tuple[str, str], list[answers.LineageEdge]] = defaultdict(list)
    for edge in told.edges:
        if edge.from_ in named and edge.to in named:
            hops[edge.from_, edge.to].append(edge)
    layout = layered(list(named), hops)
    most = max(len(row) for row in layout.rows)
    box, tall, gap = min(150.0, (WIDTH - 8) / most - 14), 46.0, 44.0
    spot: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(layout.rows):
        step = WIDTH / len(row)
        for place, id_ in enumerate(row):
            spot[id_] = (step * (place + 0.5), 4 + number * (tall + gap))
    svg = _svg(len(layout.rows) * (tall + gap) - gap + 8, f"{told.root.name}")
    defs = _draw(svg, "defs")
    tip = _draw(
        defs, "marker", id="tip", viewBox="0 0 8 8", refX=7, refY=4, markerWidth=7, markerHeight=7, orient="auto"
    )
    _draw(tip, "path", d="M0 0 L8 4 L0 8 z", fill=_GREY)
    labels = [_hop(svg, layout.routes.get(pair, []), spot, tall, edges, lang) for pair, edges in hops.items()]
    for node in told.nodes:
        _box(svg, node, spot[node.id], box, tall, lang)
    for label in filter(None, labels):
        _label(svg, *label)
    return _done(svg)


def _hop(
    svg: ET.Element,
    route: Sequence[str],
    spot: dict[str, tuple[float, float]],
    tall: float,
    edges: Sequence[answers.LineageEdge],
    lang: Lang,
) -> tuple[float, float, str, bool] | None:
    """Draw an edge; where its label goes and what it says."""
    if not route:
        return None
    first, last = spot[route[0]], spot[route[-1]]
    down = first[1] < last[1]
    points = [(first[0], first[1] + (tall if down else 0))]
    for bend in route[1:-1]:
        x, y = spot[bend]
        points += [(x, y), (x, y + tall)] if down else [(x, y + tall), (x, y)]
    points.append((last[0], last[1] + (0 if down else tall)))
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        middle = (y1 + y2) / 2
        path += f" C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
    verdicts = {edge.rule.verdict for edge in edges}
    bare = bool(verdicts & {"none", "expired", "planned"})
    line = _draw(
        svg, "path", d=path, fill="none", stroke=_WARN if bare else _GREY, stroke_width="1.4", marker_end="url(#tip)"
    )
    if bare:
        line.set("stroke-dasharray", "2 3")
    elif "unknown" in verdicts:
        line.set("stroke-dasharray", "6 3")
    said = "  ".join(f"{_stage(edge.stage, lang)} {VERDICTS[edge.rule.verdict][2]}" for edge in edges)
    (x1, y1), (x2, y2) = points[-2:]
    return (x1 + x2) / 2, (y1 + y2) / 2, clip(said, 40), bare


def _stage(stage: str, lang: Lang) -> str:
    return Stage.parse(stage).label(lang)


def _label(svg: ET.Element, x: float, y: float, text: str, bare: bool) -> None:
    wide = width(text) * 5.2 + 8
    _draw(svg, "rect", x=x - wide / 2, y=y - 8, width=wide, height=15.0, rx=3, fill="#ffffff", opacity="0.92")
    _text(svg, x, y + 3.5, text, text_anchor="middle", font_size="9.5", fill=_WARN if bare else _INK)


def _box(
    svg: ET.Element, node: answers.LineageNode, at: tuple[float, float], wide: float, tall: float, lang: Lang
) -> None:
    x, y = at
    root, place = node.side == "root", node.kind in PLACES
    fill = _BLUE if root else "#ffffff" if place else _PALE
    _draw(
        svg, "rect", x=x - wide / 2, y=y, width=wide, height=tall, rx=14 if place else 3, fill=fill, stroke=_BLUE,
        stroke_width="2" if root else "1", **({"stroke_dasharray": "4 2"} if place else {}),
    )  # fmt: skip
    model = NODES.get(node.kind)
    kind = pick((model.zh, model.en), lang) if model else pick(("不可见", "not shown"), lang)
    ink = "#ffffff" if root else _INK
    _text(svg, x, y + 12, kind, text_anchor="middle", font_size="8.5", fill=ink if root else _GREY)
    for number, line in enumerate(fold(node.name, int(wide / 5.6), 2)):
        _text(svg, x, y + 25.5 + 13.5 * number, line, text_anchor="middle", font_size="10.5", fill=ink)
