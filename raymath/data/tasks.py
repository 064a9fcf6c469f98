"""The stages of curation that look at one row at a time, as plain functions from tables to tables.

    table = verify(label(normalise(table)), ...)         # `raymath.data.rows.row_schema` in and out

Each is a function of its input alone, so a lost worker's task can be run again; what is loaded once (a tokenizer, an
index of benchmarks) is kept by the worker's process. Stages that need all rows at once are in `pipeline`, the
generated rows in `fill`.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from raymath.data import curate, fill, labels, normalise, sources, staging
from raymath.data.contamination import Benchmarks
from raymath.data.duplicates import NearIndex
from raymath.data.rows import Rows, blank, table_of
from raymath.records import Example

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a chunk: few enough to spread one small file over all CPUs.
ROWS_PER_CHUNK = 256
#: … and characters of their examples, so that a chunk of long rows is no larger.
_CHARS_PER_CHUNK = 8 * 2**20


def read_piece(job: pa.Table, done: frozenset[str], rows: int) -> Iterator[pa.Table]:
    """The rows of one piece in chunks: tables of one row, ``chunk`` its name and ``rows`` its rows (Arrow IPC).

    Args:
        job: one row: ``number``, and ``piece`` (JSON).
        done: names of the chunks that need not be made.
        rows: of a chunk, at most.
    """
    import pyarrow as pa

    (one,) = job.to_pylist()
    piece = sources.Piece.model_validate_json(one["piece"])
    for number, items in enumerate(_cut(sources.read(piece), rows)):
        name = f"{one['number']:05d}-{number:06d}"
        if name not in done:
            table = table_of([_row(piece, item) for item in items])
            yield pa.table({"chunk": [name], "rows": [_packed(table)]})


def _cut(items: Iterator[Example | sources.Rejected], rows: int) -> Iterator[list[Example | sources.Rejected]]:
    held: list[Example | sources.Rejected] = []
    chars = 0
    for item in items:
        held.append(item)
        if isinstance(item, Example):
            chars += len(item.question) + sum(len(segment.text) for segment in item.segments)
        if len(held) >= rows or chars >= _CHARS_PER_CHUNK:
            yield held
            held, chars = [], 0
    if held:
        yield held


def _row(piece: sources.Piece, item: Example | sources.Rejected) -> dict[str, Any]:
    row = blank(piece.source, piece.file, item.row, item.id)
    if isinstance(item, Example):
        return row | {"example": item.model_dump()}
    return row | {"stage": "read", "reason": item.reason}


def _packed(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def unpack(chunk: pa.Table) -> pa.Table:
    """One chunk of `read_piece` → its rows, each with the chunk's name."""
    import pyarrow as pa

    (one,) = chunk.to_pylist()
    table = pa.ipc.open_stream(one["rows"]).read_all()
    return table.append_column("chunk", pa.array([one["chunk"]] * table.num_rows))


def spell(table: pa.Table) -> pa.Table:
    """Write text and formulas in one spelling (`raymath.data.normalise`)."""
    return _staged(table, _spell)


def _spell(rows: Rows) -> None:
    for at, example in rows.usable():
        clean, rules = normalise.example(example)
        for rule in rules:
            rows.replace(at, clean, f"normalise: {rule}")


def screen(table: pa.Table, specials: Sequence[str]) -> pa.Table:
    """Set aside what holds a token with a meaning of its own (``specials``) as text."""
    return _staged(table, partial(_screen, specials=specials))


def _screen(rows: Rows, specials: Sequence[str]) -> None:
    for at, example in rows.usable():
        text = "\0".join((example.question, *(segment.text for segment in example.segments)))
        special = next((token for token in specials if token in text), None)
        if special is not None:
            rows.set_aside(at, "screen", f"its text holds a special token: {special}")


def verify(table: pa.Table, limits: dict[str, Any], parallel: int = 2) -> pa.Table:
    """Run every program, hold its output and answer against what is recorded.

    Args:
        table: `row_schema`.
        limits: of `raymath.sandbox.run_batch`.
        parallel: programs at once.
    """
    return _staged(table, partial(_verify, limits=limits, parallel=parallel))


def _verify(rows: Rows, limits: dict[str, Any], parallel: int) -> None:
    from raymath.sandbox import run_batch

    places, examples = zip(*rows.usable(), strict=True) if any(True for _ in rows.usable()) else ((), ())
    for at, verdict in zip(
        places, curate.verify(examples, partial(run_batch, parallel=parallel, **limits)), strict=True
    ):
        rows.tell(at, programs=verdict.programs, strength=verdict.strength)
        if verdict.example is None:
            rows.set_aside(at, "verify", verdict.reason)
        elif verdict.replaced:
            rows.replace(at, verdict.example, "verify: a recorded output replaced by what is printed")


def label(table: pa.Table) -> pa.Table:
    """Give each example its sub-topic and field of mathematics (`raymath.data.labels`)."""
    return _staged(table, _label)


def _label(rows: Rows) -> None:
    for at, example in rows.usable():
        topic = labels.assign(example)
        if example.language == "zh":
            how = {"label": "by its source's label", "rule": "by a rule on its text", None: "unknown"}[topic.how]
            rows.note(at, f"label: Chinese sub-topic {how}")
        rows.replace(at, labels.labelled(example))


def decontaminate(table: pa.Table, index: str) -> pa.Table:
    """Set aside what a benchmark has too, and note its likenesses; ``index``: the file of a pickled `Benchmarks`."""
    return _staged(table, partial(_decontaminate, index=index))


def _decontaminate(rows: Rows, index: str) -> None:
    benchmarks: Benchmarks = loaded(index)
    for at, example in rows.usable():
        hits = benchmarks.hits(example.question)
        if not hits:
            continue
        rows.tell(at, hits=[hit._asdict() | {"share": str(hit.share)} for hit in hits])
        if not hits[0].removes:
            rows.note(at, "decontaminate: suspected to be a benchmark's problem with other numbers")
        else:
            rows.set_aside(at, "decontaminate", f"{_SHARED[hits[0].kind]}: {hits[0].benchmark} {hits[0].item}")


_SHARED = {"exact": "a benchmark has the same question", "ngram": "a benchmark has a part of the question"}


def write_chunk(table: pa.Table, folder: str) -> pa.Table:
    """Write the rows of one chunk under its name, with their counts beside; returns the name."""
    import pyarrow as pa

    from raymath.data.ledger import count

    name = table.column("chunk")[0].as_py()
    rows = table.drop_columns(["chunk"])
    staging.write(staging.join(folder, f"{name}.parquet"), rows, count(rows))
    return pa.table({"chunk": [name], "rows": [table.num_rows]})


def each(batch: pa.Table, work: Callable[[dict[str, Any]], Any]) -> pa.Table:
    """Do the jobs of a table (column ``job``, JSON); returns what came of each (column ``note``, JSON)."""
    import pyarrow as pa

    notes = [json.dumps(work(json.loads(job))) for job in batch.column("job").to_pylist()]
    return pa.table({"note": notes})


def choose(job: dict[str, Any], folder: str, near: str, benchmarks: str) -> int:
    """Write what `fill.choose` finds for a job as JSON under its name; returns how many problems were looked at.

    Args:
        near: file of the pickled `NearIndex` of real rows.
        benchmarks: file of the pickled `Benchmarks`.
    """
    rows: NearIndex = loaded(near)
    index: Benchmarks = loaded(benchmarks)

    def partner(question: str) -> str | None:
        if (row := rows.partner(question)) is not None:
            return row
        hits = [hit for hit in index.hits(question) if hit.removes]
        return f"{hits[0].benchmark} {hits[0].item}" if hits else None

    found = fill.choose(job, partner)
    staging.write_value(staging.join(folder, f"{job['name']}.json"), found)
    return int(found["looked_at"])


def _staged(table: pa.Table, work: Any) -> pa.Table:
    """Do a stage's work on the rows of a table that may carry the name of their chunk."""
    rows = Rows(table.drop_columns(["chunk"]))
    work(rows)
    return rows.table().append_column("chunk", table.column("chunk"))


@lru_cache(maxsize=4)
def loaded(path: str) -> Any:
    """What the driver pickled for the workers, read once a process."""
    return pickle.loads(staging.content(path))  # noqa: S301 - written by this build
