"""The token shards on disk: written once by the pipeline, read at random by the feed.

    DIR/
      manifest.json              what is in it and what became of every row; written last
      examples/part-00000.parquet    the mix as `raymath.records.Example`
      tokens/part-00000.parquet      the same rows, in the same order, as `schema`
      flat/                      tokens and plans to be mapped (`raymath.data.flat`); made again where missing
      rejected.jsonl             rows that were set aside: source, file, row, id, stage, reason
      contamination.jsonl        rows that a benchmark has too, and those only suspected of it, each with its partner
      card.md, card.json, …      the data card (`raymath.data.card`)
      staging/                   what a killed build left; the next one goes on from it, and takes it away at its end

The manifest (every count is of rows or examples unless it says otherwise):

    fingerprint     hash of ids, lengths, tokens and masks in order; how the rows were split into batches, files or
                    workers does not enter it
    examples, tokens, supervised    sums over the mix
    counts          [{source, language, mode, examples, tokens, supervised}]
    stages          in their order, one entry a step of curation: {stage, in, out, set_aside: {reason: rows},
                    notes: {what was done: rows}}; the last two, `generate` and `run`, are of generated problems; of
                    the others a stage's `in` is the `out` of the one before
    sources         {name: {adapter, generated, files, rows, accepted, rejected, programs, outputs_replaced, eligible,
                    asked, taken, repeated, short}}: `eligible` rows pass the source's filter, `repeated` of `taken` are
                    second and further uses of a row, `short` is what `asked` lacked and others filled
    rejected        {source: {reason: rows}}; `reason` is the kind of fault, what comes before ": " in rejected.jsonl
    templates       {template: {topic, language, problems, examples}} of the generated sources
    benchmarks      {name: {file, items, unreadable}} that the mix was decontaminated against
    contamination   {benchmark: {exact, ngram, suspect}}
    plan, packing   the settings that decide the packs, and what came of them
    tokenizer, template, settings, versions
    seconds         {stage: wall time} of this build; `reused`: pieces of work taken over from a killed one

What the rows mean is left to `render`, their order in training to `feed`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from raymath.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows a shard file and a row group hold at most.
ROWS_PER_SHARD = 65_536
ROWS_PER_GROUP = 4_096


def schema() -> pa.Schema:
    """One row an example; ``supervised`` counts the ones of ``loss_mask``."""
    import pyarrow as pa

    text = [pa.field(name, pa.string(), nullable=False) for name in ("id", "source", "mode", "language")]
    count = [pa.field(name, pa.int32(), nullable=False) for name in ("length", "supervised")]
    ids = pa.list_(pa.field("item", pa.int32(), nullable=False))
    mask = pa.list_(pa.field("item", pa.uint8(), nullable=False))
    return pa.schema(
        [*text, *count, pa.field("input_ids", ids, nullable=False), pa.field("loss_mask", mask, nullable=False)]
    )


class Fingerprint:
    """Hash of rows as they stream by; the same for any split of the stream into tables."""

    def __init__(self) -> None:
        self._parts = {name: hashlib.blake2b(digest_size=16) for name in ("id", "length", "input_ids", "loss_mask")}

    def add(self, table: pa.Table) -> None:
        """The next rows, in the schema of this module."""
        for identity in table.column("id").to_pylist():
            self._parts["id"].update(f"{identity}\n".encode())
        self._parts["length"].update(table.column("length").to_numpy().astype("<i4").tobytes())
        self._parts["input_ids"].update(values(table, "input_ids").astype("<i4").tobytes())
        self._parts["loss_mask"].update(values(table, "loss_mask").tobytes())

    def hexdigest(self) -> str:
        """16 hex digits."""
        parts = "".join(part.hexdigest() for part in self._parts.values())
        return hashlib.blake2b(parts.encode(), digest_size=8).hexdigest()


def values(table: pa.Table, column: str) -> NDArray[Any]:
    """The flat values of a list column, all rows one after another."""
    chunks = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in table.column(column).chunks]
    kind = np.int32 if column == "input_ids" else np.uint8
    return np.concatenate(chunks) if chunks else np.zeros(0, kind)


class Writer:
    """Writes tables to ``part-NNNNN.parquet`` files of `ROWS_PER_SHARD` rows, whatever the tables' sizes."""

    def __init__(self, directory: Path, rows_schema: pa.Schema, rows_per_group: int = ROWS_PER_GROUP) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory, self._schema, self._rows_per_group = directory, rows_schema, rows_per_group
        self._waiting: list[pa.Table] = []
        self._held = self._parts = 0
        self._file: Any = None
        self._in_file = 0

    def add(self, table: pa.Table) -> None:
        """Append rows; they reach the disk a row group at a time."""
        self._waiting.append(table.cast(self._schema))
        self._held += table.num_rows
        while self._held >= self._rows_per_group:
            self._write(self._rows_per_group)

    def close(self) -> int:
        """Write what is left; returns the number of files."""
        if self._held or not self._parts:
            self._write(self._held)
        if self._file is not None:
            self._file.close()
        return self._parts

    def _write(self, rows: int) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        held = pa.concat_tables(self._waiting) if self._waiting else self._schema.empty_table()
        if self._file is None:
            name = self._directory / f"part-{self._parts:05d}.parquet"
            self._file, self._in_file = pq.ParquetWriter(name, self._schema, compression="zstd"), 0
            self._parts += 1
        self._file.write_table(held.slice(0, rows), row_group_size=self._rows_per_group)
        self._waiting, self._held = [held.slice(rows)], held.num_rows - rows
        self._in_file += rows
        if self._in_file >= ROWS_PER_SHARD:
            self._file.close()
            self._file = None


def parts(directory: Path, kind: str) -> list[Path]:
    """The shard files of ``tokens`` or ``examples``, in order."""
    return sorted((directory / kind).glob("part-*.parquet"))


def manifest(directory: Path) -> dict[str, Any]:
    """What `pipeline.build` wrote about a directory.

    Raises:
        DataError: the directory was not made by it, or not to its end.
    """
    file = directory / "manifest.json"
    if not file.is_file():
        raise DataError(
            f"{directory} has no manifest.json, so it holds no finished token shards",
            "build them first (raymath data build) and give the directory that it printed",
        )
    try:
        return cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise DataError(f"{file} is not valid JSON: {error}", "build the data again") from None


def columns(directory: Path, *names: str, kind: str = "tokens") -> pa.Table:
    """Small columns of all shards of a kind (``tokens`` or ``examples``), in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [pq.read_table(part, columns=list(names)).replace_schema_metadata() for part in parts(directory, kind)]
    return pa.concat_tables(tables)


def ids(part: Path) -> list[str]:
    """The ids of one shard's rows."""
    import pyarrow.parquet as pq

    found: list[str] = pq.read_table(part, columns=["id"])["id"].to_pylist()
    return found


def groups(directory: Path) -> Iterator[tuple[int, pa.Table]]:
    """(shard number, rows) of the token shards, a row group at a time."""
    import pyarrow.parquet as pq

    for number, part in enumerate(parts(directory, "tokens")):
        with pq.ParquetFile(part) as file:
            for group in range(file.num_row_groups):
                yield number, file.read_row_group(group)
