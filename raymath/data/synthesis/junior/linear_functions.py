"""Templates of linear functions.

from raymath.data.synthesis.junior.linear_functions import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor, fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _points(rng: Random) -> Numbers:
    k, b = nonzero(rng, 8), nonzero(rng, 20)
    x1, x2, x3 = rng.sample([n for n in range(-12, 13) if n], 3)
    return {"x1": x1, "y1": k * x1 + b, "x2": x2, "y2": k * x2 + b, "x3": x3}


def _points_work(v: Numbers) -> Mapping[str, Value]:
    rise, run = v["y2"] - v["y1"], v["x2"] - v["x1"]
    k = rise // run
    b = v["y1"] - k * v["x1"]
    return {
        "slope": rf"\frac{{{v['y2']} {signed(-v['y1'])}}}{{{v['x2']} {signed(-v['x1'])}}} = "
        rf"\frac{{{rise}}}{{{run}}} = {k}",
        "cut": rf"{v['y1']} - {factor(k)} \times {factor(v['x1'])} = {b}",
        "line": polynomial((k, b)),
        "at": rf"{k} \times {factor(v['x3'])} {signed(b)}",
        "answer": k * v["x3"] + b,
    }


POINTS = Template(
    "junior-line-through-two-points",
    "junior/linear-functions",
    draw=_points,
    work=_points_work,
    code="""\
from fractions import Fraction
x = {x3}
first = {y1} * Fraction(x - ({x2}), {x1} - ({x2}))
second = {y2} * Fraction(x - ({x1}), {x2} - ({x1}))
print(first + second)""",
    en=Telling(
        questions=(
            "The graph of a linear function passes through $({x1}, {y1})$ and $({x2}, {y2})$. "
            "What is its value at $x = {x3}$?",
            "A line goes through $A({x1}, {y1})$, $B({x2}, {y2})$ and $C({x3}, t)$. Find $t$.",
            "For $y = kx + b$ we know that $y = {y1}$ when $x = {x1}$, and $y = {y2}$ when $x = {x2}$. "
            "Find $y$ when $x = {x3}$.",
        ),
        plans=(
            "I interpolate between the two points with exact fractions.",
            "Lagrange's form of the line gives the value directly.",
        ),
        cot="The slope is ${slope}$. The constant is ${cut}$, so $y = {line}$. "
        "At $x = {x3}$ this is ${at} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "一次函数的图象经过 $({x1}, {y1})$ 和 $({x2}, {y2})$ 两点，当 $x = {x3}$ 时函数值是多少？",
            "点 $A({x1}, {y1})$、$B({x2}, {y2})$、$C({x3}, t)$ 在同一条直线上，求 $t$。",
            "在 $y = kx + b$ 中，$x = {x1}$ 时 $y = {y1}$，$x = {x2}$ 时 $y = {y2}$，那么 $x = {x3}$ 时 $y$ 等于几？",
        ),
        plans=("用两点的插值公式直接求值。", "按拉格朗日插值写出直线并代入。"),
        cot="斜率 $k = {slope}$，常数项 $b = {cut}$，所以 $y = {line}$。当 $x = {x3}$ 时，$y = {at} = {answer}$。",
    ),
)


def _axis(rng: Random) -> Numbers:
    k, m = rng.sample([n for n in range(-8, 9) if n], 2)
    b, c = rng.sample([n for n in range(-15, 16) if n], 2)
    return {"k": k, "b": b, "m": m, "c": c}


def _axis_work(v: Numbers) -> Mapping[str, Value]:
    k, b, m, c = (v[name] for name in "kbmc")
    x = Fraction(c - b, k - m)
    base = abs(b - c)
    return {
        "one": f"y = {polynomial((k, b))}",
        "two": f"y = {polynomial((m, c))}",
        "equal": f"{polynomial((k, b))} = {polynomial((m, c))}",
        "x": fraction(x),
        "far": fraction(abs(x)),
        "base": base,
        "area": fraction(base * abs(x) / 2),
        "answer": base * abs(x) / 2,
    }


AXIS = Template(
    "junior-two-lines-and-an-axis",
    "junior/linear-functions",
    draw=_axis,
    work=_axis_work,
    code="""\
from fractions import Fraction
k, b, m, c = {k}, {b}, {m}, {c}
x = Fraction(c - b, k - m)
corners = [(0, b), (0, c), (x, k * x + b)]
twice = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(corners, corners[1:] + corners[:1]))
print(abs(twice) / 2)""",
    en=Telling(
        questions=(
            "The lines ${one}$ and ${two}$ form a triangle with the $y$-axis. What is its area "
            "(an integer or a reduced fraction)?",
            "Find the area enclosed by ${one}$, ${two}$ and the $y$-axis, as an integer or a fraction in lowest terms.",
            "Lines ${one}$ and ${two}$ meet the $y$-axis at $A$ and $B$ and each other at $C$. "
            "Give the area of triangle $ABC$ as an integer or a reduced fraction.",
        ),
        plans=(
            "I find the three corners exactly and use the shoelace sum.",
            "Intersection first, then the area from the corners.",
        ),
        cot="On the $y$-axis the lines are at ${b}$ and ${c}$, which are {base} apart. They meet where ${equal}$, "
        "so $x = {x}$ and the height over the axis is ${far}$. "
        r"The area is $\frac{{1}}{{2}} \times {base} \times {far} = {area}$.",
    ),
    zh=Telling(
        questions=(
            "直线 ${one}$ 与 ${two}$ 和 $y$ 轴围成的三角形面积是多少？（整数或最简分数）",
            "求由 ${one}$、${two}$ 及 $y$ 轴所围图形的面积，结果写成整数或最简分数。",
            "两条直线 ${one}$ 和 ${two}$ 分别交 $y$ 轴于 $A$、$B$，它们相交于 $C$，求三角形 $ABC$ 的面积，"
            "用整数或最简分数表示。",
        ),
        plans=("精确求出三个顶点，用鞋带公式算面积。", "先求交点，再由顶点坐标求面积。"),
        cot="两直线与 $y$ 轴的交点纵坐标为 ${b}$ 和 ${c}$，相距 {base}。由 ${equal}$ 得交点横坐标 $x = {x}$，"
        r"即到 $y$ 轴的距离为 ${far}$。面积为 $\frac{{1}}{{2}} \times {base} \times {far} = {area}$。",
    ),
)


def _stock(rng: Random) -> Numbers:
    q = rng.randint(5, 60)
    return {"n": rng.randint(30, 200), "m": rng.randint(2, 5), "p": q + rng.randint(3, 40), "q": q}


STOCK = Template(
    "junior-most-profit-in-stock",
    "junior/linear-functions",
    draw=_stock,
    work=lambda v: {
        "gap": v["p"] - v["q"],
        "base": v["q"] * v["n"],
        "parts": v["m"] + 1,
        "bound": fraction(Fraction(v["n"], v["m"] + 1)),
        "most": v["n"] // (v["m"] + 1),
        "gain": (v["p"] - v["q"]) * (v["n"] // (v["m"] + 1)),
        "answer": (v["p"] - v["q"]) * (v["n"] // (v["m"] + 1)) + v["q"] * v["n"],
    },
    code="""\
profits = []
for a in range({n} + 1):
    b = {n} - a
    if b >= {m} * a:
        profits.append({p} * a + {q} * b)
print(max(profits))""",
    en=Telling(
        questions=(
            "A shop orders {n} {things} of types A and B, at least {m} times as many of B as of A. Each A brings a "
            "profit "
            "of {p} dollars, each B {q} dollars. What is the greatest total profit in dollars?",
            "The profit on a {thing} is {p} dollars for type A and {q} dollars for type B. {n} are bought in all, "
            "and B "
            "must number no less than {m} times A. How many dollars can be earned at most?",
            "Of {n} {things}, some are of type A (profit {p} dollars each), the others of type B ({q} dollars each); "
            "B's number is {m} times A's or more. Find the maximum of the total profit in dollars.",
        ),
        plans=(
            "I compute the profit for every allowed order and take the maximum.",
            "All orders that keep the condition are compared.",
        ),
        cot=r"With $x$ of type A the profit is $y = {p}x + {q}({n} - x) = {gap}x + {base}$, which grows with $x$. "
        r"The condition ${n} - x \ge {m}x$ gives ${parts}x \le {n}$, so $x \le {bound}$ and $x$ is {most} at most. "
        r"The greatest profit is ${gap} \times {most} + {base} = {gain} + {base} = {answer}$ dollars.",
        scenes=scenes("thing/things", "fan/fans", "helmet/helmets", "backpack/backpacks", "radio/radios"),
    ),
    zh=Telling(
        questions=(
            "商店购进甲、乙两种{thing}共{n}{unit}，乙的数量不少于甲的{m}倍。甲每{unit}利润{p}元，乙每{unit}利润{q}元，"
            "全部售完最多可获利多少元？",
            "甲种{thing}每{unit}赚{p}元，乙种每{unit}赚{q}元，现共进货{n}{unit}，要求乙至少是甲的{m}倍，"
            "总利润的最大值是多少元？",
            "{n}{unit}{thing}分甲、乙两种，单{unit}利润分别为{p}元和{q}元。若乙的{unit}数大于或等于甲的{m}倍，"
            "怎样进货利润最大？求最大利润（元）。",
        ),
        plans=("枚举所有符合条件的进货方案，取利润最大值。", "对甲的数量逐个计算总利润并比较。"),
        cot=r"设购进甲 $x$ {unit}，总利润 $y = {p}x + {q}({n} - x) = {gap}x + {base}$，$y$ 随 $x$ 增大而增大。"
        r"由 ${n} - x \ge {m}x$ 得 ${parts}x \le {n}$，$x \le {bound}$，所以 $x$ 最大取 {most}。"
        r"最大利润为 ${gap} \times {most} + {base} = {gain} + {base} = {answer}$ 元。",
        scenes=scenes("thing/unit", "电风扇/台", "头盔/个", "书包/个", "收音机/台"),
    ),
)

TEMPLATES = (POINTS, AXIS, STOCK)
