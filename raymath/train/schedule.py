"""The learning rate as a pure function of the step.

    rate(step, settings)        # step counted from 0

There is no scheduler object and so no scheduler state: resuming needs the step alone.
"""

from __future__ import annotations

import math

from raymath.config import TrainSettings


def rate(step: int, settings: TrainSettings) -> float:
    """The learning rate of a step.

    Warm-up rises linearly, and its step i (from 0) has (i + 1) / warmup_steps of the full rate, so that no step is
    wasted on a rate of zero. After it ``constant`` stays; ``cosine`` (half a period) and ``linear`` fall to zero
    just behind the last step, so that the last step still learns.

    Args:
        step: counted from 0; behind the last step of the settings the last one's rate.
        settings: `learning_rate`, `schedule`, `warmup_steps` and `steps` are read.
    """
    warmup = settings.warmup_steps
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    if settings.schedule == "constant":
        return settings.learning_rate
    done = (min(step, settings.steps - 1) - warmup) / max(1, settings.steps - warmup)
    left = (1 + math.cos(math.pi * done)) / 2 if settings.schedule == "cosine" else 1 - done
    return settings.learning_rate * left
