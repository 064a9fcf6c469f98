"""Training through Ray Train, on real workers."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from raymath.config import Settings, validate
from raymath.errors import ConfigError, UserError
from raymath.train import metrics
from raymath.train.job import Job
from raymath.train.loop import train as train_here
from raymath.train.run import train


def settings(**changed: Any) -> Settings:
    usual = {"steps": 3, "batch": 4, "precision": "fp32", "learning_rate": 1e-3, "checkpoint_every": 2}
    return validate({"train": {**usual, **changed}}, "the test")


def workers() -> set[int]:
    """Processes of this machine that are training workers of this test's Ray."""
    import psutil

    found = set()
    for process in psutil.process_iter(["pid", "cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if "RayTrainWorker" in line:
            found.add(process.info["pid"])
    return found & {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.mark.usefixtures("local_ray")
def test_two_workers_train_as_one_process_does(tiny_model: Path, feed_dir: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    alive: set[int] = set()

    def show(done: int, total: int, detail: str) -> None:
        told.append((done, total, detail))
        alive.update(workers())

    chosen = settings(workers=2)
    summary = train(chosen, tiny_model, feed_dir, tmp_path / "out", progress=show)
    here = Job(model=str(tiny_model), feed=str(feed_dir), out=str(tmp_path / "here"), settings=chosen.train)
    train_here(here)
    lines, alone = metrics.read(tmp_path / "out" / "metrics.jsonl"), metrics.read(here.metrics)
    assert [line.loss for line in lines] == pytest.approx([line.loss for line in alone], abs=1e-5)
    assert summary["steps"] == 3
    assert Path(summary["checkpoint"]).name == "step-000003"
    assert summary["fingerprint"].startswith("tokens=")
    assert told[-1][:2] == (3, 3)
    assert "loss" in told[-1][2]
    assert {file.name for file in (tmp_path / "out" / "logs").iterdir()} == {"worker-0.log", "worker-1.log"}
    assert len(alive) >= 2, "the test cannot see the workers"
    deadline = time.monotonic() + 20
    while workers() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert workers() == set()


@pytest.mark.usefixtures("local_ray")
def test_a_users_fault_in_a_worker_arrives_as_it_is(tiny_model: Path, feed_dir: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    state = load_file(broken / "model.safetensors")
    state["model.norm.weight"][0] = float("nan")
    save_file(state, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match="loss of step 0 is nan") as caught:
        train(settings(), broken, feed_dir, tmp_path / "out")
    assert "learning_rate" in caught.value.fix


@pytest.mark.usefixtures("local_ray")
def test_more_than_the_machine_has_is_refused(tiny_model: Path, feed_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="need 4000"):
        train(settings(cpus_per_worker=1000, workers=4), tiny_model, feed_dir, tmp_path / "out")
