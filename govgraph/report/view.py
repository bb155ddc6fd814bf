"""A report in one language: its headings, sentences and tables, as every format writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from govgraph import answers, words
from govgraph.gapwords import GAPS
from govgraph.model import Level, Rank, Stage
from govgraph.words import LAYERS, VERDICTS, Lang, pick

GRADES = {"high": ("高", "high", "▲"), "medium": ("中", "medium", "◆"), "low": ("低", "low", "▽")}
"""Severities: zh, en, mark."""
STATES = {
    "in_force": ("现行", "in force"),
    "draft": ("征求意见稿", "draft"),
    "not_yet_effective": ("尚未施行", "not yet effective"),
    "repealed": ("已废止或被取代", "repealed"),
    "lapsed": ("已届满", "lapsed"),
    "unknown": ("不明", "unknown"),
}
SIDES = {"own": ("本级", "own"), "above": ("上级", "above"), "below": ("下级", "below")}
BODIES = {
    "own": ("本级机构", "a body of its own"),
    "designated": ("来源只指明的一类机构", "a kind of body that the source names"),
    "supervised": ("上级统筹监督", "supervises from above"),
    "none": ("不负责", "does not answer for it"),
}
"""What somebody is to the jurisdiction, by the role verdict that rests on it."""
CLAIMS = {
    "agrees": ("相符", "agrees", "●"),
    "disagrees": ("不符", "disagrees", "×"),
    "conflicts": ("来源互相矛盾", "sources conflict", "!"),
    "not_comparable": ("不可比", "not comparable", "·"),
}
_NAMES_SHOWN = 8
_ALL_BUT = 6
"""So many stages are told by those that are missing."""
_DOCUMENTS_SHOWN = 160


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    wide: int = 12
    """Characters of its usual content."""


@dataclass(frozen=True)
class MatrixCell:
    """What a cell of the matrix shows."""

    place: str
    stage: str
    name: str
    verdicts: tuple[str, str, str]
    """Rule, role, record."""
    marks: tuple[str, str, str]
    said: str


class View:
    """A report's words in a language."""

    def __init__(self, report: answers.Report, lang: Lang) -> None:
        self.report, self.lang = report, lang

    def t(self, zh: str, en: str) -> str:
        """The one or the other."""
        return pick((zh, en), self.lang)

    def of(self, said: answers.Words | None) -> str:
        """A sentence that there is in both languages."""
        return pick((said.zh, said.en), self.lang) if said else ""

    def stage(self, stage: str | None) -> str:
        """A stage's label."""
        return Stage.parse(stage).label(self.lang) if stage else ""

    def stages(self, stages: Sequence[str]) -> str:
        """Several, or that it is all."""
        if len(stages) == len(Stage):
            return self.t("全部八个环节", "all eight stages")
        if len(stages) >= _ALL_BUT:
            others = self._joined([s.value for s in Stage if s.value not in stages])
            return self.t(f"除{others}外各环节", f"all but {others}")
        return self._joined(stages)

    def _joined(self, stages: Sequence[str]) -> str:
        return self.t("、", ", ").join(map(self.stage, stages))

    # --- head ---

    @property
    def title(self) -> str:
        """The title."""
        name = self.report.jurisdiction.name
        return self.t(f"{name}公共数据治理报告", f"Public data governance: {name}")

    @property
    def subtitle(self) -> str:
        """What day it speaks of."""
        r = self.report
        return self.t(f"截至 {r.as_of}（法律日期） · {r.made} 生成", f"As of {r.as_of} (legal date) · made on {r.made}")

    @cached_property
    def own(self) -> list[answers.Cell]:
        """The jurisdiction's own cells."""
        return [told.cell for told in self.report.profile]

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        """Figures that lead: number, what it counts, more."""
        r = self.report
        rules = Counter(cell.rule.verdict for cell in self.own)
        own, inherited = rules["dedicated"] + rules["general"], rules["inherited"]
        named = sum(cell.role.verdict == "own" for cell in self.own)
        done, expected = (sum(getattr(cell.record, n) for cell in self.own) for n in ("done", "expected"))
        force = sum(d.status == "in_force" and d.side != "above" for d in r.documents)
        # Each with its number in one line, whatever the width.
        severe = " ".join(
            f"{GRADES[s][2]}\u00a0{pick(GRADES[s], self.lang)}\u00a0{n}" for s, n in r.gaps_by_severity.items() if n
        )
        return [
            (f"{own}/8", self.t("环节有本级制度", "stages with its own rule"), self.t(f"另有 {inherited} 个承用上级", f"{inherited} more inherited") if inherited else ""),
            (f"{named}/8", self.t("环节有本级机构负责", "stages with a body of its own"), ""),
            (f"{done}/{expected}", self.t("应办数据已办", "due data steps done"), "" if expected else self.t("图中没有应办的数据", "no data due is recorded")),
            (f"{force}", self.t("件现行制度（含下级）", "documents in force, with those below"), ""),
            (f"{r.gaps}", self.t("个缺口（含下级）", "gaps, with those below"), severe),
        ]  # fmt: skip

    @property
    def conclusions(self) -> list[str]:
        """What a reader in a hurry should know."""
        r, lang = self.report, self.lang
        rules: Counter[str] = Counter(cell.rule.verdict for cell in self.own)
        said = []
        parts = [f"{words.verdict(v, lang)} {rules[v]}" for v in answers.RULE_VERDICTS if rules[v]]
        said.append(
            self.t(f"制度：八个环节中，{'、'.join(parts)}。", f"Rules: of the eight stages, {', '.join(parts)}.")
        )
        kinds = [c.stage for c in self.own if c.role.verdict == "designated"]
        unnamed = [c.stage for c in self.own if c.role.verdict in ("none", "supervised")]
        zh: list[str] = []
        en: list[str] = []
        if kinds:
            zh.append(f"{self.stages(kinds)}来源只指明某类机构，未指明是哪一家")
            en.append(f"for {self.stages(kinds)} the sources name only a kind of body")
        if unnamed:
            zh.append(f"{self.stages(unnamed)}没有本级机构负责")
            en.append(f"nobody of it answers for {self.stages(unnamed)}")
        if zh:
            said.append(self.t(f"机构：{'；'.join(zh)}。", f"Bodies: {'; '.join(en)}."))
        else:
            said.append(self.t("机构：八个环节都有本级机构负责。", "Bodies: one of its own answers for every stage."))
        late = [c for c in self.own if c.record.verdict in ("partial", "absent")]
        if late:
            zh_late = "、".join(f"{self.stage(c.stage)}（{c.record.done}/{c.record.expected}）" for c in late)
            en_late = ", ".join(f"{self.stage(c.stage)} ({c.record.done} of {c.record.expected})" for c in late)
            said.append(self.t(f"实践：应办未办完的环节有{zh_late}。", f"Practice: not all done for {en_late}."))
        if r.topics:
            first = r.topics[0]
            where = f"{self.of(first.title)}·{self.stage(first.stage)}" if first.stage else self.of(first.title)
            said.append(
                self.t(
                    f"最应先办：{where}，涉及 {first.gaps} 处。{self.of(first.remedy)}。",
                    f"First of all: {where}, in {first.gaps} places: {self.of(first.remedy)}.",
                )
            )
        else:
            said.append(self.t("按现有记录没有发现缺口。", "No gap is found in what is recorded."))
        return said

    # --- the jurisdiction itself ---

    @property
    def profile_columns(self) -> list[Column]:
        """Columns of :attr:`profile`."""
        heads = (("环节", 8), ("制度", 8), ("依据", 40), ("机构", 24), ("实践", 14)) if self.lang == "zh" else (
            ("stage", 12), ("rule", 10), ("basis", 40), ("who answers", 24), ("practice", 14)
        )  # fmt: skip
        return [Column(*head) for head in heads]

    @property
    def profile(self) -> list[tuple[answers.Explanation, list[str]]]:
        """A row per stage, with the cell that it tells of."""
        return [(told, self._profile_row(told)) for told in self.report.profile]

    def _profile_row(self, told: answers.Explanation) -> list[str]:
        cell = told.cell
        documents = {c.regulation.id: c.regulation.name for c in told.considered}
        bases = [documents[i] for i in cell.rule.bases if i in documents]
        more = self.t(f" 等 {len(bases)} 件", f" and {len(bases) - 1} more") if len(bases) > 1 else ""
        basis = (self.t(f"《{bases[0]}》", bases[0]) + more) if bases else ""
        if cell.rule.presumed and basis:
            basis += self.t("（推定）", " (presumed)")
        bodies = list(dict.fromkeys(r.body for r in told.roles if r.accepted))
        return [
            self.stage(cell.stage),
            self.verdict(cell.rule.verdict),
            basis or "—",
            f"{VERDICTS[cell.role.verdict][2]} "
            + (self._some(bodies, 2) or words.verdict(cell.role.verdict, self.lang)),
            self.record(cell.record),
        ]

    def verdict(self, word: str) -> str:
        """A verdict with its mark."""
        return f"{VERDICTS[word][2]} {words.verdict(word, self.lang)}"

    def record(self, record: answers.RecordAnswer) -> str:
        """The record layer in few words."""
        count = f" {record.done}/{record.expected}" if record.expected else ""
        return self.verdict(record.verdict) + count

    def _some(self, names: Sequence[str], most: int = _NAMES_SHOWN) -> str:
        joined = self.t("、", ", ").join(names[:most])
        return joined + (self.t(f"等 {len(names)} 个", f" and {len(names) - most} more") if len(names) > most else "")

    # --- the matrix ---

    @property
    def stage_labels(self) -> list[tuple[str, str]]:
        """Stages of the matrix: word, label."""
        return [(s.value, s.label(self.lang)) for s in Stage]

    @property
    def matrix(self) -> list[tuple[str, list[MatrixCell]]]:
        """A row per place: its name, its cells."""
        rows: dict[tuple[str, str], list[MatrixCell]] = {}
        for cell in self.report.cells:
            rows.setdefault((cell.jurisdiction or "", cell.name), []).append(self._matrix_cell(cell))
        return [(name, cells) for (_, name), cells in rows.items()]

    def _matrix_cell(self, cell: answers.Cell) -> MatrixCell:
        verdicts = (cell.rule.verdict, cell.role.verdict, cell.record.verdict)
        layers = (self.verdict(cell.rule.verdict), self.verdict(cell.role.verdict), self.record(cell.record))
        said = self.t("；", "; ").join(
            f"{pick(LAYERS[layer], self.lang)} {text}" for layer, text in zip(LAYERS, layers, strict=True)
        )
        marks = tuple(VERDICTS[v][2] for v in verdicts)
        return MatrixCell(
            cell.jurisdiction or "", cell.stage, cell.name, verdicts, (marks[0], marks[1], marks[2]),
            f"{cell.name}·{self.stage(cell.stage)}: {said}",
        )  # fmt: skip

    @property
    def below(self) -> int:
        """Places below that the matrix has rows of."""
        return len(self.matrix) - 1

    @property
    def legend(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """By layer: verdict, mark, label."""
        layers = (answers.RULE_VERDICTS, answers.ROLE_VERDICTS, answers.RECORD_VERDICTS)
        return [
            (pick(LAYERS[layer], self.lang), [(v, VERDICTS[v][2], words.verdict(v, self.lang)) for v in verdicts])
            for layer, verdicts in zip(LAYERS, layers, strict=True)
        ]

    @property
    def counted(self) -> list[tuple[str, str]]:
        """By layer: how many cells below have which verdict."""
        return [
            (
                pick(LAYERS[layer], self.lang),
                "　".join(f"{self.verdict(v)} {n}" for v, n in counts.items() if n),
            )
            for layer, counts in self.report.summary
        ]

    # --- gaps ---

    def topic_title(self, topic: answers.ReportTopic) -> str:
        """Kind and stage."""
        stage = f"{self.t('·', ': ')}{self.stage(topic.stage)}" if topic.stage else ""
        return f"{self.of(topic.title)}{stage}"

    def topic_places(self, topic: answers.ReportTopic) -> str:
        """Where it is."""
        return self._some([place.name for place in topic.places])

    def topic_refused(self, topic: answers.ReportTopic) -> str:
        """Documents that do not settle it, and why."""
        shown = topic.considered[:3]
        more = len(topic.considered) - len(shown)
        said = self.t("；", "; ").join(
            self.t(f"《{c.regulation.name}》{pick(words.REASONS[c.reason], 'zh')}", f"{c.regulation.name}: {pick(words.REASONS[c.reason], 'en')}")
            for c in shown
        )  # fmt: skip
        return said + (self.t(f"；另 {more} 件", f"; {more} more") if more > 0 else "")

    def rule_gap(self, topic: answers.ReportTopic) -> bool:
        """Whether documents have to do with it."""
        return topic.kind != "no_role"

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Gaps by kind."""
        return [(pick(GAPS[kind].label, self.lang), count) for kind, count in self.report.gaps_by_kind.items()]

    @property
    def accepted(self) -> str:
        """That some gaps were accepted, where some were."""
        count = self.report.accepted
        return self.t(f"另有 {count} 个缺口已按决定接受，不在其列。", f"Besides, {count} gaps were accepted by decision and are left out.") if count else ""  # fmt: skip

    # --- documents ---

    @property
    def near(self) -> list[answers.ReportDocument]:
        """Documents of the place and above it."""
        return [d for d in self.report.documents if d.side != "below"]

    @property
    def listed(self) -> list[answers.ReportDocument]:
        """Documents that a printed table lists: those that apply, then own, above, below; newest first in each."""
        order = {"own": 0, "above": 1, "below": 2}
        newest = self.report.documents[::-1]
        found = sorted(newest, key=lambda d: (order[d.side], not d.applies))
        return found[:_DOCUMENTS_SHOWN]

    @property
    def unlisted(self) -> int:
        """Documents that are left out of the printed table."""
        return len(self.report.documents) - len(self.listed)

    @property
    def document_columns(self) -> list[Column]:
        """Columns of :meth:`document`."""
        heads = (
            (("地方", 12), ("文件", 44), ("文号", 18), ("位阶", 12), ("发布", 11), ("施行", 11), ("失效", 11), ("状态", 12), ("环节", 26))
            if self.lang == "zh"
            else (("place", 12), ("document", 44), ("number", 18), ("rank", 14), ("issued", 11), ("from", 11), ("to", 11), ("status", 12), ("stages", 26))
        )  # fmt: skip
        return [Column(*head) for head in heads]

    def document(self, d: answers.ReportDocument) -> list[str]:
        """A row of the register of documents."""
        return [
            d.jurisdiction.name,
            ("● " if d.applies else "") + d.name,
            d.doc_number or "",
            Rank.parse(d.rank).label(self.lang),
            d.issued or "",
            d.effective_from or "",
            d.effective_to or "",
            self.state(d),
            self.stages(d.stages) if d.stages else self.t("不明", "not known"),
        ]  # fmt: skip

    def state(self, d: answers.ReportDocument) -> str:
        """Its status, and whether on trial."""
        said = pick(STATES[d.status], self.lang)
        if d.trial:
            said += self.t("（试行）", " (trial)")
        if d.listed_on and not d.issued and not d.effective_from:
            said += self.t(f"（{d.listed_on} 列示）", f" (listed on {d.listed_on})")
        return said

    # --- who answers ---

    @property
    def agency_columns(self) -> list[Column]:
        """Columns of :attr:`agencies`."""
        heads = (("机构", 24), ("性质", 14), ("职责", 30), ("环节", 30), ("依据", 34), ("起", 11)) if self.lang == "zh" else (
            ("body", 24), ("what it is", 16), ("duty", 30), ("stages", 30), ("basis", 34), ("since", 11)
        )  # fmt: skip
        return [Column(*head) for head in heads]

    @property
    def agencies(self) -> list[list[str]]:
        """Those who answer for a stage: whom a reader may call."""
        return [self.agency(a) for a in self.report.agencies if a.accepted]

    def agency(self, a: answers.ReportAgency) -> list[str]:
        """A row of the bodies."""
        kind = pick(BODIES[a.verdict] if a.accepted else words.REASONS[a.reason], self.lang)
        basis = " ".join(filter(None, (a.regulation.name if a.regulation else "", a.article)))
        return [a.body, kind, a.duty or "", self.stages(a.stages), basis, a.since or ""]

    # --- claims ---

    @property
    def claim_columns(self) -> list[Column]:
        """Columns of :attr:`claims`."""
        heads = (("口径", 44), ("来源所称", 22), ("图中计数", 10), ("结论", 16)) if self.lang == "zh" else (
            ("claim", 44), ("stated", 22), ("counted", 10), ("verdict", 16)
        )  # fmt: skip
        return [Column(*head) for head in heads]

    @property
    def claims(self) -> list[answers.ClaimRow]:
        """What can be compared first, and what is wrong before what is right."""
        order = {"disagrees": 0, "conflicts": 1, "agrees": 2, "not_comparable": 3}
        return sorted(self.report.claims, key=lambda c: order[c.verdict])

    @property
    def comparable(self) -> list[answers.ClaimRow]:
        """Those that say something beside what the graph holds."""
        return [c for c in self.claims if c.verdict != "not_comparable"]

    @property
    def incomparable(self) -> int:
        """How many others there are."""
        return len(self.report.claims) - len(self.comparable)

    def claim(self, c: answers.ClaimRow) -> list[str]:
        """A row of the claims."""
        mark = CLAIMS[c.verdict]
        return [
            " ".join(filter(None, (c.subject, c.metric))) + (f" ({c.as_of})" if c.as_of else ""),
            c.text or "",
            "" if c.counted is None else f"{c.counted:,}",
            f"{mark[2]} {pick(mark, self.lang)}",
        ]

    # --- method ---

    @property
    def notes(self) -> list[str]:
        """How to read it, and what it rests on."""
        r = self.report
        said = [
            self.t(
                "每格三个记号依次为：制度（有没有规范该环节的现行文件）、机构（有没有机构负责）、实践（应办的数据是否已办）。",
                "Each cell has three marks: rule (does a document in force govern the stage), role (does a body answer for it), record (was it done to the data that is due).",
            ),
            self.t(
                "承上：本级没有现行制度，适用上级制度；在省以下属常态，不是缺口。推定：依来源的分类或总称，未见条文。",
                "Inherited: it has no rule of its own in force and a higher one applies; below province level that is usual and no gap. Presumed: by how a source files or sums it up, not by a text.",
            ),
            self.t(
                "缺口按轻重、涉及的数据与下级区划计分；同类、同环节的缺口合并排序。",
                "Gaps are scored by severity, data and divisions concerned; gaps of one kind and stage are ranked together.",
            ),
            self.t(
                f"图版本 {r.graph_version}。结论只及于图中已登记的内容。",
                f"Graph version {r.graph_version}. It says nothing of what is not recorded in the graph.",
            ),
        ]
        return said + [f"{w.code}: {w.message}" for w in r.warnings]

    @property
    def levels(self) -> str:
        """What the rows below are."""
        found = list(dict.fromkeys(c.level for c in self.report.cells[len(Stage) :] if c.level))
        return self.t("、", ", ").join(Level.parse(lv).label(self.lang) for lv in found)
