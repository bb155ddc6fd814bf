"""What to do about a gap, and on what a complaint about it may rest: for the built-in kinds, in Chinese and English."""

from __future__ import annotations

REMEDIES: dict[str, tuple[str, str]] = {
    "no_rule": (
        "制定或修订制度，写明由哪一级、哪份文件规范该环节；上级已有制度的，以文件明确适用",
        "issue or amend a rule that names this stage; where a higher level has one, say in writing that it applies",
    ),
    "rule_unknown": (
        "查明所列文件的施行日期与所涉环节，补入图中；查不明的，由制定机关书面解释",
        "find out from when the documents named apply and which stages they cover, and record it; else ask their issuer",
    ),
    "planned_only": (
        "推动草案出台，或在其施行前以规范性文件过渡",
        "bring the draft into force, or bridge the time until then with a normative document",
    ),
    "expired_only": (
        "在失效文件到期后续订，或制定替代文件",
        "renew the document that ended, or issue its successor",
    ),
    "policy_only": (
        "把政策要求上升为规范性文件或更高位阶的制度",
        "raise the policy to a normative document or above",
    ),
    "no_role": (
        "以文件指定本级负责该环节的机构及其职责",
        "name, in writing, the body of this place that answers for this stage, and its duty",
    ),
    "unruled_practice": (
        "补立制度；在此之前评估已发生的处理是否应当暂停",
        "give the practice a rule; until then judge whether it should pause",
    ),
    "unpractised": (
        "按制度组织实施，并登记已完成的数据",
        "carry out what the rule asks for, and record the data for which it is done",
    ),
    "withheld_without_basis": (
        "注明不予共享或不予开放的法律、行政法规或党中央、国务院政策依据；没有依据的，调整共享或开放属性",
        "state the basis for withholding; where there is none, change the share or open type",
    ),
    "overdue": (
        "尽快归档或转存，并登记日期",
        "archive or store what is due, and record the day",
    ),
    "claim_mismatch": (
        "核对口径、日期与范围，更正统计或补录数据",
        "compare scope, day and meaning of both figures; correct the one, or record what is missing",
    ),
    "orphan": (
        "补登数据的提供机构，编入目录",
        "record who provides the data, and list it in a catalogue",
    ),
    "conflict": (
        "向两个来源的发布机关核实，标明以何者为准",
        "ask the issuers of both statements, and mark which one holds",
    ),
}
_OTHERWISE = (
    "逐项核实成因，由负责机构限期整改并登记结果",
    "find the cause of each, have the body responsible mend it by a set day, and record what was done",
)

BASES: dict[str, str] = {
    "withheld_without_basis": "国发〔2016〕51号；2025-08-01起《政务数据共享条例》",
}
"""The legal basis of a built-in kind, where one document states it."""


def remedy(kind: str) -> tuple[str, str]:
    """What to do about a gap of a kind; of one that is not known here, what to do about any."""
    return REMEDIES.get(kind, _OTHERWISE)
