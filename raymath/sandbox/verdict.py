"""From how a program ended to its Execution: pure functions of what the supervisor and the warden saw.

    execution(Ending(verdict=b"start\\nexit 27392 9000\\n", stdout=b"42\\n"), memory_mb=1024, isolation="process")

`raymath.sandbox.engine` collects the facts; nothing here waits, reads or kills.
"""

from __future__ import annotations

import codecs
import os
import signal
from dataclasses import dataclass

from raymath.records import Execution, ProgramError, Status
from raymath.sandbox.program import DONE, OUT_OF_MEMORY, RAISED

#: A program that a signal ended with this share of its memory in use is taken to have died of it.
_MEMORY_SHARE = 0.9


@dataclass(frozen=True)
class Ending:
    """The facts of one run.

    ``stop`` is why the supervisor ended it (``timeout``, ``output_limit``, ``start``, ``cancel``), empty where it did
    not; ``verdict`` are the warden's lines; ``note`` is what the program's process said of its exception, which
    is believed only as text; ``failure`` is why nothing could be started.
    """

    stop: str = ""
    overflow: bool = False
    verdict: bytes = b""
    note: bytes = b""
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    failure: str = ""


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
    if error is None and reason:
        error = ProgramError(
            type={"infra": "Infrastructure", "memory": "MemoryError"}.get(status, "Killed"),
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
    lines = [line.split() for line in ending.verdict.decode(errors="replace").splitlines()]
    seen = {line[0]: line[1:] for line in lines if line}
    if ending.failure:
        return "infra", ending.failure
    if ending.overflow:
        return "output_limit", ""
    if ending.stop == "timeout":
        return "timeout", ""
    if ending.stop == "cancel":
        return "infra", "the call was cancelled"
    if "infra" in seen or "start" not in seen:
        said = " ".join(seen.get("infra", ())) or _text(ending.stderr, False).strip().rpartition("\n")[2]
        return "infra", f"the program could not be started: {said or 'its process gave no reason'}"
    if "bound" in seen:
        if seen["bound"] == ["memory"]:
            return "memory", "its processes together went over the memory limit"
        return "killed", "it started too many processes"
    if len(seen.get("exit", ())) != 2:
        return "killed", "the process that keeps it was killed"
    status, peak_kib = map(int, seen["exit"])
    return _judge_status(status, peak_kib, memory_mb)


def _judge_status(status: int, peak_kib: int, memory_mb: int) -> tuple[Status, str]:
    if os.WIFEXITED(status):
        code = os.WEXITSTATUS(status)
        ended: dict[int, Status] = {DONE: "ok", RAISED: "error", OUT_OF_MEMORY: "memory"}
        if code in ended:
            return ended[code], ""
        return "killed", f"it left with exit code {code} before its end"
    number = os.WTERMSIG(status)
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if number == signal.SIGXCPU:
        return "timeout", ""
    if peak_kib * 1024 >= _MEMORY_SHARE * memory_mb * 2**20:
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
