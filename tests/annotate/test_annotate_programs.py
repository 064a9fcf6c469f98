"""What makes two programs the same."""

from __future__ import annotations

import pytest

from raymath.annotate.programs import normal

SAME = [
    ("total = 2*3\nprint(total)", "x = 2 * 3  # both\n\nprint( x )"),
    (
        "def f(n):\n    '''Doubles.'''\n    return n * 2\nprint(f(n=4))",
        "def twice(k):\n    return k * 2\nprint(twice(k=4))",
    ),
    ('"""Solves it."""\nprint("a")', "print('a')"),
    ("import sympy as sp\na = sp.sqrt(2)\nprint(a)", "import sympy as sp\nroot = sp.sqrt(2)\nprint(root)"),
    ("for i in range(3):\n    print(i)", "for j in range(3):\n        print(j)"),
    ("[x for x in (1, 2)]", "[y for y in (1, 2)]"),
    ("print(1", "print(1 "),
]
OTHER = [
    ("print(2 * 3)", "print(3 * 2)"),
    ("a = 1\nb = 2\nprint(a - b)", "a = 1\nb = 2\nprint(b - a)"),
    ("print(1.0)", "print(1)"),
    ("x = 2\nprint(x)", "print(2)"),
    ("from math import gcd\nprint(gcd(4, 6))", "from math import lcm\nprint(lcm(4, 6))"),
    ("print(1", "print(2"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_names_comments_and_layout_do_not_matter(a: str, b: str) -> None:
    assert normal(a) == normal(b)


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_what_a_program_does_matters(a: str, b: str) -> None:
    assert normal(a) != normal(b)


def test_hostile_code_is_only_text() -> None:
    deep = "(" * 5000 + ")" * 5000
    assert normal(deep) == deep
    assert normal("x = 1\0") == "x = 1\0"
    assert normal("def f():\n    'only words'") == "def v0():\n    pass"
