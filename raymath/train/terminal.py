"""What a person sees of a run: one line a step beside the bar, and the picture of the losses at its end.

    with Terminal(job, progress) as terminal:
        while ...:
            terminal.show()         # what is new in metrics.jsonl

It reads what the workers write, wherever they are. Trackers are fed by the run itself: see `raymath.train.trackers`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

from raymath.console import Progress, say
from raymath.train import figure, metrics
from raymath.train.job import Job
from raymath.train.metrics import Line


def spell(line: Line, steps: int) -> str:
    """A step in one line; steps are counted from 0, as in every file, option and message."""
    parts = [
        f"step {line.step:>{len(str(steps))}}",
        f"loss {line.loss:.4f}",
        f"grad {line.gradient_norm:.3g}",
        f"lr {line.learning_rate:.3g}",
        f"{line.tokens_per_second:,.0f} tokens/s",
        f"MFU {line.mfu:.1%}" if line.mfu is not None else "MFU unknown",
        f"{line.memory_gb:.1f} GiB",
        f"data {line.data}",
    ]
    if line.validation_loss is not None:
        parts.append(f"validation {line.validation_loss:.4f}")
    return " · ".join(parts)


class Terminal(AbstractContextManager["Terminal"]):
    """Shows a job's lines as they appear.

    Args:
        job: whose metrics are followed; those of a run that is gone on with are not shown again.
        progress: is told the finished steps.
    """

    def __init__(self, job: Job, progress: Progress) -> None:
        self._job, self._progress = job, progress
        self._tail = metrics.Tail(job.metrics)
        self._last, self._detail = -1, "starting workers"
        for line in self._tail.new():
            self._took(line)

    def show(self) -> None:
        """Show what is new; called every now and then, and at the end."""
        steps = self._job.settings.steps
        for line in self._tail.new():
            if line.step <= self._last:
                say(f"going on with step {line.step} after a restart", "yellow")
                self._last = line.step - 1
            for step in sorted(set(self._job.settings.skip_steps) & set(range(self._last + 1, line.step))):
                say(f"step {step} skipped: train.skip_steps", "yellow")
            say(spell(line, steps))
            self._took(line)
        self._progress(self._last + 1, steps, self._detail)

    def _took(self, line: Line) -> None:
        self._last = line.step
        self._detail = f"loss {line.loss:.3f} · {line.tokens_per_second:.0f} tokens/s"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if lines := metrics.read(self._job.metrics):
            try:
                figure.draw(lines, self._job.metrics.with_name("loss.png"))
            except OSError as failed:
                say(f"no picture of the losses: {failed}", "yellow")
