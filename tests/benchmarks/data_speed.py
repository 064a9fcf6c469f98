"""How fast real examples become packs: through Ray Data with a loss mask, beside `datasets.map` and TRL's packing.

    python tests/benchmarks/data_speed.py --examples 60000       # a first look; 600,000 is the measurement
    python tests/benchmarks/data_speed.py --only raymath

GSM8K-train and MATH-train (`$RAYMATH_DATA`, or ../shared/data), as often as it takes, with SmolLM2's tokenizer and
packs of 4,096. Each side runs in a process of its own and is timed from examples on disk to packs on disk:

- raymath: `raymath.data.parts` in Ray Data, two tasks at once (render by the chat template, tokenise, mask, write
  tokens and examples), then the flat files and the plan, as `raymath data build` does after curation;
- the peer: `datasets.map` (2 processes, batches of 1,000) over texts that are rendered already, which is its best
  case, without a mask; then `trl.pack_dataset(strategy="bfd")`.

Starting Ray and its workers, imports and reading the source files count for neither. The target is 1.2 times the
peer's examples a second, and packs at least 99.5 % full.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import psutil

CONTEXT, TARGET, FILL = 4096, 1.2, 0.995
_CHUNK = 256


def examples(data: Path, count: int) -> Iterator[Any]:
    """Real examples, each round with ids of its own."""
    from raymath.data.sources import ADAPTERS, load
    from raymath.records import Example

    files = (("gsm8k", "gsm8k_train.jsonl.gz"), ("math", "math_train.jsonl.gz"))
    once = [
        item
        for adapter, file in files
        for item in load(data / "bench" / file, adapter, ADAPTERS[adapter])
        if isinstance(item, Example)
    ]
    every = chain.from_iterable(repeat(once))
    for number, one in zip(range(count), every, strict=False):
        yield one.model_copy(update={"id": f"{one.id}~{number // len(once)}"})


def cpu_seconds() -> float:
    """CPU time of this process and all that it started, also of those that have ended and were waited for."""
    total = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def raymath(data: Path, count: int, model: str) -> dict[str, Any]:
    """Chunks of curated rows → parts, flat files, plan."""
    from functools import partial

    from raymath.config import ClusterSettings, DataSettings
    from raymath.data import flat, parts, pipeline, shards, staging
    from raymath.data.collect import ROWS_PER_PART
    from raymath.data.feed import PLAN_KEYS, outcome, planned
    from raymath.data.rows import blank, table_of
    from raymath.session import ray_session

    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        out = Path(folder)
        stage = staging.Staging.open(out, "speed")
        jobs: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        for number, one in enumerate(examples(data, count)):
            held.append(blank(one.source, "f", one.row, one.id) | {"example": one.model_dump()})
            if len(held) == _CHUNK or number == count - 1:
                file = stage.folder("curated") / f"{number:09d}.parquet"
                staging.write(file, table_of(held))
                if not jobs or len(jobs[-1]["rows"]) == ROWS_PER_PART // _CHUNK:
                    jobs.append({"part": len(jobs), "rows": []})
                rows = list(range(len(held)))
                jobs[-1]["rows"].append({"file": str(file), "rows": rows, "times": [1] * len(rows)})
                held = []
        for kind in ("tokens", "examples"):
            stage.folder(kind)
        make = partial(parts.make, out=folder, tokenizer_dir=model, template="chat", limits={})
        warm = staging.Staging.open(out / "warm", "speed")
        for kind in ("tokens", "examples"):
            warm.folder(kind)
        with ray_session(ClusterSettings(cpus=2)):
            # Two workers that have imported what they need, as the peer's processes have when they are forked.
            list(pipeline._each([jobs[0] | {"part": n} for n in range(4)], partial(make, out=str(warm.path))))
            began, cpu = time.monotonic(), cpu_seconds()
            notes = list(pipeline._each(jobs, make))
            made = time.monotonic() - began
            fingerprint = flat.seal(out)
            plan = DataSettings(context=CONTEXT).model_dump(mode="json", include=set(PLAN_KEYS))
            packing = outcome(planned(flat.folder(out, fingerprint), plan))
            seconds, cpu = time.monotonic() - began, cpu_seconds() - cpu
        tokens = sum(cell["tokens"] for note in notes for cell in note["cells"])
        assert sum(note["examples"] for note in notes) == count == shards.columns(out, "length").num_rows
    told = {"seconds": seconds, "cpu": cpu, "tokenised": made}
    return told | {"tokens": tokens, "fill": packing["fill"], "packs": packing["packs"]}


def peer(data: Path, count: int, model: str) -> dict[str, Any]:
    """`datasets.map` with two processes, then TRL's best-fit decreasing."""
    import datasets
    import trl

    from raymath.data.parts import renderer
    from raymath.models import load_tokenizer

    tokenizer, render = load_tokenizer(model), renderer(model, "chat")
    datasets.disable_caching()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        file = Path(folder) / "texts.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for one in examples(data, count):
                text = render.prompt(one) + "".join(piece.text for piece in render.pieces(one))
                out.write(json.dumps({"text": text}) + "\n")
        rows = datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=folder)

        def tokenise(batch: dict[str, Any]) -> dict[str, Any]:
            return {"input_ids": tokenizer(batch["text"], add_special_tokens=False)["input_ids"]}

        began, cpu = time.monotonic(), cpu_seconds()
        tokens = rows.map(
            tokenise, batched=True, num_proc=2, remove_columns=["text"], cache_file_name=f"{folder}/tokens.arrow"
        )
        made = time.monotonic() - began
        packs = trl.pack_dataset(tokens, CONTEXT, strategy="bfd", map_kwargs={"cache_file_name": f"{folder}/p.arrow"})
        seconds, cpu = time.monotonic() - began, cpu_seconds() - cpu
        filled = sum(len(batch) for batch in packs.with_format("numpy")["input_ids"])
        told = {"seconds": seconds, "cpu": cpu, "tokenised": made}
        return told | {"tokens": filled, "fill": filled / (len(packs) * CONTEXT), "packs": len(packs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=600_000)
    parser.add_argument("--data", type=Path, default=os.environ.get("RAYMATH_DATA"))
    parser.add_argument("--only", choices=("raymath", "peer"))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    data = args.data or Path(__file__).parents[3] / "shared" / "data"
    if args.inside:
        from raymath.models import embedded

        side = {"raymath": raymath, "peer": peer}[args.only]
        print(json.dumps(side(data, args.examples, str(embedded()))))
        return
    if args.only != "raymath" and importlib.util.find_spec("trl") is None:
        sys.exit("trl is not installed: pip install -e '.[bench]', or --only raymath")
    rates: dict[str, list[float]] = {}
    full = True
    for name in [args.only] if args.only else ["peer", "raymath"] * args.repeat:
        command = [sys.executable, __file__, "--inside", "--only", name, "--examples", str(args.examples)]
        done = subprocess.run([*command, "--data", str(data)], stdout=subprocess.PIPE, text=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        rates.setdefault(name, []).append(args.examples / told["seconds"])
        rate, tokens = args.examples / told["seconds"], told["tokens"] / told["seconds"] / 1e6
        print(
            f"{name}: {rate:,.0f} examples/s, {tokens:.2f} M tokens/s, {told['packs']:,} packs {told['fill']:.2%} "
            f"full, {told['seconds']:.0f} s ({told['tokenised']:.0f} s until all is tokenised), "
            f"{told['cpu']:.0f} CPU s",
            flush=True,
        )
        full &= name == "peer" or told["fill"] >= FILL
    if args.only is None:
        ratio = max(rates["raymath"]) / max(rates["peer"])
        print(f"raymath / peer: {ratio:.2f} (target {TARGET}); fill target {'met' if full else 'missed'}")
        sys.exit(not (full and ratio >= TARGET))


if __name__ == "__main__":
    main()
