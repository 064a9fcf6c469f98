"""Templates of polynomial expressions.

from raymath.data.synthesis.junior.expressions import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _simplify(rng: Random) -> Numbers:
    a, c = rng.sample(range(2, 10), 2)
    x, y = (nonzero(rng, 6) for _ in "xy")
    return {"a": a, "b": rng.randint(2, 9), "c": c, "d": rng.randint(2, 9), "x": x, "y": y}


def _simplify_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, x, y = (v[name] for name in "abcdxy")
    first, second = (a - c) * x * x * y, -(a * b + c * d) * x * y
    return {
        "given": f"{a}(x^2y - {b}xy) - {c}(x^2y + {d}xy)",
        "expanded": terms((a, "x^2y"), (-a * b, "xy"), (-c, "x^2y"), (-c * d, "xy")),
        "short": terms((a - c, "x^2y"), (-a * b - c * d, "xy")),
        "xxy": x * x * y,
        "xy": x * y,
        "first": first,
        "second": signed(second),
        "answer": first + second,
    }


SIMPLIFY = Template(
    "junior-simplify-then-substitute",
    "junior/expressions",
    draw=_simplify,
    work=_simplify_work,
    code="""\
def given(x, y):
    return {a} * (x**2 * y - {b} * x * y) - {c} * (x**2 * y + {d} * x * y)

print(given({x}, {y}))""",
    en=Telling(
        questions=(
            "Simplify ${given}$ and find its value for $x = {x}$, $y = {y}$.",
            "When $y = {y}$ and $x = {x}$, what does ${given}$ amount to?",
            "Evaluate the expression ${given}$ at $x = {x}$, $y = {y}$ after collecting like terms.",
        ),
        plans=(
            "I write the expression as a function and substitute the values.",
            "Substituting directly needs no simplification.",
        ),
        cot="Without brackets it is ${expanded}$, and collected ${short}$. "
        "With $x = {x}$ and $y = {y}$ we have $x^2y = {xxy}$ and $xy = {xy}$. "
        "The value is ${first} {second} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "先化简，再求值：${given}$，其中 $x = {x}$，$y = {y}$。",
            "当 $x = {x}$、$y = {y}$ 时，代数式 ${given}$ 的值是多少？",
            "若 $x$ 取 ${x}$，$y$ 取 ${y}$，请把 ${given}$ 去括号、合并同类项后求值。",
        ),
        plans=("把代数式写成函数，直接代入数值。", "直接代入 $x$、$y$ 的值计算。"),
        cot="去括号得 ${expanded}$，合并同类项得 ${short}$。"
        "代入 $x = {x}$，$y = {y}$，有 $x^2y = {xxy}$，$xy = {xy}$，所以原式的值为 ${first} {second} = {answer}$。",
    ),
)


def _vanish(rng: Random) -> Numbers:
    a, b = nonzero(rng, 12), nonzero(rng, 60)
    return {"p": rng.randint(2, 9), "a": a, "b": b}


def _vanish_work(v: Numbers) -> Mapping[str, Value]:
    p, a, b = v["p"], v["a"], v["b"]
    return {
        "first": f"{p}x + m",
        "second": polynomial((1, a, b)),
        "square": f"m {signed(p * a)}",
        "single": terms((p * b, ""), (a, "m")),
        "m": -p * a,
        "pb": p * b,
        "am": signed(-p * a * a),
        "answer": p * b - p * a * a,
    }


VANISH = Template(
    "junior-term-that-vanishes",
    "junior/expressions",
    draw=_vanish,
    work=_vanish_work,
    code="""\
second = [1, {a}, {b}]
for m in range(-200, 201):
    product = [0, 0, 0, 0]
    for i, u in enumerate([{p}, m]):
        for j, w in enumerate(second):
            product[i + j] += u * w
    if product[1] == 0:
        print(product[2])""",
    en=Telling(
        questions=(
            "The product $({first})({second})$ has no $x^2$ term when expanded. What is the coefficient of $x$ in it?",
            "For some number $m$, multiplying out $({first})({second})$ leaves no term in $x^2$. "
            "Find the coefficient of $x$ in the result.",
            "Choose $m$ so that $x^2$ does not occur in the expansion of $({first})({second})$. "
            "Which coefficient does $x$ have then?",
        ),
        plans=(
            "I try values of $m$, multiply the coefficient lists, and stop where the $x^2$ term is gone.",
            "I search for $m$ by multiplying the polynomials out.",
        ),
        cot="The coefficient of $x^2$ in the product is ${square}$, which must be 0, so $m = {m}$. "
        "The coefficient of $x$ is ${single}$. With this $m$ it is ${pb} {am} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "$({first})({second})$ 展开后没有含 $x^2$ 的项，此时 $x$ 的系数是多少？",
            "已知 $m$ 是常数，且 $({first})$ 与 $({second})$ 相乘的结果没有二次项，求结果中一次项的系数。",
            "适当选取 $m$，使 $({first})({second})$ 乘开后二次项消失，此时一次项系数等于几？",
        ),
        plans=("逐个尝试 $m$，把多项式乘开，找二次项系数为0的情形。", "用系数列表相乘，搜索满足条件的 $m$。"),
        cot="展开式中 $x^2$ 的系数为 ${square}$，令它等于0，得 $m = {m}$。"
        "$x$ 的系数为 ${single}$，代入 $m$ 得 ${pb} {am} = {answer}$。",
    ),
)


def _powers(rng: Random) -> Numbers:
    base = rng.choice((2, 3, 5))
    i, j = rng.sample(range(2, 6 if base == 2 else 5 if base == 3 else 4), 2)
    a, b = rng.randint(3, 20), rng.randint(3, 20)
    return {"base": base, "u": base**i, "w": base**j, "a": a, "b": b, "c": rng.randint(2, i * a + j * b - 1)}


def _exponent(base: int, power: int) -> int:
    return next(n for n in range(1, 10) if base**n == power)


def _powers_work(v: Numbers) -> Mapping[str, Value]:
    i, j = _exponent(v["base"], v["u"]), _exponent(v["base"], v["w"])
    first, second = i * v["a"], j * v["b"]
    return {"i": i, "j": j, "first": first, "second": second, "answer": first + second - v["c"]}


POWERS = Template(
    "junior-one-power",
    "junior/expressions",
    draw=_powers,
    work=_powers_work,
    code="""\
number = {u}**{a} * {w}**{b} // {base}**{c}
n = 0
while number % {base} == 0:
    number //= {base}
    n += 1
print(n)""",
    en=Telling(
        questions=(
            r"If ${u}^{{{a}}} \times {w}^{{{b}}} \div {base}^{{{c}}} = {base}^n$, what is $n$?",
            r"Write ${u}^{{{a}}} \cdot {w}^{{{b}}} \div {base}^{{{c}}}$ as a single power of {base}. "
            "Which exponent does it have?",
            r"Find the exponent $n$ with ${base}^n = \frac{{{u}^{{{a}}} \cdot {w}^{{{b}}}}}{{{base}^{{{c}}}}}$.",
        ),
        plans=(
            "I compute the number exactly and count how often {base} divides it.",
            "Python has exact integers: I divide by {base} until it no longer goes.",
        ),
        cot=r"Since ${u} = {base}^{i}$ and ${w} = {base}^{j}$, the first two factors are ${base}^{{{first}}}$ and "
        r"${base}^{{{second}}}$. Exponents add in products and subtract in quotients: "
        "$n = {first} + {second} - {c} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"若 ${u}^{{{a}}} \times {w}^{{{b}}} \div {base}^{{{c}}} = {base}^n$，求 $n$ 的值。",
            r"把 ${u}^{{{a}}} \cdot {w}^{{{b}}} \div {base}^{{{c}}}$ 写成以 {base} 为底的幂，指数是多少？",
            r"已知 ${base}^n = \frac{{{u}^{{{a}}} \cdot {w}^{{{b}}}}}{{{base}^{{{c}}}}}$，则指数 $n$ 等于几？",
        ),
        plans=("精确算出这个数，再数它能被 {base} 整除多少次。", "用整数运算反复除以 {base} 并计数。"),
        cot=r"因为 ${u} = {base}^{i}$，${w} = {base}^{j}$，前两个因数分别是 "
        r"${base}^{{{first}}}$ 和 ${base}^{{{second}}}$。同底数幂相乘指数相加，相除指数相减："
        "$n = {first} + {second} - {c} = {answer}$。",
    ),
)

TEMPLATES = (SIMPLIFY, VANISH, POWERS)
