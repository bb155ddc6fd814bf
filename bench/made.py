"""Made-up data for measurements: resources with their record, on top of the baseline's places, rules and themes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from govgraph.loaders import baseline
from govgraph.loaders.rows import Row

LEVELS = 12
"""How deep the processing of resources goes."""


def rows(resources: int, seed: int = 1) -> list[Row]:
    """Nodes before edges, kind by kind: per resource an item and some two and a half record edges; a fifth as many datasets.

    A sixth of what a resource could state is left unsaid, and a tenth of the record is undated, as in real catalogues.
    """
    by_kind: dict[str, list[Row]] = {}
    for row in _mixed(resources, Random(seed)):
        by_kind.setdefault(row.kind, []).append(row)
    return [row for some in by_kind.values() for row in some]


def _mixed(resources: int, random: Random) -> Iterator[Row]:
    provinces, themes = [], []
    for row in baseline.rows():
        if (
            row.kind == "Jurisdiction"
            and row.values.get("level") == "province"
            and not (row.values.get("end_year") or row.values.get("outside_territory"))
        ):
            provinces.append(row.values["id"])
        elif row.kind == "Theme":
            themes.append(row.values["id"])

    def maybe(*words: Any) -> Any:
        return random.choice((*words, None)) if random.random() < 0.5 else words[0]

    def made(kind: str, **values: Any) -> Row:
        return Row(kind, {k: v for k, v in values.items() if v is not None}, "made", 0)

    agencies = [(f"g{p}-{i}", p) for p in provinces for i in range(12)]
    for id_, place in agencies:
        yield made("Agency", id=id_, name=f"局{id_}", jurisdiction=place)
    for place in provinces:
        yield made("Platform", id=f"t{place}", name=f"平台{place}", jurisdiction=place)
        yield made("Catalogue", id=f"c{place}", name=f"目录{place}", jurisdiction=place, collects=True)
        yield made("Database", id=f"b{place}", name=f"库{place}", jurisdiction=place, provider=f"g{place}-0")
    for i in range(resources):
        agency, place = random.choice(agencies)
        yield made(
            "Resource",
            id=f"r{i:07}",
            name=f"资源{i}",
            provider=agency if i % 20 else None,
            catalogue=f"c{place}" if i % 10 else None,
            theme=random.choice(themes),
            share_type=maybe("unconditional", "conditional", "not_shared"),
            open_type=maybe("unconditional", "conditional", "not_open"),
            grade=maybe("1", "2", "3"),
            personal=maybe(False, True),
            storage_due="2024-01-01" if i % 7 == 0 else None,
        )
        yield made("Item", id=f"f{i:07}", name=f"项{i % 500}", resource=f"r{i:07}", open_type=maybe("unconditional"))
    datasets = resources // 5
    for i in range(datasets):
        agency, place = random.choice(agencies)
        yield made(
            "Dataset", id=f"d{i:07}", name=f"数据集{i}", provider=agency, platform=f"t{place}", grade=maybe("1", "2")
        )

    def since() -> str | None:
        return None if random.random() < 0.1 else f"{random.randint(2015, 2024)}-{random.choice((1, 4, 7, 10)):02}-01"

    width = max(1, resources // LEVELS)
    for i in range(resources):
        start = f"r{i:07}"
        yield made("COLLECTION", **{"from": start, "to": f"b{random.choice(provinces)}", "since": since()})
        if i % 2:
            yield made("SHARING", **{"from": start, "to": f"t{random.choice(provinces)}", "since": since()})
        if i % 5 == 0 and datasets:
            yield made("OPENING", **{"from": start, "to": f"d{random.randrange(datasets):07}", "since": since()})
        level = i // width
        if level < LEVELS - 1:
            for _ in range(random.choice((0, 1, 2))):
                end = min((level + 1) * width + random.randrange(width), resources - 1)
                yield made("PROCESSING", **{"from": start, "to": f"r{end:07}", "since": since()})
