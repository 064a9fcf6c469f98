"""The decisions of Ray Train's controller, on its own errors and states; no cluster is started."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import ActorDiedError
from ray.train import FailureConfig, ScalingConfig
from ray.train.v2._internal.exceptions import (
    InsufficientClusterResourcesError,
    WorkerGroupStartupFailedError,
    WorkerGroupStartupTimeoutError,
    WorkerHealthCheckFailedError,
)
from ray.train.v2._internal.execution.controller.state import ReschedulingState, RunningState
from ray.train.v2._internal.execution.failure_handling import FailureDecision
from ray.train.v2._internal.execution.scaling_policy import NoopDecision
from ray.train.v2.api.exceptions import ControllerError, PreemptionError, WorkerGroupError
from ray.train.v2.api.preemption import PreemptionInfo

from raymath.errors import DataError
from raymath.records import from_line
from raymath.train import policies, preempt
from raymath.train.failures import Restart, WorkerError

FOUR_NODES = {name: {"CPU": 2.0} for name in "abcd"}


@pytest.fixture
def sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> policies.Sizes:
    """Of 1 to 8 workers with a CPU each those by which 8 divides; node d is going to be taken away."""
    monkeypatch.setattr(policies, "_usable", lambda has: {node: each for node, each in has.items() if node != "d"})
    monkeypatch.setattr(policies, "_PAUSE_S", 0)
    monkeypatch.setattr(policies.Sizes, "_maybe_send_resource_request", lambda self: None)
    scaling = ScalingConfig(num_workers=(1, 8), resources_per_worker={"CPU": 1}, elastic_resize_monitor_interval_s=0)
    policy = policies.Sizes(scaling, (1, 2, 4, 8), tmp_path / "stop")
    preempt.clear(tmp_path / "stop")
    return policy


def decided(policy: policies.Sizes, monkeypatch: pytest.MonkeyPatch, reserved: Any) -> int:
    monkeypatch.setattr(policy, "_get_reserved_resources", lambda: reserved)
    decision = policy.make_decision_for_non_running_worker_group()
    return 0 if isinstance(decision, NoopDecision) else decision.num_workers


def test_the_largest_size_that_fits_and_divides(sizes: policies.Sizes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert decided(sizes, monkeypatch, FOUR_NODES) == 4, "6 CPUs on a, b and c"
    assert decided(sizes, monkeypatch, {"a": {"CPU": 3.0}}) == 2
    assert decided(sizes, monkeypatch, {"d": {"CPU": 8.0}}) == 0
    assert decided(sizes, monkeypatch, None) == 0


def test_what_cannot_be_placed_is_tried_smaller(sizes: policies.Sizes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other users of the cluster hold what it counts as room."""
    again = ReschedulingState(training_failed_error=ControllerError(WorkerGroupStartupTimeoutError(4)))
    tried = []
    for _ in range(4):
        tried.append(decided(sizes, monkeypatch, FOUR_NODES))
        sizes.after_controller_state_update(None, again)
    assert tried == [4, 2, 1, 4]
    sizes.after_controller_state_update(None, RunningState())
    assert decided(sizes, monkeypatch, FOUR_NODES) == 4


def test_to_grow_it_asks_and_only_for_what_is_free(
    sizes: policies.Sizes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free: dict[str, dict[str, float]] = {"a": {"CPU": 0.0}, "d": {"CPU": 8.0}}
    monkeypatch.setattr("ray._private.state.available_resources_per_node", lambda: free)
    state: Any = SimpleNamespace(num_workers=2, start_time=0.0)

    def look() -> str:
        decision = sizes.make_decision_for_running_worker_group(worker_group_state=state, worker_group_status=None)
        assert isinstance(decision, NoopDecision), "the workers end by themselves"
        return preempt.reason(tmp_path / "stop")

    assert look() == ""
    free["b"] = {"CPU": 1.0}
    assert look() == "", "3 workers do not divide"
    free["c"] = {"CPU": 1.0}
    assert look() == "growing from 2 to 4 workers"
    preempt.clear(tmp_path / "stop")
    assert look() == "", "it asks once"


def died(why: str = "The actor died unexpectedly before finishing this task.") -> WorkerHealthCheckFailedError:
    death = ActorDiedError()
    death.error_msg = why
    return WorkerHealthCheckFailedError("A worker health check failed.", failure=death)


@pytest.fixture
def twice(tmp_path: Path) -> policies.Failures:
    return policies.Failures(FailureConfig(max_failures=2), tmp_path / "restarts.jsonl")


def lines(tmp_path: Path) -> list[Restart]:
    return [from_line(Restart, line) for line in (tmp_path / "restarts.jsonl").read_text().splitlines()]


def test_failures_are_counted_and_kept(twice: policies.Failures, tmp_path: Path) -> None:
    lost = WorkerGroupError("", {0: WorkerError(0, "h", 1.0, "RuntimeError: closed by peer", True), 1: died()})
    started = ControllerError(WorkerGroupStartupFailedError("One of the worker actors failed to initialize"))
    assert twice.make_decision(lost) is FailureDecision.RETRY
    assert twice.make_decision(started) is FailureDecision.RETRY
    assert twice.make_decision(lost) is FailureDecision.RAISE
    assert [(line.number, line.of) for line in lines(tmp_path)] == [(1, 2), (2, 2)]
    assert lines(tmp_path)[0].what.startswith("worker 1 was lost: its process ended")
    assert "failed to initialize" in lines(tmp_path)[1].what
    gone = WorkerGroupError("", {1: died("The actor died because its node has died. Node Id: 7")})
    assert policies.describe(gone) == (1, "worker 1 was lost: its node is gone")


def test_notice_and_waiting_are_no_failures(twice: policies.Failures, tmp_path: Path) -> None:
    noticed = died()
    noticed.health_check_failure._preempted = True
    kinds = [
        PreemptionError(PreemptionInfo(deadline_ms=None, preempted_node_to_ranks={"n": [0]})),
        WorkerGroupError("", {0: noticed}),
        ControllerError(WorkerGroupStartupTimeoutError(2)),
    ]
    for error in kinds * 3:
        assert twice.make_decision(error) is FailureDecision.RETRY
    assert {line.number for line in lines(tmp_path)} == {0}
    assert lines(tmp_path)[0].what == "a node that gave notice was taken away"


def test_a_users_fault_is_not_tried_again(twice: policies.Failures, tmp_path: Path) -> None:
    fault = DataError("the data is not what the run began with", "open the data it began with")
    error = WorkerGroupError("", {0: WorkerError(0, "h", 1.0, "RuntimeError: closed by peer", True), 1: fault})
    assert twice.make_decision(error) is FailureDecision.RAISE
    assert policies.users_fault(error) is fault
    small = ControllerError(InsufficientClusterResourcesError("Insufficient cluster resources\nit requires 9 GPUs"))
    assert twice.make_decision(small) is FailureDecision.RAISE
    assert "it requires 9 GPUs" in str(policies.users_fault(small))
    assert not (tmp_path / "restarts.jsonl").exists()
