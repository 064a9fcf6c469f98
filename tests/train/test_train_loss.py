"""The loss: right values and gradients, and the same gradient however a step is split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import random_pack

from raymath.train import head
from raymath.train.collate import collate
from raymath.train.loss import sum_nll, supervised_nll


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rows_at_once", [1, 7, 100])
def test_sum_nll_is_cross_entropy(monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype, rows_at_once: int) -> None:
    monkeypatch.setattr(head, "CHUNK", 50 * rows_at_once)
    torch.manual_seed(0)
    values = torch.randn(33, 50) * 5
    targets, weights = torch.randint(50, (33,)), (torch.rand(33) < 0.5).float()
    ours = values.to(dtype).requires_grad_()
    theirs = values.to(dtype).requires_grad_()
    got = sum_nll(ours, targets, weights)
    expected = (torch.nn.functional.cross_entropy(theirs.float(), targets, reduction="none") * weights).sum()
    (got * 3).backward()
    (expected * 3).backward()
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected)
    assert ours.grad is not None
    assert ours.grad.dtype == dtype
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_sum_nll_gradient_is_the_derivative() -> None:
    torch.manual_seed(1)
    logits = torch.randn(6, 9, dtype=torch.float64, requires_grad=True)
    targets, weights = torch.randint(9, (6,)), torch.tensor([1.0, 0, 1, 1, 0, 1])
    assert torch.autograd.gradcheck(lambda x: sum_nll(x, targets, weights), (logits,))


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)


def gradient(model: Any, splits: list[list[list[Any]]], *, normalise: str = "global") -> torch.Tensor:
    """The gradient of one step: ranks of micro-batches of packs, averaged over ranks as the engine does."""
    model.zero_grad()
    world = len(splits)
    batches = [[collate(packs, "block") for packs in rank] for rank in splits]
    total = sum(batch.supervised for rank in batches for batch in rank)
    for rank in batches:
        for batch in rank:
            by = total if normalise == "global" else max(1, batch.supervised) * sum(map(len, batches))
            (supervised_nll(model, batch) * (world / by) / world).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def split(packs: list[Any], world: int, micro: int) -> list[list[list[Any]]]:
    ranks = [packs[rank::world] for rank in range(world)]
    return [[rank[i : i + micro] for i in range(0, len(rank), micro)] for rank in ranks]


@settings(max_examples=12, deadline=None)
@given(world=st.sampled_from([1, 2, 4]), micro=st.sampled_from([1, 2]), seeds=st.lists(st.integers(0, 99), min_size=1))
def test_every_split_gives_one_gradient(model: Any, world: int, micro: int, seeds: list[int]) -> None:
    # Very uneven: packs that are supervised hardly, wholly and not at all.
    packs = [random_pack(seeds[i % len(seeds)] + i, 40 + 5 * i, supervised=(None, 0.02, 1, 0)[i % 4]) for i in range(8)]
    whole = gradient(model, split(packs, 1, 1))
    assert whole.norm() > 0
    torch.testing.assert_close(gradient(model, split(packs, world, micro)), whole, atol=1e-6, rtol=1e-4)


def test_means_of_micro_batches_would_not(model: Any) -> None:
    packs = [random_pack(i, supervised=(0.05, 0.9)[i % 2]) for i in range(4)]
    whole = gradient(model, split(packs, 1, 1))
    mean = gradient(model, split(packs, 1, 1), normalise="micro-batch")
    assert (mean - whole).norm() / whole.norm() > 0.05


def test_the_first_token_of_an_example_is_never_a_target(model: Any) -> None:
    pack = random_pack(3, supervised=1)
    batch = collate([pack], "block")
    assert batch.supervised == len(pack.input_ids) - 3
    starts = np.cumsum(pack.lengths)[:-1]
    assert not set(batch.columns.tolist()) & set((starts - 1).tolist())


def test_a_batch_without_a_target_has_loss_and_gradient_zero(model: Any) -> None:
    batch = collate([random_pack(1, supervised=0), random_pack(2, supervised=0)], "block")
    assert batch.supervised == 0
    model.zero_grad()
    total = supervised_nll(model, batch)
    total.backward()
    assert total.item() == 0
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


def test_logits_are_computed_only_where_something_is_supervised(model: Any) -> None:
    pack = random_pack(5, supervised=0.2)
    batch = collate([pack], "block")
    assert batch.columns.numel() == batch.supervised
    full = model(input_ids=batch.input_ids, position_ids=batch.position_ids, use_cache=False).logits[0].float()
    nll = torch.nn.functional.cross_entropy(full[:-1], batch.input_ids[0, 1:], reduction="none")
    expected = nll[batch.columns] @ batch.weights[0]
    torch.testing.assert_close(supervised_nll(model, batch), expected)
