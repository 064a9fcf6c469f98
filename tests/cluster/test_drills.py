"""Several nodes, and what happens to them: every stage goes on with a lost node, a sweep grows and shrinks its cluster.

Training's own drills are in tests/faults: nodes killed, drained, added.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from by_heart import EXAMPLE, learn, transcript
from faults.load import Load
from network import Network
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


def training(model: Path) -> list[str]:
    """160 steps of two workers, some minutes long."""
    return ["train", *data_settings(model, 60), "train.workers=2", "train.steps=160", "train.batch=4",
            "train.precision=fp32", "train.checkpoint_every=20", "train.cpus_per_worker=1",
            "data.context=512"]  # fmt: skip


def under_way(runs: Path) -> Path:
    """The steps of a run that has begun to train."""
    steps: Path = wait_for(lambda: list(runs.glob("*/train/metrics.jsonl")), "training did not begin", 900)[0]
    wait_for(lambda: len(metrics.read(steps)) > 30, "no step was done")
    return steps


def same_steps(run: Run, whole: Run) -> None:
    ours, theirs = (metrics.read(one.path / "train" / "metrics.jsonl") for one in (run, whole))
    assert [(line.loss, line.data) for line in ours] == [(line.loss, line.data) for line in theirs]


def restarts(run: Run) -> list[Restart]:
    log = run.path / "train" / "logs" / "restarts.jsonl"
    return [from_line(Restart, line) for line in log.read_text().splitlines()] if log.exists() else []


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
    """The control store's state is in Redis: a head that is lost and started again is the one that it was.

    The command runs on a worker's machine, as a submitted one does with `cluster.driver_cpus`; the head's takes with it
    what runs there.
    """
    redis = shutil.which("redis-server")
    if redis is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    if why := Network.why_not():
        pytest.skip(why)
    args = training(tiny_model)
    env = environment(RAY_gcs_rpc_server_reconnect_timeout_s="300")
    with Network() as network, Nodes(env, network) as nodes:
        port = str(nodes.port + 1)
        own = ["--port", port, "--bind", network.hub, "--protected-mode", "no", "--save", "", "--dir", str(tmp_path)]
        store = subprocess.Popen(network.inside(network.hub, [redis, *own]), stdout=subprocess.DEVNULL)
        try:
            kept = {"RAY_REDIS_ADDRESS": f"{network.hub}:{port}", "RAY_external_storage_namespace": "drill"}
            head = nodes.head(**kept)
            workers = [nodes.worker() for _ in range(2)]
            nodes.ready(cpus=2)
            train = nodes.raymath(*args, "--runs", str(tmp_path / "runs"), at=workers[0])
            steps = under_way(tmp_path / "runs")
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
    run = Run.open(Path(out.strip()).parent)
    same_steps(run, alone(args, tmp_path / "alone"))
    assert restarts(run) == []


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_training_goes_on_elsewhere_when_a_node_is_cut_off(tmp_path: Path, tiny_model: Path) -> None:
    """Its worker lives on and can tell nobody; once it is reached again it has no say."""
    if why := Network.why_not():
        pytest.skip(why)
    args = training(tiny_model)
    with Network() as network, Nodes(environment(), network) as nodes:
        nodes.head()
        workers = [nodes.worker() for _ in range(3)]
        nodes.ready(cpus=3)
        train = nodes.raymath(*args, "--runs", str(tmp_path / "runs"))
        steps = under_way(tmp_path / "runs")
        lost = next(one for one in workers if one.runs("RayTrainWorker"))
        network.cut(lost.address)
        cut = time.monotonic()
        time.sleep(1)  # what was already on its way
        before = metrics.read(steps)[-1].step
        wait_for(lambda: metrics.read(steps)[-1].step > before, "no step was done after the cut")
        told("training: from the cut of a worker's network to the next step", time.monotonic() - cut)
        network.mend(lost.address)
        out, err = train.communicate(timeout=900)
        assert train.returncode == 0, err
    run = Run.open(Path(out.strip()).parent)
    same_steps(run, alone(args, tmp_path / "alone"))
    assert len(restarts(run)) == 1


SERVING = ["serve.port=0", "serve.max_model_len=768", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=1",
           "serve.min_replicas=2", "serve.max_replicas=2"]  # fmt: skip
REPLICA = r"ServeReplica:[^:]+:model"


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_server_that_loses_a_node(tmp_path: Path, tiny_model: Path) -> None:
    """Each request is answered right or told to come again, and two replicas answer again."""
    model = learn(tiny_model, [EXAMPLE], tmp_path / "model")
    with Nodes(environment()) as nodes:
        nodes.head()
        workers = [nodes.worker(cpus=2) for _ in range(3)]
        nodes.ready(cpus=6)
        server = nodes.raymath("serve", str(model), *SERVING)
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.endswith("/v1"), server.communicate(timeout=60)[1]
        asking = Load(url.removesuffix("/v1"), f"{model.name}:tir", {transcript(model, EXAMPLE)})
        with asking.running():
            asking.more(10)
            lost = next(one for one in workers if one.runs(REPLICA))
            workers.remove(lost)
            nodes.kill(lost)
            killed = time.monotonic()
            asking.more(1)
            told("serving: from the kill of a replica's node to the next answer", time.monotonic() - killed)
            asking.more(20)
            wait_for(lambda: sum(one.runs(REPLICA) for one in workers) == 2, "no replica came for the lost one")
            told("serving: … until a replica was started elsewhere", time.monotonic() - killed)
            asking.more(40)
        told(
            f"serving: {dict(asking.ended)}, tried again {asking.tried_again} times; all of it",
            time.monotonic() - killed,
        )
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=200)
        assert not asking.wrong, asking.wrong
        assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("fault", ["killed", "cut"])
def test_a_sweep_that_loses_a_node(tmp_path: Path, tiny_model: Path, fault: str) -> None:
    """Two replicas on three nodes: every item is there once, none is without its answer."""
    if fault == "cut" and (why := Network.why_not()):
        pytest.skip(why)
    model = learn(tiny_model, [EXAMPLE], tmp_path / "model")
    rows = [{"id": str(n), "question": "6 times 7?", "answer": "43"} for n in range(300)]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    sweep = [f'data.root = "{tmp_path}"', "[serve]", *(line.removeprefix("serve.") for line in SERVING),
             "[eval]", 'modes = ["cot", "tir"]', "max_tokens = 200", "concurrency = 8",
             "[eval.models.mine]", f'model = "{model}"',
             "[eval.benchmarks.own]", 'adapter = "jsonl"', 'path = "own.jsonl"']  # fmt: skip
    (tmp_path / "drill.toml").write_text("\n".join(sweep) + "\n")
    with ExitStack() as stack:
        network = stack.enter_context(Network()) if fault == "cut" else None
        nodes = stack.enter_context(Nodes(environment(), network))
        nodes.head()
        workers = [nodes.worker(cpus=2) for _ in range(3)]
        nodes.ready(cpus=6)
        evaluation = nodes.raymath("eval", str(tmp_path / "drill.toml"), "--runs", str(tmp_path / "runs"))
        kept = wait_for(lambda: list(tmp_path.glob("runs/*/eval/generations.jsonl")), "no sample came", 900)[0]

        def samples() -> int:
            return int(kept.read_bytes().count(b"\n"))

        wait_for(lambda: samples() >= 40, "no 40 samples came")
        lost = next(one for one in workers if one.runs(REPLICA))
        if network is None:
            nodes.kill(lost)
        else:
            network.cut(lost.address)
        away = time.monotonic()
        time.sleep(1)
        before = samples()
        wait_for(lambda: samples() > before + 16, "no sample came after the node was lost")
        told(f"sweep: from a node {fault} to the 17th sample more", time.monotonic() - away)
        others = [one for one in workers if one is not lost]
        # A node that is cut off counts as lost only after a while: the sweep may be at its end by then.
        ended = (lambda: evaluation.poll() is not None) if fault == "cut" else (lambda: False)
        wait_for(lambda: ended() or sum(one.runs(REPLICA) for one in others) == 2, "no replica came")
        what = "its end, before a second replica" if ended() else "a replica was started elsewhere"
        told(f"sweep: … until {what}", time.monotonic() - away)
        if network is not None:
            network.mend(lost.address)
        out, err = evaluation.communicate(timeout=1200)
        assert evaluation.returncode == 0, err
    found = list(read(kept))
    assert len({one.key for one in found}) == len(found) == 600
    scores = [json.loads(line) for line in kept.with_name("scores.jsonl").read_text().splitlines()]
    assert [row["status"] for row in scores] == ["scored"] * 600
    assert all(row["correct"] for row in scores if row["mode"] == "tir"), "every program ran, and was read right"
    assert Path(out.splitlines()[-1]).name == "report.md"


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
