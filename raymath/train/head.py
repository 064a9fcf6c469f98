"""Head and loss in one: the logits of a micro-batch never exist at once.

    fuse(model)                                                       # once, after loading
    nll = fused_nll(hidden, model.lm_head.weight, targets, weights)   # what the fused head then gives

The loss is the last thing that a model computes, so its gradient is known as soon as a chunk of logits is: it is
multiplied into the gradients of the hidden states and of the weight at once, and the chunk is forgotten. Nothing
is computed twice. On GPUs the Liger kernel does the same, where it is installed. Which tokens count is left to
`raymath.train.loss`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from raymath.train.memory import CHUNK


class LossHead(torch.nn.Linear):
    """A model's last linear layer, which inside `counting` gives the loss in place of logits.

    Parameters and their names are those of the layer that it replaces. ``given`` is the last loss that it gave,
    ``unchanged`` whether the model passes on what its head gives; None until someone has looked.
    """

    def __init__(self, plain: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = plain.in_features, plain.out_features
        self.weight = plain.weight
        self.register_parameter("bias", None)
        self.given: Tensor | None = None
        self.unchanged: bool | None = None
        self._counted: tuple[Tensor, Tensor] | None = None

    @contextmanager
    def counting(self, targets: Tensor, weights: Tensor) -> Iterator[None]:
        """Inside, a forward pass gives Σ weight · nll: a scalar in float32 at least.

        Args:
            targets: [tokens], int64, for the hidden states as the model gives them, rows one after another.
            weights: [tokens], floating; 0 where a token does not count.
        """
        self._counted = targets, weights
        try:
            yield
        finally:
            self._counted = None

    def forward(self, hidden: Tensor) -> Tensor:
        """[…, hidden] → logits […, vocabulary], or the loss."""
        if self._counted is None:
            return super().forward(hidden)
        loss = fused_nll(hidden.flatten(0, -2), self.weight, *self._counted)
        self.given = loss.detach()
        return loss


def fuse(model: Any) -> LossHead | None:
    """Put a `LossHead` in the place of the model's head; None, and nothing changed, if that is no plain linear layer.

    A tied weight stays tied: it is the same parameter.
    """
    plain = model.get_output_embeddings()
    if type(plain) is not torch.nn.Linear or plain.bias is not None:
        return None
    head = LossHead(plain)
    model.set_output_embeddings(head)
    return head


def fused_nll(hidden: Tensor, weight: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Σ weight · -log softmax(hidden @ weightᵀ)[target], in float32 at least.

    Args:
        hidden: [tokens, hidden], any floating type; the gradients have the same type.
        weight: [vocabulary, hidden], of that type.
        targets: [tokens], int64.
        weights: [tokens], floating: 0, or one factor for all tokens that count.
    """
    if hidden.is_cuda and (kernel := _liger()) is not None:
        # It knows targets that count and others; one factor for all that do is put on behind it.
        counted = torch.where(weights != 0, targets, -100)
        sums = kernel.apply(hidden, weight, counted, None, None, -100, 0.0, 0.0, "sum", None, False, torch.float32)
        total: Tensor = sums[0] * weights.amax()
        return total
    out: Tensor = _FusedNll.apply(hidden, weight, targets, weights, torch.is_grad_enabled())  # type: ignore[no-untyped-call]
    return out


class _FusedNll(torch.autograd.Function):
    """Computes the gradients with the loss, chunk by chunk."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, weights: Tensor, learn: bool) -> Tensor:
        wide = torch.promote_types(hidden.dtype, torch.float32)
        total = torch.zeros((), dtype=wide, device=hidden.device)
        parts = chunks(len(hidden), len(weight))
        of_hidden = torch.empty_like(hidden) if learn and ctx.needs_input_grad[0] else None
        # A sum of many chunks loses nothing in float32; a single one is what the matrix product gives.
        of_weight: Tensor | None = None
        if learn and ctx.needs_input_grad[1] and len(parts) > 1:
            of_weight = torch.zeros_like(weight, dtype=wide)
        for rows in parts:
            counts = weights[rows].to(wide)
            loss, of_logits = _chunk(hidden[rows] @ weight.T, targets[rows], counts, wide)
            total += loss
            if of_hidden is not None:
                torch.mm(of_logits, weight, out=of_hidden[rows])
            if learn and ctx.needs_input_grad[1]:
                product = of_logits.T @ hidden[rows]
                of_weight = product if of_weight is None else of_weight.add_(product)
        ctx.save_for_backward(of_hidden, None if of_weight is None else of_weight.to(weight.dtype))
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        of_hidden, of_weight = ctx.saved_tensors
        scaled = (None if each is None else each * grads[0].to(each.dtype) for each in (of_hidden, of_weight))
        return next(scaled), next(scaled), None, None, None


def _chunk(logits: Tensor, targets: Tensor, counts: Tensor, wide: torch.dtype) -> tuple[Tensor, Tensor]:
    """Loss of a chunk of logits, and its gradient with respect to them, in their type."""
    kind = logits.dtype
    values = logits.to(wide)
    del logits
    peak = values.amax(dim=-1)
    wanted = values.gather(1, targets[:, None]).squeeze(1)
    sums = values.sub_(peak[:, None]).exp_().sum(dim=-1)
    loss = (sums.log() + peak - wanted) @ counts
    values.mul_((counts / sums)[:, None])
    values.scatter_add_(1, targets[:, None], -counts[:, None])
    return loss, values.to(kind)


def chunks(tokens: int, vocabulary: int) -> list[slice]:
    """The rows of so many tokens' logits that may exist in float32 at once (`CHUNK`)."""
    size = max(1, CHUNK // vocabulary)
    return [slice(at, at + size) for at in range(0, tokens, size)]


def _liger() -> Any | None:
    """Liger's autograd function; None where the package is not installed."""
    try:
        from liger_kernel.ops.fused_linear_cross_entropy import LigerFusedLinearCrossEntropyFunction
    except ImportError:
        return None
    return LigerFusedLinearCrossEntropyFunction
