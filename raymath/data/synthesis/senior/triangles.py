"""Templates of solving triangles: cosines, distances, circumcircles.

from raymath.data.synthesis.senior.triangles import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, isqrt
from random import Random

from raymath.data.synthesis.draws import OBLIQUE, SMALL_TRIPLES
from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _sides(rng: Random) -> Numbers:
    a, b = rng.randint(4, 40), rng.randint(4, 40)
    c = rng.randint(abs(a - b) + 1, a + b - 1)
    return {"a": a, "b": b, "c": c}


def _cosine_work(v: Numbers) -> Mapping[str, Value]:
    above = v["a"] ** 2 + v["b"] ** 2 - v["c"] ** 2
    answer = Fraction(above, 2 * v["a"] * v["b"])
    return {"above": above, "below": 2 * v["a"] * v["b"], "value": fraction(answer), "answer": answer}


COSINE = Template(
    "senior-cosine-from-sides",
    "senior/solving-triangles",
    draw=_sides,
    work=_cosine_work,
    code="from fractions import Fraction\nfrom math import cos, pi\n\n"
    "# the third side grows with the angle, so bisect\nlow, high = 0.0, pi\nfor _ in range(100):\n"
    "    angle = (low + high) / 2\n"
    "    if {a} ** 2 + {b} ** 2 - 2 * {a} * {b} * cos(angle) < {c} ** 2:\n        low = angle\n"
    "    else:\n        high = angle\nprint(Fraction(cos(angle)).limit_denominator(2 * {a} * {b}))",
    en=Telling(
        questions=(
            "In triangle $ABC$ the sides are $a = {a}$, $b = {b}$, $c = {c}$. Find $\\cos C$ as a fraction in lowest "
            "terms.",
            "A triangle has sides of lengths {a}, {b} and {c}. What is the exact cosine of the angle opposite the "
            "side of length {c}?",
            "The sides opposite the angles $A$, $B$, $C$ of a triangle measure {a}, {b} and {c}. Compute $\\cos C$ "
            "exactly.",
        ),
        plans=(
            "I bisect for the angle that gives the third side and turn its cosine into a fraction.",
            "The third side increases with the angle between the other two, which a bisection can use.",
        ),
        cot="By the law of cosines, $\\cos C = \\frac{{a^2 + b^2 - c^2}}{{2ab}}$, where $a = {a}$, $b = {b}$ and $c "
        "= {c}$. The numerator is ${a}^2 + {b}^2 - {c}^2 = {above}$. The denominator is $2 \\cdot {a} \\cdot {b} = "
        "{below}$. "
        "Hence $\\cos C = {value}$.",
    ),
    zh=Telling(
        questions=(
            "在$\\triangle ABC$中，$a = {a}$，$b = {b}$，$c = {c}$，求$\\cos C$。",
            "三角形的三边长为{a}、{b}、{c}，长为{c}的边所对角的余弦值是多少？",
            "已知$\\triangle ABC$中角$A$、$B$、$C$的对边依次为{a}、{b}、{c}，试求角$C$的余弦。",
        ),
        plans=(
            "第三边随夹角增大而增大，用二分法求角，再把余弦化为分数。",
            "用二分法找到对应的夹角，然后还原余弦的精确值。",
        ),
        cot="由余弦定理，$\\cos C = \\frac{{a^2 + b^2 - c^2}}{{2ab}}$，其中$a = {a}$，$b = {b}$，$c = {c}$。"
        "分子为${a}^2 + {b}^2 - {c}^2 = {above}$，分母为$2 \\cdot {a} \\cdot {b} = {below}$，所以$\\cos C = {value}$。",
    ),
)


#: Two speeds and their angle: all are equally likely.
_COURSES = [
    (u * scale, w * scale, angle)
    for u, w, _, angle in OBLIQUE
    for scale in range(1, 31)
    if min(u, w) * scale >= 30 and max(u, w) * scale <= 700
]


def _ships(rng: Random) -> Numbers:
    u, w, angle = rng.choice(_COURSES)
    return {"u": u, "w": w, "t": rng.randint(2, 8), "angle": angle}


def _ships_work(v: Numbers) -> Mapping[str, Value]:
    p, q = v["u"] * v["t"], v["w"] * v["t"]
    square = p * p + q * q + (p * q if v["angle"] == 120 else -p * q)
    return {
        "p": p,
        "q": q,
        "half": "\\frac{1}{2}" if v["angle"] == 60 else "\\left(-\\frac{1}{2}\\right)",
        "square": square,
        "answer": isqrt(square),
    }


SHIPS = Template(
    "senior-diverging-courses",
    "senior/solving-triangles",
    draw=_ships,
    work=_ships_work,
    code="from math import cos, hypot, radians, sin\n\na = {u} * {t}\nb = {w} * {t}\nangle = radians({angle})\n"
    "print(round(hypot(a - b * cos(angle), b * sin(angle))))",
    en=Telling(
        questions=(
            "Two {things} leave {place} at the same time on straight courses that form an angle of ${angle}^\\circ$. "
            "One does {u} km an hour, the other {w} km an hour. How many kilometres apart are they after {t} h?",
            "From {place}, one of two {things} moves at {u} km/h and the other at {w} km/h; their directions differ by "
            "${angle}^\\circ$. Find the distance between them in km when {t} h have passed.",
            "The paths of two {things} start together at {place} and enclose ${angle}^\\circ$. Their speeds are {u} "
            "km/h and {w} km/h. What is their distance in km at the end of {t} h?",
        ),
        plans=(
            "I place both in coordinates and compute their distance.",
            "With the start as origin, coordinates give the distance directly.",
        ),
        cot="After {t} h they are ${u} \\cdot {t} = {p}$ km and ${w} \\cdot {t} = {q}$ km from the start. "
        "By the law of cosines the square of their distance is ${p}^2 + {q}^2 - 2 \\cdot {p} \\cdot {q} \\cdot "
        "{half} = {square}$. Its root is ${answer}$ km.",
        scenes=scenes(
            "things/place",
            "planes/an airfield",
            "jets/an airbase",
            "airliners/an airport",
            "aircraft/an island",
        ),
    ),
    zh=Telling(
        questions=(
            "两{things}同时从{place}沿直线出发，方向夹角为${angle}^\\circ$，速度分别为每小时{u}千米和{w}千米，"
            "{t}小时后相距多少千米？",
            "甲、乙两{things}从{place}出发，方向相差${angle}^\\circ$，甲每小时行{u}千米，乙每小时行{w}千米。"
            "经过{t}小时，求两者之间的距离（千米）。",
            "从{place}同时出发的两{things}，路线成${angle}^\\circ$角，时速为{u}千米与{w}千米，"
            "问{t}小时时它们的距离是几千米。",
        ),
        plans=("建立坐标系，直接计算两点距离。", "以出发点为原点，写出两者坐标再求距离。"),
        cot="{t}小时后，两者离出发点${u} \\cdot {t} = {p}$千米和${w} \\cdot {t} = {q}$千米。由余弦定理，距离的平方为"
        "${p}^2 + {q}^2 - 2 \\cdot {p} \\cdot {q} \\cdot {half} = {square}$，所以距离为${answer}$千米。",
        scenes=scenes("things/place", "架客机/航空港", "架运输机/空军基地", "架飞机/机场"),
    ),
)


def _heronian(rng: Random) -> Numbers:
    p, h, c = rng.choice(SMALL_TRIPLES[:50])
    q, k, b = rng.choice(SMALL_TRIPLES[:50])
    # both right triangles are scaled to one height and put side by side
    common = h * k // gcd(h, k)
    if common > 240 or (p, h) == (q, k):
        return _heronian(rng)
    size = rng.randint(1, 6)
    s, t = size * common // h, size * common // k
    return {"a": p * s + q * t, "b": b * t, "c": c * s}


def _circumradius_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    cosine = Fraction(a * a + b * b - c * c, 2 * a * b)
    square = 1 - cosine * cosine
    sine = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    radius = c / (2 * sine)
    return {
        "cosine": fraction(cosine),
        "sine": fraction(sine),
        "radius": fraction(radius),
        "answer": radius,
    }


CIRCUMRADIUS = Template(
    "senior-circumradius",
    "senior/solving-triangles",
    draw=_heronian,
    work=_circumradius_work,
    code="from fractions import Fraction\nfrom math import isqrt\n\na, b, c = {a}, {b}, {c}\n"
    "sixteen_squares = (a + b + c) * (-a + b + c) * (a - b + c) * (a + b - c)\n"
    "print(Fraction(a * b * c, isqrt(sixteen_squares)))",
    en=Telling(
        questions=(
            "Find the radius of the circumcircle of a triangle with sides {a}, {b} and {c}.",
            "The vertices of a triangle with side lengths {a}, {b}, {c} lie on a circle. What is its exact radius?",
            "In triangle $ABC$, $BC = {a}$, $CA = {b}$ and $AB = {c}$. Determine the radius $R$ of its circumscribed "
            "circle.",
        ),
        plans=(
            "The area from Heron's formula gives $R = abc / (4S)$; everything stays exact.",
            "I take the area from the three sides and divide the product of the sides by four times it.",
        ),
        cot="Let $C$ be the angle opposite the side {c}. The law of cosines gives "
        "$\\cos C = \\frac{{{a}^2 + {b}^2 - {c}^2}}{{2 \\cdot {a} \\cdot {b}}} = {cosine}$. "
        "Hence $\\sin C = \\sqrt{{1 - \\cos^2 C}} = {sine}$. By the law of sines, $2R = {c} \\div \\sin C$, "
        "so $R = {radius}$.",
    ),
    zh=Telling(
        questions=(
            "三角形三边长为{a}、{b}、{c}，求其外接圆半径。",
            "边长分别是{a}、{b}、{c}的三角形的顶点都在一个圆上，求这个圆的精确半径。",
            "在$\\triangle ABC$中，$BC = {a}$，$CA = {b}$，$AB = {c}$，求外接圆的半径$R$。",
        ),
        plans=("先由三边求面积，再用$R = abc / (4S)$。", "用三边求出面积，三边之积除以四倍面积。"),
        cot="设边{c}所对的角为$C$，由余弦定理，"
        "$\\cos C = \\frac{{{a}^2 + {b}^2 - {c}^2}}{{2 \\cdot {a} \\cdot {b}}} = {cosine}$，"
        "从而$\\sin C = \\sqrt{{1 - \\cos^2 C}} = {sine}$。由正弦定理，$2R = {c} \\div \\sin C$，所以$R = {radius}$。",
    ),
)

TEMPLATES = (COSINE, SHIPS, CIRCUMRADIUS)
