"""What a person sees: each step once, in one line, with what happened between them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from lines import line
from matplotlib.image import imread
from rich.console import Console

from raymath import console
from raymath.train import metrics
from raymath.train.job import Job
from raymath.train.terminal import Terminal, spell


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    out = io.StringIO()
    monkeypatch.setattr(console, "console", Console(file=out, width=200, highlight=False, soft_wrap=True))
    return out


def test_a_line_names_every_number() -> None:
    first = "step   7 · loss 1.2500 · grad 0.5 · lr 0.0001 · 50 tokens/s"
    assert spell(line(7, 1.25, mfu=0.4123, validation_loss=1.5), 500) == (
        f"{first} · MFU 41.2% · 8.0 GiB · data ab · validation 1.5000"
    )
    assert "MFU unknown" in spell(line(7, 1.25), 500)


def test_steps_are_shown_once_and_again_where_they_are_done_again(
    make_job: Callable[..., Job], shown: io.StringIO
) -> None:
    job = make_job(steps=6, skip_steps=[2])
    log = metrics.Log(job.metrics, 0)
    log.write(line(0, 9))
    told: list[tuple[int, int, str]] = []
    with Terminal(job, lambda *given: told.append(given)) as terminal:
        terminal.show()
        log.write(line(1, 8))
        log.write(line(3, 7))
        terminal.show()
        terminal.show()
        again = metrics.Log(job.metrics, 3)
        terminal.show()
        again.write(line(3, 7).model_copy(update={"seconds": 2.5}))
        with job.metrics.open("a") as file:
            file.write('{"step": 4, "lo')  # half written
        terminal.show()
    lines = [text.split(" · ")[0] for text in shown.getvalue().splitlines()]
    assert lines == [
        "step 1",
        "step 2 skipped: train.skip_steps",
        "step 3",
        "going on with step 3 after a restart",
        "step 3",
    ]
    assert told[0] == (1, 6, "loss 9.000 · 50 tokens/s")
    assert told[-1] == (4, 6, "loss 7.000 · 50 tokens/s")
    assert imread(Path(job.out) / "loss.png").shape[:2] == (960, 1280)


def test_before_the_first_step(make_job: Callable[..., Job], shown: io.StringIO) -> None:
    told: list[tuple[int, int, str]] = []
    job = make_job()
    with Terminal(job, lambda *given: told.append(given)) as terminal:
        terminal.show()
    assert told == [(0, 4, "starting workers")]
    assert not Path(job.out).exists()
    assert shown.getvalue() == ""
