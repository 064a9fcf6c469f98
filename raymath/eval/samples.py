"""Every sample of an evaluation as one table: prompt, transcript, programs, verdicts, cost; for other tools to read.

    write_records(path, scored, generations, items, terms)
    pyarrow.parquet.read_table(path).to_pandas()

A row is self-contained: question and gold are in it, and how it was asked, as the hash and in full. It is made from
``generations.jsonl`` and ``scores.jsonl``, which stay the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.eval.asking import Terms
from raymath.eval.items import Item
from raymath.eval.results import Scored
from raymath.prompts import parse_solution
from raymath.records import Generation

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a row group: what is in memory at once.
_GROUP = 2000


def schema() -> pa.Schema:
    """The table's columns."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    run = pa.struct({"status": text, "stdout": text, "stderr": text, "error": text, "seconds": pa.float64()})
    return pa.schema(
        {
            **dict.fromkeys(("model", "benchmark", "mode", "item"), text),
            "sample": pa.int32(),
            **dict.fromkeys(("question", "language", "subject", "level", "grade"), text),
            "answer": texts,
            "prompt": text,
            "text": text,
            "programs": texts,
            "outputs": texts,
            "executions": pa.list_(run),
            "extracted": texts,
            "correct": pa.bool_(),
            "correct_strict": pa.bool_(),
            "program_correct": pa.bool_(),
            **dict.fromkeys(("status", "reason", "finish"), text),
            **dict.fromkeys(("prompt_tokens", "completion_tokens", "tool_tokens", "rounds"), pa.int64()),
            "seconds": pa.float64(),
            "cost": pa.float64(),
            "seed": pa.int64(),
            "asked": text,
            "terms": text,
        }
    )


def write_records(
    path: Path,
    scored: Iterable[Scored],
    generations: Mapping[Any, Generation],
    items: Mapping[tuple[str, str], Item],
    terms: Mapping[str, Terms],
) -> None:
    """Write the table as Parquet, complete or not at all.

    Args:
        scored: the rows, in this order.
        generations: by key; a sample without one has no transcript.
        items: by (benchmark, id).
        terms: by hash.
    """
    import pyarrow as pa
    from pyarrow import parquet

    told = {one: json.dumps(asdict(agreed), sort_keys=True, ensure_ascii=False) for one, agreed in terms.items()}
    partial = path.with_name(f".{path.name}.part")
    rows = _rows(scored, generations, items, told)
    with parquet.ParquetWriter(partial, schema(), compression="zstd") as writer:
        while group := list(islice(rows, _GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema()))
    partial.replace(path)


def _rows(
    scored: Iterable[Scored],
    generations: Mapping[Any, Generation],
    items: Mapping[tuple[str, str], Item],
    told: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    for one in scored:
        sample = generations.get((one.model, one.benchmark, one.mode, one.item, one.sample))
        item = items[one.benchmark, one.item]
        row = asdict(one) | {
            name: getattr(item, name) for name in ("question", "language", "subject", "level", "grade")
        }
        if sample is not None:
            parts = parse_solution(sample.text)
            row |= sample.model_dump(include={"prompt", "text", "prompt_tokens", "seed", "asked"})
            row["programs"] = [part.text for part in parts if part.kind == "code"]
            row["outputs"] = [part.text for part in parts if part.kind == "output"]
            row["executions"] = [_execution(run.model_dump()) for run in sample.executions]
            row["terms"] = told.get(sample.asked)
        yield row


def _execution(run: dict[str, Any]) -> dict[str, Any]:
    error = run["error"]
    return {name: run[name] for name in ("status", "stdout", "stderr", "seconds")} | {
        "error": f"{error['type']}: {error['message']}" if error else None
    }
