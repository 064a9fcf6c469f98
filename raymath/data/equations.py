"""Equations of word-problem sources → a readable Python program that prints the answer.

    solve_program(["x=135/3"], Gold.read("45"))
    solve_program(["x-y=9", "5*y=3*x+7"], Gold.read("26; 17"), ["x", "y"])

An isolated unknown is plain arithmetic, or `fractions` where the answer is a fraction (a program of 2 ms); only what
has to be solved uses sympy (34 ms). The gold answer decides how a result is written (as a fraction, a percentage, to
how many decimals) and which of two positive roots is meant, never what is computed: whether a program prints the
gold answer is left to `curate`, which runs it.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from raymath.data.expressions import NotUnderstood, binary, names, parse, value

_RELATION = re.compile(r"(<=|>=|<|>|=)")
_DECIMALS = 6


@dataclass(frozen=True)
class Gold:
    """A gold answer of one or several numbers: how it is written in an Example, the values, and their notation.

    ``notation`` is that of the least plain of them: ``whole``, ``decimal`` (``decimals`` digits after the point),
    ``fraction`` or ``percent``.
    """

    text: str
    values: tuple[Fraction, ...]
    notation: str
    decimals: int = 0

    @classmethod
    def read(cls, given: object) -> Gold:
        """From a number, a text (``(3/4)``, ``1(5/6)``, ``5%``, ``26; 17``), or a list of such.

        Raises:
            NotUnderstood: there is none, or it is not made of numbers.
        """
        parts = given if isinstance(given, list | tuple) else re.split(r"[;；]", str(given).strip().strip("{}"))
        if not parts or not all(str(part).strip() for part in parts):
            raise NotUnderstood("no gold answer")
        read = [_one(str(part)) for part in parts]
        order = ("whole", "decimal", "fraction", "percent")
        least = max((notation for _, _, notation, _ in read), key=order.index)
        decimals = max(digits for *_, digits in read)
        return cls(", ".join(text for text, *_ in read), tuple(number for _, number, *_ in read), least, decimals)


def _one(text: str) -> tuple[str, Fraction, str, int]:
    text = text.strip()
    exact = value(parse(text))
    if exact is None:
        raise NotUnderstood(f"the gold answer is not a number: {text[:40]!r}")
    plain = re.fullmatch(r"([-+]?\d*\.?\d*)(%?)", text.replace(" ", ""))
    if plain is None:
        written = str(exact)
        return written, exact, "whole" if exact.denominator == 1 else "fraction", 0
    digits = plain[1].rstrip("0").partition(".")[2] if "." in plain[1] else ""
    if plain[2]:
        return text, exact, "percent", len(digits)
    if exact.denominator == 1:
        return str(exact), exact, "whole", 0
    return plain[1], exact, "decimal", len(digits)


def solve_program(equations: Sequence[str], gold: Gold, wanted: Sequence[str] = ()) -> str:
    """A program that prints the wanted quantities on one line, with commas between several.

    Args:
        equations: ``left = right``; also conditions like ``x > 0``.
        gold: how the result is written, and how many quantities are asked.
        wanted: expressions in the unknowns; all unknowns, sorted, where not given.

    Raises:
        NotUnderstood: outside the grammar, nothing to solve, or not as many quantities as the gold answer has.
    """
    relations = [_relation(text) for text in equations]
    unknowns = sorted({name for left, _, right in relations for side in (left, right) for name in names(side)})
    targets = [parse(text) for text in wanted] or [ast.Name(name) for name in unknowns]
    if not unknowns:
        raise NotUnderstood("an equation without unknown")
    stray = {name for target in targets for name in names(target)} - set(unknowns)
    if stray:
        raise NotUnderstood(f"an unknown is in no equation: {', '.join(sorted(stray))}")
    if len(relations) == 1 and relations[0][1] == "=" and len(targets) == 1 and isinstance(targets[0], ast.Name):
        left, _, right = relations[0]
        for name, side in ((left, right), (right, left)):
            if isinstance(name, ast.Name) and not names(side):
                return arithmetic_program([(name.id, side)], gold)
    return _sympy_program(relations, unknowns, targets, gold)


def _relation(text: str) -> tuple[ast.expr, str, ast.expr]:
    parts = _RELATION.split(_short_name(text))
    if len(parts) != 3:
        raise NotUnderstood(f"not an equation: {text.strip()[:80]!r}")
    return parse(parts[0]), parts[1], parse(parts[2])


def _short_name(text: str) -> str:
    """``number = 3 + 4``: a name as the whole left side is one unknown, no product of letters."""
    return re.sub(r"^\s*[A-Za-z]{3,}\s*=", "x =", text)


# An isolated unknown.


def arithmetic_program(steps: Sequence[tuple[str, ast.expr]], gold: Gold) -> str:
    """Assignments in order, then the last name printed as `gold` is written."""
    exact = gold.notation == "fraction" and not _has_call(steps)
    lines = [f"{name} = {ast.unparse(_Exact('Fraction').visit(tree) if exact else tree)}" for name, tree in steps]
    imports = ["import math"] if any("math." in line for line in lines) else []
    if any("Fraction(" in line for line in lines):
        imports.append("from fractions import Fraction")
    result = value(steps[-1][1]) if len(steps) == 1 else gold.values[0]
    whole = not any(_has_fraction(tree) for _, tree in steps)
    lines.append(f"print({_written(steps[-1][0], result, gold, whole or exact)})")
    return "\n".join([*imports, *([""] if imports else []), *lines])


def _has_call(steps: Sequence[tuple[str, ast.expr]]) -> bool:
    return any(isinstance(node, ast.Call) for _, tree in steps for node in ast.walk(tree))


def _has_fraction(tree: ast.expr) -> bool:
    return any(
        (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Pow))
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        for node in ast.walk(tree)
    )


def _written(name: str, result: Fraction | None, gold: Gold, as_is: bool) -> str:
    """What is printed: the result, rounded where floating point would show digits that are not there."""
    if gold.notation == "percent":
        return f'f"{{{name} * 100:.{gold.decimals}f}}%"'
    if as_is:
        return name
    if result is not None and result.denominator == 1:
        return f"round({name})"
    return f"round({name}, {_digits(result, gold)})"


def _digits(result: Fraction | None, gold: Gold) -> int:
    """Decimals to print: all, if they end soon; else as many as the gold answer has, or enough for it."""
    if result is not None:
        for digits in range(1, _DECIMALS + 1):
            if (result * 10**digits).denominator == 1:
                return digits
    return min(gold.decimals, _DECIMALS) or _DECIMALS


class _Exact(ast.NodeTransformer):
    """Decimals and quotients of numbers become exact: ``Fraction(1, 2)``, or sympy's ``Rational``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self._call(ast.Constant(repr(node.value))) if isinstance(node.value, float) else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        divides = isinstance(node.op, ast.Div) and not names(node)
        left, right = self.visit(node.left), self.visit(node.right)
        return self._call(left, right) if divides else ast.BinOp(left, node.op, right)

    def _call(self, *arguments: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(self.name), list(arguments), [])


# Equations to be solved.


def _sympy_program(
    relations: list[tuple[ast.expr, str, ast.expr]], unknowns: list[str], targets: list[ast.expr], gold: Gold
) -> str:
    plain = all(isinstance(target, ast.Name) for target in targets)
    equal = [(left, right) for left, sign, right in relations if sign == "="]
    conditions = [f"{_unparse(left)} {sign} {_unparse(right)}" for left, sign, right in relations if sign != "="]
    several = len(targets) == 1 and len(gold.values) > 1
    if not several and len(targets) != len(gold.values):
        raise NotUnderstood(f"not as many unknowns as gold answers: {len(targets)} and {len(gold.values)}")
    if not equal:
        raise NotUnderstood("no equation to solve")
    if any(isinstance(node, ast.Call) for pair in equal for side in pair for node in ast.walk(side)):
        raise NotUnderstood("a function of an unknown")
    curved = any(_is_curved(side) for pair in equal for side in pair)
    positive = curved and all(number > 0 for number in gold.values)
    written = [f"Eq({_unparse(left)}, {_unparse(right)})" for left, right in equal]
    lines = [
        f'{", ".join(unknowns)} = symbols("{" ".join(unknowns)}"{", positive=True" if positive and plain else ""})'
    ]
    if len(unknowns) == len(equal) == 1 and plain and not conditions:
        choice = _choice(*equal[0], gold) if positive else ""
        lines += [f"solutions = solve({written[0]}, {unknowns[0]})"]
        lines += [f"solutions = [{choice}(solutions)]"] if choice else []
        lines += [f"print({_listed('solutions', gold)})"]
    else:
        body = f"solve([{', '.join(written)}], [{', '.join(unknowns)}], dict=True)"
        if positive and not plain:
            conditions += [f"{_unparse(target)} > 0" for target in targets]
        tests = " and ".join(f"({condition}).subs(s)" for condition in conditions)
        lines.append(f"solutions = [s for s in {body} if {tests}]" if tests else f"solutions = {body}")
        if curved and plain and len(targets) == len(unknowns) > 1:
            # Unknowns that may change places are one answer, not two.
            lines.append("solutions = {frozenset(s.values()): s for s in solutions}.values()")
        lines += _selected([_unparse(target) for target in targets], plain, several, gold)
    text = "\n".join(lines)
    used = [name for name in ("Eq", "Rational", "solve", "symbols") if f"{name}(" in text]
    return f"from sympy import {', '.join(used)}\n\n{text}"


def _choice(left: ast.expr, right: ast.expr, gold: Gold) -> str:
    """``min`` or ``max`` where a quadratic equation has two positive roots and the gold answer is one of them.

    Which one is meant stands in the question ("to the customers' advantage"), and in no equation.
    """
    (unknown,) = {*names(left), *names(right)}
    at = [value(_Bound(unknown, x).visit(binary("-", copy.deepcopy(left), copy.deepcopy(right)))) for x in range(4)]
    if len(gold.values) != 1 or any(one is None for one in at):
        return ""
    y0, y1, y2, y3 = (one for one in at if one is not None)
    a = (y2 - 2 * y1 + y0) / 2
    if a == 0 or y3 - 3 * y2 + 3 * y1 - y0 != 0:
        return ""
    other = -(y1 - y0 - a) / a - gold.values[0]
    return "" if other <= 0 or other == gold.values[0] else "min" if gold.values[0] < other else "max"


class _Bound(ast.NodeTransformer):
    """An unknown becomes a number."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self.number) if node.id == self.name else node


def _selected(targets: list[str], plain: bool, several: bool, gold: Gold) -> list[str]:
    if several:
        return [f"values = [({targets[0]}).subs(s) for s in solutions]", f"print({_listed('values', gold)})"]
    values = [f"solution[{target}]" if plain else f"({target}).subs(solution)" for target in targets]
    # A second solution would make the answer a matter of chance: it is an error, and the example is set aside.
    return ["(solution,) = solutions", f"values = [{', '.join(values)}]", f"print({_listed('values', gold)})"]


def _listed(name: str, gold: Gold) -> str:
    if gold.notation == "percent":
        return f'*[f"{{float(value) * 100:.{gold.decimals}f}}%" for value in {name}], sep=", "'
    if gold.notation == "decimal":
        digits = min(gold.decimals, _DECIMALS)
        return f'*[round(float(value), {digits}) for value in {name}], sep=", "'
    return f'*{name}, sep=", "'


def _unparse(tree: ast.expr) -> str:
    return ast.unparse(ast.fix_missing_locations(_Exact("Rational").visit(tree)))


def _is_curved(tree: ast.expr) -> bool:
    """Can it have more than one solution? A product or quotient of unknowns, or a power of one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            left, right = names(node.left), names(node.right)
            if isinstance(node.op, ast.Pow) and left:
                return True
            if (isinstance(node.op, ast.Mult) and left and right) or (isinstance(node.op, ast.Div) and right):
                return True
    return False
