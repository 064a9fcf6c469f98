"""Batches made ahead: the same ones, one step at most, and while a step is under way."""

from __future__ import annotations

import threading

import pytest

from raymath.train.ahead import Ahead


def test_steps_are_what_they_would_be_and_one_is_made_ahead() -> None:
    made: list[int] = []
    begun = {step: threading.Event() for step in range(10)}

    def make(step: int) -> str:
        made.append(step)
        begun[step].set()
        return f"step {step}"

    ahead = Ahead(make, end=4)
    for step in range(4):
        assert ahead.take(step) == f"step {step}"
        if step < 3:
            assert begun[step + 1].wait(10), "nobody asked for it yet, and it is being made"
        assert max(made) <= step + 1
    assert made == [0, 1, 2, 3]
    # Another one than was foreseen, as after a skipped step.
    jumped = Ahead(make, end=10)
    assert [jumped.take(step) for step in (5, 8, 9)] == ["step 5", "step 8", "step 9"]
    jumped.close()


def test_what_goes_wrong_is_told_where_it_is_asked_for() -> None:
    def make(step: int) -> int:
        if step == 1:
            raise ValueError("pack 17")
        return step

    ahead = Ahead(make, end=3)
    assert ahead.take(0) == 0
    with pytest.raises(ValueError, match="pack 17"):
        ahead.take(1)
    ahead.close()
