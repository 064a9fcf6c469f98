"""Templates of geometric sequences: sums from two terms, a bouncing ball, sums of blocks.

from raymath.data.synthesis.senior.geometric_sequences import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _geometric(rng: Random) -> Numbers:
    r = rng.choice((-4, -3, -2, 2, 3, 4, 5))
    first, m = nonzero(rng, 60), rng.randint(2, 3)
    return {"m": m, "n": m + 3, "x": first * r ** (m - 1), "y": first * r ** (m + 2), "k": rng.randint(5, 9)}


def _geometric_work(v: Numbers) -> Mapping[str, Value]:
    cube = v["y"] // v["x"]
    r = next(r for r in range(-9, 10) if r**3 == cube)
    first = v["x"] // r ** (v["m"] - 1)
    power = r ** v["k"]
    return {
        "cube": cube,
        "divisor": factor(v["x"]),
        "r": r,
        "first": first,
        "power": power,
        "above": power - 1,
        "below": r - 1,
        "first_factor": factor(first),
        "base": factor(r),
        "answer": first * (power - 1) // (r - 1),
    }


GEOMETRIC = Template(
    "senior-geometric-sum",
    "senior/geometric-sequences",
    draw=_geometric,
    work=_geometric_work,
    code="ratio = next(r for r in range(-10, 11) if r != 0 and ({x}) * r ** ({n} - {m}) == {y})\n"
    "term = ({x}) // ratio ** ({m} - 1)\ntotal = 0\nfor _ in range({k}):\n    total += term\n    term *= ratio\n"
    "print(total)",
    en=Telling(
        questions=(
            "In a geometric sequence $a_{m} = {x}$ and $a_{n} = {y}$. All terms are real. Find the sum of the first "
            "{k} terms.",
            "A geometric sequence of real numbers has {x} in place {m} and {y} in place {n}. What is the sum of its "
            "first {k} terms?",
            "For a real geometric sequence with $a_{m} = {x}$, $a_{n} = {y}$, compute $S_{k} = a_1 + \\cdots + a_{k}$.",
        ),
        plans=(
            "I look for the whole ratio that fits and add the terms one by one.",
            "A small search gives the ratio; then a loop sums the terms.",
        ),
        cot="The two places are three apart, so $q^3 = {y} \\div {divisor} = {cube}$ and $q = {r}$. Then $a_1 = "
        "{first}$. The sum is $S_{k} = \\frac{{a_1(q^{k} - 1)}}{{q - 1}}$, where $q^{k} = {base}^{k} = {power}$. "
        "This gives ${first_factor} \\cdot \\frac{{{above}}}{{{below}}} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "各项为实数的等比数列$\\{{a_n\\}}$中，$a_{m} = {x}$，$a_{n} = {y}$，求前{k}项的和。",
            "一个实数等比数列的第{m}项为{x}，第{n}项为{y}，它的前{k}项之和是多少？",
            "由$a_{m} = {x}$，$a_{n} = {y}$确定一个实数等比数列，计算$a_1 + \\cdots + a_{k}$。",
        ),
        plans=("先找出公比，再逐项相加。", "枚举整数公比，然后用循环求和。"),
        cot="两项相隔三项，所以$q^3 = {y} \\div {divisor} = {cube}$，$q = {r}$，$a_1 = {first}$。"
        "由$S_{k} = \\frac{{a_1(q^{k} - 1)}}{{q - 1}}$，其中$q^{k} = {base}^{k} = {power}$，得"
        "${first_factor} \\cdot \\frac{{{above}}}{{{below}}} = {answer}$。",
    ),
)


#: (height, ratio's parts, hits) with whole heights of at most 5 m: all are equally likely.
_BOUNCES = [
    (h, p, q, n)
    for p, q in ((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (2, 5), (3, 5), (4, 5))
    for n in range(3, 8)
    for h in range(q ** (n - 1), 5001, q ** (n - 1))
    if h >= 200
]


def _bounce(rng: Random) -> Numbers:
    return dict(zip("hpqn", rng.choice(_BOUNCES), strict=True))


def _bounce_work(v: Numbers) -> Mapping[str, Value]:
    rises, height = [], v["h"]
    for _ in range(v["n"] - 1):
        height = height * v["p"] // v["q"]
        rises.append(height)
    return {
        "rises": ", ".join(map(str, rises)),
        "times": v["n"] - 1,
        "up": sum(rises),
        "answer": v["h"] + 2 * sum(rises),
    }


BOUNCE = Template(
    "senior-bouncing-ball",
    "senior/geometric-sequences",
    draw=_bounce,
    work=_bounce_work,
    code="from fractions import Fraction\n\nheight, path = Fraction({h}), 0\nfor hit in range({n}):\n    path += "
    "height\n"
    "    if hit < {n} - 1:\n        height *= Fraction({p}, {q})\n        path += height\nprint(path)",
    en=Telling(
        questions=(
            "A {ball} falls from a height of {h} mm and after each hit rises to $\\frac{{{p}}}{{{q}}}$ of the height "
            "from which it fell. How many millimetres has it travelled when it hits the ground for time number {n}?",
            "Dropped from {h} mm, a {ball} always bounces back to $\\frac{{{p}}}{{{q}}}$ of its last height. Find the "
            "length of its path, in mm, up to hit number {n}.",
            "A {ball} is released {h} mm above the floor. Each bounce reaches $\\frac{{{p}}}{{{q}}}$ of the height "
            "before. What distance in mm has it covered at the moment of hit number {n}?",
        ),
        plans=(
            "I follow the ball hit by hit and add up the falls and the rises.",
            "A loop adds every fall and every rise until the last hit.",
        ),
        cot="It falls {h} mm to the first hit. Before hit number {n} it rises ${times}$ times; the heights form a "
        "geometric sequence with ratio $\\frac{{{p}}}{{{q}}}$: {rises}. Their sum is {up}, and each is covered up and "
        "down. The path is ${h} + 2 \\cdot {up} = {answer}$ mm.",
        scenes=scenes("ball", "rubber ball", "tennis ball", "toy ball", "basketball"),
    ),
    zh=Telling(
        questions=(
            "{ball}从{h}毫米高处落下，每次着地后弹起的高度是落下高度的$\\frac{{{p}}}{{{q}}}$。到第{n}次着地时，"
            "共经过多少毫米？",
            "把{ball}从离地{h}毫米处释放，每次都反弹到上一次高度的$\\frac{{{p}}}{{{q}}}$，"
            "求第{n}次落地时走过的总路程（毫米）。",
            "{ball}自由落下，起始高度{h}毫米，弹起高度总是前一高度的$\\frac{{{p}}}{{{q}}}$，第{n}次碰到地面时，"
            "它一共运动了几毫米？",
        ),
        plans=("逐次模拟下落与弹起，累加路程。", "用循环把每次下落和上升的高度相加。"),
        cot="第一次着地前下落{h}毫米。到第{n}次着地，共弹起${times}$次，高度成公比为$\\frac{{{p}}}{{{q}}}$的等比数列："
        "{rises}，它们的和为{up}。每次弹起都要上下各走一遍，总路程为${h} + 2 \\cdot {up} = {answer}$毫米。",
        scenes=scenes("ball", "一个皮球", "一只乒乓球", "一个篮球", "一个弹力球"),
    ),
)


def _three_sums(rng: Random) -> Numbers:
    q = rng.randint(1, 5)
    p = rng.choice([p for p in range(1, 10) if gcd(p, q) == 1 and p != q])
    s = q * q * rng.randint(1, 60)
    return {"n": rng.randint(3, 12), "s": s, "t": s + s * p // q}


def _three_sums_work(v: Numbers) -> Mapping[str, Value]:
    middle = v["t"] - v["s"]
    last = middle * middle // v["s"]
    return {"middle": middle, "rest": last, "answer": v["t"] + last}


THREE_SUMS = Template(
    "senior-geometric-blocks",
    "senior/geometric-sequences",
    draw=_three_sums,
    work=_three_sums_work,
    forms=lambda v: {"twice": 2 * v["n"], "thrice": 3 * v["n"]},
    code="ratio = ({t} / {s} - 1) ** (1 / {n})\nfirst = {s} * (ratio - 1) / (ratio ** {n} - 1)\n"
    "print(round(sum(first * ratio ** i for i in range({thrice}))))",
    en=Telling(
        questions=(
            "In a geometric sequence of positive terms the first {n} terms add up to {s}, the first {twice} terms to "
            "{t}. Find the sum of the first {thrice} terms.",
            "The partial sums of a geometric sequence with positive terms satisfy $S_{{{n}}} = {s}$ and "
            "$S_{{{twice}}} = {t}$. What is $S_{{{thrice}}}$?",
            "All terms of a geometric sequence are positive. Given $S_{{{n}}} = {s}$, $S_{{{twice}}} = {t}$, "
            "determine $S_{{{thrice}}}$.",
        ),
        plans=(
            "I compute the ratio and the first term numerically and add all {thrice} terms.",
            "From the two sums I get the ratio as a root; then I sum the sequence.",
        ),
        cot="The sums of successive blocks of {n} terms form a geometric sequence. The first block is ${s}$, the "
        "second ${t} - {s} = {middle}$. So the third is ${middle}^2 \\div {s} = {rest}$. "
        "The sum of all three is ${t} + {rest} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "各项为正的等比数列前{n}项的和为{s}，前{twice}项的和为{t}，求前{thrice}项的和。",
            "正项等比数列的前$n$项和记为$S_n$，$S_{{{n}}} = {s}$，$S_{{{twice}}} = {t}$，则$S_{{{thrice}}}$是多少？",
            "已知等比数列各项都大于零，且$S_{{{n}}} = {s}$，$S_{{{twice}}} = {t}$，计算$S_{{{thrice}}}$。",
        ),
        plans=("先用数值求公比和首项，再把{thrice}项相加。", "由两个和求出公比，然后逐项求和。"),
        cot="每{n}项一段，各段的和成等比数列。第一段为${s}$，第二段为${t} - {s} = {middle}$，"
        "第三段为${middle}^2 \\div {s} = {rest}$。三段之和为${t} + {rest} = {answer}$。",
    ),
)

TEMPLATES = (GEOMETRIC, BOUNCE, THREE_SUMS)
