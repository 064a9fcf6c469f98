"""The process around one program: starts it, bounds it, and ends whatever it started. Standard library only.

    main(verdict, note)     # run by `raymath.sandbox.engine`, in a fresh interpreter with an empty environment

Three processes, one inside the other:

- the warden reads the request from standard input, and from then on its end: when that closes, or the supervisor
  is gone, it ends everything. It watches how many processes there are and how much memory they hold together;
- the keeper starts the program, reaps what is orphaned, and writes the program's wait status to the verdict pipe.
  Where the machine grants a process table of its own, the keeper is its process 1: its end is the kernel's order to
  end all in it, and the program can neither signal it nor see anything outside;
- the program (`raymath.sandbox.program`), confined.

The verdict pipe is closed in the third before the program runs. Its lines: ``start`` (the program is about to),
``bound memory|processes``, ``exit WAIT_STATUS PEAK_KIB``, ``infra REASON``.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import signal
import sys
import time
from typing import NoReturn

from raymath.sandbox import confine, program

_TICK_MS = 20
_LAST_S = 5.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main(verdict: int, note: int) -> NoReturn:
    """Run the program that the request on standard input describes, then leave.

    Args:
        verdict: descriptor for the lines above.
        note: descriptor that the program's process writes its exception to.
    """
    home = ""
    try:
        request = _read_request()
        home = f"{request['temp']}/raymath-{os.getpid()}-{os.urandom(6).hex()}"
        os.mkdir(home, 0o700)
        confine.become_subreaper()
        apart = confine.new_namespaces()
        confine.hide()
        keeper, alive = _start_keeper(request, home, verdict, note, apart)
        for fd in (1, 2, note):
            os.close(fd)
        _watch(request, keeper, alive, verdict)
        _end_all(keeper, alive)
    except Exception as error:
        _say(verdict, f"infra {type(error).__name__}: {error}")
    finally:
        _remove(home)
        os._exit(0)


def _read_request() -> program.Request:
    size = int.from_bytes(_read(8), "big")
    request: program.Request = marshal.loads(_read(size))  # noqa: S302 - from the supervisor, never from a program
    return request


def _read(size: int) -> bytes:
    parts = []
    while size:
        part = os.read(0, min(size, 2**20))
        if not part:
            raise EOFError("the supervisor left before its request was complete")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _start_keeper(request: program.Request, home: str, verdict: int, note: int, apart: bool) -> tuple[int, int]:
    """Fork the keeper. Returns its process id and a descriptor that reads as ended when it has."""
    alive, held = os.pipe()
    warden = os.getpid()
    keeper = os.fork()
    if keeper == 0:
        try:
            signal.signal(signal.SIGTERM, lambda *_: _orphaned(home, apart))
            confine.notice_parent_death(signal.SIGTERM)
            if not apart and os.getppid() != warden:
                os._exit(1)
            os.close(alive)
            _keep(request, home, verdict, note)
        except Exception as error:
            _say(verdict, f"infra {type(error).__name__}: {error}")
        finally:
            os._exit(1)
    os.close(held)
    return keeper, alive


def _keep(request: program.Request, home: str, verdict: int, note: int) -> NoReturn:
    """The keeper: start the program, wait for it, report its wait status."""
    confine.become_subreaper()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # from here on only the warden hears the supervisor
    child = os.fork()
    if child == 0:
        try:
            _become_program(request, home, verdict, note)
        except Exception as error:
            _say(verdict, f"infra {type(error).__name__}: {error}")
        finally:
            os._exit(1)
    for fd in (1, 2, note):
        os.close(fd)
    while True:
        pid, status, usage = os.wait4(-1, 0)
        if pid == child:
            _say(verdict, f"exit {status} {usage.ru_maxrss}")
            os._exit(0)


def _orphaned(home: str, apart: bool) -> NoReturn:
    """The keeper, when somebody killed the warden (Ray kills a lost worker's children): do the warden's part."""
    if apart and os.getpid() == 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # all of its own process table, and nothing else
    else:
        _sweep()
    _remove(home)
    os._exit(1)


def _become_program(request: program.Request, home: str, verdict: int, note: int) -> NoReturn:
    confine.notice_parent_death()
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    low, high = sorted((verdict, note))
    for first, end in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, end)
    os.set_inheritable(note, False)
    os.chdir(home)
    os.environ.update(HOME=home, TMPDIR=home)
    sys.path += request["site"]
    sys.argv = [""]
    import site

    site.setquit()  # exit() and quit(), which a bare interpreter lacks
    confine.set_limits(request["memory_bytes"], request["cpu_s"])
    confine.drop_privileges()
    for name in [name for name in sys.modules if name.partition(".")[0] == "raymath"]:
        del sys.modules[name]
    _say(verdict, "start")
    os.close(verdict)  # from here on this process is believed nothing but its wait status
    program.run(request, note)


def _watch(request: program.Request, keeper: int, alive: int, verdict: int) -> None:
    """Until the keeper is done, the supervisor wants an end, or the program goes over a bound."""
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    poll.register(0, select.POLLIN)
    while not poll.poll(_TICK_MS):
        if os.getppid() != request["supervisor"]:
            return
        family = _descendants(keeper)
        if len(family) > request["processes"]:
            _say(verdict, "bound processes")
            return
        # One process alone is held by its own limit; of several only the sum is watched.
        if len(family) > 1 and sum(map(_resident_bytes, family)) > request["memory_bytes"]:
            _say(verdict, "bound memory")
            return


def _end_all(keeper: int, alive: int) -> None:
    """SIGKILL for everything below, again until nothing is left: a fork may outrun one look."""
    for pid in _descendants(keeper):
        _kill(pid)
    select.select([alive], [], [], 0.2)  # the keeper reaps the program, whose CPU time would be lost otherwise
    _kill(keeper)  # where it is process 1, the kernel ends all below it in one go
    _sweep()


def _sweep() -> None:
    deadline = time.monotonic() + _LAST_S
    while time.monotonic() < deadline:
        for pid in _descendants(os.getpid()):
            _kill(pid)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    todo = [pid]
    while todo:
        at = todo.pop()
        try:
            for task in os.listdir(f"/proc/{at}/task"):
                with open(f"/proc/{at}/task/{task}/children") as file:
                    children = [int(child) for child in file.read().split()]
                found += children
                todo += children
        except OSError:
            continue  # gone while we looked
    return found


def _resident_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm") as file:
            fields = file.read().split()
        return (int(fields[1]) - int(fields[2])) * _PAGE
    except (OSError, IndexError):
        return 0


def _say(verdict: int, line: str) -> None:
    with contextlib.suppress(OSError):  # the supervisor may be gone
        os.write(verdict, f"{line}\n".encode(errors="replace"))


def _remove(home: str) -> None:
    try:
        os.rmdir(home)
    except FileNotFoundError:
        pass
    except OSError:
        import shutil

        for folder, inner, _ in os.walk(home):  # the program may have closed its own folders
            for name in inner:
                if not os.path.islink(f"{folder}/{name}"):
                    os.chmod(f"{folder}/{name}", 0o700)
        shutil.rmtree(home, ignore_errors=True)
