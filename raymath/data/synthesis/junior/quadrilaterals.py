"""Templates of quadrilaterals and polygons.

from raymath.data.synthesis.junior.quadrilaterals import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _left_out(rng: Random) -> Numbers:
    return {"s": 180 * rng.randint(3, 60) - rng.randint(5, 175)}


def _left_out_work(v: Numbers) -> Mapping[str, Value]:
    quotient, rest = divmod(v["s"], 180)
    return {
        "quotient": quotient,
        "rest": rest,
        "sides": quotient + 3,
        "whole": 180 * (quotient + 1),
        "factor": quotient + 1,
        "answer": 180 - rest,
    }


LEFT_OUT = Template(
    "junior-angle-left-out",
    "junior/quadrilaterals",
    draw=_left_out,
    work=_left_out_work,
    code="""\
for n in range(3, 100):
    missing = (n - 2) * 180 - {s}
    if 0 < missing < 180:
        print(missing)""",
    en=Telling(
        questions=(
            r"{name} adds up the interior angles of a convex polygon but forgets one of them and gets ${s}^\circ$. "
            "How many degrees is the forgotten angle?",
            "All interior angles of a convex polygon except one sum to {s} degrees. What is the size of the remaining "
            "angle in degrees?",
            r"Leaving out a single interior angle of a convex polygon, the others total ${s}^\circ$. "
            "Find the angle left out, in degrees.",
        ),
        plans=(
            "I try numbers of sides until the missing angle is between 0 and 180 degrees.",
            "The angle sum grows by 180 with each side; only one number of sides fits.",
        ),
        cot=r"The sum of all angles is a multiple of $180^\circ$. ${s} = 180 \times {quotient} + {rest}$, and the "
        r"missing "
        r"angle is between $0^\circ$ and $180^\circ$, so the full sum is $180 \times {factor} = {whole}$ "
        "(the polygon has {sides} sides). The angle is ${whole} - {s} = {answer}$ degrees.",
    ),
    zh=Telling(
        questions=(
            r"{name}求某凸多边形各内角之和时漏加了一个，得到 ${s}^\circ$，漏掉的角是多少度？",
            r"某凸多边形除一个内角外，其余各内角之和为 ${s}^\circ$，求这个内角的度数。",
            "把一个凸多边形的内角相加，少算一个角时总和是{s}度，少算的那个角等于几度？",
        ),
        plans=("枚举边数，使缺少的角在0度与180度之间。", "内角和是180的倍数，搜索合适的边数。"),
        cot=r"内角和是 $180^\circ$ 的整数倍。${s} = 180 \times {quotient} + {rest}$，漏掉的角大于 $0^\circ$ 小于 "
        r"$180^\circ$，所以内角和为 $180 \times {factor} = {whole}$（这是{sides}边形），"
        "漏掉的角为 ${whole} - {s} = {answer}$ 度。",
    ),
)


def _heights(rng: Random) -> Numbers:
    while True:
        e, f = rng.sample(range(3, 61), 2)
        t = Fraction(rng.randint(5, 24), 4)
        # each height belongs to the side that is t times the other height
        if (t * e).denominator == (t * f).denominator == 1:
            return {"p": int(2 * t * (e + f)), "e": e, "f": f}


def _heights_work(v: Numbers) -> Mapping[str, Value]:
    half = Fraction(v["p"], 2)
    base = half * v["f"] / (v["e"] + v["f"])
    return {
        "half": half,
        "both": v["e"] + v["f"],
        "right": half * v["f"],
        "base": base,
        "answer": base * v["e"],
    }


HEIGHTS = Template(
    "junior-parallelogram-two-heights",
    "junior/quadrilaterals",
    draw=_heights,
    work=_heights_work,
    code="""\
for base in range(1, {p} // 2):
    side = {p} // 2 - base
    # both sides give the same area with their heights
    if base * {e} == side * {f}:
        print(base * {e})""",
    en=Telling(
        questions=(
            r"Parallelogram $ABCD$ has a perimeter of {p}. $AE \perp BC$ and $AF \perp CD$ with $AE = {e}$ and "
            "$AF = {f}$. Find its area.",
            "The two heights of a parallelogram are {e} and {f}, and its perimeter is {p}. What is its area?",
            "A parallelogram with perimeter {p} has distance {e} between one pair of opposite sides and {f} "
            "between the "
            "other pair. Compute the area.",
        ),
        plans=(
            "I search for the two sides that give the same area with their heights.",
            "Half the perimeter is split so that both products agree.",
        ),
        cot="Let the sides be $x$ (with height {e}) and ${half} - x$ (with height {f}). The area computed both "
        "ways gives "
        "${e}x = {f}({half} - x)$, so ${both}x = {right}$ and $x = {base}$. "
        r"The area is ${base} \times {e} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"平行四边形 $ABCD$ 的周长为{p}，$AE \perp BC$ 于 $E$，$AF \perp CD$ 于 $F$，$AE = {e}$，$AF = {f}$，"
            r"求它的面积。",
            "一个平行四边形两条邻边上的高分别是{e}和{f}，周长是{p}，它的面积是多少？",
            "周长为{p}的平行四边形，一组对边之间的距离为{e}，另一组对边之间的距离为{f}，其面积等于几？",
        ),
        plans=("搜索两条邻边，使两种方法算出的面积相等。", "把半周长分成两段，使底乘高相等。"),
        cot="设高为 {e} 的边长是 $x$，则高为 {f} 的边长是 ${half} - x$。由面积相等得 ${e}x = {f}({half} - x)$，"
        r"即 ${both}x = {right}$，$x = {base}$。面积为 ${base} \times {e} = {answer}$。",
    ),
)


def _trapezoid(rng: Random) -> Numbers:
    a, b = sorted(rng.sample(range(4, 150), 2))
    return {"a": a, "b": b}


TRAPEZOID = Template(
    "junior-trapezoid-with-60-degrees",
    "junior/quadrilaterals",
    draw=_trapezoid,
    work=lambda v: {"gap": v["b"] - v["a"], "answer": v["a"] + v["b"] + 2 * (v["b"] - v["a"])},
    code="""\
from math import dist, radians, tan
overhang = ({b} - {a}) / 2
height = overhang * tan(radians(60))
corners = [(0, 0), ({b}, 0), ({b} - overhang, height), (overhang, height)]
perimeter = sum(dist(p, q) for p, q in zip(corners, corners[1:] + corners[:1]))
print(round(perimeter))""",
    en=Telling(
        questions=(
            r"In trapezoid $ABCD$, $AD \parallel BC$, $AB = CD$, $AD = {a}$, $BC = {b}$ and $\angle B = 60^\circ$. "
            "Find the perimeter.",
            "An isosceles trapezoid has parallel sides of {a} and {b}; the angles at the longer one are 60 degrees. "
            "What is its perimeter?",
            "The bases of an isosceles trapezoid measure {b} and {a}, and its legs make angles of 60 degrees with the "
            "longer base. How long is its boundary?",
        ),
        plans=(
            "I put the corners into coordinates and add up the four distances.",
            "Height and overhang give the corners; the perimeter is a sum of distances.",
        ),
        cot=r"Draw $AE \parallel DC$ with $E$ on the longer base $BC$. Then $EC = AD = {a}$, "
        r"so $BE = {b} - {a} = {gap}$. Triangle $ABE$ is isosceles with an angle of $60^\circ$, hence equilateral, "
        r"and $AB = CD = {gap}$. The perimeter is ${a} + {b} + 2 \times {gap} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"梯形 $ABCD$ 中，$AD \parallel BC$，$AB = CD$，$AD = {a}$，$BC = {b}$，$\angle B = 60^\circ$，求周长。",
            "等腰梯形的上、下底分别是{a}和{b}，下底角为60度，它的周长是多少？",
            "已知等腰梯形较长的底为{b}，较短的底为{a}，腰与长底成60度角，这个梯形的四边之和等于几？",
        ),
        plans=("写出四个顶点的坐标，求四条边长之和。", "由高和底边差确定顶点，再求周长。"),
        cot=r"过 $A$ 作 $AE \parallel DC$ 交下底 $BC$ 于 $E$，则 $EC = AD = {a}$，$BE = {b} - {a} = {gap}$。"
        r"三角形 $ABE$ 是有一个角为 $60^\circ$ 的等腰三角形，即等边三角形，所以 $AB = CD = {gap}$。"
        r"周长为 ${a} + {b} + 2 \times {gap} = {answer}$。",
    ),
)

TEMPLATES = (LEFT_OUT, HEIGHTS, TRAPEZOID)
