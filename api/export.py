"""The whole graph as a download."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from govgraph import transfer
from govgraph.api.problems import documented
from govgraph.api.routes import PREFIX, strict
from govgraph.api.service import Ask

router = APIRouter()


@router.get(
    f"{PREFIX}/export/neo4j-import",
    operation_id="export_neo4j_import",
    summary="The whole graph as files for Neo4j's offline import, in an archive",
    tags=["operation"],
    response_model=None,
    responses={
        200: {
            "description": "A zip archive",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **documented(),
    },
)
async def export_neo4j_import(ask: Annotated[Ask, Depends(strict)]) -> Response:
    """For a key with the scope admin that sees everything. The deadline is that of each part, not of the whole."""
    ask.caller.needs("admin")
    ask.caller.needs_everything("the export")
    asking = ask.open()
    # On the disk of the loads, which is where large things go.
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=ask.service.serving.loads))

    def work() -> Path:
        transfer.export_neo4j(asking, folder / "graph", progress=lambda done: asking.extend())
        archive = folder / "graph.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
            for file in sorted((folder / "graph").iterdir()):
                out.write(file, file.name)
                file.unlink()
        return archive

    try:
        archive = await ask.stoppable(work)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_forget, folder)
        raise
    finally:
        asking.close()
    ask.service.note(ask, "export", "done")
    return FileResponse(
        archive,
        media_type="application/zip",
        filename="govgraph-neo4j-import.zip",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(_forget, folder),
    )


def _forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
