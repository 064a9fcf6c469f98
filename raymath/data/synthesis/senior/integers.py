"""Templates of elementary number theory: simultaneous remainders, last digits, integer solutions, prime powers.

from raymath.data.synthesis.senior.integers import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _remainders(rng: Random) -> Numbers:
    a, b, c = rng.sample(range(3, 18), 3)
    if gcd(a, b) > 1 or gcd(a, c) > 1 or gcd(b, c) > 1:
        return _remainders(rng)
    return {"a": a, "r": rng.randint(1, a - 1), "b": b, "s": rng.randint(1, b - 1), "c": c, "t": rng.randint(1, c - 1)}


def _remainders_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    # Garner's steps: the number is first + second * a + third * a * b
    inner = (v["s"] - v["r"]) * pow(a, -1, b) % b
    two = v["r"] + a * inner
    outer = (v["t"] - two) * pow(a * b, -1, c) % c
    return {
        "steps": inner,
        "two": two,
        "product": a * b,
        "more": outer,
        "answer": two + a * b * outer,
    }


REMAINDERS = Template(
    "senior-chinese-remainders",
    "senior/number-theory",
    draw=_remainders,
    work=_remainders_work,
    code="n = 1\nwhile not (n % {a} == {r} and n % {b} == {s} and n % {c} == {t}):\n    n += 1\nprint(n)",
    en=Telling(
        questions=(
            "What is the smallest positive integer that leaves the remainders {r}, {s} and {t} on division by {a}, {b} "
            "and {c}?",
            "Find the least $n > 0$ with $n \\equiv {r} \\pmod{{{a}}}$, $n \\equiv {s} \\pmod{{{b}}}$ and "
            "$n \\equiv {t} \\pmod{{{c}}}$.",
            "Counted by {a}s, a heap of {things} leaves {r} over; by {b}s it leaves {s}, by {c}s it leaves {t}. What "
            "is the smallest possible number of {things}?",
        ),
        plans=(
            "I count up until all three remainders fit.",
            "A plain search over the positive integers finds the first fit.",
        ),
        cot="Numbers with remainder {r} for {a} are ${r} + {a}k$. The remainder {s} for {b} is first met at $k = "
        "{steps}$, which gives {two}. From there both conditions are kept by steps of ${a} \\cdot {b} = {product}$. "
        "The remainder {t} for {c} is met after {more} such steps: ${two} + {more} \\cdot {product} = {answer}$.",
        scenes=scenes("things", "coins", "beads", "apples", "cards"),
    ),
    zh=Telling(
        questions=(
            "求最小的正整数，它除以{a}余{r}，除以{b}余{s}，除以{c}余{t}。",
            "满足$n \\equiv {r} \\pmod{{{a}}}$，$n \\equiv {s} \\pmod{{{b}}}$，$n \\equiv {t} "
            "\\pmod{{{c}}}$的最小正整数$n$是多少？",
            "一堆{things}，{a}个一数剩{r}个，{b}个一数剩{s}个，{c}个一数剩{t}个，这堆{things}最少有几个？",
        ),
        plans=("从1开始逐个检验三个余数。", "在正整数中依次查找第一个符合的数。"),
        cot="除以{a}余{r}的数是${r} + {a}k$，其中除以{b}余{s}的第一个在$k = {steps}$时取得，为{two}。"
        "以后每次加${a} \\cdot {b} = {product}$，前两个条件保持不变。再加{more}次时除以{c}余{t}："
        "${two} + {more} \\cdot {product} = {answer}$。",
        scenes=scenes("things", "棋子", "珠子", "苹果", "卡片"),
    ),
)


def _digits(rng: Random) -> Numbers:
    m = rng.choice((7, 9, 10, 11, 13, 17, 19, 21, 23, 25, 27, 29, 31, 37, 41, 43, 50, 100))
    a = m + rng.randint(2, 120)
    return {"a": a, "n": rng.randint(30, 3000), "m": m} if gcd(a, m) == 1 and a % m != 1 else _digits(rng)


def _digits_work(v: Numbers) -> Mapping[str, Value]:
    a, m = v["a"], v["m"]
    length, power = 1, a % m
    while power != 1:
        length, power = length + 1, power * a % m
    rest = v["n"] % length
    value = 1
    for _ in range(rest):
        value = value * a % m
    return {
        "base": a % m,
        "length": length,
        "turns": v["n"] // length,
        "rest": rest,
        "last": f"{a % m}^{{{rest}}}",
        "answer": value,
    }


DIGITS = Template(
    "senior-power-remainder",
    "senior/number-theory",
    draw=_digits,
    work=_digits_work,
    code="print({a} ** {n} % {m})",
    en=Telling(
        questions=(
            "Find the remainder when ${a}^{{{n}}}$ is divided by {m}.",
            "Which number from 0 to {m}, without {m} itself, is congruent to ${a}^{{{n}}}$ modulo {m}?",
            "What is left over if ${a}^{{{n}}}$ things are put into groups of {m}?",
        ),
        plans=(
            "Python's integers have no size limit, so I compute the power and its remainder directly.",
            "I compute the whole power and divide.",
        ),
        cot="Modulo {m} we may replace {a} by {base}. The powers ${base}^1, {base}^2, \\ldots$ reach remainder 1 for "
        "the first time at exponent {length}, so the remainders repeat with period {length}. "
        "Since ${n} = {length} \\cdot {turns} + {rest}$, the remainder is that of ${last}$, which is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "求${a}^{{{n}}}$除以{m}的余数。",
            "${a}^{{{n}}}$与0到{m}（不含{m}）中的哪个整数模{m}同余？",
            "把${a}^{{{n}}}$个物品每{m}个分成一组，最后剩下多少个？",
        ),
        plans=("整数可以任意大，直接算出幂再取余。", "先求幂，再做带余除法。"),
        cot="模{m}时{a}可换成{base}。${base}^1, {base}^2, \\ldots$的余数在指数为{length}时第一次等于1，"
        "所以余数的周期是{length}。由${n} = {length} \\cdot {turns} + {rest}$，所求余数等于${last}$的余数，"
        "即${answer}$。",
    ),
)


def _solutions(rng: Random) -> Numbers:
    a, b = rng.sample(range(3, 30), 2)
    if gcd(a, b) > 1:
        return _solutions(rng)
    return {"a": a, "b": b, "c": a * rng.randint(1, b) + b * rng.randint(8, 70)}


def _solutions_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    x = c * pow(a, -1, b) % b or b
    y = (c - a * x) // b
    return {"x": x, "y": y, "turns": (y - 1) // a, "answer": (y - 1) // a + 1}


SOLUTIONS = Template(
    "senior-diophantine-count",
    "senior/number-theory",
    draw=_solutions,
    work=_solutions_work,
    code="count = 0\nfor x in range(1, {c} // {a} + 1):\n    rest = {c} - {a} * x\n    if rest > 0 and rest % {b} == "
    "0:\n"
    "        count += 1\nprint(count)",
    en=Telling(
        questions=(
            "How many pairs of positive integers $(x, y)$ satisfy ${a}x + {b}y = {c}$?",
            "{one_cap} cost {a} dollars each, {two} cost {b} dollars each. In how many ways can exactly {c} dollars "
            "be spent if at least one of each is bought?",
            "Count the solutions of ${a}x + {b}y = {c}$ in positive whole numbers.",
        ),
        plans=(
            "I try every positive $x$ and check whether a positive whole $y$ remains.",
            "A loop over $x$ with a divisibility test counts the solutions.",
        ),
        cot="The smallest positive $x$ for which ${c} - {a}x$ is divisible by {b} is $x = {x}$, with $y = {y}$. "
        "All other solutions come from adding {b} to $x$ and taking {a} from $y$. "
        "The number of such steps that keep $y$ positive is {turns}. So there are ${turns} + 1 = {answer}$ solutions.",
        scenes=scenes("one_cap/two", "Pens/books", "Cups/plates", "Tulips/roses", "Tickets/posters"),
    ),
    zh=Telling(
        questions=(
            "满足${a}x + {b}y = {c}$的正整数对$(x, y)$有多少组？",
            "{one}每件{a}元，{two}每件{b}元，两种至少各买一件，恰好花{c}元的买法有几种？",
            "求不定方程${a}x + {b}y = {c}$的正整数解的组数。",
        ),
        plans=("枚举正整数$x$，检验剩余部分能否被整除。", "对$x$循环，判断$y$是否为正整数。"),
        cot="使${c} - {a}x$被{b}整除的最小正整数是$x = {x}$，此时$y = {y}$。其余的解由$x$每次加{b}、$y$每次减{a}得到，"
        "保持$y$为正，可以进行{turns}次，所以共有${turns} + 1 = {answer}$组。",
        scenes=scenes("one/two", "笔袋/画册", "杯子/盘子", "台灯/书架", "围巾/帽子"),
    ),
)


def _factorial(rng: Random) -> Numbers:
    low = rng.randint(20, 300)
    return {"n": low + rng.randint(30, 400), "k": low, "p": rng.choice((2, 3, 5, 7, 11, 13))}


def _legendre(n: int, p: int) -> list[int]:
    parts = []
    while n := n // p:
        parts.append(n)
    return parts


def _added(parts: list[int]) -> str:
    return " + ".join(map(str, parts)) + (f" = {sum(parts)}" if len(parts) > 1 else "")


def _factorial_work(v: Numbers) -> Mapping[str, Value]:
    above, below = _legendre(v["n"], v["p"]), _legendre(v["k"], v["p"])
    return {
        "above": _added(above),
        "above_sum": sum(above),
        "below": _added(below),
        "below_sum": sum(below),
        "answer": sum(above) - sum(below),
    }


FACTORIAL = Template(
    "senior-prime-in-factorials",
    "senior/number-theory",
    draw=_factorial,
    work=_factorial_work,
    forms=lambda v: {"first": v["k"] + 1},
    code="exponent = 0\nfor factor in range({k} + 1, {n} + 1):\n    while factor % {p} == 0:\n        factor //= {p}\n"
    "        exponent += 1\nprint(exponent)",
    en=Telling(
        questions=(
            "What is the greatest integer $e$ for which ${p}^e$ divides $\\frac{{{n}!}}{{{k}!}}$?",
            "The product of all whole numbers from {first} to {n} is split into primes. How often does the factor "
            "{p} occur?",
            "Find the exponent of {p} in the prime factorisation of ${first} \\cdot \\ldots \\cdot {n}$, the product "
            "of consecutive integers.",
        ),
        plans=(
            "I divide each factor of the product by {p} as often as possible and count.",
            "Factor by factor I count how many times {p} divides it.",
        ),
        cot="The product is ${n}! \\div {k}!$. In ${n}!$ the multiples of {p}, of its square and so on give the "
        "exponent ${above}$. In ${k}!$ they give ${below}$. "
        "The difference is ${above_sum} - {below_sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "使${p}^e$整除$\\frac{{{n}!}}{{{k}!}}$的最大整数$e$是多少？",
            "把从{first}到{n}的所有整数的乘积分解质因数，质因数{p}出现多少次？",
            "求连续整数之积${first} \\cdot \\ldots \\cdot {n}$的标准分解式中{p}的指数。",
        ),
        plans=("对每个因数反复除以{p}并计数。", "逐个因数统计能被{p}整除的次数。"),
        cot="这个积等于${n}! \\div {k}!$。${n}!$中{p}的倍数、{p}的平方的倍数等依次贡献${above}$；"
        "${k}!$中为${below}$。两者之差为${above_sum} - {below_sum} = {answer}$。",
    ),
)

TEMPLATES = (REMAINDERS, DIGITS, SOLUTIONS, FACTORIAL)
