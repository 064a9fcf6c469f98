"""The routes of the HTTP side: OpenAI's API, the page, what monitors ask; and errors in OpenAI's form.

    app = application({"mine"}, ask, settings.serve, Journal(settings.serve, count), in_flight)

``/``, ``/health``, ``/ready`` and ``/openapi.json`` are open, ``/v1`` wants a key where keys are set. What a request
goes through is left to `raymath.serve.gateway`, how the API is described to `raymath.serve.openapi`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from raymath.config import ServeSettings
from raymath.serve import openapi, page, wire
from raymath.serve.gateway import RETRY_AFTER_S, Ask, Gateway, read_body
from raymath.serve.limits import parse
from raymath.serve.observe import Journal

_log = logging.getLogger("ray.serve.requests")


def application(
    models: Collection[str],
    ask: Ask,
    settings: ServeSettings,
    journal: Journal,
    in_flight: Callable[[int], None],
) -> FastAPI:
    """The ASGI application; the arguments are those of `Gateway`, which is its ``state.gateway``."""
    gateway = Gateway(models, ask, settings, journal, in_flight)
    described = openapi.document(gateway.models, keys=bool(settings.keys))
    api = FastAPI(title="raymath", openapi_url=None, docs_url=None, redoc_url=None)
    if settings.origins:
        api.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    api.add_exception_handler(wire.RefusalError, _refused)
    api.add_exception_handler(HTTPException, _no_such_route)
    api.add_exception_handler(Exception, _failed)

    async def health() -> Response:
        return Response()

    async def ready() -> JSONResponse:
        waiting = await ask.waiting()
        now = not waiting and not gateway.stopping
        headers = None if now else {"Retry-After": str(RETRY_AFTER_S)}
        return JSONResponse({"ready": now, "waiting": waiting}, 200 if now else 503, headers)

    async def description() -> JSONResponse:
        return JSONResponse(described)

    async def listed(request: Request) -> JSONResponse:
        gateway.caller(request)
        return JSONResponse(wire.model_list(gateway.models, gateway.created))

    async def one(request: Request, name: str) -> JSONResponse:
        gateway.caller(request)
        wire.parse_name(name, gateway.models)
        return JSONResponse(wire.model_card(name, gateway.created))

    async def complete(request: Request) -> Response:
        return await gateway.complete(request)

    async def math(request: Request) -> JSONResponse:
        gateway.caller(request)
        data = parse(await read_body(request, settings.max_body_bytes))
        return JSONResponse({"mathml": await asyncio.to_thread(page.mathml, data.get("formulas"))})

    async def asset(request: Request) -> Response:
        name, kind = page.ASSETS[request.scope["route"].path]
        return Response(page.asset(name), headers=dict(page.HEADERS), media_type=kind)

    api.state.gateway = gateway
    api.add_api_route("/health", health)
    api.add_api_route("/openapi.json", description)
    api.add_api_route("/ready", ready)
    api.add_api_route("/v1/models", listed)
    api.add_api_route("/v1/models/{name:path}", one)
    api.add_api_route("/page/math", math, methods=["POST"])
    for path in page.ASSETS:
        api.add_api_route(path, asset)
    for path in ("/v1/chat/completions", "/v1/completions"):
        api.add_api_route(path, complete, methods=["POST"], response_model=None)
    return api


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, wire.RefusalError)
    return _error(error.status, error.message, error.param, error.wait)


async def _no_such_route(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = _error(error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})  # of 405: which methods there are
    return answer


async def _failed(_request: Request, error: Exception) -> Response:
    _log.error("a request failed", exc_info=error)
    return _error(500, "the server failed on this request")


def _error(status: int, message: str, param: str | None = None, wait: int | None = None) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if wait is not None or status == 503:
        headers["Retry-After"] = str(wait or RETRY_AFTER_S)
    return JSONResponse(wire.error_body(status, message, param), status, headers)
