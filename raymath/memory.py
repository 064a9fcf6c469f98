"""How much memory is left, and how much a run took at its peak."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from raymath.errors import MachineError

_GROUP = Path("/sys/fs/cgroup")


def free_gib() -> float:
    """GiB this process may still use: the machine's free memory, or what its control group leaves of its limit."""
    import psutil

    free = float(psutil.virtual_memory().available)
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        if limit != "max":
            free = min(free, float(limit) - float((_GROUP / "memory.current").read_text()))
    except (OSError, ValueError):
        pass  # no control group of version 2: the machine's own figure stands
    return free / 2**30


def require(gibibytes: float, what: str) -> None:
    """Raise `MachineError` where less memory is free than `what` needs."""
    free = free_gib()
    if free < gibibytes:
        raise MachineError(
            f"{what} needs about {gibibytes:.1f} GiB of free memory, and {free:.1f} GiB are free",
            "stop other programs, use a smaller model or data.context, or a larger machine",
        )


class Peak:
    """The largest sum seen, GiB."""

    gib = 0.0


@contextmanager
def watch(every_s: float = 2.0) -> Iterator[Peak]:
    """Sample the memory of this process and all its descendants while the block runs.

    The sum is of proportional set sizes, so a page shared by ten processes counts once.
    """
    peak = Peak()
    done = threading.Event()

    def sample() -> None:
        while not done.wait(every_s):
            peak.gib = max(peak.gib, _tree_gib())

    thread = threading.Thread(target=sample, name="memory-watch", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _tree_gib() -> float:
    import psutil

    me = psutil.Process()
    total = 0
    for process in (me, *me.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue  # it ended meanwhile
    return total / 2**30
