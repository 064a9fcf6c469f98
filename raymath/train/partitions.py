"""Which elements of which parameter a rank updates, in DeepSpeed's three layouts (0.19.8).

    fill(engine.optimizer, Universal(checkpoint / "universal"), rank=0, world=2)

DeepSpeed itself is imported in `raymath.train.engine` alone; what is read is `raymath.train.universal`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from raymath.train.universal import KINDS, Universal


class Piece(NamedTuple):
    """``size`` elements of a flattened parameter from ``start`` on; they lie at ``at`` in a rank's flat tensor."""

    name: str
    at: int
    start: int
    size: int


def fill(optimizer: Any, universal: Universal, rank: int, world: int) -> None:
    """Put weights and moments into a ZeRO optimizer that has made no step; only what this rank holds is read.

    All ranks call it: the weights that the model computes with are made from the float32 ones of all.
    """
    layout = _stage_3(optimizer, rank, world) if _is_stage_3(optimizer) else _stages_1_and_2(optimizer)
    for flat, pieces in layout:
        moments = {kind: torch.zeros_like(flat.data) for kind in KINDS if kind != "fp32"}
        for kind, target in {**moments, "fp32": flat.data}.items():
            for piece in pieces:
                part = universal.read(kind, piece.name, piece.start, piece.size)
                target.narrow(0, piece.at, piece.size).copy_(part)
        step = torch.tensor(float(universal.step), dtype=torch.float32, device=flat.device)
        optimizer.optimizer.state[flat] = {"step": step, **moments}
    _round(optimizer)


def _is_stage_3(optimizer: Any) -> bool:
    return hasattr(optimizer, "fp32_partitioned_groups_flat")


def _stage_3(optimizer: Any, rank: int, world: int) -> Iterator[tuple[Tensor, list[Piece]]]:
    """Each parameter is cut into equal parts, the last ones padded; a rank's parts lie in a row."""
    for flat, group in zip(optimizer.fp32_partitioned_groups_flat, optimizer.fp16_groups, strict=True):
        pieces, at = [], 0
        for parameter in group:
            each = math.ceil(parameter.ds_numel / world)
            size = max(0, min(each, parameter.ds_numel - rank * each))
            pieces.append(Piece(optimizer.param_names[parameter], at, rank * each, size))
            at += each
        yield flat, pieces


def _stages_1_and_2(optimizer: Any) -> Iterator[tuple[Tensor, list[Piece]]]:
    """A group is one flat tensor, cut without regard to parameters; DeepSpeed knows what of each is here."""
    if hasattr(optimizer, "bf16_groups"):  # the optimizer of stage 1 in bf16
        flats, groups = optimizer.fp32_groups_flat_partition, optimizer.bf16_groups
    else:
        flats, groups = optimizer.single_partition_of_fp32_groups, optimizer.bit16_groups
    for flat, group in zip(flats, groups, strict=True):
        pieces = []
        for parameter in group:
            if (mapping := parameter._hp_mapping) is None:
                continue
            address = mapping.lp_fragment_address
            at = mapping.get_hp_fragment_address().start
            pieces.append(Piece(optimizer.param_names[parameter], at, address.start, address.numel))
        yield flat, pieces


def _round(optimizer: Any) -> None:
    """Make the weights that the model computes with from the float32 ones."""
    if not _is_stage_3(optimizer):
        optimizer.update_lp_params()
        return
    for exact, rounded, group in zip(
        optimizer.fp32_partitioned_groups_flat,
        optimizer.fp16_partitioned_groups_flat,
        optimizer.fp16_partitioned_groups,
        strict=True,
    ):
        rounded.data.copy_(exact.data)
        for part, value in zip(group, optimizer.unflatten(rounded, group), strict=True):
            part.data = value.data
