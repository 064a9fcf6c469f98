"""`raymath` as a user runs it: a process of its own, and what is left of all that it started."""

from __future__ import annotations

import os
import subprocess
import sys
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
