"""Of several failed workers the one that the others followed is named."""

from __future__ import annotations

import pickle

from raymath.train.failures import Died, WorkerError, first, lost_peer

CLOSED = RuntimeError(
    "[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]"
)


def raised(rank: int, error: Exception, at: float) -> WorkerError:
    failure = WorkerError.of(rank, error)
    return WorkerError(rank, "host", at, failure.what, failure.lost_peer)


def test_a_failure_travels_as_plain_values() -> None:
    class Unpicklable(Exception):
        def __init__(self) -> None:
            super().__init__("no space left\nwhile writing")
            self.lock = lambda: None

    failure = pickle.loads(pickle.dumps(WorkerError.of(3, Unpicklable())))
    assert failure.what == "Unpicklable: no space left"
    assert (failure.rank, failure.lost_peer) == (3, False)
    assert str(failure).startswith("worker 3 on ")
    assert WorkerError.of(0, ValueError()).what == "ValueError"


def test_lost_connections_are_told_from_causes() -> None:
    assert lost_peer(CLOSED)
    assert lost_peer(RuntimeError("NCCL error: remote process exited or there was a network error"))
    assert not lost_peer(RuntimeError("CUDA out of memory"))
    assert not lost_peer(ValueError("closed by peer"))


def test_the_cause_is_named_not_what_followed() -> None:
    cause, followed = raised(1, OSError("no space left"), 20.0), raised(0, CLOSED, 10.0)
    assert first({0: followed, 1: cause}) == (1, "worker 1 on host: OSError: no space left")
    assert first({0: followed, 1: Died(1, "its node is gone")}) == (1, "worker 1 was lost: its node is gone")
    assert first({0: cause, 1: Died(1, "its process ended")})[1].endswith("no space left"), "a library ended the other"
    later = raised(2, MemoryError("too much"), 30.0)
    assert first({1: cause, 2: later}) == first({2: later, 1: cause}) == (1, str(cause))
    assert "which one went first is not known" in first({0: followed})[1]
