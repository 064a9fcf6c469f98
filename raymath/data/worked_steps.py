"""Arithmetic that a source has worked already, ASDiv's formulas → a program that works it again.

    step_program(["16*3=48", "48+12=60"], Gold.read("60"))
    remainder_program("89/4=22 r1", Gold.read("23"))

Equations with an unknown are left to `equations`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from fractions import Fraction

from raymath.data.equations import Gold, arithmetic_program
from raymath.data.expressions import NotUnderstood, binary, parse, value

#: How far the stated result of a worked step may be from the exact one, relatively: ``10/3=3.333``.
_ROUNDED = Fraction(1, 1000)


def step_program(formulas: Sequence[str], gold: Gold) -> str:
    """Worked steps ``16*3=48``, ``48+12=60`` → assignments, a later step naming the results of earlier ones.

    Raises:
        NotUnderstood: a step is no arithmetic, or not the arithmetic that it says.
    """
    steps: list[tuple[str, ast.expr]] = []
    known: dict[Fraction, str] = {}
    for i, formula in enumerate(formulas):
        left, sign, right = formula.partition("=")
        if ":" in formula:
            raise NotUnderstood("a ratio says no computation")
        tree = parse(left)
        exact = value(tree)
        stated = value(parse(right)) if sign else None
        if exact is None or stated is None or abs(stated - exact) > _ROUNDED * abs(exact):
            raise NotUnderstood(f"a step is not the arithmetic that it says: {formula.strip()[:60]!r}")
        name = "answer" if i == len(formulas) - 1 else f"step{i + 1}"
        steps.append((name, _Named(known).visit(tree)))
        known.setdefault(exact, name)
    return arithmetic_program(steps, gold)


class _Named(ast.NodeTransformer):
    """Numbers that are earlier results become their names."""

    def __init__(self, known: dict[Fraction, str]) -> None:
        self.known = known

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        name = self.known.get(Fraction(repr(node.value)))
        return ast.Name(name) if name else node


def remainder_program(formula: str, gold: Gold) -> str:
    """``89/4=22 r1`` → the quotient, the quotient rounded up, or the remainder: what the gold answer is of them.

    Raises:
        NotUnderstood: it is not of that form, or the answer none of the three.
    """
    match = re.fullmatch(r"\s*(.+?)\s*/\s*([\d.]+|\([^()]*\))\s*=\s*(\d+)\s*r\s*(\d+)\s*", formula)
    if match is None:
        raise NotUnderstood(f"a formula cannot be read: {formula.strip()[:60]!r}")
    whole, part = parse(match[1]), parse(match[2])
    quotient, rest = int(match[3]), int(match[4])
    division = ast.unparse(binary("/", whole, part))
    answers = {
        Fraction(quotient): ("", division.replace(" / ", " // ", 1) if division.count(" / ") == 1 else ""),
        Fraction(quotient + 1): ("import math\n\n", f"math.ceil({division})"),
        Fraction(rest): ("", ast.unparse(ast.BinOp(whole, ast.Mod(), part))),
    }
    head, expression = answers.get(gold.values[0], ("", ""))
    if not expression or len(gold.values) != 1:
        raise NotUnderstood("the answer is neither quotient nor remainder of the division")
    return f"{head}x = {expression}\nprint(x)"
