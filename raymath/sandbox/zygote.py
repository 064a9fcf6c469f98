"""The processes between the supervisor and a program: a nursery that starts zygotes, and zygotes that fork.

    nursery(control, folders, without)      # run by `raymath.sandbox.tree`, in a fresh interpreter

- The nursery asks for namespaces, and is process 1 of its own process table where they are granted: its end is the
  kernel's order to end all in it. It runs no program; it forks a zygote for each kind that is asked for.
- A zygote loads the libraries of its kind, gives up every right it does not need, and then forks once for each
  program. It never sees a program's text: that goes from the supervisor to the fork through a socket of its own. It
  kills when told to, and reports wait statuses, which only a parent can know.
- The fork (`raymath.sandbox.program`) confines itself further, closes what it got from the zygote, says when it
  starts, and runs its program.

When the supervisor's end of a control socket closes, the process at the other end leaves, and everything below it
with it. Nothing depends on that alone: each process has the kernel kill it when the one that forked it ends, from the
first thing that it does on, so that none outlives the supervisor while it still loads libraries or hangs. The nursery
also looks every second whether the supervisor is still a living process. Standard library only; nothing else of raymath
is imported but the modules beside this one that say so.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import json
import marshal
import mmap
import os
import resource
import select
import signal
import site
import socket
import struct
import sys
import time
from functools import partial
from typing import NoReturn

from raymath.sandbox import confine, preload, program, seccomp

#: Supervisor → nursery: start a zygote; the kind follows. Two control sockets come with it: a kind whose caches are
#: filled serves on the first until it serves on the second, others on the second alone.
START = b"Z"
#: Supervisor → zygote: run (`RUN_FORMAT` follows, and channel, stdout, stderr), kill and slow (an id follows).
RUN, KILL, SLOW = b"R", b"K", b"S"
#: The program's number, its address space in bytes beyond the zygote's own, its CPU seconds.
RUN_FORMAT = struct.Struct("=QQI")
ID_FORMAT = struct.Struct("=Q")
#: Zygote → supervisor: ready (JSON follows), ended (`END_FORMAT` follows), not started (id and errno follow).
READY, ENDED, FAILED = b"W", b"E", b"F"
#: The program's number, wait status, CPU seconds, peak resident KiB beyond the zygote's own, time of its end, and what
#: stands in its seal (`raymath.sandbox.program.leave`).
END_FORMAT = struct.Struct("=QidQd8s")
FAIL_FORMAT = struct.Struct("=Qi")
#: The fork → supervisor, first on its channel: the time at which the program starts.
HELLO_FORMAT = struct.Struct("=d")

MESSAGE_BYTES = 4096

#: Nice levels a program goes down when it has run for long and shorter ones are to go first.
_SLOWER = 10
_CHANNEL, _NOWHERE = 3, 4


def nursery(control: int, folders: list[str], without: list[str], supervisor: int) -> NoReturn:
    """Start zygotes until the supervisor leaves.

    Args:
        control: socket to the supervisor.
        folders: where the libraries that programs import are.
        without: primitives not to use: ``namespaces``, ``landlock``, ``seccomp``.
        supervisor: its process; this one was forked by the thread of it that supervises, and ends with that thread.
    """
    confine.notice_parent_death(supervisor)
    state = os.open(f"/proc/{supervisor}/stat", os.O_RDONLY | os.O_CLOEXEC)
    sys.path[:] = [os.path.realpath(path) for path in [*sys.path[1:], *folders]]
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("800")  # when memory runs out, this tree goes before the model it serves
    refused = "not used" if "namespaces" in without else confine.new_namespaces()
    lives, living = os.pipe()  # the end to write into is the first process's alone: it is open while that lives
    parent, child = os.getpid(), os.fork()
    if child:  # only the next process lives in the new process table: this one waits for its end
        os.close(control)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
        os._exit(0)
    os.close(living)
    confine.notice_parent_death(parent, lives)
    confine.hide()
    moved = _out_of_the_way(control)
    poll = select.poll()
    poll.register(moved, select.POLLIN)
    while not _gone(state):
        ready = poll.poll(1000)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not ready:
            continue
        message, fds = _order(moved, 2)
        if not message:
            break
        me = os.getpid()
        if os.fork() == 0:
            try:
                confine.notice_parent_death(me)
                moved.close()
                os.close(state)
                os.close(lives)
                _zygotes(fds[0], fds[1], message[1:].decode(), me, folders, without, refused)
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
            finally:
                os._exit(1)
        for fd in fds:
            os.close(fd)
    os._exit(0)


def _gone(state: int) -> bool:
    """Whether the process of this file ``/proc/…/stat`` has ended, or hangs in its end: its first thread has gone."""
    try:
        return os.pread(state, 4096, 0).rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except OSError:
        return True


def _order(control: socket.socket, most: int) -> tuple[bytes, list[int]]:
    """The next message with its descriptors; an empty one where the supervisor has gone."""
    try:
        message, fds, _, _ = socket.recv_fds(control, MESSAGE_BYTES, most)
    except ConnectionResetError:  # it went before it had read all that was sent to it
        return b"", []
    return message, fds


def _zygotes(
    early: int, control: int, kind: str, parent: int, folders: list[str], without: list[str], refused: str
) -> NoReturn:
    """Load a kind's libraries; where there are caches to fill, a fork serves in the meantime."""
    # A library is to find no helpers on this machine that programs do not have.
    sys.meta_path.insert(0, program.Finder((), files=True))
    # Where no file can be opened later, a module that is not loaded now cannot be imported at all.
    everything = not confine.has_landlock() or "landlock" in without
    preload.load(kind, everything=everything)
    if preload.fills(kind):
        me = os.getpid()
        if not everything and os.fork() == 0:
            confine.notice_parent_death(me)
            os.close(control)
            _zygote(early, kind, me, folders, without, refused)
        os.close(early)
        preload.fill()
    else:
        os.close(early)
    _zygote(control, kind, parent, folders, without, refused)


def _zygote(control: int, kind: str, parent: int, folders: list[str], without: list[str], refused: str) -> NoReturn:
    supervisor = _out_of_the_way(control)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != _NOWHERE:
        os.dup2(nowhere, _NOWHERE)
        os.close(nowhere)
    confine.become_subreaper()
    preload.seed()
    gc.collect()
    gc.freeze()  # what is loaded now is no garbage: a collection in a fork need not touch, and so copy, it
    confine.collapse_pages()
    size, resident = confine.address_space(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = os.open("/proc/thread-self/children", os.O_RDONLY | os.O_CLOEXEC)
    missing = _confine(folders, without, refused)
    confine.notice_parent_death(parent)  # again: giving up rights may have undone it
    supervisor.send(READY + json.dumps(missing).encode())
    files = "landlock" not in missing or "seccomp" in missing
    _Server(supervisor, kind, size, resident, files, None if "seccomp" not in missing else children).serve()


def _out_of_the_way(control: int) -> socket.socket:
    """The socket on a descriptor above those that a program gets."""
    moved = fcntl.fcntl(control, fcntl.F_DUPFD_CLOEXEC, 16)
    os.close(control)
    return socket.socket(fileno=moved)


def _confine(roots: list[str], without: list[str], refused: str) -> dict[str, str]:
    """Give up what programs must not have; returns what could not be had, and why."""
    missing = {}
    libraries = [f"{folder}/{name}" for folder in roots for name in (*program.LIBRARIES, "numpy.libs", "scipy.libs")]
    stdlib = [os.path.dirname(os.path.realpath(os.__file__))]
    folders = confine.Folders(confine.existing([*libraries, *stdlib]), confine.existing(roots))
    confine.set_common_limits()
    if not refused:
        try:
            confine.leave_files(folders)
        except OSError as error:
            refused = str(error.strerror)
    if refused:
        missing["namespaces"] = refused
    confine.drop_privileges()
    confine.hide()
    try:
        if "landlock" in without:
            raise OSError(0, "not used")
        confine.restrict_files(folders)
    except OSError as error:
        missing["landlock"] = str(error.strerror)
    try:
        if "seccomp" in without:
            raise OSError(0, "not used")
        if not seccomp.supported():
            raise OSError(0, f"no list of system calls for {os.uname().machine}")
        # Without Landlock nothing says which files: then no file can be opened at all.
        seccomp.zygote_filter(files="landlock" not in missing).install()
    except OSError as error:
        missing["seccomp"] = str(error.strerror)
    return missing


class _Server:
    """A zygote at work: one poll for orders and ended children."""

    def __init__(
        self, supervisor: socket.socket, kind: str, size: int, resident: int, files: bool, children: int | None
    ) -> None:
        self._supervisor, self._size, self._resident = supervisor, size, resident
        # Where a filter keeps programs from starting processes, there are no others to look for.
        self._children = children
        self._filter = seccomp.program_filter() if children is None else None
        self._pid = os.getpid()
        site.setquit()  # exit(), quit() and help(), which an interpreter without site lacks
        site.sethelper()
        sys.argv = [""]
        sys.orig_argv[:] = [""]
        self._finder = program.Finder(preload.outside(kind), files)
        sys.meta_path[0] = self._finder
        for name in [name for name in sys.modules if name.partition(".")[0] == "raymath"]:
            del sys.modules[name]
        self._running: dict[int, int] = {}
        self._pids: dict[int, int] = {}
        self._seals: dict[int, mmap.mmap] = {}

    def serve(self) -> NoReturn:
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        poll.register(self._supervisor, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == wake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake, 4096)
                    self._reap()
                else:
                    self._obey()

    def _obey(self) -> None:
        message, fds = _order(self._supervisor, 3)
        order, rest = message[:1], message[1:]
        if not order:
            for pid in self._pids:
                self._kill(pid)
            os._exit(0)
        if order == RUN:
            self._fork(fds, *RUN_FORMAT.unpack(rest))
            return
        pid = self._running.get(*ID_FORMAT.unpack(rest))
        if pid is None:
            return
        if order == KILL:
            self._kill(pid)
        elif order == SLOW:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PGRP, pid, os.getpriority(os.PRIO_PROCESS, 0) + _SLOWER)

    def _fork(self, fds: list[int], number: int, memory_bytes: int, cpu_s: int) -> None:
        try:
            seal = mmap.mmap(-1, mmap.PAGESIZE)
            pid = os.fork()
        except OSError as error:
            self._supervisor.send(FAILED + FAIL_FORMAT.pack(number, error.errno or errno.EAGAIN))
            pid = -1
        if pid == 0:
            try:
                for other in self._seals.values():  # no program reaches another's
                    other.close()
                self._become_program(fds, memory_bytes, cpu_s, seal)
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
            finally:
                os._exit(1)
        for fd in fds:
            os.close(fd)
        if pid > 0:
            self._running[number], self._pids[pid], self._seals[number] = pid, number, seal

    def _become_program(self, fds: list[int], memory_bytes: int, cpu_s: int, seal: mmap.mmap) -> NoReturn:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        confine.notice_parent_death(self._pid)
        # A group, no session: each session would be a scheduling group of its own, within which alone nice counts.
        os.setpgid(0, 0)
        channel, out, err = fds
        os.dup2(out, 1)
        os.dup2(err, 2)
        if channel != _CHANNEL:
            os.dup2(channel, _CHANNEL)
        os.closerange(_NOWHERE + 1, 1 << 16)
        confine.set_limits(self._size + memory_bytes if self._size else memory_bytes + (1 << 30), cpu_s)
        if self._filter is not None:
            self._filter.install(os.getpid())
        request: program.Request = marshal.loads(_receive(_CHANNEL))  # noqa: S302 - from the supervisor
        self._finder.leave = partial(program.leave, request, request["codes"][3], seal)
        os.write(_CHANNEL, HELLO_FORMAT.pack(time.monotonic()))
        program.run(request, _CHANNEL, _NOWHERE, seal)

    def _kill(self, pid: int) -> None:
        for send in (os.killpg, os.kill):  # the group too, for programs that no filter keeps from starting others
            with contextlib.suppress(OSError):
                send(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self._pids.pop(pid, None)
            if number is None:
                continue  # what a program without a filter had started
            del self._running[number]
            if self._children is not None:
                with contextlib.suppress(OSError):
                    os.killpg(pid, signal.SIGKILL)
                _sweep(self._children, set(self._pids))
            peak = max(0, usage.ru_maxrss - self._resident)
            seal = self._seals.pop(number)
            said = seal[:8]
            seal.close()
            ended = END_FORMAT.pack(number, status, usage.ru_utime + usage.ru_stime, peak, time.monotonic(), said)
            self._supervisor.send(ENDED + ended)


def _receive(fd: int) -> bytes:
    size = int.from_bytes(_exactly(fd, 8), "big")
    return _exactly(fd, size)


def _exactly(fd: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(fd, min(size, 2**20))
        if not part:
            os._exit(1)  # the supervisor has gone
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _sweep(children: int, keep: set[int]) -> None:
    """End children that are nobody's program: orphans of programs that may start processes.

    Args:
        children: descriptor of the kernel's list of this process's children.
        keep: programs.
    """
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        strays = {int(pid) for pid in os.pread(children, 1 << 20, 0).split()} - keep
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
