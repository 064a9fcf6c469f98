"""Templates of quantities in several units: weights, areas of land, speeds.

    from raymath.data.synthesis.primary.units import TEMPLATES

Hours and dates are in `time_and_calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _crates_work(v: Numbers) -> Mapping[str, Value]:
    grams = v["a"] * v["c"]
    return {
        "kilos": v["a"] * v["b"],
        "grams": grams,
        "more": Decimal(grams) / 1000,
        "answer": v["a"] * v["b"] + Decimal(grams) / 1000,
    }


CRATES = Template(
    "primary-compound-weights",
    "primary/units",
    draw=lambda rng: {"a": rng.randint(3, 24), "b": rng.randint(2, 19), "c": rng.randint(11, 989)},
    work=_crates_work,
    code="from decimal import Decimal\n\ngrams = {a} * ({b} * 1000 + {c})\n"
    "print(format((Decimal(grams) / 1000).normalize(), 'f'))",
    en=Telling(
        questions=(
            "Each of {a} {things} weighs {b} kg {c} g. How many kilograms do they weigh together?",
            "A {carrier} is loaded with {a} {things} of {b} kg {c} g each. What is the load in kilograms?",
            "One of the {things} brings the scales to {b} kg and {c} g. "
            "How many kg do {a} equal ones put on a {carrier}?",
        ),
        plans=("I calculate in grams and convert at the end.", "Everything in grams first."),
        cot="The kilograms add up to {a} × {b} = {kilos}. The grams add up to {a} × {c} = {grams}, "
        "which are {grams} ÷ 1000 = {more} kg. Together {kilos} + {more} = {answer} kg.",
        scenes=scenes("things/carrier", "iron pots/cart", "pumpkins/raft", "marble slabs/lift", "sandbags/lorry"),
    ),
    zh=Telling(
        questions=(
            "每{unit}{things}重{b}千克{c}克，{a}{unit}一共重多少千克？",
            "{carrier}上装了{a}{unit}{things}，每{unit}{b}千克{c}克，总重是几千克？",
            "称得一{unit}{things}是{b}千克又{c}克，同样的{a}{unit}放上{carrier}，共增加多少千克？",
        ),
        plans=("先统一成克，最后换算成千克。", "全部化成克来计算。"),
        cot="千克部分 {a} × {b} = {kilos}，克的部分 {a} × {c} = {grams}，合 {grams} ÷ 1000 = {more} 千克，"
        "共 {kilos} + {more} = {answer} 千克。",
        scenes=scenes("things/unit/carrier", "铁锅/口/平板车", "南瓜/个/木筏", "石板/块/升降机", "沙袋/袋/卡车"),
    ),
)


def _land(rng: Random) -> Numbers:
    wide = 10 * rng.randint(6, 48)
    return {"a": wide + 10 * rng.randint(1, 60), "b": wide, "y": 10 * rng.randint(12, 98)}


def _land_work(v: Numbers) -> Mapping[str, Value]:
    metres = v["a"] * v["b"]
    hectares = Decimal(metres) / 10_000
    return {"metres": metres, "hectares": hectares, "answer": hectares * v["y"]}


LAND = Template(
    "primary-hectares",
    "primary/units",
    draw=_land,
    work=_land_work,
    code="from decimal import Decimal\nfrom fractions import Fraction\n\n"
    "per_square_metre = Fraction({y}, 100 * 100)\n"
    "total = per_square_metre * {a} * {b}\n"
    "print(format((Decimal(total.numerator) / total.denominator).normalize(), 'f'))",
    en=Telling(
        questions=(
            "A rectangular field of {a} m by {b} m is sown with {plant}. A hectare needs {y} kg of {stuff}. "
            "How many kg of {stuff} does the field need?",
            "{y} kg of {stuff} are used for every hectare of {plant}. {name} has a rectangle {b} m wide and "
            "{a} m long. "
            "How many kg is that?",
            "How many kilograms of {stuff} go onto a rectangular piece of land with {plant}, {a} m long and "
            "{b} m wide, "
            "at {y} kg per hectare?",
        ),
        plans=("I find what one square metre needs.", "A hectare has 100 × 100 square metres."),
        cot="The area is {a} × {b} = {metres} square metres. A hectare has 10000 of them, so there are "
        "{metres} ÷ 10000 = {hectares} hectares. They need {hectares} × {y} = {answer} kg.",
        scenes=scenes("plant/stuff", "flax/seed", "lavender/compost", "clover/lime", "mustard/fertiliser"),
    ),
    zh=Telling(
        questions=(
            "长方形{plant}地的长和宽分别为{a}米、{b}米，每公顷要用{stuff}{y}千克，这块地共要多少千克{stuff}？",
            "每公顷{plant}地施{stuff}{y}千克，{name}家的长方形地宽{b}米、长{a}米，一共用几千克？",
            "一块长方形{plant}田，长{a}米，宽{b}米，按每公顷{y}千克的标准备{stuff}，应备多少千克？",
        ),
        plans=("先算每平方米用多少。", "1公顷是100米见方，由此换算。"),
        cot="面积 {a} × {b} = {metres} 平方米，1公顷是10000平方米，合 {metres} ÷ 10000 = {hectares} 公顷，"
        "共用 {hectares} × {y} = {answer} 千克。",
        scenes=scenes("plant/stuff", "亚麻/草木灰", "薰衣草/堆肥", "油菜/石灰", "荞麦/复合肥"),
    ),
)

SPEED = Template(
    "primary-speed-units",
    "primary/units",
    draw=lambda rng: {"v": 18 * rng.randint(1, 20), "s": rng.randint(11, 380)},
    work=lambda v: {
        "metres": v["v"] * 1000,
        "second": v["v"] * 1000 // 3600,
        "answer": v["v"] * 1000 // 3600 * v["s"],
    },
    code="from fractions import Fraction\n\nhours = Fraction({s}, 60 * 60)\nprint({v} * hours * 1000)",
    en=Telling(
        questions=(
            "A {mover} keeps to {v} km/h. How many metres does it cover in {s} seconds?",
            "How far in metres does a {mover} get in {s} seconds at a constant {v} kilometres an hour?",
            "{name} films a {mover} for {s} seconds while it moves at {v} km/h. "
            "What distance in metres is on the film?",
        ),
        plans=("I turn the seconds into hours.", "I convert the time and use the speed per hour."),
        cot="In an hour it covers {v} × 1000 = {metres} m. An hour has 3600 seconds, so in a second it covers "
        "{metres} ÷ 3600 = {second} m. In {s} seconds: {second} × {s} = {answer} m.",
        scenes=scenes("mover", "racing drone", "maglev train", "rocket sled", "test car"),
    ),
    zh=Telling(
        questions=(
            "{mover}每小时能走{v}千米，快慢始终不变，那么{s}秒里走多少米？",
            "{name}拍摄{mover}{s}秒，它一直保持时速{v}千米，这段时间走了几米？",
            "时速{v}千米的{mover}，经过{s}秒，移动的距离是多少米？",
        ),
        plans=("把秒化成小时，再用时速计算。", "先换算时间单位。"),
        cot="一小时前进 {v} × 1000 = {metres} 米，一小时有3600秒，每秒 {metres} ÷ 3600 = {second} 米，"
        "{s}秒前进 {second} × {s} = {answer} 米。",
        scenes=scenes("mover", "竞速无人机", "磁浮列车", "试验车", "火箭滑车"),
    ),
)

TEMPLATES = (CRATES, LAND, SPEED)
