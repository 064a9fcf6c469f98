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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

#: Examples of a batch of `Trainer` that is padded to its longest.
ROWS = 8
#: Steps from one checkpoint to the next in a run of the paper's length.
BETWEEN = 50
PRECISION = "bf16"
THREADS = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Task:
    """What each side is given: where the feeds are, and how much of them."""

    folder: Path
    model: str
    steps: int
    batch: int
    context: int
    long: int

    def feed(self, context: int, batch: int) -> Any:
        from raymath.data.feed import Feed

        return Feed.open(self.folder / str(context), batch=batch, seed=0)

    @property
    def long_batch(self) -> int:
        """Packs of `long` tokens with about the tokens of a step's packs of `context`."""
        return max(1, self.batch * self.context // self.long)

    def examples(self, count: int | None = None) -> list[tuple[list[int], list[int]]]:
        """(ids, labels) of the examples of all steps' packs, at least `count`."""
        feed = self.feed(self.context, self.batch)
        steps = range(self.steps if count is None else 10**6)
        out: list[tuple[list[int], list[int]]] = []
        for step in steps:
            for index in feed.global_batch(step):
                pack, at = feed.pack(index), 0
                for length in pack.lengths.tolist():
                    ids, mask = (each[at : at + length].tolist() for each in (pack.input_ids, pack.loss_mask))
                    out.append((ids, [i if m else -100 for i, m in zip(ids, mask, strict=True)]))
                    at += length
            if count is not None and len(out) >= count:
                return out[:count]
        return out


def build(folder: Path, data: Path, model: str, contexts: set[int], count: int) -> None:
    """Token shards of so many real examples, one directory for each context."""
    import pyarrow as pa

    from raymath.data import shards
    from raymath.data.render import render
    from raymath.data.sources import ADAPTERS, load
    from raymath.models import load_tokenizer
    from raymath.records import Example
    from raymath.runs import write_json

    tokenizer = load_tokenizer(model)
    files = (("gsm8k", "gsm8k_train.jsonl.gz"), ("math", "math_train.jsonl.gz"))
    # One of each in turn.
    both = [load(data / "bench" / file, adapter, ADAPTERS[adapter]) for adapter, file in files]
    stream = (one for one in chain.from_iterable(zip(*both, strict=False)) if isinstance(one, Example))
    rows = []
    for one, _ in zip(stream, range(count), strict=False):
        made = render(one, tokenizer, "chat")
        facts = {"id": one.id, "source": one.source, "mode": one.mode, "language": one.language}
        size = {"length": len(made.input_ids), "supervised": int(made.loss_mask.sum(dtype=int))}
        rows.append(facts | size | {"input_ids": made.input_ids, "loss_mask": made.loss_mask})
    table = pa.Table.from_pylist(rows, schema=shards.schema())
    fingerprint = shards.Fingerprint()
    fingerprint.add(table)
    for context in contexts:
        writer = shards.Writer(folder / str(context) / "tokens", shards.schema())
        writer.add(table)
        writer.close()
        plan = {"context": context, "packing": "best-fit", "window": 1024, "overlong": "drop", "seed": 0}
        write_json(folder / str(context) / "manifest.json", {"fingerprint": fingerprint.hexdigest(), "plan": plan})


class Clock:
    """Wall time spent inside some functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, owner: Any, name: str) -> None:
        """Count the time of each call of `owner.name`."""
        plain = getattr(owner, name)

        def timed(*args: Any, **given: Any) -> Any:
            began = time.perf_counter()
            try:
                return plain(*args, **given)
            finally:
                self.seconds += time.perf_counter() - began

        setattr(owner, name, timed)


def ours(task: Task, boundaries: str, context: int, batch: int) -> dict[str, float]:
    """Our loop, with a checkpoint in the middle; its time counts apart."""
    from raymath.config import TrainSettings
    from raymath.train import engine, loop
    from raymath.train.job import Job

    settings = TrainSettings(
        steps=task.steps,
        batch=batch,
        precision=PRECISION,
        cpus_per_worker=THREADS,
        checkpoint_every=max(1, task.steps - 1),
        keep_checkpoints=1,
    )
    feed = str(task.folder / str(context))
    with tempfile.TemporaryDirectory(dir=task.folder) as out:
        model = Clock()
        model.around(loop, "supervised_nll")
        model.around(engine.Engine, "backward")
        model.around(engine.Engine, "step")
        # After each step: when, how much of the time so far was the model's, and the step's line.
        seen: list[tuple[float, float, Any]] = []
        job = Job(model=task.model, feed=feed, out=out, settings=settings, boundaries=boundaries)
        loop.train(job, lambda line: seen.append((time.perf_counter(), model.seconds, line)))
    intervals = [(b[0] - a[0], b[1] - a[1], b[2]) for a, b in pairwise(seen)]
    # The checkpoint lies in the last interval; of two steps' run there is no other, and its share is not known.
    plain, last = intervals[:-1] or intervals, intervals[-1]
    seconds = sum(whole for whole, _, _ in plain)
    around = sum(whole - inner for whole, inner, _ in plain) / len(plain)
    saving = last[0] - last[1] - around
    return {
        "tokens": sum(line.tokens for *_, line in plain) / seconds,
        "supervised": sum(line.supervised_tokens for *_, line in plain) / seconds,
        "beside": (around + saving / BETWEEN) / (seconds / len(plain)),
        "saving": saving,
        "seconds": seconds,
    }


def bare(task: Task, *, our_loss: bool) -> dict[str, float]:
    """The model, its gradient and AdamW over the micro-batches that ours takes, all of them made before."""
    import torch
    from transformers import AutoModelForCausalLM

    from raymath.train.collate import collate
    from raymath.train.engine import parameter_groups
    from raymath.train.head import fuse
    from raymath.train.loss import supervised_nll

    torch.set_num_threads(THREADS)
    feed = task.feed(task.context, task.batch)
    steps = [[collate([feed.pack(i)], "block") for i in feed.global_batch(step)] for step in range(task.steps)]
    model = AutoModelForCausalLM.from_pretrained(task.model, dtype=torch.bfloat16).train()
    if our_loss:
        fuse(model)
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.1), lr=5e-5, betas=(0.9, 0.95), fused=True)
    began, tokens = time.perf_counter(), 0
    for number, batches in enumerate(steps):
        count = sum(batch.supervised for batch in batches)
        for batch in batches:
            if our_loss:
                loss = supervised_nll(model, batch, 1 / count)
            else:
                labels = torch.full_like(batch.input_ids, -100)
                labels[:, batch.columns + 1] = torch.where(batch.weights > 0, batch.targets, -100)
                given = {"input_ids": batch.input_ids, "position_ids": batch.position_ids, "labels": labels}
                loss = model(**given, use_cache=False, num_items_in_batch=count).loss
            loss.backward()
            tokens += batch.tokens
        optimizer.step()
        optimizer.zero_grad()
        if number == 0:
            began, tokens = time.perf_counter(), 0
    seconds = time.perf_counter() - began
    return {"tokens": tokens / seconds, "seconds": seconds}


def timed(trainer: Any) -> dict[str, float]:
    """Supervised tokens a second of a `Trainer`, from the end of its first step."""
    from transformers import TrainerCallback

    counted, plain = [0], trainer.compute_loss
    marks: list[tuple[float, int]] = []

    def count(model: Any, inputs: Any, *args: Any, **given: Any) -> Any:
        counted[0] += int((inputs["labels"][..., 1:] != -100).sum())
        return plain(model, inputs, *args, **given)

    class Marks(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *args: Any, **given: Any) -> None:
            marks.append((time.perf_counter(), counted[0]))

    trainer.compute_loss = count
    trainer.add_callback(Marks())
    trainer.train()
    seconds = marks[-1][0] - marks[0][0]
    return {"supervised": (marks[-1][1] - marks[0][1]) / seconds, "seconds": seconds}


def arguments(kind: Any, task: Task, rows: int, accumulation: int, **more: Any) -> Any:
    """TrainingArguments for so many steps on a processor."""
    usual = {"output_dir": str(task.folder / "other"), "max_steps": task.steps, "learning_rate": 5e-5}
    adam = {"adam_beta2": 0.95, "weight_decay": 0.1, "lr_scheduler_type": "constant", "optim": "adamw_torch_fused"}
    quiet = {"report_to": [], "save_strategy": "no", "logging_steps": 1, "disable_tqdm": True, "use_cpu": True}
    size = {"per_device_train_batch_size": rows, "gradient_accumulation_steps": accumulation}
    return kind(**usual, **adam, **quiet, **size, bf16=False, gradient_checkpointing=False, **more)


def loaded(task: Task) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    return AutoModelForCausalLM.from_pretrained(task.model, dtype=torch.bfloat16)


def padded(task: Task, *, longest: bool) -> dict[str, float]:
    """`transformers.Trainer`, an example a row."""
    import torch
    from transformers import Trainer, TrainingArguments

    rows = ROWS if longest else 1
    found = task.examples(task.steps * rows)

    def collate(items: list[tuple[list[int], list[int]]]) -> dict[str, torch.Tensor]:
        width = max(len(ids) for ids, _ in items) if longest else task.long
        fill = {"input_ids": 0, "labels": -100, "attention_mask": 0}
        columns = {
            "input_ids": [ids for ids, _ in items],
            "labels": [labels for _, labels in items],
            "attention_mask": [[1] * len(ids) for ids, _ in items],
        }
        return {
            name: torch.tensor([each + [fill[name]] * (width - len(each)) for each in lists])
            for name, lists in columns.items()
        }

    plan = arguments(
        TrainingArguments, task, rows, 1, remove_unused_columns=False, train_sampling_strategy="sequential"
    )
    return timed(Trainer(model=loaded(task), args=plan, train_dataset=found, data_collator=collate))


def trl(task: Task) -> dict[str, float]:
    """`SFTTrainer(packing=True)`; examples in their tokens already, with labels."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from raymath.models import load_tokenizer

    found = task.examples()
    rows = Dataset.from_dict({"input_ids": [ids for ids, _ in found], "labels": [labels for _, labels in found]})
    plan = arguments(SFTConfig, task, 1, task.batch, packing=True, max_length=task.context)
    return timed(
        SFTTrainer(model=loaded(task), args=plan, train_dataset=rows, processing_class=load_tokenizer(task.model))
    )


SIDES: dict[str, Callable[[Task], dict[str, float]]] = {
    "ours-block": lambda task: ours(task, "block", task.context, task.batch),
    "bare": lambda task: bare(task, our_loss=False),
    "bare-loss": lambda task: bare(task, our_loss=True),
    "ours-none": lambda task: ours(task, "none", task.context, task.batch),
    "trl": trl,
    "ours-long": lambda task: ours(task, "block", task.long, task.long_batch),
    "trainer-max": lambda task: padded(task, longest=False),
    "trainer-longest": lambda task: padded(task, longest=True),
}


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
