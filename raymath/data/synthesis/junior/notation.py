"""How the junior templates spell sums of several letters; numbers and polynomials are `raymath.data.synthesis.latex`'s.

terms((2, "x"), (-1, "y"), (5, ""))      # 2x - y + 5
"""

from __future__ import annotations

from raymath.data.synthesis.latex import polynomial


def terms(*parts: tuple[int, str]) -> str:
    """A sum of coefficients times symbols as a textbook writes it; a part with the symbol ``""`` is a number.

    Parts that are zero are left out; a sum of nothing is ``0``.
    """
    written = ""
    for coefficient, symbol in parts:
        if coefficient == 0:
            continue
        size = abs(coefficient)
        body = symbol if symbol and size == 1 else f"{size}{symbol}"
        if written:
            written += f" {'-' if coefficient < 0 else '+'} {body}"
        else:
            written = f"-{body}" if coefficient < 0 else body
    return written or "0"


def shifted(scale: int, shift: int, power: str = "") -> str:
    """A multiple of x plus a number, as a product: ``3(x - 2)``; with the power ``^2``: ``-(x + 1)^2``, ``x^2``."""
    base = "x" if shift == 0 else f"({polynomial((1, shift))})"
    return terms((scale, f"{base}{power}"))
