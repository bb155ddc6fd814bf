"""Timeline: the rule verdicts of a jurisdiction or a stage over time; and what begins and lapses next (section 8.2)."""

from __future__ import annotations

import calendar as _calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from govgraph import answers, catalogue
from govgraph.books import rule_book
from govgraph.cellchanges import Judge, because, changes, named, rows, same
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.law import Document, RuleBook, RuleVerdict
from govgraph.model import STAGES, Level, Stage
from govgraph.places import Tree
from govgraph.terms import PartialDate
from govgraph.words import read_stages, read_term

_DAY = timedelta(days=1)
MAX_MONTHS = 1200
What = Literal["takes_effect", "lapses", "trial_ends", "superseded"]


def timeline(
    graph: Graph,
    thing: str,
    *,
    stages: Sequence[str] = (),
    level: str | None = None,
    jurisdiction: str | None = None,
    as_of: date | None = None,
) -> answers.Timeline:
    """The rule verdicts of a jurisdiction's stages, or of a stage in all jurisdictions of a level, over time.

    Args:
        thing: a jurisdiction (code or name) or a stage; a word that is both is the stage.
        stages: of a jurisdiction only these.
        level, jurisdiction: of a stage the jurisdictions, as in coverage.
        as_of: the day whose divisions a stage's rows are; today by default.

    Raises:
        UsageError: options of the other sort; a word that is no stage or level.
        NotFoundError, AmbiguousError: neither a stage nor a jurisdiction.
    """
    day = as_of or date.today()
    tree, rules = Tree(graph), rule_book(graph)
    about: answers.Ref | str
    try:
        stage = Stage.parse(thing)
    except ValueError:
        if level or jurisdiction:
            raise UsageError("--level and --jurisdiction choose the rows of a stage; name a stage") from None
        about = catalogue.resolve(graph, thing, ("Jurisdiction",))
        cells = [(about.id, s) for s in read_stages(stages)]
    else:
        if stages:
            raise UsageError("--stage chooses the rows of a jurisdiction; name a jurisdiction") from None
        about = stage.value
        at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
        cells = [(p, stage) for p in rows(graph, tree, day, read_term(Level, level, "--level"), at)]
    judges: dict[date, Judge] = {}
    found = [
        answers.TimelineRow(**named(tree, place, stage), spans=spans(tree, rules, place, stage, judges))
        for place, stage in cells
    ]
    return answers.Timeline(**catalogue.envelope(graph, day), total=len(found), about=about, rows=found)


def spans(tree: Tree, rules: RuleBook, place: str, stage: Stage, judges: dict[date, Judge]) -> list[answers.Span]:
    """A cell's rule over time, within the years of the division."""
    known = tree.places[place]
    first = date(known.first_year, 1, 1) if known.first_year else None
    last = date(known.end_year, 1, 1) - _DAY if known.end_year else None
    days = [d for d in rules.turning_days(tree.path(place)) if (not first or d > first) and (not last or d <= last)]
    start = first or (days[0] - _DAY if days and days[0] > date.min else date.min)

    def on(day: date) -> Judge:
        return judges.setdefault(day, Judge(tree, rules, day))

    found: list[answers.Span] = []
    judge, verdict = on(start), on(start).verdict(place, stage)
    begun: date | None = first
    reasons: list[str] = []
    for day in days:
        then = on(day).verdict(place, stage)
        if not same(verdict, then, bases=True):
            found.append(_span(begun, day - _DAY, verdict, reasons))
            reasons, begun = because(verdict, then, judge, on(day)), day
        judge, verdict = on(day), then
    found.append(_span(begun, last, verdict, reasons))
    return found


def _span(first: date | None, last: date | None, verdict: RuleVerdict, reasons: list[str]) -> answers.Span:
    return answers.Span(
        from_=first,
        to=last,
        verdict=verdict.verdict,
        via=verdict.via,
        bases=[b.document.id for b in verdict.bases],
        because=reasons,
    )


# --- the calendar -------------------------------------------------------------------------------------------------


class _Event(NamedTuple):
    what: What
    stated: PartialDate
    first: date
    last: date
    document: Document
    successor: Document | None = None


def calendar(
    graph: Graph,
    *,
    months: int = 12,
    as_of: date | None = None,
    jurisdiction: str | None = None,
    stages: Sequence[str] = (),
) -> answers.Calendar:
    """What takes effect, lapses, ends its trial or is superseded in the months after a day.

    Args:
        jurisdiction: only documents that govern it or what is below.
        stages: only documents that govern, or may govern, one of these.

    Raises:
        UsageError: months that are none, a word that is no stage.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    if not 1 <= months <= MAX_MONTHS:
        raise UsageError(f"--months {months}: write 1 to {MAX_MONTHS}")
    day = as_of or date.today()
    until = _later(day, months)
    wanted = read_stages(stages)
    tree, rules = Tree(graph), rule_book(graph)
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    inside = tree.below(at) if at else None

    def asked(doc: Document) -> bool:
        edges = rules.governs(doc.id)
        return (inside is None or any(e.target in inside for e in edges)) and (
            not stages or any(e.stage is None or e.stage in wanted for e in edges)
        )

    matrix = rows(graph, tree, day, None, None)
    on_day: dict[date, list[answers.Change]] = {}
    items = []
    documents = [d for d in rules.documents.values() if d.is_rule and asked(d) and rules.considered(d, day)]
    for event in _events(rules, documents, day):
        if event.last <= day or event.first > until:
            continue
        if event.last not in on_day:
            before, after = (Judge(tree, rules, d) for d in (event.last - _DAY, event.last))
            on_day[event.last] = changes(matrix, STAGES, before, after)
        items.append(_item(tree, rules, event, on_day[event.last], day, until))
    items.sort(key=lambda e: (e.first, e.last, e.regulation.id, e.what))
    trials = [
        _ref(d) for d in documents if d.trial and not d.effective_to and (s := rules.standing(d.id, day)) and s.in_force
    ]
    return answers.Calendar(
        **catalogue.envelope(graph, day),
        total=len(items),
        until=until,
        items=items,
        open_trials=sorted(trials, key=lambda r: r.id),
    )


def _later(day: date, months: int) -> date:
    """The day so many months later; of a month that is shorter its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, _calendar.monthrange(year, month + 1)[1]))


def _events(rules: RuleBook, documents: Sequence[Document], day: date) -> Iterator[_Event]:
    """When the documents that have not ended on the day begin and end, as far as is known then."""
    for doc in documents:
        standing = rules.standing(doc.id, day)
        if standing is None or standing.state in ("draft", "repealed", "lapsed"):
            continue
        if (start := doc.effective_from) and rules.begun(doc.id, day)[0] != "yes":
            yield _Event("takes_effect", start, start.lo, start.hi, doc)
        if (end := doc.effective_to) and end.hi < date.max:
            yield _Event("trial_ends" if doc.trial else "lapses", end, end.lo + _DAY, end.hi + _DAY, doc)
        for id_ in sorted(rules.successors(doc.id)):
            successor = rules.documents[id_]
            start = successor.effective_from
            if start and rules.considered(successor, day) and rules.begun(id_, day)[0] != "yes":
                yield _Event("superseded", start, start.lo, start.hi, doc, successor)


def _item(
    tree: Tree, rules: RuleBook, event: _Event, on_day: Sequence[answers.Change], day: date, until: date
) -> answers.CalendarEvent:
    edges = rules.governs(event.document.id)
    return answers.CalendarEvent(
        stated=str(event.stated),
        first=event.first,
        last=event.last,
        certain=day < event.first and event.last <= until,
        what=event.what,
        regulation=_ref(event.document),
        successor=_ref(event.successor) if event.successor else None,
        jurisdictions=sorted({e.target for e in edges if e.target in tree.places}),
        stages=[s.value for s in STAGES if any(e.stage in (s, None) for e in edges)],
        changes=[c for c in on_day if event.document.id in c.because],
    )


def _ref(doc: Document) -> answers.Ref:
    return answers.Ref(id=doc.id, kind="Regulation", name=doc.name)
