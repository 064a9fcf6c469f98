"""From files and hub datasets to Examples: read rows, put up with bad ones, adapt each source's fields to one schema.

    for piece in pieces("gsm8k", settings.data.sources["gsm8k"], root):
        for item in read(piece):                        # Example or Rejected, in the piece's order

A row that cannot be used is a `Rejected` with its reason; the rows around it are used. A source that is missing,
empty or a benchmark's test set is a `DataError`. What the fields of each source mean is left to `adapters`,
whether programs and answers hold to `curate`.
"""

from __future__ import annotations

import difflib
import gzip
import json
import re
import socket
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from pydantic import Field, ValidationError

from raymath.config import SourceSettings
from raymath.data import hub
from raymath.data.adapters import ADAPTERS, PART_OF, PARTS, Adapter, Origin, Row, Unusable
from raymath.errors import DataError
from raymath.files import at, listed, local, name_of
from raymath.records import Example, Int64, Record, Text
from raymath.storage import shown

__all__ = [
    "ADAPTERS", "Adapter", "Origin", "Piece", "Rejected", "Unusable", "adapter", "files", "load", "pieces", "read",
    "read_rows", "refuse_test", "refuse_test_name",
]  # fmt: skip

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


class Piece(Record):
    """What one task reads: a file, or a split of a hub dataset, with all that reading it needs."""

    source: Text
    adapter: Text
    file: Text
    """A path, or the dataset's name."""
    hub_config: Text | None = None
    split: Text | None = None
    """Of a hub dataset; None for a file."""
    licence: Text | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    parts: tuple[Text, ...] = ()


def pieces(name: str, source: SourceSettings, root: str = "") -> list[Piece]:
    """What there is to read of a source.

    Raises:
        DataError: as `files` and `adapter`; both a path and a hub dataset, or a part that there is not.
    """
    adapter(source.adapter, name)
    _check_parts(name, source)
    about = {
        "source": name, "adapter": source.adapter, "licence": source.licence,
        "fields": source.fields, "parts": source.parts,
    }  # fmt: skip
    if not source.hub:
        return [Piece(file=file, **about) for file in files(name, source, root)]
    if source.path:
        raise DataError(
            f"the source '{name}' has both a path and a hub dataset", f"remove data.sources.{name}.path or .hub"
        )
    local = Path(root).expanduser() / Path(source.hub).expanduser()
    where = str(local.absolute()) if local.exists() else source.hub
    refuse_test_name(where, source.split)
    return [Piece(file=where, hub_config=source.hub_config, split=source.split, **about)]


def _check_parts(name: str, source: SourceSettings) -> None:
    if source.parts and source.adapter not in PART_OF:
        raise DataError(
            f"the adapter '{source.adapter}' of the source '{name}' knows no parts",
            f"remove data.sources.{name}.parts; these know them: {', '.join(PART_OF)}",
        )
    known = PARTS.get(source.adapter)
    for part in source.parts:
        if known and part not in known:
            near = difflib.get_close_matches(part, known, n=1, cutoff=0)[0]
            raise DataError(
                f"data.sources.{name}.parts names '{part}', which {source.adapter} does not have",
                f"did you mean '{near}'? There are {', '.join(known)}",
            )


def files(name: str, source: SourceSettings, root: str = "") -> list[str]:
    """The files of a source, as absolute paths or URIs, sorted.

    Raises:
        DataError: no such file, an empty one, a format that cannot be read, or a benchmark's test set.
        UserError: where they are cannot be reached.
    """
    key = f"data.sources.{name}.path"
    if not source.path:
        if source.adapter == "raymath":
            return [str(SAMPLE)]
        raise DataError(f"the source '{name}' names no file", f"set {key} to a file, glob or directory")
    where = at(root, source.path)
    found = listed(where, SUFFIXES)
    if not found:
        raise DataError(f"the source '{name}' has no file {shown(where)}", f"set {key} to files that exist ({_KINDS})")
    for file, kept in found.items():
        refuse_test(name_of(file))
        if not name_of(file).name.endswith(SUFFIXES):
            raise DataError(f"{shown(file)} has a format that is not read", f"give {_KINDS}")
        if kept.size == 0:
            raise DataError(f"{shown(file)} is empty", f"write one JSON object a line into it, or remove it from {key}")
    return list(found)


_KINDS = "*.jsonl, *.jsonl.gz or *.parquet"
#: ``test`` as a word, or the name of a set that is only there to be tested on.
_TEST = re.compile(
    r"(^|[^a-z])test([^a-z]|$)|^(?:en_|zh_)?(math[-_]?500|mgsm|cmath|gsm[-_]?hard|agieval|sat_math|ocw|olympiadbench"
    r"|held[-_]?out|gaokao_?20\d\d|aime|amc_?\d\d|minerva_?math|cmmlu|theoremqa|college_math|cn_middle_school"
    r"|math_user_eval)"
)


def refuse_test(file: PurePath) -> None:
    """Raise `DataError` if a file's name says that it is, or comes from, a set models are tested on."""
    parents = tuple(part.lower() for part in file.parts[-3:-1])
    if _TEST.search(file.name.lower()) or parents == ("bench", "extra") or parents[-1:] == ("test",):
        raise DataError(
            f"{file} is a test set by its name: a model trained on it could no longer be measured",
            "take a training file; a benchmark belongs under eval.benchmarks",
        )


def refuse_test_name(hub_name: str, split: str) -> None:
    """Raise `DataError` if a hub dataset's name, or the split, says that it is a set models are tested on."""
    last = hub_name.rstrip("/").rpartition("/")[2].lower()
    for what, found in (("dataset", _TEST.search(last)), ("split", _TEST.search(split.lower()))):
        if found:
            raise DataError(
                f"the {what} '{hub_name if what == 'dataset' else split}' is a test set by its name: a model trained "
                "on it could no longer be measured",
                "take a training split; a benchmark belongs under eval.benchmarks",
            )


def read_rows(where: str | Path, reject: Callable[[Rejected], None]) -> Iterator[tuple[int, Row]]:
    """The readable rows of a ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` file, at a path or a URI, with their positions.

    What is not a JSON object in UTF-8 goes to `reject`. A cut or damaged file gives the rows before the damage,
    then one rejection at the position where it stopped.
    """
    name = str(where)
    try:
        path = local(name)
    except FileNotFoundError as error:
        raise DataError(str(error), "give a file that is there") from None
    if path.name.endswith(".parquet"):
        yield from _parquet(path, name, reject)
        return
    for number, line in enumerate(_lines(path, name, reject)):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig" if number == 0 else "utf-8"))
        except UnicodeDecodeError as error:
            reject(Rejected(file=name, row=number, reason=f"invalid UTF-8: at byte {error.start} of the line"))
        except (ValueError, RecursionError) as error:
            reject(Rejected(file=name, row=number, reason=f"not valid JSON: {error}"))
        else:
            if isinstance(row, dict):
                yield number, row
            else:
                reject(Rejected(file=name, row=number, reason=f"not a JSON object: {type(row).__name__}"))


def _lines(path: Path, name: str, reject: Callable[[Rejected], None]) -> Iterator[bytes]:
    number = 0
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            for line in file:
                yield line
                number += 1
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        reject(Rejected(file=name, row=number, reason=f"the file is damaged from here on: {error}"))
    except OSError as error:
        raise DataError(
            f"{path} cannot be read on {socket.gethostname()}: {error.strerror or error}",
            "check the path and its rights; every node of a cluster has to see it, or give a URI",
        ) from None


def _parquet(path: Path, name: str, reject: Callable[[Rejected], None]) -> Iterator[tuple[int, Row]]:
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
        reject(Rejected(file=name, row=number, reason=f"the file is damaged from here on: {reason}"))


def read(piece: Piece) -> Iterator[Example | Rejected]:
    """All rows of one piece, each as an Example or a Rejected, in order."""
    convert, part_of = ADAPTERS[piece.adapter], PART_OF.get(piece.adapter) if piece.parts else None

    def adapted(row: Row, origin: Origin) -> Example:
        mapped = _mapped(row, piece.fields)
        if part_of is not None and (part := part_of(mapped)) not in piece.parts:
            raise Unusable(f"not of the parts that are asked for: {part}")
        return convert(mapped, origin)

    rejected: list[Rejected] = []
    if piece.split is None:
        rows = read_rows(piece.file, rejected.append)
    else:
        rows = enumerate(hub.rows(piece.file, piece.hub_config, piece.split))
    return _items(rows, rejected, adapted, Origin(piece.source, piece.file, 0, piece.licence))


def load(file: str | Path, source: str, adapter: Adapter, licence: str | None = None) -> Iterator[Example | Rejected]:
    """`read` for a file and an adapter that need no settings.

    Args:
        file: one of `files`.
        source: the source's name in the mix; every Example carries it.
        adapter: a value of `ADAPTERS`.
        licence: for Examples whose rows name none.
    """
    rejected: list[Rejected] = []
    return _items(read_rows(file, rejected.append), rejected, adapter, Origin(source, str(file), 0, licence))


def _items(
    rows: Iterator[tuple[int, Row]], rejected: list[Rejected], adapter: Adapter, origin: Origin
) -> Iterator[Example | Rejected]:
    """What the adapter makes of `rows`; `rejected` fills with unreadable rows as they are read."""
    for number, row in rows:
        yield from rejected
        rejected.clear()
        try:
            yield adapter(row, origin._replace(row=number))
        except Unusable as error:
            yield _refusal(origin.file, number, row, str(error))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            yield _refusal(origin.file, number, row, f"not an Example: {field}: {first['msg']}")
    yield from rejected


def _mapped(row: Row, fields: Mapping[str, str]) -> Row:
    """The row with the adapter's names of its fields beside its own."""
    if not fields:
        return row
    return row | {ours: _reached(row, theirs) for ours, theirs in fields.items()}


def _reached(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    found: Any = row
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _refusal(file: str, number: int, row: Row, reason: str) -> Rejected:
    identity = row.get("id")
    return Rejected(file=file, row=number, reason=reason, id=None if identity is None else str(identity))


def adapter(name: str, source: str) -> Adapter:
    """The adapter of a name; `source` is the one that asked for it.

    Raises:
        DataError: there is none of that name.
    """
    if name not in ADAPTERS:
        raise DataError(f"the source '{source}' asks for the adapter '{name}'", f"use one of {', '.join(ADAPTERS)}")
    return ADAPTERS[name]
