"""What bounds a run from outside.

Limits(timeout_s=5, memory_mb=256)
"""

from __future__ import annotations

import math
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
    allow_unisolated: bool = False

    def __post_init__(self) -> None:
        for name in ("timeout_s", "memory_mb", "output_bytes"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} = {value!r}: write a number above 0")
