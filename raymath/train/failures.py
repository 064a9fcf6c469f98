"""Why workers failed, in words for the user: of several, the one that the others followed.

    raise WorkerError.of(rank, error)             # in a worker
    first({0: WorkerError(...), 1: Died(...)})    # → what to tell

When one worker ends, the others lose their connection to it: what they raise then is never the cause. Whether to
start again is left to `raymath.train.policies`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from raymath.records import Record

#: What gloo, NCCL and torch say of a peer that is gone.
_LOST_PEER = (
    "closed by peer", "reset by peer", "broken pipe", "timed out waiting", "connectfullmesh", "remote process exited",
    "socket closed", "connection refused", "connection was likely closed",
)  # fmt: skip


class WorkerError(Exception):
    """What a worker raised, as plain values: any exception reaches the driver so, also one that cannot be pickled.

    ``at`` is the time of it (seconds since 1970, by the worker's clock); ``lost_peer`` says that it only lost its
    connection to another worker.
    """

    def __init__(self, rank: int, host: str, at: float, what: str, lost_peer: bool) -> None:
        self.rank, self.host, self.at, self.what, self.lost_peer = rank, host, at, what, lost_peer
        super().__init__(f"worker {rank} on {host}: {what}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.rank, self.host, self.at, self.what, self.lost_peer)

    @classmethod
    def of(cls, rank: int, error: Exception) -> WorkerError:
        """Of an exception of this process, now."""
        lines = str(error).strip().splitlines()
        # Of a chain of messages torch puts the newest first, Python's own errors have one line.
        what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        return cls(rank, socket.gethostname(), time.time(), what, lost_peer(error))


@dataclass(frozen=True)
class Died:
    """A worker whose process or machine ended without a word of its own."""

    rank: int
    reason: str


class Restart(Record):
    """One failure that the run went on from. ``number`` counts those that `train.max_failures` limits, else 0."""

    at: float
    number: int
    of: int
    what: str


def lost_peer(error: Exception) -> bool:
    """Whether an exception only says that another worker is gone."""
    text = str(error).lower()
    return isinstance(error, (RuntimeError, OSError)) and any(sign in text for sign in _LOST_PEER)


def first(failures: Mapping[int, WorkerError | Died]) -> tuple[int, str]:
    """Rank and reason of the failure that came first; the rank is that of the log to look at.

    What a worker raised by itself comes before a death (some libraries end a process because another raised), a
    death before a lost connection, and of the same kind what came earlier.
    """

    def order(failure: WorkerError | Died) -> tuple[int, float]:
        if isinstance(failure, Died):
            return 1, float(failure.rank)
        return (2 if failure.lost_peer else 0), failure.at

    cause = min(failures.values(), key=order)
    if isinstance(cause, Died):
        return cause.rank, f"worker {cause.rank} was lost: {cause.reason}"
    if cause.lost_peer:
        return cause.rank, f"worker {cause.rank} on {cause.host} lost the others, and which one went first is not known"
    return cause.rank, str(cause)
