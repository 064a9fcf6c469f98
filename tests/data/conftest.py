"""What the tests of the data room share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from data_makers import write_shards
from data_tokenizers import llama, qwen


@pytest.fixture
def make_shards(tmp_path: Path) -> Callable[..., Path]:
    """lengths, **plan → a directory of token shards."""

    def make(lengths: Sequence[int], name: str = "shards", **plan: Any) -> Path:
        return write_shards(tmp_path / name, lengths, **plan)

    return make


@pytest.fixture(scope="session")
def qwen_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with Qwen2.5's rules."""
    return qwen(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def llama_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with Llama 2's rules."""
    return llama(tmp_path_factory.mktemp("llama"))
