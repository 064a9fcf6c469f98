"""Templates of geometry and algebra: fences, areas, volumes, equations, tickets, ages.

from raymath.data.sample.shapes_and_equations import TEMPLATES
"""

from __future__ import annotations

from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _fence(rng: Random) -> Numbers:
    b, a = sorted(rng.sample(range(18, 98), 2))
    return {"a": a, "b": b, "p": rng.randint(12, 48)}


FENCE = Template(
    "fence-cost",
    "primary/perimeter",
    draw=_fence,
    work=lambda v: {
        "long": 2 * v["a"],
        "short": 2 * v["b"],
        "around": 2 * v["a"] + 2 * v["b"],
        "answer": (2 * v["a"] + 2 * v["b"]) * v["p"],
    },
    code="perimeter = 2 * ({a} + {b})\ncost = perimeter * {p}\nprint(cost)",
    en=Telling(
        questions=(
            "A rectangular {place} is {a} m long and {b} m wide. A fence costs {p} dollars a metre. "
            "How many dollars does a fence around it cost?",
            "{name} fences a {place} of {a} m by {b} m. Each metre of fence costs {p} dollars. "
            "What is the cost in dollars?",
        ),
        plans=("I multiply the perimeter by the price.", "First the perimeter, then the cost."),
        cot="Around it: 2 * {a} + 2 * {b} = {long} + {short} = {around}. The cost is {around} * {p} = {answer}.",
        scenes=scenes("place", "garden", "field", "playground", "yard"),
    ),
    zh=Telling(
        questions=(
            "长方形{place}长{a}米、宽{b}米，四周围栏每米{p}元，共要多少元？",
            "给长{a}米、宽{b}米的长方形{place}围一圈栏杆，每米{p}元，要多少元？",
        ),
        plans=("周长乘单价。", "先求周长，再求费用。"),
        cot="周长 2 * {a} + 2 * {b} = {long} + {short} = {around}，费用 {around} * {p} = {answer} 元。",
        scenes=scenes("place", "菜地", "花园", "操场"),
    ),
)


def _trapezoid(rng: Random) -> Numbers:
    a = rng.randint(17, 78)
    return {"a": a, "b": a + 2 * rng.randint(3, 19), "h": rng.randint(13, 59)}


TRAPEZOID = Template(
    "trapezoid-area",
    "primary/area",
    draw=_trapezoid,
    work=lambda v: {
        "sum": v["a"] + v["b"],
        "half": (v["a"] + v["b"]) // 2,
        "answer": (v["a"] + v["b"]) // 2 * v["h"],
    },
    code="parallel_sides = {a} + {b}\narea = parallel_sides * {h} // 2\nprint(area)",
    en=Telling(
        questions=(
            "A {thing} is a trapezoid with parallel sides of {a} m and {b} m and a height of {h} m. "
            "What is its area in square metres?",
            "Find the area of a trapezoid whose parallel sides are {a} and {b} and whose height is {h}.",
        ),
        plans=("The area is half the sum of the parallel sides times the height.", "I use the trapezoid's formula."),
        cot="The mean of the sides is ({a} + {b}) / 2 = {sum} / 2 = {half}. The area is {half} * {h} = {answer}.",
        scenes=scenes("thing", "field", "roof", "park", "pool"),
    ),
    zh=Telling(
        questions=(
            "梯形上底{a}厘米，下底{b}厘米，高{h}厘米，面积是多少平方厘米？",
            "一块梯形{thing}，上底{a}米，下底{b}米，高{h}米，求面积（平方米）。",
        ),
        plans=("上下底之和乘高除以2。", "用梯形面积公式。"),
        cot="({a} + {b}) / 2 = {sum} / 2 = {half}，面积 {half} * {h} = {answer}。",
        scenes=scenes("thing", "菜地", "田", "空地"),
    ),
)
VOLUME = Template(
    "box-volume",
    "primary/volume",
    draw=lambda rng: {"a": rng.randint(23, 68), "b": rng.randint(14, 42), "h": rng.randint(11, 37)},
    work=lambda v: {"base": v["a"] * v["b"], "answer": v["a"] * v["b"] * v["h"]},
    code="base_area = {a} * {b}\nvolume = base_area * {h}\nprint(volume)",
    en=Telling(
        questions=(
            "A {thing} is {a} cm long, {b} cm wide and {h} cm high. What is its volume in cubic centimetres?",
            "How many cubic centimetres fit in a {thing} of {a} cm by {b} cm by {h} cm?",
        ),
        plans=("The volume is the base area times the height.", "I multiply length, width and height."),
        cot="The base is {a} * {b} = {base}. The volume is {base} * {h} = {answer}.",
        scenes=scenes("thing", "box", "tank", "drawer", "crate"),
    ),
    zh=Telling(
        questions=(
            "{thing}长{a}厘米、宽{b}厘米、高{h}厘米，体积是多少立方厘米？",
            "长方体{thing}的长、宽、高是{a}、{b}、{h}厘米，求体积。",
        ),
        plans=("底面积乘高。", "体积等于长乘宽乘高。"),
        cot="底面积 {a} * {b} = {base}，体积 {base} * {h} = {answer}。",
        scenes=scenes("thing", "纸箱", "水箱", "木盒"),
    ),
)


def _linear(rng: Random) -> Numbers:
    a, b, x = rng.randint(12, 39), rng.randint(13, 97), rng.randint(14, 96)
    return {"a": a, "b": b, "c": a * x + b}


EQUATION = Template(
    "linear-equation",
    "junior/linear-equations",
    draw=_linear,
    work=lambda v: {"right": v["c"] - v["b"], "answer": (v["c"] - v["b"]) // v["a"]},
    code='from sympy import solve, symbols\nx = symbols("x")\nroots = solve({a} * x + {b} - {c}, x)\nprint(roots[0])',
    sympy=True,
    en=Telling(
        questions=(
            "Solve {a}x + {b} = {c} for x.",
            "{name} thinks of a number, multiplies it by {a} and adds {b}. The result is {c}. What is the number?",
            "A {thing} costs {b} dollars at once and {a} dollars a month. After how many months were {c} dollars paid?",
        ),
        plans=("I solve the equation for x.", "Let x be the unknown number."),
        cot="{a}x = {c} - {b} = {right}, so x = {right} / {a} = {answer}.",
        scenes=scenes("thing", "phone", "piano", "club"),
    ),
    zh=Telling(
        questions=(
            "解方程{a}x + {b} = {c}。",
            "一个数乘{a}再加{b}得{c}，这个数是多少？",
            "{name}先付{b}元，以后每月付{a}元，共付{c}元，付了几个月？",
        ),
        plans=("设未知数为x，解方程。", "列方程求x。"),
        cot="{a}x = {c} - {b} = {right}，x = {right} / {a} = {answer}。",
    ),
)


def _tickets(rng: Random) -> Numbers:
    x, y, q = rng.randint(23, 88), rng.randint(21, 79), rng.randint(4, 12)
    p = q + rng.randint(3, 15)
    return {"n": x + y, "p": p, "q": q, "t": p * x + q * y}


TICKETS = Template(
    "two-kinds-of-ticket",
    "junior/linear-systems",
    draw=_tickets,
    work=lambda v: {
        "low": v["q"] * v["n"],
        "extra": v["t"] - v["q"] * v["n"],
        "gap": v["p"] - v["q"],
        "answer": (v["t"] - v["q"] * v["n"]) // (v["p"] - v["q"]),
    },
    code='from sympy import solve, symbols\nx, y = symbols("x y")\n'
    "counts = solve([x + y - {n}, {p} * x + {q} * y - {t}], [x, y])\nprint(counts[x])",
    sympy=True,
    en=Telling(
        questions=(
            "A {place} sells {n} tickets for {t} dollars in all. An adult ticket costs {p} dollars, "
            "a child ticket {q} dollars. How many adult tickets are sold?",
            "{n} people visit a {place}. Adults pay {p} dollars and children {q} dollars, together {t} dollars. "
            "How many adults are there?",
        ),
        plans=("I solve for x adults and y children.", "Let x and y count adults and children."),
        cot="If all were children: {n} * {q} = {low}. {t} - {low} = {extra} is more. "
        "An adult adds {p} - {q} = {gap}, so {extra} / {gap} = {answer}.",
        scenes=scenes("place", "zoo", "museum", "cinema", "fair"),
    ),
    zh=Telling(
        questions=(
            "{place}卖出{n}张票，共{t}元。成人票{p}元，儿童票{q}元，成人票有几张？",
            "{n}人去{place}，大人票{p}元，小孩票{q}元，共{t}元，大人有几人？",
        ),
        plans=("设大人x，小孩y，列方程组。", "列方程组求x。"),
        cot="全是儿童票 {n} * {q} = {low}，差 {t} - {low} = {extra}，"
        "每张差 {p} - {q} = {gap}，{extra} / {gap} = {answer}。",
        scenes=scenes("place", "公园", "影院", "展馆"),
    ),
)


def _ages(rng: Random) -> Numbers:
    young, gap = rng.randint(11, 47), rng.randint(17, 39)
    return {"s": 2 * young + gap, "d": gap}


AGES = Template(
    "ages-sum-difference",
    "primary/ages",
    draw=_ages,
    work=lambda v: {
        "twice": v["s"] + v["d"],
        "old": (v["s"] + v["d"]) // 2,
        "answer": (v["s"] + v["d"]) // 2 - v["d"],
    },
    code="twice_the_age = {s} - {d}\nage = twice_the_age // 2\nprint(age)",
    en=Telling(
        questions=(
            "{name} and an {elder} are {s} years old together. The {elder} is {d} years older. How old is {name}?",
            "{name} is {d} years younger than an {elder}. Their ages add up to {s}. What is {name}'s age?",
        ),
        plans=("Without the difference, the sum is twice the age.", "I take the difference off and halve the rest."),
        cot="The {elder} is ({s} + {d}) / 2 = {twice} / 2 = {old}. {name} is {old} - {d} = {answer}.",
        scenes=scenes("elder", "aunt", "uncle", "older friend"),
    ),
    zh=Telling(
        questions=(
            "{name}和{elder}共{s}岁，{elder}大{d}岁，{name}几岁？",
            "{elder}比{name}大{d}岁，两人年龄和是{s}岁，{name}多大？",
        ),
        plans=("和减去差，再除以2。", "去掉相差的，再平分。"),
        cot="{elder} ({s} + {d}) / 2 = {twice} / 2 = {old} 岁，{name} {old} - {d} = {answer} 岁。",
        scenes=scenes("elder", "叔叔", "阿姨", "老师"),
    ),
)

TEMPLATES = (FENCE, TRAPEZOID, VOLUME, EQUATION, TICKETS, AGES)
