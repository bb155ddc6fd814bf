"""The judging questions over HTTP: the same answers as the library's, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from govgraph.library import Library
from tests.serving import Served, served

DAY = "2024-03-21"


@pytest.fixture
def api(baseline: Library, tmp_path: Path) -> Iterator[Served]:
    """The baseline, served."""
    with served(baseline.graph, tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "query", "question"),
    [
        ("gaps", {"kind": "no_rule", "as_of": DAY}, lambda it: it.gaps(kinds=["no_rule"], as_of=DAY)),
        (
            "explain",
            {"gap": "no_rule:130000:processing", "as_of": DAY},
            lambda it: it.explain_gap("no_rule:130000:processing", as_of=DAY),
        ),
        ("diff", {"from": "2024-03-20", "to": DAY}, lambda it: it.diff("2024-03-20", DAY)),
        ("timeline/520000", {"stage": "开放"}, lambda it: it.timeline("520000", stages=["开放"])),
        ("calendar", {"months": "24", "as_of": DAY}, lambda it: it.calendar(months=24, as_of=DAY)),
        (
            "what-if",
            {"repeal": ["REG057", "REG054"], "enact": ["加工@河北"], "as_of": DAY},
            lambda it: it.what_if(repeal=["REG057", "REG054"], enact=["加工@河北"], as_of=DAY),
        ),
        (
            "compare",
            {"jurisdiction": ["贵州", "浙江"], "as_of": DAY},
            lambda it: it.compare("贵州", "浙江", as_of=DAY),
        ),
        ("scorecard/AGY001", {"as_of": DAY}, lambda it: it.scorecard("AGY001", as_of=DAY)),
    ],
)
def test_a_route_answers_as_the_library_does(
    api: Served, baseline: Library, path: str, query: dict[str, Any], question: Any
) -> None:
    found = api.get(f"/v1/{path}", params=query)
    assert found.status_code == 200, found.text
    assert found.json() == question(baseline).model_dump(mode="json", by_alias=True)
    table = api.get(f"/v1/{path}", params=query | {"format": "csv"})
    assert table.status_code == 200
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.splitlines()) > 1


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("diff", {"from": DAY, "to": "2024-03-20"}, 422),
        ("diff", {"from": "2024-02-30", "to": DAY}, 422),
        ("what-if", {}, 422),
        ("what-if", {"repeal": "REG999"}, 404),
        ("what-if", {"enact": "/etc/passwd"}, 422),
        ("explain", {}, 422),
        ("explain", {"gap": "no_rule:999999:opening"}, 404),
        ("calendar", {"months": "0"}, 422),
        ("compare", {"jurisdiction": "贵州"}, 422),
        ("timeline/火星", {}, 404),
    ],
)
def test_a_question_that_can_not_be_answered(api: Served, path: str, query: dict[str, str], status: int) -> None:
    found = api.get(f"/v1/{path}", params=query)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
