"""Templates of conic sections: a right angle at the foci, focal chords, midpoints of chords, distances on a hyperbola.

from raymath.data.synthesis.senior.conics import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor, fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _ellipse(rng: Random) -> Numbers:
    b = rng.randint(2, 60)
    return {"s": 2 * b + rng.randint(1, 120), "t": b}


RIGHT_ANGLE = Template(
    "senior-ellipse-right-angle",
    "senior/conics",
    draw=_ellipse,
    work=lambda v: {
        "c": v["s"] - v["t"],
        "sum": 4 * v["s"],
        "foci": 4 * (v["s"] - v["t"]),
        "double": 4 * v["t"],
        "product": 2 * v["t"],
        "answer": v["t"],
    },
    code="from math import sqrt\n\n# P lies on the ellipse and on the circle over the foci\nc = sqrt({s} - {t})\n"
    "y = sqrt((1 - c * c / {s}) / (1 / {t} - 1 / {s}))\nprint(round(c * y))",
    en=Telling(
        questions=(
            "The ellipse $\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$ has foci $F_1$, $F_2$. A point $P$ on it "
            "sees them at a right angle. Find the area of triangle $F_1PF_2$.",
            "$P$ lies on $\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$ and $PF_1 \\perp PF_2$, where $F_1$, "
            "$F_2$ are the foci. What is the area of the triangle $PF_1F_2$?",
            "The foci $F_1$, $F_2$ belong to $\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$. How large is the "
            "triangle $F_1PF_2$ if $P$ is a point of the ellipse with $\\angle F_1PF_2 = 90^\\circ$?",
        ),
        plans=(
            "I intersect the ellipse with the circle over the foci and use the height of that point.",
            "The point lies on a circle through both foci; its $y$-coordinate gives the area.",
        ),
        cot="Let $m = |PF_1|$ and $n = |PF_2|$. By definition $(m + n)^2 = 4 \\cdot {s} = {sum}$. "
        "The right angle gives $m^2 + n^2 = |F_1F_2|^2 = 4({s} - {t}) = {foci}$. "
        "Subtracting, $2mn = {double}$. The area is $\\frac{{1}}{{2}}mn = \\frac{{1}}{{2}} \\cdot {product} = "
        "{answer}$.",
    ),
    zh=Telling(
        questions=(
            "椭圆$\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$的焦点为$F_1$、$F_2$，点$P$在椭圆上且"
            "$PF_1 \\perp PF_2$，求$\\triangle F_1PF_2$的面积。",
            "已知$P$是$\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$上一点，它与两焦点的连线互相垂直，"
            "以$P$和两焦点为顶点的三角形面积是多少？",
            "设$F_1$、$F_2$是椭圆$\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$的两个焦点，椭圆上一点$P$使"
            "$\\angle F_1PF_2 = 90^\\circ$，则三角形$F_1PF_2$的面积等于几？",
        ),
        plans=("求椭圆与以焦距为直径的圆的交点，用纵坐标算面积。", "点$P$在过两焦点的圆上，由纵坐标得面积。"),
        cot="设$m = |PF_1|$，$n = |PF_2|$。由定义$(m + n)^2 = 4 \\cdot {s} = {sum}$；由垂直，"
        "$m^2 + n^2 = |F_1F_2|^2 = 4({s} - {t}) = {foci}$。相减得$2mn = {double}$，"
        "面积为$\\frac{{1}}{{2}}mn = \\frac{{1}}{{2}} \\cdot {product} = {answer}$。",
    ),
)


def _focal(rng: Random) -> Numbers:
    q = rng.randint(1, 9)
    p = rng.choice([p for p in range(1, 12) if gcd(p, q) == 1])
    return {"double": 2 * rng.randint(1, 99), "p": p, "q": q}


def _focal_work(v: Numbers) -> Mapping[str, Value]:
    slope, parameter = Fraction(v["p"], v["q"]), Fraction(v["double"], 2)
    total = parameter + 2 * parameter / slope**2
    return {
        "slope": fraction(slope),
        "focus": fraction(parameter / 2),
        "parameter": fraction(parameter),
        "sum": fraction(total),
        "length": fraction(total + parameter),
        "answer": total + parameter,
    }


FOCAL = Template(
    "senior-parabola-focal-chord",
    "senior/conics",
    draw=_focal,
    work=_focal_work,
    forms=lambda v: {"k": fraction(Fraction(v["p"], v["q"]))},
    code="from fractions import Fraction\nfrom math import hypot, sqrt\n\n# y^2 - (2p/k) y - p^2 = 0 on the chord\n"
    "p, k = {double} / 2, {p} / {q}\ngap = sqrt((2 * p / k) ** 2 + 4 * p * p)\n"
    "print(Fraction(hypot(gap, gap / k)).limit_denominator({p} ** 2))",
    en=Telling(
        questions=(
            "A line of slope ${k}$ through the focus of $y^2 = {double}x$ meets the parabola at $A$ and $B$. Find "
            "$|AB|$.",
            "What length has the chord of the parabola $y^2 = {double}x$ that passes through the focus with slope "
            "${k}$?",
            "The focus of $y^2 = {double}x$ lies on a chord $AB$ whose slope is ${k}$. Compute the length of $AB$ "
            "exactly.",
        ),
        plans=(
            "I eliminate $x$, take the gap between the two $y$-values and get the length from the slope.",
            "The difference of the $y$-coordinates and the slope determine the chord.",
        ),
        cot="The focus is $\\left({focus}, 0\\right)$. Inserting $y = k\\left(x - {focus}\\right)$ with $k = "
        "{slope}$ gives a quadratic in $x$ whose roots have the sum ${parameter} + \\frac{{2 \\cdot "
        "{parameter}}}{{k^2}} = {sum}$. "
        "A point's distance from the focus is $x + {focus}$. So $|AB| = {sum} + {parameter} = {length}$.",
    ),
    zh=Telling(
        questions=(
            "过抛物线$y^2 = {double}x$的焦点作斜率为${k}$的直线，交抛物线于$A$、$B$两点，求$|AB|$。",
            "抛物线$y^2 = {double}x$的一条焦点弦斜率为${k}$，这条弦的长度是多少？",
            "直线经过$y^2 = {double}x$的焦点，斜率是${k}$，它被抛物线截得的线段$AB$有多长？",
        ),
        plans=("消去$x$，由两个纵坐标之差和斜率求弦长。", "先求纵坐标之差，再由斜率得到弦长。"),
        cot="焦点为$\\left({focus}, 0\\right)$。把$y = k\\left(x - {focus}\\right)$（$k = {slope}$）代入抛物线方程，"
        "得关于$x$的二次方程，两根之和为${parameter} + \\frac{{2 \\cdot {parameter}}}{{k^2}} = {sum}$。"
        "由焦半径$x + {focus}$，得$|AB| = {sum} + {parameter} = {length}$。",
    ),
)


def _midpoint(rng: Random) -> Numbers:
    x, y = nonzero(rng, 6), nonzero(rng, 5)
    s, t = rng.randint(12, 80), rng.randint(8, 60)
    inside = Fraction(x * x, s) + Fraction(y * y, t) < 1
    return {"s": s, "t": t, "x0": x, "y0": y} if inside and s != t else _midpoint(rng)


MIDPOINT = Template(
    "senior-ellipse-chord-midpoint",
    "senior/conics",
    draw=_midpoint,
    work=lambda v: {
        "twice_x": 2 * v["x0"],
        "twice_y": 2 * v["y0"],
        "product_x": f"{v['t']} \\cdot {factor(v['x0'])}",
        "product_y": f"{v['s']} \\cdot {factor(v['y0'])}",
        "value": fraction(Fraction(-v["t"] * v["x0"], v["s"] * v["y0"])),
        "answer": Fraction(-v["t"] * v["x0"], v["s"] * v["y0"]),
    },
    code="from fractions import Fraction\n\n\ndef gap(k):\n"
    "    # difference of the left sides at M + (1, k) and M - (1, k): linear in k\n"
    "    side = lambda x, y: Fraction(x * x, {s}) + Fraction(y * y, {t})\n"
    "    return side({x0} + 1, {y0} + k) - side({x0} - 1, {y0} - k)\n\n\nprint(-gap(0) / (gap(1) - gap(0)))",
    en=Telling(
        questions=(
            "The point $M({x0}, {y0})$ is the midpoint of a chord of $\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = "
            "1$. Find the slope of the chord.",
            "A line meets the ellipse $\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$ at $A$ and $B$, and $({x0}, "
            "{y0})$ is the middle of $AB$. What is its slope?",
            "Through $M({x0}, {y0})$ a chord of $\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$ is drawn that $M$ "
            "bisects. Determine the chord's slope.",
        ),
        plans=(
            "Points symmetric about $M$ must satisfy the equation equally; that condition is linear in the slope.",
            "I move the same step both ways from $M$ and compare the two sides.",
        ),
        cot="Let the ends be $(x_1, y_1)$ and $(x_2, y_2)$; then $x_1 + x_2 = {twice_x}$ and $y_1 + y_2 = {twice_y}$. "
        "Subtracting their equations gives $\\frac{{(x_1 - x_2)(x_1 + x_2)}}{{{s}}} + "
        "\\frac{{(y_1 - y_2)(y_1 + y_2)}}{{{t}}} = 0$. So the slope is $-\\frac{{{product_x}}}{{{product_y}}} = "
        "{value}$.",
    ),
    zh=Telling(
        questions=(
            "点$M({x0}, {y0})$是椭圆$\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$的一条弦的中点，求这条弦的斜率。",
            "直线与椭圆$\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$交于$A$、$B$，线段$AB$的中点为$({x0}, {y0})$，"
            "直线的斜率是多少？",
            "过$M({x0}, {y0})$作椭圆$\\frac{{x^2}}{{{s}}} + \\frac{{y^2}}{{{t}}} = 1$的弦，使它被$M$平分，"
            "弦所在直线的斜率等于几？",
        ),
        plans=("关于$M$对称的两点都满足方程，条件是斜率的一次方程。", "从$M$向两边走同样的一步，比较方程左边。"),
        cot="设两端点为$(x_1, y_1)$、$(x_2, y_2)$，则$x_1 + x_2 = {twice_x}$，$y_1 + y_2 = {twice_y}$。两式相减得"
        "$\\frac{{(x_1 - x_2)(x_1 + x_2)}}{{{s}}} + \\frac{{(y_1 - y_2)(y_1 + y_2)}}{{{t}}} = 0$，"
        "所以斜率为$-\\frac{{{product_x}}}{{{product_y}}} = {value}$。",
    ),
)


def _hyperbola(rng: Random) -> Numbers:
    a, b, m = rng.randint(2, 15), rng.randint(1, 200), rng.randint(2, 7)
    near = Fraction(2 * a, m - 1)
    # the triangle must exist: the distances add up to more than 2c
    return {"a": a, "t": b, "m": m} if (near * (m + 1)) ** 2 > 4 * (a * a + b) else _hyperbola(rng)


def _hyperbola_work(v: Numbers) -> Mapping[str, Value]:
    near = Fraction(2 * v["a"], v["m"] - 1)
    far = v["m"] * near
    foci = 4 * (v["a"] ** 2 + v["t"])
    answer = (near**2 + far**2 - foci) / (2 * near * far)
    return {
        "twice": 2 * v["a"],
        "near": fraction(near),
        "far": fraction(far),
        "foci": foci,
        "below": v["m"] - 1,
        "value": fraction(answer),
        "answer": answer,
    }


HYPERBOLA = Template(
    "senior-hyperbola-angle",
    "senior/conics",
    draw=_hyperbola,
    work=_hyperbola_work,
    forms=lambda v: {"s": v["a"] ** 2},
    code="from fractions import Fraction\nfrom math import sqrt\n\na, b2 = {a}, {t}\nc = sqrt(a * a + b2)\n"
    "# the focal distances of (x, y) are (c / a) x + a and (c / a) x - a\nx = a * a / c * ({m} + 1) / ({m} - 1)\n"
    "y = sqrt(b2 * (x * x / (a * a) - 1))\nu, w = complex(-c - x, -y), complex(c - x, -y)\n"
    "cosine = (u.conjugate() * w).real / (abs(u) * abs(w))\n"
    "print(Fraction(cosine).limit_denominator(2 * {m} * a * a))",
    en=Telling(
        questions=(
            "A point $P$ of the hyperbola $\\frac{{x^2}}{{{s}}} - \\frac{{y^2}}{{{t}}} = 1$ with foci $F_1$, $F_2$ "
            "satisfies $|PF_1| = {m}|PF_2|$. Find $\\cos\\angle F_1PF_2$.",
            "$F_1$ and $F_2$ are the foci of $\\frac{{x^2}}{{{s}}} - \\frac{{y^2}}{{{t}}} = 1$, and $P$ on the curve "
            "is {m} times as far from $F_1$ as from $F_2$. What is the exact cosine of $\\angle F_1PF_2$?",
            "On $\\frac{{x^2}}{{{s}}} - \\frac{{y^2}}{{{t}}} = 1$ lies a point $P$ whose distances from the foci are "
            "in the ratio ${m} : 1$. Determine the cosine of the angle at $P$ in the triangle $F_1PF_2$.",
        ),
        plans=(
            "I compute the coordinates of the point and the angle between the rays to the foci.",
            "Coordinates of $P$ follow from the ratio; a scalar product gives the cosine.",
        ),
        cot="The distances differ by $2a = {twice}$, so $|PF_2| = {twice} \\div {below} = {near}$ and "
        "$|PF_1| = {far}$. The foci satisfy $|F_1F_2|^2 = 4({s} + {t}) = {foci}$. By the law of cosines the cosine is "
        "$\\left[\\left({far}\\right)^2 + \\left({near}\\right)^2 - {foci}\\right] \\div "
        "\\left(2 \\cdot {far} \\cdot {near}\\right) = {value}$.",
    ),
    zh=Telling(
        questions=(
            "双曲线$\\frac{{x^2}}{{{s}}} - \\frac{{y^2}}{{{t}}} = 1$的焦点为$F_1$、$F_2$，其上一点$P$满足"
            "$|PF_1| = {m}|PF_2|$，求$\\cos\\angle F_1PF_2$。",
            "已知$F_1$、$F_2$是$\\frac{{x^2}}{{{s}}} - \\frac{{y^2}}{{{t}}} = 1$的两个焦点，"
            "曲线上的点$P$到$F_1$的距离是到$F_2$距离的{m}倍，则$\\angle F_1PF_2$的余弦值是多少？",
            "点$P$在双曲线$\\frac{{x^2}}{{{s}}} - \\frac{{y^2}}{{{t}}} = 1$上，到两焦点的距离之比为${m} : 1$，"
            "三角形$F_1PF_2$中角$P$的余弦等于几？",
        ),
        plans=("先求点$P$的坐标，再由数量积求夹角余弦。", "由距离之比确定$P$，用数量积计算余弦。"),
        cot="两距离之差为$2a = {twice}$，所以$|PF_2| = {twice} \\div {below} = {near}$，$|PF_1| = {far}$。"
        "又$|F_1F_2|^2 = 4({s} + {t}) = {foci}$。由余弦定理，所求余弦为$\\left[\\left({far}\\right)^2 + "
        "\\left({near}\\right)^2 - {foci}\\right] \\div "
        "\\left(2 \\cdot {far} \\cdot {near}\\right) = {value}$。",
    ),
)

TEMPLATES = (RIGHT_ANGLE, FOCAL, MIDPOINT, HYPERBOLA)
