"""Batches and JSON lines: in order, streaming, bounded, one row for each line."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.records import Execution, Program
from raymath.sandbox import run_batch
from raymath.sandbox.batch import in_order
from raymath.sandbox.calls import engine
from raymath.sandbox.jsonl import BAD_INPUT, run_lines
from raymath.sandbox.limits import Limits
from raymath.sandbox.running import Lane


def said(n: int) -> Execution:
    return Execution(status="ok", stdout=str(n))


def lines(*rows: Any) -> list[bytes]:
    return [row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows]


def test_a_batch_keeps_order_and_ids() -> None:
    programs = [
        Program(code=f"import time\ntime.sleep({0.3 if n == 0 else 0})\nprint({n})", id=str(n)) for n in range(6)
    ]
    done = list(run_batch(programs, parallel=3))
    assert [(one.id, one.stdout) for one in done] == [(str(n), f"{n}\n") for n in range(6)]


def test_a_programs_own_settings_go_first() -> None:
    programs = [Program(code="while True: pass", timeout_s=0.3), Program(code="print(x)", replay=("x = 1",))]
    assert [one.status for one in run_batch(programs, timeout_s=60)] == ["timeout", "ok"]


def test_no_exit_code_of_a_programs_own_is_an_end() -> None:
    """The codes that mean something are drawn for each program: whichever it tries, it is not believed."""
    programs = [Program(code=f"import os\nprint(1, flush=True)\nos._exit({code})") for code in range(256)]
    assert {(done.status, done.stdout) for done in run_batch(programs)} == {("killed", "1\n")}


def test_a_batch_streams_and_reads_ahead_only_so_far() -> None:
    read = []

    def endless() -> Iterator[Program]:
        for n in itertools.count():
            read.append(n)
            yield Program(code=f"print({n})")

    batch = run_batch(endless(), parallel=1)
    assert [one.stdout for one in itertools.islice(batch, 3)] == ["0\n", "1\n", "2\n"]
    batch.close()  # type: ignore[attr-defined]
    assert len(read) <= 3 + 256 + 2


def test_closing_a_batch_ends_what_runs() -> None:
    batch = run_batch([Program(code="print(1)"), *[Program(code="while True: pass")] * 5], timeout_s=1000)
    assert next(batch).status == "ok"
    batch.close()  # type: ignore[attr-defined]
    assert not engine()._active


def test_what_runs_for_long_gives_its_place_to_the_next() -> None:
    """Two places, four programs that hang: the short ones behind them are done long before."""
    codes = ["while True: pass"] * 4 + ["print(1)"] * 8
    lane, ended = Lane(2), dict[int, float]()
    tickets = [engine().submit([code], Limits(8), lane) for code in codes]
    for n, ticket in enumerate(tickets):
        ticket.future.add_done_callback(lambda _, n=n: ended.setdefault(n, time.monotonic()))  # type: ignore[misc]
    assert [ticket.future.result().status for ticket in tickets] == ["timeout"] * 4 + ["ok"] * 8
    assert max(ended[n] for n in range(4, 12)) < min(ended[n] for n in range(4))


def test_a_result_does_not_wait_for_the_next_input() -> None:
    """A peer that sends its next line only after the last answer must not be waited for."""
    answers: list[dict[str, Any]] = []

    def peer() -> Iterator[bytes]:
        for n in range(3):
            while len(answers) < n:
                time.sleep(0.001)
            yield from lines({"code": f"print({n})"})

    for row in run_lines(peer()):
        answers.append(row)
    assert [row["stdout"] for row in answers] == ["0\n", "1\n", "2\n"]


def test_a_fault_of_the_source_is_raised_after_its_results() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    results = in_order(failing(), lambda n, _: said(n), 2)
    assert next(results) == (1, said(1))
    with pytest.raises(OSError, match="the disk is gone"):
        next(results)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(), max_size=60), st.integers(1, 5))
def test_order_for_any_items(items: list[int], parallel: int) -> None:
    assert list(in_order(items, lambda n, _: said(n), parallel)) == [(n, said(n)) for n in items]


@pytest.mark.parametrize("arguments", [{"parallel": 0}, {"timeout_s": 0}, {"memory_mb": 0}])
def test_wrong_settings_are_refused_at_once(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        run_batch([], **arguments)
    with pytest.raises(ValueError, match=next(iter(arguments))):
        run_lines([], **arguments)


def test_rows_give_back_what_they_brought() -> None:
    rows = lines({"id": 7, "code": "print(1)", "tag": {"a": [None]}, "status": "mine"}, {"code": "1/0", "timeout_s": 5})
    first, second = run_lines(rows)
    assert set(first) == set(Execution.model_fields) | {"tag"}
    assert (first["id"], first["tag"], first["status"], first["stdout"]) == (7, {"a": [None]}, "ok", "1\n")
    assert (second["id"], second["status"], second["error"]["type"]) == (None, "error", "ZeroDivisionError")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"not json\n", "not JSON"),
        (b"\n", "empty"),
        (b"[1]\n", "a list instead of an object"),
        (b"null", "null instead of an object"),
        (b'{"id": "x"}', "no 'code'"),
        (b'{"id": "x", "program": "print(1)"}', "rename 'program' to 'code'"),
        (b'{"id": "x", "code": 1}', "'code' is a number"),
        (b'{"id": "x", "code": null}', "'code' is null"),
        (b'{"id": "x", "code": ["a"]}', "'code' is a list"),
        (b'{"id": "x", "code": "1", "timeout_s": "5"}', "'timeout_s' is a string"),
        (b'{"id": "x", "code": "1", "timeout_s": true}', "'timeout_s' is true or false"),
        (b'{"id": "x", "code": "1", "timeout_s": 0}', "'timeout_s' is 0"),
        (b'{"id": "x", "code": "1", "timeout_s": -1.5}', "'timeout_s' is -1.5"),
        (b'{"code": "1", "timeout_s": 1e999}', "1e999 is too large a number"),
        (b'{"id": "x", "code": "1", "timeout_s": NaN}', "NaN is not a JSON number"),
        (b'{"id": "x", "code": "1", "timeout_s": 1' + b"0" * 400 + b"}", "'timeout_s' is 1000"),
        (b'{"code": "\xff"}', "not UTF-8 at byte 10"),
        (b"[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_a_bad_row_says_what_to_write(line: bytes, says: str) -> None:
    good = lines({"code": "print(1)"})
    first, bad, last = run_lines([*good, line, *good])
    assert first["status"] == last["status"] == "ok"
    assert (bad["status"], bad["error"]["type"], bad["isolation"]) == ("error", BAD_INPUT, "none")
    assert bad["error"]["message"].startswith("line 2: ")
    assert says in bad["error"]["message"]
    assert "code" not in bad
    if b'"id"' in line and b"NaN" not in line:
        assert bad["id"] == "x"


def test_a_byte_order_mark_and_a_lone_surrogate_are_survived() -> None:
    rows = [b"\xef\xbb\xbf" + lines({"code": "print(1)"})[0], b'{"code": "print(2)", "tag": "\\ud800"}']
    done = list(run_lines(rows))
    assert [row["stdout"] for row in done] == ["1\n", "2\n"]
    json.dumps(done, ensure_ascii=False).encode()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=30).filter(lambda b: b"code" not in b), max_size=20))
def test_each_line_gives_a_row(raw: list[bytes]) -> None:
    done = list(run_lines(raw))
    assert len(done) == len(raw)
    assert all(row["error"]["type"] == BAD_INPUT for row in done)
    json.dumps(done, ensure_ascii=False).encode()
