"""The arithmetic that data sets write their formulas in, read by a grammar of its own: text → Python's syntax tree.

    tree = parse("1(5/6) * [20% + x]")
    ast.unparse(tree)                       # '(1 + 5 / 6) * (20 / 100 + x)'

Understood are decimals, mixed numbers ``1(5/6)``, percents, powers ``^`` and ``**``, three kinds of brackets, Chinese
and typographic signs, ratios ``3:4``, products without a sign (``2x``, ``xy``, ``3(x+1)``), and ``LCM[…]``, ``GCD(…)``.
Source text is never evaluated: `value` computes on the tree, in exact fractions. Whole programs are left to
`equations`.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import gcd, lcm

#: Powers beyond this are not computed here.
_MAX_EXPONENT = 64
_MAX_LENGTH = 2000
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d*)?|\.\d+)|(?P<name>[A-Za-z]+)"
    r"|(?P<sign>\*\*|[-+*/^%:(){}\[\],]))"
)
_SIGNS = str.maketrans({"×": "*", "✕": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "﹣": "-", "∶": ":"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}
#: Functions of the sources, by the names that Python's `math` has for them.
_FUNCTIONS: Mapping[str, Callable[..., int]] = {"lcm": lcm, "gcd": gcd}
_OPERATORS: Mapping[str, type[ast.operator]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, ":": ast.Div, "^": ast.Pow, "**": ast.Pow,
}  # fmt: skip


class NotUnderstood(ValueError):  # noqa: N818  a verdict on a text, not a fault of the program
    """A formula is outside the grammar, or has no program; the text is the reason."""


def parse(text: str) -> ast.expr:
    """One expression → syntax tree.

    Raises:
        NotUnderstood: it is no expression of the grammar; the reason names the place.
    """
    if len(text) > _MAX_LENGTH:
        raise NotUnderstood("a formula is too long")
    parser = _Parser(list(_tokens(unicodedata.normalize("NFKC", text).translate(_SIGNS))))
    tree = parser.sum()
    if parser.next:
        raise NotUnderstood(f"a formula cannot be read: at '{parser.next}' in {text.strip()[:80]!r}")
    return tree


def _tokens(text: str) -> Iterator[str]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotUnderstood(f"a formula cannot be read: at {text[at : at + 20].strip()!r}")
        at = match.end()
        name = match["name"]
        if name is None or name.lower() in _FUNCTIONS:
            yield match[match.lastgroup or 0].replace(",", "" if match["number"] else ",")
        else:
            yield from name.lower()  # unknowns have one letter: xy is x times y


class _Parser:
    """Recursive descent over tokens; every method reads one level of the grammar."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.next
        self.at += 1
        return token

    def sum(self) -> ast.expr:
        tree = self.product()
        while self.next in ("+", "-"):
            tree = binary(self.take(), tree, self.product())
        return tree

    def product(self) -> ast.expr:
        tree = self.signed()
        while self.next in ("*", "/", ":") or self._begins_factor():
            sign = self.take() if self.next in ("*", "/", ":") else "*"
            tree = binary(sign, tree, self.signed())
        return tree

    def _begins_factor(self) -> bool:
        return self.next in _CLOSING or self.next.isalpha()

    def signed(self) -> ast.expr:
        if self.next in ("+", "-"):
            self._deeper()
            sign, tree = self.take(), self.signed()
            self.depth -= 1
            return tree if sign == "+" else ast.UnaryOp(ast.USub(), tree)
        return self.power()

    def power(self) -> ast.expr:
        base = self.atom()
        while self.next == "%":
            self.take()
            base = binary("/", base, ast.Constant(100))
        return binary(self.take(), base, self.signed()) if self.next in ("^", "**") else base

    def atom(self) -> ast.expr:
        token = self.take()
        if token[:1].isdigit() or token[:1] == ".":
            return self._mixed(number(token))
        if token.lower() in _FUNCTIONS:
            return ast.Call(ast.Attribute(ast.Name("math"), token.lower()), self._arguments(), [])
        if token.isalpha():
            return ast.Name(token)
        if token in _CLOSING:
            self._deeper()
            tree = self.sum()
            self._close(token)
            return tree
        raise NotUnderstood(f"a formula cannot be read: {f'at {token!r}' if token else 'it ends too early'}")

    def _mixed(self, whole: ast.Constant) -> ast.expr:
        """``1(5/6)`` is 1 + 5/6, as the Chinese sources write mixed numbers."""
        if self.next != "(" or not isinstance(whole.value, int):
            return whole
        begin = self.at
        group = self.atom()
        parts = (group.left, group.right) if isinstance(group, ast.BinOp) and isinstance(group.op, ast.Div) else ()
        if parts and all(isinstance(part, ast.Constant) and isinstance(part.value, int) for part in parts):
            return binary("+", whole, group)
        self.at = begin
        return whole

    def _arguments(self) -> list[ast.expr]:
        opening = self.take()
        if opening not in _CLOSING:
            raise NotUnderstood("a function without brackets")
        self._deeper()
        found = [self.sum()]
        while self.next == ",":
            self.take()
            found.append(self.sum())
        self._close(opening)
        return found

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > 60:
            raise NotUnderstood("a formula is nested too deeply")

    def _close(self, opening: str) -> None:
        if self.take() != _CLOSING[opening]:
            raise NotUnderstood(f"a bracket is not closed: '{opening}'")
        self.depth -= 1


def number(text: str) -> ast.Constant:
    """A decimal numeral; ``120.0`` is the whole number 120."""
    exact = Fraction(text.rstrip(".") if text != "." else "0")
    return ast.Constant(exact.numerator if exact.denominator == 1 else float(text))


def binary(sign: str, left: ast.expr, right: ast.expr) -> ast.expr:
    """``left sign right`` as a tree."""
    return ast.BinOp(left, _OPERATORS[sign](), right)


def names(tree: ast.AST) -> list[str]:
    """The unknowns in a tree, sorted."""
    return sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"math"})


def value(tree: ast.expr) -> Fraction | None:
    """The exact value of a tree without unknowns; None where it has one, or is no manageable rational number."""
    try:
        return _value(tree)
    except (ArithmeticError, ValueError, TypeError):
        return None


def _value(tree: ast.expr) -> Fraction:
    match tree:
        case ast.Constant(int() | float() as given):
            return Fraction(repr(given))
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand)
        case ast.Call(ast.Attribute(_, name), arguments):
            return Fraction(_FUNCTIONS[name](*(_whole(_value(one)) for one in arguments)))
        case ast.BinOp(left, operator, right):
            return _operate(operator, _value(left), _value(right))
    raise ValueError("not a number")


def _operate(operator: ast.operator, a: Fraction, b: Fraction) -> Fraction:
    match operator:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
    if abs(_whole(b)) > _MAX_EXPONENT:
        raise ValueError("too large a power")
    return Fraction(a ** _whole(b))


def _whole(number: Fraction) -> int:
    if number.denominator != 1:
        raise ValueError("not a whole number")
    return number.numerator
