"""Templates of trigonometric identities: sums of angles, double angles, values from a tangent, greatest values.

from raymath.data.synthesis.senior.identities import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, isqrt
from random import Random

from raymath.data.synthesis.draws import SMALL_TRIPLES, nonzero
from raymath.data.synthesis.latex import fraction, quotient, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _proper(rng: Random, size: int) -> tuple[int, int]:
    top, bottom = rng.randint(2, size), rng.randint(2, size)
    return (top, bottom) if gcd(top, bottom) == 1 else _proper(rng, size)


def _tangents(rng: Random) -> Numbers:
    (p, q), (r, s) = _proper(rng, 15), _proper(rng, 15)
    return {"p": p, "q": q, "r": r, "s": s} if p * r != q * s else _tangents(rng)


def _tangents_work(v: Numbers) -> Mapping[str, Value]:
    a, b = Fraction(v["p"], v["q"]), Fraction(v["r"], v["s"])
    return {
        "sum": fraction(a + b),
        "rest": fraction(1 - a * b),
        "value": fraction((a + b) / (1 - a * b)),
        "answer": (a + b) / (1 - a * b),
    }


TANGENTS = Template(
    "senior-tangent-of-sum",
    "senior/trigonometric-identities",
    draw=_tangents,
    work=_tangents_work,
    code="from fractions import Fraction\n\n# the product of q + pi and s + ri has the argument alpha + beta\n"
    "real = {q} * {s} - {p} * {r}\nimaginary = {q} * {r} + {p} * {s}\nprint(Fraction(imaginary, real))",
    en=Telling(
        questions=(
            "Given $\\tan \\alpha = \\frac{{{p}}}{{{q}}}$ and $\\tan \\beta = \\frac{{{r}}}{{{s}}}$, "
            "find $\\tan(\\alpha + \\beta)$ as a fraction or an integer.",
            "Two angles have the tangents $\\frac{{{p}}}{{{q}}}$ and $\\frac{{{r}}}{{{s}}}$. "
            "What is the tangent of their sum?",
            "Lines through the origin with slopes $\\frac{{{p}}}{{{q}}}$ and $\\frac{{{r}}}{{{s}}}$ have the "
            "inclinations $\\alpha$ and $\\beta$. Compute $\\tan(\\alpha + \\beta)$ exactly.",
        ),
        plans=(
            "The arguments of complex numbers add when they are multiplied; I read the tangent off the product.",
            "I multiply ${q} + {p}i$ by ${s} + {r}i$ and divide the imaginary part by the real part.",
        ),
        cot="I use $\\tan(\\alpha + \\beta) = \\frac{{\\tan\\alpha + \\tan\\beta}}{{1 - \\tan\\alpha\\tan\\beta}}$. "
        "The numerator is $\\frac{{{p}}}{{{q}}} + \\frac{{{r}}}{{{s}}} = {sum}$. The denominator is "
        "$1 - \\frac{{{p}}}{{{q}}} \\cdot \\frac{{{r}}}{{{s}}} = {rest}$. The quotient is ${value}$.",
    ),
    zh=Telling(
        questions=(
            "已知$\\tan \\alpha = \\frac{{{p}}}{{{q}}}$，$\\tan \\beta = \\frac{{{r}}}{{{s}}}$，求$\\tan(\\alpha + "
            "\\beta)$。",
            "若两个角的正切值分别为$\\frac{{{p}}}{{{q}}}$和$\\frac{{{r}}}{{{s}}}$，则这两个角之和的正切值是多少？",
            "过原点的两条直线斜率为$\\frac{{{p}}}{{{q}}}$与$\\frac{{{r}}}{{{s}}}$，倾斜角为$\\alpha$、$\\beta$，"
            "计算$\\tan(\\alpha + \\beta)$。",
        ),
        plans=("复数相乘时辐角相加，从乘积读出正切值。", "计算$({q} + {p}i)({s} + {r}i)$，用虚部除以实部。"),
        cot="由两角和的正切公式，分子为$\\frac{{{p}}}{{{q}}} + \\frac{{{r}}}{{{s}}} = {sum}$，"
        "分母为$1 - \\frac{{{p}}}{{{q}}} \\cdot \\frac{{{r}}}{{{s}}} = {rest}$。两者相除，得${value}$。",
    ),
)


def _two_angles(rng: Random) -> Numbers:
    (a, _, c), (d, _, f) = rng.sample(SMALL_TRIPLES, 2)
    return {"a": a, "c": c, "d": d, "f": f}


def _two_angles_work(v: Numbers) -> Mapping[str, Value]:
    b, e = isqrt(v["c"] ** 2 - v["a"] ** 2), isqrt(v["f"] ** 2 - v["d"] ** 2)
    answer = Fraction(v["a"] * v["d"] - b * e, v["c"] * v["f"])
    return {"b": b, "e": e, "value": fraction(answer), "answer": answer}


TWO_ANGLES = Template(
    "senior-sine-of-sum",
    "senior/trigonometric-identities",
    draw=_two_angles,
    work=_two_angles_work,
    code="from fractions import Fraction\nfrom math import acos, asin, pi, sin\n\nalpha = pi - asin({a} / {c})\n"
    "beta = acos({d} / {f})\nprint(Fraction(sin(alpha + beta)).limit_denominator({c} * {f}))",
    en=Telling(
        questions=(
            "The angle $\\alpha$ is obtuse with $\\sin \\alpha = \\frac{{{a}}}{{{c}}}$, the angle $\\beta$ acute with "
            "$\\cos \\beta = \\frac{{{d}}}{{{f}}}$. Find $\\sin(\\alpha + \\beta)$ as a fraction.",
            "Suppose that $90^\\circ < \\alpha < 180^\\circ$, $0^\\circ < \\beta < 90^\\circ$, "
            "$\\sin \\alpha = \\frac{{{a}}}{{{c}}}$ and $\\cos \\beta = \\frac{{{d}}}{{{f}}}$. "
            "What is the exact value of $\\sin(\\alpha + \\beta)$?",
            "Evaluate $\\sin(\\alpha + \\beta)$ exactly for $\\alpha \\in (\\frac{{\\pi}}{{2}}, \\pi)$ and "
            "$\\beta \\in (0, \\frac{{\\pi}}{{2}})$ with $\\sin\\alpha = \\frac{{{a}}}{{{c}}}$, "
            "$\\cos\\beta = \\frac{{{d}}}{{{f}}}$.",
        ),
        plans=(
            "I compute both angles numerically and turn the sine of their sum into the fraction it must be.",
            "The value has a denominator of at most ${c} \\cdot {f}$, so a numerical value determines it.",
        ),
        cot="Since $\\alpha$ is obtuse, $\\cos\\alpha = -\\frac{{{b}}}{{{c}}}$; since $\\beta$ is acute, "
        "$\\sin\\beta = \\frac{{{e}}}{{{f}}}$. By the addition formula the value is "
        "$\\frac{{{a}}}{{{c}}} \\cdot \\frac{{{d}}}{{{f}}} - \\frac{{{b}}}{{{c}}} \\cdot \\frac{{{e}}}{{{f}}}$. "
        "This equals ${value}$.",
    ),
    zh=Telling(
        questions=(
            "已知$\\alpha$为钝角，$\\sin \\alpha = \\frac{{{a}}}{{{c}}}$，$\\beta$为锐角，"
            "$\\cos \\beta = \\frac{{{d}}}{{{f}}}$，求$\\sin(\\alpha + \\beta)$。",
            "设$90^\\circ < \\alpha < 180^\\circ$，$0^\\circ < \\beta < 90^\\circ$，$\\sin \\alpha = "
            "\\frac{{{a}}}{{{c}}}$，$\\cos \\beta = \\frac{{{d}}}{{{f}}}$，则$\\sin(\\alpha + \\beta)$等于多少？",
            "若$\\sin\\alpha = \\frac{{{a}}}{{{c}}}$，$\\cos\\beta = \\frac{{{d}}}{{{f}}}$，其中"
            "$\\alpha \\in (\\frac{{\\pi}}{{2}}, \\pi)$，$\\beta \\in (0, \\frac{{\\pi}}{{2}})$，试求"
            "$\\sin(\\alpha + \\beta)$的值。",
        ),
        plans=(
            "用数值求出两个角，再把和的正弦值还原为分数。",
            "结果的分母不超过${c} \\cdot {f}$，可由数值确定这个分数。",
        ),
        cot="$\\alpha$是钝角，所以$\\cos\\alpha = -\\frac{{{b}}}{{{c}}}$；$\\beta$是锐角，"
        "所以$\\sin\\beta = \\frac{{{e}}}{{{f}}}$。由两角和的正弦公式，原式等于$\\frac{{{a}}}{{{c}}} \\cdot "
        "\\frac{{{d}}}{{{f}}} - \\frac{{{b}}}{{{c}}} \\cdot \\frac{{{e}}}{{{f}}} = "
        "{value}$。",
    ),
)


def _homogeneous(rng: Random) -> Numbers:
    k, a, b, c, d = rng.randint(2, 9), rng.randint(2, 9), nonzero(rng, 9), rng.randint(2, 9), nonzero(rng, 9)
    numbers = {"k": k, "a": a, "b": b, "c": c, "d": d}
    return numbers if c * k + d and a * d != b * c else _homogeneous(rng)


def _side(a: int, b: int) -> str:
    return f"{a}\\sin\\alpha {'+' if b > 0 else '-'} {abs(b) if abs(b) > 1 else ''}\\cos\\alpha"


HOMOGENEOUS = Template(
    "senior-quotient-from-tangent",
    "senior/trigonometric-identities",
    draw=_homogeneous,
    work=lambda v: {
        "in_tangent": f"\\frac{{{v['a']}\\tan\\alpha {signed(v['b'])}}}{{{v['c']}\\tan\\alpha {signed(v['d'])}}}",
        "value": quotient(v["a"] * v["k"] + v["b"], v["c"] * v["k"] + v["d"]),
        "filled": f"\\frac{{{v['a']} \\cdot {v['k']} {signed(v['b'])}}}{{{v['c']} \\cdot {v['k']} {signed(v['d'])}}}",
        "answer": Fraction(v["a"] * v["k"] + v["b"], v["c"] * v["k"] + v["d"]),
    },
    forms=lambda v: {"over": _side(v["a"], v["b"]), "under": _side(v["c"], v["d"])},
    code="from fractions import Fraction\nfrom math import atan, cos, sin\n\nx = atan({k})\n"
    "value = ({a} * sin(x) + ({b}) * cos(x)) / ({c} * sin(x) + ({d}) * cos(x))\n"
    "print(Fraction(value).limit_denominator(200))",
    en=Telling(
        questions=(
            "If $\\tan \\alpha = {k}$, find $\\frac{{{over}}}{{{under}}}$.",
            "Given $\\tan\\alpha = {k}$, what is the exact value of $\\frac{{{over}}}{{{under}}}$?",
            "An angle $\\alpha$ has the tangent {k}. By what number must ${under}$ be multiplied to give ${over}$?",
        ),
        plans=(
            "I evaluate the quotient at one such angle and turn it into a fraction.",
            "The quotient depends on the tangent alone, so any angle with this tangent will do.",
        ),
        cot="Dividing numerator and denominator by $\\cos\\alpha$, which is not $0$, gives the quotient as "
        "${in_tangent}$. With $\\tan\\alpha = {k}$ this is ${filled} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "已知$\\tan \\alpha = {k}$，求$\\frac{{{over}}}{{{under}}}$的值。",
            "若$\\tan\\alpha = {k}$，则$\\frac{{{over}}}{{{under}}}$等于多少？",
            "角$\\alpha$的正切值为{k}，问${over}$是${under}$的多少倍？",
        ),
        plans=("取一个满足条件的角计算比值，再化为分数。", "比值只与正切有关，取一个角作数值计算即可。"),
        cot="因为$\\cos\\alpha \\ne 0$，分子、分母同除以$\\cos\\alpha$，得${in_tangent}$。"
        "代入$\\tan\\alpha = {k}$，得${filled} = {value}$。",
    ),
)


def _amplitude(rng: Random) -> Numbers:
    a, b, _ = rng.choice(SMALL_TRIPLES[:40])
    k = rng.randint(1, 6)
    return {"a": 2 * a * k, "b": 2 * b * k, "c": nonzero(rng, 60)}


def _amplitude_work(v: Numbers) -> Mapping[str, Value]:
    a, b = v["a"] // 2, v["b"] // 2
    r = isqrt(a * a + b * b)
    return {
        "half_a": a,
        "half_b": b,
        "rest": signed(b + v["c"]),
        "doubled": f"{a}\\sin 2x + {b}\\cos 2x {signed(b + v['c'])}",
        "r": r,
        "answer": r + b + v["c"],
    }


AMPLITUDE = Template(
    "senior-auxiliary-angle",
    "senior/trigonometric-identities",
    draw=_amplitude,
    work=_amplitude_work,
    forms=lambda v: {"f": f"{v['a']}\\sin x\\cos x + {v['b']}\\cos^2 x {signed(v['c'])}"},
    code="from math import cos, pi, sin\n\ngrid = [i * pi / 10000 for i in range(10000)]\n"
    "print(round(max({a} * sin(x) * cos(x) + {b} * cos(x) ** 2 + ({c}) for x in grid)))",
    en=Telling(
        questions=(
            "Find the greatest value of $f(x) = {f}$.",
            "What is the maximum of $y = {f}$ over the real numbers?",
            "Write ${f}$ as a single sine of $2x$ plus a constant and state its largest value.",
        ),
        plans=(
            "The maximum is a whole number here; a fine grid over one period finds it.",
            "I evaluate the function on a fine grid over a period and round the maximum.",
        ),
        cot="With $2\\sin x\\cos x = \\sin 2x$ and $2\\cos^2 x = 1 + \\cos 2x$ the function is ${doubled}$. "
        "The first two terms form one sine of amplitude $\\sqrt{{{half_a}^2 + {half_b}^2}} = {r}$. "
        "So the greatest value is ${r} {rest} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "求函数$f(x) = {f}$的最大值。",
            "$y = {f}$（$x \\in \\mathbf{{R}}$）的最大值是多少？",
            "把${f}$化成关于$2x$的一个正弦与常数之和，并写出它的最大值。",
        ),
        plans=("在一个周期内取细密的点，求最大值。", "最大值是整数，用数值计算后取整即可。"),
        cot="由$2\\sin x\\cos x = \\sin 2x$和$2\\cos^2 x = 1 + \\cos 2x$，函数化为${doubled}$。"
        "前两项合成振幅为$\\sqrt{{{half_a}^2 + {half_b}^2}} = {r}$的正弦函数，所以最大值为${r} {rest} = {answer}$。",
    ),
)

TEMPLATES = (TANGENTS, TWO_ANGLES, HOMOGENEOUS, AMPLITUDE)
