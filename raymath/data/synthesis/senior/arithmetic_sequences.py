"""Templates of arithmetic sequences: sums from two terms, greatest sums, common terms.

from raymath.data.synthesis.senior.arithmetic_sequences import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _two_terms(rng: Random) -> Numbers:
    m = rng.randint(2, 9)
    n = m + rng.randint(2, 12)
    first, d = nonzero(rng, 40), nonzero(rng, 12)
    return {"m": m, "n": n, "x": first + (m - 1) * d, "y": first + (n - 1) * d, "k": n + rng.randint(3, 40)}


def _two_terms_work(v: Numbers) -> Mapping[str, Value]:
    d = (v["y"] - v["x"]) // (v["n"] - v["m"])
    first = v["x"] - (v["m"] - 1) * d
    last = first + (v["k"] - 1) * d
    return {
        "d": d,
        "steps": v["n"] - v["m"],
        "difference": f"{v['y']} - {factor(v['x'])}",
        "first": first,
        "last": last,
        "ends": f"{first} {signed(last)}",
        "answer": v["k"] * (first + last) // 2,
    }


TWO_TERMS = Template(
    "senior-arithmetic-sum",
    "senior/arithmetic-sequences",
    draw=_two_terms,
    work=_two_terms_work,
    code="step = (({y}) - ({x})) // ({n} - {m})\nterm = ({x}) - ({m} - 1) * step\ntotal = 0\n"
    "for _ in range({k}):\n    total += term\n    term += step\nprint(total)",
    en=Telling(
        questions=(
            "In an arithmetic sequence $a_{{{m}}} = {x}$ and $a_{{{n}}} = {y}$. Find the sum of its first {k} terms.",
            "An arithmetic sequence has {x} in place {m} and {y} in place {n}. What do its first {k} terms add up to?",
            "The terms $a_{{{m}}} = {x}$ and $a_{{{n}}} = {y}$ belong to an arithmetic sequence. "
            "What is $a_1 + a_2 + \\cdots + a_{{{k}}}$?",
        ),
        plans=(
            "I find the step, go back to the first term and add the terms one after another.",
            "The step follows from the two terms; a loop then adds up the sequence.",
        ),
        cot="From place {m} to place {n} there are ${steps}$ steps, so $d = ({difference}) \\div {steps} = {d}$. "
        "Then $a_1 = {first}$ and $a_{{{k}}} = {last}$. The sum is $S_{{{k}}} = \\frac{{{k}({ends})}}{{2}} = "
        "{answer}$.",
    ),
    zh=Telling(
        questions=(
            "等差数列$\\{{a_n\\}}$中，$a_{{{m}}} = {x}$，$a_{{{n}}} = {y}$，求前{k}项的和。",
            "一个等差数列的第{m}项是{x}，第{n}项是{y}，它的前{k}项之和是多少？",
            "已知$a_{{{m}}} = {x}$与$a_{{{n}}} = {y}$是同一等差数列中的两项，计算$a_1 + a_2 + \\cdots + a_{{{k}}}$。",
        ),
        plans=("先求公差和首项，再逐项相加。", "由两项求出公差，用循环累加。"),
        cot="第{m}项到第{n}项相差${steps}$个公差，所以$d = ({difference}) \\div {steps} = {d}$。"
        "于是$a_1 = {first}$，$a_{{{k}}} = {last}$，$S_{{{k}}} = \\frac{{{k}({ends})}}{{2}} = {answer}$。",
    ),
)


def _greatest(rng: Random) -> Numbers:
    d = rng.randint(3, 29)
    first = rng.randint(3 * d, 40 * d)
    while first % d == 0:
        first += 1
    return {"first": first, "d": d}


def _greatest_work(v: Numbers) -> Mapping[str, Value]:
    n = v["first"] // v["d"] + 1
    last = v["first"] - (n - 1) * v["d"]
    return {
        "general": polynomial((-v["d"], v["first"] + v["d"]), "n"),
        "n": n,
        "last": last,
        "after": last - v["d"],
        "next": n + 1,
        "answer": n * (v["first"] + last) // 2,
    }


GREATEST = Template(
    "senior-arithmetic-greatest-sum",
    "senior/arithmetic-sequences",
    draw=_greatest,
    work=_greatest_work,
    code="from itertools import accumulate\n\nterms = [{first} - {d} * i for i in range(200)]\n"
    "print(max(accumulate(terms)))",
    en=Telling(
        questions=(
            "An arithmetic sequence has $a_1 = {first}$ and common difference $-{d}$. What is the greatest value of "
            "the sum $S_n$ of its first $n$ terms?",
            "The sequence {first}, … falls by {d} from each term to the next. Find the largest possible sum of its "
            "first $n$ terms.",
            "Let $a_1 = {first}$ and $a_{{n+1}} = a_n - {d}$. Determine the maximum of $a_1 + a_2 + \\cdots + a_n$ "
            "over all $n$.",
        ),
        plans=(
            "I form the partial sums of many terms and take the largest.",
            "The sums first rise and then fall, so the largest of the first 200 is the answer.",
        ),
        cot="The general term is $a_n = {general}$. The sum grows as long as the terms are positive. "
        "Here $a_{{{n}}} = {last} > 0$ and $a_{{{next}}} = {after} < 0$, so the sum is greatest for $n = {n}$. "
        "It is $S_{{{n}}} = \\frac{{{n}({first} + {last})}}{{2}} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "等差数列的首项为{first}，公差为$-{d}$，前$n$项和$S_n$的最大值是多少？",
            "已知$a_1 = {first}$，$a_{{n+1}} = a_n - {d}$，求$S_n = a_1 + a_2 + \\cdots + a_n$的最大值。",
            "一列数从{first}开始，后一个总比前一个少{d}，从头起若干个数的和最大能达到多少？",
        ),
        plans=("求出各个部分和，取最大值。", "部分和先增后减，在前200个中找最大的。"),
        cot="通项为$a_n = {general}$。只要项为正，和就继续增大。因为$a_{{{n}}} = {last} > 0$，"
        "$a_{{{next}}} = {after} < 0$，所以$n = {n}$时和最大，$S_{{{n}}} = \\frac{{{n}({first} + {last})}}{{2}} = "
        "{answer}$。",
    ),
)


def _common(rng: Random) -> Numbers:
    p, r = rng.sample(range(3, 14), 2)
    if gcd(p, r) > 1:
        return _common(rng)
    return {"p": p, "q": rng.randint(1, 12), "r": r, "s": rng.randint(1, 12), "most": rng.randint(300, 2000)}


def _common_work(v: Numbers) -> Mapping[str, Value]:
    step = lcm(v["p"], v["r"])
    start = max(v["p"] + v["q"], v["r"] + v["s"])
    first = next(x for x in range(start, start + step) if (x - v["q"]) % v["p"] == (x - v["s"]) % v["r"] == 0)
    return {
        "step": step,
        "least": first,
        "fits": (v["most"] - first) // step,
        "answer": (v["most"] - first) // step + 1,
    }


COMMON = Template(
    "senior-arithmetic-common-terms",
    "senior/arithmetic-sequences",
    draw=_common,
    work=_common_work,
    forms=lambda v: {"one": polynomial((v["p"], v["q"]), "n"), "two": polynomial((v["r"], v["s"]), "n")},
    code="one = {{{p} * n + {q} for n in range(1, 1000)}}\ntwo = {{{r} * n + {s} for n in range(1, 1000)}}\n"
    "print(len([x for x in one & two if x <= {most}]))",
    en=Telling(
        questions=(
            "How many numbers up to {most} occur in both sequences $a_n = {one}$ and $b_n = {two}$ "
            "($n = 1, 2, 3, \\ldots$)?",
            "The sequences $a_n = {one}$ and $b_n = {two}$ start at $n = 1$. Count their common terms that are at most "
            "{most}.",
            "Let $A$ be the set of all ${one}$ and $B$ the set of all ${two}$ with positive integers $n$. How many "
            "elements of $A \\cap B$ do not exceed {most}?",
        ),
        plans=(
            "I list both sequences as sets and count the common members below the bound.",
            "An intersection of two sets, cut at {most}, gives the count.",
        ),
        cot="The common terms form an arithmetic sequence again. Its step is the least common multiple of {p} and {r}, "
        "which is ${step}$. The first common term is ${least}$. Between it and {most} the step fits ${fits}$ times. "
        "So there are ${fits} + 1 = {answer}$ common terms.",
    ),
    zh=Telling(
        questions=(
            "数列$a_n = {one}$与$b_n = {two}$（$n$为正整数）中，不超过{most}的公共项有多少个？",
            "集合$A$由所有形如${one}$的数组成，$B$由所有形如${two}$的数组成，其中$n$取正整数，"
            "$A \\cap B$中不大于{most}的元素有几个？",
            "已知$a_n = {one}$，$b_n = {two}$，$n = 1, 2, 3, \\ldots$，求两个数列中都出现且不超过{most}的数的个数。",
        ),
        plans=("把两个数列写成集合，求交集中不超过上限的个数。", "取两个集合的交集再计数。"),
        cot="公共项仍成等差数列，公差是{p}与{r}的最小公倍数${step}$，首项为${least}$。"
        "从${least}$到{most}可以再走${fits}$步，所以共有${fits} + 1 = {answer}$项。",
    ),
)

TEMPLATES = (TWO_TERMS, GREATEST, COMMON)
