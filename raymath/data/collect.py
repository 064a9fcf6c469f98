"""All curated rows together: what needs to see every row, and the files that say what was set aside.

    lost = doubles(files, settings)
    found = collect(files, settings, out, ledger, lost)
    found.sources["gsm8k"].ids, found.parts(times)

Chunks are read in the order of the sources, one at a time; of a row only its id and place stay in memory. How chunks
are made is left to `tasks`, which rows are duplicates to `duplicates`.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymath.config import DataSettings, OnlySettings, SourceSettings
from raymath.data import fill, staging
from raymath.data.duplicates import Duplicate, Duplicates
from raymath.data.fill import hash_of
from raymath.data.ledger import Ledger
from raymath.data.rows import trusted
from raymath.errors import DataError

#: Rows of a part of drawn rows, about.
ROWS_PER_PART = 8192


@dataclass
class Source:
    """The good rows of one source: id and place (chunk and row in it); how many its filter left out, and how many were
    set aside only because a benchmark or another row has them."""

    ids: list[str] = field(default_factory=list)
    chunk: array[int] = field(default_factory=lambda: array("i"))
    row: array[int] = field(default_factory=lambda: array("i"))
    left_out: int = 0
    elsewhere: int = 0


@dataclass(frozen=True)
class Doubles:
    """Rows that are one too many: places (chunk, row in it) of ids that are taken, and duplicates by their id."""

    taken: set[tuple[int, int]]
    duplicates: Mapping[str, Duplicate]

    def reason(self, chunk: int, row: int, identity: str) -> str | None:
        """Why a row is one too many, or None."""
        if (chunk, row) in self.taken:
            return f"its id is already taken: {identity}"
        if (duplicate := self.duplicates.get(identity)) is not None:
            return f"{duplicate.kind} duplicate: of {duplicate.kept}"
        return None


class Found:
    """The good rows of all sources, and the files of their chunks."""

    def __init__(self, files: Sequence[Path], names: Sequence[str]) -> None:
        self._files = files
        self.sources = {name: Source() for name in names}

    def parts(self, times: Mapping[str, NDArray[np.int64]]) -> list[list[dict[str, Any]]]:
        """The drawn rows in parts of about `ROWS_PER_PART`: {file, rows, times} of each chunk.

        Args:
            times: how many times each row of a source is taken.
        """
        found: list[list[dict[str, Any]]] = []
        held = ROWS_PER_PART
        for name, source in self.sources.items():
            taken = np.flatnonzero(times[name])
            chunk, row = np.asarray(source.chunk)[taken], np.asarray(source.row)[taken]
            uses = times[name][taken]
            for number in np.unique(chunk).tolist():
                inside = chunk == number
                if held >= ROWS_PER_PART:
                    found.append([])
                    held = 0
                found[-1].append(
                    {"file": str(self._files[number]), "rows": row[inside].tolist(), "times": uses[inside].tolist()}
                )
                held += int(uses[inside].sum())
        return found


def collect(files: Sequence[Path], settings: DataSettings, out: Path, ledger: Ledger, lost: Doubles) -> Found:
    """Read the chunks, leave out duplicates, write ``rejected.jsonl`` and ``contamination.jsonl``.

    Args:
        files: the chunks, in order.
        settings: the recipe.
        out: where the two files go.
        ledger: takes the counts.
        lost: the rows that are one too many (`doubles`).

    Raises:
        DataError: no row of a source is good, by itself or by its filter. One whose rows a benchmark or other sources
            have too gives none, which the counts say.
    """
    found = Found(files, [name for name, one in settings.sources.items() if one.adapter != fill.ADAPTER])
    with (
        (out / "rejected.jsonl").open("w", encoding="utf-8") as rejected,
        (out / "contamination.jsonl").open("w", encoding="utf-8") as contamination,
    ):
        for number, file in enumerate(files):
            ledger.add(staging.note_of(file))
            for at, row in enumerate(light(file)):
                place = {name: row[name] for name in ("source", "file", "row", "id")}
                for hit in row["hits"]:
                    contamination.write(json.dumps(place | hit, ensure_ascii=False) + "\n")
                if row["reason"] is None and (reason := lost.reason(number, at, row["id"])):
                    row |= {"stage": "deduplicate", "reason": reason}
                    ledger.set_aside("deduplicate", row["source"], reason)
                if row["reason"] is not None:
                    why = {"stage": row["stage"], "reason": row["reason"]}
                    rejected.write(json.dumps(place | why, ensure_ascii=False) + "\n")
                    found.sources[row["source"]].elsewhere += row["stage"] in ("decontaminate", "deduplicate")
                    continue
                source = found.sources[row["source"]]
                if passes(settings.sources[row["source"]].only, row):
                    source.ids.append(row["id"])
                    source.chunk.append(number)
                    source.row.append(at)
                else:
                    source.left_out += 1
    for name, source in found.sources.items():
        if not source.ids and not source.elsewhere:
            raise _nothing(name, source, ledger, out)
    return found


def doubles(files: Sequence[Path], settings: DataSettings) -> Doubles:
    """The good rows that are one too many: of ids that are taken, and duplicates of a row that is verified better.

    Rows that raymath wrote itself are alike on purpose, and compared by id alone.
    """
    order = {name: number for number, name in enumerate(settings.sources)}
    found, taken = Duplicates(), set()
    ids: set[int] = set()
    for number, file in enumerate(files):
        for at, row in enumerate(pq_rows(file)):
            if row["example"] is None:
                continue
            name = hash_of(row["id"])
            if name in ids:
                taken.add((number, at))
                continue
            ids.add(name)
            source = settings.sources[row["source"]]
            if settings.deduplicate and not own(source):
                found.add(trusted(row["example"]), (-row["strength"], order[row["source"]], number, at))
    return Doubles(taken, found.resolve())


def questions(files: Sequence[Path], lost: Doubles) -> Iterator[tuple[str, str]]:
    """Id and question of the good rows."""
    for number, file in enumerate(files):
        for at, row in enumerate(light(file)):
            if row["reason"] is None and lost.reason(number, at, row["id"]) is None:
                yield row["id"], row["question"]


def own(source: SourceSettings) -> bool:
    """Whether raymath wrote a source's rows itself: the embedded sample, and what it generates."""
    return source.adapter == fill.ADAPTER or (source.adapter == "raymath" and not source.path)


def pq_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a chunk."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return rows


def light(file: Path) -> list[dict[str, Any]]:
    """The rows of a chunk without their solutions: of the example only what filters and duplicates ask for."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    example = table.column("example")
    table = table.drop_columns(["example"])
    for name in ("question", "language", "mode", "topic", "subject", "level"):
        table = table.append_column(name, pc.struct_field(example, name))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def passes(only: OnlySettings, row: Mapping[str, Any]) -> bool:
    """Whether a source's filter lets a row pass."""
    return (
        (not only.modes or row["mode"] in only.modes)
        and (not only.languages or row["language"] in only.languages)
        and (not only.subjects or row["subject"] in only.subjects)
        and (not only.levels or row["level"] in only.levels)
        and (not only.topics or any(fnmatchcase(row["topic"] or "", pattern) for pattern in only.topics))
    )


def _nothing(name: str, source: Source, ledger: Ledger, out: Path) -> DataError:
    if source.left_out:
        return DataError(
            f"the filter of the source '{name}' lets none of its {source.left_out} good rows pass",
            f"widen data.sources.{name}.only",
        )
    why = "; ".join(f"{n} × {reason}" for reason, n in list(ledger.rejected()[name].items())[:3]) or "no row in it"
    return DataError(
        f"the source '{name}' has no usable row ({why})",
        f"every row needs a question and a solution in the adapter's fields; {out / 'rejected.jsonl'} has the reasons",
    )
