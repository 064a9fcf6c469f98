"""Each step's numbers to TensorBoard, Weights & Biases or MLflow, beside metrics.jsonl.

    trackers = Trackers(job, first=position.step)
    trackers.log(line)
    trackers.close()

Whatever these services do, training goes on at its own pace: a thread of its own talks to them, and the first failure
of one is said on stderr and ends it. Only those named in ``train.trackers`` are imported.
"""

from __future__ import annotations

import importlib.util
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from raymath.errors import ConfigError
from raymath.train.job import Job
from raymath.train.metrics import Line

#: Lines that wait for a slow service before the next ones are left out.
_WAITING = 10_000
#: Seconds that the end of a run waits for what is not sent yet.
_CLOSING_S = 60.0


class Tracker(Protocol):
    """A service that keeps numbers by step."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Keep the numbers of one step."""

    def close(self) -> None:
        """Send what is left."""


class TensorBoard:
    """Event files in ``tensorboard/`` of the run; show them with ``tensorboard --logdir RUN/train/tensorboard``."""

    def __init__(self, job: Job, first: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # Steps that are done again replace those of the run before.
        self._writer: Any = SummaryWriter(str(Path(job.out) / "tensorboard"), purge_step=first)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class WandB:
    """One run of the project ``raymath`` (or WANDB_PROJECT), the same again after a restart; files in ``wandb/``."""

    def __init__(self, job: Job) -> None:
        import wandb

        name = _name(job)
        self._run: Any = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "raymath"),
            id=name,
            name=name,
            resume="allow",
            dir=job.out,
            config=job.settings.model_dump(mode="json"),
        )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        self._run.finish()


class MLflow:
    """One run at MLFLOW_TRACKING_URI, or in ``mlflow/`` of the run; the same again after a restart."""

    def __init__(self, job: Job) -> None:
        import mlflow

        self._out = Path(job.out)
        if "MLFLOW_TRACKING_URI" not in os.environ:
            # A plain directory needs no database; MLflow would rather have one, and asks to be told so.
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
            mlflow.set_tracking_uri((self._out / "mlflow").as_uri())
        mlflow.set_experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME", "raymath"))
        kept = self._out / "mlflow-run.txt"
        known = kept.read_text(encoding="utf-8") if kept.is_file() else None
        run = mlflow.start_run(run_id=known, run_name=_name(job))
        self._mlflow: Any = mlflow
        if known is None:
            kept.write_text(run.info.run_id, encoding="utf-8")
            mlflow.log_params(job.settings.model_dump(mode="json"))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        self._mlflow.log_metrics(dict(values), step=step)

    def close(self) -> None:
        self._mlflow.end_run()


#: name → how it is opened: (job, next step).
TRACKERS: dict[str, Callable[[Job, int], Tracker]] = {
    "tensorboard": TensorBoard,
    "wandb": lambda job, _: WandB(job),
    "mlflow": lambda job, _: MLflow(job),
}


def require(names: tuple[str, ...]) -> None:
    """Raise where a tracker's package is not installed.

    Raises:
        ConfigError: it names the package and what to do.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            package = "tensorboard" if name == "tensorboard" else f"'raymath[{name}]'"
            raise ConfigError(
                f"train.trackers names {name}, which is not installed",
                f"install it (pip install {package}), or leave {name} out of train.trackers",
            )


def values(line: Line) -> dict[str, float]:
    """The numbers of a line by the names that trackers show."""
    names = ("loss", "gradient_norm", "learning_rate", "tokens_per_second", "mfu", "memory_gb", "seconds", "epoch")
    found = {f"train/{name}": getattr(line, name) for name in names} | {"validation/loss": line.validation_loss}
    return {name: value for name, value in found.items() if value is not None}


class Trackers:
    """All trackers of a run behind one thread; on rank 0 alone.

    Args:
        job: `settings.trackers` are opened, in the thread too.
        first: the run's next step.
    """

    def __init__(self, job: Job, first: int) -> None:
        self._queue: queue.Queue[Line | None] = queue.Queue(_WAITING)
        self._left_out = 0
        self._thread: threading.Thread | None = None
        if job.settings.trackers:
            self._thread = threading.Thread(target=self._work, args=(job, first), name="trackers", daemon=True)
            self._thread.start()

    def log(self, line: Line) -> None:
        """Hand over a step's line; returns at once."""
        if self._thread is None:
            return
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self._left_out += 1
            if self._left_out == 1:
                _say(f"the trackers are {_WAITING} steps behind: steps from {line.step} on are not sent")

    def close(self) -> None:
        """Wait for what is not sent yet, a minute at most."""
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=_CLOSING_S)
        except queue.Full:
            _say("the trackers do not take what is left")
            return
        self._thread.join(_CLOSING_S)
        if self._thread.is_alive():
            _say(f"the trackers have not sent everything after {_CLOSING_S:g} s; metrics.jsonl has it all")

    def _work(self, job: Job, first: int) -> None:
        opened: dict[str, Tracker] = {}
        name: str
        for name in job.settings.trackers:
            _attempt(name, lambda kind: opened.update({kind: TRACKERS[kind](job, first)}), name)
        while (line := self._queue.get()) is not None:
            for name, tracker in [*opened.items()]:
                if not _attempt(name, tracker.log, line.step, values(line)):
                    del opened[name]
        for name, tracker in opened.items():
            _attempt(name, tracker.close)


def _attempt(name: str, act: Callable[..., object], *given: object) -> bool:
    """Whether it worked. A service may fail in any way at all, and none of them is a reason to stop training."""
    try:
        act(*given)
    except Exception as error:
        _say(f"{name} failed, and gets nothing more of this run: {type(error).__name__}: {error}")
        return False
    return True


def _name(job: Job) -> str:
    """The run's directory's own name: unique, and the same after a restart."""
    out = Path(job.out)
    return out.parent.name if out.name == "train" else out.name


def _say(message: str) -> None:
    print(f"trackers: {message}", file=sys.stderr, flush=True)
