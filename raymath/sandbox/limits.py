"""What bounds a run from outside: its limits, and the way to end it early.

with Cancel() as cancel:
    execute("print(1)", Limits(timeout_s=5), (), False, None, cancel)
"""

from __future__ import annotations

import math
import os
import threading
from dataclasses import dataclass

TIMEOUT_S = 10.0
MEMORY_MB = 1024
OUTPUT_BYTES = 65536


@dataclass(frozen=True)
class Limits:
    """What a program may use; see `run`."""

    timeout_s: float = TIMEOUT_S
    memory_mb: int = MEMORY_MB
    output_bytes: int = OUTPUT_BYTES

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} = {value!r}: write a number above 0")


class Cancel:
    """Says to any number of runs in flight that they should end; safe to set from any thread, also late."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0)
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Readable once set."""
        return self._fd

    def set(self) -> None:
        """End the runs that were given this."""
        with self._lock:
            if self._fd >= 0:
                os.eventfd_write(self._fd, 1)

    def __enter__(self) -> Cancel:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            os.close(self._fd)
            self._fd = -1
