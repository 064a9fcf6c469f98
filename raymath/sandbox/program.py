"""The inside of a program's process: runs the blocks, says by its exit code how they ended. Standard library only.

    run(request, note, nowhere, seal)      # never returns

The exit code is the verdict's source, with a seal that tells it from one that the program chose; the note, written to a
pipe of its own, only adds the exception's text.
Runs in a fork of a zygote that has been confined already, and imports nothing of raymath. Everything that the
ending needs is bound before the program runs, because a program may break what it can reach.
"""

from __future__ import annotations

import _imp
import atexit
import builtins
import mmap
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import CodeType, TracebackType
from typing import Any, NoReturn, TypedDict

# A program may replace any builtin: the functions below look theirs up in a copy of their own.
globals()["__builtins__"] = dict(vars(builtins))

#: What programs may import beside the standard library.
LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "networkx")

_exit = os._exit
_MESSAGE_CHARS = 4000
_NO_TEXT = b"\0(no message could be made)\0"
_FRAMES = 20
_NAME = "<program>"
#: Address space given back at the end, so that a program that used up its memory can still say how it ended.
_BALLAST = 16 * 2**20


class Request(TypedDict):
    """What a program's process is told.

    ``blocks``, all but the last replayed silently; ``codes``, the exit codes that say that it is done, raised, is out
    of memory, or wants a larger zygote: drawn anew for each run, so that none can be written down in a program;
    ``token``, which stands before the note, and in the seal where the code is not one that a program hit by chance.
    """

    blocks: list[str]
    show_last: bool
    codes: tuple[int, int, int, int]
    token: bytes


class Finder:
    """The first of ``sys.meta_path``: what is no library of the sandbox is missing at once, and says so.

    Args:
        outside: libraries that a larger zygote has: a program that imports one is started again there.
        files: whether files can be opened; where not, what was not loaded beforehand is missing too.
    """

    def __init__(self, outside: Sequence[str], files: bool) -> None:
        self._outside, self._files = frozenset(outside), files
        #: Leaves for a larger zygote; the program's own process puts it in place.
        self.leave: Callable[[], NoReturn] | None = None
        self._known = frozenset(sys.stdlib_module_names) | frozenset(LIBRARIES)

    def find_spec(self, name: str, path: object = None, _target: object = None) -> None:
        """None for what the other finders may look for.

        Raises:
            ModuleNotFoundError: for anything else.
        """
        top = name.partition(".")[0]
        if top in self._outside:
            assert self.leave is not None
            self.leave()
        if path is None and top not in self._known:
            there = f"beside the standard library there are {', '.join(LIBRARIES)}"
            raise ModuleNotFoundError(f"No module named {top!r} in the sandbox; {there}", name=top)
        if not self._files and name not in sys.builtin_module_names and _imp.find_frozen(name) is None:
            raise ModuleNotFoundError(
                f"No module named {name!r} at this level of isolation: no file is opened", name=name
            )


def leave(request: Request, code: int, seal: mmap.mmap, end: Callable[[int], NoReturn] = _exit) -> NoReturn:
    """End this process with one of the request's codes, and say in its seal that it is no program's own choice."""
    seal[: len(request["token"])] = request["token"]
    end(code)


def run(request: Request, note: int, nowhere: int, seal: mmap.mmap) -> NoReturn:
    """Run the blocks in one fresh ``__main__``, then leave with one of the exit codes above.

    Args:
        request: the blocks; all but the last run silently.
        note: descriptor for the exception's type, message and traceback, separated by NUL bytes.
        nowhere: descriptor of ``/dev/null``, which the program may not open; closed before the last block.
        seal: memory shared with the zygote, of this program alone.
    """
    me, prefixes = os.getpid(), tuple(path for path in sys.path if path)
    # By now, not by what a program puts in their place.
    end, getpid, write = partial(leave, request, seal=seal), os.getpid, os.write
    fstat, channel = os.fstat, os.fstat(note)
    done, _, out_of_memory, _ = request["codes"]
    try:
        ballast = mmap.mmap(-1, _BALLAST)
    except OSError:  # its limit is smaller than this
        end(out_of_memory)
    code, text = done, b""
    try:
        _run_blocks(request, nowhere)
    except BaseException as error:
        ballast.close()
        code, text = _ended_by(error, prefixes, request["codes"])
    if code == done:
        ballast.close()
    try:
        _wind_up()
    except BaseException as error:
        code, text = _ended_by(error, prefixes, request["codes"])
    # A copy of this process that the program forked comes by here too: only the first may speak.
    if text and getpid() == me:
        text = request["token"] + text
        try:
            here = fstat(note)
            while text and (here.st_dev, here.st_ino) == (channel.st_dev, channel.st_ino):
                text = text[write(note, text) :]
        except BaseException:  # noqa: S110 - the program closed it: the exit code says enough
            pass
    end(code)


def _run_blocks(request: Request, nowhere: int) -> None:
    main = type(sys)("__main__")
    sys.modules["__main__"] = main
    space = main.__dict__
    space["__builtins__"] = builtins
    *earlier, last = request["blocks"]
    _seed()
    if earlier:
        with _Silence(nowhere):
            for number, block in enumerate(earlier, 1):
                try:
                    exec(_compile(block, f"<block {number}>"), space)  # noqa: S102 - the purpose of the room
                except SystemExit as end:
                    if end.code not in (None, 0):
                        raise
    os.close(nowhere)
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
    if last is not None and not _is_silenced(source, last):
        value = eval(_compile(ast.Expression(last.value), _NAME, "eval"), space)  # noqa: S307
        if value is not None:
            print(repr(value))


def _is_silenced(source: str, last: Any) -> bool:
    """Whether a semicolon stands behind the last expression: a notebook does not show it then."""
    lines = source.split("\n")[last.end_lineno - 1 :]
    rest = lines[0].encode(errors="replace")[last.end_col_offset :] if lines else b""
    return rest.lstrip().startswith(b";")


def _seed() -> None:
    """Fix the generator that a fork gives a new seed; numpy's and sympy's are fixed in the zygote."""
    if random := sys.modules.get("random"):
        random.seed(0)


class _Silence:
    """Descriptors 1 and 2 lead nowhere inside the block; what was printed there is gone."""

    def __init__(self, nowhere: int) -> None:
        self._nowhere = nowhere

    def __enter__(self) -> None:
        self._kept = [(fd, os.dup(fd)) for fd in (1, 2)]
        for fd, _ in self._kept:
            os.dup2(self._nowhere, fd)

    def __exit__(self, *_: object) -> None:
        for fd, kept in self._kept:
            os.dup2(kept, fd)
            os.close(kept)


def _wind_up() -> None:
    """What the interpreter does at its end, short of tearing itself down: threads, exit hooks, buffers."""
    if threading := sys.modules.get("threading"):
        threading._shutdown()
    atexit._run_exitfuncs()
    for name in ("stdout", "stderr"):
        try:  # noqa: SIM105 - contextlib looks up its names where a program can change them
            getattr(sys, name).flush()
        except (OSError, ValueError, AttributeError):  # the program closed or replaced it
            pass


def _ended_by(error: BaseException, prefixes: tuple[str, ...], codes: tuple[int, int, int, int]) -> tuple[int, bytes]:
    # Of the type alone: an instance may claim to be of any class.
    kind = type(error)
    done, raised, out_of_memory, _ = codes
    if issubclass(kind, SystemExit) and vars(SystemExit)["code"].__get__(error) in (None, 0):
        return done, b""
    code = out_of_memory if issubclass(kind, MemoryError) else raised
    try:
        return code, _describe(error, prefixes)
    except BaseException:  # its text is the program's own code, and may do anything
        return code, _cut(type.__dict__["__name__"].__get__(kind)).encode(errors="replace") + _NO_TEXT


def _describe(error: BaseException, prefixes: tuple[str, ...]) -> bytes:
    kind = _cut(type(error).__name__)
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
            line = f"  File {place}, line {traceback.tb_lineno}, in {_cut(code.co_name)}"
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
        return f'"{_cut(filename)}"'
    return f'"<{_cut(module)}>"' if isinstance(module, str) else '"<module>"'
