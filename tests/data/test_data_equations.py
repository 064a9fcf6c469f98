"""Formulas of the sources → programs that print the answer, run for real; what is no formula is refused."""

from __future__ import annotations

import ast
import contextlib
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.data.equations import Gold, solve_program
from raymath.data.expressions import NotUnderstood, parse, value
from raymath.data.mathqa import OPERATIONS, formula_program, numbers_of
from raymath.data.worked_steps import remainder_program, step_program
from raymath.records import Program
from raymath.sandbox import run_batch


def printed(*programs: str) -> list[str]:
    results = list(run_batch([Program(code=program) for program in programs]))
    assert [result.status for result in results] == ["ok"] * len(programs), [r.error for r in results]
    return [result.stdout.strip() for result in results]


# The grammar.


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("120.0 * 1000.0", "120 * 1000"),
        ("1(5/6)+2", "1 + 5 / 6 + 2"),
        ("2*1(1/2)", "2 * (1 + 1 / 2)"),
        ("5%*[3+{2-1}]", "5 / 100 * (3 + (2 - 1))"),
        ("2x^2-3(x+1)y", "2 * x ** 2 - 3 * (x + 1) * y"),
        ("xy", "x * y"),
        ("-2^2", "-2 ** 2"),
        ("2**-1", "2 ** (-1)"),
        ("３×４÷２－１", "3 * 4 / 2 - 1"),
        ("1,234.5+.5", "1234.5 + 0.5"),
        ("3:4", "3 / 4"),
        ("LCM[4,6]", "math.lcm(4, 6)"),
        ("8-3-2", "8 - 3 - 2"),
        ("8/4/2", "8 / 4 / 2"),
    ],
)
def test_formulas_as_python(text: str, python: str) -> None:
    assert ast.dump(ast.parse(ast.unparse(parse(text)))) == ast.dump(ast.parse(python))


@pytest.mark.parametrize(
    "text",
    ["", "3+", "(3", "3)", "(3]", "3 $ 4", "__import__('os')", "x.y", "1..2", "(" * 100 + "1" + ")" * 100, "1" * 3000],
)
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(NotUnderstood):
        parse(text)


TREES = st.recursive(
    st.integers(0, 99).map(str) | st.decimals(0, 9, places=2).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_values_are_pythons_own(text: str) -> None:
    ours = value(parse(text))
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = Fraction(repr(node.value))
    try:
        theirs = _exact(tree.body)
    except ZeroDivisionError:
        theirs = None
    assert ours == theirs


def _exact(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant):
        return node.value  # type: ignore[return-value]
    assert isinstance(node, ast.BinOp)
    a, b = _exact(node.left), _exact(node.right)
    return {ast.Add: a.__add__, ast.Sub: a.__sub__, ast.Mult: a.__mul__, ast.Div: a.__truediv__}[type(node.op)](b)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789.+-*/^%()[]{}xyn, ＋（）", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(NotUnderstood):
        value(parse(text))


def test_powers_that_are_too_large_have_no_value() -> None:
    assert value(parse("9^9^9^9")) is None
    assert value(parse("1/0")) is None
    assert value(parse("x")) is None


# Gold answers.


@pytest.mark.parametrize(
    ("given_answer", "text", "notation"),
    [
        ("45", "45", "whole"),
        (600, "600", "whole"),
        ([15.0, 2], "15, 2", "whole"),
        ("0.36", "0.36", "decimal"),
        ("(3/4)", "3/4", "fraction"),
        ("1((5)/(6))", "11/6", "fraction"),
        ("96%", "96%", "percent"),
        ("{26; 17}", "26, 17", "whole"),
        ("2.50", "2.50", "decimal"),
    ],
)
def test_gold_answers(given_answer: object, text: str, notation: str) -> None:
    gold = Gold.read(given_answer)
    assert (gold.text, gold.notation) == (text, notation)


@pytest.mark.parametrize("given_answer", ["", [], "Yes", "x", "1/0", "; 3", None])
def test_what_is_no_gold_answer(given_answer: object) -> None:
    with pytest.raises(NotUnderstood):
        Gold.read(given_answer)


# Programs: what they print, and with what.

CASES = [
    (["x=135/3"], "45", (), "45", "plain"),
    (["x=(1.2/2)*1.2/2"], "0.36", (), "0.36", "plain"),
    (["x=0.1+0.2"], "0.3", (), "0.3", "plain"),
    (["x=10/3"], "3.33", (), "3.33", "plain"),
    (["X=((22.0-14.0)/4.0)"], 2.0, (), "2", "plain"),
    (["number=140/-2.5"], -56.0, (), "-56", "plain"),
    (["x=(1/2)*(3/4)+0.25"], "(5/8)", (), "5/8", "fractions"),
    (["x=(3+4)/5"], "1(2/5)", (), "7/5", "fractions"),
    (["x=48/50"], "96%", (), "96%", "plain"),
    (["x=1/3"], "33.3%", (), "33.3%", "plain"),
    (["35.0 * x = 40.0 * ( x - 0.5 )"], [4], (), "4", "sympy"),
    (["120.0*(1.0-0.2)*(1.0+x)^2.0=162.24"], [0.3], (), "0.3", "sympy"),
    (["400*(1-x)^2=324"], [0.1], (), "0.1", "sympy"),  # 1.9 is a root too
    (["(x-40)*(500-(x-50)*10)=8000"], [80], (), "80", "sympy"),  # and 60
    (["x-y=9", "5*y=3*x+7"], "{26; 17}", ("x", "y"), "26, 17", "sympy"),
    (["x+y=6", "x^2+y^2=20"], "2; 4", ("x", "y"), "2, 4", "sympy"),
    (["(2*k-1)+(2*k+1)=8"], "3; 5", ("2*k-1", "2*k+1"), "3, 5", "sympy"),
    (["x+10/x=7"], ["2", "5"], ("x",), "2, 5", "sympy"),
    (["x(x+1)=12", "x>0"], "3; 4", ("x", "x+1"), "3, 4", "sympy"),
    (["9.0*m+12.0*m=12.0*15.0-9.0*15.0"], [2.14285714286], (), "2.142857", "sympy"),
    (["n=10*a+b", "a=2*b", "10*b+a=n-36"], "84", ("n",), "84", "sympy"),
]


def test_programs_print_the_answer() -> None:
    programs = [solve_program(equations, Gold.read(gold), wanted) for equations, gold, wanted, _, _ in CASES]
    outputs = [", ".join(sorted(text.split(", "), key=float)) if "%" not in text and "/" not in text else text
               for text in printed(*programs)]  # fmt: skip
    expected = [", ".join(sorted(text.split(", "), key=float)) if "%" not in text and "/" not in text else text
                for *_, text, _ in CASES]  # fmt: skip
    assert outputs == expected
    for program, (*_, tools) in zip(programs, CASES, strict=True):
        found = "sympy" if "sympy" in program else "fractions" if "fractions" in program else "plain"
        assert found == tools, program


def test_a_second_solution_is_an_error_and_no_answer() -> None:
    program = solve_program(["y=x+1", "x^2-5*x+6=0"], Gold.read("2; 3"), ["x", "y"])
    (result,) = run_batch([Program(code=program)])
    assert result.status == "error"


@pytest.mark.parametrize(
    ("equations", "gold", "wanted", "reason"),
    [
        (["3=3"], "3", (), "without unknown"),
        (["x+3"], "3", (), "not an equation"),
        (["x=y=3"], "3", (), "not an equation"),
        (["x>3"], "3", (), "no equation"),
        (["x+y=3"], "3", (), "not as many unknowns as gold answers: 2 and 1"),
        (["x=3"], "3", ("k",), "in no equation: k"),
        (["LCM(x,4)=12"], "3", (), "function of an unknown"),
        (["x=3+"], "3", (), "ends too early"),
    ],
)
def test_equations_that_are_refused(equations: list[str], gold: str, wanted: tuple[str, ...], reason: str) -> None:
    with pytest.raises(NotUnderstood, match=reason):
        solve_program(equations, Gold.read(gold), wanted)


def test_worked_steps_name_earlier_results() -> None:
    program = step_program(["16*3=48", "20-8=12", "48+12=60"], Gold.read("60"))
    assert program.splitlines() == ["step1 = 16 * 3", "step2 = 20 - 8", "answer = step1 + step2", "print(answer)"]
    assert printed(program, step_program(["10/3=3.333"], Gold.read("3.33"))) == ["60", "3.33"]
    for wrong in (["16*3=49"], ["16*3"], ["2:3=4:6"]):
        with pytest.raises(NotUnderstood):
            step_program(wrong, Gold.read("48"))


def test_divisions_with_a_remainder() -> None:
    programs = [remainder_program("89/4=22 r1", Gold.read(gold)) for gold in ("22", "23", "1")]
    assert printed(*programs) == ["22", "23", "1"]
    with pytest.raises(NotUnderstood, match="neither"):
        remainder_program("89/4=22 r1", Gold.read("7"))


# MathQA's language.


def test_numbers_of_a_question() -> None:
    assert numbers_of("rs . 5,000 at 12.5 % for 3 years , 1 / 2 and .5") == ["5000", "12.5", "3", "1", "2", ".5"]


def test_every_operation_of_the_table_runs() -> None:
    programs = []
    for name, pattern in OPERATIONS.items():
        count = max([int(c) + 1 for c in pattern if c.isdigit() and f"{{{c}}}" in pattern], default=pattern.count("{}"))
        imports, lines = formula_program(f"{name}({','.join(f'n{i}' for i in range(count))})|", ["6", "5", "4"])
        programs.append("\n".join([*imports, *lines, "print(answer)"]))
    values = dict(zip(OPERATIONS, map(float, printed(*programs)), strict=True))
    assert values["reminder"] == 1
    assert values["choose"] == 6
    assert values["permutation"] == 720
    assert values["original_price_before_loss"] == pytest.approx(5 * 100 / 94)
    assert values["triangle_area_three_edges"] == pytest.approx(9.921567)
    assert values["quadrilateral_area"] == 27
    assert values["surface_rectangular_prism"] == 148


def test_a_formula_in_steps() -> None:
    imports, lines = formula_program("multiply(n0,const_100)|circle_area(#0)|add(#1,const_0_25)|", ["3.50"])
    assert imports == ["import math"]
    assert lines == ["step1 = 3.5 * 100", "step2 = math.pi * step1 ** 2", "answer = step2 + 0.25"]


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("", "empty"),
        ("conjure(n0,n1)|", "not known: conjure"),
        ("add(n0,n7)|", "no number n7"),
        ("add(n0,#0)|", "argument is not known: #0"),
        ("add(n0)|", "1 arguments instead of 2"),
        ("add(n0,__import__)|", "argument is not known"),
        ("add(n0,n1", "not known"),
    ],
)
def test_formulas_that_are_refused(formula: str, reason: str) -> None:
    with pytest.raises(NotUnderstood, match=reason):
        formula_program(formula, ["1", "2"])
