"""Templates of the binomial theorem: single coefficients, constant terms, sums of coefficients, products.

from raymath.data.synthesis.senior.binomial import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import comb, gcd
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import expression, factor, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _coefficient(rng: Random) -> Numbers:
    n = rng.randint(5, 11)
    a, b, k = rng.randint(1, 15), nonzero(rng, 15), rng.randint(1, n - 1)
    if gcd(a, b) > 1 or comb(n, k) * a**k * abs(b) ** (n - k) > 10**8:
        return _coefficient(rng)
    return {"a": a, "b": b, "n": n, "k": k}


def _coefficient_work(v: Numbers) -> Mapping[str, Value]:
    a, b, n, k = v["a"], v["b"], v["n"], v["k"]
    return {
        "rest": n - k,
        "choose": comb(n, k),
        "first": f"{a}^{{{k}}} = {a**k}",
        "second": f"{factor(b)}^{{{n - k}}} = {b ** (n - k)}",
        "product": f"{comb(n, k)} \\cdot {a**k} \\cdot {factor(b ** (n - k))}",
        "answer": comb(n, k) * a**k * b ** (n - k),
    }


COEFFICIENT = Template(
    "senior-binomial-coefficient",
    "senior/binomial-theorem",
    draw=_coefficient,
    work=_coefficient_work,
    forms=lambda v: {"base": polynomial((v["a"], v["b"])), "power": "x" if v["k"] == 1 else f"x^{{{v['k']}}}"},
    code="coefficients = [1]\nfor _ in range({n}):\n    longer = [0] * (len(coefficients) + 1)\n"
    "    for i, value in enumerate(coefficients):\n        longer[i] += ({b}) * value\n"
    "        longer[i + 1] += {a} * value\n    coefficients = longer\nprint(coefficients[{k}])",
    en=Telling(
        questions=(
            "Expand $({base})^{{{n}}}$. What is the coefficient of ${power}$?",
            "When $({base})^{{{n}}}$ is multiplied out, which number stands before ${power}$?",
            "Let $({base})^{{{n}}} = a_0 + a_1x + \\cdots + a_{{{n}}}x^{{{n}}}$. Determine $a_{{{k}}}$.",
        ),
        plans=(
            "I multiply the binomial out factor by factor and read off the coefficient.",
            "Repeated multiplication of coefficient lists gives the whole expansion.",
        ),
        cot="The term with ${power}$ takes the first summand {k} times and the second {rest} times. "
        "There are $C_{{{n}}}^{{{k}}} = {choose}$ ways to do so. The powers are ${first}$ and ${second}$. "
        "The coefficient is ${product} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "将$({base})^{{{n}}}$展开，${power}$项的系数等于几？",
            "把$({base})^{{{n}}}$展开后，含${power}$的项的系数是多少？",
            "设$({base})^{{{n}}} = a_0 + a_1x + \\cdots + a_{{{n}}}x^{{{n}}}$，则$a_{{{k}}}$等于几？",
        ),
        plans=("逐个因式相乘，读出所求系数。", "反复作多项式乘法得到全部系数。"),
        cot="含${power}$的项从{k}个因式中取第一项，从{rest}个因式中取第二项，取法有$C_{{{n}}}^{{{k}}} = {choose}$种。"
        "其中${first}$，${second}$，所以系数为${product} = {answer}$。",
    ),
)


def _constant(rng: Random) -> Numbers:
    p, q, m = rng.randint(1, 3), rng.randint(1, 4), rng.randint(1, 3)
    n = (p + q) * m
    a, b = rng.randint(1, 5), nonzero(rng, 9)
    if not 4 <= n <= 12 or comb(n, p * m) * a ** (q * m) * abs(b) ** (p * m) > 10**8:
        return _constant(rng)
    return {"a": a, "b": b, "p": p, "q": q, "n": n, "c": nonzero(rng, 30)}


def _constant_work(v: Numbers) -> Mapping[str, Value]:
    a, b, p, q, n = v["a"], v["b"], v["p"], v["q"], v["n"]
    k = n * p // (p + q)
    value = comb(n, k) * a ** (n - k) * b**k
    return {
        "k": k,
        "exponent": f"{p if p > 1 else ''}({n} - k) - {q if q > 1 else ''}k",
        "product": f"C_{{{n}}}^{{{k}}} \\cdot {a}^{{{n - k}}} \\cdot {factor(b)}^{{{k}}}",
        "value": value,
        "answer": value + v["c"],
        "added": signed(v["c"]),
    }


def _term(value: int, power: int) -> str:
    return f"{value if value > 1 else ''}x{f'^{power}' if power > 1 else ''}"


CONSTANT = Template(
    "senior-constant-term",
    "senior/binomial-theorem",
    draw=_constant,
    work=_constant_work,
    forms=lambda v: {
        "base": f"{_term(v['a'], v['p'])} {'+' if v['b'] > 0 else '-'} \\frac{{{abs(v['b'])}}}{{{_term(1, v['q'])}}}",
        "whole": f" {signed(v['c'])}",
    },
    code="terms = {{0: 1}}\nfor _ in range({n}):\n    new = {{}}\n    for power, value in terms.items():\n"
    "        new[power + {p}] = new.get(power + {p}, 0) + {a} * value\n"
    "        new[power - {q}] = new.get(power - {q}, 0) + ({b}) * value\n    terms = new\nprint(terms[0] + ({c}))",
    en=Telling(
        questions=(
            "What is the constant term of $\\left({base}\\right)^{{{n}}}{whole}$?",
            "Expand $\\left({base}\\right)^{{{n}}}{whole}$ and give the term that does not contain $x$.",
            "Find the term free of $x$ in the expansion of $\\left({base}\\right)^{{{n}}}{whole}$.",
        ),
        plans=(
            "I keep a table of powers and coefficients, multiply {n} times and read off power 0.",
            "Multiplying step by step with a dictionary of exponents gives the constant term.",
        ),
        cot="A term of the power takes the second summand $k$ times; its exponent is ${exponent}$. This is $0$ for "
        "$k = {k}$. The term is ${product} = {value}$. "
        "Together with the constant outside the power: ${value} {added} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "$\\left({base}\\right)^{{{n}}}{whole}$的展开式中常数项是多少？",
            "把$\\left({base}\\right)^{{{n}}}{whole}$展开，求不含$x$的项。",
            "求$\\left({base}\\right)^{{{n}}}{whole}$展开后与$x$无关的那一项。",
        ),
        plans=("用字典记录各次幂的系数，连乘{n}次后读出零次幂。", "逐次相乘，取指数为0的系数。"),
        cot="通项中第二项取$k$次，$x$的指数为${exponent}$，令其为$0$得$k = {k}$。这一项等于"
        "${product} = {value}$，再加上幂外的常数，得${value} {added} = {answer}$。",
    ),
)


def _odd_sum(rng: Random) -> Numbers:
    return {"a": rng.randint(1, 6), "b": nonzero(rng, 9), "c": nonzero(rng, 9), "n": rng.randint(3, 6)}


def _odd_work(v: Numbers) -> Mapping[str, Value]:
    one, other = v["a"] + v["b"] + v["c"], v["a"] - v["b"] + v["c"]
    plus, minus = one ** v["n"], other ** v["n"]
    return {
        "at_one": f"{factor(one)}^{v['n']} = {plus}",
        "at_minus": f"{factor(other)}^{v['n']} = {minus}",
        "difference": f"{plus} - {factor(minus)} = {plus - minus}",
        "answer": (plus - minus) // 2,
    }


ODD_SUM = Template(
    "senior-odd-coefficients",
    "senior/binomial-theorem",
    draw=_odd_sum,
    work=_odd_work,
    forms=lambda v: {
        "base": polynomial((v["a"], v["b"], v["c"])),
        "base_code": expression((v["a"], v["b"], v["c"])),
        "top": 2 * v["n"],
    },
    sympy=True,
    code="from sympy import Poly, symbols\n\nx = symbols('x')\n"
    "coefficients = Poly(({base_code}) ** {n}, x).all_coeffs()[::-1]\nprint(sum(coefficients[1::2]))",
    en=Telling(
        questions=(
            "Let $({base})^{n} = a_0 + a_1x + \\cdots + a_{{{top}}}x^{{{top}}}$. Find the sum of all $a_k$ with odd "
            "$k$.",
            "The power $({base})^{n}$ is expanded. What do the coefficients of the odd powers of $x$ add up to?",
            "Add the coefficients of $x, x^3, x^5, \\ldots$ in the expansion of $({base})^{n}$. Which number results?",
        ),
        plans=(
            "I let sympy expand the power and add every second coefficient.",
            "With the list of all coefficients the sum is immediate.",
        ),
        cot="At $x = 1$ the sum of all coefficients is ${at_one}$. At $x = -1$ those of odd index change sign: "
        "${at_minus}$. Subtracting leaves twice the wanted sum: ${difference}$. Half of this is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "设$({base})^{n} = a_0 + a_1x + \\cdots + a_{{{top}}}x^{{{top}}}$，求下标为奇数的各系数之和。",
            "$({base})^{n}$的展开式中，$x$的奇次项的系数之和是多少？",
            "把$({base})^{n}$展开，$x, x^3, x^5, \\ldots$各项系数相加等于几？",
        ),
        plans=("用sympy展开，把奇次项系数相加。", "求出全部系数后隔项求和。"),
        cot="令$x = 1$，各系数之和为${at_one}$。令$x = -1$，奇数下标的系数变号，得${at_minus}$。"
        "两式相减是所求和的两倍：${difference}$，取一半得${answer}$。",
    ),
)


def _product(rng: Random) -> Numbers:
    return {"a": nonzero(rng, 6), "m": rng.randint(3, 11), "b": nonzero(rng, 6), "n": rng.randint(3, 11)}


def _product_work(v: Numbers) -> Mapping[str, Value]:
    a, b, m, n = v["a"], v["b"], v["m"], v["n"]
    first, second, mixed = comb(m, 2) * a * a, comb(n, 2) * b * b, m * a * n * b
    return {
        "one_square": first,
        "two_square": second,
        "one_linear": m * a,
        "two_linear": n * b,
        "mixed": mixed,
        "sum": f"{first} + {second} {signed(mixed)}",
        "answer": first + second + mixed,
    }


PRODUCT = Template(
    "senior-product-of-powers",
    "senior/binomial-theorem",
    draw=_product,
    work=_product_work,
    forms=lambda v: {
        "one": f"1 {'+' if v['a'] > 0 else '-'} {_term(abs(v['a']), 1)}",
        "two": f"1 {'+' if v['b'] > 0 else '-'} {_term(abs(v['b']), 1)}",
    },
    code="values = [1, 0, 0]\nfor slope in [{a}] * {m} + [{b}] * {n}:\n"
    "    values = [values[0], values[1] + slope * values[0], values[2] + slope * values[1]]\nprint(values[2])",
    en=Telling(
        questions=(
            "Find the coefficient of $x^2$ in $({one})^{{{m}}}({two})^{{{n}}}$.",
            "In the product of $({one})^{{{m}}}$ and $({two})^{{{n}}}$, what number multiplies $x^2$?",
            "What is the coefficient of the quadratic term of the polynomial $({one})^{{{m}}}({two})^{{{n}}}$?",
        ),
        plans=(
            "I multiply in one linear factor after another and keep the three lowest coefficients.",
            "Only the coefficients up to $x^2$ matter, so I carry three numbers along.",
        ),
        cot="The first power begins with $1$, then ${one_linear}x$ and ${one_square}x^2$; the second with $1$, "
        "${two_linear}x$ and ${two_square}x^2$. In the product $x^2$ arises in three ways, "
        "the mixed one giving ${mixed}$. The sum is ${sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "将$({one})^{{{m}}}({two})^{{{n}}}$乘开，写出$x^2$项的系数。",
            "$({one})^{{{m}}}$与$({two})^{{{n}}}$相乘，乘积中$x^2$前的数是多少？",
            "多项式$({one})^{{{m}}}({two})^{{{n}}}$的二次项系数等于几？",
        ),
        plans=("依次乘上每个一次因式，只保留最低三个系数。", "只需记录到$x^2$为止的三个系数。"),
        cot="第一个幂的前三项为$1$、${one_linear}x$、${one_square}x^2$，第二个幂的前三项为$1$、${two_linear}x$、"
        "${two_square}x^2$。乘积中$x^2$有三种来源，交叉相乘的部分为${mixed}$，所以系数为${sum} = {answer}$。",
    ),
)

TEMPLATES = (COEFFICIENT, CONSTANT, ODD_SUM, PRODUCT)
