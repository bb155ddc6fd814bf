"""Changes: which cells' verdicts differ between two states of the law, and which documents made it so (section 8.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from govgraph import answers
from govgraph.graph import Graph, View
from govgraph.law import RuleBook, RuleVerdict
from govgraph.model import Level, Stage
from govgraph.places import Tree

HAS_BASIS = ("dedicated", "general", "inherited")
_ENDED = ("repealed", "lapsed")


class Judge:
    """Rule verdicts by one book on one day; places that no document tells apart are judged once."""

    def __init__(self, tree: Tree, rules: RuleBook, day: date) -> None:
        self.tree, self.rules, self.day = tree, rules, day
        self._governed = frozenset(rules.governed())
        self._known: dict[tuple[tuple[str, ...], Stage, bool], RuleVerdict] = {}

    def path(self, place: str) -> tuple[str, ...]:
        """The places whose documents decide, nearest first; an empty word for a place that has none itself."""
        first, *above = self.tree.path(place)
        return (first if first in self._governed else "", *(p for p in above if p in self._governed))

    def verdict(self, place: str, stage: Stage) -> RuleVerdict:
        """The rule verdict of a jurisdiction."""
        outside = self.tree.outside(place)
        key = (self.path(place), stage, outside)
        if key not in self._known:
            self._known[key] = self.rules.verdict(key[0], stage, self.day, outside=outside)
        return self._known[key]


def deciding(verdict: RuleVerdict) -> set[str]:
    """The documents that a verdict rests on, whichever it is."""
    if verdict.verdict == "unknown":
        return set(verdict.unresolved)
    if verdict.verdict == "planned":
        return set(verdict.pending)
    if verdict.verdict == "expired":
        return {b.document.id for b in verdict.considered if b.document.is_rule and b.standing.state in _ENDED}
    return {b.document.id for b in verdict.bases}


def _parts(verdict: RuleVerdict, id_: str) -> set[tuple[str, str, str]]:
    return {(b.place, b.scope.value, b.standing.state) for b in verdict.considered if b.document.id == id_}


def because(before: RuleVerdict, after: RuleVerdict, old: Judge, new: Judge) -> list[str]:
    """The documents by which one verdict became the other, by id."""
    was, now = (answers.RULE_VERDICTS.index(v.verdict) for v in (before, after))
    decided = (deciding(before) if was <= now else set()) | (deciding(after) if now <= was else set())
    found = {id_ for id_ in decided if _parts(before, id_) != _parts(after, id_)}
    return sorted(found | _successors(found, before, after, old, new) if was <= now else found)


def _successors(found: set[str], before: RuleVerdict, after: RuleVerdict, old: Judge, new: Judge) -> set[str]:
    """Those, begun since, by which some of the documents are repealed that were in force."""
    begun = set()
    for id_ in found:
        was, now = (
            {state for *_, state in _parts(before, id_)},
            {state for *_, state in _parts(after, id_)},
        )
        if "in_force" in was and "repealed" in now:
            begun |= {
                s
                for s in new.rules.successors(id_)
                if new.rules.begun(s, new.day)[0] == "yes"
                and (s not in old.rules.documents or old.rules.begun(s, old.day)[0] != "yes")
            }
    return begun


def same(before: RuleVerdict, after: RuleVerdict, *, bases: bool) -> bool:
    """Whether a cell did not change; ``bases``: other bases, or another place that has them, are a change, too."""
    if before.verdict != after.verdict:
        return False
    return not bases or (before.via, _ids(before)) == (after.via, _ids(after))


def _ids(verdict: RuleVerdict) -> list[str]:
    return [b.document.id for b in verdict.bases]


def change(place: str, stage: Stage, old: Judge, new: Judge, *, bases: bool = False) -> answers.Change | None:
    """The change of a cell; None where there is none."""
    before, after = old.verdict(place, stage), new.verdict(place, stage)
    if same(before, after, bases=bases):
        return None
    return answers.Change(
        **named(new.tree, place, stage),
        before=before.verdict,
        after=after.verdict,
        because=because(before, after, old, new),
        lost_last_basis=before.verdict in HAS_BASIS and after.verdict not in HAS_BASIS,
        via_before=before.via,
        via_after=after.via,
        bases_before=_ids(before),
        bases_after=_ids(after),
    )


def named(tree: Tree, place: str, stage: Stage) -> dict[str, str | None]:
    """What names a cell."""
    known = tree.places[place]
    return {
        "jurisdiction": place,
        "name": known.name,
        "level": known.level.value if known.level else None,
        "stage": stage.value,
    }


def changes(
    places: Iterable[str], stages: Sequence[Stage], old: Judge, new: Judge, *, bases: bool = False
) -> list[answers.Change]:
    """The changes of the cells of some places: first those that lose their last basis, then by place and stage."""
    found = [c for p in places for s in stages if (c := change(p, s, old, new, bases=bases))]
    return sorted(found, key=lambda c: (not c.lost_last_basis, c.jurisdiction, Stage.parse(c.stage).position))


def lost(found: Iterable[answers.Change]) -> int:
    """How many cells lost their last basis."""
    return sum(c.lost_last_basis for c in found)


def told(view: View | None, asked: str | None = None) -> Callable[[str], bool]:
    """Whether answers have rows of a place: of a limited graph those within, and an ancestor that was asked for."""
    return lambda place: view is None or place in view.within or place == asked


def rows(graph: Graph, tree: Tree, day: date, level: Level | None, at: str | None) -> list[str]:
    """The jurisdictions of the matrix (section 7) of a day."""
    asked = at
    if graph.view is not None:
        at = at or graph.view.at
    if at and level is None:
        return [at]
    level = level or Level.PROVINCE
    inside = tree.below(at) if at else None
    mine = told(graph.view, asked)
    return [
        place.id
        for place in sorted(tree.places.values(), key=lambda p: p.id)
        if place.level is level
        and place.exists(day)
        and (inside is None or place.id in inside)
        and mine(place.id)
        and not tree.outside(place.id)
    ]
