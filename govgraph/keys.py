"""API keys: made, listed and revoked on the command line; kept in one file, hashed.

A key is ``govgraph_<id>_<secret>``, 256 bits of chance, so that a plain SHA-256 keeps it: nobody guesses such a
secret, and a slow hash would only slow down every request. The file holds no key, only the hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from filelock import FileLock
from pydantic import BaseModel, ValidationError

from govgraph.errors import NotFoundError, UsageError

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
"""What a key may do; each includes those before it."""
_PREFIX = "govgraph"


class Key(BaseModel):
    """An API key as it is kept: what it may do, without the secret."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    jurisdiction: str | None = None
    """The subtree that it sees and writes; None: everything."""
    rate: float | None = None
    """Requests a second; None: the server's."""
    created: str
    expires: date | None = None
    """The last day on which it is good."""
    revoked: str | None = None
    hash: str

    def told(self) -> dict[str, Any]:
        """What may be told of it: all but the hash."""
        return self.model_dump(mode="json", exclude={"hash"})

    @property
    def good(self) -> bool:
        """Whether it opens anything today."""
        return self.revoked is None and (self.expires is None or date.today() <= self.expires)


class Made(NamedTuple):
    """A key just made, with the text that is shown once."""

    key: Key
    text: str


class Keys:
    """The keys of a file. What is read is kept until the file changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def every(self) -> list[Key]:
        """All keys, first made first.

        Raises:
            UsageError: the file is damaged; nothing is let in then.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return []
        except OSError as error:
            raise UsageError(f"the keys in {self.path} can't be read: {error.strerror}") from None
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            try:
                read = [Key.model_validate(k) for k in json.loads(self.path.read_text(encoding="utf-8"))["keys"]]
            except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
                raise UsageError(
                    f"{self.path} is no file of keys ({type(error).__name__}); restore it, or remove it and make new keys"
                ) from None
            self._keys, self._stamp = {k.id: k for k in read}, stamp
        return list(self._keys.values())

    def find(self, text: str) -> Key | None:
        """The good key of that text.

        Raises:
            UsageError: the file is damaged.
        """
        self.every()
        parts = text.split("_", 2)
        key = self._keys.get(parts[1]) if len(parts) == 3 and parts[0] == _PREFIX else None
        # Compared also where there is no such id, so that the time tells nothing.
        same = hmac.compare_digest(_hash(text), key.hash if key else "")
        return key if key and same and key.good else None

    def make(
        self,
        name: str,
        scopes: Sequence[Scope] = ("read",),
        *,
        jurisdiction: str | None = None,
        rate: float | None = None,
        expires: date | None = None,
    ) -> Made:
        """Make a key; its text is not kept.

        Raises:
            UsageError: a name that a good key has, no scope, a rate that is none, or a day that has passed.
        """
        if not name.strip():
            raise UsageError("a key needs a name: who uses it")
        if not scopes:
            raise UsageError(f"a key needs a scope: {', '.join(SCOPES)}")
        if rate is not None and not 0 < rate < 1e6:
            raise UsageError("--rate is requests a second, above 0")
        if expires and expires < date.today():
            raise UsageError(f"--expires {expires} has passed")
        id_ = secrets.token_hex(4)
        text = f"{_PREFIX}_{id_}_{secrets.token_urlsafe(32)}"
        widest = max(SCOPES.index(s) for s in scopes)
        key = Key(
            id=id_,
            name=name.strip(),
            scopes=SCOPES[: widest + 1],
            jurisdiction=jurisdiction,
            rate=rate,
            created=_now(),
            expires=expires,
            hash=_hash(text),
        )
        with self._change() as keys:
            if any(k.name == key.name and k.good for k in keys):
                raise UsageError(f"there is a key named {key.name!r}; revoke it first, or choose another name")
            keys.append(key)
        return Made(key, text)

    def revoke(self, which: str) -> Key:
        """Revoke a key by its id or name; servers that read the file refuse it from then on.

        Raises:
            NotFoundError: no good key has that id or name.
        """
        with self._change() as keys:
            for place, key in enumerate(keys):
                if which in (key.id, key.name) and key.revoked is None:
                    keys[place] = key.model_copy(update={"revoked": _now()})
                    return keys[place]
            raise NotFoundError(f"no key {which!r} is there to revoke; see govgraph keys list")

    @contextmanager
    def _change(self) -> Iterator[list[Key]]:
        """The keys, to be changed by one process at a time; replaced whole, so that a reader never sees half."""
        try:
            with FileLock(f"{self.path}.lock", timeout=10):
                keys = self.every()
                yield keys
                body = {"keys": [k.model_dump(mode="json") for k in keys]}
                new = self.path.with_name(self.path.name + ".new")
                handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    json.dump(body, stream, ensure_ascii=False, indent=1)
                    stream.flush()
                    os.fsync(stream.fileno())
                new.replace(self.path)
        except OSError as error:
            raise UsageError(f"the keys in {self.path} can't be changed: {error.strerror or error}") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
