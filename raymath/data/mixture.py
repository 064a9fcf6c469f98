"""Which examples make the mix: a seeded draw from each source, without replacement.

    draw({"gsm8k": ids, "zh": more}, {"gsm8k": 1000, "zh": None}, seed=0, total=None)

An example's chance hangs on the seed, its source and its id, so the same ones are drawn in whatever order they
were read and by however many workers. Their order in training is not decided here but by `packing` and `feed`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from raymath.errors import DataError


def draw(
    ids: Mapping[str, Sequence[str]], take: Mapping[str, int | None], *, seed: int, total: int | None = None
) -> dict[str, list[int]]:
    """Positions of the drawn examples of each source, ascending.

    Args:
        ids: each source's example ids, unique within it.
        take: how many of each source; None, or a source not named: all of them.
        seed: of the draw.
        total: what all sources have to add up to; None: anything.

    Raises:
        DataError: a source has fewer than its `take`, or the sum is not `total`; all short sources are named.
    """
    short = [f"{name} has {len(ids[name])} of {want}" for name, want in take.items() if want and want > len(ids[name])]
    if short:
        raise DataError(
            f"the mix takes more usable examples than there are: {'; '.join(short)}",
            "lower take of these sources, or leave it out to use all",
        )
    drawn = {}
    for name, own in ids.items():
        want = take.get(name)
        drawn[name] = list(range(len(own))) if want is None else _draw(name, own, want, seed)
    found = sum(len(positions) for positions in drawn.values())
    if total is not None and found != total:
        parts = ", ".join(f"{name} {len(positions)}" for name, positions in drawn.items())
        raise DataError(
            f"the mix has {found} examples ({parts}), data.total asks for {total}",
            f"set data.total to {found}, or change take of a source by {total - found:+d}",
        )
    return drawn


def _draw(name: str, ids: Sequence[str], want: int, seed: int) -> list[int]:
    key = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=32).digest()

    def lot(position: int) -> tuple[bytes, str]:
        return hashlib.blake2b(ids[position].encode(), key=key, digest_size=8).digest(), ids[position]

    return sorted(sorted(range(len(ids)), key=lot)[:want])
