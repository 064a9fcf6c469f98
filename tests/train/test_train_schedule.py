"""The learning rate by step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.config import TrainSettings
from raymath.train.schedule import rate


def rates(**given: object) -> list[float]:
    settings = TrainSettings.model_validate({"learning_rate": 1.0, **given})
    return [rate(step, settings) for step in range(settings.steps)]


def test_constant_is_constant() -> None:
    assert rates(steps=5) == [1.0] * 5


def test_warm_up_rises_and_its_first_step_learns() -> None:
    assert rates(steps=6, warmup_steps=4) == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_linear_falls_to_just_above_zero() -> None:
    assert rates(steps=6, warmup_steps=2, schedule="linear") == [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]


def test_cosine_is_half_way_in_the_middle() -> None:
    assert rates(steps=4, schedule="cosine") == pytest.approx([1, 0.853553, 0.5, 0.146447], abs=1e-6)


@given(
    steps=st.integers(1, 50),
    warmup=st.integers(0, 60),
    schedule=st.sampled_from(["constant", "cosine", "linear"]),
)
def test_every_step_learns_and_none_more_than_told(steps: int, warmup: int, schedule: str) -> None:
    found = rates(steps=steps, warmup_steps=warmup, schedule=schedule)
    assert all(0 < value <= 1 for value in found)
    after = found[warmup:]
    assert after == sorted(after, reverse=True)
