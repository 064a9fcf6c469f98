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

#: Models on a Serve that is not ours to shut down, as on a cluster: what asked them is still there after the session.
OUTLIVING = """
import sys, time
import psutil
from raymath.config import ClusterSettings
from raymath.session import ray_session

with ray_session(ClusterSettings(cpus=2)):
    import ray
    from ray import serve
    from raymath.serve.deploy import Deployment

    load = {"max_replicas": 2, "metrics_interval_s": 0.2}
    @serve.deployment(name="model:m", autoscaling_config=load, ray_actor_options={"num_cpus": 0.1})
    class Model:
        def __call__(self, text):
            return text

    @serve.deployment(name="gateway", ray_actor_options={"num_cpus": 0.1})
    class Gateway:
        def __init__(self, model):
            pass
        def drain(self, seconds):
            pass

    serve.start(proxy_location="Disabled")
    serve.run(Gateway.bind(Model.bind()), name="ours", route_prefix=None)
    serve.delete = lambda name: None  # as where the news that it is gone comes later than the session's end
    with Deployment("ours", "", {"m": "model:m"}, owns_serve=False) as deployment:
        print(deployment.handle("m").remote("asked").result(timeout_s=60), file=sys.__stdout__, flush=True)
time.sleep(3)  # fifteen times as long as it takes to report load again
print(*(process.name() for process in psutil.Process().children(recursive=True)), file=sys.__stdout__)
"""


def test_what_asked_a_model_starts_no_ray_when_the_session_has_ended(tmp_path: Path) -> None:
    env = os.environ | {MARK: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", OUTLIVING], env=env, capture_output=True, text=True, timeout=200)
    assert done.stdout.split() == ["asked"], done.stderr  # and then no process


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
