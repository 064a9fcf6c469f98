"""The Serve application: one deployment an engine, and the gateway that HTTP reaches.

    application = build({"mine": "path/to/model"}, settings)       # for `ray.serve.run`

A replica of a model is an engine with the tool loop beside it: programs run on the replica's machine, and a round
goes on without leaving it. It answers in two ways:

- ``solve(message, mode, sampling, protocol, model=None) -> dict``, for handles: one conversation with all there is to
  know of it. ``message`` is the user's, suffix included; ``sampling`` has max_tokens, temperature, top_p, seed;
  ``model`` is a name that the engine answers for, its first where not given. The keys of the answer: prompt, text,
  executions, finish, status, error, prompt_tokens, completion_tokens, tool_tokens, rounds, seconds, all as in
  `records.Generation`; and reread_tokens, cached_tokens (`raymath.serve.driver.Answer`). What the replica itself could
  not do has status ``infra``.
- ``openai(path, body)``, for the gateway: OpenAI's API. ``NAME`` is answered by vLLM's own layer, ``NAME:tir`` and
  ``NAME:pot`` here (`raymath.serve.chat`).

The HTTP side is `raymath.serve.routes`; here it is given handles to ask. Starting and stopping all of it is left to
`raymath.serve.deploy`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from ray import serve
from ray.exceptions import RayError
from ray.serve.config import RequestRouterConfig
from ray.serve.exceptions import BackPressureError, RayServeException
from ray.serve.handle import DeploymentHandle
from starlette.types import ASGIApp

from raymath.config import PlaceSettings, ServeSettings, Settings
from raymath.models import resolve
from raymath.presets import DEFAULT, PRESETS, Preset, preset
from raymath.prompts import TemplateName
from raymath.records import Execution, Mode, Program, Protocol
from raymath.sandbox.calls import submit
from raymath.sandbox.pool import SandboxPool
from raymath.sandbox.running import Lane
from raymath.serve import routes, status, wire
from raymath.serve.adapters import Hosted, hosted
from raymath.serve.asgi import Head, call
from raymath.serve.metrics import Metrics
from raymath.serve.observe import Journal
from raymath.storage import is_uri

#: The deployment that HTTP reaches.
GATEWAY = "gateway"
#: How often it is asked whether a model that does not answer has a replica.
_STATUS_EVERY_S = 2.0
#: What a client is told to wait where a model did not start in time.
_START_AGAIN_S = 30
#: Seconds that an engine's processes may take to end, after the last request under way.
_END_S = 60
#: Requests that the gateway takes beyond those that may be under way or wait: to be refused, they have to reach it.
_REFUSED = 1024
#: Ray's router that sends what names one session to one replica, and to the next one where that has no place.
_BY_SESSION = "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
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
        hosted: the model, one at a URI too, and its adapters, with what clients call them.
        settings: of the run.

    Raises:
        ModelError: an adapter does not fit the model.
    """

    async def __init__(self, hosted: Hosted, settings: Settings) -> None:  # type: ignore[misc]  # Serve awaits it
        model = resolve(hosted.model) if is_uri(hosted.model) else hosted.model
        # vLLM reads its environment when it is imported, so nothing above may import it.
        from raymath.serve.chat import Conversations
        from raymath.serve.cores import Cores, claim
        from raymath.serve.engine import Engine

        self._engine: Engine | None = None
        # vLLM's own application costs seconds, and evaluation does without: made when it is first asked.
        self._plain: Any = None
        self._making_plain = asyncio.Lock()
        own = settings.serve
        self._cores = Cores(()) if own.gpus_per_replica else claim(max(1, round(own.cpus_per_replica)))
        self._lane = Lane(settings.sandbox.parallel)
        self._apart = _pool(settings)
        self._settings = settings
        found = preset_of(hosted.names[0], model, settings)
        self._template: TemplateName = found.template
        self._stop = found.stop
        # Where only adapters are served, nobody asks for the engine by its own name.
        self._engine = Engine.start(hosted.name or model, model, own, self._cores.ids, hosted.adapters)
        engines = {hosted.name: self._engine} if hosted.name else {}
        engines |= {name: await self._engine.adapted(name, where) for name, where in hosted.adapters.items()}
        self._talks = {
            name: Conversations(engine, self._run, found, settings.sandbox.timeout_s)
            for name, engine in engines.items()
        }

    async def solve(
        self, message: str, mode: Mode, sampling: dict[str, Any], protocol: Protocol, model: str | None = None
    ) -> dict[str, Any]:
        """One conversation; see the module's docstring."""
        began = time.monotonic()
        talk = self._talks[next(iter(self._talks)) if model is None else model]
        try:
            return await talk.solve(message, mode, sampling, protocol)
        except Exception as error:
            # The boundary of the actor: whatever broke here is no answer of the model's.
            return talk.lost(message, f"{type(error).__name__}: {error}", time.monotonic() - began)

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
        asked = wire.parse_name(data["model"], self._talks)
        talk = self._talks[asked.model]
        if asked.mode != "cot":
            async for part in talk.chat(path, data, asked.mode):
                yield part if isinstance(part, bytes) else Head(*part)
            return
        async with self._making_plain:
            if self._plain is None:
                assert self._engine is not None
                self._plain = await self._engine.openai(wire.jinja(self._template, talk.bos))
        given = data.get("stop") or []
        if self._stop and isinstance(given, str | list):
            data["stop"] = [*([given] if isinstance(given, str) else given), *self._stop]
            body = json.dumps(data).encode()
        failed = False
        async for part in call(self._plain, path, body):
            if isinstance(part, Head) and part.status >= 500:
                # What vLLM says of its own failures is for the log, not for strangers.
                failed = True
                yield Head(part.status, "application/json")
                yield json.dumps(wire.error_body(part.status, "the engine failed on this request")).encode()
            elif failed:
                _log.error("the engine failed on a request: %s", part)
            else:
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
        if self._apart is not None:
            self._apart.close()

    async def _run(self, program: Program) -> Execution:
        if self._apart is not None:
            return await self._apart.run(program)
        return await submit(program, self._settings.sandbox, self._lane).result()


class Handles:
    """Reaches models by their Serve handles, as `raymath.serve.gateway.Ask` says.

    Args:
        models: name → handle.
        application: the name of the Serve application.
        start_wait_s: longest wait for a model's first replica.
    """

    def __init__(self, models: Mapping[str, DeploymentHandle[Any]], application: str, start_wait_s: float) -> None:
        self._models, self._application, self._start_wait_s = dict(models), application, start_wait_s
        self._asking, self._asked, self._running = asyncio.Lock(), float("-inf"), frozenset[str]()

    async def __call__(self, model: str, path: str, body: bytes, session: str) -> AsyncIterator[Head | bytes]:
        """A request's answer."""
        answer: Any = self._models[model].options(stream=True, session_id=session).openai.remote(path, body)
        first = asyncio.ensure_future(answer.__anext__())
        try:
            await self._started(model, first)
            yield await first
            async for part in answer:
                yield part
        except BackPressureError:
            raise wire.RefusalError(503, "too many requests wait for this model: try again") from None
        except (RayError, RayServeException):
            raise wire.RefusalError(503, "the model's replica was lost: try again") from None
        finally:
            first.cancel()
            # Of a request that no replica got, Serve's `cancel` raises once more why.
            with suppress(RayError, RayServeException):
                answer.cancel()

    async def waiting(self, age_s: float = 0.0) -> list[str]:
        """Models without a running replica, as Serve said at most `age_s` ago: many that wait ask it once."""
        async with self._asking:
            if (now := time.monotonic()) - self._asked >= age_s:
                application = (await asyncio.to_thread(status.applications)).get(self._application)
                parts = {} if application is None else application.deployments
                self._running = frozenset(
                    name
                    for name, part in parts.items()
                    if any(n for state, n in part.replica_states.items() if state == "RUNNING")
                )
                self._asked = now
        return [name for name, handle in self._models.items() if handle.deployment_name not in self._running]

    async def _started(self, model: str, first: asyncio.Future[Any]) -> None:
        """Wait until `first` is there or may take its time, because a replica is there to make it."""
        deadline = time.monotonic() + self._start_wait_s
        while not (await asyncio.wait({first}, timeout=_STATUS_EVERY_S))[0]:
            if model not in await self.waiting(_STATUS_EVERY_S):
                return
            if time.monotonic() > deadline:
                raise wire.RefusalError(503, "the model is starting: try again", wait=_START_AGAIN_S)


@serve.ingress()
class Gateway:
    """The HTTP side, `raymath.serve.routes`, as a deployment.

    Args:
        models: name → the handle of its deployment.
        settings: of the run.
    """

    def __init__(self, models: Mapping[str, DeploymentHandle[Any]], settings: Settings) -> None:
        # Serve's own logger takes what is a warning; a line a request is wanted beside it.
        logging.getLogger("ray.serve.requests").setLevel(logging.INFO)
        self._models, self._settings = models, settings.serve

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """What Serve calls for the ASGI application, after the constructor."""
        application, count = serve.get_replica_context().app_name, Metrics()
        ask = Handles(self._models, application, self._settings.start_wait_s)
        self._api = routes.application(
            tuple(self._models), ask, self._settings, Journal(self._settings, count), count.in_flight
        )
        return self._api

    async def drain(self, longest_s: float) -> None:
        """Take no request any more, and wait for those under way; see `raymath.serve.gateway.Gateway`."""
        await self._api.state.gateway.drain(longest_s)


def _pool(settings: Settings) -> SandboxPool | None:
    """A supervisor of this replica's own on the nodes kept for programs, where there are such."""
    place, parallel = settings.cluster.sandbox, settings.sandbox.parallel
    return None if place is None else SandboxPool(settings.sandbox, num_cpus=parallel, place=place)


def deployment_names(models: Mapping[str, str]) -> dict[str, str]:
    """The name of each model's deployment within the application; an adapter has its engine's.

    Raises:
        ModelError: an adapter cannot be used.
    """
    return {name: _deployment_name(one) for one in hosted(models) for name in one.names}


def _deployment_name(one: Hosted) -> str:
    return f"model:{one.names[0].replace('#', '_')}"


def build(models: Mapping[str, str], settings: Settings) -> serve.Application:
    """The application that serves `models` (name → directory or hub name) side by side.

    Raises:
        ModelError: an adapter cannot be used.
    """
    own = settings.serve
    requests = own.max_replicas * own.max_ongoing_requests + own.max_queued_requests
    handles: dict[str, Any] = {}
    for one in hosted(models):
        handle = _deployment(_deployment_name(one), own, settings.cluster.serve).bind(one, settings)
        handles |= dict.fromkeys(one.names, handle)
    front: Any = serve.deployment(
        Gateway,
        name=GATEWAY,
        num_replicas=1,
        # It passes bytes on: whoever computes should have the cores.
        ray_actor_options={"num_cpus": 0},
        max_ongoing_requests=max(1, len(models)) * requests + _REFUSED,
        # An update puts the new one beside the old one, which ends when the last request under way has its answer.
        max_surge_percent=100,
        graceful_shutdown_timeout_s=own.request_timeout_s + _END_S,
        graceful_shutdown_wait_loop_s=0.5,
    )
    application: serve.Application = front.bind(handles, settings)
    return application


def _deployment(name: str, own: ServeSettings, place: PlaceSettings) -> Any:
    router: dict[str, Any] = {"request_router_class": _BY_SESSION} if own.session_affinity else {}
    return serve.deployment(
        Replica,
        name=name,
        request_router_config=RequestRouterConfig(**router),
        autoscaling_config={
            "min_replicas": own.min_replicas,
            "max_replicas": own.max_replicas,
            "target_ongoing_requests": own.target_ongoing_requests,
            "upscale_delay_s": own.scale_up_s,
            "downscale_delay_s": own.scale_down_s,
        },
        max_ongoing_requests=own.max_ongoing_requests,
        max_queued_requests=own.max_queued_requests,
        # A start that fails twice fails for a reason: report it instead of loading the model on and on.
        max_constructor_retry_count=2,
        ray_actor_options=place.options(own.cpus_per_replica, own.gpus_per_replica),
        max_surge_percent=own.surge_percent,
        graceful_shutdown_timeout_s=own.request_timeout_s + _END_S,
        graceful_shutdown_wait_loop_s=0.5,
        # An engine that is gone is found within three checks: until then its replica turns requests away.
        health_check_period_s=2,
        health_check_timeout_s=60,
    )
