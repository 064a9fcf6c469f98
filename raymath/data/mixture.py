"""Which examples make the mix: how many of each source, and a seeded draw of them.

    counts = amounts(settings.sources, eligible={"gsm8k": 7000, "fill": None}, total=10_000)
    times = draw(ids, counts["gsm8k"].taken, seed=0, source="gsm8k")

A source gives what it is asked for (`take`, or `share` of the total), all it has where nothing is said, or what the
mix lacks (`fill`). An example's chance hangs on the seed, its source and its id, so the same ones are drawn in whatever
order they were read and by however many workers. Their order in training is not decided here but by `packing` and
`feed`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymath.config import SourceSettings
from raymath.errors import DataError


@dataclass(frozen=True)
class Amount:
    """What one source gives: `asked` by the recipe, `taken`, and `short`, what others fill in for it."""

    asked: int
    taken: int

    @property
    def short(self) -> int:
        """How many fewer than asked."""
        return self.asked - self.taken


def amounts(
    sources: Mapping[str, SourceSettings], eligible: Mapping[str, int | None], total: int | None = None
) -> dict[str, Amount]:
    """How many examples of each source make the mix.

    Args:
        sources: the recipe.
        eligible: distinct examples that each source has; None: as many as one likes.
        total: what all have to add up to; None: anything.

    Raises:
        DataError: a source has fewer than it is asked for and none fills up for it, the fillers have too few, or the
            sum is not `total`. All sources that are short are named, with what they have.
    """
    room = {name: None if (n := eligible[name]) is None else n * one.repeat for name, one in sources.items()}
    fillers = [name for name, one in sources.items() if one.fill is not None]
    asked = {name: _asked(one, eligible[name], total) for name, one in sources.items() if one.fill is None}
    given = {name: want if (most := room[name]) is None else min(want, most) for name, want in asked.items()}
    short = [name for name in asked if given[name] < asked[name]]
    if short and not fillers:
        parts = "; ".join(_lack(name, asked[name], eligible[name], sources[name]) for name in short)
        raise DataError(
            f"the mix takes more usable examples than there are: {parts}",
            "lower take or share of these sources, set their repeat, or let a source with fill make up for it",
        )
    found = {name: Amount(asked[name], given[name]) for name in asked}
    if fillers:
        if total is None:
            raise DataError(f"the source '{fillers[0]}' fills up a mix that has no total", "set data.total")
        lacking = total - sum(given.values())
        filled = _fill(lacking, {name: (sources[name].fill or 0.0, room[name]) for name in fillers}, total)
        found |= {name: Amount(count, count) for name, count in filled.items()}
    have = sum(one.taken for one in found.values())
    if total is not None and have != total:
        listed = ", ".join(f"{name} {one.taken}" for name, one in found.items())
        raise DataError(
            f"the mix has {have} examples ({listed}), data.total asks for {total}",
            f"set data.total to {have}, change take of a source by {total - have:+d}, or give one of them fill",
        )
    return {name: found[name] for name in sources}


def _asked(source: SourceSettings, has: int | None, total: int | None) -> int:
    if source.take is not None:
        return source.take
    if source.share is not None:
        if total is None:
            raise DataError("a source takes a share of a mix that has no total", "set data.total, or take in place")
        return round(source.share * total)
    if has is None:
        raise DataError("a source that is generated says nothing of how much", "give it take, share or fill")
    return has


def _lack(name: str, asked: int, has: int | None, source: SourceSettings) -> str:
    times = f", each taken {source.repeat} times at most" if source.repeat > 1 else ""
    return f"{name} has {has} of {asked}{times}"


def _fill(lacking: int, fillers: Mapping[str, tuple[float, int | None]], total: int) -> dict[str, int]:
    """`lacking` divided by weight; what one has no room for goes to the others."""
    if lacking < 0:
        raise DataError(
            f"the sources take {total - lacking} examples, data.total is {total}: nothing is left to fill",
            f"raise data.total or lower take of the sources by {-lacking}",
        )
    given: dict[str, int] = {}
    left = dict(fillers)
    while left:
        shares = _divide(lacking - sum(given.values()), {name: weight for name, (weight, _) in left.items()})
        full = {name: most for name, (_, most) in left.items() if most is not None and most < shares[name]}
        if not full:
            return given | shares
        given |= full
        left = {name: one for name, one in left.items() if name not in full}
    have = ", ".join(f"{name} {count}" for name, count in given.items())
    raise DataError(
        f"the mix lacks {lacking} examples, and the sources that fill it have {sum(given.values())} ({have})",
        "lower data.total, set repeat of a source, or add one that fills",
    )


def _divide(count: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Whole shares of `count` by weight; the largest remainders are rounded up, the first of equal ones."""
    whole = sum(weights.values())
    exact = {name: count * weight / whole for name, weight in weights.items()}
    shares = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: count - sum(shares.values())]:
        shares[name] += 1
    return shares


def draw(ids: Iterable[str], count: int, *, seed: int, source: str) -> NDArray[np.int64]:
    """How many times each example of a source is taken: `count` in all, no two counts more than one apart.

    Args:
        ids: of the source's examples, unique within it.
        count: how many to take.
        seed: of the draw.
        source: its name; two sources draw differently.
    """
    key = hashlib.blake2b(f"{seed} {source}".encode(), digest_size=32).digest()
    lots = np.fromiter((_lot(one, key) for one in ids), dtype=np.uint64)
    if not lots.size:
        return np.zeros(0, dtype=np.int64)
    every, rest = divmod(count, lots.size)
    times = np.full(lots.size, every, dtype=np.int64)
    times[np.argsort(lots, kind="stable")[:rest]] += 1
    return times


def _lot(identity: str, key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode(), key=key, digest_size=8).digest(), "little")


def spread(count: int, room: Sequence[int]) -> list[int]:
    """`count` in shares as even as the room of each allows; all of it where the room is too little."""
    shares = [0] * len(room)
    left = count
    by_room = sorted(range(len(room)), key=lambda at: room[at])
    for done, at in enumerate(by_room):
        shares[at] = min(room[at], left // (len(room) - done))
        left -= shares[at]
    return shares
