"""Templates of first steps in probability.

from raymath.data.synthesis.junior.probability import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.latex import quotient
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _same(rng: Random) -> Numbers:
    r, b, w = (rng.randint(2, 40) for _ in "rbw")
    return {"r": r, "b": b, "w": w}


def _same_work(v: Numbers) -> Mapping[str, Value]:
    n = sum(v.values())
    pairs = {name: v[name] * (v[name] - 1) // 2 for name in "rbw"}
    good, every = sum(pairs.values()), n * (n - 1) // 2
    return {
        "n": n,
        "less": n - 1,
        "every": every,
        "rr": pairs["r"],
        "bb": pairs["b"],
        "ww": pairs["w"],
        "good": good,
        "value": quotient(good, every),
        "answer": Fraction(good, every),
    }


SAME = Template(
    "junior-two-of-one-colour",
    "junior/probability",
    draw=_same,
    work=_same_work,
    code="""\
from fractions import Fraction
from itertools import combinations
items = "r" * {r} + "b" * {b} + "w" * {w}
pairs = list(combinations(items, 2))
same = sum(first == second for first, second in pairs)
print(Fraction(same, len(pairs)))""",
    en=Telling(
        questions=(
            "A {bag} holds {r} red, {b} blue and {w} white {items}. Two are taken out at once at random. "
            "What is the probability, as a fraction in lowest terms, that they have the same colour?",
            "{name} draws two {items} together, without looking, from {r} red, {b} blue and {w} white ones. "
            "With what probability are both of one colour? Give a reduced fraction.",
            "From a {bag} with {r} red, {b} blue and {w} white {items}, two different ones are chosen by chance. "
            "Find the probability of equal colours as a reduced fraction.",
        ),
        plans=(
            "I list all pairs and count those of one colour.",
            "All pairs are equally likely, so I count them.",
        ),
        cot=r"There are ${r} + {b} + {w} = {n}$ {items}, so ${n} \times {less} \div 2 = {every}$ equally likely pairs. "
        "Of one colour are {rr} red, {bb} blue and {ww} white pairs, together {good}. "
        r"The probability is ${value}$.",
        scenes=scenes("bag/items", "bag/balls", "box/beads", "jar/marbles"),
    ),
    zh=Telling(
        questions=(
            "{bag}里装有{r}个红{items}、{b}个蓝{items}和{w}个白{items}，一次随机摸出两个，颜色相同的概率是多少？"
            "（最简分数）",
            "有红{items}{r}个、蓝{items}{b}个、白{items}{w}个，{name}闭眼同时取两个，求取到同色的概率，"
            "用最简分数表示。",
            "从放着{r}红、{b}蓝、{w}白三种颜色{items}的{bag}中任取两个，它们同色的概率等于几？结果化成最简分数。",
        ),
        plans=("列出所有的两两组合，数出同色的。", "每一对等可能，逐对统计。"),
        cot=r"共有 ${r} + {b} + {w} = {n}$ 个，任取两个有 ${n} \times {less} \div 2 = {every}$ 种等可能的结果。"
        "同色的有：红 {rr} 种，蓝 {bb} 种，白 {ww} 种，共 {good} 种。"
        r"概率为 ${value}$。",
        scenes=scenes("bag/items", "袋子/球", "盒子/珠子", "罐子/弹珠"),
    ),
)


def _sum(rng: Random) -> Numbers:
    m, n = rng.randint(8, 60), rng.randint(8, 60)
    return {"m": m, "n": n, "s": rng.randint(4, min(m, n) + 1)}


def _sum_work(v: Numbers) -> Mapping[str, Value]:
    good, every = v["s"] * (v["s"] - 1) // 2, v["m"] * v["n"]
    return {
        "every": every,
        "most": v["s"] - 1,
        "good": good,
        "value": quotient(good, every),
        "answer": Fraction(good, every),
    }


SUM = Template(
    "junior-sum-of-two-cards",
    "junior/probability",
    draw=_sum,
    work=_sum_work,
    code="""\
from fractions import Fraction
good = every = 0
for first in range(1, {m} + 1):
    for second in range(1, {n} + 1):
        every += 1
        good += first + second <= {s}
print(Fraction(good, every))""",
    en=Telling(
        questions=(
            "One {box} contains cards numbered 1 to {m}, another cards numbered 1 to {n}. One card is drawn from each. "
            "What is the probability, in lowest terms, that the sum is at most {s}?",
            "{name} picks a whole number from 1 to {m} at random, a friend one from 1 to {n}. Find the probability "
            "that the "
            "two numbers add up to {s} or less, as a reduced fraction.",
            "Spinner A stops on each of 1, 2, …, {m} with equal chance, spinner B on each of 1, 2, …, {n}. "
            "How likely is a total not above {s}? Answer with a fraction in lowest terms.",
        ),
        plans=(
            "I go through all pairs of numbers and count those with a small enough sum.",
            "A double loop counts all pairs and the favourable ones.",
        ),
        cot=r"There are ${m} \times {n} = {every}$ equally likely pairs. If the first number is $i$, the second may be "
        r"$1, \ldots, {s} - i$, so the favourable pairs number $1 + 2 + \cdots + {most} = "
        r"\frac{{{most} \times {s}}}{{2}} = {good}$. The probability is ${value}$.",
        scenes=scenes("box", "box", "bag", "drawer"),
    ),
    zh=Telling(
        questions=(
            "甲{box}有编号1到{m}的卡片，乙{box}有编号1到{n}的卡片，各抽一张，两数之和不大于{s}的概率是多少？"
            "（最简分数）",
            "{name}从1至{m}中随机选一个整数，同桌从1至{n}中随机选一个整数，求两数的和小于或等于{s}的概率，"
            "写成最简分数。",
            "转盘A等可能地停在1，2，…，{m}上，转盘B等可能地停在1，2，…，{n}上，两数之和至多是{s}的概率等于几？"
            "化成最简分数。",
        ),
        plans=("枚举所有的数对，数出和符合要求的。", "用双重循环统计全部数对与符合的数对。"),
        cot=r"等可能的数对共 ${m} \times {n} = {every}$ 个。第一个数为 $i$ 时，第二个数可取 $1, \ldots, {s} - i$，"
        r"符合的数对有 $1 + 2 + \cdots + {most} = \frac{{{most} \times {s}}}{{2}} = {good}$ 个。"
        r"概率为 ${value}$。",
        scenes=scenes("box", "盒", "袋", "箱"),
    ),
)


def _added(rng: Random) -> Numbers:
    while True:
        q = rng.randint(3, 16)
        p = rng.randint(1, q - 2)
        t = rng.randint(2, 30)
        x = rng.randint(2, 60)
        # afterwards p t red among q t
        red, other = p * t - x, (q - p) * t
        if gcd(p, q) == 1 and red >= 2 and other >= 2 and q * t <= 250:
            return {"r": red, "w": other, "p": p, "q": q}


def _added_work(v: Numbers) -> Mapping[str, Value]:
    r, w, p, q = (v[name] for name in "rwpq")
    return {
        "n": r + w,
        "qr": q * r,
        "pn": p * (r + w),
        "right": p * (r + w) - q * r,
        "left_x": f"{q - p}x",
        "other_side": f"{p}({r + w} + x)" if p > 1 else f"{r + w} + x",
        "px": f"{p if p > 1 else ''}x",
        "answer": (p * (r + w) - q * r) // (q - p),
    }


ADDED = Template(
    "junior-balls-to-be-added",
    "junior/probability",
    draw=_added,
    work=_added_work,
    code="""\
from fractions import Fraction
added = 0
while Fraction({r} + added, {r} + {w} + added) < Fraction({p}, {q}):
    added += 1
print(added)""",
    en=Telling(
        questions=(
            "A {bag} has {r} red and {w} yellow {items}. How many red ones must be put in so that a random draw "
            "gives red "
            r"with probability $\frac{{{p}}}{{{q}}}$?",
            r"{name} wants red to be drawn with probability $\frac{{{p}}}{{{q}}}$ from a {bag} in which there are "
            r"now {r} red "
            "and {w} yellow {items}. How many red {items} have to be added?",
            "After some red {items} were added to {r} red and {w} yellow ones, the chance of drawing a red one became "
            r"$\frac{{{p}}}{{{q}}}$. Find how many were added.",
        ),
        plans=(
            "I add red ones one at a time until the probability is reached.",
            "The probability grows with each red one, so I count upward.",
        ),
        cot=r"With $x$ more red ones, $\frac{{{r} + x}}{{{n} + x}} = \frac{{{p}}}{{{q}}}$. Cross-multiplying, "
        "${q}({r} + x) = {other_side}$, that is ${qr} + {q}x = {pn} + {px}$. So ${left_x} = {right}$ and "
        "$x = {answer}$.",
        scenes=scenes("bag/items", "bag/balls", "box/counters", "jar/sweets"),
    ),
    zh=Telling(
        questions=(
            r"{bag}里有{r}个红{items}和{w}个黄{items}，再放入多少个红{items}，才能使随机摸到红{items}的概率为 "
            r"$\frac{{{p}}}{{{q}}}$？",
            r"{name}想让从{bag}中任取一个是红{items}的概率变成 $\frac{{{p}}}{{{q}}}$，现在里面红{items}{r}个、"
            r"黄{items}{w}个，"
            "还需添加几个红{items}？",
            r"原有{r}个红{items}、{w}个黄{items}，添进若干个红{items}后，摸到红{items}的概率是 "
            r"$\frac{{{p}}}{{{q}}}$，求添进的个数。",
        ),
        plans=("逐个增加红色的个数，直到概率达到要求。", "概率随红色增多而增大，从0开始往上数。"),
        cot=r"设再放入 $x$ 个，则 $\frac{{{r} + x}}{{{n} + x}} = \frac{{{p}}}{{{q}}}$。"
        "去分母得 ${q}({r} + x) = {other_side}$，即 ${qr} + {q}x = {pn} + {px}$，"
        "所以 ${left_x} = {right}$，$x = {answer}$。",
        scenes=scenes("bag/items", "袋子/球", "盒子/棋子", "罐子/糖果"),
    ),
)

TEMPLATES = (SAME, SUM, ADDED)
