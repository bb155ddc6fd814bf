"""Answers that are kept while the graph's version is the same, and their bytes as they go out."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property

Headers = list[tuple[bytes, bytes]]
COMPRESSED_FROM = 1_000
"""Bytes from which on an answer is worth compressing."""
_LEVEL = 5


@dataclass
class Kept:
    """An answer: what it goes by, its headers and its bytes, plain and compressed."""

    state: Hashable
    """Version of the graph and day that it is true of."""
    etag: str
    """Without the quotes, and without what tells the compressed bytes from the plain ones."""
    media_type: str
    headers: Headers
    body: bytes
    route: str
    vary: bytes = b"accept, accept-encoding, authorization"
    _made: dict[bool, Headers] = field(default_factory=dict)

    @cached_property
    def compressed(self) -> bytes | None:
        """The bytes gzipped, where that is worth it."""
        if len(self.body) < COMPRESSED_FROM:
            return None
        # The time of day would make two answers differ that are the same.
        return gzip.compress(self.body, _LEVEL, mtime=0)

    def outgoing(self, zipped: bool) -> tuple[Headers, bytes]:
        """Headers and bytes for who takes gzip, or doesn't."""
        body = self.compressed if zipped else None
        if body is None:
            zipped, body = False, self.body
        if zipped not in self._made:
            found = [
                *self.headers,
                (b"content-type", self.media_type.encode()),
                (b"content-length", str(len(body)).encode()),
                *validators(self.etag, zipped, self.vary),
            ]
            if zipped:
                found.append((b"content-encoding", b"gzip"))
            self._made[zipped] = found
        return self._made[zipped], body

    @property
    def size(self) -> int:
        """Bytes that it holds in memory, about."""
        return len(self.body) + len(self.__dict__.get("compressed") or b"") + 1_000


def quoted(etag: str, zipped: bool) -> str:
    """The strong entity tag of the plain or the compressed bytes."""
    return f'"{etag}-gzip"' if zipped else f'"{etag}"'


def validators(etag: str, zipped: bool, vary: bytes) -> Headers:
    """What makes an answer one that a client may keep, if it asks each time whether it is still true."""
    return [
        (b"etag", quoted(etag, zipped).encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", vary),
    ]


class Cache:
    """Kept answers up to so many bytes; the one that was not asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self.size = 0

    def get(self, key: Hashable, state: Hashable) -> Kept | None:
        """The answer, if it is true of that state."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found.state != state:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep an answer; one that is too large to share the place with others is not kept."""
        if key in self._kept:
            self._drop(key)
        if kept.size > self._most // 4:
            return
        # The compressed bytes come later, so they are counted from the start.
        size = kept.size + len(kept.body) // 4
        self._kept[key], self._sizes[key] = kept, size
        self.size += size
        while self.size > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        del self._kept[key]
        self.size -= self._sizes.pop(key)
