"""Templates of systems of two linear equations.

from raymath.data.synthesis.junior.linear_systems import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _eliminate(rng: Random) -> Numbers:
    x, y = nonzero(rng, 15), nonzero(rng, 15)
    a, d = rng.randint(2, 9), rng.randint(2, 9)
    b, e = rng.sample(range(2, 10), 2)
    return {"a": a, "b": b, "c": a * x + b * y, "d": d, "e": e, "f": d * x - e * y}


def _eliminate_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, e, f = (v[name] for name in "abcdef")
    total, right = a * e + d * b, c * e + f * b
    x = right // total
    y = (c - a * x) // b
    return {
        "one": f"{terms((a, 'x'), (b, 'y'))} = {c}",
        "two": f"{terms((d, 'x'), (-e, 'y'))} = {f}",
        "added": f"{total}x = {c * e} {signed(f * b)} = {right}",
        "x": x,
        "rest": f"{b}y = {c} {signed(-a * x)} = {c - a * x}",
        "y": y,
        "sum": f"{x} {signed(y)}",
        "answer": x + y,
    }


ELIMINATE = Template(
    "junior-eliminate-a-letter",
    "junior/linear-systems",
    draw=_eliminate,
    work=_eliminate_work,
    code="""\
for x in range(-20, 21):
    for y in range(-20, 21):
        if {a} * x + {b} * y == {c} and {d} * x - {e} * y == {f}:
            print(x + y)""",
    en=Telling(
        questions=(
            "Numbers $x$ and $y$ satisfy ${one}$ and ${two}$. Find $x + y$.",
            r"Solve $\begin{{cases}} {one} \\ {two} \end{{cases}}$ and give the value of $x + y$.",
            "What is the sum of $x$ and $y$ if both ${two}$ and ${one}$ hold?",
        ),
        plans=(
            "I search a grid of integers for the pair that satisfies both equations.",
            "A double loop over $x$ and $y$ checks both equations.",
        ),
        cot="Multiply the first equation by {e} and the second by {b}, then add, so that $y$ drops out: ${added}$, "
        "thus $x = {x}$. From the first equation ${rest}$, so $y = {y}$. The sum is ${sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"解方程组 $\begin{{cases}} {one} \\ {two} \end{{cases}}$，并求 $x + y$ 的值。",
            "已知 ${one}$，${two}$，那么 $x + y$ 等于多少？",
            "若 $x$、$y$ 同时满足 ${two}$ 和 ${one}$，求这两个数的和。",
        ),
        plans=("在整数范围内枚举 $x$、$y$，检验两个方程。", "用双重循环寻找同时满足两个方程的整数对。"),
        cot="第一式乘 {e}，第二式乘 {b}，相加消去 $y$，得 ${added}$，所以 $x = {x}$。"
        "代回第一式，${rest}$，所以 $y = {y}$。于是 $x + y = {sum} = {answer}$。",
    ),
)


def _purchases(rng: Random) -> Numbers:
    while True:
        a, b, d, e = (rng.randint(2, 12) for _ in "abde")
        x, y = rng.sample(range(2, 40), 2)
        if a * e - b * d > 0 and b != e:
            return {"a": a, "b": b, "c": a * x + b * y, "d": d, "e": e, "f": d * x + e * y}


def _purchases_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, e, f = (v[name] for name in "abcdef")
    return {
        "ce": c * e,
        "bf": b * f,
        "right": c * e - b * f,
        "ae": a * e,
        "be": b * e,
        "bd": b * d,
        "short": polynomial((a * e - b * d, 0)),
        "answer": (c * e - b * f) // (a * e - b * d),
    }


PURCHASES = Template(
    "junior-two-purchases",
    "junior/linear-systems",
    draw=_purchases,
    work=_purchases_work,
    code="""\
from sympy import solve, symbols
x, y = symbols("x y")
prices = solve([{a} * x + {b} * y - {c}, {d} * x + {e} * y - {f}], [x, y])
print(prices[x])""",
    sympy=True,
    en=Telling(
        questions=(
            "{a} {firsts} and {b} {seconds} cost {c} dollars, {d} {firsts} and {e} {seconds} cost {f} dollars. "
            "What is the price of one {first} in dollars?",
            "{name} pays {c} dollars for {a} {firsts} and {b} {seconds}. At the same prices a friend pays {f} dollars "
            "for {d} {firsts} and {e} {seconds}. How many dollars does one {first} cost?",
            "Two orders come to {c} and {f} dollars. The former is for {a} {firsts} and {b} {seconds}, the latter for "
            "{d} {firsts} and {e} {seconds}. Find the price of a {first}.",
        ),
        plans=(
            "Let $x$ and $y$ be the two prices; I solve the two equations.",
            "Each order is one equation in the two prices.",
        ),
        cot="Let a {first} cost $x$ and a {second} $y$ dollars: ${a}x + {b}y = {c}$ and ${d}x + {e}y = {f}$. "
        "Multiply the first by {e} and the second by {b}: ${ae}x + {be}y = {ce}$ and "
        "${bd}x + {be}y = {bf}$. Subtracting gives ${short} = {ce} - {bf} = {right}$, so $x = {answer}$.",
        scenes=scenes(
            "first/firsts/second/seconds",
            "notebook/notebooks/pencil case/pencil cases",
            "badminton racket/badminton rackets/ball/balls",
            "rose/roses/lily/lilies",
            "small box/small boxes/large box/large boxes",
        ),
    ),
    zh=Telling(
        questions=(
            "买{a}{first}和{b}{second}共需{c}元，买{d}{first}和{e}{second}共需{f}元。一{first}多少元？",
            "{name}花{c}元买了{a}{first}、{b}{second}；同桌按同样的价格买了{d}{first}、{e}{second}，付了{f}元。"
            "求一{first}的价钱（元）。",
            "两张订单分别为{c}元和{f}元，前一张是{a}{first}加{b}{second}，后一张是{d}{first}加{e}{second}，"
            "那么每{first}的单价是几元？",
        ),
        plans=("设两种单价为 $x$、$y$，列方程组求解。", "每次购买对应一个方程，联立求解。"),
        cot="设一{first} $x$ 元，一{second} $y$ 元，则 ${a}x + {b}y = {c}$，${d}x + {e}y = {f}$。"
        "第一式乘 {e} 得 ${ae}x + {be}y = {ce}$，第二式乘 {b} 得 ${bd}x + {be}y = {bf}$。"
        "两式相减，${short} = {ce} - {bf} = {right}$，所以 $x = {answer}$。",
        scenes=scenes("first/second", "本笔记本/个文具盒", "支球拍/个羽毛球", "枝玫瑰/枝百合", "个小盒/个大盒"),
    ),
)


def _misread(rng: Random) -> Numbers:
    while True:
        a, b, x1, y1, x2, y2 = (nonzero(rng, 7) for _ in range(6))
        p, q = rng.randint(2, 9), rng.randint(2, 9)
        c, d = a * x2 + p * y2, q * x1 + b * y1
        # each student misread something, and the true system has one solution
        if a * x1 + p * y1 != c and q * x2 + b * y2 != d and a * b != p * q and c and d:
            return {"p": p, "c": c, "q": q, "d": d, "x1": x1, "y1": y1, "x2": x2, "y2": y2}


def _misread_work(v: Numbers) -> Mapping[str, Value]:
    p, c, q, d = v["p"], v["c"], v["q"], v["d"]
    x1, y1, x2, y2 = v["x1"], v["y1"], v["x2"], v["y2"]
    a, b = (c - p * y2) // x2, (d - q * x1) // y1
    return {
        "one": f"ax + {p}y = {c}",
        "two": f"{q}x + by = {d}",
        "for_b": f"{terms((q * x1, ''), (y1, 'b'))} = {d}",
        "for_a": f"{terms((x2, 'a'), (p * y2, ''))} = {c}",
        "a": a,
        "b": b,
        "sum": f"{a} {signed(b)}",
        "answer": a + b,
    }


MISREAD = Template(
    "junior-misread-coefficient",
    "junior/linear-systems",
    draw=_misread,
    work=_misread_work,
    code="""\
for b in range(-20, 21):
    for a in range(-20, 21):
        second = {q} * ({x1}) + b * ({y1}) == {d}
        first = a * ({x2}) + {p} * ({y2}) == {c}
        if first and second:
            print(a + b)""",
    en=Telling(
        questions=(
            "In the system ${one}$, ${two}$, Ben misreads $a$ and gets $x = {x1}$, $y = {y1}$, while Lia misreads $b$ "
            "and gets $x = {x2}$, $y = {y2}$. Everything else they do right. What is $a + b$?",
            "Two students solve ${one}$ and ${two}$. The first copies only $a$ wrongly and finds $({x1}, {y1})$ for "
            "$(x, y)$; the second copies only $b$ wrongly and finds $({x2}, {y2})$. Determine $a + b$.",
            "With a wrong $a$ the system ${one}$, ${two}$ has the solution $x = {x1}$, $y = {y1}$; with the right $a$ "
            "but a wrong $b$ it has $x = {x2}$, $y = {y2}$. Find the sum of the true $a$ and $b$.",
        ),
        plans=(
            "Each wrong solution still satisfies the equation that was read correctly; I search for $a$ and $b$.",
            "The equation without the misread letter holds, which gives one condition for each letter.",
        ),
        cot="Whoever misread $a$ still used the right second equation: ${for_b}$, so $b = {b}$. "
        "Whoever misread $b$ used the right first equation: ${for_a}$, so $a = {a}$. "
        "Therefore $a + b = {sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "解方程组 ${one}$，${two}$ 时，甲看错了 $a$，解得 $x = {x1}$，$y = {y1}$；乙看错了 $b$，"
            "解得 $x = {x2}$，$y = {y2}$。求 $a + b$ 的值。",
            "两名同学解同一个方程组：${one}$ 和 ${two}$。一人只把 $a$ 抄错，得 $(x, y) = ({x1}, {y1})$；"
            "另一人只把 $b$ 抄错，得 $(x, y) = ({x2}, {y2})$。原来的 $a$ 与 $b$ 之和是多少？",
            "方程组 ${one}$，${two}$ 中，若 $a$ 写错则解为 $x = {x1}$，$y = {y1}$，若 $b$ 写错则解为"
            " $x = {x2}$，$y = {y2}$（其余无误），正确的 $a + b$ 等于几？",
        ),
        plans=("错解仍满足没有看错的那个方程，据此搜索 $a$、$b$。", "分别代入未看错的方程，求出两个字母。"),
        cot="看错 $a$ 的解仍满足第二个方程：${for_b}$，得 $b = {b}$。"
        "看错 $b$ 的解仍满足第一个方程：${for_a}$，得 $a = {a}$。所以 $a + b = {sum} = {answer}$。",
    ),
)

TEMPLATES = (ELIMINATE, PURCHASES, MISREAD)
