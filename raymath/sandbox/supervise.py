"""One program's process from outside: starts it, feeds it, reads it up to the cap, holds the clock, ends it.

    ending = supervise(request, Limits(timeout_s=5), cancel)

A fresh interpreter runs `raymath.sandbox.warden` and gets the request through a pipe. The calling process is not
forked and nothing is changed in it: no signal handler, no environment, no working directory. What the ending means is
left to `raymath.sandbox.verdict`.
"""

from __future__ import annotations

import contextlib
import marshal
import math
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple, cast

from raymath.sandbox import warden
from raymath.sandbox.limits import Cancel, Limits
from raymath.sandbox.program import Request
from raymath.sandbox.verdict import Ending

_START_S = 60.0
_END_S = 10.0
_TICK_S = 0.05
_NOTE_BYTES = 65536
# The stubs let the warden import its two neighbours without running raymath's own __init__ files, which need pydantic.
_BOOT = """import sys
for name, path in (("raymath", sys.argv[1]), ("raymath.sandbox", sys.argv[1] + "/sandbox")):
    stub = type(sys)(name)
    stub.__path__ = [path]
    sys.modules[name] = stub
from raymath.sandbox.warden import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""
_FLAGS = ("-s", "-S", "-P", "-B", "-u", "-X", "utf8", "-c", _BOOT)
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def supervise(request: Request, limits: Limits, cancel: Cancel) -> Ending:
    """Run what the request says; when this returns, nothing of it runs any more.

    Args:
        request: the program and what its process does to itself.
        limits: what is held from here: time and output.
        cancel: ends it early once set.
    """
    try:
        process, pipes = _spawn()
    except OSError as error:
        return Ending(failure=f"no process could be started: {error}")
    try:
        return _Watch(process, pipes, request, limits, cancel).follow()
    finally:
        _finish(process)
        for fd in pipes:
            os.close(fd)


class _Pipes(NamedTuple):
    """Read ends, beside the process's own stdin, stdout and stderr."""

    verdict: int
    note: int


def _spawn() -> tuple[subprocess.Popen[bytes], _Pipes]:
    verdict, verdict_in = os.pipe()
    note, note_in = os.pipe()
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            [sys.executable, *_FLAGS, str(Path(warden.__file__).parents[1]), str(verdict_in), str(note_in)],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            bufsize=0,
            cwd="/",
            env=_ENVIRONMENT,
            pass_fds=(verdict_in, note_in),
            start_new_session=True,
        )
    except BaseException:
        os.close(verdict)
        os.close(note)
        raise
    finally:
        os.close(verdict_in)
        os.close(note_in)
    return process, _Pipes(verdict, note)


def _finish(process: subprocess.Popen[bytes]) -> None:
    """Whatever happened: no warden, no open pipe."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    if process.returncode is None:
        try:
            process.wait(_END_S)  # its standard input is closed: it ends all it started, then itself
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Watch:
    """Follows one warden from its request to its end."""

    def __init__(
        self, process: subprocess.Popen[bytes], pipes: _Pipes, request: Request, limits: Limits, cancel: Cancel
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process, self._limits = process, limits
        self._stdin = process.stdin
        body = marshal.dumps(cast("dict[str, Any]", request))
        self._unsent = memoryview(len(body).to_bytes(8, "big") + body)
        self._out, self._err = process.stdout.fileno(), process.stderr.fileno()
        self._verdict, self._note, self._cancel = pipes.verdict, pipes.note, cancel.fileno()
        self._read: dict[int, bytearray] = {fd: bytearray() for fd in (self._out, self._err, self._verdict, self._note)}
        self._poll = select.poll()
        for fd in (*self._read, self._stdin.fileno()):
            os.set_blocking(fd, False)
        for fd in (*self._read, self._cancel):
            self._poll.register(fd, select.POLLIN)
        self._poll.register(self._stdin.fileno(), select.POLLOUT)
        self._began = time.monotonic()
        self._started: float | None = None
        self._ended: float | None = None
        self._stop = ""
        self._overflow = False
        self._closed = False
        self._cancelled = False

    def follow(self) -> Ending:
        """Until the warden has gone, or has had its time to go."""
        give_up = math.inf
        while not self._reaped(block=self._closed):
            if time.monotonic() > give_up:
                self._process.kill()
                self._reaped(block=True)
                break
            for fd, _ in self._poll.poll(1000 * max(0.0, min(_TICK_S, self._left()))):
                self._ready(fd)
            if not self._stop:
                self._decide()
            if give_up == math.inf and self._ended is not None:
                give_up = time.monotonic() + _END_S
        for fd in self._read:
            while not self._overflow and self._ready(fd):
                pass
        return self._ending()

    def _left(self) -> float:
        """Seconds to the next moment at which the clock alone changes something."""
        if self._stop or self._ended is not None:
            return math.inf
        if self._started is None:
            return self._began + _START_S - time.monotonic()
        return self._started + self._limits.timeout_s - time.monotonic()

    def _decide(self) -> None:
        if self._overflow:
            self._stop = "output_limit"
        elif self._left() <= 0:
            self._stop = "timeout" if self._started is not None else "start"
        elif self._cancelled:
            self._stop = "cancel"
        if self._stop:
            self._ended = self._ended or time.monotonic()
            self._forget(self._stdin.fileno())
            self._stdin.close()  # the order to end

    def _ready(self, fd: int) -> bool:
        """Take what a descriptor has; whether there may be more."""
        if fd == self._cancel:
            self._cancelled = True
            self._forget(fd)
            return False
        if fd not in self._read:
            self._send()
            return False
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return False
        if not data:
            self._forget(fd)
            self._closed |= fd == self._verdict  # all that hold it are past their last line: the end is near
        elif fd in (self._out, self._err):
            room = self._limits.output_bytes - len(self._read[self._out]) - len(self._read[self._err])
            self._read[fd] += data[:room]
            self._overflow |= len(data) > room
        elif fd == self._note:
            self._read[fd] += data[: _NOTE_BYTES - len(self._read[fd])]
        else:
            self._read[fd] += data
            self._note_times()
        return bool(data)

    def _forget(self, fd: int) -> None:
        with contextlib.suppress(KeyError):
            self._poll.unregister(fd)

    def _note_times(self) -> None:
        lines = bytes(self._read[self._verdict]).splitlines()
        now = time.monotonic()
        if self._started is None and b"start" in lines:
            self._started = now
        if self._ended is None and any(line.startswith((b"exit", b"bound")) for line in lines):
            self._ended = now

    def _send(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._stdin.fileno(), self._unsent) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent = self._unsent[:0]  # it went before it listened: its end says why
        if not self._unsent:
            self._forget(self._stdin.fileno())  # left open: closing it is the order to end

    def _reaped(self, block: bool = False) -> bool:
        try:
            pid, status, usage = os.wait4(self._process.pid, 0 if block else os.WNOHANG)
        except ChildProcessError:  # somebody in this process waits for every child: the time is lost, the end is not
            self._process.returncode = 0
            self._cpu_s = 0.0
            return True
        if pid == 0:
            return False
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._cpu_s = usage.ru_utime + usage.ru_stime
        return True

    def _ending(self) -> Ending:
        read = {fd: bytes(data) for fd, data in self._read.items()}
        began = self._started if self._started is not None else self._began
        return Ending(
            stop=self._stop,
            overflow=self._overflow,
            verdict=read[self._verdict],
            note=read[self._note],
            stdout=read[self._out],
            stderr=read[self._err],
            seconds=max(0.0, (self._ended or time.monotonic()) - began),
            cpu_seconds=self._cpu_s,
        )
