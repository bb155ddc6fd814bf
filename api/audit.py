"""The audit log: who wrote, and who was refused; lines of JSON that are only ever appended."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from govgraph.errors import UsageError


class Audit:
    """An append-only file, one JSON object a line; each line is one write, so that processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._handle: int | None = None

    def open(self) -> None:
        """Make sure that it can be written, before anything is to be written into it.

        Raises:
            UsageError: it can't.
        """
        try:
            self._handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise UsageError(
                f"the audit log {self.path} can't be written: {error.strerror}; mend it, or name another with GOVGRAPH_AUDIT"
            ) from None

    def write(self, **fields: Any) -> None:
        """Append a line; ``fields`` say who, what and with what outcome."""
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}, ensure_ascii=False)
        if self._handle is not None:
            with self._lock:
                os.write(self._handle, line.encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """Release the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
