"""Templates of square roots.

from raymath.data.synthesis.junior.roots import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _surds(rng: Random) -> Numbers:
    k = rng.choice((2, 3, 5, 6, 7, 10, 11, 13))
    while True:
        a, b, c = rng.sample(range(2, 26), 3)
        if a + b != c:
            return {"p": a * a * k, "q": b * b * k, "r": c * c * k, "k": k}


def _surds_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = (isqrt(v[name] // v["k"]) for name in "pqr")
    return {"a": a, "b": b, "c": c, "sum": terms((a + b - c, rf"\sqrt{{{v['k']}}}")), "answer": a + b - c}


SURDS = Template(
    "junior-like-surds",
    "junior/roots",
    draw=_surds,
    work=_surds_work,
    code="""\
from math import sqrt
total = sqrt({p}) + sqrt({q}) - sqrt({r})
print(round(total / sqrt({k})))""",
    en=Telling(
        questions=(
            r"$\sqrt{{{p}}} + \sqrt{{{q}}} - \sqrt{{{r}}} = m\sqrt{{{k}}}$ for an integer $m$. Find $m$.",
            r"Which integer $m$ makes $m\sqrt{{{k}}}$ equal to $\sqrt{{{p}}} + \sqrt{{{q}}} - \sqrt{{{r}}}$?",
            r"Write $\sqrt{{{p}}} + \sqrt{{{q}}} - \sqrt{{{r}}}$ as a multiple of $\sqrt{{{k}}}$. "
            "What is the multiplier?",
        ),
        plans=(
            r"I divide the sum by $\sqrt{{{k}}}$ and round, since $m$ is an integer.",
            "The quotient of the two values is the integer asked for.",
        ),
        cot=r"Take the square factors out: $\sqrt{{{p}}} = {a}\sqrt{{{k}}}$, $\sqrt{{{q}}} = {b}\sqrt{{{k}}}$, "
        r"$\sqrt{{{r}}} = {c}\sqrt{{{k}}}$. So the sum is $({a} + {b} - {c})\sqrt{{{k}}} = {sum}$, and $m = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"已知 $\sqrt{{{p}}} + \sqrt{{{q}}} - \sqrt{{{r}}} = m\sqrt{{{k}}}$，求整数 $m$。",
            r"把 $\sqrt{{{p}}} + \sqrt{{{q}}} - \sqrt{{{r}}}$ 化成 $m\sqrt{{{k}}}$ 的形式，$m$ 等于几？",
            r"$\sqrt{{{p}}} + \sqrt{{{q}}} - \sqrt{{{r}}}$ 是 $\sqrt{{{k}}}$ 的多少倍？",
        ),
        plans=("求出左边的值，除以右边的根式再取整。", "两数相除，所得的商就是整数 $m$。"),
        cot=r"化简得 $\sqrt{{{p}}} = {a}\sqrt{{{k}}}$，$\sqrt{{{q}}} = {b}\sqrt{{{k}}}$，"
        r"$\sqrt{{{r}}} = {c}\sqrt{{{k}}}$。合并同类二次根式：$({a} + {b} - {c})\sqrt{{{k}}} = {sum}$，"
        "所以 $m = {answer}$。",
    ),
)


def _between(rng: Random) -> Numbers:
    n = rng.choice([n for n in range(2, 151) if isqrt(n) ** 2 != n])
    return {"c": rng.randint(2, 12), "n": n, "m": rng.randint(1, 40)}


def _between_work(v: Numbers) -> Mapping[str, Value]:
    inside = v["c"] ** 2 * v["n"]
    low = isqrt(inside)
    return {
        "inside": inside,
        "low": low,
        "high": low + 1,
        "low2": low**2,
        "high2": (low + 1) ** 2,
        "next": low + 1 - v["m"],
        "answer": low - v["m"],
    }


BETWEEN = Template(
    "junior-surd-between-integers",
    "junior/roots",
    draw=_between,
    work=_between_work,
    code="""\
from math import floor, sqrt
value = {c} * sqrt({n}) - {m}
print(floor(value))""",
    en=Telling(
        questions=(
            r"The number ${c}\sqrt{{{n}}} - {m}$ lies between the consecutive integers $k$ and $k + 1$. Find $k$.",
            r"What is the greatest integer below ${c}\sqrt{{{n}}} - {m}$?",
            r"Find the integer $k$ for which $k < {c}\sqrt{{{n}}} - {m} < k + 1$.",
        ),
        plans=(
            "I compute the value and take the integer just below it.",
            "The floor of the number is what is asked for.",
        ),
        cot=r"Put the factor under the root: ${c}\sqrt{{{n}}} = \sqrt{{{inside}}}$. "
        r"Since ${low}^2 = {low2} < {inside} < {high2} = {high}^2$, we have ${low} < {c}\sqrt{{{n}}} < {high}$. "
        r"Subtracting {m} gives ${answer} < {c}\sqrt{{{n}}} - {m} < {next}$.",
    ),
    zh=Telling(
        questions=(
            r"若 $k < {c}\sqrt{{{n}}} - {m} < k + 1$，且 $k$ 为整数，求 $k$。",
            r"小于 ${c}\sqrt{{{n}}} - {m}$ 的最大整数是多少？",
            r"估算：${c}\sqrt{{{n}}} - {m}$ 在两个相邻整数之间，其中较小的整数是几？",
        ),
        plans=("算出这个数的值，再向下取整。", "直接求值并取不超过它的最大整数。"),
        cot=r"把系数移到根号里：${c}\sqrt{{{n}}} = \sqrt{{{inside}}}$。"
        r"因为 ${low}^2 = {low2} < {inside} < {high2} = {high}^2$，所以 ${low} < {c}\sqrt{{{n}}} < {high}$。"
        r"各减去 {m}，得 ${answer} < {c}\sqrt{{{n}}} - {m} < {next}$。",
    ),
)


def _conjugates(rng: Random) -> Numbers:
    p, q = sorted(rng.sample([n for n in range(2, 60) if isqrt(n) ** 2 != n], 2), reverse=True)
    return {"p": p, "q": q, "m": rng.randint(1, 6), "k": nonzero(rng, 9)}


def _conjugates_work(v: Numbers) -> Mapping[str, Value]:
    product, squares = v["p"] - v["q"], 2 * (v["p"] + v["q"])
    first, second = v["m"] * squares, v["k"] * product
    return {
        "wanted": terms((v["m"], "x^2"), (v["k"], "xy"), (v["m"], "y^2")),
        "regrouped": terms((v["m"], "(x^2 + y^2)"), (v["k"], "xy")),
        "product": product,
        "whole": 4 * v["p"],
        "squares": squares,
        "first": first,
        "second": signed(second),
        "answer": first + second,
    }


CONJUGATES = Template(
    "junior-conjugate-surds",
    "junior/roots",
    draw=_conjugates,
    work=_conjugates_work,
    code="""\
from math import sqrt
x = sqrt({p}) + sqrt({q})
y = sqrt({p}) - sqrt({q})
print(round({m} * x**2 + ({k}) * x * y + {m} * y**2))""",
    en=Telling(
        questions=(
            r"Let $x = \sqrt{{{p}}} + \sqrt{{{q}}}$ and $y = \sqrt{{{p}}} - \sqrt{{{q}}}$. Evaluate ${wanted}$.",
            r"What is ${wanted}$ when $x = \sqrt{{{p}}} + \sqrt{{{q}}}$ and $y = \sqrt{{{p}}} - \sqrt{{{q}}}$?",
            r"Two numbers are $x = \sqrt{{{p}}} + \sqrt{{{q}}}$ and $y = \sqrt{{{p}}} - \sqrt{{{q}}}$. "
            "Find the exact value of ${wanted}$.",
        ),
        plans=(
            "The value is an integer, so I substitute numerically and round.",
            "I put both numbers into the expression; the roots cancel to an integer.",
        ),
        cot=r"Here $x + y = 2\sqrt{{{p}}}$ and $xy = {p} - {q} = {product}$. "
        r"So $x^2 + y^2 = (x + y)^2 - 2xy = {whole} - 2 \times {product} = {squares}$. "
        "Then ${wanted} = {regrouped} = {first} {second} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"已知 $x = \sqrt{{{p}}} + \sqrt{{{q}}}$，$y = \sqrt{{{p}}} - \sqrt{{{q}}}$，求 ${wanted}$ 的值。",
            r"当 $x = \sqrt{{{p}}} + \sqrt{{{q}}}$、$y = \sqrt{{{p}}} - \sqrt{{{q}}}$ 时，${wanted}$ 等于多少？",
            r"设 $x$、$y$ 分别为 $\sqrt{{{p}}} + \sqrt{{{q}}}$ 和 $\sqrt{{{p}}} - \sqrt{{{q}}}$，计算 ${wanted}$。",
        ),
        plans=("结果是整数，代入数值后四舍五入即可。", "把两个数代入式子求值，根号会消去。"),
        cot=r"$x + y = 2\sqrt{{{p}}}$，$xy = {p} - {q} = {product}$，"
        r"于是 $x^2 + y^2 = (x + y)^2 - 2xy = {whole} - 2 \times {product} = {squares}$。"
        "所以 ${wanted} = {regrouped} = {first} {second} = {answer}$。",
    ),
)

TEMPLATES = (SURDS, BETWEEN, CONJUGATES)
