"""Templates of word problems with fractions: a part of the rest, the whole from a part, one compared with another.

from raymath.data.synthesis.primary.fraction_problems import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.primary.fractions import proper
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _rest(rng: Random) -> Numbers:
    (a, b), (c, d) = proper(rng, 3, 9), proper(rng, 3, 9)
    return {"n": b * d * rng.randint(2, 30), "a": a, "b": b, "c": c, "d": d}


def _rest_work(v: Numbers) -> Mapping[str, Value]:
    first = v["n"] // v["b"] * v["a"]
    rest = v["n"] - first
    second = rest // v["d"] * v["c"]
    return {"first": first, "rest": rest, "second": second, "answer": rest - second}


PART_OF_REST = Template(
    "primary-part-of-the-rest",
    "primary/fraction-problems",
    draw=_rest,
    work=_rest_work,
    code="from fractions import Fraction\n\nleft = Fraction({n})\n"
    "for part in (Fraction({a}, {b}), Fraction({c}, {d})):\n"
    "    left *= 1 - part\nprint(left)",
    en=Telling(
        questions=(
            "Of {n} {things}, {name} {does} {a}/{b} in the first week and {c}/{d} of the rest in the second. "
            "How many {things} are left?",
            "{n} {things} wait. First {a}/{b} of them are dealt with, then {c}/{d} of those still waiting. "
            "How many {things} remain after that?",
            "In week one {name} {does} {a}/{b} of the {things}, in week two {c}/{d} of what week one left. "
            "There were {n} at first. How many are there at the end?",
        ),
        plans=("I keep the part that is left each time.", "Each step leaves one minus its fraction."),
        cot="First {n} ÷ {b} × {a} = {first} are done and {n} - {first} = {rest} are left. "
        "Then {rest} ÷ {d} × {c} = {second} more are done. In the end {rest} - {second} = {answer} are left.",
        scenes=scenes("things/does", "fossils/cleans", "stamps/sorts", "tulip bulbs/plants", "pages/proofreads"),
    ),
    zh=Telling(
        questions=(
            "{name}要{does}{n}{unit}{things}，第一周{does}了其中的{a}/{b}，第二周{does}了余下的{c}/{d}，"
            "还有多少{unit}没做？",
            "{things}共{n}{unit}，先处理{a}/{b}，再处理剩余部分的{c}/{d}，这时还剩几{unit}？",
            "第一周{name}{does}了全部{things}的{a}/{b}，第二周又{does}了第一周剩下的{c}/{d}。原有{n}{unit}，"
            "最后还余多少{unit}？",
        ),
        plans=("每一步只保留剩下的部分。", "用1减去每次的分率，连续相乘。"),
        cot="第一次 {n} ÷ {b} × {a} = {first}，余 {n} - {first} = {rest}；第二次 {rest} ÷ {d} × {c} = {second}，"
        "最后余 {rest} - {second} = {answer} {unit}。",
        scenes=scenes("things/does/unit", "化石/清理/块", "邮票/整理/枚", "郁金香球根/栽种/个", "书稿/校对/页"),
    ),
)


def _whole(rng: Random) -> Numbers:
    a, b = proper(rng, 4, 13)
    rest = (b - a) * rng.randint(12, 90)
    n = rng.randint(rest // 5 + 1, rest * 4 // 5)
    return {"a": a, "b": b, "n": n, "m": rest - n}


WHOLE = Template(
    "primary-whole-from-a-part",
    "primary/fraction-problems",
    draw=_whole,
    work=lambda v: {
        "rest": v["n"] + v["m"],
        "parts": v["b"] - v["a"],
        "part": (v["n"] + v["m"]) // (v["b"] - v["a"]),
        "answer": (v["n"] + v["m"]) // (v["b"] - v["a"]) * v["b"],
    },
    code="whole = {b}\nwhile whole - whole // {b} * {a} - {n} != {m}:\n    whole += {b}\nprint(whole)",
    en=Telling(
        questions=(
            "{a}/{b} of the {stuff} in a {store} is used up, then another {n} kg, and {m} kg are left. "
            "How many kg were there at first?",
            "A {store} has {m} kg of {stuff} left, after {a}/{b} of it was sold on Monday and {n} kg on Tuesday. "
            "How many kg did it hold before?",
            "After giving away {n} kg on top of {a}/{b} of all the {stuff}, a {store} keeps {m} kg. "
            "What was the whole amount in kg?",
        ),
        plans=("I try amounts that the denominator divides.", "I search for the whole that leaves this rest."),
        cot="Together {n} + {m} = {rest} kg are what the first step left. That is {b} - {a} = {parts} of {b} equal "
        "parts, so a part has {rest} ÷ {parts} = {part} kg. The whole is {part} × {b} = {answer} kg.",
        scenes=scenes("store/stuff", "barn/straw", "smithy/iron", "dairy/butter", "tea house/tea"),
    ),
    zh=Telling(
        questions=(
            "{store}里的{stuff}用掉{a}/{b}以后又用掉{n}千克，还剩{m}千克，原有多少千克？",
            "周一卖出全部{stuff}的{a}/{b}，周二又卖出{n}千克，{store}只剩{m}千克，卖之前有几千克？",
            "{store}送走了总量{a}/{b}的{stuff}，另外再送{n}千克，手头还留{m}千克，总量是多少千克？",
        ),
        plans=("从分母的倍数中逐个试总量。", "枚举总量，检验剩余是否符合。"),
        cot="第一步之后剩 {n} + {m} = {rest} 千克，占{b}份中的 {b} - {a} = {parts} 份，"
        "每份 {rest} ÷ {parts} = {part} 千克，"
        "总量 {part} × {b} = {answer} 千克。",
        scenes=scenes("store/stuff", "谷仓/稻草", "铁匠铺/生铁", "奶坊/黄油", "茶庄/茶叶"),
    ),
)


def _compared(rng: Random) -> Numbers:
    a, b = proper(rng, 4, 15)
    return {"a": a, "b": b, "n": (b - a) * rng.randint(5, 120)}


COMPARED = Template(
    "primary-fraction-of-another",
    "primary/fraction-problems",
    draw=_compared,
    work=lambda v: {
        "gap": v["b"] - v["a"],
        "all": v["a"] + v["b"],
        "part": v["n"] // (v["b"] - v["a"]),
        "answer": v["n"] // (v["b"] - v["a"]) * (v["a"] + v["b"]),
    },
    code="more = {b}\nwhile more - more // {b} * {a} != {n}:\n    more += {b}\nless = more - {n}\nprint(more + less)",
    en=Telling(
        questions=(
            "A {place} has {a}/{b} as many {one} as {two}, and {n} more {two} than {one}. "
            "How many {one} and {two} are there in all?",
            "There are {n} fewer {one} than {two} in a {place}. The {one} number {a}/{b} of the {two}. "
            "What is the total of both?",
            "In a {place} the number of {one} is {a}/{b} of the number of {two}; the difference is {n}. "
            "How many are both kinds together?",
        ),
        plans=("I try numbers of the larger kind.", "I search for the two numbers with this difference."),
        cot="Out of {b} equal parts of the {two}, the {one} make up {a}, so {b} - {a} = {gap} parts are {n}. "
        "A part is {n} ÷ {gap} = {part}. Both have {a} + {b} = {all} parts: {part} × {all} = {answer}.",
        scenes=scenes(
            "place/one/two",
            "reserve/storks/herons",
            "museum/statues/vases",
            "harbour/yachts/barges",
            "library/atlases/novels",
        ),
    ),
    zh=Telling(
        questions=(
            "{place}里{one}的数量是{two}的{a}/{b}，{two}比{one}多{n}{unit}，两种共多少{unit}？",
            "{one}比{two}少{n}{unit}，恰好是{two}的{a}/{b}，{place}里这两种合起来有几{unit}？",
            "在{place}，{one}相当于{two}的{a}/{b}，二者相差{n}{unit}，求{one}与{two}的总数。",
        ),
        plans=("逐个试较多的那一种的数量。", "枚举，找相差符合的两个数。"),
        cot="把{two}看作{b}份，{one}占{a}份，相差 {b} - {a} = {gap} 份，即{n}{unit}，"
        "每份 {n} ÷ {gap} = {part} {unit}；"
        "共 {a} + {b} = {all} 份，{part} × {all} = {answer} {unit}。",
        scenes=scenes(
            "place/one/two/unit", "保护区/白鹳/苍鹭/只", "博物馆/石像/陶俑/尊", "港口/游艇/驳船/艘", "书库/图册/小说/本"
        ),
    ),
)

TEMPLATES = (PART_OF_REST, WHOLE, COMPARED)
