"""What several junior templates draw from: numbers other than 0, and right triangles with whole sides."""

from __future__ import annotations

from math import gcd
from random import Random

#: Right triangles with whole sides without a common factor (leg, leg, hypotenuse), both orders of the legs.
TRIPLES: tuple[tuple[int, int, int], ...] = tuple(
    legs
    for m in range(2, 20)
    for n in range(1, m)
    if (m - n) % 2 == 1 and gcd(m, n) == 1
    for legs in ((m * m - n * n, 2 * m * n, m * m + n * n), (2 * m * n, m * m - n * n, m * m + n * n))
)


def nonzero(rng: Random, size: int) -> int:
    """A whole number other than 0, at most ``size`` from it."""
    return rng.choice((-1, 1)) * rng.randint(1, size)
