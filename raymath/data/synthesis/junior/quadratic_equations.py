"""Templates of quadratic equations.

from raymath.data.synthesis.junior.quadratic_equations import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, gcd, isqrt
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import factor, fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _larger(rng: Random) -> Numbers:
    while True:
        m, p, q = rng.randint(2, 7), nonzero(rng, 40), nonzero(rng, 25)
        # (m x + p)(x + q)
        if gcd(m, p) == 1 and m * q != p and m * q + p:
            return {"a": m, "b": m * q + p, "c": p * q}


def _larger_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    discriminant = b * b - 4 * a * c
    root = isqrt(discriminant)
    high, low = Fraction(-b + root, 2 * a), Fraction(-b - root, 2 * a)
    return {
        "given": polynomial((a, b, c)),
        "substituted": rf"{factor(b)}^2 - 4 \times {a} \times {factor(c)}",
        "discriminant": discriminant,
        "root": root,
        "formula": rf"\frac{{{-b} \pm {root}}}{{{2 * a}}}",
        "high": fraction(high),
        "low": fraction(low),
        "answer": high,
    }


LARGER = Template(
    "junior-larger-root",
    "junior/quadratic-equations",
    draw=_larger,
    work=_larger_work,
    code="""\
from sympy import solve, symbols
x = symbols("x")
roots = solve({a} * x**2 + ({b}) * x + ({c}), x)
print(max(roots))""",
    sympy=True,
    en=Telling(
        questions=(
            "What is the larger root of ${given} = 0$? Write it as an integer or a fraction in lowest terms.",
            "The equation ${given} = 0$ has two real roots. Give the larger one, as a fraction if it is not whole.",
            "Solve ${given} = 0$. Of the two solutions, name the greater (an integer or a reduced fraction).",
        ),
        plans=("I let sympy solve the equation and take the greater root.", "Solve exactly, then compare the roots."),
        cot="The discriminant is ${substituted} = {discriminant} = {root}^2$. So $x = {formula}$, "
        "and the roots are ${high}$ and ${low}$. The larger one is ${high}$.",
    ),
    zh=Telling(
        questions=(
            "求方程 ${given} = 0$ 较大的根（整数或最简分数）。",
            "方程 ${given} = 0$ 有两个实数根，其中较大的一个是多少？不是整数就写成最简分数。",
            "解方程 ${given} = 0$，写出两根中较大者，结果用整数或最简分数表示。",
        ),
        plans=("用 sympy 解方程，取较大的根。", "精确求出两根再比较大小。"),
        cot=r"判别式 $\Delta = {substituted} = {discriminant} = {root}^2$，所以 $x = {formula}$，"
        "两根为 ${high}$ 和 ${low}$，较大的根是 ${high}$。",
    ),
)


def _vieta(rng: Random) -> Numbers:
    while True:
        b, c = nonzero(rng, 25), nonzero(rng, 60)
        if b * b > 4 * c and isqrt(b * b - 4 * c) ** 2 != b * b - 4 * c:
            return {"b": b, "c": c, "k": nonzero(rng, 9)}


def _vieta_work(v: Numbers) -> Mapping[str, Value]:
    b, c, k = v["b"], v["c"], v["k"]
    return {
        "given": polynomial((1, b, c)),
        "wanted": f"(x_1 {signed(k)})(x_2 {signed(k)})",
        "opened": f"x_1x_2 {'-' if k < 0 else '+'} {terms((abs(k), '(x_1 + x_2)'))} + {k * k}",
        "minus_b": -b,
        "sum": f"{c} {signed(-k * b)} + {k * k}",
        "answer": c - k * b + k * k,
    }


VIETA = Template(
    "junior-roots-and-coefficients",
    "junior/quadratic-equations",
    draw=_vieta,
    work=_vieta_work,
    code="""\
from math import sqrt
b, c, k = {b}, {c}, {k}
root = sqrt(b * b - 4 * c)
first, second = (-b + root) / 2, (-b - root) / 2
print(round((first + k) * (second + k)))""",
    en=Telling(
        questions=(
            "$x_1$ and $x_2$ are the two solutions of ${given} = 0$. Find ${wanted}$.",
            "The equation ${given} = 0$ has the real roots $x_1, x_2$. What is the value of ${wanted}$?",
            "Without solving ${given} = 0$, compute ${wanted}$ for its two roots $x_1$ and $x_2$.",
        ),
        plans=(
            "I compute both roots numerically; the product asked for is an integer.",
            "The roots are irrational, but the product can be rounded to an integer.",
        ),
        cot="The sum of the roots is $x_1 + x_2 = {minus_b}$ and their product is $x_1x_2 = {c}$. "
        "Multiplying out, ${wanted} = {opened}$. This equals ${sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "设方程 ${given} = 0$ 的两根是 $x_1$ 和 $x_2$，求 ${wanted}$ 的值。",
            "方程 ${given} = 0$ 有两个实根，记作 $x_1, x_2$，那么 ${wanted}$ 等于多少？",
            "不解方程 ${given} = 0$，利用根与系数的关系计算 ${wanted}$，其中 $x_1$、$x_2$ 是它的根。",
        ),
        plans=("先求出两根的近似值，所求的积是整数，取整即可。", "用求根公式计算两根，再代入所求的式子。"),
        cot="由根与系数的关系，$x_1 + x_2 = {minus_b}$，$x_1x_2 = {c}$。展开得 ${wanted} = {opened}$，"
        "代入得 ${sum} = {answer}$。",
    ),
)


def _largest_k(rng: Random) -> Numbers:
    return {"a": rng.randint(2, 15), "b": nonzero(rng, 60), "m": nonzero(rng, 40)}


def _largest_k_work(v: Numbers) -> Mapping[str, Value]:
    a, b, m = v["a"], v["b"], v["m"]
    bound = Fraction(b * b, 4 * a) + m
    return {
        "given": f"{polynomial((a, b, 0))} + k {signed(-m)}",
        "constant": f"k {signed(-m)}",
        "square": f"{factor(b)}^2",
        "bb": b * b,
        "four_a": 4 * a,
        "ratio": fraction(Fraction(b * b, 4 * a)),
        "bound": fraction(bound),
        "answer": ceil(bound) - 1,
    }


LARGEST_K = Template(
    "junior-largest-k-with-two-roots",
    "junior/quadratic-equations",
    draw=_largest_k,
    work=_largest_k_work,
    code="""\
from fractions import Fraction
a, b, m = {a}, {b}, {m}
vertex = Fraction(-b, 2 * a)
k = 500
# two roots: the parabola opens upward and its lowest point is below the axis
while a * vertex**2 + b * vertex + k - m >= 0:
    k -= 1
print(k)""",
    en=Telling(
        questions=(
            "What is the largest integer $k$ for which ${given} = 0$ has two different real roots?",
            "The equation ${given} = 0$ in $x$ has two distinct real solutions. What is the greatest integer $k$?",
            "Find the greatest integer value of $k$ such that ${given} = 0$ is solved by two unequal real numbers $x$.",
        ),
        plans=(
            "The parabola opens upward, so its lowest point must be below zero; I lower $k$ until it is.",
            "I start with a large $k$ and go down until the vertex lies below the axis.",
        ),
        cot="Two different real roots need a positive discriminant: ${square} - {four_a}({constant}) > 0$, "
        "that is ${bb} > {four_a}({constant})$. So ${constant} < {ratio}$ and $k < {bound}$. "
        "The largest such integer is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "若方程 ${given} = 0$ 的两个实根不相等，求整数 $k$ 的最大值。",
            "使 ${given} = 0$（$x$ 为未知数）有两个不等实根的最大整数 $k$ 是多少？",
            "已知 $k$ 为整数，${given} = 0$ 的两个实数根互不相同，$k$ 最大能取几？",
        ),
        plans=(
            "抛物线开口向上，最低点须在 $x$ 轴下方，从大到小尝试 $k$。",
            "从较大的 $k$ 往下试，直到顶点落到 $x$ 轴下方。",
        ),
        cot="有两个不等实根要求判别式大于0：${square} - {four_a}({constant}) > 0$，即 ${bb} > {four_a}({constant})$。"
        "所以 ${constant} < {ratio}$，$k < {bound}$，最大整数为 ${answer}$。",
    ),
)

TEMPLATES = (LARGER, VIETA, LARGEST_K)
