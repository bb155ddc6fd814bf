"""The level of information items: which went into which over a hop, and which several providers keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from govgraph import answers, catalogue, cursors
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.model import EDGES
from govgraph.places import Tree
from govgraph.queries import ask
from govgraph.terms import fold
from govgraph.tracing.reach import HOLDERS, Reach, named, positive

DEFAULT_SAME = 100
MAX_ITEMS_SHOWN = 100
"""Items of one group that are told."""
_HOLDING = EDGES["HAS_ITEM"].kinds(0)


# --- a hop --------------------------------------------------------------------------------------------------------


def hop(graph: Graph, start: str, end: str, *, stages: Sequence[str] = (), as_of: date | None = None) -> answers.Hop:
    """Which items of one asset went into which of another, and which did not.

    Raises:
        UsageError: an asset that can't have items, the same asset twice, or a stage that can't be taken.
        NotFoundError, AmbiguousError: either.
    """
    why = f"items are had by one of {', '.join(_HOLDING)}"
    first, last = named(graph, start, _HOLDING, why), named(graph, end, _HOLDING, why)
    if first.id == last.id:
        raise UsageError(f"{first.name} is both ends; write two assets")
    reach = Reach(graph, stages, as_of)
    reach.kinds |= {first.id: first.kind, last.id: last.kind}
    had = reach.items_of([first.id, last.id])
    refs = {i: answers.Ref(id=i, kind="Item", name=n) for items in had.values() for i, n in items.items()}
    left, right = had[first.id], had[last.id]
    edges = [e for e in reach.among({*left, *right}) if e["start"] in left and e["target"] in right]
    went, came = {e["start"] for e in edges}, {e["target"] for e in edges}
    hops = [e for e in reach.among([first.id, last.id]) if (e["start"], e["target"]) == (first.id, last.id)]
    return answers.Hop(
        **catalogue.envelope(graph, as_of),
        total=len(edges),
        from_=first,
        to=last,
        edges=reach.told(hops),
        items=[
            answers.ItemHop(
                id=e["id"],
                from_=refs[e["start"]],
                to=refs[e["target"]],
                stage=e["stage"],
                since=e["since"],
                until=e["until"],
            )
            for e in edges
        ],
        unmatched=answers.Unmatched(
            from_=[refs[i] for i in sorted(left) if i not in went],
            to=[refs[i] for i in sorted(right) if i not in came],
        ),
    )


# --- the same items -----------------------------------------------------------------------------------------------


@dataclass
class _Same:
    names: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)
    providers: set[str] = field(default_factory=set)


def same_items(
    graph: Graph, *, jurisdiction: str | None = None, limit: int = DEFAULT_SAME, cursor: str | None = None
) -> answers.SameItems:
    """Items that several providers keep (一数一源); those with most providers first.

    Args:
        jurisdiction: only providers located in it or below count.
        cursor: the ``next`` of the answer before.

    Raises:
        UsageError: a limit or cursor that can't be taken.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    positive(limit)
    place = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    question = ["same-items", place]
    after = cursors.decode(cursor, question, (int,), (str,)) if cursor else None
    counts = _counting(graph, place)
    groups: dict[str, _Same] = defaultdict(_Same)
    for row in ask(graph, "tracing/same_groups", words={"KINDS": HOLDERS}):
        group = groups[_key(row["name"], row["element"])]
        group.providers |= counts(row["owners"] or row["keepers"])
        if row["element"]:
            group.elements.add(row["element"])
        else:
            group.names.add(row["name"])
    every = sorted((-len(g.providers), key) for key, g in groups.items() if len(g.providers) > 1)
    left = [g for g in every if after is None or g > (after[0], after[1])]
    page = left[:limit]
    omitted = len(left) - len(page)
    return answers.SameItems(
        **catalogue.envelope(graph),
        total=len(every),
        truncated=answers.Truncated(reason="limit", omitted=omitted) if omitted else None,
        next=cursors.encode(question, page[-1]) if omitted else None,
        items=_told(graph, {key: groups[key] for _, key in page}, place),
    )


def _key(name: str | None, element: str | None) -> str:
    """What items are the same by."""
    return f"element:{fold(element)}" if element else f"name:{fold(name or '')}"


def _counting(graph: Graph, place: str | None) -> Callable[[Iterable[str]], set[str]]:
    """Takes agencies and answers those that count: all, or those in a jurisdiction."""
    if place is None:
        return set
    within = Tree(graph).below(place)
    rows = ask(graph, "coverage/subjects", words={"KIND": "Agency"})
    return {row["id"] for row in rows if within.intersection(row["places"])}.intersection


def _told(graph: Graph, groups: dict[str, _Same], place: str | None) -> list[answers.SameItem]:
    if not groups:
        return []
    reach = Reach(graph)
    names = sorted({name for g in groups.values() for name in g.names})
    elements = sorted({element for g in groups.values() for element in g.elements})
    items: dict[str, dict[str, answers.KeptItem]] = {key: {} for key in groups}
    given = {"names": names, "elements": elements}
    for row in ask(graph, "tracing/same_items", given, words={"KINDS": HOLDERS}):
        key = _key(row["name"], row["element"])
        if key in items:
            reach.kinds[row["id"]] = "Item"
            items[key][row["id"]] = answers.KeptItem(
                id=row["id"], name=row["name"], holders=sorted(row["holders"]), providers=[], derived=False
            )
    every = [i for some in items.values() for i in some]
    reach.know({h for some in items.values() for item in some.values() for h in item.holders})
    provided: dict[str, set[str]] = defaultdict(set)
    for row in reach.lookup("tracing/agencies", reach.kinds, "ASSET"):
        provided[row["id"]].add(row["agency"])
    counts = _counting(graph, place)
    found = []
    into = reach.step("up", every)
    for key, some in items.items():
        kept = []
        for item in sorted(some.values(), key=lambda i: i.id):
            of_holders: set[str] = set().union(*(provided[h] for h in item.holders))
            item.providers = sorted(counts(provided[item.id] or of_holders))
            item.derived = any(other in some and other != item.id for other in into[item.id])
            if item.providers:
                kept.append(item)
        sources = {p for item in kept if not item.derived for p in item.providers}
        found.append(
            answers.SameItem(
                key=key,
                name=kept[0].name,
                providers=len(groups[key].providers),
                sources=len(sources),
                total=len(kept),
                items=kept[:MAX_ITEMS_SHOWN],
            )
        )
    return found
