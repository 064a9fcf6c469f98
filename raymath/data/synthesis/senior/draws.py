"""What several templates draw from: numbers other than 0, and whole-number triangles, which keep answers rational."""

from __future__ import annotations

from math import gcd
from random import Random

#: Primitive Pythagorean triples (leg, leg, hypotenuse), both orders of the legs, hypotenuse below 260.
TRIPLES: tuple[tuple[int, int, int], ...] = tuple(
    legs
    for m in range(2, 17)
    for n in range(1, m)
    if (m - n) % 2 == 1 and gcd(m, n) == 1 and m * m + n * n < 260
    for legs in ((m * m - n * n, 2 * m * n, m * m + n * n), (2 * m * n, m * m - n * n, m * m + n * n))
)
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
