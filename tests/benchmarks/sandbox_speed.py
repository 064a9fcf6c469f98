"""How fast the sandbox is, beside what it replaces. Prints one markdown table; exits with 1 if a target is missed.

    python tests/benchmarks/sandbox_speed.py [--only batch hangs …] [--repeat 3] [--json FILE]

Measures: batch (all programs but the hangs), hangs (with them), single (one call at a time), ray (the same through the
Ray pool), stream (batches of 16 arriving one after another), python-c (a new interpreter for each), start (of a worker,
to its first result). Every measurement is a new process, pinned to two CPUs; ours and the peer's take turns. The table
shows the median of the repeats, of wrong results and start-ups the worst. Needs `pebble`, and a machine that does
nothing else: the line under the table says what others took of it.

How each number is taken: `sandbox_measurements.py`. The peers: `sandbox_peers.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sandbox_measurements import BATCH, BATCHES, BEGAN, CPUS, MEASUREMENTS, SAMPLE, STARTS, Numbers
from sandbox_programs import load_rows, machine_cpu_s, machine_line, of_kind

#: What --only takes → its measurements.
NAMES = {name: [name] for name in ("batch", "hangs", "single", "ray", "stream", "python-c")}
NAMES["start"] = [f"start-{kind}" for kind in STARTS]
LIMIT_S = 900
#: Share of the machine that others may take before the numbers are called disturbed.
QUIET = 0.05


class Line(NamedTuple):
    """One row of the table; `met` is None where there is no target."""

    measure: str
    ours: str
    peer: str = "–"
    ratio: float | None = None
    target: str = "–"
    met: bool | None = None


class Taken:
    """The numbers of one measure, of all repeats, for both sides."""

    def __init__(self) -> None:
        self.repeats: dict[str, list[Numbers]] = {"ours": [], "peer": []}

    def median(self, side: str, key: str) -> float:
        return statistics.median(numbers[key] for numbers in self.repeats[side])

    def worst(self, side: str, key: str) -> float:
        return max(numbers[key] for numbers in self.repeats[side])

    def both(self, key: str, unit: str) -> tuple[str, str]:
        """Ours and the peer's, as text."""
        digits = 1 if unit == "ms" else 2
        ours, peer = (f"{self.median(side, key):.{digits}f} {unit}" for side in ("ours", "peer"))
        return ours, peer

    def ratio(self, key: str) -> float:
        """How many times the peer's is ours."""
        return self.median("peer", key) / self.median("ours", key)

    def faster(self, measure: str, key: str, unit: str, target: float) -> Line:
        ratio = self.ratio(key)
        return Line(measure, *self.both(key, unit), ratio, f"≥ {target:g} ×", ratio >= target)

    def right(self, measure: str = "… wrong results") -> Line:
        wrong = {side: self.worst(side, "wrong") for side in ("ours", "peer") if self.repeats[side]}
        shown = [f"{count:.0f}" for count in wrong.values()]
        return Line(measure, *shown, target="0", met=wrong["ours"] == 0)


def batch_lines(taken: Taken) -> Iterable[Line]:
    programs, cpu_ms = taken.median("ours", "programs"), taken.median("ours", "cpu_ms")
    walls = [taken.median(side, "wall_s") for side in ("ours", "peer")]
    start = [taken.median("ours", key) for key in ("start_s", "start_cpu_s")]
    yield Line("starting all three zygotes, caches filled (once a process)", f"{start[0]:.2f} s, {start[1]:.2f} CPU-s")
    yield Line(
        f"one batch of {programs:.0f} without hangs, {CPUS} workers",
        *(f"{wall:.2f} s, {programs / wall:.0f} programs/s" for wall in walls),
        ratio=walls[1] / walls[0],
        target="≥ 1.1 ×",
        met=walls[1] / walls[0] >= 1.1,
    )
    yield Line(
        "… CPU time a program, start-up apart",
        *taken.both("cpu_ms", "ms"),
        taken.ratio("cpu_ms"),
        "≤ 15 ms",
        cpu_ms <= 15,
    )
    for kind, name in (("outputs", "outputs"), ("errors", "errors (type: message)")):
        total = taken.median("ours", f"all_{kind}")
        good = [total - taken.worst(side, f"wrong_{kind}") for side in ("ours", "peer")]
        shown = [f"{each:.0f} of {total:.0f}" for each in good]
        yield Line(f"… expected {name} right", *shown, target=f"{total:.0f}", met=good[0] == total)


def hang_lines(taken: Taken) -> Iterable[Line]:
    rows = load_rows()
    hangs, times = len(of_kind(rows, "hang")), [taken.median(side, "times") for side in ("ours", "peer")]
    yield Line(
        f"all {len(rows)}, {hangs} of them hangs: the last of the others, against the batch without hangs",
        *(f"{each:.2f} ×" for each in times),
        target="≤ 1.35 ×",
        met=times[0] <= 1.35,
    )
    yield taken.faster("… until the last of the others is back", "others_s", "s", 2)
    yield taken.faster("… until all are back, each hang at its limit", "all_s", "s", 2)
    yield taken.faster("… until `run_batch`, in order, has given all", "in_order_s", "s", 2)
    yield taken.right()


def single_lines(taken: Taken) -> Iterable[Line]:
    for kind, name, target in (("arith", "arithmetic", 20), ("sympy", "sympy", 5)):
        shown = [f"{taken.median(s, f'{kind}_p50_ms'):.1f} ({taken.median(s, f'{kind}_p95_ms'):.1f}) ms" for s in SIDES]
        ratio, p50 = taken.ratio(f"{kind}_p50_ms"), taken.median("ours", f"{kind}_p50_ms")
        if kind == "arith":
            yield Line("`run()`, one call at a time, arithmetic: p50 (p95)", shown[0], target="≤ 5 ms", met=p50 <= 5)
        measure = f"`run()`, one call at a time, {name}: p50 (p95) against the pool's"
        yield Line(measure, *shown, ratio, f"≥ {target} ×", ratio >= target)
    yield taken.right()


def ray_lines(taken: Taken) -> Iterable[Line]:
    for kind, name in (("arith", "arithmetic"), ("sympy", "sympy")):
        p50, p95 = (taken.median("ours", f"{kind}_{each}_ms") for each in ("p50", "p95"))
        line = Line(f"through the Ray pool, one call at a time, {name}: p50 (p95)", f"{p50:.1f} ({p95:.1f}) ms")
        yield line if kind == "sympy" else line._replace(target="≤ 7 ms", met=p50 <= 7)
    yield taken.right()


def stream_lines(taken: Taken) -> Iterable[Line]:
    yield taken.faster(f"{BATCHES} batches of {BATCH} arriving one after another", "wall_s", "s", 5)
    yield taken.right()


def python_c_lines(taken: Taken) -> Iterable[Line]:
    measure = f"wall time a program against `python -c` ({CPUS} at a time, a sample of {SAMPLE} without hangs)"
    yield taken.faster(measure, "wall_ms", "ms", 10)
    yield Line("… CPU time a program", *taken.both("cpu_ms", "ms"), taken.ratio("cpu_ms"))
    yield taken.right()


def start_lines(taken: Taken, kind: str) -> Iterable[Line]:
    name = {"arith": "arithmetic", "sympy": "sympy", "heavy": "numpy or scipy"}[kind]
    shown = [f"{taken.worst(side, 'process_s'):.2f} s" for side in SIDES]
    met = taken.worst("ours", "process_s") <= 2
    yield Line(f"a new interpreter to its first result, {name} (worst)", *shown, None, "≤ 2 s", met)
    yield Line("… of which the call (the pool's: imports, pool and call)", *taken.both("call_s", "s"))
    yield taken.right()


SIDES = ("ours", "peer")
LINES = {
    "batch": batch_lines,
    "hangs": hang_lines,
    "single": single_lines,
    "ray": ray_lines,
    "stream": stream_lines,
    "python-c": python_c_lines,
}


def lines(name: str, taken: Taken) -> list[Line]:
    """The table's rows of one measure."""
    return list(LINES[name](taken) if name in LINES else start_lines(taken, name.removeprefix("start-")))


def table(rows: Sequence[Line]) -> str:
    """In markdown."""
    text = ["| measure | ours | peer | ratio | target | met |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:.{1 if row.ratio >= 5 else 2}f} ×"
        met = {None: "–", True: "yes", False: "**no**"}[row.met]
        text.append(f"| {row.measure} | {row.ours} | {row.peer} | {ratio} | {row.target} | {met} |")
    return "\n".join(text)


def measure(measurement: str) -> Numbers:
    """Take one measurement in a process of its own.

    Adds ``others``: the share of the machine's CPUs that processes outside of it had meanwhile.
    """
    began, busy = time.monotonic(), machine_cpu_s()
    environment = os.environ | {"PYTHONHASHSEED": "0", BEGAN: str(began)}
    command = [sys.executable, str(Path(__file__).with_name("sandbox_measurements.py")), measurement]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, timeout=LIMIT_S)
    if done.returncode:
        raise SystemExit(f"{measurement} ended with {done.returncode}")
    numbers: Numbers = json.loads(done.stdout.strip().rpartition("\n")[2])
    others_s = machine_cpu_s() - busy - numbers["tree_cpu_s"]
    share = others_s / (time.monotonic() - began) / (os.cpu_count() or 1)
    # Ray's servers have ended by then, and no process is left that counts their time.
    return numbers | {"others": 0.0 if measurement == "ours ray" else max(0.0, share)}


def main() -> int:
    """Measure, print the table; 1 if a target was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--repeat", type=int, default=3, help="measurements of each, the two sides in turn")
    parser.add_argument("--json", type=Path, help="write every number of every repeat here")
    arguments = parser.parse_args()
    from raymath.sandbox import close, isolation_level

    where = machine_line(isolation_level())
    close()
    rows: list[Line] = []
    everything: dict[str, dict[str, list[Numbers]]] = {}
    for name in [each for chosen in arguments.only for each in NAMES[chosen]]:
        taken = Taken()
        everything[name] = taken.repeats
        sides = [side for side in SIDES if f"{side} {name}" in MEASUREMENTS]
        for repeat in range(arguments.repeat):
            # Which side goes first changes, so that a machine that gets slower favours neither.
            for side in sides if repeat % 2 == 0 else reversed(sides):
                numbers = measure(f"{side} {name}")
                taken.repeats[side].append(numbers)
                disturbed = f", others took {numbers['others']:.0%} of the machine" if numbers["others"] > QUIET else ""
                print(f"{side} {name} {repeat + 1}/{arguments.repeat}{disturbed}", file=sys.stderr)
        rows += lines(name, taken)
    print(f"{where}\n\n{table(rows)}\n\n{_quiet(everything)}")
    if arguments.json:
        shown = [row._asdict() for row in rows]
        arguments.json.write_text(
            json.dumps({"machine": where, "table": shown, "repeats": everything}, indent=1) + "\n"
        )
    return int(any(row.met is False for row in rows))


def _quiet(everything: dict[str, dict[str, list[Numbers]]]) -> str:
    shares = [numbers["others"] for sides in everything.values() for side in SIDES for numbers in sides[side]]
    return (
        f"Others took {max(shares):.0%} of the machine's CPU time at most; "
        f"{sum(share > QUIET for share in shares)} of {len(shares)} measurements had more than {QUIET:.0%} taken."
    )


if __name__ == "__main__":
    sys.exit(main())
