"""Templates of clever calculation (regrouping, pairs, telescoping sums) and of newly defined operations.

from raymath.data.synthesis.primary.clever_calculation import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _regroup(rng: Random) -> Numbers:
    b = rng.randint(12, 88)
    return {"a": rng.randint(24, 480), "b": b, "c": 100 - b, "d": rng.randint(12, 990)}


REGROUP = Template(
    "primary-distributive-law",
    "primary/clever-calculation",
    draw=_regroup,
    work=lambda v: {"sum": v["a"] * 100, "answer": v["a"] * 100 + v["d"]},
    code="first = {a} * {b}\nsecond = {c} * {a}\nprint(first + second + {d})",
    en=Telling(
        questions=(
            "Compute {a} × {b} + {d} + {c} × {a} in a clever way.",
            "{name} has {a} {racks} with {b} {one} and {c} {two} each, and {d} more {one} on the floor. "
            "How many things are there altogether?",
            "What is {a} × {b} + {a} × {c}, increased by {d}?",
        ),
        plans=("I compute each product and add up.", "Both products are computed one by one as a check."),
        cot="Both products share the factor {a}: {a} × ({b} + {c}) = {a} × 100 = {sum}. Then {sum} + {d} = {answer}.",
        scenes=scenes("racks/one/two", "racks/skates/helmets", "shelves/plates/bowls", "hooks/ropes/rings"),
    ),
    zh=Telling(
        questions=(
            "用简便方法计算：{a} × {b} + {d} + {c} × {a}。",
            "{name}有{a}个{racks}，每个里有{b}{unit}{one}和{c}{unit}{two}，地上还有{d}{unit}{one}，一共多少{unit}？",
            "{a} × {b} 与 {a} × {c} 的和再加上{d}，等于多少？",
        ),
        plans=("分别算出两个积，再相加。", "直接逐项计算，验证简便算法。"),
        cot="两个积有相同的因数{a}：{a} × ({b} + {c}) = {a} × 100 = {sum}，再加：{sum} + {d} = {answer}。",
        scenes=scenes("racks/one/two/unit", "架子/手套/护膝/副", "柜子/碟子/碗/只", "抽屉/毛笔/铅笔/支"),
    ),
)


def _series(rng: Random) -> Numbers:
    first, step, count = rng.randint(3, 60), rng.randint(2, 9), rng.randint(12, 48)
    return {"f": first, "d": step, "l": first + step * (count - 1)}


def _series_work(v: Numbers) -> Mapping[str, Value]:
    steps = (v["l"] - v["f"]) // v["d"]
    ends = v["f"] + v["l"]
    return {"steps": steps, "count": steps + 1, "ends": ends, "answer": Fraction(ends * (steps + 1), 2)}


PAIRS = Template(
    "primary-sum-by-pairs",
    "primary/clever-calculation",
    draw=_series,
    work=_series_work,
    code="terms = range({f}, {l} + 1, {d})\nprint(sum(terms))",
    en=Telling(
        questions=(
            "Numbers start at {f} and grow by {d} each time until {l}. What is their sum?",
            "A {stack} has {f} {things} in the top layer, {d} more in every layer below, and {l} in the lowest. "
            "How many {things} are there?",
            "Find the sum {f} + ({f} + {d}) + … + {l}, in which each term is {d} more than the one before.",
        ),
        plans=("I list all the terms and add them.", "I add the terms one after another."),
        cot="From {f} to {l} there are ({l} - {f}) ÷ {d} = {steps} steps, so {steps} + 1 = {count} terms. "
        "First and last together make {f} + {l} = {ends}. The sum is {ends} × {count} ÷ 2 = {answer}.",
        scenes=scenes("stack/things", "pile/logs", "wall/bricks", "pyramid/tins", "rack/pipes"),
    ),
    zh=Telling(
        questions=(
            "一列数从{f}开始，每次增加{d}，直到{l}，它们的和是多少？",
            "一堆{things}顶层有{f}{unit}，往下每层多{d}{unit}，底层有{l}{unit}，这堆{things}共几{unit}？",
            "求 {f} + ({f} + {d}) + … + {l} 的和，其中每个加数都比前一个多{d}。",
        ),
        plans=("列出所有的数，逐个相加。", "把这列数依次累加。"),
        cot="从{f}到{l}共跨 ({l} - {f}) ÷ {d} = {steps} 步，有 {steps} + 1 = {count} 个数；"
        "首尾之和 {f} + {l} = {ends}；"
        "总和 {ends} × {count} ÷ 2 = {answer}。",
        scenes=scenes("things/unit", "圆木/根", "砖/块", "罐头/罐", "钢管/根"),
    ),
)


def _operation(rng: Random) -> Numbers:
    n, m = sorted(rng.sample(range(2, 10), 2))
    x, y = rng.randint(11, 60), rng.randint(2, 10)
    return {"m": m, "n": n, "y": y, "r": m * x - n * y}


OPERATION = Template(
    "primary-new-operation",
    "primary/clever-calculation",
    draw=_operation,
    work=lambda v: {
        "taken": v["n"] * v["y"],
        "back": v["r"] + v["n"] * v["y"],
        "answer": (v["r"] + v["n"] * v["y"]) // v["m"],
    },
    code="def op(a, b):\n    return {m} * a - {n} * b\n\nx = 1\nwhile op(x, {y}) != {r}:\n    x += 1\nprint(x)",
    en=Telling(
        questions=(
            "A new operation is defined by a {sign} b = {m} × a - {n} × b. Find x if x {sign} {y} = {r}.",
            "{name} invents the sign {sign}: a {sign} b means {m} times a minus {n} times b. "
            "For which x is x {sign} {y} equal to {r}?",
            "It is known that x {sign} {y} = {r}, where a {sign} b stands for {m} × a - {n} × b. What is x?",
        ),
        plans=("I define the operation and try values of x.", "I test the values of x one by one."),
        cot="The rule says {m} × x - {n} × {y} = {r}, and {n} × {y} = {taken}. "
        "So {m} × x is {r} + {taken} = {back}, and x is {back} ÷ {m} = {answer}.",
        scenes=scenes("sign", "◇", "△", "⊕", "☆"),
    ),
    zh=Telling(
        questions=(
            "规定新运算 a {sign} b = {m} × a - {n} × b，已知 x {sign} {y} = {r}，求 x。",
            "{name}自创了符号“{sign}”：a {sign} b 表示a的{m}倍减去b的{n}倍。x取几时 x {sign} {y} 等于{r}？",
            "若 x {sign} {y} = {r}，而 a {sign} b 的含义是 {m} × a - {n} × b，则 x 是多少？",
        ),
        plans=("定义这个运算，逐个试x。", "写出运算规则，从小到大检验x。"),
        cot="按规则，{m} × x - {n} × {y} = {r}，其中 {n} × {y} = {taken}，所以x的{m}倍是 {r} + {taken} = {back}，"
        "x 是 {back} ÷ {m} = {answer}。",
        scenes=scenes("sign", "◇", "△", "⊕", "☆"),
    ),
)


def _neighbours(rng: Random) -> Numbers:
    a = rng.randint(2, 99)
    return {"a": a, "e": a + 1, "b": a + rng.randint(4, 81)}


TELESCOPE = Template(
    "primary-telescoping-fractions",
    "primary/clever-calculation",
    draw=_neighbours,
    work=lambda v: {
        "last": v["b"] + 1,
        "numerator": v["b"] + 1 - v["a"],
        "denominator": v["a"] * (v["b"] + 1),
        "answer": Fraction(1, v["a"]) - Fraction(1, v["b"] + 1),
    },
    code="from fractions import Fraction\n\ntotal = Fraction(1, {a} * {e})\nfor k in range({e}, {b} + 1):\n"
    "    total += Fraction(1, k * (k + 1))\nprint(total)",
    en=Telling(
        questions=(
            "Add up 1/({a} × {e}) and so on to 1/({b} × {last}), where every denominator is a product of two "
            "neighbouring numbers. Give the sum as a fraction in lowest terms.",
            "The terms 1/(n × (n + 1)) are added for all whole n from {a} (the first is 1/({a} × {e})) to {b}. "
            "What is the total, as a fraction in lowest terms?",
            "{name} adds unit fractions whose denominators are {a} × {e}, then the next pair of neighbours, and so "
            "on until {b} × {last}. Which fraction in lowest terms comes out?",
        ),
        plans=("I add all the fractions exactly.", "I add term after term with exact fractions."),
        cot="Each term is a difference of neighbours: 1/(n × (n + 1)) is 1/n minus 1/(n + 1). Everything in between "
        "cancels, and 1/{a} - 1/{last} remains. That is {numerator}/{denominator} = {answer}.",
    ),
    zh=Telling(
        questions=(
            "从 1/({a} × {e}) 一直加到 1/({b} × {last})，每个分母都是相邻两数之积，和是多少？用最简分数表示。",
            "把 1/(n × (n + 1)) 中的n从{a}（首项即 1/({a} × {e})）取到{b}，所有的项相加，结果化成最简分数是几？",
            "{name}连加一串几分之一，分母依次是 {a} × {e}、下一对相邻数的积……直到 {b} × {last}，得到哪个最简分数？",
        ),
        plans=("用分数逐项精确相加。", "把每一项依次加起来。"),
        cot="每一项都能拆成相邻两个几分之一的差，中间各项全部抵消，只剩 1/{a} - 1/{last}，"
        "即 {numerator}/{denominator} = {answer}。",
    ),
)

TEMPLATES = (REGROUP, PAIRS, OPERATION, TELESCOPE)
