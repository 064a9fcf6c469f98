"""Templates of mean, median and variance.

from raymath.data.synthesis.junior.statistics import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.latex import factor
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _weighted(rng: Random) -> Numbers:
    while True:
        p, q = rng.randint(2, 6), rng.randint(1, 4)
        if p + q < 10 and len({p, q, 10 - p - q}) > 1:
            a, b, c = (rng.randint(60, 100) for _ in "abc")
            return {"a": a, "b": b, "c": c, "p": p, "q": q, "r": 10 - p - q}


def _weighted_work(v: Numbers) -> Mapping[str, Value]:
    one, two, three = v["a"] * v["p"], v["b"] * v["q"], v["c"] * v["r"]
    return {"one": one, "two": two, "three": three, "sum": one + two + three, "answer": Decimal(one + two + three) / 10}


WEIGHTED = Template(
    "junior-weighted-score",
    "junior/statistics",
    draw=_weighted,
    work=_weighted_work,
    code="""\
from statistics import mean
scores = [{a}] * {p} + [{b}] * {q} + [{c}] * {r}
print(f"{{mean(scores):g}}")""",
    en=Telling(
        questions=(
            "{name} scores {a} in {first}, {b} in {second} and {c} in {third}. They count in the ratio ${p}:{q}:{r}$. "
            "What is the final score?",
            "A final score weights {first}, {second} and {third} as ${p}:{q}:{r}$. Find it for a candidate with "
            "the results "
            "{a}, {b} and {c} in this order.",
            "With weights of {p}, {q} and {r} for {first}, {second} and {third}, what is the weighted mean of {name}'s "
            "scores {a}, {b} and {c}?",
        ),
        plans=(
            "I repeat each score as often as its weight says and take the mean.",
            "A weighted mean is the mean of a longer list.",
        ),
        cot=r"The weights add up to ${p} + {q} + {r} = 10$. The weighted sum is "
        r"${a} \times {p} + {b} \times {q} + {c} \times {r} = {one} + {two} + {three} = {sum}$. "
        r"The score is ${sum} \div 10 = {answer}$.",
        scenes=scenes(
            "first/second/third",
            "the written test/the interview/the presentation",
            "theory/practice/teamwork",
            "the exam/the project/homework",
        ),
    ),
    zh=Telling(
        questions=(
            "{name}的{first}、{second}、{third}成绩分别是{a}分、{b}分、{c}分，三项按 ${p}:{q}:{r}$ "
            "的比例计算总成绩，总成绩是多少分？",
            "某次考核把{first}、{second}、{third}按 ${p}:{q}:{r}$ 计入总分。一名选手三项依次得{a}、{b}、{c}分，"
            "求他的最终得分。",
            "{first}占{p}份、{second}占{q}份、{third}占{r}份，{name}三项得分为{a}、{b}、{c}，加权平均分等于几？",
        ),
        plans=("把每项成绩按权重重复若干次，再求平均数。", "加权平均数就是一个更长列表的平均数。"),
        cot=r"权的和为 ${p} + {q} + {r} = 10$。加权总和为 "
        r"${a} \times {p} + {b} \times {q} + {c} \times {r} = {one} + {two} + {three} = {sum}$，"
        r"所以成绩是 ${sum} \div 10 = {answer}$ 分。",
        scenes=scenes("first/second/third", "笔试/面试/展示", "理论/操作/协作", "期末/项目/作业"),
    ),
)


def _variance(rng: Random) -> Numbers:
    while True:
        middle = rng.randint(12, 90)
        steps = [rng.randint(-9, 9) for _ in range(4)]
        steps.append(-sum(steps))
        if abs(steps[-1]) <= 11 and any(steps):
            return {name: middle + step for name, step in zip("abcde", steps, strict=True)}


def _variance_work(v: Numbers) -> Mapping[str, Value]:
    total = sum(v.values())
    mean = total // 5
    squares = [(value - mean) ** 2 for value in v.values()]
    return {
        "total": total,
        "mean": mean,
        "deviations": ", ".join(str(value - mean) for value in v.values()),
        "squared": " + ".join(f"{factor(value - mean)}^2" for value in v.values()),
        "sum": sum(squares),
        "answer": Decimal(sum(squares)) / 5,
    }


VARIANCE = Template(
    "junior-variance-of-five",
    "junior/statistics",
    draw=_variance,
    work=_variance_work,
    code="""\
data = [{a}, {b}, {c}, {d}, {e}]
# five times the sum of squares less the square of the sum is 25 variances
excess = 5 * sum(x * x for x in data) - sum(data) ** 2
print(f"{{excess / 25:g}}")""",
    en=Telling(
        questions=(
            "Find the variance (dividing by 5) of the data {a}, {b}, {c}, {d}, {e}.",
            "In five {games} {name} gets {a}, {b}, {c}, {d} and {e} points. What is the variance of these results, "
            "that is the mean squared deviation from their mean?",
            "The five values {a}, {b}, {c}, {d} and {e} have which population variance?",
        ),
        plans=(
            "I use the sum of squares and the square of the sum.",
            "Mean of the squares less square of the mean, in whole numbers until the end.",
        ),
        cot=r"The mean is ${total} \div 5 = {mean}$. The deviations from it are ${deviations}$. "
        r"The sum of their squares is ${squared} = {sum}$, and the variance is ${sum} \div 5 = {answer}$.",
        scenes=scenes("games", "games", "rounds", "matches"),
    ),
    zh=Telling(
        questions=(
            "求数据 {a}，{b}，{c}，{d}，{e} 的方差。",
            "{name}五{games}的得分依次为{a}、{b}、{c}、{d}、{e}，这组得分的方差是多少？",
            "一组数据由 {a}、{b}、{c}、{d}、{e} 五个数组成，它的方差等于几？",
        ),
        plans=("用平方和与和的平方来计算方差。", "方差等于平方的平均数减去平均数的平方。"),
        cot=r"平均数为 ${total} \div 5 = {mean}$，各数与平均数的差为 ${deviations}$。"
        r"差的平方和为 ${squared} = {sum}$，方差为 ${sum} \div 5 = {answer}$。",
        scenes=scenes("games", "场比赛", "轮投篮", "局游戏"),
    ),
)


def _median(rng: Random) -> Numbers:
    while True:
        known = [rng.randint(10, 60) for _ in range(5)]
        x = rng.randint(10, 60)
        if (sum(known) + x) % 6 == 0:
            return {**dict(zip("abcde", known, strict=True)), "m": (sum(known) + x) // 6}


def _median_work(v: Numbers) -> Mapping[str, Value]:
    known = [v[name] for name in "abcde"]
    x = 6 * v["m"] - sum(known)
    ordered = sorted([*known, x])
    return {
        "whole": 6 * v["m"],
        "known": sum(known),
        "x": x,
        "ordered": ", ".join(map(str, ordered)),
        "low": ordered[2],
        "high": ordered[3],
        "answer": Decimal(ordered[2] + ordered[3]) / 2,
    }


MEDIAN = Template(
    "junior-median-from-a-mean",
    "junior/statistics",
    draw=_median,
    work=_median_work,
    code="""\
from statistics import mean, median
known = [{a}, {b}, {c}, {d}, {e}]
for x in range(0, 500):
    if mean([*known, x]) == {m}:
        print(f"{{median([*known, x]):g}}")""",
    en=Telling(
        questions=(
            "The six numbers {a}, {b}, {c}, {d}, {e} and $x$ have the mean {m}. What is their median?",
            "On six days a {shop} sells {a}, {b}, {c}, {d}, {e} and $x$ {things}, on average {m} a day. "
            "Find the median of the six daily numbers.",
            "If the mean of {a}, $x$, {b}, {c}, {d}, {e} equals {m}, which number is the median of this data set?",
        ),
        plans=(
            "I search for the $x$ that gives the mean and let Python find the median.",
            "First $x$, then the middle of the ordered data.",
        ),
        cot=r"The sum is ${m} \times 6 = {whole}$ and the known numbers add up to {known}, so "
        "$x = {whole} - {known} = {x}$. In order: {ordered}. The middle two are {low} and {high}, "
        r"and the median is $({low} + {high}) \div 2 = {answer}$.",
        scenes=scenes("shop/things", "bakery/cakes", "bookshop/atlases", "nursery/plants"),
    ),
    zh=Telling(
        questions=(
            "六个数 {a}，{b}，{c}，{d}，{e}，$x$ 的平均数是{m}，求它们的中位数。",
            "一家{shop}六天的销量为{a}、{b}、{c}、{d}、{e}和 $x$（{things}），平均每天{m}{things}，"
            "这六个销量的中位数是多少？",
            "若数据 {a}、$x$、{b}、{c}、{d}、{e} 的平均数为{m}，则这组数据的中位数等于几？",
        ),
        plans=("搜索使平均数吻合的 $x$，再求中位数。", "先求 $x$，再把数据排序取中间。"),
        cot=r"总和为 ${m} \times 6 = {whole}$，已知五个数之和为 {known}，所以 $x = {whole} - {known} = {x}$。"
        r"从小到大排列：{ordered}。中间两个数是 {low} 和 {high}，中位数为 $({low} + {high}) \div 2 = {answer}$。",
        scenes=scenes("shop/things", "蛋糕店/个", "书店/本", "花店/盆"),
    ),
)

TEMPLATES = (WEIGHTED, VARIANCE, MEDIAN)
