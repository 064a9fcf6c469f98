"""Call an ASGI application from within the process: how vLLM's own OpenAI layer is asked without a socket.

    async for part in call(app, "/v1/chat/completions", body):
        ...                                     # a Head, then bytes as they come

HTTP itself, and what the application answers, is left to others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class Head(NamedTuple):
    """The first thing a streamed answer says: HTTP status and content type."""

    status: int
    content_type: str


async def call(app: ASGIApp, path: str, body: bytes) -> AsyncIterator[Head | bytes]:
    """Call an ASGI application with a POST of JSON; its answer as it comes.

    Closing the iterator tells the application that the client has gone.
    """
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        "client": None,
        "server": None,
        "state": {},
    }
    sent = False
    gone = asyncio.Event()
    answers: asyncio.Queue[MutableMapping[str, Any] | None] = asyncio.Queue()

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.put_nowait(message)

    async def work() -> None:
        try:
            await app(scope, receive, send)
        finally:
            answers.put_nowait(None)

    task = asyncio.create_task(work())
    try:
        ended = False
        while not ended:
            waiting = [await answers.get()]
            # What has come meanwhile goes along: under load a part costs more than its bytes.
            while not answers.empty():
                waiting.append(answers.get_nowait())
            ended = waiting[-1] is None
            messages = [message for message in waiting if message is not None]
            for message in messages:
                if message["type"] == "http.response.start":
                    kinds = [value for key, value in message["headers"] if key.lower() == b"content-type"]
                    yield Head(message["status"], kinds[0].decode() if kinds else "application/json")
            if body := b"".join(message.get("body", b"") for message in messages):
                yield body
        await task
    finally:
        gone.set()
        task.cancel()
