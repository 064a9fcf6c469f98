"""An engine's processes end with the process that started them, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from raymath.serve.keeper import Keeper

OWNER = """
import subprocess, sys, time
from raymath.serve.keeper import Keeper
engine = subprocess.Popen(["sleep", "600"])
keeper = Keeper([engine.pid])
print(engine.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kill", [True, False])
def test_they_end_with_their_owner(kill: bool) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    engine = psutil.Process(int(owner.stdout.readline()))
    assert engine.is_running()
    if kill:
        owner.kill()
    owner.communicate(timeout=60)
    assert psutil.wait_procs([engine], timeout=60)[1] == []


def test_those_that_are_released_stay() -> None:
    engine = subprocess.Popen(["sleep", "600"])
    try:
        before = psutil.Process().children()
        keeper = Keeper([engine.pid])
        assert len(psutil.Process().children()) == len(before) + 1
        keeper.release()
        keeper.release()
        assert psutil.Process().children() == before
        assert engine.poll() is None
    finally:
        engine.kill()
        engine.wait()


SHARING = """
import multiprocessing, os, signal, sys, time
from pathlib import Path
from raymath.serve.keeper import Keeper

def engine(lock, told):
    Path(f"/dev/shm/__KMP_REGISTERED_LIB_{os.getpid()}_{os.getuid()}").touch()
    own = multiprocessing.get_context("spawn").Lock()
    told.send(os.getpid())
    time.sleep(600)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    before = set(os.listdir("/dev/shm"))
    lock, (here, there) = context.Lock(), context.Pipe()
    context.Process(target=engine, args=(lock, there), daemon=True).start()
    pid = here.recv()
    keeper = Keeper([pid])
    print(*(set(os.listdir("/dev/shm")) - before), flush=True)
    from multiprocessing.resource_tracker import _resource_tracker
    os.kill(_resource_tracker._pid, signal.SIGKILL)  # it would remove the semaphores itself
    if sys.stdin.readline() == "engine":
        os.kill(pid, signal.SIGKILL)
        keeper.release()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("killed", ["owner", "engine"])
def test_nothing_of_them_stays_in_shared_memory(killed: str, tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(SHARING)
    owner = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    shared = owner.stdout.readline().split()
    names = sorted(name.partition(".")[0].rstrip("_0123456789") for name in shared)
    assert names == ["__KMP_REGISTERED_LIB", "sem", "sem"]  # one semaphore each of the owner's and of the engine's
    owner.communicate(killed, timeout=60)
    assert owner.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while (left := [name for name in shared if Path("/dev/shm", name).exists()]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
