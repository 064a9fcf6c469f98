"""The Serve application: one deployment a model, and the gateway that HTTP reaches.

    application = build({"mine": "path/to/model"}, settings)       # for `ray.serve.run`

A replica of a model is an engine with the tool loop beside it: programs run on the replica's machine, and a round
goes on without leaving it. It answers in two ways:

- ``solve(message, mode, sampling, protocol) -> dict``, for handles: one conversation with all there is to know of
  it. ``message`` is the user's, suffix included; ``sampling`` has max_tokens, temperature, top_p, seed. The keys of
  the answer: prompt, text, executions, finish, status, error, prompt_tokens, completion_tokens, tool_tokens,
  rounds, seconds, all as in `records.Generation`. What the replica itself could not do has status ``infra``.
- ``openai(path, body)``, for the gateway: OpenAI's API. ``NAME`` is answered by vLLM's own layer, ``NAME:tir`` and
  ``NAME:pot`` here (`raymath.serve.chat`).

The gateway knows names, not models: it picks the deployment and passes bytes. Starting and stopping all of it is
left to `raymath.serve.deploy`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import BackPressureError, RayServeException
from ray.serve.handle import DeploymentHandle
from starlette.exceptions import HTTPException

from raymath.config import Settings
from raymath.presets import DEFAULT, PRESETS, Preset, preset
from raymath.prompts import TemplateName
from raymath.records import Execution, Mode, Program, Protocol
from raymath.sandbox.engine import Lane, submit
from raymath.serve import wire
from raymath.serve.asgi import Head, call

#: Bytes of a request's body, at most.
_BODY_BYTES = 4 * 2**20
_RETRY_AFTER_S = 5
_log = logging.getLogger("ray.serve")


def preset_of(name: str, model: str, settings: Settings) -> Preset:
    """The preset of a served model: by its name or hub name; a directory's is that of the run's own model.

    Args:
        name: what clients call it.
        model: an absolute directory or a hub name, as `raymath.models.resolve` gives it.
        settings: of the run; its template goes before the preset's.
    """
    # A directory holds the run's own model or what was made from it; a hub name stands for itself.
    other = preset(settings.model.name) if model.startswith("/") else DEFAULT
    found = next((PRESETS[key] for key in (name, model) if key in PRESETS), other)
    template = settings.model.template
    return found if template is None else dataclasses.replace(found, template=template)


class Replica:
    """One engine, its tool loop, and the sandbox for its programs.

    Args:
        name: what clients call the model.
        model: directory or hub name.
        settings: of the run.
    """

    def __init__(self, name: str, model: str, settings: Settings) -> None:
        # vLLM reads its environment when it is imported, so nothing above may import it.
        from raymath.serve.chat import Conversations
        from raymath.serve.cores import Cores, claim
        from raymath.serve.engine import Engine

        self._name = name
        self._engine: Engine | None = None
        # vLLM's own application costs seconds, and evaluation does without: made when it is first asked.
        self._plain: Any = None
        self._making_plain = asyncio.Lock()
        own = settings.serve
        self._cores = Cores(()) if own.gpus_per_replica else claim(max(1, round(own.cpus_per_replica)))
        self._lane = Lane(settings.sandbox.parallel)
        self._settings = settings
        found = preset_of(name, model, settings)
        self._template: TemplateName = found.template
        self._stop = found.stop
        self._engine = Engine.start(name, model, own, self._cores.ids)
        self._talk = Conversations(self._engine, self._run, found)

    async def solve(self, message: str, mode: Mode, sampling: dict[str, Any], protocol: Protocol) -> dict[str, Any]:
        """One conversation; see the module's docstring."""
        began = time.monotonic()
        try:
            return await self._talk.solve(message, mode, sampling, protocol)
        except Exception as error:
            # The boundary of the actor: whatever broke here is no answer of the model's.
            return self._talk.lost(message, f"{type(error).__name__}: {error}", time.monotonic() - began)

    async def openai(self, path: str, body: bytes) -> AsyncIterator[Head | bytes]:
        """A request of OpenAI's API, its model one of this replica's: first a `Head`, then the body in parts."""
        told = False
        try:
            async for part in self._openai(path, body):
                told = True
                yield part
        except Exception:
            # The boundary of the actor: the reason is for the log, not for strangers.
            _log.exception("a request failed")
            if told:
                raise
            lost = self._engine is None or self._engine.dead
            message = "the model's engine was lost: try again" if lost else "the server failed on this request"
            yield Head(503 if lost else 500, "application/json")
            yield json.dumps(wire.error_body(503 if lost else 500, message)).encode()

    async def _openai(self, path: str, body: bytes) -> AsyncIterator[Head | bytes]:
        data = json.loads(body)
        mode = wire.parse_name(data["model"], {self._name}).mode
        if mode != "cot":
            async for part in self._talk.chat(path, data, mode):
                yield part if isinstance(part, bytes) else Head(*part)
            return
        async with self._making_plain:
            if self._plain is None:
                assert self._engine is not None
                self._plain = await self._engine.openai(wire.jinja(self._template, self._talk.bos))
        given = data.get("stop") or []
        if self._stop and isinstance(given, str | list):
            data["stop"] = [*([given] if isinstance(given, str) else given), *self._stop]
            body = json.dumps(data).encode()
        async for part in call(self._plain, path, body):
            yield part

    async def check_health(self) -> None:
        """Raise, so that Serve replaces this replica, where the engine is gone."""
        if self._engine is not None:
            await self._engine.check()

    def __del__(self) -> None:
        if self._engine is not None:
            self._engine.shutdown()
            self._engine = None
        self._cores.release()

    async def _run(self, program: Program) -> Execution:
        return await submit(program, self._settings.sandbox, self._lane).result()


api = FastAPI(title="raymath", openapi_url=None, docs_url=None, redoc_url=None)


@api.exception_handler(wire.RefusalError)
async def _refused(_request: Request, error: wire.RefusalError) -> JSONResponse:
    return _error(error.status, error.message, error.param)


@api.exception_handler(HTTPException)
async def _no_such_route(_request: Request, error: HTTPException) -> JSONResponse:
    return _error(error.status_code, str(error.detail))


def _error(status: int, message: str, param: str | None = None) -> JSONResponse:
    headers = {"Retry-After": str(_RETRY_AFTER_S)} if status == 503 else None
    return JSONResponse(wire.error_body(status, message, param), status, headers)


# Serve takes the gateway as it stands here: what it calls has to be defined above it.


async def _passed_on(answer: Any) -> AsyncIterator[bytes]:
    try:
        async for part in answer:
            yield part
    except (RayError, RayServeException):
        # The status has been sent: a client of a stream learns of the loss by an event of its own.
        message = wire.error_body(503, "the model's replica was lost: try again")
        yield f"data: {json.dumps(message)}\n\n".encode()
    finally:
        answer.cancel()


async def _body(request: Request) -> bytes:
    """A request's body, refused as soon as it is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _BODY_BYTES:
            raise wire.RefusalError(413, f"the body is larger than {_BODY_BYTES} bytes")
    return bytes(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise wire.RefusalError(400, "the body is not valid JSON") from None
    if not isinstance(data, dict):
        raise wire.RefusalError(400, "the body is not a JSON object")
    if b"\\ud" in body.lower():
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise wire.RefusalError(400, "the body holds a lone surrogate, which is no character") from None
    return data


@serve.ingress(api)
class Gateway:
    """The HTTP side: finds the model a request names and passes request and answer on.

    Args:
        models: name → the handle of its deployment.
    """

    def __init__(self, models: Mapping[str, DeploymentHandle[Any]]) -> None:
        self._models = dict(models)
        self._created = int(time.time())

    @api.get("/health")
    async def health(self) -> Response:
        """The gateway answers."""
        return Response()

    @api.get("/v1/models")
    async def models(self) -> JSONResponse:
        """All names that can be asked."""
        return JSONResponse(wire.model_list(self._models, self._created))

    @api.get("/v1/models/{name:path}")
    async def model(self, name: str) -> JSONResponse:
        """One of them."""
        wire.parse_name(name, self._models)
        return JSONResponse(wire.model_card(name, self._created))

    @api.post("/v1/chat/completions")
    @api.post("/v1/completions")
    async def complete(self, request: Request) -> Response:
        """A completion, by the model that the body names."""
        body = await _body(request)
        served = wire.parse_name(_parse(body).get("model"), self._models)
        handle = self._models[served.model].options(stream=True)
        try:
            answer: Any = handle.openai.remote(request.scope["route"].path, body)
            head = await anext(answer)
        except BackPressureError:
            raise wire.RefusalError(503, "too many requests wait for this model: try again") from None
        except (RayError, RayServeException):
            raise wire.RefusalError(503, "the model's replica was lost: try again") from None
        if head.content_type.startswith("text/event-stream"):
            return StreamingResponse(_passed_on(answer), head.status, media_type=head.content_type)
        content = b"".join([part async for part in _passed_on(answer)])
        headers = {"Retry-After": str(_RETRY_AFTER_S)} if head.status == 503 else None
        return Response(content, head.status, headers, media_type=head.content_type)


def deployment_name(name: str) -> str:
    """The name of a model's deployment within the application."""
    return f"model:{name.replace('#', '_')}"


def build(models: Mapping[str, str], settings: Settings) -> serve.Application:
    """The application that serves `models` (name → directory or hub name) side by side."""
    own = settings.serve
    requests = own.max_replicas * own.max_ongoing_requests + own.max_queued_requests
    handles = {name: _deployment(name, own).bind(name, model, settings) for name, model in models.items()}
    gateway: Any = serve.deployment(
        Gateway,
        name="gateway",
        num_replicas=1,
        # It passes bytes on: whoever computes should have the cores.
        ray_actor_options={"num_cpus": 0},
        max_ongoing_requests=max(1, len(models)) * requests,
    )
    application: serve.Application = gateway.bind(handles)
    return application


def _deployment(name: str, own: Any) -> Any:
    return serve.deployment(
        Replica,
        name=deployment_name(name),
        autoscaling_config={
            "min_replicas": own.min_replicas,
            "max_replicas": own.max_replicas,
            "target_ongoing_requests": own.target_ongoing_requests,
            "upscale_delay_s": 10,
            "downscale_delay_s": 120,
        },
        max_ongoing_requests=own.max_ongoing_requests,
        max_queued_requests=own.max_queued_requests,
        # A start that fails twice fails for a reason: report it instead of loading the model on and on.
        max_constructor_retry_count=2,
        ray_actor_options={"num_cpus": own.cpus_per_replica, "num_gpus": own.gpus_per_replica},
        # Until what is under way has ended; the engine's processes end within it too.
        graceful_shutdown_timeout_s=60,
        graceful_shutdown_wait_loop_s=0.5,
        health_check_period_s=10,
        health_check_timeout_s=60,
    )
