"""Templates of random variables given by a table: the variance of a linear expression.

from raymath.data.synthesis.senior.distributions import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import factor, fraction, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _spread(rng: Random) -> Numbers:
    n = rng.choice((4, 5, 6, 8, 10, 12, 20))
    p = rng.randint(1, n - 2)
    q = rng.randint(1, n - 1 - p)
    x, y, z = sorted(rng.sample(range(-4, 11), 3))
    return {
        "n": n,
        "p": p,
        "q": q,
        "r": n - p - q,
        "x": x,
        "y": y,
        "z": z,
        "a": rng.randint(2, 5),
        "d": nonzero(rng, 9),
    }


def _spread_work(v: Numbers) -> Mapping[str, Value]:
    rows = [(v["x"], v["p"]), (v["y"], v["q"]), (v["z"], v["r"])]
    mean = Fraction(sum(x * p for x, p in rows), v["n"])
    square = Fraction(sum(x * x * p for x, p in rows), v["n"])
    variance = square - mean * mean
    return {
        "mean": fraction(mean),
        "square": fraction(square),
        "mean_squared": f"\\left({fraction(mean)}\\right)^2" if mean.denominator > 1 else f"{factor(int(mean))}^2",
        "variance": fraction(variance),
        "weight": v["a"] ** 2,
        "value": fraction(v["a"] ** 2 * variance),
        "answer": v["a"] ** 2 * variance,
    }


SPREAD = Template(
    "senior-variance-of-table",
    "senior/random-variables",
    draw=_spread,
    work=_spread_work,
    forms=lambda v: {
        "one": fraction(Fraction(v["p"], v["n"])),
        "two": fraction(Fraction(v["q"], v["n"])),
        "three": fraction(Fraction(v["r"], v["n"])),
        "linear": f"{v['a']}X {signed(v['d'])}",
    },
    code="from fractions import Fraction\n\nvalues, weights = ({x}, {y}, {z}), ({p}, {q}, {r})\n"
    "total = Fraction(0)\n# half the mean squared difference of two independent draws\n"
    "for s, p in zip(values, weights):\n    for t, q in zip(values, weights):\n"
    "        total += Fraction(p * q, {n} ** 2) * ({a} * (s - t)) ** 2\nprint(total / 2)",
    en=Telling(
        questions=(
            "A random variable $X$ has $P(X = {x}) = {one}$, $P(X = {y}) = {two}$ and $P(X = {z}) = {three}$. Find the "
            "variance of ${linear}$ as a fraction or an integer.",
            "$X$ takes the values ${x}$, ${y}$, ${z}$ with the probabilities ${one}$, ${two}$, ${three}$. What is "
            "the exact variance $D({linear})$?",
            "In a game the score $X$ is ${x}$ with probability ${one}$, ${y}$ with probability ${two}$, otherwise "
            "${z}$ (with probability ${three}$). Compute the variance of ${linear}$ exactly.",
        ),
        plans=(
            "The variance is half the mean squared difference of two independent copies; I add over all pairs.",
            "I sum the squared differences of all pairs of values with their probabilities.",
        ),
        cot="The mean is $E(X) = {mean}$, and $E(X^2) = {square}$. So $D(X) = E(X^2) - [E(X)]^2 = {square} - "
        "{mean_squared} = {variance}$. A constant summand does not matter and the factor counts squared: "
        "$D({linear}) = {weight} \\cdot {variance} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "随机变量$X$满足$P(X = {x}) = {one}$，$P(X = {y}) = {two}$，$P(X = {z}) = {three}$，求${linear}$的方差。",
            "已知$X$取${x}$、${y}$、${z}$的概率分别为${one}$、${two}$、${three}$，则$D({linear})$等于多少？",
            "某游戏的得分$X$以概率${one}$为${x}$，以概率${two}$为${y}$，以概率${three}$为${z}$，计算${linear}$的方差。",
        ),
        plans=(
            "方差等于两个独立取值之差的平方的均值的一半，对所有取值对求和。",
            "把各对取值之差的平方按概率加权求和。",
        ),
        cot="$E(X) = {mean}$，$E(X^2) = {square}$，所以$D(X) = E(X^2) - [E(X)]^2 = {square} - {mean_squared} = "
        "{variance}$。加常数不改变方差，乘以常数则方差乘其平方：$D({linear}) = {weight} \\cdot {variance} = {value}$。",
    ),
)

TEMPLATES = (SPREAD,)
