"""Where a run stands on disk, so that it can be killed at any moment.

    found = newest(run / "checkpoints")        # (directory, Position) or None
    finish(directory, position, files)         # after all ranks have written into it
    damaged(directory, files)                  # names of the files that are not what was written

    checkpoints/step-000020/
      state/           what the engine wrote: files of each rank's own
      universal/       the same for any number of ranks, once a run needed that, with a marker of its own
      metrics.jsonl    the lines of the steps so far
      COMPLETE.json    the position, and every file with its size, checksum and rank: written last

A checkpoint without its marker, or whose files are not what the marker says, does not exist: sizes are compared
wherever one is looked for, checksums before one is used. What else a scheduler believes to have been saved does not
count. How the state is written is left to `raymath.train.engine`, copies elsewhere to `raymath.train.store`, and who
calls this when to `raymath.train.saving`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import xxhash
from pydantic import field_validator

from raymath.records import Record
from raymath.runs import write_json

MARKER = "COMPLETE.json"
UNIVERSAL = "universal"
METRICS = "metrics.jsonl"
_CHUNK = 2**22


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


class File(Record):
    """One file of a checkpoint: bytes, XXH3 checksum, the rank that wrote it.

    A ``shared`` one is needed by all ranks to go on, the others by their own rank alone.
    """

    size: int
    xxh3: str
    rank: int = 0
    shared: bool = False


class Marker(Record):
    """What COMPLETE.json holds; ``files`` by their path within the checkpoint."""

    position: Position
    files: dict[str, File]

    @field_validator("files")
    @classmethod
    def _within_the_checkpoint(cls, files: dict[str, File]) -> dict[str, File]:
        # Names come from a store, and become paths here.
        for name in files:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise ValueError(f"{name!r} is no name of a checkpoint's file")
        return files


def directory(root: Path, step: int) -> Path:
    """Of the checkpoint after so many steps."""
    return root / f"step-{step:06d}"


def step_of(name: str) -> int:
    """The step of a checkpoint's directory, by its name; -1 of another directory."""
    number = name.removeprefix("step-").partition("-")[0]
    return int(number) if name.startswith("step-") and number.isdigit() else -1


def newest(root: Path) -> tuple[Path, Position] | None:
    """The complete checkpoint with the most steps, None where there is none."""
    found = next(iter(complete(root)), None)
    return (found[0], found[1].position) if found else None


def complete(root: Path) -> list[tuple[Path, Marker]]:
    """All complete checkpoints, the newest first."""
    found = ((path, read_marker(path)) for path in _directories(root))
    return [(path, marker) for path, marker in found if marker is not None]


def read(path: Path) -> Position | None:
    """The position of a complete checkpoint, None of anything else."""
    marker = read_marker(path)
    return marker.position if marker else None


def read_marker(path: Path) -> Marker | None:
    """The marker of a complete checkpoint, None of anything else."""
    try:
        marker = Marker.model_validate_json((path / MARKER).read_bytes())
        sizes = _sizes(path)
    except (OSError, ValueError):  # another rank may be removing it at this moment
        return None
    return marker if sizes == {name: file.size for name, file in marker.files.items()} else None


def begin(root: Path, step: int) -> Path:
    """An empty directory for a new checkpoint; what an interrupted attempt left there is removed."""
    path = directory(root, step)
    discard(path)
    path.mkdir(parents=True, exist_ok=True)
    return path


def finish(path: Path, position: Position, files: Mapping[str, File]) -> None:
    """Mark a checkpoint as complete; all ranks must have written before."""
    write_json(path / MARKER, Marker(position=position, files=dict(files)).model_dump(mode="json"))


def discard(path: Path) -> None:
    """Remove a checkpoint. Without its marker it is gone, even if the removal is interrupted."""
    (path / MARKER).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def restrict(path: Path, files: Mapping[str, File]) -> None:
    """Remove what else an earlier attempt left beside a checkpoint's files."""
    for name in set(_sizes(path)) - set(files):
        (path / name).unlink(missing_ok=True)


def damaged(path: Path, files: Mapping[str, File]) -> list[str]:
    """Those of the files that are missing or do not have their checksum; reads every byte of them."""
    return [name for name, file in files.items() if not intact(path / name, file)]


def intact(path: Path, file: File) -> bool:
    """Whether a file is what was written."""
    try:
        return path.stat().st_size == file.size and describe(path).xxh3 == file.xxh3
    except OSError:
        return False


def describe(path: Path) -> File:
    """Size and checksum of a file, by reading it."""
    checksum, size = xxhash.xxh3_128(), 0
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            checksum.update(chunk)
            size += len(chunk)
    return File(size=size, xxh3=checksum.hexdigest())


class Hashing:
    """A binary file that computes the checksum of what is written to it, and keeps the error that stopped it.

    For writers that put another error in its place, as torch's does.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._checksum, self._size = file, xxhash.xxh3_128(), 0
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write all of it."""
        try:
            self._file.write(data)
        except OSError as error:
            self.error = error
            raise
        self._checksum.update(data)
        self._size += len(data)
        return len(data)

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        self._file.flush()

    def file(self, rank: int, *, shared: bool) -> File:
        """What was written so far."""
        return File(size=self._size, xxh3=self._checksum.hexdigest(), rank=rank, shared=shared)


def kept(steps: list[int], keep: int, every: int | None) -> set[int]:
    """Of complete checkpoints' steps those to keep: the newest so many, and all multiples of `every`."""
    newest_first = sorted(steps, reverse=True)
    return set(newest_first[:keep]) | {step for step in newest_first if every and step % every == 0}


def prune(root: Path, keep: int, every: int | None = None) -> None:
    """Remove all but the newest `keep` complete checkpoints and the multiples of `every`, and what is incomplete.

    Where disks are not shared, a checkpoint that has its marker counts as complete too: other ranks' files are on
    other disks.
    """
    whole = [path for path, _ in complete(root)]
    marked = [path for path in _directories(root) if (path / MARKER).is_file()]
    staying = set[int]()
    for paths in (whole, marked):
        staying |= kept([step_of(path.name) for path in paths], keep, every)
    for path in _directories(root):
        if step_of(path.name) not in staying or path not in marked:
            discard(path)


def _directories(root: Path) -> list[Path]:
    found = (path for path in root.glob("step-*") if step_of(path.name) >= 0)
    return sorted(found, key=lambda path: step_of(path.name), reverse=True)


def _sizes(path: Path) -> dict[str, int]:
    inside = (file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    relative = ((file.relative_to(path), file) for file in inside)
    return {str(name): file.stat().st_size for name, file in relative if name.parts[0] not in (MARKER, UNIVERSAL)}
