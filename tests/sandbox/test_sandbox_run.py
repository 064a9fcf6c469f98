"""`run` and `run_async` as their callers use them: threads, cancellation, a supervisor that dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from raymath import sandbox
from raymath.errors import MachineError
from raymath.sandbox import limits

HANG = "import os\nif os.fork():\n    print('up', flush=True)\nwhile True: pass"


def live(folder: Path) -> list[str]:
    """Programs whose working directory is in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(folder)):
                found.append(entry.name)
        except OSError:
            continue
    return found


def until(folder: Path, gone: bool) -> None:
    deadline = time.monotonic() + 30
    while bool(live(folder)) == gone:
        assert time.monotonic() < deadline, live(folder)
        time.sleep(0.02)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs of the test have their working directories."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_many_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: sandbox.run(f"print({n})", timeout_s=30).stdout, range(12)))
    assert done == [f"{n}\n" for n in range(12)]


def test_async_runs_side_by_side() -> None:
    async def both() -> list[str]:
        done = await asyncio.gather(*(sandbox.run_async(f"print({n})", id=str(n)) for n in range(4)))
        return [f"{one.id} {one.status} {one.stdout}" for one in done]

    assert asyncio.run(both()) == [f"{n} ok {n}\n" for n in range(4)]


def test_async_refuses_what_run_refuses() -> None:
    with pytest.raises(ValueError, match="timeout_s"):
        asyncio.run(sandbox.run_async("print(1)", timeout_s=-1))


def test_cancelling_ends_the_program(home: Path) -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(sandbox.run_async(HANG, timeout_s=100))
        while not live(home):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert live(home) == []
        assert list(home.iterdir()) == []

    asyncio.run(cancelled())


def test_a_time_limit_of_the_caller_ends_the_program(home: Path) -> None:
    async def bounded() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sandbox.run_async(HANG, timeout_s=100), 0.5)

    asyncio.run(bounded())
    assert live(home) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_supervisor_that_dies_leaves_nothing(how: signal.Signals, home: Path) -> None:
    code = f"import tempfile\ntempfile.tempdir = {str(home)!r}\n"
    code += f"from raymath.sandbox import run\nrun({HANG!r}, timeout_s=300)"
    supervisor = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    until(home, gone=False)
    supervisor.send_signal(how)
    supervisor.wait(30)
    until(home, gone=True)
    deadline = time.monotonic() + 10
    while list(home.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(home.iterdir()) == []


def test_what_cannot_start_is_infrastructure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    done = sandbox.run("print(1)")
    assert done.status == "infra"
    assert done.error is not None
    assert "No such file" in done.error.message
    with pytest.raises(MachineError, match="cannot run a program"):
        sandbox.probe()
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    done = sandbox.run("print(1)")
    assert done.status == "infra"
    assert done.error is not None
    assert "FileNotFoundError" in done.error.message


def test_an_interpreter_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = sandbox.run("print(1)" * 100_000)
    assert done.status == "infra"


def test_the_probe_names_what_is_missing() -> None:
    level, missing = sandbox.probe()
    assert level == sandbox.isolation_level() == sandbox.run("pass").isolation
    assert any("system calls" in line for line in missing)


def test_cancel_may_come_late() -> None:
    with limits.Cancel() as cancel:
        pass
    cancel.set()  # must not write to a descriptor that is somebody else's by now


def test_importing_the_room_is_cheap() -> None:
    code = "import sys, raymath.sandbox\nprint(sorted({'ray', 'torch', 'sympy', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
