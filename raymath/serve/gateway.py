"""The HTTP side of serving: lets callers in, holds them to their limits, and passes on what they ask.

    gateway = Gateway({"mine"}, ask, settings.serve, Journal(settings.serve, count), in_flight)

It knows names, not models: `Ask` is how a model is reached, and is Ray Serve's in `raymath.serve.app`. A field of
requests beyond OpenAI's, for every model: ``timeout``, seconds for the whole answer; 504 after them. OpenAI's
``prompt_cache_key`` names what a request belongs to (`ServeSettings.session_affinity`). Whatever is wrong with a
request is said in OpenAI's form; no message has a path of the machine or another caller's text. The routes, and how
errors are answered, are left to `raymath.serve.routes`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from raymath.config import ServeSettings
from raymath.errors import UserError
from raymath.serve import wire
from raymath.serve.asgi import Head
from raymath.serve.keys import KeyRing
from raymath.serve.limits import Callers, Limits, bound, parse, seconds, text
from raymath.serve.observe import Journal, Seen

RETRY_AFTER_S = 5
#: How often it is looked whether all requests have ended.
_LOOK_EVERY_S = 0.1
#: What requests that may not go on get to tell their clients so.
_ANSWER_S = 5
_STOPPING = "the server is being stopped: try again"
#: What the log says of a request whose client did not wait for the answer.
_CLIENT_GONE = 499
_log = logging.getLogger("ray.serve.requests")


class Ask(Protocol):
    """How a model is reached."""

    def __call__(self, model: str, path: str, body: bytes, session: str) -> AsyncIterator[Head | bytes]:
        """A request's answer: a `Head`, then its body in parts. Closing it ends the work.

        Args:
            session: requests that have one in common read much of the same; empty where nothing is known.

        Raises:
            RefusalError: 503, the model cannot answer now.
        """
        ...

    async def waiting(self) -> list[str]:
        """Models without a replica that answers."""
        ...


class Gateway:
    """The state of the HTTP side; `raymath.serve.routes` makes the routes.

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
        self._stopping, self._last, self._waits = False, math.inf, set[asyncio.Timeout]()

    @property
    def stopping(self) -> bool:
        """No request is taken any more."""
        return self._stopping

    async def drain(self, longest_s: float) -> None:
        """Take no request any more, and wait for those under way; after `longest_s` they are answered with 503."""
        self._stopping = True
        self._last = time.monotonic() + longest_s
        for waits in self._waits:
            last = asyncio.get_running_loop().time() + longest_s
            waits.reschedule(min(last, waits.when() or last))
        while self._now and time.monotonic() < self._last + _ANSWER_S:
            await asyncio.sleep(_LOOK_EVERY_S)

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
        if self._stopping:
            raise wire.RefusalError(503, _STOPPING)
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
        session = text(data, "prompt_cache_key")
        if bounded != data:
            body = json.dumps(bounded).encode()
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        answer = self.ask(served.model, request.scope["route"].path, body, session)
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
        headers = {"Retry-After": str(RETRY_AFTER_S)} if head.status == 503 else None
        return Response(content, head.status, headers, media_type=head.content_type)

    async def _watched(
        self, answer: AsyncIterator[Head | bytes], seen: Seen, deadline: float
    ) -> AsyncIterator[Head | bytes]:
        """The answer, seen by the journal and ended at the deadline."""
        try:
            while True:
                last = min(deadline, self._last)
                waits = asyncio.timeout(None if last == math.inf else last - time.monotonic())
                self._waits.add(waits)
                try:
                    async with waits:
                        part = await anext(answer)
                except StopAsyncIteration:
                    return
                finally:
                    self._waits.discard(waits)
                if isinstance(part, bytes):
                    seen.read(part, self._journal.keeps_contents)
                yield part
        except TimeoutError:
            if self._stopping:
                raise wire.RefusalError(503, _STOPPING) from None
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
