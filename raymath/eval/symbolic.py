"""The symbolic part of both equalities, and the worker process it runs in. The only door to sympy and math-verify.

    python -m raymath.eval.symbolic MEMORY_MB     one JSON request a line on stdin, one verdict a line on stdout

What a model wrote is hostile: it may take for ever, ask for all memory, or hold Python code. So this module is
imported by worker processes only, which `raymath.eval.workers` starts and kills; nothing a model wrote is ever
evaluated as Python (`_python_expression` parses with a fixed vocabulary). sympy raises anything at all on
such input, so an attempt that fails with whatever exception counts as "does not show equality".
"""

from __future__ import annotations

import functools
import json
import logging
import math
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

import sympy
from latex2sympy2_extended.latex2sympy2 import ConversionConfig, latex2sympy
from math_verify import verify
from sympy.parsing.latex import _parse_latex_antlr
from sympy.parsing.sympy_parser import convert_xor, implicit_multiplication, parse_expr, standard_transformations

from raymath.eval import numbers
from raymath.eval.published import published_equal
from raymath.eval.structure import strict

T = TypeVar("T")

# sympy's LaTeX parser, which the published numbers rest on, asks for version 4.11 of its runtime; the tables it
# ships are read just the same by the 4.13 that math-verify's parser needs.
_parse_latex_antlr.version = lambda _: "4.11"
logging.getLogger("math_verify").setLevel(logging.ERROR)

_VOCABULARY = re.findall(
    r"\w+",
    "Symbol Integer Float Rational Function Add Mul Pow sqrt cbrt root pi E I oo sin cos tan cot sec csc asin acos "
    "atan atan2 sinh cosh tanh log ln exp Abs factorial binomial floor ceiling Min Max gcd lcm re im conjugate",
)
_PYTHON = re.compile(r"[0-9A-Za-z_+\-*/^().,!\s]{1,1000}")
_FORBIDDEN = re.compile(r"__|\.\s*[A-Za-z_]|[A-Za-z_)]\s*\.")
_COMPLEX = re.compile(r"(?<![A-Za-z\\])i(?![A-Za-z])|\\(?:imath|mathbb\{C\}|mathrm\{i\}|Re|Im)(?![A-Za-z])")
_BARE_NAMES = re.compile(r"(?<![\\A-Za-z])(?:pi|sin|cos|tan|cot|sec|csc|log|ln|exp|infty)(?![A-Za-z])")
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)\s*\^\\circ")
_CONVERSION = ConversionConfig(lowercase_symbols=False)
_RELATIONS = {"=": "=", "<": "<", ">": ">", "\\le": "<=", "\\ge": ">=", "\\ne": "!="}
_SIGN = re.compile(r"\\(?:le|ge|ne)(?![A-Za-z])|(?<!\\)[=<>]")
_DIGITS = 30
_EXACT = sympy.Float("1e-24", _DIGITS)
_ZERO = sympy.Float("1e-60", _DIGITS)


def _attempt(action: Callable[[], T]) -> T | None:
    """The result, or None where it raised: the boundary between a stranger's text and our verdicts."""
    try:
        return action()
    except Exception:
        return None


# --- deepseek -------------------------------------------------------------------------------------------------


def published_symbolic(a: str, b: str) -> bool:
    """DeepSeek-Math's last resort: the difference simplifies to 0, or both are numbers within 1e-3."""
    x, y = _published_parse(a), _published_parse(b)
    if x is None or y is None:
        return False
    if _attempt(lambda: bool(sympy.simplify(x - y) == 0)):
        return True
    return bool(_attempt(lambda: math.isclose(sympy.N(x), sympy.N(y), abs_tol=1e-3)))


@functools.lru_cache(maxsize=256)
def _published_parse(text: str) -> Any:
    parsed = _attempt(lambda: _parse_latex_antlr.parse_latex(text))
    return parsed if parsed is not None else _attempt(lambda: _python_expression(text))


# --- strict ---------------------------------------------------------------------------------------------------


def strict_leaf(kind: Literal["expression", "relation"], a: str, b: str) -> bool:
    """Algebraic equality of two expressions or two relations, as `raymath.eval.structure` asks for it."""
    real = not (_COMPLEX.search(a) or _COMPLEX.search(b))
    if kind == "relation":
        return bool(_attempt(lambda: _same_relation(a, b, real)))
    x, y = _parse(a, real), _parse(b, real)
    if x is None or y is None:
        return False
    return bool(_attempt(lambda: same_expression(x, y)))


@functools.lru_cache(maxsize=256)
def _parse(text: str, real: bool) -> Any:
    """One expression → sympy; None where neither LaTeX nor Python's notation makes sense of it."""
    if "\\" not in text and re.search(r"\*\*|[A-Za-z]{2,}\(|\d\*|\*[A-Za-z(]", text):
        parsed = _attempt(lambda: _python_expression(text, real))
        if parsed is not None:
            return parsed
    latex = _BARE_NAMES.sub(r"\\\g<0> ", text.replace("**", "^").replace("*", "\\cdot "))
    latex = _DEGREES.sub(r"{\1\\cdot \\frac{\\pi}{180}}", latex)
    parsed = _attempt(
        lambda: latex2sympy(latex, is_real=real, normalization_config=None, conversion_config=_CONVERSION)
    )
    if real or not isinstance(parsed, sympy.Basic):
        return parsed
    return parsed.subs({letter: sympy.I for letter in parsed.free_symbols if letter.name == "i"})


def _python_expression(text: str, real: bool | None = None) -> Any:
    """Python's notation, as programs print it: ``3*sqrt(2)/2``. Only arithmetic and a fixed list of names."""
    if not _PYTHON.fullmatch(text) or _FORBIDDEN.search(re.sub(r"\d+\.\d*", "0", text)):
        raise ValueError("not a plain expression")
    names: dict[str, Any] = {name: getattr(sympy, name) for name in _VOCABULARY}
    letters = {name: sympy.Symbol(name, real=real) for name in re.findall(r"[A-Za-z_]\w*", text) if name not in names}
    steps = (*standard_transformations, convert_xor, implicit_multiplication)
    return parse_expr(text, letters, steps, {**names, "__builtins__": {}})


def same_expression(x: Any, y: Any) -> bool:
    """Equality of two parsed answers: constants by value, expressions as functions, the rest by math-verify."""
    if not isinstance(x, sympy.Expr) or not isinstance(y, sympy.Expr):
        return bool(verify(x, y, timeout_seconds=None))
    if x == y:
        return True
    letters = sorted(x.free_symbols | y.free_symbols, key=str)
    if not letters:
        verdict = _same_constant(x, y)
        return bool(verify(x, y, timeout_seconds=None)) if verdict is None else verdict
    agreed = 0
    for point in _points(letters):
        u, v = _value(x.subs(point)), _value(y.subs(point))
        if u is None or v is None:
            continue
        if not _near(u, v, _tolerance(x, y)):
            return False
        agreed += 1
    # Analytic expressions that agree at several unrelated points to 24 digits are the same function.
    return agreed >= 3 or bool(verify(x, y, timeout_seconds=None))


def _same_constant(x: Any, y: Any) -> bool | None:
    u, v = _value(x), _value(y)
    if u is None or v is None:
        return None
    return _near(u, v, _tolerance(x, y))


def _tolerance(x: Any, y: Any) -> Any:
    if not x.has(sympy.Float) and not y.has(sympy.Float):
        return _EXACT
    integer = x.is_Integer or y.is_Integer
    return sympy.Rational(*(numbers.DUST if integer else numbers.DECIMAL_TOLERANCE).as_integer_ratio())


def _near(u: Any, v: Any, tolerance: Any) -> bool:
    return bool(abs(u - v) <= max(tolerance * max(abs(u), abs(v)), _ZERO))


def _value(expression: Any) -> Any:
    """A finite number of 30 digits, or None."""
    value = expression.evalf(_DIGITS)
    if value.is_number and value.is_finite and (value.is_Number or value.as_real_imag()[0].is_Number):
        return value
    return None


def _points(letters: list[Any]) -> Iterator[dict[Any, Any]]:
    """Fixed, unrelated points, of both signs: what holds only for positive numbers is not an identity."""
    for seed in ((7, 11), (13, -17), (-19, 23), (-29, -31), (37, 5)):
        yield {
            letter: sympy.Rational(seed[i % 2] * (i + 2) + 1, 9 + 4 * i) + sympy.sqrt(2) / 10
            for i, letter in enumerate(letters)
        }


def _same_relation(a: str, b: str, real: bool) -> bool:
    """Equations up to a constant factor, inequalities up to a positive one and turning round, else as sets."""
    x, y = _chain(a, real), _chain(b, real)
    if x and y:
        if len(x) == len(y) and all(_same_link(p, q) for p, q in zip(x, y, strict=True)):
            return True
        if any(sign == "=" for _, sign in (*x, *y)):
            return False
    u, v = _as_set(a, real), _as_set(b, real)
    return u is not None and v is not None and bool(u == v or u.symmetric_difference(v).is_empty)


def _chain(text: str, real: bool) -> list[tuple[Any, str]] | None:
    """``1 < x \\le 2`` → [(1 - x, "<"), (x - 2, "<=")]: the links' differences and signs, all pointing one way."""
    signs = [_RELATIONS[sign] for sign in _SIGN.findall(text)]
    sides = [_parse(side.strip(), real) for side in _SIGN.split(text)]
    if not signs or any(not isinstance(side, sympy.Expr) for side in sides):
        return None
    links = list(zip(sides, signs, sides[1:], strict=False))
    if any(sign.startswith(">") for sign in signs):
        links = [
            (right, sign.replace(">", "<") if ">" in sign else sign, left) for left, sign, right in reversed(links)
        ]
    return [(left - right, sign) for left, sign, right in links]


def _same_link(p: tuple[Any, str], q: tuple[Any, str]) -> bool:
    (d, sign), (e, other) = p, q
    if sign != other:
        return False
    ratio = sympy.cancel(sympy.together(d / e))
    if ratio.free_symbols or ratio == 0 or not ratio.is_finite:
        return False
    return sign in ("=", "!=") or bool(ratio > 0)


def _as_set(text: str, real: bool) -> Any:
    """The real numbers that an inequality in one letter, or an interval or union, describes."""
    signs = _SIGN.findall(text)
    if not signs:
        parsed = _parse(text, real)
        return parsed if isinstance(parsed, sympy.Set) else None
    links = _chain(text, True)
    if not links:
        return None
    letters = set().union(*(d.free_symbols for d, _ in links))
    if len(letters) != 1:
        return None
    kinds = {"<": sympy.StrictLessThan, "<=": sympy.LessThan, "!=": sympy.Ne}
    solved = [sympy.solveset(kinds[s](d, 0), next(iter(letters)), sympy.S.Reals) for d, s in links if s in kinds]
    return sympy.Intersection(*solved) if len(solved) == len(links) else None


# --- the process ----------------------------------------------------------------------------------------------


def decide(mode: str, a: str, b: str) -> bool:
    """One verdict, in this process."""
    if mode == "strict":
        return strict(a, b, strict_leaf)
    return published_equal(a, b, published_symbolic)


def main() -> None:
    """Serve verdicts until stdin ends."""
    # sympy's parser prints; only verdicts may reach the parent.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit = int(sys.argv[1]) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers.write("ready\n")
    for line in sys.stdin:
        request = json.loads(line)
        _limit_cpu(request["deadline_s"])
        verdict = _attempt(lambda r=request: decide(r["mode"], r["a"], r["b"]))  # type: ignore[misc]
        answers.write("1\n" if verdict else "0\n")


def _limit_cpu(seconds: float) -> None:
    """End this process by the kernel's hand if nobody is left to kill it at the deadline."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + 2 * seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
