"""What an operator asks: is it alive, is it ready, what are its numbers; and the page that tells the routes."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from govgraph import __version__
from govgraph.api import metrics
from govgraph.api.problems import documented
from govgraph.api.service import Ask, asked
from govgraph.model import SCHEMA_VERSION

router = APIRouter()
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_PAGE_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>govgraph API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
"""
_SCRIPT = """"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  validatorUrl: null,
});
"""


class Health(BaseModel):
    """The process is alive, or ready."""

    status: str
    version: str
    graph_version: str | None = None
    schema_version: int | None = None


@router.get("/healthz", operation_id="health", summary="The process is alive", tags=["operation"])
async def healthz() -> Health:
    return Health(status="alive", version=__version__)


@router.get(
    "/readyz",
    operation_id="ready",
    summary="The graph can be asked, and its schema is the one that this version reads",
    tags=["operation"],
    responses={503: documented()[503]},
)
async def readyz(ask: Annotated[Ask, Depends(asked)]) -> Health:
    # The engine refuses a graph of another schema when it is opened; asking shows that it still answers.
    version = await ask.service.versions.look()
    return Health(status="ready", version=__version__, graph_version=version, schema_version=SCHEMA_VERSION)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Numbers for Prometheus; with keys, for a key with the scope admin",
    tags=["operation"],
    response_model=None,
    responses={
        200: {"description": "Text", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **{s: documented()[s] for s in (401, 403, 429)},
    },
)
async def numbers(ask: Annotated[Ask, Depends(asked)]) -> Response:
    ask.caller.needs("admin")
    return Response(metrics.page(), headers={"Cache-Control": "no-store"}, media_type=metrics.CONTENT_TYPE)


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    return Response(_PAGE, media_type="text/html", headers=_PAGE_POLICY)


@router.get("/docs/{name}", include_in_schema=False)
async def asset(request: Request, name: str) -> Response:
    """The parts of the page; Swagger UI's come from the package that ships them."""
    if name == "page.js":
        return Response(_SCRIPT, media_type="text/javascript")
    if name not in _ASSETS:
        from starlette.exceptions import HTTPException

        raise HTTPException(404)
    body = (files("fastapi_swagger") / "resources" / name).read_bytes()
    return Response(body, media_type=_ASSETS[name], headers={"Cache-Control": "private, max-age=86400"})
