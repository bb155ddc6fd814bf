"""The bulk path: what is filled in at once is what the rows one by one would have left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from govgraph import bulk
from govgraph import graph as graphs
from govgraph.library import Library
from tests.dumps import dump

PLACES = "id,name,level,parent\n000000,全国,national,\n520000,贵州省,province,000000\n110000,北京市,province,000000\n"
AGENCIES = "id,name,aliases,jurisdiction\nA1,省公安厅,公安厅|厅,贵州\nA2,统计局,,北京\nA3,统计局,,贵州\n"
Load = Callable[..., dict[str, Any]]


class Both:
    """Two graphs that begin alike: into one rows go one by one, into the other at once."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        self.at_once = 0
        filled = bulk._fill

        def counting(*given: Any) -> bool:
            done = filled(*given)
            self.at_once += done
            return done

        patch.setattr(bulk, "_fill", counting)
        self.libraries = {}
        for name in ("rows", "bulk"):
            (folder / name).mkdir()
            self.libraries[name] = Library(graphs.open(str(folder / name / "graph.lbug")))
        self.load("Jurisdiction", PLACES)
        self.load("Agency", AGENCIES)

    def load(self, kind: str, *texts: str | pa.Table, **options: Any) -> dict[str, Any]:
        """Load the same into both; the report, which has to be the same."""
        files = []
        for number, text in enumerate(texts):
            path = self.folder / f"{kind}-{number}.{'csv' if isinstance(text, str) else 'parquet'}"
            if isinstance(text, str):
                path.write_text(text, encoding="utf-8", newline="")
            else:
                parquet.write_table(text, path)
            files.append(path)
        found = {}
        for name, library in self.libraries.items():
            self._patch.setattr(bulk, "LEAST", 1 if name == "bulk" else 1 << 60)
            rejects = self.folder / name / f"{kind}.rejects.csv"
            rejects.unlink(missing_ok=True)
            report = library.load(kind, files, rejects=rejects, **options)
            kept = rejects.read_text(encoding="utf-8") if rejects.exists() else ""
            found[name] = {**report.model_dump(mode="json"), "rejects_file": kept}
        assert found["bulk"] == found["rows"]
        return found["bulk"]

    def same(self) -> dict[Any, Any]:
        """What both graphs hold, which has to be the same; and what their journals make again."""
        one, other = (dump(library.graph) for library in self.libraries.values())
        assert one == other
        return other

    def close(self) -> None:
        for library in self.libraries.values():
            library.close()


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    found = Both(tmp_path, monkeypatch)
    yield found
    found.close()


RESOURCES = """id,name,aliases,code,description,provider,jurisdiction,share_type,personal,issued,storage_due
R1,常住人口登记,人口|户籍,307052/000001,"a ""quoted"" 文本",省公安厅,贵州,有条件共享,是,2021-11,2024年1月1日
R2,企业名录,,,多行,公安厅,520000,无条件,否,2022下半年,
,无标识, ,307052/000002,,,贵州省,,,,
,没有代码,,,,,北京,不予共享,true,,
R5,坏词,,,,,,公开,,,
R6,坏日期,,,,,,,,2023-02-30,
R7,两个局,,,,统计局,,,,,
R8,不知道的局,,,,某局,,,,,
R9,,,,,,,,,,
,,,,只有说明,,,,,,

R2,企业名录,,,多行,公安厅,520000,无条件,否,2022下半年,
R1,另一个说法,,,,,,,,,
R10,ＡＢ　全角,x;y,,\\back\\slash,A1,,,,20240305,45000
R11,多一格,,,,,,,,,,溢出
R12,短
R13,两地,,,,,贵州|北京,,,,
"""


def test_rows_of_all_sorts(both: Both) -> None:
    report = both.load("Resource", RESOURCES)
    assert both.at_once == 1
    assert report["status"] == "partial"
    assert (report["created"], report["unchanged"], report["rejected"]) == (7, 1, 8)
    assert {r["code"] for r in report["rejects"]} == {
        "bad_value", "ambiguous_reference", "unknown_reference", "missing", "contradictory_duplicate", "unknown_column",
    }  # fmt: skip
    held = both.same()
    assert ("Resource", "resource:307052/000002") in held
    items = "resource,name,data_type,length\nR1,姓名,字符型C,20\nR1,户籍 地址,,x\nR2,名称,C,9\nR99,无,,\nR1,姓名,字符型C,20\n"
    report = both.load("Item", items)
    assert both.at_once == 2
    assert (report["created"], report["unchanged"], report["rejected"]) == (2, 1, 2)
    assert ("Item", "item:R1:姓名") in both.same()
