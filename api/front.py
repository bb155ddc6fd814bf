"""In front of every route: who asks, how often and how long; answers that are kept; headers, log and numbers.

It is bare ASGI, since an answer that is kept must cost next to nothing: such a request never reaches the framework.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Callable, Hashable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from govgraph import __version__
from govgraph.api import formats, metrics, problems
from govgraph.api.cache import Headers, Kept, quoted, validators
from govgraph.api.limits import BURST
from govgraph.api.problems import RefusedError
from govgraph.api.service import ANYBODY, SHORTEST, Ask, Caller, Service
from govgraph.errors import GovgraphError, QueryTimeoutError
from govgraph.model import NODES

PREFIX = "/v1/"
OPEN = ("/healthz", "/readyz", "/openapi.json", "/docs")
"""Told to anybody, also without a key: an orchestrator has none, nor has a browser that opens the page. None tells of the graph."""
_READING = ("GET", "HEAD", "OPTIONS")
LIVE = ("/v1/loads", "/v1/runs", "/v1/export")
"""What changes without the graph's version changing."""
DEADLINE_HEADER = b"x-deadline"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")
_CHUNK = 64 << 10
"""Bytes given to a connection at once: what a slow client costs in memory."""
_LINGER = 3.0
"""Seconds that a client has to finish sending what was refused."""
_GRACE = 2.0
"""Seconds after its deadline at which a question is given up that does not come to an end by itself."""
_REFUSALS = {401: "unauthenticated", 403: "forbidden", 429: "rate_limited"}
_REFUSALS_NOTED = 5.0
"""Refusals a second from one address that go to the audit log: a flood must not fill the disk."""
SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_SECURED = frozenset(name for name, _ in SECURITY)
_LISTS = frozenset(f"{PREFIX}{model.plural}" for model in NODES.values())
_FROM_CACHE, _ASKED, _NOT_CHANGED = (metrics.KEPT.labels(o) for o in ("kept", "asked", "client"))
access = logging.getLogger("govgraph.access")
log = logging.getLogger("govgraph.api")


@dataclass
class _Flight:
    """An answer that is being worked out, and how many wait for it."""

    task: asyncio.Task[Kept | _Response]
    ask: Ask
    waiting: int = 0


@dataclass
class _Response:
    """A whole response of the routes."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    def header(self, name: bytes) -> bytes:
        """A header's value, or nothing."""
        return next((v for n, v in self.headers if n == name), b"")


class Front:
    """The ASGI application: everything that is the same for all routes."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service
        self._flights: dict[Hashable, _Flight] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.service.start()
        except GovgraphError as error:
            # A sentence, not a traceback.
            await send({"type": "lifespan.startup.failed", "message": f"govgraph: {error.message}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.service.stop()
        await send({"type": "lifespan.shutdown.complete"})

    # --- one request ---

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _REQUEST_ID.match(given) else secrets.token_hex(8)
        client = scope.get("client")
        ask = Ask(self.service, ANYBODY, request_id, client[0] if client else "-", self.service.serving.deadline)
        # Who asked before sending has not begun, and need not be heard out.
        sends = (b"content-length" in headers or b"transfer-encoding" in headers) and b"expect" not in headers
        coming = _In(receive, sends)
        out = _Out(send, ask, coming, partial(self._answers, scope, ask), head=scope["method"] == "HEAD")
        try:
            try:
                await self._served(scope, headers, coming.receive, out, ask)
            except GovgraphError as error:
                if out.status:
                    raise
                await self._refuse(scope, coming.receive, out, ask, error)
        except Exception:
            # What was begun can't be taken back: the connection is cut, so that nobody takes half for the whole.
            if not out.status:
                log.exception("fault", extra={"request_id": request_id, "path": scope["path"]})
                await self._refuse(scope, coming.receive, out, ask, problems.of_exception(Exception()))
            else:
                log.warning("cut", extra={"request_id": request_id, "path": scope["path"]}, exc_info=True)
                raise
        finally:
            self._told(scope, out, ask)
            await out.end()

    async def _served(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, out: _Out, ask: Ask) -> None:
        path = scope["path"]
        scope["govgraph"] = ask
        if path in OPEN or path.startswith("/docs/"):
            await self.app(scope, receive, out.send)
            return
        ask.caller = self._caller(scope, headers)
        self._not_too_often(ask, out)
        ask.seconds = self._deadline(scope, headers)
        out.extra.append((DEADLINE_HEADER, f"{ask.seconds:g}".encode()))
        if path.startswith(PREFIX):
            ask.format = formats.wanted(scope["query_string"], headers.get(b"accept", b""))
            ask.known_at = formats.parameter(scope["query_string"], "known_at")
            ask.caller.needs("read")
            streamed = path in _LISTS and ask.format in (formats.CSV, formats.NDJSON)
            if scope["method"] in ("GET", "HEAD") and not path.startswith(LIVE) and not streamed:
                await self._kept(scope, headers, receive, out, ask)
                return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, out.send)
        ask.route = _route(scope)

    # --- who ---

    def _caller(self, scope: Scope, headers: dict[bytes, bytes]) -> Caller:
        """Who asks. Without keys that is anybody on this machine; once a key was made, nobody comes in without one.

        Raises:
            RefusedError: unauthenticated, forbidden.
        """
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        foreign = origin and origin not in self.service.serving.origins and urlsplit(origin).netloc != host
        if foreign and scope["method"] not in _READING:
            raise RefusedError(
                "forbidden", f"pages of {origin} may not write here; GOVGRAPH_CORS_ORIGINS lists who may"
            )
        if self.service.keys.every():
            word, _, text = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
            if word.lower() == "bearer" and (key := self.service.keys.find(text.strip())):
                return Caller.of(key)
            why = "no good key is this one" if text else "no key was given"
            raise RefusedError(
                "unauthenticated",
                f"{why}; send: Authorization: Bearer KEY (govgraph keys create makes one)",
                headers={"WWW-Authenticate": 'Bearer realm="govgraph"'},
            )
        server = scope.get("server")
        # The name, too: a page whose name leads here must not ask through its reader's browser.
        here = _loopback(server[0] if server else None) and _loopback(urlsplit(f"//{host}").hostname)
        passed_on = b"x-forwarded-for" in headers or b"forwarded" in headers
        if not self.service.serving.open and (not here or passed_on):
            raise RefusedError(
                "forbidden",
                "this server has no keys and so serves its own machine only; make one with: govgraph keys create NAME",
            )
        return ANYBODY

    def _not_too_often(self, ask: Ask, out: _Out) -> None:
        """Count a request against its key.

        Raises:
            RefusedError: rate_limited.
        """
        if ask.caller is ANYBODY:
            return
        rate = ask.caller.rate or self.service.serving.rate
        allowed, left, seconds = self.service.buckets.take(ask.caller.id, rate)
        out.extra += [
            (b"ratelimit-policy", f'"key";q={rate * BURST:g};w={BURST}'.encode()),
            (b"ratelimit", f'"key";r={left};t={seconds}'.encode()),
        ]
        if not allowed:
            raise RefusedError(
                "rate_limited",
                f"this key may ask {rate:g} times a second; ask again in {seconds} s",
                headers={"Retry-After": str(seconds)},
            )

    def _deadline(self, scope: Scope, headers: dict[bytes, bytes]) -> float:
        """Seconds that a request may take: what it asks for, clamped.

        Raises:
            RefusedError: bad_value.
        """
        text = formats.parameter(scope["query_string"], "deadline")
        if text is None:
            text = headers.get(DEADLINE_HEADER, b"").decode("latin-1")
            if not text:
                return self.service.serving.deadline
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1
        if not SHORTEST <= seconds < float("inf"):
            raise RefusedError("bad_value", f"deadline: {text[:40]!r} is no number of seconds, {SHORTEST:g} or more")
        return min(seconds, self.service.serving.deadline_max)

    # --- answers that are kept ---

    async def _kept(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, out: _Out, ask: Ask) -> None:
        """Answer from what is kept, else from the routes, once for all who wait for the same."""
        state = self.service.state(self.service.versions.known() or await self.service.versions.current())
        what = (scope["path"], scope["query_string"], ask.format, ask.caller.jurisdiction)
        zipped = b"gzip" in headers.get(b"accept-encoding", b"")
        known = headers.get(b"if-none-match", b"").decode("latin-1")
        etag = _etag(what, state)
        if known and _among(known, etag):
            _NOT_CHANGED.inc()
            await out.start(304, validators(etag, zipped, Kept.vary))
            await out.body(b"")
            return
        kept = self.service.cache.get(what, state)
        if kept is not None:
            _FROM_CACHE.inc()
        else:
            found = await self._flight(scope, receive, ask, what)
            if found is None:
                return
            _ASKED.inc()
            if isinstance(found, _Response):
                await out.start(found.status, found.headers)
                await out.body(bytes(found.body))
                return
            kept = found
        ask.route = kept.route
        if known and (known.strip() == "*" or _among(known, kept.etag)):
            await out.start(304, validators(kept.etag, zipped, kept.vary))
            await out.body(b"")
            return
        outgoing, body = kept.outgoing(zipped)
        await out.start(200, outgoing)
        await out.body(body)

    async def _flight(self, scope: Scope, receive: Receive, ask: Ask, what: Hashable) -> Kept | _Response | None:
        """The routes' answer; None when the client went away. What nobody waits for any more is stopped in the engine."""
        key = (what, ask.seconds)
        flight = self._flights.get(key)
        if flight is None:
            leader = Ask(self.service, ask.caller, ask.request_id, ask.address, ask.seconds, ask.format)
            leader.known_at = ask.known_at
            task = asyncio.ensure_future(self._answer(scope, leader, what))
            flight = self._flights[key] = _Flight(task, leader)
            task.add_done_callback(lambda _: self._flights.pop(key, None))
        flight.waiting += 1
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({flight.task, gone}, timeout=ask.seconds + _GRACE, return_when=asyncio.FIRST_COMPLETED)
            if flight.task.done():
                ask.route = flight.ask.route
                return flight.task.result()
            if gone.done():
                return None
            raise QueryTimeoutError(f"the question took longer than its {ask.seconds:g} seconds; narrow it")
        finally:
            gone.cancel()
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._flights.pop(key, None)
                self._stopping.add(stopping := asyncio.ensure_future(_stop(flight)))
                stopping.add_done_callback(self._stopping.discard)

    async def _answer(self, scope: Scope, ask: Ask, what: Hashable) -> Kept | _Response:
        """Have the routes answer, into memory."""
        found = _Response()

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.status, found.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                found.body += message.get("body", b"")

        plain = [(n, v) for n, v in scope["headers"] if n != b"accept-encoding"]
        inner = {**scope, "method": "GET", "headers": plain, "govgraph": ask, "state": dict(scope.get("state", {}))}
        await self.app(inner, receive, send)
        ask.route = _route(inner)
        if found.status != 200 or ask.unsettled or not ask.version:
            return found
        # Asked a moment later than the version was looked up: the answer is kept as what it is.
        state = self.service.state(ask.version)
        kept = Kept(
            state,
            _etag(what, state),
            found.header(b"content-type").decode(),
            [(n, v) for n, v in found.headers if n not in (b"content-type", b"content-length", b"vary")],
            bytes(found.body),
            ask.route,
        )
        self.service.cache.put(what, kept)
        return kept

    # --- the end ---

    async def _refuse(self, scope: Scope, receive: Receive, out: _Out, ask: Ask, error: GovgraphError) -> None:
        path = quote(scope["path"], safe="/:@!$&'()*+,;=-._~")
        found, headers = problems.problem(error, instance=path, request_id=ask.request_id)
        await problems.response(found, headers)(scope, receive, out.send)

    def _answers(self, scope: Scope, ask: Ask, status: int) -> None:
        """Before a response begins: who reads that it was refused finds the refusal in the audit log."""
        if refusal := _REFUSALS.get(status):
            metrics.REFUSALS.labels(refusal).inc()
            if self.service.buckets.take(f"refused {ask.address}", _REFUSALS_NOTED)[0]:
                self.service.note(ask, f"{scope['method']} {scope['path']}", refusal)

    def _told(self, scope: Scope, out: _Out, ask: Ask) -> None:
        seconds = time.perf_counter() - ask.started
        route = ask.route or _route(scope)
        status = out.status or 499
        metrics.request(route, scope["method"], status).observe(seconds)
        if access.isEnabledFor(logging.INFO):
            access.info(
                "request",
                extra={
                    "request_id": ask.request_id,
                    "method": scope["method"],
                    "path": scope["path"],
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 2),
                    "bytes": out.sent,
                    "key": ask.caller.id,
                    "address": ask.address,
                },
            )


class _In:
    """What a client sends, and whether it has sent it all."""

    def __init__(self, receive: Receive, has_body: bool) -> None:
        self._receive = receive
        self.ended = not has_body

    async def receive(self) -> Message:
        """The next piece."""
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            self.ended = True
        return message

    async def linger(self) -> None:
        """Let a client finish that was refused while it sent: cut off, it might never read why."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                while not self.ended:
                    await self.receive()


class _Out:
    """The client's end: adds the headers that every response has, and counts."""

    def __init__(self, send: Send, ask: Ask, coming: _In, answers: Callable[[int], None], *, head: bool) -> None:
        self._send, self._coming, self._answers, self._head = send, coming, answers, head
        self._held = False
        self.extra: Headers = [(b"x-request-id", ask.request_id.encode())]
        self.status = 0
        self.sent = 0

    async def send(self, message: Message) -> None:
        """As the framework sends."""
        if message["type"] == "http.response.start":
            await self.start(message["status"], list(message["headers"]))
        elif self._head:
            if not message.get("more_body"):
                await self._send({"type": "http.response.body", "body": b""})
        else:
            self.sent += len(message.get("body", b""))
            if self.status >= 400 and not message.get("more_body") and not self._coming.ended:
                self._held = True
                message = {**message, "more_body": True}
            await self._send(message)

    async def end(self) -> None:
        """End a response that was held until its client had sent all."""
        if self._held:
            await self._coming.linger()
            await self._send({"type": "http.response.body", "body": b""})

    async def start(self, status: int, headers: Headers) -> None:
        """Status and headers."""
        self._answers(status)
        self.status = status
        if status >= 400 and not self._coming.ended:
            # What was not let in is not kept: the connection ends with it.
            self.extra.append((b"connection", b"close"))
        own = {name.lower() for name, _ in headers}
        secured = SECURITY if not own & _SECURED else [h for h in SECURITY if h[0] not in own]
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [*headers, *secured, *self.extra]}
        )

    async def body(self, body: bytes) -> None:
        """The whole body, in pieces: a slow client then holds a piece of it in memory, not all."""
        if self._head:
            body = b""
        self.sent += len(body)
        if len(body) <= _CHUNK:
            await self._send({"type": "http.response.body", "body": body})
            return
        view = memoryview(body)
        for start in range(0, len(body), _CHUNK):
            piece = bytes(view[start : start + _CHUNK])
            await self._send({"type": "http.response.body", "body": piece, "more_body": start + _CHUNK < len(body)})


async def _gone(receive: Receive) -> None:
    """Ends when the client goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stop(flight: _Flight) -> None:
    """Stop what runs for a flight that nobody waits for any more."""
    await asyncio.to_thread(flight.ask.stop)
    with suppress(Exception):
        await flight.task


def _etag(what: Hashable, state: Hashable) -> str:
    text = repr((what, state, __version__))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _among(known: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names the answer, in either of its encodings."""
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return bool(tags & {quoted(etag, True), quoted(etag, False)})


def _loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _route(scope: MutableMapping[str, Any]) -> str:
    """The route's template; what matched none is counted as one."""
    return str(getattr(scope.get("route"), "path", "") or "-")
