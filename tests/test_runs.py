"""A run's directory: unique, complete or absent, and readable again."""

from pathlib import Path

import pytest

from raymath.config import load
from raymath.errors import ConfigError, UserError
from raymath.runs import Run


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    settings = load("deepseekmath-7b", ["train.seed=3"])
    run = Run.create(tmp_path, settings)
    assert Run.open(run.path) == run
    assert Run.create(tmp_path, settings).path != run.path


def test_stages_are_finished_once_and_whole(tmp_path: Path) -> None:
    run = Run.create(tmp_path, load(None))
    assert run.finished("data") is None
    run.finish("data", {"examples": 3, "name": "数"})
    assert Run.open(run.path).finished("data") == {"examples": 3, "name": "数"}
    assert [p.name for p in (run.path / "stages").iterdir()] == ["data.json"]


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a run"):
        Run.open(tmp_path)
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(UserError, match=r"settings.json is not valid JSON"):
        Run.open(tmp_path)
    (tmp_path / "settings.json").write_text('{"trian": {}}')
    with pytest.raises(ConfigError, match=r"'trian' in .*settings.json"):
        Run.open(tmp_path)
