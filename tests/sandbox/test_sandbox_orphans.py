"""A supervisor that dies, at any moment of its zygotes' and programs' lives, leaves no process.

Many supervisors are started and killed at random moments: while their interpreter starts, while libraries load and
caches fill, between a fork and its first act, while programs run. Orphans come to the process that does it, so it sees
each of them. Without namespaces too: there the kernel ends no process table with its first process.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

#: Run as a process of its own: seed, rounds.
KILLER = r"""
import contextlib, ctypes, os, random, signal, sys, threading, time
import psutil
from raymath.records import Program
from raymath.sandbox import run_batch, warm
from raymath.sandbox.preload import KINDS

TOGETHER = 4
PROGRAMS = ["print(1)", "while True: pass", "import time\ntime.sleep(600)", "import sympy\nprint(sympy.sqrt(8))",
            "import os\nos.abort()", "import scipy", "x = list(range(10**7))", "print('x' * 10**6)"]
pick, rounds = random.Random(int(sys.argv[1])), int(sys.argv[2])
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # orphans come to this process

def supervise(seed):
    mine = random.Random(seed)
    if mine.random() < 0.5:
        threading.Thread(target=warm, args=mine.sample(KINDS, 2), daemon=True).start()
    while True:
        for _ in run_batch((Program(code=mine.choice(PROGRAMS), timeout_s=1) for _ in range(40)), parallel=4):
            pass

def kill(pid, how):
    victims = [pid]
    if how == "first child":  # as Ray does to the children of a worker, and then to the worker
        with contextlib.suppress(psutil.Error):
            victims = [child.pid for child in psutil.Process(pid).children()] + victims
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)

def below():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return psutil.Process().children(recursive=True)

seen = 0
for _ in range(rounds):
    began, ends = time.monotonic(), []
    for _ in range(TOGETHER):
        seed = pick.random()
        if (pid := os.fork()) == 0:
            try:
                supervise(seed)
            finally:
                os._exit(1)
        ends.append((began + 10 ** pick.uniform(-2, 0.5), pid, pick.choice(("alone", "alone", "first child"))))
    for moment, pid, how in sorted(ends):
        time.sleep(max(0, moment - time.monotonic()))
        seen += len(psutil.Process(pid).children(recursive=True))
        kill(pid, how)
    deadline = time.monotonic() + 20
    while (left := below()) and time.monotonic() < deadline:
        time.sleep(0.02)
    if left:
        for one in left:
            with contextlib.suppress(psutil.Error):
                print("left:", one, one.parents()[:2], flush=True)
        break
print("rounds done, processes seen:", seen > rounds)
"""

#: A process whose first thread ends and whose others stay, as one does that hangs in its own end.
HALF_DEAD = r"""
import ctypes, os, sys, threading, time
from raymath.sandbox import run, warm
warm("bare")
threading.Thread(target=run, args=("while True: pass",), kwargs={"timeout_s": 600}).start()
time.sleep(0.5)
print("up", flush=True)
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
"""


@pytest.mark.parametrize("without", ["", "namespaces"], ids=lambda without: f"without {without or 'nothing'}")
@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_a_supervisor_that_is_killed_at_any_moment_leaves_nothing(without: str, rounds: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, "1", str(rounds)],
        capture_output=True,
        text=True,
        env={**os.environ, "RAYMATH_SANDBOX_WITHOUT": without},
        timeout=590,
    )
    assert done.stdout == "rounds done, processes seen: True\n", done.stderr[-2000:]


def test_a_supervisor_that_hangs_in_its_end_leaves_nothing() -> None:
    import psutil

    process = subprocess.Popen([sys.executable, "-c", HALF_DEAD], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) == 4  # the one that waits, nursery, zygote, program
        _, alive = psutil.wait_procs(family, timeout=20)
        assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
    finally:
        process.kill()
        process.communicate()
