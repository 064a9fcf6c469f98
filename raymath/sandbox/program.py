"""The inside of a program's process: runs the blocks, says by its exit code how they ended. Standard library only.

    run(request, note)      # never returns

The exit code is the verdict's source; the note, written to a pipe of its own, only adds the exception's text.
Runs in a process of `raymath.sandbox.warden` that has been confined already, and imports nothing of raymath but
`confine`. Everything that the ending needs is bound before the program runs, because a program may break what
it can reach.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator
from types import CodeType, TracebackType
from typing import Any, NoReturn, TypedDict

from raymath.sandbox import confine

#: Exit codes by which this module, and no interpreter, says how a program ended.
DONE, RAISED, OUT_OF_MEMORY = 107, 108, 109

_MESSAGE_CHARS = 4000
_FRAMES = 20
_NAME = "<program>"


class Request(TypedDict):
    """What a supervisor asks of a warden: the blocks, all but the last replayed silently, and the limits."""

    blocks: list[str]
    show_last: bool
    memory_bytes: int
    cpu_s: int
    processes: int
    site: list[str]
    temp: str
    supervisor: int


def run(request: Request, note: int) -> NoReturn:
    """Run the blocks in one fresh ``__main__``, then leave with one of the exit codes above.

    Args:
        request: the blocks; all but the last run silently.
        note: descriptor for the exception's type, message and traceback, separated by NUL bytes.
    """
    leave, me, prefixes = os._exit, os.getpid(), (*request["site"], *sys.path, os.getcwd())
    code, text = DONE, b""
    try:
        _run_blocks(request)
    except BaseException as error:
        confine.use_reserve()
        code, text = _ended_by(error, prefixes)
    if code == DONE:
        confine.use_reserve()
    try:
        _wind_up()
    except BaseException as error:
        code, text = _ended_by(error, prefixes)
    # A copy of this process that the program forked comes by here too: only the first may speak.
    if text and os.getpid() == me:
        _send(note, text)
    leave(code)


def _run_blocks(request: Request) -> None:
    main = type(sys)("__main__")
    sys.modules["__main__"] = main
    space = main.__dict__
    *earlier, last = request["blocks"]
    _seed(request["blocks"])
    if earlier:
        with _Silence():
            for number, block in enumerate(earlier, 1):
                try:
                    exec(_compile(block, f"<block {number}>"), space)  # noqa: S102 - the purpose of the room
                except SystemExit as end:
                    if end.code not in (None, 0):
                        raise
    if request["show_last"]:
        _run_showing(last, space)
    else:
        exec(_compile(last, _NAME), space)  # noqa: S102


def _compile(source: Any, name: str, mode: str = "exec") -> CodeType:
    code: CodeType = compile(source, name, mode, dont_inherit=True)
    return code


def _run_showing(source: str, space: dict[str, Any]) -> None:
    """As a notebook cell: the value of a last expression is printed, unless it is None."""
    import ast

    tree = ast.parse(source, _NAME)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        last = None
    else:
        tree.body.pop()
    exec(_compile(tree, _NAME), space)  # noqa: S102
    if last is not None:
        value = eval(_compile(ast.Expression(last.value), _NAME, "eval"), space)  # noqa: S307
        if value is not None:
            print(repr(value))


def _seed(blocks: list[str]) -> None:
    """Fix the generators the blocks can reach, so that a replayed block gives what it gave before."""
    if not any("random" in block for block in blocks):
        return  # importing it costs as much as starting the interpreter
    import random

    random.seed(0)
    if any("numpy" in block for block in blocks):
        try:
            import numpy
        except ImportError:
            return
        numpy.random.seed(0)


class _Silence:
    """Descriptors 1 and 2 lead nowhere inside the block; what was printed there is gone."""

    def __enter__(self) -> None:
        self._kept = [(fd, os.dup(fd)) for fd in (1, 2)]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for fd, _ in self._kept:
            os.dup2(nowhere, fd)
        os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        for fd, kept in self._kept:
            os.dup2(kept, fd)
            os.close(kept)


def _wind_up() -> None:
    """What the interpreter does at its end, short of tearing itself down: threads, exit hooks, buffers."""
    if threading := sys.modules.get("threading"):
        threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # the program closed or replaced it
            stream.flush()


def _ended_by(error: BaseException, prefixes: tuple[str, ...]) -> tuple[int, bytes]:
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return DONE, b""
    code = OUT_OF_MEMORY if isinstance(error, MemoryError) else RAISED
    try:
        return code, _describe(error, prefixes)
    except BaseException:  # its text is the program's own code, and may do anything
        return code, type(error).__name__.encode(errors="replace") + b"\0(no message could be made)\0"


def _describe(error: BaseException, prefixes: tuple[str, ...]) -> bytes:
    kind = type(error).__name__
    message = str(error.msg if isinstance(error, SyntaxError) else error)
    if isinstance(error, ImportError) and error.path:
        message = message.removesuffix(f" ({error.path})")
    message = _cut(message)
    for prefix in prefixes:
        if len(prefix) > 1:
            message = message.replace(f"{prefix}/", "").replace(prefix, "")
    lines = ["Traceback (most recent call last):", *_frames(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename is not None:
        lines.append(f"  File {_place(error.filename)}, line {error.lineno}")
    lines.append(f"{kind}: {message}" if message else kind)
    fields = (kind, message, "\n".join(lines))
    return b"\0".join(field.replace("\0", "\ufffd").encode(errors="replace") for field in fields)


def _cut(text: str) -> str:
    if len(text) <= _MESSAGE_CHARS:
        return text
    half = _MESSAGE_CHARS // 2
    return f"{text[:half]} … ({len(text) - 2 * half} characters) … {text[-half:]}"


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    """One line a frame, without source lines and paths; runs of the same line and long stacks are shortened."""
    lines: list[str] = []
    counts: list[int] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename != __file__:
            place = _place(code.co_filename, traceback.tb_frame.f_globals.get("__name__"))
            line = f"  File {place}, line {traceback.tb_lineno}, in {code.co_name}"
            if lines and lines[-1] == line:
                counts[-1] += 1
            else:
                lines.append(line)
                counts.append(1)
        traceback = traceback.tb_next
    skipped = len(lines) - _FRAMES
    for at, (line, count) in enumerate(zip(lines, counts, strict=True)):
        if skipped > 0 and _FRAMES // 2 <= at < _FRAMES // 2 + skipped:
            if at == _FRAMES // 2:
                yield f"  [{skipped} other lines]"
            continue
        yield line
        if count > 1:
            yield f"  [the line before {count - 1} more times]"


def _place(filename: str, module: object = None) -> str:
    if filename.startswith("<"):
        return f'"{filename}"'
    return f'"<{module}>"' if isinstance(module, str) else '"<module>"'


def _send(note: int, text: bytes) -> None:
    try:
        while text:
            text = text[os.write(note, text) :]
    except OSError:
        pass  # the program closed it: the exit code says enough
