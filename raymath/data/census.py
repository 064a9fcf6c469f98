"""Counts of a finished mix, read part by part: what the card, the page and the terminal show.

    census = take("runs/x/data")
    census.by("language", "mode")

Only small columns are read, one shard file at a time, so memory does not grow with the mix. What became of rows that
are not in the mix is in the manifest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raymath.data import shards

#: What examples are counted by.
NAMES = ("source", "language", "mode", "topic", "subject", "licence")


class Sums(NamedTuple):
    """Examples, their tokens, and those the model is trained to write."""

    examples: int = 0
    tokens: int = 0
    supervised: int = 0

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*(one + two for one, two in zip(self, other, strict=True)))


@dataclass
class Census:
    """``cells``: sums by `NAMES` (missing values are ``—``); ``lengths[n]``: examples of n tokens."""

    cells: dict[tuple[str, ...], Sums] = field(default_factory=dict)
    lengths: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))

    def by(self, *names: str) -> dict[tuple[str, ...], Sums]:
        """Sums by some of `NAMES`, the largest first."""
        at = [NAMES.index(name) for name in names]
        sums: dict[tuple[str, ...], Sums] = {}
        for cell, own in self.cells.items():
            key = tuple(cell[i] for i in at)
            sums[key] = sums.get(key, Sums()).plus(own)
        return dict(sorted(sums.items(), key=lambda item: (-item[1].examples, item[0])))

    @property
    def total(self) -> Sums:
        """All of it."""
        return self.by().get((), Sums())

    def quantile(self, share: float) -> int:
        """The length that this share of the examples does not pass; 0 of an empty mix."""
        ends = np.cumsum(self.lengths)
        return int(np.searchsorted(ends, share * ends[-1])) if ends[-1] else 0

    def binned(self, context: int) -> dict[str, int]:
        """Examples by length: twelve steps up to the context, two to each doubling, and those above it."""
        edges = np.ceil(context / np.sqrt(2) ** np.arange(11, -1, -1)).astype(int)
        at = np.searchsorted(edges, np.arange(self.lengths.size))
        counts = np.bincount(at, self.lengths, minlength=edges.size + 1).astype(int)
        names = [f"≤ {edge:,}" for edge in edges] + [f"> {context:,}"]
        return dict(zip(names, counts.tolist(), strict=True))


def take(directory: str | Path) -> Census:
    """Count a finished mix.

    Raises:
        DataError: the directory holds none.
    """
    import pyarrow.parquet as pq

    directory = Path(directory)
    shards.manifest(directory)
    census, lengths = Census(), Counter[int]()
    both = zip(shards.parts(directory, "examples"), shards.parts(directory, "tokens"), strict=True)
    for examples, tokens in both:
        named = pq.read_table(examples, columns=list(NAMES)).replace_schema_metadata()
        sizes = pq.read_table(tokens, columns=["length", "supervised"])
        table = named.append_column("length", sizes["length"]).append_column("supervised", sizes["supervised"])
        grouped = table.group_by(list(NAMES)).aggregate([("length", "count"), ("length", "sum"), ("supervised", "sum")])
        for row in grouped.to_pylist():
            cell = tuple(str(row[name] or "—") for name in NAMES)
            own = Sums(row["length_count"], row["length_sum"], row["supervised_sum"])
            census.cells[cell] = census.cells.get(cell, Sums()).plus(own)
        values, counts = np.unique(sizes["length"].to_numpy(), return_counts=True)
        lengths.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    census.lengths = _dense(lengths)
    return census


def _dense(counts: Mapping[int, int]) -> NDArray[np.int64]:
    dense = np.zeros(max(counts, default=0) + 1, np.int64)
    for length, examples in counts.items():
        dense[length] = examples
    return dense
