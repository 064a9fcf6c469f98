"""From how a program ended to its Execution: pure functions of what the supervisor and the zygote saw.

    execution(Ending(status=27392, started=True, stdout=b"42\n"), memory_mb=1024, isolation="full")

`raymath.sandbox.engine` collects the facts; nothing here waits, reads or kills.
"""

from __future__ import annotations

import codecs
import os
import signal
from dataclasses import dataclass

from raymath.records import Execution, ProgramError, Status

#: A program that a signal ended with this share of its memory in use is taken to have died of it.
_MEMORY_SHARE = 0.9
#: CPU seconds after which the kernel ends a program at the earliest, whatever its limit.
BACKSTOP_S = 10


@dataclass(frozen=True)
class Ending:
    """The facts of one run.

    ``codes`` are the exit codes that were drawn for it (`raymath.sandbox.program.Request`), ``sealed`` says that the
    one it left with is not of the program's own choice; ``stop`` is why the
    supervisor ended it (``timeout``, ``threads``, ``start``, ``cancel``), empty where it did not; ``status`` is the
    wait status, None where there was none to be had; ``peak_kib`` its resident memory at most; ``note`` is what the
    program's process said of its exception, which is believed only as text; ``failure`` is why nothing could be
    started.
    """

    codes: tuple[int, int, int, int] = (0, 0, 0, 0)
    sealed: bool = False
    stop: str = ""
    overflow: bool = False
    status: int | None = None
    started: bool = False
    peak_kib: int = 0
    note: bytes = b""
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    failure: str = ""

    @property
    def code(self) -> int | None:
        """The exit code that it was told to leave with, None where it ended in any other way."""
        left = self.status is not None and os.WIFEXITED(self.status) and self.sealed
        return os.WEXITSTATUS(self.status) if self.status is not None and left else None


def execution(ending: Ending, memory_mb: int, isolation: str, name: str | None = None) -> Execution:
    """The record of a run.

    Args:
        ending: what was seen of it.
        memory_mb: its memory limit, MiB.
        isolation: what held it.
        name: the Execution's id.
    """
    status, reason = judge(ending, memory_mb)
    error = None
    if status in ("error", "memory"):
        error = _noted(ending.note)
        if error is None and not reason:
            reason = (
                "it ended by an exception, and closed what its text is sent through"
                if status == "error"
                else "its limit leaves no room to start or to say more"
            )
    if error is None and reason:
        error = ProgramError(
            type={"infra": "Infrastructure", "memory": "MemoryError", "error": "Exception"}.get(status, "Killed"),
            message=reason,
            traceback="",
        )
    return Execution(
        status=status,
        stdout=_text(ending.stdout, ending.overflow),
        stderr=_text(ending.stderr, ending.overflow),
        error=error,
        seconds=ending.seconds,
        cpu_seconds=ending.cpu_seconds,
        truncated=ending.overflow,
        isolation=isolation,
        id=name,
    )


def judge(ending: Ending, memory_mb: int) -> tuple[Status, str]:
    """The status, and the reason in words where no exception gives one."""
    if ending.failure:
        return "infra", ending.failure
    if ending.overflow:
        return "output_limit", ""
    if ending.stop == "timeout":
        return "timeout", ""
    if ending.stop == "cancel":
        return "infra", "the call was cancelled"
    if ending.stop == "threads":
        return "killed", "it started too many threads"
    if not ending.started or ending.status is None:
        said = _text(ending.stderr, False).strip().rpartition("\n")[2]
        return "infra", f"the program could not be started: {said or 'its process gave no reason'}"
    return _judge_status(ending, ending.status, memory_mb)


def _judge_status(ending: Ending, status: int, memory_mb: int) -> tuple[Status, str]:
    if os.WIFEXITED(status):
        done, raised, out_of_memory, _ = ending.codes
        ended: dict[int, Status] = {done: "ok", raised: "error", out_of_memory: "memory"}
        if ending.code in ended:
            return ended[ending.code], ""
        return "killed", f"it left with exit code {os.WEXITSTATUS(status)} before its end"
    number = os.WTERMSIG(status)
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    # The kernel's own clock, for when the supervisor's stood still; a program may send the signal, but not the time.
    if number == signal.SIGXCPU and ending.cpu_seconds >= BACKSTOP_S:
        return "timeout", ""
    if ending.peak_kib * 1024 >= _MEMORY_SHARE * memory_mb * 2**20:
        return "memory", f"{name} with its memory used up"
    return "killed", name


def _noted(note: bytes) -> ProgramError | None:
    fields = note.decode(errors="replace").split("\0")
    if len(fields) != 3:
        return None
    return ProgramError(type=fields[0], message=fields[1], traceback=fields[2])


def _text(data: bytes, cut: bool) -> str:
    # Where the cap cut a character in two, its first half is left out instead of shown as broken.
    return codecs.getincrementaldecoder("utf-8")("replace").decode(data, final=not cut)
