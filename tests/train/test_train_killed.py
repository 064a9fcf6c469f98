"""Killed at any moment of a checkpoint or its copy, again and again: the losses are those of the undisturbed run."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from forked import Death, run, start

from raymath.train import checkpoint, finding, metrics
from raymath.train.job import Job
from raymath.train.store import Store

MakeJob = Callable[..., Job]


def lines(job: Job) -> list[tuple[int, float, float, str]]:
    return [(line.step, line.loss, line.gradient_norm, line.data) for line in metrics.read(job.metrics)]


def drill(make_job: MakeJob, tmp_path: Path, *, steps: int, ranks: int, deaths: int) -> None:
    """Kill a job that saves and copies after every step so many times, some of them with the loss of its disk."""
    whole = make_job("whole", steps=steps, checkpoint_every=steps)
    run(whole, ranks)
    job = make_job("killed", steps=steps, checkpoint_every=1, checkpoint_store=str(tmp_path / "store"))
    assert job.store is not None
    choose, killed, reached = random.Random(0), 0, 0
    for number in range(deaths):
        # About thirty changes of files come with a step; one of four deaths is at a change, the others between two.
        delay = choose.choice([0.0, 0.001, 0.005, 0.02])
        death = Death((job.out, job.store), choose.randrange(1, 120), delay)
        processes = start(job, ranks, death=death)
        for process in processes:
            process.join(300)
        codes = [process.exitcode for process in processes]
        killed += any(code in (-signal.SIGKILL, -signal.SIGALRM) for code in codes)
        found = finding.look(job.checkpoints, Store(job.store))
        newest = found[0].step if found else 0
        assert newest >= reached, "what was complete is not lost"
        reached = newest
        if number % 3 == 2:
            shutil.rmtree(job.checkpoints)
            stored = finding.look(job.checkpoints, Store(job.store))
            reached = stored[0].step if stored else 0
        if reached >= steps:
            break
    assert killed >= deaths // 2, "the test kills too little"
    run(job, ranks)
    assert lines(job) == lines(whole)
    assert [found.step for found in finding.look(job.checkpoints, Store(job.store))][:1] == [steps]
    assert checkpoint.newest(job.checkpoints) is not None


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_bitwise(make_job: MakeJob, tmp_path: Path) -> None:
    drill(make_job, tmp_path, steps=12, ranks=1, deaths=6)


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [1, 2])
def test_killed_thirty_times_it_goes_on_bitwise(make_job: MakeJob, tmp_path: Path, ranks: int) -> None:
    drill(make_job, tmp_path, steps=60, ranks=ranks, deaths=30)
