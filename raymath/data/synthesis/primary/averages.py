"""Templates of averages, tables and charts.

from raymath.data.synthesis.primary.averages import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _needed(rng: Random) -> Numbers:
    while True:
        a, b, c, d = (rng.randint(52, 98) for _ in range(4))
        m = rng.randint(55, 95)
        if 45 <= 5 * m - a - b - c - d <= 100:
            return {"a": a, "b": b, "c": c, "d": d, "m": m}


def _needed_work(v: Numbers) -> Mapping[str, Value]:
    have = v["a"] + v["b"] + v["c"] + v["d"]
    return {"need": 5 * v["m"], "have": have, "answer": 5 * v["m"] - have}


NEEDED = Template(
    "primary-value-for-an-average",
    "primary/averages-charts",
    draw=_needed,
    work=_needed_work,
    code="known = [{a}, {b}, {c}, {d}]\nfifth = 0\nwhile sum(known) + fifth != {m} * (len(known) + 1):\n"
    "    fifth += 1\n"
    "print(fifth)",
    en=Telling(
        questions=(
            "{name} has {what} of {a}, {b}, {c} and {d} {unit}. What must the fifth be, in {unit}, for an "
            "average of {m}?",
            "The average of five {what} is to be {m} {unit}. Four of them are {a}, {b}, {c} and {d} {unit}. "
            "How many {unit} is the missing one?",
            "Four {what} are known: {a}, {b}, {c}, {d} {unit}. With the fifth, the mean is exactly {m} {unit}. "
            "Find the fifth in {unit}.",
        ),
        plans=("I raise the fifth until the average is right.", "I search for the fifth value."),
        cot="For an average of {m}, all five add up to 5 × {m} = {need}. The four known ones add up to "
        "{a} + {b} + {c} + {d} = {have}. The fifth is {need} - {have} = {answer}.",
        scenes=scenes("what/unit", "archery scores/points", "long-distance marches/minutes", "honey harvests/kg"),
    ),
    zh=Telling(
        questions=(
            "{name}前四次{what}是{a}、{b}、{c}、{d}{unit}，要使五次平均为{m}{unit}，第五次应是多少{unit}？",
            "五次{what}的平均数要达到{m}{unit}，其中四次为{a}、{b}、{c}和{d}{unit}，另一次是几{unit}？",
            "已知四次{what}：{a}、{b}、{c}、{d}{unit}。算上第五次，平均正好{m}{unit}，求第五次的数值（{unit}）。",
        ),
        plans=("逐步加大第五个数，直到平均数符合。", "枚举第五次的数值。"),
        cot="五次总和应为 5 × {m} = {need}，前四次之和 {a} + {b} + {c} + {d} = {have}，"
        "第五次是 {need} - {have} = {answer}。",
        scenes=scenes("what/unit", "射箭成绩/分", "长途拉练用时/分钟", "采蜜量/千克"),
    ),
)


def _groups(rng: Random) -> Numbers:
    total = rng.choice((20, 25, 40, 50))
    a = rng.randint(6, total - 6)
    x, y = rng.sample(range(118, 176), 2)
    return {"a": a, "x": x, "b": total - a, "y": y}


def _groups_work(v: Numbers) -> Mapping[str, Value]:
    first, second = v["a"] * v["x"], v["b"] * v["y"]
    return {
        "first": first,
        "second": second,
        "sum": first + second,
        "count": v["a"] + v["b"],
        "answer": Decimal(first + second) / (v["a"] + v["b"]),
    }


GROUPS = Template(
    "primary-average-of-two-groups",
    "primary/averages-charts",
    draw=_groups,
    work=_groups_work,
    code="from decimal import Decimal\n\nvalues = [{x}] * {a} + [{y}] * {b}\n"
    "mean = Decimal(sum(values)) / len(values)\n"
    "print(format(mean.normalize(), 'f'))",
    en=Telling(
        questions=(
            "{a} {ones} {have} an average of {x} {unit}, {b} {twos} one of {y} {unit}. "
            "What is the average of all together, in {unit}?",
            "On average {b} {twos} {have} {y} {unit} and {a} {ones} {x} {unit}. "
            "Put together, what average in {unit} do they {have}?",
            "{name} joins two lists: {a} {ones} with the mean {x} {unit} and {b} {twos} with the mean {y} {unit}. "
            "What is the mean of the joined list in {unit}?",
        ),
        plans=("I write all values as their averages and take the mean.", "I take the mean of the joined list."),
        cot="The first group adds up to {a} × {x} = {first}, the second to {b} × {y} = {second}. "
        "Together that is {first} + {second} = {sum} over {a} + {b} = {count}, so the average is "
        "{sum} ÷ {count} = {answer}.",
        scenes=scenes(
            "ones/twos/have/unit",
            "mares/mules/have/cm of height",
            "novels/plays/have/pages",
            "pumpkins/melons/have/seeds",
        ),
    ),
    zh=Telling(
        questions=(
            "{a}{u}{one}平均{x}{unit}，{b}{u}{two}平均{y}{unit}，合在一起平均多少{unit}？",
            "{two}{b}{u}，平均{y}{unit}；{one}{a}{u}，平均{x}{unit}。求全部的平均数（{unit}）。",
            "{name}把两份名单并成一份：{one}{a}{u}，均值{x}{unit}，{two}{b}{u}，均值{y}{unit}。"
            "合并后的均值是几{unit}？",
        ),
        plans=("把每个数都写成本组平均数，再求总平均。", "求合并后数列的平均数。"),
        cot="第一组总和 {a} × {x} = {first}，第二组总和 {b} × {y} = {second}，合计 {first} + {second} = {sum}，"
        "共 {a} + {b} = {count} {u}，平均 {sum} ÷ {count} = {answer} {unit}。",
        scenes=scenes("one/two/u/unit", "母马/骡子/匹/厘米高", "小说/剧本/部/页", "南瓜/甜瓜/个/粒籽"),
    ),
)


def _table(rng: Random) -> Numbers:
    while True:
        a, b, c, d, e = rng.sample(range(21, 98), 5)
        if 5 * max(a, b, c, d, e) - (a + b + c + d + e) >= 30:
            return {"a": a, "b": b, "c": c, "d": d, "e": e}


def _table_work(v: Numbers) -> Mapping[str, Value]:
    total = sum(v.values())
    return {
        "total": total,
        "mean": Decimal(total) / 5,
        "most": max(v.values()),
        "answer": max(v.values()) - Decimal(total) / 5,
    }


TABLE = Template(
    "primary-peak-over-average",
    "primary/averages-charts",
    draw=_table,
    work=_table_work,
    code="from decimal import Decimal\n\nbars = sorted([{a}, {b}, {c}, {d}, {e}])\n"
    "gaps = sum(bars[-1] - bar for bar in bars)\nprint(Decimal(gaps) / len(bars))",
    en=Telling(
        questions=(
            "| day | Mon | Tue | Wed | Thu | Fri |\n|:-:|:-:|:-:|:-:|:-:|:-:|\n"
            "| {things} | {a} | {b} | {c} | {d} | {e} |\n\n"
            "By how much does the best day exceed the daily average?",
            "A bar chart of {things} shows {a} for Monday, {b} for Tuesday, {c} for Wednesday, {d} for "
            "Thursday and {e} "
            "for Friday. How far is the tallest bar above the mean of all five?",
            "From Monday to Friday {name} counts {a}, {b}, {c}, {d} and {e} {things}. "
            "What is the difference between the largest count and the average of the five?",
        ),
        plans=("I average the gaps to the tallest bar.", "I compare every bar with the tallest."),
        cot="The five days add up to {a} + {b} + {c} + {d} + {e} = {total}, so the average is {total} ÷ 5 = {mean}. "
        "The largest value is {most}. The difference is {most} - {mean} = {answer}.",
        scenes=scenes("things", "passing ships", "calls for help", "lost umbrellas", "sold kites"),
    ),
    zh=Telling(
        questions=(
            "| 日期 | 周一 | 周二 | 周三 | 周四 | 周五 |\n|:-:|:-:|:-:|:-:|:-:|:-:|\n"
            "| {things} | {a} | {b} | {c} | {d} | {e} |\n\n数量最多的一天比五天的平均数多多少？",
            "条形统计图表示{things}：周一{a}，周二{b}，周三{c}，周四{d}，周五{e}。最高的直条比平均数高出多少？",
            "{name}从周一到周五统计{things}，依次得{a}、{b}、{c}、{d}、{e}，其中最大的数与平均数相差几？",
        ),
        plans=("求各直条与最高直条之差的平均。", "把每一天与最多的一天比较。"),
        cot="五天总数 {a} + {b} + {c} + {d} + {e} = {total}，平均 {total} ÷ 5 = {mean}，最大的是{most}，"
        "相差 {most} - {mean} = {answer}。",
        scenes=scenes("things", "过往船只（艘）", "求助电话（次）", "失物雨伞（把）", "卖出风筝（只）"),
    ),
)


def _misread(rng: Random) -> Numbers:
    n = rng.choice((5, 8, 10, 20, 25, 40, 50))
    wrong, right = sorted(rng.sample(range(41, 99), 2))
    return {"n": n, "x": rng.randint(56, 90), "w": wrong, "v": right}


def _misread_work(v: Numbers) -> Mapping[str, Value]:
    gap = v["v"] - v["w"]
    return {"gap": gap, "shift": Decimal(gap) / v["n"], "answer": v["x"] + Decimal(gap) / v["n"]}


MISREAD = Template(
    "primary-corrected-average",
    "primary/averages-charts",
    draw=_misread,
    work=_misread_work,
    code="from decimal import Decimal\n\ntotal = {n} * {x}\ntotal = total - {w} + {v}\n"
    "print(format((Decimal(total) / {n}).normalize(), 'f'))",
    en=Telling(
        questions=(
            "{n} {what} have an average of {x}. Then it turns out that one of them, {v}, was entered as {w}. "
            "What is the correct average?",
            "By mistake {name} wrote {w} instead of {v} and got {x} as the average of {n} {what}. "
            "What should the average be?",
            "The mean of {n} {what} was given as {x}. One value is corrected from {w} to {v}. What is the new mean?",
        ),
        plans=("I correct the total and divide again.", "I repair the sum of all values."),
        cot="The total was too small by {v} - {w} = {gap}. Spread over {n} values, this is {gap} ÷ {n} = {shift}. "
        "The correct average is {x} + {shift} = {answer}.",
        scenes=scenes("what", "quiz marks", "pulse readings", "wind speeds", "melon weights"),
    ),
    zh=Telling(
        questions=(
            "{n}个{what}的平均数是{x}，后来发现其中一个{v}误录成了{w}，正确的平均数是多少？",
            "{name}错把{v}写成{w}，算得{n}个{what}平均为{x}，实际的平均数应是几？",
            "报告说{n}个{what}的均值为{x}。现将其中一个数由{w}更正为{v}，新的均值是多少？",
        ),
        plans=("先改正总和，再重新求平均。", "修正所有数的和。"),
        cot="总和少算了 {v} - {w} = {gap}，平摊到{n}个数上是 {gap} ÷ {n} = {shift}，"
        "正确的平均数是 {x} + {shift} = {answer}。",
        scenes=scenes("what", "竞答得分", "脉搏读数", "风速数据", "甜瓜重量数据"),
    ),
)

TEMPLATES = (NEEDED, GROUPS, TABLE, MISREAD)
