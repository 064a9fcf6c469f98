"""Packs of random tokens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np


def random_pack(seed: int, tokens: int = 60, vocabulary: int = 259, supervised: float | None = None) -> Any:
    """A pack of three examples of which a random (or the given) share of tokens is supervised."""
    random = np.random.default_rng(seed)
    cuts = np.sort(random.choice(np.arange(4, tokens - 4), 2, replace=False))
    share = random.random() if supervised is None else supervised
    return SimpleNamespace(
        input_ids=random.integers(3, vocabulary, tokens),
        loss_mask=(random.random(tokens) < share).astype(np.int64),
        lengths=np.diff([0, *cuts, tokens]),
    )
