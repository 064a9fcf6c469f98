"""Templates of remainders and of what repeats in cycles.

    from raymath.data.synthesis.primary.remainders import TEMPLATES

Days of the week are in `time_and_calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _lights(rng: Random) -> Numbers:
    a, b, c = rng.sample(range(2, 10), 3)
    period = a + b + c
    return {"a": a, "b": b, "c": c, "n": period * rng.randint(4, 25) + rng.randint(1, period - 1)}


def _lights_work(v: Numbers) -> Mapping[str, Value]:
    period = v["a"] + v["b"] + v["c"]
    full = v["n"] // period
    rest = v["n"] - full * period
    more = min(max(rest - v["a"], 0), v["b"])
    return {
        "period": period,
        "full": full,
        "done": full * period,
        "rest": rest,
        "sure": full * v["b"],
        "more": more,
        "answer": full * v["b"] + more,
    }


LIGHTS = Template(
    "primary-colour-cycle",
    "primary/remainders-cycles",
    draw=_lights,
    work=_lights_work,
    code="pattern = 'r' * {a} + 'y' * {b} + 'g' * {c}\nfrom itertools import cycle, islice\n"
    "print(list(islice(cycle(pattern), {n})).count('y'))",
    en=Telling(
        questions=(
            "A string of {n} {things} repeats {a} red, {b} yellow and {c} green ones. How many are yellow?",
            "{name} lines up {a} red {things}, then {b} yellow, then {c} green, then red again, and so on "
            "until there "
            "are {n}. How many yellow {things} are used?",
            "Red, yellow, green: in blocks of {a}, {b} and {c} the colours of {n} {things} in a row follow "
            "each other "
            "again and again. What is the number of yellow ones?",
        ),
        plans=("I write the row out and count.", "I continue the pattern to the end and count."),
        cot="A cycle has {a} + {b} + {c} = {period} of them, {b} yellow. {full} full cycles are "
        "{period} × {full} = {done}, with {b} × {full} = {sure} yellow. Of the remaining {n} - {done} = {rest}, the "
        "first {a} at most are red, and the yellow ones number {more}. In all {sure} + {more} = {answer}.",
        scenes=scenes("things", "lanterns", "flags", "beads", "tulips"),
    ),
    zh=Telling(
        questions=(
            "{n}{unit}{things}按{a}{unit}红、{b}{unit}黄、{c}{unit}绿的顺序反复排列，黄色的有多少{unit}？",
            "{name}先摆{a}{unit}红{things}，再摆{b}{unit}黄的、{c}{unit}绿的，然后又从红的开始，直到摆满{n}{unit}，"
            "用了几{unit}黄的？",
            "红、黄、绿依次以{a}、{b}、{c}{unit}为一段不断循环，排成一行的{n}{unit}{things}中黄的共多少{unit}？",
        ),
        plans=("按规律排出整行，再数黄色。", "把图案重复到底，统计黄色个数。"),
        cot="一个周期有 {a} + {b} + {c} = {period} {unit}，其中黄{b}{unit}。"
        "{full}个完整周期共 {period} × {full} = {done} {unit}，"
        "含黄 {b} × {full} = {sure} {unit}；余下 {n} - {done} = {rest} {unit}先排红的（至多{a}{unit}），"
        "其中黄{more}{unit}。"
        "共 {sure} + {more} = {answer} {unit}。",
        scenes=scenes("things/unit", "灯笼/盏", "彩旗/面", "珠子/颗", "郁金香/株"),
    ),
)


def _same_rest(rng: Random) -> Numbers:
    while True:
        a, b, c = sorted(rng.sample(range(4, 16), 3))
        if c < lcm(a, b, c) <= 900:
            return {"a": a, "b": b, "c": c, "r": rng.randint(2, a - 1), "m": rng.randint(120, 2400)}


def _same_rest_work(v: Numbers) -> Mapping[str, Value]:
    common = lcm(v["a"], v["b"], v["c"])
    factor = (v["m"] - v["r"]) // common + 1
    return {"common": common, "factor": factor, "multiple": common * factor, "answer": common * factor + v["r"]}


SAME_REST = Template(
    "primary-same-remainder",
    "primary/remainders-cycles",
    draw=_same_rest,
    work=_same_rest_work,
    code="n = {m} + 1\nwhile {{n % {a}, n % {b}, n % {c}}} != {{{r}}}:\n    n += 1\nprint(n)",
    en=Telling(
        questions=(
            "Counted in groups of {a}, of {b} or of {c}, the {things} always leave {r} over. There are more "
            "than {m}, "
            "but as few as that allows. How many are there?",
            "What is the smallest number above {m} that leaves the remainder {r} on division by {a}, by {b} "
            "and by {c}?",
            "{name} has more than {m} {things}. In bags of {a}, {b} or {c} there are {r} too many each time. "
            "What is the least number of {things} possible?",
        ),
        plans=("I test the numbers one after another.", "I search upwards for all three remainders."),
        cot="Without the {r} left over, the number is a multiple of {a}, {b} and {c}, so of {common}. "
        "The first such multiple that fits is {common} × {factor} = {multiple}. "
        "The number is {multiple} + {r} = {answer}.",
        scenes=scenes("things", "acorns", "coins", "chess pieces", "shells"),
    ),
    zh=Telling(
        questions=(
            "一堆{things}，{a}{unit}一数、{b}{unit}一数、{c}{unit}一数都余{r}{unit}，总数比{m}多，最少是多少{unit}？",
            "大于{m}的整数中，除以{a}、{b}、{c}余数都是{r}的，最小是几？",
            "{name}的{things}多于{m}{unit}，每袋装{a}{unit}、{b}{unit}或{c}{unit}，每次都多出{r}{unit}，"
            "至少有几{unit}？",
        ),
        plans=("逐个数地检验余数。", "从小到大找三个余数都符合的数。"),
        cot="去掉余下的{r}，就是{a}、{b}、{c}的公倍数，即{common}的倍数。"
        "符合的最小倍数是 {common} × {factor} = {multiple}，"
        "所以是 {multiple} + {r} = {answer}。",
        scenes=scenes("things/unit", "橡子/颗", "铜钱/枚", "棋子/枚", "海螺/只"),
    ),
)


def _power(rng: Random) -> Numbers:
    return {"a": 10 * rng.randint(1, 19) + rng.choice((2, 3, 7, 8)), "n": rng.randint(31, 2500)}


def _power_work(v: Numbers) -> Mapping[str, Value]:
    last = [pow(v["a"], k, 10) for k in (1, 2, 3, 4)]
    full = v["n"] // 4
    rest = v["n"] - 4 * full
    return {
        "first": last[0],
        "cycle": ", ".join(map(str, last)),
        "zh_cycle": "、".join(map(str, last)),
        "period": 4,
        "full": full,
        "done": 4 * full,
        "rest": rest,
        "place": rest or 4,
        "answer": last[(rest or 4) - 1],
    }


POWER = Template(
    "primary-last-digit",
    "primary/remainders-cycles",
    draw=_power,
    work=_power_work,
    code="digit = 1\nfor _ in range({n}):\n    digit = digit * {a} % 10\nprint(digit)",
    en=Telling(
        questions=(
            "{n} factors, each of them {a}, are multiplied. What is the last digit of the product?",
            "{name} {acts} 1 by {a} again and again, {n} times in all. Which digit does the result end with?",
            "What is the ones digit of {a} to the power of {n}?",
        ),
        plans=("I keep only the last digit at each step.", "Only the ones digit matters in every multiplication."),
        cot="Only the ones digit {first} matters. The last digits of its powers are {cycle}, and then they repeat, "
        "with period {period}. Full cycles take {period} × {full} = {done} factors. The rest is {n} - "
        "{done} = {rest}, "
        "so digit number {place} of the cycle is asked, which is {answer}.",
        scenes=scenes("acts", "multiplies", "patiently multiplies"),
    ),
    zh=Telling(
        questions=(
            "{n}个{a}连乘，积的个位数字是几？",
            "{name}{acts}从1开始反复乘{a}，总共乘{n}次，结果的末位是哪个数字？",
            "{a}的{n}次方，个位上是几？",
        ),
        plans=("每一步只保留个位。", "乘法中只需看个位数字。"),
        cot="只看个位{first}：它的乘方的个位依次是{zh_cycle}，以后循环，周期为{period}。完整的周期共 "
        "{period} × {full} = {done} 个因数，余 {n} - {done} = {rest} 个，对应周期中第{place}个数字，即{answer}。",
        scenes=scenes("acts", "用计算机", "耐心地"),
    ),
)

TEMPLATES = (LIGHTS, SAME_REST, POWER)
