"""Templates of ages: of people, and of buildings and trees, which grow older than people.

from raymath.data.synthesis.primary.ages import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _buildings(rng: Random) -> Numbers:
    b, x, k = rng.randint(5, 120), rng.randint(5, 90), rng.randint(3, 7)
    return {"a": k * (b + x) - x, "b": b, "k": k}


BUILDINGS = Template(
    "primary-age-multiple-later",
    "primary/ages",
    draw=_buildings,
    work=lambda v: {
        "gap": v["a"] - v["b"],
        "parts": v["k"] - 1,
        "then": (v["a"] - v["b"]) // (v["k"] - 1),
        "answer": (v["a"] - v["b"]) // (v["k"] - 1) - v["b"],
    },
    code="years = 0\nwhile {a} + years != {k} * ({b} + years):\n    years += 1\nprint(years)",
    en=Telling(
        questions=(
            "The old {thing} is {a} years old, the new one {b}. In how many years will the old one be exactly {k} "
            "times as old as the new one?",
            "A {thing} has stood for {a} years, its neighbour for {b} years. "
            "After how many more years is the age of the first {k} times that of the second?",
            "{name} reads on two signs: this {thing} is {b} years old, the other {a}. "
            "How many years from now will the larger age be {k} times the smaller?",
        ),
        plans=("I let the years pass one by one.", "I go on year by year until the ages fit."),
        cot="The gap between the ages stays {a} - {b} = {gap} years. At that time it is {k} - 1 = {parts} times the "
        "smaller age, which is then {gap} ÷ {parts} = {then}. That is in {then} - {b} = {answer} years.",
        scenes=scenes("thing", "bridge", "windmill", "lighthouse", "plane tree", "bell tower"),
    ),
    zh=Telling(
        questions=(
            "老{thing}已有{a}年，新{thing}有{b}年，再过多少年，老的年数恰好是新的{k}倍？",
            "甲{thing}距今{a}年，乙{thing}距今{b}年，几年以后甲的年数是乙的{k}倍？",
            "{name}看到两块牌子：这{unit}{thing}{b}岁，那{unit}{a}岁。多少年后，大的岁数正好等于小的{k}倍？",
        ),
        plans=("一年一年往后推。", "逐年检验倍数关系。"),
        cot="年数之差始终是 {a} - {b} = {gap}，那时差是较小年数的 {k} - 1 = {parts} 倍，"
        "小的年数为 {gap} ÷ {parts} = {then}，"
        "所以要过 {then} - {b} = {answer} 年。",
        scenes=scenes("thing/unit", "石桥/座", "风车/座", "灯塔/座", "梧桐树/棵", "钟楼/座"),
    ),
)


def _generations(rng: Random) -> Numbers:
    while True:
        c, k, o = rng.randint(6, 13), rng.randint(3, 5), rng.randint(2, 6)
        if 27 <= k * c + o <= 46:
            return {"c": c, "k": k, "o": o, "d": rng.randint(22, 34), "y": rng.randint(2, 20)}


def _generations_work(v: Numbers) -> Mapping[str, Value]:
    parent = v["k"] * v["c"] + v["o"]
    grand = parent + v["d"]
    now = v["c"] + parent + grand
    return {"parent": parent, "grand": grand, "now": now, "more": 3 * v["y"], "answer": now + 3 * v["y"]}


GENERATIONS = Template(
    "primary-three-generations",
    "primary/ages",
    draw=_generations,
    work=_generations_work,
    code="ages = [{c}, {c} * {k} + {o}, {c} * {k} + {o} + {d}]\nfor year in range({y}):\n"
    "    ages = [age + 1 for age in ages]\nprint(sum(ages))",
    en=Telling(
        questions=(
            "{name} is {c} years old. The {parent_word} is {o} years older than {k} times that, and the "
            "{grand_word} is "
            "{d} years older than the {parent_word}. What is the sum of the three ages in {y} years?",
            "In {y} years, how old will {name}, the {parent_word} and the {grand_word} be together, if "
            "{name} is {c} now, "
            "the {parent_word} {k} times as old and {o} years more, and the {grand_word} another {d} years older?",
            "A {grand_word} is {d} years older than the {parent_word} of {name}, who is {c}. Multiply {c} by {k} and "
            "add {o} for the age of the {parent_word}. What do the three ages add up to {y} years from now?",
        ),
        plans=("I let everyone grow older year by year.", "I list the ages and add the years one by one."),
        cot="The {parent_word} is {k} × {c} + {o} = {parent}, the {grand_word} {parent} + {d} = {grand}. "
        "Now the sum is {c} + {parent} + {grand} = {now}. In {y} years each is {y} older, together 3 × {y} = {more}. "
        "The sum is then {now} + {more} = {answer}.",
        scenes=scenes("parent_word/grand_word", "father/grandmother", "mother/grandfather", "father/grandfather"),
    ),
    zh=Telling(
        questions=(
            "{name}今年{c}岁，{dad}的岁数等于{name}的{k}倍再加{o}，{grandpa}又比{dad}大{d}岁，"
            "{y}年后三人年龄之和是多少岁？",
            "再过{y}年，{name}、{dad}和{grandpa}一共多少岁？现在{name}{c}岁，{dad}是{name}的{k}倍又多{o}岁，"
            "{grandpa}比{dad}年长{d}岁。",
            "{grandpa}比{dad}大{d}岁；把{name}的年龄{c}岁乘{k}再加{o}，就是{dad}的年龄。过{y}年，"
            "三个人的岁数加起来是几？",
        ),
        plans=("让每个人逐年长大。", "列出三人年龄，逐年加一。"),
        cot="{dad} {k} × {c} + {o} = {parent} 岁，{grandpa} {parent} + {d} = {grand} 岁，现在共 "
        "{c} + {parent} + {grand} = {now} 岁。{y}年后三人共增加 3 × {y} = {more} 岁，"
        "和是 {now} + {more} = {answer} 岁。",
        scenes=scenes("dad/grandpa", "爸爸/爷爷", "妈妈/外婆", "爸爸/奶奶"),
    ),
)


def _unborn(rng: Random) -> Numbers:
    n, y = rng.randint(3, 6), rng.randint(5, 16)
    age = rng.randint(2, y - 2)
    now = age + (n - 1) * (y + 9) + rng.randint(20, 120)
    return {"n": n, "s": now, "y": y, "t": now - age - (n - 1) * y}


UNBORN = Template(
    "primary-youngest-not-born",
    "primary/ages",
    draw=_unborn,
    work=lambda v: {
        "full": v["n"] * v["y"],
        "drop": v["s"] - v["t"],
        "missing": v["n"] * v["y"] - v["s"] + v["t"],
        "answer": v["y"] - (v["n"] * v["y"] - v["s"] + v["t"]),
    },
    code="age = 0\nwhile {s} - age - ({n} - 1) * {y} != {t}:\n    age += 1\nprint(age)",
    en=Telling(
        questions=(
            "The ages of the {n} people in a {group} add up to {s}. {y} years ago the ages of those already "
            "born added "
            "up to {t}; only the youngest was not born yet. How old is the youngest now?",
            "A {group} of {n} has {s} years altogether. {y} years earlier, when the youngest was not yet in the "
            "world and all others were, it had {t}. What is the age of the youngest today?",
            "{y} years ago a {group} was one person smaller, as the youngest had not been born, and its ages "
            "made {t}. "
            "Today its {n} people make {s}. How many years old is the youngest?",
        ),
        plans=("I try ages for the youngest.", "I search for the age that gives the former sum."),
        cot="{n} people would have been {n} × {y} = {full} years younger together, but the sum fell only by "
        "{s} - {t} = {drop}. The youngest was born {full} - {drop} = {missing} years after that time and is "
        "{y} - {missing} = {answer} years old.",
        scenes=scenes("group", "family", "clan", "household"),
    ),
    zh=Telling(
        questions=(
            "{group}{n}口人现在的年龄和是{s}岁，{y}年前最小的还没出生，其余的人年龄和是{t}岁，最小的今年几岁？",
            "{y}年前，{group}除了尚未出生的老幺，其他人的岁数合计{t}；如今全家{n}人合计{s}岁。老幺现在多大（岁）？",
            "{group}现有{n}人，岁数加起来为{s}。倒回{y}年，最小的孩子还没有出生，其他人加起来为{t}。"
            "这个孩子今年多少岁？",
        ),
        plans=("逐个试最小成员的年龄。", "找出使从前的年龄和符合的岁数。"),
        cot="{n}人{y}年应共减少 {n} × {y} = {full} 岁，实际只减少 {s} - {t} = {drop} 岁，说明最小的在那之后 "
        "{full} - {drop} = {missing} 年才出生，今年 {y} - {missing} = {answer} 岁。",
        scenes=scenes("group", "老秦家", "船长家", "牧民一家", "戏班班主家"),
    ),
)

TEMPLATES = (BUILDINGS, GENERATIONS, UNBORN)
