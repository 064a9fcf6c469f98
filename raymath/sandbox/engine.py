"""The supervisor: one program in, one Execution out, from any thread and from async code.

    execution = run("print(6 * 7)", timeout_s=5)
    execution = await run_async("print(6 * 7)")

What happens around the process is in `raymath.sandbox.supervise`, what follows from how it ended in
`raymath.sandbox.verdict`. A call is a process and, for `run_async`, a thread: how many are in flight is for the
caller to bound (`run_batch`, `raymath.sandbox.pool`).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.util
import math
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from raymath.records import Execution
from raymath.sandbox.limits import MEMORY_MB, OUTPUT_BYTES, TIMEOUT_S, Cancel, Limits
from raymath.sandbox.program import Request
from raymath.sandbox.supervise import supervise
from raymath.sandbox.verdict import execution

#: Processes a program may have at once, itself counted.
PROCESSES = 32
#: What this engine calls its isolation in every Execution.
ISOLATION = "process"

#: What programs import; the folders that hold these are what they can import from.
_LIBRARIES = ("sympy", "numpy", "scipy", "mpmath", "networkx")


def run(
    code: str,
    *,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
    replay: Sequence[str] = (),
    show_last: bool = False,
    id: str | None = None,
) -> Execution:
    """Run one program and return what came of it; it and all it started have ended by then.

    Args:
        code: the program.
        timeout_s: wall time from the program's start to its end, replay included; starting the interpreter is
            not counted.
        memory_mb: address space of each of its processes, and resident memory of all of them, MiB.
        output_bytes: how much of stdout and stderr together is kept; a program that writes more is ended.
        replay: earlier successful blocks, run first in the same namespace; what they print is dropped.
        show_last: print the value of a last expression, as a notebook does.
        id: given back in the Execution.

    Raises:
        ValueError: a limit is not a positive, finite number.
    """
    with Cancel() as cancel:
        return execute(code, Limits(timeout_s, memory_mb, output_bytes), replay, show_last, id, cancel)


async def run_async(
    code: str,
    *,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
    replay: Sequence[str] = (),
    show_last: bool = False,
    id: str | None = None,
) -> Execution:
    """`run` for async code. Cancelling it ends the program before the cancellation goes on."""
    limits = Limits(timeout_s, memory_mb, output_bytes)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Execution] = loop.create_future()
    cancel = Cancel()

    def deliver(result: Execution | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if result is not None:
            done.set_result(result)
        elif error is not None:
            done.set_exception(error)

    def work() -> None:
        result, failure = None, None
        try:
            with cancel:
                result = execute(code, limits, replay, show_last, id, cancel)
        except BaseException as error:  # the boundary of the thread: it is raised in the caller
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop was closed while the program ran: nobody waits
            loop.call_soon_threadsafe(deliver, result, failure)

    threading.Thread(target=work, name="raymath-sandbox", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        cancel.set()
        await asyncio.wait([done])
        raise


def execute(
    code: str, limits: Limits, replay: Sequence[str], show_last: bool, name: str | None, cancel: Cancel
) -> Execution:
    """`run`, with limits as one value and a way to end it early (the status is then ``infra``)."""
    request: Request = {
        "blocks": [*replay, code],
        "show_last": show_last,
        "memory_bytes": int(limits.memory_mb * 2**20),
        # Only a backstop for when this process cannot hold the clock any more.
        "cpu_s": 2 * math.ceil(min(limits.timeout_s, 10**6)) + 10,
        "processes": PROCESSES,
        "site": list(_site()),
        "temp": tempfile.gettempdir(),
        "supervisor": os.getpid(),
    }
    return execution(supervise(request, limits, cancel), limits.memory_mb, ISOLATION, name)


@functools.cache
def _site() -> tuple[str, ...]:
    folders: dict[str, None] = {}
    for library in _LIBRARIES:
        spec = importlib.util.find_spec(library)
        if spec is not None and spec.origin:
            folders[str(Path(spec.origin).parents[1])] = None
    return tuple(folders)
