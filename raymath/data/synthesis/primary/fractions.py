"""Templates of fractions: sums, lowest terms, parts of a whole.

    from raymath.data.synthesis.primary.fractions import TEMPLATES

Telescoping sums are in `clever_calculation`, work done together in `work`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def proper(rng: Random, least: int, most: int) -> tuple[int, int]:
    """Numerator and denominator of a proper fraction in lowest terms, the denominator from ``least`` to ``most``."""
    bottom = rng.randint(least, most)
    return rng.choice([top for top in range(1, bottom) if gcd(top, bottom) == 1]), bottom


def _sum(rng: Random) -> Numbers:
    while True:
        (a, b), (c, d) = proper(rng, 4, 24), proper(rng, 4, 24)
        if b != d and (Fraction(a, b) + Fraction(c, d)).denominator > 1:
            return {"a": a, "b": b, "c": c, "d": d}


def _sum_work(v: Numbers) -> Mapping[str, Value]:
    common = lcm(v["b"], v["d"])
    first, second = v["a"] * common // v["b"], v["c"] * common // v["d"]
    return {
        "common": common,
        "first": first,
        "second": second,
        "top": first + second,
        "answer": Fraction(first + second, common),
    }


SUM = Template(
    "primary-fraction-sum",
    "primary/fractions",
    draw=_sum,
    work=_sum_work,
    code="from fractions import Fraction\n\nfirst = Fraction({a}, {b})\nsecond = Fraction({c}, {d})\n"
    "print(first + second)",
    en=Telling(
        questions=(
            "Work out {a}/{b} + {c}/{d} as a fraction in lowest terms.",
            "{name} {does} {a}/{b} {unit} in the morning and {c}/{d} {unit} in the evening. "
            "How much is that in {unit_name}, as a fraction in lowest terms?",
            "In the evening {name} {does} {c}/{d} {unit}, after {a}/{b} {unit} earlier that day. "
            "Write the day's total in {unit_name} as a fraction in lowest terms.",
        ),
        plans=("I add the exact fractions.", "Exact fractions keep the sum in lowest terms."),
        cot="The common denominator is {common}: {a}/{b} = {first}/{common} and {c}/{d} = {second}/{common}. "
        "The numerators make {first} + {second} = {top}. The sum is {top}/{common}, in lowest terms {answer}.",
        scenes=scenes("does/unit/unit_name", "rows/mile/miles", "drinks/litre/litres", "knits/metre/metres"),
    ),
    zh=Telling(
        questions=(
            "计算 {a}/{b} + {c}/{d}，结果写成最简分数。",
            "{name}上午{does}了{a}/{b}{unit}，晚上{does}了{c}/{d}{unit}，合计多少{unit}？用最简分数表示。",
            "晚上{name}{does}了{c}/{d}{unit}，白天已{does}{a}/{b}{unit}，这一天总共几{unit}（写成最简分数）？",
        ),
        plans=("用分数精确相加。", "精确分数相加，自动约分。"),
        cot="公分母是{common}：{a}/{b} = {first}/{common}，{c}/{d} = {second}/{common}；"
        "分子相加 {first} + {second} = {top}，和为{top}/{common}，最简形式是{answer}。",
        scenes=scenes("does/unit", "划船/千米", "喝/升", "织/米"),
    ),
)


def _lowest(rng: Random) -> Numbers:
    a, b = proper(rng, 5, 39)
    return {"a": a, "b": b, "s": (a + b) * rng.randint(3, 40)}


LOWEST = Template(
    "primary-fraction-before-reducing",
    "primary/fractions",
    draw=_lowest,
    work=lambda v: {
        "parts": v["a"] + v["b"],
        "factor": v["s"] // (v["a"] + v["b"]),
        "answer": v["s"] // (v["a"] + v["b"]) * v["b"],
    },
    code="from fractions import Fraction\n\nbottom = {s} - 1\n"
    "while Fraction({s} - bottom, bottom) != Fraction({a}, {b}):\n"
    "    bottom -= 1\nprint(bottom)",
    en=Telling(
        questions=(
            "A fraction equals {a}/{b} in lowest terms, and its numerator and denominator add up to {s}. "
            "What is its denominator?",
            "{name} reduces a fraction to {a}/{b}. Before that, numerator plus denominator made {s}. "
            "Which number stood below the line?",
            "{s} {beads} are sorted into light and dark ones; light to dark is a fraction that reduces to {a}/{b}. "
            "How many {beads} are dark?",
        ),
        plans=("I try the denominators from the top.", "I search for the denominator that fits."),
        cot="In lowest terms numerator and denominator add up to {a} + {b} = {parts}. The fraction was reduced by "
        "{s} ÷ {parts} = {factor}. So the larger number is {b} × {factor} = {answer}.",
        scenes=scenes("beads", "beads", "pebbles", "mosaic stones", "buttons"),
    ),
    zh=Telling(
        questions=(
            "某分数约分后得{a}/{b}，约分前分子与分母之和为{s}，约分前的分母是几？",
            "{name}把一个分数约成了{a}/{b}，原来的分子加分母等于{s}，求原来的分母。",
            "{s}{unit}{beads}分浅色和深色，浅色数与深色数写成分数，约分后是{a}/{b}，深色的有多少{unit}？",
        ),
        plans=("从大到小逐个试分母。", "枚举分母，找到符合的。"),
        cot="约分后分子分母之和是 {a} + {b} = {parts}，约去的数是 {s} ÷ {parts} = {factor}，"
        "所求是 {b} × {factor} = {answer}。",
        scenes=scenes("beads/unit", "珠子/颗", "鹅卵石/块", "拼图石/块", "纽扣/粒"),
    ),
)


def _added(rng: Random) -> Numbers:
    while True:
        c, d = proper(rng, 5, 23)
        k = rng.randint(2, 9)
        x = rng.randint(2, 60)
        if c * k > x:
            return {"a": c * k - x, "b": d * k - x, "c": c, "d": d}


ADDED = Template(
    "primary-same-number-added",
    "primary/fractions",
    draw=_added,
    work=lambda v: {
        "gap": v["b"] - v["a"],
        "parts": v["d"] - v["c"],
        "factor": (v["b"] - v["a"]) // (v["d"] - v["c"]),
        "bottom": (v["b"] - v["a"]) // (v["d"] - v["c"]) * v["d"],
        "answer": (v["b"] - v["a"]) // (v["d"] - v["c"]) * v["d"] - v["b"],
    },
    code="from fractions import Fraction\n\nx = 0\nwhile Fraction({a} + x, {b} + x) != Fraction({c}, "
    "{d}):\n    x += 1\nprint(x)",
    en=Telling(
        questions=(
            "The same number is added to numerator and denominator of {a}/{b}, and the result reduces to {c}/{d}. "
            "Which number is it?",
            "{name} has won {a} of {b} {games} so far and wins all that follow. After how many more {games} "
            "is the share "
            "of wins exactly {c}/{d}?",
            "To get {c}/{d}, what must be added above and below the line of {a}/{b} alike?",
        ),
        plans=("I add more and more until the fraction fits.", "I try numbers from 0 upwards."),
        cot="The denominator stays {b} - {a} = {gap} larger than the numerator. In {c}/{d} this gap is "
        "{d} - {c} = {parts}, so that fraction was reduced by {gap} ÷ {parts} = {factor}. The new denominator is "
        "{d} × {factor} = {bottom}, and {bottom} - {b} = {answer} was added.",
        scenes=scenes("games", "games", "matches", "rounds", "duels"),
    ),
    zh=Telling(
        questions=(
            "{a}/{b}的分母和分子各添上一个相同的数，约分后成为{c}/{d}，添的数是几？",
            "{name}至今{b}{games}里胜了{a}{unit}，如果往后全胜，再赛多少{unit}，胜率正好是{c}/{d}？",
            "要想得到{c}/{d}，{a}/{b}的分子和分母应同时加上多少？",
        ),
        plans=("从0开始逐个试加数。", "逐次加1，直到分数符合。"),
        cot="分母比分子始终大 {b} - {a} = {gap}，而{c}/{d}中两者相差 {d} - {c} = {parts}，约去的数是 "
        "{gap} ÷ {parts} = {factor}。新分母是 {d} × {factor} = {bottom}，所以加了 {bottom} - {b} = {answer}。",
        scenes=scenes("games/unit", "局棋/局", "场比赛/场", "回合较量/回合"),
    ),
)

TEMPLATES = (SUM, LOWEST, ADDED)
