"""What the fault drills share: data, settings, and the run that nothing disturbed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drills import Drill
from train.conftest import write_feed


@pytest.fixture(scope="session")
def feed_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_feed(tmp_path_factory.mktemp("feed"))


@pytest.fixture
def make_drill(tiny_model: Path, feed_dir: Path, tmp_path: Path) -> Callable[..., Drill]:
    """A drill on the tiny model: 120 steps of four packs, a checkpoint every 20, unless told otherwise."""

    def make(name: str = "out", **changed: Any) -> Drill:
        usual = {"steps": 120, "batch": 4, "precision": "fp32", "learning_rate": 1e-3, "checkpoint_every": 20}
        return Drill(tiny_model, feed_dir, tmp_path / name / "train", {**usual, **changed})

    return make


@pytest.fixture(scope="session")
def undisturbed(
    tiny_model: Path, feed_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[tuple[int, float, float, str]]]:
    """The numbers of an undisturbed run on so many ranks of this machine, made once."""
    made: dict[str, Drill] = {}

    def numbers(drill: Drill, ranks: int) -> list[tuple[int, float, float, str]]:
        key = f"{ranks} {drill.settings['steps']} {drill.settings['batch']}"
        if key not in made:
            out = tmp_path_factory.mktemp("undisturbed") / "train"
            made[key] = Drill(tiny_model, feed_dir, out, {**drill.settings, "checkpoint_every": 1000})
            made[key].torchrun(ranks)
        return made[key].numbers()

    return numbers
