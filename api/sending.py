"""Loads over HTTP: the routes, and an upload's way to the disk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, parse_options_header
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response, StreamingResponse

from govgraph.api import formats
from govgraph.api.loads import ENDED, Load, LoadList
from govgraph.api.problems import RefusedError, documented
from govgraph.api.routes import PREFIX, link_to, strict
from govgraph.api.service import Ask
from govgraph.errors import UsageError
from govgraph.loaders import LOADERS, RESERVED
from govgraph.loaders.run import CATALOGUE, check_names
from govgraph.loaders.tabular import kind_of

router = APIRouter()
_MULTIPART = "multipart/form-data"
_BODIES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/x-ndjson",
    "application/vnd.apache.parquet",
    "application/octet-stream",
)
"""What a bare body may be; its content says what it is."""
_REJECTS = {
    ".csv": formats.MEDIA_TYPES[formats.CSV],
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
}
_KEEP_ALIVE = 15.0
"""Seconds without news after which a follower is sent a comment, so that nothing on the way drops the connection."""
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_BLOCK = 1 << 20
Asked = Annotated[Ask, Depends(strict)]
Id = Annotated[str, InPath(description="Id of the load", examples=["20240321093000000000-5f0c9a1e7d3b4c21"])]
_SENT: dict[str, Any] = {
    "requestBody": {
        "description": "A file of the kind, or a catalogue: .xlsx, .xls, .ods, CSV, JSON Lines or Parquet, told by its content; as a "
        "form's file, or as the body itself. None for baseline and dates",
        "content": {
            _MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            **{b: {"schema": {"type": "string", "format": "binary"}} for b in _BODIES},
        },
    },
}


@router.post(
    f"{PREFIX}/loads",
    operation_id="send_load",
    summary="Send a load: a file of a kind, a government catalogue, or one of the built-in sources",
    tags=["loads"],
    status_code=202,
    response_model=None,
    responses={
        202: {
            "model": Load,
            "links": {
                name: link
                for operation in ("show_load", "cancel_load", "show_rejects", "follow_load")
                for name, link in link_to(operation, "$response.body#/id").items()
            },
            "headers": {"Location": {"description": "Where its state is", "schema": {"type": "string"}}},
        },
        **documented(409, 413, 415),
    },
    openapi_extra=_SENT,
)
async def send_load(
    request: Request,
    ask: Asked,
    what: Annotated[
        Literal["csv", "catalogue", "baseline", "dates"],
        Query(description="What is loaded; csv: a file of a kind, whatever its format"),
    ] = "csv",
    kind: Annotated[str | None, Query(description="Of csv: node kind or edge type", examples=["Resource"])] = None,
    source: Annotated[str | None, Query(max_length=200, description="Whose word the rows are; the key's name")] = None,
    name: Annotated[str | None, Query(max_length=200, description="Of a bare body: the file's name")] = None,
    map: Annotated[
        list[str] | None,
        Query(max_length=200, description="What a header means: HEADER=FIELD", examples=["数源单位=provider"]),
    ] = None,
    dry_run: Annotated[bool, Query(description="Say what would happen; change nothing")] = False,
    full: Annotated[
        bool, Query(description="The file is all that the source has of its kind: sweep what it no longer lists")
    ] = False,
    sweep_limit: Annotated[
        float | None,
        Query(ge=0, le=1, description="Of full: the share of what the source had above which nothing is swept (0.5)"),
    ] = None,
    placeholders: Annotated[
        bool, Query(description="Make what a row names and nobody lists, instead of refusing the row")
    ] = False,
) -> Response:
    """The rows are checked and land batch by batch, one load after another; the answer says where to look on."""
    ask.caller.needs("write")
    loads = ask.service.loads
    if full:
        ask.caller.needs_everything("a full reload")
    if placeholders:
        ask.caller.needs_everything("making placeholders")
    if sweep_limit is not None and not full:
        raise UsageError("sweep_limit is about a full reload; write full=true, too")
    if what in LOADERS:
        ask.caller.needs_everything(f"load {what}")
        if kind or source or name or map:
            raise UsageError(f"load {what} brings its own facts: no kind, source, name or map")
    elif what == CATALOGUE:
        if kind:
            raise UsageError("a catalogue holds rows of several kinds: no kind")
    elif not kind:
        raise UsageError("name the kind of the rows: kind=Resource; /v1/model lists the kinds")
    told = kind_of(kind or "") if what == "csv" else what
    pairs = check_names(told, map or ()) if what not in LOADERS else []
    whose = source if what in LOADERS else source or (ask.caller.name if ask.caller.id != "-" else None)
    if whose in RESERVED:
        raise UsageError(f"source {whose} is the name of a built-in source; choose another")
    id_ = await asyncio.to_thread(loads.reserve)
    try:
        file = (
            None
            if what in LOADERS
            else await _received(request, loads.upload(id_), name, ask.service.serving.upload_mb)
        )
    except BaseException:
        await asyncio.to_thread(loads.drop, id_)
        raise
    # Before it can end: what the log tells is in the order in which it came about.
    ask.service.note(ask, "send load", "accepted", load=id_, what=told, file=file, dry_run=dry_run)
    found = await asyncio.to_thread(
        loads.send,
        id_,
        ask.caller,
        what=told,
        file=file,
        source=whose,
        names=pairs,
        dry_run=dry_run,
        full=full,
        sweep_limit=sweep_limit,
        placeholders=placeholders,
    )
    return _stated(found, 202, {"Location": f"{PREFIX}/loads/{id_}"})


def queued(
    group: APIRouter, path: str, operation_id: str, summary: str, *refusals: int
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a route of a group whose work waits its turn among the loads: 202, and where its state is.

    ``refusals``: the statuses of what may be refused, beside the usual ones.
    """
    where = {"Location": {"description": "Where its state is", "schema": {"type": "string"}}}
    return group.post(
        f"{PREFIX}{path}",
        operation_id=operation_id,
        summary=summary,
        tags=["loads"],
        status_code=202,
        response_model=None,
        responses={202: {"model": Load, "headers": where}, **documented(*refusals)},
    )


async def queue(ask: Ask, action: str, noted: dict[str, Any], **what: Any) -> Response:
    """Put work among the loads (:meth:`~govgraph.api.loads.Loads.send`), once the audit log says that it was taken."""
    loads = ask.service.loads
    id_ = await asyncio.to_thread(loads.reserve)
    ask.service.note(ask, action, "accepted", load=id_, **noted)
    found = await asyncio.to_thread(loads.send, id_, ask.caller, **what)
    return _stated(found, 202, {"Location": f"{PREFIX}/loads/{id_}"})


@queued(
    router, "/runs/{number}/undo", "undo_run", "Take a run back: everything that it changed becomes what it was", 409
)
async def undo_run(
    ask: Asked, number: Annotated[str, InPath(max_length=20, description="Number of the run", examples=["3"])]
) -> Response:
    """One writer at a time: it waits its turn among the loads. Where later runs changed the same, its state is `refused`."""
    ask.caller.needs("write")
    ask.caller.needs_everything("an undo")
    run = (await ask.run(lambda library: library.run(number))).items[0]
    if run.undone_by:
        raise RefusedError("conflict", f"run {number} was undone by run {run.undone_by}; undo that one to have it back")
    return await queue(ask, "undo run", {"undoes": number}, what="undo", undoes=number)


@router.get(
    f"{PREFIX}/loads",
    operation_id="list_loads",
    summary="The loads that this key sent, newest first; an admin's key sees all",
    tags=["loads"],
    response_model=None,
    responses={200: {"model": LoadList}, **documented()},
)
async def list_loads(
    ask: Asked, limit: Annotated[int, Query(ge=1, le=1_000, description="At most so many in this answer")] = 100
) -> Response:
    every = await asyncio.to_thread(ask.service.loads.every, ask.caller)
    return _stated(LoadList(total=len(every), items=every[:limit]))


@router.get(
    f"{PREFIX}/loads/{{id}}",
    operation_id="show_load",
    summary="A load as it stands: its place in the queue, rows read, and at the end what it did",
    tags=["loads"],
    response_model=None,
    responses={200: {"model": Load}, **documented()},
)
async def show_load(ask: Asked, id: Id) -> Response:
    return _stated(await asyncio.to_thread(ask.service.loads.find, id, ask.caller))


@router.delete(
    f"{PREFIX}/loads/{{id}}",
    operation_id="cancel_load",
    summary="Take a load back that waits, or stop one that runs after its last whole batch",
    tags=["loads"],
    status_code=202,
    response_model=None,
    responses={202: {"model": Load}, **documented(409)},
)
async def cancel_load(ask: Asked, id: Id) -> Response:
    ask.caller.needs("write")
    found = await asyncio.to_thread(ask.service.loads.cancel, id, ask.caller)
    ask.service.note(ask, "cancel load", "accepted", load=id)
    return _stated(found, 202)


@router.get(
    f"{PREFIX}/loads/{{id}}/rejects",
    operation_id="show_rejects",
    summary="The refused rows, whole, with the reason beside each: correct and send it again",
    tags=["loads"],
    response_model=None,
    responses={
        200: {
            "description": "In the format of the file that was sent; .xlsx for every spreadsheet",
            "content": {
                b: {"schema": {"type": "string", "format": "binary"}}
                for b in (m.partition(";")[0] for m in _REJECTS.values())
            },
        },
        **documented(),
    },
)
async def show_rejects(ask: Asked, id: Id) -> Response:
    path = await asyncio.to_thread(ask.service.loads.rejects, id, ask.caller)
    return FileResponse(
        path,
        media_type=_REJECTS[path.suffix],
        filename=f"govgraph-rejects-{id}{path.suffix}",
        headers={"Cache-Control": "no-store"},
    )


@router.get(
    f"{PREFIX}/loads/{{id}}/events",
    operation_id="follow_load",
    summary="A load as server-sent events: `progress` whenever it has changed, `end` at last",
    tags=["loads"],
    response_model=None,
    responses={
        200: {"description": "Events", "content": {"text/event-stream": {}}},
        **documented(),
    },
)
async def follow_load(ask: Asked, id: Id) -> Response:
    await asyncio.to_thread(ask.service.loads.find, id, ask.caller)
    return StreamingResponse(
        _events(ask, id), media_type=formats.MEDIA_TYPES[formats.EVENTS], headers={"Cache-Control": "no-store"}
    )


async def _events(ask: Ask, id_: str) -> AsyncIterator[str]:
    states = ask.service.loads.follow(id_, ask.caller)
    following = asyncio.ensure_future(anext(states))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=_KEEP_ALIVE)
            if not done:
                yield ": still there\n\n"
                continue
            try:
                state = following.result()
            except StopAsyncIteration:
                return
            yield f"event: {'end' if state.status in ENDED else 'progress'}\ndata: {state.model_dump_json()}\n\n"
            following = asyncio.ensure_future(anext(states))
    finally:
        following.cancel()


def _stated(found: Load | LoadList, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A load, or several, as a response that nothing keeps."""
    return Response(
        found.model_dump_json(by_alias=True),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=formats.MEDIA_TYPES[formats.JSON],
    )


# --- the way to the disk ----------------------------------------------------------------------------------------


async def _received(request: Request, folder: Path, name: str | None, most_mb: int) -> str:
    """Write the body to the folder as it comes; the name of the file.

    Raises:
        RefusedError: too_large, unsupported_media_type, bad_value: an empty or a malformed body.
    """
    most = most_mb << 20
    kind, options = parse_options_header(request.headers.get("content-type"))
    media_type = kind.decode("latin-1")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise _too_large(most_mb)
    if media_type == _MULTIPART:
        boundary = options.get(b"boundary")
        if not boundary:
            raise RefusedError("bad_value", "the form has no boundary in its Content-Type")
        return await _form(request, folder, boundary, most_mb)
    if media_type and media_type not in _BODIES:
        raise RefusedError(
            "unsupported_media_type", f"send the file as {_MULTIPART}, or as a body of {' or '.join(_BODIES)}"
        )
    told = _safe(name or "body.csv")
    size = 0
    with (folder / told).open("wb") as stream:
        async for block in _blocks(request):
            size += len(block)
            if size > most:
                raise _too_large(most_mb)
            await asyncio.to_thread(stream.write, block)
    if not size:
        raise RefusedError("bad_value", "the body is empty; send a file")
    return told


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """The body in blocks that are worth a write.

    Raises:
        RefusedError: bad_input: who sends it went away before its end.
    """
    held = bytearray()
    try:
        async for piece in request.stream():
            held += piece
            if len(held) >= _BLOCK:
                yield bytes(held)
                held.clear()
    except ClientDisconnect:
        raise RefusedError("bad_input", "the file was cut off: its sender went away") from None
    if held:
        yield bytes(held)


async def _form(request: Request, folder: Path, boundary: bytes, most_mb: int) -> str:
    found: list[File] = []

    def take(file: File) -> None:
        found.append(file)
        if len(found) > 1:
            raise RefusedError("bad_value", "one load takes one file; send the others as loads of their own")

    parser = FormParser(
        _MULTIPART,
        on_field=lambda field: None,
        on_file=take,
        boundary=boundary,
        config={
            "UPLOAD_DIR": str(folder),
            "UPLOAD_DELETE_TMP": False,
            "MAX_MEMORY_FILE_SIZE": 0,
            "MAX_BODY_SIZE": most_mb << 20,
            "MAX_FIELDS": 20,
            "MAX_FIELD_SIZE": 10_000,
        },
    )
    size = 0
    try:
        async for block in _blocks(request):
            size += len(block)
            if size > most_mb << 20:
                raise _too_large(most_mb)
            await asyncio.to_thread(parser.write, block)
        await asyncio.to_thread(parser.finalize)
        if not found or not found[0].size:
            raise RefusedError(
                "bad_value", "the form holds no file, or an empty one; send it as -F file=@resources.csv"
            )
        sent = found[0]
        told = _safe((sent.file_name or b"body.csv").decode("utf-8", "replace"))
        await asyncio.to_thread(_keep, sent, folder / told)
        return told
    except FormParserError as error:
        raise RefusedError("bad_value", f"the form can't be read: {error}") from None
    finally:
        await asyncio.to_thread(parser.close)
        for file in found:
            file.close()


def _keep(sent: File, path: Path) -> None:
    if sent.in_memory:
        stream: BinaryIO = sent.file_object
        stream.seek(0)
        path.write_bytes(stream.read())
    else:
        sent.close()
        Path(sent.actual_file_name.decode()).rename(path)  # type: ignore[union-attr]


def _safe(name: str) -> str:
    """A file's name that leads nowhere else: its last part, without what a file system does not take."""
    last = name.replace("\\", "/").rpartition("/")[2]
    bare = _UNSAFE.sub("_", last).strip(" .").encode("utf-8", "replace")[:150].decode("utf-8", "ignore")
    return bare or "body.csv"


def _too_large(most_mb: int) -> RefusedError:
    return RefusedError(
        "too_large", f"an upload may have {most_mb:,} MiB; send it in parts, or raise GOVGRAPH_UPLOAD_MB"
    )
