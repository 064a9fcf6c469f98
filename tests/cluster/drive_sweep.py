"""A sweep on a cluster that grows and shrinks, with engines that compute nothing: python drive_sweep.py DIR FAULT.

Ray's autoscaler with its fake provider starts real nodes on this machine: a head without CPUs, up to three workers.
FAULT is ``none``, or ``kill``: a node is killed while two answer. Prints what was seen as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import ray
from ray import serve
from started import Nodes

from raymath.config import Settings, validate
from raymath.eval import benchmarks
from raymath.eval.sweep import evaluate

_GONE_S = 240.0


class Stub:
    """An engine that takes a second for an answer."""

    async def solve(self, message: str, *_how: Any) -> dict[str, Any]:
        """The same answer to everything, with the node that gave it."""
        await asyncio.sleep(1.0)
        node = ray.get_runtime_context().get_node_id()
        words = {"prompt": message, "text": f"It is \\boxed{{7}}. {node}", "finish": "stop", "status": "ok"}
        return words | {"rounds": 1, "seconds": 1.0, "prompt_tokens": 10, "completion_tokens": 10}


class Deployed:
    """One handle for every model."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def handle(self, _model: str) -> Any:
        """The stub's."""
        return self._handle


@contextmanager
def stubs(_models: Mapping[str, str], _settings: Settings, *_wanted: Any) -> Iterator[Deployed]:
    """In place of `raymath.serve.deploy`: replicas that come and go as those of models do, in seconds."""
    scaling = {"min_replicas": 0, "max_replicas": 3, "target_ongoing_requests": 2}
    own: Any = serve.deployment(
        Stub,
        autoscaling_config={**scaling, "upscale_delay_s": 1, "downscale_delay_s": 5},
        max_ongoing_requests=4,
        ray_actor_options={"num_cpus": 1},
        health_check_period_s=2,
    )
    serve.start(proxy_location="Disabled")
    yield Deployed(serve.run(own.bind(), name="stub", route_prefix=None))
    serve.delete("stub")
    serve.shutdown()


def workers() -> list[dict[str, Any]]:
    """The nodes that have CPUs."""
    return [one for one in ray.nodes() if one["Alive"] and one["Resources"].get("CPU")]


def kill_one(generations: Path) -> None:
    """Kill a node once two are there and answers have come."""
    while len(workers()) < 2 or not generations.exists() or generations.stat().st_size < 4000:
        time.sleep(0.2)
    port = workers()[0]["NodeManagerPort"]
    raylets = [one for one in psutil.process_iter(["name"]) if one.info["name"] == "raylet"]
    for process in raylets:
        if any(one.laddr.port == port and one.status == "LISTEN" for one in process.net_connections()):
            process.kill()
            return
    raise AssertionError("the node's process was not found")


def main() -> None:
    """See the module."""
    out, fault = Path(sys.argv[1]), sys.argv[2]
    with Nodes(dict(os.environ)) as nodes:
        nodes.growing_head(out, most=3)
        nodes.ready(cpus=0)
        ray.init(address=nodes.address, log_to_driver=False, logging_level="ERROR")
        try:
            sweep(out, fault)
        finally:
            ray.shutdown()


def sweep(out: Path, fault: str) -> None:
    """The sweep, watched, on the Ray that is connected."""
    seen: list[tuple[float, int]] = []
    done, killed = threading.Event(), threading.Event()
    began = time.monotonic()

    def watch() -> None:
        while not done.wait(0.5):
            seen.append((time.monotonic() - began, len(workers())))

    def kill() -> None:
        kill_one(out / "generations.jsonl")
        killed.set()

    threading.Thread(target=watch, daemon=True).start()
    if fault == "kill":
        threading.Thread(target=kill, daemon=True).start()
    asked = {"benchmarks": {"sample": {"adapter": "sample"}}, "modes": ["cot", "tir"], "concurrency": 24}
    settings = validate({"eval": asked}, "the drill")
    items, _ = benchmarks.load_all(settings)
    results = evaluate({"stub": "/nowhere"}, items, settings, out, deploy=stubs, pause_s=1)
    ended = time.monotonic()
    while workers() and time.monotonic() - ended < _GONE_S:
        time.sleep(0.5)
    done.set()
    told = {"samples": len(results.scored), "unscored": results.unscored, "nodes": seen, "left": len(workers())}
    print(json.dumps(told | {"shrunk_s": time.monotonic() - ended, "killed": killed.is_set()}))


if __name__ == "__main__":
    main()
