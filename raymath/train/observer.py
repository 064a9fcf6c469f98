"""Everything that is kept of a run while it trains: lines, trackers, validation, record, and the guard over the loss.

    with Observer(job, engine, feed, step) as observer:
        line = observer.complete(line)          # after each step
        observer.skip(step)                     # a step of train.skip_steps

Every rank has one, as some of it is measured by all; rank 0 alone writes. None of it changes what is trained.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import torch.distributed as dist

from raymath.data.feed import Feed
from raymath.errors import ModelError
from raymath.train import metrics, record, utilisation
from raymath.train.engine import Engine
from raymath.train.job import Job
from raymath.train.shapes import Shape
from raymath.train.spikes import WINDOW, Guard
from raymath.train.trackers import Trackers
from raymath.train.validation import mean_loss, pack_losses


class Observer(AbstractContextManager["Observer"]):
    """Watches a run from `step` on; ``guard`` is to be asked about each loss and gradient."""

    def __init__(self, job: Job, engine: Engine, feed: Feed, step: int) -> None:
        self._job, self._engine, self._feed, self._step = job, engine, feed, step
        self._peak, self._shape = utilisation.measure(engine.device, job.settings.precision), _shape(engine)
        self._log = self._trackers = self._record = None
        if engine.rank == 0:
            self._log = metrics.Log(job.metrics, step)
            self._trackers = Trackers(job, step)
            self._record = record.RunRecord(Path(job.out), record.describe(job, engine, feed, self._peak), step)
        # All ranks judge by the same losses: another may not see yet what rank 0 reads.
        shared: list[Any] = [[line.loss for line in self._log.kept[-WINDOW:]] if self._log else []]
        dist.broadcast_object_list(shared, src=0)
        self.guard = Guard(job, engine, feed, shared[0])

    def complete(self, line: metrics.Line) -> metrics.Line:
        """Measure what is due after a step, keep its line, and give it back whole; all ranks call it."""
        self._step = done = line.step + 1
        mfu = utilisation.mfu(
            self._peak,
            self._shape,
            tokens=line.tokens,
            supervised=line.supervised_tokens,
            span=self._feed.span(line.step) if self._job.boundaries == "block" else line.tokens / self._feed.batch,
            seconds=line.seconds,
        )
        settings, held = self._job.settings, self._feed.held_out
        due = held and (done % settings.validate_every == 0 or done == settings.steps)
        loss = mean_loss(pack_losses(self._job, self._engine, [self._feed.unseen(i) for i in held])) if due else None
        line = line.model_copy(update={"mfu": mfu, "validation_loss": loss})
        if self._log and self._trackers:
            self._log.write(line)
            self._trackers.log(line)
        return line

    def skip(self, step: int) -> None:
        """Record that a step was left out."""
        self._step = step + 1
        if self._record:
            self._record.skipped(step, self._feed.batch_hash(step))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._record and self._trackers:
            finished = "finished" if self._step >= self._job.settings.steps else "stopped before its last step"
            self._record.ended(self._step, type(error).__name__ if error else finished)
            self._trackers.close()


def _shape(engine: Engine) -> Shape | None:
    """The sizes of the model's matrices; None where they are not known, or where weights stay as they are."""
    if not all(weight.requires_grad for weight in engine.model.module.parameters()):
        return None  # their gradients, which the count has, are not computed
    try:
        return Shape.from_config(engine.model.module.config.to_dict())
    except ModelError:
        return None
