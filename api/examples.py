"""Answers as the OpenAPI document shows them: made of the models, so that they can't be wrong in form."""

from __future__ import annotations

from datetime import date

from govgraph import answers
from govgraph.answers import Words
from govgraph.model import Stage

_DAY = date(2024, 3, 21)
_ENVELOPE = {"as_of": _DAY, "graph_version": "2.2.9"}
_GUIZHOU = "520000"

STAGES = answers.StageList(
    total=1,
    items=[
        answers.StageItem(
            stage=Stage.OPENING.value, zh=Stage.OPENING.zh, en=Stage.OPENING.en, aliases=list(Stage.OPENING.aliases)
        )
    ],
)
_CELL = answers.Cell(
    jurisdiction=_GUIZHOU,
    name="贵州省",
    level="province",
    stage="opening",
    rule=answers.RuleAnswer(verdict="dedicated", bases=["REG030"], evidence="title", rank="local_regulation"),
    role=answers.RoleAnswer(verdict="designated", via="000000", agencies=["AGY003"]),
    record=answers.RecordAnswer(verdict="no_data"),
)
COVERAGE = answers.Coverage(
    **_ENVELOPE,
    total=1,
    cells=[_CELL],
    summary=answers.Summary(rule={"dedicated": 1}, role={"designated": 1}, record={"no_data": 1}),
)
EXPLANATION = answers.Explanation(
    **_ENVELOPE,
    total=1,
    cell=_CELL,
    path=[_GUIZHOU, "000000"],
    roles=[],
    considered=[
        answers.Considered(
            regulation=answers.Ref(id="REG030", kind="Regulation", name="贵州省政府数据共享开放条例"),
            jurisdiction=_GUIZHOU,
            scope="dedicated",
            status="in_force",
            trial=False,
            issued="2020-09-25",
            effective_from="2020-12-01",
            effective_to=None,
            precision="day",
            doc_number=None,
            rank="local_regulation",
            evidence="title",
            source="dates",
            accepted=True,
            reason="applies",
        )
    ],
    text=Words(
        zh="2024-03-21，贵州省·开放：有专门制度", en="On 2024-03-21, 贵州省, opening: it has a rule of its own about it"
    ),
)
GAPS = answers.Gaps(
    **_ENVELOPE,
    total=1,
    items=[
        answers.Gap(
            id="no_rule:650000:processing",
            kind="no_rule",
            severity="high",
            score=12.5,
            parts=answers.GapParts(assets=0, reach=110, severity=3),
            jurisdiction="650000",
            stage="processing",
            reason=Words(zh="本级和上级都没有制度", en="neither it nor what is above it has a rule"),
        )
    ],
)
_SOURCE = answers.Ref(id="DB001", kind="Database", name="人口基础库")
LINEAGE = answers.Lineage(
    **_ENVELOPE,
    total=2,
    root=_SOURCE,
    direction="down",
    nodes=[
        answers.LineageNode(id=_SOURCE.id, kind=_SOURCE.kind, name=_SOURCE.name, depth=0, side="root"),
        answers.LineageNode(id="dataset:1", kind="Dataset", name="常住人口统计", depth=1, side="down"),
    ],
    edges=[
        answers.LineageEdge(
            id="opening-1c0ffee",
            from_=_SOURCE.id,
            to="dataset:1",
            stage="opening",
            since="2023-05-01",
            rule=answers.HopRule(verdict="dedicated", bases=["REG030"]),
        )
    ],
    cycles=[],
)
FOUND = answers.FoundList(
    **_ENVELOPE,
    total=1,
    items=[answers.Found(id="REG016", kind="Regulation", name="深圳经济特区数据条例", match="text")],
)
SHOWN = answers.Shown(
    **_ENVELOPE,
    total=1,
    node=answers.ShownOne(
        id="REG016", kind="Regulation", name="深圳经济特区数据条例", properties={"rank": "local_regulation"}, aliases=[]
    ),
    statements=[answers.Statement(property="rank", value="local_regulation", source="baseline", section="二", run="1")],
    edges=[answers.ShownEdge(id="located_in-1", type="LOCATED_IN", from_="REG016", to="440300")],
)
