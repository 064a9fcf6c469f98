"""Templates of percentages: a change after a change, two groups in one, a diluted mixture, back to the base.

    from raymath.data.synthesis.primary.percentages import TEMPLATES

Interest and tax are in `interest_and_tax`, discounts in `shopping`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import gcd
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _up_down(rng: Random) -> Numbers:
    return {"n": 100 * rng.randint(3, 98), "a": rng.randint(5, 45), "b": rng.randint(5, 45)}


def _up_down_work(v: Numbers) -> Mapping[str, Value]:
    rise = v["n"] * v["a"] // 100
    high = v["n"] + rise
    fall = Decimal(high * v["b"]) / 100
    return {"rise": rise, "high": high, "fall": fall, "answer": high - fall}


UP_DOWN = Template(
    "primary-rise-then-fall",
    "primary/percentages",
    draw=_up_down,
    work=_up_down_work,
    code="from decimal import Decimal\n\nshare = Decimal(100 + {a}) * (100 - {b}) / 100\n"
    "print(format((share * {n} / 100).normalize(), 'f'))",
    en=Telling(
        questions=(
            "{what} was {n} {unit}. It rose by {a}% in spring and fell by {b}% of the new value in autumn. "
            "How many {unit} is it now?",
            "First {a}% more, then {b}% less than that: where does {whatever} of {n} {unit} end, in {unit}?",
            "{name} notes {n} {unit} for {whatever}. A year later it is {a}% higher, and another year later "
            "{b}% lower "
            "than then. What is noted last, in {unit}?",
        ),
        plans=("I combine both percentages first.", "The two changes make one factor."),
        cot="The rise is {n} × {a}% = {rise}, which gives {n} + {rise} = {high}. The fall is {high} × {b}% = {fall}. "
        "Now it is {high} - {fall} = {answer}.",
        scenes=scenes(
            "what/whatever/unit",
            "The rent of a workshop/the rent of a workshop/dollars",
            "The weight of a shoal/the weight of a shoal/kg",
            "The monthly output of a spring/the monthly output of a spring/litres",
        ),
    ),
    zh=Telling(
        questions=(
            "{what}原来是{n}{unit}，春天上升了{a}%，秋天又比春天下降了{b}%，现在是多少{unit}？",
            "先增加{a}%，再在此基础上减少{b}%，{what}由{n}{unit}变成了几{unit}？",
            "{name}记录{what}为{n}{unit}，一年后提高{a}%，再过一年又降低{b}%（与前一年相比），最后是多少{unit}？",
        ),
        plans=("先把两次变化合成一个倍数。", "两次的百分率连乘。"),
        cot="上升 {n} × {a}% = {rise}，变为 {n} + {rise} = {high}；下降 {high} × {b}% = {fall}，"
        "变为 {high} - {fall} = {answer}。",
        scenes=scenes("what/unit", "作坊的租金/元", "鱼群的总重/千克", "泉眼每月的出水量/升"),
    ),
)


def _batches(rng: Random) -> Numbers:
    total = rng.choice((200, 250, 400, 500, 1000))
    a = 50 * rng.randint(1, total // 50 - 1)
    p, q = rng.sample(range(52, 99, 2), 2)
    return {"a": a, "p": p, "b": total - a, "q": q}


def _batches_work(v: Numbers) -> Mapping[str, Value]:
    first, second = v["a"] * v["p"] // 100, v["b"] * v["q"] // 100
    total = v["a"] + v["b"]
    return {
        "first": first,
        "second": second,
        "good": first + second,
        "total": total,
        "share": Decimal(first + second) / total,
        "answer": Decimal(100 * (first + second)) / total,
    }


BATCHES = Template(
    "primary-overall-rate",
    "primary/percentages",
    draw=_batches,
    work=_batches_work,
    code="from decimal import Decimal\n\nlead = Decimal({p} - {q}) * {a} / ({a} + {b})\n"
    "print(format(({q} + lead).normalize(), 'f'))",
    en=Telling(
        questions=(
            "Of {a} {things} in one batch {p}% {pass}, of {b} in another {q}%. What percentage of all {pass}?",
            "{name} tests {a} {things} on Monday and {b} on Tuesday. On Monday {p}% {pass}, on Tuesday {q}%. "
            "How many per cent is that over both days?",
            "In a batch of {b} {things} {q}% {pass}, in a batch of {a} it is {p}%. The batches are mixed. "
            "What percentage of the mixed {things} {pass}?",
        ),
        plans=("I start from one rate and weigh the difference.", "The overall rate lies between the two."),
        cot="In the first batch {a} × {p}% = {first} {pass}, in the second {b} × {q}% = {second}. "
        "That is {first} + {second} = {good} of {a} + {b} = {total}, and {good} ÷ {total} = {share}. "
        "In per cent it is {answer}.",
        scenes=scenes("things/pass", "seeds/sprout", "fuses/hold", "eggs/hatch"),
    ),
    zh=Telling(
        questions=(
            "第一批{a}{unit}{things}的{rate}是{p}%，第二批{b}{unit}的{rate}是{q}%，两批合起来{rate}是百分之几？",
            "{name}周一检验{a}{unit}{things}，{rate}{p}%；周二检验{b}{unit}，{rate}{q}%。两天总的{rate}是百分之多少？",
            "{b}{unit}{things}的{rate}为{q}%，另外{a}{unit}的为{p}%，混在一起后{rate}是百分之几？",
        ),
        plans=("从一个百分率出发，按数量加权。", "总的百分率介于两者之间。"),
        cot="第一批合格 {a} × {p}% = {first}，第二批合格 {b} × {q}% = {second}，合计 {first} + {second} = {good}，"
        "总数 {a} + {b} = {total}，{good} ÷ {total} = {share}，即{answer}%。",
        scenes=scenes("things/unit/rate", "保险丝/根/合格率", "瓷盘/个/合格率", "轮胎/条/合格率"),
    ),
)


def _dilute(rng: Random) -> Numbers:
    q = rng.randint(3, 20)
    return {"m": q * rng.randint(18, 60), "p": q + rng.randint(2, 20), "q": q}


def _dilute_work(v: Numbers) -> Mapping[str, Value]:
    total = v["m"] * v["p"] // v["q"]
    return {"solute": Decimal(v["m"] * v["p"]) / 100, "total": total, "answer": total - v["m"]}


DILUTE = Template(
    "primary-add-water",
    "primary/percentages",
    draw=_dilute,
    work=_dilute_work,
    code="water = 0\nwhile {m} * {p} > ({m} + water) * {q}:\n    water += 1\nprint(water)",
    en=Telling(
        questions=(
            "{m} g of {drink} contain {p}% {stuff}. How many grams of water bring this down to {q}%?",
            "{name} wants {drink} with {q}% {stuff} and has {m} g with {p}%. How many grams of water must be added?",
            "How much water, in grams, turns {m} g of {p}% {drink} into {q}% {drink}, if the {stuff} stays the same?",
        ),
        plans=("I add water gram by gram.", "I pour in water until the share is right."),
        cot="The {stuff} weighs {m} × {p}% = {solute} g. At {q}% the whole must weigh {solute} ÷ {q}% = {total} g. "
        "So {total} - {m} = {answer} g of water are added.",
        scenes=scenes("drink/stuff", "brine/salt", "syrup/sugar", "dye bath/dye", "vinegar/acid"),
    ),
    zh=Telling(
        questions=(
            "{m}克{drink}含{stuff}{p}%，加多少克水后含{stuff}率降到{q}%？",
            "{name}想要含{stuff}{q}%的{drink}，手边有{m}克含{stuff}{p}%的，应兑水几克？",
            "把{p}%的{drink}{m}克稀释成{q}%的{drink}，{stuff}不变，需要多少克水？",
        ),
        plans=("一克一克地加水。", "逐步加水，直到浓度符合。"),
        cot="其中{stuff}重 {m} × {p}% = {solute} 克；浓度为{q}%时总重 {solute} ÷ {q}% = {total} 克，"
        "加水 {total} - {m} = {answer} 克。",
        scenes=scenes("drink/stuff", "盐水/盐", "糖浆/糖", "染液/染料", "白醋/醋酸"),
    ),
)


def _base(rng: Random) -> Numbers:
    p = rng.choice((4, 5, 8, 10, 12, 15, 16, 20, 24, 25, 28, 30, 32, 35, 36, 40, 44, 45, 48, 55, 60))
    base = 100 // gcd(100, p) * rng.randint(11, 300)
    return {"n": base * (100 + p) // 100, "p": p}


BASE = Template(
    "primary-base-before-increase",
    "primary/percentages",
    draw=_base,
    work=lambda v: {"factor": 1 + Decimal(v["p"]) / 100, "answer": v["n"] * 100 // (100 + v["p"])},
    code="before = {n}\nwhile before * (100 + {p}) != {n} * 100:\n    before -= 1\nprint(before)",
    en=Telling(
        questions=(
            "This year {place} counts {n} {things}, {p}% more than last year. How many were there last year?",
            "After growing by {p}%, the {things} of {place} number {n}. How many were there before?",
            "{name} reads that {place} now has {n} {things} and that this is an increase of {p}%. "
            "From what number did it increase?",
        ),
        plans=("I try smaller numbers until the increase fits.", "I go down from the present number."),
        cot="Last year's number is 100%, so this year's is 1 + {p}% = {factor} times it. "
        "Last year there were {n} ÷ {factor} = {answer}.",
        scenes=scenes(
            "place/things", "a wetland/swans", "an island/windmills", "a valley/beehives", "a campus/bicycle racks"
        ),
    ),
    zh=Telling(
        questions=(
            "{place}今年有{things}{n}{unit}，比去年多{p}%，去年有多少{unit}？",
            "增加{p}%之后，{place}的{things}达到{n}{unit}，增加前是几{unit}？",
            "{name}读到：{place}现有{things}{n}{unit}，增长了{p}%。增长之前的数量是多少{unit}？",
        ),
        plans=("从现在的数量往下试，直到增长率符合。", "逐个检验去年的数量。"),
        cot="把去年看作100%，今年是去年的 1 + {p}% = {factor} 倍，去年有 {n} ÷ {factor} = {answer} {unit}。",
        scenes=scenes("place/things/unit", "湿地/天鹅/只", "海岛/风车/座", "山谷/蜂箱/个", "校园/自行车架/个"),
    ),
)

TEMPLATES = (UP_DOWN, BATCHES, DILUTE, BASE)
