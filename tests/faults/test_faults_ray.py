"""Training under Ray with workers, drivers and nodes that are killed: what comes out is the undisturbed run."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from drills import Drill

from raymath.errors import MachineError
from raymath.records import from_line
from raymath.train.failures import Restart
from raymath.train.run import train

MakeDrill = Callable[..., Drill]
Undisturbed = Callable[..., Any]


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Do something while the block runs; what goes wrong in it fails the test."""
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            wrong.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    thread.join(5)
    assert not wrong, wrong
    assert not thread.is_alive(), "the fault never came"


def run(drill: Drill) -> dict[str, Any]:
    return train(drill.all_settings(), drill.model, drill.feed, drill.out)


def restarts(drill: Drill) -> list[Restart]:
    file = drill.out / "logs" / "restarts.jsonl"
    return [from_line(Restart, line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.slow
@pytest.mark.usefixtures("local_ray")
def test_a_worker_killed_twice_in_a_row(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    drill = make_drill(workers=2)

    def kill() -> None:
        drill.reach(47)
        first = drill.workers()
        first[-1].kill()
        while not (fresh := {one.pid for one in drill.workers()} - {one.pid for one in first}):
            time.sleep(0.05)
        psutil.Process(max(fresh)).kill()  # it has not begun to train

    with meanwhile(kill):
        assert run(drill)["steps"] == 120
    assert drill.numbers() == undisturbed(drill, ranks=2)
    told = restarts(drill)
    assert [one.number for one in told] == [1, 2]
    assert told[0].what.startswith("worker ")
    assert "was lost: its process ended" in told[0].what


@pytest.mark.slow
@pytest.mark.usefixtures("local_ray")
def test_a_worker_killed_during_a_checkpoint(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    drill = make_drill(workers=2)
    left: list[Path] = []

    def kill() -> None:
        drill.reach(30)
        drill.in_checkpoint()
        os.kill(drill.workers()[0].pid, signal.SIGKILL)
        left.extend(drill.incomplete())

    with meanwhile(kill):
        assert run(drill)["steps"] == 120
    assert drill.numbers() == undisturbed(drill, ranks=2)
    assert drill.position() == 120
    assert not drill.incomplete()


@pytest.mark.slow
@pytest.mark.usefixtures("local_ray")
def test_given_up_it_says_what_went_first_and_where_to_look(make_drill: MakeDrill) -> None:
    drill = make_drill(workers=2, max_failures=0, steps=100_000)

    def kill() -> None:
        drill.reach(5)
        rank_1 = next(one for one in drill.workers() if one.environ().get("RANK") == "1" or _log_of(drill, 1, one))
        rank_1.kill()

    with meanwhile(kill), pytest.raises(MachineError) as caught:
        run(drill)
    assert "given up after 0 restarts: worker 1 was lost: its process ended" in caught.value.what
    assert "worker-1.log" in caught.value.fix
    assert " by peer" in (drill.out / "logs" / "worker-0.log").read_text()


def happened(drill: Drill) -> list[str]:
    """What nodes.py has done."""
    return [event["action"] for event in json.loads((drill.out.parent / "events.json").read_text())["done"]]


def _log_of(drill: Drill, rank: int, process: psutil.Process) -> bool:
    return f"process {process.pid}\n" in (drill.out / "logs" / f"worker-{rank}.log").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("local_ray")
def test_a_worker_told_to_stop_saves_and_costs_no_step(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    drill = make_drill(workers=2, checkpoint_every=1000, max_failures=0)
    saved: list[int] = []

    def tell() -> None:
        drill.reach(30)
        drill.workers()[-1].terminate()
        while not (position := drill.position()):
            time.sleep(0.01)
        saved.append(position)

    with meanwhile(tell):
        assert run(drill)["steps"] == 120
    assert 31 < saved[0] <= 120
    assert drill.numbers() == undisturbed(drill, ranks=2)
    assert restarts(drill) == []


@pytest.mark.slow
def test_a_killed_driver_is_resumed(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    drill = make_drill(workers=2)
    drill.script("drive.py")
    drill.reach(47)
    workers = drill.workers()
    assert len(workers) == 2
    assert drill.process is not None
    drill.process.kill()
    drill.process.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive, "workers outlive their driver"
    drill.script("drive.py")
    assert drill.wait() == 0
    assert drill.numbers() == undisturbed(drill, ranks=2)


@pytest.mark.slow
def test_a_driver_told_to_stop_leaves_a_checkpoint_of_its_last_step(
    make_drill: MakeDrill, undisturbed: Undisturbed
) -> None:
    # Steps long enough that a command which does not wait for one is caught.
    drill = make_drill(workers=2, checkpoint_every=1000, steps=20, batch=64)
    drill.script("drive.py")
    drill.reach(3)
    assert drill.process is not None
    drill.process.send_signal(signal.SIGTERM)
    assert drill.wait() == 130
    done = len(drill.numbers())
    assert 4 <= drill.position() == done < 20
    drill.script("drive.py")
    assert drill.wait() == 0
    assert drill.numbers() == undisturbed(drill, ranks=2)
    assert len(drill.numbers()) == 20


@pytest.mark.slow
def test_a_node_killed_and_another_in_its_place(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    """Two nodes with a worker each; one is killed, the run waits for another, and is what it would have been."""
    drill = make_drill(workers=2)
    drill.script("nodes.py", "1,1", "47:kill", "47:add", RAY_AUTH_MODE="disabled")
    assert drill.wait() == 0, drill.said()
    assert drill.numbers() == undisturbed(drill, ranks=2)
    assert happened(drill) == ["kill", "add"]
    assert len(restarts(drill)) >= 1


@pytest.mark.slow
def test_a_node_that_gives_notice_costs_no_step(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    """Three nodes, two workers; a node is drained, as clouds do: a checkpoint, and on it goes on the other two."""
    # Steps long enough that Ray, which looks every five seconds, tells the workers before the last one.
    drill = make_drill(workers=2, checkpoint_every=1000, max_failures=0, steps=150, batch=32)
    drill.script("nodes.py", "1,1,1", "30:drain", RAY_AUTH_MODE="disabled")
    assert drill.wait() == 0, drill.said()
    assert happened(drill) == ["drain"]
    assert drill.numbers() == undisturbed(drill, ranks=2)
    saved = sorted(int(path.name[5:11]) for path in drill.job.checkpoints.glob("step-*"))
    assert len(saved) == 2, "one at the notice, one at the end"
    assert 31 < saved[0] < saved[1] == 150
    # Where the node goes before Ray has seen that all workers ended, it is a restart, but no failure.
    assert all(one.number == 0 for one in restarts(drill))


@pytest.mark.slow
def test_a_lost_node_shrinks_the_run_and_a_new_one_grows_it(make_drill: MakeDrill, undisturbed: Undisturbed) -> None:
    """Two nodes, one to two workers: 2 → 1 by a kill, → 2 by a new node; the batch stays, and so do data and losses."""
    drill = make_drill(workers=[1, 2], grow_every_s=3, steps=150, batch=32, checkpoint_every=10, zero_stage=2)
    drill.script("nodes.py", "1,1", "25:kill", "60:add", RAY_AUTH_MODE="disabled")
    assert drill.wait() == 0, drill.said()
    assert happened(drill) == ["kill", "add"]
    ours, theirs = drill.numbers(), undisturbed(drill, ranks=2)
    assert [(step, data) for step, _, _, data in ours] == [(step, data) for step, _, _, data in theirs]
    assert [loss for _, loss, _, _ in ours] == pytest.approx([loss for _, loss, _, _ in theirs], abs=1e-4)
    sizes = re.findall(r"worker 0 of (\d)", (drill.out / "logs" / "worker-0.log").read_text())
    assert [size for size, _ in itertools.groupby(sizes)] == ["2", "1", "2"]
    assert "growing from 1 to 2 workers" in drill.said()
    assert len(restarts(drill)) >= 1
