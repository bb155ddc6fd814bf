"""A report as one HTML file: no script, nothing fetched, made to be printed on A4."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from govgraph import answers
from govgraph.report import pictures
from govgraph.report.view import GRADES, View
from govgraph.words import Lang


def to_html(report: answers.Report, lang: Lang) -> str:
    """The report as a page."""
    view = View(report, lang)
    bars = sorted(view.near, key=lambda d: (not d.applies, d.side != "own"))[: pictures.BARS]
    shown = {d.id for d in bars}
    # The pictures' texts are escaped where they are made.
    timeline = pictures.timeline([d for d in view.near if d.id in shown], report.as_of, lang)
    years = pictures.by_year(report.documents, lang)
    story = pictures.story(report.lineage, lang) if report.lineage else None
    return _environment().get_template("report.html").render(
        v=view,
        r=report,
        grades=GRADES,
        lang="zh-CN" if lang == "zh" else "en",
        timeline=Markup(timeline) if timeline else None,
        left_out=len(view.near) - len(bars),
        years=Markup(years) if years else None,
        story=Markup(story) if story else None,
    )  # fmt: skip


def _environment() -> Environment:
    folder = files("govgraph.report") / "templates"
    return Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
