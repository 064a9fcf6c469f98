"""How many global batches a second one process reads from the token shards, and whether its memory stays flat.

    python tests/benchmarks/data_feed.py                     # 200,000 made examples, 2.5 GB of disk; about 2 minutes
    python tests/benchmarks/data_feed.py --directory DIR     # token shards that are there (a run's data)

A batch is 256 packs of at most 4,096 tokens: ids and mask as int64 arrays, ready for a trainer. The target is 20 a
second; steps are taken in order over more than one epoch, and every step's hash is computed, as training does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from data_plan import anonymous_mib

from raymath.data import shards
from raymath.data.feed import Feed
from raymath.runs import write_json

TARGET = 20
_PIECE = 4096


def write_shards(directory: Path, count: int) -> None:
    """Made examples with the lengths of real ones; the values of their tokens do not matter."""
    rng = np.random.default_rng(0)
    writer, fingerprint = shards.Writer(directory / "tokens", shards.schema()), shards.Fingerprint()
    for begin in range(0, count, _PIECE):
        lengths = np.clip(rng.lognormal(np.log(256), 0.7, min(_PIECE, count - begin)), 30, 4096).astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        ids = rng.integers(0, 50_000, offsets[-1], dtype=np.int32)
        mask = (ids % 3 > 0).astype(np.uint8)
        columns = {
            "id": [f"made-{begin + i}" for i in range(lengths.size)],
            **{name: ["made"] * lengths.size for name in ("source", "mode", "language")},
            "length": lengths,
            "supervised": np.add.reduceat(mask, offsets[:-1], dtype=np.int32),
            "input_ids": pa.ListArray.from_arrays(offsets, ids),
            "loss_mask": pa.ListArray.from_arrays(offsets, mask),
        }
        table = pa.table({name: columns[name] for name in shards.schema().names}).cast(shards.schema())
        fingerprint.add(table)
        writer.add(table)
    writer.close()
    plan = {"context": 4096, "packing": "best-fit", "window": 1024, "overlong": "drop", "seed": 0}
    write_json(directory / "manifest.json", {"fingerprint": fingerprint.hexdigest(), "plan": plan})


def measure(directory: Path, batch: int, seconds: float) -> bool:
    began = time.monotonic()
    feed = Feed.open(directory, batch=batch, seed=0)
    print(f"opened in {time.monotonic() - began:.1f} s: {feed.packs:,} packs, {feed.plan.fill:.2%} full")
    # The first epoch reads the files from disk, the others from the system's cache: told apart.
    for name, first in (("first epoch", 0), ("later", -(-feed.packs // batch))):
        step, tokens, memory = first, 0, anonymous_mib()
        wall, cpu = time.monotonic(), time.process_time()
        while time.monotonic() - wall < seconds and (first or step * batch < feed.packs):
            feed.batch_hash(step)
            tokens += sum(feed.pack(index).input_ids.size for index in feed.global_batch(step))
            step += 1
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        rate = (step - first) / wall
        print(
            f"{name}: {step - first} batches of {batch}, {rate:.1f} a second "
            f"({(step - first) / cpu:.1f} a CPU second), "
            f"{tokens / wall / 1e6:.0f} M tokens/s, memory {memory:.0f} → {anonymous_mib():.0f} MiB"
        )
    return rate >= TARGET


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--examples", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=20)
    args = parser.parse_args()
    if args.directory:
        sys.exit(not measure(args.directory, args.batch, args.seconds))
    with tempfile.TemporaryDirectory() as directory:
        write_shards(Path(directory), args.examples)
        sys.exit(not measure(Path(directory), args.batch, args.seconds))


if __name__ == "__main__":
    main()
