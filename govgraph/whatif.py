"""What if: the cells that would change if documents were repealed or enacted (docs/semantics.md, section 8.3).

The graph is only read: the documents are changed in memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from govgraph import answers, catalogue
from govgraph.books import role_book, rule_book
from govgraph.cellchanges import Judge, changes, lost, named, rows
from govgraph.errors import UsageError
from govgraph.graph import Graph
from govgraph.law import Document, Governance, RoleBook, RuleBook
from govgraph.model import ASSETS, DEFAULT_LIMIT, STAGES, Evidence, Level, Rank, Scope, Stage
from govgraph.places import Tree
from govgraph.queries import ask
from govgraph.terms import PartialDate
from govgraph.words import read_term

_REPEALER = "what-if:repeal"
"""Id of the document without content that repeals; no row of a source can bring it in this form."""
_HOMED = ("Database", "Resource", "Dataset", "Use")
_BATCH = 5_000


class Enactment(answers.Answer):
    """A stage that a document which doesn't exist would govern in a jurisdiction; rows of one name are one document."""

    name: str
    jurisdiction: str
    stage: str
    scope: str = Scope.DEDICATED.value
    rank: str | None = None

    @classmethod
    def read(cls, text: str) -> Enactment:
        """``STAGE@JURISDICTION``.

        Raises:
            UsageError: it has another form.
        """
        stage, at, place = text.partition("@")
        if not (stage.strip() and at and place.strip()):
            raise UsageError(f"--enact {text}: write STAGE@JURISDICTION, e.g. 加工@130000")
        return cls(name=text, jurisdiction=place.strip(), stage=stage.strip())


def what_if(
    graph: Graph,
    *,
    repeal: Sequence[str] = (),
    enact: Sequence[str | Enactment] = (),
    as_of: date | None = None,
    level: str | None = None,
    jurisdiction: str | None = None,
) -> answers.WhatIf:
    """What would change if some documents were repealed, or made, on a day.

    Args:
        repeal: ids, aliases or names of documents in force on the day, or perhaps in force.
        enact: ``STAGE@JURISDICTION``, or what a document would govern.
        as_of: the day; today by default.
        level, jurisdiction: whose cells are listed, as in coverage.

    Raises:
        UsageError: nothing to do; a repeal of what isn't in force; an enactment that can't be taken.
        NotFoundError, AmbiguousError: a document or a jurisdiction.
    """
    day = as_of or date.today()
    if not repeal and not enact:
        raise UsageError("what if what? write --repeal ID or --enact STAGE@JURISDICTION")
    tree, rules = Tree(graph), rule_book(graph)
    gone = {ref.id: ref for ref in (catalogue.resolve(graph, text, ("Regulation",)) for text in repeal)}
    for ref in gone.values():
        _check(rules, ref, day)
    made = [e if isinstance(e, Enactment) else Enactment.read(e) for e in enact]
    documents, governances = _enacted(graph, tree, rules, made, day)
    on = PartialDate(day)
    repealer = [Document(_REPEALER, _REPEALER, effective_from=on)] if gone else []
    then = rules.changed([*documents, *repealer], governances, [(_REPEALER, id_) for id_ in gone])
    old, new = Judge(tree, rules, day), Judge(tree, then, day)
    at = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
    listed = rows(graph, tree, day, read_term(Level, level, "--level"), at)
    if not level and not jurisdiction:
        listed = [*listed, *_governed_below(graph, tree, then, [*gone, *(d.id for d in documents)], listed, day)]
    found = _without_the_repealer(changes(listed, STAGES, old, new))
    everywhere = changes(_existing(graph, tree, day), STAGES, old, new)
    roles = role_book(graph, rules)
    assets, truncated = _assets(graph, everywhere, day)
    return answers.WhatIf(
        **catalogue.envelope(graph, day),
        total=len(found),
        truncated=truncated,
        repeal=list(gone.values()),
        enact=[d.id for d in documents],
        changes=found,
        lost_last_basis=lost(found),
        by_level=dict(sorted(Counter(c.level or "" for c in everywhere).items())),
        roles=_roles(tree, roles, roles.under(then), listed, day),
        assets=assets,
    )


def _check(rules: RuleBook, ref: answers.Ref, day: date) -> None:
    standing = rules.standing(ref.id, day)
    if standing is None:
        raise UsageError(f"{ref.id} {ref.name} does not exist yet on {day}; it can't be repealed then")
    if standing.state not in ("in_force", "unknown"):
        raise UsageError(f"{ref.id} {ref.name} is not in force on {day} ({standing.state}); there is nothing to repeal")


def _enacted(
    graph: Graph, tree: Tree, rules: RuleBook, made: Sequence[Enactment], day: date
) -> tuple[list[Document], list[Governance]]:
    documents: dict[str, Document] = {}
    governances = []
    for each in made:
        stage = read_term(Stage, each.stage, "--enact")
        scope = read_term(Scope, each.scope, "--enact") or Scope.DEDICATED
        rank = read_term(Rank, each.rank, "--enact") or Rank.UNKNOWN
        place = catalogue.resolve(graph, each.jurisdiction, ("Jurisdiction",))
        if stage is None or not each.name.strip():
            raise UsageError("--enact: a document needs a name and a stage")
        if tree.outside(place.id):
            raise UsageError(f"--enact {each.name}: {place.name} lies outside the territory of these rules")
        if not tree.places[place.id].exists(day):
            raise UsageError(f"--enact {each.name}: {place.id} {place.name} is no division on {day}")
        if each.name in rules.documents:
            raise UsageError(f"--enact {each.name}: there is a document of that id already")
        known = documents.setdefault(each.name, Document(each.name, each.name, rank, effective_from=PartialDate(day)))
        if known.rank is not rank:
            raise UsageError(f"--enact {each.name}: one document has one rank, not {known.rank} and {rank}")
        governances.append(Governance(each.name, place.id, stage, scope, Evidence.STATED))
    return list(documents.values()), governances


def _existing(graph: Graph, tree: Tree, day: date) -> list[str]:
    view = graph.view
    return [
        p.id
        for p in tree.places.values()
        if p.exists(day) and not tree.outside(p.id) and (view is None or p.id in view.within)
    ]


def _governed_below(
    graph: Graph, tree: Tree, rules: RuleBook, ids: Sequence[str], listed: Sequence[str], day: date
) -> list[str]:
    """Divisions below province level that the documents govern themselves."""
    targets = {e.target for id_ in ids for e in rules.governs(id_)} - set(listed)
    existing = set(_existing(graph, tree, day))
    return sorted(t for t in targets & existing if tree.places[t].level in (Level.CITY, Level.COUNTY))


def _without_the_repealer(found: Sequence[answers.Change]) -> list[answers.Change]:
    return [c.model_copy(update={"because": [i for i in c.because if i != _REPEALER]}) for c in found]


def _roles(tree: Tree, old: RoleBook, new: RoleBook, places: Sequence[str], day: date) -> list[answers.Change]:
    """The cells whose role verdict changes since what gave the duty is repealed."""
    found = []
    for place in places:
        path, outside = tree.path(place), tree.outside(place)
        for stage in STAGES:
            before, after = (book.verdict(path, stage, day, outside=outside) for book in (old, new))
            if before.verdict != after.verdict:
                cited = {r.edge.regulation for r in before.roles} - {r.edge.regulation for r in after.roles}
                found.append(
                    answers.Change(
                        **named(tree, place, stage),
                        before=before.verdict,
                        after=after.verdict,
                        because=sorted(filter(None, cited)),
                        via_before=before.via,
                        via_after=after.via,
                        bases_before=sorted({r.edge.agency for r in before.roles}),
                        bases_after=sorted({r.edge.agency for r in after.roles}),
                    )
                )
    return found


# --- what they concern ------------------------------------------------------------------------------------------------


def _assets(
    graph: Graph, everywhere: Sequence[answers.Change], day: date
) -> tuple[answers.AssetsTouched, answers.Truncated | None]:
    """The assets that went through a stage whose cell changes at a home of theirs, and what comes from them."""
    places: dict[Stage, set[str]] = defaultdict(set)
    for each in everywhere:
        places[Stage.parse(each.stage)].add(each.jurisdiction)
    by_stage = Counter[str]()
    if places:
        record = "|".join(s.name for s in STAGES if s in places)
        for kind in _HOMED:
            for row in ask(graph, "coverage/practised", {"day": day}, words={"ASSET": kind, "RECORD": record}):
                if places[Stage.parse(row["stage"])] & {*row["located"], *row["provided"]}:
                    by_stage[row["stage"]] += int(row["assets"])
    counts = {s.value: by_stage[s.value] for s in STAGES if s in places}
    if max(counts.values(), default=0) > DEFAULT_LIMIT:
        return _too_many(counts)
    touched: dict[str, str] = {}
    for stage in places:
        for kind in _HOMED if by_stage[stage.value] else ():
            rows_ = ask(
                graph,
                "whatif/touched",
                {"day": day, "places": sorted(places[stage]), "limit": DEFAULT_LIMIT},
                words={"ASSET": kind, "RECORD": stage.name},
            )
            touched |= {row["id"]: kind for row in rows_}
    reach = _reach(graph, touched, day) if len(touched) <= DEFAULT_LIMIT else None
    if reach is None:
        return _too_many(counts, None if len(touched) > DEFAULT_LIMIT else len(touched))
    return answers.AssetsTouched(by_stage=counts, touched=len(touched), reach=reach), None


def _too_many(counts: dict[str, int], touched: int | None = None) -> tuple[answers.AssetsTouched, answers.Truncated]:
    return (
        answers.AssetsTouched(by_stage=counts, touched=touched, reach=None),
        answers.Truncated(reason="limit", omitted=None),
    )


def _reach(graph: Graph, touched: dict[str, str], day: date) -> int | None:
    """How many other assets can be reached downstream; None: more than are counted."""
    record = "|".join(s.name for s in STAGES)
    kinds = dict(touched)
    frontier = dict(touched)
    while frontier:
        ends: set[str] = set()
        for kind in ASSETS:
            ids = sorted(i for i, k in frontier.items() if k == kind)
            for start in range(0, len(ids), _BATCH):
                part = {"ids": ids[start : start + _BATCH], "first": day, "last": day}
                found = ask(graph, "lineage/edges_out", part, words={"ASSET": kind, "RECORD": record})
                ends |= {row["target"] for row in found}
        frontier = {}
        new = sorted(ends - kinds.keys())
        for kind in ASSETS:
            for start in range(0, len(new), _BATCH):
                part = {"ids": new[start : start + _BATCH]}
                frontier |= {r["id"]: kind for r in ask(graph, "catalogue/known_ids", part, words={"KIND": kind})}
        kinds |= frontier
        if len(kinds) - len(touched) > DEFAULT_LIMIT:
            return None
    return len(kinds) - len(touched)
