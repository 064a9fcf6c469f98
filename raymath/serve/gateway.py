"""The HTTP side of serving: lets callers in, holds them to their limits, and passes on what they ask.

    app = application({"mine"}, ask, settings.serve, Journal(settings.serve, count))

An ASGI application that knows names, not models: `Ask` is how a model is reached, and is Ray Serve's in
`raymath.serve.app`. ``/``, ``/health`` and ``/ready`` are open, ``/v1`` wants a key where keys are set. A field of
requests beyond OpenAI's, for every model: ``timeout``, seconds for the whole answer; 504 after them. Whatever is wrong
with a request is said in OpenAI's form; no message has a path of the machine or another caller's text.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from raymath.config import ServeSettings
from raymath.errors import UserError
from raymath.serve import page, wire
from raymath.serve.asgi import Head
from raymath.serve.keys import KeyRing
from raymath.serve.limits import Callers, Limits, bound, parse, seconds
from raymath.serve.observe import Journal, Seen

_RETRY_AFTER_S = 5
#: What the log says of a request whose client did not wait for the answer.
_CLIENT_GONE = 499
_log = logging.getLogger("ray.serve.requests")


class Ask(Protocol):
    """How a model is reached."""

    def __call__(self, model: str, path: str, body: bytes) -> AsyncIterator[Head | bytes]:
        """A request's answer: a `Head`, then its body in parts. Closing it ends the work.

        Raises:
            RefusalError: 503, the model cannot answer now.
        """
        ...

    async def waiting(self) -> list[str]:
        """Models without a replica that answers."""
        ...


class Gateway:
    """The state of the HTTP side; `application` makes the routes.

    Args:
        models: the names of the models.
        ask: how they are reached.
        settings: keys and limits.
        journal: is told of each request.
        in_flight: is told of the number of requests that are being answered.

    Raises:
        UserError: the file of keys cannot be read.
    """

    def __init__(
        self,
        models: Collection[str],
        ask: Ask,
        settings: ServeSettings,
        journal: Journal,
        in_flight: Callable[[int], None],
    ) -> None:
        self.models, self.ask, self._settings, self._journal = tuple(models), ask, settings, journal
        self.created = int(time.time())
        self._keys = KeyRing(Path(settings.keys)) if settings.keys else None
        self._callers = Callers()
        self._in_flight, self._now = in_flight, 0

    def caller(self, request: Request) -> Limits:
        """Who asks.

        Raises:
            RefusalError: 401, without a key that is known.
        """
        own = self._settings
        names = ("max_tokens", "max_rounds", "max_in_flight", "requests_per_minute")
        common = {name: getattr(own, name) for name in names}
        if self._keys is None:
            return Limits("", **common)
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        try:
            key = self._keys.find(secret.strip()) if scheme.lower() == "bearer" else None
        except UserError as error:
            _log.error("%s", error)
            raise wire.RefusalError(503, "keys cannot be checked at the moment: try again") from None
        if key is None:
            raise wire.RefusalError(401, "a key is needed: 'Authorization: Bearer KEY', with one that is valid")
        return Limits(key.name, **{name: getattr(key, name) or common[name] for name in names})

    async def complete(self, request: Request) -> Response:
        """A completion, by the model that the body names."""
        ends = ExitStack()
        seen = Seen(f"req-{uuid.uuid4().hex}")
        ends.callback(self._end, seen)
        self._count(1)
        try:
            return await self._complete(request, seen, ends)
        except wire.RefusalError as refused:
            seen.status, seen.error = refused.status, refused.message
            raise
        except (asyncio.CancelledError, ClientDisconnect):
            seen.status = _CLIENT_GONE
            raise
        except BaseException as error:
            seen.status, seen.error = 500, type(error).__name__
            raise
        finally:
            if not seen.stream:
                ends.close()

    async def _complete(self, request: Request, seen: Seen, ends: ExitStack) -> Response:
        limits = self.caller(request)
        seen.key = limits.name
        ends.enter_context(self._callers.admit(limits))
        body = await read_body(request, self._settings.max_body_bytes)
        data = parse(body)
        served = wire.parse_name(data.get("model"), self.models)
        seen.model, seen.mode = served
        seen.question = data if self._journal.keeps_contents else None
        bounded = bound(data, limits)
        timeout = seconds(data, "timeout")
        if bounded != data:
            body = json.dumps(bounded).encode()
        deadline = None if timeout is None else time.monotonic() + timeout
        answer = self.ask(served.model, request.scope["route"].path, body)
        parts = self._watched(answer, seen, deadline)
        collected = asyncio.create_task(_whole_or_head(parts))
        gone = asyncio.create_task(_disconnected(request))
        try:
            await asyncio.wait({collected, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not collected.done():
                seen.status = _CLIENT_GONE
                return Response(status_code=_CLIENT_GONE)
            head, content = collected.result()
        finally:
            gone.cancel()
            if not collected.done():
                collected.cancel()
                with suppress(asyncio.CancelledError):
                    await collected
        seen.status = head.status
        if content is None:
            seen.stream = True
            return _Stream(parts, ends, seen, head)
        headers = {"Retry-After": str(_RETRY_AFTER_S)} if head.status == 503 else None
        return Response(content, head.status, headers, media_type=head.content_type)

    async def _watched(
        self, answer: AsyncIterator[Head | bytes], seen: Seen, deadline: float | None
    ) -> AsyncIterator[Head | bytes]:
        """The answer, seen by the journal and ended at the deadline."""
        try:
            while True:
                left = None if deadline is None else deadline - time.monotonic()
                try:
                    async with asyncio.timeout(left):
                        part = await anext(answer)
                except StopAsyncIteration:
                    return
                if isinstance(part, bytes):
                    seen.read(part, self._journal.keeps_contents)
                yield part
        except TimeoutError:
            raise wire.RefusalError(504, "the answer was not ready within the request's timeout") from None
        finally:
            await answer.aclose()  # type: ignore[attr-defined]

    def _count(self, more: int) -> None:
        self._now += more
        self._in_flight(self._now)

    def _end(self, seen: Seen) -> None:
        self._count(-1)
        self._journal.done(seen)


class _Stream(StreamingResponse):
    """Server-sent events; whatever ends the response also ends the work behind it."""

    def __init__(self, parts: Any, ends: ExitStack, seen: Seen, head: Head) -> None:
        self._parts, self._ends, self._seen = parts, ends, seen
        super().__init__(self._events(), head.status, {"Cache-Control": "no-store"}, media_type=head.content_type)

    async def _events(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._parts:
                yield part
        except wire.RefusalError as refused:
            # The status has been sent: the client of a stream learns of it by an event of its own.
            self._seen.status, self._seen.error = refused.status, refused.message
            yield f"data: {json.dumps(wire.error_body(refused.status, refused.message))}\n\n".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = False

        async def noting(message: Any) -> None:
            nonlocal whole
            await send(message)
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            await super().__call__(scope, receive, noting)
        finally:
            if not whole:
                self._seen.status = _CLIENT_GONE
            self._ends.close()
            await self._parts.aclose()


def application(
    models: Collection[str],
    ask: Ask,
    settings: ServeSettings,
    journal: Journal,
    in_flight: Callable[[int], None],
) -> FastAPI:
    """The ASGI application; the arguments are those of `Gateway`."""
    gateway = Gateway(models, ask, settings, journal, in_flight)
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
        headers = {"Retry-After": str(_RETRY_AFTER_S)} if waiting else None
        return JSONResponse({"ready": not waiting, "waiting": waiting}, 503 if waiting else 200, headers)

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

    api.add_api_route("/health", health)
    api.add_api_route("/ready", ready)
    api.add_api_route("/v1/models", listed)
    api.add_api_route("/v1/models/{name:path}", one)
    api.add_api_route("/page/math", math, methods=["POST"])
    for path in page.ASSETS:
        api.add_api_route(path, asset)
    for path in ("/v1/chat/completions", "/v1/completions"):
        api.add_api_route(path, complete, methods=["POST"], response_model=None)
    return api


async def read_body(request: Request, most: int) -> bytes:
    """A request's body.

    Raises:
        RefusalError: 413, as soon as it is too large.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise wire.RefusalError(413, f"the body is larger than {most} bytes")
    return bytes(body)


async def _whole_or_head(parts: AsyncIterator[Head | bytes]) -> tuple[Head, bytes | None]:
    """The head and the whole body; of a stream the head alone."""
    head = await anext(parts)
    assert isinstance(head, Head)
    if head.content_type.startswith("text/event-stream"):
        return head, None
    return head, b"".join([part async for part in parts if isinstance(part, bytes)])


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, wire.RefusalError)
    return _error(error.status, error.message, error.param, error.wait)


async def _no_such_route(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, str(error.detail))


async def _failed(_request: Request, error: Exception) -> Response:
    _log.error("a request failed", exc_info=error)
    return _error(500, "the server failed on this request")


def _error(status: int, message: str, param: str | None = None, wait: int | None = None) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if wait is not None or status == 503:
        headers["Retry-After"] = str(wait or _RETRY_AFTER_S)
    return JSONResponse(wire.error_body(status, message, param), status, headers)
