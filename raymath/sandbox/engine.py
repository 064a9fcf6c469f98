"""The supervisor: one thread of the calling process that starts, watches and ends every program.

    engine = Engine(parallel=2)
    engine.submit(["print(6 * 7)"], Limits()).future.result()      # an Execution

The thread alone talks to the zygotes, so calls from any number of threads and event loops need no lock of their own.
What happens inside the other processes is in `raymath.sandbox.zygote`, one program's pipes in
`raymath.sandbox.running`, what follows from how it ended in `raymath.sandbox.verdict`; where programs come from in
`raymath.sandbox.calls`.

Programs of one `Lane` share its places. A program that runs for long keeps running, but gives its place to the next
and steps back in the kernel's scheduling: short ones do not wait behind it. One that is starved by that gets its time
back at its deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from raymath.errors import MachineError
from raymath.records import Execution
from raymath.sandbox import preload, zygote
from raymath.sandbox.limits import Limits
from raymath.sandbox.running import MOST_TIMES, Lane, Running
from raymath.sandbox.tree import Tree, Zygote
from raymath.sandbox.verdict import Ending, execution

#: Threads a program may have at once.
THREADS = 64

#: Seconds after which a program has run for long.
_LONG_S = 0.25
#: Programs that may run for long at once, for each place of their lane.
_LONG_PER_PLACE = 8
#: Seconds between looks at what runs: at its output, threads, clock.
_TICK_S = 0.025
#: Seconds without a program after which the zygotes are let go: they hold up to 300 MB that others may need.
_IDLE_S = 30.0
_END_S = 10.0
#: A program that had less than this share of its time on a CPU, and waited for one longer than twice that, was starved.
_FAIR_SHARE = 0.25

# What a program must not be able to do, each with the primitive that has to hold it. It prints the names of those that
# did not. A zygote takes no program before it has been tried.
_ATTEMPTS = """
import ctypes, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
def fork():
    if os.fork() == 0:
        os._exit(0)
def check(result):
    if result < 0:
        raise OSError
attempts = [
    ("seccomp", fork),
    ("seccomp", socket.socket),
    ("seccomp", lambda: os.kill(os.getppid(), 0)),
    ("seccomp", lambda: os.rmdir(os.mkdir("raymath-attempt") or "raymath-attempt")),
    ("seccomp", lambda: check(libc.unshare(0x10000000))),
    ("seccomp", lambda: check(libc.prctl(4, 1, 0, 0, 0))),
    ("seccomp", lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))),
    ("landlock", lambda: open("/etc/passwd").close()),
    ("landlock", lambda: open("/proc/self/mem").close()),
    ("landlock", lambda: os.listdir("/etc")),
    ("namespaces", lambda: os.stat("/etc")),
]
for name, attempt in attempts:
    try:
        attempt()
    except (OSError, ValueError):
        continue
    print(name)
"""


class Ticket:
    """A program that was handed in: its result to come, and the way to end it early."""

    def __init__(self, engine: Engine, run: Running) -> None:
        self._engine, self._run = engine, run
        self.future = run.future

    async def result(self) -> Execution:
        """The result, for async code. Cancelling it ends the program before the cancellation goes on."""
        done = asyncio.wrap_future(self.future)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.wait([done])
            raise

    def cancel(self) -> None:
        """End the program; its result is then ``infra``. Too late is no error."""
        self._engine.order(lambda: self._engine._cancel(self._run))


class Engine:
    """The supervisor thread with its zygotes. One a process is enough: see `engine`.

    Args:
        parallel: programs that run at once in the lane of `run` and `run_async`.
        without: primitives not to use, of ``namespaces``, ``landlock``, ``seccomp``.
    """

    def __init__(self, parallel: int, without: Sequence[str] = ()) -> None:
        self._lane, self._without = Lane(parallel), tuple(without)
        self._lanes: set[Lane] = set()
        self._orders: deque[Callable[[], None]] = deque()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._tree: Tree | None = None
        self._zygotes: dict[str, Zygote] = {}
        self._by_fd: dict[int, Zygote] = {}
        self._starting: set[str] = set()
        self._held: dict[str, list[Running]] = {}
        self._awaited: dict[str, list[Future[dict[str, str]]]] = {}
        self._active: dict[int, Running] = {}
        self._sending: dict[int, Running] = {}
        self._number = 0
        self._used = time.monotonic()
        self._kept = False
        self._ended = False
        self._closing = threading.Lock()
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._thread = threading.Thread(target=self._loop, name="raymath-sandbox", daemon=True)
        self._thread.start()

    def submit(
        self,
        blocks: list[str],
        limits: Limits,
        lane: Lane | None = None,
        *,
        show_last: bool = False,
        name: str | None = None,
    ) -> Ticket:
        """Hand in a program: the last of `blocks`, after the others. From any thread.

        Raises:
            TypeError: one of them is no string.
        """
        for block in blocks:
            if not isinstance(block, str):
                raise TypeError(f"a program is {type(block).__name__}: give its text as a string")
        run = Running(0, blocks, show_last, limits, lane or self._lane, name, preload.kind_of(blocks))
        self.order(lambda: self._queue(run))
        return Ticket(self, run)

    def warm(self, kinds: Iterable[str]) -> dict[str, str]:
        """Start the zygotes of these kinds and wait until they take programs, their caches filled; they stay.

        Returns:
            The primitives that do not hold programs, with reasons.

        Raises:
            MachineError: one could not be started.
        """
        awaited: list[Future[dict[str, str]]] = []
        for kind in kinds:
            future: Future[dict[str, str]] = Future()
            awaited.append(future)
            self.order(functools.partial(self._await, kind, future))
        missing: dict[str, str] = {}
        for future in awaited:
            missing |= future.result()
        return missing

    def close(self) -> None:
        """End everything; what is in flight comes back as ``infra``. The engine cannot be used again."""
        with self._closing:
            if self._wake < 0:
                return
            self.order(self._end)
            self._thread.join()
            self._wake, wake = -1, self._wake
            os.close(wake)

    def order(self, act: Callable[[], None]) -> None:
        """Have the engine's thread do something."""
        self._orders.append(act)
        with contextlib.suppress(OSError):  # it has just been closed
            os.eventfd_write(self._wake, 1)
        if self._ended:  # nobody reads orders any more: what was handed in must not wait for ever
            self._drain()

    # All below runs in the engine's thread.

    def _loop(self) -> None:
        try:
            while not self._ended:
                for fd, _ in self._poll.poll(self._patience()):
                    self._handle(fd)
                while self._orders:
                    self._orders.popleft()()
                self._look()
                self._dispatch()
                self._rest()
        finally:  # also after a fault of this module: no caller may wait for ever
            if not self._ended:
                self._end()
            self._drain()

    def _rest(self) -> None:
        idle = not (self._active or self._starting or self._held or self._kept)
        if idle and self._tree is not None and time.monotonic() - self._used > _IDLE_S:
            self._lose_tree()

    def _handle(self, fd: int) -> None:
        if fd == self._wake:
            os.eventfd_read(self._wake)
        elif (sender := self._by_fd.get(fd)) is not None:
            self._listen(sender)
        elif (run := self._sending.get(fd)) is not None:
            self._send_text(run)

    def _patience(self) -> float | None:
        """Milliseconds until something has to be looked at without an event."""
        now = time.monotonic()
        if not self._active:
            return None if self._tree is None or self._kept else 1000 * max(0.0, self._used + _IDLE_S - now) + 0.5
        soonest = min(run.deadline for run in self._active.values())
        return 1000 * max(0.0, min(_TICK_S, soonest - now)) + 0.5

    def _queue(self, run: Running) -> None:
        self._number += 1
        run.number = self._number
        run.lane.waiting.append(run)
        self._lanes.add(run.lane)

    def _cancel(self, run: Running) -> None:
        run.cancelled = True
        if run.number in self._active:
            self._stop(run, "cancel")
        elif not run.future.done():
            self._forget_waiting(run)
            self._answer(run, Ending(stop="cancel"))

    def _forget_waiting(self, run: Running) -> None:
        with contextlib.suppress(ValueError):
            run.lane.waiting.remove(run)
        for held in self._held.values():
            with contextlib.suppress(ValueError):
                held.remove(run)

    def _dispatch(self) -> None:
        for lane in list(self._lanes):
            while lane.waiting and lane.running < lane.parallel:
                run = lane.waiting.popleft()
                ready = self._zygotes.get(run.kind)
                if ready is None:
                    self._held.setdefault(run.kind, []).append(run)
                    if run.kind not in self._starting:
                        self._start_zygotes(run.kind)
                elif not self._start(run, ready):
                    lane.waiting.appendleft(run)
                    break
            if not lane.waiting and not lane.running and not lane.long:
                self._lanes.discard(lane)

    # Zygotes.

    def _await(self, kind: str, future: Future[dict[str, str]]) -> None:
        self._kept = True
        ready = self._zygotes.get(kind)
        if ready is not None and not ready.early:
            future.set_result(ready.missing)
            return
        self._awaited.setdefault(kind, []).append(future)
        if kind not in self._starting and ready is None:
            self._start_zygotes(kind)

    def _start_zygotes(self, kind: str) -> None:
        try:
            if self._tree is None:
                self._tree = Tree(self._without)
            try:
                started = self._tree.start(kind)
            except OSError:  # the nursery has gone
                self._lose_tree()
                self._tree = Tree(self._without)
                started = self._tree.start(kind)
        except OSError as error:
            self._give_up(kind, f"no process could be started: {error}")
            return
        self._starting.add(kind)
        for each in started:
            self._by_fd[each.fileno()] = each
            self._poll.register(each.fileno(), select.POLLIN)

    def _give_up(self, kind: str, why: str) -> None:
        """No zygote of a kind can be had now: whoever waits for it is told."""
        self._starting.discard(kind)
        for run in self._held.pop(kind, []):
            self._answer(run, Ending(failure=why))
        for future in self._awaited.pop(kind, []):
            future.set_exception(
                MachineError(
                    f"the sandbox cannot run a program here: {why}", "free some memory or processes and try again"
                )
            )

    def _listen(self, sender: Zygote) -> None:
        for message in sender.messages():
            kind, body = message[:1], message[1:]
            if not kind:
                self._lose(sender)
            elif kind == zygote.READY:
                sender.told(message)
                self._try(sender)
            elif kind == zygote.ENDED:
                self._end_of(*zygote.END_FORMAT.unpack(body))
            elif kind == zygote.FAILED:
                number, reason = zygote.FAIL_FORMAT.unpack(body)
                run = self._active.get(number)
                if run is not None:
                    self._finish(run)
                    self._answer(run, Ending(failure=f"no process could be started: {os.strerror(reason)}"))

    def _try(self, new: Zygote) -> None:
        """Run the attempts in a new zygote; what it does not hold is missing, whatever it said."""
        self._number += 1
        probe = Running(self._number, [_ATTEMPTS], False, Limits(), Lane(1), None, new.kind)
        probe.future.add_done_callback(lambda done: self._tried(new, done.result()))
        self._start(probe, new)

    def _tried(self, new: Zygote, done: Execution) -> None:
        if done.status != "ok":
            why = done.error.message if done.error else done.status
            self._lose(new, f"no program could be started: {why}")
            return
        for name in done.stdout.split():
            new.missing.setdefault(name, "it was tried, and did not hold")
        before = self._zygotes.get(new.kind)
        if before is not None and new.early:  # the other one was faster
            self._let_go(new)
            return
        new.ready = True
        self._zygotes[new.kind] = new
        if before is not None and not before.running:
            self._let_go(before)
        if not new.early:
            self._starting.discard(new.kind)
            for future in self._awaited.pop(new.kind, []):
                future.set_result(new.missing)
        for run in reversed(self._held.pop(new.kind, [])):
            run.lane.waiting.appendleft(run)
            self._lanes.add(run.lane)

    def _let_go(self, old: Zygote) -> bool:
        """Close a zygote; False if that was done before."""
        if self._by_fd.pop(old.fileno(), None) is None:
            return False
        self._poll.unregister(old.fileno())
        old.close()
        return True

    def _lose(self, lost: Zygote, why: str = "") -> None:
        """A zygote has gone: its programs are tried once more, in another one."""
        if not self._let_go(lost):
            return
        if self._zygotes.get(lost.kind) is lost:
            del self._zygotes[lost.kind]
        for number in list(lost.running):
            run = self._active[number]
            self._finish(run)
            run.attempts += 1
            if run.stop:
                self._answer(run, run.ending())
            elif run.attempts > 1 or not lost.ready:
                self._answer(run, Ending(failure="the process that started it was lost"))
            else:
                self._queue(run)
        if lost.kind in self._starting and not lost.early:
            said = self._tree.said() if self._tree else ""
            self._give_up(lost.kind, why or said or "its zygote could not be started")
        if self._tree is not None and self._tree.ended():
            self._lose_tree()

    def _lose_tree(self) -> None:
        for lost in list(self._by_fd.values()):
            self._lose(lost)
        if self._tree is not None:
            self._tree.close()
            self._tree = None

    # One program.

    def _start(self, run: Running, ready: Zygote) -> bool:
        """Give a program to a zygote; False where it has to wait."""
        if ready.ready and ready.level == "none" and not run.limits.allow_unisolated:
            self._refuse(run, ready)
            return True
        if not run.begin(ready):
            return False
        run.lane.running += 1
        self._active[run.number] = run
        ready.running.add(run.number)
        self._send_text(run)
        if run.cancelled:
            self._stop(run, "cancel")
        return True

    def _refuse(self, run: Running, ready: Zygote) -> None:
        reasons = "; ".join(f"{name}: {why}" for name, why in ready.missing.items())
        run.future.set_exception(
            MachineError(
                f"nothing on this machine can hold a program ({reasons})",
                "run on Linux with seccomp (x86-64 or aarch64), or allow it with --allow-unisolated if all programs "
                "are trusted",
            )
        )

    def _send_text(self, run: Running) -> None:
        assert run.channel is not None
        fd = run.channel.fileno()
        if not run.send():
            if fd not in self._sending:
                self._sending[fd] = run
                self._poll.register(fd, select.POLLOUT)
        elif self._sending.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def _look(self) -> None:
        """At everything that runs: its output, its clock, its threads."""
        now = time.monotonic()
        for run in list(self._active.values()):
            if now - run.looked < _TICK_S and now < run.deadline:
                continue  # most have ended before the first look
            run.looked = now
            run.take()
            if run.stop:
                self._insist(run, now)
                continue
            if run.overflow:
                self._stop(run, "output_limit")
            elif now >= run.deadline:
                self._deadline(run, now)
            elif run.started is not None:
                if now - run.started > _LONG_S and not run.long:
                    self._step_back(run)
                if run.threads() > THREADS:
                    self._stop(run, "threads")

    def _deadline(self, run: Running, now: float) -> None:
        if run.started is None:
            self._stop(run, "start")
            return
        given, most = run.deadline - run.started, MOST_TIMES * run.limits.timeout_s
        ran, waited = run.scheduled()
        fair = _FAIR_SHARE * run.limits.timeout_s
        if run.long and ran < fair and waited > 2 * fair and given < most:
            run.deadline = now + min(fair, most - given)
        else:
            self._stop(run, "timeout")

    def _step_back(self, run: Running) -> None:
        if run.lane.long >= _LONG_PER_PLACE * run.lane.parallel:
            return
        run.long = True
        run.lane.running -= 1
        run.lane.long += 1
        run.tell(zygote.SLOW)

    def _stop(self, run: Running, reason: str) -> None:
        run.stop, run.stopped = reason, time.monotonic()
        run.deadline = math.inf
        run.told = run.tell(zygote.KILL)

    def _insist(self, run: Running, now: float) -> None:
        """A zygote that does not end its program in time is ended itself."""
        if not run.told:
            run.told = run.tell(zygote.KILL)
        elif now - run.stopped > _END_S:
            self._lose_tree()

    def _end_of(self, number: int, status: int, cpu_s: float, peak_kib: int, ended: float, seal: bytes) -> None:
        run = self._active.get(number)
        if run is None:
            return
        run.take()
        ending = run.ending(status, cpu_s, peak_kib, ended, seal == run.token)
        self._finish(run)
        next_kind = preload.larger(run.kind)
        if ending.code == run.codes[3] and next_kind and not run.stop:
            run.kind = next_kind
            run.lane.waiting.appendleft(run)
            self._lanes.add(run.lane)
            return
        self._answer(run, ending)

    def _finish(self, run: Running) -> None:
        """The attempt is over: nothing of it stays here."""
        self._used = time.monotonic()
        del self._active[run.number]
        if run.long:
            run.lane.long -= 1
        else:
            run.lane.running -= 1
        assert run.zygote is not None
        assert run.channel is not None
        run.zygote.running.discard(run.number)
        if run.zygote.ready and not run.zygote.running and self._zygotes.get(run.zygote.kind) is not run.zygote:
            self._let_go(run.zygote)  # its successor has taken over
        if self._sending.pop(run.channel.fileno(), None) is not None:
            self._poll.unregister(run.channel.fileno())
        run.close()

    def _answer(self, run: Running, ending: Ending) -> None:
        level = run.zygote.level if run.zygote is not None else "none"
        result = execution(ending, run.limits.memory_mb, level, run.name)
        run.blocks = []
        if not run.future.done():
            run.future.set_result(result)

    def _end(self) -> None:
        waiting = [run for lane in self._lanes for run in lane.waiting]
        waiting += [run for held in self._held.values() for run in held]
        self._held.clear()
        for run in list(self._active.values()):
            self._finish(run)
            waiting.append(run)
        self._ended = True
        for lost in list(self._by_fd.values()):
            self._lose(lost)
        if self._tree is not None:
            self._tree.close()
        for run in waiting:
            self._answer(run, Ending(stop="cancel"))

    def _drain(self) -> None:
        """Answer what was handed in after the end."""
        while self._orders:
            self._orders.popleft()()
        for lane in self._lanes:
            while lane.waiting:
                self._answer(lane.waiting.popleft(), Ending(stop="cancel"))

    def forget(self) -> None:
        """In a forked copy of this process: let go of what belongs to the original."""
        os.close(self._wake)
        for held in self._by_fd.values():
            held.close()
        if self._tree is not None:
            self._tree.abandon()
        for run in self._active.values():
            run.close()
