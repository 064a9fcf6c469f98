"""What several templates draw from: numbers other than 0, and whole-number triangles, which keep answers rational."""

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
#: Those with a hypotenuse below 260.
SMALL_TRIPLES = tuple(legs for legs in TRIPLES if legs[2] < 260)
#: (side, side, third side, angle between the first two): whole sides around an angle of 60 or 120 degrees.
OBLIQUE: tuple[tuple[int, int, int, int], ...] = tuple(
    triangle
    for m in range(2, 12)
    for n in range(1, m)
    if gcd(m, n) == 1 and (m - n) % 3
    for a, b, c in [(m * m - n * n, 2 * m * n + n * n, m * m + m * n + n * n)]
    for triangle in ((a, b, c, 120), (a, a + b, c, 60), (a + b, b, c, 60))
)


def nonzero(rng: Random, size: int) -> int:
    """A whole number other than 0, at most ``size`` from it."""
    return rng.choice((-1, 1)) * rng.randint(1, size)
