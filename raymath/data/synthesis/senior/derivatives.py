"""Templates of derivatives: tangents, local extremes, best output, areas between curves.

from raymath.data.synthesis.senior.derivatives import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import expression, factor, fraction, polynomial, signed, substituted
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _tangent(rng: Random) -> Numbers:
    return {
        "a": nonzero(rng, 4),
        "b": nonzero(rng, 8),
        "c": nonzero(rng, 12),
        "d": nonzero(rng, 20),
        "t": nonzero(rng, 5),
    }


def _tangent_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d, t = v["a"], v["b"], v["c"], v["d"], v["t"]
    slope = 3 * a * t * t + 2 * b * t + c
    value = a * t**3 + b * t * t + c * t + d
    return {
        "derivative": polynomial((3 * a, 2 * b, c)),
        "slope": slope,
        "value": value,
        "run": f"x {signed(-t)}",
        "height": signed(value),
        "steps": f"{value} - {factor(slope)} \\cdot {factor(t)}",
        "answer": value - slope * t,
    }


TANGENT = Template(
    "senior-tangent-intercept",
    "senior/derivatives",
    draw=_tangent,
    work=_tangent_work,
    forms=lambda v: {
        "f": polynomial((v["a"], v["b"], v["c"], v["d"])),
        "f_code": expression((v["a"], v["b"], v["c"], v["d"])),
    },
    sympy=True,
    code="from sympy import diff, symbols\n\nx = symbols('x')\nf = {f_code}\n"
    "tangent = diff(f, x).subs(x, {t}) * (x - ({t})) + f.subs(x, {t})\nprint(tangent.subs(x, 0))",
    en=Telling(
        questions=(
            "The tangent to $y = {f}$ at $x = {t}$ meets the $y$-axis at $(0, m)$. Find $m$.",
            "At which height does the tangent line of $f(x) = {f}$ at the point with $x = {t}$ cross the $y$-axis?",
            "Write the tangent of the curve $y = {f}$ at $x = {t}$ as $y = kx + m$. What is $m$?",
        ),
        plans=(
            "I let sympy differentiate, form the tangent and evaluate it at 0.",
            "The tangent follows from the value and the derivative; its value at 0 is wanted.",
        ),
        cot="The derivative is $f'(x) = {derivative}$, so the slope at $x = {t}$ is $f'({t}) = {slope}$. "
        "The point of contact has $f({t}) = {value}$. The tangent is $y = {slope}({run}) {height}$. "
        "At $x = 0$ it has the height ${steps} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "曲线$y = {f}$在$x = {t}$处的切线与$y$轴交于点$(0, m)$，求$m$。",
            "函数$f(x) = {f}$的图象在横坐标为${t}$的点处的切线，在$y$轴上的截距是多少？",
            "把曲线$y = {f}$在$x = {t}$处的切线写成$y = kx + m$，则$m$等于几？",
        ),
        plans=("用sympy求导，写出切线并求$x = 0$时的值。", "由函数值和导数得到切线，再代入$x = 0$。"),
        cot="求导得$f'(x) = {derivative}$，$x = {t}$处切线的斜率为$f'({t}) = {slope}$，切点纵坐标为$f({t}) = {value}$。"
        "切线方程为$y = {slope}({run}) {height}$，令$x = 0$，得${steps} = {answer}$。",
    ),
)


def _cubic(rng: Random) -> Numbers:
    p = rng.randint(-8, 6)
    q = p + rng.randint(2, 9)
    if (p + q) % 2 or not p * q:
        return _cubic(rng)
    k = rng.choice((1, 2, -1, -2))
    return {"a": k, "b": -3 * k * (p + q) // 2, "c": 3 * k * p * q, "d": rng.randint(-30, 30)}


def _cubic_work(v: Numbers) -> Mapping[str, Value]:
    roots = [x for x in range(-60, 61) if 3 * v["a"] * x * x + 2 * v["b"] * x + v["c"] == 0]
    p, q = roots
    top = p if v["a"] > 0 else q
    coefficients = (v["a"], v["b"], v["c"], v["d"])
    return {
        "derivative": polynomial((3 * v["a"], 2 * v["b"], v["c"])),
        "factors": f"{3 * v['a']}(x {signed(-p)})(x {signed(-q)})",
        "p": p,
        "q": q,
        "top": top,
        "filled": substituted(coefficients, top),
        "answer": sum(c * top ** (3 - i) for i, c in enumerate(coefficients)),
    }


CUBIC = Template(
    "senior-local-maximum",
    "senior/derivatives",
    draw=_cubic,
    work=_cubic_work,
    forms=lambda v: {
        "f": polynomial((v["a"], v["b"], v["c"], v["d"])),
        "f_code": expression((v["a"], v["b"], v["c"], v["d"])),
    },
    code="def f(x):\n    return {f_code}\n\n\n# the turning points are whole numbers\nfor x in range(-50, 51):\n"
    "    if f(x - 0.01) < f(x) > f(x + 0.01):\n        print(f(x))",
    en=Telling(
        questions=(
            "Find the local maximum value of $f(x) = {f}$.",
            "The function $f(x) = {f}$ has one local maximum. What is its value there?",
            "How high is the graph of $y = {f}$ at its local high point?",
        ),
        plans=(
            "The turning points are whole, so I look for the whole $x$ that is higher than both its sides.",
            "I compare $f(x)$ with values close by on either side for whole $x$.",
        ),
        cot="The derivative is $f'(x) = {derivative} = {factors}$. It vanishes at $x = {p}$ and $x = {q}$. "
        "It changes from positive to negative at $x = {top}$, so the local maximum is there. "
        "Its value is $f({top}) = {filled} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "求函数$f(x) = {f}$的极大值。",
            "已知函数$f(x) = {f}$有一个极大值，这个极大值是多少？",
            "曲线$y = {f}$在极大值点处的函数值等于几？",
        ),
        plans=("极值点是整数，查找比左右两侧都高的整数点。", "对整数$x$，把$f(x)$与两侧邻近的值比较。"),
        cot="求导得$f'(x) = {derivative} = {factors}$，令其为零，得$x = {p}$或$x = {q}$。"
        "在$x = {top}$处导数由正变负，所以$f(x)$在此取极大值$f({top}) = {filled} = {answer}$。",
    ),
)


def _profit(rng: Random) -> Numbers:
    best, other = rng.randint(3, 20), rng.randint(1, 15)
    if (best - other) % 2:
        other += 1
    return {
        "b": 3 * (best - other) // 2,
        "c": 3 * best * other,
        "d": rng.randint(5, 60),
        "limit": best + rng.randint(5, 20),
    }


def _profit_work(v: Numbers) -> Mapping[str, Value]:
    best = next(x for x in range(1, 100) if -3 * x * x + 2 * v["b"] * x + v["c"] == 0)
    other = v["c"] // (3 * best)
    coefficients = (-1, v["b"], v["c"], -v["d"])
    return {
        "derivative": polynomial((-3, 2 * v["b"], v["c"])),
        "best": best,
        "other": other,
        "filled": substituted(coefficients, best),
        "answer": sum(c * best ** (3 - i) for i, c in enumerate(coefficients)),
    }


PROFIT = Template(
    "senior-greatest-profit",
    "senior/derivatives",
    draw=_profit,
    work=_profit_work,
    forms=lambda v: {
        "f": polynomial((-1, v["b"], v["c"], -v["d"])),
        "f_code": expression((-1, v["b"], v["c"], -v["d"])),
    },
    code="def profit(x):\n    return {f_code}\n\n\nlow, high = 0.0, {limit}.0\nfor _ in range(200):\n"
    "    left, right = low + (high - low) / 3, high - (high - low) / 3\n    if profit(left) < profit(right):\n"
    "        low = left\n    else:\n        high = right\nprint(round(profit(low)))",
    en=Telling(
        questions=(
            "A firm that makes $x$ tonnes of {goods} a week ($0 \\le x \\le {limit}$) earns $P(x) = {f}$ thousand "
            "dollars. What is its greatest weekly profit in thousand dollars?",
            "The profit from $x$ tonnes of {goods} is $P(x) = {f}$ (in thousand dollars) for $x$ from 0 to {limit}. "
            "Find the maximum profit in thousand dollars.",
            "For $0 \\le x \\le {limit}$, selling $x$ tonnes of {goods} brings in $P(x) = {f}$ thousand dollars "
            "after all costs. How many thousand dollars is this at best?",
        ),
        plans=(
            "The profit rises and then falls, so a ternary search finds its peak.",
            "I close in on the peak of the profit by comparing inner points.",
        ),
        cot="The derivative is $P'(x) = {derivative} = -3(x - {best})(x + {other})$. For $x \\ge 0$ it is positive "
        "before $x = {best}$ and negative after it. So the profit is greatest at $x = {best}$, which is allowed. "
        "There it is ${filled} = {answer}$.",
        scenes=scenes("goods", "paint", "fertiliser", "coffee", "steel wire", "paper"),
    ),
    zh=Telling(
        questions=(
            "某厂每周生产{goods}$x$吨（$0 \\le x \\le {limit}$），利润为$P(x) = {f}$千元，每周的最大利润是多少千元？",
            "销售$x$吨{goods}所得利润（千元）满足$P(x) = {f}$，其中$x$不超过{limit}且不为负，求利润的最大值（千元）。",
            "{goods}的产量为$x$吨时，扣除成本后的收益是$P(x) = {f}$千元，$x \\in [0, {limit}]$，收益最多可达几千元？",
        ),
        plans=("利润先增后减，用三分法找到最高点。", "不断比较两个内点，逼近利润的最大值。"),
        cot="求导得$P'(x) = {derivative} = -3(x - {best})(x + {other})$。当$x \\ge 0$时，在$x = {best}$之前导数为正，"
        "之后为负，所以$x = {best}$时利润最大，为${filled} = {answer}$（千元）。",
        scenes=scenes("goods", "涂料", "化肥", "咖啡豆", "钢丝", "纸张"),
    ),
)


def _area(rng: Random) -> Numbers:
    p = rng.randint(-9, 6)
    q, k, m = p + rng.randint(2, 9), nonzero(rng, 6), nonzero(rng, 9)
    # k (x - p)(x - q) is the parabola less the line
    return {"k": k, "b": m - k * (p + q), "c": rng.randint(-20, 20), "m": m, "pq": k * p * q}


def _area_numbers(rng: Random) -> Numbers:
    v = _area(rng)
    return {"k": v["k"], "b": v["b"], "c": v["c"], "m": v["m"], "n": v["c"] - v["pq"]}


def _area_work(v: Numbers) -> Mapping[str, Value]:
    k, b, c = v["k"], v["b"] - v["m"], v["c"] - v["n"]
    p, q = [x for x in range(-60, 61) if k * x * x + b * x + c == 0]
    answer = Fraction(abs(k) * (q - p) ** 3, 6)
    return {
        "difference": polynomial((k, b, c)),
        "p": p,
        "q": q,
        "width": q - p,
        "integrand": polynomial((-k, -b, -c) if k > 0 else (k, b, c)),
        "size": abs(k),
        "value": fraction(answer),
        "answer": answer,
    }


AREA = Template(
    "senior-area-parabola-line",
    "senior/derivatives",
    draw=_area_numbers,
    work=_area_work,
    forms=lambda v: {
        "curve": polynomial((v["k"], v["b"], v["c"])),
        "line": polynomial((v["m"], v["n"])),
        "curve_code": expression((v["k"], v["b"], v["c"])),
        "line_code": expression((v["m"], v["n"])),
    },
    code="from fractions import Fraction\n\n\ndef gap(x):\n    return {curve_code} - ({line_code})\n\n\n"
    "p, q = [x for x in range(-60, 61) if gap(x) == 0]\n# Simpson's rule is exact for quadratics\n"
    "area = Fraction(q - p, 6) * (gap(p) + 4 * gap(Fraction(p + q, 2)) + gap(q))\nprint(abs(area))",
    en=Telling(
        questions=(
            "Find the area enclosed by the parabola $y = {curve}$ and the line $y = {line}$.",
            "The graphs of $y = {curve}$ and $y = {line}$ bound a region. What is its exact area?",
            "How large is the region between $f(x) = {curve}$ and $g(x) = {line}$ from one common point to the other?",
        ),
        plans=(
            "I find the common points and apply Simpson's rule, which is exact here.",
            "The gap is a quadratic, so three of its values give the exact integral.",
        ),
        cot="The difference of the two functions is ${difference}$. It vanishes at $x = {p}$ and $x = {q}$. "
        "The area is $\\int_{{{p}}}^{{{q}}} ({integrand})\\,dx$, as the integrand is not negative between the roots. "
        "For a quadratic with leading coefficient of size ${size}$ and roots ${width}$ apart this is "
        "$\\frac{{{size} \\cdot {width}^3}}{{6}} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "求抛物线$y = {curve}$与直线$y = {line}$所围成图形的面积。",
            "曲线$y = {curve}$和直线$y = {line}$围成一个封闭区域，它的面积是多少？",
            "设$f(x) = {curve}$，$g(x) = {line}$，两图象在两个交点之间所夹部分的面积等于几？",
        ),
        plans=("先求交点，再用对二次函数精确成立的辛普森公式。", "两函数之差是二次函数，由三个函数值得到积分。"),
        cot="两函数之差为${difference}$，在$x = {p}$和$x = {q}$处为零。所求面积为"
        "$\\int_{{{p}}}^{{{q}}} ({integrand})\\,dx$，两根之间被积函数不为负。二次项系数的绝对值为${size}$，"
        "两根相距${width}$，积分等于$\\frac{{{size} \\cdot {width}^3}}{{6}} = {value}$。",
    ),
)

TEMPLATES = (TANGENT, CUBIC, PROFIT, AREA)
