"""Much work in threads, its results in the order of the items.

    for verdict in in_order(grade_line, lines): ...

For work that waits for other processes, as comparing answers does (`raymath.eval.workers`).
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


def in_order(work: Callable[[T], U], items: Iterable[T], workers: int | None = None) -> Iterator[U]:
    """``work`` on each item, in threads that feed the comparison processes; results in the items' order.

    Reads `items` in a thread of its own and only a window ahead: an endless stream is fine, and so is a peer that
    sends its next line only when it has the last one's result.
    """
    count = workers or max(2, min(16, 2 * len(os.sched_getaffinity(0))))
    room = threading.Semaphore(32 * count)
    waiting: queue.SimpleQueue[Future[U] | BaseException | None] = queue.SimpleQueue()
    stopped = threading.Event()
    with ThreadPoolExecutor(count, thread_name_prefix="grade") as threads:

        def feed() -> None:
            end: BaseException | None = None
            try:
                for item in items:
                    room.acquire()
                    if stopped.is_set():
                        break
                    waiting.put(threads.submit(work, item))
            except BaseException as error:  # the boundary of the thread: it is raised where results are taken
                end = error
            waiting.put(end)

        threading.Thread(target=feed, name="grade-feed", daemon=True).start()
        try:
            while (entry := waiting.get()) is not None:
                if isinstance(entry, BaseException):
                    raise entry
                yield entry.result()
                room.release()
        finally:
            stopped.set()
            room.release()
            threads.shutdown(wait=False, cancel_futures=True)
