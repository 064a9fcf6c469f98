"""The token columns as flat files, to be mapped: any row without reading the others, in memory that does not grow.

    tokens = Tokens("runs/x/data")
    input_ids, loss_mask = tokens.row(17)

    flat/FINGERPRINT-LAYOUT/
      input_ids.i32  loss_mask.u8        all rows, one after another
      lengths.i32    supervised.i32      a row: tokens, and those that are trained
      ends.i64                           where each row ends in the first two

They are made from the Parquet shards where missing, once, whichever process needs them first. What the shards are is
left to `shards`, which rows make a pack to `packing`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from raymath.data import shards
from raymath.errors import DataError

#: Grows when the files below are others than before; older ones are left alone.
LAYOUT = 2


def folder(root: Path, fingerprint: str) -> Path:
    """Where the flat files of shards with this fingerprint are, below the shards or a cache."""
    return root / "flat" / f"{fingerprint}-{LAYOUT}"


class Tokens:
    """Random access to the tokens of all rows, mapped: what is not read takes no memory.

    ``lengths`` and ``supervised`` (int32, [rows]) count each row's tokens and the trained ones among them.

    Args:
        directory: the token shards.
        cache: where the flat files are kept, for shards on storage that cannot be written or mapped.

    Raises:
        DataError: as `flatten`.
    """

    def __init__(self, directory: Path, cache: Path | None = None) -> None:
        #: Where they are; a plan of them has its place beside them.
        self.directory = flatten(directory, cache)
        self.lengths: NDArray[np.int32] = mapped(self.directory / "lengths.i32", "<i4")
        self.supervised: NDArray[np.int32] = mapped(self.directory / "supervised.i32", "<i4")
        self._ends: NDArray[np.int64] = mapped(self.directory / "ends.i64", "<i8")
        self._ids: NDArray[np.int32] = mapped(self.directory / "input_ids.i32", "<i4")
        self._mask: NDArray[np.uint8] = mapped(self.directory / "loss_mask.u8", "u1")

    def __len__(self) -> int:
        return len(self.lengths)

    def row(self, row: int, limit: int | None = None) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """(input_ids, loss_mask) of one row, at most its first `limit` tokens; views, not copies."""
        end = int(self._ends[row])
        begin = end - int(self.lengths[row])
        if limit is not None:
            end = min(end, begin + limit)
        return self._ids[begin:end], self._mask[begin:end]

    def gather(self, rows: NDArray[np.int64], limit: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
        """(input_ids, loss_mask, lengths) of rows one after another, each cut at `limit`; int64, copies."""
        sizes = self.lengths[rows].astype(np.int64)
        begins = self._ends[rows] - sizes
        lengths = np.minimum(sizes, limit)
        spans = [slice(begin, end) for begin, end in zip(begins.tolist(), (begins + lengths).tolist(), strict=True)]
        ids, mask = self._ids, self._mask
        return (
            np.concatenate([ids[span] for span in spans], dtype=np.int64),
            np.concatenate([mask[span] for span in spans], dtype=np.int64),
            lengths,
        )


def mapped(file: Path, kind: DTypeLike) -> NDArray[Any]:
    """A file as a read-only array; an empty one, which cannot be mapped, as an empty array."""
    # A plain array over the map: slicing a memmap itself takes several times as long.
    return np.asarray(np.memmap(file, kind, "r")) if file.stat().st_size else np.zeros(0, kind)


def flatten(directory: Path, cache: Path | None = None) -> Path:
    """Write the token columns as flat files, unless they are there; returns their directory.

    Safe to call from several processes at once. The fingerprint is computed again on the way.

    Raises:
        DataError: the shards are not what the manifest says, or the files cannot be written.
    """
    told = str(shards.manifest(directory)["fingerprint"])

    def write(target: Path) -> None:
        found = _write(directory, target)
        if found != told:
            raise DataError(
                f"the token shards in {directory} have the fingerprint {found}, their manifest says {told}",
                "a file was changed or is missing: build the data again",
            )

    return made(folder(cache or directory, told), write)


def seal(directory: Path) -> str:
    """Write the token columns of finished shards as flat files; returns the fingerprint."""
    partial = directory / "flat" / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    fingerprint = _write(directory, partial)
    target = folder(directory, fingerprint)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return fingerprint


def made(target: Path, write: Callable[[Path], Any]) -> Path:
    """A directory that is there whole or not at all: `write` fills it unless it exists.

    Safe to call from several processes at once, which have to write the same.

    Raises:
        DataError: it cannot be written.
    """
    partial = target.with_name(f".{target.name}-{os.getpid()}-{secrets.token_hex(2)}")
    try:
        # Hundreds of ranks open the same data at once: one of them writes, and the others wait for it.
        with nullcontext() if target.is_dir() else _alone(target):
            if target.is_dir():
                return target
            partial.mkdir(parents=True)
            write(partial)
            try:
                partial.rename(target)
            except OSError:
                # Where nothing can be locked another process may have been first; its files are the same.
                if not target.is_dir():
                    raise
    except OSError as error:
        raise DataError(
            f"the files that are mapped for training cannot be written under {target.parent}: "
            f"{error.strerror or error}",
            "free some space there or make it writable",
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One process at a time, on all machines that share the directory; any number where its storage has no locks."""
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = target.with_name(f".{target.name}.lock")
    with lock.open("w") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _write(directory: Path, target: Path) -> str:
    fingerprint, end = shards.Fingerprint(), 0
    with ExitStack() as stack:
        names = ("input_ids.i32", "loss_mask.u8", "lengths.i32", "supervised.i32", "ends.i64")
        ids, mask, lengths, supervised, ends = (stack.enter_context((target / n).open("wb")) for n in names)
        for _, table in shards.groups(directory):
            fingerprint.add(table)
            ids.write(shards.values(table, "input_ids").astype("<i4").tobytes())
            mask.write(shards.values(table, "loss_mask").tobytes())
            sizes = table.column("length").to_numpy()
            lengths.write(sizes.astype("<i4").tobytes())
            supervised.write(table.column("supervised").to_numpy().astype("<i4").tobytes())
            ends.write((end + np.cumsum(sizes, dtype="<i8")).tobytes())
            end += int(sizes.sum(dtype=np.int64))
    return fingerprint.hexdigest()
