"""One line a step: what it holds, where it is written, and what a whole run comes to.

    log = Log(run / "metrics.jsonl", first=position.step)
    log.write(line)
    lines = read(run / "metrics.jsonl")

How it is shown is left to `raymath.train.run` (progress) and `raymath.train.figure` (picture).
"""

from __future__ import annotations

import resource
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from raymath.records import Record, from_line, to_line

if TYPE_CHECKING:
    import torch


class Line(Record):
    """One step of training.

    ``step`` is the feed's number of it, from 0. ``loss`` is the mean over the supervised tokens of all ranks, before
    the step's update; ``gradient_norm`` the norm before clipping. ``tokens`` counts the packs' tokens without
    padding, ``epoch`` the epochs of data seen after the step, ``data`` is the hash of the step's packs, and
    ``memory_gb`` the largest memory (GiB) that rank 0 has had: on the GPU, or of the process.
    """

    step: int
    loss: float
    gradient_norm: float
    learning_rate: float
    tokens: int
    supervised_tokens: int
    tokens_per_second: float
    seconds: float
    memory_gb: float
    epoch: float
    data: str


class Log:
    """Appends lines to a file; opening it drops the lines of steps that are done again.

    Args:
        file: of JSON lines.
        first: number of the next step; lines of it and later ones, and a torn last line, are dropped.
    """

    def __init__(self, file: Path, first: int) -> None:
        self._file = file
        kept = [line for line in read(file) if line.step < first]
        partial = file.with_name(f".{file.name}.partial")
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text("".join(f"{to_line(line)}\n" for line in kept), encoding="utf-8")
        partial.replace(file)

    def write(self, line: Line) -> None:
        """Append one line. A line that cannot be written is said on stderr: no training stops for it."""
        try:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(f"{to_line(line)}\n")
        except OSError as error:
            print(f"{self._file}: step {line.step} not written: {error}", file=sys.stderr)


def read(file: Path) -> list[Line]:
    """The lines of a file that are whole; none where there is no file."""
    if not file.is_file():
        return []
    lines = []
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(from_line(Line, text))
        except ValidationError:
            continue  # torn by a kill while it was written
    return lines


def peak_memory_gb(device: torch.device) -> float:
    """The most memory this worker has had so far, GiB: of the GPU, or resident in the process."""
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def summary(lines: Sequence[Line]) -> dict[str, Any]:
    """What a run comes to: steps, first and last loss, tokens, time, the median step's speed, peak memory.

    The losses are means over the first and last tenth of the steps (at least one): single steps scatter.
    """
    if not lines:
        return {"steps": 0}
    tenth = max(1, len(lines) // 10)
    return {
        "steps": lines[-1].step + 1,
        "loss_first": statistics.fmean(line.loss for line in lines[:tenth]),
        "loss_last": statistics.fmean(line.loss for line in lines[-tenth:]),
        "tokens": sum(line.tokens for line in lines),
        "supervised_tokens": sum(line.supervised_tokens for line in lines),
        "epochs": lines[-1].epoch,
        "train_seconds": sum(line.seconds for line in lines),
        "tokens_per_second": statistics.median(line.tokens_per_second for line in lines),
        "memory_gb": max(line.memory_gb for line in lines),
    }
