"""The course of a run as a picture.

draw(metrics.read(run / "metrics.jsonl"), run / "loss.png")
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from raymath.train.metrics import Line


def draw(lines: Sequence[Line], file: Path) -> Path:
    """A PNG of 1280 × 960 by step: loss, its running mean, validation loss and learning rate; below the gradient norm.

    Raises:
        ValueError: there is no line.
    """
    if not lines:
        raise ValueError("no step has been trained, so there is no curve")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 6), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _losses(above, lines)
    below.plot(_steps(lines), [line.gradient_norm for line in lines], color="#7f6aa8", linewidth=1, marker=_dots(lines))
    below.set_ylabel("gradient norm")
    below.set_ylim(bottom=0)
    below.set_xlabel("step")
    below.grid(alpha=0.3)
    tokens = sum(line.tokens for line in lines)
    above.set_title(f"{len(lines)} steps, {tokens:,} tokens, {lines[-1].epoch:.2f} epochs", fontsize=10)
    figure.savefig(file)
    return file


def _losses(axes: Any, lines: Sequence[Line]) -> None:
    steps, losses = _steps(lines), [line.loss for line in lines]
    axes.plot(steps, losses, color="#9db8d2", linewidth=1, marker=_dots(lines), label="each step")
    axes.plot(steps, _smooth(losses), color="#1f4e79", linewidth=2, label="running mean")
    measured = [line for line in lines if line.validation_loss is not None]
    if measured:
        held_out = [line.validation_loss for line in measured]
        axes.plot(
            _steps(measured), held_out, color="#d9822b", linewidth=1.5, marker="o", markersize=4, label="held out"
        )
    axes.set_ylabel("loss (mean over supervised tokens)")
    axes.grid(alpha=0.3)
    rates = axes.twinx()
    rates.plot(steps, [line.learning_rate for line in lines], color="#c0504d", linewidth=1, linestyle=":")
    rates.set_ylabel("learning rate", color="#c0504d")
    rates.set_ylim(bottom=0)
    rates.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    axes.legend(loc="upper right")


def _steps(lines: Sequence[Line]) -> list[int]:
    return [line.step for line in lines]


def _dots(lines: Sequence[Line]) -> str:
    return "." if len(lines) < 30 else ""


def _smooth(values: Sequence[float]) -> list[float]:
    """Mean over the last tenth of the steps so far, at least five."""
    width = max(5, len(values) // 10)
    means = []
    for at in range(len(values)):
        window = values[max(0, at + 1 - width) : at + 1]
        means.append(sum(window) / len(window))
    return means
