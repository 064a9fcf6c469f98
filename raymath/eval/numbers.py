"""Plain numbers, compared without sympy: the fast path of both equalities.

    >>> same(parse("1,000"), parse("1000.0"))
    True

A plain number is an integer, a decimal, a fraction or mixed number of integers, or a power of ten notation, with
or without a percent sign. Everything else is `None` here and left to `raymath.eval.structure`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

#: Decimals of equal value may differ by this much relative to the larger: four digits agree, as in 66.67 and 200/3.
DECIMAL_TOLERANCE = Fraction(1, 10_000)
#: A decimal beside an integer: what floating point leaves, no more.
DUST = Fraction(1, 10**9)
#: Longer ones are no answers, and Python refuses to convert them.
_MAX_DIGITS = 400
_MAX_EXPONENT = 400


@dataclass(frozen=True)
class PlainNumber:
    """``value`` as written (a percent sign does not divide it); ``decimal``: written with a decimal part."""

    value: Fraction
    decimal: bool = False
    percent: bool = False


_UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
_SCIENTIFIC = (
    r"(?:(?:\\times|\\cdot|\*|×)10(?:\^|\*\*)(?:\{(?P<power>[-+]?\d+)\}|(?P<power2>[-+]?\d+))|[eE](?P<power3>[-+]?\d+))"
)
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?:"
    r"(?P<whole>\d+)?\\frac\{(?P<top>-?\d+)\}\{(?P<bottom>-?\d+)\}"
    r"|(?:(?P<whole2>\d+)[ +])?(?P<top2>\d+)/(?P<bottom2>\d+)"
    r"|(?P<start>\d*)\.(?P<fixed>\d*)\\overline\{(?P<cycle>\d+)\}"
    rf"|(?P<plain>{_UNSIGNED}){_SCIENTIFIC}?"
    r")(?P<percent>\\?%)?",
    re.ASCII,
)
_WHOLE = re.compile(r"(?:\\?\$)?(-?(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,20}))(?:\.0{0,20})?", re.ASCII)
_SPACE = re.compile(r"\s+")
_AROUND_SIGNS = re.compile(r"\s*(/|\^|\*\*|\\?%|\\times|\\cdot)\s*")


def whole(text: str) -> int | None:
    """The commonest answers, read at once: an integer as models write it, dollars too. None says nothing."""
    match = _WHOLE.fullmatch(text)
    return int(match[1].replace(",", "")) if match else None


def parse(text: str) -> PlainNumber | None:
    """Text → number, or None where it is anything else."""
    if len(text) > _MAX_DIGITS:
        return None
    match = _NUMBER.fullmatch(_AROUND_SIGNS.sub(r"\1", _SPACE.sub(" ", text.strip())))
    if match is None:
        return None
    sign = -1 if match["sign"] == "-" else 1
    percent = match["percent"] is not None
    if match["plain"] is not None:
        power = int(match["power"] or match["power2"] or match["power3"] or 0)
        if abs(power) > _MAX_EXPONENT:
            return None
        value = Fraction(match["plain"].replace(",", "").rstrip(".") or "0") * Fraction(10) ** power
        return PlainNumber(sign * value, value.denominator != 1, percent)
    if match["cycle"] is not None:
        fixed, cycle = match["fixed"], match["cycle"]
        recurring = Fraction(int(cycle), (10 ** len(cycle) - 1) * 10 ** len(fixed))
        return PlainNumber(sign * (Fraction(f"{match['start'] or 0}.{fixed or 0}") + recurring), False, percent)
    whole = match["whole"] or match["whole2"] or "0"
    top, bottom = int(match["top"] or match["top2"]), int(match["bottom"] or match["bottom2"])
    if bottom == 0 or (whole != "0" and (top < 0 or bottom < 0)):
        return None
    return PlainNumber(sign * (int(whole) + Fraction(top, bottom)), False, percent)


def same(a: PlainNumber, b: PlainNumber) -> bool:
    """Strict equality: integers and fractions exactly, decimals within `DECIMAL_TOLERANCE`.

    A percent sign counts only where it is written: 50% is 0.5, and it is 50 as a unit that the other side leaves
    out; 50 alone is never 0.5.
    """
    if a.percent == b.percent:
        return close(a.value, b.value, a.decimal, b.decimal)
    percent, plain = (a, b) if a.percent else (b, a)
    share = percent.value / 100
    return close(percent.value, plain.value, percent.decimal, plain.decimal) or close(
        share, plain.value, percent.decimal or (plain.decimal and share.denominator != 1), plain.decimal
    )


def close(a: Fraction, b: Fraction, a_decimal: bool, b_decimal: bool) -> bool:
    """The rule for two values, each an exact one or a decimal."""
    if a == b:
        return True
    if not a_decimal and not b_decimal:
        return False
    integer = (not a_decimal and a.denominator == 1) or (not b_decimal and b.denominator == 1)
    return abs(a - b) <= (DUST if integer else DECIMAL_TOLERANCE) * max(abs(a), abs(b))


def digits(text: str) -> float | None:
    """DeepSeek-Math's reading of a number: Python's float without commas, or a percentage divided by 100."""
    text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        pass
    if not text.endswith("%"):
        return None
    try:
        return float(text[:-1].removesuffix("\\")) / 100
    except ValueError:
        return None


def same_digits(prediction: float, reference: float) -> bool:
    """DeepSeek-Math's number equality: within 1e-3 of the reference, a hundredth of it, or a hundred times it."""
    return any(
        math.isclose(candidate, prediction, abs_tol=1e-3) for candidate in (reference / 100, reference, reference * 100)
    )
