"""Templates of circles and sectors.

from raymath.data.synthesis.junior.circles import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

from raymath.data.synthesis.latex import fraction, quotient
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _arch(rng: Random) -> Numbers:
    while True:
        half, h = rng.randint(6, 200), rng.randint(2, 60)
        if h < half:
            return {"w": 2 * half, "h": h}


def _arch_work(v: Numbers) -> Mapping[str, Value]:
    half, h = v["w"] // 2, v["h"]
    answer = Fraction(half * half + h * h, 2 * h)
    return {
        "half": half,
        "halves": half * half,
        "hh": h * h,
        "twice": 2 * h,
        "sum": half * half + h * h,
        "value": fraction(answer),
        "answer": answer,
    }


ARCH = Template(
    "junior-radius-of-an-arch",
    "junior/circles",
    draw=_arch,
    work=_arch_work,
    code="""\
from sympy import Rational, solve, symbols
# circle through (0, 0), (w, 0) and (w/2, h); its centre is (w/2, y)
y = symbols("y", real=True)
half = Rational({w}, 2)
centre = solve(half**2 + y**2 - ({h} - y) ** 2, y)[0]
print({h} - centre)""",
    sympy=True,
    en=Telling(
        questions=(
            "The arch of a {bridge} is part of a circle. It spans {w} dm and rises {h} dm in the middle. What is "
            "the radius "
            "of the circle in dm (an integer or a reduced fraction)?",
            "A chord of {w} dm cuts a circular arc whose highest point is {h} dm above the chord. Find the radius "
            "in dm, "
            "as an integer or a fraction in lowest terms.",
            "How long in dm is the radius of a circular arch with a span of {w} dm and a height of {h} dm? "
            "Reduce the fraction if the radius is not whole.",
        ),
        plans=(
            "I place the chord on the $x$-axis and solve for the centre, equally far from all three points.",
            "The centre lies on the axis of symmetry; one equation gives it.",
        ),
        cot="Half the span is {half}. With radius $r$, the centre is $r - {h}$ from the chord, so "
        "$r^2 = {half}^2 + (r - {h})^2$. This gives ${twice}r = {halves} + {hh} = {sum}$ and $r = {value}$.",
        scenes=scenes("bridge", "stone bridge", "tunnel", "window", "garden gate"),
    ),
    zh=Telling(
        questions=(
            "一座{bridge}的拱是圆弧形，跨度为{w}分米，拱高为{h}分米，求圆弧所在圆的半径（分米，整数或最简分数）。",
            "圆弧的弦长{w}分米，弧的最高点到弦的距离是{h}分米，圆的半径有多长（分米，写成整数或最简分数）？",
            "{bridge}呈圆弧形，两端相距{w}分米，中间最高处高出{h}分米，它的半径等于几分米？不是整数就约成最简分数。",
        ),
        plans=("以弦为 $x$ 轴建立坐标系，求到三点等距的圆心。", "圆心在对称轴上，列方程求出。"),
        cot="半弦长为 {half}。设半径为 $r$，则圆心到弦的距离是 $r - {h}$，由垂径定理和勾股定理，"
        "$r^2 = {half}^2 + (r - {h})^2$。整理得 ${twice}r = {halves} + {hh} = {sum}$，所以 $r = {value}$。",
        scenes=scenes("bridge", "石拱桥", "隧道", "拱形门", "拱形窗"),
    ),
)


def _fan(rng: Random) -> Numbers:
    small, large = sorted(rng.sample(range(3, 40), 2))
    return {"n": 5 * rng.randint(8, 40), "r": large, "q": small}


def _fan_work(v: Numbers) -> Mapping[str, Value]:
    share = Fraction(v["n"], 360)
    gap = v["r"] ** 2 - v["q"] ** 2
    return {
        "sum": v["r"] + v["q"],
        "diff": v["r"] - v["q"],
        "gap": gap,
        "share": fraction(share),
        "turn": quotient(v["n"], 360),
        "value": fraction(share * gap),
        "answer": share * gap,
    }


FAN = Template(
    "junior-paper-of-a-fan",
    "junior/circles",
    draw=_fan,
    work=_fan_work,
    code="""\
from fractions import Fraction
# areas as multiples of pi
whole = Fraction({n}, 360) * {r} ** 2
inner = Fraction({n}, 360) * {q} ** 2
print(whole - inner)""",
    en=Telling(
        questions=(
            r"A folding fan opens to an angle of ${n}^\circ$. Its ribs are {r} cm long, and the paper covers them "
            r"except for "
            r"the {q} cm next to the pivot. One side of the paper has the area $k\pi$ cm². Find $k$ "
            "(an integer or a reduced fraction).",
            r"Two sectors with the same centre and the same angle ${n}^\circ$ have radii {r} cm and {q} cm. "
            r"The area between their arcs is $k\pi$ cm². What is $k$, as an integer or a fraction in lowest terms?",
            r"The region swept by the outer part of a {r} cm rod, from {q} cm to {r} cm, when it turns by ${n}^\circ$ "
            r"about its end has area $k\pi$ cm². Determine $k$; reduce a fraction.",
        ),
        plans=(
            "I subtract the inner sector from the outer one, leaving out the factor pi.",
            "Both sectors exactly as fractions, then the difference.",
        ),
        cot=r"The area is $\frac{{{n}}}{{360}}\pi({r}^2 - {q}^2)$. Here "
        r"${r}^2 - {q}^2 = ({r} + {q})({r} - {q}) = {sum} \times {diff} = {gap}$ and "
        r"${turn}$. So $k = {share} \times {gap} = {value}$.",
    ),
    zh=Telling(
        questions=(
            r"一把折扇张开的角度是 ${n}^\circ$，扇骨长{r}厘米，靠近轴的{q}厘米没有贴纸。"
            r"贴纸一面的面积为 $k\pi$ 平方厘米，求 $k$（整数或最简分数）。",
            r"两个扇形同圆心、圆心角都是 ${n}^\circ$，半径分别为{r}厘米和{q}厘米，两弧之间部分的面积是 $k\pi$ "
            r"平方厘米，"
            "则 $k$ 等于多少？写成整数或最简分数。",
            r"长{r}厘米的杆绕一端旋转 ${n}^\circ$，杆上距这一端{q}厘米到{r}厘米的部分扫过的面积为 $k\pi$ 平方厘米。"
            "$k$ 是几？结果约成最简。",
        ),
        plans=("用大扇形减去小扇形（都以π为单位）。", "分别精确计算两个扇形，再求差。"),
        cot=r"面积为 $\frac{{{n}}}{{360}}\pi({r}^2 - {q}^2)$。"
        r"其中 ${r}^2 - {q}^2 = ({r} + {q})({r} - {q}) = {sum} \times {diff} = {gap}$，"
        r"${turn}$，所以 $k = {share} \times {gap} = {value}$。",
    ),
)


def _tangents(rng: Random) -> Numbers:
    while True:
        a, b, c = (rng.randint(5, 60) for _ in "abc")
        if a + b > c and b + c > a and c + a > b:
            return {"a": a, "b": b, "c": c}


TANGENTS = Template(
    "junior-tangent-lengths",
    "junior/circles",
    draw=_tangents,
    work=lambda v: {
        "sum": v["b"] + v["c"] - v["a"],
        "answer": Decimal(v["b"] + v["c"] - v["a"]) / 2,
    },
    code="""\
a, b, c = {a}, {b}, {c}
# lengths in halves, so that all are whole
for from_a in range(1, 2 * min(b, c)):
    from_b, from_c = 2 * c - from_a, 2 * b - from_a
    if from_b + from_c == 2 * a:
        print(f"{{from_a / 2:g}}")""",
    en=Telling(
        questions=(
            "The incircle of triangle $ABC$ touches $AB$ at $F$. If $AB = {c}$, $BC = {a}$ and $CA = {b}$, "
            "how long is $AF$?",
            "A circle inside triangle $ABC$ touches all three sides, which are $BC = {a}$, $CA = {b}$, $AB = {c}$. "
            "Find the length of the tangents from $A$ to this circle.",
            "Triangle $ABC$ has the sides $AB = {c}$, $AC = {b}$, $BC = {a}$; its inscribed circle meets $AC$ in "
            "the point "
            "$E$. What is the distance from $A$ to $E$?",
        ),
        plans=(
            "Tangents from a corner are equal; I search for the length at $A$ that makes the third side fit.",
            "I try lengths in steps of one half.",
        ),
        cot="Tangents from one point are equal. Let those from $A$ be $x$; then those from $B$ are ${c} - x$ and those "
        "from $C$ are ${b} - x$. On $BC$: $({c} - x) + ({b} - x) = {a}$, so $2x = {c} + {b} - {a} = {sum}$ "
        "and $x = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "三角形 $ABC$ 的内切圆与 $AB$ 相切于 $F$，$AB = {c}$，$BC = {a}$，$CA = {b}$，求 $AF$ 的长。",
            "圆 $I$ 与三角形 $ABC$ 的三边都相切，三边为 $BC = {a}$，$CA = {b}$，$AB = {c}$，从 $A$ "
            "到圆的切线长是多少？",
            "已知 $AB = {c}$，$AC = {b}$，$BC = {a}$，三角形 $ABC$ 的内切圆切 $AC$ 于点 $E$，则 $AE$ 等于几？",
        ),
        plans=("从同一顶点引的切线长相等，搜索合适的长度。", "以0.5为步长枚举从 $A$ 引的切线长。"),
        cot="由切线长定理，设从 $A$ 引的切线长为 $x$，则从 $B$、$C$ 引的切线长分别为 ${c} - x$、${b} - x$。"
        "在 $BC$ 上，$({c} - x) + ({b} - x) = {a}$，所以 $2x = {c} + {b} - {a} = {sum}$，$x = {answer}$。",
    ),
)

TEMPLATES = (ARCH, FAN, TANGENTS)
