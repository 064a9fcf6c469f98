"""A training process killed at any moment goes on with the losses and data that it would have had. No Ray."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from drills import Drill


def kill(drill: Drill) -> None:
    assert drill.process is not None
    drill.process.send_signal(signal.SIGKILL)
    assert drill.process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_killed_in_a_step(make_drill: Callable[..., Drill], undisturbed: Callable[..., Any]) -> None:
    drill = make_drill(checkpoint_every=5, steps=40)
    drill.torchrun(1, wait=False)
    drill.reach(12)
    kill(drill)
    assert 10 <= drill.position() < 40
    drill.torchrun(1)
    assert drill.numbers() == undisturbed(drill, ranks=1)


@pytest.mark.slow
def test_killed_while_starting_and_during_a_checkpoint(
    make_drill: Callable[..., Drill], undisturbed: Callable[..., Any]
) -> None:
    drill = make_drill()
    drill.torchrun(1, wait=False)
    drill.reach(47)
    kill(drill)
    assert 40 <= drill.position() < 120
    drill.torchrun(1, wait=False)
    time.sleep(1)  # it is still importing
    kill(drill)
    for _ in range(5):
        drill.torchrun(1, wait=False)
        drill.in_checkpoint()
        kill(drill)
        if drill.incomplete():
            break
    assert drill.incomplete(), "no kill came while a checkpoint was written"
    drill.torchrun(1)
    assert drill.numbers() == undisturbed(drill, ranks=1)
    assert drill.position() == 120
    assert not drill.incomplete()
