"""The loss: summed over supervised tokens, divided by their number in the whole step.

    scale = world / supervised_tokens              # of all ranks and micro-batches: see `raymath.train.loop`
    loss = supervised_nll(model, batch, scale)     # a sum, of one micro-batch

Dividing by a micro-batch's own number of tokens would weight tokens by the company they are in, and the gradient
would depend on how a step is split over ranks and accumulation. A sum does not. How a step's tokens are counted
over the ranks is left to `raymath.train.loop`, how head and loss go together to `raymath.train.head`.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from raymath.errors import ModelError
from raymath.train.collate import Batch
from raymath.train.head import LossHead, chunks


def supervised_nll(model: Any, batch: Batch, scale: float = 1.0) -> Tensor:
    """The sum of the negative log-likelihoods of a micro-batch's supervised tokens, times `scale` (float32 scalar).

    The head sees only the columns in which some row has a supervised token.

    Args:
        model: a Hugging Face causal language model, or an engine around one; after `raymath.train.head.fuse` the
            logits never exist at once.
        batch: see `raymath.train.collate`.
        scale: on each token's loss; gradients are rounded once, with it.

    Raises:
        ModelError: the model does something with its logits that a fused head would leave out.
    """
    head = model.get_output_embeddings()
    targets, weights = batch.targets.flatten(), batch.weights.flatten() * scale
    fused = isinstance(head, LossHead)
    with head.counting(targets, weights) if fused else nullcontext():
        # Segments are found from position_ids only without an attention mask and without a cache.
        logits: Tensor = model(
            input_ids=batch.input_ids,
            position_ids=batch.position_ids,
            use_cache=False,
            logits_to_keep=batch.columns,
            **batch.segments,
        ).logits
    if not fused:
        return sum_nll(logits.flatten(0, 1), targets, weights)
    if head.unchanged is None:
        head.unchanged = torch.allclose(logits.detach(), head.given, rtol=0, atol=0, equal_nan=True)
    if not head.unchanged:
        raise ModelError("the model does not give the logits as its head makes them", "set train.fused_loss to false")
    return logits


def sum_nll(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Σ weight · -log softmax(logits)[target], in float32.

    Neither the forward nor the backward pass holds a float32 copy of all logits: both go through them in chunks.

    Args:
        logits: [tokens, vocabulary], any floating type; the gradient has the same type.
        targets: [tokens], int64.
        weights: [tokens], float32: 0 where the token does not count.
    """
    out: Tensor = _SumNll.apply(logits, targets, weights)  # type: ignore[no-untyped-call]
    return out


class _SumNll(torch.autograd.Function):
    """Saves the logits as they are and one log-sum-exp a token; softmax is computed again in the backward pass."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        wide = torch.promote_types(logits.dtype, torch.float32)
        log_sums = torch.empty(len(logits), dtype=wide, device=logits.device)
        total = torch.zeros((), dtype=wide, device=logits.device)
        for rows in chunks(*logits.shape):
            chunk = logits[rows].to(wide)
            log_sums[rows] = torch.logsumexp(chunk, dim=-1)
            nll = log_sums[rows] - chunk.gather(1, targets[rows, None]).squeeze(1)
            total += nll @ weights[rows].to(wide)
        ctx.save_for_backward(logits, targets, weights, log_sums)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        logits, targets, weights, log_sums = ctx.saved_tensors
        out = torch.empty_like(logits)
        for rows in chunks(*logits.shape):
            chunk = (logits[rows] - log_sums[rows, None]).exp_()
            chunk.scatter_add_(1, targets[rows, None], torch.full_like(chunk[:, :1], -1))
            out[rows] = chunk.mul_(weights[rows, None] * grads[0])
        return out, None, None
