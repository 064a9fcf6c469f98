"""How fast our training loop is, beside a bare loop over the model, Hugging Face's `Trainer` and TRL's `SFTTrainer`.

    python tests/benchmarks/train_speed.py                      # about 15 minutes on two cores; exit status 1 on a miss
    python tests/benchmarks/train_speed.py --steps 2 --batch 1 --context 256 --long 512 --examples 60   # does it run?

SmolLM2-135M in bf16 on a processor, one worker, examples of GSM8K-train and MATH-train (`$RAYMATH_DATA`, or
../shared/data) with their loss masks. Each side runs in a process of its own, over the same examples, with the same
number of threads and the same settings of the memory allocator; its first step does not count. The others have their
best case here: weights in bf16, no recomputation, torch's fused AdamW, no master weights in float32 (ours has them).

| side | what it is |
|---|---|
| ours | `raymath.train.loop`, packs of `--context` tokens, each example for itself (`block`) or not (`none`) |
| bare | the same micro-batches: model with labels, backward, AdamW; no feed, no log, no clipping, no DeepSpeed |
| bare-loss | the same with our loss in place of the model's |
| trainer-max, trainer-longest | `transformers.Trainer`, an example a row, padded to `--long`, or to a batch's longest |
| trl | `SFTTrainer(packing=True)`, packs of `--context` tokens |
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from train_sides import BETWEEN, SIDES, THREADS, Task, build


def lines(best: dict[str, dict[str, float]], task: Task) -> Iterator[tuple[str, str, bool]]:
    """(row of the table, name, whether the target is met) of what has been measured."""
    compared: list[tuple[str, str, str, str, float | None]] = [
        (f"tokens/s, packs of {task.context}: the bare loop", "tokens", "ours-block", "bare", 0.97),
        ("… the bare loop with our loss", "tokens", "ours-block", "bare-loss", None),
        (f"supervised tokens/s, packs of {task.long}: `Trainer` padded to that", "supervised", "ours-long",
         "trainer-max", 2.5),
        ("… `Trainer` padded to the longest of a batch", "supervised", "ours-long", "trainer-longest", None),
        (f"supervised tokens/s, packs of {task.context}, `none`: TRL, packing", "supervised", "ours-none", "trl", 1.0),
        ("… `block`: TRL, packing", "supervised", "ours-block", "trl", 0.9),
    ]  # fmt: skip
    for what, unit, mine, theirs, target in compared:
        if mine in best and theirs in best:
            us, them = best[mine][unit], best[theirs][unit]
            wanted = "reported" if target is None else f"≥ {target} ×"
            met = target is None or us >= target * them
            yield f"| {what} | {us:,.0f} | {them:,.0f} | {us / them:.2f} × | {wanted} |", what, met
    if "ours-block" in best:
        share, saving = best["ours-block"]["beside"], best["ours-block"]["saving"]
        what = f"feed, log and checkpoints (one in {BETWEEN} steps, {saving:.1f} s), of a step's time"
        yield f"| {what} | {share:.2%} | | | ≤ 2 % |", what, share <= 0.02


def measure(task: Task, name: str) -> dict[str, float]:
    """One side, in a process of its own."""
    from raymath.train.run import _PROCESSOR

    command = [sys.executable, __file__, "--inside", name, "--folder", str(task.folder), "--model", task.model]
    size = [("steps", task.steps), ("batch", task.batch), ("context", task.context), ("long", task.long)]
    command += [text for key, value in size for text in (f"--{key}", str(value))]
    environment = {**os.environ, **_PROCESSOR, "OMP_NUM_THREADS": str(THREADS), "HF_HUB_OFFLINE": "1"}
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    shown = ", ".join(f"{key} {value:,.3g}" for key, value in told.items())
    print(f"{name}: {shown}; {time.monotonic() - began:.0f} s in all", file=sys.stderr, flush=True)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("RAYMATH_DATA"))
    parser.add_argument("--model", help="a model directory instead of SmolLM2-135M's")
    parser.add_argument("--steps", type=int, default=5, help="of which the first does not count")
    parser.add_argument("--batch", type=int, default=4, help="packs of --context tokens a step")
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--long", type=int, default=4096)
    parser.add_argument("--examples", type=int, default=1000, help="that the packs are made of")
    parser.add_argument("--repeat", type=int, default=1, help="best of so many runs of each side, in turn")
    parser.add_argument("--only", nargs="*", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--json", type=Path, help="write what was measured to this file")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        task = Task(args.folder, args.model, args.steps, args.batch, args.context, args.long)
        print(json.dumps(SIDES[args.inside](task)))
        return
    from raymath.models import embedded

    data = args.data or Path(__file__).parents[3] / "shared" / "data"
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        task = Task(Path(folder), args.model or str(embedded()), args.steps, args.batch, args.context, args.long)
        build(task.folder, data, task.model, {task.context, task.long}, args.examples)
        runs: dict[str, list[dict[str, float]]] = {}
        for name in args.only * args.repeat:
            runs.setdefault(name, []).append(measure(task, name))
    best = {name: min(each, key=lambda told: told["seconds"]) for name, each in runs.items()}
    print("| what | ours | other | ratio | target |\n|---|---|---|---|---|")
    rows = list(lines(best, task))
    print("\n".join(row for row, _, _ in rows))
    if args.json:
        args.json.write_text(json.dumps(runs, indent=1) + "\n")
    if missed := [what for _, what, met in rows if not met]:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
