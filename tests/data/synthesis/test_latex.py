"""Signs, coefficients of one and zero, lowest terms: what a reader of a formula trips over."""

from __future__ import annotations

from fractions import Fraction

import pytest

from raymath.data.synthesis.latex import expression, factor, fraction, polynomial, quotient, root, signed, substituted


@pytest.mark.parametrize(
    ("coefficients", "latex", "python"),
    [
        ((2, -1, 0, 5), "2x^3 - x^2 + 5", "2*x**3 - x**2 + 5"),
        ((-1, 1), "-x + 1", "-x + 1"),
        ((1, 0, 0), "x^2", "x**2"),
        ((0, -3, -1), "-3x - 1", "-3*x - 1"),
        ((-1,), "-1", "-1"),
        ((0, 0), "0", "0"),
        ((1, *[0] * 10, -1), "x^{11} - 1", "x**11 - 1"),
    ],
)
def test_polynomials(coefficients: tuple[int, ...], latex: str, python: str) -> None:
    assert polynomial(coefficients) == latex
    assert expression(coefficients) == python
    for x in (-2, 3):
        power = len(coefficients) - 1
        value = sum(c * x ** (power - i) for i, c in enumerate(coefficients))
        assert eval(python, {"x": x}) == value
        text = substituted(coefficients, x).replace("\\cdot", "*").replace("^", "**")
        text = text.replace("{", "(").replace("}", ")")
        assert eval(text) == value


def test_numbers() -> None:
    assert (signed(5), signed(-5), signed(0)) == ("+ 5", "- 5", "+ 0")
    assert (factor(5), factor(-5)) == ("5", "(-5)")
    assert [fraction(v) for v in (7, Fraction(6, 8), Fraction(-3, 4), Fraction(4, 2))] == [
        "7", "\\frac{3}{4}", "-\\frac{3}{4}", "2",
    ]  # fmt: skip
    assert [root(n) for n in (36, 12, 5, 1, 98)] == ["6", "2\\sqrt{3}", "\\sqrt{5}", "1", "7\\sqrt{2}"]


def test_quotients_are_reduced_only_where_it_changes_them() -> None:
    assert quotient(6, 8) == "\\frac{6}{8} = \\frac{3}{4}"
    assert quotient(5, 8) == "\\frac{5}{8}"
    assert quotient(4, -1) == "\\frac{4}{-1} = -4"
