"""A TCP proxy that loses connections on purpose: what a network does to a load."""

from __future__ import annotations

import random
import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_BLOCK = 1 << 14


class Proxy:
    """Passes bytes between ``port`` on loopback and a server; cuts, stalls and refuses when told.

    Args:
        target: port of the server on loopback.
        cut_after: bytes after which a connection is cut, drawn anew from this range for each; none are by default.
        cuts: how many connections to cut in all.
        seed: what the draws start from.
    """

    def __init__(self, target: int, *, cut_after: tuple[int, int] | None = None, cuts: int = 0, seed: int = 0) -> None:
        self.target = target
        self.cuts_made = 0
        self._cut_after, self._cuts = cut_after, cuts
        self._random = random.Random(seed)
        self._open = threading.Event()
        self._open.set()
        self._refusing = False
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._refusing = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.resume()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def cut(self) -> None:
        """Reset every connection."""
        for pair in list(self._pairs):
            self._drop(pair)

    def stall(self) -> None:
        """Hold all bytes back; the connections stay."""
        self._open.clear()

    def resume(self) -> None:
        """Let bytes pass again."""
        self._open.set()

    def refuse(self, refusing: bool = True) -> None:
        """Close new connections at once."""
        self._refusing = refusing

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            pair = (near, far)
            with self._lock:
                self._pairs.add(pair)
                budget = [self._random.randint(*self._cut_after)] if self._cut_after else [-1]
            self._start(self._pass, near, far, pair, budget)
            self._start(self._pass, far, near, pair, budget)

    def _pass(
        self, source: socket.socket, to: socket.socket, pair: tuple[socket.socket, socket.socket], budget: list[int]
    ) -> None:
        while True:
            try:
                block = source.recv(_BLOCK)
                self._open.wait()
                if not block:
                    break
                with self._lock:
                    if budget[0] >= 0 and self.cuts_made < self._cuts:
                        budget[0] -= len(block)
                        if budget[0] < 0:
                            self.cuts_made += 1
                            break
                to.sendall(block)
            except OSError:
                break
        self._drop(pair)

    def _drop(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            if pair not in self._pairs:
                return
            self._pairs.remove(pair)
        for end in pair:
            with suppress(OSError):
                # No lingering: the other side sees a reset, not an orderly end.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            end.close()
