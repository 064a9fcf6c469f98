"""A proxy whose gateway is lost says so: the middleware in front of applications that answer, fail to, or break off."""

from __future__ import annotations

import asyncio

import httpx
from starlette.types import Receive, Scope, Send

from raymath.serve.proxy import middlewares


def ask(*messages: dict[str, object]) -> httpx.Response:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    async def work() -> httpx.Response:
        (one,) = middlewares()
        transport = httpx.ASGITransport(one.cls(app))  # type: ignore[call-arg,arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/")

    return asyncio.run(work())


def test_what_is_left_without_an_answer_gets_one_and_nothing_else_does() -> None:
    lost = ask()
    assert lost.status_code == lost.json()["error"]["code"] == 503
    assert int(lost.headers["retry-after"]) > 0
    begun = {"type": "http.response.start", "status": 418, "headers": []}
    whole = ask(begun, {"type": "http.response.body", "body": b"tea"})
    assert (whole.status_code, whole.text) == (418, "tea")
