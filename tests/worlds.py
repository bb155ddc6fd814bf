"""Small worlds for hypothesis: hierarchies, documents with every sort of date, roles, assets, records."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from hypothesis import strategies as st

from govgraph.loaders.rows import Row
from govgraph.model import RECORD_TYPES, STAGES
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
