"""What was read in the texts themselves: dates, numbers, ranks, successors, stages and duties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from govgraph.loaders import scope
from govgraph.loaders.baseline import agency_ids
from govgraph.loaders.rows import Row, stated, table, words
from govgraph.model import Agency, DataObject, Rank, Regulation, Stage
from govgraph.terms import fold

SOURCE = "dates"
_REGULATIONS = "regulation_dates.csv"
_BODIES = "data_agencies.csv"


def rows() -> Iterator[Row]:
    """Every row: agencies and regulations, then what they govern, replace and answer for."""
    yield from _agencies()
    yield from _regulations()
    yield from _governs()
    yield from _responsible()
    yield from _issued()
    yield from _repeals()


# --- identities -----------------------------------------------------------------------------------------------


def regulation_id(r: dict[str, str]) -> str:
    """The id of a document: the article tables' own, else from its place and title."""
    return r["reg_id"] or Regulation.natural_id({"jurisdiction": (r["adcode"],), "name": r["title"]})


def agency_id(place: str, name: str) -> str:
    """The id of a body, or of a kind of body of a place."""
    return Agency.natural_id({"jurisdiction": (place,), "name": name})


def _key(title: str, place: str) -> str:
    """A title as it is compared: without its number, its place, (试行) and the issuer before 关于."""
    text = re.sub(r"\([^()]*(?:号|修订)\)$", "", fold(title))
    text = re.sub(r"\(试行\)", "", re.sub(r"^.*?(?=关于)", "", text))
    return text.removeprefix(place)


def _titles() -> dict[tuple[str, str], str]:
    """Documents by place and compared title: what a citation names."""
    places = _place_names()
    found: dict[tuple[str, str], str] = {}
    for _, r in table(_REGULATIONS):
        found[r["adcode"], _key(r["title"], places.get(r["adcode"], ""))] = regulation_id(r)
    return found


def _place_names() -> dict[str, str]:
    return {r["code"]: r["name"] for _, r in table("divisions.csv") if not r["end_year"]}


def _row(kind: str, values: dict[str, Any], name: str, line: int, passage: str) -> Row:
    return Row(kind, values, f"facts/{name}", line, passage=passage, settle=True)


def _edge(
    type: str, start: tuple[str, str], end: tuple[str, str], name: str, line: int, passage: str, **values: Any
) -> Row:
    ends = {"from": start[1], "from_kind": start[0], "to": end[1], "to_kind": end[0]}
    return _row(type, ends | stated(**values), name, line, passage)


# --- documents ------------------------------------------------------------------------------------------------


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(number.strip() for number in text.split(";") if number.strip())


def _regulations() -> Iterator[Row]:
    article = {r["id"]: r["title"] for _, r in table("regulations.csv")}
    for line, r in table(_REGULATIONS):
        numbers = _numbers(r["doc_number"])
        aliases = [*numbers[:1], *([article[r["reg_id"]]] if r["reg_id"] else [])]
        values = stated(
            id=r["reg_id"],
            name=r["title"],
            aliases=tuple(alias for alias in aliases if alias != r["title"]),
            rank=Rank.parse(r["form"]),
            doc_number=r["doc_number"],
            issuer=words(r["issuer"]),
            issued=r["issued"],
            effective_from=r["effective_from"],
            effective_to=r["effective_to"],
            status="draft" if "征求意见稿" in r["title"] else None,
            trial=None if r["trial"] == "" else r["trial"] == "1",
            doubted_from=r["doubt"].partition("@")[2],
            object=r["object"],
            title_inferred=bool(r["title_inferred"]),
            jurisdiction=(r["adcode"],),
        )
        yield _row("Regulation", values, _REGULATIONS, line, r["title"])


def _pilot(r: dict[str, str]) -> bool:
    """A pilot governs its places only, and this table names none."""
    return "试点" in r["title"]


def _governs() -> Iterator[Row]:
    for line, r in table(_REGULATIONS):
        if _pilot(r):
            continue
        found = scope.governs(
            r["title"],
            title_inferred=bool(r["title_inferred"]),
            stages_in_text=[Stage.parse(word) for word in words(r["stages_in_text"])],
            object=DataObject.parse(r["object"]) if r["object"] else None,
            unnamed=not r["reg_id"],  # the article has filed it by kind
        )
        for g in found:
            yield _edge(
                "GOVERNS",
                ("Regulation", regulation_id(r)),
                ("Jurisdiction", r["adcode"]),
                _REGULATIONS,
                line,
                r["title"],
                stage=g.stage,
                scope=g.scope,
                evidence=g.evidence,
                term=g.term,
            )


def _issued() -> Iterator[Row]:
    known = agency_ids() | {name: id for (_, name), (id, _, _) in _bodies().items()}
    for line, r in table(_REGULATIONS):
        for issuer in words(r["issuer"]):
            if issuer in known:
                ends = ("Regulation", regulation_id(r)), ("Agency", known[issuer])
                yield _edge("ISSUED_BY", *ends, _REGULATIONS, line, r["title"])


def _repeals() -> Iterator[Row]:
    """A revision under a new title is a successor; both must have a row."""
    titles, places = _titles(), _place_names()
    seen: set[tuple[str, str]] = set()
    for line, r in table(_REGULATIONS):
        place = r["adcode"], places.get(r["adcode"], "")
        for old, new in (("", r["repealed_by"]), (r["amends_or_replaces"], "")):
            other = titles.get((place[0], _key(new or old, place[1]))) if new or old else None
            own = regulation_id(r)
            if other is None or other == own:
                continue
            pair = (other, own) if new else (own, other)
            if pair not in seen:
                seen.add(pair)
                ends = ("Regulation", pair[0]), ("Regulation", pair[1])
                yield _edge("REPEALS", *ends, _REGULATIONS, line, r["title"])


# --- bodies and duties ----------------------------------------------------------------------------------------


def _bodies() -> dict[tuple[str, str], tuple[str, int, dict[str, str]]]:
    """Bodies and kinds of body by place and name: id, line and first row. What only a draft names gives none."""
    found: dict[tuple[str, str], tuple[str, int, dict[str, str]]] = {}
    for line, r in table(_BODIES):
        name = r["agency"] or r["kind_of_body"]
        if not r["draft"] and (r["adcode"], name) not in found:
            found[r["adcode"], name] = agency_id(r["adcode"], name), line, r
    return found


def _agencies() -> Iterator[Row]:
    others: dict[str, dict[str, None]] = {}
    for _, r in table(_BODIES):
        others.setdefault(r["agency"], {}).update(dict.fromkeys(words(r["aliases"])))
    for (place, name), (id, line, r) in _bodies().items():
        values = stated(
            id=id,
            name=name,
            aliases=tuple(others.get(r["agency"], ())) if r["agency"] else (),
            agency_kind="body" if r["agency"] else "kind_of_body",
            jurisdiction=(place,),
        )
        yield _row("Agency", values, _BODIES, line, r["regulation"])


def _responsible() -> Iterator[Row]:
    titles, places = _titles(), _place_names()
    for line, r in table(_BODIES):
        if r["draft"] or not (r["stages"] or r["duty"]):
            continue  # a draft gives no role; a row without duty and stage says that the body exists
        regulation = titles.get((r["adcode"], _key(r["regulation"], places.get(r["adcode"], ""))))
        for word in words(r["stages"]) or ("",):
            yield _edge(
                "RESPONSIBLE_FOR",
                ("Agency", agency_id(r["adcode"], r["agency"] or r["kind_of_body"])),
                ("Jurisdiction", r["adcode"]),
                _BODIES,
                line,
                f"{r['regulation']} {r['article']}".strip(),
                stage=Stage.parse(word) if word else None,
                duty=r["duty"],
                since=r["from"],
                until=r["to"],
                regulation=regulation,
                article=r["article"],
            )
