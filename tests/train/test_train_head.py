"""Head and loss in one: the losses and gradients of whole logits, without ever holding them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from packs import random_pack
from torch.utils._python_dispatch import TorchDispatchMode

from raymath.errors import ModelError
from raymath.train import head, metrics
from raymath.train.collate import collate
from raymath.train.head import LossHead, fuse, fused_nll
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.loss import supervised_nll

TOKENS, HIDDEN, VOCABULARY = 33, 16, 50


def inputs(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    hidden, weight = torch.randn(TOKENS, HIDDEN, dtype=dtype), torch.randn(VOCABULARY, HIDDEN, dtype=dtype)
    counts = (torch.rand(TOKENS) < 0.5).float() * 0.01
    return hidden.requires_grad_(), weight.requires_grad_(), torch.randint(VOCABULARY, (TOKENS,)), counts


class Largest(TorchDispatchMode):
    """The most elements of a tensor that any operation gives."""

    elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for each in out if isinstance(out, (tuple, list)) else [out]:
            if isinstance(each, torch.Tensor):
                self.elements = max(self.elements, each.numel())
        return out


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rows_at_once", [1, 7, 100])
def test_it_is_the_cross_entropy_of_the_logits(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, rows_at_once: int
) -> None:
    monkeypatch.setattr(head, "CHUNK", VOCABULARY * rows_at_once)
    hidden, weight, targets, counts = inputs(dtype)
    got = fused_nll(hidden, weight, targets, counts)
    got.backward()
    ours = hidden.grad, weight.grad
    hidden.grad = weight.grad = None
    logits = (hidden @ weight.T).float()
    expected = torch.nn.functional.cross_entropy(logits, targets, reduction="none") @ counts
    expected.backward()
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected)
    for mine, theirs in zip(ours, (hidden.grad, weight.grad), strict=True):
        assert mine is not None
        assert mine.dtype == dtype
        # In bf16 each side rounds the gradient of the logits; a product of many has no more than their error.
        torch.testing.assert_close(mine, theirs, **({} if dtype == torch.float32 else {"rtol": 2e-2, "atol": 1e-4}))


def test_its_gradient_is_the_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "CHUNK", VOCABULARY * 5)
    hidden, weight, targets, counts = inputs(torch.float64)
    assert torch.autograd.gradcheck(lambda h, w: 3 * fused_nll(h, w, targets, counts), (hidden, weight))


def test_logits_never_exist_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden, weight, targets, counts = inputs(torch.float32)
    for rows, most in ((4, VOCABULARY * HIDDEN), (TOKENS, VOCABULARY * TOKENS)):
        monkeypatch.setattr(head, "CHUNK", VOCABULARY * rows)
        with Largest() as seen:
            fused_nll(hidden, weight, targets, counts).backward()
        assert seen.elements == most


def test_a_frozen_weight_gets_no_gradient() -> None:
    hidden, weight, targets, counts = inputs(torch.float32)
    fused_nll(hidden, weight.requires_grad_(False), targets, counts).backward()
    assert hidden.grad is not None
    assert weight.grad is None
    with torch.no_grad():
        assert not fused_nll(hidden, weight, targets, counts).requires_grad


@pytest.fixture
def model(tiny_model: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)


def test_a_fused_model_is_the_same_model(model: Any) -> None:
    fused = copy.deepcopy(model)
    assert isinstance(fuse(fused), LossHead)
    assert [name for name, _ in fused.named_parameters()] == [name for name, _ in model.named_parameters()]
    assert fused.lm_head.weight is fused.model.embed_tokens.weight
    batch = collate([random_pack(1, 70), random_pack(2, 41)], "block")
    totals = [supervised_nll(each, batch, 0.1) for each in (fused, model)]
    torch.testing.assert_close(*totals)
    for total in totals:
        total.backward()
    for (name, mine), theirs in zip(fused.named_parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, msg=name)
    # Outside the loss it gives logits as ever.
    ids = torch.arange(5, 20)[None]
    assert torch.equal(fused(ids).logits, model(ids).logits)


def test_a_model_that_changes_its_logits_is_refused(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fuse(model)
    plain = type(model).forward

    def capped(self: Any, *args: Any, **given: Any) -> Any:
        out = plain(self, *args, **given)
        out.logits = 30 * torch.tanh(out.logits / 30)
        return out

    monkeypatch.setattr(type(model), "forward", capped)
    with pytest.raises(ModelError, match=r"train\.fused_loss"):
        supervised_nll(model, collate([random_pack(1)], "block"))


def test_a_head_with_a_bias_is_left_as_it_is(model: Any) -> None:
    model.set_output_embeddings(torch.nn.Linear(64, 259))
    assert fuse(model) is None
    batch = collate([random_pack(1)], "block")
    assert supervised_nll(model, batch).requires_grad


@pytest.mark.parametrize(("precision", "stage"), [("fp32", 1), ("fp32", 3), ("bf16", 2)])
def test_a_run_with_it_is_the_run_without(make_job: Callable[..., Job], precision: str, stage: int) -> None:
    runs = [make_job(str(fused), precision=precision, zero_stage=stage, fused_loss=fused) for fused in (True, False)]
    for job in runs:
        train(job)
    ours, theirs = (metrics.read(job.metrics) for job in runs)
    within = 1e-5 if precision == "fp32" else 2e-3
    assert [line.loss for line in ours] == pytest.approx([line.loss for line in theirs], abs=within)
    norms = [line.gradient_norm for line in ours]
    assert norms == pytest.approx([line.gradient_norm for line in theirs], rel=10 * within)


@pytest.mark.parametrize(
    ("stage", "precision"),
    # Products in bf16 are slow where the processor has no instructions for them.
    [(1, "fp32"), (2, "fp32"), (3, "fp32"), (2, "bf16")]
    + [pytest.param(stage, "bf16", marks=pytest.mark.slow) for stage in (1, 3)],
)
def test_accumulated_gradients_are_those_of_the_plain_head(
    make_job: Callable[..., Job], stage: int, precision: str
) -> None:
    seen = []
    for name, fused in (("plain", False), ("fused", True)):
        job = make_job(name, steps=2, precision=precision, zero_stage=stage, fused_loss=fused)
        train(job)
        seen.append([line.gradient_norm for line in metrics.read(job.metrics)])
    assert seen[0] == pytest.approx(seen[1], rel=1e-4 if precision == "fp32" else 1e-2)
