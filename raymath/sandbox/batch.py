"""Many programs at once, results in order, as they come.

    for execution in run_batch(programs, parallel=2):
        ...

Left to others: rows that may be bad (`raymath.sandbox.jsonl`), more than one machine (`raymath.sandbox.pool`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from raymath.ordered import begun
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
    return _results(items, submit, Lane(parallel))


def _results(
    items: Iterable[T], submit: Callable[[T, Lane], Ticket | Execution], lane: Lane
) -> Iterator[tuple[T, Execution]]:
    with closing(begun(items, lambda item: submit(item, lane), _AHEAD * lane.parallel, _cancel)) as under_way:
        for item, answer in under_way:
            yield item, answer.future.result() if isinstance(answer, Ticket) else answer


def _cancel(answers: Iterable[Ticket | Execution]) -> None:
    """End what still runs, and wait until it has ended."""
    tickets = [answer for answer in answers if isinstance(answer, Ticket)]
    for ticket in tickets:
        ticket.cancel()
    for ticket in tickets:
        ticket.future.exception()
