"""Templates of letters for numbers and simple equations: brackets, a number thought of, a balance, a pattern.

from raymath.data.synthesis.primary.equations import TEMPLATES
"""

from __future__ import annotations

from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _bracket(rng: Random) -> Numbers:
    a, b, x = rng.randint(3, 12), rng.randint(2, 30), rng.randint(4, 60)
    c = rng.randint(5, min(95, a * (x + b) - 1))
    return {"a": a, "b": b, "c": c, "d": a * (x + b) - c}


BRACKET = Template(
    "primary-equation-with-brackets",
    "primary/simple-equations",
    draw=_bracket,
    work=lambda v: {
        "product": v["d"] + v["c"],
        "bracket": (v["d"] + v["c"]) // v["a"],
        "answer": (v["d"] + v["c"]) // v["a"] - v["b"],
    },
    code="from sympy import Eq, solve, symbols\n\nx = symbols('x')\nprint(solve(Eq({a} * (x + {b}) - {c}, {d}), x)[0])",
    sympy=True,
    en=Telling(
        questions=(
            "Solve {a} × ({letter} + {b}) - {c} = {d} for {letter}.",
            "For which number {letter} does {a} × ({letter} + {b}) - {c} equal {d}?",
            "{name} writes {letter} for an unknown number. Increased by {b}, then multiplied by {a}, then "
            "lessened by {c}, "
            "it gives {d}. What is {letter}?",
        ),
        plans=("I let the equation be solved.", "I set up the equation and solve it."),
        cot="The product {a} × ({letter} + {b}) is {d} + {c} = {product}. The bracket is {product} ÷ {a} = "
        "{bracket}. "
        "So {letter} is {bracket} - {b} = {answer}.",
        scenes=scenes("letter", "x", "y", "n", "k"),
    ),
    zh=Telling(
        questions=(
            "解方程：{a} × ({letter} + {b}) - {c} = {d}，{letter}是多少？",
            "{letter}等于几时，{a} × ({letter} + {b}) - {c} 的值是{d}？",
            "{name}用{letter}表示一个未知数：它先加{b}，再乘{a}，然后减{c}，得{d}。求{letter}。",
        ),
        plans=("列出方程并求解。", "写出方程，让程序解出来。"),
        cot="{a} × ({letter} + {b}) 的值是 {d} + {c} = {product}，括号里是 {product} ÷ {a} = {bracket}，"
        "所以{letter}是 {bracket} - {b} = {answer}。",
        scenes=scenes("letter", "x", "y", "n", "m"),
    ),
)


def _thought(rng: Random) -> Numbers:
    while True:
        a, b, c, x = rng.randint(3, 15), rng.randint(4, 60), rng.randint(2, 12), rng.randint(5, 90)
        if (a * x + b) % c == 0 and a != c:
            return {"a": a, "b": b, "c": c, "d": (a * x + b) // c}


THOUGHT = Template(
    "primary-number-thought-of",
    "primary/simple-equations",
    draw=_thought,
    work=lambda v: {
        "undone": v["d"] * v["c"],
        "product": v["d"] * v["c"] - v["b"],
        "answer": (v["d"] * v["c"] - v["b"]) // v["a"],
    },
    code="number = 0\nwhile number * {a} + {b} != {d} * {c}:\n    number += 1\nprint(number)",
    en=Telling(
        questions=(
            "{name} thinks of a number, multiplies it by {a}, adds {b}, divides by {c} and gets {d}. What is "
            "the number?",
            "A {machine} takes a number, multiplies by {a}, adds {b} and divides by {c}. It shows {d}. "
            "Which number was put in?",
            "Divide by {c} the sum of {b} and {a} times a number, and a {machine} reports {d}. Find the number.",
        ),
        plans=("I try numbers from 0 upwards.", "I search for the number that leads there."),
        cot="Backwards: before the division it was {d} × {c} = {undone}, before the addition {undone} - {b} "
        "= {product}, "
        "and before the multiplication {product} ÷ {a} = {answer}.",
        scenes=scenes("machine", "number machine", "puzzle box", "clockwork calculator", "toy robot"),
    ),
    zh=Telling(
        questions=(
            "{name}心里想了一个数，乘{a}，加{b}，再除以{c}，得到{d}，{name}想的数是几？",
            "{machine}把输入的数先乘{a}再加{b}，最后除以{c}，屏幕上显示{d}，输入的是几？",
            "某数的{a}倍与{b}的和除以{c}，{machine}报出的得数是{d}，求这个数。",
        ),
        plans=("从0开始逐个试。", "找出能得到这个结果的数。"),
        cot="倒推：除之前是 {d} × {c} = {undone}，加之前是 {undone} - {b} = {product}，"
        "乘之前是 {product} ÷ {a} = {answer}。",
        scenes=scenes("machine", "数字机", "谜题盒", "发条计算器", "玩具机器人"),
    ),
)


def _balance(rng: Random) -> Numbers:
    c = rng.randint(2, 12)
    a = c + rng.randint(2, 9)
    b, x = rng.randint(5, 240), rng.randint(12, 150)
    return {"a": a, "b": b, "c": c, "d": b + (a - c) * x}


BALANCE = Template(
    "primary-balance",
    "primary/simple-equations",
    draw=_balance,
    work=lambda v: {
        "more": v["a"] - v["c"],
        "grams": v["d"] - v["b"],
        "answer": (v["d"] - v["b"]) // (v["a"] - v["c"]),
    },
    code="weight = 1\nwhile {a} * weight + {b} < {c} * weight + {d}:\n    weight += 1\nprint(weight)",
    en=Telling(
        questions=(
            "A balance is level with {a} equal {things} and {b} g on one pan, {c} such {things} and {d} g on "
            "the other. "
            "How many grams is one of the {things}?",
            "{c} {things} and weights of {d} g are as heavy as {a} {things} and weights of {b} g. All "
            "{things} weigh the "
            "same. What does one weigh in grams?",
            "Left: {a} {things} with {b} g. Right: {c} {things} with {d} g. The scales of {name} do not tip. "
            "Find the weight "
            "in grams of one of the equal {things}.",
        ),
        plans=("I raise the weight until both sides are level.", "I try the weight gram by gram."),
        cot="Taking {c} {things} and {b} g off both sides leaves {a} - {c} = {more} {things} against {d} - "
        "{b} = {grams} g. "
        "One weighs {grams} ÷ {more} = {answer} g.",
        scenes=scenes("things", "marbles", "peaches", "bolts", "clay figures"),
    ),
    zh=Telling(
        questions=(
            "天平平衡：一边是{a}{u}同样的{things}和{b}克砝码，另一边是{c}{u}这样的{things}和{d}克砝码，"
            "每{u}{things}重多少克？",
            "{c}{u}{things}加{d}克砝码，与{a}{u}{things}加{b}克砝码一样重，{things}每{u}质量相同，是几克？",
            "左盘有{a}{u}{things}和{b}克，右盘有{c}{u}{things}和{d}克，{name}的天平不偏不倚。"
            "求一{u}{things}的质量（克）。",
        ),
        plans=("逐步加大质量，直到两边平衡。", "一克一克地试。"),
        cot="两边同时去掉{c}{u}{things}和{b}克，剩下 {a} - {c} = {more} {u}对 {d} - {b} = {grams} 克，"
        "每{u} {grams} ÷ {more} = {answer} 克。",
        scenes=scenes("things/u", "玻璃球/颗", "桃子/个", "螺栓/个", "泥人/个"),
    ),
)


def _pattern(rng: Random) -> Numbers:
    d = rng.randint(2, 12)
    a = d + rng.randint(1, 12)
    return {"a": a, "d": d, "s": a + d * rng.randint(11, 90)}


PATTERN = Template(
    "primary-growing-pattern",
    "primary/simple-equations",
    draw=_pattern,
    work=lambda v: {
        "added": v["s"] - v["a"],
        "steps": (v["s"] - v["a"]) // v["d"],
        "answer": (v["s"] - v["a"]) // v["d"] + 1,
    },
    code="figure, used = 1, {a}\nwhile used < {s}:\n    figure += 1\n    used += {d}\nprint(figure)",
    en=Telling(
        questions=(
            "The first figure of a pattern needs {a} {things}, and every further one {d} more than the one before. "
            "Which number has the figure with {s} {things}?",
            "{name} lays a row of figures with {a} {things} in the first, and each next figure takes {d} "
            "{things} more. "
            "In which figure are there exactly {s}?",
            "Figure number n of a pattern has {a} + {d} × (n - 1) {things}. For which n are these {s}?",
        ),
        plans=("I go from figure to figure.", "I let the pattern grow until it fits."),
        cot="From the first figure on, {s} - {a} = {added} {things} were added. That took {added} ÷ {d} = "
        "{steps} steps, "
        "so it is figure number {steps} + 1 = {answer}.",
        scenes=scenes("things", "matches", "pebbles", "toothpicks", "counters"),
    ),
    zh=Telling(
        questions=(
            "一组图案，第1个用{a}{u}{things}，以后每个都比前一个多用{d}{u}，用{s}{u}的是第几个图案？",
            "{name}摆图形，第1个要{a}{u}{things}，往后每个再添{d}{u}，恰好用{s}{u}的图形排在第几？",
            "第n个图形有 {a} + {d} × (n - 1) {u}{things}，n是多少时正好有{s}{u}？",
        ),
        plans=("一个图形一个图形地推。", "让图案逐步变大，直到符合。"),
        cot="比第1个多用 {s} - {a} = {added} {u}，即增加了 {added} ÷ {d} = {steps} 次，"
        "所以是第 {steps} + 1 = {answer} 个。",
        scenes=scenes("things/u", "火柴/根", "鹅卵石/块", "牙签/根", "圆片/枚"),
    ),
)

TEMPLATES = (BRACKET, THOUGHT, BALANCE, PATTERN)
