"""Check: the built-in gaps and a bureau's own rules as findings of one type (docs/semantics.md, section 13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from govgraph import answers, catalogue
from govgraph.errors import ConnectionLostError, GraphError, RuleFileError, UnreachableError, UsageError
from govgraph.gaps import Every
from govgraph.gapwords import BASES, GAPS
from govgraph.graph import Graph
from govgraph.model import NODES, Stage
from govgraph.places import Tree
from govgraph.rules import SEVERITIES, Rule, read_folder

MOST_ROWS = 10_000
"""Findings of one rule."""
RULE_SECONDS = 60.0
"""Seconds that one rule may take."""


def check(
    graph: Graph,
    *,
    rules: Path | None = None,
    severity: str | None = None,
    jurisdiction: str | None = None,
    accepted: bool = False,
    limit: int | None = None,
    as_of: date | None = None,
    timeout: float = RULE_SECONDS,
) -> answers.Findings:
    """What the built-in kinds of gap find, then what the rules of a folder find; worst first.

    All rules are read and shown to the engine before any of them runs. One that fails while it runs says so in
    ``rules``, and the others go on.

    Args:
        rules: folder of a bureau's own ``*.cypher`` files.
        severity: answer only findings of that severity.
        jurisdiction: answer only findings of it and what is below.
        accepted: answer accepted gaps, too; they count in ``accepted`` only.
        limit: findings to answer; all by default, which may be millions (:class:`Check` tells them one by one).
        timeout: seconds that one rule may take.

    Raises:
        UsageError: an unknown severity; rules on a graph that is limited to a jurisdiction.
        RuleFileError: a rule that can't be taken; nothing was run.
        NotFoundError, AmbiguousError: the jurisdiction.
    """
    found = Check(
        graph,
        rules=rules,
        severity=severity,
        jurisdiction=jurisdiction,
        accepted=accepted,
        as_of=as_of,
        timeout=timeout,
    )
    items = list(islice(found, limit))
    left = found.head.total + (found.head.accepted if accepted else 0) - len(items)
    update: dict[str, Any] = {"items": items}
    if limit is not None and left > 0:
        update["truncated"] = answers.Truncated(reason="limit", omitted=left)
    return found.head.model_copy(update=update)


class Check:
    """A check: ``head`` says what was found without its ``items``; going over it tells these, worst first.

    However many there are, only those of a bureau's own rules are held, of which each has :data:`MOST_ROWS` at the most.
    Arguments and errors are those of :func:`check`.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        rules: Path | None = None,
        severity: str | None = None,
        jurisdiction: str | None = None,
        accepted: bool = False,
        as_of: date | None = None,
        timeout: float = RULE_SECONDS,
    ) -> None:
        day = as_of or date.today()
        if severity and severity not in SEVERITIES:
            raise UsageError(f"--severity {severity}: write {', '.join(SEVERITIES)}")
        if rules is not None and graph.view is not None:
            raise UsageError(f"rules of one's own can't be limited to {graph.view.at}; ask a graph that is not limited")
        own = read_folder(rules) if rules is not None else []
        place = catalogue.resolve(graph, jurisdiction, ("Jurisdiction",)).id if jurisdiction else None
        given = {"as_of": day, "jurisdiction": place or ""}
        for rule in own:
            if rule.id in GAPS:
                raise RuleFileError(f"{rule.file}:1: id {rule.id} is that of a built-in kind; give it another")
            _vet(graph, rule, given)
        tree = Tree(graph)
        self._asked = _Asked(graph, tree, day, place, tree.below(place) if place else None, given, timeout)
        self._severities = [s for s in SEVERITIES if severity in (None, s)]
        self._accepted = accepted
        self._every = Every(graph, jurisdiction=place, as_of=day)
        self._own: list[answers.Finding] = []
        self.head = self._run(own)

    def __iter__(self) -> Iterator[answers.Finding]:
        for severity in self._severities:
            # Within a severity the built-in gaps keep their order, worst first, and come before the rules'.
            for gap in self._every.of(severity, accepted=self._accepted):
                yield _finding(self._asked, gap)
            yield from (item for item in self._own if item.severity == severity)

    def _run(self, own: Sequence[Rule]) -> answers.Findings:
        counts = self._every.counts()
        checked = _built_in(counts)
        warnings = []
        for rule in own:
            items, outcome = _run(self._asked, rule)
            self._own += items
            checked.append(outcome)
            counts[rule.id, rule.severity] += len(items)
            if (
                self._asked.place
                and "jurisdiction" not in rule.parameters
                and any(f.jurisdiction is None for f in items)
            ):
                warnings.append(
                    answers.Warning_(
                        code="not_limited",
                        message=f"rule {rule.id} neither takes $jurisdiction nor answers a jurisdiction: it speaks of every place",
                    )
                )
        summary = {
            s: sum(n for (_, of), n in counts.items() if of == s) if s in self._severities else 0 for s in SEVERITIES
        }
        cut = any(c.status == "cut" for c in checked)
        return answers.Findings(
            **catalogue.envelope(self._asked.graph, self._asked.day, warnings),
            total=sum(summary.values()),
            truncated=answers.Truncated(reason="limit", omitted=None) if cut else None,
            summary=summary,
            accepted=self._every.accepted(),
            rules=checked,
            items=[],
        )


@dataclass(frozen=True)
class _Asked:
    """What was asked for."""

    graph: Graph
    tree: Tree
    day: date
    place: str | None
    inside: set[str] | None
    given: dict[str, Any]
    timeout: float

    def parameters(self, rule: Rule) -> dict[str, Any]:
        """Those that a rule takes: the embedded engine refuses others."""
        return {name: self.given[name] for name in rule.parameters}


# --- the built-in kinds -------------------------------------------------------------------------------------------


def _built_in(counts: Mapping[tuple[str, str], int]) -> list[answers.CheckedRule]:
    return [
        answers.CheckedRule(
            id=kind,
            title=_title(kind),
            severity=next((s for s in SEVERITIES if counts.get((kind, s))), None),
            basis=BASES.get(kind),
            remedy=_words(GAPS[kind].remedy),
            built_in=True,
            findings=sum(counts.get((kind, s), 0) for s in SEVERITIES),
        )
        for kind in GAPS
    ]


def _finding(asked: _Asked, gap: answers.Gap) -> answers.Finding:
    subject = gap.subject
    if subject is None and gap.jurisdiction in asked.tree.places:
        name = asked.tree.places[gap.jurisdiction].name
        subject = answers.Ref(id=gap.jurisdiction, kind="Jurisdiction", name=name)
    return answers.Finding(
        id=gap.id,
        rule=gap.kind,
        severity=gap.severity,
        title=_title(gap.kind),
        subject=subject,
        stage=gap.stage,
        jurisdiction=gap.jurisdiction,
        reason=gap.reason,
        basis=BASES.get(gap.kind),
        remedy=_words(GAPS[gap.kind].remedy),
        accepted=gap.accepted if gap.accepted and not gap.accepted.past else None,
    )


def _title(kind: str) -> answers.Words:
    return _words(GAPS[kind].label)


def _words(pair: Sequence[str]) -> answers.Words:
    return answers.Words(zh=pair[0], en=pair[1])


# --- a bureau's own -----------------------------------------------------------------------------------------------


def _vet(graph: Graph, rule: Rule, given: dict[str, Any]) -> None:
    """Show a rule to the engine.

    Raises:
        RuleFileError: it can't take it.
    """
    try:
        graph.vet(rule.text, {name: given[name] for name in rule.parameters})
    except (ConnectionLostError, UnreachableError):
        raise
    except GraphError as error:
        raise RuleFileError(f"{rule.file}:{_line(rule, error.message)}: {error.message}") from None


def _line(rule: Rule, message: str) -> int:
    """The line of the file that an engine complains about; where it names none, that in which the query begins."""
    _, named, rest = message.partition("(line")
    number = rest.strip(": ").partition(",")[0].strip()
    return rule.line + (int(number) - 1 if named and number.isdecimal() else 0)


def _run(asked: _Asked, rule: Rule) -> tuple[list[answers.Finding], answers.CheckedRule]:
    outcome = answers.CheckedRule(
        id=rule.id,
        title=_words(rule.title),
        severity=rule.severity,
        basis=rule.basis,
        remedy=_words(rule.remedy) if rule.remedy else None,
        built_in=False,
        file=rule.file,
    )
    try:
        rows = asked.graph.guarded(rule.text, asked.parameters(rule), most=MOST_ROWS + 1, timeout=asked.timeout)
        found: dict[str, answers.Finding] = {}
        for row in rows[:MOST_ROWS]:
            item = _of_row(asked, rule, row)
            # A subject that comes twice, say over two edges, is one finding.
            if asked.inside is None or item.jurisdiction is None or item.jurisdiction in asked.inside:
                found.setdefault(item.id, item)
    except (ConnectionLostError, UnreachableError):
        raise
    except (GraphError, _BadRow) as error:
        outcome.status, outcome.error = "failed", f"{rule.file}:{rule.line}: {error}"
        return [], outcome
    if len(rows) > MOST_ROWS:
        outcome.status = "cut"
        outcome.error = f"{rule.file}:{rule.line}: answers more than {MOST_ROWS:,} rows; the rest is left out"
    outcome.findings = len(found)
    return list(found.values()), outcome


class _BadRow(Exception):
    """A row that names no subject."""


def _of_row(asked: _Asked, rule: Rule, row: dict[str, Any]) -> answers.Finding:
    for name, value in row.items():
        if value is not None and not isinstance(value, str):
            raise _BadRow(f"answers {value!r} as {name}, which is no text")
    if not row.get("id"):
        raise _BadRow("answers a row without id")
    kind = row.get("kind")
    if kind not in NODES:
        raise _BadRow(f"answers {kind!r} as kind; write one of {', '.join(NODES)}")
    stage = None
    if row.get("stage"):
        try:
            stage = Stage.parse(row["stage"])
        except ValueError as error:
            raise _BadRow(f"answers no stage: {error}") from None
    place = row.get("jurisdiction") or (row["id"] if kind == "Jurisdiction" else None)
    if place is not None and place not in asked.tree.places:
        raise _BadRow(f"answers {place!r} as jurisdiction, and there is none of that id")
    name = row.get("name") or row["id"]
    said = row.get("reason")
    tail_zh, tail_en = (f"·{stage.zh}", f", {stage.en}") if stage else ("", "")
    return answers.Finding(
        id=":".join(["rule", rule.id, kind, row["id"], *([stage.value] if stage else [])]),
        rule=rule.id,
        severity=rule.severity,
        title=_words(rule.title),
        subject=answers.Ref(id=row["id"], kind=kind, name=name),
        stage=stage.value if stage else None,
        jurisdiction=place,
        reason=answers.Words(
            zh=f"{name}{tail_zh}：{said or rule.title[0]}", en=f"{name}{tail_en}: {said or rule.title[1]}"
        ),
        basis=rule.basis,
        remedy=_words(rule.remedy) if rule.remedy else None,
    )


def at_least(findings: answers.Findings, severity: str) -> int:
    """How many findings are of that severity or worse, accepted ones aside."""
    worst = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return sum(findings.summary[s] for s in worst)
