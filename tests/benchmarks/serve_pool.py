"""What a worker of the pool of `serve_sides.py` does: apart, so that workers import nothing else."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any


def execute(blocks: Sequence[str]) -> tuple[str, str, dict[str, str] | None]:
    """In a worker of the pool: status, what the last block printed, and the exception."""
    space: dict[str, Any] = {"__name__": "__main__"}
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for block in blocks[:-1]:
                exec(block, space)
        with contextlib.redirect_stdout(out):
            exec(blocks[-1], space)
    except BaseException as error:
        return "error", out.getvalue(), {"type": type(error).__name__, "message": str(error), "traceback": ""}
    return "ok", out.getvalue(), None
