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


def test_training_can_be_changed_but_not_its_data(tmp_path: Path) -> None:
    run = Run.create(tmp_path, load("quickstart"))
    changed = run.change(["train.skip_steps=3,7", "train.learning_rate=1e-6"])
    assert (changed.settings.train.skip_steps, changed.settings.train.learning_rate) == ((3, 7), 1e-6)
    assert changed.settings.train.batch == run.settings.train.batch
    assert Run.open(run.path) == changed
    for key in ("train.batch=3", "train.validation=4", "data.seed=2"):
        with pytest.raises(UserError, match=f"'{key.partition('=')[0]}' cannot be changed in a run"):
            run.change([key])
    with pytest.raises(ConfigError, match=r"unknown key 'train\.skip'"):
        run.change(["train.skip=3"])
    assert Run.open(run.path) == changed
    run.finish("train", {})
    with pytest.raises(UserError, match="has finished its training"):
        run.change(["train.skip_steps=3"])


def test_an_evaluation_can_ask_more_but_not_of_what_it_trained(tmp_path: Path) -> None:
    more = load(None, ["eval.models.a=org/a", "eval.samples=4"])
    run = Run.create(tmp_path, load(None, ["eval.models.a=org/a"]))
    for stage in ("eval", "report"):
        run.finish(stage, {"unscored": 0})
    again = run.evaluate_more(more)
    assert (again.settings, again.finished("eval")) == (more, {"unscored": 0, "more": True})
    assert Run.open(run.path) == again
    trained = Run.create(tmp_path, load("quickstart"))
    trained.finish("data", {})
    with pytest.raises(UserError, match="evaluates its own models"):
        trained.evaluate_more(more)
