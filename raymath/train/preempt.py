"""Asked to stop: noticed by one worker, agreed by all, answered with a checkpoint after the same step.

    listen(120)                            # in a worker's main thread: SIGTERM asks, and a second one ends
    ask(job.stop, "growing to 4 workers")  # from outside: a driver, or a person
    stop = Stop(job.stop, noticed)         # in the loop; `asked` goes with a sum that each step makes anyway

Saving is left to `raymath.train.loop`, starting again to `raymath.train.run`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

#: Says whether this worker got a notice by other means, such as Ray's that its node is going to be taken away.
Noticed = Callable[[], bool]
#: Of a process that SIGTERM ended, as shells count it.
EXIT_CODE = 128 + signal.SIGTERM
#: Between two looks at the file.
_LOOK_S = 1.0

_signalled = threading.Event()


def nothing() -> bool:
    """A `Noticed` that never has anything."""
    return False


def listen(wait_s: float) -> None:
    """From now on SIGTERM asks this process to stop, and ends it if `wait_s` seconds later it has not.

    Call it in the main thread. A second SIGTERM does what the first would have done; with 0 all stays as it is.
    """
    _signalled.clear()
    if not wait_s:
        return
    before = signal.getsignal(signal.SIGTERM)

    def note(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, before)
        _signalled.set()
        timer = threading.Timer(wait_s, _end_unless_answered)
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, note)


def _end_unless_answered() -> None:
    if _signalled.is_set():
        os._exit(EXIT_CODE)  # the main thread may hang in a collective operation


def ask(file: Path, why: str) -> None:
    """Ask a run's workers to save and end."""
    file.write_text(f"{why}\n", encoding="utf-8")


def clear(file: Path) -> None:
    """Ask for nothing; to be called before the workers start."""
    # There from the beginning: network file systems keep in mind for a minute that a file does not exist.
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("", encoding="utf-8")


def reason(file: Path) -> str:
    """What was asked for, empty where nothing was."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


class Stop:
    """One rank's view of whether to stop.

    ``agreed`` is set by the loop once the ranks have added up what `asked` says of each.

    Args:
        file: where `ask` writes; looked at once a second. One rank looks, the others give None.
        noticed: what else tells this rank.
    """

    def __init__(self, file: Path | None, noticed: Noticed = nothing) -> None:
        self._file, self._noticed = file, noticed
        self._looked = float("-inf")
        self._in_file = False
        self.agreed = False

    def asked(self) -> bool:
        """Whether this rank was asked to stop."""
        return _signalled.is_set() or self._noticed() or self._look()

    def _look(self) -> bool:
        now = time.monotonic()
        if self._file is not None and now - self._looked >= _LOOK_S:
            self._looked = now
            self._in_file = bool(reason(self._file))
        return self._in_file

    def answered(self) -> None:
        """It is saved: this process need not be ended by force."""
        _signalled.clear()
