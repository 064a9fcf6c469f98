"""Many programs at once, results in order, as they come.

    for execution in run_batch(programs, parallel=2):
        ...

Left to others: rows that may be bad (`raymath.sandbox.jsonl`), more than one machine (`raymath.sandbox.pool`).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from raymath.records import Execution, Program
from raymath.sandbox.engine import execute
from raymath.sandbox.limits import MEMORY_MB, OUTPUT_BYTES, TIMEOUT_S, Cancel, Limits

T = TypeVar("T")
R = TypeVar("R")

#: Results that may wait for an earlier one, for each program that runs at once.
_AHEAD = 16


def run_batch(
    programs: Iterable[Program],
    *,
    parallel: int = 2,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
) -> Iterator[Execution]:
    """One Execution for each program, in order, each as soon as it and those before it are done.

    `programs` is read in a thread of its own, at most 16 × `parallel` ahead of what was taken. Closing the iterator
    ends what runs.

    Args:
        programs: may be endless; a program's own ``timeout_s`` goes before the batch's.
        parallel: programs that run at once.
        timeout_s: as for `raymath.sandbox.run`, like `memory_mb` and `output_bytes`.

    Raises:
        ValueError: a limit, or `parallel`, is not above 0.
    """
    limits = Limits(timeout_s, memory_mb, output_bytes)

    def work(program: Program, cancel: Cancel) -> Execution:
        own = Limits(program.timeout_s or limits.timeout_s, limits.memory_mb, limits.output_bytes)
        return execute(program.code, own, program.replay, False, program.id, cancel)

    return in_order(programs, work, parallel)


def in_order(items: Iterable[T], work: Callable[[T, Cancel], R], parallel: int) -> Iterator[R]:
    """`work` on each item, `parallel` at a time; results in the items' order.

    Items are read in a thread, so that a result never waits for the next item to arrive: a peer at the other end
    of a pipe may send its next line only when it has the last one's answer.
    """
    if parallel < 1:
        raise ValueError(f"parallel = {parallel}: write a whole number above 0")
    return _in_order(items, work, parallel)


def _in_order(items: Iterable[T], work: Callable[[T, Cancel], R], parallel: int) -> Generator[R, None, None]:
    room = threading.Semaphore(_AHEAD * parallel)
    waiting: queue.SimpleQueue[Future[R] | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()
    with Cancel() as cancel, ThreadPoolExecutor(parallel, thread_name_prefix="raymath-sandbox") as pool:

        def feed() -> None:
            end: BaseException | None = None
            try:
                for item in items:
                    room.acquire()
                    if stopped.is_set():
                        return
                    waiting.put(pool.submit(work, item, cancel))
            except BaseException as error:  # the boundary of the thread: it is raised where results are taken
                end = error
            waiting.put(end)

        threading.Thread(target=feed, name="raymath-sandbox-feed", daemon=True).start()
        try:
            while (future := waiting.get()) is not None:
                if isinstance(future, BaseException):
                    raise future
                yield future.result()
                room.release()
        finally:
            stopped.set()
            room.release()
            cancel.set()
            pool.shutdown(wait=True, cancel_futures=True)
