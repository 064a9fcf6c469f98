"""Sandbox workers on a Ray cluster: the room's only door to Ray.

    pool = SandboxPool(settings.sandbox, workers=2)
    execution = await pool.run(Program(code="print(6 * 7)"))
    pool.close()

A worker is an actor that runs programs with `raymath.sandbox.run_async`. The pool gives it at most
`settings.parallel` programs at a time and keeps the rest waiting on its own side, so thousands of calls cost no more
than their programs' text. A program is never run twice: what was in flight on a worker that is lost comes back as
``infra``, for the caller to ask again, and a new worker takes its place.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from raymath.config import SandboxSettings
from raymath.records import Execution, Program, ProgramError
from raymath.sandbox.engine import run_async

#: On top of a program's time limit: starting a worker and a program on a busy machine.
_GRACE_S = 120.0


class SandboxWorker:
    """The actor: runs the programs it is given, concurrently, each in a process of its own."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings

    async def run(self, program: Program, show_last: bool = False) -> Execution:
        """Run one program. Cancelling the call ends the program."""
        return await run_async(
            program.code,
            timeout_s=program.timeout_s or self._settings.timeout_s,
            memory_mb=self._settings.memory_mb,
            output_bytes=self._settings.output_bytes,
            replay=program.replay,
            show_last=show_last,
            id=program.id,
        )


@dataclass(eq=False)
class _Slot:
    actor: Any
    in_flight: int = 0


class SandboxPool:
    """A client of its own workers, for one event loop (a Serve replica's, say). `close` ends the workers.

    Args:
        settings: limits of a program, and how many a worker runs at once.
        workers: how many workers.
        num_cpus: what Ray reserves for each; programs mostly wait for the model, so little.

    Ray has to be initialised.
    """

    def __init__(self, settings: SandboxSettings, *, workers: int = 1, num_cpus: float = 0.1) -> None:
        self._settings, self._num_cpus = settings, num_cpus
        self._slots = [_Slot(self._start()) for _ in range(workers)]
        self._room = asyncio.Semaphore(workers * settings.parallel)
        self._closed = False

    async def run(self, program: Program, *, show_last: bool = False) -> Execution:
        """Run one program; waits while all workers are busy. Cancelling it ends the program.

        The Execution's status is ``infra`` where its worker was lost or gave no answer.
        """
        async with self._room:
            if self._closed:
                return _lost(program, "the pool is closed")
            slot = min(self._slots, key=lambda slot: slot.in_flight)
            slot.in_flight += 1
            try:
                return await self._ask(slot, program, show_last)
            finally:
                slot.in_flight -= 1

    async def _ask(self, slot: _Slot, program: Program, show_last: bool) -> Execution:
        limit = (program.timeout_s or self._settings.timeout_s) + _GRACE_S
        actor = slot.actor
        call = actor.run.remote(program, show_last)
        try:
            execution: Execution = await asyncio.wait_for(_answer(call), limit)
        except asyncio.CancelledError:
            ray.cancel(call)
            raise
        except TimeoutError:
            self._replace(slot, actor)
            return _lost(program, f"the sandbox worker gave no answer in {limit:.0f} s")
        except RayError as error:
            self._replace(slot, actor)
            return _lost(program, f"the sandbox worker was lost: {type(error).__name__}")
        return execution

    def _start(self) -> Any:
        # A task that is retried would run a program again that has just brought its worker down.
        return (
            ray.remote(SandboxWorker)
            .options(
                num_cpus=self._num_cpus,
                max_restarts=0,
                max_task_retries=0,
                max_concurrency=self._settings.parallel + 1,
            )
            .remote(self._settings)
        )

    def _replace(self, slot: _Slot, actor: Any) -> None:
        """A new worker for the slot, unless another call has seen to it already."""
        if slot.actor is actor and not self._closed:
            ray.kill(actor)
            slot.actor = self._start()

    def close(self) -> None:
        """End the workers and what runs on them; calls in flight come back as ``infra``."""
        self._closed = True
        for slot in self._slots:
            ray.kill(slot.actor)


async def _answer(call: Any) -> Execution:
    answer: Execution = await call
    return answer


def _lost(program: Program, reason: str) -> Execution:
    error = ProgramError(type="Infrastructure", message=reason, traceback="")
    return Execution(status="infra", error=error, id=program.id)
