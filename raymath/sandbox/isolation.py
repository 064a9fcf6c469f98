"""What holds a program on this machine, found out by trying, and what does not.

    level, missing = probe()

Levels, from most to least: ``full``, ``strong``, ``basic``, ``process``, ``none``. This engine reaches ``process``:
a process of its own with limits, that inherits nothing and leaves nothing behind.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from raymath.errors import MachineError
from raymath.sandbox.engine import ISOLATION, run

# Each line the program prints names something that it could reach and should not.
_ATTEMPTS = """
import os, socket
try:
    open("/etc/passwd").read()
    print("files: a program can read what this user can read")
except OSError:
    pass
try:
    open("/proc/1/status").read()
    print("process list: a program can see the machine's other processes")
except OSError:
    pass
if os.getpid() > 9:
    print("process table: no process namespace, so a hostile program could signal this user's processes")
if len(socket.if_nameindex()) > 1:
    print("network: a program can open connections")
print("system calls: none is forbidden")
"""


class Probe(NamedTuple):
    """``level``: the isolation's name; ``missing``: one sentence for each thing that a better level would hold."""

    level: str
    missing: tuple[str, ...]


def probe() -> Probe:
    """Run a program that tries what it should not be able to do (about 0.1 s).

    Raises:
        MachineError: not even a harmless program runs.
    """
    tried = run(_ATTEMPTS, timeout_s=30)
    if tried.status != "ok":
        why = tried.error.message if tried.error else tried.status
        raise MachineError(
            f"the sandbox cannot run a program here: {why}", "free some memory or processes and try again"
        )
    return Probe(ISOLATION, tuple(tried.stdout.splitlines()))


@functools.cache
def isolation_level() -> str:
    """The level of `probe`, found out once a process."""
    return probe().level
