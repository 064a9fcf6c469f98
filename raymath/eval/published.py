"""DeepSeek-Math's equality of two answers, as published, with its known false credits.

    >>> published_equal("75", "7500", symbolic)
    True

Everything but the symbolic comparison, which the caller provides. Compatible with the published numbers, so the
rules are theirs: a number equals the reference, a hundredth of it or a hundred times it within 1e-3; tuples and
intervals element by element whatever their brackets; matrices element by element; ``x =`` dropped; equations up
to sign. Source: the evaluation code of DeepSeek-Math (``eval_script.py``, ``eval_utils.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from raymath.eval import numbers
from raymath.eval.latex import MAX_ANSWER

#: Whether sympy finds two expressions equal.
Symbolic = Callable[[str, str], bool]

_BRACKETED = re.compile(r"[(\[].+[)\]]")
_MATRIX = re.compile(r"\\begin\{[pb]matrix\}(.*)\\end\{[pb]matrix\}", re.DOTALL)


def published_equal(prediction: str, reference: str, symbolic: Symbolic) -> bool:
    """Whether a prediction is credited; raises what `symbolic` raises."""
    if max(len(prediction), len(reference)) > MAX_ANSWER:
        return bool(reference) and prediction == reference
    if "\\cup" in prediction and "\\cup" in reference:
        return match_all(
            prediction.split("\\cup"), reference.split("\\cup"), lambda p, r: published_equal(p, r, symbolic)
        )
    try:
        if abs(float(prediction.replace(",", "")) - float(reference.replace(",", ""))) < 1e-3:
            return True
    except ValueError:
        pass
    if reference and prediction == reference:
        return True
    return _math_equal(prediction, reference, symbolic)


def match_all(predictions: Sequence[str], references: Sequence[str], same: Callable[[str, str], bool]) -> bool:
    """Unordered: each prediction equals some reference, and each reference some prediction."""
    pairs = [[same(p, r) for r in references] for p in predictions]
    return all(any(row) for row in pairs) and all(any(row[j] for row in pairs) for j in range(len(references)))


def _math_equal(prediction: str, reference: str, symbolic: Symbolic) -> bool:
    if prediction == reference:
        return True
    x, y = numbers.digits(prediction), numbers.digits(reference)
    if x is not None and y is not None:
        return numbers.same_digits(x, y)
    if not prediction:
        return False
    prediction, reference = prediction.strip(), reference.strip()
    if _BRACKETED.match(prediction) and _BRACKETED.match(reference):
        elements = prediction[1:-1].split(","), reference[1:-1].split(",")
        if _elementwise(*elements, symbolic):
            return True
    if _same_matrix(prediction, reference, symbolic):
        return True
    return _same_equation(prediction, reference, symbolic) or symbolic(prediction, reference)


def _elementwise(predictions: list[str], references: list[str], symbolic: Symbolic) -> bool:
    return len(predictions) == len(references) and all(
        _math_equal(p, r, symbolic) for p, r in zip(predictions, references, strict=True)
    )


def _same_matrix(prediction: str, reference: str, symbolic: Symbolic) -> bool:
    x, y = _MATRIX.fullmatch(prediction), _MATRIX.fullmatch(reference)
    if not x or not y:
        return False
    rows_x, rows_y = ([row.strip() for row in m[1].split("\\\\") if row.strip()] for m in (x, y))
    return len(rows_x) == len(rows_y) and all(
        _elementwise(p.split("&"), r.split("&"), symbolic) for p, r in zip(rows_x, rows_y, strict=True)
    )


def _same_equation(prediction: str, reference: str, symbolic: Symbolic) -> bool:
    signs = prediction.count("="), reference.count("=")
    if signs == (1, 1):
        p, r = _difference(prediction), _difference(reference)
        return symbolic(p, r) or symbolic(f"-({p})", r)
    if signs == (1, 0) and len(prediction.split("=")[0].strip()) <= 2:
        return _math_equal(prediction.split("=")[1], reference, symbolic)
    if signs == (0, 1) and len(reference.split("=")[0].strip()) <= 2:
        return _math_equal(prediction, reference.split("=")[1], symbolic)
    return False


def _difference(equation: str) -> str:
    left, right = equation.split("=")
    return f"{left.strip()} - ({right.strip()})"
