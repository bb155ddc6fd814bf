"""Whose column is whose: headers that a source writes in its own way, settled by ``--map``.

A pair, ``--map 表名=name``, or a file of TOML, ``--map guiyang.toml``; later ones win. TOML, since people write it by
hand, may say beside a line why it stands there, and need nothing beyond Python for it::

    [columns]                  # header = field; "-" leaves the column out
    "数源单位" = "provider"
    [values.open_type]         # what the words of a field mean
    "1" = "无条件开放"
    [constants]                # what every row states that doesn't state it itself
    catalogue = "SC01"
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from govgraph.errors import UsageError
from govgraph.loaders.sheets import Value, clean
from govgraph.terms import fold

LEFT_OUT = "-"
"""Field of a column that is not read."""
_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")
_DECORATION = re.compile(r"[*★☆:：、.。\d]+$|^[*★☆\d、.．)]+")


@dataclass(frozen=True)
class Names:
    """What ``--map`` says."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Folded header → field."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Field → folded word of the source → word of the model."""
    constants: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, value: Value) -> Value:
        """A cell of a field in the model's words."""
        words = self.values.get(name)
        return words.get(fold(value), value) if words and isinstance(value, str) else value


def names(given: Sequence[str], known: Iterable[str]) -> Names:
    """Read the pairs and files of ``--map``; ``known``: the fields that may be meant.

    Raises:
        UsageError: neither a pair nor a file; a file that can't be read; a field that isn't there.
    """
    fields = list(known)
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    constants: dict[str, str] = {}
    for text in given:
        header, sign, name = text.rpartition("=")
        if sign:
            columns[fold(header)] = _field(name.strip(), fields, text)
            continue
        path = Path(text)
        for part, found in _file(path).items():
            if part == "columns":
                columns |= {fold(h): _field(n, fields, f"{path}: {h}") for h, n in _texts(path, part, found)}
            elif part == "constants":
                constants |= {_field(n, fields, str(path), hollow=False): v for n, v in _texts(path, part, found)}
            elif part == "values" and isinstance(found, dict):
                for name, words in found.items():
                    told = {fold(w): v for w, v in _texts(path, f"values.{name}", words)}
                    values.setdefault(_field(name, fields, str(path), hollow=False), {}).update(told)
            else:
                raise UsageError(
                    f"{path}: [{part}] is no part of a mapping; it has [columns], [values.FIELD], [constants]"
                )
    return Names(columns, values, constants)


def _file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"--map {path}: write HEADER=FIELD, or name a file of TOML ({error.strerror or error})"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--map {path} is no TOML: {error}") from None


def _texts(path: Path, part: str, found: object) -> list[tuple[str, str]]:
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise UsageError(f'{path}: [{part}] has lines "word" = "word"')
    return list(found.items())


def _field(name: str, known: list[str], where: str, *, hollow: bool = True) -> str:
    if name in known or (hollow and name == LEFT_OUT):
        return name
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise UsageError(f"--map {where}: there is no field {name!r}{hint}; all: {', '.join(known)}")


def forms(header: str) -> list[str]:
    """A header as it may stand in the list of known ones: as it is, without 必填 marks, brackets, numbers."""
    plain = fold(clean(header))
    bare = _BRACKETS.sub("", plain)
    return list(dict.fromkeys((plain, _DECORATION.sub("", plain), bare, _DECORATION.sub("", bare))))


def nearest(header: str, known: Mapping[str, str], shown: Callable[[str], str] = str) -> str:
    """The known headers that are likest, for a message."""
    found = difflib.get_close_matches(forms(header)[-1], known, n=5, cutoff=0.3)
    return ", ".join(dict.fromkeys(shown(known[word]) for word in found))[:300]
