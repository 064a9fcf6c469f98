"""Templates of plane vectors: right angles, lengths, scalar products.

from raymath.data.synthesis.senior.vectors import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor, fraction, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _perpendicular(rng: Random) -> Numbers:
    p, q, r, s = (nonzero(rng, 12) for _ in range(4))
    dot = p * r + q * s
    return {"p": p, "q": q, "r": r, "s": s} if dot and p * s != q * r else _perpendicular(rng)


PERPENDICULAR = Template(
    "senior-perpendicular-parameter",
    "senior/vectors",
    draw=_perpendicular,
    work=lambda v: {
        "square": v["p"] ** 2 + v["q"] ** 2,
        "dot": v["p"] * v["r"] + v["q"] * v["s"],
        "terms": f"{factor(v['p'])} \\cdot {factor(v['r'])} + {factor(v['q'])} \\cdot {factor(v['s'])}",
        "squares": f"{factor(v['p'])}^2 + {factor(v['q'])}^2",
        "dot_term": signed(v["p"] * v["r"] + v["q"] * v["s"]),
        "value": fraction(Fraction(-(v["p"] ** 2 + v["q"] ** 2), v["p"] * v["r"] + v["q"] * v["s"])),
        "answer": Fraction(-(v["p"] ** 2 + v["q"] ** 2), v["p"] * v["r"] + v["q"] * v["s"]),
    },
    code="from fractions import Fraction\n\n\ndef product(k):\n"
    "    return ({p} + k * {r}) * {p} + ({q} + k * {s}) * {q}\n\n\n"
    "# linear in k: the line through its values at 0 and 1\n"
    "print(Fraction(-product(0), product(1) - product(0)))",
    en=Telling(
        questions=(
            "Let $\\vec a = ({p}, {q})$ and $\\vec b = ({r}, {s})$. Find $k$ such that $\\vec a + k\\vec b$ is "
            "perpendicular to $\\vec a$.",
            "For which real $k$ are the vectors $({p}, {q}) + k({r}, {s})$ and $({p}, {q})$ at right angles?",
            "Given $\\vec a = ({p}, {q})$, $\\vec b = ({r}, {s})$ and $(\\vec a + k\\vec b) \\cdot \\vec a = 0$, "
            "determine $k$.",
        ),
        plans=(
            "The scalar product is linear in $k$; two of its values give its zero.",
            "I evaluate the scalar product at $k = 0$ and $k = 1$ and solve the linear equation.",
        ),
        cot="The condition is $|\\vec a|^2 + k\\,\\vec a \\cdot \\vec b = 0$. Here $|\\vec a|^2 = {squares} = "
        "{square}$ and $\\vec a \\cdot \\vec b = {terms} = {dot}$. From ${square} {dot_term}k = 0$ follows $k = "
        "{value}$.",
    ),
    zh=Telling(
        questions=(
            "已知向量$\\vec a = ({p}, {q})$，$\\vec b = ({r}, {s})$，若$\\vec a + k\\vec b$与$\\vec a$垂直，"
            "求实数$k$。",
            "当$k$为何值时，向量$({p}, {q}) + k({r}, {s})$与$({p}, {q})$互相垂直？",
            "设$\\vec a = ({p}, {q})$，$\\vec b = ({r}, {s})$，且$(\\vec a + k\\vec b) \\cdot \\vec a = 0$，"
            "则$k$等于多少？",
        ),
        plans=("数量积是$k$的一次函数，由两个值求零点。", "计算$k = 0$和$k = 1$时的数量积，再解一次方程。"),
        cot="由垂直得$|\\vec a|^2 + k\\,\\vec a \\cdot \\vec b = 0$。其中$|\\vec a|^2 = {squares} = {square}$，"
        "$\\vec a \\cdot \\vec b = {terms} = {dot}$。由${square} {dot_term}k = 0$，解得$k = {value}$。",
    ),
)


def _length(rng: Random) -> Numbers:
    a, b = rng.randint(1, 9), rng.randint(1, 9)
    return {"a": a, "b": b, "m": rng.randint(1, 6), "n": nonzero(rng, 6), "angle": rng.choice((60, 120))}


def _length_work(v: Numbers) -> Mapping[str, Value]:
    a, b, m, n = v["a"], v["b"], v["m"], v["n"]
    twice = a * b if v["angle"] == 60 else -a * b
    first, last, mixed = m * m * a * a, n * n * b * b, m * n * twice
    return {
        "half": "\\frac{1}{2}" if v["angle"] == 60 else "\\left(-\\frac{1}{2}\\right)",
        "dot": fraction(Fraction(twice, 2)),
        "first": first,
        "last": last,
        "mixed": mixed,
        "sum": f"{first} {signed(mixed)} + {last}",
        "answer": first + last + mixed,
    }


def _multiple(k: int, letter: str) -> str:
    return f"{k if k > 1 else ''}\\vec {letter}"


LENGTH = Template(
    "senior-vector-length",
    "senior/vectors",
    draw=_length,
    work=_length_work,
    forms=lambda v: {
        "sum_text": f"{_multiple(v['m'], 'a')} {'+' if v['n'] > 0 else '-'} {_multiple(abs(v['n']), 'b')}",
        "weight": factor(v["n"]),
        "between": f"2 \\cdot {v['m']} \\cdot {factor(v['n'])}",
    },
    code="from math import cos, radians, sin\n\nangle = radians({angle})\n"
    "x = {m} * {a} + ({n}) * {b} * cos(angle)\ny = ({n}) * {b} * sin(angle)\nprint(round(x * x + y * y))",
    en=Telling(
        questions=(
            "The vectors $\\vec a$ and $\\vec b$ have lengths {a} and {b} and form an angle of ${angle}^\\circ$. "
            "Find $|{sum_text}|^2$.",
            "Given $|\\vec a| = {a}$, $|\\vec b| = {b}$ and the angle ${angle}^\\circ$ between them, what is the "
            "square of the length of ${sum_text}$?",
            "If $|{sum_text}| = \\sqrt{{N}}$, where $|\\vec a| = {a}$, $|\\vec b| = {b}$ and the two vectors enclose "
            "${angle}^\\circ$, find $N$.",
        ),
        plans=(
            "I put one vector on the first axis and compute in coordinates.",
            "In coordinates the square of the length is a sum of two squares.",
        ),
        cot="The scalar product is $\\vec a \\cdot \\vec b = {a} \\cdot {b} \\cdot {half} = {dot}$. "
        "Expanding the square gives three terms. They are ${m}^2 \\cdot {a}^2 = {first}$, "
        "the middle term ${between}\\,\\vec a \\cdot \\vec b = {mixed}$, and ${weight}^2 \\cdot {b}^2 = {last}$. "
        "Their sum is ${sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "向量$\\vec a$与$\\vec b$的夹角为${angle}^\\circ$，$|\\vec a| = {a}$，$|\\vec b| = {b}$，"
            "求$|{sum_text}|^2$。",
            "已知$|\\vec a| = {a}$，$|\\vec b| = {b}$，两向量夹角是${angle}^\\circ$，则${sum_text}$的模的平方是多少？",
            "若$|\\vec a| = {a}$，$|\\vec b| = {b}$，$\\vec a$、$\\vec b$成${angle}^\\circ$角，且$|{sum_text}| = "
            "\\sqrt{{N}}$，求$N$的值。",
        ),
        plans=("把一个向量放在横轴上，用坐标计算。", "写出坐标，模的平方是两坐标平方之和。"),
        cot="数量积$\\vec a \\cdot \\vec b = {a} \\cdot {b} \\cdot {half} = {dot}$。把平方展开，三项分别为"
        "${m}^2 \\cdot {a}^2 = {first}$，${between}\\,\\vec a \\cdot \\vec b = {mixed}$，"
        "${weight}^2 \\cdot {b}^2 = {last}$。相加得${sum} = {answer}$。",
    ),
)


def _cevian(rng: Random) -> Numbers:
    m, n = rng.randint(2, 9), rng.randint(2, 9)
    if gcd(m, n) > 1:
        return _cevian(rng)
    return {"b": 2 * rng.randint(2, 12), "c": rng.randint(3, 24), "m": m, "n": n}


def _cevian_work(v: Numbers) -> Mapping[str, Value]:
    b, c, m, n = v["b"], v["c"], v["m"], v["n"]
    dot = b * c // 2
    total = m * b * b - n * c * c + (n - m) * dot
    return {
        "dot": dot,
        "whole": m + n,
        "squares": m * b * b - n * c * c,
        "difference": n - m,
        "rest": (n - m) * dot,
        "value": fraction(Fraction(total, m + n)),
        "answer": Fraction(total, m + n),
    }


CEVIAN = Template(
    "senior-product-with-cevian",
    "senior/vectors",
    draw=_cevian,
    work=_cevian_work,
    code="from fractions import Fraction\nfrom math import sqrt\n\nA, B = 0, {c}\n"
    "C = {b} * complex(1 / 2, sqrt(3) / 2)\nD = B + (C - B) * {m} / ({m} + {n})\n"
    "product = (D.conjugate() * (C - B)).real\nprint(Fraction(product).limit_denominator({m} + {n}))",
    en=Telling(
        questions=(
            "In triangle $ABC$, $AB = {c}$, $AC = {b}$ and $\\angle A = 60^\\circ$. The point $D$ on $BC$ satisfies "
            "$BD : DC = {m} : {n}$. Find $\\overrightarrow{{AD}} \\cdot \\overrightarrow{{BC}}$.",
            "A point $D$ divides the side $BC$ of a triangle $ABC$ so that $BD : DC = {m} : {n}$. If $\\angle BAC = "
            "60^\\circ$, $AB = {c}$, $AC = {b}$, what is the scalar product $\\overrightarrow{{AD}} \\cdot "
            "\\overrightarrow{{BC}}$?",
            "Compute $\\overrightarrow{{AD}} \\cdot \\overrightarrow{{BC}}$ for a triangle $ABC$ with sides $AB = "
            "{c}$ and $AC = {b}$ around an angle of $60^\\circ$ and the point $D$ of $BC$ with $BD : DC = {m} : {n}$.",
        ),
        plans=(
            "I place the triangle in the complex plane and take the real part of a product.",
            "With coordinates for $A$, $B$, $C$ the point $D$ and the product follow.",
        ),
        cot="Let $\\vec c = \\overrightarrow{{AB}}$ and $\\vec b = \\overrightarrow{{AC}}$; then "
        "$\\vec b \\cdot \\vec c = {b} \\cdot {c} \\cdot \\frac{{1}}{{2}} = {dot}$. "
        "The point $D$ gives $\\overrightarrow{{AD}} = \\frac{{{n}\\vec c + {m}\\vec b}}{{{whole}}}$, "
        "and $\\overrightarrow{{BC}} = \\vec b - \\vec c$. The product is "
        "$\\frac{{{m} \\cdot {b}^2 - {n} \\cdot {c}^2 + ({n} - {m}) \\cdot {dot}}}{{{whole}}} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "在$\\triangle ABC$中，$AB = {c}$，$AC = {b}$，$\\angle A = 60^\\circ$，点$D$在边$BC$上，且"
            "$BD : DC = {m} : {n}$，求$\\overrightarrow{{AD}} \\cdot \\overrightarrow{{BC}}$。",
            "已知$\\triangle ABC$的边$BC$上一点$D$满足$BD : DC = {m} : {n}$，若$\\angle BAC = 60^\\circ$，$AB = {c}$，"
            "$AC = {b}$，则$\\overrightarrow{{AD}} \\cdot \\overrightarrow{{BC}}$的值为多少？",
            "三角形$ABC$中，两边$AB = {c}$、$AC = {b}$的夹角为$60^\\circ$，$D$分$BC$为$BD : DC = {m} : {n}$，"
            "计算数量积$\\overrightarrow{{AD}} \\cdot \\overrightarrow{{BC}}$。",
        ),
        plans=("把三角形放进复平面，取乘积的实部。", "写出各点坐标，再求点$D$和数量积。"),
        cot="设$\\vec c = \\overrightarrow{{AB}}$，$\\vec b = \\overrightarrow{{AC}}$，则"
        "$\\vec b \\cdot \\vec c = {b} \\cdot {c} \\cdot \\frac{{1}}{{2}} = {dot}$。由分点得"
        "$\\overrightarrow{{AD}} = \\frac{{{n}\\vec c + {m}\\vec b}}{{{whole}}}$，又"
        "$\\overrightarrow{{BC}} = \\vec b - \\vec c$。所以数量积为$\\frac{{{m} \\cdot {b}^2 - {n} \\cdot {c}^2 + "
        "({n} - {m}) \\cdot {dot}}}{{{whole}}} = {value}$。",
    ),
)

TEMPLATES = (PERPENDICULAR, LENGTH, CEVIAN)
