"""From files to Examples: read rows, put up with bad ones, adapt each source's fields to the one schema.

    for item in load(file, "gsm8k", ADAPTERS["gsm8k"]):      # Example or Rejected, in the file's order

A row that cannot be used is a `Rejected` with its reason; the rows around it are used. A file that is missing,
empty or a benchmark's test set is a `DataError`. What the fields of each source mean is left to `adapters`,
whether programs and answers hold to `curate`.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from raymath.config import SourceSettings
from raymath.data.adapters import ADAPTERS, Adapter, Origin, Row, Unusable
from raymath.errors import DataError
from raymath.records import Example, Int64, Record, Text

__all__ = ["ADAPTERS", "Adapter", "Origin", "Rejected", "Unusable", "adapter", "files", "load", "read_rows"]

#: What stands in for `data.sources.NAME.path` of the adapter ``raymath`` where none is given.
SAMPLE = Path(__file__).parent / "sample" / "train.jsonl"
SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")


class Rejected(Record):
    """A row that was set aside: ``row`` is its position in ``file``, from 0, blank lines counted.

    ``reason`` is a kind of fault, and after ``": "`` what it was in this row; reports count the kinds.
    """

    file: Text
    row: Int64
    reason: Text
    id: Text | None = None


def files(name: str, source: SourceSettings, root: str = "") -> list[Path]:
    """The files of a source, sorted.

    Raises:
        DataError: no such file, an empty one, a format that cannot be read, or a benchmark's test set.
    """
    key = f"data.sources.{name}.path"
    if not source.path:
        if source.adapter == "raymath":
            return [SAMPLE]
        raise DataError(f"the source '{name}' names no file", f"set {key} to a file, glob or directory")
    path = Path(root).expanduser() / Path(source.path).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.name.endswith(SUFFIXES))
    elif path.is_file():
        found = [path]
    else:
        found = sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
    if not found:
        raise DataError(f"the source '{name}' has no file {path}", f"set {key} to files that exist ({_KINDS})")
    for file in found:
        refuse_test(file)
        if not file.name.endswith(SUFFIXES):
            raise DataError(f"{file} has a format that is not read", f"give {_KINDS}")
        if file.stat().st_size == 0:
            raise DataError(f"{file} is empty", f"write one JSON object a line into it, or remove it from {key}")
    return found


_KINDS = "*.jsonl, *.jsonl.gz or *.parquet"
_TEST = re.compile(
    r"(^|[^a-z])test([^a-z]|$)|^(math[-_]?500|mgsm|cmath|gsm[-_]?hard|agieval|sat_math|ocw|olympiadbench|held[-_]?out)"
)


def refuse_test(file: Path) -> None:
    """Raise `DataError` if a file's name says that it is, or comes from, a set models are tested on."""
    parents = tuple(part.lower() for part in file.absolute().parts[-3:-1])
    if _TEST.search(file.name.lower()) or parents == ("bench", "extra") or parents[-1:] == ("test",):
        raise DataError(
            f"{file} is a test set by its name: a model trained on it could no longer be measured",
            "take a training file; a benchmark belongs under eval.benchmarks",
        )


def read_rows(path: Path, reject: Callable[[Rejected], None]) -> Iterator[tuple[int, Row]]:
    """The readable rows of a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file with their positions.

    What is not a JSON object in UTF-8 goes to `reject`. A cut or damaged file gives the rows before the damage,
    then one rejection at the position where it stopped.
    """
    if path.name.endswith(".parquet"):
        yield from _parquet(path, reject)
        return
    for number, line in enumerate(_lines(path, reject)):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig" if number == 0 else "utf-8"))
        except UnicodeDecodeError as error:
            reject(Rejected(file=str(path), row=number, reason=f"invalid UTF-8: at byte {error.start} of the line"))
        except (ValueError, RecursionError) as error:
            reject(Rejected(file=str(path), row=number, reason=f"not valid JSON: {error}"))
        else:
            if isinstance(row, dict):
                yield number, row
            else:
                reject(Rejected(file=str(path), row=number, reason=f"not a JSON object: {type(row).__name__}"))


def _lines(path: Path, reject: Callable[[Rejected], None]) -> Iterator[bytes]:
    number = 0
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            for line in file:
                yield line
                number += 1
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        reject(Rejected(file=str(path), row=number, reason=f"the file is damaged from here on: {error}"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "check the path and its rights") from None


def _parquet(path: Path, reject: Callable[[Rejected], None]) -> Iterator[tuple[int, Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    yield number, row
                    number += 1
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0]
        reject(Rejected(file=str(path), row=number, reason=f"the file is damaged from here on: {reason}"))


def load(
    file: Path, source: str, adapter: Adapter, licence: str | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[Example | Rejected]:
    """All rows of one file, each as an Example or a Rejected, in order.

    Args:
        file: one of `files`.
        source: the source's name in the mix; every Example carries it.
        adapter: a value of `ADAPTERS`.
        licence: for Examples whose rows name none.
        progress: called with each row's position.
    """
    rejected: list[Rejected] = []
    for number, row in read_rows(file, rejected.append):
        yield from rejected
        rejected.clear()
        if progress is not None:
            progress(number)
        try:
            yield adapter(row, Origin(source, str(file), number, licence))
        except Unusable as error:
            yield _refusal(file, number, row, str(error))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            yield _refusal(file, number, row, f"not an Example: {field}: {first['msg']}")
    yield from rejected


def _refusal(file: Path, number: int, row: Row, reason: str) -> Rejected:
    identity = row.get("id")
    return Rejected(file=str(file), row=number, reason=reason, id=None if identity is None else str(identity))


def adapter(name: str, source: str) -> Adapter:
    """The adapter of a name; `source` is the one that asked for it.

    Raises:
        DataError: there is none of that name.
    """
    if name not in ADAPTERS:
        raise DataError(f"the source '{source}' asks for the adapter '{name}'", f"use one of {', '.join(ADAPTERS)}")
    return ADAPTERS[name]
