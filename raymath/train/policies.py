"""What Ray Train's controller decides by: how many workers there are, and whether to go on after a failure.

    Trainer(job, work, torch_config=Backend(...), scaling_config=..., run_config=...).fit()
    describe(error)                     # a failure of Ray Train's in words

Beside `raymath.train.run` the only module that knows Ray Train, and the only one that reaches into its inner
classes, which its exact version is pinned for. It runs in the controller, an actor on the driver's node. What a
failure means to a user is left to `raymath.train.failures`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError
from ray.train.torch import TorchConfig, TorchTrainer
from ray.train.torch.config import _TorchBackend
from ray.train.v2._internal.exceptions import (
    InsufficientClusterResourcesError,
    WorkerGroupStartupTimeoutError,
    WorkerHealthCheckFailedError,
)
from ray.train.v2._internal.execution.context import get_train_context
from ray.train.v2._internal.execution.controller.state import ReschedulingState, RunningState
from ray.train.v2._internal.execution.failure_handling import FailureDecision, FailurePolicy
from ray.train.v2._internal.execution.scaling_policy import (
    ElasticScalingPolicy,
    NoopDecision,
    ResizeDecision,
    ScalingDecision,
)
from ray.train.v2.api.exceptions import ControllerError, PreemptionError, TrainingFailedError, WorkerGroupError

from raymath.errors import UserError
from raymath.records import to_line
from raymath.train import failures, preempt
from raymath.train.job import Job

_PAUSE_S = 0.5
_ASK_S = 5.0


class Trainer(TorchTrainer):
    """Ray's trainer with raymath's decisions.

    Args:
        job: what is trained; where `workers` is a pair, `Sizes` decides how many there are.
        work: what each worker does, given ``{"job": ...}``.
    """

    def __init__(self, job: Job, work: Callable[[dict[str, Any]], Any], **given: Any) -> None:
        super().__init__(work, train_loop_config={"job": job.model_dump(mode="json")}, **given)
        self._job = job

    def _initialize_and_run_controller(self, **given: Any) -> Any:
        given["failure_policy"] = Failures(self.run_config.failure_config, restarts(self._job))
        if isinstance(self._job.settings.workers, tuple):
            given["scaling_policy"] = Sizes(self.scaling_config, self._job.settings.sizes, self._job.stop)
        return super()._initialize_and_run_controller(**given)  # type: ignore[misc]  # of the class that ray.train picks


def restarts(job: Job) -> Path:
    """One JSON line (`failures.Restart`) for each failure that the run went on from."""
    return Path(job.out) / "logs" / "restarts.jsonl"


@dataclass
class Backend(TorchConfig):
    """Torch's process group, and workers that take SIGTERM as a notice (`preempt.listen`)."""

    stop_wait_s: float = 0

    @property
    def backend_cls(self) -> type[_Backend]:
        return _Backend


class _Backend(_TorchBackend):
    def on_start(self, worker_group: Any, backend_config: Any) -> None:
        try:
            super().on_start(worker_group, backend_config)
            # Ray runs this in the main thread, which alone may; training is in another one.
            worker_group.execute(preempt.listen, backend_config.stop_wait_s)
        except Exception:
            # Ray takes the group for started and leaves it then, with all it has reserved; so it clears it away.
            worker_group._clear_state()
            raise

    def on_shutdown(self, worker_group: Any, backend_config: Any) -> None:
        """Nothing: the processes are ended next. Leaving a group whose members are gone can take half a minute."""


def draining() -> bool:
    """Whether Ray said that a node of this worker's group is going to be taken away. In a worker only."""
    # The public function asks all workers each time.
    return get_train_context().preemption_context.preemption_info is not None


class Sizes(ElasticScalingPolicy):
    """As many workers as there is room for, of those by which the batch divides.

    It shrinks where Ray restarts after a failure. To grow, it asks the running workers to save and end: then nothing
    is done twice, and the driver starts again with more.

    Args:
        scaling_config: with the least and most of `sizes`.
        sizes: the numbers of workers to choose from, ascending.
        stop: the file to ask in.
    """

    def __init__(self, scaling_config: Any, sizes: tuple[int, ...], stop: Path) -> None:
        super().__init__(scaling_config)
        self._sizes, self._stop = sizes, stop
        self._tried = 0
        #: So many were not placed in time: others use what this policy takes for room.
        self._too_many: int | None = None
        self._looked = float("-inf")
        self._asked = False

    def largest(self, room: int) -> int:
        """The largest size that fits into room for so many workers, 0 where none does."""
        return max((n for n in self._sizes if n <= room and n < (self._too_many or n + 1)), default=0)

    def make_decision_for_non_running_worker_group(self) -> ScalingDecision:
        decision = super().make_decision_for_non_running_worker_group()
        if isinstance(decision, ResizeDecision):
            self._tried = decision.num_workers
        else:
            time.sleep(_PAUSE_S)  # the controller asks again at once
        return decision

    def make_decision_for_running_worker_group(
        self,
        worker_group_state: Any,
        worker_group_status: Any,  # noqa: ARG002
    ) -> ScalingDecision:
        self._maybe_send_resource_request()  # type: ignore[no-untyped-call]
        every, now = self.scaling_config.elastic_resize_monitor_interval_s, time.monotonic()
        if self._asked or now - max(self._looked, worker_group_state.start_time) < every:
            return NoopDecision()
        self._looked = now
        # What is free, not what there is: a run that stops to grow and then finds no room has lost time.
        free = ray._private.state.available_resources_per_node()  # type: ignore[no-untyped-call]
        there = worker_group_state.num_workers
        grown = self.largest(there + super()._count_possible_workers(_usable(free)))
        if grown > there:
            preempt.ask(self._stop, f"growing from {there} to {grown} workers")
            self._asked = True
        return NoopDecision()

    def after_controller_state_update(self, _previous_state: Any, current_state: Any) -> None:
        if isinstance(current_state, ReschedulingState):
            self._too_many = self._tried if self._tried > self._sizes[0] else None
        elif isinstance(current_state, RunningState):
            self._too_many = None

    def _count_possible_workers(self, reserved_resources: Any) -> int:
        return self.largest(super()._count_possible_workers(_usable(reserved_resources)))

    def _get_reserved_resources(self) -> Any:
        # The base's answer may be 20 s old, and a node that is gone would be waited for.
        asked = self._autoscaling_coordinator.get_reserved_resources.remote(self._requester_id, recompute=True)
        try:
            return ray.get(asked, timeout=_ASK_S)
        except RayError:
            return None


def _usable(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Without the nodes that are going to be taken away."""
    going = ray._private.state.state.get_draining_nodes()
    return {node: has for node, has in resources.items() if node not in going}


class Failures(FailurePolicy):
    """Start again, up to `max_failures` times; at once no more where the user has to change something.

    Not counted: a node that gave notice before it went, and waiting for resources.
    """

    def __init__(self, failure_config: Any, log: Path) -> None:
        super().__init__(failure_config)
        self._log = log
        self._count = 0

    def make_decision(self, training_failed_error: TrainingFailedError) -> FailureDecision:
        if users_fault(training_failed_error) is not None:
            return FailureDecision.RAISE
        if _waits(training_failed_error):
            return FailureDecision.RETRY
        number = 0
        if not _noticed(training_failed_error):
            self._count = number = self._count + 1
        limit = self.failure_config.max_failures
        if number > limit:
            return FailureDecision.RAISE
        _, what = describe(training_failed_error)
        line = failures.Restart(at=time.time(), number=number, of=limit, what=what)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{to_line(line)}\n")
        return FailureDecision.RETRY


def users_fault(error: BaseException) -> UserError | None:
    """What a worker found wrong with data, model or settings, None where it was something else."""
    if isinstance(error, WorkerGroupError):
        return next((one for one in error.worker_failures.values() if isinstance(one, UserError)), None)
    if isinstance(error, ControllerError) and isinstance(error.controller_failure, InsufficientClusterResourcesError):
        what = str(error.controller_failure).splitlines()[1]
        return UserError(f"the cluster can never hold the workers: {what}", "lower train.workers or what each needs")
    return None


def describe(error: BaseException) -> tuple[int | None, str]:
    """Rank (where it was one worker's) and reason of a failure that ended a group of workers."""
    if isinstance(error, WorkerGroupError):
        return failures.first({rank: _failure(rank, one) for rank, one in error.worker_failures.items()})
    if isinstance(error, PreemptionError):
        return None, "a node that gave notice was taken away"
    if isinstance(error, ControllerError):
        error = error.controller_failure
    lines = [line for line in str(error.__cause__ or error).strip().splitlines() if line]
    return None, f"the workers did not start: {lines[-1].strip() if lines else type(error).__name__}"


def _waits(error: TrainingFailedError) -> bool:
    return isinstance(error, ControllerError) and isinstance(error.controller_failure, WorkerGroupStartupTimeoutError)


def _noticed(error: TrainingFailedError) -> bool:
    if isinstance(error, WorkerGroupError):
        deaths = [_death(one) for one in error.worker_failures.values()]
        return any(isinstance(death, RayActorError) and death.preempted for death in deaths)
    return isinstance(error, PreemptionError)


def _death(error: BaseException) -> BaseException:
    return error.health_check_failure if isinstance(error, WorkerHealthCheckFailedError) else error


def _failure(rank: int, error: Exception) -> failures.WorkerError | failures.Died:
    if isinstance(error, failures.WorkerError):
        return error
    death = _death(error)
    text = str(death)
    if "node has died" in text or "node was terminated" in text:
        return failures.Died(rank, "its node is gone")
    if "low on memory" in text or "OUT_OF_MEMORY" in text:
        return failures.Died(rank, "its process was ended because its node ran out of memory")
    if isinstance(death, RayActorError):
        return failures.Died(rank, "its process ended (killed from outside, out of memory, or a crash)")
    return failures.Died(rank, text.strip().splitlines()[0] if text.strip() else type(death).__name__)
