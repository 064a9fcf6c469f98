"""Room for models, and starts that are given up; without Ray."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from raymath.config import Settings, validate
from raymath.errors import ModelError
from raymath.eval.fleet import _Room
from raymath.eval.items import Item
from raymath.eval.sweep import evaluate

ITEMS = {"sums": [Item("1", "sums", "1 + 1?", ("2",), "en")]}


def side_by_side(wanted: list[float], cpus: float) -> tuple[int, float]:
    """How many had room at once at most, and how much they took together at most; all of them have to come."""
    now: list[float] = []
    seen: list[tuple[int, float]] = []

    async def model(room: _Room, needs: float) -> None:
        async with room.take(needs, 0):
            now.append(needs)
            seen.append((len(now), sum(now)))
            await asyncio.sleep(0.001)
            now.remove(needs)

    async def go() -> None:
        room = _Room(cpus, 0)
        await asyncio.gather(*(model(room, needs) for needs in wanted))

    asyncio.run(go())
    assert len(seen) == len(wanted)
    return max(count for count, _ in seen), max(taken for _, taken in seen)


def test_models_run_side_by_side_as_far_as_there_is_room() -> None:
    assert side_by_side([1, 1, 1, 1], 2) == (2, 2)
    assert side_by_side([3, 3], 4) == (1, 3)
    assert side_by_side([8, 1, 1], 4) == (2, 8)  # too large for the cluster: alone
    assert side_by_side([1, 1], 0) == (1, 1)  # none there yet: it grows for one


def test_a_model_that_cannot_start_ends_the_others(tmp_path: Path) -> None:
    ended: list[str] = []
    started = threading.Event()

    @contextmanager
    def deploy(models: dict[str, str], _settings: Settings, wanted: Callable[[], bool]) -> Iterator[Any]:
        (name,) = models
        if name == "broken":
            assert started.wait(30)
            raise ModelError("its weights are damaged", "fetch them again")
        started.set()
        while wanted():
            threading.Event().wait(0.01)
        ended.append(name)
        raise AssertionError("given up")
        yield

    settings = validate({"eval": {"modes": ["cot"]}}, "test")
    with pytest.raises(ModelError, match="damaged"):
        evaluate({"slow": "org/slow", "broken": "org/broken"}, ITEMS, settings, tmp_path, deploy=deploy)
    assert ended == ["slow"]
