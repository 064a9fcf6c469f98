"""Templates of the area of figures with straight sides; the circle is in `circles`.

from raymath.data.synthesis.primary.area import TEMPLATES
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _path(rng: Random) -> Numbers:
    b = rng.randint(8, 60)
    return {"a": b + rng.randint(2, 40), "b": b, "w": rng.randint(1, 6)}


PATH = Template(
    "primary-path-around",
    "primary/area",
    draw=_path,
    work=lambda v: {
        "long": v["a"] + 2 * v["w"],
        "wide": v["b"] + 2 * v["w"],
        "outer": (v["a"] + 2 * v["w"]) * (v["b"] + 2 * v["w"]),
        "inner": v["a"] * v["b"],
        "answer": (v["a"] + 2 * v["w"]) * (v["b"] + 2 * v["w"]) - v["a"] * v["b"],
    },
    code="strips = 2 * {a} * {w} + 2 * {b} * {w}\ncorners = 4 * {w} * {w}\nprint(strips + corners)",
    en=Telling(
        questions=(
            "A rectangular {place} of {a} m by {b} m is surrounded by a path {w} m wide, with square corners. "
            "What is the area of the path in square metres?",
            "Around a {place}, {a} m long and {b} m wide, {name} lays gravel in a rectangular frame of width {w} m. "
            "How many square metres of gravel is that?",
            "A frame of {w} m on all four sides, corners included, goes around a rectangular {place} that "
            "measures {a} m "
            "by {b} m. How many square metres does the frame cover?",
        ),
        plans=("I add the strips and the corners.", "The frame falls into four strips and four corners."),
        cot="Outside it measures {a} + 2 × {w} = {long} m by {b} + 2 × {w} = {wide} m, that is {long} × "
        "{wide} = {outer} "
        "square metres. Inside there are {a} × {b} = {inner}. The path has {outer} - {inner} = {answer} "
        "square metres.",
        scenes=scenes("place", "rose bed", "reflecting pool", "monument", "rink"),
    ),
    zh=Telling(
        questions=(
            "长方形{place}长{a}米、宽{b}米，四周有一圈{w}米宽的小路（转角为直角），小路面积是多少平方米？",
            "{name}在长{a}米、宽{b}米的{place}外围铺一圈宽{w}米的碎石，外沿仍是长方形，碎石铺了几平方米？",
            "{place}是{a}米×{b}米的长方形，外面镶了一圈宽{w}米的边框（含四角），边框占地多少平方米？",
        ),
        plans=("把四条和四角分别相加。", "边框分成四条长条和四个角。"),
        cot="外框长 {a} + 2 × {w} = {long} 米，宽 {b} + 2 × {w} = {wide} 米，面积 {long} × {wide} = {outer} 平方米；"
        "里面 {a} × {b} = {inner} 平方米，小路 {outer} - {inner} = {answer} 平方米。",
        scenes=scenes("place", "月季花坛", "倒影池", "纪念碑座", "溜冰场"),
    ),
)


def _trapezoid(rng: Random) -> Numbers:
    h = rng.randint(4, 60)
    return {"f": h + rng.randint(12, 190), "h": h}


TRAPEZOID = Template(
    "primary-trapezoid-by-the-fence",
    "primary/area",
    draw=_trapezoid,
    work=lambda v: {
        "bases": v["f"] - v["h"],
        "answer": Decimal((v["f"] - v["h"]) * v["h"]) / 2,
    },
    code="from decimal import Decimal\n\nshort = Decimal(1)\nlong = {f} - {h} - short\n"
    "area = short * {h} + (long - short) * {h} / 2\nprint(format(area.normalize(), 'f'))",
    en=Telling(
        questions=(
            "A {place} has the shape of a right trapezoid. Its slanted side is a river bank; the other three "
            "sides, the "
            "two parallel ones and the one perpendicular to them, take {f} m of fence. The perpendicular "
            "side is {h} m "
            "long. What is the area in square metres?",
            "{f} m of fence go along two parallel sides and the {h} m that join them at right angles; the "
            "fourth side of "
            "the {place} needs no fence. How many square metres does the trapezoid have?",
            "{name} fences three sides of a trapezoidal {place} with {f} m: two parallel sides and between "
            "them, at right "
            "angles, one of {h} m. How many square metres large is the {place}?",
        ),
        plans=("The area depends only on the sum of the parallel sides.", "I choose parallel sides with this sum."),
        cot="The parallel sides together measure {f} - {h} = {bases} m. The area is half of their sum times "
        "the distance: "
        "{bases} × {h} ÷ 2 = {answer} square metres.",
        scenes=scenes("place", "vegetable plot", "goose yard", "boatyard", "camping ground"),
    ),
    zh=Telling(
        questions=(
            "直角梯形{place}的斜边是河岸，不用围；另外三边（两条平行边和与它们垂直的一边）共围篱笆{f}米，"
            "垂直的那边长{h}米，这块地有多少平方米？",
            "篱笆长{f}米，围住{place}的上底、下底和与底垂直的{h}米腰，剩下的一腰靠岸不围。这个梯形有几平方米？",
            "{name}给梯形{place}的三条边扎篱笆，共{f}米：上底、下底以及垂直于两底的一条{h}米的边。"
            "{place}占地多少平方米？",
        ),
        plans=("面积只与上下底之和有关。", "取一组和符合的上下底来计算。"),
        cot="上底与下底之和 {f} - {h} = {bases} 米，面积是 {bases} × {h} ÷ 2 = {answer} 平方米。",
        scenes=scenes("place", "菜地", "鹅场", "船坞空地", "露营地"),
    ),
)


def _same_area(rng: Random) -> Numbers:
    while True:
        a, h, c = rng.randint(6, 60), rng.randint(4, 48), rng.randint(6, 80)
        if 2 * a * h % c == 0 and 3 <= 2 * a * h // c <= 120 and c != a:
            return {"a": a, "h": h, "c": c}


SAME_AREA = Template(
    "primary-triangle-and-parallelogram",
    "primary/area",
    draw=_same_area,
    work=lambda v: {
        "area": v["a"] * v["h"],
        "twice": 2 * v["a"] * v["h"],
        "answer": 2 * v["a"] * v["h"] // v["c"],
    },
    code="height = 1\nwhile {c} * height != 2 * {a} * {h}:\n    height += 1\nprint(height)",
    en=Telling(
        questions=(
            "A triangular {thing} has the same area as a parallelogram with base {a} cm and height {h} cm. "
            "The base of the "
            "triangle is {c} cm. What is its height in cm?",
            "{name} cuts a parallelogram (base {a} cm, height {h} cm) and a triangle with base {c} cm for a "
            "{thing}, both "
            "with equal area. How many cm high is the triangle?",
            "For a {thing}, a triangle on a base of {c} cm is to be as large as a parallelogram that is {h} "
            "cm high over "
            "a base of {a} cm. Find the height of the triangle in cm.",
        ),
        plans=("I try heights until the areas agree.", "I search for the height with the same area."),
        cot="The parallelogram has {a} × {h} = {area} square cm. A triangle has half of base times height, "
        "so base times "
        "height is 2 × {area} = {twice}. The height is {twice} ÷ {c} = {answer} cm.",
        scenes=scenes("thing", "pennant", "stained-glass window", "mosaic", "kite"),
    ),
    zh=Telling(
        questions=(
            "三角形{thing}与底{a}厘米、高{h}厘米的平行四边形面积相等。若三角形底为{c}厘米，高应是多少厘米？",
            "{name}为{thing}剪了一个平行四边形（底{a}厘米，高{h}厘米）和一个底为{c}厘米的三角形，两者一样大，"
            "三角形高几厘米？",
            "做{thing}时，要使底边{c}厘米的三角形和高{h}厘米、底{a}厘米的平行四边形同样大，三角形的高应取多少厘米？",
        ),
        plans=("逐个试高，直到面积相等。", "找出面积符合的高。"),
        cot="平行四边形面积 {a} × {h} = {area} 平方厘米，三角形的底乘高是面积的2倍：2 × {area} = {twice}，"
        "高是 {twice} ÷ {c} = {answer} 厘米。",
        scenes=scenes("thing", "信号旗", "彩窗", "马赛克", "风筝"),
    ),
)

TEMPLATES = (PATH, TRAPEZOID, SAME_AREA)
