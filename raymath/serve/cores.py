"""Which processor cores a replica computes on.

    cores = claim(2)            # held until `cores.release()` or the process ends
    cores.ids                   # (0, 1); empty where all are taken

Ray counts CPUs and assigns none, and two engines bound to the same core run at half speed. Each core of a machine
is a lock file: a replica holds those of its cores for as long as it lives, so a dead one leaves none taken.
Without locks (GPU replicas) nothing is bound.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Cores:
    """Cores that are claimed; ``ids`` are the system's numbers for them."""

    ids: tuple[int, ...]
    _locks: list[int] = field(default_factory=list, repr=False)

    def release(self) -> None:
        """Give them back; calling it again does nothing."""
        while self._locks:
            os.close(self._locks.pop())


def claim(count: int, usable: Iterable[int] | None = None, folder: Path | None = None) -> Cores:
    """Claim `count` cores that no other replica of this machine and user has.

    Args:
        count: how many.
        usable: to choose from; those of this process where not given.
        folder: of the lock files; one a user, in the system's temporary folder, where not given.

    Returns:
        The cores; none at all where fewer than `count` are free, since sharing some is worse than leaving the
        choice to the system.
    """
    folder = folder or Path(tempfile.gettempdir()) / f"raymath-cores-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Another user may have made it first, or a link of that name: their locks are not ours to trust.
        owner = folder.lstat().st_uid
    except OSError:
        return Cores(())
    if owner != os.getuid():
        return Cores(())
    taken = Cores(())
    for core in sorted(os.sched_getaffinity(0) if usable is None else usable):
        if len(taken.ids) == count:
            break
        # Not inherited by the engine's processes: the claim ends with this one.
        lock = os.open(folder / f"{core}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        taken = Cores((*taken.ids, core), [*taken._locks, lock])
    if len(taken.ids) == count:
        return taken
    taken.release()
    return Cores(())
