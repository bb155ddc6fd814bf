"""The national baseline: what the source article says, as of 2024-03-21, and the GB/T 2260 divisions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from govgraph.loaders import scope
from govgraph.loaders.rows import Row, stated, table, words
from govgraph.model import NATION, OUTSIDE_TERRITORY, XPCC, Rank, Stage

SOURCE = "baseline"


def rows() -> Iterator[Row]:
    """Every row of the baseline: nodes first, jurisdictions before all, then edges."""
    yield from jurisdictions()
    yield from _themes()
    yield from _agencies()
    yield from _regulations()
    yield from _databases("Database")
    yield from _databases("Catalogue")
    yield from _platforms()
    yield from _uses()
    yield from _pilots()
    yield from _claims()
    yield from _governs()
    yield from _responsible()
    yield from _issued()
    yield from _about()
    yield from _connects()
    yield from _relations()


# --- jurisdictions --------------------------------------------------------------------------------------------
#
# 359 of the 6,450 codes are borne by more than one record. By rule, of two records that follow each other:
#   1. The later begins in the year in which the earlier ends, and the earlier has no successor elsewhere: it has
#      none at all, or the code itself is among them, or (a city) they are its own divisions → a renaming, a change
#      of level or of bounds of the same place: one node with the last name, the older names as aliases.
#   2. Both have the same name (the code was away for a time) → the same place, one node.
#   3. Everything else (132201: 邢台市, later 南宫市) → two places: the last bearer has the code, an earlier one
#      code@first_year.
# A parent, and a successor, is the bearer of its code in the year in which the record began, or ended.


class _Division(NamedTuple):
    """One place: the records of one code that are the same place, merged."""

    id: str
    code: str
    names: tuple[str, ...]
    level: str
    parent: str
    first_year: int
    end_year: int | None
    successors: tuple[str, ...]
    row: int


_PEOPLES = (
    "满|回|藏|苗|彝|壮|侗|瑶|白|傣|黎|畲|水|土|羌|怒|京|佤|各|蒙古|布依|朝鲜|土家|哈尼|傈僳|拉祜|东乡|纳西|景颇|仫佬|"
    "布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|德昂|保安|裕固|独龙|赫哲|门巴|珞巴|基诺|"
    "维吾尔|哈萨克|柯尔克孜|达斡尔|塔吉克|乌孜别克|俄罗斯|鄂温克|鄂伦春"
)
_BARE = "蒙古|哈萨克|柯尔克孜|塔吉克|锡伯|鄂伦春|鄂温克"
_ETHNIC = re.compile(rf"^(.{{2,}}?)(?:(?:{_PEOPLES})族|{_BARE})+(?:自治州|自治县|自治旗|区)$")
_SHORT = {"150000": "内蒙古", "450000": "广西", "540000": "西藏", "640000": "宁夏", "650000": "新疆"}


def short_names(code: str, name: str) -> tuple[str, ...]:
    """Short names that dropping 省, 市, 自治州, 县 … alone doesn't give: 内蒙古, 延边."""
    if code in _SHORT:
        return (_SHORT[code],)
    found = _ETHNIC.match(name)
    return (found[1],) if found else ()


def _same_place(earlier: dict[str, str], later: dict[str, str]) -> bool:
    if earlier["name"] == later["name"]:
        return True
    if earlier["end_year"] != later["first_year"]:
        return False
    successors, code = words(earlier["successors"]), earlier["code"]
    inside = earlier["level"] == "city" and all(s.startswith(code[:4]) for s in successors)
    return not successors or code in successors or inside


def _divisions() -> list[_Division]:
    by_code: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
    for line, record in table("divisions.csv"):
        by_code[record["code"]].append((line, record))
    places: list[_Division] = []
    for code, records in by_code.items():
        records.sort(key=lambda item: int(item[1]["first_year"]))
        runs: list[list[tuple[int, dict[str, str]]]] = []
        for item in records:
            if runs and _same_place(runs[-1][-1][1], item[1]):
                runs[-1].append(item)
            else:
                runs.append([item])
        for run in runs:
            (_, first), (line, last) = run[0], run[-1]
            names = dict.fromkeys([last["name"], *(record["name"] for _, record in run)])
            places.append(
                _Division(
                    id=code if run is runs[-1] else f"{code}@{first['first_year']}",
                    code=code,
                    names=tuple(names),
                    level=last["level"],
                    parent=last["parent"],
                    first_year=int(first["first_year"]),
                    end_year=int(last["end_year"]) if last["end_year"] else None,
                    successors=words(last["successors"]),
                    row=line,
                )
            )
    return places


def jurisdictions() -> Iterator[Row]:
    """The nation, 兵团 and every division of GB/T 2260 since 1981."""
    file = "facts/divisions.csv"
    nation = stated(id=NATION, name="全国", level="national", aliases=("中国", "国家", "中华人民共和国"))
    yield Row("Jurisdiction", nation, file, 1)
    places = _divisions()
    bearers: dict[str, list[_Division]] = defaultdict(list)
    for place in places:
        bearers[place.code].append(place)

    def bearer(code: str, year: int | None) -> str:
        for place in bearers[code]:
            if year is not None and place.first_year <= year < (place.end_year or 9999):
                return place.id
        return code

    # a parent before its children
    order = {"province": 0, "city": 1, "county": 2}
    for place in sorted(places, key=lambda p: (order[p.level], p.code, p.first_year)):
        successors = dict.fromkeys(bearer(code, place.end_year) for code in place.successors)
        current = place.end_year is None
        shorts = tuple(s for name in place.names for s in short_names(place.code, name))
        yield Row(
            "Jurisdiction",
            stated(
                id=place.id,
                name=place.names[0],
                aliases=tuple(dict.fromkeys((*place.names[1:], *shorts))),
                level=place.level,
                parent=(bearer(place.parent, place.first_year),),
                first_year=place.first_year,
                end_year=place.end_year,
                successors=() if current else tuple(s for s in successors if s != place.id),
                outside_territory=True if f"{place.code[:2]}0000" in OUTSIDE_TERRITORY else None,
            ),
            file,
            place.row,
        )
        if place.code == "650000":
            names = ("兵团", "新疆兵团", "生产建设兵团", "AGY036")
            xpcc = stated(id=XPCC, name="新疆生产建设兵团", level="xpcc", aliases=names, parent=(NATION,))
            yield Row("Jurisdiction", xpcc, file, 1)


def provinces() -> list[str]:
    """Codes of the provinces within the territory of these rules."""
    return [
        r["code"]
        for _, r in table("divisions.csv")
        if r["level"] == "province" and not r["end_year"] and r["code"] not in OUTSIDE_TERRITORY
    ]


# --- nodes ----------------------------------------------------------------------------------------------------


def _row(kind: str, values: dict[str, Any], name: str, line: int, passage: str) -> Row:
    # two claims of one name are two claims; a division is its code
    return Row(kind, values, f"facts/{name}", line, passage=passage, settle=kind != "Claim")


def theme_id(field: str) -> str:
    """The id of an opening field."""
    return f"theme:{field}"


def _themes() -> Iterator[Row]:
    for line, r in table("opening_fields.csv"):
        number = int(r["no"])
        values = stated(id=theme_id(r["field"]), name=r["field"], aliases=(f"OF{number:02}",), position=number)
        yield _row("Theme", values, "opening_fields.csv", line, r["section"])


def _grouped(name: str) -> dict[str, list[tuple[int, dict[str, str]]]]:
    """The rows of a table by the thing that they name, in the order of first mention."""
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, r in table(name):
        groups.setdefault(r["name"], []).append((line, r))
    return groups


def _ids(group: list[tuple[int, dict[str, str]]]) -> tuple[str, tuple[str, ...]]:
    """Of the rows about one thing: its id (the first row's) and its other names, the other rows' ids included."""
    ids = [r["id"] for _, r in group]
    others = [*ids[1:], *(alias for _, r in group for alias in words(r["aliases"]))]
    return ids[0], tuple(dict.fromkeys(others))


_AGENCY_KINDS = {
    "机构": "body",
    "机构类": "kind_of_body",
    "数据来源机构类": "kind_of_body",
    "机构集合": "set_of_bodies",
}
_UNNAMED_SETS = ("AGY019",)


def agency_ids() -> dict[str, str]:
    """The article's bodies by name and other name."""
    found: dict[str, str] = {}
    for name, group in _grouped("agencies.csv").items():
        for word in (name, *(alias for _, r in group for alias in words(r["aliases"]))):
            if group[0][1]["kind"] == "机构":
                found[word] = group[0][1]["id"]
    return found


def _agencies() -> Iterator[Row]:
    for name, group in _grouped("agencies.csv").items():
        line, first = group[0]
        if first["kind"] not in _AGENCY_KINDS:
            continue  # 兵团 is a jurisdiction
        id, aliases = _ids(group)
        kind = "set_of_bodies" if id in _UNNAMED_SETS else _AGENCY_KINDS[first["kind"]]
        values = stated(
            id=id,
            name=name,
            aliases=aliases,
            agency_kind=kind,
            level=first["level"],
            count_stated=int(first["count_stated"]) if first["count_stated"] else None,
            jurisdiction=(NATION,) if first["level"] == "national" else (),
        )
        yield _row("Agency", values, "agencies.csv", line, first["section"])


def _listed(r: dict[str, str]) -> bool:
    """Whether the row is the article's own word that a document has been made."""
    return r["section"].startswith("(") and r["marker"] != "征求意见稿"


def _rank(r: dict[str, str]) -> Rank | None:
    if r["form"] == "条例":
        return Rank.ADMINISTRATIVE_REGULATION if r["adcode"] == NATION else Rank.LOCAL_REGULATION
    return Rank.PLAN if r["category"] == "年度数据开放工作计划" else None


def _regulations() -> Iterator[Row]:
    for line, r in table("regulations.csv"):
        values = stated(
            id=r["id"],
            name=r["title"],
            aliases=words(r["aliases"]),
            form=r["form"],
            rank=_rank(r),
            issuer=words(r["issuer"]),
            issued=r["issued"],
            effective_from=r["effective_from"],
            status="draft" if r["marker"] == "征求意见稿" else None,
            trial=True if r["marker"] in ("试行", "暂行") else None,
            listed_on=scope.ARTICLE_DAY if _listed(r) else None,
            title_inferred=True if r["title_inferred"] else None,
            category=r["category"],
            subcategory=r["subcategory"],
            jurisdiction=(r["adcode"],),
        )
        yield _row("Regulation", values, "regulations.csv", line, r["section"])


_LEVELS = {"national": "国家"}


def _databases(kind: str) -> Iterator[Row]:
    """Databases or, of the same table, catalogues: one row for each state that a passage gives."""
    for name, group in _grouped("databases.csv").items():
        id, aliases = _ids(group)
        for line, r in group:
            if (r["class"] == "目录") != (kind == "Catalogue"):
                continue
            national = r["levels"].split("|")[0] in ("national", "国家") and r["class"] != "其他(泛称)"
            values = stated(
                id=id,
                name=name,
                aliases=aliases,
                state=r["state"],
                jurisdiction=(NATION,) if national else (),
            )
            if kind == "Catalogue":
                values |= stated(levels=tuple(_LEVELS.get(w, w) for w in words(r["levels"])))
            else:
                values |= stated(database_class=r["class"], purposes=words(r["purposes"]))
            yield _row(kind, values, "databases.csv", line, r["passage"])


def _platforms() -> Iterator[Row]:
    for name, group in _grouped("platforms.csv").items():
        if group[0][1]["node"] != "Platform":
            continue
        id, aliases = _ids(group)
        passages: set[str] = set()
        for line, r in group:
            values = stated(
                id=id,
                name=name,
                aliases=aliases,
                platform_kind=r["kind"],
                since=r["since"],
                levels=words(r["levels"]),
                modes=words(r["modes"]),
                jurisdiction=words(r["adcode"]),
            )
            if r["section"] in passages and not r["modes"]:
                continue  # the same word again
            passage = f"{r['section']} 归集" if r["modes"] else r["section"]
            passages.add(r["section"])
            yield _row("Platform", values, "platforms.csv", line, passage)


def _uses() -> Iterator[Row]:
    for line, r in table("platforms.csv"):
        if r["node"] == "Use":
            values = stated(
                id=r["id"],
                name=r["name"],
                aliases=words(r["aliases"]),
                use_kind="application",
                jurisdiction=words(r["adcode"]),
            )
            yield _row("Use", values, "platforms.csv", line, r["section"])


def _pilot_groups() -> dict[str, list[tuple[int, dict[str, str]]]]:
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, r in table("pilots.csv"):
        groups.setdefault(r["pilot"], []).append((line, r))
    return groups


def _pilots() -> Iterator[Row]:
    for name, group in _pilot_groups().items():
        line, first = group[0]
        values = stated(
            id=first["id"],
            name=name,
            aliases=tuple(r["id"] for _, r in group[1:]),
            since=first["since"],
            places=tuple(r["adcode"] for _, r in group if r["adcode"]),
            document=(first["document"],),
        )
        yield _row("Pilot", values, "pilots.csv", line, first["section"])


def _claims() -> Iterator[Row]:
    for line, r in table("statistics.csv"):
        values = stated(
            id=r["id"],
            name=f"{r['subject']} {r['metric']}",
            subject=r["subject"],
            metric=r["metric"],
            comparator=r["comparator"],
            value=float(r["value"]) if r["value"] else None,
            unit=r["unit"],
            text=r["text"],
            as_of=r["as_of"],
            counter=r["counter"],
            series=r["series"],
        )
        yield _row("Claim", values, "statistics.csv", line, r["section"])


# --- edges ----------------------------------------------------------------------------------------------------


def _edge(
    type: str, start: tuple[str, str], end: tuple[str, str], name: str, line: int, passage: str, **values: Any
) -> Row:
    ends = {"from": start[1], "from_kind": start[0], "to": end[1], "to_kind": end[0]}
    return _row(type, ends | stated(**values), name, line, passage)


def _governs() -> Iterator[Row]:
    for line, r in table("regulations.csv"):
        if not r["category"] or r["category"] == "国家层面-试点/行动文件":
            continue  # a pilot governs its places only, as far as they are named: below
        found = scope.governs(
            r["title"],
            title_inferred=bool(r["title_inferred"]),
            category=r["category"],
            subcategory=r["subcategory"],
        )
        for g in found:
            yield _edge(
                "GOVERNS",
                ("Regulation", r["id"]),
                ("Jurisdiction", r["adcode"]),
                "regulations.csv",
                line,
                r["section"],
                stage=g.stage,
                scope=g.scope,
                evidence=g.evidence,
                term=g.term,
                since=g.since,
            )
    for line, r in table("pilots.csv"):
        if r["stage"] and r["adcode"]:
            yield _edge(
                "GOVERNS",
                ("Regulation", r["document"]),
                ("Jurisdiction", r["adcode"]),
                "pilots.csv",
                line,
                r["section"],
                stage=Stage.parse(r["stage"]),
                scope="general",
                evidence="stated",
                term="共享",
            )


def _bodies(edge: str) -> Iterator[tuple[int, dict[str, str], str]]:
    """Rows of the agencies that make edges of a type, with the id of the body."""
    for group in _grouped("agencies.csv").values():
        for line, r in group:
            if r["edge"] == edge:
                yield line, r, group[0][1]["id"]


def _stage(word: str) -> Stage | None:
    """The stage that a word names; 编目 and the like are duties and name none."""
    return None if word in ("编目", "") else Stage.parse(word)


def _responsible() -> Iterator[Row]:
    for line, r, id in _bodies("RESPONSIBLE_FOR"):
        for target in words(r["target"]):
            for word in words(r["stages"]) or ("",):
                yield _edge(
                    "RESPONSIBLE_FOR",
                    ("Agency", id),
                    (r["target_kind"], target),
                    "agencies.csv",
                    line,
                    r["section"],
                    stage=_stage(word),
                    duty=r["duty"],
                    reach=r["reach"],
                    since=r["since"],
                    term=word,
                )


def _issued() -> Iterator[Row]:
    for line, r, id in _bodies("ISSUED_BY"):
        yield _edge("ISSUED_BY", ("Regulation", r["target"]), ("Agency", id), "agencies.csv", line, r["section"])


def _about() -> Iterator[Row]:
    for line, r in table("opening_fields.csv"):
        yield _edge(
            "ABOUT",
            ("Regulation", r["document"]),
            ("Theme", theme_id(r["field"])),
            "opening_fields.csv",
            line,
            r["section"],
        )


def _connects() -> Iterator[Row]:
    for group in _grouped("platforms.csv").values():
        for line, r in group:
            for place in _places(words(r["connects"])):
                yield _edge(
                    "CONNECTS",
                    ("Platform", group[0][1]["id"]),
                    ("Jurisdiction", place),
                    "platforms.csv",
                    line,
                    r["section"],
                )


def _places(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from provinces() if name == "provinces" else (name,)


def _relations() -> Iterator[Row]:
    for line, r in table("relations.csv"):
        ends = ("Regulation", r["subject"]), ("Regulation", r["object"])
        yield _edge(r["edge"], *ends, "relations.csv", line, r["section"])
