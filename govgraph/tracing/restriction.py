"""Restriction: what is open although something upstream is not, and items whose restriction loosened on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from govgraph import answers, catalogue, cursors
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.model import EDGES, OpenType
from govgraph.queries import ask
from govgraph.terms import fold
from govgraph.tracing.reach import Reach, named, positive, shortest

DEFAULT_EXAMINED = 100
_NUMERALS = {n: i for i, n in enumerate("一二三四五六七八九", 1)}
_LEVEL = re.compile(r"第?[a-z]?([1-9一二三四五六七八九])[级級]?")
_WORDS = {"一般": (1, 9), "重要": (10, 10), "核心": (11, 11)}
_Kind = Literal["opened", "loosened"]
_Reason = Literal["not_open", "personal", "grade", "open_type"]


def grade(text: str | None) -> tuple[int, int] | None:
    """The lowest and the highest grade that a stated one can mean; None: it is not comparable.

    Numbers are 1 to 9, 重要 and 核心 stand above them (GB/T 43697-2024).
    """
    word = fold(text or "")
    if found := _LEVEL.fullmatch(word):
        number = _NUMERALS.get(found[1]) or int(found[1])
        return number, number
    return _WORDS.get(word.removesuffix("级").removesuffix("数据"))


@dataclass(frozen=True)
class Facts:
    """What restricts a thing."""

    open_type: str | None = None
    grade: str | None = None
    personal: bool | None = None

    def under(self, holders: Sequence[Facts]) -> Facts:
        """Of an item that states these: with what the things that have it state, the strictest of each."""
        types = sorted((h.open_type for h in holders if h.open_type), key=_openness)
        grades = [h.grade for h in holders if h.grade]
        strictest = max(grades, key=lambda g: (grade(g) or (0, 0), g), default=None)
        stated = [h.personal for h in holders if h.personal is not None]
        return Facts(
            self.open_type or (types[-1] if types else None),
            self.grade or strictest,
            self.personal if self.personal is not None else any(stated) if stated else None,
        )


def _openness(open_type: str) -> int:
    return OpenType.parse(open_type).position


def higher(cause: str | None, subject: str | None) -> bool:
    """Whether a grade is higher than another for every reading of both."""
    one, other = grade(cause), grade(subject)
    return one is not None and other is not None and one[0] > other[1]


def restriction(
    graph: Graph,
    text: str | None = None,
    *,
    stages: Sequence[str] = (),
    as_of: date | None = None,
    limit: int = DEFAULT_EXAMINED,
    cursor: str | None = None,
) -> answers.Restriction:
    """Opened datasets with something restricted upstream, and items whose restriction loosened on the way.

    Args:
        text: id, alias or name of a dataset, an item, or what has items; without: all, page by page.
        stages: only hops of these stages.
        as_of: only hops that may hold on that day; all by default.
        limit: candidates to examine; not used with a text.
        cursor: the ``next`` of the answer before.

    Raises:
        UsageError: a thing of another kind; a stage, limit or cursor that can't be taken.
        NotFoundError, AmbiguousError: the thing.
    """
    positive(limit)
    reach = Reach(graph, stages, as_of)
    if text:
        if cursor:
            raise UsageError("--cursor goes on from an answer about all, not from one about a single asset")
        kinds = (*EDGES["HAS_ITEM"].kinds(0), "Item")
        root = named(graph, text, kinds, f"restriction is asked of one of {', '.join(kinds)}")
        reach.kinds[root.id] = root.kind
        datasets = [root.id] if root.kind == "Dataset" else []
        items = [root.id] if root.kind == "Item" else sorted(reach.items_of([root.id])[root.id])
        found, ungraded = _examine(reach, datasets, items)
        return answers.Restriction(
            **catalogue.envelope(graph, as_of),
            total=len(found),
            root=root,
            examined=len(datasets) + len(items),
            ungraded=ungraded,
            items=found,
        )
    question = ["restriction", reach.record, as_of and as_of.isoformat()]
    phase, after = cursors.decode(cursor, question, (int,), (str,)) if cursor else (0, "")
    words = {"RECORD": reach.record}
    datasets, items = [], []
    if phase == 0:
        datasets = [r["id"] for r in ask(graph, "tracing/opened", {"after": after, "limit": limit + 1})]
    if len(datasets) <= limit:
        given = {"after": after if phase else "", "limit": limit + 1 - len(datasets)}
        items = [r["id"] for r in ask(graph, "tracing/received", given, words=words)]
    more = len(datasets) + len(items) > limit
    (items or datasets)[-1:] = [] if more else (items or datasets)[-1:]
    reach.kinds |= dict.fromkeys(datasets, "Dataset") | dict.fromkeys(items, "Item")
    found, ungraded = _examine(reach, datasets, items)
    at = (1, items[-1]) if items else (0, datasets[-1] if datasets else after)
    total = left = 0
    for number, query in enumerate(("tracing/count_opened", "tracing/count_received")):
        of_kind = words if number else {}
        total += int(ask(graph, query, {"after": ""}, words=of_kind)[0]["nodes"])
        if more and number >= at[0]:
            since = {"after": at[1] if number == at[0] else ""}
            left += int(ask(graph, query, since, words=of_kind)[0]["nodes"])
    return answers.Restriction(
        **catalogue.envelope(graph, as_of),
        total=total,
        truncated=answers.Truncated(reason="limit", omitted=left) if more else None,
        next=cursors.encode(question, at) if more else None,
        examined=len(datasets) + len(items),
        ungraded=ungraded,
        items=found,
    )


def _examine(reach: Reach, datasets: Sequence[str], items: Sequence[str]) -> tuple[list[answers.Restricted], int]:
    """Findings on datasets (what of theirs is opened) and on items; how many grades could not be compared."""
    own = reach.items_of(datasets)
    above = reach.spread("up", datasets)
    fields = reach.spread("up", sorted({*items, *(i for some in own.values() for i in some)}), only=("Item",))
    every = _facts(reach, {*above.depth, *fields.depth})
    found: list[tuple[str, _Kind, _Reason, str, list[str]]] = []
    ungraded = 0
    for id_ in sorted(datasets):
        if every[id_].open_type == OpenType.NOT_OPEN:
            continue
        for cause, path in shortest(above.near, id_).items():
            if cause != id_:
                mine = _opened(every.get(cause, Facts()), every[id_])
                found += [(id_, "opened", reason, cause, path[::-1]) for reason in mine]
                ungraded += _ungraded(every.get(cause, Facts()), every[id_])
        for item in sorted(own[id_]):
            for cause, path in shortest(fields.near, item).items():
                mine = _opened(every[cause], every[item])
                found += [(id_, "opened", reason, cause, [*path[::-1], id_]) for reason in mine]
                ungraded += _ungraded(every[cause], every[item])
    for id_ in sorted(items):
        for cause, path in shortest(fields.near, id_).items():
            if cause != id_:
                mine = _loosened(every[cause], every[id_])
                found += [(id_, "loosened", reason, cause, path[::-1]) for reason in mine]
                ungraded += _ungraded(every[cause], every[id_])
    best: dict[tuple[str, _Kind, _Reason, str], list[str]] = {}
    for subject, kind, reason, cause, path in sorted(found, key=lambda f: (len(f[4]), f[4])):
        best.setdefault((subject, kind, reason, cause), path)
    refs = reach.refs(sorted({i for subject, _, _, cause in best for i in (subject, cause)}))
    told = []
    for (subject, kind, reason, cause), path in sorted(best.items()):
        name = "open_type" if reason == "not_open" else reason
        told.append(
            answers.Restricted(
                subject=refs[subject],
                finding=kind,
                reason=reason,
                cause=refs[cause],
                before=getattr(every[cause], name),
                after=getattr(every[path[-2]] if kind == "opened" and _held(reach, path) else every[subject], name),
                path=path,
            )
        )
    return told, ungraded


def _held(reach: Reach, path: Sequence[str]) -> bool:
    """Whether a path ends with an item and what has it."""
    return len(path) > 1 and reach.kinds[path[-2]] == "Item"


def _opened(cause: Facts, subject: Facts) -> list[_Reason]:
    reasons: list[_Reason] = []
    if cause.open_type == OpenType.NOT_OPEN:
        reasons.append("not_open")
    if cause.personal:
        reasons.append("personal")
    if higher(cause.grade, subject.grade):
        reasons.append("grade")
    return reasons


def _loosened(cause: Facts, subject: Facts) -> list[_Reason]:
    reasons: list[_Reason] = []
    if cause.open_type and subject.open_type and _openness(subject.open_type) < _openness(cause.open_type):
        reasons.append("open_type")
    if higher(cause.grade, subject.grade):
        reasons.append("grade")
    if cause.personal and subject.personal is False:
        reasons.append("personal")
    return reasons


def _ungraded(cause: Facts, subject: Facts) -> int:
    return int(grade(cause.grade) is not None and grade(subject.grade) is None)


def _facts(reach: Reach, ids: Iterable[str]) -> Mapping[str, Facts]:
    """What restricts each of the nodes; an item by what has it, where it states nothing itself."""
    ids = sorted(ids)
    holders = reach.holders_of([i for i in ids if reach.kinds[i] == "Item"])
    every = {*ids, *(h for held in holders.values() for h in held)}
    found = dict.fromkeys(every, Facts())
    for row in reach.graded(every):
        found[row["id"]] = Facts(row["open_type"], row["grade"], row["personal"])
    return found | {i: found[i].under([found[h] for h in held]) for i, held in holders.items()}
