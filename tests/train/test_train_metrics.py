"""The metrics file, what a run comes to, and the picture of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lines import line

from raymath.train import figure, metrics


def test_resuming_drops_the_steps_that_are_done_again(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    log = metrics.Log(file, 0)
    for step in range(5):
        log.write(line(step, loss=step))
    with file.open("a") as out:
        out.write('{"step": 5, "los')  # killed while writing
    assert [one.step for one in metrics.read(file)] == [0, 1, 2, 3, 4]
    metrics.Log(file, 3).write(line(3, loss=33))
    assert [(one.step, one.loss) for one in metrics.read(file)] == [(0, 0), (1, 1), (2, 2), (3, 33)]


def test_a_line_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = metrics.Log(tmp_path / "m" / "metrics.jsonl", 0)
    (tmp_path / "m" / "metrics.jsonl").unlink()
    (tmp_path / "m").rmdir()
    log.write(line(0))
    assert "step 0 not written" in capsys.readouterr().err


def test_summary() -> None:
    lines = [line(step, loss=10 - step) for step in range(10)]
    found = metrics.summary(lines)
    assert found["steps"] == 10
    assert (found["loss_first"], found["loss_last"]) == (10, 1)
    assert (found["tokens"], found["supervised_tokens"], found["train_seconds"]) == (1000, 600, 20)
    assert found["memory_gb"] == 10
    assert (found["mfu"], found["validation_loss"]) == (None, None)
    lines[3] = lines[3].model_copy(update={"mfu": 0.5, "validation_loss": 4.0})
    found = metrics.summary(lines)
    assert (found["mfu"], found["validation_loss"]) == (0.5, 4.0)
    assert metrics.summary([]) == {"steps": 0}


def test_the_loss_curve_is_a_readable_picture(tmp_path: Path) -> None:
    from matplotlib.image import imread

    lines = [line(step, loss=3 / (step + 1)) for step in range(40)]
    plain = imread(figure.draw(lines, tmp_path / "plain.png"))
    lines[20] = lines[20].model_copy(update={"validation_loss": 1.5})
    file = figure.draw(lines, tmp_path / "loss.png")
    pixels = imread(file)
    assert pixels.shape[:2] == (960, 1280)
    assert (pixels != plain).any(), "the held-out loss is not drawn"
    assert len({tuple(p) for p in pixels[::7, ::7, :3].reshape(-1, 3).tolist()}) > 20, "nothing is drawn"
    with pytest.raises(ValueError, match="no curve"):
        figure.draw([], file)
