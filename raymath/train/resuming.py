"""Where a run goes on: the newest checkpoint that is intact, from the disk or the store, for any number of ranks.

    for found in candidates(job, store):
        damage = bring(job, engine, store, found, start)      # None: it is in the engine now

Every rank calls these together. What was saved by another number of ranks or in another ZeRO stage is made universal
by rank 0, once; the result lies beside the checkpoint, and in the store. Which checkpoint a run may go on with is left
to `raymath.train.saving`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch.distributed as dist

from raymath.errors import ModelError
from raymath.train import checkpoint
from raymath.train.checkpoint import METRICS, UNIVERSAL, File, Marker, Position
from raymath.train.engine import STATE, Engine, leads
from raymath.train.finding import Found, look
from raymath.train.group import together
from raymath.train.job import Job
from raymath.train.store import Store, StoreError
from raymath.train.universal import Universal, convert

_FIX = "mend that, and give the same run again: no checkpoint was changed"


def candidates(job: Job, store: Store | None) -> list[Found]:
    """All complete checkpoints, the newest first. One rank looks: another may see more of them, or fewer.

    Raises:
        StoreError: the store cannot be reached; the same on all ranks.
    """
    shared: list[Any] = [None]
    if dist.get_rank() == 0:
        try:
            shared = [look(job.checkpoints, store)]
        except StoreError as error:
            shared = [error]
    dist.broadcast_object_list(shared, src=0)
    if isinstance(shared[0], StoreError):
        raise shared[0]
    found: list[Found] = shared[0]
    return found


def same_split(one: Position, other: Position) -> bool:
    """Whether what was saved at one position is split as at the other."""
    return (one.world, one.zero_stage) == (other.world, other.zero_stage)


def bring(job: Job, engine: Engine, store: Store | None, found: Found, start: Position) -> str | None:
    """Bring a checkpoint to all disks and into the engine, split as `start`; the reason if it is damaged.

    Raises:
        MachineError: disk or store failed; the same on all ranks.
        ModelError: it was saved from another model.
    """
    path = checkpoint.directory(job.checkpoints, found.step)
    failing = f"step {found.step} of {job.out} cannot be brought back"
    work = _Work(store, found, path, engine.rank)
    damage = together(lambda: work.metrics(job.metrics), failing, _FIX)
    if damage is None and same_split(found.marker.position, start):
        damage = together(work.own_files, failing, _FIX)
        if damage is None:
            engine.load(path)
    elif damage is None:
        damage = together(work.convert, failing, _FIX) or together(work.converted, failing, _FIX)
        if damage is None:
            try:
                engine.load_universal(Universal(path / UNIVERSAL))
            except ValueError as error:
                raise ModelError(f"{failing}: {error}", "give the model that the run began with") from None
    return damage


@dataclass(frozen=True)
class _Work:
    """What a rank does for a checkpoint to be on its disk. All of it raises ValueError for what is damaged."""

    store: Store | None
    found: Found
    path: Path
    rank: int

    def own_files(self) -> None:
        """The files that this rank goes on from; the first rank of each machine also brings what all need."""
        marker = self.found.marker
        self._files({n: f for n, f in marker.files.items() if f.rank == self.rank or (f.shared and leads())})
        if leads() and checkpoint.read_marker(self.path) != marker:
            checkpoint.restrict(self.path, marker.files)
            checkpoint.finish(self.path, marker.position, marker.files)

    def metrics(self, target: Path) -> None:
        """The lines of the steps before, on a disk that has none."""
        wanted = {name: file for name, file in self.found.marker.files.items() if name == METRICS}
        if self.rank == 0 and wanted and not target.is_file():
            self._files(wanted)
            shutil.copyfile(self.path / METRICS, target)

    def convert(self) -> None:
        """Make the universal form, on rank 0, where it is neither here nor in the store."""
        target, marker = self.path / UNIVERSAL, self.found.marker
        if self.rank or self._universal_is_here() or self._stored_universal():
            return
        self._files(marker.files)
        checkpoint.discard(target)
        was = marker.position
        names = convert(self.path / STATE, target, ranks=was.world, zero_stage=was.zero_stage)
        files = {name: checkpoint.describe(target / name) for name in names}
        checkpoint.finish(target, was, files)
        if self.store and self.found.stored:
            name = f"{self.found.stored}/{UNIVERSAL}"
            self.store.upload(name, target, files, 0)
            self.store.seal(name, Marker(position=was, files=files), 1, lambda: True)

    def converted(self) -> None:
        """The universal form on each machine's disk."""
        target = self.path / UNIVERSAL
        if not leads() or self._universal_is_here():
            return
        marker = self._stored_universal()
        if marker is None or self.store is None:
            raise ValueError(f"{target} is not on this machine's disk, nor in a store")
        self.store.fetch(f"{self.found.stored}/{UNIVERSAL}", marker.files, target)
        checkpoint.finish(target, marker.position, marker.files)

    def _universal_is_here(self) -> bool:
        marker = checkpoint.read_marker(self.path / UNIVERSAL)
        return marker is not None and not checkpoint.damaged(self.path / UNIVERSAL, marker.files)

    def _stored_universal(self) -> Marker | None:
        return self.store.marker(f"{self.found.stored}/{UNIVERSAL}") if self.store and self.found.stored else None

    def _files(self, files: dict[str, File]) -> None:
        if self.store and self.found.stored:
            self.store.fetch(self.found.stored, files, self.path)
        elif wrong := checkpoint.damaged(self.path, files):
            raise ValueError(f"{self.path / wrong[0]} is missing or not what was written: its checksum differs")
