"""Templates of ratio and proportion: shares, joined ratios, scales, inverse proportion.

from raymath.data.synthesis.primary.ratios import TEMPLATES
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _three(rng: Random) -> Numbers:
    while True:
        a, b, c = sorted(rng.sample(range(2, 15), 3), reverse=True)
        if gcd(a, b, c) == 1:
            return {"a": a, "b": b, "c": c, "n": (a + b + c) * rng.randint(5, 60)}


THREE = Template(
    "primary-three-part-ratio",
    "primary/ratio-proportion",
    draw=_three,
    work=lambda v: {
        "parts": v["a"] + v["b"] + v["c"],
        "one_part": v["n"] // (v["a"] + v["b"] + v["c"]),
        "gap": v["a"] - v["c"],
        "answer": v["n"] // (v["a"] + v["b"] + v["c"]) * (v["a"] - v["c"]),
    },
    code="part = 1\nwhile part * {a} + part * {b} + part * {c} != {n}:\n    part += 1\nprint(part * {a} - part * {c})",
    en=Telling(
        questions=(
            "A {mix} of {n} kg contains {one}, {two} and {three} in the ratio {a}:{b}:{c}. "
            "How many kg more {one} than {three} does it hold?",
            "{one_up}, {two} and {three} are mixed {a}:{b}:{c} to make {n} kg of {mix}. "
            "What is the difference in kg between the {one} and the {three}?",
            "{name} prepares {n} kg of {mix} from {one}, {two} and {three}, taken as {a} to {b} to {c}. "
            "How much heavier, in kg, is the share of {one} than that of {three}?",
        ),
        plans=("I look for the weight of one part.", "I try the size of a part until the total fits."),
        cot="There are {a} + {b} + {c} = {parts} parts, so a part is {n} ÷ {parts} = {one_part} kg. "
        "The difference is {a} - {c} = {gap} parts, which is {one_part} × {gap} = {answer} kg.",
        scenes=scenes(
            "mix/one/one_up/two/three",
            "mortar/sand/Sand/lime/clay",
            "birdseed/millet/Millet/oats/hemp",
            "compost/leaves/Leaves/straw/ash",
            "muesli/barley/Barley/raisins/almonds",
        ),
    ),
    zh=Telling(
        questions=(
            "{mix}{n}千克由{one}、{two}、{three}按{a}:{b}:{c}配成，其中{one}比{three}多多少千克？",
            "按{a}:{b}:{c}取{one}、{two}和{three}，混合出{n}千克{mix}，{one}与{three}相差几千克？",
            "{name}配制{mix}，{one}、{two}、{three}的质量比是{a}:{b}:{c}，总重{n}千克，{one}超出{three}多少千克？",
        ),
        plans=("先找出一份是多少。", "试每份的质量，使总和符合。"),
        cot="共 {a} + {b} + {c} = {parts} 份，每份 {n} ÷ {parts} = {one_part} 千克；"
        "相差 {a} - {c} = {gap} 份，即 {one_part} × {gap} = {answer} 千克。",
        scenes=scenes(
            "mix/one/two/three",
            "灰浆/沙/石灰/黏土",
            "鸟食/小米/燕麦/麻籽",
            "堆肥/落叶/秸秆/草木灰",
            "麦片/大麦/葡萄干/杏仁",
        ),
    ),
)


def _joined(rng: Random) -> Numbers:
    while True:
        a, b, c, d = (rng.randint(2, 12) for _ in range(4))
        if gcd(a, b) == gcd(c, d) == 1 and b != c:
            return {"a": a, "b": b, "c": c, "d": d, "n": b * d * rng.randint(2, 12)}


JOINED = Template(
    "primary-joined-ratios",
    "primary/ratio-proportion",
    draw=_joined,
    work=lambda v: {
        "second_part": v["n"] // v["d"],
        "second": v["n"] // v["d"] * v["c"],
        "first_part": v["n"] // v["d"] * v["c"] // v["b"],
        "answer": v["n"] // v["d"] * v["c"] // v["b"] * v["a"],
    },
    code="from fractions import Fraction\n\nfirst_to_third = Fraction({a}, {b}) * Fraction({c}, {d})\n"
    "print({n} * first_to_third)",
    en=Telling(
        questions=(
            "In an orchestra, {one} to {two} are {a}:{b}, and {two} to {three} are {c}:{d}. "
            "There are {n} {three}. How many {one} are there?",
            "A festival counts {n} {three}. Its {two} and {three} are in the ratio {c}:{d}, its {one} and "
            "{two} in the "
            "ratio {a}:{b}. What is the number of {one}?",
            "For every {a} {one} there are {b} {two}, and for every {c} {two} there are {d} {three}. "
            "With {n} {three}, how many {one} are there?",
        ),
        plans=("I multiply the two ratios.", "Both ratios together lead from the last to the first."),
        cot="A part of the second ratio is {n} ÷ {d} = {second_part}, so there are {second_part} × {c} = "
        "{second} {two}. "
        "A part of the first ratio is {second} ÷ {b} = {first_part}, and {first_part} × {a} = {answer} is the number "
        "of {one}.",
        scenes=scenes("one/two/three", "violins/flutes/drums", "dancers/singers/actors", "harps/horns/oboes"),
    ),
    zh=Telling(
        questions=(
            "{place}里{one}与{two}的人数比是{a}:{b}，{two}与{three}的人数比是{c}:{d}，{three}有{n}人，{one}有多少人？",
            "已知{place}有{three}{n}人，{two}和{three}之比为{c}:{d}，{one}和{two}之比为{a}:{b}，求{one}的人数。",
            "{place}中每{a}名{one}对应{b}名{two}，每{c}名{two}对应{d}名{three}。{three}共{n}人时，{one}是几人？",
        ),
        plans=("把两个比相乘。", "由两个比推出首尾之比。"),
        cot="第二个比的每份是 {n} ÷ {d} = {second_part} 人，{two}有 {second_part} × {c} = {second} 人；"
        "第一个比的每份是 {second} ÷ {b} = {first_part} 人，{one}有 {first_part} × {a} = {answer} 人。",
        scenes=scenes(
            "place/one/two/three", "乐团/小提琴手/长笛手/鼓手", "艺术节/舞者/歌手/演员", "剧组/群演/武行/场务"
        ),
    ),
)


def _scales(rng: Random) -> Numbers:
    while True:
        first, second = rng.sample(range(2, 61), 2)
        step = second // gcd(first, second)
        if step <= 30:
            return {"l": step * rng.randint(1, 90 // step), "s": 1000 * first, "t": 1000 * second}


SCALES = Template(
    "primary-two-map-scales",
    "primary/ratio-proportion",
    draw=_scales,
    work=lambda v: {
        "real": v["l"] * v["s"],
        "metres": v["l"] * v["s"] // 100,
        "answer": v["l"] * v["s"] // v["t"],
    },
    code="from fractions import Fraction\n\nratio = Fraction(1, {t}) / Fraction(1, {s})\nprint({l} * ratio)",
    en=Telling(
        questions=(
            "On a map of scale 1:{s}, a {line} is {l} cm long. How many cm long is it on a map of scale 1:{t}?",
            "{name} copies a {line} of {l} cm from a plan of 1:{s} onto a plan of 1:{t}. "
            "What length in cm must be drawn?",
            "A {line} is drawn to scale 1:{t} in an atlas and measures {l} cm on a sheet of scale 1:{s}. "
            "How many cm does it measure in the atlas?",
        ),
        plans=("I compare the two scales.", "The length changes by the ratio of the scales."),
        cot="In reality the {line} is {l} × {s} = {real} cm long, that is {real} ÷ 100 = {metres} m. "
        "On the other scale it is {real} ÷ {t} = {answer} cm long.",
        scenes=scenes("line", "canal", "dike", "runway", "pipeline", "hedge"),
    ),
    zh=Telling(
        questions=(
            "比例尺1:{s}的图上，{line}长{l}厘米；在1:{t}的图上，它应画成多少厘米？",
            "{name}把1:{s}平面图上{l}厘米长的{line}改画到1:{t}的图上，要画几厘米？",
            "{line}在1:{t}的地图册里有多长（厘米）？已知它在1:{s}的单张图上量得{l}厘米。",
        ),
        plans=("比较两个比例尺。", "图上长度按比例尺之比变化。"),
        cot="实际长 {l} × {s} = {real} 厘米，即 {real} ÷ 100 = {metres} 米；"
        "另一张图上长 {real} ÷ {t} = {answer} 厘米。",
        scenes=scenes("line", "运河", "堤坝", "机场跑道", "输油管", "城墙"),
    ),
)


def _tiles(rng: Random) -> Numbers:
    while True:
        a, b = 5 * rng.randint(3, 16), 5 * rng.randint(3, 16)
        step = b * b // gcd(a * a, b * b)
        if a != b and step <= 400:
            return {"a": a, "n": step * rng.randint(800 // step // 8 + 1, 2400 // step + 2), "b": b}


TILES = Template(
    "primary-tiles-of-two-sizes",
    "primary/ratio-proportion",
    draw=_tiles,
    work=lambda v: {
        "old": v["a"] ** 2,
        "floor_area": v["a"] ** 2 * v["n"],
        "new": v["b"] ** 2,
        "answer": Fraction(v["a"] ** 2 * v["n"], v["b"] ** 2),
    },
    code="from fractions import Fraction\n\nside_ratio = Fraction({a}, {b})\nprint({n} * side_ratio * side_ratio)",
    en=Telling(
        questions=(
            "A {floor} takes {n} square tiles with sides of {a} cm. How many tiles with sides of {b} cm would it take?",
            "How many square tiles of side {b} cm cover a {floor} that {n} tiles of side {a} cm cover exactly?",
            "{name} planned a {floor} with {n} square tiles, {a} cm by {a} cm, but orders {b} cm by {b} cm. "
            "What number of tiles is needed now?",
        ),
        plans=("The number changes with the square of the side.", "I scale by the ratio of the sides, twice."),
        cot="An old tile covers {a} × {a} = {old} square cm, all of them {old} × {n} = {floor_area}. "
        "A new one covers {b} × {b} = {new}, so {floor_area} ÷ {new} = {answer} tiles are needed.",
        scenes=scenes("floor", "foyer", "chapel floor", "swimming hall", "terrace"),
    ),
    zh=Telling(
        questions=(
            "铺{floor}用边长{a}厘米的方砖要{n}块，改用边长{b}厘米的方砖要多少块？",
            "{floor}正好铺了{n}块每边{a}厘米的方形地砖，若换成每边{b}厘米的，需几块？",
            "{name}原打算给{floor}买{a}厘米见方的地砖{n}块，后来订了{b}厘米见方的，现在应订多少块？",
        ),
        plans=("块数与边长的平方成反比。", "按边长之比连乘两次。"),
        cot="原来每块 {a} × {a} = {old} 平方厘米，总面积 {old} × {n} = {floor_area} 平方厘米；"
        "新砖每块 {b} × {b} = {new} 平方厘米，需 {floor_area} ÷ {new} = {answer} 块。",
        scenes=scenes("floor", "门厅", "游泳馆", "露台", "展厅"),
    ),
)

TEMPLATES = (THREE, JOINED, SCALES, TILES)
