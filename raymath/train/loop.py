"""The training loop: a plain function, the same under Ray Train, under `torchrun` and in one process.

    train(Job(model=..., feed=..., out=..., settings=settings.train))
    torchrun --nproc-per-node 2 -m raymath.train.loop JOB.json

One step: each rank takes its share of the step's packs, the supervised tokens of all ranks are counted once, and
every micro-batch's loss is divided by that number. So the same packs give the same gradient, however they are
split. A run goes on from its newest complete checkpoint, with the losses it would have had. Placement, restarts and
progress on a terminal are left to `raymath.train.run`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import torch
import torch.distributed as dist

from raymath.config import TrainSettings
from raymath.data.feed import Feed
from raymath.records import from_line
from raymath.train import memory, metrics, preempt, trackers
from raymath.train.ahead import Ahead
from raymath.train.checkpoint import Position
from raymath.train.collate import Batch, collate
from raymath.train.engine import Engine, join_group, load_model
from raymath.train.job import Job, accumulation
from raymath.train.loss import supervised_nll
from raymath.train.observer import Observer
from raymath.train.saving import Keeper
from raymath.train.schedule import rate
from raymath.train.spikes import Guard

#: Called by every rank with each step's line.
Report = Callable[[metrics.Line], None]


def silent(line: metrics.Line) -> None:
    """A Report that tells no one."""


def train(job: Job, report: Report = silent, noticed: preempt.Noticed = preempt.nothing) -> bool:
    """Train until the last step or `max_minutes`, from the newest complete checkpoint where there is one.

    Every rank calls it. Each step's line goes to ``metrics.jsonl`` (rank 0) and to `report` (all ranks). Where a
    rank is asked to stop (`raymath.train.preempt`, or `noticed` says so), all save after the same step and return.

    Returns:
        Whether training is finished; False where it was asked to stop before.

    Raises:
        DataError: the data is not what the run began with.
        ConfigError: the run cannot be resumed with these settings.
        MachineError: a checkpoint cannot be written or read; it says what is safe.
        BadStepError: the loss or the gradient of a step is not a number, or the loss is a spike.
    """
    settings = job.settings
    trackers.require(settings.trackers)
    join_group(gpu=settings.gpus_per_worker > 0)
    if not settings.gpus_per_worker:
        torch.set_num_threads(max(1, int(settings.cpus_per_worker)))
    if settings.gpus_per_worker:
        memory.require_gpu(job, dist.get_world_size())
    engine = Engine(load_model(job.model, settings), settings)
    finished = _run(job, engine, report, preempt.Stop(job.stop if engine.rank == 0 else None, noticed))
    # Not after a failure: with a peer gone it would fail too, and hide the reason.
    engine.close()
    return finished


def _run(job: Job, engine: Engine, report: Report, stop: preempt.Stop) -> bool:
    settings = job.settings
    feed = _feed(job)
    ahead = Ahead(lambda step: _batches(job, engine, feed, step), end=settings.steps)
    with closing(ahead), Keeper(job, engine) as keeper:
        at = _resume(job, engine, feed, keeper)
        # Kept in mind: on a shared file system one rank may not see yet what another wrote; all have to save or none.
        saved = at.step
        with Observer(job, engine, feed, at.step) as observer:
            while not (at.step >= settings.steps or stop.agreed or _out_of_time(settings, at.seconds, engine)):
                seconds = 0.0
                if at.step in settings.skip_steps:
                    observer.skip(at.step)
                else:
                    line = observer.complete(_step(job, engine, feed, at.step, ahead, observer.guard, stop))
                    seconds = line.seconds
                    report(line)
                at = at.model_copy(update={"step": at.step + 1, "seconds": at.seconds + seconds})
                if at.step % settings.checkpoint_every == 0:
                    keeper.save(at)
                    saved = at.step
            if saved != at.step:
                keeper.save(at)
    stop.answered()
    return at.step >= settings.steps or not stop.agreed


def _feed(job: Job, expect: str | None = None) -> Feed:
    settings = job.settings
    held_out = settings.validation
    return Feed.open(job.feed, batch=settings.batch, seed=settings.seed, held_out=held_out, expect=expect)


def _resume(job: Job, engine: Engine, feed: Feed, keeper: Keeper) -> Position:
    """Load the newest checkpoint, the same on all ranks and split as they are now, or begin at step 0."""
    settings = job.settings
    split = {"world": engine.world, "zero_stage": settings.zero_stage, "precision": settings.precision}
    start = Position(step=0, fingerprint=feed.fingerprint, seconds=0, **split)

    def check(position: Position) -> None:
        if position.fingerprint != feed.fingerprint:  # opening it says which part differs
            _feed(job, expect=position.fingerprint)

    return keeper.resume(start, check)


def _out_of_time(settings: TrainSettings, seconds: float, engine: Engine) -> bool:
    """Whether the training time is over by rank 0's clock."""
    if settings.max_minutes is None:
        return False
    over = torch.tensor(int(seconds >= settings.max_minutes * 60), device=engine.device)
    dist.broadcast(over, src=0)
    return bool(over)


def _step(
    job: Job,
    engine: Engine,
    feed: Feed,
    step: int,
    ahead: Ahead[list[Batch]],
    guard: Guard,
    stop: preempt.Stop,
) -> metrics.Line:
    """One step on this rank's share of the packs; what `stop` knows is shared on the way."""
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
    total = torch.zeros(2, dtype=torch.float64, device=engine.device)
    for at, batch in enumerate(batches):
        share = supervised_nll(engine.model, batch.to(engine.device), scale)
        total[0] += share.detach() / scale
        engine.backward(share, last=at == len(batches) - 1)
    total[1] = stop.asked()
    dist.all_reduce(total)
    nll_sum, asked = total.tolist()
    stop.agreed = asked > 0
    loss = nll_sum / max(1, supervised)
    guard.loss(step, loss)
    learning_rate = rate(step, settings)
    norm = engine.step(learning_rate)
    guard.gradient(step, norm)
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


def main(argv: list[str]) -> None:
    """Train the job of a JSON file (`Job`), as one of the processes that torchrun starts.

    SIGTERM ends it with a checkpoint and exit code 143.
    """
    job = from_line(Job, Path(argv[0]).read_bytes())
    preempt.clear(job.stop)
    preempt.listen(job.settings.stop_wait_s)
    if not train(job):
        sys.exit(preempt.EXIT_CODE)


if __name__ == "__main__":
    main(sys.argv[1:])
