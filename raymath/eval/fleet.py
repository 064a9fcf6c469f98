"""The models of an evaluation while it lasts: each deployed when there is room, asked, and taken down when it is done.

    outcome = asyncio.run(Fleet(models, settings, name="eval-3fa9").ask_all(requests, store))

A model is an application of its own on Ray Serve, on the CPUs and GPUs that its settings ask for: as many run side by
side as the cluster has room for, the others follow one by one. Its replicas grow with its queue, up to
``serve.max_replicas``; with its last answer it is gone. Models at endpoints need no room. What to ask is left to
`raymath.eval.asking`, keeping the answers to `raymath.rollout`.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

from raymath.config import ModelEntrySettings, ModelSettings, PlaceSettings, Settings
from raymath.console import Progress
from raymath.eval.asking import Model
from raymath.records import Generation
from raymath.rollout.chatloop import ChatLoopGenerator
from raymath.rollout.generators import Generator, HttpGenerator, Request, ServeGenerator
from raymath.rollout.pacing import Pace
from raymath.rollout.runner import Outcome, run
from raymath.rollout.store import Store

#: Requests in flight to an endpoint, where nothing is said of it.
_ENDPOINT_CONCURRENCY = 16


class Deployed(Protocol):
    """A model that is being served; see `raymath.serve.deploy`."""

    def handle(self, model: str) -> Any:
        """Its Serve handle."""
        ...


#: ({name: where}, its settings, whether it is still wanted) → the model while the block lasts.
Deploy = Callable[[dict[str, str], Settings, Callable[[], bool]], AbstractContextManager[Deployed]]


@dataclass
class Timing:
    """Seconds of one model's part: until it answered, asking, and in the requests as seen here and by the server."""

    starting: float = 0.0
    asking: float = 0.0
    waited: float = 0.0
    served: float = 0.0

    @property
    def overhead(self) -> float:
        """What passing requests on added to the server's own time; 0 where nothing was asked."""
        return self.waited / self.served - 1 if self.served else 0.0


class _Timed:
    """A generator, with the time that its answers took."""

    def __init__(self, generator: Generator, timing: Timing) -> None:
        self._generator, self._timing = generator, timing

    async def generate(self, request: Request) -> Generation:
        began = time.monotonic()
        generation = await self._generator.generate(request)
        if generation.status == "ok":
            self._timing.waited += time.monotonic() - began
            self._timing.served += generation.seconds
        return generation


class _Room:
    """What of the cluster is free for models: (CPUs, GPUs)."""

    def __init__(self, cpus: float, gpus: float) -> None:
        self._all = self._free = (cpus, gpus)
        self._taken = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def take(self, cpus: float, gpus: float) -> AsyncIterator[None]:
        """Wait for that much; a model that is too large for the whole cluster gets it when nothing else runs."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken == 0 or self._fits(cpus, gpus))
            self._taken += 1
            self._free = (self._free[0] - cpus, self._free[1] - gpus)
        try:
            yield
        finally:
            async with self._changed:
                self._taken -= 1
                self._free = (self._free[0] + cpus, self._free[1] + gpus)
                self._changed.notify_all()

    def _fits(self, cpus: float, gpus: float) -> bool:
        return cpus <= self._free[0] + 1e-6 and gpus <= self._free[1] + 1e-6


@dataclass
class Fleet:
    """The models of one evaluation.

    Attributes:
        timings: by model, of those that were asked.
    """

    models: Mapping[str, Model]
    settings: Settings
    name: str
    deploy: Deploy | None = None
    progress: Progress | None = None
    pause_s: float = 5.0
    timings: dict[str, Timing] = field(default_factory=dict)

    async def ask_all(self, requests: Mapping[str, list[Request]], store: Store) -> list[Outcome]:
        """Ask every model what the store lacks; one that fails stops the others, and what they finished is kept.

        Raises:
            UserError: a model cannot be served, or the user has to put something right at an endpoint.
        """
        finished = {name: sum(one.key in store for one in own) for name, own in requests.items()}
        total = sum(map(len, requests.values()))
        todo = [name for name, own in requests.items() if finished[name] < len(own)]

        def show(name: str, done: int, detail: str) -> None:
            finished[name] = done
            if self.progress is not None:
                self.progress(sum(finished.values()), total, detail or name)

        if self.progress is not None:
            self.progress(sum(finished.values()), total, "")
        here = [name for name in todo if not self._entry(name).endpoint]
        room = _Room(*_resources(self.settings.cluster.serve)) if here else _Room(0, 0)
        with self._serving() if here else nullcontext():
            tasks = [asyncio.create_task(self._ask(name, requests[name], store, room, show)) for name in todo]
            try:
                return list(await asyncio.gather(*tasks))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(
        self, name: str, requests: Sequence[Request], store: Store, room: _Room, show: Callable[[str, int, str], None]
    ) -> Outcome:
        timing = self.timings.setdefault(name, Timing())

        def progress(done: int, _total: int, detail: str = "") -> None:
            show(name, done, detail)

        async with self._reached(name, store, room, timing) as generator:
            began = time.monotonic()
            try:
                return await run(
                    requests,
                    _Timed(generator, timing),
                    store,
                    concurrency=self._concurrency(name),
                    pause_s=self.pause_s,
                    progress=progress,
                )
            finally:
                timing.asking += time.monotonic() - began

    def _entry(self, name: str) -> ModelEntrySettings:
        return self.settings.eval.models.get(name, ModelEntrySettings())

    def _concurrency(self, name: str) -> int:
        if self.settings.eval.concurrency is not None:
            return self.settings.eval.concurrency
        if self._entry(name).endpoint:
            return _ENDPOINT_CONCURRENCY
        serve = self.settings.serve_of(name)
        return serve.target_ongoing_requests * serve.max_replicas

    @asynccontextmanager
    async def _reached(self, name: str, store: Store, room: _Room, timing: Timing) -> AsyncIterator[Generator]:
        """The way to a model, which exists while the block lasts."""
        model, entry = self.models[name], self._entry(name)
        if entry.endpoint:
            async with _endpoint(model.where, entry, self.settings, _spent(name, store)) as generator:
                yield generator
            return
        settings, serve = self._own_settings(name), self.settings.serve_of(name)
        replicas = max(1, serve.min_replicas)
        # The name is what the server finds a preset by.
        called = model.preset or name
        async with room.take(serve.cpus_per_replica * replicas, serve.gpus_per_replica * replicas):
            began = time.monotonic()
            async with _in_thread(lambda wanted: self._deployed(name, {called: model.where}, settings, wanted)) as up:
                timing.starting += time.monotonic() - began
                yield ServeGenerator(up.handle(called), serve.request_timeout_s)

    def _own_settings(self, name: str) -> Settings:
        """The settings that the model is served with: its own part of ``serve``, and its own preset and template."""
        model, serve = self.models[name], self.settings.serve_of(name)
        own = ModelSettings(name=model.preset or model.where, template=model.template)
        # All replicas compute in what the terms say, whatever machine they are on.
        serve = serve.model_copy(update={"dtype": serve.computed_in})
        return self.settings.model_copy(update={"serve": serve, "model": own})

    def _deployed(
        self, name: str, models: dict[str, str], settings: Settings, wanted: Callable[[], bool]
    ) -> AbstractContextManager[Deployed]:
        if self.deploy is not None:
            return self.deploy(models, settings, wanted)
        from raymath.serve.deploy import deploy

        application = f"{self.name}-{blake2b(name.encode(), digest_size=4).hexdigest()}"
        up: AbstractContextManager[Deployed] = deploy(
            models, settings, name=application, route=f"/{application}", wanted=wanted
        )
        return up

    @contextmanager
    def _serving(self) -> Iterator[None]:
        if self.deploy is not None:
            yield
            return
        from raymath.serve.deploy import serving

        with serving(self.settings):
            yield


def _spent(name: str, store: Store) -> float:
    return sum(one.cost for one in store if one.model == name)


@asynccontextmanager
async def _endpoint(name: str, entry: ModelEntrySettings, settings: Settings, spent: float) -> AsyncIterator[Generator]:
    pace = Pace(
        requests_per_minute=entry.requests_per_minute,
        tokens_per_minute=entry.tokens_per_minute,
        prompt_price=entry.prompt_price,
        completion_price=entry.completion_price,
        budget=entry.budget,
        spent=spent,
    )
    key = os.environ.get(entry.api_key_env) or "none"
    there = entry.tools == "endpoint"
    http = HttpGenerator(entry.endpoint, name, api_key=key, modes=there, extension=there, pace=pace)
    try:
        yield http if there else ChatLoopGenerator(http, settings.sandbox.model_dump())
    finally:
        await http.close()


@asynccontextmanager
async def _in_thread(
    enter: Callable[[Callable[[], bool]], AbstractContextManager[Deployed]],
) -> AsyncIterator[Deployed]:
    """A context manager that blocks, entered and left in threads; cancelled while it enters, it is told so."""
    given_up = threading.Event()
    manager: list[AbstractContextManager[Deployed]] = []

    def come() -> Deployed:
        manager.append(enter(lambda: not given_up.is_set()))
        return manager[0].__enter__()

    entering = asyncio.ensure_future(asyncio.to_thread(come))
    entered = False
    try:
        found = await asyncio.shield(entering)
        entered = True
        yield found
    finally:
        given_up.set()
        if not entered:
            entered = await _outcome(entering)
        if entered:
            await asyncio.shield(asyncio.to_thread(manager[0].__exit__, None, None, None))


async def _outcome(entering: asyncio.Future[Deployed]) -> bool:
    """Whether it was entered after all."""
    await asyncio.wait({entering})
    return not entering.cancelled() and entering.exception() is None


def _resources(place: PlaceSettings) -> tuple[float, float]:
    """(CPUs, or what stands for them at the place; GPUs) of the cluster; endless where there is none."""
    import ray

    if not ray.is_initialized():
        return (float("inf"), float("inf"))
    has: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return (has.get(place.resource or "CPU", 0.0), has.get("GPU", 0.0))


def lacking(settings: Settings) -> str | None:
    """What of the cluster is not free for one model at this moment, for people; None where there is enough."""
    import ray

    replicas = max(1, settings.serve.min_replicas)
    wanted = {"CPU": settings.serve.cpus_per_replica * replicas, "GPU": settings.serve.gpus_per_replica * replicas}
    free: dict[str, float] = ray.available_resources()  # type: ignore[no-untyped-call]
    short = [f"{n:g} {what}s ({free.get(what, 0):g} free)" for what, n in wanted.items() if n > free.get(what, 0)]
    return " and ".join(short) or None
