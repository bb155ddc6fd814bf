"""Small worlds for hypothesis: hierarchies, documents with every sort of date, roles, assets, records."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from hypothesis import strategies as st

from govgraph.loaders.rows import Row
from govgraph.model import EDGES, NODES, RECORD_TYPES, STAGES, links
from tests.oracle import ASSETS, EVIDENCE, RANKS, SCOPES, World

DATES = [
    "2019",
    "2020",
    "2020-01-01",
    "2020-06",
    "2020-06-30",
    "2020-07-01",
    "2020-H2",
    "2021-01-01",
    "2021",
    "2014-05-05",
]
DAYS = [
    date(2013, 1, 1),
    date(2019, 12, 31),
    date(2020, 1, 1),
    date(2020, 6, 15),
    date(2020, 6, 30),
    date(2020, 7, 1),
    date(2020, 12, 31),
    date(2021, 1, 1),
    date(2021, 7, 2),
    date(2027, 1, 1),
]
STAGE_WORDS = [s.value for s in STAGES[:4]]
Values = dict[str, Any]


def maybe(values: Any) -> st.SearchStrategy[Any]:
    """A value or none."""
    return st.none() | st.sampled_from(values)


def _clean(values: Values) -> Values:
    return {k: v for k, v in values.items() if v is not None}


def _edges(
    draw: st.DrawFn, type_: str, starts: list[str], ends: list[str], most: int, extra: dict[str, st.SearchStrategy[Any]]
) -> list[tuple[str, Values]]:
    """Edges without contradictory duplicates: one per key."""
    if not starts or not ends:
        return []
    keys = {
        "GOVERNS": ("stage", "scope", "evidence"),
        "RESPONSIBLE_FOR": ("stage", "duty", "since", "regulation"),
    }.get(type_, ("since",))
    found: dict[tuple[Any, ...], tuple[str, Values]] = {}
    for _ in range(draw(st.integers(0, most))):
        values = {"from": draw(st.sampled_from(starts)), "to": draw(st.sampled_from(ends))}
        values |= {name: draw(strategy) for name, strategy in extra.items()}
        if type_ == "GOVERNS" and values["stage"] is None:
            values["scope"] = "unknown"
        if "until" in values and values.get("since") and values["until"]:
            values["until"] = None
        found.setdefault((values["from"], values["to"], *(values.get(k) for k in keys)), (type_, _clean(values)))
    return list(found.values())


@st.composite
def law_worlds(draw: st.DrawFn) -> World:
    """Places, documents, agencies and data."""
    rows: list[tuple[str, Values]] = [("Jurisdiction", {"id": "N", "name": "国", "level": "national"})]
    provinces = [f"P{i}" for i in range(draw(st.integers(1, 2)))]
    for p in provinces:
        rows.append(
            (
                "Jurisdiction",
                _clean(
                    {
                        "id": p,
                        "name": f"{p}省",
                        "level": "province",
                        "parent": draw(st.sampled_from(["N", "N", None])),
                        "outside_territory": draw(st.sampled_from([None, None, None, True])),
                        "end_year": draw(st.sampled_from([None, None, None, 2021])),
                    }
                ),
            )
        )
    rows.append(("Jurisdiction", {"id": "C0", "name": "市", "level": "city", "parent": provinces[0]}))
    places = ["N", *provinces, "C0"]
    documents = [f"R{i}" for i in range(draw(st.integers(0, 5)))]
    for r in documents:
        rows.append(
            (
                "Regulation",
                _clean(
                    {
                        "id": r,
                        "name": draw(st.sampled_from([f"办法{r}", f"办法{r}", f"办法{r}", f"年度计划{r}"])),
                        "rank": draw(maybe(RANKS)),
                        "issued": draw(maybe(DATES)),
                        "effective_from": draw(maybe(DATES)),
                        "effective_to": draw(st.none() | maybe(DATES)),
                        "status": draw(
                            st.sampled_from([None, None, None, None, "draft", "repealed", "lapsed", "in_force"])
                        ),
                        "trial": draw(st.sampled_from([None, True])),
                        "listed_on": draw(st.none() | maybe(DATES)),
                        "doubted_from": draw(st.none() | st.none() | maybe(DATES)),
                        "object": draw(maybe(["both", "other"])),
                    }
                ),
            )
        )
    agencies = [f"A{i}" for i in range(draw(st.integers(0, 3)))]
    for a in agencies:
        rows.append(
            (
                "Agency",
                _clean(
                    {
                        "id": a,
                        "name": f"局{a}",
                        "agency_kind": draw(maybe(["body", "kind_of_body", "set_of_bodies"])),
                        "jurisdiction": draw(maybe(places)),
                    }
                ),
            )
        )
    rows.append(("Catalogue", {"id": "K1", "name": "目录", "collects": True}))
    rows.append(("Catalogue", {"id": "K2", "name": "目录二"}))
    resources = [f"S{i}" for i in range(draw(st.integers(0, 4)))]
    for s in resources:
        rows.append(
            (
                "Resource",
                _clean(
                    {
                        "id": s,
                        "name": f"资源{s}",
                        "share_type": draw(maybe(["unconditional", "conditional", "not_shared"])),
                        "open_type": draw(maybe(["unconditional", "conditional", "not_open"])),
                        "storage_due": draw(maybe(DATES)),
                        "archiving_due": draw(maybe(DATES)),
                        "jurisdiction": draw(maybe(places)),
                        "provider": draw(maybe(agencies)) if agencies else None,
                        "catalogue": draw(maybe(["K1", "K2"])),
                    }
                ),
            )
        )
    rows.append(("Dataset", _clean({"id": "D", "name": "数据集", "jurisdiction": draw(maybe(places))})))
    stage = maybe(STAGE_WORDS)
    rows += _edges(
        draw,
        "GOVERNS",
        documents,
        places,
        8,
        {
            "stage": stage,
            "scope": st.sampled_from(SCOPES),
            "evidence": st.sampled_from(EVIDENCE),
            "since": st.none() | maybe(DATES),
        },
    )
    rows += _edges(
        draw,
        "RESPONSIBLE_FOR",
        agencies,
        places,
        5,
        {
            "stage": st.sampled_from(STAGE_WORDS),
            "duty": maybe(["主管", "统筹", "监督|指导"]),
            "reach": maybe(["self", "each_below"]),
            "since": maybe(DATES),
            "until": maybe(DATES),
            "regulation": maybe(documents) if documents else st.none(),
        },
    )
    for type_ in ("SHARING", "OPENING", "COLLECTION", "STORAGE"):
        rows += _edges(draw, type_, resources, ["D"], 3, {"since": maybe(DATES)})
    rows += _edges(draw, "AMENDS", documents, documents, 2, {})
    rows += _edges(draw, "REPEALS", documents, documents, 2, {})
    return World(rows)


@st.composite
def judging_worlds(draw: st.DrawFn) -> World:
    """Law worlds whose nation is the nation, with issuers, items, databases, uses, and what cites what as its basis."""
    rows: list[tuple[str, Values]] = []
    for kind, values in draw(law_worlds()).rows:
        renamed = {k: "000000" if v == "N" else v for k, v in values.items()}
        if kind == "Regulation":
            renamed |= _clean(
                {
                    "issuer": draw(maybe(["国务院办公厅", "中共中央办公厅", "国务院国资委"])),
                    "jurisdiction": draw(maybe(["000000"])),
                }
            )
        rows.append((kind, renamed))
    known: dict[str, list[str]] = {}
    for kind, values in rows:
        known.setdefault(kind, []).append(values.get("id", ""))
    documents, resources, agencies = (known.get(k, []) for k in ("Regulation", "Resource", "Agency"))
    nodes: list[tuple[str, Values]] = []
    if documents:
        nodes.append(("Article", {"id": "ART", "name": "第五条", "regulation": documents[0]}))
    shared = maybe(["unconditional", "not_shared"])
    for i in range(draw(st.integers(0, 3))):
        holder = draw(maybe(resources)) if resources else None
        nodes.append(
            ("Item", _clean({"id": f"I{i}", "name": f"项{i}", "share_type": draw(shared), "resource": holder}))
        )
    provider = maybe(agencies) if agencies else st.none()
    for kind, id_ in (("Database", "B"), ("Use", "U")):
        values = {
            "id": id_,
            "name": id_,
            "jurisdiction": draw(maybe(known["Jurisdiction"])),
            "provider": draw(provider),
        }
        if kind == "Database":
            values["operator"] = draw(provider)
        nodes.append((kind, _clean(values)))
    starts = [v["id"] for k, v in (*rows, *nodes) if k in ("Item", "Resource")]
    edges = _edges(draw, "BASED_ON", starts, documents + ["ART"] * bool(documents), 3, {}) if documents else []
    for type_ in ("SHARING", "PROCESSING"):
        extra = _edges(draw, type_, ["D", "B", "U", *resources], ["B", "U", "D"], 3, {"since": maybe(DATES)})
        taken = {(t, v["from"], v["to"], v.get("since")) for t, v in rows if "from" in v}
        edges += [(t, v) for t, v in extra if (t, v["from"], v["to"], v.get("since")) not in taken]
    first = next((n for n, (_, v) in enumerate(rows) if "from" in v), len(rows))
    return World([*rows[:first], *nodes, *rows[first:], *edges])


@st.composite
def lineage_worlds(draw: st.DrawFn) -> World:
    """Assets and places with records among them: diamonds, cycles, self-loops, now and then a long chain."""
    rows: list[tuple[str, Values]] = [
        ("Jurisdiction", {"id": "P0", "name": "省", "level": "province"}),
        ("Regulation", {"id": "R0", "name": "办法", "effective_from": "2020-07-01", "effective_to": "2021-01-01"}),
        ("Agency", {"id": "A0", "name": "局", "jurisdiction": "P0"}),
        ("Platform", {"id": "T0", "name": "平台"}),
    ]
    assets: list[str] = []
    # Items name the resource that has them.
    for kind in (*sorted(ASSETS - {"Item"}), "Item"):
        for i in range(draw(st.integers(0, 4 if kind == "Item" else 2))):
            id_ = f"{kind}{i}"
            values = {"id": id_, "name": id_}
            if kind == "Item":
                if resources := [a for a in assets if a.startswith("Resource")]:
                    values |= _clean({"resource": draw(maybe(resources))})
            elif draw(st.booleans()):
                values["provider"] = "A0"
            rows.append((kind, values))
            assets.append(id_)
    # Items name their resource, so resources stand first.
    order = ["Jurisdiction", "Regulation", "Agency", "Platform", "Database", "Resource", "Dataset", "Use", "Item"]
    rows.sort(key=lambda row: order.index(row[0]))
    chain = [f"L{i:02}" for i in range(draw(st.sampled_from([1, 1, 1, 34, 70])))]
    rows = (
        [r for r in rows if r[0] != "Item"]
        + [("Database", {"id": c, "name": c}) for c in chain]
        + [r for r in rows if r[0] == "Item"]
    )
    assets += [chain[0], chain[-1]]
    edges: list[tuple[str, Values]] = [("PROCESSING", {"from": a, "to": b}) for a, b in itertools.pairwise(chain)]
    ends = [*assets, "T0", "A0"]
    for type_ in RECORD_TYPES[:4]:
        edges += _edges(draw, type_, assets, ends, 6, {"since": maybe(DATES), "until": maybe(DATES)})
    unique = {(t, v["from"], v["to"], v.get("since")): (t, v) for t, v in edges}
    rows += sorted(unique.values(), key=lambda e: RECORD_TYPES.index(e[0]))
    rows.append(("GOVERNS", {"from": "R0", "to": "P0", "stage": "sharing", "scope": "dedicated"}))
    return World(rows)


def rows_of(world: World) -> list[Row]:
    """The world as a loader's rows."""
    return [Row(kind, values, "world", number) for number, (kind, values) in enumerate(world.rows, 1)]


PLACES = {"N": "", "P0": "N", "P1": "N", "C0": "P0", "C1": "P0", "C2": "P1", "D0": "C0"}
"""The jurisdictions of :func:`owned_worlds` and what they are part of."""
_LEVELS = {"N": "national", "P": "province", "C": "city", "D": "county"}
_MANY = {
    "Agency": 4, "Regulation": 4, "Article": 2, "Catalogue": 2, "Platform": 2, "Database": 2, "Theme": 1,
    "Resource": 4, "Dataset": 2, "Item": 3, "Use": 1, "Pilot": 1, "Claim": 1,
}  # fmt: skip


def token(kind: str, number: int | str) -> str:
    """An id that is part of no other id; names and aliases hold it."""
    return f"{kind}~{number}~"


def place(name: str) -> str:
    """The id of a jurisdiction of :func:`owned_worlds`."""
    return token("Jurisdiction", name)


def some(draw: st.DrawFn, ids: list[str], most: int = 2) -> str:
    """Up to so many of the ids, as a row writes them."""
    return "|".join(draw(st.lists(st.sampled_from(ids), max_size=most, unique=True))) if ids else ""


@st.composite
def owned_worlds(draw: st.DrawFn) -> World:
    """Things of every kind that belong to one place, to several or to none, with edges of every type among them."""
    places = [place(p) for p in PLACES]
    rows: list[tuple[str, Values]] = [
        (
            "Jurisdiction",
            {
                "id": place(p),
                "level": _LEVELS[p[0]],
                "parent": place(up) if up else None,
                "successors": some(draw, places, 1) or None,
            },
        )
        for p, up in PLACES.items()
    ]
    ids: dict[str, list[str]] = {kind: [token(kind, i) for i in range(many)] for kind, many in _MANY.items()}
    ids["Jurisdiction"] = places
    for kind, of_kind in ids.items():
        for id_ in of_kind if kind != "Jurisdiction" else ():
            rows.append((kind, {"id": id_, **draw_links(draw, kind, ids)}))
    for kind, values in rows:
        values |= {"name": f"名{values['id']}", "aliases": f"别{values['id']}"}
        if kind == "Regulation":
            values |= {"rank": draw(maybe(RANKS)), "effective_from": draw(maybe(DATES)), "issued": draw(maybe(DATES))}
        if kind == "Resource":
            values |= {"share_type": draw(maybe(["unconditional", "not_shared"])), "storage_due": draw(maybe(DATES))}
        if kind == "Catalogue":
            values["collects"] = draw(maybe([True]))
    return World([(kind, _clean(v)) for kind, v in rows] + draw_edges(draw, ids))


def draw_links(draw: st.DrawFn, kind: str, ids: dict[str, list[str]]) -> Values:
    """Fields of a row that say what a thing belongs to."""
    values = {}
    for field, link in links(NODES[kind]).items():
        ends = {
            "LOCATED_IN": "Jurisdiction",
            "PROVIDED_BY": "Agency",
            "HAS_ITEM": "Resource",
            "HAS_ARTICLE": "Regulation",
            "LISTED_IN": "Catalogue",
        }
        if kind != "Jurisdiction" and link.type in ends:
            values[field] = some(draw, ids[ends[link.type]]) or None
    return values


def draw_edges(draw: st.DrawFn, ids: dict[str, list[str]], most: int = 3) -> list[tuple[str, Values]]:
    """Edges of every type, one between two things."""
    found: list[tuple[str, Values]] = []
    for type_, model in EDGES.items():
        pairs = [p for p in model.pairs if p[0] != "Jurisdiction" and all(ids.get(k) for k in p)]
        unique: dict[tuple[str, str], Values] = {}
        for _ in range(draw(st.integers(0, most))):
            start, end = draw(st.sampled_from(pairs))
            a, b = draw(st.sampled_from(ids[start])), draw(st.sampled_from(ids[end]))
            values: Values = {"from": a, "to": b}
            if type_ in ("GOVERNS", "RESPONSIBLE_FOR"):
                values["stage"] = draw(st.sampled_from(STAGE_WORDS))
            if type_ == "GOVERNS":
                values["scope"] = draw(st.sampled_from(["dedicated", "general"]))
            if type_ == "RESPONSIBLE_FOR":
                values |= {"regulation": draw(maybe(ids["Regulation"])), "article": draw(maybe(ids["Article"]))}
                if values["regulation"] is None:
                    values["article"] = None
                values |= {"duty": draw(maybe(["主管", "统筹"])), "reach": draw(maybe(["each_below"]))}
            if type_ in RECORD_TYPES:
                values |= {"since": draw(maybe(DATES)), "via": draw(maybe(ids["Platform"]))}
                values["under"] = draw(maybe(ids["Regulation"]))
            unique.setdefault((a, b), _clean(values))
        found += [(type_, v) for v in unique.values()]
    return found


CLAIM_TIMES = ["2020", "2020-06", "2020-06-30", "2020-H2", "2020下半年", "2021", "2019→2021", "不详"]
NUMBERS = ["国发〔2016〕51号", "国发〔2016〕 51 号", "国发［2016］51号", "国发〔2016〕52号"]


@st.composite
def said_worlds(draw: st.DrawFn) -> list[tuple[str, str, str, Values]]:
    """What several sources, and passages of them, say of documents, and figures with what they count.

    Source, passage, kind and values of each statement, in the order in which they are loaded.
    """
    found: list[tuple[str, str, str, Values]] = []

    def say(source: str, kind: str, passage: str = "", **values: Any) -> None:
        found.append((source, passage, kind, _clean(values)))

    for id_, level, parent in (("000000", "national", None), ("P0", "province", "000000"), ("C0", "city", "P0")):
        say("baseline", "Jurisdiction", id=id_, name=f"{id_}地", level=level, parent=parent)
    say("baseline", "Jurisdiction", id="X0", name="兵团", level="xpcc", parent="000000")
    places = {f"R{i}": draw(maybe(["000000", "P0", "C0", "X0"])) for i in range(draw(st.integers(0, 3)))}
    for source in ("baseline", "mine", "yours"):
        for id_, place in places.items():
            for passage in draw(st.sampled_from([(), ("一",), ("一",), ("一", "二")])):
                say(
                    source,
                    "Regulation",
                    passage,
                    id=id_,
                    name=draw(st.sampled_from(["办法", "条例"])),
                    rank=draw(maybe(["plan", "law", "unknown"])),
                    trial=draw(maybe([None, True, False])),
                    issued=draw(st.none() | maybe(DATES)),
                    effective_from=draw(st.none() | maybe(DATES)),
                    effective_to=draw(st.none() | maybe(["2022", "2022-H1", "2022-06", "2022-07-01"])),
                    listed_on=draw(maybe(DATES)),
                    doubted_from=draw(maybe(DATES)),
                    status=draw(maybe(["in_force", "repealed", "draft"])),
                    doc_number=draw(maybe(NUMBERS)),
                    category=draw(maybe(["条例", "办法"])),
                    jurisdiction=place,
                )
    for kind in ("Theme", "Resource", "Dataset", "Item"):
        for i in range(draw(st.integers(0, 2))):
            say("mine", kind, id=f"{kind}{i}", name=f"{kind}{i}")
    say("mine", "Pilot", id="PIL", name="试点", places=some(draw, ["P0", "C0", "X0"], 3) or None)
    counters = [
        "catalogue_entries",
        "items",
        "open_datasets",
        "opening_fields",
        "pilot_places:PIL",
        "local_regulations",
    ]
    odd = ["provinces_with_regulations", "provinces_with_ordinances", "pilot_places:P", "pilot_places", "graph"]
    # Small numbers, since it is at the edge of a figure that one goes wrong.
    for i in range(draw(st.integers(0, 24))):
        say(
            "mine",
            "Claim",
            id=f"M{i:02}",
            name=f"口径{i}",
            comparator=draw(st.sampled_from([None, "=", ">", ">", "≈"])),
            value=draw(st.sampled_from([None, -1, 0, 0.9, 1, 1, 1, 1.1, 2, 2, 3])),
            as_of=draw(st.none() | maybe(CLAIM_TIMES)),
            counter=draw(st.sampled_from([None, *counters, *odd])),
            series=draw(st.none() | st.sampled_from("甲乙丙丁戊己")),
        )
    return found
