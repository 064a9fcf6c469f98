"""A loss that is no number, or far above those before it, stops the run before it can do harm.

    guard = Guard(job, engine, feed, recent=[line.loss for line in lines])
    guard.loss(step, loss)           # before the update
    guard.gradient(step, norm)       # after it

What is known of the step is left in ``bad-step-N.json``, and the error says how to look at its packs and how to go on
without them. A checkpoint from before the step is not touched.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from raymath.data.feed import Feed
from raymath.errors import UserError
from raymath.runs import write_json
from raymath.train.engine import Engine
from raymath.train.job import Job
from raymath.train.validation import pack_losses

#: Losses that the median is taken of, and how many there have to be before any is called a spike.
WINDOW, LEAST = 50, 10


class BadStepError(UserError):
    """A step that should not be trained on. All ranks raise it alike, and nothing of the step is in a checkpoint."""


class NotFiniteError(BadStepError):
    """The loss or the gradient of a step is not a number."""


class SpikeError(BadStepError):
    """The loss of a step is more than `train.spike` times the running median."""


class Guard:
    """Looks at each step's loss and gradient; every rank has one, and all see the same numbers.

    Args:
        job: `settings.spike` is the limit.
        engine: computes the loss of each pack of a bad step.
        feed: says which packs those are.
        recent: losses of the steps before, in order.
    """

    def __init__(self, job: Job, engine: Engine, feed: Feed, recent: Iterable[float] = ()) -> None:
        self._job, self._engine, self._feed = job, engine, feed
        self._recent = deque(recent, maxlen=WINDOW)

    def loss(self, step: int, value: float) -> None:
        """Take the loss of a step, before its update.

        Raises:
            NotFiniteError: it is not a number.
            SpikeError: it is too far above the median of those before.
        """
        if not math.isfinite(value):
            raise NotFiniteError(*self._stopped(step, f"the loss of step {step} is {value}", weigh=True))
        limit = self._job.settings.spike
        if limit is not None and len(self._recent) >= LEAST:
            median = statistics.median(self._recent)
            if value > limit * median:
                what = f"the loss of step {step} is {value:.4g}, {value / median:.1f} times the median of the "
                raise SpikeError(*self._stopped(step, f"{what}{len(self._recent)} before ({median:.4g})", weigh=True))
        self._recent.append(value)

    def gradient(self, step: int, norm: float) -> None:
        """Take the norm of a step's gradient.

        Raises:
            NotFiniteError: it is not a number. The weights are lost then, too.
        """
        if not math.isfinite(norm):
            raise NotFiniteError(*self._stopped(step, f"the gradient of step {step} is {norm}", weigh=False))

    def _stopped(self, step: int, why: str, *, weigh: bool) -> tuple[str, str]:
        """Leave the step's packs and examples in a file; what is wrong, and what to do."""
        feed = self._feed
        packs = feed.global_batch(step)
        losses = pack_losses(self._job, self._engine, [feed.pack(index) for index in packs]) if weigh else None
        file = Path(self._job.out) / f"bad-step-{step}.json"
        if self._engine.rank == 0:
            told: list[dict[str, Any]] = [
                {"pack": index, "examples": list(ids), "rows": feed.plan[index].tolist()}
                for index, ids in zip(packs, feed.examples(packs), strict=True)
            ]
            for one, (nll, count) in zip(told, losses or (), strict=bool(losses)):
                # JSON has no word for what is not a number.
                loss = nll / count if count else None
                one |= {"loss": loss if loss is None or math.isfinite(loss) else str(loss), "supervised_tokens": count}
            write_json(file, {"step": step, "why": why, "data": feed.batch_hash(step), "packs": told})
        shown = f"{', '.join(map(str, packs[:8]))}{', …' if len(packs) > 8 else ''}"
        what = f"{why} (packs {shown}; with their examples{' and losses' if losses else ''} in {file})"
        return what, f"{_look(self._job, step)}; then {_go_on(self._job, step)}"


def _run(job: Job) -> Path | None:
    """The run's directory; None of a job without one."""
    run = Path(job.out).parent
    return run if (run / "settings.json").is_file() else None


def _look(job: Job, step: int) -> str:
    if run := _run(job):
        return f"look at them with: raymath data inspect {run} --step {step}"
    return f"look at each with: raymath data inspect {job.feed} --pack N"


def _go_on(job: Job, step: int) -> str:
    skipped = ",".join(map(str, sorted({*job.settings.skip_steps, step})))
    with_run = f": raymath train {run} train.skip_steps={skipped}" if (run := _run(job)) else ""
    return f"go on without them (train.skip_steps){with_run}, or with a lower train.learning_rate or more warm-up"
