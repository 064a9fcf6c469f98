"""Several nodes, and what happens to them: every stage goes on with a lost node, a sweep grows and shrinks its cluster.

Training's own drills are in tests/faults: nodes killed, drained, added.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from started import Nodes, environment, wait_for

from raymath.data import shards
from raymath.records import from_line
from raymath.rollout.store import read
from raymath.runs import Run
from raymath.train import metrics
from raymath.train.failures import Restart


def told(what: str, seconds: float) -> None:
    """A figure for people: `pytest -rP` shows it."""
    print(f"{what}: {seconds:.1f} s")


def data_settings(model: Path, take: int = 120) -> list[str]:
    return ["--config", "quickstart", f"model.name={model}", "model.template=chat", f"data.sources.sample.take={take}"]


def alone(args: list[str], runs: Path) -> Run:
    """The same run, undisturbed, on a Ray of this machine."""
    command = [sys.executable, "-m", "raymath.cli", *args, "--runs", str(runs)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return Run.open(Path(done.stdout.strip()).parent)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_data_build_that_loses_a_node(tmp_path: Path, tiny_model: Path) -> None:
    args = ["data", "build", *data_settings(tiny_model)]
    with Nodes(environment()) as nodes:
        nodes.head()
        workers = [nodes.worker() for _ in range(3)]
        nodes.ready(cpus=3)
        build = nodes.raymath(*args, "--runs", str(tmp_path / "runs"))
        wait_for(lambda: list(tmp_path.glob("runs/*/data/staging/curated/*.parquet")), "nothing was curated")
        nodes.kill(workers[0])
        killed = time.monotonic()
        out, err = build.communicate(timeout=900)
        assert build.returncode == 0, err
        told("data build: from the kill of one node of three to its end", time.monotonic() - killed)
    run = Run.open(Path(out.strip()).parent)
    whole = alone(args, tmp_path / "alone")
    ours, theirs = (shards.manifest(one.path / "data") for one in (run, whole))
    assert ours["fingerprint"] == theirs["fingerprint"]
    assert ours["stages"] == theirs["stages"]


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_training_goes_on_when_the_head_is_started_again(tmp_path: Path, tiny_model: Path) -> None:
    """The control store's state is in Redis: a head that is lost and started again is the one that it was."""
    redis = shutil.which("redis-server")
    if redis is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    args = ["train", *data_settings(tiny_model, 60), "train.workers=2", "train.steps=400", "train.batch=4",
            "train.precision=fp32", "train.checkpoint_every=20", "data.context=512"]  # fmt: skip
    env = environment(RAY_gcs_rpc_server_reconnect_timeout_s="300")
    with Nodes(env) as nodes:
        port = nodes.port + 1
        store = subprocess.Popen(
            [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
            stdout=subprocess.DEVNULL,
        )
        try:
            kept = {"RAY_REDIS_ADDRESS": f"127.0.0.1:{port}", "RAY_external_storage_namespace": "drill"}
            head = nodes.head(**kept)
            for _ in range(2):
                nodes.worker()
            nodes.ready(cpus=2)
            train = nodes.raymath(*args, "--runs", str(tmp_path / "runs"))
            steps = wait_for(lambda: list(tmp_path.glob("runs/*/train/metrics.jsonl")), "training did not begin")[0]
            wait_for(lambda: len(metrics.read(steps)) > 30, "no step was done")
            nodes.kill(head)
            lost, before = time.monotonic(), len(metrics.read(steps))
            time.sleep(5)
            assert train.poll() is None, train.communicate()[1]
            nodes.head(**kept)
            wait_for(lambda: len(metrics.read(steps)) > before + 50, "no step was done after the head was lost")
            told("training: 50 steps after the head was lost, started again after 5 s", time.monotonic() - lost)
            out, err = train.communicate(timeout=900)
            assert train.returncode == 0, err
        finally:
            store.kill()
            store.wait()
    run, whole = Run.open(Path(out.strip()).parent), alone(args, tmp_path / "alone")
    ours, theirs = (metrics.read(one.path / "train" / "metrics.jsonl") for one in (run, whole))
    assert [(line.loss, line.data) for line in ours] == [(line.loss, line.data) for line in theirs]
    log = run.path / "train" / "logs" / "restarts.jsonl"
    assert not log.exists() or [from_line(Restart, line) for line in log.read_text().splitlines()] == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fault", ["none", "kill"])
def test_a_sweep_makes_its_nodes_come_and_lets_them_go(tmp_path: Path, fault: str) -> None:
    """Ray's autoscaler with its fake provider: no node but the head before, up to three meanwhile, none after."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("drive_sweep.py")), str(tmp_path), fault],
        env=environment(RAY_AUTH_MODE="disabled"), capture_output=True, text=True, timeout=1100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    kept = list(read(tmp_path / "generations.jsonl"))
    assert len({one.key for one in kept}) == len(kept) == found["samples"] == 240, "every item is there once"
    assert found["unscored"] == 0
    seen = [count for _, count in found["nodes"]]
    assert seen[0] == 0
    assert max(seen) >= 2, "the autoscaler added nodes"
    assert found["left"] == 0, "and took them away again"
    assert len({one.text.rpartition(" ")[2] for one in kept}) >= 2, "replicas on several nodes answered"
    assert found["killed"] == (fault == "kill")
    first = next(at for at, count in found["nodes"] if count)
    told(f"sweep ({fault}): until the first node came", first)
    told(f"sweep ({fault}): until the last node had gone, after the end", found["shrunk_s"])
