"""A training run as data: what a worker needs to know, and how a step is split over the workers.

    job = Job(model="…", feed="…", out="…", settings=settings.train, boundaries=settings.data.boundaries)

Loads no torch: drivers and plans use it too. What a job does is left to `raymath.train.loop`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from raymath.config import PlaceSettings, TrainSettings
from raymath.errors import ConfigError
from raymath.records import Record

Boundaries = Literal["block", "none"]


class Job(Record):
    """What a worker needs to know, on any machine that sees these paths.

    ``model`` is a Hugging Face directory or hub name, ``feed`` a directory of token shards, ``out`` the directory
    that metrics and checkpoints are written to, and resumed from.
    """

    model: str
    feed: str
    out: str
    settings: TrainSettings
    boundaries: Boundaries = "block"
    base: str = ""
    """What `model` is called: found again by it on a machine that lacks the directory."""
    home: str | None = None
    """The run's URI, where workers share no disk with the driver (`raymath.train.home`)."""
    place: PlaceSettings = PlaceSettings()
    """The nodes that train."""

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are."""
        return Path(self.out) / "checkpoints"

    @property
    def store(self) -> str | None:
        """Where copies of the checkpoints go; None where they stay in `out` alone."""
        return store_address(self.settings, Path(self.out))

    @property
    def metrics(self) -> Path:
        """One JSON line a step."""
        return Path(self.out) / "metrics.jsonl"

    @property
    def stop(self) -> Path:
        """What is written here asks the workers to save and end (`raymath.train.preempt`)."""
        return Path(self.out) / "stop"


def store_address(settings: TrainSettings, out: Path) -> str | None:
    """Below `train.checkpoint_store` as the run's directory is called: ``…/RUN/train``; None without a store."""
    where, mark, query = settings.checkpoint_store.partition("?")
    return f"{where.rstrip('/')}/{out.parent.name}/{out.name}{mark}{query}" if where else None


def accumulation(settings: TrainSettings, world: int) -> int:
    """Micro-batches of each of `world` workers in a step.

    Raises:
        ConfigError: the batch does not divide by the workers and the micro-batch.
    """
    count, rest = divmod(settings.batch, world * settings.micro_batch)
    if rest:
        raise ConfigError(
            f"train.batch = {settings.batch} is not a multiple of {world} workers × "
            f"train.micro_batch = {settings.micro_batch}",
            f"use a multiple of {world * settings.micro_batch}",
        )
    return count
