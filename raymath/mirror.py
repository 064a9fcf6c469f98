"""A directory here and its home in a store, kept alike: how a run lives at a URI.

    mirror = Mirror(directory, "s3://bucket/runs/NAME")
    mirror.pull(leave_out=("data/*",))         # what is there and not here, or another there
    mirror.push()                              # what is new or another here; stages/ last
    with mirror.kept_up(): ...                 # the same every minute, while a stage works

Files are compared by size and time with what they were when both were last alike (``.mirror.json``), so nothing is
copied twice. One machine at a time works in a directory; of two, the later one's files stay. Which files matter is
said here alone: not what is being made, what the workers keep themselves, and what can be made again.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from raymath.errors import MachineError
from raymath.storage import Kept, Place, reason_of

#: Work in progress, checkpoints (which have a store of their own), Ray's own, and files made of others where needed.
LEFT = (
    "data/staging/*", "data/flat/*", "train/checkpoints/*", "train/step-*", "train/ray/*", "train/stop",
    "interim/*/model/*",
)  # fmt: skip
_INDEX = ".mirror.json"
_PARALLEL = 8
_EVERY_S = 60.0
#: One for each directory: several threads of a process may keep one up to date.
_LOCKS: dict[Path, threading.Lock] = {}

#: (size, time) of a file here, and there.
_Pair = tuple[Kept, Kept]


class Mirror:
    """One directory and its home.

    Raises:
        ConfigError: the URI cannot be used.
        StoreError: of `pull` and `push`: the store cannot be reached, or refuses.
    """

    def __init__(self, directory: Path, uri: str, key: str = "the run's address") -> None:
        self.directory = directory
        self._place = Place(uri, key)
        self._lock = _LOCKS.setdefault(directory, threading.Lock())

    def pull(self, under: str = "", leave_out: Sequence[str] = ()) -> bool:
        """Bring what is at home and not here, and take away here what was taken away there.

        Args:
            under: a folder (or file) of the directory; all of it where not given.
            leave_out: patterns of names that stay where they are.

        Returns:
            Whether home has any file at all below `under`.
        """
        with self._lock:
            known = self._known()
            there = self._place.tree(under) if under else self._place.tree()
            there = {f"{under}/{name}" if under else name: kept for name, kept in there.items()}
            wanted = {name: kept for name, kept in there.items() if not _hidden(name) and not _left(name, leave_out)}
            stale = [
                name
                for name, kept in wanted.items()
                # What only this side has changed since is newer work, as of a command that was killed.
                if name not in known or known[name][1] != kept or self._here(name) is None
            ]
            with ThreadPoolExecutor(_PARALLEL) as pool:
                list(pool.map(lambda name: self._place.get(name, self.directory / name), stale))
            for name in [one for one in known if _under(one, under) and one not in there]:
                (self.directory / name).unlink(missing_ok=True)
                del known[name]
            for name in stale:
                here = self._here(name)
                if here is not None:
                    known[name] = (here, wanted[name])
            self._remember(known)
        return bool(there)

    def push(self, under: str = "") -> None:
        """Bring home what is new or another here; what says that a stage is finished comes last.

        Args:
            under: a folder of the directory; all of it where not given.
        """
        with self._lock:
            known = self._known()
            here = {name: kept for name in self._names(under) if (kept := self._here(name)) is not None}
            new = [name for name, kept in here.items() if name not in known or known[name][0] != kept]
            for name in [one for one in known if _under(one, under) and one not in here and not _left(one, ())]:
                self._place.remove(name)
                del known[name]
            last = [name for name in new if name.startswith("stages/")]
            with ThreadPoolExecutor(_PARALLEL) as pool:
                list(pool.map(self._put, [name for name in new if name not in last]))
            for name in last:
                self._put(name)
            there = self._place.tree(under)
            for name in new:
                kept = there.get(name.removeprefix(f"{under}/") if under else name)
                if kept is not None:
                    known[name] = (here[name], kept)
            self._remember(known)

    @contextmanager
    def kept_up(self, under: str = "", every_s: float = _EVERY_S) -> Iterator[None]:
        """Push every now and then while the block runs: what a lost machine takes with it is a minute's work."""
        done = threading.Event()

        def work() -> None:
            while not done.wait(every_s):
                try:
                    self.push(under)
                except (MachineError, OSError) as error:
                    print(f"{self._place.uri} is not up to date: {reason_of(error)}", file=sys.stderr)

        thread = threading.Thread(target=work, name="mirror", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _put(self, name: str) -> None:
        self._place.put(self.directory / name, name)

    def _here(self, name: str) -> Kept | None:
        try:
            found = (self.directory / name).stat()
        except OSError:
            return None
        return Kept(found.st_size, found.st_mtime_ns)

    def _names(self, under: str) -> list[str]:
        root = self.directory
        files = (file for file in (root / under).rglob("*") if file.is_file())
        names = (file.relative_to(root).as_posix() for file in files)
        return [name for name in names if not _hidden(name) and not _left(name, ())]

    def _known(self) -> dict[str, _Pair]:
        try:
            pairs = json.loads((self.directory / _INDEX).read_text(encoding="utf-8"))
            return {name: (Kept(*here), Kept(*there)) for name, (here, there) in pairs.items()}
        except (OSError, ValueError, TypeError):
            return {}

    def _remember(self, known: dict[str, _Pair]) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        partial = self.directory / f"{_INDEX}.{os.getpid()}"
        partial.write_text(json.dumps(known), encoding="utf-8")
        partial.replace(self.directory / _INDEX)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _left(name: str, more: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in (*LEFT, *more))


def _under(name: str, under: str) -> bool:
    return not under or name.startswith(f"{under}/")
