"""Many programs at once, results in order, as they come.

    for execution in run_batch(programs, parallel=2):
        ...

Left to others: rows that may be bad (`raymath.sandbox.jsonl`), more than one machine (`raymath.sandbox.pool`).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from raymath.records import Execution, Program
from raymath.sandbox.calls import engine
from raymath.sandbox.engine import Ticket
from raymath.sandbox.limits import MEMORY_MB, OUTPUT_BYTES, TIMEOUT_S, Limits
from raymath.sandbox.running import Lane

T = TypeVar("T")

#: Programs handed in beyond the one whose result is taken next, for each that runs at once: what waits behind a program
#: that runs for long has to be enough for the time that it takes.
_AHEAD = 256


def run_batch(
    programs: Iterable[Program],
    *,
    parallel: int = 2,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
    allow_unisolated: bool = False,
) -> Iterator[Execution]:
    """One Execution for each program, in order, each as soon as it and those before it are done.

    `programs` is read in a thread of its own, at most 256 × `parallel` ahead of what was taken. Closing the iterator
    ends what runs.

    Args:
        programs: may be endless; a program's own ``timeout_s`` goes before the batch's.
        parallel: programs that run at once; those that run for long give their place to the next.
        timeout_s: as for `raymath.sandbox.run`, like `memory_mb`, `output_bytes` and `allow_unisolated`.

    Raises:
        ValueError: a limit, or `parallel`, is not above 0.
        MachineError: as for `raymath.sandbox.run`.
    """
    limits = Limits(timeout_s, memory_mb, output_bytes, allow_unisolated)

    def submit(program: Program, lane: Lane) -> Ticket:
        own = replace(limits, timeout_s=program.timeout_s or timeout_s)
        return engine().submit([*program.replay, program.code], own, lane, name=program.id)

    return (result for _, result in in_order(programs, submit, parallel))


def in_order(
    items: Iterable[T], submit: Callable[[T, Lane], Ticket | Execution], parallel: int
) -> Iterator[tuple[T, Execution]]:
    """Hand in what `items` gives, `parallel` at a time; each with its result, in the items' order.

    Items are read in a thread, so that a result never waits for the next item to arrive: a peer at the other end
    of a pipe may send its next line only when it has the last one's answer.

    Args:
        items: may be endless.
        submit: hands one in, or answers it at once.
        parallel: places of the lane.
    """
    if parallel < 1:
        raise ValueError(f"parallel = {parallel}: write a whole number above 0")
    return _in_order(items, submit, Lane(parallel))


def _in_order(
    items: Iterable[T], submit: Callable[[T, Lane], Ticket | Execution], lane: Lane
) -> Generator[tuple[T, Execution], None, None]:
    room = threading.Semaphore(_AHEAD * lane.parallel)
    waiting: queue.SimpleQueue[tuple[T, Ticket | Execution] | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def feed() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                room.acquire()
                if stopped.is_set():
                    break
                answer = submit(item, lane)
                waiting.put((item, answer))
                if stopped.is_set():
                    _cancel([answer])
        except BaseException as error:  # the boundary of the thread: it is raised where results are taken
            end = error
        waiting.put(end)

    threading.Thread(target=feed, name="raymath-sandbox-feed", daemon=True).start()
    try:
        while (entry := waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            item, answer = entry
            try:
                yield item, answer.future.result() if isinstance(answer, Ticket) else answer
            except BaseException:
                _cancel([answer])
                raise
            room.release()
    finally:
        stopped.set()
        room.release()
        _cancel(_left(waiting))


def _left(waiting: queue.SimpleQueue[tuple[T, Ticket | Execution] | BaseException | None]) -> list[Ticket | Execution]:
    left = []
    while not waiting.empty():
        entry = waiting.get()
        if isinstance(entry, tuple):
            left.append(entry[1])
    return left


def _cancel(answers: Iterable[Ticket | Execution]) -> None:
    """End what still runs, and wait until it has ended."""
    tickets = [answer for answer in answers if isinstance(answer, Ticket)]
    for ticket in tickets:
        ticket.cancel()
    for ticket in tickets:
        ticket.future.exception()
