"""Where a run stands on disk, so that it can be killed at any moment.

    found = newest(run / "checkpoints")        # (directory, Position) or None
    finish(directory, position)                # after all ranks have written into it

    checkpoints/step-000020/
      state/           what the engine wrote
      COMPLETE.json    the position, and every file with its size: written last

A checkpoint without its marker, or whose files are not what the marker says, does not exist. What else a
scheduler believes to have been saved does not count. How the state is written is left to `raymath.train.engine`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from raymath.records import Record
from raymath.runs import write_json

MARKER = "COMPLETE.json"


class Position(Record):
    """Where a run stands: with the data's fingerprint the step alone says which packs come next.

    ``step`` counts finished steps and so is the next one's number; ``seconds`` is the time they took. ``world``,
    ``zero_stage`` and ``precision`` are what the saved state is split by.
    """

    step: int
    fingerprint: str
    seconds: float
    world: int
    zero_stage: int
    precision: str


def directory(root: Path, step: int) -> Path:
    """Of the checkpoint after so many steps."""
    return root / f"step-{step:06d}"


def newest(root: Path) -> tuple[Path, Position] | None:
    """The complete checkpoint with the most steps, None where there is none."""
    for path in sorted(root.glob("step-*"), reverse=True):
        position = read(path)
        if position is not None:
            return path, position
    return None


def read(path: Path) -> Position | None:
    """The position of a complete checkpoint, None of anything else."""
    try:
        marker = json.loads((path / MARKER).read_text(encoding="utf-8"))
        position = Position.model_validate(marker["position"])
        sizes: dict[str, int] = marker["files"]
    except (OSError, ValueError, KeyError):
        return None
    return position if _sizes(path) == sizes else None


def begin(root: Path, step: int) -> Path:
    """An empty directory for a new checkpoint; what an interrupted attempt left there is removed."""
    path = directory(root, step)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def finish(path: Path, position: Position) -> None:
    """Mark a checkpoint as complete; all ranks must have written before."""
    write_json(path / MARKER, {"position": position.model_dump(), "files": _sizes(path)})


def prune(root: Path, keep: int) -> None:
    """Remove all but the newest `keep` complete checkpoints, and what is incomplete."""
    complete = [path for path in sorted(root.glob("step-*"), reverse=True) if read(path) is not None]
    for path in set(root.glob("step-*")) - set(complete[:keep]):
        # Without its marker it is gone, even if the removal is interrupted.
        (path / MARKER).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)


def _sizes(path: Path) -> dict[str, int]:
    files = (file for file in path.rglob("*") if file.is_file() and file.name != MARKER)
    return {str(file.relative_to(path)): file.stat().st_size for file in sorted(files)}
