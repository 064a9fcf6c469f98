"""Ask many, resumably: what the store has is not asked again, what finishes is stored at once.

    outcome = await run(requests, generator, store, concurrency=32)

Samples that infrastructure loses are asked again after all others, for `passes` rounds in total; what is still
lost then is in the outcome: unscored, not wrong. Reaching the model is left to a `Generator`, judging its
answers to `raymath.eval`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from raymath.console import Progress, silent
from raymath.records import Generation
from raymath.rollout.generators import Generator, Request
from raymath.rollout.store import Store


@dataclass(frozen=True)
class Outcome:
    """What a run did: finished now, found in the store, and lost to infrastructure in every pass."""

    done: int
    skipped: int
    lost: tuple[Generation, ...] = ()


async def run(
    requests: Iterable[Request],
    generator: Generator,
    store: Store,
    *,
    concurrency: int = 32,
    passes: int = 3,
    pause_s: float = 5.0,
    progress: Progress = silent,
) -> Outcome:
    """Ask every request whose key is not in the store; safe to cancel and to call again.

    Args:
        concurrency: requests in flight.
        passes: how often a request lost to infrastructure is asked, at least 1.
        pause_s: between passes, for infrastructure to recover.
        progress: called with (finished, all, detail) after each.

    Raises:
        ValueError: two requests have the same key.
        UserError: the generator met something the user has to put right; everything finished is stored.
    """
    every = list(requests)
    if len({request.key for request in every}) != len(every):
        raise ValueError("two requests have the same key: item ids must be unique within a benchmark")
    open_requests = [request for request in every if request.key not in store]
    skipped = len(every) - len(open_requests)
    progress(skipped, len(every), "")
    lost: list[tuple[Request, Generation]] = []
    for attempt in range(max(1, passes)):
        if attempt:
            await asyncio.sleep(pause_s)
            open_requests, lost = [request for request, _ in lost], []
        await _ask_all(open_requests, generator, store, concurrency, lost, progress, len(every))
        if not lost:
            break
    done = sum(request.key in store for request in every) - skipped
    return Outcome(done, skipped, tuple(generation for _, generation in lost))


async def _ask_all(
    requests: list[Request],
    generator: Generator,
    store: Store,
    concurrency: int,
    lost: list[tuple[Request, Generation]],
    progress: Progress,
    total: int,
) -> None:
    """One pass: `concurrency` tasks draw from one iterator, so nothing waits for the slowest of a batch."""
    left: Iterator[Request] = iter(requests)
    finished = total - len(requests)

    async def work() -> None:
        nonlocal finished
        for request in left:
            generation = await generator.generate(request)
            if generation.status == "ok":
                store.add(generation)
                finished += 1
            else:
                store.add_lost(generation)
                lost.append((request, generation))
            progress(finished, total, f"{len(lost)} lost" if lost else "")

    tasks = [asyncio.create_task(work()) for _ in range(min(concurrency, len(requests)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
