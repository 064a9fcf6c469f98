"""One program on its way: its pipes, its text, what it has written, and how it ended.

A `Running` is handed to a zygote by `begin`, read by `take`, and let go by `close`. When that happens, and what becomes
of it, is decided by the engine's thread (`raymath.sandbox.engine`), which alone calls them.
"""

from __future__ import annotations

import marshal
import math
import os
import secrets
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from raymath.records import Execution
from raymath.sandbox import zygote
from raymath.sandbox.limits import Limits
from raymath.sandbox.program import Request
from raymath.sandbox.tree import Zygote
from raymath.sandbox.verdict import BACKSTOP_S, Ending

#: Times its limit that a starved program gets at most.
MOST_TIMES = 4

_START_S = 60.0
_NOTE_BYTES = 65536
_SO_PASSCRED, _SCM_CREDENTIALS = 16, 2
_CREDENTIALS = struct.Struct("iii")


class Lane:
    """A queue of programs that share some places; ``parallel`` of them run at once, long ones aside."""

    def __init__(self, parallel: int) -> None:
        self.parallel = parallel
        self.waiting: deque[Running] = deque()
        self.running = 0
        self.long = 0


@dataclass(eq=False)
class Running:
    """One program. Only the engine's thread touches it."""

    number: int
    blocks: list[str]
    show_last: bool
    limits: Limits
    lane: Lane
    name: str | None
    kind: str
    future: Future[Execution] = field(default_factory=Future)
    attempts: int = 0
    # From here on: of the attempt that runs.
    zygote: Zygote | None = None
    codes: tuple[int, int, int, int] = (0, 0, 0, 0)
    token: bytes = b""
    channel: socket.socket | None = None
    out: int = -1
    err: int = -1
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    read: dict[int, bytearray] = field(default_factory=dict)
    said: bytearray = field(default_factory=bytearray)
    pid: int = 0
    sent: float = 0.0
    looked: float = 0.0
    started: float | None = None
    deadline: float = math.inf
    stop: str = ""
    stopped: float = math.inf
    told: bool = False
    overflow: bool = False
    long: bool = False
    cancelled: bool = False

    def begin(self, ready: Zygote) -> bool:
        """Give it to a zygote; False where it has to wait."""
        ours, theirs = socket.socketpair()
        out, out_in = os.pipe()
        err, err_in = os.pipe()
        # Only a backstop for when this process cannot hold the clock any more.
        cpu_s = 2 * MOST_TIMES * math.ceil(min(self.limits.timeout_s, 10**6)) + BACKSTOP_S
        order = zygote.RUN_FORMAT.pack(self.number, int(self.limits.memory_mb * 2**20), cpu_s)
        try:
            sent = ready.send(zygote.RUN + order, (theirs.fileno(), out_in, err_in))
        except OSError:
            sent = False  # it has gone: its end is about to be read
        for fd in (out_in, err_in):
            os.close(fd)
        theirs.close()
        if not sent:
            ours.close()
            os.close(out)
            os.close(err)
            return False
        for fd in (ours.fileno(), out, err):
            os.set_blocking(fd, False)
        ours.setsockopt(socket.SOL_SOCKET, _SO_PASSCRED, 1)
        self.codes, self.token = _draw_codes(), secrets.token_bytes(8)
        request: Request = {
            "blocks": self.blocks,
            "show_last": self.show_last,
            "codes": self.codes,
            "token": self.token,
        }
        body = marshal.dumps(dict(request))
        self.zygote, self.channel, self.out, self.err = ready, ours, out, err
        self.read, self.said = {out: bytearray(), err: bytearray()}, bytearray()
        self.unsent = memoryview(len(body).to_bytes(8, "big") + body)
        self.sent, self.started, self.pid = time.monotonic(), None, 0
        self.looked = self.sent
        self.deadline = self.sent + _START_S
        self.stop, self.stopped, self.told, self.overflow, self.long = "", math.inf, False, False, False
        return True

    def send(self) -> bool:
        """Send it its text; False where not all of it could be sent yet."""
        assert self.channel is not None
        try:
            while self.unsent:
                self.unsent = self.unsent[self.channel.send(self.unsent) :]
        except BlockingIOError:
            return False
        except OSError:
            self.unsent = memoryview(b"")  # it went before it listened: its end says why
        return True

    def tell(self, order: bytes) -> bool:
        """Tell its zygote to kill it or to step back; False where that cannot be sent yet."""
        assert self.zygote is not None
        try:
            return self.zygote.send(order + zygote.ID_FORMAT.pack(self.number))
        except OSError:
            return True  # it has gone, and its programs with it

    def take(self) -> None:
        """Read what the program has written so far, up to the caps."""
        for fd, data in self.read.items():
            while not self.overflow:
                try:
                    new = os.read(fd, 65536)
                except BlockingIOError:
                    break
                if not new:
                    break
                room = self.limits.output_bytes - sum(map(len, self.read.values()))
                data += new[:room]
                self.overflow = len(new) > room
        assert self.channel is not None
        while len(self.said) < _NOTE_BYTES:
            try:
                new, ancillary, _, _ = self.channel.recvmsg(65536, socket.CMSG_SPACE(_CREDENTIALS.size))
            except OSError:
                break
            if not new:
                break
            self.said += new
            if self.started is None and len(self.said) >= zygote.HELLO_FORMAT.size:
                (self.started,) = zygote.HELLO_FORMAT.unpack_from(self.said)
                del self.said[: zygote.HELLO_FORMAT.size]
                self.deadline = self.started + self.limits.timeout_s if not self.stop else math.inf
                self.pid = _sender(ancillary)

    def ending(
        self,
        status: int | None = None,
        cpu_s: float = 0.0,
        peak_kib: int = 0,
        ended: float = math.inf,
        sealed: bool = False,
    ) -> Ending:
        """What is known of its end: of the zygote's word, where there is one, and of what was read."""
        began = self.started if self.started is not None else self.sent
        return Ending(
            stop=self.stop,
            overflow=self.overflow,
            status=status,
            started=self.started is not None,
            peak_kib=peak_kib,
            codes=self.codes,
            sealed=sealed,
            note=bytes(self.said).rpartition(self.token)[2] if self.token in self.said else b"",
            stdout=bytes(self.read.get(self.out, b"")),
            stderr=bytes(self.read.get(self.err, b"")),
            seconds=max(0.0, min(ended, time.monotonic()) - began),
            cpu_seconds=cpu_s,
        )

    def close(self) -> None:
        """Close its pipes."""
        if self.channel is not None:
            self.channel.close()
        os.close(self.out)
        os.close(self.err)

    def threads(self) -> int:
        """How many it has; 0 where it has gone."""
        fields = _proc(self.pid, "stat").rpartition(")")[2].split()
        return int(fields[17]) if fields else 0

    def scheduled(self) -> tuple[float, float]:
        """Seconds its first thread has run on a CPU, and waited for one."""
        fields = _proc(self.pid, "schedstat").split()
        return (int(fields[0]) / 1e9, int(fields[1]) / 1e9) if len(fields) == 3 else (math.inf, 0.0)


def _draw_codes() -> tuple[int, int, int, int]:
    """Four exit codes, not those of an ordinary end."""
    done, raised, out_of_memory, larger = secrets.SystemRandom().sample(range(3, 250), 4)
    return done, raised, out_of_memory, larger


def _sender(ancillary: list[tuple[int, int, bytes]]) -> int:
    """The process that sent a message, as this process numbers it; 0 where the kernel does not say."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SCM_CREDENTIALS:
            return int(_CREDENTIALS.unpack_from(data)[0])
    return 0


def _proc(pid: int, name: str) -> str:
    try:
        with open(f"/proc/{pid}/{name}") as file:
            return file.read()
    except OSError:
        return ""
