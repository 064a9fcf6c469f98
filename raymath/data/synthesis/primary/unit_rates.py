"""Templates for unit rates: from one to many, from a total to its shares.

from raymath.data.synthesis.primary.unit_rates import TEMPLATES
"""

from __future__ import annotations

from math import lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _double(rng: Random) -> Numbers:
    a, c = rng.sample(range(3, 16), 2)
    b, d = rng.sample(range(3, 13), 2)
    return {"a": a, "b": b, "n": a * b * rng.randint(6, 38), "c": c, "d": d}


DOUBLE_RATE = Template(
    "primary-double-unit-rate",
    "primary/unit-rate",
    draw=_double,
    work=lambda v: {
        "each": v["n"] // v["a"],
        "one": v["n"] // v["a"] // v["b"],
        "group": v["n"] // v["a"] // v["b"] * v["c"],
        "answer": v["n"] // v["a"] // v["b"] * v["c"] * v["d"],
    },
    code="from fractions import Fraction\ntimes_more = Fraction({c}, {a}) * Fraction({d}, {b})\n"
    "print({n} * times_more)",
    en=Telling(
        questions=(
            "{a} {workers} {do} {n} {things} in {b} hours. At the same pace, how many {things} do {c} {workers} {do} "
            "in {d} hours?",
            "How many {things} can {c} {workers} {do} in {d} hours, if {a} of them {do} {n} in {b} hours?",
            "In {b} hours {n} {things} are finished by {a} equally fast {workers}. {c} such {workers} go on for {d} "
            "hours. How many {things} will that be?",
        ),
        plans=("I scale by the workers and by the hours.", "Number and time change in proportion."),
        cot="One of the {workers} does {n} ÷ {a} = {each} in {b} hours, and {each} ÷ {b} = {one} in an hour. "
        "{c} of them do {one} × {c} = {group} an hour, and in {d} hours {group} × {d} = {answer}.",
        scenes=scenes(
            "workers/do/things",
            "robots/weld/joints",
            "potters/glaze/cups",
            "volunteers/fold/leaflets",
            "printers/print/maps",
        ),
    ),
    zh=Telling(
        questions=(
            "{a}{who}{workers}{b}小时能{do}{n}{unit}{things}，照这样，{c}{who}{workers}{d}小时能{do}多少{unit}？",
            "{c}{who}{workers}{d}小时{do}几{unit}{things}？已知效率相同的{a}{who}{workers}{b}小时{do}{n}{unit}。",
            "{b}小时内，{a}{who}{workers}一共{do}{things}{n}{unit}。如果换成{c}{who}，干{d}小时，可以{do}多少{unit}？",
        ),
        plans=("按数量和时间的倍数放大。", "总量与数量、时间都成正比。"),
        cot="每{who}{b}小时{do} {n} ÷ {a} = {each} {unit}，每小时 {each} ÷ {b} = {one} {unit}；"
        "{c}{who}每小时 {one} × {c} = {group} {unit}，{d}小时 {group} × {d} = {answer} {unit}。",
        scenes=scenes(
            "workers/do/things/who/unit",
            "机器人/焊接/接头/台/个",
            "陶工/上釉/茶杯/名/只",
            "志愿者/折/传单/名/张",
            "打印机/打印/地图/台/张",
        ),
    ),
)


def _total(rng: Random) -> Numbers:
    small, big = sorted(rng.sample([2, 3, 4, 5, 7, 8, 9, 11, 12, 13], 2))
    unit = rng.randint(2, 24)
    return {"p": unit * small, "t": big * rng.randint(2, 96 // big), "q": unit * big}


DAYS_SAVED = Template(
    "primary-days-saved",
    "primary/unit-rate",
    draw=_total,
    work=lambda v: {
        "total": v["p"] * v["t"],
        "days": v["p"] * v["t"] // v["q"],
        "answer": v["t"] - v["p"] * v["t"] // v["q"],
    },
    code="left = sum([{p}] * {t})\ndays = 0\nwhile left > 0:\n    left -= {q}\n    days += 1\nprint({t} - days)",
    en=Telling(
        questions=(
            "A {place} has {stuff} for {t} days at {p} kg a day. It uses {q} kg a day instead. "
            "How many days earlier does the {stuff} run out?",
            "With {p} kg of {stuff} a day the store of a {place} lasts {t} days. "
            "By how many days is it shorter if {q} kg are taken a day?",
            "{q} kg of {stuff} go every day in a {place}, although the plan was {p} kg a day for {t} days. "
            "How many days too soon is everything used up?",
        ),
        plans=("I use up the store day by day.", "I count the days that the store really lasts."),
        cot="The store is {p} × {t} = {total} kg. It really lasts {total} ÷ {q} = {days} days. "
        "That is {t} - {days} = {answer} fewer.",
        scenes=scenes("place/stuff", "zoo/hay", "ship/coal", "canteen/rice", "stable/oats"),
    ),
    zh=Telling(
        questions=(
            "{place}的{stuff}按每天{p}千克计划用{t}天，实际每天用掉{q}千克，提前几天用完？",
            "每天取{p}千克，{place}的{stuff}够用{t}天；若每天取{q}千克，要少用多少天？",
            "{place}实际每天消耗{q}千克{stuff}，而当初是照每天{p}千克、用{t}天准备的，会早用完几天？",
        ),
        plans=("一天一天地消耗，数出实际天数。", "先求总量，再模拟实际用的天数。"),
        cot="{stuff}共 {p} × {t} = {total} 千克，实际用 {total} ÷ {q} = {days} 天，提前 {t} - {days} = {answer} 天。",
        scenes=scenes("place/stuff", "动物园/干草", "轮船/煤", "食堂/大米", "马场/燕麦"),
    ),
)


def _packs(rng: Random) -> Numbers:
    a, b = rng.sample(range(2, 10), 2)
    cheap, dear = sorted(rng.sample(range(6, 30), 2))
    return {"a": a, "p": a * dear, "b": b, "q": b * cheap, "n": lcm(a, b) * rng.randint(2, 6)}


CHEAPER_PACK = Template(
    "primary-cheaper-source",
    "primary/unit-rate",
    draw=_packs,
    work=lambda v: {
        "dear": v["p"] // v["a"],
        "cheap": v["q"] // v["b"],
        "gap": v["p"] // v["a"] - v["q"] // v["b"],
        "answer": (v["p"] // v["a"] - v["q"] // v["b"]) * v["n"],
    },
    code="packs_a = {n} // {a}\npacks_b = {n} // {b}\nprint(packs_a * {p} - packs_b * {q})",
    en=Telling(
        questions=(
            "One {seller} asks {p} dollars for {a} kg of {stuff}, another {q} dollars for {b} kg. "
            "How many dollars does the cheaper one save on {n} kg?",
            "{b} kg of {stuff} for {q} dollars, or {a} kg for {p} dollars: {name} needs {n} kg. "
            "How many dollars lie between the two offers?",
            "{name} orders {n} kg of {stuff}. {a} kg cost {p} dollars at one {seller} and {b} kg cost {q} dollars at "
            "the other. What is the difference in dollars for the whole order?",
        ),
        plans=("I count the packs of each kind and compare the bills.", "I compute both bills by whole packs."),
        cot="The first asks {p} ÷ {a} = {dear} dollars a kg, the second {q} ÷ {b} = {cheap}. The difference is "
        "{dear} - {cheap} = {gap} dollars a kg, and for {n} kg it is {gap} × {n} = {answer} dollars.",
        scenes=scenes("seller/stuff", "farm/walnuts", "mill/flour", "dealer/beeswax", "grower/chestnuts"),
    ),
    zh=Telling(
        questions=(
            "甲{seller}{a}千克{stuff}卖{p}元，乙{seller}{b}千克卖{q}元。买{n}千克，挑便宜的一家能省多少元？",
            "{stuff}有两种卖法：{b}千克{q}元，或{a}千克{p}元。{name}要买{n}千克，两种卖法相差多少元？",
            "{name}订{n}千克{stuff}，一家{seller}每{a}千克收{p}元，另一家每{b}千克收{q}元，总价差几元？",
        ),
        plans=("各算需要几份，比较两张账单。", "分别按整份数求总价，再相减。"),
        cot="甲每千克 {p} ÷ {a} = {dear} 元，乙每千克 {q} ÷ {b} = {cheap} 元，每千克差 {dear} - {cheap} = {gap} 元，"
        "{n}千克差 {gap} × {n} = {answer} 元。",
        scenes=scenes("seller/stuff", "农场/核桃", "磨坊/面粉", "铺子/蜂蜡", "果园/板栗"),
    ),
)

TEMPLATES = (DOUBLE_RATE, DAYS_SAVED, CHEAPER_PACK)
