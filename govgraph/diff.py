"""Diff: which cells changed between two days, and the documents that changed each (docs/semantics.md, section 8.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from govgraph import answers, catalogue
from govgraph.books import rule_book
from govgraph.cellchanges import Judge, changes, lost, rows
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.model import Level
from govgraph.places import Tree
from govgraph.words import read_stages, read_term


def diff(
    graph: Graph,
    first: date,
    last: date,
    *,
    level: str | None = None,
    jurisdiction: str | None = None,
    stages: Sequence[str] = (),
    bases: bool = False,
) -> answers.Diff:
    """The cells of the matrix whose rule verdict is another on the later day.

    Args:
        level: level of the jurisdictions; provinces by default, or the jurisdiction itself when one is named.
        jurisdiction: code or name; limits them to it and what is below.
        bases: list also cells whose verdict stayed and whose bases did not.

    Raises:
        UsageError: the first day is not before the last; a word that is no stage or level.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    if first >= last:
        raise UsageError(f"from {first} to {last}: write the earlier day first")
    wanted = read_stages(stages)
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    tree, rules = Tree(graph), rule_book(graph)
    of_level = read_term(Level, level, "--level")
    was, now = (rows(graph, tree, day, of_level, at) for day in (first, last))
    if at and of_level is None:
        was, now = ([p for p in was if tree.places[p].exists(day)] for day in (first, last))
    both = [p for p in was if p in set(now)]
    found = changes(both, wanted, Judge(tree, rules, first), Judge(tree, rules, last), bases=bases)
    warnings = []
    known = rules.first_known_date
    if known and first < known:
        message = f"{first} is before {known}, the first date known of any document"
        warnings.append(answers.Warning_(code="before_first_known_date", message=message))
    return answers.Diff(
        **catalogue.envelope(graph, last, warnings),
        total=len(found),
        from_=first,
        to=last,
        changes=found,
        lost_last_basis=lost(found),
        appeared=sorted(set(now) - set(was)),
        disappeared=sorted(set(was) - set(now)),
    )
