"""From the facts of a run to its record: no process involved."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.records import Execution, from_line, to_line
from raymath.sandbox.program import DONE, OUT_OF_MEMORY, RAISED
from raymath.sandbox.verdict import Ending, execution, judge


def exited(code: int, peak_kib: int = 9000) -> bytes:
    return f"start\nexit {code << 8} {peak_kib}\n".encode()


def died(number: int, peak_kib: int = 9000) -> bytes:
    return f"start\nexit {number} {peak_kib}\n".encode()


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Ending(verdict=exited(DONE)), "ok"),
        (Ending(verdict=exited(RAISED)), "error"),
        (Ending(verdict=exited(OUT_OF_MEMORY)), "memory"),
        (Ending(verdict=exited(0)), "killed"),
        (Ending(verdict=exited(1)), "killed"),
        (Ending(verdict=died(signal.SIGSEGV)), "killed"),
        (Ending(verdict=died(signal.SIGXCPU)), "timeout"),
        (Ending(verdict=died(signal.SIGRTMIN + 3)), "killed"),
        (Ending(verdict=died(signal.SIGSEGV, peak_kib=1000 * 1024)), "memory"),
        (Ending(verdict=b"start\nbound memory\nexit 9 1\n"), "memory"),
        (Ending(verdict=b"start\nbound processes\nexit 9 1\n"), "killed"),
        (Ending(verdict=b"start\n"), "killed"),
        (Ending(verdict=b"start\nexit 9"), "killed"),
        (Ending(verdict=b""), "infra"),
        (Ending(verdict=b"infra OSError: no fork\n"), "infra"),
        (Ending(verdict=b"exit 256 1\n"), "infra"),
        (Ending(failure="no interpreter"), "infra"),
        (Ending(stop="start"), "infra"),
        (Ending(stop="cancel", verdict=b"start\n"), "infra"),
        (Ending(stop="timeout", verdict=died(9)), "timeout"),
        (Ending(stop="output_limit", overflow=True, verdict=died(9)), "output_limit"),
        (Ending(overflow=True, verdict=exited(DONE)), "output_limit"),
    ],
)
def test_each_ending_has_its_status(ending: Ending, status: str) -> None:
    done = execution(ending, memory_mb=1024, isolation="process")
    assert done.status == status
    if status in ("infra", "killed"):
        assert done.error is not None
        assert done.error.message
    elif status in ("ok", "timeout", "output_limit"):
        assert done.error is None


@given(note=st.binary(), stdout=st.binary(), stderr=st.binary())
def test_what_a_program_writes_changes_no_status(note: bytes, stdout: bytes, stderr: bytes) -> None:
    for code, status in ((DONE, "ok"), (RAISED, "error"), (0, "killed")):
        ending = Ending(verdict=exited(code), note=note, stdout=stdout, stderr=stderr)
        done = execution(ending, 1024, "process", "a")
        assert done.status == status
        assert from_line(Execution, to_line(done)) == done
        assert judge(ending, 1024) == judge(Ending(verdict=exited(code)), 1024)


def test_the_note_is_the_error_only_of_what_raised() -> None:
    note = b"ValueError\0no\0Traceback"
    raised = execution(Ending(verdict=exited(RAISED), note=note), 1024, "process")
    assert raised.error is not None
    assert (raised.error.type, raised.error.message, raised.error.traceback) == ("ValueError", "no", "Traceback")
    assert execution(Ending(verdict=exited(DONE), note=note), 1024, "process").error is None


def test_why_a_start_failed_is_kept() -> None:
    done = execution(Ending(verdict=b"infra OSError: no room\n"), 1024, "process")
    assert done.error is not None
    assert "OSError: no room" in done.error.message
    done = execution(Ending(stderr=b"Fatal\nno module named encodings\n"), 1024, "process")
    assert done.error is not None
    assert "encodings" in done.error.message


@given(st.text(), st.integers(0, 40))
def test_a_cut_leaves_whole_characters(text: str, cap: int) -> None:
    data = text.encode(errors="replace")[:cap]
    kept = execution(Ending(overflow=True, stdout=data), 1024, "process").stdout
    assert text.encode(errors="replace").decode().startswith(kept)
