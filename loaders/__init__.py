"""Loaders: one module per source format, the only place that knows a source's column names.

A loader is a module with ``SOURCE`` (the name under which its word is kept) and a generator of
:class:`~govgraph.loaders.rows.Row`; it reads and translates, the machinery validates, writes and reports. The
facts that travel with the package are plain tables in ``facts/``.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from govgraph.model import CORRECTION

LOADERS: dict[str, str] = {
    "baseline": "govgraph.loaders.baseline",
    "dates": "govgraph.loaders.dates",
}
"""Built-in loaders: name on the command line → module, imported when asked for."""
RESERVED: tuple[str, ...] = (*LOADERS, CORRECTION)
"""Sources whose names no file's rows may bear."""


def loader(name: str) -> ModuleType:
    """The module of a built-in loader.

    Raises:
        KeyError: there is no such loader.
    """
    return import_module(LOADERS[name])
