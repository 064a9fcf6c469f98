"""A request to stop: one checkpoint after the same step on all ranks, and a run that goes on as if nothing had been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from raymath.train import checkpoint, metrics, preempt
from raymath.train.job import Job
from raymath.train.loop import train

MakeJob = Callable[..., Job]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
    preempt.listen(0)


def position(job: Job) -> int:
    found = checkpoint.newest(job.checkpoints)
    assert found is not None
    return found[1].step


def numbers(job: Job) -> list[tuple[int, float, float, str]]:
    return [(line.step, line.loss, line.gradient_norm, line.data) for line in metrics.read(job.metrics)]


def test_a_signal_saves_after_the_step_and_the_run_goes_on(make_job: MakeJob) -> None:
    whole, job = make_job("whole", steps=5, checkpoint_every=100), make_job(steps=5, checkpoint_every=100)
    assert train(whole) is True
    preempt.listen(100)

    def report(line: metrics.Line) -> None:
        if line.step == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    assert train(job, report) is False
    assert position(job) == 3, "the notice came after step 1 and is shared within step 2"
    assert train(job) is True
    assert numbers(job) == numbers(whole)


def test_any_source_of_a_rank_counts(make_job: MakeJob) -> None:
    job = make_job(steps=5, checkpoint_every=100)
    assert train(job, noticed=lambda: True) is False
    assert position(job) == 1
    preempt.ask(job.stop, "growing from 1 to 2 workers")
    assert train(job) is False
    assert (position(job), preempt.reason(job.stop)) == (2, "growing from 1 to 2 workers")
    preempt.clear(job.stop)
    assert train(job) is True
    assert train(job, noticed=lambda: True) is True, "what is finished is not asked to stop"


def test_a_notice_in_the_last_step_comes_too_late(make_job: MakeJob) -> None:
    job = make_job(steps=1)
    assert train(job, noticed=lambda: True) is True


def test_a_second_signal_ends_the_process_and_a_hanging_one_is_ended() -> None:
    script = (
        "import os, signal, sys, time\nfrom raymath.train import preempt\n"
        "preempt.listen(float(sys.argv[1]))\n"
        "for n in range(int(sys.argv[2])):\n    os.kill(os.getpid(), signal.SIGTERM)\n"
        "print('noticed', preempt.Stop(None).asked(), flush=True)\n"
        "if sys.argv[3] == 'answer':\n    preempt.Stop(None).answered()\n"
        "time.sleep(float(sys.argv[4]))\n"
    )

    def ended(*argv: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout.strip()

    assert ended("50", "2", "no", "0") == (-signal.SIGTERM, "")
    assert ended("0", "1", "no", "0") == (-signal.SIGTERM, "")
    assert ended("0.5", "1", "no", "60") == (preempt.EXIT_CODE, "noticed True")
    assert ended("0.2", "1", "answer", "1") == (0, "noticed True")


@pytest.mark.slow
def test_one_of_two_ranks_is_told_and_both_save(make_job: MakeJob) -> None:
    job = make_job(steps=100_000, checkpoint_every=100_000, zero_stage=2)
    out = Path(job.out)
    out.mkdir()
    (out / "job.json").write_text(job.model_dump_json())
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    running = subprocess.Popen(
        [*command, "-m", "raymath.train.loop", str(out / "job.json")],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 200
        while len(metrics.read(job.metrics)) < 3 and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        import psutil

        ranks = [child for child in psutil.Process(running.pid).children() if "raymath.train.loop" in child.cmdline()]
        assert len(ranks) == 2
        ranks[1].send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=100)
    finally:
        running.kill()
    assert running.returncode != 0, "torchrun takes it for an end like any other"
    lines = metrics.read(job.metrics)
    assert position(job) == len(lines), said[-3000:]
    state = checkpoint.directory(job.checkpoints, len(lines)) / "state"
    assert len(list(state.glob("*optim_states.pt"))) == 2
