"""Rows on their way to the mix: an example, or the reason why there is none, and what was done to it.

    rows = Rows(table)
    for at, example in rows.usable():
        rows.replace(at, changed, "full-width forms made plain")
        rows.set_aside(at, "verify", "a program fails (timeout): program 1")
    table = rows.table()

What the stages of curation are is in `tasks`; how their counts become the manifest's in `ledger`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from raymath.records import Example, schema

if TYPE_CHECKING:
    import pyarrow as pa


def row_schema() -> pa.Schema:
    """The columns of a row.

    ``stage`` and ``reason`` are set where it was set aside; ``notes`` are the things done to it, as ``stage: what``;
    ``strength`` says how far it is verified (see `raymath.data.curate`); ``hits`` are its likenesses in benchmarks.
    """
    import pyarrow as pa

    text = [pa.field(name, pa.string()) for name in ("source", "file", "id", "stage", "reason")]
    counts = [pa.field(name, pa.int64()) for name in ("row", "programs", "strength")]
    notes = pa.field("notes", pa.list_(pa.string()))
    hits = pa.field("hits", pa.list_(pa.struct([pa.field(name, pa.string()) for name in HIT])))
    return pa.schema([*text, *counts, notes, hits, pa.field("example", pa.struct(list(schema(Example))))])


#: What a likeness in a benchmark says (`raymath.data.contamination.Hit`).
HIT = ("kind", "benchmark", "item", "text", "share")


def blank(source: str, file: str, row: int, identity: str | None) -> dict[str, Any]:
    """A row as it is read, before it has an example or a reason."""
    place = {"source": source, "file": file, "row": row, "id": identity, "stage": None, "reason": None}
    return place | {"programs": 0, "strength": 0, "notes": [], "hits": [], "example": None}


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table of `row_schema`."""
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=row_schema())


class Rows:
    """A table of `row_schema` as Python objects: its examples to look at and replace, its rows to set aside."""

    def __init__(self, table: pa.Table) -> None:
        self._rows: list[dict[str, Any]] = table.to_pylist()

    def usable(self) -> Iterator[tuple[int, Example]]:
        """Position and example of the rows that are not set aside."""
        for at, row in enumerate(self._rows):
            if row["example"] is not None:
                yield at, self._example(row)

    def replace(self, at: int, example: Example, note: str | None = None) -> None:
        """Put another example in a row's place."""
        self._rows[at]["example"] = example
        if note is not None:
            self.note(at, note)

    def note(self, at: int, note: str) -> None:
        """Say once that something was done to a row: ``stage: what``."""
        if note not in self._rows[at]["notes"]:
            self._rows[at]["notes"].append(note)

    def set_aside(self, at: int, stage: str, reason: str) -> None:
        """The row goes no further."""
        self._rows[at] |= {"example": None, "stage": stage, "reason": reason}

    def tell(self, at: int, **values: Any) -> None:
        """Set other columns of a row."""
        self._rows[at] |= values

    def table(self) -> pa.Table:
        """The rows as a table again."""
        for row in self._rows:
            if isinstance(row["example"], Example):
                row["example"] = row["example"].model_dump()
        return table_of(self._rows)

    @staticmethod
    def _example(row: dict[str, Any]) -> Example:
        # It was validated where it was read, or made by raymath's own code.
        example = row["example"]
        if not isinstance(example, Example):
            example = row["example"] = trusted(example)
        return example


def trusted(fields: dict[str, Any]) -> Example:
    """An Example of fields that came from one: not validated again."""
    from raymath.records import Segment

    segments = tuple(Segment.model_construct(**segment) for segment in fields["segments"])
    return Example.model_construct(**{**fields, "segments": segments})


def examples_of(table: pa.Table) -> pa.Table:
    """The column ``example`` of `row_schema` as a table of Examples; none of them may be null."""
    import pyarrow as pa

    flat = pa.Table.from_struct_array(table.column("example").combine_chunks())
    return flat.cast(schema(Example))
