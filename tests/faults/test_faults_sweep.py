"""A sweep whose replica, sandbox and driver are killed on the way has the items of one that nothing disturbed.

Two models × four benchmarks × two modes × 50 items. The model writes programs (`tool_model`), so that a sandbox is
there to be killed. An item that was interrupted may differ in text, as greedy decoding depends on the batch: what was
finished may not, by a byte.
"""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from by_heart import EXAMPLE
from commands import left, start
from serve.conftest import tool_model

from raymath.rollout.store import read

__all__ = ["tool_model"]

ITEMS = 50
MODELS, BENCHMARKS, MODES = ("one", "two"), ("a", "b", "c", "d"), ("cot", "tir")
KEYS = {
    (model, benchmark, mode, str(n), 0)
    for model, benchmark, mode, n in itertools.product(MODELS, BENCHMARKS, MODES, range(ITEMS))
}
PATIENCE_S = 1500.0


def sweep(directory: Path, model: Path) -> Path:
    """The sweep's file, and its benchmarks beside it."""
    lines = [
        'name = "drill"',
        f'data.root = "{directory}"',
        "cluster.cpus = 4",
        "sandbox.allow_unisolated = true",
        "[serve]",
        "port = 0",
        "max_model_len = 768",
        "kv_cache_gb = 0.25",
        "cpus_per_replica = 0.5",
        "[eval]",
        f"modes = {json.dumps(MODES)}",
        "max_tokens = 256",
        "concurrency = 8",
    ]
    for name in MODELS:
        lines += [f"[eval.models.{name}]", f'model = "{model}"']
    for name in BENCHMARKS:
        # All ask what the model has learnt by heart: to other questions it writes no program.
        rows = [{"id": str(n), "question": EXAMPLE.question, "answer": "43"} for n in range(ITEMS)]
        (directory / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        lines += [f"[eval.benchmarks.{name}]", 'adapter = "jsonl"', f'path = "{name}.jsonl"']
    file = directory / "drill.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


class Drill:
    """A sweep under way."""

    def __init__(self, directory: Path, *args: str) -> None:
        self.runs = directory / "runs"
        # The marks tell one command's processes from another's.
        self.mark = directory / f"mark-{time.monotonic_ns()}"
        self.process = start(self.mark, "eval", *args, "--runs", str(self.runs))

    @property
    def generations(self) -> Path:
        (run,) = self.runs.iterdir()
        return run / "eval" / "generations.jsonl"

    def reach(self, count: int) -> None:
        """Wait until so many samples are on disk."""
        self.until(lambda: self.runs.is_dir() and any(self.runs.iterdir()) and done(self.generations) >= count)

    def find(self, which: Callable[[psutil.Process], bool]) -> psutil.Process:
        """A process of the sweep."""
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [one for one in left(self.mark) for one in (one, *children(one)) if suits(one, which)]
            return bool(found)

        self.until(look)
        return found[0]

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if self.process.poll() is not None:
                raise AssertionError(f"it ended early: {self.process.communicate()}")
            assert time.monotonic() < deadline
            time.sleep(0.1)


def children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def suits(process: psutil.Process, which: Callable[[psutil.Process], bool]) -> bool:
    try:
        return which(process)
    except psutil.Error:
        return False


def done(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def is_replica(process: psutil.Process) -> bool:
    line = " ".join(process.cmdline())  # empty of one that has ended
    return line.startswith("ray::ServeReplica") and "model:" in line


def is_sandbox(process: psutil.Process) -> bool:
    """The root of the processes that programs are forked from; its environment is its own."""
    parent = process.parent()
    return parent is not None and is_replica(parent) and "raymath.sandbox.zygote" in " ".join(process.cmdline())


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_sweep_with_a_replica_a_sandbox_and_the_driver_killed(tmp_path: Path, tool_model: Path) -> None:
    drill = Drill(tmp_path, str(sweep(tmp_path, tool_model)))
    killed: list[psutil.Process] = []
    try:
        drill.reach(len(KEYS) // 10)
        killed.append(drill.find(is_replica))
        killed[0].kill()
        drill.reach(len(KEYS) // 3)
        killed.append(drill.find(is_sandbox))
        killed[1].kill()
        drill.reach(len(KEYS) // 2)
        drill.process.send_signal(signal.SIGKILL)
        assert drill.process.wait() == -signal.SIGKILL
    finally:
        drill.process.kill()
        drill.process.communicate()
    assert not any(process.is_running() for process in killed)
    wait_for_the_end_of(drill)
    finished = drill.generations.read_bytes()
    finished = finished[: finished.rfind(b"\n") + 1]
    assert len(KEYS) // 2 <= finished.count(b"\n") < len(KEYS)
    assert done(drill.generations.with_name("generations.jsonl.lost")) > 0, "no kill came while anything was asked"

    again = Drill(tmp_path, "--resume", str(drill.generations.parents[1]))
    out, err = again.process.communicate(timeout=PATIENCE_S)
    assert again.process.returncode == 0, err
    generations = list(read(drill.generations))
    assert drill.generations.read_bytes().startswith(finished)
    assert len(generations) == len(KEYS)
    assert {one.key for one in generations} == KEYS
    assert {one.asked for one in generations} == set(json.loads(drill.generations.with_name("asked.json").read_text()))
    assert any(one.executions for one in generations if one.mode == "tir"), "no program ran"
    rows = [json.loads(line) for line in drill.generations.with_name("scores.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows] == ["scored"] * len(KEYS)
    assert Path(out.splitlines()[-1]).name == "report.md"


def wait_for_the_end_of(drill: Drill) -> None:
    """Ray's processes end with the driver that started them; what hangs is ended here."""
    deadline = time.monotonic() + 60
    while found := left(drill.mark):
        if time.monotonic() > deadline:
            for process in found:
                process.kill()
        time.sleep(0.5)
