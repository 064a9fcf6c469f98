"""Templates of the Pythagorean theorem.

from raymath.data.synthesis.junior.pythagoras import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import isqrt
from random import Random

from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _rope(rng: Random) -> Numbers:
    while True:
        r, d = rng.randint(2, 80), rng.randint(15, 300)
        if 20 * r <= d * d - r * r <= 600 * r:
            return {"r": r, "d": d}


def _rope_work(v: Numbers) -> Mapping[str, Value]:
    r, d = v["r"], v["d"]
    answer = Fraction(d * d - r * r, 2 * r)
    return {
        "dd": d * d,
        "rr": r * r,
        "twice": 2 * r,
        "gap": d * d - r * r,
        "value": fraction(answer),
        "answer": answer,
    }


ROPE = Template(
    "junior-rope-on-a-pole",
    "junior/pythagoras",
    draw=_rope,
    work=_rope_work,
    code="""\
from fractions import Fraction

def excess(height):
    return (height + {r}) ** 2 - height**2 - {d} ** 2

# the squares of the height cancel, so two values give the zero
at_0, at_1 = excess(0), excess(1)
print(Fraction(at_0, at_0 - at_1))""",
    en=Telling(
        questions=(
            "A rope fixed to the top of an upright {pole} is {r} dm longer than the {pole} is high. Pulled tight, its "
            "end touches level ground {d} dm from the foot. How high is the {pole} in dm (an integer or a reduced "
            "fraction)?",
            "The rope at the top of a vertical {pole} hangs down with {r} dm lying on the ground. Stretched, it "
            "reaches a "
            "point on the ground {d} dm away from the foot. Find the height in dm, as an integer or a reduced "
            "fraction.",
            "When {name} stretches the rope of a {pole}, its end meets the ground {d} dm from the foot; hanging "
            "straight, "
            "it has {r} dm to spare. What is the height of the {pole} in dm? Reduce a fraction.",
        ),
        plans=(
            "The squared height cancels, so the condition is linear: I find its zero from two values.",
            "I write the condition of the right triangle as a function and find its zero.",
        ),
        cot="Let the height be $x$ dm; the rope is $x + {r}$ dm. The right triangle gives $x^2 + {d}^2 = (x + {r})^2$, "
        "that is ${dd} = {twice}x + {rr}$. So ${twice}x = {gap}$ and $x = {value}$.",
        scenes=scenes("pole", "flagpole", "mast", "post"),
    ),
    zh=Telling(
        questions=(
            "竖直的{pole}顶端系一根绳子，绳长比{pole}高多{r}分米。把绳子拉直，末端恰好碰到离杆脚{d}分米的地面。"
            "{pole}高多少分米？（整数或最简分数）",
            "{pole}上的绳子自然垂下时还有{r}分米拖在地上，拉紧后绳端落在距杆底{d}分米处的地面，求{pole}的高（分米，"
            "写成整数或最简分数）。",
            "{name}把{pole}顶上的绳子斜着拉直，绳端触地点与杆底相距{d}分米；若让绳子竖直下垂，则多出{r}分米。"
            "杆高是几分米？结果化为最简。",
        ),
        plans=("平方项相消，条件是一次的，由两点的值求零点。", "把勾股关系写成函数，求它的零点。"),
        cot="设杆高 $x$ 分米，则绳长 $x + {r}$ 分米。由勾股定理 $x^2 + {d}^2 = (x + {r})^2$，"
        "化简得 ${dd} = {twice}x + {rr}$，即 ${twice}x = {gap}$，所以 $x = {value}$。",
        scenes=scenes("pole", "旗杆", "桅杆", "木杆"),
    ),
)


@cache
def _pairs() -> list[tuple[int, int, int]]:
    """All ``(h, p, q)`` whose right triangles with legs h, p and h, q have whole sides; h to 720, p and q to 900."""
    found = []
    for h in range(20, 721):
        # h^2 = (hypotenuse - leg)(hypotenuse + leg)
        splits = [(d, h * h // d) for d in range(1, h) if h * h % d == 0]
        legs = [(high - low) // 2 for low, high in splits if (high - low) % 2 == 0 and high - low <= 1800]
        found += [(h, p, q) for p, q in permutations(legs, 2)]
    return found


def _altitude(rng: Random) -> Numbers:
    h, p, q = rng.choice(_pairs())
    return {"h": h, "c": isqrt(p * p + h * h), "b": isqrt(q * q + h * h)}


def _altitude_work(v: Numbers) -> Mapping[str, Value]:
    h, b, c = v["h"], v["b"], v["c"]
    pp, qq = c * c - h * h, b * b - h * h
    return {"pp": pp, "p": isqrt(pp), "qq": qq, "q": isqrt(qq), "answer": isqrt(pp) + isqrt(qq)}


ALTITUDE = Template(
    "junior-base-from-an-altitude",
    "junior/pythagoras",
    draw=_altitude,
    work=_altitude_work,
    code="""\
h, b, c = {h}, {b}, {c}
best = 0
for a in range(abs(b - c) + 1, b + c):
    # Heron's 16 * area**2 must agree with area = a * h / 2; the longer base has the foot inside
    if (a + b + c) * (b + c - a) * (a + c - b) * (a + b - c) == 4 * (a * h) ** 2:
        best = max(best, a)
print(best)""",
    en=Telling(
        questions=(
            "In triangle $ABC$ the altitude $AD$ meets $BC$ in a point $D$ between $B$ and $C$. $AD = {h}$, "
            "$AB = {c}$ and "
            "$AC = {b}$. How long is $BC$?",
            "From the tip $A$ of a {mast}, {h} m above level ground, two wires of {c} m and {b} m run down to $B$ "
            "and $C$, "
            "on opposite sides of the foot and in line with it. Find the distance $BC$ in metres.",
            "Two sides of a triangle measure {c} and {b}; the height on the third side is {h} and its foot lies "
            "inside that "
            "side. What is the length of the third side?",
        ),
        plans=(
            "I try whole lengths of the third side and compare two formulas for the area.",
            "Heron's formula and base times height must agree; I search for the base.",
        ),
        cot="The altitude makes two right triangles. In the first, $BD^2 = {c}^2 - {h}^2 = {pp}$, so $BD = {p}$. "
        "In the second, $CD^2 = {b}^2 - {h}^2 = {qq}$, so $CD = {q}$. "
        "As $D$ lies between $B$ and $C$, $BC = {p} + {q} = {answer}$.",
        scenes=scenes("mast", "mast", "radio tower", "pylon"),
    ),
    zh=Telling(
        questions=(
            "三角形 $ABC$ 的高 $AD$ 与边 $BC$ 相交于 $D$（$D$ 在 $B$、$C$ 之间），$AD = {h}$，$AB = {c}$，"
            "$AC = {b}$，求 $BC$。",
            "从{h}米高的{mast}顶端 $A$ 向地面拉两根钢索，长{c}米和{b}米，固定点 $B$、$C$ 与底部在同一直线上且分居两侧，"
            "$B$、$C$ 相距多少米？",
            "一个三角形的两边长为{c}和{b}，第三边上的高是{h}，垂足落在第三边内部，第三边等于几？",
        ),
        plans=("枚举第三边的整数长度，比较两种面积公式。", "用海伦公式与底乘高的一半互相检验，搜索底边。"),
        cot="高把三角形分成两个直角三角形。由勾股定理，$BD^2 = {c}^2 - {h}^2 = {pp}$，$BD = {p}$；"
        "$CD^2 = {b}^2 - {h}^2 = {qq}$，$CD = {q}$。因为 $D$ 在 $B$、$C$ 之间，"
        "所以 $BC = {p} + {q} = {answer}$。",
        scenes=scenes("mast", "桅杆", "信号塔", "电线塔"),
    ),
)


def _box(rng: Random) -> Numbers:
    a, b, c = rng.sample(range(2, 50), 3)
    return {"a": a, "b": b, "c": c}


def _box_work(v: Numbers) -> Mapping[str, Value]:
    small, middle, large = sorted(v.values())
    return {
        "small": small,
        "middle": middle,
        "large": large,
        "first": (small + middle) ** 2,
        "second": large**2,
        "answer": (small + middle) ** 2 + large**2,
    }


BOX = Template(
    "junior-shortest-way-on-a-box",
    "junior/pythagoras",
    draw=_box,
    work=_box_work,
    code="""\
from itertools import permutations
squares = []
for along, first, second in permutations([{a}, {b}, {c}]):
    # two faces side by side form a rectangle
    squares.append(along**2 + (first + second) ** 2)
print(min(squares))""",
    en=Telling(
        questions=(
            "An {animal} walks on the surface of a box of {a} cm by {b} cm by {c} cm from one corner to the opposite "
            "corner (the farthest one). Its shortest way is $s$ cm long. Find $s^2$.",
            "A closed box measures {a}, {b} and {c} cm. What is the square of the length in cm of the shortest "
            "path on its "
            "surface between two corners that lie at the ends of a space diagonal?",
            "Over the faces of a {a} cm × {b} cm × {c} cm block, an {animal} takes the shortest path between "
            "diagonally opposite corners. If this path has length $s$ cm, what is $s^2$?",
        ),
        plans=(
            "I unfold two faces in every possible way and take the smallest squared diagonal.",
            "Each unfolding gives a rectangle; the shortest diagonal counts.",
        ),
        cot="Unfolding two neighbouring faces gives a rectangle: one side is an edge, the other the sum of the two "
        "other edges. $(p + q)^2 + r^2 = p^2 + q^2 + r^2 + 2pq$ is smallest when $p$ and $q$ are the two shorter "
        "edges, "
        "{small} and {middle}. So $s^2 = ({small} + {middle})^2 + {large}^2 = {first} + {second} = {answer}$.",
        scenes=scenes("animal", "ant", "earwig", "insect"),
    ),
    zh=Telling(
        questions=(
            "长方体木块的长、宽、高为{a}厘米、{b}厘米、{c}厘米，一只{animal}沿表面从一个顶点爬到相对的最远顶点，"
            "最短路程为 $s$ 厘米，求 $s^2$。",
            "一个密封盒子的三条棱长是{a}、{b}、{c}（厘米）。在它的表面上连接体对角线两端的最短路线长 $s$ 厘米，"
            "$s^2$ 等于多少？",
            "{animal}在棱长分别为{a}厘米、{b}厘米、{c}厘米的长方体表面爬行，起点和终点是一条体对角线的两个端点。"
            "设最短路径为 $s$ 厘米，则 $s^2$ 是几？",
        ),
        plans=("枚举各种展开方式，取对角线平方的最小值。", "把相邻两个面展开成长方形，比较对角线。"),
        cot="把相邻两面展开成长方形，一边是一条棱，另一边是另外两条棱之和。"
        "因为 $(p + q)^2 + r^2 = p^2 + q^2 + r^2 + 2pq$，当 $p$、$q$ 取较短的两条棱 {small} 和 {middle} 时最小，"
        "所以 $s^2 = ({small} + {middle})^2 + {large}^2 = {first} + {second} = {answer}$。",
        scenes=scenes("animal", "蚂蚁", "瓢虫", "甲虫"),
    ),
)

TEMPLATES = (ROPE, ALTITUDE, BOX)
