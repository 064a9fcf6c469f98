"""Templates of inequalities: means, quadratics that stay positive, best plans.

from raymath.data.synthesis.senior.inequalities import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import fraction, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _mean(rng: Random) -> Numbers:
    u, w, g = rng.randint(1, 9), rng.randint(2, 12), rng.choice((1, 1, 2, 3, 5))
    return {"a": g * u * u, "b": g * w * w, "m": nonzero(rng, 9), "c": rng.randint(1, 30)}


def _mean_work(v: Numbers) -> Mapping[str, Value]:
    root = isqrt(v["a"] * v["b"])
    return {
        "product": v["a"] * v["b"],
        "constant": v["a"] * v["m"] + v["c"],
        "constant_term": signed(v["a"] * v["m"] + v["c"]),
        "double": 2 * root,
        "at": fraction(v["m"] + Fraction(root, v["a"])),
        "answer": 2 * root + v["a"] * v["m"] + v["c"],
    }


MEAN = Template(
    "senior-mean-inequality",
    "senior/inequalities",
    draw=_mean,
    work=_mean_work,
    forms=lambda v: {
        "shift": f"x {signed(-v['m'])}",
        "lead": v["a"] if v["a"] > 1 else "",
    },
    code="def f(x):\n    return {a} * x + {b} / (x - ({m})) + {c}\n\n\n# convex to the right of {m}: ternary search\n"
    "low, high = {m} + 1e-6, {m} + 1000\nfor _ in range(200):\n    left, right = low + (high - low) / 3, high - "
    "(high - low) / 3\n"
    "    if f(left) < f(right):\n        high = right\n    else:\n        low = left\nprint(round(f(low)))",
    en=Telling(
        questions=(
            "Find the least value of ${lead}x + \\frac{{{b}}}{{{shift}}} + {c}$ for $x > {m}$.",
            "For real $x > {m}$, what is the minimum of $f(x) = {lead}x + \\frac{{{b}}}{{{shift}}} + {c}$?",
            "How small can $y = {lead}x + {c} + \\frac{{{b}}}{{{shift}}}$ become when $x$ is greater than ${m}$?",
        ),
        plans=(
            "The function is convex there, so a ternary search finds its minimum, which is whole.",
            "I narrow down the lowest point by comparing two inner points again and again.",
        ),
        cot="Put $t = {shift} > 0$. Then the expression is ${lead}t + \\frac{{{b}}}{{t}} {constant_term}$. "
        "By the inequality of the means, ${lead}t + \\frac{{{b}}}{{t}} \\ge 2\\sqrt{{{product}}} = {double}$, with "
        "equality for $x = {at}$. The least value is ${double} {constant_term} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "若$x > {m}$，求${lead}x + \\frac{{{b}}}{{{shift}}} + {c}$的最小值。",
            "函数$f(x) = {lead}x + \\frac{{{b}}}{{{shift}}} + {c}$（$x > {m}$）的最小值是多少？",
            "当$x$大于${m}$时，$y = {lead}x + {c} + \\frac{{{b}}}{{{shift}}}$最小能取到几？",
        ),
        plans=("函数在该区间上是凸的，用三分法求最小值。", "不断比较两个内点，逼近最低点。"),
        cot="令$t = {shift} > 0$，原式化为${lead}t + \\frac{{{b}}}{{t}} {constant_term}$。由基本不等式，"
        "${lead}t + \\frac{{{b}}}{{t}} \\ge 2\\sqrt{{{product}}} = {double}$，当$x = {at}$时取等号。"
        "所以最小值为${double} {constant_term} = {answer}$。",
    ),
)


def _definite(rng: Random) -> Numbers:
    return {"a": rng.randint(1, 20), "c": rng.randint(3, 90), "m": nonzero(rng, 15)}


def _definite_work(v: Numbers) -> Mapping[str, Value]:
    bound = 4 * v["a"] * v["c"]
    most = isqrt(bound - 1)
    return {
        "bound": bound,
        "most": most,
        "inside": most * most,
        "outside": (most + 1) ** 2,
        "answer": 2 * most + 1,
    }


DEFINITE = Template(
    "senior-always-positive",
    "senior/inequalities",
    draw=_definite,
    work=_definite_work,
    forms=lambda v: {"lead": v["a"] if v["a"] > 1 else "", "middle": f"k {signed(v['m'])}"},
    code="from fractions import Fraction\n\n\ndef least(k):\n    b = k + ({m})\n    x = Fraction(-b, 2 * {a})\n"
    "    return {a} * x * x + b * x + {c}\n\n\nprint(sum(least(k) > 0 for k in range(-300, 301)))",
    en=Telling(
        questions=(
            "For how many integers $k$ is ${lead}x^2 + ({middle})x + {c} > 0$ true for all real $x$?",
            "The quadratic ${lead}x^2 + ({middle})x + {c}$ is positive for every real $x$. How many integer values "
            "can $k$ have?",
            "Count the integers $k$ for which the graph of $y = {lead}x^2 + ({middle})x + {c}$ lies entirely above the "
            "$x$-axis.",
        ),
        plans=(
            "For each $k$ I compute the least value of the quadratic exactly and check its sign.",
            "I test a wide range of $k$ by the value at the vertex.",
        ),
        cot="The parabola opens upwards, so the discriminant must be negative: "
        "$({middle})^2 < 4 \\cdot {a} \\cdot {c} = {bound}$. Since ${most}^2 = {inside} < {bound} \\le {outside}$, "
        "the whole number ${middle}$ runs from $-{most}$ to ${most}$. "
        "That makes $2 \\cdot {most} + 1 = {answer}$ values.",
    ),
    zh=Telling(
        questions=(
            "若不等式${lead}x^2 + ({middle})x + {c} > 0$对一切实数$x$成立，整数$k$有多少个？",
            "二次函数$y = {lead}x^2 + ({middle})x + {c}$的图象全部在$x$轴上方，满足条件的整数$k$共有几个？",
            "要使${lead}x^2 + ({middle})x + {c}$恒为正数，求整数$k$的可取值的个数。",
        ),
        plans=("对每个$k$求出二次函数的最小值，判断正负。", "在较大范围内逐个检验$k$。"),
        cot="开口向上，只需判别式小于零：$({middle})^2 < 4 \\cdot {a} \\cdot {c} = {bound}$。"
        "因为${most}^2 = {inside} < {bound} \\le {outside}$，整数${middle}$从$-{most}$取到${most}$，"
        "共$2 \\cdot {most} + 1 = {answer}$个。",
    ),
)


def _plan(rng: Random) -> Numbers:
    a, b, d, e = (rng.randint(1, 6) for _ in range(4))
    x, y = rng.randint(4, 30), rng.randint(4, 30)
    p, q = rng.randint(2, 30), rng.randint(2, 30)
    # the profit line lies between the two borders, so that their crossing is the best plan
    if not a * q > b * p or not p * e > q * d:
        return _plan(rng)
    return {"a": a, "b": b, "s": a * x + b * y, "d": d, "e": e, "t": d * x + e * y, "p": 10 * p, "q": 10 * q}


def _both(first: int, second: int) -> str:
    return f"{first if first > 1 else ''}x + {second if second > 1 else ''}y"


def _plan_work(v: Numbers) -> Mapping[str, Value]:
    determinant = v["a"] * v["e"] - v["b"] * v["d"]
    x = (v["s"] * v["e"] - v["b"] * v["t"]) // determinant
    y = (v["a"] * v["t"] - v["d"] * v["s"]) // determinant
    right, top = (
        min(Fraction(v["s"], v["a"]), Fraction(v["t"], v["d"])),
        min(Fraction(v["s"], v["b"]), Fraction(v["t"], v["e"])),
    )
    return {
        "x": x,
        "y": y,
        "right": fraction(right),
        "top": fraction(top),
        "at_right": fraction(right * v["p"]),
        "at_top": fraction(top * v["q"]),
        "answer": v["p"] * x + v["q"] * y,
    }


PLAN = Template(
    "senior-linear-programme",
    "senior/inequalities",
    draw=_plan,
    work=_plan_work,
    forms=lambda v: {"one": _both(v["a"], v["b"]), "two": _both(v["d"], v["e"]), "goal": _both(v["p"], v["q"])},
    code="best = 0\nfor x in range({s} // {a} + 1):\n    for y in range(({s} - {a} * x) // {b} + 1):\n"
    "        if {d} * x + {e} * y <= {t}:\n            best = max(best, {p} * x + {q} * y)\nprint(best)",
    en=Telling(
        questions=(
            "A {maker} makes two kinds of {thing}. One of the first kind needs {a} h on machine A and {d} h on "
            "machine B, one of the second kind {b} h and {e} h. A runs at most {s} h, B at most {t} h. The profits "
            "are {p} and "
            "{q} dollars apiece. What is the greatest total profit in dollars?",
            "Each {thing} of type I takes {a} kg of one material and {d} kg of another and earns {p} dollars; type "
            "II takes {b} kg and {e} kg and earns {q} dollars. There are {s} kg and {t} kg in stock. Find the "
            "largest profit "
            "that the {maker} can make.",
            "Maximise ${goal}$ over whole numbers $x, y \\ge 0$ with ${one} \\le {s}$ and ${two} \\le {t}$. "
            "What is the maximum?",
        ),
        plans=(
            "The plans are finitely many: I try all of them and keep the best profit.",
            "I go through all pairs of whole numbers that respect both limits.",
        ),
        cot="Let $x$ and $y$ be the two amounts: ${one} \\le {s}$ and ${two} \\le {t}$. "
        "The borders cross at $({x}, {y})$, where the profit is ${p} \\cdot {x} + {q} \\cdot {y} = {answer}$. "
        "The other corners are $({right}, 0)$ with ${at_right}$ and $(0, {top})$ with ${at_top}$. "
        "So the crossing is best, and it is a whole plan.",
        scenes=scenes("maker/thing", "workshop/lamp", "joinery/chair", "factory/toy", "bakery/cake box"),
    ),
    zh=Telling(
        questions=(
            "某{maker}生产甲、乙两种{thing}。每件甲需用A机器{a}小时、B机器{d}小时，每件乙需用A机器{b}小时、"
            "B机器{e}小时，A机器最多用{s}小时，B机器最多用{t}小时。每件甲获利{p}元，每件乙获利{q}元，"
            "最大利润是多少元？",
            "做一件甲种{thing}要第一种原料{a}千克和第二种原料{d}千克，可赚{p}元；做一件乙种要{b}千克和{e}千克，"
            "可赚{q}元。现有两种原料{s}千克和{t}千克，{maker}最多能赚多少元？",
            "设$x$、$y$为非负整数，${one} \\le {s}$，${two} \\le {t}$，求${goal}$的最大值。",
        ),
        plans=("方案只有有限个，全部试一遍，取利润最大的。", "枚举满足两个限制的所有整数对。"),
        cot="设两种数量为$x$、$y$，则${one} \\le {s}$，${two} \\le {t}$。两条边界的交点是$({x}, {y})$，"
        "此时目标值为${p} \\cdot {x} + {q} \\cdot {y} = {answer}$。另外两个顶点$({right}, 0)$和$(0, {top})$处的值为"
        "${at_right}$和${at_top}$，都不超过它。所以最大值在交点处取得。",
        scenes=scenes("maker/thing", "车间/台灯", "工厂/玩具", "作坊/木椅", "工坊/礼盒"),
    ),
)

TEMPLATES = (MEAN, DEFINITE, PLAN)
