"""Which examples share a training sequence: a pure function of lengths and a seed.

    packs = pack([120, 900, 4000, 80], 4096, strategy="best-fit", seed=0)
    packs[0], packs.fill

No example is split over packs, and each is in exactly one pack or counted as dropped. Tokens are not touched
here: `raymath.data.feed` cuts and concatenates them.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymath.data.order import Permutation
from raymath.errors import DataError

Strategy = Literal["random", "best-fit"]
Overlong = Literal["drop", "cut", "refuse"]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Packs(Sequence[Ints]):
    """The packs, in shuffled order; ``packs[i]`` are the rows of pack i (int64), in the order they stand in it.

    ``rows[offsets[i]:offsets[i + 1]]`` is the same without a copy. ``tokens`` is the number in all packs,
    ``dropped`` and ``cut`` count the examples longer than ``capacity``.
    """

    rows: Ints
    offsets: Ints
    capacity: int
    tokens: int
    dropped: int = 0
    cut: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> Ints: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Ints]: ...
    def __getitem__(self, index: int | slice) -> Ints | Sequence[Ints]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there is no pack {index} of {len(self)}")
        index %= len(self)
        return self.rows[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[Ints]:
        return (self[i] for i in range(len(self)))

    @property
    def fill(self) -> float:
        """Tokens in the packs / tokens they could hold; 0 without packs."""
        return self.tokens / (len(self) * self.capacity) if len(self) else 0.0


def pack(
    lengths: ArrayLike,
    capacity: int,
    *,
    strategy: Strategy = "best-fit",
    seed: int = 0,
    window: int = 1024,
    overlong: Overlong = "drop",
) -> Packs:
    """Assign rows to packs of at most `capacity` tokens.

    Args:
        lengths: tokens of each row, all positive.
        capacity: tokens a pack, at most.
        strategy: ``random`` shuffles and appends until the next row does not fit (DeepSeekMath, section 4.1);
            ``best-fit`` puts each row of the shuffled sequence where it leaves the least room.
        seed: of both shuffles, of rows before packing and of packs after it.
        window: packs that ``best-fit`` keeps open; the fullest is closed when there are more.
        overlong: ``drop`` leaves out rows over the capacity, ``cut`` counts them as `capacity` tokens,
            ``refuse`` raises.

    Raises:
        ValueError: a length that is not positive.
        DataError: rows over the capacity and ``overlong="refuse"``.
    """
    sizes = np.asarray(lengths, dtype=np.int64).ravel()
    if sizes.size and sizes.min() < 1:
        raise ValueError(f"row {int(sizes.argmin())} has length {int(sizes.min())}: lengths are positive")
    too_long = sizes > capacity
    over = int(np.count_nonzero(too_long))
    if over and overlong == "refuse":
        raise DataError(
            f"{over} of {sizes.size} examples are longer than the context of {capacity} tokens "
            f"(the longest has {int(sizes.max())})",
            "raise data.context, or set data.overlong to drop or cut",
        )
    order = Permutation(sizes.size, "rows", seed)(np.arange(sizes.size))
    if overlong == "drop":
        order = order[~too_long[order]]
    sizes = np.minimum(sizes, capacity)
    ordered = sizes[order]
    pack_of = _append(ordered, capacity) if strategy == "random" else _best_fit(ordered, capacity, window)
    count = int(pack_of.max()) + 1 if pack_of.size else 0
    # Without this shuffle the packs closed last (the leftovers) would be the last steps of the first epoch.
    pack_of = Permutation(count, "packs", seed)(pack_of)
    by_pack = np.argsort(pack_of, kind="stable")
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(pack_of, minlength=count), out=offsets[1:])
    dropped, cut = (over, 0) if overlong == "drop" else (0, over)
    return Packs(order[by_pack], offsets, capacity, int(ordered.sum()), dropped, cut)


def _append(sizes: Ints, capacity: int) -> Ints:
    """Pack number of each row: the next pack begins where a row does not fit."""
    pack_of = np.zeros(sizes.size, dtype=np.int64)
    ends = np.cumsum(sizes)
    begin = used = number = 0
    while begin < sizes.size:
        end = int(np.searchsorted(ends, used + capacity, side="right"))
        pack_of[begin:end] = number
        used, begin, number = int(ends[end - 1]), end, number + 1
    return pack_of


def _best_fit(sizes: Ints, capacity: int, window: int) -> Ints:
    """Pack number of each row: the open pack that it leaves fullest, else a new one."""
    pack_of = np.zeros(sizes.size, dtype=np.int64)
    # Open packs as room × shift + number, sorted: one integer comparison finds the tightest, the oldest first.
    shift = sizes.size + 1
    rooms: list[int] = []
    number = 0
    for row, size in enumerate(sizes.tolist()):
        at = bisect_left(rooms, size * shift)
        if at < len(rooms):
            room, chosen = divmod(rooms.pop(at), shift)
        else:
            room, chosen, number = capacity, number, number + 1
        pack_of[row] = chosen
        if room > size:
            insort(rooms, (room - size) * shift + chosen)
            if len(rooms) > window:
                del rooms[0]
    return pack_of


def position_ids(lengths: ArrayLike) -> Ints:
    """Positions that restart at each example: [2, 3] → [0, 1, 0, 1, 2]."""
    sizes = np.asarray(lengths, dtype=np.int64)
    begins = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum()), dtype=np.int64) - np.repeat(begins, sizes)


def segment_ids(lengths: ArrayLike) -> Ints:
    """Each token's example within the pack: [2, 3] → [0, 0, 1, 1, 1]."""
    sizes = np.asarray(lengths, dtype=np.int64)
    return np.repeat(np.arange(sizes.size, dtype=np.int64), sizes)
