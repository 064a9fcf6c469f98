"""A driver and workers that share no disk: data, records and the word to stop go through the run's home."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raymath.config import load
from raymath.errors import MachineError, ModelError
from raymath.runs import Run
from raymath.storage import Place
from raymath.train import home, preempt
from raymath.train.home import Followed, moved, reported, require_seen
from raymath.train.job import Job


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with data, at a URI; looked at often."""
    for name in ("_LOOK_S", "_FOLLOW_S", "_PUSH_S"):
        monkeypatch.setattr(home, name, 0.05)
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "driver"))
    run = Run.create(f"file://{tmp_path}/store", load("quickstart"))
    (run.path / "data").mkdir()
    (run.path / "data" / "manifest.json").write_text("{}")
    run.finish("data", {})
    return run


def job_of(run: Run, **changed: Any) -> Job:
    given = {"model": "org/model", "base": "org/model", "home": run.home} | changed
    (run.path / "train").mkdir(exist_ok=True)
    return Job(feed=str(run.path / "data"), out=str(run.path / "train"), settings=run.settings.train, **given)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_both_sides_see_what_the_other_writes(run: Run) -> None:
    job = job_of(run)
    follow = Followed(job)
    follow.clear()
    there = moved(job)
    assert (Path(there.feed) / "manifest.json").read_text() == "{}"
    assert not Path(there.out).is_relative_to(run.path), "also on one machine the sides are apart"
    assert there.store == job.store, "checkpoints go to the same place"
    (Path(there.out) / "logs").mkdir(parents=True)
    preempt.clear(there.stop)
    with reported(there, 0), reported(there, 1):
        there.metrics.write_text('{"step": 0}\n')
        (Path(there.out) / "logs" / "worker-1.log").write_text("of rank 1")

        def arrived() -> bool:
            follow()
            return job.metrics.is_file() and job.metrics.read_text() == '{"step": 0}\n'

        until(arrived)
        assert preempt.reason(there.stop) == ""
        preempt.ask(job.stop, "growing to 4 workers")  # as what sees the driver's disk does
        until(lambda: (follow(), preempt.reason(there.stop))[1] == "growing to 4 workers")
        there.metrics.write_text('{"step": 0}\n{"step": 1}\n')
    follow(now=True)
    assert job.metrics.read_text().count("\n") == 2, "what was written last came too"
    assert (run.path / "train" / "logs" / "worker-1.log").read_text() == "of rank 1"
    assert Place(run.home or "").is_file("train/stop")
    follow.clear()
    assert not Place(run.home or "").is_file("train/stop")


def test_a_model_that_is_not_on_this_machine_is_found_by_its_name(run: Run, tiny_model: Path, tmp_path: Path) -> None:
    assert moved(job_of(run, model=str(tiny_model))).model == str(tiny_model)
    assert moved(job_of(run, model="/of/the/driver", base=str(tiny_model))).model == str(tiny_model)
    assert moved(job_of(run, model="/of/the/driver", base="org/model")).model == "org/model"
    with pytest.raises(ModelError, match="no model directory"):
        moved(job_of(run, model="/of/the/driver", base=str(tmp_path / "none")))


def test_without_a_home_nothing_is_followed(run: Run) -> None:
    job = job_of(run, home=None)
    follow = Followed(job)
    follow.clear()
    follow.ask("the command was interrupted")
    follow(now=True)
    assert preempt.reason(job.stop) == "the command was interrupted"
    assert not Place(run.home or "").is_file("train/stop")


def test_a_machine_that_does_not_see_the_run_says_its_name(run: Run, tmp_path: Path) -> None:
    require_seen(job_of(run))
    elsewhere = job_of(run).model_copy(update={"feed": str(tmp_path / "of-another-machine")})
    with pytest.raises(MachineError, match=r"does not see .*of-another-machine") as caught:
        require_seen(elsewhere)
    assert caught.value.what.startswith(socket.gethostname())
    assert "--runs s3://" in caught.value.fix
