"""Strict equality of two answers, as far as it is structure: lists, sets, tuples, intervals, matrices, relations.

    >>> strict("(1, 2]", "(1, 2)", leaf)
    False

Recursive descent on the text (`tidy` spelling). Plain numbers, words, units and brackets are decided here; what
needs algebra is handed to a `Leaf`, which `raymath.eval.symbolic` provides (and which, in the fast path, just
says that it is needed). The rules: integers and fractions exactly, decimals within a relative tolerance, bracket
kinds matter, percent only where it is written, sets as sets, units ignored only when they agree or one side has
none, an equation is credited for its right side only where the left is a name. A false credit is a defect.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Literal

from raymath.eval import numbers, units
from raymath.eval.latex import MAX_ANSWER, tidy
from raymath.eval.reading import (
    RELATION,
    enter_text,
    inside,
    is_words,
    relation_signs,
    rows,
    split,
    squeezed,
    words,
)

#: Decides whether two expressions, or two relations, are equal.
Leaf = Callable[[Literal["expression", "relation"], str, str], bool]

_MAX_PARTS = 200
_MATRIX = re.compile(
    r"\\begin\{(?P<kind>[pbBvV]?matrix|array)\}(?:\{[^{}]*\})?(?P<body>.*)\\end\{(?P=kind)\}", re.DOTALL
)
_NAME = re.compile(r"(?:\\?[A-Za-z]+|[A-Za-z]_\{?\w+\}?)'?(?:\s*\(\s*\\?[A-Za-z]\w*(?:\s*,\s*\\?[A-Za-z]\w*)*\s*\))?")
_POINT = re.compile(r"\(\s*\\?[A-Za-z]\w*(?:\s*,\s*\\?[A-Za-z]\w*)+\s*\)")
_BASED = re.compile(r"(?P<digits>[0-9A-Fa-f]+)_\{?(?P<base>\d+)\}?")
_RATIO = re.compile(r"(\d+)\s*(?::|：|\\text\{\s*to\s*\})\s*(\d+)")
_CHOICE = re.compile(r"\(?\s*([A-Z])\s*\)?[.:]?")
_JOIN = re.compile(r"\s*(?:\\text\{\s*(?:,?\s*and|,?\s*or|或|和|、)\s*\}|\b(?:and|or)\b|、|或|和|;|；)\s*")


def strict(a: str, b: str, leaf: Leaf) -> bool:
    """Whether two answers are the same under the strict rules; raises what `leaf` raises."""
    if max(len(a), len(b)) > MAX_ANSWER:
        return a.strip() == b.strip() and bool(a.strip())
    return _same(tidy(a), tidy(b), leaf)


def members(text: str) -> list[str]:
    """The members of a bare list (``1, 2``) or a set; a text that is neither is its only member."""
    if len(text) > MAX_ANSWER:
        return [text]
    return _elements(_list(enter_text(tidy(text))))


def _same(a: str, b: str, leaf: Leaf) -> bool:
    if not a or not b:
        return False
    x, y = numbers.parse(a), numbers.parse(b)
    if x and y:
        return numbers.same(x, y)
    if squeezed(a) == squeezed(b):
        return True
    return _unwrapped(enter_text(a), enter_text(b), leaf)


def _unwrapped(a: str, b: str, leaf: Leaf) -> bool:
    """Both sides without a \\text around all of them; lists first, as commas bind the least."""
    parts_a, parts_b = _list(a), _list(b)
    if len(parts_a) > 1 or len(parts_b) > 1:
        return _same_collection(_elements(parts_a), _elements(parts_b), leaf)
    if _is_set(a) or _is_set(b):
        if _bracketed(a, "(") or _bracketed(b, "(") or _bracketed(a, "[") or _bracketed(b, "["):
            return False
        return _same_collection(_elements(parts_a), _elements(parts_b), leaf)
    (body_a, unit_a), (body_b, unit_b) = units.split(a), units.split(b)
    if not units.agree(unit_a, unit_b):
        return False
    if unit_a or unit_b:
        return _same_quantity((body_a, unit_a), (body_b, unit_b), leaf)
    return _same_object(a, b, leaf)


def _same_quantity(a: tuple[str, str], b: tuple[str, str], leaf: Leaf) -> bool:
    (body_a, unit_a), (body_b, unit_b) = a, b
    if "%" in (unit_a, unit_b) and unit_a != unit_b:
        # Written on one side only: it is either a hundredth or a unit that the other side leaves out.
        percent, plain = (body_a, body_b) if unit_a == "%" else (body_b, body_a)
        x, y = numbers.parse(percent), numbers.parse(plain)
        if x and y:
            return numbers.same(numbers.PlainNumber(x.value, x.decimal, True), y)
        return _same(percent, plain, leaf) or leaf("expression", f"\\frac{{{percent}}}{{100}}", plain)
    return _same(body_a, body_b, leaf)


def _same_object(a: str, b: str, leaf: Leaf) -> bool:
    for rule in (_named, _union, _sequence, _matrix, _special):
        verdict = rule(a, b, leaf)
        if verdict is not None:
            return verdict
    if is_words(a) or is_words(b):
        return is_words(a) and is_words(b) and words(a) == words(b)
    return _relation(a, b, leaf)


def _named(a: str, b: str, leaf: Leaf) -> bool | None:
    """``x = 5`` beside ``5``: only one side names what it is the value of."""
    signs_a, signs_b = relation_signs(a), relation_signs(b)
    if bool(signs_a) == bool(signs_b):
        return None
    assigned, other = (_assigned(a), b) if signs_a else (_assigned(b), a)
    return _same(assigned[1], other, leaf) if assigned else None


def _union(a: str, b: str, leaf: Leaf) -> bool | None:
    parts_a, parts_b = split(a, "\\cup"), split(b, "\\cup")
    if len(parts_a) == len(parts_b) == 1:
        return None
    if any(relation_signs(part) for part in (*parts_a, *parts_b)):
        return leaf("relation", a, b)
    return _same_collection(parts_a, parts_b, leaf)


def _sequence(a: str, b: str, leaf: Leaf) -> bool | None:
    """Tuples, points and intervals: the same brackets, the same elements in the same places."""
    inner_a, inner_b = inside(a), inside(b)
    long_a, long_b = inner_a is not None and len(inner_a) > 1, inner_b is not None and len(inner_b) > 1
    if not long_a and not long_b:
        return None
    if not (long_a and long_b):
        other = b if long_a else a
        # x < 0 and (-∞, 0) are the same set; anything else beside a tuple is something else.
        return leaf("relation", a, b) if relation_signs(other) else False
    assert inner_a is not None
    assert inner_b is not None
    if (a[0], a[-1]) != (b[0], b[-1]) or len(inner_a) != len(inner_b):
        return False
    return all(_same(x, y, leaf) for x, y in zip(inner_a, inner_b, strict=True))


def _matrix(a: str, b: str, leaf: Leaf) -> bool | None:
    x, y = _MATRIX.fullmatch(a), _MATRIX.fullmatch(b)
    if not x or not y:
        return False if (x or y) and not ("\\begin" in a and "\\begin" in b) else None
    if "\\begin" in x["body"] or "\\begin" in y["body"]:
        return None
    if ("v" in x["kind"].lower()) != ("v" in y["kind"].lower()) or x["kind"].startswith("V") != y["kind"].startswith(
        "V"
    ):
        return False
    rows_a, rows_b = rows(x["body"]), rows(y["body"])
    if [len(row) for row in rows_a] != [len(row) for row in rows_b]:
        return False
    pairs = zip(itertools.chain(*rows_a), itertools.chain(*rows_b), strict=True)
    return all(_same(p, q, leaf) for p, q in pairs)


def _special(a: str, b: str, _: Leaf) -> bool | None:
    """Numerals with a base, ratios, choices."""
    x, y = _BASED.fullmatch(squeezed(a)), _BASED.fullmatch(squeezed(b))
    if x and y:
        return x["digits"].casefold() == y["digits"].casefold() and x["base"] == y["base"]
    if x or y:
        based, other = (x, squeezed(b)) if x else (y, squeezed(a))
        assert based is not None
        return based["digits"].casefold() == other.casefold() if re.fullmatch(r"[0-9A-Fa-f]+", other) else None
    x, y = _RATIO.fullmatch(a), _RATIO.fullmatch(b)
    if x or y:
        left, right = (f"\\frac{{{m[1]}}}{{{m[2]}}}" if m else text for m, text in ((x, a), (y, b)))
        p, q = numbers.parse(left), numbers.parse(right)
        return bool(p and q and numbers.same(p, q))
    x, y = _CHOICE.fullmatch(a), _CHOICE.fullmatch(b)
    if x and y:
        return x[1] == y[1]
    return None


def _relation(a: str, b: str, leaf: Leaf) -> bool:
    signs_a, signs_b = relation_signs(a), relation_signs(b)
    if not signs_a and not signs_b:
        return leaf("expression", a, b)
    if signs_a and signs_b:
        left_a, left_b = _assigned(a), _assigned(b)
        if left_a and left_b and squeezed(left_a[0]) == squeezed(left_b[0]):
            return _same(left_a[1], left_b[1], leaf)
        return leaf("relation", a, b)
    return False


def _assigned(text: str) -> tuple[str, str] | None:
    """``x = 5``, ``f(x) = 5``, ``x \\in (1, 2)`` → name and value."""
    signs = relation_signs(text)
    if len(signs) != 1 or signs[0].group() not in ("=", "\\in"):
        return None
    name, value = text[: signs[0].start()].strip(), text[signs[0].end() :].strip()
    return (name, value) if _NAME.fullmatch(name) or _POINT.fullmatch(name) else None


def _same_collection(a: Sequence[str], b: Sequence[str], leaf: Leaf) -> bool:
    """Unordered, repeats counting once."""
    if max(len(a), len(b)) > _MAX_PARTS:
        return sorted(map(squeezed, a)) == sorted(map(squeezed, b))
    return all(any(_same(x, y, leaf) for y in b) for x in a) and all(any(_same(x, y, leaf) for x in a) for y in b)


def _list(text: str) -> list[str]:
    """The members of a bare list: by commas or joining words outside brackets, ± written out."""
    if numbers.parse(units.split(text)[0]):
        return [text]
    shared, prefix = text, ""
    assigned = _assigned(text)
    if assigned and "," in assigned[1]:
        prefix, shared = assigned
    pieces = [piece for part in _JOIN.split(shared) for piece in split(part, ",")]
    pieces = [piece for piece in pieces if piece] or [text]
    if len(pieces) == 1 and not prefix:
        return _plus_minus(text)
    return [sign for piece in pieces for sign in _plus_minus(piece)]


def _plus_minus(text: str) -> list[str]:
    if "\\pm" not in text and "\\mp" not in text:
        return [text]
    if len(RELATION.findall(text)) > 1:
        return [text]
    upper = text.replace("\\pm", "+").replace("\\mp", "-")
    lower = text.replace("\\pm", "-").replace("\\mp", "+")
    return [re.sub(r"(^|[=({,])\s*\+", r"\1", upper), lower]


def _elements(parts: list[str]) -> list[str]:
    """A set's members; a bare list is its own."""
    if len(parts) == 1 and _is_set(parts[0]):
        if parts[0] == "\\emptyset":
            return []
        inner = inside(parts[0]) or []
        return [sign for part in inner for sign in _plus_minus(part) if part]
    return parts


def _is_set(text: str) -> bool:
    return text == "\\emptyset" or (text.startswith("\\{") and inside(text) is not None)


def _bracketed(text: str, opening: str) -> bool:
    inner = inside(text) if text.startswith(opening) else None
    return inner is not None and len(inner) > 1
