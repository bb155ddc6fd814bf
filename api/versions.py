"""The graph's version as the server knows it: what answers are kept by, and what their ETags come from."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Versions:
    """The graph's version, looked up anew when it is older than ``fresh`` seconds, by one request for all that wait."""

    def __init__(self, look: Callable[[], Awaitable[str]], fresh: float) -> None:
        self._look, self._fresh = look, fresh
        self._known = ""
        self._until = 0.0
        self._looking: asyncio.Task[str] | None = None

    def known(self) -> str | None:
        """The version, if it was looked up lately."""
        return self._known if time.monotonic() < self._until else None

    async def current(self) -> str:
        """The version.

        Raises:
            GovgraphError: the graph can't be asked.
        """
        known = self.known()
        return await self.look() if known is None else known

    async def look(self) -> str:
        """The version, looked up now.

        Raises:
            GovgraphError: the graph can't be asked.
        """
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
            self._looking.add_done_callback(self._found)
        # Whoever gives up does not take the answer from the others.
        return await asyncio.shield(self._looking)

    def _found(self, task: asyncio.Task[str]) -> None:
        self._looking = None
        if not task.cancelled() and task.exception() is None:
            self._known = task.result()
            self._until = time.monotonic() + self._fresh

    def doubt(self) -> None:
        """Look it up for the next request: something was written."""
        self._until = 0.0
