"""Processes that compare answers symbolically, each killed and replaced when its deadline passes.

    pool = Pool(size=2)
    pool.decide("strict", "\\\\sqrt{8}", "2\\\\sqrt{2}", deadline_s=5.0)   # Decision(equal=True, failure="")

Works from any thread, from async code (through a thread: a call blocks) and inside Ray actors: no signals, no
fork of the calling process, no import of its main module; a worker is a fresh interpreter on two pipes. Workers
start when first needed, end when their parent does, and are not shared with forked children. What a worker
computes is in `raymath.eval.symbolic`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Literal

from raymath.errors import MachineError

Mode = Literal["deepseek", "strict"]

_START_S = 120.0
_MEMORY_MB = 2048
#: On a busy machine a worker gets this many times its deadline, as long as it has not had that much CPU time:
#: a verdict should not depend on what else the machine does.
_BUSY = 3.0


@dataclass(frozen=True)
class Decision:
    """A verdict; ``failure`` is "", "over the time limit" or "the comparison crashed", which make it not equal."""

    equal: bool
    failure: str = ""


class _Worker:
    """One process and its two pipes; used by one thread at a time."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "raymath.eval.symbolic", str(_MEMORY_MB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._ready = False

    def decide(self, mode: Mode, a: str, b: str, deadline_s: float) -> Decision | None:
        """A verdict, or None where the worker was dead before it got the question."""
        if not self._ready:
            if self._line(_START_S, cpu_s=None) != b"ready\n":
                return None
            self._ready = True
        assert self._process.stdin is not None
        question = json.dumps({"mode": mode, "a": a, "b": b, "deadline_s": deadline_s}) + "\n"
        try:
            self._process.stdin.write(question.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = self._line(deadline_s * _BUSY, cpu_s=deadline_s)
        if answer is None:
            return Decision(False, "over the time limit")
        return Decision(answer == b"1\n") if answer else Decision(False, "the comparison crashed")

    def _line(self, wall_s: float, cpu_s: float | None) -> bytes | None:
        """The next line of output; empty at its end, None when the time is up."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        end = time.monotonic() + wall_s
        wait = cpu_s if cpu_s is not None else wall_s
        before = self._cpu() if cpu_s is not None else 0.0
        line = b""
        while not line.endswith(b"\n"):
            if poll.poll(max(0.0, wait) * 1000):
                part = os.read(descriptor, 64)
                if not part:
                    return b""
                line += part
                continue
            left = end - time.monotonic()
            spare = cpu_s - (self._cpu() - before) if cpu_s is not None else 0.0
            if left <= 0 or spare <= 0.05:
                return None
            wait = min(left, spare)
        return line

    def _cpu(self) -> float:
        import psutil

        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.Error:
            return float("inf")
        return float(times.user + times.system)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Pool:
    """Up to `size` workers; a call takes an idle one or waits for it."""

    def __init__(self, size: int) -> None:
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put(None)
        self._size = size
        self._alive: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False

    def decide(self, mode: Mode, a: str, b: str, deadline_s: float) -> Decision:
        """One comparison, at most `deadline_s` of a CPU (and, on a busy machine, three times that of wall time).

        Raises:
            MachineError: no worker starts. That says nothing of the answer.
        """
        worker = self._slots.get()
        try:
            for _ in range(2):
                worker = worker or self._start()
                decision = worker.decide(mode, a, b, deadline_s)
                if decision is not None and not decision.failure:
                    return decision
                self._end(worker)
                worker = None
                if decision is not None:
                    with contextlib.suppress(OSError):
                        worker = self._start()  # it gets ready while others are asked
                    return decision
            raise MachineError("the process that compares answers does not start", "free some memory, then grade again")
        except BaseException:
            # Interrupted between question and answer: this worker's next answer would be to the wrong question.
            if worker is not None:
                self._end(worker)
                worker = None
            raise
        finally:
            self._slots.put(worker)

    def close(self) -> None:
        """Kill all workers; a later call starts new ones."""
        with self._lock:
            workers, self._alive = self._alive, set()
        for worker in workers:
            worker.kill()

    def _start(self) -> _Worker:
        worker = _Worker()
        with self._lock:
            self._alive.add(worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        with self._lock:
            self._alive.discard(worker)
        worker.kill()


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared() -> Pool:
    """This process's pool, made on the first call: one worker a CPU, at most 8."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Pool(max(1, min(8, len(os.sched_getaffinity(0)))))
            atexit.register(_shared.close)
        return _shared


def _forget() -> None:
    """In a forked child: the parent's workers and locks are not ours."""
    global _shared, _shared_lock
    _shared, _shared_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
