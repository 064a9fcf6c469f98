"""From the facts of a run to its record: no process involved."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.records import Execution, from_line, to_line
from raymath.sandbox.verdict import Ending, execution, judge

CODES = DONE, RAISED, OUT_OF_MEMORY, LARGER = 107, 108, 109, 110


def exited(code: int, **facts: Any) -> Ending:
    return Ending(**{"codes": CODES, "status": code << 8, "started": True, "sealed": code in CODES, **facts})


def died(number: int, **facts: Any) -> Ending:
    return Ending(codes=CODES, status=number, started=True, **facts)


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (exited(DONE), "ok"),
        (exited(RAISED), "error"),
        (exited(OUT_OF_MEMORY), "memory"),
        (exited(0), "killed"),
        (exited(1), "killed"),
        (exited(LARGER), "killed"),
        (exited(DONE, sealed=False), "killed"),
        (exited(OUT_OF_MEMORY, sealed=False), "killed"),
        (died(signal.SIGSEGV), "killed"),
        (died(signal.SIGSYS), "killed"),
        (died(signal.SIGXCPU), "killed"),
        (died(signal.SIGXCPU, cpu_seconds=30.0), "timeout"),
        (died(signal.SIGRTMIN + 3), "killed"),
        (died(signal.SIGSEGV, peak_kib=1000 * 1024), "memory"),
        (died(9, stop="threads"), "killed"),
        (Ending(), "infra"),
        (Ending(status=256), "infra"),
        (Ending(failure="no interpreter"), "infra"),
        (Ending(stop="start"), "infra"),
        (Ending(stop="cancel", started=True), "infra"),
        (died(9, stop="timeout"), "timeout"),
        (died(9, stop="output_limit", overflow=True), "output_limit"),
        (exited(DONE, overflow=True), "output_limit"),
    ],
)
def test_each_ending_has_its_status(ending: Ending, status: str) -> None:
    done = execution(ending, memory_mb=1024, isolation="full")
    assert done.status == status
    if status in ("infra", "killed"):
        assert done.error is not None
        assert done.error.message
    elif status in ("ok", "timeout", "output_limit"):
        assert done.error is None


@given(note=st.binary(), stdout=st.binary(), stderr=st.binary())
def test_what_a_program_writes_changes_no_status(note: bytes, stdout: bytes, stderr: bytes) -> None:
    for code, status in ((DONE, "ok"), (RAISED, "error"), (0, "killed")):
        ending = exited(code, note=note, stdout=stdout, stderr=stderr)
        done = execution(ending, 1024, "full", "a")
        assert done.status == status
        assert from_line(Execution, to_line(done)) == done
        assert judge(ending, 1024) == judge(exited(code), 1024)


def test_the_note_is_the_error_only_of_what_raised() -> None:
    note = b"ValueError\0no\0Traceback"
    raised = execution(exited(RAISED, note=note), 1024, "full")
    assert raised.error is not None
    assert (raised.error.type, raised.error.message, raised.error.traceback) == ("ValueError", "no", "Traceback")
    assert execution(exited(DONE, note=note), 1024, "full").error is None


def test_why_a_start_failed_is_kept() -> None:
    done = execution(Ending(stderr=b"Fatal\nOSError: no room\n"), 1024, "full")
    assert done.error is not None
    assert "OSError: no room" in done.error.message


@given(st.text(), st.integers(0, 40))
def test_a_cut_leaves_whole_characters(text: str, cap: int) -> None:
    data = text.encode(errors="replace")[:cap]
    kept = execution(Ending(overflow=True, stdout=data), 1024, "full").stdout
    assert text.encode(errors="replace").decode().startswith(kept)
