"""Rows in, rows out: the function behind `raymath sandbox run FILE.jsonl`.

    for row in run_lines(open("programs.jsonl", "rb")):
        print(json.dumps(row, ensure_ascii=False))

A row is {code, timeout_s?, id?, anything else}. Each line gives one row, in order, as soon as it is known: what was
given beside ``code`` and ``timeout_s`` is given back, with the fields of `raymath.records.Execution` (which go
before a field of the same name). A line that cannot be run, an empty one too, gives a row as well: its status is
``error`` with the error type ``BadInput``, a message that says what to write instead, and isolation ``none``,
because nothing ran. ``infra`` is not used for it: asking again would not help.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from raymath.records import Execution, ProgramError, finite
from raymath.sandbox.batch import in_order
from raymath.sandbox.calls import engine
from raymath.sandbox.engine import Ticket
from raymath.sandbox.limits import MEMORY_MB, OUTPUT_BYTES, TIMEOUT_S, Limits
from raymath.sandbox.running import Lane

#: The error type of a row that could not be run.
BAD_INPUT = "BadInput"


def run_lines(
    lines: Iterable[bytes],
    *,
    parallel: int = 2,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    output_bytes: int = OUTPUT_BYTES,
    allow_unisolated: bool = False,
) -> Iterator[dict[str, Any]]:
    """Run the program of each line; one row for each line, in order.

    Args:
        lines: JSON lines as bytes; a file opened in binary mode or ``sys.stdin.buffer``. Read in a thread, so an
            answer never waits for the next line.
        parallel: programs that run at once.
        timeout_s: of rows that do not say; `memory_mb`, `output_bytes` and `allow_unisolated` as for
            `raymath.sandbox.run`.

    Raises:
        ValueError: a limit, or `parallel`, is not above 0.
        MachineError: as for `raymath.sandbox.run`.
    """
    limits = Limits(timeout_s, memory_mb, output_bytes, allow_unisolated)

    def submit(row: _Row, lane: Lane) -> Ticket | Execution:
        if row.error is not None:
            reason = ProgramError(type=BAD_INPUT, message=row.error, traceback="")
            return Execution(status="error", error=reason, isolation="none")
        return engine().submit([row.code], replace(limits, timeout_s=row.timeout_s), lane)

    rows = (_row(number, line, timeout_s) for number, line in enumerate(lines, 1))
    return (row.given | _fields(row, done) for row, done in in_order(rows, submit, parallel))


def is_bad(row: dict[str, Any]) -> bool:
    """Whether a row of `run_lines` answers a line that held no program: an error that no sandbox was needed for."""
    return bool(row["status"] == "error" and row["isolation"] == "none" and row["error"]["type"] == BAD_INPUT)


@dataclass(frozen=True)
class _Row:
    """A line that was read: its program, or the ``error`` in it; ``given`` is what goes back."""

    given: dict[str, Any]
    id: Any
    code: str = ""
    timeout_s: float = TIMEOUT_S
    error: str | None = None


def _row(number: int, line: bytes, timeout_s: float) -> _Row:
    row: dict[str, Any] = {}
    try:
        row = _parse(line)
        code, own, error = _code(row), _timeout(row, timeout_s), None
    except _BadRowError as problem:
        code, own, error = "", timeout_s, f"line {number}: {problem}"
    given = {key: value for key, value in row.items() if key not in ("code", "timeout_s")}
    return _Row(given, row.get("id"), code, own, error)


def _fields(row: _Row, done: Execution) -> dict[str, Any]:
    # The id goes back as it came, also where it is a number.
    return done.model_dump(mode="json", exclude={"id"}) | {"id": row.id}


class _BadRowError(Exception):
    pass


def _parse(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse, parse_float=finite)
    except UnicodeDecodeError as error:
        raise _BadRowError(f"not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        what = f"not JSON ({error})" if line.strip() else "empty"
        raise _BadRowError(f'{what}; write one object a line, such as {{"code": "print(1)"}}') from None
    if not isinstance(row, dict):
        raise _BadRowError(f'{_kind(row)} instead of an object; write {{"code": "print(1)"}}')
    return _encodable(row)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _encodable(row: dict[str, Any]) -> dict[str, Any]:
    """The row without lone surrogates, which JSON can escape but UTF-8 cannot hold: each becomes a ``?``."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = json.dumps(row, ensure_ascii=False).encode(errors="replace")
        safe: dict[str, Any] = json.loads(text)
        return safe
    return row


def _code(row: dict[str, Any]) -> str:
    if "code" not in row:
        near = next((key for key in row if key.lower() in ("program", "source", "script", "text", "python")), None)
        hint = f"rename '{near}' to 'code'" if near else 'write the program as a string: {"code": "print(1)"}'
        raise _BadRowError(f"no 'code'; {hint}")
    if not isinstance(row["code"], str):
        raise _BadRowError(f"'code' is {_kind(row['code'])}; write the program as a string, lines joined by \\n")
    return str(row["code"])


def _timeout(row: dict[str, Any], default: float) -> float:
    given = row.get("timeout_s")
    if given is None:
        return default
    fine = isinstance(given, int | float) and not isinstance(given, bool)
    try:
        seconds = float(given) if fine else 0.0
    except OverflowError:
        seconds = math.inf
    if not (math.isfinite(seconds) and seconds > 0):
        shown = given if fine else _kind(given)
        raise _BadRowError(f"'timeout_s' is {str(shown)[:40]}; write seconds as a number above 0, or leave it out")
    return seconds


def _kind(value: object) -> str:
    kinds = {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "null")
