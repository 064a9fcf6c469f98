"""Copies of a run's checkpoints in one place that all machines reach: a directory, S3, or any other object store.

    store = Store("s3://bucket/runs/NAME/train")
    store.upload("step-000020-3fa9c1", directory, files, rank=0)      # each rank its own files
    store.seal("step-000020-3fa9c1", marker, still_wanted)            # one rank, once all have uploaded
    for name, marker in store.complete(): ...                         # newest first
    store.fetch(name, marker.files, directory)

Which places there are, and how they are reached, is left to `raymath.storage`. Each attempt has a name of its own, so
that what a killed one left is never mixed with the next; the marker is uploaded last. When to upload is left to
`raymath.train.saving`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import xxhash

from raymath.storage import Place, StoreError, reason_of
from raymath.train.checkpoint import MARKER, File, Marker, intact, kept, step_of

__all__ = ["Store", "StoreError"]

_PARALLEL = 4
#: The longest pause between two looks for what the other ranks have uploaded.
_PAUSE_S = 2.0


class Store:
    """The checkpoints of one run, below a URI.

    Raises:
        ConfigError: no file system is known for the URI's scheme, or what it needs is not installed.
    """

    def __init__(self, uri: str) -> None:
        self._place = Place(uri, "train.checkpoint_store")
        self.uri = self._place.uri

    def complete(self) -> Iterator[tuple[str, Marker]]:
        """The complete checkpoints, the newest first; each is looked at when it is asked for.

        Raises:
            StoreError: the store cannot be reached.
        """
        for name in self._names():
            marker = self.marker(name)
            if marker is not None:
                yield name, marker

    def upload(self, name: str, source: Path, files: Mapping[str, File], rank: int) -> None:
        """Copy this rank's files of a checkpoint, and then say in the store that they are there.

        Raises:
            StoreError: they cannot be written, also when tried again for a minute.
            OSError: a local file cannot be read.
        """
        for file in files:
            self._place.put(source / file, f"{name}/{file}")
        sizes = {file: kind.size for file, kind in files.items()}
        self._place.write(f"{name}/{_part(rank)}", json.dumps(sizes).encode())

    def seal(self, name: str, marker: Marker, ranks: int, still_wanted: Callable[[], bool]) -> bool:
        """Mark a checkpoint as complete once `ranks` ranks have uploaded; False if it was given up before that.

        Raises:
            StoreError: the store cannot be reached.
        """
        wanted, pause = {_part(rank) for rank in range(ranks)}, 0.05
        while not wanted <= set(self._place.tree(name)):
            if not still_wanted():
                return False
            time.sleep(pause)
            pause = min(_PAUSE_S, pause * 1.5)
        self._place.write(f"{name}/{MARKER}", marker.model_dump_json().encode())
        return True

    def fetch(self, name: str, files: Mapping[str, File], target: Path) -> None:
        """Bring files of a checkpoint into a directory; those that are there already and intact stay.

        Raises:
            StoreError: the store cannot be reached.
            ValueError: a file there is not what was uploaded.
            OSError: a file cannot be written here.
        """
        missing = {file: kind for file, kind in files.items() if not intact(target / file, kind)}
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(lambda file: self._get(f"{name}/{file}", missing[file], target / file), missing))

    def prune(self, keep: int, every: int | None, newest: str) -> None:
        """Remove all but the newest `keep` complete checkpoints and the multiples of `every`.

        Unfinished attempts go too where they are not newer than `newest`, which was just completed. What cannot be
        removed is said on stderr: no training stops for it.
        """
        try:
            names = self._names()
            done = {name for name in names if name == newest or self.marker(name) is not None}
            staying = kept([step_of(name) for name in done], keep, every)
            for name in names:
                old = step_of(name) <= step_of(newest)
                if (name in done and step_of(name) not in staying) or (name not in done and old):
                    self.remove(name)
        except (OSError, StoreError) as error:
            print(f"{self.uri}: old checkpoints cannot be removed: {reason_of(error)}", file=sys.stderr)

    def remove(self, name: str) -> None:
        """Remove a checkpoint, its marker first."""
        self._place.remove(f"{name}/{MARKER}")
        self._place.remove_tree(name)

    def _names(self) -> list[str]:
        names = [name for name in self._place.names() if step_of(name) >= 0]
        return sorted(names, key=step_of, reverse=True)

    def marker(self, name: str) -> Marker | None:
        """A checkpoint's marker if all that it names is there, with its size."""
        if not self._place.is_file(f"{name}/{MARKER}"):
            return None
        try:
            marker = Marker.model_validate_json(self._place.read(f"{name}/{MARKER}"))
        except (FileNotFoundError, ValueError):
            return None
        there = self._place.tree(name)
        whole = all(file in there and there[file].size == kind.size for file, kind in marker.files.items())
        return marker if whole else None

    def _get(self, name: str, file: File, target: Path) -> None:
        checksum = xxhash.xxh3_128()

        def watch(piece: bytes) -> None:
            checksum.update(piece)
            if not piece and checksum.hexdigest() != file.xxh3:
                raise ValueError(f"{self.uri}/{name} is not what was uploaded: its checksum differs")

        self._place.get(name, target, watch)


def _part(rank: int) -> str:
    return f"rank-{rank:05d}.json"
