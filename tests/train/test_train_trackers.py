"""Each step's numbers in TensorBoard, MLflow and Weights & Biases, and what a broken tracker costs: nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from lines import line

from raymath.train import trackers
from raymath.train.job import Job
from raymath.train.metrics import Line
from raymath.train.trackers import Trackers

MakeJob = Callable[..., Job]


def send(job: Job, first: int, *lines: Line) -> None:
    own = Trackers(job, first)
    for one in lines:
        own.log(one)
    own.close()


def test_tensorboard_has_every_number_and_a_resumed_run_replaces_its_steps(make_job: MakeJob) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    job = make_job()
    send(job, 0, *(line(step, 4 - step) for step in range(3)))
    send(job, 1, line(1, 2.5, mfu=0.4), line(2, 2.25, validation_loss=2.0))
    events = EventAccumulator(str(Path(job.out) / "tensorboard"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("train/loss")] == [(0, 4), (1, 2.5), (2, 2.25)]
    assert [(e.step, e.value) for e in events.Scalars("validation/loss")] == [(2, 2)]
    assert [e.step for e in events.Scalars("train/mfu")] == [1]
    assert events.Scalars("train/learning_rate")[0].value == pytest.approx(1e-4)


def test_mlflow_keeps_one_run_through_a_restart(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow", reason="pip install 'raymath[mlflow]'")
    from mlflow.tracking import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    job = make_job(trackers=["mlflow"])
    Path(job.out).mkdir()
    send(job, 0, line(0, 4), line(1, 3))
    send(job, 2, line(2, 2.5))
    client = MlflowClient((Path(job.out) / "mlflow").as_uri())
    (experiment,) = [one for one in client.search_experiments() if one.name == "raymath"]
    (run,) = client.search_runs([experiment.experiment_id])
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "train/loss")] == [
        (0, 4),
        (1, 3),
        (2, 2.5),
    ]
    assert run.data.params["learning_rate"] == "0.001"
    assert run.info.run_name == "out"


def test_wandb_keeps_the_numbers_offline(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="pip install 'raymath[wandb]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    job = make_job(trackers=["wandb"])
    Path(job.out).mkdir()
    send(job, 0, line(0, 4.0625), line(1, 3))
    (kept,) = (Path(job.out) / "wandb").glob("offline-run-*-out/run-out.wandb")
    content = kept.read_bytes()
    assert b"train/loss" in content
    assert b"4.0625" in content


def test_a_tracker_that_fails_is_said_once_and_the_others_go_on(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []

    class Works:
        def log(self, step: int, values: dict[str, float]) -> None:
            seen.append(step)

        def close(self) -> None:
            seen.append(-1)

    class Breaks(Works):
        def log(self, step: int, values: dict[str, float]) -> None:
            raise TimeoutError("no route")

    def refuses(job: Job, first: int) -> Works:
        raise RuntimeError("no account")

    kinds = {"tensorboard": lambda *_: Breaks(), "wandb": refuses, "mlflow": lambda *_: Works()}
    monkeypatch.setattr(trackers, "TRACKERS", kinds)
    send(make_job(trackers=["tensorboard", "wandb", "mlflow"]), 0, *(line(step, 1) for step in range(3)))
    told = capsys.readouterr().err
    assert told.count("tensorboard failed") == told.count("wandb failed") == 1
    assert "TimeoutError: no route" in told
    assert seen == [0, 1, 2, -1]


def test_a_tracker_that_hangs_holds_nothing_up(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free = threading.Event()

    def hangs(job: Job, first: int) -> None:
        free.wait()
        raise TimeoutError("at last")

    monkeypatch.setattr(trackers, "TRACKERS", {"tensorboard": hangs})
    monkeypatch.setattr(trackers, "_CLOSING_S", 0.1)
    monkeypatch.setattr(trackers, "_WAITING", 2)
    send(make_job(), 0, *(line(step, 1) for step in range(5)))
    free.set()
    told = capsys.readouterr().err
    assert "steps from 2 on are not sent" in told
    assert "do not take what is left" in told


def test_none_is_fine(make_job: MakeJob) -> None:
    job = make_job(trackers=[])
    send(job, 0, line(0, 1))
    assert not Path(job.out).exists()
