"""Where generations are kept: an append-only file of JSON lines, one finished sample a line.

    with Store(path) as store:
        if request.key not in store:
            store.add(generation)

Promises: a line is in the file when `add` returns, so killing the process loses nothing that was finished (a
power cut can lose the last seconds, which are then asked again); a finished line is never changed; no key is in
the file twice; one process writes at a time. A last line torn by a kill is moved to ``NAME.torn`` on opening,
and its item asked again. Samples that infrastructure lost are no results: they go to ``NAME.lost``, for people
to read.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from raymath.errors import DataError, MachineError
from raymath.records import Generation, from_line, to_line

Key = tuple[str, str, str, str, int]


class Store:
    """The generations of one run.

    Raises:
        DataError: a line before the last is not a generation, or a key is there twice.
        MachineError: another process has the file open for writing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = self.path.open("ab", buffering=0)
        try:
            _lock(self._file, self.path)
            self.torn = _set_torn_line_aside(self.path)
            self._keys: dict[Key, str] = {}
            for generation in read(self.path):
                if generation.key in self._keys:
                    raise DataError(f"{self.path} holds {generation.key} twice", "remove one of the two lines")
                self._keys[generation.key] = generation.asked
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    @property
    def asked(self) -> Mapping[Key, str]:
        """Key → the hash of how it was asked."""
        return self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Generation]:
        """All generations, read from the file, in the order they finished."""
        return read(self.path)

    def add(self, generation: Generation) -> None:
        """Keep one finished sample.

        Raises:
            ValueError: its key is there already, or it was lost to infrastructure (see `add_lost`).
        """
        if generation.status != "ok":
            raise ValueError(f"{generation.key} was lost to infrastructure and is not a result")
        if generation.key in self._keys:
            raise ValueError(f"{generation.key} is in {self.path} already")
        _write(self._file, generation)
        self._keys[generation.key] = generation.asked

    def add_lost(self, generation: Generation) -> None:
        """Note a sample that infrastructure lost; its key stays open."""
        with self.path.with_name(self.path.name + ".lost").open("ab", buffering=0) as file:
            _write(file, generation)

    def close(self) -> None:
        """Flush to the disk and let other processes write."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()


def read(path: str | Path) -> Iterator[Generation]:
    """The generations in a file, which may still be growing: a last line without its end is left out.

    Raises:
        DataError: a complete line is not a generation.
    """
    path = Path(path)
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield from_line(Generation, line)
            except ValidationError as error:
                reason = error.errors()[0]["msg"]
                raise DataError(
                    f"{path} line {number} is not a generation: {reason}", "remove that line; its item is asked again"
                ) from None


def _write(file: BinaryIO, generation: Generation) -> None:
    line = to_line(generation).encode() + b"\n"
    # An unbuffered write may be partial on a full disk; what is missing must not become a silent half line.
    while line:
        line = line[file.write(line) :]


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise MachineError(f"another process is writing {path}", "wait for it to end, or use another run") from None


def _set_torn_line_aside(path: Path) -> bytes:
    """Move bytes after the last line end to ``NAME.torn``; returns them."""
    with path.open("r+b") as file:
        data = file.read()
        torn = data[data.rfind(b"\n") + 1 :]
        if torn:
            with path.with_name(path.name + ".torn").open("ab") as aside:
                aside.write(torn + b"\n")
                aside.flush()
                os.fsync(aside.fileno())
            file.truncate(len(data) - len(torn))
    return torn
