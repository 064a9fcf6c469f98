"""When a run's state is safe: checkpoints on disk, their copies in the store, and going on from them, on all ranks.

    with Keeper(job, engine) as keeper:
        at = keeper.resume(start, check)
        ...
        keeper.save(at)

`save` returns when the checkpoint is complete on disk. Where `train.checkpoint_store` is given, a thread copies it
there meanwhile, each rank its own files; the next `save`, and the end, wait for that copy. So ranks may be on machines
that share no disk. `resume` takes the newest checkpoint whose checksums are right. What stops one rank stops all, with
what is safe. When to save is left to `raymath.train.loop`.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import torch.distributed as dist

from raymath.errors import ConfigError, MachineError, UserError
from raymath.train import checkpoint
from raymath.train.checkpoint import METRICS, File, Marker, Position
from raymath.train.copying import Copy
from raymath.train.engine import Engine, leads
from raymath.train.finding import Found
from raymath.train.group import gather, words
from raymath.train.job import Job
from raymath.train.resuming import bring, candidates, same_split
from raymath.train.store import Store

#: How long a shared file system may take to show one rank what another wrote.
_VISIBLE_S = 15.0
#: How long a run that stops with an error waits for its last copy.
_LAST_COPY_S = 60.0


class Keeper:
    """Saves a run, and finds where it goes on. Every rank has one, and calls it when the others do.

    Raises:
        ConfigError: `train.checkpoint_store` is no address of a store.
        StoreError: it cannot be reached.
    """

    def __init__(self, job: Job, engine: Engine) -> None:
        self._job, self._engine, self._settings = job, engine, job.settings
        self._store = Store(job.store) if job.store else None
        self._copy: Copy | None = None
        self._on_disk: int | None = None
        self._in_store: int | None = None

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._wait()
        elif isinstance(error, UserError) and self._copy is not None:
            self._copy.join(_LAST_COPY_S)

    def resume(self, start: Position, check: Callable[[Position], None]) -> Position:
        """Load the newest checkpoint that is intact, the same on all ranks; `start` where there is none at all.

        Args:
            start: where a new run begins, and how this one is split: what was saved otherwise is converted.
            check: raises if a run cannot go on from a position.

        Raises:
            ConfigError: the checkpoint was made with another precision.
            MachineError: none of the checkpoints is intact, or disk or store failed.
        """
        damage: list[str] = []
        for found in candidates(self._job, self._store):
            position = found.marker.position
            check(position)
            if position.precision != start.precision:
                raise ConfigError(
                    f"step {found.step} of {self._job.out} cannot be resumed with other settings: "
                    f"it was made with precision {position.precision}, now {start.precision}",
                    "resume with train.precision as it was, or start a new run",
                )
            if not same_split(position, start):
                self._say(
                    f"step {found.step} was saved by {position.world} workers in ZeRO stage {position.zero_stage}: "
                    f"converting it for {start.world} in stage {start.zero_stage}"
                )
            reason = bring(self._job, self._engine, self._store, found, start)
            if reason is None:
                self._resumed(found, start)
                return position.model_copy(update={"world": start.world, "zero_stage": start.zero_stage})
            damage.append(f"step {found.step}: {reason}")
            self._say(f"a checkpoint is damaged, and the one before it is taken. {damage[-1]}")
        if damage:
            raise MachineError(
                f"no checkpoint of {self._job.out} is intact ({'; '.join(damage)})",
                f"bring one back, or remove {self._job.checkpoints} to begin again",
            )
        return start

    def save(self, at: Position) -> None:
        """A complete checkpoint on disk, its copy under way, and the old ones removed.

        Raises:
            MachineError: it, or the copy of the one before, cannot be written; the same on all ranks.
        """
        self._wait()
        path = checkpoint.directory(self._job.checkpoints, at.step)
        self._stop_if(gather(self._begin(at.step)), at.step, path)
        files, error = self._engine.save(path)
        error = error or self._add_metrics(path, files)
        told = gather((files, words(error) if error else None, secrets.token_hex(3)))
        self._stop_if([reason for _, reason, _ in told], at.step, path)
        marker = Marker(position=at, files={name: file for part, _, _ in told for name, file in part.items()})
        self._stop_if(gather(self._finish(path, marker)), at.step, path)
        self._on_disk = at.step
        self._start_copy(path, marker, files, told[0][2])
        if leads():
            checkpoint.prune(self._job.checkpoints, self._settings.keep_checkpoints, self._settings.keep_every)
        dist.barrier()

    def _begin(self, step: int) -> str | None:
        try:
            if leads():
                checkpoint.begin(self._job.checkpoints, step)
        except OSError as error:
            return words(error)
        return None

    def _add_metrics(self, path: Path, files: dict[str, File]) -> OSError | None:
        """The lines of the steps so far, for a machine that has an empty disk."""
        if self._engine.rank or not self._job.metrics.is_file():
            return None
        try:
            shutil.copyfile(self._job.metrics, path / METRICS)
            files[METRICS] = checkpoint.describe(path / METRICS)
        except OSError as error:
            return error
        return None

    def _finish(self, path: Path, marker: Marker) -> str | None:
        if self._store is None and self._engine.rank == 0:
            until = time.monotonic() + _VISIBLE_S
            while any(not (path / name).is_file() for name in marker.files):
                if time.monotonic() > until:
                    return (
                        "the workers' disks are not one; put the run on storage that all machines see, "
                        "or give train.checkpoint_store"
                    )
                time.sleep(0.1)
        try:
            if leads():
                checkpoint.finish(path, marker.position, marker.files)
        except OSError as error:
            return words(error)
        return None

    def _stop_if(self, reasons: list[str | None], step: int, path: Path) -> None:
        """Raise on all ranks if one has a reason, and leave nothing of that checkpoint."""
        reason = next((reason for reason in reasons if reason), None)
        if reason is None:
            return
        if leads():
            checkpoint.discard(path)
        raise MachineError(
            f"the checkpoint of step {step} cannot be written to {path}: {reason}. {self._safe()}",
            "make room there and give the same run again; train.keep_checkpoints says how many are kept",
        )

    def _start_copy(self, path: Path, marker: Marker, files: dict[str, File], attempt: str) -> None:
        if self._store is None:
            return
        ranks = {"rank": self._engine.rank, "ranks": self._engine.world}
        self._copy = Copy(self._store, self._settings, path, marker, files, f"{path.name}-{attempt}", **ranks)
        self._copy.start()

    def _wait(self) -> None:
        """Wait for the copy that is under way.

        Raises:
            MachineError: it failed on one of the ranks; the same on all.
        """
        copy, self._copy = self._copy, None
        if copy is None:
            return
        copy.copied.wait()
        reasons = gather(copy.error)
        if not any(reasons):
            # All parts are there now, so that what seals it ends.
            copy.join()
            reasons = gather(copy.error)
        copy.given_up = True
        reason = next((reason for reason in reasons if reason), None)
        if reason:
            raise MachineError(
                f"the checkpoint of step {copy.step} cannot be copied to the store: {reason}. {self._safe()}",
                "mend that and give the same run again: it copies what is missing there, and goes on",
            )
        self._in_store = copy.step

    def _resumed(self, found: Found, start: Position) -> None:
        """Remember what is safe; copy to the store what a kill kept from it."""
        path = checkpoint.directory(self._job.checkpoints, found.step)
        self._on_disk = found.step
        if found.stored:
            self._in_store = found.step
            return
        attempt = gather(secrets.token_hex(3))[0]
        rank, everything = self._engine.rank, found.marker.files
        if same_split(found.marker.position, start):
            mine = {name: file for name, file in everything.items() if file.rank == rank}
        else:
            mine = {} if rank else everything
        self._start_copy(path, found.marker, mine, attempt)

    def _safe(self) -> str:
        """Which step is safe where."""
        places = []
        if self._on_disk is not None:
            places.append(f"step {self._on_disk} in {checkpoint.directory(self._job.checkpoints, self._on_disk)}")
        if self._in_store is not None and self._store is not None:
            places.append(f"step {self._in_store} in {self._store.uri}")
        return f"Safe: {' and '.join(places)}" if places else "No step is safe yet"

    def _say(self, text: str) -> None:
        if self._engine.rank == 0:
            print(text, file=sys.stderr)
