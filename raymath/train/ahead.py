"""Makes the next step's batches while this step's are trained on.

    ahead = Ahead(lambda step: batches_of(step), end=settings.steps)
    batches = ahead.take(step)

At most one step is made ahead, whatever it takes. What is made is a function of the step alone, so nothing depends
on whether it was; a step that was not foreseen (a resumed or skipped one) is made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """One step made in advance, in a thread.

    Args:
        make: a step's number → what it takes; called in another thread, one call at a time.
        end: the first step that is never taken.
    """

    def __init__(self, make: Callable[[int], T], end: int) -> None:
        self._make, self._end = make, end
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._next: tuple[int, Future[T]] | None = None

    def take(self, step: int) -> T:
        """What `make` gives for a step; what it raised is raised here. The next one is begun."""
        if self._next is not None and self._next[0] == step:
            made = self._next[1].result()
        else:
            made = self._pool.submit(self._make, step).result()
        following = step + 1
        self._next = (following, self._pool.submit(self._make, following)) if following < self._end else None
        return made

    def close(self) -> None:
        """Forget what is made and not taken."""
        self._next = None
        self._pool.shutdown(wait=True, cancel_futures=True)
