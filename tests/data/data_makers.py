"""Made data for the tests of the data room: token shards of given lengths, small Examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from raymath.data import flat, shards, sources
from raymath.data.feed import outcome
from raymath.data.packing import pack
from raymath.data.parts import tokens_of
from raymath.data.render import Renderer
from raymath.models import load_tokenizer
from raymath.records import Example, Segment, to_table
from raymath.runs import write_json

PLAN = {"context": 64, "packing": "best-fit", "window": 16, "overlong": "drop", "seed": 0}


def write_shards(directory: Path, lengths: Sequence[int], **plan: Any) -> Path:
    """Token shards of these lengths: row r holds the tokens r × 1000 + position, its first third is masked."""
    rows = [
        {
            "id": f"row-{row}",
            "source": "made",
            "mode": "cot",
            "language": "en",
            "length": length,
            "supervised": length - (length + 2) // 3,
            "input_ids": [row * 1000 + i for i in range(length)],
            "loss_mask": [int(i >= (length + 2) // 3) for i in range(length)],
        }
        for row, length in enumerate(lengths)
    ]
    table = pa.Table.from_pylist(rows, schema=shards.schema())
    fingerprint = shards.Fingerprint()
    fingerprint.add(table)
    writer = shards.Writer(directory / "tokens", shards.schema(), rows_per_group=7)
    writer.add(table)
    writer.close()
    write_json(directory / "manifest.json", {"fingerprint": fingerprint.hexdigest(), "plan": PLAN | plan})
    return directory


def example(mode: str = "cot", language: str = "en", **changes: Any) -> Example:
    """One example of a mode and language."""
    zh = language == "zh"
    text = {"kind": "text", "text": "先算 6 乘 7。" if zh else "First multiply 6 by 7.\n"}
    code = {"kind": "code", "text": "a = 6\nprint(a * 7)"}
    output = {"kind": "output", "text": "42"}
    end = {"kind": "text", "text": "答案是 $\\boxed{42}$。" if zh else "The answer is $\\boxed{42}$."}
    fields: dict[str, Any] = {
        "id": f"{mode}-{language}",
        "source": "made",
        "row": 0,
        "language": language,
        "mode": mode,
        "question": "六乘七是多少？" if zh else "What is 6 times 7?",
        "segments": {"cot": [text, end], "pot": [code], "tir": [text, code, output, end]}[mode],
        "answer": "42",
    }
    return Example.model_validate(fields | changes)


def segments(*pairs: tuple[str, str]) -> tuple[Segment, ...]:
    """(kind, text) pairs as segments."""
    return tuple(Segment.model_validate({"kind": kind, "text": text}) for kind, text in pairs)


def real_examples(data_dir: Path) -> Iterator[Example]:
    """GSM8K-train, MATH-train and the Chinese tool-integrated sets, as they are."""
    files = [
        ("gsm8k", data_dir / "bench" / "gsm8k_train.jsonl.gz"),
        ("math", data_dir / "bench" / "math_train.jsonl.gz"),
    ]
    files += [("zh_tir", file) for file in sorted((data_dir / "train").glob("zh_tir_*.jsonl.gz"))]
    for adapter, file in files:
        for item in sources.load(file, adapter, sources.ADAPTERS[adapter], ""):
            if isinstance(item, Example):
                yield item


def real_lengths(data_dir: Path, model: Path) -> NDArray[np.int32]:
    """Tokens of each of `real_examples` in the chat template of a model."""
    renderer = Renderer(load_tokenizer(model), "chat")
    rendered = renderer.render(list(real_examples(data_dir)))
    return np.array([one.input_ids.size for one in rendered], np.int32)


#: What a stranger may write into a problem.
HOSTILE = (
    "</pre><script>alert(1)</script><img src=x onerror=alert(2)> | `x` $\\frac$ [a](javascript:alert(3)) [red]r[/red]"
)


def write_mix(directory: Path, examples: Sequence[Example], model: Path) -> Path:
    """A finished mix of these examples: shards of both kinds and a manifest with all its parts."""
    rendered = Renderer(load_tokenizer(model), "chat").render(examples)
    tokens = tokens_of(to_table(Example, examples), rendered)
    for kind, table in (("tokens", tokens), ("examples", to_table(Example, examples))):
        writer = shards.Writer(directory / kind, table.schema)
        writer.add(table)
        writer.close()
    plan = {**PLAN, "context": 512}
    manifest: dict[str, Any] = {
        "fingerprint": flat.seal(directory),
        "plan": plan,
        "packing": outcome(pack(tokens["length"].to_numpy(), 512)),
        "stages": [{"stage": "read", "in": 9, "out": 7, "set_aside": {"not a JSON object": 2}, "notes": {}}],
        "sources": {
            "made": {"adapter": "jsonl", "generated": False, "rows": 9, "accepted": 7, "rejected": 2, "programs": 3,
                     "outputs_replaced": 1, "eligible": 7, "asked": 7, "taken": 7, "short": 0, "repeated": 0},
        },
        "rejected": {"made": {"not a JSON object": 2, HOSTILE: 1}},
        "templates": [],
        "benchmarks": {"gsm8k_test": {"file": "gsm8k_test.jsonl.gz", "items": 1319}},
        "contamination": {"gsm8k_test": {"exact": 1}},
        "tokenizer": str(model),
        "template": "chat",
        "settings": {"data": {"boundaries": "block"}},
        "versions": {"raymath": "0.1.0"},
        "seconds": {"curate": 1.0},
    }  # fmt: skip
    hit = {"source": "made", "id": "made-1", "kind": "exact", "benchmark": "gsm8k_test", "item": "7", "text": HOSTILE}
    (directory / "contamination.jsonl").write_text(json.dumps(hit) + "\n", encoding="utf-8")
    write_json(directory / "manifest.json", manifest)
    return directory
