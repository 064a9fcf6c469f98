"""A local Ray ends with the command that started it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from commands import MARK, left

from raymath.config import ClusterSettings
from raymath.errors import MachineError
from raymath.session import ray_session

SCRIPT = """
import sys, time
from raymath.config import ClusterSettings
from raymath.session import ray_session
try:
    with ray_session(ClusterSettings(cpus=2)) as where:
        import ray
        @ray.remote
        class Busy:
            def pid(self):
                import os
                return os.getpid()
        pid = ray.get(Busy.remote().pid.remote())
        print("up", pid, file=sys.__stdout__, flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL])
def test_no_process_and_no_file_is_left(sent: signal.Signals, tmp_path: Path) -> None:
    mark = f"{sent.name}-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="rm-", dir="/tmp") as short:  # Ray's socket paths may have 107 bytes
        env = os.environ | {MARK: mark, "TMPDIR": short, "HOME": str(tmp_path)}
        command = subprocess.Popen([sys.executable, "-c", SCRIPT], env=env, stdout=subprocess.PIPE, text=True)
        assert command.stdout is not None
        assert command.stdout.readline().startswith("up ")
        assert len(left(mark)) > 3
        command.send_signal(sent)
        code = command.wait(60)
        deadline = time.monotonic() + 30
        while left(mark) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert left(mark) == []
        if sent is not signal.SIGKILL:  # what is killed outright cannot tidy its files
            assert code == 130
            assert list(Path(short).iterdir()) == []
    assert not (tmp_path / ".ray").exists(), "the token must not land in the home folder"


def test_an_address_where_nothing_answers() -> None:
    with pytest.raises(MachineError, match=r"127.0.0.1:1\b"), ray_session(ClusterSettings(address="127.0.0.1:1")):
        pass
