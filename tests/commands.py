"""`raymath` as a user runs it: a process of its own, and what is left of all that it started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

#: What our commands leave in the environment of all that they start.
MARK = "RAYMATH_TEST_MARK"


def start(mark: Path | str, *args: str, **environment: str) -> subprocess.Popen[str]:
    """A command under way; its arguments are those of `raymath`."""
    command = [sys.executable, "-m", "raymath.cli", *args]
    env = {**os.environ, MARK: str(mark), **environment}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def left(mark: Path | str) -> list[psutil.Process]:
    """What processes with this mark started and still runs."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(mark) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def left_in_shared_memory(before: set[str], patience_s: float = 20.0) -> set[str]:
    """Files that came into /dev/shm since `before` and that no living process has open: what a crash leaves."""
    deadline = time.monotonic() + patience_s
    while True:
        left = {path.name for path in Path("/dev/shm").iterdir()} - before
        left -= {name for name in left if any(name in maps for maps in _maps())}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.5)


def _maps() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "maps").read_text()
            yield " ".join(str(fd.readlink()) for fd in (process / "fd").iterdir())
        except OSError:
            continue
