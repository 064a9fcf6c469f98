"""Training on a Ray cluster: the only module that imports ray.train.

    summary = train(settings, model, run.path / "data", run.path / "train", progress=show)

Ray Train places the workers, restarts them when one is lost, and connects them; what they do is
`raymath.train.loop`. Checkpoints are raymath's own, in the run's directory and `train.checkpoint_store`: Ray's word for
what was saved does not count. Without a store that directory has to be the same one for driver and workers (a shared
file system, where they are on several machines). A connection to Ray must exist: `raymath.session.ray_session` makes
one.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from raymath.config import Settings, TrainSettings
from raymath.console import Progress, silent
from raymath.errors import ConfigError, MachineError, UserError
from raymath.runs import write_json
from raymath.train import checkpoint, metrics, trackers
from raymath.train.finding import look
from raymath.train.job import Job, accumulation
from raymath.train.store import Store
from raymath.train.terminal import Terminal

_FAILURE = "failure.json"
#: For training on a processor; without effect on what a GPU computes. Threads that wait for each other by spinning
#: train several times slower as soon as anything else runs. Large tensors in mappings of their own, and one arena
#: for the rest, keep freed memory from being held in pieces that nothing fits.
_PROCESSOR = {"OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(4 * 2**20)}
_POLL_S = 0.5


def train(
    settings: Settings, model: str | Path, feed: str | Path, out: str | Path, *, progress: Progress = silent
) -> dict[str, Any]:
    """Train into `out`, from the newest complete checkpoint there; returns when it is done.

    Args:
        settings: `train`, `data.boundaries` and `cluster` are read.
        model: a Hugging Face directory or hub name.
        feed: a directory of token shards.
        out: metrics.jsonl, checkpoints/ and logs/ are written there. Giving it again resumes; a run of its own
            needs a directory of its own.
        progress: called with the finished steps.

    Returns:
        `metrics.summary` of all steps, with the last ``checkpoint`` and the data's ``fingerprint``.

    Raises:
        MachineError: the local machine is too small, or workers were lost more often than `train.max_failures`.
        UserError: what a worker found wrong with data, model or settings, or a loss that is no number.
    """
    out = Path(out).absolute()
    accumulation(settings.train, settings.train.workers)
    _require_resources(settings)
    (out / "logs").mkdir(parents=True, exist_ok=True)
    (out / _FAILURE).unlink(missing_ok=True)
    where = str(Path(model).absolute()) if Path(model).is_dir() else str(model)
    job = Job(
        model=where,
        feed=str(Path(feed).absolute()),
        out=str(out),
        settings=settings.train,
        boundaries=settings.data.boundaries,
    )
    trackers.require(settings.train.trackers)
    with Terminal(job, progress) as terminal:
        _fit(job, terminal.show)
    store = Store(job.store) if job.store else None
    found = next(iter(look(job.checkpoints, store)), None)
    if found is None:
        raise MachineError(f"training ended without a checkpoint in {job.checkpoints}", f"see {out / 'logs'}")
    where = checkpoint.directory(job.checkpoints, found.step) if found.here or not store else store.uri
    ours = metrics.summary(metrics.read(job.metrics))
    return {**ours, "checkpoint": str(where), "fingerprint": found.marker.position.fingerprint}


def _fit(job: Job, show: Callable[[], None]) -> None:
    """Run Ray Train to its end, calling `show` meanwhile."""
    trainer = _trainer(job)
    failed: list[BaseException] = []

    def fit() -> None:
        try:
            trainer.fit()
        except BaseException as error:  # carried over to the waiting thread, whatever it is
            failed.append(error)

    # In a thread: Ray takes Ctrl-C for itself in the main one, and would end this process with "success".
    # An interrupt here leaves the block, and closing the connection to Ray then ends the workers.
    thread = threading.Thread(target=fit, name="ray-train", daemon=True)
    thread.start()
    while thread.is_alive():
        show()
        thread.join(_POLL_S)
    show()
    _raise_failure(Path(job.out), failed[0] if failed else None, job.settings)


def _trainer(job: Job) -> Any:
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    settings = job.settings
    resources = {"CPU": settings.cpus_per_worker}
    if settings.gpus_per_worker:
        resources["GPU"] = settings.gpus_per_worker
    return TorchTrainer(
        _work,
        train_loop_config={"job": job.model_dump(mode="json")},
        torch_config=TorchConfig(backend="nccl" if settings.gpus_per_worker else "gloo"),
        scaling_config=ScalingConfig(
            num_workers=settings.workers,
            use_gpu=settings.gpus_per_worker > 0,
            resources_per_worker=resources,
        ),
        run_config=RunConfig(  # type: ignore[call-arg]  # its types are those of the older class
            # A name that was used before would be resumed in silence.
            name=f"{Path(job.out).parent.name}-{secrets.token_hex(3)}",
            storage_path=str(Path(job.out) / "ray"),
            failure_config=FailureConfig(max_failures=settings.max_failures),
            worker_runtime_env={"env_vars": _PROCESSOR},
        ),
    )


def _work(config: dict[str, Any]) -> None:
    """What each worker does. The reason why it cannot go on is kept in a file: Ray would only try again."""
    import ray.train

    job = Job.model_validate(config["job"])
    failure = Path(job.out) / _FAILURE
    if failure.exists():
        return
    rank = ray.train.get_context().get_world_rank()
    _log_to(Path(job.out) / "logs" / f"worker-{rank}.log")
    from raymath.train import loop, spikes

    try:
        # Nothing is reported to Ray: `ray.train.report` waits for the controller's next look, about a second a step.
        loop.train(job)
    except UserError as error:
        write_json(failure, {"what": error.what, "fix": error.fix, "code": error.code})
        # All ranks see the same bad loss and return; of anything else the others do not know, and would wait.
        if not isinstance(error, spikes.BadStepError):
            raise


def _log_to(file: Path) -> None:
    """Send all that this process and its libraries print to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    with file.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _raise_failure(out: Path, error: BaseException | None, settings: TrainSettings) -> None:
    """Raise what ended the training early, if anything did."""
    file = out / _FAILURE
    if file.is_file():
        told = json.loads(file.read_text(encoding="utf-8"))
        failure = UserError(told["what"], told["fix"])
        failure.code = told["code"]
        raise failure from error
    if error is not None:
        reason = str(error).strip().splitlines()
        raise MachineError(
            f"training was given up after {settings.max_failures} restarts: {reason[-1] if reason else error!r}",
            f"see {out / 'logs'}; what was saved is kept, and giving the same run again goes on from there",
        ) from error


def _require_resources(settings: Settings) -> None:
    """Refuse at once what a local Ray can never place; a cluster may still grow."""
    if settings.cluster.address or "RAY_ADDRESS" in os.environ:
        return
    import ray

    has: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    train_settings = settings.train
    for name, each in (("CPU", train_settings.cpus_per_worker), ("GPU", train_settings.gpus_per_worker)):
        needed, there = each * train_settings.workers, has.get(name, 0)
        if needed > there:
            raise ConfigError(
                f"train.workers = {train_settings.workers} with {each:g} {name}s each need {needed:g}, "
                f"and this machine has {there:g}",
                f"lower train.workers or train.{name.lower()}s_per_worker, or give cluster.address",
            )
