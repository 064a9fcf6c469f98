"""Templates about whole numbers: remainders, divisors, multiples, sequences, counting.

from raymath.data.sample.whole_numbers import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd, lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes

REMAINDER = Template(
    "remainder",
    "primary/remainders-cycles",
    draw=lambda rng: {"n": rng.randint(400, 9800), "k": rng.randint(13, 78)},
    work=lambda v: {
        "full": v["n"] // v["k"],
        "packed": v["n"] // v["k"] * v["k"],
        "answer": v["n"] - v["n"] // v["k"] * v["k"],
    },
    code="items = {n}\nper_box = {k}\nleft_over = items % per_box\nprint(left_over)",
    en=Telling(
        questions=(
            "{n} {items} are packed into boxes of {k}. How many are left over?",
            "{name} puts {n} {items} into bags, {k} in each. How many are left that do not fill a bag?",
            "What is the remainder when {n} is divided by {k}?",
        ),
        plans=("What is left over is the remainder.", "I need the remainder of the division."),
        cot="{full} groups are full: {full} * {k} = {packed}. Left over: {n} - {packed} = {answer}.",
        scenes=scenes("items", "eggs", "apples", "screws", "pencils"),
    ),
    zh=Telling(
        questions=(
            "{n}个{items}，每{k}个装一盒，剩几个？",
            "{n}除以{k}的余数是多少？",
        ),
        plans=("剩下的就是余数。", "求除法的余数。"),
        cot="装满{full}份，{full} * {k} = {packed}，剩 {n} - {packed} = {answer}。",
        scenes=scenes("items", "鸡蛋", "苹果", "橘子"),
    ),
)


def _with_common_factor(rng: Random) -> Numbers:
    # Between small coprime numbers Euclid takes few steps, so the worked solution stays short.
    a, b = sorted(rng.sample((2, 3, 5, 7, 11), 2), reverse=True)
    factor = rng.randint(13, 97)
    return {"a": a * factor, "b": b * factor}


def _euclid(a: int, b: int) -> Iterator[str]:
    while b:
        yield f"{a} = {a // b} * {b} + {a % b}"
        a, b = b, a % b


def _gcd_work(v: Numbers) -> Mapping[str, Value]:
    steps = list(_euclid(v["a"], v["b"]))
    return {"steps": ", ".join(steps), "answer": int(steps[-1].split(" * ")[1].split(" ")[0])}


LARGEST = Template(
    "greatest-common-divisor",
    "primary/factors-multiples",
    draw=_with_common_factor,
    work=_gcd_work,
    code="from math import gcd\nlargest = gcd({a}, {b})\nprint(largest)",
    en=Telling(
        questions=(
            "{a} {one} and {b} {two} are shared out into equal parcels with nothing left. "
            "What is the largest number of parcels?",
            "What is the greatest common divisor of {a} and {b}?",
            "A sheet of {a} cm by {b} cm is cut into equal squares without waste. "
            "How many cm is the longest possible side of a square?",
        ),
        plans=("I need the greatest common divisor.", "The largest number that divides both is asked."),
        cot="{steps}.",
        scenes=scenes("one/two", "pens/books", "nuts/figs", "caps/cups"),
    ),
    zh=Telling(
        questions=(
            "{a}和{b}的最大公因数是多少？",
            "长{a}厘米、宽{b}厘米的纸裁成同样大的正方形，没有剩余，边长最大几厘米？",
        ),
        plans=("求最大公因数。", "求能整除两数的最大的数。"),
        cot="{steps}。",
    ),
)


def _cycles(rng: Random) -> Numbers:
    a, b = sorted(rng.sample((2, 3, 4, 5, 7, 9), 2))
    factor = rng.randint(4, 19)
    return {"a": a * factor, "b": b * factor}


MEETING = Template(
    "least-common-multiple",
    "primary/factors-multiples",
    draw=_cycles,
    work=lambda v: {
        "product": v["a"] * v["b"],
        "common": gcd(v["a"], v["b"]),
        "answer": v["a"] * v["b"] // gcd(v["a"], v["b"]),
    },
    code="from math import lcm\nsmallest = lcm({a}, {b})\nprint(smallest)",
    en=Telling(
        questions=(
            "One {thing} comes every {a} minutes, another every {b} minutes. Both come now. "
            "After how many minutes do they come together again?",
            "What is the least common multiple of {a} and {b}?",
        ),
        plans=("I need the least common multiple.", "The smallest number that both divide is asked."),
        cot="The product is {a} * {b} = {product}, the greatest common divisor is {common}. "
        "{product} / {common} = {answer}.",
        scenes=scenes("thing", "bus", "tram", "ferry"),
    ),
    zh=Telling(
        questions=(
            "{a}和{b}的最小公倍数是多少？",
            "甲车每{a}分发一班，乙车每{b}分发一班，现在同时发车，再过几分又同时发车？",
        ),
        plans=("求最小公倍数。", "求两数的最小公倍数。"),
        cot="{a} * {b} = {product}，最大公因数{common}，{product} / {common} = {answer}。",
    ),
)

ROWS = Template(
    "rows-of-seats",
    "senior/arithmetic-sequences",
    draw=lambda rng: {"f": rng.randint(12, 48), "d": rng.randint(2, 9), "n": rng.randint(14, 38)},
    work=lambda v: {
        "last": v["f"] + v["d"] * (v["n"] - 1),
        "ends": 2 * v["f"] + v["d"] * (v["n"] - 1),
        "answer": (2 * v["f"] + v["d"] * (v["n"] - 1)) * v["n"] // 2,
    },
    code="rows = [{f} + {d} * i for i in range({n})]\ntotal = sum(rows)\nprint(total)",
    en=Telling(
        questions=(
            "A {hall} has {n} rows. The first row has {f} seats, each later row {d} more than the one before. "
            "How many seats are there?",
            "{name} saves {f} dollars in the first week and each week {d} dollars more than the week before. "
            "How many dollars are saved in {n} weeks?",
            "An arithmetic sequence begins with {f} and grows by {d}. What is the sum of its first {n} terms?",
        ),
        plans=("I list the terms and add them.", "The terms grow evenly; I sum them."),
        cot="The last term is {last}. First plus last: {f} + {last} = {ends}. The sum is {ends} * {n} / 2 = {answer}.",
        scenes=scenes("hall", "theatre", "stadium", "cinema"),
    ),
    zh=Telling(
        questions=(
            "剧院有{n}排，第一排{f}座，以后每排比前一排多{d}座，共多少座？",
            "等差数列首项{f}，公差{d}，前{n}项的和是多少？",
        ),
        plans=("列出各项再求和。", "各项相加。"),
        cot="末项 {last}，{f} + {last} = {ends}，和 {ends} * {n} / 2 = {answer}。",
    ),
)


def _divisors(rng: Random) -> Numbers:
    a, b = sorted(rng.sample((3, 4, 5, 6, 7, 8, 9, 11, 13), 2))
    return {"n": rng.randint(120, 990), "a": a, "b": b}


def _multiples_work(v: Numbers) -> Mapping[str, Value]:
    first, second, both = (v["n"] // k for k in (v["a"], v["b"], lcm(v["a"], v["b"])))
    return {"first": first, "second": second, "both": both, "answer": first + second - both}


MULTIPLES = Template(
    "count-multiples",
    "primary/factors-multiples",
    draw=_divisors,
    work=_multiples_work,
    code="numbers = range(1, {n} + 1)\nhits = [k for k in numbers if k % {a} == 0 or k % {b} == 0]\nprint(len(hits))",
    en=Telling(
        questions=(
            "How many whole numbers from 1 to {n} are divisible by {a} or by {b}?",
            "{n} {items} are numbered from 1. Those whose number is a multiple of {a} or {b} win. How many win?",
        ),
        plans=("I count the numbers that fit.", "I go through all the numbers and count."),
        cot="Multiples of {a}: {first}, of {b}: {second}, of both: {both}. {first} + {second} - {both} = {answer}.",
        scenes=scenes("items", "tickets", "cards", "doors"),
    ),
    zh=Telling(
        questions=(
            "1到{n}中，能被{a}或{b}整除的数有几个？",
            "{n}张卡片从1起编号，号码是{a}或{b}的倍数的有几张？",
        ),
        plans=("逐个检查并计数。", "数出符合的数。"),
        cot="{a}的倍数{first}个，{b}的倍数{second}个，公倍数{both}个，{first} + {second} - {both} = {answer}。",
    ),
)

TEMPLATES = (REMAINDER, LARGEST, MEETING, ROWS, MULTIPLES)
