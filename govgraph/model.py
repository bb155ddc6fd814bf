"""The model: every stage, node kind and edge type, declared once.

DDL, upserts, CSV templates, ``docs/model.md`` and ``govgraph model`` derive from here. A node kind is one class;
a field made with :func:`prop` is a property, a field made with :func:`link` is a convenience of rows that becomes
an edge. Definitions follow DCAT 3 (catalogue, dataset), GB/T 21063 (政务信息资源目录) and the source article.
"""

from __future__ import annotations

import hashlib
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from govgraph import codes
from govgraph.terms import SEPARATORS, PartialDate, Term, fold, nfc

SCHEMA_VERSION = 4
NATION = "000000"
"""Code of the nation in this graph (GB/T 2260 gives it none)."""
XPCC = "660000"
"""Code of 新疆生产建设兵团, by custom (GB/T 2260 gives it none)."""
DEFAULT_LIMIT = 10_000
"""Nodes that a lineage answer holds unless told otherwise."""


# --- terms ----------------------------------------------------------------------------------------------------


class Stage(Term):
    """A stage of the data lifecycle, in the article's order: a list, not a sequence in time (sections 二 and 四)."""

    COLLECTION = "collection", "归集", "collection", "采集", "汇聚", "收集", "采集汇聚", "归集汇聚"
    PROCESSING = "processing", "加工", "processing", "治理", "处理", "清洗", "加工处理"
    SHARING = "sharing", "共享", "sharing", "共享交换", "交换共享"
    OPENING = "opening", "开放", "opening"
    APPLICATION = "application", "应用", "application", "开发利用", "运营", "授权运营", "利用", "使用"
    SECURITY = "security", "安全", "security", "安全保护", "安全管理", "安全保障"
    STORAGE = "storage", "存储", "storage", "储存"
    ARCHIVING = "archiving", "归档", "archiving", "存档"


STAGES: tuple[Stage, ...] = tuple(Stage)


class Level(Term):
    """Administrative level of a jurisdiction."""

    NATIONAL = "national", "国家", "national", "全国", "国家级"
    PROVINCE = "province", "省级", "province", "省", "provincial"
    XPCC = "xpcc", "兵团", "XPCC", "新疆生产建设兵团"
    CITY = "city", "地级", "prefecture", "市级", "地市级", "prefectural", "市"
    COUNTY = "county", "县级", "county", "区县", "县"


class Rank(Term):
    """Rank of a document in the order of law, highest first (立法法; 规章 and below as DESIGN lists them)."""

    LAW = "law", "法律", "law"
    ADMINISTRATIVE_REGULATION = "administrative_regulation", "行政法规", "administrative regulation"
    LOCAL_REGULATION = "local_regulation", "地方性法规", "local regulation"
    RULE = "rule", "规章", "rule", "政府规章", "部门规章", "地方政府规章"
    NORMATIVE_DOCUMENT = "normative_document", "规范性文件", "normative document", "行政规范性文件"
    POLICY = "policy", "政策", "policy", "政策文件"
    STANDARD = "standard", "标准", "standard", "地方标准", "国家标准", "技术规范"
    PLAN = "plan", "计划", "plan", "工作计划", "行动计划"
    UNKNOWN = "unknown", "不详", "unknown", "未知"


class Evidence(Term):
    """How it is known that a document governs a stage, strongest first."""

    TEXT = "text", "条文", "text"
    TITLE = "title", "标题", "title", "题名"
    STATED = "stated", "来源明说", "stated"
    CATEGORY = "category", "来源分类", "category", "分类"
    COLLECTIVE = "collective", "来源总称", "collective", "总称"


class Scope(Term):
    """Whether a document is about a stage, covers it among others, or may cover it."""

    DEDICATED = "dedicated", "专门", "dedicated"
    GENERAL = "general", "综合", "general"
    UNKNOWN = "unknown", "不明", "unknown"


class DocumentStatus(Term):
    """Status of a document as a source states it; its status on a date follows from its dates (``law.py``)."""

    IN_FORCE = "in_force", "现行有效", "in force", "有效", "施行", "现行"
    DRAFT = "draft", "征求意见稿", "draft", "草案", "送审稿"
    NOT_YET_EFFECTIVE = "not_yet_effective", "尚未施行", "not yet effective", "尚未生效"
    REPEALED = "repealed", "已废止", "repealed", "废止", "失效"
    LAPSED = "lapsed", "已届满", "lapsed", "届满"
    UNKNOWN = "unknown", "不详", "unknown", "未知"


class DataObject(Term):
    """What data a document speaks of."""

    GOVERNMENT = "government", "政务数据", "government data"
    PUBLIC = "public", "公共数据", "public data"
    BOTH = "both", "政务数据和公共数据", "both"
    OTHER = "other", "其他", "other"


class AgencyKind(Term):
    """A body, a kind of body that a source names instead of the body, or a counted set of unnamed bodies."""

    BODY = "body", "机构", "body"
    KIND_OF_BODY = "kind_of_body", "机构类", "kind of body", "数据来源机构类"
    SET_OF_BODIES = "set_of_bodies", "机构集合", "set of bodies"


class Reach(Term):
    """Whether an edge speaks of its target itself or of each division below it (各地区)."""

    SELF = "self", "本级", "itself"
    EACH_BELOW = "each_below", "所辖各地", "each division below", "各地区"


class ShareType(Term):
    """共享类型 (国发〔2016〕51号, article 9)."""

    UNCONDITIONAL = "unconditional", "无条件共享", "unconditional", "无条件"
    CONDITIONAL = "conditional", "有条件共享", "conditional", "有条件", "依申请共享"
    NOT_SHARED = "not_shared", "不予共享", "not shared", "不共享", "不予共享类"


class OpenType(Term):
    """开放类型."""

    UNCONDITIONAL = "unconditional", "无条件开放", "unconditional", "开放", "无条件", "完全开放"
    CONDITIONAL = "conditional", "有条件开放", "conditional", "依申请开放", "有条件", "受限开放"
    NOT_OPEN = "not_open", "不予开放", "not open", "不开放"


class UpdateCycle(Term):
    """更新周期 (编制指南, 2017; the terms of the draft GB/T 数据目录描述要求, table 4)."""

    REAL_TIME = "real_time", "实时", "real time", "实时更新", "连续", "realTime"
    DAILY = "daily", "每日", "daily", "每天", "日", "按日", "每日更新"
    WEEKLY = "weekly", "每周", "weekly", "周", "按周", "每周更新"
    MONTHLY = "monthly", "每月", "monthly", "月", "按月", "每月更新"
    QUARTERLY = "quarterly", "每季度", "quarterly", "每季", "季度", "季", "按季", "按季度", "每季度更新"
    SEMIANNUAL = "semiannual", "每半年", "semiannual", "半年", "按半年", "每半年更新"
    ANNUAL = "annual", "每年", "annual", "年", "年度", "按年", "每年更新"
    IRREGULAR = "irregular", "不定期", "irregular", "不定时", "不定期更新", "按需", "其他"
    HISTORICAL = "historical", "历史存量", "historical", "不更新", "一次性"


class ResourceClass(Term):
    """信息资源分类的类 (编制指南, 2017): the first digit of a resource code, 1, 2, 3."""

    BASE = "base", "基础信息资源", "base", "基础", "基础类", "基础信息资源类"
    THEMATIC = "thematic", "主题信息资源", "thematic", "主题", "主题类", "主题信息资源类"
    DEPARTMENTAL = "departmental", "部门信息资源", "departmental", "部门", "部门类", "部门信息资源类"


class DatabaseClass(Term):
    """Class of a database (article, sections 三 and 四)."""

    BASE = "base", "基础库", "base"
    THEMATIC = "thematic", "主题库", "thematic"
    DEPARTMENTAL = "departmental", "部门库", "departmental", "部门业务库"
    GENERIC = "generic", "泛称", "generic", "其他(泛称)"


class PlatformKind(Term):
    """Kind of a platform."""

    SERVICE = "service", "政务服务平台", "service"
    EXCHANGE = "exchange", "共享交换平台", "exchange"
    BIG_DATA = "big_data", "大数据平台", "big data"
    OPEN_PORTAL = "open_portal", "开放平台", "open portal"
    ARCHIVE = "archive", "档案平台", "archive"


class UseKind(Term):
    """What a use of public data is."""

    ACTIVITY = "activity", "活动", "activity"
    APPLICATION = "application", "应用", "application"
    RESULT = "result", "成果", "result"


class Treatment(Term):
    """What was decided about a gap (docs/semantics.md, section 17)."""

    ACCEPTED = "accepted", "接受", "accepted", "认可", "同意", "豁免"
    ASSIGNED = "assigned", "指派", "assigned", "交办", "分派", "转办"


class Comparator(Term):
    """How a claimed figure relates to the value that it states."""

    EQUAL = "=", "等于", "equal to", "=="
    MORE = ">", "超过", "more than", ">="
    ABOUT = "≈", "约", "about", "~"


# --- declarations ---------------------------------------------------------------------------------------------


def prop(zh: str, en: str, default: Any = None, **extra: Any) -> Any:
    """A property of a node or an edge, with its labels."""
    return Field(default, title=en, json_schema_extra={"zh": zh, **extra})


def link(edge: str, zh: str, en: str, *, reverse: bool = False) -> Any:
    """A field of a row that becomes an edge of type ``edge`` from the node to what the value names.

    ``reverse``: from what the value names to the node.
    """
    return Field((), title=en, json_schema_extra={"zh": zh, "link": edge, "reverse": reverse})


Storage = Literal["str", "int", "float", "bool", "strings", "date"]
TermType = type[Term]


class Column(NamedTuple):
    """One property as the schema sees it."""

    name: str
    type: Storage
    zh: str
    en: str
    term: TermType | None = None
    is_date: bool = False
    ref: str | None = None
    """Kind of node that the value names; stored as its id."""


def _split(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part for piece in SEPARATORS.split(value) if (part := nfc(piece)))
    if isinstance(value, Iterable):
        return tuple(nfc(str(v)) for v in value)
    return (str(value),)


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list of words; in a row they are separated by ``|`` or ``；``."""


class _Base(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    @classmethod
    def columns(cls) -> tuple[Column, ...]:
        """The stored properties, in order of declaration."""
        return _columns(cls)


@cache
def _columns(cls: type[BaseModel]) -> tuple[Column, ...]:
    return tuple(_column(cls, name) for name in cls.model_fields if name not in links(cls))


def _column(cls: type[BaseModel], name: str) -> Column:
    field = cls.model_fields[name]
    inner = [a for a in getattr(field.annotation, "__args__", ()) if a is not type(None)]
    kind: Any = field.annotation
    if inner and getattr(kind, "__origin__", None) is not tuple:
        kind = inner[0]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    zh, en = str(extra.get("zh", name)), field.title or name
    if getattr(kind, "__origin__", None) is tuple:
        return Column(name, "strings", zh, en)
    if issubclass(kind, Term):
        return Column(name, "str", zh, en, term=kind)
    if issubclass(kind, PartialDate):
        return Column(name, "str", zh, en, is_date=True)
    basic: dict[type, Any] = {bool: "bool", int: "int", float: "float", str: "str"}
    ref = extra.get("ref")
    return Column(name, basic[kind], zh, en, ref=str(ref) if ref else None)


class Link(NamedTuple):
    """A row field that becomes an edge."""

    type: str
    reverse: bool


@cache
def links(cls: type[BaseModel]) -> Mapping[str, Link]:
    """Row fields that become edges: field name → edge."""
    found = {}
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "link" in extra:
            found[name] = Link(str(extra["link"]), bool(extra["reverse"]))
    return types.MappingProxyType(found)


@cache
def labels_of(cls: type[BaseModel]) -> Mapping[str, tuple[str, str]]:
    """The Chinese and the English label of every field."""
    found = {}
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        found[name] = (str(extra.get("zh", name)), field.title or name)
    return types.MappingProxyType(found)


# --- nodes ----------------------------------------------------------------------------------------------------


class Sight(Enum):
    """To whom things of a kind are known when a key is limited to a jurisdiction (docs/semantics.md, section 10)."""

    ALL = "all"
    """To every key."""
    NONE = "none"
    """To no limited key."""
    INSIDE = "inside"
    """Where a home of it lies in the subtree."""
    ABOVE = "above"
    """There, and where a home is an ancestor."""
    PLACELESS = "placeless"
    """There, and where it has no home."""


class Node(_Base):
    """Base of every node kind: a thing with a stable ``id``, a ``name`` and other names."""

    zh: ClassVar[str]
    en: ClassVar[str]
    plural: ClassVar[str]
    source_note: ClassVar[str] = ""
    sight: ClassVar[Sight] = Sight.INSIDE
    merges: ClassVar[bool] = False
    """Whether ids of it can be merged: none is kept in a property, nor is the id of anything else made from one."""

    id: str = prop("标识", "id", "")
    name: str = prop("名称", "name", "")
    aliases: Words = prop("别名", "aliases", ())

    @classmethod
    def kind(cls) -> str:
        """The label in the graph: the class's name."""
        return cls.__name__

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        """The id of a row that brings none: from what identifies a thing of this kind in any source; empty: nothing does."""
        place = (row.get("jurisdiction") or row.get("located_in") or ("",))[0]
        return ":".join(part for part in (cls.kind().lower(), place, fold(str(row["name"]))) if part)


class Jurisdiction(Node):
    """行政区划: an area with its own authorities; the id is its GB/T 2260 code."""

    zh, en, plural = "行政区划", "jurisdiction", "jurisdictions"
    sight = Sight.ABOVE
    source_note = "GB/T 2260; the nation 000000 and XPCC 660000 by custom"

    level: Level | None = prop("级别", "level")
    first_year: int | None = prop("启用年", "first year in which the code was listed")
    end_year: int | None = prop("停用年", "first year in which it no longer was")
    successors: Words = prop("后继代码", "codes that took its place", ())
    outside_territory: bool | None = prop("本制度适用范围外", "outside the territory of these rules (港澳台)")
    parent: Words = link("PART_OF", "上级", "parent")

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        return ""  # Names of places are not unique: the code is needed.


class Agency(Node):
    """机构: a body, or the kind of body that a source names instead."""

    zh, en, plural = "机构", "agency", "agencies"
    sight = Sight.PLACELESS
    merges = True
    source_note = "article, sections 二 and 三; GB 32100 for credit codes"

    agency_kind: AgencyKind | None = prop("机构性质", "a body, a kind of body, a set of bodies")
    credit_code: str | None = prop("统一社会信用代码", "unified social credit code (GB 32100)")
    level: str | None = prop("层级", "level that the source gives")
    count_stated: int | None = prop("来源所称数量", "number of bodies that the source states")
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    parent: Words = link("PART_OF", "上级机构", "parent body")

    @field_validator("credit_code")
    @classmethod
    def _valid(cls, code: str | None) -> str | None:
        return codes.credit_code(code) if code else None

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        if row.get("credit_code"):
            return f"agency:{fold(row['credit_code'])}"
        return super().natural_id(row)


class Regulation(Node):
    """制度文件: a document that may govern stages of the data lifecycle; a version of it is a node of its own."""

    zh, en, plural = "制度文件", "regulation", "regulations"
    sight = Sight.PLACELESS
    source_note = "the documents themselves; 立法法 for ranks; effective_from and effective_to are both days in force"

    form: str | None = prop("文种", "form (条例, 办法, 方案 …)")
    rank: Rank | None = prop("效力位阶", "rank")
    doc_number: str | None = prop("发文字号", "document number")
    issuer: Words = prop("发布机关", "issuers as the source writes them", ())
    issued: PartialDate | None = prop("发布日期", "issued; of a draft: published")
    effective_from: PartialDate | None = prop("施行日期", "first day in force")
    effective_to: PartialDate | None = prop("失效日期", "last day in force")
    status: DocumentStatus | None = prop("状态", "status that the source states")
    trial: bool | None = prop("试行", "on trial (试行, 暂行)")
    listed_on: PartialDate | None = prop("来源列示日", "day on which a source lists it as in force")
    doubted_from: PartialDate | None = prop("存疑日", "day from which its force is doubted")
    object: DataObject | None = prop("对象", "what data it speaks of")
    title_inferred: bool | None = prop("题名为推断", "the title is inferred, not stated")
    category: str | None = prop("来源分类", "kind under which the source files it")
    subcategory: str | None = prop("来源子类", "sub-kind under which the source files it")
    jurisdiction: Words = link("LOCATED_IN", "所属行政区划", "jurisdiction")

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        place = (row.get("jurisdiction") or ("",))[0]
        title = re.sub(r"[《》<>“”\"']", "", fold(str(row["name"])))
        return ":".join(part for part in ("regulation", place, title) if part)


class Article(Node):
    """条款: an article of a regulation."""

    zh, en, plural = "条款", "article", "articles"
    sight = Sight.PLACELESS
    source_note = "the regulations' texts"

    number: str | None = prop("条号", "number, e.g. 第五条")
    text: str | None = prop("内容摘要", "what it says, in the loader's words")
    regulation: Words = link("HAS_ARTICLE", "所属制度", "regulation that holds it", reverse=True)


class Catalogue(Node):
    """目录: a curated list of resources (dcat:Catalog)."""

    zh, en, plural = "目录", "catalogue", "catalogues"
    sight = Sight.ABOVE
    merges = True
    source_note = "dcat:Catalog"

    levels: Words = prop("层级", "levels that it covers", ())
    state: str | None = prop("状态", "state that the source gives")
    collects: bool | None = prop("应归集", "says that what it lists is to be collected")
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    parent: Words = link("PART_OF", "上级目录", "parent catalogue")


class Platform(Node):
    """平台: where data is exchanged, served, opened or archived."""

    zh, en, plural = "平台", "platform", "platforms"
    sight = Sight.ABOVE
    source_note = "article, sections 四 to 六"

    platform_kind: PlatformKind | None = prop("平台类别", "kind of platform")
    since: PartialDate | None = prop("建设起始", "since when")
    levels: Words = prop("层级", "levels that it covers", ())
    modes: Words = prop("归集方式", "modes of collection (逻辑接入, 物理汇聚)", ())
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    operator: Words = link("OPERATED_BY", "运营机构", "operator")
    parent: Words = link("PART_OF", "所属体系", "system it is part of")


class Database(Node):
    """库: a base, thematic or departmental database."""

    zh, en, plural = "库", "database", "databases"
    source_note = "article, sections 三 and 四"

    database_class: DatabaseClass | None = prop("库类别", "class of database")
    state: str | None = prop("建设状态", "state that the source gives")
    purposes: Words = prop("用途", "what it is for", ())
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    operator: Words = link("OPERATED_BY", "运营机构", "operator")
    provider: Words = link("PROVIDED_BY", "提供方", "provider")
    parent: Words = link("PART_OF", "上级库", "parent database")
    theme: Words = link("ABOUT", "领域", "theme")


class Resource(Node):
    """信息资源: an entry of a catalogue (GB/T 21063)."""

    zh, en, plural = "信息资源", "resource", "resources"
    source_note = "《政务信息资源目录编制指南（试行）》"

    code: str | None = prop("信息资源代码", "resource code")
    description: str | None = prop("信息资源摘要", "summary")
    resource_class: ResourceClass | None = prop("信息资源类", "class")
    classification: Words = prop("信息资源分类", "classification", ())
    provider_unit: str | None = prop("提供方内部部门", "unit of the provider")
    format_class: str | None = prop("信息资源格式分类", "format class")
    format: str | None = prop("信息资源格式类型", "format")
    format_note: str | None = prop("其他类型资源格式描述", "format in words")
    share_type: ShareType | None = prop("共享类型", "share type")
    share_condition: str | None = prop("共享条件", "share condition")
    withheld_basis: str | None = prop("不予共享依据", "cited for not sharing")
    share_mode_class: str | None = prop("共享方式分类", "share mode class")
    share_mode: str | None = prop("共享方式类型", "share mode")
    open_type: OpenType | None = prop("开放类型", "open type")
    open_condition: str | None = prop("开放条件", "open condition")
    update_cycle: UpdateCycle | None = prop("更新周期", "update cycle")
    issued: PartialDate | None = prop("发布日期", "published in the catalogue")
    related_matter: str | None = prop("关联业务事项", "government service it comes from")
    grade: str | None = prop("分级", "grade of the data (GB/T 43697-2024, or a place's own scheme)")
    personal: bool | None = prop("含个人信息", "holds personal information (个人信息保护法, article 4)")
    storage_due: PartialDate | None = prop("应存储日", "day by which it is due to be stored")
    archiving_due: PartialDate | None = prop("应归档日", "day by which it is due to be archived")
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    provider: Words = link("PROVIDED_BY", "提供方", "provider")
    catalogue: Words = link("LISTED_IN", "所在目录", "catalogue")
    database: Words = link("PART_OF", "所属库", "database")
    theme: Words = link("ABOUT", "领域", "theme")

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        return f"resource:{fold(row['code'])}" if row.get("code") else super().natural_id(row)


class Item(Node):
    """信息项: a field of a resource; field-level lineage runs from item to item."""

    zh, en, plural = "信息项", "item", "items"
    source_note = "GB/T 21063 (信息项)"

    element: str | None = prop("数据元标识符", "identifier of its data element (GB/T 19488.1)")
    data_type: str | None = prop("数据类型", "data type")
    length: int | None = prop("数据长度", "length")
    share_type: ShareType | None = prop("共享类型", "share type; overrides the resource's")
    share_condition: str | None = prop("共享条件", "share condition; overrides the resource's")
    withheld_basis: str | None = prop("不予共享依据", "cited for not sharing")
    share_mode_class: str | None = prop("共享方式分类", "share mode class; overrides the resource's")
    share_mode: str | None = prop("共享方式类型", "share mode; overrides the resource's")
    open_type: OpenType | None = prop("开放类型", "open type; overrides the resource's")
    open_condition: str | None = prop("开放条件", "open condition; overrides the resource's")
    update_cycle: UpdateCycle | None = prop("更新周期", "update cycle; overrides the resource's")
    grade: str | None = prop("分级", "grade of the data (GB/T 43697-2024, or a place's own scheme)")
    personal: bool | None = prop("含个人信息", "holds personal information (个人信息保护法, article 4)")
    resource: Words = link("HAS_ITEM", "所属信息资源", "resource that has it", reverse=True)

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        return ":".join(("item", *(row.get("resource") or ("",))[:1], fold(str(row["name"]))))


class Dataset(Node):
    """开放数据集: a published dataset (dcat:Dataset)."""

    zh, en, plural = "开放数据集", "dataset", "datasets"
    source_note = "dcat:Dataset"

    format: str | None = prop("格式", "format")
    open_type: OpenType | None = prop("开放类型", "open type")
    update_cycle: UpdateCycle | None = prop("更新周期", "update cycle")
    grade: str | None = prop("分级", "grade of the data (GB/T 43697-2024, or a place's own scheme)")
    personal: bool | None = prop("含个人信息", "holds personal information (个人信息保护法, article 4)")
    issued: PartialDate | None = prop("发布日期", "published")
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    provider: Words = link("PROVIDED_BY", "提供方", "provider")
    platform: Words = link("PUBLISHED_ON", "发布平台", "platform")
    theme: Words = link("ABOUT", "领域", "theme")


class Use(Node):
    """应用: an activity, an application or a result made with public data (article, section 七)."""

    zh, en, plural = "应用", "use", "uses"
    source_note = "article, section 七"

    use_kind: UseKind | None = prop("应用类别", "kind of use")
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")
    provider: Words = link("PROVIDED_BY", "提供方", "provider")
    theme: Words = link("ABOUT", "领域", "theme")


class Theme(Node):
    """领域: a field of public affairs."""

    zh, en, plural = "领域", "theme", "themes"
    sight = Sight.ALL
    merges = True
    source_note = "article, section 六: the 21 opening fields"

    position: int | None = prop("序号", "position in the source's list")
    parent: Words = link("PART_OF", "上级领域", "parent theme")


class Pilot(Node):
    """试点: a trial run in named places under a document."""

    zh, en, plural = "试点", "pilot", "pilots"
    sight = Sight.PLACELESS
    source_note = "article, sections 六 and 七"

    since: PartialDate | None = prop("起始", "since when")
    places: Words = link("LOCATED_IN", "试点地区", "pilot places")
    document: Words = link("BASED_ON", "依据", "document that it runs under")


class Claim(Node):
    """统计口径: a figure that a source states, with its scope, comparator and day."""

    zh, en, plural = "统计口径", "claim", "claims"
    sight = Sight.NONE
    source_note = "every figure that the article states"

    subject: str | None = prop("主体", "what it speaks of")
    metric: str | None = prop("指标", "what is counted")
    comparator: Comparator | None = prop("比较", "how the figure relates to the value")
    value: float | None = prop("数值", "the figure")
    unit: str | None = prop("单位", "unit")
    text: str | None = prop("原文数值", "the figure as written")
    as_of: str | None = prop("时点", "day or period that the source gives")
    counter: str | None = prop("对应计数", "our count that it is compared with (semantics.md, 8.5)")
    series: str | None = prop("同一口径", "claims of one series tell of one thing at one time")

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        return ""


class Decision(Node):
    """处置: what was decided about a gap: accepted as it is, or assigned to somebody to close."""

    zh, en, plural = "处置", "decision", "decisions"
    source_note = "docs/semantics.md, section 17"

    treatment: Treatment | None = prop("处置方式", "accepted or assigned")
    gap: str | None = prop("缺口标识", "id of the gap")
    by: str | None = prop("决定人", "who decided")
    reason: str | None = prop("理由", "why")
    decided: PartialDate | None = prop("决定日期", "day of the decision")
    until: PartialDate | None = prop("截止日期", "last day on which it is accepted; of what is assigned: due on")
    assignee: str | None = prop("承办人", "whom it is assigned to")
    withdrawn: bool | None = prop("已撤回", "taken back")
    jurisdiction: Words = link("LOCATED_IN", "所在行政区划", "jurisdiction")

    @field_validator("decided", "until")
    @classmethod
    def _whole(cls, day: PartialDate | None) -> PartialDate | None:
        if day is not None and day.precision != "day":
            raise ValueError(f"{str(day)!r} is no whole day; write e.g. {day.hi}")
        return day

    @classmethod
    def natural_id(cls, row: dict[str, Any]) -> str:
        return f"{row['treatment']}:{row['gap']}" if row.get("treatment") and row.get("gap") else ""


NODES: dict[str, type[Node]] = {model.kind(): model for model in Node.__subclasses__()}
"""Every node kind, in order of declaration."""
ASSETS: tuple[str, ...] = ("Database", "Resource", "Item", "Dataset", "Use")
"""Kinds that have a life and carry lineage."""
NUMBERS: dict[str, str] = {"Agency": "credit_code", "Regulation": "doc_number"}
"""The property that is a number by which a thing of a kind is called, beside its name."""
GRADED: tuple[str, ...] = ("Resource", "Item", "Dataset")
"""Kinds of asset that state their open type, their grade and whether they hold personal information."""
PLACES: tuple[str, ...] = ("Platform", "Agency")
"""Kinds in which a record edge may end; a place ends a walk."""
OUTSIDE_TERRITORY: tuple[str, ...] = ("710000", "810000", "820000")


# --- edges ----------------------------------------------------------------------------------------------------


class Edge(_Base):
    """Base of every edge type. ``keys`` are the properties that tell two edges between one pair apart."""

    zh: ClassVar[str]
    en: ClassVar[str]
    type: ClassVar[str]
    pairs: ClassVar[tuple[tuple[str, str], ...]]
    keys: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def key(cls, row: dict[str, Any]) -> str:
        """What tells this edge from others between the same two nodes; never null."""
        return "|".join(str(row.get(name) or "") for name in cls.keys)

    @classmethod
    @cache
    def kinds(cls, end: Literal[0, 1]) -> tuple[str, ...]:
        """Kinds of node that it may start (0) or end (1) at."""
        return tuple(dict.fromkeys(pair[end] for pair in cls.pairs))

    @classmethod
    def edge_id(cls, start: str, end: str, key: str) -> str:
        """A stable id: the same edge from any source has the same."""
        text = "\x1f".join((cls.type, start, end, key))
        return f"{cls.type.lower()}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _each(starts: Iterable[str], ends: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((a, b) for a in starts for b in ends)


class Dated(Edge):
    """An edge that may hold for a time only."""

    since: PartialDate | None = prop("起", "since")
    until: PartialDate | None = prop("止", "until, the last day")


class Governs(Dated):
    """制度层: a document governs a stage in a place, or of a narrower target."""

    type, zh, en = "GOVERNS", "规范", "governs"
    pairs = _each(
        ("Regulation",),
        ("Jurisdiction", "Theme", "Database", "Catalogue", "Platform", "Resource", "Agency"),
    )
    keys = ("stage", "scope", "evidence")

    stage: Stage | None = prop("环节", "stage; empty with scope unknown: it may be any")
    scope: Scope = prop("范围", "scope", Scope.GENERAL)
    evidence: Evidence = prop("依据类型", "how it is known", Evidence.STATED)
    term: str | None = prop("原文用语", "the source's own word")
    article: str | None = prop("条款", "article that says so")


class ResponsibleFor(Dated):
    """机构层: an agency, or kind of agency, answers for a stage."""

    type, zh, en = "RESPONSIBLE_FOR", "负责", "responsible for"
    pairs = _each(("Agency",), ("Jurisdiction", "Theme", "Database", "Catalogue", "Platform", "Resource", "Regulation"))
    keys = ("stage", "duty", "since", "regulation", "article")

    stage: Stage | None = prop("环节", "stage; empty for a duty that is none (编目)")
    duty: str | None = prop("职责", "duty: 主管, 统筹, 监督 …")
    reach: Reach = prop("及于", "the target itself or each division below it", Reach.SELF)
    regulation: str | None = prop("制度", "regulation that says so", ref="Regulation")
    article: str | None = prop("条款", "article that says so")
    term: str | None = prop("原文用语", "the source's own word")


class Record(Dated):
    """实践层: a stage that happened to an asset."""

    pairs = _each(ASSETS, (*ASSETS, *PLACES))
    keys = ("since", "via")
    stage_of: ClassVar[Stage]

    via: str | None = prop("经由平台", "platform it went over", ref="Platform")
    mode: str | None = prop("方式", "mode (逻辑接入, 物理汇聚)")
    under: str | None = prop("所依制度", "regulation that it cites", ref="Regulation")
    term: str | None = prop("原文用语", "the source's own word")
    assumed: bool | None = prop("推定", "the stage was not stated")


def _record(stage: Stage) -> type[Edge]:
    return _edge_class(
        stage.en.capitalize() + "Record",
        Record,
        doc=f"实践层: {stage.zh} happened to an asset.",
        type=stage.name,
        zh=stage.zh,
        en=stage.en,
        stage_of=stage,
    )


def _edge_class(name: str, base: type[Edge], doc: str, **attributes: Any) -> type[Edge]:
    """An edge type that differs from its base by class attributes only."""
    body = {"__module__": __name__, "__doc__": doc, "__annotations__": {}, **attributes}
    made: type[Edge] = types.new_class(name, (base,), exec_body=lambda namespace: namespace.update(body))
    return made


class _Structure(Edge):
    """An edge that says how things belong together."""


def _structure(type_: str, zh: str, en: str, pairs: tuple[tuple[str, str], ...]) -> type[Edge]:
    name = type_.title().replace("_", "")
    return _edge_class(name, _Structure, doc=f"{zh}: {en}.", type=type_, zh=zh, en=en, pairs=pairs)


_SELF = (
    *((k, k) for k in ("Jurisdiction", "Agency", "Catalogue", "Platform", "Database", "Theme")),
    ("Resource", "Database"),
)
_PLACED = (
    *("Agency", "Regulation", "Catalogue", "Platform", "Database", "Resource", "Dataset", "Use", "Pilot"),
    "Decision",
)

_EDGE_TYPES: tuple[type[Edge], ...] = (
    Governs,
    ResponsibleFor,
    *(_record(stage) for stage in STAGES),
    _structure("PART_OF", "属于", "is part of", _SELF),
    _structure("LOCATED_IN", "位于", "is located in", _each(_PLACED, ("Jurisdiction",))),
    _structure("PROVIDED_BY", "提供方", "is provided by", _each(ASSETS, ("Agency",))),
    _structure("HAS_ITEM", "含信息项", "has item", _each(("Resource", "Dataset", "Database"), ("Item",))),
    _structure("LISTED_IN", "编入目录", "is listed in", _each(("Resource", "Dataset"), ("Catalogue",))),
    _structure("ABOUT", "关于", "is about", _each((*ASSETS, "Regulation", "Catalogue", "Claim"), ("Theme",))),
    _structure("OPERATED_BY", "运营机构", "is operated by", _each(("Platform", "Database", "Catalogue"), ("Agency",))),
    _structure("PUBLISHED_ON", "发布于", "is published on", _each(("Dataset", "Resource"), ("Platform",))),
    _structure("CONNECTS", "联接", "connects", _each(("Platform",), ("Jurisdiction", "Agency", "Platform"))),
    _structure("ISSUED_BY", "发布机关", "is issued by", _each(("Regulation", "Catalogue"), ("Agency",))),
    _structure("HAS_ARTICLE", "含条款", "has article", (("Regulation", "Article"),)),
    _structure(
        "BASED_ON",
        "依据",
        "is based on",
        (
            *_each(("Regulation", "Pilot", "Catalogue", "Resource", "Item"), ("Regulation",)),
            *_each(("Resource", "Item"), ("Article",)),
        ),
    ),
    _structure("RELATED_TO", "关联", "is related to", (("Resource", "Resource"),)),
    _structure("AMENDS", "修订", "amends: is a newer version of", (("Regulation", "Regulation"),)),
    _structure("REPEALS", "废止", "repeals", (("Regulation", "Regulation"),)),
)
EDGES: dict[str, type[Edge]] = {edge.type: edge for edge in _EDGE_TYPES}
RECORD_TYPES: tuple[str, ...] = tuple(stage.name for stage in STAGES)


# --- whose word it is -----------------------------------------------------------------------------------------

SOURCE_PRIORITY: dict[str, int] = {"baseline": 0, "dates": 1}
"""Whose word a property takes where sources disagree: an article's listing yields to what was read in the texts,
both to a user's own facts (:data:`OWN_PRIORITY`). All words stay as statements."""
OWN_PRIORITY = 2
CORRECTION = "correction"
"""The source of what persons say of a field: it stands instead of what all others say. No load bears its name."""
SOURCE_PRIORITY[CORRECTION] = OWN_PRIORITY + 1


def source_priority(source: str) -> int:
    """Rank of a source where statements disagree; higher decides."""
    return SOURCE_PRIORITY.get(source, OWN_PRIORITY)


def everything() -> Iterator[type[Node] | type[Edge]]:
    """Node kinds, then edge types, in order of declaration."""
    yield from NODES.values()
    yield from EDGES.values()
