"""Templates of solid geometry: spheres round boxes, pyramids, frustums, skew lines.

from raymath.data.synthesis.senior.solids import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from random import Random

from raymath.data.synthesis.draws import SMALL_TRIPLES
from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes

SPHERE = Template(
    "senior-box-in-sphere",
    "senior/solid-geometry",
    draw=lambda rng: {"a": rng.randint(2, 25), "b": rng.randint(2, 25), "c": rng.randint(2, 25)},
    work=lambda v: {
        "squares": f"{v['a']}^2 + {v['b']}^2 + {v['c']}^2",
        "answer": v["a"] ** 2 + v["b"] ** 2 + v["c"] ** 2,
    },
    code="from math import dist\n\ncentre = ({a} / 2, {b} / 2, {c} / 2)\nradius = dist(centre, (0, 0, 0))\n"
    "print(round(4 * radius ** 2))",
    en=Telling(
        questions=(
            "All vertices of a box with edges {a}, {b} and {c} lie on a sphere. The surface of the sphere is $k\\pi$. "
            "Find $k$.",
            "A rectangular block of {a} by {b} by {c} is inscribed in a sphere whose surface area equals $k\\pi$. "
            "What is $k$?",
            "Three edges that meet at a corner of a cuboid measure {a}, {b}, {c}. Write the area of its circumscribed "
            "sphere as $k\\pi$ and give $k$.",
        ),
        plans=(
            "The centre of the box is the centre of the sphere; I measure the distance to a vertex.",
            "I compute the radius from coordinates and then the surface without its factor of pi.",
        ),
        cot="The diagonal of the box is a diameter $d$ of the sphere. So $d^2 = {squares} = {answer}$. "
        "The surface is $4\\pi \\left(\\frac{{d}}{{2}}\\right)^2 = \\pi d^2$. Hence $k = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "长方体的三条棱长为{a}、{b}、{c}，八个顶点落在一个球面上，球的表面积为$k\\pi$，求$k$。",
            "棱长分别是{a}、{b}、{c}的长方体内接于一个球，若球的表面积等于$k\\pi$，则$k$是多少？",
            "从一个顶点出发的三条棱长{a}、{b}、{c}的长方体，其外接球表面积写成$k\\pi$，试求$k$的值。",
        ),
        plans=("球心是长方体的中心，求它到顶点的距离。", "用坐标求半径，再算表面积中$\\pi$的系数。"),
        cot="长方体的体对角线是球的直径$d$，所以$d^2 = {squares} = {answer}$。"
        "球的表面积为$4\\pi \\left(\\frac{{d}}{{2}}\\right)^2 = \\pi d^2$，因此$k = {answer}$。",
    ),
)


def _pyramid(rng: Random) -> Numbers:
    half, height, slant = rng.choice([triple for triple in SMALL_TRIPLES if triple[2] < 120])
    k = rng.randint(1, 5)
    depth = rng.randint(1, height * k - 1)
    return {"side": 2 * half * k, "slant": slant * k, "depth": depth}


def _pyramid_work(v: Numbers) -> Mapping[str, Value]:
    height = isqrt(v["slant"] ** 2 - (v["side"] // 2) ** 2)
    section = Fraction(v["side"] * v["depth"], height)
    return {
        "half": v["side"] // 2,
        "height": height,
        "section": fraction(section),
        "area": fraction(section**2),
        "answer": section**2,
    }


PYRAMID = Template(
    "senior-pyramid-section",
    "senior/solid-geometry",
    draw=_pyramid,
    work=_pyramid_work,
    code="from fractions import Fraction\nfrom math import isqrt\n\nheight = isqrt({slant} ** 2 - ({side} // 2) ** 2)\n"
    "# areas of parallel sections go with the square of the depth\n"
    "print({side} ** 2 * Fraction({depth} ** 2, height ** 2))",
    en=Telling(
        questions=(
            "A regular pyramid has a square base of side {side} and faces of slant height {slant}. A plane parallel "
            "to the base cuts it {depth} below the apex. Find the area of the section.",
            "The base of a regular square pyramid has side {side}, the altitude of each lateral face is {slant}. "
            "What is the area of the horizontal cross-section at the depth {depth} under the top?",
            "In a regular four-sided pyramid with base edge {side} and slant height {slant}, determine the area of the "
            "section parallel to the base whose distance from the apex is {depth}.",
        ),
        plans=(
            "I compute the height and scale the area of the base by the square of the depth.",
            "Parallel sections are similar, so their areas follow from the height.",
        ),
        cot="Half the base side, the height and the slant height form a right triangle. So the height is "
        "$\\sqrt{{{slant}^2 - {half}^2}} = {height}$. The section is a square similar to the base, its side is "
        "${side} \\cdot \\frac{{{depth}}}{{{height}}} = {section}$. Its area is ${area}$.",
    ),
    zh=Telling(
        questions=(
            "正四棱锥的底面边长为{side}，斜高为{slant}，作一个与底面平行的截面，它距顶点{depth}，求截面面积。",
            "一个正四棱锥底面边长{side}，侧面上的高为{slant}，在顶点下方{depth}处作平行于底面的截面，它的面积是多少？",
            "底面边长是{side}、斜高是{slant}的正四棱锥，被距顶点{depth}且与底面平行的平面所截，截面的面积等于几？",
        ),
        plans=("先求棱锥的高，再按距离之比的平方缩小底面积。", "平行截面与底面相似，由高算出面积。"),
        cot="底面边长的一半、高和斜高构成直角三角形，所以高为$\\sqrt{{{slant}^2 - {half}^2}} = {height}$。"
        "截面是与底面相似的正方形，边长为${side} \\cdot \\frac{{{depth}}}{{{height}}} = {section}$，面积为${area}$。",
    ),
)


def _frustum(rng: Random) -> Numbers:
    small = rng.randint(2, 15)
    return {"small": small, "large": small + rng.randint(1, 18), "h": 3 * rng.randint(2, 25)}


FRUSTUM = Template(
    "senior-frustum-volume",
    "senior/solid-geometry",
    draw=_frustum,
    work=lambda v: {
        "sum": v["small"] ** 2 + v["small"] * v["large"] + v["large"] ** 2,
        "third": v["h"] // 3,
        "answer": v["h"] // 3 * (v["small"] ** 2 + v["small"] * v["large"] + v["large"] ** 2),
    },
    code="from fractions import Fraction\n\n# a whole cone without its tip\n"
    "whole = Fraction({h} * {large}, {large} - {small})\ntip = whole - {h}\n"
    "print(({large} ** 2 * whole - {small} ** 2 * tip) / 3)",
    en=Telling(
        questions=(
            "A {thing} has the shape of a frustum of a cone: the radii of its ends are {small} cm and {large} cm, "
            "its height is {h} cm. Its volume is $k\\pi$ cubic centimetres. Find $k$.",
            "The two circular faces of a {thing} in the form of a truncated cone have radii {large} cm and {small} "
            "cm and lie {h} cm apart. What is $k$ if it holds $k\\pi$ cubic centimetres?",
            "How many times $\\pi$ is the volume in cubic centimetres of a {thing} that is a conical frustum {h} cm "
            "high with end radii of {small} cm and {large} cm?",
        ),
        plans=(
            "I extend the frustum to a full cone and subtract the tip.",
            "The volume is that of a large cone less that of a small one.",
        ),
        cot="The volume of a frustum is $\\frac{{1}}{{3}}\\pi h (r^2 + rR + R^2)$. "
        "Here ${small}^2 + {small} \\cdot {large} + {large}^2 = {sum}$ and $\\frac{{1}}{{3}} \\cdot {h} = {third}$. "
        "So $k = {third} \\cdot {sum} = {answer}$.",
        scenes=scenes("thing", "bucket", "flower pot", "lampshade", "paper cup"),
    ),
    zh=Telling(
        questions=(
            "一个圆台形{thing}，两底面半径为{small}厘米和{large}厘米，高{h}厘米，体积为$k\\pi$立方厘米，求$k$。",
            "圆台形{thing}的上、下口半径分别是{large}厘米、{small}厘米，两口相距{h}厘米，它的容积是$k\\pi$立方厘米，"
            "$k$等于多少？",
            "已知圆台形{thing}高为{h}厘米，两个圆面的半径为{small}厘米与{large}厘米，"
            "它的体积（立方厘米）是$\\pi$的几倍？",
        ),
        plans=("把圆台补成圆锥，再减去小圆锥。", "大圆锥体积减去小圆锥体积。"),
        cot="圆台体积为$\\frac{{1}}{{3}}\\pi h (r^2 + rR + R^2)$。其中"
        "${small}^2 + {small} \\cdot {large} + {large}^2 = {sum}$，$\\frac{{1}}{{3}} \\cdot {h} = {third}$，"
        "所以$k = {third} \\cdot {sum} = {answer}$。",
        scenes=scenes("thing", "水桶", "花盆", "灯罩", "纸杯"),
    ),
)


#: (other leg, shared leg, other leg) of two right triangles with whole sides.
_SHARED = [
    (a, c, b)
    for c in range(12, 181)
    for legs in [[x * c // y for x, y, _ in SMALL_TRIPLES if c % y == 0 and x * c <= 300 * y]]
    for a in legs
    for b in legs
]


def _skew(rng: Random) -> Numbers:
    a, c, b = rng.choice(_SHARED)
    k = rng.randint(1, 3)
    return {"a": k * a, "b": k * b, "c": k * c}


def _skew_work(v: Numbers) -> Mapping[str, Value]:
    first, second = isqrt(v["a"] ** 2 + v["c"] ** 2), isqrt(v["b"] ** 2 + v["c"] ** 2)
    answer = Fraction(v["c"] ** 2, first * second)
    return {"first": first, "second": second, "dot": v["c"] ** 2, "value": fraction(answer), "answer": answer}


SKEW = Template(
    "senior-skew-diagonals",
    "senior/solid-geometry",
    draw=_skew,
    work=_skew_work,
    code="from fractions import Fraction\nfrom math import hypot\n\n# law of cosines in triangle A C B1: AD1 is "
    "parallel to BC1\n"
    "p, q, r = hypot({a}, {c}), hypot({b}, {c}), hypot({a}, {b})\ncosine = (p * p + q * q - r * r) / (2 * p * q)\n"
    "print(Fraction(cosine).limit_denominator(round(p * q)))",
    en=Telling(
        questions=(
            "In the cuboid $ABCD$-$A_1B_1C_1D_1$, $AB = {a}$, $BC = {b}$ and $AA_1 = {c}$. Find the cosine of the "
            "angle between the skew lines $AB_1$ and $BC_1$.",
            "A box $ABCD$-$A_1B_1C_1D_1$ has edges $AB = {a}$, $BC = {b}$, $AA_1 = {c}$. The lines $AB_1$ and $BC_1$ "
            "form an angle $\\theta$; what is $\\cos\\theta$ exactly?",
            "Let $AB = {a}$, $BC = {b}$, $AA_1 = {c}$ in a rectangular box $ABCD$-$A_1B_1C_1D_1$. Compute the cosine "
            "of the angle formed by the face diagonals $AB_1$ and $BC_1$.",
        ),
        plans=(
            "$AD_1$ is parallel to $BC_1$, so the law of cosines in a triangle of face diagonals gives the angle.",
            "Three face diagonals form a triangle that contains the angle; I use its sides.",
        ),
        cot="Take coordinates along $AB$, $BC$, $AA_1$. Then $\\overrightarrow{{AB_1}} = ({a}, 0, {c})$ and "
        "$\\overrightarrow{{BC_1}} = (0, {b}, {c})$. Their scalar product is ${c}^2 = {dot}$. "
        "Their lengths are $\\sqrt{{{a}^2 + {c}^2}} = {first}$ and $\\sqrt{{{b}^2 + {c}^2}} = {second}$. "
        "The cosine is $\\frac{{{dot}}}{{{first} \\cdot {second}}} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "长方体$ABCD$-$A_1B_1C_1D_1$中，$AB = {a}$，$BC = {b}$，$AA_1 = {c}$，"
            "求异面直线$AB_1$与$BC_1$所成角的余弦值。",
            "已知长方体$ABCD$-$A_1B_1C_1D_1$的棱$AB = {a}$，$BC = {b}$，$AA_1 = {c}$，"
            "直线$AB_1$和$BC_1$的夹角为$\\theta$，则$\\cos\\theta$是多少？",
            "在棱长$AB = {a}$、$BC = {b}$、$AA_1 = {c}$的长方体$ABCD$-$A_1B_1C_1D_1$里，"
            "面对角线$AB_1$与$BC_1$所成角的余弦等于几？",
        ),
        plans=("$AD_1$平行于$BC_1$，在面对角线构成的三角形中用余弦定理。", "三条面对角线围成三角形，由三边求夹角。"),
        cot="以$AB$、$BC$、$AA_1$的方向为坐标轴，则$\\overrightarrow{{AB_1}} = ({a}, 0, {c})$，"
        "$\\overrightarrow{{BC_1}} = (0, {b}, {c})$，数量积为${c}^2 = {dot}$。两向量的长为"
        "$\\sqrt{{{a}^2 + {c}^2}} = {first}$和$\\sqrt{{{b}^2 + {c}^2}} = {second}$，"
        "所以余弦值为$\\frac{{{dot}}}{{{first} \\cdot {second}}} = {value}$。",
    ),
)

TEMPLATES = (SPHERE, PYRAMID, FRUSTUM, SKEW)
