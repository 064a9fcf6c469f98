"""Examples of a pack do not see each other: packed equals separate, and the test can tell when not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from packs import random_pack

from raymath.train.collate import Batch, collate
from raymath.train.loss import supervised_nll

#: Of the largest logit: what single precision leaves after thirty layers, whatever the processor.
TOLERANCE = 1e-4


def load(path: Path, attention: str) -> Any:
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(2)
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation=attention).eval()


def logits(model: Any, batch: Batch, **given: Any) -> torch.Tensor:
    with torch.inference_mode():
        out = model(input_ids=batch.input_ids, position_ids=batch.position_ids, use_cache=False, **given)
    return out.logits


def separate(model: Any, pack: Any) -> torch.Tensor:
    """Logits of each example alone, one after another: [tokens, vocabulary]."""
    parts = np.split(pack.input_ids, np.cumsum(pack.lengths)[:-1])
    with torch.inference_mode():
        return torch.cat([model(input_ids=torch.from_numpy(ids)[None], use_cache=False).logits[0] for ids in parts])


@pytest.mark.parametrize(
    ("which", "attention"),
    [
        ("tiny_model", "sdpa"),
        ("tiny_model", "eager"),
        ("embedded_model", "sdpa"),
        pytest.param("embedded_model", "eager", marks=pytest.mark.slow),
    ],
)
def test_packed_equals_separate(which: str, attention: str, request: pytest.FixtureRequest) -> None:
    model = load(request.getfixturevalue(which), attention)
    pack = random_pack(0, 90, model.config.vocab_size)
    batch = collate([pack], "block")
    alone = separate(model, pack)
    size = len(alone)

    def difference(packed: torch.Tensor) -> float:
        return float((packed[0, :size] - alone).abs().max() / alone.abs().max())

    assert difference(logits(model, batch)) < TOLERANCE
    # Neither a mask of ones nor plain positions may go unnoticed here.
    assert difference(logits(model, batch, attention_mask=torch.ones_like(batch.input_ids))) > 100 * TOLERANCE
    assert difference(logits(model, collate([pack], "none"))) > 100 * TOLERANCE


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_rows_of_unequal_length_equal_separate(tiny_model: Path, attention: str) -> None:
    model = load(tiny_model, attention)
    packs = [random_pack(1, 70), random_pack(2, 41), random_pack(3, 55)]
    rows = logits(model, collate(packs, "block"))
    for row, pack in zip(rows, packs, strict=True):
        assert (row[: len(pack.input_ids)] - separate(model, pack)).abs().max() < TOLERANCE


@pytest.mark.parametrize("boundaries", ["block", "none"])
def test_rows_have_the_loss_of_single_packs(tiny_model: Path, boundaries: Any) -> None:
    model = load(tiny_model, "sdpa")
    packs = [random_pack(1, 70), random_pack(2, 41), random_pack(3, 55)]
    alone = sum(supervised_nll(model, collate([pack], boundaries)) for pack in packs)
    torch.testing.assert_close(supervised_nll(model, collate(packs, boundaries)), alone)


def test_one_row_has_the_loss_of_several(tiny_model: Path) -> None:
    model = load(tiny_model, "sdpa")
    packs = [random_pack(1, 70), random_pack(2, 41)]
    joined = collate(packs, "block", one_row=True)
    assert joined.input_ids.shape == (1, 128)
    torch.testing.assert_close(supervised_nll(model, joined), supervised_nll(model, collate(packs, "block")))
    with pytest.raises(ValueError, match="block boundaries"):
        collate(packs, "none", one_row=True)


def test_positions_restart_only_with_boundaries() -> None:
    pack = random_pack(4, 30)
    restarted = np.concatenate([np.arange(length) for length in pack.lengths])
    padding = list(range(34))  # up to 64, as a segment of its own
    assert collate([pack], "block").position_ids[0].tolist() == [*restarted.tolist(), *padding]
    assert collate([pack], "none").position_ids[0].tolist() == [*range(30), *padding]


def test_a_pack_that_contradicts_itself_is_refused() -> None:
    pack = random_pack(4, 30)
    pack.lengths = pack.lengths[:-1]
    with pytest.raises(ValueError, match="30 tokens"):
        collate([pack], "block")
