"""What people read of gaps: what each kind is, what should be, and what would end it."""

from __future__ import annotations

from typing import NamedTuple

Pair = tuple[str, str]


class GapWords(NamedTuple):
    """Chinese and English of a kind of gap."""

    label: Pair
    case: Pair
    """What is the case, after the subject's name."""
    rule: Pair
    """What should be, and why."""
    remedy: Pair


GAPS: dict[str, GapWords] = {
    "no_rule": GapWords(
        ("无制度", "no rule"),
        ("本级和上级都没有制度", "neither it nor what is above it has a rule"),
        (
            "每一环节都应有现行制度规范：本级的，或上级的。",
            "Every stage should be governed by a rule in force: the place's own, or one from above.",
        ),
        (
            "由本级或上级制定涵盖该环节的制度，或在现有制度中补充该环节。",
            "Let the place, or one above it, make a rule that covers the stage, or add the stage to a rule there is.",
        ),
    ),
    "expired_only": GapWords(
        ("制度已失效", "expired only"),
        ("曾有制度，已废止或届满", "there was a rule; it was repealed or has lapsed"),
        (
            "每一环节都应有现行制度规范；失效的制度不再适用，上级也没有现行制度可承用。",
            "Every stage should be governed by a rule in force; a rule that has ended applies no longer, and there is none above.",
        ),
        ("制定接续的制度，或明确原制度继续有效。", "Make a rule that follows it, or state that the old one goes on."),
    ),
    "rule_unknown": GapWords(
        ("制度不明", "rule unknown"),
        ("有文件可能规范，但环节或日期不明", "a document may govern it, but its stages or dates are not known"),
        (
            "是否有现行制度应当能够查明。",
            "Whether a rule is in force should be known.",
        ),
        (
            "核对所列文件的施行日期、有效期和所涉环节，补录后重新判断。",
            "Look up the dates and stages of the documents listed, record them, and ask again.",
        ),
    ),
    "planned_only": GapWords(
        ("制度未施行", "planned only"),
        ("只有征求意见稿或尚未施行的制度", "there is only a draft, or a rule that is not yet effective"),
        (
            "征求意见稿和尚未施行的制度都还不是依据。",
            "A draft is no basis, nor is a rule before the day on which it takes effect.",
        ),
        (
            "完成制定程序并公布施行日期；在此之前明确过渡安排。",
            "Finish making it and publish the day from which it holds; say what holds until then.",
        ),
    ),
    "policy_only": GapWords(
        ("仅有政策", "policy only"),
        ("依据的位阶低于规范性文件", "the best basis ranks below a normative document"),
        (
            "政策、标准和计划可以指导工作，但不能设定权利义务；环节应至少有规范性文件为依据。",
            "Policies, standards and plans guide, and bind nobody; a stage should rest on a normative document at least.",
        ),
        ("以规范性文件以上的制度固定下来。", "Put it into a document of that rank or higher."),
    ),
    "no_role": GapWords(
        ("无机构负责", "nobody responsible"),
        ("没有机构负责", "nobody answers for it"),
        ("每一环节都应有明确的负责机构。", "Somebody should answer for every stage."),
        (
            "在制度或机构职责中明确本级的负责机构。",
            "Name a body of the place in a rule, or in what bodies are charged with.",
        ),
    ),
    "unruled_practice": GapWords(
        ("无据而行", "practice without a rule"),
        ("数据已经历此环节，但没有现行制度", "data goes through it, and no rule is in force"),
        (
            "数据经历某一环节，应以现行制度为依据。",
            "Where data goes through a stage there should be a rule under which it does.",
        ),
        (
            "尽快制定或恢复制度；在此之前评估已发生的处理是否合规。",
            "Make a rule, or bring one back into force; meanwhile review what was done without one.",
        ),
    ),
    "unpractised": GapWords(
        ("应办未办", "not done"),
        ("应当经历此环节，但没有记录", "it should have gone through it, and no record says so"),
        (
            "共享类型、开放类型和目录说明资源应当经历哪些环节。",
            "A resource's share type, open type and catalogue say which stages it should go through.",
        ),
        (
            "完成该环节并登记，或改正资源的共享、开放类型。",
            "Do it and record it, or correct the resource's share or open type.",
        ),
    ),
    "overdue": GapWords(
        ("逾期", "overdue"),
        ("期限已到，但没有记录", "its day has come, and no record says that it was done"),
        ("资源应在所定日期前存储、归档。", "A resource should be stored and archived by the day set for it."),
        ("立即办理并登记，或按程序调整期限。", "Do it now and record it, or have the day changed."),
    ),
    "withheld_without_basis": GapWords(
        ("不予共享无依据", "withheld without a basis"),
        ("标为不予共享，但没有注明当时有效的依据", "it is not shared, and cites no basis that counts"),
        (
            "国发〔2016〕51号：不予共享须有法律、行政法规或党中央、国务院政策依据；自2025年8月1日起，政务数据共享条例第十四、十五条"
            "要求法律、行政法规或国务院决定。",
            "国发〔2016〕51号: what is not shared needs a law, an administrative regulation or a policy of 党中央 or 国务院 as its basis; "
            "since 2025-08-01 政务数据共享条例, articles 14 and 15, ask for a law, an administrative regulation or a decision of 国务院.",
        ),
        (
            "注明依据的文件和条款；没有依据的，改为有条件或无条件共享。",
            "Cite the document and article; where there is none, share it, with or without conditions.",
        ),
    ),
    "orphan": GapWords(
        ("无主", "orphan"),
        ("没有提供方", "nobody provides it"),
        (
            "每项数据都应有提供方，信息资源还应编入目录。",
            "Every asset should have a provider, and every resource should be in a catalogue.",
        ),
        ("认定提供方；将资源编入目录。", "Find out who provides it; list the resource in a catalogue."),
    ),
    "claim_mismatch": GapWords(
        ("口径不符", "claim and count differ"),
        ("来源所称数字与本图计数不符", "the figure that a source states is not our count"),
        (
            "口径和范围相同的数字应当相等。",
            "Figures of the same thing and scope should be the same.",
        ),
        (
            "核对统计口径；补录缺少的数据，或请来源更正。",
            "Compare what was counted; record what is missing here, or ask the source to correct it.",
        ),
    ),
    "conflict": GapWords(
        ("说法冲突", "conflict"),
        ("两种说法不能同时成立", "two statements can't both hold"),
        ("同一事实只能有一个正确的说法。", "Of one fact only one statement can be true."),
        (
            "查原文，改正错误的一方；改不了来源的，用 govgraph correct 更正。",
            "Look at the original and correct the one that is wrong; where the source can't be, say so with govgraph correct.",
        ),
    ),
}
CASES: dict[str, Pair] = {
    "supervised": ("只有上级统筹监督", "only a higher body supervises"),
    "uncatalogued": ("没有编入任何目录", "it is listed in no catalogue"),
    "unheld": ("不属于任何信息资源，也没有提供方", "nothing has it and nobody provides it"),
    "unoperated": ("没有提供方，也没有运营机构", "nobody provides or operates it"),
}
"""What is the case where a kind of gap has several."""
BASES: dict[str, str] = {
    "withheld_without_basis": "国发〔2016〕51号；2025-08-01起《政务数据共享条例》",
}
"""The legal basis of a kind of gap, where one document states it."""
