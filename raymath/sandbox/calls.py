"""The calls that programs come from, and the one engine of this process that all of them go to.

    execution = run("print(6 * 7)", timeout_s=5)
    execution = await run_async("print(6 * 7)")

The engine (`raymath.sandbox.engine`) is started by the first call and ended with the process; a forked copy of the
process starts its own.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Sequence

from raymath.config import SandboxSettings
from raymath.errors import ConfigError
from raymath.records import Execution, Program
from raymath.sandbox.engine import Engine, Ticket
from raymath.sandbox.limits import MEMORY_MB, OUTPUT_BYTES, TIMEOUT_S, Limits
from raymath.sandbox.running import Lane
from raymath.sandbox.tree import PRIMITIVES


def run(
    code: str,
    *,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
    replay: Sequence[str] = (),
    show_last: bool = False,
    allow_unisolated: bool = False,
    id: str | None = None,
) -> Execution:
    """Run one program and return what came of it; it and all it started have ended by then.

    Args:
        code: the program.
        timeout_s: wall time from the program's start to its end, replay included. On a busy machine, one that had
            less than a quarter of it on a CPU because shorter programs went first gets up to four times as much.
        memory_mb: address space that the program may take, MiB.
        output_bytes: how much of stdout and stderr together is kept; a program that writes more is ended.
        replay: earlier successful blocks, run first in the same namespace; what they print is dropped.
        show_last: print the value of a last expression, as a notebook does.
        allow_unisolated: run it also where nothing can hold it.
        id: given back in the Execution.

    Raises:
        ValueError: a limit is not a positive, finite number.
        TypeError: a program is no string.
        MachineError: nothing on this machine could hold the program, and it is not allowed to run so.
    """
    limits = Limits(timeout_s, memory_mb, output_bytes, allow_unisolated)
    ticket = engine().submit([*replay, code], limits, show_last=show_last, name=id)
    try:
        return ticket.future.result()
    except BaseException:  # Ctrl-C, for one: the program must not go on without its caller
        ticket.cancel()
        raise


async def run_async(
    code: str,
    *,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
    replay: Sequence[str] = (),
    show_last: bool = False,
    allow_unisolated: bool = False,
    id: str | None = None,
) -> Execution:
    """`run` for async code. Cancelling it ends the program before the cancellation goes on."""
    limits = Limits(timeout_s, memory_mb, output_bytes, allow_unisolated)
    return await engine().submit([*replay, code], limits, show_last=show_last, name=id).result()


def submit(program: Program, settings: SandboxSettings, lane: Lane, *, show_last: bool = False) -> Ticket:
    """Hand a Program to this process's engine with the limits of a run's settings."""
    limits = Limits(
        program.timeout_s or settings.timeout_s, settings.memory_mb, settings.output_bytes, settings.allow_unisolated
    )
    blocks = [*program.replay, program.code]
    return engine().submit(blocks, limits, lane, show_last=show_last, name=program.id)


_engine: Engine | None = None
_engine_lock = threading.Lock()


def engine() -> Engine:
    """This process's engine, started when first asked for.

    ``RAYMATH_SANDBOX_WITHOUT`` names primitives not to use, separated by commas: for tests of the lower levels.
    """
    global _engine
    with _engine_lock:
        if _engine is None:
            without = [name for name in os.environ.get("RAYMATH_SANDBOX_WITHOUT", "").split(",") if name]
            if unknown := set(without) - set(PRIMITIVES):
                raise ConfigError(
                    f"RAYMATH_SANDBOX_WITHOUT names {', '.join(sorted(unknown))}, which is no primitive of the sandbox",
                    f"use {', '.join(PRIMITIVES)}, or unset it",
                )
            _engine = Engine(len(os.sched_getaffinity(0)), without)
        return _engine


def close() -> None:
    """End this process's engine with everything it started; the next call starts another."""
    global _engine
    with _engine_lock:
        ended, _engine = _engine, None
    if ended is not None:
        ended.close()


def _forget() -> None:
    global _engine, _engine_lock
    forgotten, _engine = _engine, None
    _engine_lock = threading.Lock()  # another thread of the original may have held it
    if forgotten is not None:
        forgotten.forget()


atexit.register(close)
os.register_at_fork(after_in_child=_forget)
