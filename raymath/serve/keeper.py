"""Ends an engine's processes with the one that started them, also where that one is killed.

    keeper = Keeper(pids)       # of the engine
    keeper.release()            # they have ended: nothing is left to do

vLLM ends its processes when it is shut down, and a replica that is killed shuts nothing down: its engine would keep its
memory, and its GPU, for ever. The keeper is a small process of its own that reads from a pipe; when the other end
closes without a word, its holder is dead. What they leave in shared memory goes too: semaphores that they had mapped
when the keeper began, and the note of Intel's OpenMP.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

# A number can be another process's by then: the time of its start, in ticks since the machine's, tells.
_WATCH = """
import json, os, signal, sys
def began(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            state, *others = file.read().rpartition(")")[2].split()
        return "" if state in "ZX" else others[18]
    except OSError:
        return ""
released = sys.stdin.buffer.read()
for pid, at, shared in json.loads(sys.argv[1]):
    now = began(pid)
    if now and (released or now != at):
        continue
    if now:
        os.kill(pid, signal.SIGKILL)
    for path in shared:
        try:
            os.unlink(path)
        except OSError:
            pass
"""


class Keeper:
    """Watches this process on behalf of others.

    Args:
        pids: the processes that are to end with this one.
    """

    def __init__(self, pids: Collection[int]) -> None:
        kept = json.dumps([(pid, _began(pid), _shared(pid)) for pid in pids])
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WATCH, kept],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what is sent to the whole group of this process is not for it
        )

    def release(self) -> None:
        """Leave the processes alone, and end; calling it again does nothing."""
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            return
        with suppress(OSError):  # it has ended already
            self._process.stdin.write(b"released")
            self._process.stdin.flush()
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()


def _began(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _shared(pid: int) -> list[str]:
    """What the process would leave in shared memory if it were killed."""
    memory = Path("/dev/shm")  # noqa: S108 - read, and only what these processes made is removed
    found = [str(memory / f"__KMP_REGISTERED_LIB_{pid}_{os.getuid()}")]
    with suppress(OSError):
        maps = Path(f"/proc/{pid}/maps").read_text()
        # By inode: who made a semaphore maps it under the name that it had before it was linked to its own.
        mapped = {int(inode) for inode in re.findall(rf"(\d+) +{memory}/sem\.", maps)}
        found += [entry.path for entry in os.scandir(memory) if entry.inode() in mapped]
    return found
