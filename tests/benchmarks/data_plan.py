"""Plan the packs of very many lengths: time, fill, and memory that is not the mapped files' own.

    python tests/benchmarks/data_plan.py 100_000_000                   # about 4 minutes, 2 GB of disk under --directory
    python tests/benchmarks/data_plan.py 1_000_000 10_000_000 --packing random

Lengths are drawn from a log-normal distribution like that of real solutions (median 256, 30 to 4,096), written to a
file and mapped, as the feed does. Memory is the largest RssAnon of a process of its own: pages of mapped files count
in RssFile, and the system takes them back when it needs them. Then steps are looked up in the plan.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from raymath.data.flat import mapped
from raymath.data.order import Permutation
from raymath.data.packing import pack

_PIECE = 1 << 20


def anonymous_mib() -> float:
    """Memory of this process that no file backs."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


class Peak:
    """Largest `anonymous_mib`, looked at 50 times a second."""

    def __init__(self) -> None:
        self.mib, self._over = anonymous_mib(), threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.mib = max(self.mib, anonymous_mib())


def write_lengths(file: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    with file.open("wb") as out:
        for begin in range(0, count, _PIECE):
            drawn = rng.lognormal(np.log(256), 0.7, min(_PIECE, count - begin))
            out.write(np.clip(drawn, 30, 4096).astype("<i4").tobytes())


def measure(count: int, packing: str, directory: Path) -> None:
    """One line of the table; run in a process of its own."""
    before = anonymous_mib()
    peak = Peak()
    wall, cpu = time.monotonic(), time.process_time()
    packs = pack(mapped(directory / "lengths.i32", "<i4"), 4096, strategy=packing, directory=directory)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    steps = time.monotonic()
    for epoch in range(100):
        order = Permutation(len(packs), "epoch", 0, epoch)
        for index in order(np.arange(256) % len(packs)).tolist():
            packs[index].sum()
    steps = time.monotonic() - steps
    print(
        f"| {packing} | {count:,} | {len(packs):,} | {packs.fill:.2%} | {wall:.1f} | {cpu:.1f} | "
        f"{before:.0f} | {peak.mib:.0f} | {steps * 10:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts", type=int, nargs="*", default=[1_000_000, 100_000_000])
    parser.add_argument("--packing", choices=["random", "best-fit"], nargs="*", default=["random", "best-fit"])
    parser.add_argument("--directory", type=Path, help="where the files go; a temporary one where not given")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        measure(args.counts[0], args.packing[0], args.directory)
        return
    print("| packing | lengths | packs | fill | s | CPU s | MiB before | MiB peak | ms to look up a step of 256 |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for count in args.counts:
        for packing in args.packing:
            with tempfile.TemporaryDirectory(dir=args.directory) as directory:
                write_lengths(Path(directory) / "lengths.i32", count)
                own = [sys.executable, __file__, str(count), "--packing", packing, "--here", "--directory", directory]
                subprocess.run(own, check=True)


if __name__ == "__main__":
    main()
