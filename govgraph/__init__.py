"""govgraph: a metadata lineage and governance graph of public data.

    import govgraph

    with govgraph.open("govgraph.lbug") as g:
        g.load("baseline")
        matrix = g.coverage(as_of=date(2024, 3, 21))
        g.lineage("人口基础库").to_networkx()

:func:`open` gives a :class:`govgraph.library.Library`: every question as a method, answers typed (:mod:`govgraph.answers`).
Errors are in :mod:`govgraph.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govgraph.library import Library as Library
    from govgraph.library import open as open

__version__ = "0.1.0"
__all__ = ["Library", "__version__", "open"]


def __getattr__(name: str) -> Any:
    # Imported when used: `govgraph --help` needs none of it.
    if name in ("open", "Library"):
        from govgraph import library

        return getattr(library, name)
    raise AttributeError(f"module 'govgraph' has no attribute {name!r}")
