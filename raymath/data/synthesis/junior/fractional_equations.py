"""Templates of equations with fractions.

from raymath.data.synthesis.junior.fractional_equations import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import shifted, terms
from raymath.data.synthesis.latex import fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _cross_multiply(rng: Random) -> Numbers:
    while True:
        a, c = rng.sample(range(2, 21), 2)
        t, x = nonzero(rng, 5), rng.randint(-20, 20)
        b, d = a * t - x, c * t - x
        if x and b and d:
            return {"a": a, "b": b, "c": c, "d": d}


def _cross_multiply_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d = (v[name] for name in "abcd")
    left, right = a - c, c * b - a * d
    return {
        "one": polynomial((1, b)),
        "two": polynomial((1, d)),
        "crossed": f"{shifted(a, d)} = {shifted(c, b)}",
        "expanded": f"{polynomial((a, a * d))} = {polynomial((c, c * b))}",
        "collected": f"{polynomial((left, 0))} = {right}",
        "answer": right // left,
    }


CROSS_MULTIPLY = Template(
    "junior-cross-multiply",
    "junior/fractional-equations",
    draw=_cross_multiply,
    work=_cross_multiply_work,
    code="""\
from fractions import Fraction
a, b, c, d = {a}, {b}, {c}, {d}
for x in range(-100, 101):
    if x in (-b, -d):
        continue
    if Fraction(a, x + b) == Fraction(c, x + d):
        print(x)""",
    en=Telling(
        questions=(
            r"Solve $\frac{{{a}}}{{{one}}} = \frac{{{c}}}{{{two}}}$ for $x$.",
            r"For which $x$ are $\frac{{{a}}}{{{one}}}$ and $\frac{{{c}}}{{{two}}}$ equal?",
            r"Find the root of the equation $\frac{{{a}}}{{{one}}} = \frac{{{c}}}{{{two}}}$.",
        ),
        plans=(
            "I test integers, leaving out those that make a denominator zero.",
            "Exact fractions on both sides are compared for each integer $x$.",
        ),
        cot="Multiply by both denominators: ${crossed}$. That is ${expanded}$, hence ${collected}$ and $x = {answer}$. "
        "Neither denominator is zero there, so it is a root.",
    ),
    zh=Telling(
        questions=(
            r"解方程：$\frac{{{a}}}{{{one}}} = \frac{{{c}}}{{{two}}}$。",
            r"当 $x$ 取何值时，分式 $\frac{{{a}}}{{{one}}}$ 与 $\frac{{{c}}}{{{two}}}$ 的值相等？",
            r"求 $\frac{{{a}}}{{{one}}} = \frac{{{c}}}{{{two}}}$ 的根。",
        ),
        plans=("逐个检验整数，跳过使分母为0的值。", "用精确分数比较方程两边。"),
        cot="去分母得 ${crossed}$，即 ${expanded}$，移项合并得 ${collected}$，所以 $x = {answer}$。"
        "检验：此时两个分母都不为0，它是原方程的根。",
    ),
)


def _faster(rng: Random) -> Numbers:
    while True:
        v, k, d = rng.randint(6, 40), rng.randint(2, 6), rng.randint(5, 400)
        early = Fraction(60 * d * (k - 1), k * v)
        if early.denominator == 1 and early <= 600:
            return {"d": d, "k": k, "t": int(early)}


FASTER = Template(
    "junior-arrives-earlier",
    "junior/fractional-equations",
    draw=_faster,
    work=lambda v: {
        "hours": fraction(Fraction(v["t"], 60)),
        "product": v["k"] * v["d"],
        "gap": (v["k"] - 1) * v["d"],
        "right": "v" if v["k"] * v["t"] == 60 else fraction(Fraction(v["k"] * v["t"], 60)) + "v",
        "answer": Fraction((v["k"] - 1) * v["d"] * 60, v["k"] * v["t"]),
    },
    code="""\
from fractions import Fraction
for v in range(1, 200):
    saved = Fraction({d}, v) - Fraction({d}, {k} * v)
    if saved * 60 == {t}:
        print(v)""",
    en=Telling(
        questions=(
            "The way to the {place} is {d} km. {name} is {k} times as fast {fast} as {slow} and arrives "
            "{t} minutes earlier. What is the speed {slow}, in km/h?",
            "{name} covers {d} km to the {place}. Going {fast} takes {t} minutes less than going {slow}, because "
            "the speed is {k} times as high. Find the lower speed in km/h.",
            "A trip of {d} km to the {place} is {t} minutes shorter {fast} than {slow}. The faster speed is {k} times "
            "the slower one. How many km/h is the slower one?",
        ),
        plans=(
            "I try speeds and compare the two travel times exactly.",
            "For each whole speed I compute the minutes saved.",
        ),
        cot=r"Let the lower speed be $v$ km/h. Then $\frac{{{d}}}{{v}} - \frac{{{d}}}{{{k}v}} = {hours}$, "
        "as {t} minutes are ${hours}$ hours. Multiplying by ${k}v$ gives ${product} - {d} = {right}$, "
        "so ${gap} = {right}$ and $v = {answer}$, which does not make a denominator zero.",
        scenes=scenes(
            "place/fast/slow", "lake/by car/by bicycle", "museum/by express bus/by tram", "camp/by motorbike/by bicycle"
        ),
    ),
    zh=Telling(
        questions=(
            "{name}去{d}千米外的{place}，{fast}的速度是{slow}的{k}倍，可早到{t}分钟，求{slow}的速度（千米/时）。",
            "从学校到{place}有{d}千米，{fast}比{slow}少用{t}分钟。已知前者速度为后者的{k}倍，{slow}每小时行多少千米？",
            "同样走{d}千米到{place}，{slow}比{fast}多花{t}分钟，{fast}时的速度是{slow}时的{k}倍。"
            "{slow}的时速是多少千米？",
        ),
        plans=("逐个尝试速度，精确比较两种用时。", "对每个整数速度计算节省的分钟数。"),
        cot=r"设较慢的速度为 $v$ 千米/时，{t}分钟等于 ${hours}$ 小时，"
        r"则 $\frac{{{d}}}{{v}} - \frac{{{d}}}{{{k}v}} = {hours}$。"
        "两边同乘 ${k}v$，得 ${product} - {d} = {right}$，即 ${gap} = {right}$，解得 $v = {answer}$。"
        "经检验它是原方程的根，也符合题意。",
        scenes=scenes(
            "place/fast/slow", "湿地公园/乘汽车/骑自行车", "科技馆/坐快线公交/坐电车", "营地/骑摩托车/骑自行车"
        ),
    ),
)


def _extraneous(rng: Random) -> Numbers:
    p, k = rng.sample(range(1, 10), 2)
    return {"p": p, "a": nonzero(rng, 9), "k": k, "q": rng.randint(1, 30)}


def _extraneous_work(v: Numbers) -> Mapping[str, Value]:
    p, a, k, q = (v[name] for name in "pakq")
    return {
        "given": rf"\frac{{{terms((p, 'x'), (1, 'm'))}}}{{{polynomial((1, -a))}}} - {k} = "
        rf"\frac{{{q}}}{{{terms((a, ''), (-1, 'x'))}}}",
        "cleared": f"{terms((p, 'x'), (1, 'm'))} - {shifted(k, -a)} = -{q}",
        "at": f"{p * a} + m = -{q}",
        "right": f"-{q} {signed(-p * a)}",
        "answer": -q - p * a,
    }


EXTRANEOUS = Template(
    "junior-extraneous-root",
    "junior/fractional-equations",
    draw=_extraneous,
    work=_extraneous_work,
    code="""\
from fractions import Fraction
p, a, k, q = {p}, {a}, {k}, {q}
for m in range(-200, 201):
    # without denominators: p*x + m - k*(x - a) = -q
    x = Fraction(-q - m - k * a, p - k)
    if x == a:
        print(m)""",
    en=Telling(
        questions=(
            "For which $m$ does the equation ${given}$ have an extraneous root?",
            "Solving ${given}$ by clearing denominators produces a root that has to be rejected. What is $m$?",
            "Find the value of $m$ for which clearing the denominators of ${given}$ brings in an extraneous root.",
        ),
        plans=(
            "For each $m$ I solve the equation without denominators and see whether its root is forbidden.",
            "The root must make the denominator zero; I look for the $m$ that does this.",
        ),
        cot="An extraneous root makes the denominator zero, so it is $x = {a}$. "
        "Without denominators the equation reads ${cleared}$. At $x = {a}$ this becomes ${at}$, "
        "so $m = {right} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "若方程 ${given}$ 有增根，求 $m$ 的值。",
            "解 ${given}$ 时去分母后得到的根必须舍去，那么 $m$ 等于多少？",
            "当 $m$ 为何值时，方程 ${given}$ 会产生增根？",
        ),
        plans=("对每个 $m$ 解去分母后的方程，看根是否使分母为0。", "增根使分母为0，据此搜索 $m$。"),
        cot="增根使分母为0，所以增根是 $x = {a}$。去分母得 ${cleared}$，"
        "把 $x = {a}$ 代入得 ${at}$，所以 $m = {right} = {answer}$。",
    ),
)

TEMPLATES = (CROSS_MULTIPLY, FASTER, EXTRANEOUS)
