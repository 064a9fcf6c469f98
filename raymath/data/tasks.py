"""What the workers of the pipeline do, as plain functions from tables to tables.

    for table in read_file(job): verified = verify_rows(table, ...)

Each is a function of its input alone, so a lost worker's task can be run again. Which tables go where, and in
which order, is left to `pipeline`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from raymath.data import curate, shards, sources
from raymath.data.render import Renderer
from raymath.models import load_tokenizer
from raymath.prompts import TemplateName
from raymath.records import Example, from_line, schema

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows a verify task takes: few enough to spread one small file over all CPUs.
ROWS_PER_TASK = 128


@lru_cache(maxsize=2)
def renderer(tokenizer_dir: str, template: TemplateName) -> Renderer:
    """The renderer of this process: a worker loads a tokenizer once for all its tasks."""
    return Renderer(load_tokenizer(tokenizer_dir), template)


def row_schema() -> pa.Schema:
    """A row on its way to the mix: an example, or the reason why there is none."""
    import pyarrow as pa

    text = [pa.field(name, pa.string()) for name in ("source", "file", "id", "reason")]
    counts = [pa.field(name, pa.int64()) for name in ("row", "programs", "replaced")]
    return pa.schema([*text, *counts, pa.field("example", pa.struct(list(schema(Example))))])


def _table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows), schema=row_schema())


def examples_of(table: pa.Table) -> pa.Table:
    """The column ``example`` of `row_schema` as a table of Examples; none of them may be null."""
    import pyarrow as pa

    flat = pa.Table.from_struct_array(table.column("example").combine_chunks())
    return flat.cast(schema(Example))


def read_file(job: pa.Table) -> Iterator[pa.Table]:
    """The rows of one piece, in tables of `ROWS_PER_TASK`. `job`: one row of source, file, piece (as JSON)."""
    (one,) = job.to_pylist()
    rows: list[dict[str, Any]] = []
    for item in sources.read(from_line(sources.Piece, one["piece"])):
        rows.append(_row(one["source"], one["file"], item))
        if len(rows) == ROWS_PER_TASK:
            yield _table(rows)
            rows.clear()
    yield _table(rows)


def _row(source: str, file: str, item: Example | sources.Rejected) -> dict[str, Any]:
    row = {"source": source, "file": file, "id": item.id, "row": item.row, "programs": 0, "replaced": 0}
    if isinstance(item, Example):
        return row | {"reason": None, "example": item.model_dump()}
    return row | {"reason": item.reason, "example": None}


def verify_rows(table: pa.Table, specials: Sequence[str], run: bool, limits: dict[str, Any]) -> pa.Table:
    """Set aside what cannot be trained on, and run the programs of the rest.

    Args:
        table: `row_schema`.
        specials: tokens with a meaning of their own, which no example may hold as text.
        run: run programs at all.
        limits: of `raymath.sandbox.run_batch`.
    """
    rows = table.to_pylist()
    waiting, examples = [], []
    for row in rows:
        if row["example"] is None:
            continue
        example = Example.model_validate(row["example"])
        special = next((token for token in specials if token in _written(example)), None)
        if special is None:
            waiting.append(row)
            examples.append(example)
        else:
            row |= {"example": None, "reason": f"its text holds a special token: {special}"}
    if run:
        from raymath.sandbox import run_batch

        # Ray runs as many of these tasks as there are CPUs: each runs its programs one after another.
        verdicts = curate.verify(examples, partial(run_batch, parallel=1, **limits))
        for row, verdict in zip(waiting, verdicts, strict=True):
            row["example"] = verdict.example.model_dump() if verdict.example else None
            row |= {"reason": verdict.reason or None, "programs": verdict.programs, "replaced": verdict.replaced}
    return _table(rows)


def _written(example: Example) -> str:
    return "\0".join((example.question, *(segment.text for segment in example.segments)))


def render_group(job: pa.Table, tokenizer_dir: str, template: TemplateName) -> pa.Table:
    """Render some rows of one row group of Examples; `job`: one row of file, group, rows.

    Returns:
        The columns of `shards.schema` and ``example``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from raymath.records import from_table

    (one,) = job.to_pylist()
    with pq.ParquetFile(one["file"]) as file:
        table = file.read_row_group(one["group"]).take(one["rows"])
    examples = from_table(Example, table)
    rendered = renderer(tokenizer_dir, template).render(examples)
    rows = [
        {
            "id": example.id,
            "source": example.source,
            "mode": example.mode,
            "language": example.language,
            "length": one.input_ids.size,
            "supervised": int(one.loss_mask.sum()),
            "input_ids": one.input_ids,
            "loss_mask": one.loss_mask,
        }
        for example, one in zip(examples, rendered, strict=True)
    ]
    tokens = pa.Table.from_pylist(rows, schema=shards.schema())
    return tokens.append_column("example", table.to_struct_array())
