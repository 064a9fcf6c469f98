"""Templates of linear equations.

from raymath.data.synthesis.junior.linear_equations import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import shifted
from raymath.data.synthesis.latex import polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _brackets(rng: Random) -> Numbers:
    a, c = rng.sample(range(2, 13), 2)
    b, d, x = nonzero(rng, 12), nonzero(rng, 12), nonzero(rng, 15)
    return {"a": a, "b": b, "c": c, "d": d, "e": a * (x + b) - c * (x + d)}


def _brackets_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, e = (v[name] for name in "abcde")
    right = e - a * b + c * d
    return {
        "left": f"{shifted(a, b)} - {shifted(c, d)}",
        "expanded": f"{polynomial((a, a * b))} {signed(-c)}x {signed(-c * d)} = {e}",
        "collected": f"{polynomial((a - c, 0))} = {e} {signed(-a * b)} {signed(c * d)} = {right}",
        "answer": Fraction(right, a - c),
    }


BRACKETS = Template(
    "junior-two-brackets",
    "junior/linear-equations",
    draw=_brackets,
    work=_brackets_work,
    code="""\
from fractions import Fraction

def difference(x):
    return {a} * (x + ({b})) - {c} * (x + ({d})) - ({e})

# a linear function is zero where the line through its values at 0 and 1 is zero
at_0, at_1 = difference(0), difference(1)
print(Fraction(at_0, at_0 - at_1))""",
    en=Telling(
        questions=(
            "Solve ${left} = {e}$.",
            "For what value of $x$ is ${left}$ equal to ${e}$?",
            "Find the number $x$ that satisfies the equation ${left} = {e}$.",
        ),
        plans=(
            "The difference of the two sides is linear, so its values at 0 and 1 give the root.",
            "I evaluate both sides at two points and find where they meet.",
        ),
        cot="Removing the brackets gives ${expanded}$. The terms in $x$ stay on the left: ${collected}$. "
        "Dividing by the coefficient gives $x = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "解方程：${left} = {e}$。",
            "当 $x$ 为何值时，${left}$ 的值等于 ${e}$？",
            "求满足 ${left} = {e}$ 的 $x$。",
        ),
        plans=("左右两边之差是一次式，用它在0和1处的值求根。", "取两点的值，由直线求出零点。"),
        cot="去括号得 ${expanded}$。移项、合并得 ${collected}$。系数化为1，得 $x = {answer}$。",
    ),
)


def _denominators(rng: Random) -> Numbers:
    while True:
        b, d = rng.sample(range(2, 13), 2)
        x = nonzero(rng, 30)
        u, w = nonzero(rng, 8), nonzero(rng, 8)
        a, c = b * u - x, d * w - x
        if a and c and abs(a) < 60 and abs(c) < 60:
            return {"a": a, "b": b, "c": c, "d": d, "e": u - w}


def _denominators_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, e = (v[name] for name in "abcde")
    common = lcm(b, d)
    m, n = common // b, common // d
    right = e * common - m * a + n * c
    return {
        "left": rf"\frac{{{polynomial((1, a))}}}{{{b}}} - \frac{{{polynomial((1, c))}}}{{{d}}}",
        "common": common,
        "cleared": f"{shifted(m, a)} - {shifted(n, c)} = {e * common}",
        "expanded": f"{polynomial((m, m * a))} - {polynomial((n, 0))} {signed(-n * c)} = {e * common}",
        "collected": f"{polynomial((m - n, 0))} = {right}",
        "answer": Fraction(right, m - n),
    }


DENOMINATORS = Template(
    "junior-two-denominators",
    "junior/linear-equations",
    draw=_denominators,
    work=_denominators_work,
    code="""\
from fractions import Fraction
a, b, c, d, e = {a}, {b}, {c}, {d}, {e}
for x in range(-200, 201):
    if Fraction(x + a, b) - Fraction(x + c, d) == e:
        print(x)""",
    en=Telling(
        questions=(
            "Solve the equation ${left} = {e}$.",
            "Find $x$ if ${left} = {e}$.",
            "Which number $x$ makes ${left}$ take the value ${e}$?",
        ),
        plans=(
            "I try whole numbers with exact fractions.",
            "The left side is evaluated exactly for each integer until it fits.",
        ),
        cot="Multiply both sides by the common denominator {common}: ${cleared}$. "
        "Without brackets: ${expanded}$. Collecting terms gives ${collected}$, so $x = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "解方程 ${left} = {e}$。",
            "已知 ${left} = {e}$，求 $x$ 的值。",
            "$x$ 等于多少时，代数式 ${left}$ 的值是 ${e}$？",
        ),
        plans=("用精确分数逐个检验整数。", "对每个整数计算左边的值，与右边比较。"),
        cot="两边同乘最小公倍数 {common} 去分母：${cleared}$。去括号得 ${expanded}$，合并同类项得 ${collected}$，"
        "所以 $x = {answer}$。",
    ),
)


def _same_root(rng: Random) -> Numbers:
    c, gap = rng.randint(2, 9), rng.randint(2, 6)
    a = c + gap
    x, b = nonzero(rng, 12), nonzero(rng, 30)
    m = rng.randint(2, 9)
    return {"a": a, "b": b, "c": c, "d": (a - c) * x + b, "m": m, "n": nonzero(rng, 40)}


def _same_root_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, m, n = (v[name] for name in "abcdmn")
    x = (d - b) // (a - c)
    return {
        "first": f"{polynomial((a, b))} = {polynomial((c, d))}",
        "second": f"{polynomial((m, 0))} + k = {n}",
        "collected": f"{polynomial((a - c, 0))} = {d - b}",
        "x": x,
        "substituted": f"{m * x} + k = {n}",
        "difference": f"{n} {signed(-m * x)}",
        "answer": n - m * x,
    }


SAME_ROOT = Template(
    "junior-same-root",
    "junior/linear-equations",
    draw=_same_root,
    work=_same_root_work,
    code="""\
from sympy import solve, symbols
x, k = symbols("x k")
root = solve({a} * x + ({b}) - ({c} * x + ({d})), x)[0]
print(solve(({m} * x + k - ({n})).subs(x, root), k)[0])""",
    sympy=True,
    en=Telling(
        questions=(
            "The equations ${first}$ and ${second}$ in $x$ have the same solution. Find $k$.",
            "What must $k$ be so that ${second}$ is solved by the same $x$ as ${first}$?",
            "The root of ${first}$ is also the root of ${second}$. Determine $k$.",
        ),
        plans=(
            "I solve the first equation and put its root into the second.",
            "First the common root, then the equation for $k$.",
        ),
        cot="From ${first}$ we get ${collected}$, so $x = {x}$. In the second equation this gives ${substituted}$, "
        "hence $k = {difference} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "方程 ${first}$ 与 ${second}$ 的解相同，求 $k$ 的值。",
            "若 ${first}$ 的解也是方程 ${second}$ 的解，则 $k$ 等于多少？",
            "$k$ 取何值时，${second}$ 和 ${first}$ 这两个关于 $x$ 的方程同解？",
        ),
        plans=("先解第一个方程，再把解代入第二个方程求 $k$。", "先求公共解，再列出关于 $k$ 的方程。"),
        cot="由 ${first}$ 得 ${collected}$，所以 $x = {x}$。代入第二个方程得 ${substituted}$，"
        "于是 $k = {difference} = {answer}$。",
    ),
)

TEMPLATES = (BRACKETS, DENOMINATORS, SAME_ROOT)
