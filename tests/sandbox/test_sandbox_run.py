"""`run` and `run_async` as their callers use them: threads, forks, cancellation, a supervisor that dies, refusal."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from raymath import sandbox
from raymath.sandbox import preload, seccomp
from raymath.sandbox.calls import engine

HANG = "print('up', flush=True)\nwhile True: pass"


def elsewhere(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process with an engine of its own."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )


def test_many_threads_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: sandbox.run(f"print({n})", timeout_s=30).stdout, range(64)))
    assert done == [f"{n}\n" for n in range(64)]


def test_async_runs_side_by_side() -> None:
    async def both() -> list[str]:
        done = await asyncio.gather(*(sandbox.run_async(f"print({n})", id=str(n)) for n in range(4)))
        return [f"{one.id} {one.status} {one.stdout}" for one in done]

    assert asyncio.run(both()) == [f"{n} ok {n}\n" for n in range(4)]


@pytest.mark.parametrize("wrong", [{"timeout_s": -1}, {"timeout_s": float("nan")}, {"memory_mb": 0}])
def test_limits_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        asyncio.run(sandbox.run_async("print(1)", **wrong))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=next(iter(wrong))):
        sandbox.run("print(1)", **wrong)  # type: ignore[arg-type]


def test_cancelling_ends_the_program() -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(sandbox.run_async(HANG, timeout_s=100))
        while not engine()._active:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not engine()._active

    asyncio.run(cancelled())


def test_a_time_limit_of_the_caller_ends_the_program() -> None:
    async def bounded() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sandbox.run_async(HANG, timeout_s=100), 0.5)

    asyncio.run(bounded())
    assert not engine()._active


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_supervisor_that_dies_leaves_nothing(how: signal.Signals) -> None:
    code = f"from raymath.sandbox import run, warm\nwarm('bare')\nprint('up', flush=True)\nrun({HANG!r}, timeout_s=300)"
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == b"up\n"
    deadline = time.monotonic() + 20
    while len(family := psutil.Process(supervisor.pid).children(recursive=True)) < 4:
        assert time.monotonic() < deadline, family  # the one that waits, nursery, zygote, program
        time.sleep(0.02)
    supervisor.send_signal(how)
    supervisor.wait(30)
    supervisor.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


def test_a_forked_caller_has_an_engine_of_its_own() -> None:
    code = """
import os
from raymath.sandbox import run
assert run("print(1)").stdout == "1\\n"
if (child := os.fork()) == 0:
    os._exit(0 if run("print(2)").stdout == "2\\n" else 1)
assert os.waitpid(child, 0)[1] == 0
print(run("print(3)").stdout)
"""
    done = elsewhere(code)
    assert (done.stdout.strip(), done.returncode) == ("3", 0), done.stderr


def test_what_cannot_start_is_infrastructure(tmp_path: Path) -> None:
    code = f"""
import sys
from raymath.errors import MachineError
from raymath import sandbox
for executable in ({str(tmp_path / "python")!r}, "/bin/false"):
    sys.executable = executable
    done = sandbox.run("print(1)")
    assert (done.status, done.isolation) == ("infra", "none"), done
    print(done.error.message)
    try:
        sandbox.probe()
    except MachineError as error:
        assert "cannot run a program" in str(error)
"""
    done = elsewhere(code)
    assert done.returncode == 0, done.stderr
    assert "No such file" in done.stdout


def test_nothing_is_run_where_nothing_can_hold_it() -> None:
    code = """
from raymath.errors import MachineError
from raymath import sandbox
try:
    sandbox.run("print(1)")
except MachineError as error:
    print(error)
assert sandbox.probe().level == "none"
print(sandbox.run("print(open('/etc/passwd').read() != '')", allow_unisolated=True))
"""
    done = elsewhere(code, RAYMATH_SANDBOX_WITHOUT="seccomp,landlock,namespaces")
    assert done.returncode == 0, done.stderr
    assert "--allow-unisolated" in done.stdout
    assert "stdout='True" in done.stdout
    assert "isolation='none'" in done.stdout


def test_what_does_not_hold_is_not_claimed() -> None:
    """A zygote that says it is confined and is not: its programs are tried, and the level is what was found."""
    code = r"""
import raymath.sandbox.tree as tree
broken = (
    "from raymath.sandbox import confine, seccomp\n"
    "confine.restrict_files = lambda folders: None\n"
    "seccomp.Filter.install = lambda self, pid=0: None\n"
)
line = "from raymath.sandbox.zygote"
tree._FLAGS = (*tree._FLAGS[:-1], tree._BOOT.replace(line, broken + line))
from raymath import sandbox
print(sandbox.probe().level)
"""
    done = elsewhere(code)
    assert done.stdout == "none\n", done.stderr


def test_a_primitive_that_is_none_is_refused() -> None:
    done = elsewhere("from raymath import sandbox\nsandbox.run('1')", RAYMATH_SANDBOX_WITHOUT="seccomp,landlok")
    assert "RAYMATH_SANDBOX_WITHOUT names landlok" in done.stderr
    assert "Use namespaces, landlock, seccomp" in done.stderr


def test_the_probe_names_what_is_missing() -> None:
    level, missing = sandbox.probe()
    assert level == sandbox.isolation_level() == sandbox.run("pass").isolation
    assert len(missing) == {"full": 0, "strong": 1}.get(level, len(missing))
    done = elsewhere("from raymath import sandbox\nprint(sandbox.probe())", RAYMATH_SANDBOX_WITHOUT="namespaces")
    assert "namespaces (not used)" in done.stdout


def test_closing_ends_every_process_and_the_next_call_starts_again() -> None:
    code = """
import psutil
from raymath import sandbox
sandbox.run("print(1)")
sandbox.close()
print(psutil.Process().children(recursive=True), sandbox.run("print(2)").stdout)
"""
    assert elsewhere(code).stdout == "[] 2\n\n"


def test_zygotes_that_nobody_needs_are_let_go() -> None:
    code = """
import time, psutil
from raymath import sandbox
from raymath.sandbox import engine
engine._IDLE_S = 0.5
sandbox.run("print(1)")
deadline = time.monotonic() + 20
while psutil.Process().children(recursive=True) and time.monotonic() < deadline:
    time.sleep(0.05)
print(psutil.Process().children(recursive=True), sandbox.run("print(2)").stdout)
sandbox.warm("bare")
time.sleep(2)
print(len(psutil.Process().children(recursive=True)))
"""
    assert elsewhere(code).stdout == "[] 2\n\n3\n"


def test_a_program_goes_to_the_smallest_zygote_that_has_its_imports() -> None:
    assert preload.kind_of(["print(1)"]) == "bare"
    assert preload.kind_of(["import math, sympy as sp"]) == "sympy"
    assert preload.kind_of(["x = 1", "if x: from numpy import array"]) == "sympy"
    assert preload.kind_of(["import sympy", "from scipy.optimize import brentq"]) == "scipy"
    made_up = "print(__import__('sci' + 'py').__name__)"
    assert preload.kind_of([made_up]) == "bare"
    assert sandbox.run(made_up, timeout_s=60).stdout == "scipy\n"


def test_numbers_of_system_calls_are_those_of_the_headers() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    generic = Path("/usr/include/asm-generic/unistd.h")
    if not header.is_file() or not generic.is_file():
        pytest.skip("no kernel headers here (linux-libc-dev)")
    numbers = {m[1]: int(m[2]) for m in re.finditer(r"#define __NR_(\w+)\s+(\d+)", header.read_text())}
    others: dict[str, int] = {}
    for m in re.finditer(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", generic.read_text()):
        others.setdefault(m[1], int(m[2]))
    others["newfstatat"] = others.pop("fstatat")
    for name, (x86, arm) in seccomp._CALLS.items():
        assert numbers.get(name) == x86, name
        assert others.get(name) == arm, name


def test_importing_the_room_is_cheap() -> None:
    code = "import sys, raymath.sandbox\nprint(sorted({'ray', 'torch', 'sympy', 'numpy'} & set(sys.modules)))"
    assert elsewhere(code).stdout == "[]\n"
