"""Lines of made steps."""

from __future__ import annotations

from typing import Any

from raymath.train.metrics import Line


def line(step: int, loss: float = 1.0, **more: Any) -> Line:
    """A step's line: 2 seconds, 100 tokens of which 60 are trained, a quarter of an epoch, memory that grows."""
    usual: dict[str, Any] = {
        "gradient_norm": 0.5,
        "learning_rate": 1e-4,
        "tokens": 100,
        "supervised_tokens": 60,
        "tokens_per_second": 50.0,
        "seconds": 2.0,
        "memory_gb": 1.0 + step,
        "epoch": (step + 1) / 4,
        "data": "ab",
    }
    return Line(step=step, loss=loss, **usual | more)
