"""What Ray Serve's HTTP proxy says where nobody answers: 503 and when to ask again, in OpenAI's form.

    RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=raymath.serve.proxy:middlewares ray start …

The proxy passes requests on to the gateway. Where the gateway is lost with a request, Serve ends it without a word, and
the HTTP server makes a bare 500 of that. Serve takes middlewares for its proxies by this variable alone, in the
environment that Ray is started with: `raymath.session` and the image have it.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

_RETRY_AFTER_S = 5
_LOST = {
    "error": {
        "message": "the server lost this request: try again",
        "type": "ServiceUnavailableError",
        "param": None,
        "code": 503,
    }
}


def middlewares() -> list[Middleware]:
    """For Serve, in each of its proxies."""
    return [Middleware(Unanswered)]


class Unanswered:
    """Answers what the application behind it leaves without one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI says."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = False

        async def noting(message: Any) -> None:
            nonlocal began
            began = True
            await send(message)

        await self._app(scope, receive, noting)
        if not began:
            body = json.dumps(_LOST).encode()
            headers = [(b"content-type", b"application/json"), (b"retry-after", str(_RETRY_AFTER_S).encode())]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": body})
