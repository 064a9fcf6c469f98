"""Packs as arrays → the tensors of one micro-batch.

    batch = collate([feed.pack(i) for i in indices], boundaries="block")

Position ids restart at each example: that is how the model finds the segments that must not see each other.
With ``boundaries="none"`` they do not, and a pack is one plain sequence. Which packs a rank takes is left to
`raymath.train.loop`, what is done with the tensors to `raymath.train.loss`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from raymath.train.job import Boundaries


class PackArrays(Protocol):
    """What is needed of a pack; see `raymath.data.feed.PackArrays`."""

    @property
    def input_ids(self) -> NDArray[np.int64]: ...
    @property
    def loss_mask(self) -> NDArray[np.int64]: ...
    @property
    def lengths(self) -> NDArray[np.int64]: ...


@dataclass(frozen=True)
class Batch:
    """One micro-batch.

    ``input_ids`` and ``position_ids`` are [rows, length], int64. ``columns`` [kept], int64, are the positions at
    which some row predicts a supervised token: only there are logits needed. ``targets`` (int64) and ``weights``
    (float32, 1 or 0) are [rows, kept]: the token to predict there, and whether it counts. ``tokens`` counts the
    packs' tokens without padding, ``supervised`` the ones that count. ``segments`` holds, of packs joined to one row,
    what an attention that works by segments (flash) wants to know of them; it would find it out again in each layer.
    """

    input_ids: Tensor
    position_ids: Tensor
    columns: Tensor
    targets: Tensor
    weights: Tensor
    tokens: int
    supervised: int
    segments: dict[str, Any] = field(default_factory=dict)

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        moved = {
            name: getattr(self, name).to(device, non_blocking=True)
            for name in ("input_ids", "position_ids", "columns", "targets", "weights")
        }
        segments = {
            name: each.to(device, non_blocking=True) if isinstance(each, Tensor) else each
            for name, each in self.segments.items()
        }
        return replace(self, **moved, segments=segments)


#: Rows of few different lengths: memory of many sizes would be held in pieces that nothing fits (in 30 steps of
#: packs of 512 tokens on a processor: 2.4 GiB more), and matrix units want multiples of 64.
_GRAIN = 64


def collate(packs: Sequence[PackArrays], boundaries: Boundaries, *, one_row: bool = False) -> Batch:
    """Packs → tensors.

    Args:
        packs: at least one; each becomes a row, padded behind its end to the longest, rounded up to a multiple of
            64. Padding is a segment of its own, which no token sees and which is not supervised.
        boundaries: ``block`` restarts the positions at each example, ``none`` runs through.
        one_row: join the packs to one row instead (``block`` only). The result is the same; it costs nothing with
            an attention that works by segments (flash), and the square of the length with one that does not.
    """
    if one_row and boundaries != "block":
        raise ValueError("packs joined to one row would see each other without block boundaries")
    rows = [_row(pack, boundaries) for pack in packs]
    if one_row:
        rows = [tuple(np.concatenate(parts) for parts in zip(*rows, strict=True))]
    width = -(-max(len(row[0]) for row in rows) // _GRAIN) * _GRAIN
    # Padding ids must lie in every vocabulary; their positions restart, so they are a segment of their own.
    padding = np.arange(width)
    ids, positions, supervised = (np.zeros((len(rows), width), dtype=np.int64) for _ in range(3))
    for at, (row_ids, row_positions, row_supervised) in enumerate(rows):
        length = len(row_ids)
        ids[at, :length], positions[at, :length], supervised[at, :length] = row_ids, row_positions, row_supervised
        positions[at, length:] = padding[: width - length]
    # Position t predicts token t + 1; the last one predicts nothing.
    weights = supervised[:, 1:]
    columns = np.flatnonzero(weights.any(axis=0))
    if not columns.size:
        # Every rank has to go through the same operations, so a batch without a target computes one logit.
        columns, weights = np.zeros(1, dtype=np.int64), np.zeros((len(rows), width - 1), dtype=np.int64)
    targets = ids[:, 1:]
    return Batch(
        input_ids=torch.from_numpy(ids),
        position_ids=torch.from_numpy(positions),
        columns=torch.from_numpy(columns),
        targets=torch.from_numpy(targets[:, columns]),
        weights=torch.from_numpy(weights[:, columns].astype(np.float32)),
        tokens=int(sum(len(pack.input_ids) for pack in packs)),
        supervised=int(weights.sum()),
        segments=_segments(positions[0]) if one_row else {},
    )


def _segments(positions: NDArray[np.int64]) -> dict[str, Any]:
    """Where the segments of a row begin and end, and the longest's length, by the names that transformers uses."""
    bounds = np.append(np.flatnonzero(positions == 0), len(positions))
    ends, longest = torch.from_numpy(bounds.astype(np.int32)), int(np.diff(bounds).max())
    return {"cu_seq_lens_q": ends, "cu_seq_lens_k": ends, "max_length_q": longest, "max_length_k": longest}


def _row(pack: PackArrays, boundaries: Boundaries) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(input_ids, position_ids, supervised) of one pack, [tokens] each; an example's first token is no target."""
    lengths = np.asarray(pack.lengths, dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    count = int(lengths.sum())
    if not (len(pack.input_ids) == len(pack.loss_mask) == count):
        raise ValueError(f"a pack of {len(pack.input_ids)} tokens says that its examples have {count}")
    positions = np.arange(count) - (np.repeat(starts, lengths) if boundaries == "block" else 0)
    supervised = np.array(pack.loss_mask, dtype=np.int64)
    supervised[starts] = 0
    return np.asarray(pack.input_ids, dtype=np.int64), positions, supervised
