"""Templates of surface and volume of boxes: a stone in water, a folded sheet, painted faces, a wire frame.

from raymath.data.synthesis.primary.solids import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.primary.circles import PI
from raymath.data.synthesis.primary.decimals import point
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _stone(rng: Random) -> Numbers:
    w, a, c = rng.randint(12, 38), rng.randint(8, 20), rng.randint(1, 6)
    b, d = rng.randint(1, 9), rng.randint(1, 9)
    return {"l": w + rng.randint(2, 30), "w": w, "a": a, "b": b, "c": a + c, "d": d}


def _stone_work(v: Numbers) -> Mapping[str, Value]:
    base = v["l"] * v["w"]
    rise = point(v["c"], v["d"]) - point(v["a"], v["b"])
    return {"base": base, "rise": rise, "answer": base * rise}


STONE = Template(
    "primary-displaced-water",
    "primary/volume",
    draw=_stone,
    work=_stone_work,
    code="from decimal import Decimal\n\nbefore = {l} * {w} * Decimal('{a}.{b}')\n"
    "after = {l} * {w} * Decimal('{c}.{d}')\n"
    "print(format((after - before).normalize(), 'f'))",
    en=Telling(
        questions=(
            "A {tank} with a rectangular base of {l} cm by {w} cm holds water up to {a}.{b} cm. When a "
            "{thing} is sunk in "
            "it, the water stands at {c}.{d} cm. What is the volume of the {thing} in cubic cm?",
            "By sinking a {thing}, {name} makes the water in a {tank} rise from {a}.{b} cm to {c}.{d} cm. "
            "The base inside "
            "is a rectangle, {l} cm long and {w} cm wide. How many cubic cm has the {thing}?",
            "Water covers a {thing} completely and reaches {c}.{d} cm in a box-shaped {tank}, {l} cm by {w} "
            "cm at the "
            "bottom. Without the {thing} it reaches only {a}.{b} cm. How many cubic cm is the {thing}?",
        ),
        plans=("I compare the volumes with and without it.", "The difference of two boxes of water is asked."),
        cot="The base has {l} × {w} = {base} square cm. The water rises by {c}.{d} - {a}.{b} = {rise} cm. "
        "The volume is {base} × {rise} = {answer} cubic cm.",
        scenes=scenes("tank/thing", "basin/bronze bell", "glass trough/coconut", "fish tank/lump of ore")
        + scenes("tank/thing", "tub/stone lion"),
    ),
    zh=Telling(
        questions=(
            "{tank}内底呈长方形，长宽分别是{l}厘米和{w}厘米，水深{a}.{b}厘米。"
            "沉入一{u}{thing}后水深{c}.{d}厘米，这{u}{thing}占多少立方厘米？",
            "{name}把一{u}{thing}浸没在{tank}里，水面由{a}.{b}厘米升到{c}.{d}厘米，"
            "{tank}内部底面长{l}厘米、宽{w}厘米，"
            "{thing}有几立方厘米？",
            "水完全淹没{thing}时，长方体{tank}（底面{l}厘米×{w}厘米）水深{c}.{d}厘米；取出后水深只有{a}.{b}厘米。"
            "求{thing}的体积（立方厘米）。",
        ),
        plans=("比较放入前后的总体积。", "求两个水柱体积之差。"),
        cot="底面积 {l} × {w} = {base} 平方厘米，水面上升 {c}.{d} - {a}.{b} = {rise} 厘米，"
        "体积 {base} × {rise} = {answer} 立方厘米。",
        scenes=scenes("tank/thing/u", "水盆/铜铃/只", "玻璃槽/椰子/个", "鱼缸/矿石/块", "水箱/石狮子/只"),
    ),
)


def _folded(rng: Random) -> Numbers:
    x = rng.randint(2, 9)
    b = 2 * x + rng.randint(4, 40)
    return {"a": b + rng.randint(1, 40), "b": b, "x": x}


FOLDED = Template(
    "primary-folded-box",
    "primary/volume",
    draw=_folded,
    work=lambda v: {
        "long": v["a"] - 2 * v["x"],
        "wide": v["b"] - 2 * v["x"],
        "base": (v["a"] - 2 * v["x"]) * (v["b"] - 2 * v["x"]),
        "answer": (v["a"] - 2 * v["x"]) * (v["b"] - 2 * v["x"]) * v["x"],
    },
    code="sheet = {a} * {b} - 4 * {x} * {x}\nwalls = 2 * {x} * ({a} - 2 * {x}) + 2 * {x} * ({b} - 2 * {x})\n"
    "print((sheet - walls) * {x})",
    en=Telling(
        questions=(
            "Squares with sides of {x} cm are cut from the four corners of a {sheet}, {a} cm by {b} cm, and "
            "the sides are "
            "folded up. What is the volume of the open box in cubic cm?",
            "{name} makes an open tray of a {sheet} that is {a} cm long and {b} cm wide: from each corner a "
            "square of {x} cm is taken off, then the borders are bent upwards. How many cubic cm does the "
            "tray hold?",
            "How many cubic cm fit into the box that comes from a {sheet} of {b} cm by {a} cm, when squares "
            "of {x} cm are removed at every corner and the flaps are turned up?",
        ),
        plans=("I take the walls off the sheet to find the base.", "What is left for the base times the height."),
        cot="The base is {a} - 2 × {x} = {long} cm long and {b} - 2 × {x} = {wide} cm wide, so {long} × "
        "{wide} = {base} "
        "square cm. The box is {x} cm high: {base} × {x} = {answer} cubic cm.",
        scenes=scenes("sheet", "sheet of tin", "piece of cardboard", "copper sheet", "sheet of birch bark"),
    ),
    zh=Telling(
        questions=(
            "从长{a}厘米、宽{b}厘米的{sheet}四角各剪去边长{x}厘米的正方形，折成无盖盒子，"
            "能装多少立方厘米的东西？（厚度不计）",
            "{name}用一张{a}厘米×{b}厘米的{sheet}做敞口盘：每个角去掉{x}厘米见方的一块，再把四边折起，"
            "盘子能装几立方厘米？"
            "（厚度不计）",
            "{sheet}宽{b}厘米、长{a}厘米，四个角都裁掉边长{x}厘米的正方形，翻起四边围成一只盒子，"
            "求盒子的容积（立方厘米，厚度不计）。",
        ),
        plans=("从整张里去掉侧壁得到底面。", "先求底面积，再乘高。"),
        cot="底面长 {a} - 2 × {x} = {long} 厘米，宽 {b} - 2 × {x} = {wide} 厘米，"
        "面积 {long} × {wide} = {base} 平方厘米；"
        "高{x}厘米，容积 {base} × {x} = {answer} 立方厘米。",
        scenes=scenes("sheet", "铁皮", "硬纸板", "铜片", "桦树皮"),
    ),
)


def _painted(rng: Random) -> Numbers:
    b = rng.randint(4, 18)
    return {"a": b + rng.randint(1, 20), "b": b, "c": rng.randint(2, 9), "p": rng.randint(3, 24)}


PAINTED = Template(
    "primary-surface-without-a-lid",
    "primary/volume",
    draw=_painted,
    work=lambda v: {
        "floor": v["a"] * v["b"],
        "long": v["a"] * v["c"],
        "short": v["b"] * v["c"],
        "area": v["a"] * v["b"] + 2 * v["a"] * v["c"] + 2 * v["b"] * v["c"],
        "answer": (v["a"] * v["b"] + 2 * v["a"] * v["c"] + 2 * v["b"] * v["c"]) * v["p"],
    },
    code="from itertools import combinations\n\nfaces = 2 * sum(x * y for x, y in combinations([{a}, {b}, {c}], 2))\n"
    "print((faces - {a} * {b}) * {p})",
    en=Telling(
        questions=(
            "The inside of an open {tank}, {a} m long, {b} m wide and {c} m deep, is {done} at {p} dollars a "
            "square metre, "
            "floor and walls. How many dollars does that cost?",
            "{name} has floor and four walls of a box-shaped {tank} {done}. It is {c} m deep, {a} m long and "
            "{b} m wide, "
            "and a square metre costs {p} dollars. What is the price in dollars?",
            "At {p} dollars per square metre, what does it cost in dollars to have a {tank} of {a} m by {b} "
            "m by {c} m "
            "(depth last) {done} on the bottom and all sides, but not on top?",
        ),
        plans=("I take all six faces without the top.", "Six faces less one."),
        cot="The floor has {a} × {b} = {floor} square metres, a long wall {a} × {c} = {long}, a short one "
        "{b} × {c} = {short}. Together {floor} + 2 × {long} + 2 × {short} = {area}. "
        "The cost is {area} × {p} = {answer} dollars.",
        scenes=scenes("tank/done", "diving pool/tiled", "grain pit/plastered", "water reservoir/sealed")
        + scenes("tank/done", "stone cistern/lined with clay"),
    ),
    zh=Telling(
        questions=(
            "无盖的{tank}长{a}米、宽{b}米、深{c}米，内壁和底面都要{done}，每平方米{p}元，一共要多少元？",
            "{name}请人给长方体{tank}的底和四壁{done}。它深{c}米，长{a}米，宽{b}米，每平方米费用{p}元，总费用是几元？",
            "每平方米收{p}元，给敞口{tank}（{a}米×{b}米，深{c}米）的四周连同底面{done}，要付多少元？",
        ),
        plans=("六个面之和减去顶面。", "六个面里去掉一个。"),
        cot="底面 {a} × {b} = {floor} 平方米，长侧面 {a} × {c} = {long} 平方米，短侧面 {b} × {c} = {short} 平方米，"
        "共 {floor} + 2 × {long} + 2 × {short} = {area} 平方米，费用 {area} × {p} = {answer} 元。",
        scenes=scenes("tank/done", "跳水池/贴瓷砖", "粮窖/抹灰", "蓄水池/做防水", "温泉池/铺石材"),
    ),
)


def _frame(rng: Random) -> Numbers:
    a, b, c = (rng.randint(5, 48) for _ in range(3))
    return {"e": 4 * (a + b + c), "a": a, "b": b}


FRAME = Template(
    "primary-wire-frame",
    "primary/volume",
    draw=_frame,
    work=lambda v: {
        "corner": v["e"] // 4,
        "height": v["e"] // 4 - v["a"] - v["b"],
        "base": v["a"] * v["b"],
        "answer": v["a"] * v["b"] * (v["e"] // 4 - v["a"] - v["b"]),
    },
    code="height = 1\nwhile 4 * {a} + 4 * {b} + 4 * height != {e}:\n    height += 1\nprint({a} * {b} * height)",
    en=Telling(
        questions=(
            "All edges of a box-shaped {frame} use {e} cm of {stuff}. It is {a} cm long and {b} cm wide. "
            "What is its volume "
            "in cubic cm?",
            "{name} bends {e} cm of {stuff} into the twelve edges of a rectangular box, {a} cm by {b} cm at "
            "the base, for a "
            "{frame}. How many cubic cm does it enclose?",
            "A {frame} has the form of a box. Length {a} cm, width {b} cm, and {e} cm of {stuff} for its "
            "edges altogether: "
            "how many cubic cm of space are inside?",
        ),
        plans=("I search for the height that uses up the material.", "I try heights until the edges fit."),
        cot="There are four edges of each kind, so length, width and height make {e} ÷ 4 = {corner} cm. The "
        "height is "
        "{corner} - {a} - {b} = {height} cm. The base has {a} × {b} = {base} square cm, and the volume is "
        "{base} × {height} = {answer} cubic cm.",
        scenes=scenes("frame/stuff", "lantern/wire", "birdcage/rod", "kite/bamboo", "show case/brass strip"),
    ),
    zh=Telling(
        questions=(
            "一个长方体{frame}的所有棱共用{stuff}{e}厘米，长{a}厘米、宽{b}厘米，体积是多少立方厘米？",
            "{name}把{e}厘米{stuff}做成长方体{frame}的12条棱，底面{a}厘米×{b}厘米，它围成的空间有几立方厘米？",
            "长方体{frame}长{a}厘米，宽{b}厘米，棱长总和是{e}厘米（用{stuff}制成），求它的体积（立方厘米）。",
        ),
        plans=("找出正好用完材料的高。", "逐个试高，直到棱长总和符合。"),
        cot="长、宽、高各4条，三者之和 {e} ÷ 4 = {corner} 厘米，高 {corner} - {a} - {b} = {height} 厘米；"
        "底面积 {a} × {b} = {base} 平方厘米，体积 {base} × {height} = {answer} 立方厘米。",
        scenes=scenes("frame/stuff", "灯笼/铁丝", "鸟笼/细杆", "风筝/竹条", "展示框/铜条"),
    ),
)


def _tube_work(v: Numbers) -> Mapping[str, Value]:
    radius = Decimal(v["d"]) / 2
    square = radius * radius
    return {
        "radius": radius,
        "square": square,
        "base": PI * square,
        "one": PI * square * v["h"],
        "answer": PI * square * v["h"] * v["n"],
    }


COLUMNS = Template(
    "primary-round-columns",
    "primary/volume",
    draw=lambda rng: {"n": rng.randint(3, 24), "d": 2 * rng.randint(2, 15), "h": rng.randint(8, 95)},
    work=_tube_work,
    code="from decimal import Decimal\n\nslices = sum(Decimal('3.14') * {d} * {d} / 4 for _ in range({h}))\n"
    "print(format((slices * {n}).normalize(), 'f'))",
    en=Telling(
        questions=(
            "{n} {things} are cylinders with a diameter of {d} cm and a height of {h} cm. How many cubic cm are they "
            "together? (π = 3.14)",
            "{name} casts {n} {things}, round ones, each {h} cm high and {d} cm across. How many cubic cm of "
            "material does "
            "that take, with 3.14 for π?",
            "What is the total volume, in cubic cm, of {n} cylindrical {things} {d} cm in diameter and {h} "
            "cm in height, "
            "if π is taken as 3.14?",
        ),
        plans=("I stack slices of one centimetre.", "I build each one from thin slices."),
        cot="The radius is {d} ÷ 2 = {radius} cm, its square {radius} × {radius} = {square}, the base "
        "3.14 × {square} = {base} square cm. One has {base} × {h} = {one} cubic cm, all have {one} × {n} = {answer}.",
        scenes=scenes("things", "clay columns", "wax pillars", "wooden rollers", "cork floats"),
    ),
    zh=Telling(
        questions=(
            "{n}{u}圆柱形{things}，底面直径{d}厘米，高{h}厘米，体积一共多少立方厘米？（π取3.14）",
            "{name}浇铸{n}{u}圆柱形的{things}，每{u}高{h}厘米、直径{d}厘米，圆周率取3.14，共要几立方厘米的材料？",
            "已知圆柱形{things}的直径为{d}厘米、高为{h}厘米，取 π = 3.14，{n}{u}的总体积是多少立方厘米？",
        ),
        plans=("按一厘米厚的薄片逐层累加。", "把每个看作一层层薄片。"),
        cot="半径 {d} ÷ 2 = {radius} 厘米，平方 {radius} × {radius} = {square}，"
        "底面积 3.14 × {square} = {base} 平方厘米；"
        "每{u} {base} × {h} = {one} 立方厘米，共 {one} × {n} = {answer} 立方厘米。",
        scenes=scenes("things/u", "陶柱/根", "蜡柱/根", "木滚筒/个", "软木浮筒/个"),
    ),
)

TEMPLATES = (STONE, FOLDED, PAINTED, FRAME, COLUMNS)
