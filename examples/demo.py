"""``make demo``: the baseline, the dates and a made-up sample, and the first questions one asks of them.

Every step is a command that you can type; the graph stays in ``demo.lbug``. GOVGRAPH_DEMO names another path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from govgraph.cli import main

SAMPLE = Path(__file__).parent / "sample"
CATALOGUE = Path(__file__).parent / "catalogue"
WITHHELD = "item:resource:307052/000001:户籍地址"
DAY = "2024-03-21"
GRAPH = os.environ.get("GOVGRAPH_DEMO", "demo.lbug")


def run(title: str, *arguments: str) -> None:
    """Show and run one command; stop at the first that fails."""
    shown = " ".join(a if a.isalnum() or a.startswith("-") else f"'{a}'" if " " in a else a for a in arguments)
    print(f"\n# {title}\n$ govgraph --graph {GRAPH} {shown}", flush=True)
    try:
        main(["--graph", GRAPH, *arguments])
    except SystemExit as end:
        if end.code:
            sys.exit(end.code)
    sys.stdout.flush()


def sample() -> None:
    """Load the sample's files in order."""
    for file in sorted(SAMPLE.glob("*.csv")):
        kind = file.stem.partition("_")[2]
        try:
            main(["--graph", GRAPH, "load", "csv", kind, str(file), "--source", "sample"])
        except SystemExit as end:
            if end.code:
                sys.exit(end.code)


if __name__ == "__main__":
    run("The article's facts", "load", "baseline")
    run("Verified dates, numbers, bodies and duties", "load", "dates")
    print(f"\n# A made-up sample (examples/sample)\n$ govgraph --graph {GRAPH} load csv KIND FILE --source sample")
    sample()
    agencies, filled_in = (str(CATALOGUE / name) for name in ("agencies.csv", "catalogue.xlsx"))
    run("The providers of a catalogue", "load", "csv", "Agency", agencies, "--source", "sample")
    run("A catalogue as a bureau fills it in", "load", "catalogue", filled_in, "--source", "sample")
    run("One of its items, which is shared otherwise than its resource", "show", WITHHELD)
    run("What is governed, on the day of the article", "coverage", "--as-of", DAY)
    run("The same today, documents of the rank of 规范性文件 and above", "coverage", "--min-rank", "规范性文件")
    run("What is missing today, worst first", "gaps", "--limit", "12")
    run("Why one cell says what it says", "explain", "贵州", "开放", "--as-of", DAY)
    run("Where an open dataset came from, and under which rule at each hop", "lineage", "SO02", "--both")
