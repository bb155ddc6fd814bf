"""check and report over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import Field

from govgraph import answers
from govgraph.api import formats
from govgraph.api.problems import RefusedError
from govgraph.api.routes import MOST, Asked, AsOf, Limit, Place, Writer, questions
from govgraph.api.service import asked
from govgraph.report import render as write_report
from govgraph.tables import judging
from govgraph.words import Lang

router, question = questions()


@question("/check", answers.Findings, writers={formats.CSV: judging.findings_csv})
def check(
    library: Asked,
    request: Request,
    severity: Annotated[Literal["high", "medium", "low"] | None, Query(description="How bad")] = None,
    jurisdiction: Place = None,
    as_of: AsOf = None,
    rules: Annotated[
        bool | None, Query(description="Run the operator's own rules, too; where it is not said, for keys that may")
    ] = None,
    accepted: Annotated[bool, Query(description="Tell accepted gaps, too; they count in `accepted` only")] = False,
    limit: Limit = MOST,
) -> answers.Findings:
    """What the built-in kinds of gap find, and the operator's own rules, which need a key that sees the whole graph."""
    ask = asked(request)
    folder = ask.service.serving.rules
    if rules:
        # They are queries over everything: no view can be laid over them.
        ask.caller.needs_everything("a rule of the operator")
        if folder is None:
            raise RefusedError("not_found", "this server has no rules of its own (GOVGRAPH_RULES)")
    own = folder if rules is not False and library.graph.view is None else None
    # A kept answer would not notice a rule that is changed.
    ask.unsettled |= own is not None
    return library.check(
        rules=own, severity=severity, jurisdiction=jurisdiction, accepted=accepted, limit=limit, as_of=as_of
    )


class _ReportIn(answers.Report):
    """A report, and the language in which a file of it is written."""

    lang: Lang = Field("zh", exclude=True)


def _report_as(format_: str) -> Writer:
    return lambda answer: write_report(answer, format_, answer.lang)


@question("/report", answers.Report, writers={f: _report_as(f) for f in formats.FILES})
def report(
    library: Asked,
    jurisdiction: Place = None,
    as_of: AsOf = None,
    asset: Annotated[
        str | None, Query(description="Whose lineage is drawn; one of the jurisdiction's by default")
    ] = None,
    lang: Annotated[Literal["zh", "en"], Query(description="Language of a file")] = "zh",
) -> answers.Report:
    """A report on a jurisdiction, as data or as a file: `?format=html`, `xlsx` or `md`."""
    found = library.report(jurisdiction, as_of=as_of, asset=asset)
    return _ReportIn.model_construct(**dict(found), lang=lang)
