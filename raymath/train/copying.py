"""A checkpoint's copy to the store, by a thread, while training goes on.

    copy = Copy(store, settings, Source(path, marker, files), name, rank=0, ranks=2)
    copy.start()
    copy.copied.wait()      # this rank's files are there, or copy.error says why not

Rank 0 seals it when all ranks' files are there, and removes the store's old ones. When to wait, and what a failure
means for the run, is left to `raymath.train.saving`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from raymath.config import TrainSettings
from raymath.train.checkpoint import File, Marker
from raymath.train.group import words
from raymath.train.store import Store


class Copy(threading.Thread):
    """One checkpoint on its way to the store.

    Args:
        store: where it goes.
        settings: how many are kept there.
        path: its directory here.
        marker: of the whole checkpoint.
        files: those that this rank copies.
        name: of the copy, the same on all ranks and never used before.
        rank: this rank; 0 seals.
        ranks: how many copy.
    """

    def __init__(
        self,
        store: Store,
        settings: TrainSettings,
        path: Path,
        marker: Marker,
        files: Mapping[str, File],
        name: str,
        *,
        rank: int,
        ranks: int,
    ) -> None:
        # A daemon: a process that ends with an error does not wait for a store that cannot be reached.
        super().__init__(name=f"copy-{name}", daemon=True)
        self._store, self._settings, self._path, self._marker = store, settings, path, marker
        self._files, self._name, self._rank, self._ranks = files, name, rank, ranks
        self.step = marker.position.step
        #: Set when this rank's part is done, also by an error.
        self.copied = threading.Event()
        #: Why it failed.
        self.error: str | None = None
        #: Set to true from outside: another rank's part will never come.
        self.given_up = False

    def run(self) -> None:
        """Upload, and seal as rank 0."""
        try:
            self._store.upload(self._name, self._path, self._files, self._rank)
            self.copied.set()
            if self._rank == 0 and self._store.seal(self._name, self._marker, self._ranks, lambda: not self.given_up):
                self._store.prune(self._settings.keep_checkpoints, self._settings.keep_every, self._name)
        except Exception as error:  # whatever it is, this copy is not there, and the run has to hear of it
            self.error = words(error)
        finally:
            self.copied.set()
