"""Where the control path breaks at the size of a large cluster, with stubs in place of GPUs, engines and programs.

    python tests/benchmarks/control_path.py                              # 512 ranks, 100,000 requests in flight
    python tests/benchmarks/control_path.py --only pool --in-flight 10000 --supervisors 64

What is real: the feed as every rank opens and reads it, the sandbox pool's queue and choice of a supervisor, the
sweep's runner and its store, and once Ray Serve's handle between them. What is a stub: a supervisor answers after
20 ms, an engine after 0.5 to 1.5 s; ranks are processes of this machine. One line a measurement; `lag` is the longest
that the event loop left a waiting task alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from raymath.config import SandboxSettings
from raymath.records import Execution, Generation, Program
from raymath.rollout.generators import Request, Sampling
from raymath.rollout.runner import run
from raymath.rollout.store import Store
from raymath.sandbox.pool import SandboxPool

_ANSWER_S = 0.02
_WRITTEN = "x" * 1500
_ALL = ["feed", "pool", "handle", "sweep"]


def memory_mb() -> float:
    """Resident memory of this process now, MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


class Heartbeat:
    """Measures how late a task wakes that sleeps for 10 ms at a time."""

    def __init__(self) -> None:
        self.lag = 0.0

    async def beat(self) -> None:
        """Run until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            self.lag = max(self.lag, time.perf_counter() - before - 0.01)


@contextmanager
def timed(found: dict[str, Any]) -> Iterator[None]:
    """Wall and CPU seconds of this process, and its memory after."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    found["seconds"] = round(time.perf_counter() - wall, 2)
    found["cpu"] = round(time.process_time() - cpu, 2)
    found["memory_mb"] = round(memory_mb())


class StubSupervisor:
    """Answers like a supervisor's actor handle, without an actor."""

    def __init__(self) -> None:
        self.run = self
        self.calls = 0

    def remote(self, program: Program, _show_last: bool) -> asyncio.Future[Execution]:
        """A call on its way."""
        self.calls += 1
        answer: asyncio.Future[Execution] = asyncio.get_running_loop().create_future()
        done = Execution(status="ok", stdout="42\n", id=program.id)
        asyncio.get_running_loop().call_later(_ANSWER_S, lambda: answer.done() or answer.set_result(done))
        return answer


class StubPool(SandboxPool):
    """The pool as it is, on stubs."""

    def _start(self) -> StubSupervisor:
        return StubSupervisor()

    def close(self) -> None:
        """There is nothing to end."""


async def pool(in_flight: int, supervisors: int) -> dict[str, Any]:
    """Programs asked for all at once, on so many supervisors of eight at a time."""
    own = StubPool(SandboxSettings(parallel=8), supervisors=supervisors)
    found: dict[str, Any] = {"what": "pool", "in_flight": in_flight, "supervisors": supervisors}
    heart = Heartbeat()
    beating = asyncio.create_task(heart.beat())
    with timed(found):
        answers = await asyncio.gather(*(own.run(Program(code="print(42)")) for _ in range(in_flight)))
    beating.cancel()
    calls = [slot.actor.calls for slot in own._slots]
    assert all(answer.status == "ok" for answer in answers)
    return found | {
        "a_second": round(in_flight / found["seconds"]), "us_each": round(found["cpu"] / in_flight * 1e6, 1),
        "lag_s": round(heart.lag, 2), "least_to_most": [min(calls), max(calls)],
    }  # fmt: skip


class StubEngine:
    """A generator that takes as long as a model, and computes nothing."""

    async def generate(self, request: Request) -> Generation:
        """One answer, after half a second to one and a half."""
        await asyncio.sleep(random.uniform(0.5, 1.5))
        return request.generation(
            prompt=request.message, text=_WRITTEN, finish="stop", status="ok", rounds=1, seconds=1.0,
            prompt_tokens=200, completion_tokens=350,
        )  # fmt: skip


def requests(count: int) -> list[Request]:
    """Of one model, all different."""
    return [Request("m", "math", "tir", f"item-{n}", "What is 6 × 7?" * 20, Sampling(1024)) for n in range(count)]


async def sweep(count: int, in_flight: int, directory: Path) -> dict[str, Any]:
    """A sweep's samples through the runner into its store, then the store opened again."""
    found: dict[str, Any] = {"what": "sweep", "samples": count, "in_flight": in_flight}
    asked = requests(count)
    heart = Heartbeat()
    beating = asyncio.create_task(heart.beat())
    with timed(found), Store(directory / "generations.jsonl") as store:
        outcome = await run(asked, StubEngine(), store, concurrency=in_flight, pause_s=0)
    beating.cancel()
    assert outcome.done == count
    again: dict[str, Any] = {}
    with timed(again), Store(directory / "generations.jsonl") as store:
        assert len(store) == count
    return found | {
        "a_second": round(count / found["seconds"]), "us_each": round(found["cpu"] / count * 1e6, 1),
        "lag_s": round(heart.lag, 2), "open_again_s": again["seconds"],
    }  # fmt: skip


class StubReplica:
    """A replica that answers as long as a model, and computes nothing."""

    async def solve(self, message: str, *_how: Any) -> dict[str, Any]:
        """One answer, after half a second to one and a half."""
        await asyncio.sleep(random.uniform(0.5, 1.5))
        words = {"prompt": message, "text": _WRITTEN, "finish": "stop", "status": "ok", "rounds": 1, "seconds": 1.0}
        return words | {"prompt_tokens": 200, "completion_tokens": 350}


def handle(samples: int, in_flight: int, directory: Path) -> dict[str, Any]:
    """The same through Ray Serve: one process asks four replicas of a stub, by the handle that sweeps use."""
    import ray
    from ray import serve

    from raymath.rollout.generators import ServeGenerator

    ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    found: dict[str, Any] = {"what": "handle", "samples": samples, "in_flight": in_flight}
    try:
        own: Any = serve.deployment(
            StubReplica, num_replicas=4, max_ongoing_requests=in_flight, ray_actor_options={"num_cpus": 0.1}
        )
        serve.start(proxy_location="Disabled", logging_config={"log_level": "WARNING", "enable_access_log": False})
        generator = ServeGenerator(serve.run(own.bind(), name="stub", route_prefix=None))
        with Store(directory / "asked.jsonl") as store, timed(found):
            outcome = asyncio.run(run(requests(samples), generator, store, concurrency=in_flight, pause_s=1))
        lost = len(outcome.lost)
    finally:
        ray.shutdown()
    each = round(found["cpu"] / samples * 1e6, 1)
    return found | {"a_second": round(samples / found["seconds"]), "us_each": each, "lost": lost}


def made_feed(directory: Path, examples: int) -> Path:
    """Token shards without the files that are mapped: as a copy of a run's data has them."""
    import shutil
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
    from data_makers import write_shards

    rng = random.Random(0)
    made = write_shards(directory / "data", [rng.randint(50, 800) for _ in range(examples)], context=4096)
    shutil.rmtree(made / "flat", ignore_errors=True)
    return Path(made)


def _rank(directory: str, rank: int, ranks: int, steps: int, gate: Any, told: Any) -> None:
    from raymath.data.feed import Feed

    gate.wait()
    began = time.perf_counter()
    feed = Feed.open(directory, batch=ranks, seed=0)
    opened = time.perf_counter() - began
    began = time.process_time()
    tokens = 0
    for step in range(steps):
        for index in feed.global_batch(step)[rank::ranks]:
            tokens += feed.pack(index).input_ids.size
    io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    told.put((opened, (time.process_time() - began) / steps, int(io["wchar"]), tokens, feed.batch_hash(0)))


def feed(ranks: int, examples: int, directory: Path) -> dict[str, Any]:
    """All ranks open the same data at once, none of the mapped files made yet, and read their packs of 20 steps."""
    data = made_feed(directory, examples)
    tokens = sum(file.stat().st_size for file in (data / "tokens").iterdir())
    found: dict[str, Any] = {
        "what": "feed",
        "ranks": ranks,
        "examples": examples,
        "shards_mb": round(tokens / 2**20, 1),
    }
    processes = multiprocessing.get_context("fork")
    gate, told = processes.Event(), processes.Queue()
    group = [processes.Process(target=_rank, args=(str(data), rank, ranks, 20, gate, told)) for rank in range(ranks)]
    for one in group:
        one.start()
    began = time.perf_counter()
    gate.set()
    answers = [told.get(timeout=800) for _ in group]
    for one in group:
        one.join()
    assert len({answer[4] for answer in answers}) == 1, "ranks disagree about a step"
    return found | {
        "seconds": round(time.perf_counter() - began, 2),
        "open_s": [round(min(a[0] for a in answers), 2), round(max(a[0] for a in answers), 2)],
        "ms_a_step": round(sum(a[1] for a in answers) / ranks * 1000, 3),
        "written_mb": round(sum(a[2] for a in answers) / 2**20, 1),
    }


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=_ALL, default=_ALL)
    parser.add_argument("--ranks", type=int, default=512)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--in-flight", type=int, default=100_000)
    parser.add_argument("--supervisors", type=int, default=512)
    parser.add_argument("--asked", type=int, default=6_000, help="samples through Ray Serve")
    parser.add_argument("--handle-in-flight", type=int, default=2_000)
    parser.add_argument("--samples", type=int, default=200_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        runs: dict[str, Callable[[], dict[str, Any]]] = {
            "feed": lambda: feed(given.ranks, given.examples, Path(made)),
            "pool": lambda: asyncio.run(pool(given.in_flight, given.supervisors)),
            "handle": lambda: handle(given.asked, given.handle_in_flight, Path(made)),
            "sweep": lambda: asyncio.run(sweep(given.samples, given.in_flight, Path(made))),
        }
        for name in given.only:
            print(json.dumps(runs[name]()), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
