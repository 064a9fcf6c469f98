"""Templates of triangles and congruence.

from raymath.data.synthesis.junior.triangles import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import polynomial
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _angles(rng: Random) -> Numbers:
    while True:
        a, b, d, x = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 9), rng.randint(4, 30)
        c = nonzero(rng, 40)
        e = 180 - (a + b + d) * x - c
        angles = (a * x, b * x + c, d * x + e)
        if e and abs(e) <= 60 and min(angles) > 10 and len(set(angles)) == 3:
            return {"a": a, "b": b, "c": c, "d": d, "e": e}


def _angles_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, e = (v[name] for name in "abcde")
    x = (180 - c - e) // (a + b + d)
    return {
        "two": polynomial((b, c)),
        "three": polynomial((d, e)),
        "sum": f"{polynomial((a + b + d, c + e))} = 180",
        "x": x,
        "first": a * x,
        "second": b * x + c,
        "third": d * x + e,
        "answer": max(a * x, b * x + c, d * x + e),
    }


ANGLES = Template(
    "junior-angles-in-one-letter",
    "junior/triangles",
    draw=_angles,
    work=_angles_work,
    code="""\
for x in range(1, 90):
    angles = [{a} * x, {b} * x + ({c}), {d} * x + ({e})]
    if min(angles) > 0 and sum(angles) == 180:
        print(max(angles))""",
    en=Telling(
        questions=(
            "The angles of a triangle are ${a}x$, ${two}$ and ${three}$ degrees. How large is the largest of them, "
            "in degrees?",
            r"In triangle $ABC$, $\angle A = ({a}x)^\circ$, $\angle B = ({two})^\circ$ and "
            r"$\angle C = ({three})^\circ$. "
            "Find its largest angle in degrees.",
            r"A triangle has the angles $({a}x)^\circ$, $({two})^\circ$, $({three})^\circ$ for some number $x$. "
            "What is the measure of the greatest one?",
        ),
        plans=("I try values of $x$ until the angles add up to 180.", "The angle sum fixes $x$; I search for it."),
        cot="The angles add up to 180 degrees: ${a}x + ({two}) + ({three}) = 180$, so ${sum}$ and $x = {x}$. "
        "They are {first}, {second} and {third} degrees. The largest is {answer} degrees.",
    ),
    zh=Telling(
        questions=(
            r"三角形的三个内角分别为 $({a}x)^\circ$、$({two})^\circ$、$({three})^\circ$，其中最大的角是多少度？",
            r"在三角形 $ABC$ 中，$\angle A = ({a}x)^\circ$，$\angle B = ({two})^\circ$，$\angle C = ({three})^\circ$，"
            "求最大内角的度数。",
            "一个三角形三个角的度数可以写成 ${a}x$、${two}$ 和 ${three}$，最大角等于几度？",
        ),
        plans=("枚举 $x$，使三个角的和为180度。", "由内角和确定 $x$，用循环搜索。"),
        cot="由内角和得 ${a}x + ({two}) + ({three}) = 180$，即 ${sum}$，所以 $x = {x}$。"
        "三个角依次为 {first} 度、{second} 度、{third} 度，最大的是 {answer} 度。",
    ),
)


def _sides(rng: Random) -> Numbers:
    a, b = rng.sample(range(6, 180), 2)
    return {"a": a, "b": b}


def _sides_work(v: Numbers) -> Mapping[str, Value]:
    low, high = abs(v["a"] - v["b"]), v["a"] + v["b"]
    least, most = low + 2 - low % 2, high - 2 + high % 2
    return {
        "long": max(v["a"], v["b"]),
        "short": min(v["a"], v["b"]),
        "low": low,
        "high": high,
        "least": least,
        "most": most,
        "span": most - least,
        "answer": (most - least) // 2 + 1,
    }


SIDES = Template(
    "junior-even-third-side",
    "junior/triangles",
    draw=_sides,
    work=_sides_work,
    code="""\
count = 0
for third in range(2, {a} + {b} + 1, 2):
    a, b, c = sorted([{a}, {b}, third])
    if a + b > c:
        count += 1
print(count)""",
    en=Telling(
        questions=(
            "Two sides of a triangle are {a} cm and {b} cm long. The third side is an even number of centimetres. "
            "How many lengths are possible for it?",
            "A triangle has sides of {a} cm, {b} cm and $c$ cm, where $c$ is even. Count the values that $c$ can have.",
            "With sticks of {a} cm and {b} cm, for how many even numbers $c$ can a stick of $c$ cm complete a "
            "triangle?",
        ),
        plans=(
            "I test every even length with the triangle inequality.",
            "A loop over even lengths counts those that form a triangle.",
        ),
        cot="The third side is longer than ${long} - {short} = {low}$ and shorter than ${a} + {b} = {high}$. "
        r"The even numbers in between run from {least} to {most}, which are ${span} \div 2 + 1 = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "三角形的两边长分别是{a}厘米和{b}厘米，第三边的厘米数是偶数，第三边的长有多少种可能？",
            "三边为{a}厘米、{b}厘米、$c$厘米的三角形中，若 $c$ 是偶数，$c$ 可以取几个值？",
            "有两根长{a}厘米和{b}厘米的木棒，再配一根长为偶数厘米的木棒组成三角形，共有多少种选法？",
        ),
        plans=("逐个检验偶数长度是否满足三边关系。", "用循环数出能构成三角形的偶数。"),
        cot="第三边大于 ${long} - {short} = {low}$，小于 ${a} + {b} = {high}$。"
        r"其间的偶数从 {least} 到 {most}，共 ${span} \div 2 + 1 = {answer}$ 个。",
    ),
)


def _on_line(rng: Random) -> Numbers:
    a, b = rng.sample(range(3, 140), 2)
    return {"a": a, "b": b}


ON_LINE = Template(
    "junior-right-angle-on-a-line",
    "junior/triangles",
    draw=_on_line,
    work=lambda v: {
        "aa": v["a"] ** 2,
        "bb": v["b"] ** 2,
        "square": v["a"] ** 2 + v["b"] ** 2,
        "answer": Decimal(v["a"] ** 2 + v["b"] ** 2) / 2,
    },
    code="""\
# A is the origin, the line is the x-axis
d, e = -{b}, {a}
corners = [(0, 0), (e, {b}), (d, {a})]
twice = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(corners, corners[1:] + corners[:1]))
whole, half = divmod(abs(twice), 2)
print(f"{{whole}}.5" if half else whole)""",
    en=Telling(
        questions=(
            r"In triangle $ABC$, $\angle BAC = 90^\circ$ and $AB = AC$. A line through $A$ leaves $B$ and $C$ on "
            r"the same "
            "side; $BD$ and $CE$ are perpendicular to it, with feet $D$ and $E$. If $BD = {a}$ and $CE = {b}$, "
            "find the area of triangle $ABC$.",
            "An isosceles right triangle $ABC$ has its right angle at $A$, a point of the line $l$; $B$ and $C$ are on "
            "one side of $l$, at distances {a} and {b} from it. What is the area of the triangle?",
            "The corner $A$ of a right isosceles triangle ($AB = AC$, right angle at $A$) touches a line. The other "
            "corners, on the same side of the line, are {a} and {b} away from it. Compute the triangle's area.",
        ),
        plans=(
            "I place $A$ at the origin and the line on the $x$-axis, and compute the area from coordinates.",
            "Coordinates for the three corners give the area.",
        ),
        cot="Let $D$ and $E$ be the feet of the perpendiculars from $B$ and $C$. "
        r"$\angle ABD$ and $\angle CAE$ both complete $\angle BAD$ to a right angle, and $AB = AC$, so triangles $ABD$ "
        "and $CAE$ are congruent (AAS). Hence $AD = CE = {b}$ and $AB^2 = {a}^2 + {b}^2 = {aa} + {bb} = {square}$. "
        r"The area is $\frac{{1}}{{2}}AB^2 = {square} \div 2 = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"在三角形 $ABC$ 中，$\angle BAC = 90^\circ$，$AB = AC$，直线 $l$ 过点 $A$，$B$、$C$ 在 $l$ 的同侧，"
            r"$BD \perp l$ 于 $D$，$CE \perp l$ 于 $E$。若 $BD = {a}$，$CE = {b}$，求三角形 $ABC$ 的面积。",
            "等腰直角三角形 $ABC$ 的直角顶点 $A$ 在直线 $l$ 上，另外两个顶点位于 $l$ 的同一侧，"
            "到 $l$ 的距离分别为 {a} 和 {b}，它的面积有多大？",
            "把等腰直角三角板的直角顶点放在一条直线上，两个锐角顶点在直线同侧，且与直线相距 {a} 与 {b}，"
            "求三角板所在三角形的面积。",
        ),
        plans=("以 $A$ 为原点、直线为 $x$ 轴建立坐标系，由坐标求面积。", "写出三个顶点的坐标，再用叉积求面积。"),
        cot=r"设 $B$、$C$ 到直线的垂足为 $D$、$E$。$\angle ABD$ 与 $\angle CAE$ 都和 $\angle BAD$ 互余，所以相等，"
        r"又 $AB = AC$，因此 $\triangle ABD \cong \triangle CAE$（AAS），$AD = CE = {b}$。"
        r"于是 $AB^2 = {a}^2 + {b}^2 = {aa} + {bb} = {square}$，面积为 "
        r"$\frac{{1}}{{2}}AB^2 = {square} \div 2 = {answer}$。",
    ),
)

TEMPLATES = (ANGLES, SIDES, ON_LINE)
