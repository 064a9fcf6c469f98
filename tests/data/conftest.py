"""What the tests of the data room share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from data_makers import write_shards


@pytest.fixture
def make_shards(tmp_path: Path) -> Callable[..., Path]:
    """lengths, **plan → a directory of token shards."""

    def make(lengths: Sequence[int], name: str = "shards", **plan: Any) -> Path:
        return write_shards(tmp_path / name, lengths, **plan)

    return make
