"""The supervisor's side of one nursery and its zygotes: starts them, talks to them, ends them.

    tree = Tree(without=())
    zygotes = tree.start("sympy")       # at once; they are ready when they say so

A fresh interpreter runs `raymath.sandbox.zygote`: the calling process is not forked, and nothing is changed in it. What
the messages mean for a run is left to `raymath.sandbox.engine`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from raymath.sandbox import preload, program, zygote

# The stubs let the nursery import its neighbours without running raymath's own __init__ files, which need pydantic.
_BOOT = """import sys
for name, path in (("raymath", sys.argv[1]), ("raymath.sandbox", sys.argv[1] + "/sandbox")):
    stub = type(sys)(name)
    stub.__path__ = [path]
    sys.modules[name] = stub
from raymath.sandbox.zygote import nursery
nursery(int(sys.argv[2]), sys.argv[3].split(":"), sys.argv[4].split(","), int(sys.argv[5]))
"""
_FLAGS = ("-s", "-S", "-B", "-u", "-X", "utf8", "-c", _BOOT)
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Each thread's own arena would take 64 MiB of a program's address space.
    "MALLOC_ARENA_MAX": "1",
    # Without a bound a hit changes nothing in the cache, so a fork copies fewer pages; a program ends before it grows.
    "SYMPY_CACHE_SIZE": "None",
    # Its programs may use this path as they like; there is no such file.
    "HOME": "/tmp",  # noqa: S108
}
_END_S = 5.0

#: What holds a program, each of which may be missing on a machine.
PRIMITIVES = ("namespaces", "landlock", "seccomp")


def level_of(missing: Container[str]) -> str:
    """The level's name where these primitives do not hold a program."""
    if "seccomp" in missing:
        return "none"
    if "landlock" in missing:
        return "basic"
    return "strong" if "namespaces" in missing else "full"


class Zygote:
    """One zygote as the supervisor sees it.

    ``ready`` once it takes programs; ``missing`` are the primitives that do not hold it, with reasons; an ``early`` one
    serves until another of its kind has filled its caches.
    """

    def __init__(self, kind: str, control: socket.socket, early: bool) -> None:
        self.kind, self._control, self.early = kind, control, early
        control.setblocking(False)
        self.ready = False
        self.missing: dict[str, str] = {}
        self.running: set[int] = set()

    def fileno(self) -> int:
        """Readable when there are messages."""
        return self._control.fileno()

    @property
    def level(self) -> str:
        """The isolation of its programs: ``full``, ``strong``, ``basic`` or ``none``."""
        return level_of(self.missing)

    def send(self, message: bytes, fds: Sequence[int] = ()) -> bool:
        """False where its queue is full: to be tried again.

        Raises:
            OSError: it has gone.
        """
        try:
            socket.send_fds(self._control, [message], list(fds))
        except BlockingIOError:
            return False
        return True

    def messages(self) -> Iterator[bytes]:
        """What it has sent; an empty one if it has gone."""
        while True:
            try:
                message = self._control.recv(zygote.MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            yield message
            if not message:
                return

    def told(self, message: bytes) -> None:
        """Its first message."""
        self.missing = json.loads(message[1:])

    def close(self) -> None:
        """Let it go: it ends, and its programs with it."""
        self._control.close()


class Tree:
    """A nursery. `start` makes zygotes; `close` ends everything below, and so does the end of the thread that made it.

    Args:
        without: primitives not to use, of ``namespaces``, ``landlock``, ``seccomp``.

    Raises:
        OSError: no process could be started.
    """

    def __init__(self, without: Sequence[str] = ()) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        room = str(Path(zygote.__file__).parents[1])
        arguments = [room, str(theirs.fileno()), ":".join(_site()), ",".join(without), str(os.getpid())]
        try:
            self._process = subprocess.Popen(
                [sys.executable, *_FLAGS, *arguments],
                stdin=subprocess.PIPE,  # closed below: every program reads an end of file from it
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env=_ENVIRONMENT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except BaseException:
            self._control.close()
            raise
        finally:
            theirs.close()
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        self._process.stdin.close()
        os.set_blocking(self._process.stderr.fileno(), False)

    def start(self, kind: str) -> list[Zygote]:
        """A kind's zygotes, on their way: the early one first, where there is one.

        Raises:
            OSError: the nursery has gone.
        """
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
        try:
            socket.send_fds(self._control, [zygote.START + kind.encode()], [theirs.fileno() for _, theirs in pairs])
        except OSError:
            for ours, _ in pairs:
                ours.close()
            raise
        finally:
            for _, theirs in pairs:
                theirs.close()
        (early, _), (last, _) = pairs
        if not preload.fills(kind):
            early.close()
            return [Zygote(kind, last, early=False)]
        return [Zygote(kind, early, early=True), Zygote(kind, last, early=False)]

    def ended(self) -> bool:
        """Whether all of it has gone."""
        return self._process.poll() is not None

    def said(self) -> str:
        """The last line of what its processes wrote to their standard error: why they could not start."""
        assert self._process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            text = os.read(self._process.stderr.fileno(), 1 << 16).decode(errors="replace")
            return text.strip().rpartition("\n")[2]
        return ""

    def close(self) -> None:
        """End the nursery, its zygotes and their programs, and wait for that."""
        self._control.close()
        deadline = time.monotonic() + _END_S
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
                break
            time.sleep(0.002)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def abandon(self) -> None:
        """In a forked copy of this process: let go without ending anything."""
        self._control.close()


@functools.cache
def _site() -> tuple[str, ...]:
    """The folders that programs import libraries from."""
    folders: dict[str, None] = {}
    for library in program.LIBRARIES:
        spec = importlib.util.find_spec(library)
        if spec is not None and spec.origin:
            folders[os.path.realpath(Path(spec.origin).parents[1])] = None
    return tuple(folders)
