"""Templates of factors and multiples.

from raymath.data.synthesis.primary.factors import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm, prod
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _squares(rng: Random) -> Numbers:
    while True:
        x, y = rng.randint(2, 23), rng.randint(2, 23)
        if x > y and gcd(x, y) == 1:
            side = rng.randint(6, 72)
            return {"a": x * side, "b": y * side}


def _squares_work(v: Numbers) -> Mapping[str, Value]:
    side = gcd(v["a"], v["b"])
    return {"side": side, "long": v["a"] // side, "wide": v["b"] // side, "answer": v["a"] * v["b"] // side**2}


SQUARES = Template(
    "primary-largest-squares",
    "primary/factors-multiples",
    draw=_squares,
    work=_squares_work,
    code="side = next(s for s in range({b}, 0, -1) if {a} % s == 0 and {b} % s == 0)\n"
    "print(sum(1 for x in range(0, {a}, side) for y in range(0, {b}, side)))",
    en=Telling(
        questions=(
            "A sheet of {stuff}, {a} mm by {b} mm, is cut without waste into equal squares that are as large as "
            "possible. How many squares are there?",
            "{name} divides a rectangle of {stuff}, {a} mm by {b} mm, into equal squares with whole "
            "millimetres as sides and nothing left over. What is the least number of squares?",
            "At least how many equal squares with sides in whole millimetres come out of {stuff} measuring {b} mm by "
            "{a} mm, if all of it is used?",
        ),
        plans=("I look for the largest side and count the squares.", "The side must divide both lengths."),
        cot="The side is the greatest common factor of {a} and {b}, which is {side}. Along the length fit "
        "{a} ÷ {side} = {long} squares, along the width {b} ÷ {side} = {wide}. In all {long} × {wide} = {answer}.",
        scenes=scenes("stuff", "cork", "tin", "leather", "plywood"),
    ),
    zh=Telling(
        questions=(
            "把长{a}毫米、宽{b}毫米的{stuff}裁成同样大的正方形，不许有剩余，且正方形尽量大，能裁出多少个？",
            "{name}要将{a}毫米×{b}毫米的{stuff}全部分成边长为整毫米数的相同正方形，最少分成几个？",
            "一块{stuff}宽{b}毫米、长{a}毫米，恰好裁成若干个大小相等、边长是整毫米数的正方形，至少有多少个？",
        ),
        plans=("先找最大的边长，再数个数。", "边长要同时整除长和宽。"),
        cot="边长是{a}和{b}的最大公因数{side}。长边 {a} ÷ {side} = {long} 个，宽边 {b} ÷ {side} = {wide} 个，"
        "共 {long} × {wide} = {answer} 个。",
        scenes=scenes("stuff", "软木板", "铁皮", "皮革", "胶合板"),
    ),
)


def _signals(rng: Random) -> Numbers:
    while True:
        a, b, c = sorted(rng.sample(range(4, 41), 3))
        if c < lcm(a, b, c) <= 3000:
            return {"a": a, "b": b, "c": c}


SIGNALS = Template(
    "primary-three-signals",
    "primary/factors-multiples",
    draw=_signals,
    work=lambda v: {
        "shared": gcd(v["a"], v["b"]),
        "two": lcm(v["a"], v["b"]),
        "also": gcd(lcm(v["a"], v["b"]), v["c"]),
        "answer": lcm(v["a"], v["b"], v["c"]),
    },
    code="seconds = {c}\nwhile seconds % {a} or seconds % {b}:\n    seconds += {c}\nprint(seconds)",
    en=Telling(
        questions=(
            "Three {lamps} flash every {a}, {b} and {c} seconds. They have just flashed together. "
            "After how many seconds do they next do so?",
            "One of the {lamps} flashes each {a} seconds, one each {b} and one each {c}. How many seconds "
            "lie between "
            "two moments at which all three flash?",
            "{name} sees three {lamps} flash at once. Their periods are {c} s, {b} s and {a} s. "
            "How many seconds must {name} wait to see it again?",
        ),
        plans=("I step through the multiples of the longest period.", "I test multiples until all periods fit."),
        cot="The time is the least common multiple. The greatest common factor of {a} and {b} is {shared}, "
        "so theirs is {a} × {b} ÷ {shared} = {two}. The greatest common factor of {two} and {c} is "
        "{also}, so for all three it is {two} × {c} ÷ {also} = {answer}.",
        scenes=scenes("lamps", "lighthouses", "buoys", "radio masts", "stage lamps"),
    ),
    zh=Telling(
        questions=(
            "三{unit}{lamps}分别每隔{a}秒、{b}秒、{c}秒闪一次，刚刚同时闪过，下一次同时闪要等多少秒？",
            "甲{lamps}{a}秒闪一下，乙{b}秒闪一下，丙{c}秒闪一下，三者相邻两次同时闪光之间相隔几秒？",
            "{name}看到三{unit}{lamps}一齐闪光，它们的周期是{c}秒、{b}秒和{a}秒，至少再过多少秒又会一齐闪光？",
        ),
        plans=("逐个检验最长周期的倍数。", "从小到大试倍数，直到全部符合。"),
        cot="所求是三个周期的最小公倍数：{a}与{b}的最大公因数是{shared}，"
        "最小公倍数是 {a} × {b} ÷ {shared} = {two}；{two}与{c}的最大公因数是{also}，"
        "最小公倍数是 {two} × {c} ÷ {also} = {answer}。",
        scenes=scenes("lamps/unit", "灯塔/座", "航标灯/盏", "信号灯/盏", "舞台灯/盏"),
    ),
)


#: A prime factor above this is no fun by hand.
_LARGEST_PRIME = 61


def _prime_powers(n: int) -> dict[int, int]:
    powers: dict[int, int] = {}
    for factor in range(2, _LARGEST_PRIME + 1):
        while n % factor == 0:
            powers[factor] = powers.get(factor, 0) + 1
            n //= factor
    return powers


def _rows_work(v: Numbers) -> Mapping[str, Value]:
    powers = _prime_powers(v["n"])
    return {
        "primes": " × ".join(str(prime) for prime, power in powers.items() for _ in range(power)),
        "choices": " × ".join(f"({power} + 1)" for power in powers.values()),
        "answer": prod(power + 1 for power in powers.values()),
    }


def _composite(rng: Random) -> Numbers:
    while True:
        n = rng.randint(300, 30_000)
        powers = _prime_powers(n)
        if prod(prime**power for prime, power in powers.items()) == n:
            return {"n": n}


ROWS = Template(
    "primary-equal-rows",
    "primary/factors-multiples",
    draw=_composite,
    work=_rows_work,
    code="print(sum(1 for rows in range(1, {n} + 1) if {n} % rows == 0))",
    en=Telling(
        questions=(
            "{n} {things} are set out in equal rows. How many different numbers of rows are possible, from a single "
            "row to rows of one?",
            "How many factors does {n} have, counting 1 and {n}?",
            "{name} shares {n} {things} equally among some boxes, at least one in each. "
            "How many choices are there for the number of boxes?",
        ),
        plans=("I test every number up to the given one.", "I count all the factors."),
        cot="Factor by primes: {n} = {primes}. A factor takes each prime between no times and as often as it occurs "
        "there, so there are {choices} = {answer} of them.",
        scenes=scenes("things", "chairs", "tulips", "tin soldiers", "solar panels"),
    ),
    zh=Telling(
        questions=(
            "把{n}{unit}{things}摆成每行同样多的若干行（一行或每行一{unit}也算），行数有多少种可能？",
            "包括1和它本身在内，{n}一共有几个因数？",
            "{name}将{n}{unit}{things}平均分到若干个盒子里，每盒至少一{unit}，盒子的个数有多少种选法？",
        ),
        plans=("从1开始逐个检验。", "把所有因数数一遍。"),
        cot="分解质因数：{n} = {primes}。每个质因数可以取0次直到它出现的次数，所以因数有 {choices} = {answer} 个。",
        scenes=scenes("things/unit", "椅子/把", "郁金香/株", "锡兵/个", "太阳能板/块"),
    ),
)


TEMPLATES = (SQUARES, SIGNALS, ROWS)
