"""Which examples share a training sequence: a pure function of lengths and a seed, in bounded memory.

    packs = pack([120, 900, 4000, 80], 4096, strategy="best-fit", seed=0)
    packs[0], packs.fill

No example is split over packs, and each is in exactly one pack or counted as dropped. Two passes over the lengths:
one looks at them, the other takes them in a seeded order, a piece at a time, and lets a pack go once it is closed. With
a `directory` the plan is a file that is mapped, so 10⁹ lengths need no more memory than 10⁶. Tokens are not touched
here: `raymath.data.feed` cuts and concatenates them.
"""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymath.data.flat import mapped
from raymath.data.order import Permutation
from raymath.errors import DataError

Strategy = Literal["random", "best-fit"]
Overlong = Literal["drop", "cut", "refuse"]
Ints = NDArray[np.int64]

#: Grows when the same lengths and settings give other packs than before.
PLANNER = 2
#: Rows taken at a time. Packs do not depend on it.
_PIECE = 1 << 18
#: Packs written at a time.
_CLOSED = 4096


@dataclass(frozen=True)
class Totals:
    """What came of a plan: rows in packs, their tokens, and how many were longer than `capacity`."""

    capacity: int
    packs: int = 0
    rows: int = 0
    tokens: int = 0
    dropped: int = 0
    cut: int = 0


@dataclass(frozen=True, eq=False)
class Packs(Sequence[Ints]):
    """The packs, in the order in which they were closed; ``packs[i]`` are the rows of pack i (int64).

    ``rows[offsets[i]:offsets[i + 1]]`` is the same without a copy. ``tokens`` is the number in all packs,
    ``dropped`` and ``cut`` count the examples longer than ``capacity``. The packs closed last are the emptiest:
    whoever takes only some of them shuffles first (as `raymath.data.feed` does, every epoch).
    """

    rows: Ints
    offsets: Ints
    totals: Totals

    @classmethod
    def load(cls, directory: Path) -> Packs:
        """The plan that `pack` left in a directory, mapped."""
        totals = Totals(**json.loads((directory / "totals.json").read_text(encoding="utf-8")))
        rows, offsets = (mapped(directory / name, "<i8") for name in ("rows.i64", "offsets.i64"))
        return cls(rows, offsets, totals)

    @property
    def capacity(self) -> int:
        """Tokens a pack holds at most."""
        return self.totals.capacity

    @property
    def tokens(self) -> int:
        """Tokens in all packs."""
        return self.totals.tokens

    @property
    def dropped(self) -> int:
        """Examples left out as longer than the capacity."""
        return self.totals.dropped

    @property
    def cut(self) -> int:
        """Examples of which only the first `capacity` tokens are in a pack."""
        return self.totals.cut

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
    directory: Path | None = None,
) -> Packs:
    """Assign rows to packs of at most `capacity` tokens.

    Args:
        lengths: tokens of each row, all positive; a mapped array is read a piece at a time.
        capacity: tokens a pack, at most.
        strategy: ``random`` shuffles and appends until the next row does not fit (DeepSeekMath, section 4.1);
            ``best-fit`` does so too until the pack is nearly full, and then looks ahead for what fits best.
        seed: of the order in which rows are taken.
        window: rows that ``best-fit`` looks ahead; more fill better and are slower.
        overlong: ``drop`` leaves out rows over the capacity, ``cut`` counts them as `capacity` tokens,
            ``refuse`` raises.
        directory: an empty one where the plan is written and mapped from; without, it is held in memory.

    Raises:
        ValueError: a length that is not positive.
        DataError: rows over the capacity and ``overlong="refuse"``.
    """
    # A mapped array stays one: only lists and other kinds of number are converted.
    sizes = lengths if isinstance(lengths, np.ndarray) and lengths.dtype.kind in "iu" else np.asarray(lengths, np.int64)
    sizes = sizes.reshape(-1)
    over, tokens = _survey(sizes, capacity, overlong)
    taken = _taken(sizes, capacity, seed, overlong == "drop")
    # Room for one more row of the usual length: less often finds none, more changes the order for nothing.
    reserve = tokens // max(sizes.size, 1)
    closed = _append(taken, capacity) if strategy == "random" else _best_fit(taken, capacity, window, reserve)
    sink: _Sink = _Memory() if directory is None else _Files(directory)
    for rows, counts in closed:
        sink.add(rows, counts)
    dropped, cut = (over, 0) if overlong == "drop" else (0, over)
    return sink.close(Totals(capacity, tokens=tokens - dropped * capacity, dropped=dropped, cut=cut))


def _survey(sizes: NDArray[Any], capacity: int, overlong: Overlong) -> tuple[int, int]:
    """The first pass: (rows over the capacity, tokens with these cut); raises where the lengths cannot be packed."""
    over = longest = tokens = 0
    for begin in range(0, sizes.size, _PIECE):
        piece = sizes[begin : begin + _PIECE]
        if piece.min() < 1:
            row = begin + int(piece.argmin())
            raise ValueError(f"row {row} has length {int(sizes[row])}: lengths are positive")
        over += int(np.count_nonzero(piece > capacity))
        longest = max(longest, int(piece.max()))
        tokens += int(np.minimum(piece, capacity).sum(dtype=np.int64))
    if over and overlong == "refuse":
        raise DataError(
            f"{over} of {sizes.size} examples are longer than the context of {capacity} tokens "
            f"(the longest has {longest})",
            "raise data.context, or set data.overlong to drop or cut",
        )
    return over, tokens


def _taken(sizes: NDArray[Any], capacity: int, seed: int, drop: bool) -> Iterator[tuple[Ints, Ints]]:
    """(rows, their lengths) in the seeded order, a piece at a time, over-long ones dropped or cut."""
    order = Permutation(sizes.size, "rows", seed)
    for begin in range(0, sizes.size, _PIECE):
        rows = order(np.arange(begin, min(begin + _PIECE, sizes.size)))
        own = sizes[rows].astype(np.int64)
        if drop:
            fits = own <= capacity
            rows, own = rows[fits], own[fits]
        yield rows, np.minimum(own, capacity)


def _append(taken: Iterable[tuple[Ints, Ints]], capacity: int) -> Iterator[tuple[Ints, Ints]]:
    """(rows, rows of each pack) of closed packs: the next pack begins where a row does not fit."""
    rows = sizes = np.zeros(0, np.int64)
    for more_rows, more_sizes in taken:
        rows, sizes = np.concatenate([rows, more_rows]), np.concatenate([sizes, more_sizes])
        ends = np.cumsum(sizes)
        # For a pack that began at any row: the row where the next one begins.
        following = np.searchsorted(ends, ends - sizes + capacity, side="right").tolist()
        begins = [0]
        while begins[-1] < len(following) and following[begins[-1]] < len(following):
            begins.append(following[begins[-1]])
        yield rows[: begins[-1]], np.diff(begins)
        rows, sizes = rows[begins[-1] :], sizes[begins[-1] :]
    if rows.size:
        yield rows, np.array([rows.size])


class _Window:
    """The next rows of the seeded order: from the front, or the longest that fits, wherever it stands.

    A row is one integer, its length above its place in the order; integers of 40 bits hold 10¹² places.
    """

    def __init__(self, taken: Iterable[tuple[Ints, Ints]], size: int) -> None:
        self._keys = self._stream(taken)
        self._queue: deque[int] = deque()
        self._sorted: list[int] = []
        self._early: set[int] = set()
        self.rows: dict[int, int] = {}
        self.add(size)

    def _stream(self, taken: Iterable[tuple[Ints, Ints]]) -> Iterator[int]:
        place = 0
        for rows, sizes in taken:
            keys = ((sizes << 40) + np.arange(place, place + sizes.size)).tolist()
            place += sizes.size
            for key, row in zip(keys, rows.tolist(), strict=True):
                self.rows[key] = row
                yield key

    def add(self, count: int) -> None:
        """Let the next `count` rows in, as far as there are any."""
        for key in islice(self._keys, count):
            self._queue.append(key)
            insort(self._sorted, key)

    def front(self) -> int | None:
        """The row that has waited longest."""
        while self._queue and self._queue[0] in self._early:
            self._early.remove(self._queue.popleft())
        return self._queue[0] if self._queue else None

    def take_front(self) -> None:
        del self._sorted[bisect_left(self._sorted, self._queue.popleft())]

    def take_longest(self, room: int) -> int | None:
        """Take the longest row of at most `room` tokens, the latest of equals."""
        at = bisect_left(self._sorted, (room + 1) << 40)
        if not at:
            return None
        key = self._sorted.pop(at - 1)
        self._early.add(key)
        return key


def _best_fit(
    taken: Iterable[tuple[Ints, Ints]], capacity: int, window: int, reserve: int
) -> Iterator[tuple[Ints, Ints]]:
    """(rows, rows of each pack) of closed packs: rows in their order, and for the end those that fit best.

    As in ``random``, rows are appended until the next one would leave less than `reserve`; what is then free is
    filled with the longest rows of the window that fit into it.
    """
    ahead = _Window(taken, window)
    closed: list[list[int]] = []
    while (front := ahead.front()) is not None:
        own, room = [front], capacity - (front >> 40)
        ahead.take_front()
        while (front := ahead.front()) is not None and room - (front >> 40) >= reserve:
            ahead.take_front()
            own.append(front)
            room -= front >> 40
        while room and (fitting := ahead.take_longest(room)) is not None:
            own.append(fitting)
            room -= fitting >> 40
        ahead.add(len(own))
        closed.append([ahead.rows.pop(key) for key in own])
        if len(closed) == _CLOSED:
            yield _joined(closed)
            closed.clear()
    yield _joined(closed)


def _joined(packs: list[list[int]]) -> tuple[Ints, Ints]:
    rows = np.array([row for own in packs for row in own], dtype=np.int64)
    return rows, np.array([len(own) for own in packs], dtype=np.int64)


class _Sink(Protocol):
    def add(self, rows: Ints, counts: Ints) -> None: ...
    def close(self, totals: Totals) -> Packs: ...


class _Memory:
    """Holds the plan."""

    def __init__(self) -> None:
        self._rows, self._counts = [np.zeros(0, np.int64)], [np.zeros(1, np.int64)]

    def add(self, rows: Ints, counts: Ints) -> None:
        self._rows.append(rows)
        self._counts.append(counts)

    def close(self, totals: Totals) -> Packs:
        rows, offsets = np.concatenate(self._rows), np.cumsum(np.concatenate(self._counts))
        return Packs(rows, offsets, _counted(totals, rows.size, offsets.size - 1))


class _Files:
    """Writes the plan: ``rows.i64``, ``offsets.i64``, ``totals.json``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rows = (directory / "rows.i64").open("wb")
        self._offsets = (directory / "offsets.i64").open("wb")
        self._offsets.write(np.zeros(1, "<i8").tobytes())
        self._count = self._end = 0

    def add(self, rows: Ints, counts: Ints) -> None:
        self._rows.write(rows.astype("<i8", copy=False).data)
        offsets = self._end + np.cumsum(counts)
        self._offsets.write(offsets.astype("<i8", copy=False).data)
        self._end += rows.size
        self._count += counts.size

    def close(self, totals: Totals) -> Packs:
        self._rows.close()
        self._offsets.close()
        told = asdict(_counted(totals, self._end, self._count))
        (self._directory / "totals.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
        return Packs.load(self._directory)


def _counted(totals: Totals, rows: int, packs: int) -> Totals:
    return Totals(totals.capacity, packs, rows, totals.tokens, totals.dropped, totals.cut)
