"""The loss on packs that are not trained on.

    held = mean_loss(pack_losses(job, engine, [feed.unseen(index) for index in feed.held_out]))

Each pack goes through the model alone, so that the number is the same for any number of workers and micro-batch.
Neither random numbers nor gradients are touched: training goes on as if nothing had been measured. Which packs are
held out is left to `raymath.data.heldout`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributed as dist

from raymath.errors import DataError
from raymath.train.collate import PackArrays, collate
from raymath.train.engine import Engine
from raymath.train.job import Job
from raymath.train.loss import supervised_nll


def pack_losses(job: Job, engine: Engine, packs: Sequence[PackArrays]) -> list[tuple[float, int]]:
    """(sum of the negative log-likelihoods, supervised tokens) of each pack; all ranks call it with the same packs."""
    sums = torch.zeros(len(packs), 2, dtype=torch.float64, device=engine.device)
    one_row = job.settings.attention == "flash_attention_2" and job.boundaries == "block"
    engine.model.eval()
    with torch.no_grad():
        for first in range(0, len(packs), engine.world):
            # Weights that are split over the ranks are gathered by all of them: one without a pack takes the last.
            index = first + engine.rank
            batch = collate([packs[min(index, len(packs) - 1)]], job.boundaries, one_row=one_row)
            nll = supervised_nll(engine.model, batch.to(engine.device))
            if index < len(packs):
                sums[index, 0], sums[index, 1] = nll.double(), batch.supervised
    engine.model.train()
    dist.all_reduce(sums)
    return [(nll, round(count)) for nll, count in sums.tolist()]


def mean_loss(losses: Sequence[tuple[float, int]]) -> float:
    """The mean over the supervised tokens of all packs.

    Raises:
        DataError: there is no such token.
    """
    tokens = sum(count for _, count in losses)
    if not tokens:
        raise DataError(
            f"the {len(losses)} packs that train.validation holds out have no trained token that is not trained on too",
            "hold out more packs",
        )
    return sum(nll for nll, _ in losses) / tokens
