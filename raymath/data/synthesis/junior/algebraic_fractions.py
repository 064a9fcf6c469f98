"""Templates of algebraic fractions.

from raymath.data.synthesis.junior.algebraic_fractions import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from random import Random

from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _with_inverse(rng: Random) -> Numbers:
    return {"c": rng.randint(2, 80), "k": rng.randint(18, 200)}


INVERSE = Template(
    "junior-x-plus-its-inverse",
    "junior/algebraic-fractions",
    draw=_with_inverse,
    work=lambda v: {
        "cc": v["c"] ** 2,
        "kk": v["k"] ** 2,
        "twice": 2 * v["c"],
        "answer": v["k"] ** 2 - 2 * v["c"],
    },
    code="""\
from math import sqrt
x = ({k} + sqrt({k} ** 2 - 4 * {c})) / 2
print(round(x**2 + ({c} / x) ** 2))""",
    en=Telling(
        questions=(
            r"Suppose $x + \frac{{{c}}}{{x}} = {k}$. Find $x^2 + \frac{{{cc}}}{{x^2}}$.",
            r"What is $x^2 + \frac{{{cc}}}{{x^2}}$ if the sum of $x$ and $\frac{{{c}}}{{x}}$ equals {k}?",
            r"A number $x$ has the property $x + \frac{{{c}}}{{x}} = {k}$. "
            r"Evaluate $x^2 + \frac{{{cc}}}{{x^2}}$ without solving for $x$.",
        ),
        plans=(
            "I solve for $x$ numerically, substitute, and round to the integer.",
            "One numeric root of the quadratic is enough to evaluate the expression.",
        ),
        cot=r"Square both sides: $x^2 + 2 \times {c} + \frac{{{cc}}}{{x^2}} = {k}^2 = {kk}$. "
        r"The middle term is the constant {twice}, so $x^2 + \frac{{{cc}}}{{x^2}} = {kk} - {twice} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"已知 $x + \frac{{{c}}}{{x}} = {k}$，求 $x^2 + \frac{{{cc}}}{{x^2}}$ 的值。",
            r"若 $x$ 与 $\frac{{{c}}}{{x}}$ 的和为 {k}，则 $x^2 + \frac{{{cc}}}{{x^2}}$ 等于多少？",
            r"不解方程，由 $x + \frac{{{c}}}{{x}} = {k}$ 计算 $x^2 + \frac{{{cc}}}{{x^2}}$。",
        ),
        plans=("先求出 $x$ 的一个近似值，代入后取整。", "用求根公式算出 $x$，再代入所求的式子。"),
        cot=r"两边平方，得 $x^2 + 2 \times {c} + \frac{{{cc}}}{{x^2}} = {k}^2 = {kk}$。"
        r"中间一项是常数 {twice}，所以 $x^2 + \frac{{{cc}}}{{x^2}} = {kk} - {twice} = {answer}$。",
    ),
)


def _cancel(rng: Random) -> Numbers:
    k, a, c = rng.randint(2, 9), rng.randint(1, 9), rng.randint(1, 12)
    return {"k": k, "m": k * a, "b": a + c, "q": c * c, "t": c + rng.randint(2, 40)}


def _cancel_work(v: Numbers) -> Mapping[str, Value]:
    c = isqrt(v["q"])
    answer = Fraction(v["k"], v["t"] - c)
    return {
        "given": rf"\left({v['k']} - \frac{{{v['m']}}}{{x + {v['b']}}}\right) \div "
        rf"\frac{{x^2 - {v['q']}}}{{x + {v['b']}}}",
        "c": c,
        "kc": v["k"] * v["b"] - v["m"],
        "gap": v["t"] - c,
        "value": fraction(answer),
        "answer": answer,
    }


CANCEL = Template(
    "junior-fraction-simplify-substitute",
    "junior/algebraic-fractions",
    draw=_cancel,
    work=_cancel_work,
    code="""\
from fractions import Fraction
x = Fraction({t})
bracket = {k} - {m} / (x + {b})
divisor = (x**2 - {q}) / (x + {b})
print(bracket / divisor)""",
    en=Telling(
        questions=(
            "Simplify ${given}$, then find its value for $x = {t}$ as an integer or a fraction in lowest terms.",
            "For $x = {t}$, what is the value of ${given}$? Reduce the fraction if there is one.",
            "Evaluate ${given}$ at $x = {t}$. Leave a reduced fraction where the result is no integer.",
        ),
        plans=(
            "I substitute with exact fractions, bracket first.",
            "Exact fractions make direct substitution safe.",
        ),
        cot=r"The bracket is $\frac{{{k}x + {kc}}}{{x + {b}}} = \frac{{{k}(x + {c})}}{{x + {b}}}$. "
        r"Dividing by $\frac{{(x + {c})(x - {c})}}{{x + {b}}}$ cancels $x + {b}$ and $x + {c}$, "
        r"which leaves $\frac{{{k}}}{{x - {c}}}$. At $x = {t}$ the denominator is {gap}, so the value is ${value}$.",
    ),
    zh=Telling(
        questions=(
            "化简 ${given}$，并求当 $x = {t}$ 时它的值（整数或最简分数）。",
            "当 $x = {t}$ 时，求 ${given}$ 的值，结果若是分数要约成最简。",
            "先化简再求值：${given}$，其中 $x = {t}$，结果写成整数或最简分数。",
        ),
        plans=("用精确分数直接代入，先算括号。", "代入 $x$ 的值，用分数运算求结果。"),
        cot=r"括号内通分得 $\frac{{{k}x + {kc}}}{{x + {b}}} = \frac{{{k}(x + {c})}}{{x + {b}}}$。"
        r"除以 $\frac{{(x + {c})(x - {c})}}{{x + {b}}}$，约去 $x + {b}$ 和 $x + {c}$，得 $\frac{{{k}}}{{x - {c}}}$。"
        "当 $x = {t}$ 时分母为 {gap}，值为 ${value}$。",
    ),
)


def _reciprocals(rng: Random) -> Numbers:
    while True:
        k, p, q, r = rng.randint(2, 12), rng.randint(2, 12), rng.randint(1, 40), rng.randint(1, 25)
        if r != k and q != p * k:
            return {"k": k, "p": p, "q": q, "r": r}


def _reciprocals_work(v: Numbers) -> Mapping[str, Value]:
    k, p, q, r = (v[name] for name in "kpqr")
    answer = Fraction(q - p * k, r - k)
    return {
        "given": rf"\frac{{{terms((p, 'x'), (q, 'xy'), (-p, 'y'))}}}{{{terms((1, 'x'), (r, 'xy'), (-1, 'y'))}}}",
        "top": f"{p}(x - y) + {terms((q, 'xy'))} = {terms((-p * k, 'xy'), (q, 'xy'))} = {terms((q - p * k, 'xy'))}",
        "bottom": f"(x - y) + {terms((r, 'xy'))} = {terms((-k, 'xy'), (r, 'xy'))} = {terms((r - k, 'xy'))}",
        "value": fraction(answer),
        "answer": answer,
    }


RECIPROCALS = Template(
    "junior-difference-of-reciprocals",
    "junior/algebraic-fractions",
    draw=_reciprocals,
    work=_reciprocals_work,
    code="""\
from fractions import Fraction
x = Fraction(1)
y = 1 / (1 / x - {k})
print(({p} * x + {q} * x * y - {p} * y) / (x + {r} * x * y - y))""",
    en=Telling(
        questions=(
            r"Given $\frac{{1}}{{x}} - \frac{{1}}{{y}} = {k}$, find ${given}$ "
            "(an integer or a fraction in lowest terms).",
            r"If the reciprocals of $x$ and $y$ differ by {k}, namely $\frac{{1}}{{x}} - \frac{{1}}{{y}} = {k}$, "
            "what is ${given}$? Reduce a fraction.",
            r"Determine ${given}$ from $\frac{{1}}{{x}} - \frac{{1}}{{y}} = {k}$; write it as an integer "
            "or a reduced fraction.",
        ),
        plans=(
            "The value is the same for all such $x$, $y$, so I take $x = 1$ and compute.",
            "I choose one pair that satisfies the condition and substitute it.",
        ),
        cot="Multiplying the condition by $xy$ gives $y - x = {k}xy$, so $x - y = -{k}xy$. "
        "The numerator is ${top}$ and the denominator ${bottom}$. Cancelling $xy$ leaves ${value}$.",
    ),
    zh=Telling(
        questions=(
            r"已知 $\frac{{1}}{{x}} - \frac{{1}}{{y}} = {k}$，求 ${given}$ 的值（整数或最简分数）。",
            r"若 $x$、$y$ 满足 $\frac{{1}}{{x}} - \frac{{1}}{{y}} = {k}$，则 ${given}$ 等于多少？结果约成最简。",
            r"由条件 $\frac{{1}}{{x}} - \frac{{1}}{{y}} = {k}$ 计算 ${given}$，写成整数或最简分数。",
        ),
        plans=("取满足条件的一组值（$x = 1$），代入计算。", "结果与取值无关，选一组特殊值代入。"),
        cot="条件两边同乘 $xy$，得 $y - x = {k}xy$，即 $x - y = -{k}xy$。"
        "分子为 ${top}$，分母为 ${bottom}$，约去 $xy$ 得 ${value}$。",
    ),
)

TEMPLATES = (INVERSE, CANCEL, RECIPROCALS)
