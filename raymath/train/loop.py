"""The training loop: a plain function, the same under Ray Train, under `torchrun` and in one process.

    train(Job(model=..., feed=..., out=..., settings=settings.train))
    torchrun --nproc-per-node 2 -m raymath.train.loop JOB.json

One step: each rank takes its share of the step's packs, the supervised tokens of all ranks are counted once, and
every micro-batch's loss is divided by that number. So the same packs give the same gradient, however they are
split. A run goes on from its newest complete checkpoint, with the losses it would have had. Placement, restarts and
progress on a terminal are left to `raymath.train.run`.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from raymath.config import TrainSettings
from raymath.data.feed import Feed
from raymath.errors import ConfigError, UserError
from raymath.records import from_line
from raymath.runs import write_json
from raymath.train import checkpoint, memory, metrics
from raymath.train.ahead import Ahead
from raymath.train.collate import Batch, collate
from raymath.train.engine import Engine, join_group, load_model
from raymath.train.job import Job, accumulation
from raymath.train.loss import supervised_nll
from raymath.train.schedule import rate

#: Called by every rank with each step's line.
Report = Callable[[metrics.Line], None]


class NotFiniteError(UserError):
    """The loss or the gradient of a step is not a number. Nothing of that step is in a checkpoint."""


def silent(line: metrics.Line) -> None:
    """A Report that tells no one."""


def train(job: Job, report: Report = silent) -> None:
    """Train until the last step or `max_minutes`, from the newest complete checkpoint where there is one.

    Every rank calls it. Each step's line goes to ``metrics.jsonl`` (rank 0) and to `report` (all ranks).

    Raises:
        DataError: the data is not what the run began with.
        ConfigError: the run cannot be resumed with this number of workers or these settings.
        NotFiniteError: the loss or the gradient of a step is not a number.
    """
    settings = job.settings
    join_group(gpu=settings.gpus_per_worker > 0)
    if not settings.gpus_per_worker:
        torch.set_num_threads(max(1, int(settings.cpus_per_worker)))
    if settings.gpus_per_worker:
        memory.require_gpu(job, dist.get_world_size())
    engine = Engine(load_model(job.model, settings), settings)
    _run(job, engine, report)
    # Not after a failure: with a peer gone it would fail too, and hide the reason.
    engine.close()


def _run(job: Job, engine: Engine, report: Report) -> None:
    settings = job.settings
    feed = Feed.open(job.feed, batch=settings.batch, seed=settings.seed)
    at = _resume(job, engine, feed)
    # Kept in mind: on a shared file system one rank may not see yet what another wrote, and all have to save or none.
    saved = at.step
    log = metrics.Log(job.metrics, at.step) if engine.rank == 0 else None
    ahead = Ahead(lambda step: _batches(job, engine, feed, step), end=settings.steps)
    while not (at.step >= settings.steps or _out_of_time(settings, at.seconds, engine)):
        line = _step(job, engine, feed, at.step, ahead)
        at = at.model_copy(update={"step": at.step + 1, "seconds": at.seconds + line.seconds})
        if log is not None:
            log.write(line)
        report(line)
        if at.step % settings.checkpoint_every == 0:
            _save(job, engine, at)
            saved = at.step
    ahead.close()
    if saved != at.step:
        _save(job, engine, at)


def _resume(job: Job, engine: Engine, feed: Feed) -> checkpoint.Position:
    """Load the newest complete checkpoint, the same on all ranks, or begin at step 0."""
    settings = job.settings
    start = checkpoint.Position(
        step=0,
        fingerprint=feed.fingerprint,
        seconds=0,
        world=engine.world,
        zero_stage=settings.zero_stage,
        precision=settings.precision,
    )
    # One rank looks: another may already see a newer one, or not yet this one.
    found = checkpoint.newest(job.checkpoints) if engine.rank == 0 else None
    shared: list[Any] = [found]
    dist.broadcast_object_list(shared, src=0)
    if shared[0] is None:
        return start
    path: Path
    position: checkpoint.Position
    path, position = shared[0]
    if position.fingerprint != start.fingerprint:
        # The feed says which part differs.
        Feed.open(job.feed, batch=settings.batch, seed=settings.seed, expect=position.fingerprint)
    split = ("world", "zero_stage", "precision")
    differing = [name for name in split if getattr(position, name) != getattr(start, name)]
    if differing:
        was = ", ".join(f"{name} {getattr(position, name)}, now {getattr(start, name)}" for name in differing)
        raise ConfigError(
            f"{path} cannot be resumed with other settings: it was made with {was}",
            "resume with train.workers, train.zero_stage and train.precision as they were, or start a new run",
        )
    engine.load(path)
    return position


def _save(job: Job, engine: Engine, at: checkpoint.Position) -> None:
    """A complete checkpoint, and the oldest beyond those to keep removed; all ranks call it."""
    path = checkpoint.directory(job.checkpoints, at.step)
    if engine.rank == 0:
        checkpoint.begin(job.checkpoints, at.step)
    dist.barrier()
    engine.save(path)
    if engine.rank == 0:
        checkpoint.finish(path, at)
        checkpoint.prune(job.checkpoints, job.settings.keep_checkpoints)
    dist.barrier()


def _out_of_time(settings: TrainSettings, seconds: float, engine: Engine) -> bool:
    """Whether the training time is over by rank 0's clock."""
    if settings.max_minutes is None:
        return False
    over = torch.tensor(int(seconds >= settings.max_minutes * 60), device=engine.device)
    dist.broadcast(over, src=0)
    return bool(over)


def _step(job: Job, engine: Engine, feed: Feed, step: int, ahead: Ahead[list[Batch]]) -> metrics.Line:
    """One step on this rank's share of the packs."""
    began = time.perf_counter()
    settings = job.settings
    # Dropout, where a model has it, then is a function of the step too.
    torch.manual_seed(settings.seed + 1_000_003 * step + engine.rank)
    batches = ahead.take(step)
    counts = torch.tensor([[b.supervised, b.tokens] for b in batches], device=engine.device).sum(0)
    dist.all_reduce(counts)
    supervised, tokens = int(counts[0]), int(counts[1])
    # The engine averages over the ranks: the factor makes that a sum.
    scale = engine.world / max(1, supervised)
    total = torch.zeros((), dtype=torch.float64, device=engine.device)
    for at, batch in enumerate(batches):
        share = supervised_nll(engine.model, batch.to(engine.device), scale)
        total += share.detach() / scale
        engine.backward(share, last=at == len(batches) - 1)
    dist.all_reduce(total)
    loss = float(total) / max(1, supervised)
    _check(loss, "loss", job, engine, feed, step)
    learning_rate = rate(step, settings)
    norm = engine.step(learning_rate)
    _check(norm, "gradient", job, engine, feed, step)
    seconds = time.perf_counter() - began
    return metrics.Line(
        step=step,
        loss=loss,
        gradient_norm=norm,
        learning_rate=learning_rate,
        tokens=tokens,
        supervised_tokens=supervised,
        tokens_per_second=tokens / seconds,
        seconds=seconds,
        memory_gb=metrics.peak_memory_gb(engine.device),
        epoch=feed.epoch(step + 1),
        data=feed.batch_hash(step),
    )


def _batches(job: Job, engine: Engine, feed: Feed, step: int) -> list[Batch]:
    """This rank's micro-batches of a step."""
    settings = job.settings
    size, count = settings.micro_batch, accumulation(settings, engine.world)
    mine = feed.global_batch(step)[engine.rank :: engine.world]
    one_row = settings.attention == "flash_attention_2" and job.boundaries == "block"
    packs = [feed.pack(index) for index in mine]
    return [collate(packs[i * size : (i + 1) * size], job.boundaries, one_row=one_row) for i in range(count)]


def _check(value: float, name: str, job: Job, engine: Engine, feed: Feed, step: int) -> None:
    """Raise `NotFiniteError` on all ranks alike, and leave the step's packs and rows in a file."""
    if math.isfinite(value):
        return
    packs = feed.global_batch(step)
    file = Path(job.out) / f"not-finite-step-{step}.json"
    if engine.rank == 0:
        rows = {str(index): feed.plan[index].tolist() for index in packs}
        write_json(file, {"step": step, name: str(value), "data": feed.batch_hash(step), "rows of packs": rows})
    raise NotFiniteError(
        f"the {name} of step {step} is {value} (packs {', '.join(map(str, packs[:8]))}"
        f"{', …' if len(packs) > 8 else ''}, all of them in {file})",
        "look at them, then lower train.learning_rate or add train.warmup_steps and resume",
    )


def main(argv: list[str]) -> None:
    """Train the job of a JSON file (`Job`), as one of the processes that torchrun starts."""
    train(from_line(Job, Path(argv[0]).read_bytes()))


if __name__ == "__main__":
    main(sys.argv[1:])
