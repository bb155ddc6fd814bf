"""A report as one file: HTML to print, Excel to work with, Markdown to pass on."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from govgraph import answers
from govgraph.errors import UsageError
from govgraph.words import Lang

FORMATS: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown; charset=utf-8",
}
"""Formats by the ending of a file's name, with their media types."""


def render(report: answers.Report, format_: str, lang: Lang) -> bytes:
    """The report as a file's content.

    Raises:
        UsageError: no such format.
    """
    if format_ == "html":
        from govgraph.report.html import to_html

        return to_html(report, lang).encode()
    if format_ == "xlsx":
        from govgraph.report.xlsx import to_xlsx

        return to_xlsx(report, lang)
    if format_ == "md":
        from govgraph.report.markdown import to_markdown

        return to_markdown(report, lang).encode()
    raise UsageError(f"there is no report in {format_!r}; write one of {', '.join(FORMATS)}")


def format_of(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        UsageError: none that there is.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        raise UsageError(f"-o {path}: end its name in one of {', '.join(f'.{f}' for f in FORMATS)}")
    return ending


def save(content: bytes, path: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        UsageError: it can't be written.
    """
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"-o {path} can't be written: {error.strerror}") from None
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
        # What mkstemp makes is its owner's alone; a report is a file like any other.
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise UsageError(f"-o {path} can't be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
