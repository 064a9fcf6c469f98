"""The measurements of `sandbox_speed.py`, each run in a process of its own that prints its numbers.

    python tests/benchmarks/sandbox_measurements.py "ours batch"

Ours are taken after `warm`, whose cost is counted apart; the pool's parent has imported its libraries before the clock
starts. What the pool does for every batch (forking its workers, ending them) is part of the batch, as it is for its
users. CPU time is that of the whole tree: see `sandbox_programs.tree_cpu_s`. What the numbers mean is left to
`sandbox_speed.py`.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import sandbox_peers as peers
from sandbox_programs import Row, load_rows, of_kind, percentile, right, spread, tree_cpu_s

Numbers = dict[str, float]
#: Programs in, right or not out.
Batch = Callable[[Sequence[Row]], list[bool]]

#: CPUs a measurement is pinned to, and programs that run at once on each side.
CPUS = peers.WORKERS
#: Single calls in a measurement.
ARITHMETIC, SYMPY = 200, 60
BATCHES, BATCH = 20, 16
#: Programs for `python -c`; ours take so few milliseconds that they run several times.
SAMPLE, SAMPLE_PASSES = 60, 5
#: When the parent started this process: time.monotonic(), which all processes of a machine share.
BEGAN = "RAYMATH_BENCHMARK_BEGAN"


def ours_batch() -> Numbers:
    started = _warm()
    return _measured(_without_hangs(), _run_batch) | started


def peer_batch() -> Numbers:
    peers.prepare()
    return _measured(_without_hangs(), _pebble)


def ours_hangs() -> Numbers:
    _warm()
    clean, rows = _as_they_come(_without_hangs()), load_rows()
    numbers = _with_hangs(rows, _as_they_come(rows), clean)
    began = time.monotonic()
    _run_batch(rows)
    return numbers | {"in_order_s": time.monotonic() - began}


def peer_hangs() -> Numbers:
    peers.prepare()
    clean, rows = _pebble_as_they_come(_without_hangs()), load_rows()
    began = time.monotonic()
    answers = _pebble_as_they_come(rows)
    return _with_hangs(rows, answers, clean) | {"in_order_s": time.monotonic() - began}


def ours_single() -> Numbers:
    from raymath.sandbox import run

    _warm()
    return _calls(lambda row: _right(row, run(row.code, timeout_s=row.timeout_s)))


def peer_single() -> Numbers:
    peers.prepare()
    return _calls(lambda row: _pebble([row])[0])


def ours_ray() -> Numbers:
    from raymath.config import ClusterSettings, SandboxSettings
    from raymath.records import Program
    from raymath.session import ray_session

    def main() -> Numbers:
        from raymath.sandbox.pool import SandboxPool  # imports ray, which reads the session's environment

        with asyncio.Runner() as runner:

            async def start() -> SandboxPool:
                return SandboxPool(SandboxSettings(parallel=CPUS))

            pool = runner.run(start())

            def one(row: Row) -> bool:
                return _right(row, runner.run(pool.run(Program(code=row.code, timeout_s=row.timeout_s))))

            try:
                # The supervisor starts its zygotes as programs ask for them, and fills caches for some seconds more.
                for kind in ("arith", "sympy", "heavy"):
                    one(_kind(kind)[0])
                time.sleep(8)
                return _calls(one)
            finally:
                pool.close()

    with ray_session(ClusterSettings()):
        return main()


def ours_stream() -> Numbers:
    _warm()
    return _batches(_run_batch)


def peer_stream() -> Numbers:
    peers.prepare()
    return _batches(_pebble)


def ours_python_c() -> Numbers:
    _warm()
    return _sampled(_run_batch, SAMPLE_PASSES)


def peer_python_c() -> Numbers:
    return _sampled(_python_c, 1)


def ours_start(kind: str) -> Numbers:
    from raymath.sandbox import run

    return _first(kind, lambda row: _right(row, run(row.code, timeout_s=row.timeout_s)))


def peer_start(kind: str) -> Numbers:
    def first(row: Row) -> bool:
        peers.prepare()
        return _pebble([row])[0]

    return _first(kind, first)


STARTS = ("arith", "sympy", "heavy")
MEASUREMENTS: dict[str, Callable[[], Numbers]] = {
    "ours batch": ours_batch,
    "peer batch": peer_batch,
    "ours hangs": ours_hangs,
    "peer hangs": peer_hangs,
    "ours single": ours_single,
    "peer single": peer_single,
    "ours ray": ours_ray,
    "ours stream": ours_stream,
    "peer stream": peer_stream,
    "ours python-c": ours_python_c,
    "peer python-c": peer_python_c,
}
MEASUREMENTS |= {f"ours start-{kind}": functools.partial(ours_start, kind) for kind in STARTS}
MEASUREMENTS |= {f"peer start-{kind}": functools.partial(peer_start, kind) for kind in STARTS}


# Running programs: ours, the pool's, python -c's.


def _warm() -> Numbers:
    from raymath.sandbox import warm

    began, cpu = time.monotonic(), tree_cpu_s()
    warm("bare", "sympy", "scipy")
    return {"start_s": time.monotonic() - began, "start_cpu_s": tree_cpu_s() - cpu}


def _run_batch(rows: Sequence[Row]) -> list[bool]:
    from raymath.records import Program
    from raymath.sandbox import run_batch

    programs = [Program(code=row.code, timeout_s=row.timeout_s, id=row.id) for row in rows]
    done = list(run_batch(programs, parallel=CPUS))
    return [each.id == row.id and _right(row, each) for row, each in zip(rows, done, strict=True)]


def _as_they_come(rows: Sequence[Row]) -> list[tuple[bool, float]]:
    """All handed in at once: right or not, and seconds until it came. `run_async` has one place for each CPU."""
    from raymath.sandbox import run_async

    async def one(row: Row, began: float) -> tuple[bool, float]:
        done = await run_async(row.code, timeout_s=row.timeout_s, id=row.id)
        at = time.monotonic() - began
        return _right(row, done), at

    async def main() -> list[tuple[bool, float]]:
        began = time.monotonic()
        return await asyncio.gather(*(one(row, began) for row in rows))

    return asyncio.run(main())


def _pebble(rows: Sequence[Row]) -> list[bool]:
    return [_answered(row, answer) for row, answer in zip(rows, peers.with_pebble(rows), strict=True)]


def _pebble_as_they_come(rows: Sequence[Row]) -> list[tuple[bool, float]]:
    began = time.monotonic()
    answers = peers.with_pebble(rows)
    return [(_answered(row, answer), answer.at - began) for row, answer in zip(rows, answers, strict=True)]


def _python_c(rows: Sequence[Row]) -> list[bool]:
    return [_answered(row, answer) for row, answer in zip(rows, peers.with_python_c(rows), strict=True)]


def _right(row: Row, done: Any) -> bool:
    error = f"{done.error.type}: {done.error.message}" if done.error else ""
    good = right(row, done.status, done.stdout, error)
    if not good:
        print(f"{row.id}: {done.status}, {error!r}, {done.stdout[:200]!r}", file=sys.stderr)
    return good


def _answered(row: Row, answer: peers.Answer) -> bool:
    return right(row, answer.status, answer.stdout, answer.error)


# Shapes of measurements, the same for both sides.


def _kind(kind: str) -> list[Row]:
    return of_kind(load_rows(), kind)


def _without_hangs() -> list[Row]:
    return of_kind(load_rows(), "arith", "sympy", "heavy", "error")


def _measured(rows: Sequence[Row], batch: Batch) -> Numbers:
    began, cpu = time.monotonic(), tree_cpu_s()
    good = batch(rows)
    seconds, cpu_s = time.monotonic() - began, tree_cpu_s() - cpu
    errors = [ok for row, ok in zip(rows, good, strict=True) if row.kind == "error"]
    return {
        "programs": len(rows),
        "wall_s": seconds,
        "cpu_ms": 1000 * cpu_s / len(rows),
        "wrong_outputs": len(rows) - len(errors) - (sum(good) - sum(errors)),
        "all_outputs": len(rows) - len(errors),
        "wrong_errors": len(errors) - sum(errors),
        "all_errors": len(errors),
    }


def _with_hangs(
    rows: Sequence[Row], answers: Sequence[tuple[bool, float]], clean: Sequence[tuple[bool, float]]
) -> Numbers:
    others = [answer for row, answer in zip(rows, answers, strict=True) if row.kind != "hang"]
    others_s, clean_s = (max(at for _, at in some) for some in (others, clean))
    return {
        "clean_s": clean_s,
        "others_s": others_s,
        "times": others_s / clean_s,
        "all_s": max(at for _, at in answers),
        "wrong": sum(not ok for ok, _ in (*answers, *clean)),
    }


def _calls(one: Callable[[Row], bool]) -> Numbers:
    numbers: Numbers = {"wrong": 0}
    for kind, count in (("arith", ARITHMETIC), ("sympy", SYMPY)):
        rows = spread(_kind(kind), count)
        one(rows[0])
        times = []
        for row in rows:
            began = time.perf_counter()
            good = one(row)
            times.append(1000 * (time.perf_counter() - began))
            numbers["wrong"] += not good
        numbers |= {f"{kind}_p50_ms": percentile(times, 0.5), f"{kind}_p95_ms": percentile(times, 0.95)}
    return numbers


def _batches(batch: Batch) -> Numbers:
    rows = _without_hangs()[: BATCHES * BATCH]
    began, wrong = time.monotonic(), 0
    for at in range(0, len(rows), BATCH):
        wrong += BATCH - sum(batch(rows[at : at + BATCH]))
    return {"wall_s": time.monotonic() - began, "wrong": wrong}


def _sampled(batch: Batch, passes: int) -> Numbers:
    sample = spread(_without_hangs(), SAMPLE) * passes
    began, cpu = time.monotonic(), tree_cpu_s()
    wrong = len(sample) - sum(batch(sample))
    seconds, cpu_s = time.monotonic() - began, tree_cpu_s() - cpu
    return {"wall_ms": 1000 * seconds / len(sample), "cpu_ms": 1000 * cpu_s / len(sample), "wrong": wrong}


def _first(kind: str, one: Callable[[Row], bool]) -> Numbers:
    row = _kind(kind)[0]
    began = time.monotonic()
    good = one(row)
    ended = time.monotonic()
    since = float(os.environ.get(BEGAN, began))
    return {"call_s": ended - began, "process_s": ended - since, "wrong": not good}


def main() -> None:
    """Take the measurement that is named, and print its numbers as the last line."""
    name = sys.argv[1]
    if name != "ours ray":  # Ray's own processes need room beside
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CPUS])
    numbers = MEASUREMENTS[name]()
    print(f"\n{json.dumps(numbers | {'tree_cpu_s': tree_cpu_s()})}")


if __name__ == "__main__":
    main()
