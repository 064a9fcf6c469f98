"""The sides of `train_speed.py`: each measures one trainer and tells tokens a second.

    task = Task(folder, model, steps=5, batch=4, context=1024, long=4096)
    told = SIDES["ours-block"](task)          # in a process of its own

`build` makes the token shards that all of them take their examples from. What is compared with what is left to
`train_speed.py`.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
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
