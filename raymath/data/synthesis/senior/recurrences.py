"""Templates of recurrences and sums: linear recurrences, telescoping sums, periods.

from raymath.data.synthesis.senior.recurrences import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor, fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _linear(rng: Random) -> Numbers:
    p = rng.choice((2, 3, 4, 5))
    fixed = nonzero(rng, 12)
    first = nonzero(rng, 20)
    n = rng.randint(5, {2: 12, 3: 9, 4: 8, 5: 7}[p])
    return {"first": first, "p": p, "q": -fixed * (p - 1), "n": n} if first != fixed else _linear(rng)


def _linear_work(v: Numbers) -> Mapping[str, Value]:
    fixed = -v["q"] // (v["p"] - 1)
    start = v["first"] - fixed
    power = v["p"] ** (v["n"] - 1)
    return {
        "fixed": fixed,
        "shifted": f"a_n {signed(-fixed)}",
        "start": start,
        "start_factor": factor(start),
        "exponent": v["n"] - 1,
        "power": power,
        "back": signed(fixed),
        "answer": start * power + fixed,
    }


LINEAR = Template(
    "senior-linear-recurrence",
    "senior/recurrences",
    draw=_linear,
    work=_linear_work,
    forms=lambda v: {"right": f"{v['p']}a_n {signed(v['q'])}"},
    code="a = {first}\nfor _ in range({n} - 1):\n    a = {p} * a + ({q})\nprint(a)",
    en=Telling(
        questions=(
            "A sequence has $a_1 = {first}$ and $a_{{n+1}} = {right}$ for all $n \\ge 1$. Find $a_{{{n}}}$.",
            "Let $a_1 = {first}$; each later term follows from $a_{{n+1}} = {right}$. What is term number {n}?",
            "Compute $a_{{{n}}}$ for the sequence defined by $a_{{n+1}} = {right}$ with first term {first}.",
        ),
        plans=("I apply the rule step by step.", "The recurrence is easy to run from the first term."),
        cot="The number ${fixed}$ is kept by the rule, and ${shifted}$ is multiplied by ${p}$ at every step. "
        "It starts at ${start}$. Hence $a_{{{n}}} = {start_factor} \\cdot {p}^{{{exponent}}} {back}$. "
        "With ${p}^{{{exponent}}} = {power}$ this is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "数列$\\{{a_n\\}}$满足$a_1 = {first}$，$a_{{n+1}} = {right}$，求$a_{{{n}}}$。",
            "已知$a_1 = {first}$，从第二项起由$a_{{n+1}} = {right}$确定，第{n}项是多少？",
            "首项为{first}的数列，递推公式是$a_{{n+1}} = {right}$，计算$a_{{{n}}}$的值。",
        ),
        plans=("从首项开始，按递推公式逐步计算。", "用循环执行递推。"),
        cot="把${fixed}$代入递推式仍得${fixed}$，所以${shifted}$每一步都乘以${p}$，是等比数列，首项为${start}$。"
        "因此$a_{{{n}}} = {start_factor} \\cdot {p}^{{{exponent}}} {back}$，其中${p}^{{{exponent}}} = {power}$，"
        "结果为${answer}$。",
    ),
)


def _telescope(rng: Random) -> Numbers:
    a = rng.randint(2, 9)
    b = rng.choice([b for b in range(1 - a, 12) if a + b > 0 and b != 0 and gcd(a, b) == 1])
    return {"a": a, "b": b, "n": rng.randint(10, 120)}


def _telescope_work(v: Numbers) -> Mapping[str, Value]:
    first, last = v["a"] + v["b"], v["a"] * (v["n"] + 1) + v["b"]
    answer = Fraction(v["n"], first * last)
    return {
        "first": first,
        "last": last,
        "difference": fraction(Fraction(1, first) - Fraction(1, last)),
        "value": fraction(answer),
        "answer": answer,
    }


TELESCOPE = Template(
    "senior-telescoping-sum",
    "senior/recurrences",
    draw=_telescope,
    work=_telescope_work,
    forms=lambda v: {
        "one": polynomial((v["a"], v["b"]), "k"),
        "two": polynomial((v["a"], v["a"] + v["b"]), "k"),
        "one_n": polynomial((v["a"], v["b"]), "n"),
        "two_n": polynomial((v["a"], v["a"] + v["b"]), "n"),
        "next": v["a"] + v["b"],
    },
    code="from fractions import Fraction\n\nprint(sum(Fraction(1, ({a} * k + ({b})) * ({a} * k + {next})) "
    "for k in range(1, {n} + 1)))",
    en=Telling(
        questions=(
            "Compute $\\sum_{{k=1}}^{{{n}}} \\frac{{1}}{{({one})({two})}}$ as a fraction in lowest terms.",
            "What is the exact sum of the first {n} terms of the sequence $a_n = \\frac{{1}}{{({one_n})({two_n})}}$?",
            "Let $a_n = \\frac{{1}}{{({one_n})({two_n})}}$. Find $a_1 + a_2 + \\cdots + a_{{{n}}}$ as a reduced "
            "fraction.",
        ),
        plans=("I add the terms as exact fractions.", "The sum is finite, so exact addition settles it."),
        cot="Each term splits: $\\frac{{1}}{{({one})({two})}} = \\frac{{1}}{{{a}}}\\left(\\frac{{1}}{{{one}}} - "
        "\\frac{{1}}{{{two}}}\\right)$. In the sum all inner parts cancel. What is left is "
        "$\\frac{{1}}{{{a}}}\\left(\\frac{{1}}{{{first}}} - \\frac{{1}}{{{last}}}\\right) = "
        "\\frac{{1}}{{{a}}} \\cdot {difference} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "求和：$\\sum_{{k=1}}^{{{n}}} \\frac{{1}}{{({one})({two})}}$，结果用最简分数表示。",
            "数列$a_n = \\frac{{1}}{{({one_n})({two_n})}}$的前{n}项之和是多少？",
            "已知$a_n = \\frac{{1}}{{({one_n})({two_n})}}$，计算$a_1 + a_2 + \\cdots + a_{{{n}}}$。",
        ),
        plans=("用分数逐项精确相加。", "项数有限，直接求精确的和。"),
        cot="裂项：$\\frac{{1}}{{({one})({two})}} = \\frac{{1}}{{{a}}}\\left(\\frac{{1}}{{{one}}} - "
        "\\frac{{1}}{{{two}}}\\right)$，相加时中间各项抵消，剩下$\\frac{{1}}{{{a}}}\\left(\\frac{{1}}{{{first}}} - "
        "\\frac{{1}}{{{last}}}\\right) = "
        "\\frac{{1}}{{{a}}} \\cdot {difference} = {value}$。",
    ),
)


def _six(rng: Random) -> Numbers:
    a, b = nonzero(rng, 20), nonzero(rng, 20)
    return {"a": a, "b": b, "n": 6 * rng.randint(7, 150) + rng.randint(2, 5)}


def _six_work(v: Numbers) -> Mapping[str, Value]:
    a, b = v["a"], v["b"]
    period = [a, b, b - a, -a, -b, a - b]
    blocks, rest = divmod(v["n"], 6)
    return {
        "listed": ", ".join(map(str, period)),
        "blocks": blocks,
        "rest": rest,
        "answer": sum(period[:rest]),
    }


SIX = Template(
    "senior-periodic-recurrence",
    "senior/recurrences",
    draw=_six,
    work=_six_work,
    code="x, y, total = {a}, {b}, 0\nfor _ in range({n}):\n    total += x\n    x, y = y, y - x\nprint(total)",
    en=Telling(
        questions=(
            "A sequence begins with $a_1 = {a}$, $a_2 = {b}$ and satisfies $a_{{n+2}} = a_{{n+1}} - a_n$. "
            "Find the sum of its first {n} terms.",
            "Let $a_1 = {a}$, $a_2 = {b}$; from the third on, each term is the one before it minus the one before "
            "that. What do the first {n} terms add up to?",
            "For $a_{{n+2}} = a_{{n+1}} - a_n$ with $a_1 = {a}$ and $a_2 = {b}$, compute $S_{{{n}}} = a_1 + \\cdots + "
            "a_{{{n}}}$.",
        ),
        plans=("I run the recurrence and add up the terms.", "A loop over {n} terms keeps the last two and the sum."),
        cot="The first six terms are {listed}, and then the sequence repeats. The sum of one period is $0$. "
        "Since ${n} = 6 \\cdot {blocks} + {rest}$, only the first {rest} terms of a period count. "
        "Their sum is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "数列满足$a_1 = {a}$，$a_2 = {b}$，$a_{{n+2}} = a_{{n+1}} - a_n$，求前{n}项的和。",
            "一列数的前两个是{a}和{b}，从第三个起，每个数等于前一个减去再前一个，前{n}个数之和是多少？",
            "已知$a_{{n+2}} = a_{{n+1}} - a_n$，$a_1 = {a}$，$a_2 = {b}$，计算$S_{{{n}}} = a_1 + \\cdots + "
            "a_{{{n}}}$。",
        ),
        plans=("按递推公式计算并累加。", "用循环保留最近两项，同时求和。"),
        cot="前六项为{listed}，以后重复出现，周期为6，一个周期的和为$0$。因为${n} = 6 \\cdot {blocks} + {rest}$，"
        "只需计算一个周期中前{rest}项的和，得${answer}$。",
    ),
)

TEMPLATES = (LINEAR, TELESCOPE, SIX)
