"""What the sandbox benchmarks share: the programs with what is expected of them, and readings of the machine.

    rows = load_rows()
    right(row, status, stdout, error)

The programs are ``programs.jsonl`` in $RAYMATH_DATA, or in ``../shared/data`` from the checkout. Left to others:
running them (`sandbox_measurements.py`, `sandbox_soak.py`) and what they are compared with (`sandbox_peers.py`).
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Row:
    """A program of ``programs.jsonl``; ``kind`` is arith, sympy, heavy (numpy, scipy), error or hang."""

    id: str
    kind: str
    code: str
    expect_status: str
    expect_stdout: str
    expect_error: str
    timeout_s: float


def load_rows() -> list[Row]:
    """All programs, in the file's order."""
    given = os.environ.get("RAYMATH_DATA")
    path = (Path(given) if given else Path(__file__).parents[2].parent / "shared" / "data") / "programs.jsonl"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: set RAYMATH_DATA to the folder that holds programs.jsonl")
    with path.open(encoding="utf-8") as lines:
        return [Row(**json.loads(line)) for line in lines]


def of_kind(rows: Sequence[Row], *kinds: str) -> list[Row]:
    """The rows of these kinds."""
    return [row for row in rows if row.kind in kinds]


def spread(rows: Sequence[Row], count: int) -> list[Row]:
    """`count` of them at even distances, so that the mix stays; some twice where there are fewer."""
    return [rows[at * len(rows) // count] for at in range(count)]


def right(row: Row, status: str, stdout: str, error: str) -> bool:
    """Whether this is what is expected; `error` is ``type: message``, empty where there was none."""
    if status != row.expect_status or error != row.expect_error:
        return False
    # Where a program is when its time is up may differ: what it had printed by then may be there or not.
    return stdout == row.expect_stdout if row.expect_status != "timeout" else True


def tree_cpu_s() -> float:
    """User and system time of this process and all below it, ended ones included, in seconds.

    Each living process counts for itself and for the children that it has waited for. The difference of two readings is
    exact to the kernel's clock tick (10 ms) for each living process, so it is taken over a whole batch, never over one
    program. Reading it from RUSAGE_CHILDREN after closing would leave out most: the kernel reaps the processes of a PID
    namespace that ends without adding up their times.
    """
    total = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def machine_cpu_s() -> float:
    """What all processes of the machine have taken, and a hypervisor has withheld, in seconds."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    return sorted(values)[max(0, min(len(values) - 1, round(share * len(values) + 0.5) - 1))]


def machine_line(isolation: str) -> str:
    """One line that says where and when the numbers were taken."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0))
    gib = psutil.virtual_memory().total / 2**30
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"{model}, {cores} cores, {gib:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}, "
        f"{date}, isolation {isolation}, load before {os.getloadavg()[0]:.1f}"
    )
