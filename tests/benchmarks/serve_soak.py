"""Half an hour at steady load, with clients that leave and replicas that are killed: is all right, and memory flat?

    python tests/benchmarks/serve_soak.py                               # 30 minutes; exit status 1 on any difference
    python tests/benchmarks/serve_soak.py --minutes 2 --kill-every 1    # does it run?

A tiny model that writes one tool-integrated solution by heart, two replicas of it, `--clients` clients that ask all
the time (half of them try again what was refused or lost; see `tests/faults/load.py`), and `--leavers` that leave
their streams at a random moment. Every `--kill-every` minutes a replica is killed. Memory is the sum of the private
memory of each kind of process, looked at every ten seconds while both replicas answer: the median of the last quarter
may be 10 % or 20 MiB over that of the second.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import psutil

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]
#: What the command line of each kind of process begins with or holds.
KINDS = {
    "proxy": "ProxyActor",
    "controller": "ServeController",
    "gateway": "ServeReplica:raymath:gateway",
    "replicas": "ServeReplica:raymath:model",
    "engines": "VLLM::",
    "sandboxes": "raymath.sandbox.zygote",
}
LOOK_EVERY_S = 10.0


def memory() -> dict[str, float]:
    """MiB of each kind of process below this one."""
    sums: dict[str, float] = defaultdict(float)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            kind = next((kind for kind, part in KINDS.items() if part in line), None)
            if kind is not None:
                sums[kind] += process.memory_full_info().uss / 2**20
    return dict(sums)


def leave(url: str, model: str, stop: threading.Event, left: list[int], seed: int) -> None:
    """Begin streams and leave them after a random number of events."""
    draw = random.Random(seed)
    body = {"model": model, "messages": [{"role": "user", "content": "6 times 7?"}], "max_tokens": 256}
    while not stop.is_set():
        events = draw.randrange(60)
        try:
            with httpx.stream("POST", url, json=body | {"temperature": 0, "stream": True}, timeout=300) as answer:
                for _, _line in zip(range(events), answer.iter_lines(), strict=False):
                    pass
            left[0] += 1
        except httpx.TransportError:
            time.sleep(1)  # a proxy or replica that is being replaced: the others count these
        time.sleep(draw.random())


def soak(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    from by_heart import EXAMPLE, learn, transcript
    from conftest import tiny_model
    from load import Load

    from raymath.config import load
    from raymath.serve.deploy import deploy

    factory = type("Factory", (), {"mktemp": staticmethod(lambda name: _made(folder / name))})
    model = learn(tiny_model.__wrapped__(factory), [EXAMPLE], folder / "model")
    own = ["serve.port=0", "serve.max_model_len=768", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]
    own += ["serve.min_replicas=2", "serve.max_replicas=2"]
    seen: list[dict[str, float]] = []
    killed, left, stop = 0, [0], threading.Event()
    with deploy({"m": str(model)}, load(None, own)) as deployment:
        asking = Load(deployment.url, "m:tir", {transcript(model, EXAMPLE)}, clients=chosen.clients)
        url = f"{deployment.url}/v1/chat/completions"
        leavers = [
            threading.Thread(target=leave, args=(url, "m:tir", stop, left, n), daemon=True)
            for n in range(chosen.leavers)
        ]
        for thread in leavers:
            thread.start()
        began = time.monotonic()
        with asking.running():
            while (now := time.monotonic() - began) < 60 * chosen.minutes:
                if now > 60 * chosen.kill_every * (killed + 1):
                    random.choice(_replicas()).kill()
                    killed += 1
                    say(f"{now / 60:.1f} min: a replica was killed; {dict(asking.ended)}")
                    time.sleep(LOOK_EVERY_S)
                if len(_replicas()) == 2 and (looked := memory()).get("engines"):
                    seen.append(looked | {"minute": round(now / 60, 2)})
                time.sleep(LOOK_EVERY_S)
            stop.set()
        for thread in leavers:
            thread.join(300)
    return {
        "minutes": chosen.minutes,
        "killed": killed,
        "ended": dict(asking.ended),
        "tried_again": asking.tried_again,
        "wrong": asking.wrong,
        "left": left[0],
        "memory": seen,
    }


def grown(seen: list[dict[str, float]]) -> dict[str, tuple[float, float, bool]]:
    """Of each kind: MiB in the second quarter, in the last one, and whether that is flat."""
    quarter = len(seen) // 4
    table = {}
    for kind in KINDS:
        numbers = [looked.get(kind, 0.0) for looked in seen]
        if quarter and any(numbers):
            before = statistics.median(numbers[quarter : 2 * quarter])
            after = statistics.median(numbers[-quarter:])
            table[kind] = (before, after, after <= max(1.1 * before, before + 20))
    return table


def _replicas() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if KINDS["replicas"] in " ".join(process.cmdline()):
                found.append(process)
    return found


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kill-every", type=float, default=5, help="minutes")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--leavers", type=int, default=4)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    from raymath.config import load
    from raymath.session import ray_session

    with tempfile.TemporaryDirectory() as folder, ray_session(load(None, ["cluster.cpus=4"]).cluster):
        told = soak(chosen, Path(folder))
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1))
    print({name: value for name, value in told.items() if name != "memory"})
    table = grown(told["memory"])
    for kind, (before, after, flat) in table.items():
        print(f"{kind}: {before:.0f} → {after:.0f} MiB{'' if flat else ': grown'}")
    whole = not told["wrong"] and told["ended"].get("right", 0) > 0
    return int(not whole or not all(flat for _, _, flat in table.values()))


if __name__ == "__main__":
    sys.exit(main())
