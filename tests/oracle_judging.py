"""The second opinion on gaps, two days, what-if and comparisons: docs/semantics.md, section 8, in plain Python.

It shares no code with the product; it reads the rows of a world, as :mod:`tests.oracle` does.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from govgraph.model import STAGES
from govgraph.terms import PartialDate
from tests import oracle
from tests.oracle import World, when

NATION = "000000"
WEIGHT = {"high": 3, "medium": 2, "low": 1}
STRENGTH = ["dedicated", "general", "inherited", "unknown", "planned", "expired", "none"]
HOMED = ("Database", "Resource", "Dataset", "Use")
Cell = tuple[str, str]


def exists(world: World, place: str, day: date) -> bool:
    """Whether it is a division on the day."""
    node = world.nodes[place]
    return bool((node.get("first_year") or 0) <= day.year < (node.get("end_year") or 9999))


def below(world: World, place: str) -> list[str]:
    """The divisions below a place."""
    return [p["id"] for p in world.of("Jurisdiction") if p["id"] != place and place in world.path(p["id"])]


def homes(world: World, asset: dict[str, Any]) -> set[str]:
    """Where it is located, and where those who provide it are; of an item those of its resource."""
    if asset["kind"] == "Item":
        holder = asset.get("resource")
        return homes(world, world.nodes[holder]) if holder else set()
    found = {asset.get("jurisdiction")}
    if asset.get("provider"):
        found.add(world.nodes[asset["provider"]].get("jurisdiction"))
    return {h for h in found if h}


def went(world: World, id_: str, stage: str, day: date) -> bool:
    """Whether a record of the stage has come."""
    return any(
        e["from"] == id_ and (not e.get("since") or PartialDate(e["since"]).lo <= day)
        for e in world.typed(stage.upper())
    )


def score(grade: str, assets: int, reach: int) -> float:
    """The score of a gap."""
    return round(WEIGHT[grade] * (1 + math.log10(1 + assets)) * (1 + math.log10(1 + reach)), 3)


def verdict(world: World, place: str, stage: str, day: date) -> dict[str, Any]:
    """The rule verdict of a jurisdiction."""
    return oracle.rule(world, world.path(place), stage, day, world.outside(place))


def gaps(world: World, day: date) -> dict[str, tuple[str, float]]:
    """Severity and score of every gap, by id."""
    return _cells(world, day) | _assets(world, day)


def _cells(world: World, day: date) -> dict[str, tuple[str, float]]:
    found = {}
    for node in world.of("Jurisdiction"):
        place = node["id"]
        if not exists(world, place, day) or world.outside(place):
            continue
        data = [
            n
            for n in world.nodes.values()
            if n["kind"] in ("Database", "Resource", "Dataset")
            and any(place in world.path(home) for home in homes(world, n))
        ]
        ruled = any(
            oracle.scope_at(world, d["id"], place, s.value, day) for d in world.of("Regulation") for s in STAGES
        )
        charged = any(e["to"] == place for e in world.typed("RESPONSIBLE_FOR"))
        if node.get("level") not in ("national", "province", "xpcc") and not (data or ruled or charged):
            continue
        reach = sum(exists(world, p, day) for p in below(world, place))
        for stage in (s.value for s in STAGES):
            rule = verdict(world, place, stage, day)
            role = oracle.role(world, world.path(place), stage, day, False)
            practised = sum(
                went(world, n["id"], stage, day)
                for n in world.nodes.values()
                if n["kind"] in HOMED and place in homes(world, n)
            )
            kinds: list[tuple[str, str, int]] = []
            grades = {
                "none": ("no_rule", "high"),
                "expired": ("expired_only", "high"),
                "unknown": ("rule_unknown", "medium"),
                "planned": ("planned_only", "medium"),
            }
            if rule["verdict"] in grades:
                kinds.append((*grades[rule["verdict"]], len(data)))
            else:
                ranks = [oracle.RANKS.index(world.nodes[b].get("rank") or "unknown") for b in rule["bases"]]
                if oracle.RANKS.index("normative_document") < min(ranks) < oracle.RANKS.index("unknown"):
                    kinds.append(("policy_only", "low", len(data)))
            if role["verdict"] in ("none", "supervised"):
                kinds.append(("no_role", {"none": "medium", "supervised": "low"}[role["verdict"]], len(data)))
            if rule["verdict"] in ("none", "expired", "planned") and practised:
                kinds.append(("unruled_practice", "high", practised))
            for kind, grade, assets in kinds:
                found[f"{kind}:{place}:{stage}"] = (grade, score(grade, assets, reach))
    return found


def _assets(world: World, day: date) -> dict[str, tuple[str, float]]:
    found = {}

    def add(id_: str, grade: str) -> None:
        found[id_] = (grade, score(grade, 1, 0))

    counting = {d["id"] for d in world.of("Regulation") if _counts(world, d, day)}
    for node in world.nodes.values():
        if any(world.outside(home) for home in homes(world, node)) if node["kind"] in oracle.ASSETS else True:
            continue
        id_, kind = node["id"], node["kind"]
        if kind == "Resource":
            catalogue = node.get("catalogue")
            shares, opens = ("unconditional", "conditional"), ("unconditional", "conditional")
            expected = {
                "collection": bool(catalogue and world.nodes[catalogue].get("collects")),
                "sharing": node.get("share_type") in shares,
                "opening": node.get("open_type") in opens,
            }
            for stage, asked in expected.items():
                if asked and not went(world, id_, stage, day):
                    add(f"unpractised:{stage}:{id_}", "medium")
            for stage in ("storage", "archiving"):
                due = when(node, f"{stage}_due")
                if due and due.hi <= day and not went(world, id_, stage, day):
                    add(f"overdue:{stage}:{id_}", "high")
            if not catalogue:
                add(f"orphan:Catalogue:{id_}", "low")
        if kind in ("Resource", "Item") and node.get("share_type") == "not_shared" and day >= date(2016, 9, 5):
            holder = world.nodes[node["resource"]] if kind == "Item" and node.get("resource") else {}
            cited = {_document(world, e["to"]) for e in world.typed("BASED_ON") if e["from"] == id_}
            if holder.get("share_type") != "not_shared" and not cited & counting:
                add(f"withheld_without_basis:{kind}:{id_}", "medium")
        if kind == "Item":
            if not node.get("resource"):
                add(f"orphan:Item:{id_}", "low")
        elif not node.get("provider") and not node.get("operator"):
            add(f"orphan:{kind}:{id_}", "medium" if kind == "Resource" else "low")
    return found


def _document(world: World, id_: str) -> str:
    node = world.nodes[id_]
    return str(node["regulation"]) if node["kind"] == "Article" else id_


def _counts(world: World, doc: dict[str, Any], day: date) -> bool:
    now = oracle.status(world, doc["id"], day)
    if now is None or now[0] not in ("in_force", "unknown"):
        return False
    if doc.get("rank") in ("law", "administrative_regulation"):
        return True
    if doc.get("jurisdiction") != NATION:
        return False
    return doc.get("issuer") in ("国务院办公厅", *(["中共中央办公厅"] if day < date(2025, 8, 1) else []))


# --- two days ---


def parts(world: World, path: list[str], stage: str, day: date, doc: str) -> set[tuple[str, str, str]]:
    """What a document has to say at the places of a path: place, scope, status."""
    now = oracle.status(world, doc, day)
    found = set()
    for place in path:
        at = oracle.scope_at(world, doc, place, stage, day)
        if at and now:
            found.add((place, at[0], now[0]))
    return found


def deciding(world: World, path: list[str], stage: str, day: date) -> tuple[str, set[str]]:
    """A verdict and the documents that it rests on."""
    rule = oracle.rule(world, path, stage, day, world.outside(path[0]))
    name = rule["verdict"]
    if name == "unknown":
        return name, set(rule["unresolved"])
    if name == "planned":
        return name, set(rule["pending"])
    if name == "expired":
        every = [d["id"] for d in world.of("Regulation") if oracle.is_rule(d)]
        return name, {
            d for d in every if any(p[2] in ("repealed", "lapsed") for p in parts(world, path, stage, day, d))
        }
    return name, set(rule["bases"])


def change(before: World, after: World, place: str, stage: str, first: date, last: date) -> dict[str, Any] | None:
    """The change of a cell from a world on a day to a world (the same, or one with more documents) on a day."""
    path = before.path(place)
    was, old = deciding(before, path, stage, first)
    now, new = deciding(after, path, stage, last)
    if was == now:
        return None
    stronger = STRENGTH.index(now) < STRENGTH.index(was)
    because = set()
    for doc in new if stronger else old:
        then = parts(before, path, stage, first, doc) if doc in before.nodes else set()
        if then != parts(after, path, stage, last, doc):
            because.add(doc)
    if not stronger:
        for doc in tuple(because):
            state, ended = oracle.status(before, doc, first), oracle.status(after, doc, last)
            if state and ended and (state[0], ended[0]) == ("in_force", "repealed"):
                for other in oracle.successors(after, doc):
                    fresh = other not in before.nodes or oracle.begun(before.nodes[other], first)[0] != "yes"
                    if fresh and oracle.begun(after.nodes[other], last)[0] == "yes":
                        because.add(other)
    lost = was in STRENGTH[:3] and now not in STRENGTH[:3]
    return {"before": was, "after": now, "because": sorted(because), "lost_last_basis": lost}


def changes(before: World, after: World, first: date, last: date, level: str) -> dict[Cell, dict[str, Any]]:
    """All changes of the jurisdictions of a level that exist on both days."""
    found = {}
    for node in before.of("Jurisdiction"):
        place = node["id"]
        if node.get("level") != level or before.outside(place):
            continue
        if exists(before, place, first) and exists(before, place, last):
            for stage in (s.value for s in STAGES):
                if each := change(before, after, place, stage, first, last):
                    found[place, stage] = each
    return found


def repealed(world: World, ids: list[str], day: date) -> World:
    """The world in which a document without content repeals some on a day."""
    rows = [*world.rows, ("Regulation", {"id": "REPEALER", "name": "废止决定", "effective_from": day.isoformat()})]
    return World([*rows, *(("REPEALS", {"from": "REPEALER", "to": id_}) for id_ in ids)])


def enacted(world: World, id_: str, stage: str, place: str, day: date) -> World:
    """The world with a document that governs a stage of a place from a day on."""
    edge = {"from": id_, "to": place, "stage": stage, "scope": "dedicated", "evidence": "stated"}
    made = {"id": id_, "name": id_, "effective_from": day.isoformat()}
    return World([*world.rows, ("Regulation", made), ("GOVERNS", edge)])


def reach(world: World, starts: set[str], day: date) -> set[str]:
    """The assets downstream of some, these aside."""
    graph = oracle.record_graph(world, set(), day)
    found: set[str] = set()
    queue = [s for s in starts if s in graph]
    while queue:
        for end in graph.successors(queue.pop()):
            if end not in found and world.nodes[end]["kind"] in oracle.ASSETS:
                found.add(end)
                queue.append(end)
    return found - starts


# --- the calendar ---


def calendar(world: World, day: date, until: date) -> set[tuple[str, str, str, bool]]:
    """Events: what, document, date as stated, whether certain."""
    found = set()
    one = timedelta(days=1)
    for doc in world.of("Regulation"):
        id_ = doc["id"]
        now = oracle.status(world, id_, day)
        if not oracle.is_rule(doc) or now is None or now[0] in ("draft", "repealed", "lapsed"):
            continue
        events = []
        start, end = when(doc, "effective_from"), when(doc, "effective_to")
        if start and oracle.begun(doc, day)[0] != "yes":
            events.append(("takes_effect", start, start.lo, start.hi))
        if end:
            events.append(("trial_ends" if doc.get("trial") else "lapses", end, end.lo + one, end.hi + one))
        for other in oracle.successors(world, id_):
            newer = world.nodes[other]
            begins = when(newer, "effective_from")
            if begins and oracle.considered(newer, day) and oracle.begun(newer, day)[0] != "yes":
                events.append(("superseded", begins, begins.lo, begins.hi))
        for what, stated, lo, hi in events:
            if hi > day and lo <= until:
                found.add((what, id_, str(stated), lo > day and hi <= until))
    return found


# --- side by side ---


def points(world: World, place: str, day: date) -> tuple[int, int, int]:
    """Points, done and expected of a jurisdiction."""
    total = done = expected = 0
    path, outside = world.path(place), world.outside(place)
    for stage in (s.value for s in STAGES):
        rule = oracle.rule(world, path, stage, day, outside)["verdict"]
        role = oracle.role(world, path, stage, day, outside)["verdict"]
        total += {"dedicated": 3, "general": 2, "inherited": 1}.get(rule, 0)
        total += {"own": 3, "designated": 2, "supervised": 1}.get(role, 0)
        record = oracle.record(world, place, stage, day)
        done, expected = done + record["done"], expected + record["expected"]
    return total, done, expected


def ranks(world: World, level: str, day: date) -> dict[str, int]:
    """Rank of each division of a level."""
    merit = {}
    for node in world.of("Jurisdiction"):
        if node.get("level") == level and exists(world, node["id"], day) and not world.outside(node["id"]):
            total, done, expected = points(world, node["id"], day)
            merit[node["id"]] = (total, done / expected if expected else -1)
    return {place: 1 + sum(other > mine for other in merit.values()) for place, mine in merit.items()}


# --- what sources say ---

DISPUTABLE = {"issued": "medium", "effective_from": "medium", "effective_to": "medium", "rank": "medium"}
DISPUTABLE |= {"trial": "medium", "doc_number": "low"}
SOURCES = ("baseline", "mine", "yours")
LOCAL = ("province", "city", "county", "xpcc")


@dataclass
class Said:
    """A statement: whose, and the row."""

    source: str
    passage: str
    kind: str
    values: dict[str, Any]


def agreed(said: list[Said]) -> World:
    """The world in which each property is the word of the last of one's own sources that states it, then of others."""
    nodes: dict[str, tuple[str, dict[str, Any]]] = {}
    # Of one source the passage stated first decides.
    for _, s in sorted(enumerate(said), key=lambda each: (SOURCES.index(each[1].source), -each[0])):
        nodes.setdefault(s.values["id"], (s.kind, {}))[1].update(s.values)
    return World(list(nodes.values()))


def disputed(said: list[Said]) -> dict[str, str]:
    """Severity of the conflict in which the statements of each document are, by id."""
    found = {}
    documents = [s.values for s in said if s.kind == "Regulation"]
    for id_ in {d["id"] for d in documents}:
        pairs = itertools.combinations([d for d in documents if d["id"] == id_], 2)
        grades = {
            grade for a, b in pairs for name, grade in DISPUTABLE.items() if _differ(name, a.get(name), b.get(name))
        }
        if grades:
            found[id_] = "medium" if "medium" in grades else "low"
    return found


def _differ(name: str, one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    if name == "doc_number":
        return _bare(one) != _bare(other)
    if name == "rank":
        return one != other and "unknown" not in (one, other)
    return one != other if name == "trial" else not days(one) & days(other)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def days(stated: str) -> set[date]:
    """The days that a date may mean."""
    span = PartialDate(stated)
    return {span.lo + timedelta(days=n) for n in range((span.hi - span.lo).days + 1)}


def is_figure(claim: dict[str, Any], number: Fraction | int) -> bool:
    """Whether a number is of the figure of a claim."""
    value = Fraction(str(claim["value"]))
    if claim.get("comparator") == ">":
        return number > value
    if claim.get("comparator") == "≈":
        return abs(number - value) <= abs(value) / 10
    return number == value


def series_in_conflict(claims: list[dict[str, Any]]) -> set[str]:
    """The series whose claims have no figure or no day in common."""
    found = set()
    for name in {c["series"] for c in claims if c.get("series")}:
        members = [c for c in claims if c.get("series") == name and c.get("value") is not None]
        # The edges of what they allow, and a number above all, are the only candidates.
        edges = [Fraction(str(c["value"])) * share / 10 for c in members for share in (9, 10, 11)]
        if members and not any(all(is_figure(c, n) for c in members) for n in (*edges, max(edges) + 1)):
            found.add(name)
        times = [days(c["as_of"]) for c in members if _is_date(c.get("as_of"))]
        if times and not set.intersection(*times):
            found.add(name)
    return found


def _is_date(text: str | None) -> bool:
    return bool(text and re.fullmatch(r"\d{4}(-H[12]|-\d\d(-\d\d)?|[上下]半年)?", text))


def our_count(world: World, said: list[Said], counter: str | None) -> int | None:
    """What the graph counts as a claim does; None where that is nothing."""
    name, _, argument = (counter or "").partition(":")
    kinds = {"catalogue_entries": "Resource", "items": "Item", "open_datasets": "Dataset", "opening_fields": "Theme"}
    local = [
        d
        for d in world.of("Regulation")
        if d.get("jurisdiction")
        and world.nodes[d["jurisdiction"]].get("level") in LOCAL
        and d.get("rank") != "plan"
        and any(s.source == "baseline" and s.values["id"] == d["id"] for s in said)
    ]
    count = 0
    if name in kinds:
        count = len(world.of(kinds[name]))
    elif name == "local_regulations":
        count = len(local)
    elif name == "provinces_with_regulations":
        places = {p for d in local for p in world.path(d["jurisdiction"])}
        count = sum(world.nodes[p].get("level") == "province" for p in places)
    elif name == "provinces_with_ordinances":
        count = len({d["jurisdiction"] for d in local if d.get("category") == "条例"})
    elif name == "pilot_places" and argument in world.nodes:
        count = len(oracle.words_of(world.nodes[argument].get("places")))
    return count or None


def claimed(world: World, said: list[Said]) -> dict[str, tuple[int | None, str]]:
    """Our count beside each claim, and the verdict."""
    claims = world.of("Claim")
    torn = series_in_conflict(claims)
    found = {}
    for claim in claims:
        count, verdict_ = our_count(world, said, claim.get("counter")), "not_comparable"
        if claim.get("value") is not None and claim.get("series") in torn:
            verdict_ = "conflicts"
        elif claim.get("value") is not None and count is not None:
            verdict_ = "agrees" if is_figure(claim, count) else "disagrees"
        found[claim["id"]] = (count, verdict_)
    return found


def said_gaps(world: World, said: list[Said]) -> dict[str, tuple[str, float]]:
    """Severity and score of the gaps of kind ``claim_mismatch`` and ``conflict``, by id."""
    found = {f"conflict:Regulation:{id_}": grade for id_, grade in disputed(said).items()}
    found |= {f"conflict:series:{name}": "medium" for name in series_in_conflict(world.of("Claim"))}
    found |= {f"claim_mismatch:Claim:{i}": "medium" for i, c in claimed(world, said).items() if c[1] == "disagrees"}
    return {id_: (grade, score(grade, 0, 0)) for id_, grade in found.items()}
