"""Much work under way at once, its results in the order of the items.

    for verdict in in_order(grade_line, lines): ...       # work in threads
    for item, ticket in begun(items, hand_in, 64, end): ...  # work that is handed in, and done elsewhere

Both read the items in a thread of its own and only a window ahead: an endless stream is fine, and so is a peer at the
other end of a pipe that sends its next line only when it has the last one's result.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def in_order(work: Callable[[T], U], items: Iterable[T], workers: int | None = None) -> Iterator[U]:
    """``work`` on each item, in threads: for work that waits for other processes. Results in the items' order."""
    count = workers or max(2, min(16, 2 * len(os.sched_getaffinity(0))))
    with ThreadPoolExecutor(count, thread_name_prefix="in-order") as threads:

        def begin(item: T) -> Future[U]:
            return threads.submit(work, item)

        with closing(begun(items, begin, 32 * count, _cancel)) as under_way:
            for _, result in under_way:
                yield result.result()


def begun(
    items: Iterable[T], begin: Callable[[T], U], ahead: int, end: Callable[[Sequence[U]], object]
) -> Generator[tuple[T, U], None, None]:
    """Each item with what ``begin`` gave for it, in the items' order, while those behind it are begun as well.

    Args:
        items: may be endless.
        begin: called in the thread that reads the items.
        ahead: at most so many are begun and not yet done with; one is done with when the next is asked for.
        end: is given what was begun and is not wanted any more, when this is closed before its end.
    """
    room = threading.Semaphore(ahead)
    waiting: queue.SimpleQueue[tuple[T, U] | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()

    def feed() -> None:
        failed: BaseException | None = None
        try:
            for item in items:
                room.acquire()
                if stopped.is_set():
                    break
                one = begin(item)
                waiting.put((item, one))
                if stopped.is_set():
                    end([one])
        except BaseException as error:  # the boundary of the thread: it is raised where results are taken
            failed = error
        waiting.put(failed)

    threading.Thread(target=feed, name="in-order-feed", daemon=True).start()
    try:
        while (entry := waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            try:
                yield entry
            except BaseException:
                end([entry[1]])
                raise
            room.release()
    finally:
        stopped.set()
        room.release()
        end(_left(waiting))


def _left(waiting: queue.SimpleQueue[tuple[T, U] | BaseException | None]) -> list[U]:
    left = []
    while not waiting.empty():
        entry = waiting.get()
        if isinstance(entry, tuple):
            left.append(entry[1])
    return left


def _cancel(futures: Sequence[Future[U]]) -> None:
    for future in futures:
        future.cancel()
