"""An engine's processes end with the process that started them, however that ends."""

from __future__ import annotations

import subprocess
import sys

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
