"""What the training tests share: a small real feed, and jobs on the tiny model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raymath.config import TrainSettings
from raymath.data import shards
from raymath.runs import write_json
from raymath.train.job import Job

CONTEXT = 96
VOCABULARY = 259


def write_feed(directory: Path, *, examples: int = 60) -> Path:
    """Token shards of random examples: 5 to 60 tokens, unevenly supervised, one of them not at all."""
    import pyarrow as pa

    random = np.random.default_rng(7)
    rows = []
    for number in range(examples):
        length = int(random.integers(5, 60))
        mask = (random.random(length) < random.random()).astype(np.uint8)
        mask[0] = 0
        if number == 0:
            mask[:] = 0
        rows.append(
            {
                "id": f"e{number}",
                "source": "test",
                "mode": "cot",
                "language": "en",
                "length": length,
                "supervised": int(mask.sum()),
                "input_ids": random.integers(3, VOCABULARY, length).tolist(),
                "loss_mask": mask.tolist(),
            }
        )
    table = pa.Table.from_pylist(rows, schema=shards.schema())
    writer = shards.Writer(directory / "tokens", shards.schema())
    writer.add(table)
    writer.close()
    fingerprint = shards.Fingerprint()
    fingerprint.add(table)
    plan = {"context": CONTEXT, "packing": "best-fit", "window": 16, "overlong": "drop", "seed": 0}
    write_json(directory / "manifest.json", {"fingerprint": fingerprint.hexdigest(), "plan": plan})
    return directory


@pytest.fixture(scope="session")
def feed_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_feed(tmp_path_factory.mktemp("feed"))


@pytest.fixture
def make_job(tiny_model: Path, feed_dir: Path, tmp_path: Path) -> Callable[..., Job]:
    """A job on the tiny model: four steps of four packs in fp32, unless told otherwise."""

    def make(name: str = "out", *, model: Path = tiny_model, **changed: Any) -> Job:
        usual: dict[str, Any] = {"steps": 4, "batch": 4, "precision": "fp32", "learning_rate": 1e-3}
        settings = TrainSettings(**{**usual, "checkpoint_every": 2, **changed})
        return Job(model=str(model), feed=str(feed_dir), out=str(tmp_path / name), settings=settings)

    return make
