"""Copies of a run's checkpoints in one place that all machines reach: a directory, S3, or any other object store.

    store = Store("s3://bucket/runs/NAME/train")
    store.upload("step-000020-3fa9c1", directory, files, rank=0)      # each rank its own files
    store.seal("step-000020-3fa9c1", marker, still_wanted)            # one rank, once all have uploaded
    for name, marker in store.complete(): ...                         # newest first
    store.fetch(name, marker.files, directory)

A URI's scheme picks the file system: pyarrow's own (``s3``, ``gs``, ``abfs``, ``hdfs``, ``file``, or a plain path),
then fsspec's. Credentials are found as each of them does, in the environment; a URI may hold none. Each attempt has a
name of its own, so that what a killed one left is never mixed with the next; the marker is uploaded last. When to
upload is left to `raymath.train.saving`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import xxhash

from raymath.errors import ConfigError, MachineError
from raymath.train.checkpoint import MARKER, File, Marker, intact, kept, step_of

T = TypeVar("T")
_CHUNK = 2**23
_PARALLEL = 4
#: How long an upload is tried again (beside what the file system itself retries), and the longest pause meanwhile.
_PATIENCE_S = 60.0
_PAUSE_S = 2.0


class StoreError(MachineError):
    """The store cannot be reached, or refuses."""


class Store:
    """The checkpoints of one run, below a URI.

    Raises:
        ConfigError: no file system is known for the URI's scheme, or what it needs is not installed.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri.partition("?")[0].rstrip("/")
        self._files, self._root = _file_system(uri)
        if not self._root.strip("/"):
            raise ConfigError(f"train.checkpoint_store = {uri!r} names no bucket or directory", "add it")
        # Object stores know no directories: making one there would only be another request, and a right to have.
        self._has_directories = self._files.type_name not in ("s3", "gcs", "abfs")

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
            with (source / file).open("rb") as content:
                self._patiently(lambda: self._put(content, f"{name}/{file}"))  # noqa: B023  # called before the next
        sizes = {file: kind.size for file, kind in files.items()}
        self._patiently(lambda: self._write(f"{name}/{_part(rank)}", json.dumps(sizes).encode()))

    def seal(self, name: str, marker: Marker, ranks: int, still_wanted: Callable[[], bool]) -> bool:
        """Mark a checkpoint as complete once `ranks` ranks have uploaded; False if it was given up before that.

        Raises:
            StoreError: the store cannot be reached.
        """
        wanted, pause = {_part(rank) for rank in range(ranks)}, 0.05
        while not wanted <= set(self._patiently(lambda: self._list(name))):
            if not still_wanted():
                return False
            time.sleep(pause)
            pause = min(_PAUSE_S, pause * 1.5)
        self._patiently(lambda: self._write(f"{name}/{MARKER}", marker.model_dump_json().encode()))
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
            print(f"{self.uri}: old checkpoints cannot be removed: {_reason(error)}", file=sys.stderr)

    def remove(self, name: str) -> None:
        """Remove a checkpoint, its marker first."""
        marker = f"{self._root}/{name}/{MARKER}"
        if self._is_file(marker):
            self._files.delete_file(marker)
        self._files.delete_dir(f"{self._root}/{name}")

    def _names(self) -> list[str]:
        names = [name for name in self._reaching(lambda: self._list("")) if step_of(name) >= 0]
        return sorted(names, key=step_of, reverse=True)

    def marker(self, name: str) -> Marker | None:
        """A checkpoint's marker if all that it names is there, with its size."""
        from pyarrow import fs

        path = f"{self._root}/{name}"
        if not self._reaching(lambda: self._is_file(f"{path}/{MARKER}")):
            return None
        with self._files.open_input_stream(f"{path}/{MARKER}") as content:
            try:
                marker = Marker.model_validate_json(content.read())
            except ValueError:
                return None
        found = self._reaching(lambda: self._files.get_file_info(fs.FileSelector(path, recursive=True)))
        sizes = {info.path.removeprefix(f"{path}/"): info.size for info in found if info.is_file}
        return marker if all(sizes.get(name) == file.size for name, file in marker.files.items()) else None

    def _list(self, name: str) -> list[str]:
        from pyarrow import fs

        directory = f"{self._root}/{name}".rstrip("/")
        return [info.base_name for info in self._files.get_file_info(fs.FileSelector(directory, allow_not_found=True))]

    def _is_file(self, path: str) -> bool:
        return bool(self._files.get_file_info(path).is_file)

    def _put(self, content: BinaryIO, name: str) -> None:
        content.seek(0)
        with self._open(name) as out:
            while chunk := content.read(_CHUNK):
                out.write(chunk)

    def _write(self, name: str, content: bytes) -> None:
        with self._open(name) as out:
            out.write(content)

    def _open(self, name: str) -> Any:
        path = f"{self._root}/{name}"
        if self._has_directories:
            self._files.create_dir(path.rpartition("/")[0], recursive=True)
        return self._files.open_output_stream(path)

    def _get(self, name: str, file: File, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        checksum = xxhash.xxh3_128()
        try:
            content = self._reaching(lambda: self._files.open_input_stream(f"{self._root}/{name}"))
            with content, partial.open("wb") as out:
                while chunk := self._reaching(lambda: content.read(_CHUNK)):
                    checksum.update(chunk)
                    out.write(chunk)
            if checksum.hexdigest() != file.xxh3:
                raise ValueError(f"{self.uri}/{name} is not what was uploaded: its checksum differs")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _patiently(self, action: Callable[[], T]) -> T:
        """Try an action again for a while: a network that fails for a moment stops no training."""
        until, pause = time.monotonic() + _PATIENCE_S, 0.1
        while True:
            try:
                return self._reaching(action)
            except StoreError:
                if time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(_PAUSE_S, pause * 2)

    def _reaching(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except OSError as error:
            raise StoreError(
                f"{self.uri} cannot be reached or refuses: {_reason(error)}",
                "look at the address, the network, and the credentials in the environment",
            ) from None


def _part(rank: int) -> str:
    return f"rank-{rank:05d}.json"


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [repr(error)])[0][:300]


def _file_system(uri: str) -> tuple[Any, str]:
    """The file system of a URI or absolute path, and the path in it."""
    from pyarrow import fs

    try:
        files, path = fs.FileSystem.from_uri(uri)
        return files, path.rstrip("/")
    except OSError as error:  # S3 looks for the bucket's region
        raise StoreError(f"{uri} cannot be reached or refuses: {_reason(error)}", "look at the address") from None
    except (ValueError, NotImplementedError) as error:
        if urlsplit(uri).scheme in ("", "s3", "gs", "gcs", "abfs", "file", "hdfs"):
            raise ConfigError(
                f"train.checkpoint_store = {uri!r}: {_reason(error)}",
                "write it like s3://bucket/runs?region=eu-west-1, gs://bucket/runs or /shared/runs",
            ) from None
    import fsspec

    try:
        own, path = fsspec.core.url_to_fs(uri)
    except (ValueError, ImportError) as error:
        raise ConfigError(
            f"train.checkpoint_store = {uri!r}: {_reason(error)}", "use another scheme, or install what it needs"
        ) from None
    return fs.PyFileSystem(fs.FSSpecHandler(own)), path.rstrip("/")
