"""Templates of the trigonometry of right triangles.

from raymath.data.synthesis.junior.right_triangles import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import gcd, isqrt, lcm
from random import Random

from raymath.data.synthesis.draws import TRIPLES
from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _special(rng: Random) -> Numbers:
    return {name: rng.randint(2, 20) for name in "abcd"}


SPECIAL = Template(
    "junior-special-angles",
    "junior/right-triangles",
    draw=_special,
    work=lambda v: {
        "one": Decimal(v["a"]) / 2,
        "two": 3 * v["b"],
        "three": Decimal(v["c"]) / 2,
        "answer": Decimal(v["a"] - v["c"]) / 2 + 3 * v["b"] - v["d"],
    },
    code="""\
from math import cos, radians, sin, tan
value = {a} * sin(radians(30)) + {b} * tan(radians(60)) ** 2 - {c} * cos(radians(45)) ** 2 - {d} * tan(radians(45))
print(f"{{round(2 * value) / 2:g}}")""",
    en=Telling(
        questions=(
            r"Evaluate ${a}\sin 30^\circ + {b}\tan^2 60^\circ - {c}\cos^2 45^\circ - {d}\tan 45^\circ$.",
            r"What is the exact value of "
            r"${b}\tan^2 60^\circ + {a}\sin 30^\circ - {d}\tan 45^\circ - {c}\cos^2 45^\circ$?",
            r"Find ${a}\sin 30^\circ - {d}\tan 45^\circ + {b}\tan^2 60^\circ - {c}\cos^2 45^\circ$ without a table.",
        ),
        plans=(
            "I compute the sum numerically; it is a multiple of one half.",
            "Numeric values of the functions, rounded to halves at the end.",
        ),
        cot=r"$\sin 30^\circ = \frac{{1}}{{2}}$, $\tan^2 60^\circ = (\sqrt{{3}})^2 = 3$, "
        r"$\cos^2 45^\circ = \frac{{1}}{{2}}$ and $\tan 45^\circ = 1$. The terms are {one}, {two}, {three} and {d}, "
        "so the value is ${one} + {two} - {three} - {d} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"计算 ${a}\sin 30^\circ + {b}\tan^2 60^\circ - {c}\cos^2 45^\circ - {d}\tan 45^\circ$。",
            r"求 ${b}\tan^2 60^\circ + {a}\sin 30^\circ - {d}\tan 45^\circ - {c}\cos^2 45^\circ$ 的值。",
            r"${a}\sin 30^\circ - {d}\tan 45^\circ + {b}\tan^2 60^\circ - {c}\cos^2 45^\circ$ 等于多少？",
        ),
        plans=("数值计算各项，结果是0.5的整数倍。", "先求近似值，再按0.5的倍数取整。"),
        cot=r"$\sin 30^\circ = \frac{{1}}{{2}}$，$\tan^2 60^\circ = (\sqrt{{3}})^2 = 3$，"
        r"$\cos^2 45^\circ = \frac{{1}}{{2}}$，$\tan 45^\circ = 1$。各项分别为 {one}、{two}、{three}、{d}，"
        "所以原式 $= {one} + {two} - {three} - {d} = {answer}$。",
    ),
)


def _tower(rng: Random) -> Numbers:
    while True:
        p, q, r, s = (rng.randint(1, 9) for _ in "pqrs")
        if gcd(p, q) == gcd(r, s) == 1 and p * s < r * q and p != q and r != s:
            height = lcm(p, r) * rng.randint(1, 30)
            distance = height * q // p - height * s // r
            if 8 <= height <= 240 and distance <= 400 and distance != height:
                return {"p": p, "q": q, "r": r, "s": s, "d": distance}


def _tower_work(v: Numbers) -> Mapping[str, Value]:
    far, near = Fraction(v["q"], v["p"]), Fraction(v["s"], v["r"])
    return {
        "tan_far": fraction(1 / far),
        "tan_near": fraction(1 / near),
        "far": fraction(far),
        "near": fraction(near),
        "gap": fraction(far - near),
        "answer": v["d"] / (far - near),
    }


TOWER = Template(
    "junior-tower-from-two-points",
    "junior/right-triangles",
    draw=_tower,
    work=_tower_work,
    code="""\
from sympy import Rational, solve, symbols
h, x = symbols("h x")
# x is the distance of the nearer point from the foot
found = solve([h - Rational({r}, {s}) * x, h - Rational({p}, {q}) * (x + {d})], [h, x])
print(found[h])""",
    sympy=True,
    en=Telling(
        questions=(
            r"From a point on level ground the top of a {tower} is seen at an elevation $\alpha$ with "
            r"$\tan\alpha = {tan_far}$. {d} m nearer, the elevation is $\beta$ with $\tan\beta = {tan_near}$. "
            "How high is the {tower} in metres?",
            r"Walking {d} m straight towards a {tower} raises the angle of elevation of its top from $\alpha$ to "
            r"$\beta$, "
            r"where $\tan\alpha = {tan_far}$ and $\tan\beta = {tan_near}$. Find its height in metres.",
            "Two points $P$ and $Q$ on level ground lie on one line with the foot of a {tower}, on the same side "
            "of it, "
            r"$PQ = {d}$ m. The elevations of the top have tangents ${tan_far}$ at $P$ and ${tan_near}$ at $Q$. "
            "What is the height in metres?",
        ),
        plans=(
            "Let $h$ be the height and $x$ the nearer distance; I solve the two equations.",
            "Each tangent gives an equation in height and distance.",
        ),
        cot="Let the height be $h$ m. The distances from the foot are ${far}h$ and ${near}h$, "
        "since distance is height divided by tangent. Their difference is {d}: ${far}h - {near}h = {gap}h = {d}$. "
        "So $h = {answer}$.",
        scenes=scenes("tower", "tower", "chimney", "church spire", "cliff"),
    ),
    zh=Telling(
        questions=(
            r"在地面上一点测得{tower}顶的仰角为 $\alpha$，$\tan\alpha = {tan_far}$；向{tower}前进{d}米后，仰角为 "
            r"$\beta$，"
            r"$\tan\beta = {tan_near}$。{tower}高多少米？",
            r"朝{tower}底部直走{d}米，{tower}顶的仰角由 $\alpha$ 变为 $\beta$，已知 $\tan\alpha = {tan_far}$，"
            r"$\tan\beta = {tan_near}$，求{tower}的高度（米）。",
            "地面上的点 $P$、$Q$ 与{tower}底在同一直线上，且在{tower}的同侧，$PQ = {d}$ 米。"
            "从 $P$、$Q$ 看{tower}顶，仰角的正切值分别是 ${tan_far}$ 和 ${tan_near}$，{tower}的高是几米？",
        ),
        plans=("设高为 $h$、较近的距离为 $x$，列两个方程求解。", "由两个正切值列方程组。"),
        cot="设高为 $h$ 米。水平距离等于高除以仰角的正切，两处到底部的距离分别为 ${far}h$ 和 ${near}h$。"
        "它们相差 {d} 米：${far}h - {near}h = {gap}h = {d}$，所以 $h = {answer}$。",
        scenes=scenes("tower", "塔", "烟囱", "铁塔", "大楼"),
    ),
)


def _sine(rng: Random) -> Numbers:
    while True:
        a, b, c = rng.choice(TRIPLES)
        leg = b * rng.randint(2, 120)
        if leg < 10000:
            return {"a": a, "c": c, "b": leg}


def _sine_work(v: Numbers) -> Mapping[str, Value]:
    a, c = v["a"], v["c"]
    side = isqrt(c * c - a * a)
    scale = v["b"] // side
    return {
        "square": c * c - a * a,
        "side": side,
        "scale": scale,
        "opposite": a * scale,
        "hypotenuse": c * scale,
        "answer": a * scale + v["b"] + c * scale,
    }


SINE = Template(
    "junior-perimeter-from-a-sine",
    "junior/right-triangles",
    draw=_sine,
    work=_sine_work,
    code="""\
from math import asin, cos, sin
angle = asin({a} / {c})
hypotenuse = {b} / cos(angle)
opposite = hypotenuse * sin(angle)
print(round({b} + opposite + hypotenuse))""",
    en=Telling(
        questions=(
            r"In triangle $ABC$, $\angle C = 90^\circ$, $\sin A = \frac{{{a}}}{{{c}}}$ and $AC = {b}$. Find the "
            r"perimeter.",
            r"A right triangle has an acute angle with sine $\frac{{{a}}}{{{c}}}$, and the leg next to this angle "
            r"is {b} long. "
            "What is the perimeter of the triangle?",
            r"The leg $AC$ of a triangle with a right angle at $C$ measures {b}, and $\sin A = \frac{{{a}}}{{{c}}}$. "
            "How long are the three sides together?",
        ),
        plans=(
            "I compute the angle from its sine, then both unknown sides, and round.",
            "Inverse sine, then cosine and sine give the sides.",
        ),
        cot=r"With $\sin A = \frac{{BC}}{{AB}}$ put $BC = {a}k$ and $AB = {c}k$. Then "
        r"$AC = \sqrt{{{c}^2 - {a}^2}}\,k = \sqrt{{{square}}}\,k = {side}k = {b}$, so $k = {scale}$. "
        "The other sides are {opposite} and {hypotenuse}, the perimeter is "
        "${opposite} + {b} + {hypotenuse} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"三角形 $ABC$ 中，$\angle C = 90^\circ$，$\sin A = \frac{{{a}}}{{{c}}}$，$AC = {b}$，求它的周长。",
            r"直角三角形一个锐角的正弦值是 $\frac{{{a}}}{{{c}}}$，这个角的邻边（直角边）长{b}，三角形的周长是多少？",
            r"以 $C$ 为直角顶点的三角形 $ABC$，直角边 $AC$ 长{b}，且 $\sin A = \frac{{{a}}}{{{c}}}$，三边之和等于几？",
        ),
        plans=("由正弦求出角，再求另外两边，结果取整。", "先用反正弦得到角度，再用余弦、正弦求边长。"),
        cot=r"由 $\sin A = \frac{{BC}}{{AB}}$，设 $BC = {a}k$，$AB = {c}k$，则 "
        r"$AC = \sqrt{{{c}^2 - {a}^2}}\,k = \sqrt{{{square}}}\,k = {side}k = {b}$，所以 $k = {scale}$。"
        "另外两边为 {opposite} 和 {hypotenuse}，周长为 ${opposite} + {b} + {hypotenuse} = {answer}$。",
    ),
)

TEMPLATES = (SPECIAL, TOWER, SINE)
