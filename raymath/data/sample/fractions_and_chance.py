"""Templates whose answers are fractions: sums, work done together, chance.

from raymath.data.sample.fractions_and_chance import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def reduced(top: int, bottom: int) -> str:
    """A fraction as it stands, and in lowest terms where that differs: ``6/8 = 3/4``, ``3/4``."""
    lowest = Fraction(top, bottom)
    return f"{top}/{bottom}" if lowest.denominator == bottom else f"{top}/{bottom} = {lowest}"


def _fractions(rng: Random) -> Numbers:
    b, d = rng.sample(range(5, 29), 2)
    a = rng.choice([n for n in range(2, b) if gcd(n, b) == 1])
    c = rng.choice([n for n in range(2, d) if gcd(n, d) == 1])
    return {"a": a, "b": b, "c": c, "d": d}


def _fraction_work(v: Numbers) -> Mapping[str, Value]:
    common = lcm(v["b"], v["d"])
    first, second = v["a"] * (common // v["b"]), v["c"] * (common // v["d"])
    answer = Fraction(first + second, common)
    return {
        "common": common,
        "first": first,
        "second": second,
        "sum": reduced(first + second, common),
        "answer": answer,
    }


FRACTIONS = Template(
    "fraction-sum",
    "primary/fractions",
    draw=_fractions,
    work=_fraction_work,
    code="from sympy import Rational\nfirst = Rational({a}, {b})\nsecond = Rational({c}, {d})\nprint(first + second)",
    sympy=True,
    en=Telling(
        questions=(
            "Compute {a}/{b} + {c}/{d} as a fraction.",
            "{name} walks {a}/{b} km and then {c}/{d} km. How many km is that? Give a fraction.",
            "A cook uses {a}/{b} kg of {food} and {c}/{d} kg of sugar. How many kg together, as a fraction?",
        ),
        plans=("I add the two fractions exactly.", "I add both fractions."),
        cot="Over {common}: {first}/{common} + {second}/{common} = {sum}.",
        scenes=scenes("food", "flour", "butter", "rice"),
    ),
    zh=Telling(
        questions=(
            "计算{a}/{b} + {c}/{d}。",
            "{name}先走{a}/{b}千米，又走{c}/{d}千米，共走几千米？",
        ),
        plans=("两个分数相加。", "分数精确相加。"),
        cot="通分：{first}/{common} + {second}/{common} = {sum}。",
    ),
)


def _workers(rng: Random) -> Numbers:
    a, b = sorted(rng.sample(range(11, 58), 2))
    return {"a": a, "b": b}


TOGETHER = Template(
    "work-together",
    "primary/work",
    draw=_workers,
    work=lambda v: {
        "rate": f"{v['a'] + v['b']}/{v['a'] * v['b']}",
        "time": reduced(v["a"] * v["b"], v["a"] + v["b"]),
        "answer": Fraction(v["a"] * v["b"], v["a"] + v["b"]),
    },
    code="from fractions import Fraction\nrate = Fraction(1, {a}) + Fraction(1, {b})\nprint(1 / rate)",
    en=Telling(
        questions=(
            "{name} needs {a} hours to {job}, a friend {b} hours. How many hours do they need together, as a fraction?",
            "One worker can {job} in {a} hours, another in {b} hours. In how many hours can both do it together, "
            "as a fraction?",
        ),
        plans=("I add what each does in an hour.", "Their rates add up."),
        cot="Together they do 1/{a} + 1/{b} = {rate} an hour. So they need {time} hours.",
        scenes=scenes("job", "paint a wall", "clean a hall", "dig a pond"),
    ),
    zh=Telling(
        questions=(
            "一项工程，甲队要{a}天，乙队要{b}天，合作几天完成？",
            "修一条路，甲单独要{a}天，乙单独要{b}天，两人合修要几天？",
        ),
        plans=("工作效率相加。", "先求每天共完成多少。"),
        cot="每天 1/{a} + 1/{b} = {rate}，要 {time} 天。",
    ),
)


def _bag(rng: Random) -> Numbers:
    r, b, g = rng.sample(range(11, 68), 3)
    return {"r": r, "b": b, "g": g}


CHANCE = Template(
    "draw-from-bag",
    "junior/probability",
    draw=_bag,
    work=lambda v: {
        "all": v["r"] + v["b"] + v["g"],
        "chance": reduced(v["r"], v["r"] + v["b"] + v["g"]),
        "answer": Fraction(v["r"], v["r"] + v["b"] + v["g"]),
    },
    code="from fractions import Fraction\ntotal = {r} + {b} + {g}\nprint(Fraction({r}, total))",
    en=Telling(
        questions=(
            "A bag holds {r} red, {b} blue and {g} green {items}. One is drawn at random. "
            "What is the probability that it is red? Give a fraction.",
            "There are {r} red, {b} blue and {g} green {items}. {name} takes one without looking. "
            "What is the probability of red, as a fraction?",
        ),
        plans=("The probability is red over all.", "I divide the red ones by the total."),
        cot="There are {r} + {b} + {g} = {all}. The probability is {chance}.",
        scenes=scenes("items", "balls", "beads", "marbles"),
    ),
    zh=Telling(
        questions=(
            "袋里有红球{r}个、蓝球{b}个、绿球{g}个，任取一个，是红球的概率是多少？",
            "{r}张红卡、{b}张蓝卡、{g}张绿卡，任抽一张，抽到红卡的概率是多少？",
        ),
        plans=("红的个数除以总数。", "概率等于红的比总数。"),
        cot="共 {r} + {b} + {g} = {all}，概率 {chance}。",
    ),
)

TEMPLATES = (FRACTIONS, TOGETHER, CHANCE)
