"""The data room: from raw sources to the packs of every training step.

    sources → Example → verify → mix → render (ids, mask) → token shards → plan → packs → feed

`raymath.data.pack` is public; `raymath.data.pipeline.build` makes the token shards with Ray Data, and
`raymath.data.feed.Feed` reads them. What is computed from a step (loss, gradient) is left to `raymath.train`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from raymath.data.packing import Packs, pack

__all__ = ["Packs", "pack"]


def __getattr__(name: str) -> Any:
    # numpy is loaded when packing is asked for, not by whoever only passes through the package.
    if name in __all__:
        from raymath.data import packing

        return getattr(packing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
