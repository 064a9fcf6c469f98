"""One line a step: what it holds, where it is written, and what a whole run comes to.

    log = Log(run / "metrics.jsonl", first=position.step)
    log.write(line)
    lines = read(run / "metrics.jsonl")

How it is shown is left to `raymath.train.terminal` (a line a step), `raymath.train.figure` (picture) and
`raymath.train.trackers` (TensorBoard and others).
"""

from __future__ import annotations

import os
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
    ``memory_gb`` the largest memory (GiB) that rank 0 has had: on the GPU, or of the process. ``mfu`` is the share of
    the devices' peak (`raymath.train.utilisation`), ``validation_loss`` the mean over the held-out packs' tokens after
    the step's update; each is None where it was not measured, and neither's time is in ``seconds``.
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
    mfu: float | None = None
    validation_loss: float | None = None


class Log:
    """Appends lines to a file; opening it drops the lines of steps that are done again. ``kept`` are the others.

    Args:
        file: of JSON lines.
        first: number of the next step; lines of it and later ones, and a torn last line, are dropped.
    """

    def __init__(self, file: Path, first: int) -> None:
        self._file = file
        self.kept = kept = [line for line in read(file) if line.step < first]
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
    return _lines(file.read_text(encoding="utf-8"))


def _lines(text: str) -> list[Line]:
    lines = []
    for line in text.splitlines():
        try:
            lines.append(from_line(Line, line))
        except ValidationError:
            continue  # torn by a kill while it was written
    return lines


class Tail:
    """Follows a file of lines that another process writes, and may begin again after a restart."""

    def __init__(self, file: Path) -> None:
        self._file, self._inode, self._at = file, 0, 0
        self._seen: dict[int, Line] = {}

    def new(self) -> list[Line]:
        """The whole lines that are new since the last call, also those of steps that were done again since."""
        try:
            with self._file.open("rb") as file:
                found = os.fstat(file.fileno())
                # Going back to a checkpoint makes a new file of the lines that stay.
                if found.st_ino != self._inode or found.st_size < self._at:
                    self._inode, self._at = found.st_ino, 0
                file.seek(self._at)
                text = file.read()
        except FileNotFoundError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._at += len(whole)
        # A step that is done again took another time, so that its line differs from the one before.
        new = [line for line in _lines(whole.decode("utf-8", "replace")) if self._seen.get(line.step) != line]
        self._seen |= {line.step: line for line in new}
        return new


def peak_memory_gb(device: torch.device) -> float:
    """The most memory this worker has had so far, GiB: of the GPU, or resident in the process."""
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def summary(lines: Sequence[Line]) -> dict[str, Any]:
    """What a run comes to: steps, losses, tokens, time, the median step's speed and MFU, peak memory.

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
        "mfu": statistics.median(known) if (known := [line.mfu for line in lines if line.mfu is not None]) else None,
        "validation_loss": next((one for line in reversed(lines) if (one := line.validation_loss) is not None), None),
    }
