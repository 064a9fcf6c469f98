"""Templates of similarity.

from raymath.data.synthesis.junior.similarity import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.latex import fraction, quotient
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _cut_off(rng: Random) -> Numbers:
    while True:
        a, b = rng.randint(2, 20), rng.randint(2, 20)
        if gcd(a, b) == 1:
            scale = rng.randint(1, 4)
            return {"a": scale * a, "b": scale * b, "s": a * a * rng.randint(1, 30)}


def _cut_off_work(v: Numbers) -> Mapping[str, Value]:
    ratio = Fraction(v["a"], v["a"] + v["b"])
    whole = v["s"] / ratio**2
    return {
        "ratio": quotient(v["a"], v["a"] + v["b"]),
        "square": fraction(ratio**2),
        "whole": whole,
        "answer": whole - v["s"],
    }


CUT_OFF = Template(
    "junior-area-beside-a-parallel",
    "junior/similarity",
    draw=_cut_off,
    work=_cut_off_work,
    code="""\
from fractions import Fraction
# A at the origin, B on the x-axis, C above A; D and E divide the sides alike
e = Fraction(2 * {s}, {a})
c = e * ({a} + {b}) / {a}
corners = [({a}, 0), ({a} + {b}, 0), (0, c), (0, e)]
twice = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(corners, corners[1:] + corners[:1]))
print(twice / 2)""",
    en=Telling(
        questions=(
            r"In triangle $ABC$, $D$ is on $AB$ and $E$ on $AC$ with $DE \parallel BC$. $AD = {a}$, $DB = {b}$, "
            r"and triangle "
            "$ADE$ has area {s}. Find the area of the quadrilateral $DBCE$.",
            "A line parallel to $BC$ cuts $AB$ at $D$ and $AC$ at $E$, where $AD = {a}$ and $DB = {b}$. It cuts "
            "off triangle "
            "$ADE$ with area {s}. What area remains of triangle $ABC$?",
            "Point $D$ divides side $AB$ of triangle $ABC$ into $AD = {a}$ and $DB = {b}$; the parallel to $BC$ "
            "through $D$ "
            "meets $AC$ at $E$. If triangle $ADE$ has area {s}, how large is the part between $DE$ and $BC$?",
        ),
        plans=(
            "I choose coordinates that fit the lengths and compute the area of the four corners.",
            "Areas do not depend on the angle at $A$, so I take a right angle and use coordinates.",
        ),
        cot=r"Triangles $ADE$ and $ABC$ are similar with ratio ${ratio}$. "
        r"Their areas have the ratio ${square}$, so triangle $ABC$ has area ${s} \div {square} = {whole}$. "
        "The quadrilateral has area ${whole} - {s} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"三角形 $ABC$ 中，点 $D$、$E$ 分别在 $AB$、$AC$ 上，$DE \parallel BC$，$AD = {a}$，$DB = {b}$，"
            "三角形 $ADE$ 的面积为{s}，求四边形 $DBCE$ 的面积。",
            "平行于 $BC$ 的直线交 $AB$ 于 $D$，交 $AC$ 于 $E$，且 $AD = {a}$，$DB = {b}$。"
            "若截得的三角形 $ADE$ 面积是{s}，三角形 $ABC$ 余下的面积为多少？",
            "$D$ 把三角形 $ABC$ 的边 $AB$ 分成 $AD = {a}$ 和 $DB = {b}$ 两段，过 $D$ 作 $BC$ 的平行线交 $AC$ 于 $E$。"
            "已知三角形 $ADE$ 面积为{s}，则 $DE$ 与 $BC$ 之间的部分面积等于几？",
        ),
        plans=("选取合适的坐标，直接计算四边形的面积。", "面积与角 $A$ 的大小无关，取直角建立坐标系计算。"),
        cot=r"由 $DE \parallel BC$ 得 $\triangle ADE \sim \triangle ABC$，相似比为 ${ratio}$，"
        r"面积比为 ${square}$。所以三角形 $ABC$ 的面积为 ${s} \div {square} = {whole}$，"
        "四边形的面积为 ${whole} - {s} = {answer}$。",
    ),
)


def _inscribed(rng: Random) -> Numbers:
    return {"a": rng.randint(10, 120), "h": rng.randint(8, 90), "k": rng.randint(2, 5)}


def _inscribed_work(v: Numbers) -> Mapping[str, Value]:
    answer = Fraction(v["a"] * v["h"], v["a"] + v["k"] * v["h"])
    return {
        "kh": v["k"] * v["h"],
        "ah": v["a"] * v["h"],
        "sum": v["a"] + v["k"] * v["h"],
        "value": fraction(answer),
        "answer": answer,
    }


INSCRIBED = Template(
    "junior-rectangle-in-a-triangle",
    "junior/similarity",
    draw=_inscribed,
    work=_inscribed_work,
    code="""\
from fractions import Fraction

def room(x):
    # width of the triangle at height x, less the length of the rectangle
    return {a} * (1 - Fraction(x, {h})) - {k} * x

print(room(0) / (room(0) - room(1)))""",
    en=Telling(
        questions=(
            "A triangle has a base of {a} cm and a height of {h} cm on it. A rectangle with one side on the base "
            "and the "
            "other two corners on the remaining sides is {k} times as long (along the base) as it is high. "
            "How high is it in cm? Give an integer or a reduced fraction.",
            "A rectangle is cut from a triangular {sheet} with base {a} cm and height {h} cm: one side on the "
            "base, two "
            "corners on the other sides of the triangle. Its side on the base is {k} times its height. "
            "Find this height in cm, as an integer or a fraction in lowest terms.",
            "Rectangle $PQRS$ has $QR$ on the side $BC = {a}$ of triangle $ABC$, $P$ on $AB$ and $S$ on $AC$. The "
            "altitude "
            "from $A$ is {h} and $QR = {k} \\cdot PQ$. What is $PQ$, as an integer or a reduced fraction?",
        ),
        plans=(
            "The room beside the rectangle shrinks linearly with its height; I find where it is zero.",
            "Two values of a linear function give its zero.",
        ),
        cot="Let the height be $x$; the length is ${k}x$. The small triangle above is similar to the whole one, so "
        r"$\frac{{{k}x}}{{{a}}} = \frac{{{h} - x}}{{{h}}}$. Then ${kh}x = {ah} - {a}x$, that is ${sum}x = {ah}$, "
        "and $x = {value}$.",
        scenes=scenes("sheet", "board", "metal sheet", "piece of cardboard"),
    ),
    zh=Telling(
        questions=(
            "三角形的底为{a}厘米，这条底上的高为{h}厘米。它的内接长方形有一边在底上，另两个顶点在其余两边上，"
            "且长（沿底边）是宽的{k}倍，宽是多少厘米？（整数或最简分数）",
            "从底{a}厘米、高{h}厘米的三角形{sheet}上截一个长方形，一边落在底边，另外两角顶在两腰上，长是宽的{k}倍，"
            "求宽（厘米，写成整数或最简分数）。",
            "长方形 $PQRS$ 的边 $QR$ 在三角形 $ABC$ 的边 $BC$ 上，$P$、$S$ 分别在 $AB$、$AC$ 上。"
            "$BC = {a}$，$BC$ 边上的高是{h}，$QR$ 是 $PQ$ 的{k}倍，$PQ$ 等于多少？结果化成最简。",
        ),
        plans=("长方形上方的宽度随高度线性变化，求差为0的位置。", "由一次函数的两个值求零点。"),
        cot=r"设宽为 $x$，则长为 ${k}x$。上方的小三角形与原三角形相似，"
        r"$\frac{{{k}x}}{{{a}}} = \frac{{{h} - x}}{{{h}}}$。"
        "化简得 ${kh}x = {ah} - {a}x$，即 ${sum}x = {ah}$，所以 $x = {value}$。",
        scenes=scenes("sheet", "木板", "铁皮", "纸板"),
    ),
)


def _lamp(rng: Random) -> Numbers:
    while True:
        h, top = rng.randint(120, 190), rng.randint(280, 900)
        g = gcd(h, top - h)
        t = rng.randint(1, 30)
        longer, d = h // g * t, (top - h) // g * t
        if 15 <= longer <= 250 and 40 <= d <= 900:
            return {"h": h, "a": rng.randint(60, 250), "e": longer, "d": d}


def _lamp_work(v: Numbers) -> Mapping[str, Value]:
    h, a, e, d = v["h"], v["a"], v["e"], v["d"]
    return {
        "b": a + e,
        "ratio": quotient(d + e, e),
        "factor": fraction(Fraction(d + e, e)),
        "answer": Fraction(h * (d + e), e),
    }


LAMP = Template(
    "junior-two-shadows-of-a-lamp",
    "junior/similarity",
    draw=_lamp,
    work=_lamp_work,
    code="""\
from fractions import Fraction
for lamp in range({h} + 1, 2000):
    # distance from the lamp's foot at which the shadow has a given length
    near = Fraction({a} * (lamp - {h}), {h})
    far = Fraction(({a} + {e}) * (lamp - {h}), {h})
    if far - near == {d}:
        print(lamp)""",
    en=Telling(
        questions=(
            "{name}, {h} cm tall, stands near a street lamp and has a shadow of {a} cm. {d} cm farther away from "
            "the lamp, "
            "the shadow is {e} cm longer. How high is the lamp in cm?",
            "Under a lamp on level ground a person of {h} cm casts a shadow of {a} cm; having walked {d} cm "
            "straight away "
            "from the lamp, one of {b} cm. Find the height of the lamp in cm.",
            "Walking {d} cm straight away from a lamp lengthens the shadow of a {h} cm tall person from {a} cm to "
            "{b} cm. "
            "At what height in cm does the lamp hang?",
        ),
        plans=(
            "I try heights of the lamp and compare the distances at which both shadows arise.",
            "For each height, similar triangles give the two distances; their difference must fit.",
        ),
        cot="Let the lamp be $H$ cm high and $x$ cm away at first. Similar triangles give "
        r"$\frac{{H}}{{{h}}} = \frac{{x + {a}}}{{{a}}}$ and $\frac{{H}}{{{h}}} = \frac{{x + {d} + {b}}}{{{b}}}$. "
        "Subtracting numerators and denominators of equal fractions, "
        r"$\frac{{H}}{{{h}}} = \frac{{{d} + {e}}}{{{e}}} = {ratio}$. "
        r"So $H = {h} \times {factor} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "身高{h}厘米的{name}在路灯下的影长为{a}厘米，背着路灯再走{d}厘米后影子变长了{e}厘米，路灯高多少厘米？",
            "路灯下，{h}厘米高的人影长{a}厘米；沿远离灯杆的方向直走{d}厘米后，影长为{b}厘米。求灯的高度（厘米）。",
            "一个人身高{h}厘米，由灯杆向外直行{d}厘米，影子从{a}厘米增加到{b}厘米，灯离地面几厘米？",
        ),
        plans=("枚举灯高，比较两次影长对应的距离之差。", "对每个灯高用相似求两处距离，检验差是否吻合。"),
        cot=r"设灯高 $H$ 厘米，开始时离灯杆 $x$ 厘米。由相似三角形，$\frac{{H}}{{{h}}} = \frac{{x + {a}}}{{{a}}}$，"
        r"$\frac{{H}}{{{h}}} = \frac{{x + {d} + {b}}}{{{b}}}$。"
        r"由等比性质，分子、分母分别相减，得 $\frac{{H}}{{{h}}} = \frac{{{d} + {e}}}{{{e}}} = "
        r"{ratio}$，"
        r"所以 $H = {h} \times {factor} = {answer}$。",
    ),
)

TEMPLATES = (CUT_OFF, INSCRIBED, LAMP)
