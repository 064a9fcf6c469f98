"""Templates of functions: inner substitution, odd and periodic functions, extremes on an interval, equations for f.

from raymath.data.synthesis.senior.functions import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import expression, factor, polynomial, signed, substituted
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _inner(rng: Random) -> Numbers:
    p, q, t = rng.randint(2, 6), nonzero(rng, 9), nonzero(rng, 7)
    return {"p": p, "q": q, "a": nonzero(rng, 5), "b": nonzero(rng, 9), "c": nonzero(rng, 20), "k": p * t + q}


def _inner_work(v: Numbers) -> Mapping[str, Value]:
    t = (v["k"] - v["q"]) // v["p"]
    square, linear = v["a"] * t * t, v["b"] * t
    return {
        "t": t,
        "terms": substituted((v["a"], v["b"], v["c"]), t),
        "values": f"{square} {signed(linear)} {signed(v['c'])}",
        "answer": square + linear + v["c"],
    }


INNER = Template(
    "senior-function-substitution",
    "senior/functions",
    draw=_inner,
    work=_inner_work,
    forms=lambda v: {
        "inner": polynomial((v["p"], v["q"])),
        "outer": polynomial((v["a"], v["b"], v["c"])),
        "inner_code": expression((v["p"], v["q"])),
        "outer_code": expression((v["a"], v["b"], v["c"])),
    },
    code="for x in range(-50, 51):\n    if {inner_code} == {k}:\n        print({outer_code})",
    en=Telling(
        questions=(
            "A function satisfies $f({inner}) = {outer}$ for every real $x$. Find $f({k})$.",
            "If $f({inner}) = {outer}$, what is the value of $f({k})$?",
            "Let $f$ be the function with $f({inner}) = {outer}$ for all $x$. Evaluate $f$ at ${k}$.",
        ),
        plans=(
            "I look for the $x$ that makes the argument ${k}$ and evaluate the right side there.",
            "The argument ${inner}$ has to equal ${k}$; a search over whole $x$ finds where.",
        ),
        cot="The argument has to be ${k}$: ${inner} = {k}$, so $x = {t}$. "
        "At this $x$ the right side is ${terms} = {values} = {answer}$. Hence $f({k}) = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "已知$f({inner}) = {outer}$，求$f({k})$的值。",
            "若函数$f(x)$满足$f({inner}) = {outer}$，则$f({k})$等于多少？",
            "设对任意实数$x$都有$f({inner}) = {outer}$，试计算$f({k})$。",
        ),
        plans=("找出使括号内等于${k}$的$x$，再代入右边。", "令${inner} = {k}$，用程序找到$x$并代入求值。"),
        cot="令${inner} = {k}$，解得$x = {t}$。把$x = {t}$代入右边，得${terms} = {values} = {answer}$。"
        "所以$f({k}) = {answer}$。",
    ),
)


def _periodic(rng: Random) -> Numbers:
    period = rng.choice(range(5, 24, 2))
    n = rng.randint(3 * period, 40 * period)
    while n % period == 0:
        n += 1
    return {"period": period, "half": period // 2, "a": nonzero(rng, 6), "b": nonzero(rng, 9), "n": n}


def _periodic_work(v: Numbers) -> Mapping[str, Value]:
    whole, rest = divmod(v["n"], v["period"])
    near = rest if rest <= v["half"] else rest - v["period"]
    size = abs(near)
    value = v["a"] * size**2 + v["b"] * size
    answer = value if near > 0 else -value
    turns = whole if near > 0 else whole + 1
    return {
        "split": f"{v['period']} \\cdot {turns} {'+' if near > 0 else '-'} {size}",
        "near": near,
        "size": size,
        "odd": "" if near > 0 else f" = -f({size})",
        "value": value,
        "answer": answer,
    }


PERIODIC = Template(
    "senior-odd-periodic-function",
    "senior/functions",
    draw=_periodic,
    work=_periodic_work,
    forms=lambda v: {
        "rule": polynomial((v["a"], v["b"], 0)),
        "rule_code": expression((v["a"], v["b"], 0)),
    },
    code="def f(x):\n    if x < 0:\n        return -f(-x)\n    if x > {half}:\n        return f(x - {period})\n"
    "    return {rule_code}\n\nprint(f({n}))",
    en=Telling(
        questions=(
            "An odd function $f$ on the reals has period ${period}$, and $f(x) = {rule}$ for $0 \\le x \\le {half}$. "
            "Find $f({n})$.",
            "$f$ is odd, $f(x + {period}) = f(x)$ for all real $x$, and on $[0, {half}]$ it equals ${rule}$. "
            "What is $f({n})$?",
            "Suppose that $f(-x) = -f(x)$ and $f(x) = f(x + {period})$ for every $x$, while $f(x) = {rule}$ whenever "
            "$x \\in [0, {half}]$. Compute $f({n})$.",
        ),
        plans=(
            "I define the function by its symmetry and its period and evaluate it.",
            "The program steps back by the period until it reaches the interval where $f$ is known.",
        ),
        cot="Write ${n} = {split}$. As ${period}$ is a period, $f({n}) = f({near}){odd}$. "
        "On the given interval $f({size}) = {value}$. Hence $f({n}) = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "定义在实数集上的奇函数$f(x)$以${period}$为周期，当$0 \\le x \\le {half}$时，$f(x) = {rule}$，求$f({n})$。",
            "已知$f(x)$是奇函数，且$f(x + {period}) = f(x)$恒成立。若$x \\in [0, {half}]$时$f(x) = {rule}$，"
            "则$f({n})$的值是多少？",
            "函数$f(x)$满足$f(-x) = -f(x)$与$f(x) = f(x + {period})$，它在区间$[0, {half}]$上的解析式为"
            "$f(x) = {rule}$，计算$f({n})$。",
        ),
        plans=("按奇偶性和周期写出函数，直接求值。", "每次减去一个周期，直到落入已知的区间。"),
        cot="由${n} = {split}$和周期${period}$，得$f({n}) = f({near}){odd}$。"
        "又$f({size}) = {value}$，因此$f({n}) = {answer}$。",
    ),
)


def _interval(rng: Random) -> Numbers:
    low = rng.randint(-9, 4)
    high = low + rng.randint(4, 12)
    a, h = nonzero(rng, 5), rng.randint(low - 3, high + 3)
    c = rng.randint(-20, 20)
    return {"a": a, "b": -2 * a * h, "c": c, "low": low, "high": high}


def _interval_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    axis = -b // (2 * a)

    def f(x: int) -> int:
        return a * x * x + b * x + c

    inside = v["low"] <= axis <= v["high"]
    points = [v["low"], v["high"]] + ([axis] if inside and axis not in (v["low"], v["high"]) else [])
    values = [f(x) for x in points]
    return {
        "axis": axis,
        "belongs": "\\in" if inside else "\\notin",
        "listed": ", ".join(f"f({x}) = {y}" for x, y in zip(points, values, strict=True)),
        "most": max(values),
        "least": min(values),
        "low_term": factor(min(values)),
        "answer": max(values) - min(values),
    }


EXTREMES = Template(
    "senior-quadratic-range",
    "senior/functions",
    draw=_interval,
    work=_interval_work,
    forms=lambda v: {
        "f": polynomial((v["a"], v["b"], v["c"])),
        "f_code": expression((v["a"], v["b"], v["c"])),
    },
    code="# the axis is a whole number, so whole x are enough\n"
    "values = [{f_code} for x in range({low}, {high} + 1)]\nprint(max(values) - min(values))",
    en=Telling(
        questions=(
            "On the interval $[{low}, {high}]$ the function $f(x) = {f}$ has greatest value $M$ and least value $m$. "
            "Find $M - m$.",
            "By how much does the maximum of $f(x) = {f}$ on $[{low}, {high}]$ exceed its minimum there?",
            "Let $f(x) = {f}$ with ${low} \\le x \\le {high}$. What is the difference between the largest and the "
            "smallest value of $f$?",
        ),
        plans=(
            "I evaluate the function over the interval and compare.",
            "The extremes lie at the ends or on the axis; I list the values.",
        ),
        cot="The axis of the parabola is $x = {axis}$, and ${axis} {belongs} [{low}, {high}]$. "
        "So it is enough to compare ${listed}$. The greatest value is ${most}$, the least ${least}$. "
        "They differ by ${most} - {low_term} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "设$M$、$m$是$f(x) = {f}$在区间$[{low}, {high}]$上的最大值和最小值，求$M - m$。",
            "当${low} \\le x \\le {high}$时，二次函数$y = {f}$的函数值最大与最小相差多少？",
            "已知$f(x) = {f}$，$x \\in [{low}, {high}]$，它的最大值比最小值大多少？",
        ),
        plans=("列出区间上的函数值，比较最大与最小。", "最值在端点或对称轴处取得，逐个计算。"),
        cot="抛物线的对称轴为$x = {axis}$，且${axis} {belongs} [{low}, {high}]$。"
        "只需比较：${listed}$。最大值是${most}$，最小值是${least}$，两者之差为${most} - {low_term} = {answer}$。",
    ),
)


def _mirror(rng: Random) -> Numbers:
    b = rng.randint(1, 6)
    a = b + rng.randint(1, 5)
    return {"a": a, "b": b, "p": nonzero(rng, 6) * (a - b), "q": nonzero(rng, 6) * (a + b), "n": nonzero(rng, 20)}


def _times(value: int) -> str:
    return "" if value == 1 else str(value)


MIRROR = Template(
    "senior-function-equation",
    "senior/functions",
    draw=_mirror,
    work=lambda v: {
        "slope": v["p"] // (v["a"] - v["b"]),
        "constant": v["q"] // (v["a"] + v["b"]),
        "less": _times(v["a"] - v["b"]),
        "more": v["a"] + v["b"],
        "twice": 2 * v["q"],
        "double": 2 * v["p"],
        "found": polynomial((v["p"] // (v["a"] - v["b"]), v["q"] // (v["a"] + v["b"]))),
        "answer": v["p"] // (v["a"] - v["b"]) * v["n"] + v["q"] // (v["a"] + v["b"]),
    },
    forms=lambda v: {
        "left": f"{_times(v['a'])}f(x) + {_times(v['b'])}f(-x)",
        "right": polynomial((v["p"], v["q"])),
        "mirrored": polynomial((-v["p"], v["q"])),
        "left_mirrored": f"{_times(v['a'])}f(-x) + {_times(v['b'])}f(x)",
    },
    code="from fractions import Fraction\n\n# at x = n and at x = -n: two equations for f(n) and f(-n)\n"
    "there = {p} * {n} + {q}\nback = {p} * -({n}) + {q}\n"
    "print(Fraction({a} * there - {b} * back, {a} ** 2 - {b} ** 2))",
    en=Telling(
        questions=(
            "For every real $x$ the function $f$ satisfies ${left} = {right}$. Find $f({n})$.",
            "Given that ${left} = {right}$ holds for all real numbers $x$, determine $f({n})$.",
            "What is $f({n})$ if ${left} = {right}$ for any real $x$?",
        ),
        plans=(
            "The equation at $x = {n}$ and at its opposite gives two linear equations; I eliminate the other value.",
            "I write the equation for both signs of $x$ and solve the pair for $f({n})$.",
        ),
        cot="Replacing $x$ by $-x$ gives ${left_mirrored} = {mirrored}$. "
        "Adding both equations: ${more}[f(x) + f(-x)] = {twice}$. Subtracting them: ${less}[f(x) - f(-x)] = "
        "{double}x$. "
        "So $f(x) = {found}$, and $f({n}) = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "已知函数$f(x)$对任意实数$x$满足${left} = {right}$，求$f({n})$。",
            "若${left} = {right}$对一切实数$x$成立，则$f({n})$的值为多少？",
            "函数$f(x)$的定义域为实数集，且恒有${left} = {right}$，试求$f({n})$。",
        ),
        plans=("分别取$x$与$-x$，得到两个方程，消去另一个函数值。", "把$x$换成它的相反数，联立两式求解。"),
        cot="用$-x$代替$x$，得${left_mirrored} = {mirrored}$。两式相加，得${more}[f(x) + f(-x)] = {twice}$；"
        "两式相减，得${less}[f(x) - f(-x)] = {double}x$。所以$f(x) = {found}$，$f({n}) = {answer}$。",
    ),
)

TEMPLATES = (INNER, PERIODIC, EXTREMES, MIRROR)
