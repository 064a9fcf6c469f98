"""A run that lives at a URI, trained on machines that share no disk with its driver.

    job = moved(job)                       # in a worker: the same job in a directory of this machine, its data brought
    with reported(job, rank): ...          # what it writes goes home; the driver's word to stop comes from there
    follow = Followed(job)                 # in the driver
    follow(); follow.ask("interrupted")

Checkpoints have a way of their own (`raymath.train.store`); this is for the rest: data, metrics, logs, records.
"""

from __future__ import annotations

import fcntl
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from raymath.errors import MachineError
from raymath.mirror import Mirror
from raymath.models import resolve
from raymath.storage import Place, cache_dir, reason_of, shown
from raymath.train import preempt
from raymath.train.job import Job

#: Between two looks at what the other side has written.
_LOOK_S = 2.0
_FOLLOW_S = 5.0
_PUSH_S = 10.0
_STOP = "train/stop"


def moved(job: Job) -> Job:
    """The job as it is on this machine: its directories below the cache, with the run's data in them.

    Raises:
        MachineError: the run's home cannot be reached.
        ModelError: the model is not on this machine, nor found by its name.
    """
    assert job.home is not None
    run = _directory(job.home)
    run.mkdir(parents=True, exist_ok=True)
    with (run / ".lock").open("w") as lock:  # ranks of one machine bring it once
        fcntl.flock(lock, fcntl.LOCK_EX)
        mirror = Mirror(run, job.home)
        mirror.pull("data")
        mirror.pull("train", ["train/logs/*"])
    lost = Path(job.model).is_absolute() and not Path(job.model).is_dir()
    model = resolve(job.base) if lost and job.base else job.model
    return job.model_copy(update={"out": str(run / "train"), "feed": str(run / "data"), "model": model})


def require_seen(job: Job) -> None:
    """Refuse to train on a machine that does not see a run's directory, as one that the autoscaler added later.

    Raises:
        MachineError: with the machine's name.
    """
    if not Path(job.feed).is_dir():
        raise MachineError(
            f"{socket.gethostname()} does not see {job.feed}",
            "mount shared storage at that path on every node, or let the run live at a URI: --runs s3://bucket/runs",
        )


@contextmanager
def reported(job: Job, rank: int) -> Iterator[None]:
    """Bring home what rank 0 writes while the block runs, and each rank's log at its end."""
    assert job.home is not None
    run, done = Path(job.out).parent, threading.Event()
    log = f"train/logs/worker-{rank}.log"
    thread = threading.Thread(target=_report, args=(job, done), name="home", daemon=True)
    if rank == 0:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if rank == 0:
            thread.join()
        elif (run / log).is_file():
            _said(lambda: Place(job.home or "").put(run / log, log))


def _report(job: Job, done: threading.Event) -> None:
    mirror, place = Mirror(Path(job.out).parent, job.home or ""), Place(job.home or "")
    pushed = time.monotonic()
    while not done.wait(_LOOK_S):
        _said(lambda: _heed(place, job))
        if time.monotonic() - pushed >= _PUSH_S:
            _said(lambda: mirror.push("train"))
            pushed = time.monotonic()
    _said(lambda: mirror.push("train"))


def _heed(place: Place, job: Job) -> None:
    if place.is_file(_STOP):
        preempt.ask(job.stop, place.read(_STOP).decode().strip())


def _said(action: Callable[[], object]) -> None:
    """Do something that may fail without stopping the training; then it is said in the log."""
    try:
        action()
    except (MachineError, OSError) as error:
        print(f"the run's home is not up to date: {reason_of(error)}", file=sys.stderr)


class Followed:
    """The driver's view of a job whose workers are elsewhere; of one without a home it does nothing.

    Args:
        job: as the driver has it.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._mirror = Mirror(Path(job.out).parent, job.home) if job.home else None
        self._looked = float("-inf")
        self._asked = False

    def __call__(self, *, now: bool = False) -> None:
        """Bring here what the workers have written, every few seconds."""
        if self._mirror is None or (not now and time.monotonic() - self._looked < _FOLLOW_S):
            return
        self._looked = time.monotonic()
        if (why := preempt.reason(self._job.stop)) and not self._asked:  # by whoever sees the driver's disk
            self.ask(why)
        _said(lambda: self._mirror and self._mirror.pull("train", ["train/logs/restarts.jsonl"]))

    def ask(self, why: str) -> None:
        """Ask the workers to save and end."""
        self._asked = True
        preempt.ask(self._job.stop, why)
        if self._job.home:
            Place(self._job.home).write(_STOP, f"{why}\n".encode())

    def clear(self) -> None:
        """Ask for nothing any more."""
        self._asked = False
        preempt.clear(self._job.stop)
        if self._job.home:
            Place(self._job.home).remove(_STOP)


def _directory(home: str) -> Path:
    """Of a worker: another than a driver's on the same machine, which has its own copy."""
    parent, _, name = shown(home).rpartition("/")
    return cache_dir() / "workers" / blake2b(parent.encode(), digest_size=4).hexdigest() / name
