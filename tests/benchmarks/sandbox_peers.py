"""What the sandbox is compared with: `python -c`, and a pool of reused workers as public evaluation harnesses have it.

    with_pebble(rows)       # a new pool for this batch
    with_python_c(rows)

The pool's workers run programs by exec() one after another in the same process, with no isolation; each batch makes a
pool of its own and ends it. They are forks of this process, which has imported sympy and numpy beforehand: the pool's
best case, that of a harness whose grader has them loaded. $RAYMATH_PEER_IMPORTS names others, separated by commas;
empty, each worker imports what its programs do. Needs `pebble`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sandbox_programs import Row

WORKERS = 2


@dataclass(frozen=True)
class Answer:
    """What came of a program; ``at`` is the time.monotonic() at which its caller could have it."""

    status: str
    stdout: str
    error: str
    at: float


def prepare() -> None:
    """Import what the pool's parent has."""
    for name in os.environ.get("RAYMATH_PEER_IMPORTS", "sympy,numpy").split(","):
        if name:
            importlib.import_module(name)


def execute(code: str) -> tuple[str, str, str]:
    """In a worker: status, stdout, and ``type: message`` of the exception."""
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(code, {"__name__": "__main__"})
    except SystemExit as end:
        return ("ok", out.getvalue(), "") if end.code in (None, 0) else ("error", out.getvalue(), f"SystemExit: {end}")
    except BaseException as error:
        message = str(error.msg if isinstance(error, SyntaxError) else error)
        if isinstance(error, ImportError) and error.path:
            message = message.removesuffix(f" ({error.path})")
        return "error", out.getvalue(), f"{type(error).__name__}: {message}"
    return "ok", out.getvalue(), ""


def with_pebble(rows: Sequence[Row]) -> list[Answer]:
    """One batch in a pool of its own, from making the pool to its end; answers in order."""
    from pebble import ProcessPool

    ended: dict[int, float] = {}

    def note(at: int) -> Callable[[Future[tuple[str, str, str]]], None]:
        return lambda _: ended.setdefault(at, time.monotonic())

    fork = multiprocessing.get_context("fork")
    with ProcessPool(max_workers=min(WORKERS, len(rows)), context=fork) as pool:
        futures = [pool.schedule(execute, args=[row.code], timeout=row.timeout_s) for row in rows]
        for at, future in enumerate(futures):
            future.add_done_callback(note(at))
        answers = []
        for future in futures:
            try:
                answers.append(future.result())
            except TimeoutError:
                answers.append(("timeout", "", ""))
            except Exception as error:  # a worker that died: the pool goes on with another
                answers.append(("killed", "", type(error).__name__))
    return [Answer(*answer, at=ended.get(at, time.monotonic())) for at, answer in enumerate(answers)]


def with_python_c(rows: Sequence[Row]) -> list[Answer]:
    """A new interpreter for each, `WORKERS` at a time."""

    def one(row: Row) -> Answer:
        try:
            done = subprocess.run(
                [sys.executable, "-c", row.code],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=row.timeout_s,
                env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"},
            )
        except subprocess.TimeoutExpired:
            return Answer("timeout", "", "", time.monotonic())
        last = done.stderr.strip().rpartition("\n")[2] if done.returncode else ""
        last = re.sub(r" \(/[^()]*\)$", "", last)  # an ImportError ends with the module's path
        return Answer("error" if done.returncode else "ok", done.stdout, last, time.monotonic())

    with ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(one, rows))
