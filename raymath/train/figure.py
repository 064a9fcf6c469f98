"""The loss curve as a picture.

draw(metrics.read(run / "metrics.jsonl"), run / "loss.png")
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from raymath.train.metrics import Line


def draw(lines: Sequence[Line], file: Path) -> Path:
    """Loss and learning rate by step as a PNG of 1280 × 720; the loss also as a running mean.

    Raises:
        ValueError: there is no line.
    """
    if not lines:
        raise ValueError("no step has been trained, so there is no curve")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps = [line.step + 1 for line in lines]
    losses = [line.loss for line in lines]
    figure = Figure(figsize=(8, 4.5), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(steps, losses, color="#9db8d2", linewidth=1, marker="." if len(lines) < 30 else "", label="each step")
    axes.plot(steps, _smooth(losses), color="#1f4e79", linewidth=2, label="running mean")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (mean over supervised tokens)")
    axes.grid(alpha=0.3)
    rates = axes.twinx()
    rates.plot(steps, [line.learning_rate for line in lines], color="#c0504d", linewidth=1, linestyle=":", label="rate")
    rates.set_ylabel("learning rate", color="#c0504d")
    rates.set_ylim(bottom=0)
    rates.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    axes.legend(loc="upper right")
    tokens = sum(line.tokens for line in lines)
    axes.set_title(f"{len(lines)} steps, {tokens:,} tokens, {lines[-1].epoch:.2f} epochs", fontsize=10)
    figure.savefig(file)
    return file


def _smooth(values: Sequence[float]) -> list[float]:
    """Mean over the last tenth of the steps so far, at least five."""
    width = max(5, len(values) // 10)
    means = []
    for at in range(len(values)):
        window = values[max(0, at + 1 - width) : at + 1]
        means.append(sum(window) / len(window))
    return means
