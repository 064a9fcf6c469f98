"""Templates of product formulas and factorisation.

from raymath.data.synthesis.junior.factorisation import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, isqrt
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import factor, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _sum_product(rng: Random) -> Numbers:
    a, b = (nonzero(rng, 40) for _ in "ab")
    return {"s": a + b, "p": a * b, "k": rng.choice((-5, -4, -3, -1, 1, 3, 4, 5, 6))}


SUM_PRODUCT = Template(
    "junior-sum-and-product",
    "junior/factorisation",
    draw=_sum_product,
    work=lambda v: {
        "wanted": terms((1, "a^2"), (v["k"], "ab"), (1, "b^2")),
        "regrouped": terms((1, "(a + b)^2"), (v["k"] - 2, "ab")),
        "s2": f"{factor(v['s'])}^2",
        "rest": f"{signed(v['k'] - 2)} \\times {factor(v['p'])}",
        "first": v["s"] ** 2,
        "second": signed((v["k"] - 2) * v["p"]),
        "answer": v["s"] ** 2 + (v["k"] - 2) * v["p"],
    },
    code="""\
total, product = {s}, {p}
for a in range(-50, 51):
    b = total - a
    if a * b == product:
        print(a**2 + ({k}) * a * b + b**2)
        break""",
    en=Telling(
        questions=(
            "Two numbers satisfy $a + b = {s}$ and $ab = {p}$. Find ${wanted}$.",
            "What is the value of ${wanted}$ if $ab = {p}$ and $a + b = {s}$?",
            "The sum of $a$ and $b$ is ${s}$, their product ${p}$. Compute ${wanted}$.",
        ),
        plans=(
            "I look for integers with this sum and product and substitute them.",
            "A search finds $a$ and $b$; then I evaluate the expression.",
        ),
        cot="By $(a + b)^2 = a^2 + 2ab + b^2$ we have ${wanted} = {regrouped}$. "
        "This is ${s2} {rest} = {first} {second} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "已知 $a + b = {s}$，$ab = {p}$，求 ${wanted}$ 的值。",
            "两数 $a$、$b$ 的和是 ${s}$，积是 ${p}$，那么 ${wanted}$ 等于多少？",
            "若 $ab = {p}$ 且 $a + b = {s}$，请利用完全平方公式计算 ${wanted}$。",
        ),
        plans=("枚举和、积都符合的整数，再代入求值。", "先搜索出 $a$ 和 $b$，然后计算所求的式子。"),
        cot="由 $(a + b)^2 = a^2 + 2ab + b^2$，得 ${wanted} = {regrouped}$。"
        "代入得 ${s2} {rest} = {first} {second} = {answer}$。",
    ),
)


def _cross(rng: Random) -> Numbers:
    while True:
        n, m = sorted(rng.sample(range(1, 10), 2))
        p, q = nonzero(rng, 19), nonzero(rng, 19)
        if gcd(m, p) == gcd(n, q) == 1 and m * q + n * p:
            return {"a": m * n, "b": m * q + n * p, "c": p * q}


def _cross_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    root = isqrt(b * b - 4 * a * c)
    # a zero -p/m in lowest terms belongs to the factor mx + p
    zeros = (Fraction(-b + root, 2 * a), Fraction(-b - root, 2 * a))
    (m, p), (n, q) = sorted(((z.denominator, -z.numerator) for z in zeros), reverse=True)
    return {
        "given": polynomial((a, b, c)),
        "factors": f"({polynomial((m, p))})({polynomial((n, q))})",
        "ac": f"{a} = {m} \\times {n}",
        "pq": f"{c} = {factor(p)} \\times {factor(q)}",
        "check": f"{m} \\times {factor(q)} + {n} \\times {factor(p)} = {b}",
        "sum": f"{p} {signed(q)}",
        "answer": p + q,
    }


CROSS = Template(
    "junior-cross-factor",
    "junior/factorisation",
    draw=_cross,
    work=_cross_work,
    code="""\
a, b, c = {a}, {b}, {c}
for n in range(1, a + 1):
    for p in range(-abs(c), abs(c) + 1):
        if a % n or p == 0 or c % p or n >= a // n:
            continue
        m, q = a // n, c // p
        if m * q + n * p == b:
            print(p + q)""",
    en=Telling(
        questions=(
            "With integers $m > n > 0$, $p$ and $q$, we have ${given} = (mx + p)(nx + q)$. Find $p + q$.",
            "Factor ${given}$ over the integers as $(mx + p)(nx + q)$ with $m > n > 0$. What is $p + q$?",
            "${given}$ is the product of two factors $mx + p$ and $nx + q$ with integer coefficients, $m > n > 0$. "
            "Determine the sum $p + q$.",
        ),
        plans=(
            "I try all ways to split the first and the last coefficient.",
            "A search over the divisors finds the one split that gives the middle term.",
        ),
        cot="Split the outer coefficients: ${ac}$ and ${pq}$. The middle term fits, because ${check}$. "
        "So ${given} = {factors}$, and $p + q = {sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "把 ${given}$ 分解成 $(mx + p)(nx + q)$，其中各系数为整数且 $m > n > 0$，求 $p + q$。",
            "若 ${given} = (mx + p)(nx + q)$（$m$、$n$、$p$、$q$ 都是整数，$m > n > 0$），则 $p + q$ 的值是多少？",
            "用十字相乘法分解 ${given}$，得到因式 $mx + p$ 与 $nx + q$（整系数，$m > n > 0$），$p$ 与 $q$ 的和是几？",
        ),
        plans=("枚举首项系数和常数项的所有拆法。", "在因数中搜索，使一次项系数正好吻合。"),
        cot="拆首项系数 ${ac}$，拆常数项 ${pq}$，交叉相乘验证一次项：${check}$。"
        "所以 ${given} = {factors}$，$p + q = {sum} = {answer}$。",
    ),
)


def _squares(rng: Random) -> Numbers:
    half = 50 * rng.randint(1, 8)
    step = rng.randint(1, min(half - 1, 200))
    return {"a": rng.randint(2, 29), "n": half + step, "m": half - step}


SQUARES = Template(
    "junior-difference-of-squares",
    "junior/factorisation",
    draw=_squares,
    work=lambda v: {
        "sum": v["n"] + v["m"],
        "gap": v["n"] - v["m"],
        "product": (v["n"] + v["m"]) * (v["n"] - v["m"]),
        "answer": v["a"] * (v["n"] + v["m"]) * (v["n"] - v["m"]),
    },
    code="print({a} * {n} ** 2 - {a} * {m} ** 2)",
    en=Telling(
        questions=(
            r"Use a factorisation to compute ${a} \times {n}^2 - {a} \times {m}^2$.",
            "From each of {a} square {things} with a side of {n} cm a square with a side of {m} cm is cut out. "
            "How many square centimetres are left in all?",
            r"What is the difference between ${a} \times {n}^2$ and ${a} \times {m}^2$?",
        ),
        plans=(
            "Exact integers are no trouble for Python: I compute it as it stands.",
            "I subtract the second product from the first.",
        ),
        cot=r"The common factor is {a}, and ${n}^2 - {m}^2 = ({n} + {m})({n} - {m}) = {sum} \times {gap} = {product}$. "
        r"So the result is ${a} \times {product} = {answer}$.",
        scenes=scenes("things", "boards", "metal sheets", "cloths"),
    ),
    zh=Telling(
        questions=(
            r"利用因式分解计算：${a} \times {n}^2 - {a} \times {m}^2$。",
            "有{a}块边长{n}厘米的正方形{things}，每块都挖去一个边长{m}厘米的小正方形，剩下的面积共多少平方厘米？",
            r"${a} \times {n}^2$ 比 ${a} \times {m}^2$ 大多少？",
        ),
        plans=("整数运算是精确的，直接按原式计算。", "用第一个积减去第二个积。"),
        cot=r"提取公因数 {a}，由平方差公式 ${n}^2 - {m}^2 = ({n} + {m})({n} - {m}) = {sum} \times {gap} = {product}$，"
        r"所以结果为 ${a} \times {product} = {answer}$。",
        scenes=scenes("things", "木板", "铁皮", "纸板"),
    ),
)

TEMPLATES = (SUM_PRODUCT, CROSS, SQUARES)
