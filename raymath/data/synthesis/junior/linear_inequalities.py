"""Templates of linear inequalities.

from raymath.data.synthesis.junior.linear_inequalities import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor, lcm
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import shifted
from raymath.data.synthesis.latex import fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _between(rng: Random) -> Numbers:
    a, d = rng.randint(2, 9), rng.randint(2, 9)
    low = rng.randint(-15, 8)
    high = low + rng.randint(2, 14)
    b, e = (nonzero(rng, 25) for _ in "be")
    # a x + b > c just above low, d x + e <= f up to high
    return {"a": a, "b": b, "c": a * low + b + rng.randrange(a), "d": d, "e": e, "f": d * high + e + rng.randrange(d)}


def _between_work(v: Numbers) -> Mapping[str, Value]:
    low, high = Fraction(v["c"] - v["b"], v["a"]), Fraction(v["f"] - v["e"], v["d"])
    least, greatest = floor(low) + 1, floor(high)
    return {
        "one": f"{polynomial((v['a'], v['b']))} > {v['c']}",
        "two": f"{polynomial((v['d'], v['e']))} \\le {v['f']}",
        "ax": f"{v['a']}x > {v['c'] - v['b']}",
        "dx": f"{v['d']}x \\le {v['f'] - v['e']}",
        "low": fraction(low),
        "high": fraction(high),
        "least": least,
        "greatest": greatest,
        "count": f"{greatest} {signed(-least)} + 1",
        "answer": greatest - least + 1,
    }


INTEGERS = Template(
    "junior-integers-in-a-system",
    "junior/linear-inequalities",
    draw=_between,
    work=_between_work,
    code="""\
solutions = [x for x in range(-200, 201) if {a} * x + ({b}) > {c} and {d} * x + ({e}) <= {f}]
print(len(solutions))""",
    en=Telling(
        questions=(
            "How many integers $x$ satisfy both ${one}$ and ${two}$?",
            r"Count the integer solutions of the system $\begin{{cases}} {one} \\ {two} \end{{cases}}$.",
            "The inequalities ${two}$ and ${one}$ hold together for a finite number of integers. What is this number?",
        ),
        plans=(
            "I test every integer in a wide range against both inequalities.",
            "A list of the integers that satisfy both, and its length.",
        ),
        cot="The first inequality gives ${ax}$, so $x > {low}$. The second gives ${dx}$, so $x \\le {high}$. "
        "The integers run from ${least}$ to ${greatest}$, which makes ${count} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"不等式组 $\begin{{cases}} {one} \\ {two} \end{{cases}}$ 有多少个整数解？",
            "同时满足 ${one}$ 和 ${two}$ 的整数 $x$ 共有几个？",
            "若整数 $x$ 使 ${two}$ 与 ${one}$ 都成立，求这样的 $x$ 的个数。",
        ),
        plans=("在较大范围内逐个检验整数。", "列出同时满足两个不等式的整数，再数个数。"),
        cot=r"由第一个不等式得 ${ax}$，即 $x > {low}$；由第二个得 ${dx}$，即 $x \le {high}$。"
        "整数解从 ${least}$ 到 ${greatest}$，共 ${count} = {answer}$ 个。",
    ),
)


def _quiz(rng: Random) -> Numbers:
    n, a, b = rng.randint(15, 60), rng.randint(3, 12), rng.randint(2, 5)
    right = rng.randint(n // 2, n - 2)
    return {"n": n, "a": a, "b": b, "s": a * right - b * (n - right) - rng.randrange(a + b)}


QUIZ = Template(
    "junior-fewest-right-answers",
    "junior/linear-inequalities",
    draw=_quiz,
    work=lambda v: {
        "both": v["a"] + v["b"],
        "off": v["b"] * v["n"],
        "right": v["s"] + v["b"] * v["n"],
        "bound": fraction(Fraction(v["s"] + v["b"] * v["n"], v["a"] + v["b"])),
        "answer": ceil(Fraction(v["s"] + v["b"] * v["n"], v["a"] + v["b"])),
    },
    code="""\
right = 0
while {a} * right - {b} * ({n} - right) < {s}:
    right += 1
print(right)""",
    en=Telling(
        questions=(
            "A {contest} has {n} questions. A right answer earns {a} points; for each wrong or missing one "
            "the score falls by {b}. How many right answers does {name} need at least for a score of {s} or more?",
            "{name} wants at least {s} points in a {contest} of {n} questions, where right answers count {a} points "
            "each and every other question costs {b}. What is the smallest number of right answers that is enough?",
            "Out of {n} questions in a {contest}, each one solved gives {a} points and each one not solved "
            "loses {b}. Find the least number of solved questions with a total not below {s}.",
        ),
        plans=(
            "I raise the number of right answers until the score is reached.",
            "The score grows with each right answer, so I count upward.",
        ),
        cot="With $x$ right answers the score is ${a}x - {b}({n} - x)$. The condition ${a}x - {b}({n} - x) \\ge {s}$ "
        "becomes ${both}x \\ge {s} + {off} = {right}$, so $x \\ge {bound}$. The least whole number is {answer}.",
        scenes=scenes("contest", "quiz", "science contest", "history test"),
    ),
    zh=Telling(
        questions=(
            "{contest}共{n}道题，每做对一题记{a}分，每做错或漏做一题扣{b}分。{name}想拿到至少{s}分，最少要做对几道题？",
            "在有{n}道题的{contest}中，每答对1题加{a}分，其余每题倒扣{b}分。要使总分达到或超过{s}分，"
            "最少应答对多少题？",
            "{name}参加{contest}，一共{n}题：对一题记{a}分，没有答对的每题减{b}分。若成绩至少为{s}分，"
            "答对题数的最小值是多少？",
        ),
        plans=("从0开始增加答对的题数，直到分数够为止。", "答对越多得分越高，逐个往上试。"),
        cot=r"设答对 $x$ 题，得分为 ${a}x - {b}({n} - x)$。由 ${a}x - {b}({n} - x) \ge {s}$，"
        r"得 ${both}x \ge {s} + {off} = {right}$，即 $x \ge {bound}$。$x$ 取整数，最小为 {answer}。",
        scenes=scenes("contest", "知识竞赛", "科普竞赛", "安全知识测验"),
    ),
)


def _smallest(rng: Random) -> Numbers:
    while True:
        b, d = sorted(rng.sample(range(2, 11), 2))
        a, c = (nonzero(rng, 20) for _ in "ac")
        e = rng.randint(-6, 6)
        bound = (e - Fraction(a, b) + Fraction(c, d)) / (Fraction(1, b) - Fraction(1, d))
        if e and abs(bound) < 60:
            return {"a": a, "b": b, "c": c, "d": d, "e": e}


def _smallest_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, e = (v[name] for name in "abcde")
    common = lcm(b, d)
    m, n = common // b, common // d
    right = e * common - m * a + n * c
    return {
        "given": rf"\frac{{{polynomial((1, a))}}}{{{b}}} - \frac{{{polynomial((1, c))}}}{{{d}}} > {e}",
        "common": common,
        "cleared": f"{shifted(m, a)} - {shifted(n, c)} > {e * common}",
        "collected": f"{polynomial((m - n, 0))} > {e * common} {signed(-m * a)} {signed(n * c)} = {right}",
        "bound": fraction(Fraction(right, m - n)),
        "answer": floor(Fraction(right, m - n)) + 1,
    }


SMALLEST = Template(
    "junior-smallest-integer-solution",
    "junior/linear-inequalities",
    draw=_smallest,
    work=_smallest_work,
    code="""\
from fractions import Fraction
a, b, c, d, e = {a}, {b}, {c}, {d}, {e}
x = -100
while Fraction(x + a, b) - Fraction(x + c, d) <= e:
    x += 1
print(x)""",
    en=Telling(
        questions=(
            "Find the smallest integer $x$ with ${given}$.",
            "What is the least integer that satisfies ${given}$?",
            "The inequality ${given}$ holds for all large enough integers $x$. Which is the first of them?",
        ),
        plans=(
            "I go up through the integers until the inequality holds.",
            "Starting low, I increase $x$ until the left side is large enough.",
        ),
        cot="Multiply by {common}: ${cleared}$. Collecting terms gives ${collected}$, so $x > {bound}$. "
        "The smallest such integer is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "求满足 ${given}$ 的最小整数 $x$。",
            "不等式 ${given}$ 的最小整数解是多少？",
            "使 ${given}$ 成立的整数 $x$ 中，最小的是几？",
        ),
        plans=("从较小的整数开始逐个增大，直到不等式成立。", "依次增大 $x$，找到第一个满足的整数。"),
        cot="两边同乘 {common}，得 ${cleared}$。去括号、移项、合并得 ${collected}$，所以 $x > {bound}$，"
        "最小整数解为 ${answer}$。",
    ),
)

TEMPLATES = (INTEGERS, QUIZ, SMALLEST)
