"""Training on a Ray cluster.

    summary = train(settings, model, run.path / "data", run.path / "train", progress=show)

Ray Train places the workers, restarts them when one is lost, and connects them, by the decisions of
`raymath.train.policies`; what they do is `raymath.train.loop`. Checkpoints are raymath's own, in the run's directory
and `train.checkpoint_store`: Ray's word for what was saved does not count. Without a store that directory has to be
the same one for driver and workers (a shared file system, where they are on several machines). A connection to Ray
must exist: `raymath.session.ray_session` makes one.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from raymath.config import Settings
from raymath.console import Progress, say, silent
from raymath.errors import ConfigError, MachineError, UserError
from raymath.records import from_line
from raymath.train import checkpoint, metrics, preempt, trackers
from raymath.train.failures import Restart, WorkerError
from raymath.train.finding import look
from raymath.train.home import Followed, moved, reported, require_seen
from raymath.train.job import Job, accumulation
from raymath.train.store import Store
from raymath.train.terminal import Terminal

#: How often Ray Train looks after its workers, and how long it waits for a group to be placed before it counts again
#: what there is; it waits anew for as long as it takes.
_RAY_TRAIN = {"RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "1", "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "20"}
#: For training on a processor; without effect on what a GPU computes. Threads that wait for each other by spinning
#: train several times slower as soon as anything else runs. Large tensors in mappings of their own, and one arena
#: for the rest, keep freed memory from being held in pieces that nothing fits.
_PROCESSOR = {"OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(4 * 2**20)}
_POLL_S = 0.5


def train(
    settings: Settings,
    model: str | Path,
    feed: str | Path,
    out: str | Path,
    *,
    home: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train into `out`, from the newest complete checkpoint there; returns when it is done.

    Args:
        settings: `train`, `data.boundaries` and `cluster` are read.
        model: a Hugging Face directory or hub name.
        feed: a directory of token shards.
        out: metrics.jsonl, checkpoints/ and logs/ are written there. Giving it again resumes; a run of its own
            needs a directory of its own.
        home: URI of the run that `out` is the training of, where workers are on machines that do not see `out`; its
            data has to be there, and `train.checkpoint_store` to be set.
        progress: called with the finished steps.

    Returns:
        `metrics.summary` of all steps, with the last ``checkpoint`` and the data's ``fingerprint``.

    Raises:
        MachineError: the local machine is too small, or workers were lost more often than `train.max_failures`.
        UserError: what a worker found wrong with data, model or settings, or a loss that is no number.
    """
    out = Path(out).absolute()
    accumulation(settings.train, settings.train.most_workers)
    _require_resources(settings)
    (out / "logs").mkdir(parents=True, exist_ok=True)
    where = str(Path(model).absolute()) if Path(model).is_dir() else str(model)
    job = Job(
        model=where,
        feed=str(Path(feed).absolute()),
        out=str(out),
        settings=settings.train,
        boundaries=settings.data.boundaries,
        base=settings.model.name,
        home=home,
        place=settings.cluster.train,
    )
    trackers.require(settings.train.trackers)
    store = Store(job.store) if job.store else None
    _until_finished(job, progress)
    found = next(iter(look(job.checkpoints, store)), None)
    if found is None:
        raise MachineError(f"training ended without a checkpoint in {job.checkpoints}", f"see {out / 'logs'}")
    last = checkpoint.directory(job.checkpoints, found.step) if found.here or not store else store.uri
    ours = metrics.summary(metrics.read(job.metrics))
    return {**ours, "checkpoint": str(last), "fingerprint": found.marker.position.fingerprint}


def _until_finished(job: Job, progress: Progress) -> None:
    """Fit, and fit again after each notice that workers have answered with a checkpoint."""
    known = _say_restarts(job, sys.maxsize)
    followed = Followed(job)
    followed.clear()
    with Terminal(job, progress) as terminal:

        def show() -> None:
            nonlocal known
            followed()
            known = _say_restarts(job, known)
            terminal.show()

        while not _fit(job, show, followed):
            why = preempt.reason(job.stop) or "a worker was told that it will be ended"
            say(f"saved: {why}; starting again", "yellow")
            followed.clear()
        followed(now=True)
        terminal.show()


def _fit(job: Job, show: Callable[[], None], followed: Followed) -> bool:
    """Run Ray Train to its end, calling `show` meanwhile; whether training is finished, or has to be started again."""
    trainer = _trainer(job)
    failed: list[BaseException] = []
    finished: list[bool] = []
    # Not the thread's own end: a `join` that a signal interrupts takes the thread for ended (CPython 3.11).
    ended = threading.Event()

    def fit() -> None:
        try:
            finished.append(trainer.fit().return_value is not False)
        except BaseException as error:  # carried over to the waiting thread, whatever it is
            failed.append(error)
        finally:
            ended.set()

    before = _steps(job)
    # In a thread: Ray takes Ctrl-C for itself in the main one, and would end this process with "success".
    threading.Thread(target=fit, name="ray-train", daemon=True).start()
    try:
        while not ended.is_set():
            show()
            ended.wait(_POLL_S)
    except KeyboardInterrupt:
        # Closing the connection to Ray, as the caller does next, ends the workers.
        if _steps(job) != before:
            _save_first(job, ended, show, followed)
        raise
    show()
    if failed:
        _raise_failure(job, failed[0])
    return finished[0]


def _save_first(job: Job, ended: threading.Event, show: Callable[[], None], followed: Followed) -> None:
    """Let the workers finish their step and save; another interrupt ends the wait."""
    wait_s = job.settings.stop_wait_s
    if not wait_s:
        return
    say(f"stopping after this step, with a checkpoint (at most {wait_s:g} s); again: stop at once", "yellow")
    followed.ask("the command was interrupted")
    end = time.monotonic() + wait_s
    while not ended.is_set() and time.monotonic() < end:
        show()
        ended.wait(min(_POLL_S, wait_s))


def _steps(job: Job) -> int:
    return len(metrics.read(job.metrics))


def _trainer(job: Job) -> Any:
    from ray.train import FailureConfig, RunConfig, ScalingConfig

    from raymath.train import policies

    settings = job.settings
    for name, value in _RAY_TRAIN.items():
        os.environ.setdefault(name, value)  # Ray takes them from here to its controller
    asked = job.place.options(settings.cpus_per_worker, settings.gpus_per_worker)
    resources = {"CPU": asked["num_cpus"], "GPU": asked.get("num_gpus", 0), **asked.get("resources", {})}
    elastic = isinstance(settings.workers, tuple)
    return policies.Trainer(
        job,
        _work,
        torch_config=policies.Backend(
            backend="nccl" if settings.gpus_per_worker else "gloo", stop_wait_s=settings.stop_wait_s
        ),
        scaling_config=ScalingConfig(  # type: ignore[call-arg]  # its types are those of the older class
            num_workers=(settings.sizes[0], settings.sizes[-1]) if elastic else settings.workers,  # type: ignore[arg-type]
            use_gpu=settings.gpus_per_worker > 0,
            resources_per_worker={name: amount for name, amount in resources.items() if amount},
            label_selector=asked.get("label_selector"),
            elastic_resize_monitor_interval_s=settings.grow_every_s,
        ),
        run_config=RunConfig(  # type: ignore[call-arg]
            # A name that was used before would be resumed in silence.
            name=f"{Path(job.out).parent.name}-{secrets.token_hex(3)}",
            storage_path=str(Path(job.out) / "ray"),
            failure_config=FailureConfig(max_failures=settings.max_failures),
            worker_runtime_env={"env_vars": _PROCESSOR},
        ),
    )


def _work(config: dict[str, Any]) -> bool:
    """What each worker does: whether training is finished. Reasons why it cannot go on reach the driver as values."""
    import ray.train

    job = Job.model_validate(config["job"])
    context = ray.train.get_context()
    rank, world = context.get_world_rank(), context.get_world_size()
    if job.home is not None:
        job = moved(job)
    _log_to(Path(job.out) / "logs" / f"worker-{rank}.log")
    # Ray has put a `print` in place that says everything twice.
    sys.stdout.write(f"{time.ctime()}: worker {rank} of {world} on {socket.gethostname()}, process {os.getpid()}\n")
    sys.stdout.flush()
    from raymath.train import loop, policies

    try:
        require_seen(job)
        # Nothing is reported to Ray: `ray.train.report` waits for the controller's next look, about a second a step.
        with reported(job, rank) if job.home is not None else nullcontext():
            return loop.train(job, noticed=policies.draining)
    except Exception as error:
        traceback.print_exc()
        if isinstance(error, UserError):
            raise
        raise WorkerError.of(rank, error) from None


def _log_to(file: Path) -> None:
    """Send all that this process and its libraries print to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _say_restarts(job: Job, known: int) -> int:
    """Tell of restarts after the first `known`; how many are known then."""
    from raymath.train import policies

    file = policies.restarts(job)
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for text in lines[known:]:
        restart = from_line(Restart, text)
        number = f"restart {restart.number} of {restart.of}" if restart.number else "not counted as a failure"
        say(f"{restart.what}; going on from the newest checkpoint ({number})", "yellow")
    return len(lines)


def _raise_failure(job: Job, error: BaseException) -> None:
    """Raise what ended the training early."""
    from raymath.train import policies

    fault = policies.users_fault(error)
    if fault is not None:
        raise fault from error
    rank, what = policies.describe(error)
    logs = Path(job.out) / "logs"
    raise MachineError(
        f"training was given up after {job.settings.max_failures} restarts: {what}",
        f"see {logs if rank is None else logs / f'worker-{rank}.log'}; what was saved is kept, and giving the same "
        "run again goes on from there",
    ) from error


def _require_resources(settings: Settings) -> None:
    """Refuse at once what a local Ray can never place; a cluster may still grow."""
    if settings.cluster.address or "RAY_ADDRESS" in os.environ:
        return
    import ray

    has: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    train_settings = settings.train
    least = train_settings.sizes[0]
    if settings.cluster.train.resource:
        return
    for name, each in (("CPU", train_settings.cpus_per_worker), ("GPU", train_settings.gpus_per_worker)):
        needed, there = each * least, has.get(name, 0)
        if needed > there:
            raise ConfigError(
                f"train.workers = {least} with {each:g} {name}s each need {needed:g}, and this machine has {there:g}",
                f"lower train.workers or train.{name.lower()}s_per_worker, or give cluster.address",
            )
