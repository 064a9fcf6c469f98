"""Packs that a run never trains on, to measure its loss on them.

    held = HeldOut(packs=45_679, amount=0.01, seed=0)
    held.packs                  # 457 of them, in order
    held.training(positions)    # the packs left, numbered without a gap → their own numbers

Which packs these are is a function of their number, the amount and the seed alone. An example that the mix repeats
may lie in a pack of either kind: `repeated` finds it. When the loss is measured is left to `raymath.train.validation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raymath.data import shards
from raymath.data.order import Permutation
from raymath.errors import DataError

#: How a further use of a row ends its id (see `raymath.data.parts`).
_AGAIN = re.compile(r"#\d+$")


class HeldOut:
    """Some of a plan's packs, drawn by a seed.

    ``packs`` are their indices in order (int64). Memory grows with them, not with the packs that are left.

    Args:
        packs: of the plan.
        amount: a number of packs, or below 1 a share of them (at least one pack); 0 holds out none.
        seed: of the order of the training packs; another seed holds out others.

    Raises:
        DataError: no pack would be left.
    """

    def __init__(self, packs: int, amount: float, seed: int) -> None:
        count = max(1, round(packs * amount)) if 0 < amount < 1 else int(amount)
        if count >= max(packs, 1):
            raise DataError(
                f"train.validation holds out {count} packs, and the data has {packs}",
                "hold out fewer, or add data",
            )
        self.packs: NDArray[np.int64] = np.sort(Permutation(packs, "held out", seed)(np.arange(count)))
        # Pack number i of the training packs comes after so many held-out ones as have at most i of those before them.
        self._before = self.packs - np.arange(count)

    def __len__(self) -> int:
        return self.packs.size

    def training(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The indices of training packs, which are counted in the plan's order without those held out."""
        return numbers + np.searchsorted(self._before, numbers, side="right")


def repeated(directory: Path, held: Iterable[int]) -> frozenset[int]:
    """Of the rows held out, those whose example is trained on all the same, as another use of it is in a pack left.

    The ids of one shard at a time are in memory: ``ID#2`` is the second use of the example ``ID``.

    Args:
        directory: the token shards.
        held: rows of the packs held out.
    """
    rows = set(held)
    names = {row: name for row, name in _names(directory) if row in rows}
    wanted = set(names.values())
    trained = {name for row, name in _names(directory) if name in wanted and row not in rows}
    return frozenset(row for row, name in names.items() if name in trained)


def _names(directory: Path) -> Iterator[tuple[int, str]]:
    """Each row with the id of its example, whichever use of it the row is."""
    row = 0
    for part in shards.parts(directory, "tokens"):
        for identity in shards.ids(part):
            yield row, _AGAIN.sub("", identity)
            row += 1
