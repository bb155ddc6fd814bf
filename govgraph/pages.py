"""Pages of a whole kind, for the embedded engine, which holds all that a text answers in its buffer pool.

A page is a stretch of places in the table of the start nodes. How much lies where is asked first, by blocks; neighbours
that fit make a page together, and a block that does not fit is looked into more closely: down to a single start node,
then, of one that has more edges than a page holds, by the places of the end nodes. Deleted rows leave places empty, and
rows of an open transaction stand far beyond all others: neither matters to blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from govgraph.graph import Parameters, Rows
from govgraph.schema import Whole

PAGE = 128 << 20
"""Bytes of the engine's buffer pool that a page takes, about."""
WIDTHS = (4096, 64, 1)
"""Places in a block, coarse to fine; each divides the one before."""
_CELL = 16
"""Bytes of a value in an answer, beside those of a long text."""
_CHARACTER = 3
"""Bytes of a character of a long text."""
Bounds = dict[str, tuple[int, int]]
"""From which place on, and before which, the ends stand."""


def pages(
    read: Callable[[str, Parameters], Rows], asked: Whole, parameters: Parameters, most: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Texts and parameters that together answer what is asked, each with at most some ``most`` bytes.

    Where a single row takes more, or edges between the same two nodes do, a page is larger.

    Args:
        read: answers a text.
    """
    steps = [(end, width) for end in asked.ends for width in WIDTHS]
    for bounds in _stretches(read, asked, parameters, most, {}, steps):
        yield asked.text(bounds), {**parameters, **_given(bounds)}


def _stretches(
    read: Callable[[str, Parameters], Rows],
    asked: Whole,
    parameters: Parameters,
    most: int,
    within: Bounds,
    steps: list[tuple[str, int]],
) -> Iterator[Bounds]:
    (end, width), *finer = steps
    blocks = read(asked.weights(end, width, within), {**parameters, **_given(within)})
    weights = {r["block"]: r["rows"] * len(asked.told) * _CELL + int(r["characters"] or 0) * _CHARACTER for r in blocks}
    held: list[int] = []
    weight = 0
    for block in [*sorted(weights), None]:
        if held and (block is None or weight + weights[block] > most):
            found = within | {end: (held[0] * width, (held[-1] + 1) * width)}
            if weight > most and finer:
                yield from _stretches(read, asked, parameters, most, found, finer)
            else:
                yield found
            held, weight = [], 0
        if block is not None:
            held.append(block)
            weight += weights[block]


def _given(bounds: Bounds) -> dict[str, int]:
    return {
        f"{end}_{side}": place
        for end, places in bounds.items()
        for side, place in zip(("from", "to"), places, strict=True)
    }
