"""The application: ``uvicorn govgraph.api.app:app``, or ``govgraph serve``."""

from __future__ import annotations

import logging.config
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from govgraph import __version__
from govgraph.api import (
    checking,
    deciding,
    examples,
    export,
    judging,
    nodes,
    operation,
    problems,
    questions,
    routes,
    sending,
    settling,
    tracing,
)
from govgraph.api.cache import COMPRESSED_FROM
from govgraph.api.front import Front
from govgraph.api.service import Service, asked
from govgraph.errors import GovgraphError
from govgraph.graph import Graph
from govgraph.settings import Serving, serving

_DESCRIPTION = """Lineage and governance of public data, as a graph: which lifecycle stage of which data has a rule, somebody
responsible, a record; where a dataset came from, and under which rule at each hop.

Answers are those of the command line's `--json`. Every error is a problem (RFC 9457) with a stable `type`. A `GET` has a
strong `ETag` on the graph's version; send it back as `If-None-Match`. Where keys are in use, send
`Authorization: Bearer KEY`."""


def create_app(known: Serving | None = None, graph: Graph | None = None) -> ASGIApp:
    """The ASGI application.

    Args:
        known: settings; from the environment by default.
        graph: the graph to serve, which stays open when the server stops; by default the settings' is opened at the start.

    Raises:
        UsageError: a setting that can't be taken.
    """
    known = known or serving()
    logging.config.dictConfig(log_config(known.log_level))
    api = FastAPI(
        title="govgraph",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    asked_of = (questions.router, judging.router, checking.router, tracing.router)
    routers = (
        *asked_of,
        nodes.routes(),
        sending.router,
        deciding.router,
        settling.router,
        export.router,
        operation.router,
    )
    for router in routers:
        api.include_router(router)
    api.state.routes = [route for router in routers for route in router.routes]
    for kind in (GovgraphError, RequestValidationError, HTTPException, Exception):
        api.add_exception_handler(kind, _problem)
    api.openapi = lambda: _openapi(api)  # type: ignore[method-assign]
    front: ASGIApp = Front(GZipMiddleware(api, minimum_size=COMPRESSED_FROM, compresslevel=5), Service(known, graph))
    if known.origins:
        front = CORSMiddleware(
            front,
            allow_origins=known.origins,
            allow_methods=("GET", "HEAD", "POST", "DELETE"),
            allow_headers=("Authorization", "If-None-Match", "X-Deadline", "X-Request-Id"),
            expose_headers=("ETag", "Location", "RateLimit", "Retry-After", "X-Deadline", "X-Request-Id"),
        )
    return front


async def _problem(request: Request, error: Exception) -> Response:
    ask = asked(request)
    if isinstance(error, HTTPException) and error.status_code == 405:
        # The framework names the methods of one route of several on the same path.
        found_ = (r for r in request.app.state.routes if r.matches(request.scope)[0] is not Match.NONE)
        error.headers = {"Allow": ", ".join(sorted({m for route in found_ for m in route.methods}))}
    told = problems.of_exception(error)
    if told.code == "internal" or told.code not in problems.KINDS:
        logging.getLogger("govgraph.api").error("fault", exc_info=error, extra={"request_id": ask.request_id})
    found, headers = problems.problem(
        told, instance=request.url.path, request_id=ask.request_id, narrow=routes.narrowing(request)
    )
    return problems.response(found, headers)


def _openapi(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        found = get_openapi(
            title=api.title,
            version=api.version,
            description=api.description,
            routes=api.routes,
            license_info=api.license_info,
            tags=[
                {"name": "questions", "description": "What the graph is asked"},
                {"name": "nodes", "description": "What is in the graph, kind by kind"},
                {"name": "loads", "description": "What is put into the graph"},
                {"name": "operation", "description": "What an operator needs"},
            ],
        )
        schemas = found["components"]["schemas"]
        problem = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas |= problem.pop("$defs", {})
        schemas["Problem"] = problem
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for operation in (o for methods in found["paths"].values() for o in methods.values()):
            examples.put(operation)
        for path, methods in found["paths"].items():
            if path not in ("/healthz", "/readyz"):
                for method in methods.values():
                    method["security"] = [{"key": []}]
        api.openapi_schema = found
    return api.openapi_schema


def log_config(level: str) -> dict[str, Any]:
    """Logs as JSON lines on stderr; uvicorn's own, too."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
                "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                "json_ensure_ascii": False,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "loggers": {
            name: {"handlers": ["stderr"], "level": level.upper(), "propagate": False}
            for name in ("govgraph", "uvicorn")
        },
    }


def __getattr__(name: str) -> ASGIApp:
    # Made when a server asks for it: importing the module reads no settings.
    if name == "app":
        return create_app()
    raise AttributeError(f"module 'govgraph.api.app' has no attribute {name!r}")
