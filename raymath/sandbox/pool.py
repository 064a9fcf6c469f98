"""Supervisors on a Ray cluster: the room's only door to Ray.

    pool = SandboxPool(settings.sandbox, supervisors=2)
    execution = await pool.run(Program(code="print(6 * 7)"))
    pool.close()

A supervisor is an actor with an engine (`raymath.sandbox.engine`) of its own; Ray spreads them over the nodes. The
pool keeps each one's queue short and the rest waiting on its own side, so thousands of calls cost no more than their
programs' text. Ray never repeats a call. What was in flight on a supervisor that is lost, is run once more on another;
lost again, it comes back as ``infra``.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from raymath.config import PlaceSettings, SandboxSettings
from raymath.records import Execution, Program, ProgramError
from raymath.sandbox.calls import submit
from raymath.sandbox.running import MOST_TIMES, Lane

#: On top of the most time that a program can get: starting a supervisor, its zygotes and a program on a busy machine.
_GRACE_S = 120.0
#: Programs a supervisor holds for each that it runs at once: long ones step aside for the next.
_HELD = 16
_ATTEMPTS = 2
#: So many supervisors are compared for each call.
_LOOKED_AT = 16


class Supervisor:
    """The actor: runs the programs it is given, concurrently, each in a process of its own."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings, self._lane = settings, Lane(settings.parallel)

    async def run(self, program: Program, show_last: bool = False) -> Execution:
        """Run one program. Cancelling the call ends the program."""
        return await submit(program, self._settings, self._lane, show_last=show_last).result()


class Places:
    """So many at once, first come, first served; `asyncio.Semaphore` without its search for whom to wake.

    Where thousands leave in one turn of the event loop, that looks past all it has woken before, for each of them:
    100,000 calls at once took a minute of it.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had just been given the place
                self._leave()
            raise

    async def __aexit__(self, *_reason: object) -> None:
        self._leave()

    def _leave(self) -> None:
        """Hand the place to the next who still waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


@dataclass(eq=False)
class _Slot:
    actor: Any
    in_flight: int = 0


class SandboxPool:
    """A client of its own supervisors, for one event loop (a Serve replica's, say). `close` ends them.

    Args:
        settings: limits of a program, and how many a supervisor runs at once.
        supervisors: how many; one a node is enough.
        num_cpus: what Ray reserves for each; the programs run beside, so what they are meant to take.
        place: the nodes they are on; nodes with a custom resource of their own are reserved by that instead of CPUs.

    Ray has to be initialised.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        *,
        supervisors: int = 1,
        num_cpus: float = 0.1,
        place: PlaceSettings = PlaceSettings(),  # noqa: B008 - frozen
    ) -> None:
        self._settings, self._asked = settings, place.options(num_cpus)
        self._closed = False
        self._slots = [_Slot(self._start()) for _ in range(supervisors)]
        self._room = Places(supervisors * settings.parallel * _HELD)

    async def run(self, program: Program, *, show_last: bool = False) -> Execution:
        """Run one program; waits while the supervisors have enough to do. Cancelling it ends the program.

        The Execution's status is ``infra`` where its supervisor was lost or gave no answer, twice.
        """
        async with self._room:
            answer, tried = _lost(program, "the pool is closed"), None
            for _ in range(_ATTEMPTS):
                if self._closed:
                    break
                slot = self._less_busy(tried)
                tried = slot
                slot.in_flight += 1
                try:
                    answer = await self._ask(slot, program, show_last)
                finally:
                    slot.in_flight -= 1
                if answer.status != "infra":
                    break
            return answer

    def _less_busy(self, tried: _Slot | None) -> _Slot:
        """The least busy supervisor but the one that was tried; of hundreds, the less busy of two drawn ones.

        Two draws leave the queues about as even as looking at all does (Mitzenmacher 2001), and cost the same for any
        number.
        """
        looked = self._slots if len(self._slots) <= _LOOKED_AT else random.sample(self._slots, 2)
        return min(looked, key=lambda slot: (slot is tried, slot.in_flight))

    async def _ask(self, slot: _Slot, program: Program, show_last: bool) -> Execution:
        limit = MOST_TIMES * (program.timeout_s or self._settings.timeout_s) + _GRACE_S
        actor = slot.actor
        call = actor.run.remote(program, show_last)
        try:
            execution: Execution = await asyncio.wait_for(_answer(call), limit)
        except asyncio.CancelledError:
            ray.cancel(call)
            raise
        except TimeoutError:
            self._replace(slot, actor)
            return _lost(program, f"the sandbox supervisor gave no answer in {limit:.0f} s")
        except RayError as error:
            self._replace(slot, actor)
            return _lost(program, f"the sandbox supervisor was lost: {type(error).__name__}")
        return execution

    def _start(self) -> Any:
        # A call that Ray repeats would run a program again that has just brought its supervisor down.
        return (
            ray.remote(Supervisor)
            .options(
                **self._asked,
                max_restarts=0,
                max_task_retries=0,
                max_concurrency=self._settings.parallel * _HELD + 1,
                scheduling_strategy="SPREAD",
            )
            .remote(self._settings)
        )

    def _replace(self, slot: _Slot, actor: Any) -> None:
        """A new supervisor for the slot, unless another call has seen to it already."""
        if slot.actor is actor and not self._closed:
            ray.kill(actor)
            slot.actor = self._start()

    def close(self) -> None:
        """End the supervisors and what runs on them; calls in flight come back as ``infra``."""
        self._closed = True
        for slot in self._slots:
            ray.kill(slot.actor)


async def _answer(call: Any) -> Execution:
    answer: Execution = await call
    return answer


def _lost(program: Program, reason: str) -> Execution:
    error = ProgramError(type="Infrastructure", message=reason, traceback="")
    return Execution(status="infra", error=error, id=program.id)
