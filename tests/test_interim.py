"""Checkpoints evaluated while training goes on: beside it, once each, and never at its cost."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from commands import left, start

from raymath import interim
from raymath.config import load
from raymath.errors import ConfigError, ModelError
from raymath.runs import Run
from raymath.train import checkpoint, metrics


def make(tmp_path: Path, steps: list[int]) -> Run:
    given = ["train.checkpoint_every=1", "train.evaluate_every=2", "eval.benchmarks.gsm8k.adapter=gsm8k"]
    run = Run.create(tmp_path, load(None, given))
    for step in steps:
        add(run, step)
    return run


def add(run: Run, step: int) -> None:
    path = checkpoint.directory(run.path / "train" / "checkpoints", step)
    path.mkdir(parents=True)
    position = checkpoint.Position(step=step, fingerprint="f", seconds=1, world=1, zero_stage=1, precision="fp32")
    checkpoint.finish(path, position, {})


def test_a_failure_costs_one_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of the right steps are tried, the last one too; the block goes on, and says why there are no results."""
    monkeypatch.setattr("raymath.eval.fleet.lacking", lambda _: None)
    run, tried = make(tmp_path, [1, 2]), []

    def export(step: int, _: Path) -> None:
        tried.append(step)
        raise ModelError("the disk is full", "make room")

    with interim.evaluated_meanwhile(run, export):
        end = time.monotonic() + 60
        while not tried:
            assert time.monotonic() < end
            time.sleep(0.01)
        add(run, 3)
        add(run, 4)
    assert tried == [2, 4]
    assert interim.results(run) == []
    said = capsys.readouterr().err.replace("\n", " ")
    assert "step 2 was not evaluated: ModelError: the disk is full" in said


def test_what_is_missing_of_the_cluster_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ray.available_resources", lambda: {"CPU": 0.5})
    with interim.evaluated_meanwhile(make(tmp_path, [2]), lambda *_: pytest.fail("nothing is to be exported")):
        pass
    assert "it needs 1 CPUs (0.5 free) beside the training" in capsys.readouterr().err.replace("\n", " ")


def test_what_has_results_is_not_done_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make(tmp_path, [2])
    (run.path / "interim").mkdir()
    line = '{"step": 2, "benchmark": "b", "mode": "cot", "n": 4, "correct": 1, "interval": [0.05, 0.7], "unscored": 0}'
    (run.path / "interim" / "results.jsonl").write_text(f"{line}\n")
    with interim.evaluated_meanwhile(run, lambda *_: pytest.fail("it has been evaluated")):
        pass
    assert capsys.readouterr().err == ""
    assert [interim.told(one) for one in interim.results(run)] == ["step 2: b cot 25.0% (5.0% to 70.0%) of 4"]


def test_training_that_fails_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("raymath.eval.fleet.lacking", lambda _: None)
    monkeypatch.setattr(interim, "_END_S", 0.1)
    with pytest.raises(KeyboardInterrupt), interim.evaluated_meanwhile(make(tmp_path, [2]), lambda *_: time.sleep(600)):
        raise KeyboardInterrupt


def test_steps_without_a_checkpoint_are_refused() -> None:
    with pytest.raises(ConfigError, match="not a multiple of checkpoint_every = 20"):
        load(None, ["train.evaluate_every=50", "train.checkpoint_every=20"])


def test_an_evaluation_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"eval\.benchmarks names nothing"):
        load(None, ["train.evaluate_every=50"])


def test_checkpoints_that_are_in_a_store_alone_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers on machines that share no disk with the command leave them there."""
    monkeypatch.setattr("raymath.eval.fleet.lacking", lambda _: None)
    given = ["train.checkpoint_every=1", "train.evaluate_every=2", "eval.benchmarks.gsm8k.adapter=gsm8k"]
    run = Run.create(tmp_path, load(None, [*given, f"train.checkpoint_store={tmp_path / 'store'}"]))
    add(run, 2)
    kept = tmp_path / "store" / run.path.name / "train"
    kept.mkdir(parents=True)
    (run.path / "train" / "checkpoints" / "step-000002").rename(kept / "step-000002")
    tried: list[int] = []

    def export(step: int, _: Path) -> None:
        tried.append(step)
        raise ModelError("as far as this", "")

    with interim.evaluated_meanwhile(run, export):
        pass
    assert tried == [2]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_checkpoint_is_evaluated_beside_its_training(tmp_path: Path, tiny_model: Path) -> None:
    runs = tmp_path / "runs"
    given = [
        "cluster.cpus=3", "model.name=" + str(tiny_model), "data.context=1024", "train.cpus_per_worker=1",
        "train.batch=2", "train.steps=1000000", "train.checkpoint_every=20", "train.evaluate_every=20",
        "train.keep_checkpoints=50", "train.evaluate_items=3", "serve.max_model_len=1024", "eval.max_tokens=16",
    ]  # fmt: skip
    command = start(tmp_path, "quickstart", "--runs", str(runs), *given)
    try:
        end = time.monotonic() + 400
        while not list(runs.glob("*/interim/results.jsonl")):
            assert command.poll() is None, command.communicate()
            assert time.monotonic() < end, "no checkpoint was evaluated"
            time.sleep(0.5)
        (run,) = map(Run.open, runs.iterdir())
        there = len(metrics.read(run.path / "train" / "metrics.jsonl"))
        time.sleep(20)
        assert len(metrics.read(run.path / "train" / "metrics.jsonl")) > there, "training stands still"
        command.send_signal(signal.SIGINT)
        _, err = command.communicate(timeout=120)
    finally:
        command.kill()
    assert command.returncode == 130
    found = interim.results(run)
    assert {(one["step"] % 20, one["benchmark"], one["n"] + one["unscored"]) for one in found} == {(0, "sample", 3)}
    assert {one["mode"] for one in found} == {"cot", "tir"}
    assert "step 20: sample cot" in err.replace("\n", " ")
    assert not list(run.path.glob("interim/step-20/model"))
    end = time.monotonic() + 30
    while left(tmp_path):
        assert time.monotonic() < end, left(tmp_path)
        time.sleep(0.5)
