"""Ends an engine's processes with the one that started them, also where that one is killed.

    keeper = Keeper(pids)       # of the engine
    keeper.release()            # they have ended: nothing is left to do

vLLM ends its processes when it is shut down, and a replica that is killed shuts nothing down: its engine would keep its
memory, and its GPU, for ever. The keeper is a small process of its own that reads from a pipe; when the other end
closes without a word, its holder is dead. What they leave in shared memory goes too: semaphores that they had mapped
when the keeper began, and the note of Intel's OpenMP.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

# A number can be another process's by then: the time of its start, in ticks since the machine's, tells.
_WATCH = """
import os, re, signal, sys
def began(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""
def semaphores(pid):
    try:
        with open(f"/proc/{pid}/maps") as file:
            return re.findall("/dev/shm/sem[.][^ \\n]+", file.read())
    except OSError:
        return []
processes = list(zip(sys.argv[1::2], sys.argv[2::2]))
shared = {pid: semaphores(pid) for pid, _ in processes}
released = sys.stdin.buffer.read()
for pid, at in processes:
    left = [f"/dev/shm/__KMP_REGISTERED_LIB_{pid}_{os.getuid()}"]
    if not released:
        left += shared[pid]
        if began(pid) == at:
            os.kill(int(pid), signal.SIGKILL)
    elif began(pid):
        continue
    for path in left:
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
        named = [word for pid in pids for word in (str(pid), _began(pid))]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WATCH, *named],
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
