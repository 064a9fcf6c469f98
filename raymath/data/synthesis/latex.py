"""How templates write numbers and polynomials: in LaTeX for the texts, in Python for the programs.

polynomial((2, -1, 0, 5))     # 2x^3 - x^2 + 5
expression((2, -1, 0, 5))     # 2*x**3 - x**2 + 5
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isqrt


def signed(value: int) -> str:
    """A term that follows another one: ``+ 5``, ``- 5``."""
    return f"+ {value}" if value >= 0 else f"- {-value}"


def factor(value: int) -> str:
    """A number that is multiplied, subtracted or raised: ``5``, ``(-5)``."""
    return str(value) if value >= 0 else f"({value})"


def fraction(value: Fraction | int) -> str:
    r"""A number in lowest terms: ``7``, ``\frac{3}{4}``, ``-\frac{3}{4}``."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value)
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def quotient(top: int, bottom: int) -> str:
    r"""A quotient as it comes out, and in lowest terms where that differs: ``\frac{6}{8} = \frac{3}{4}``."""
    raw = f"\\frac{{{top}}}{{{bottom}}}"
    return raw if Fraction(top, bottom).denominator == bottom else f"{raw} = {fraction(Fraction(top, bottom))}"


def root(radicand: int) -> str:
    r"""The square root of a number above 0 in simplest form: ``6``, ``2\sqrt{3}``, ``\sqrt{5}``."""
    outside = max(n for n in range(1, isqrt(radicand) + 1) if radicand % (n * n) == 0)
    inside = radicand // outside**2
    if inside == 1:
        return str(outside)
    return f"{outside if outside > 1 else ''}\\sqrt{{{inside}}}"


def polynomial(coefficients: Sequence[int], letter: str = "x") -> str:
    """A polynomial in LaTeX; the coefficient of the highest power comes first."""
    return _sum(coefficients, lambda size, power: f"{size if size > 1 or power == 0 else ''}{_power(letter, power)}")


def expression(coefficients: Sequence[int], letter: str = "x") -> str:
    """The same polynomial as a Python expression."""

    def term(size: int, power: int) -> str:
        if power == 0:
            return str(size)
        base = letter if power == 1 else f"{letter}**{power}"
        return base if size == 1 else f"{size}*{base}"

    return _sum(coefficients, term)


def substituted(coefficients: Sequence[int], value: int) -> str:
    r"""A polynomial with a number in place of the letter: ``2 \cdot (-3)^2 - (-3) + 5``."""

    def term(size: int, power: int) -> str:
        base = factor(value) if power < 2 else _power(factor(value), power)
        return str(size) if power == 0 else base if size == 1 else f"{size} \\cdot {base}"

    return _sum(coefficients, term)


def _power(letter: str, power: int) -> str:
    if power < 2:
        return letter * power
    return f"{letter}^{power}" if power < 10 else f"{letter}^{{{power}}}"


def _sum(coefficients: Sequence[int], term: Callable[[int, int], str]) -> str:
    text = ""
    for power, value in zip(range(len(coefficients) - 1, -1, -1), coefficients, strict=True):
        if value == 0:
            continue
        sign = "-" if value < 0 else "+"
        text += f" {sign} " if text else "-" if value < 0 else ""
        text += term(abs(value), power)
    return text or "0"
