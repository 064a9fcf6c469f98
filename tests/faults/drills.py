"""A training run that can be watched and killed.

drill.start("torchrun", 1); drill.reach(30); os.kill(drill.ranks()[0], signal.SIGKILL)
assert drill.numbers() == undisturbed(drill, ranks=1)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from raymath.config import Settings, TrainSettings, validate
from raymath.train import checkpoint, metrics
from raymath.train.job import Job

#: The longest that a busy machine may take to reach a step.
PATIENCE_S = 400.0


@dataclass
class Drill:
    """One run: its inputs, its directory, and the process that trains it or drives its workers."""

    model: Path
    feed: Path
    out: Path
    settings: dict[str, Any]
    process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def job(self) -> Job:
        settings = TrainSettings(**self.settings)
        return Job(model=str(self.model), feed=str(self.feed), out=str(self.out), settings=settings)

    def all_settings(self) -> Settings:
        return validate({"train": self.settings}, "the drill")

    def numbers(self) -> list[tuple[int, float, float, str]]:
        """What has to be the same: step, loss, gradient norm, data hash."""
        return [(line.step, line.loss, line.gradient_norm, line.data) for line in metrics.read(self.job.metrics)]

    def position(self) -> int:
        """The step of the newest complete checkpoint, 0 without one."""
        found = checkpoint.newest(self.job.checkpoints)
        return 0 if found is None else found[1].step

    def reach(self, step: int, after_s: float = 0) -> None:
        """Wait until the run has finished more than `step` steps."""
        end = time.monotonic() + PATIENCE_S
        while not any(line.step >= step for line in metrics.read(self.job.metrics)):
            assert time.monotonic() < end, f"step {step} was not reached: {self.said()[-4000:]}"
            assert self.process is None or self.process.poll() is None, f"it ended early: {self.said()[-4000:]}"
            time.sleep(0.02)
        time.sleep(after_s)

    def in_checkpoint(self) -> None:
        """Wait until a checkpoint is begun and not complete."""
        end = time.monotonic() + PATIENCE_S
        while not self.incomplete():
            assert time.monotonic() < end, "no checkpoint was seen while it was written"
            time.sleep(0.0005)

    def incomplete(self) -> list[Path]:
        """Checkpoints that do not count."""
        return [path for path in self.job.checkpoints.glob("step-*") if checkpoint.read(path) is None]

    def torchrun(self, ranks: int, *, wait: bool = True) -> None:
        """Train without Ray."""
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "job.json").write_text(self.job.model_dump_json())
        loop = ["-m", "raymath.train.loop", str(self.out / "job.json")]
        many = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)] if ranks > 1 else []
        self._start([*many, *loop])
        if wait:
            assert self.wait() == 0, self.said()[-4000:]

    def script(self, name: str, *args: str, **environment: str) -> None:
        """Start a script of this folder; it is given this drill as JSON and then `args`."""
        self.out.mkdir(parents=True, exist_ok=True)
        drill = json.dumps([str(self.model), str(self.feed), str(self.out), self.settings])
        self._start([str(Path(__file__).with_name(name)), drill, *args], **environment)

    @classmethod
    def read(cls, text: str) -> Drill:
        """What `script` gave."""
        model, feed, out, settings = json.loads(text)
        return cls(Path(model), Path(feed), Path(out), settings)

    def wait(self) -> int:
        """The exit code of what was started."""
        assert self.process is not None
        return self.process.wait(timeout=PATIENCE_S)

    def said(self) -> str:
        """What was started has printed, and its workers' logs."""
        logs = [*sorted((self.out / "logs").glob("worker-*.log")), self.out.parent / "said.log"]
        return "\n".join(f"{file.name}: {file.read_text(errors='replace')}" for file in logs if file.exists())

    def workers(self) -> list[psutil.Process]:
        """The processes that train under what was started, or under this process: the youngest last."""
        top = psutil.Process(self.process.pid if self.process else None)
        found = []
        for process in top.children(recursive=True):
            try:
                if "RayTrainWorker" in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return sorted(found, key=lambda process: process.pid)

    def _start(self, command: list[str], **environment: str) -> None:
        said = self.out.parent / "said.log"
        with said.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                env={**_outside(), "OMP_NUM_THREADS": "1", "RAY_DISABLE_USAGE_STATS": "1", **environment},
                stdout=log,
                stderr=log,
                text=True,
            )


def _outside() -> dict[str, str]:
    """The environment, without the process group that a test before this one has left in it."""
    group = {"RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}
    return {name: value for name, value in os.environ.items() if name not in group}
