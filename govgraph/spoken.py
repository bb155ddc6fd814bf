"""What a load has spoken of, and what a sweep finds: more than fits in memory, on the disk from 64 MiB on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any


class Marks:
    """A set of 64-bit hashes. Two things of one hash are one with a likelihood of 1 to 70,000 among 23 million."""

    def __init__(self) -> None:
        self._db = scratch()
        self._db.execute("CREATE TABLE marks(mark INTEGER PRIMARY KEY)")

    def __contains__(self, mark: int) -> bool:
        return self._db.execute("SELECT 1 FROM marks WHERE mark = ?", (mark,)).fetchone() is not None

    def add(self, marks: Iterable[int]) -> None:
        """Take marks in; those that are in stay so."""
        with self._db:
            # In order: a tree that is filled so is read and written from one end to the other.
            self._db.executemany("INSERT OR IGNORE INTO marks VALUES (?)", ((m,) for m in sorted(marks)))

    def close(self) -> None:
        """Forget them."""
        self._db.close()


class Heap:
    """Rows of texts, kept in the order in which they came."""

    def __init__(self, width: int) -> None:
        self._db = scratch()
        self._places = ", ".join("?" * width)
        columns = ", ".join(f"c{n}" for n in range(width))
        self._db.execute(f"CREATE TABLE heap(number INTEGER PRIMARY KEY, {columns})")
        self._columns = columns
        self.size = 0

    def add(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Put rows on top."""
        with self._db:
            before = self._db.total_changes
            self._db.executemany(f"INSERT INTO heap({self._columns}) VALUES ({self._places})", rows)
            self.size += self._db.total_changes - before

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """All rows, first to last."""
        after = 0
        while True:
            text = f"SELECT number, {self._columns} FROM heap WHERE number > ? ORDER BY number LIMIT ?"
            rows = self._db.execute(text, (after, size)).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield [row[1:] for row in rows]

    def close(self) -> None:
        """Forget them."""
        self._db.close()


def mark(*what: str) -> int:
    """The hash of a thing, within this process."""
    return hash(what)


def scratch() -> sqlite3.Connection:
    """A database of this process's own, in memory until it is large, gone when it is closed."""
    found = sqlite3.connect("", check_same_thread=False)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
        found.execute(f"PRAGMA {pragma}")
    return found
