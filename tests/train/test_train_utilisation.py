"""Model FLOP/s: counted by hand, and relative to what is named."""

from __future__ import annotations

import pytest
import torch

from raymath.train.engine import join_group
from raymath.train.shapes import Shape
from raymath.train.utilisation import Peak, measure, mfu, model_flops, of_gpus

SHAPE = Shape(
    vocabulary=10, hidden=4, layers=1, heads=2, attention_width=4, key_value_width=2, intermediate=8, tied=True
)


def test_flops_by_hand() -> None:
    # Weights of a layer: q and o 16 each, k and v 8 each, three of 32 in the feed-forward, two norms; a last norm.
    layer = 2 * 16 + 2 * 8 + 3 * 32 + 2 * 4 + 4
    # Scores and their sums, each 2 × span × width, half of it for the mask, three times with the backward pass.
    attention = 3 * 2 * 2 * 6 * 4 / 2
    found = model_flops(SHAPE, tokens=100, supervised=30, span=6)
    assert found == 100 * (6 * layer + attention) + 30 * 6 * 10 * 4


def test_share_of_the_peak() -> None:
    flops = model_flops(SHAPE, tokens=100, supervised=30, span=6)
    given = {"tokens": 100, "supervised": 30, "span": 6.0, "seconds": 2.0}
    assert mfu(Peak(flops=flops, basis=""), SHAPE, **given) == pytest.approx(0.5)
    assert mfu(Peak(flops=None, basis=""), SHAPE, **given) is None
    assert mfu(Peak(flops=1.0, basis=""), None, **given) is None


@pytest.mark.parametrize(
    ("name", "each"),
    [
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H200", 989e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA A100-PCIE-40GB", 312e12),
        ("NVIDIA H100 PCIe", None),
        ("NVIDIA H100 NVL", None),
        ("NVIDIA GeForce RTX 4090", None),
    ],
)
def test_gpus_by_name(name: str, each: float | None) -> None:
    found = of_gpus(name, "bf16", 8)
    assert found.flops == (each and 8 * each)
    assert ("maker" in found.basis) == (each is not None)
    assert of_gpus(name, "fp32", 8).flops is None


def test_processors_are_measured() -> None:
    join_group(gpu=False)
    found = measure(torch.device("cpu"), "fp32")
    assert found.flops is not None
    assert found.flops > 1e8
    assert "measured" in found.basis
