"""What one rank tells all: results, and what stopped it.

    reasons = gather(error and str(error))
    damage = together(lambda: store.fetch(name, files, directory), "step 20 cannot be resumed")

A rank that raised alone would leave the others waiting for it, so that a reason is told to all before any of them
stops. The group itself is joined in `raymath.train.engine`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from raymath.errors import MachineError, UserError

T = TypeVar("T")


def gather(value: T) -> list[T]:
    """What each rank has, on all ranks, in their order; also a barrier."""
    import torch.distributed as dist

    values: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(values, value)
    return values


def words(error: Exception) -> str:
    """An error as a reason within a sentence."""
    if isinstance(error, UserError):
        return error.what
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f' ({error.filename})' if error.filename else ''}"
    return (str(error).strip().splitlines() or [repr(error)])[0]


def together(action: Callable[[], None], failing: str, fix: str) -> str | None:
    """Do something on each rank; None if it went well on all, or why it gave a ValueError on one of them.

    Raises:
        MachineError: disk, network or settings stopped one; `failing` says what cannot be done, `fix` what to do.
    """
    damage = stopped = None
    try:
        action()
    except ValueError as error:
        damage = words(error)
    except (OSError, UserError) as error:
        stopped = words(error)
    told = gather((damage, stopped))
    for _, reason in told:
        if reason:
            raise MachineError(f"{failing}: {reason}", fix)
    return next((reason for reason, _ in told if reason), None)
