"""Many programs, some of them hostile: is every result there and right, and is nothing left behind?

    python tests/benchmarks/sandbox_soak.py [--programs 20000] [--hostile 0.01] [--in-flight 16]
    python tests/benchmarks/sandbox_soak.py --minutes 30      # random, mutated programs

The first form knows what to expect of every program. The second gives mutations of the programs, 1 to 16 at once:
every call has to return an Execution with a status of the contract, not ``infra``, within the time it may take, and the
harmless programs in between have to be right. Both watch memory, descriptors and processes, close the sandbox at their
end, and look for what it left. Prints a markdown summary; exits with 1 on any difference, each of which goes to
--failures as a line of JSON.

Memory and descriptors are this process's own, where the supervisor's thread lives.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import gc
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO, get_args

import psutil
from sandbox_hostile import HOSTILE, Task, arithmetic, mutated, of_row
from sandbox_programs import Row, load_rows, machine_line, of_kind, tree_cpu_s

EVERY = 500
#: Shares of the programs that are no arithmetic: sympy, numpy and scipy, errors.
SYMPY, HEAVY, ERRORS = 0.2, 0.01, 0.05
#: Time that a call may take beyond its program's.
SLACK_S = 5.0
#: A program that is starved by others may get this many times its time.
MOST_TIMES = 4
#: Growth of this process, between the second and the last fifth of the run, that is called none.
FLAT_MIB = 4.0
#: After so many differences there is nothing more to learn.
ENOUGH = 100
CLOSE_S = 30.0
#: Until what has just ended is gone.
SETTLE_S = 1.0
SENTINEL_EVERY = 10
_PR_SET_CHILD_SUBREAPER = 36


class Sample(NamedTuple):
    """Readings between two programs' ends."""

    done: int
    seconds: float
    own_mib: float
    below_mib: float
    descriptors: int
    processes: int


@dataclass
class Tally:
    """What has come so far."""

    failures: TextIO | None
    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    done: int = 0
    late: int = 0
    longest_s: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def fault(self, what: str, task: Task | None = None) -> None:
        """Note a difference."""
        self.faults.append(f"{task.name}: {what}" if task else what)
        print(self.faults[-1], file=sys.stderr)
        if self.failures is not None:
            line = {"what": what} | (
                {"name": task.name, "code": task.code, "timeout_s": task.timeout_s} if task else {}
            )
            print(json.dumps(line), file=self.failures, flush=True)

    @property
    def enough(self) -> bool:
        return len(self.faults) >= ENOUGH

    def sample(self) -> None:
        """Read memory, descriptors and processes now."""
        gc.collect()
        self.samples.append(reading(self.done, time.monotonic() - self.began))


def reading(done: int, seconds: float) -> Sample:
    """Of this process and those below it. Memory below counts shared pages once for each process."""
    me, below = psutil.Process(), 0
    children = me.children(recursive=True)
    for child in children:
        with contextlib.suppress(psutil.Error):
            below += child.memory_info().rss
    return Sample(done, seconds, me.memory_info().rss / 2**20, below / 2**20, me.num_fds(), len(children))


def expected_mix(pick: random.Random, rows: Sequence[Row], programs: int, hostile: float) -> Iterator[Task]:
    """The tasks of the first form."""
    sympy, heavy, errors = ([of_row(row) for row in of_kind(rows, kind)] for kind in ("sympy", "heavy", "error"))
    queue: list[Task] = []
    for _ in range(programs):
        dice = pick.random()
        if dice < hostile:
            if not queue:  # each of them equally often
                queue = pick.sample(HOSTILE, len(HOSTILE))
            yield queue.pop()
        elif dice < hostile + SYMPY:
            yield pick.choice(sympy)
        elif dice < hostile + SYMPY + HEAVY:
            yield pick.choice(heavy)
        elif dice < hostile + SYMPY + HEAVY + ERRORS:
            yield pick.choice(errors)
        else:
            yield arithmetic(pick)


def mutated_mix(pick: random.Random, rows: Sequence[Row], until: float) -> Iterator[Task]:
    """The tasks of the second form: any end will do, but for the sentinels'."""
    from raymath.records import Status

    ends = tuple(status for status in get_args(Status) if status != "infra")
    codes = [row.code for row in rows] + [task.code for task in HOSTILE]
    while time.monotonic() < until:
        if pick.random() < 1 / SENTINEL_EVERY:
            yield arithmetic(pick)
        else:
            timeout_s, memory_mb = pick.choice((0.3, 1.0, 2.0)), pick.choice((64, 256, 1024))
            yield Task("mutation", mutated(pick, codes), ends, timeout_s=timeout_s, memory_mb=memory_mb)


async def run_all(tasks: Iterator[Task], in_flight: Callable[[], int], bounded: bool, tally: Tally) -> None:
    """Run them, `in_flight()` at once (asked again for each), and compare.

    Args:
        bounded: whether a call's own time is held against it: it waits for a place behind the others in flight.
    """
    running: set[asyncio.Task[None]] = set()
    for task in tasks:
        while len(running) >= in_flight():
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        if tally.enough:
            tally.fault(f"stopped after {ENOUGH} differences")
            break
        running.add(asyncio.create_task(_one(task, bounded, tally)))
    if running:
        await asyncio.wait(running)


async def _one(task: Task, bounded: bool, tally: Tally) -> None:
    from raymath.records import Execution
    from raymath.sandbox import run_async

    name, began = f"{tally.done}-{id(task)}", time.monotonic()
    limit = MOST_TIMES * task.timeout_s + SLACK_S
    call = asyncio.ensure_future(run_async(task.code, timeout_s=task.timeout_s, memory_mb=task.memory_mb, id=name))
    # Not wait_for: it would cancel, and wait for ever for a supervisor that no longer answers.
    await asyncio.wait({call}, timeout=limit if bounded else 10 * limit)
    seconds = time.monotonic() - began
    tally.done += 1
    tally.longest_s = max(tally.longest_s, seconds)
    if not call.done():
        tally.fault(f"no result after {seconds:.0f} s", task)
        return
    tally.late += seconds > task.timeout_s + SLACK_S
    try:
        done = call.result()
    except Exception as raised:  # a soak goes on: what a call raises is a difference
        tally.fault(f"the call raised {type(raised).__name__}: {raised}", task)
        return
    tally.statuses[getattr(done, "status", "?")] += 1
    if not isinstance(done, Execution) or done.id != name:
        tally.fault(f"the result is not its own: {done!r:.200}", task)
        return
    error = f"{done.error.type}: {done.error.message}" if done.error else ""
    if wrong := task.fault(done.status, done.stdout, error):
        tally.fault(wrong, task)
    if tally.done % EVERY == 0:
        tally.sample()


# What is left.


def marks() -> dict[str, set[str]]:
    """What a sandbox could leave on the machine: names of files, shared memory, System V segments."""
    places = {"/dev/shm": Path("/dev/shm"), "/tmp": Path("/tmp"), "the temporary folder": Path(tempfile.gettempdir())}
    found = {name: {entry.name for entry in path.iterdir()} for name, path in places.items() if path.is_dir()}
    for kind in ("shm", "sem", "msg"):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
            found[f"System V {kind}"] = {" ".join(line.split()[:2]) for line in lines}
    return found


def left(before: dict[str, set[str]], descriptors: int) -> list[str]:
    """What is there now and was not before, in words."""
    words = []
    # Orphans come to this process: it is their reaper.
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            words.append(f"process {process.pid} ({process.status()}): {' '.join(process.cmdline())[:80]}")
    own = psutil.Process().num_fds()
    if own != descriptors:
        there = {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in _descriptors()}
        words.append(f"{own} descriptors for {descriptors}: {there}")
    own_folder = Path(tempfile.gettempdir()).name
    for place, names in marks().items():
        # Other programs use these places too, a Ray session of raymath's for one. The folder of this run is its own.
        ours = place == "the temporary folder" or place.startswith("System V")
        new = sorted(names - before.get(place, set()) - {own_folder})
        words += [f"{place}: {name}" for name in new if ours or "raymath-soak" in name]
    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith("raymath")]
    return words + [f"thread {name}" for name in threads]


def _descriptors() -> list[int]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            os.stat(f"/proc/self/fd/{name}")
            found.append(int(name))
    return found


def close_in_time(tally: Tally) -> None:
    """End the sandbox; a supervisor that does not end is a difference, and does not hold this script."""
    from raymath.sandbox import close

    began, closing = time.monotonic(), threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE_S)
    if closing.is_alive():
        tally.fault(f"close() has not returned after {CLOSE_S:.0f} s")
    else:
        print(f"closed in {time.monotonic() - began:.2f} s", file=sys.stderr)


def growth_mib(samples: Sequence[Sample]) -> float:
    """Of this process: the median of the last fifth less that of the second."""
    fifth = max(1, len(samples) // 5)
    early = sorted(sample.own_mib for sample in samples[fifth : 2 * fifth] or samples[:1])
    late = sorted(sample.own_mib for sample in samples[-fifth:])
    return late[len(late) // 2] - early[len(early) // 2]


def summary(tally: Tally, title: str, cpu_s: float) -> str:
    """In markdown."""
    seconds = time.monotonic() - tally.began
    text = [
        f"{title}\n",
        "| programs | seconds | programs/s | CPU-ms a program | longest call | over its limit + 5 s | differences |",
        "|---|---|---|---|---|---|---|",
        f"| {tally.done} | {seconds:.0f} | {tally.done / seconds:.0f} | {1000 * cpu_s / max(1, tally.done):.1f} "
        f"| {tally.longest_s:.1f} s | {tally.late} | {len(tally.faults)} |\n",
        "Statuses: " + ", ".join(f"{name} {count}" for name, count in tally.statuses.most_common()) + "\n",
        "| programs | seconds | supervisor MiB | below it MiB | its descriptors | processes below |",
        "|---|---|---|---|---|---|",
    ]
    step = max(1, len(tally.samples) // 12)
    shown = [*tally.samples[:-1:step], *tally.samples[-1:]]
    text += [
        f"| {s.done} | {s.seconds:.0f} | {s.own_mib:.1f} | {s.below_mib:.0f} | {s.descriptors} | {s.processes} |"
        for s in shown
    ]
    text.append(f"\nGrowth of the supervisor's process: {growth_mib(tally.samples):+.1f} MiB\n")
    text += [f"- {fault}" for fault in tally.faults[:20]] or ["No difference; nothing is left."]
    return "\n".join(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--programs", type=int, default=20000)
    parser.add_argument("--hostile", type=float, default=0.01, help="share of hostile programs")
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--minutes", type=float, help="mutated programs for so long, instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", type=Path, help="append every difference here, with its program")
    return parser.parse_args()


def _work(arguments: argparse.Namespace, tally: Tally) -> tuple[str, Awaitable[None]]:
    pick, rows = random.Random(arguments.seed), load_rows()
    if arguments.minutes is None:
        tasks = expected_mix(pick, rows, arguments.programs, arguments.hostile)
        title = f"{arguments.programs} programs, {arguments.hostile:.1%} hostile, {arguments.in_flight} in flight"
        return title, run_all(tasks, lambda: arguments.in_flight, False, tally)
    at_once = [1]

    def in_flight() -> int:
        if pick.random() < 0.02:
            at_once[0] = pick.randrange(1, 17)
        return at_once[0]

    tasks = mutated_mix(pick, rows, time.monotonic() + 60 * arguments.minutes)
    return f"mutated programs for {arguments.minutes:g} minutes, 1 to 16 at once", run_all(
        tasks, in_flight, True, tally
    )


def main() -> int:
    """Run, close, look for what is left; 1 on any difference."""
    arguments = _arguments()
    # Whatever loses its parent becomes a child of this process, so that no daemon can hide.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, contextlib.ExitStack() as files:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        from raymath.sandbox import isolation_level, warm

        failures = files.enter_context(arguments.failures.open("a")) if arguments.failures else None
        tally = Tally(failures)
        loop = asyncio.new_event_loop()
        before, descriptors = marks(), psutil.Process().num_fds()
        where = machine_line(isolation_level())
        warm("bare", "sympy", "scipy")
        time.sleep(SETTLE_S)
        after_warm, cpu = reading(0, 0.0), tree_cpu_s()
        tally.began = time.monotonic()
        title, work = _work(arguments, tally)
        loop.run_until_complete(work)  # type: ignore[arg-type]
        cpu_s = tree_cpu_s() - cpu
        time.sleep(SETTLE_S)
        tally.sample()
        _compare(after_warm, tally)
        close_in_time(tally)
        for what in left(before, descriptors):
            tally.fault(f"left behind: {what}")
        print(f"{where}, seed {arguments.seed}\n\n{summary(tally, title, cpu_s)}", flush=True)
        tempfile.tempdir = None
    if any("close()" in fault or "no result" in fault for fault in tally.faults):
        os._exit(1)  # a thread that does not end would keep the interpreter from its end
    return int(bool(tally.faults))


def _compare(before: Sample, tally: Tally) -> None:
    """All programs have ended: as many descriptors and processes as before the first, and no more memory."""
    now = tally.samples[-1]
    if now.descriptors != before.descriptors:
        tally.fault(f"{now.descriptors} descriptors after the last program, {before.descriptors} before the first")
    if now.processes != before.processes:
        tally.fault(f"{now.processes} processes after the last program, {before.processes} before the first")
    if len(tally.samples) >= 10 and growth_mib(tally.samples) > FLAT_MIB:
        tally.fault(f"the supervisor's process has grown by {growth_mib(tally.samples):.1f} MiB")


if __name__ == "__main__":
    sys.exit(main())
