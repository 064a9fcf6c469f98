"""Templates of exponentials and logarithms: equations, sums of logarithms, growth, one base for two powers.

from raymath.data.synthesis.senior.powers import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from random import Random

from raymath.data.synthesis.latex import polynomial
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _log_equation(rng: Random) -> Numbers:
    base = rng.choice((2, 2, 3, 4, 5))
    high = {2: 8, 3: 5, 4: 4, 5: 3}[base]
    i, j = rng.sample(range(high), 2)
    x = rng.randint(-60, 90)
    return {"base": base, "s": base**i - x, "t": base**j - x, "k": i + j}


def _log_equation_work(v: Numbers) -> Mapping[str, Value]:
    power = v["base"] ** v["k"]
    total, product = v["s"] + v["t"], v["s"] * v["t"] - power
    width = round((total**2 - 4 * product) ** 0.5)
    return {
        "power": power,
        "quadratic": polynomial((1, total, product)),
        "wrong": (-total - width) // 2,
        "answer": (-total + width) // 2,
    }


LOG_EQUATION = Template(
    "senior-log-equation",
    "senior/exponentials-logarithms",
    draw=_log_equation,
    work=_log_equation_work,
    forms=lambda v: {"first": polynomial((1, v["s"])), "second": polynomial((1, v["t"]))},
    code="for x in range(-2000, 2001):\n    u, w = x + ({s}), x + ({t})\n"
    "    if u > 0 and w > 0 and u * w == {base} ** {k}:\n        print(x)",
    en=Telling(
        questions=(
            "Solve the equation $\\log_{base} ({first}) + \\log_{base} ({second}) = {k}$.",
            "For which real number $x$ is $\\log_{base} ({first}) + \\log_{base} ({second})$ equal to {k}?",
            "Find $x$, given that the logarithms of ${first}$ and ${second}$ to base {base} add up to {k}.",
        ),
        plans=(
            "Both arguments must be positive and their product a power of {base}; I search the whole numbers.",
            "I look for the $x$ that makes both arguments positive with the right product.",
        ),
        cot="The sum is $\\log_{base} [({first})({second})] = {k}$, so $({first})({second}) = {base}^{{{k}}} = "
        "{power}$. This is ${quadratic} = 0$ with roots $x = {wrong}$ and $x = {answer}$. "
        "At $x = {wrong}$ both arguments are negative, so this root is rejected.",
    ),
    zh=Telling(
        questions=(
            "解方程$\\log_{base} ({first}) + \\log_{base} ({second}) = {k}$。",
            "实数$x$满足$\\log_{base} ({first}) + \\log_{base} ({second}) = {k}$，求$x$。",
            "以{base}为底，${first}$与${second}$的对数之和为{k}，则$x$的值是多少？",
        ),
        plans=("两个真数都要大于零，乘积是{base}的幂，在整数中查找。", "查找使真数为正且乘积符合要求的$x$。"),
        cot="左边等于$\\log_{base} [({first})({second})]$，所以$({first})({second}) = {base}^{{{k}}} = {power}$，"
        "即${quadratic} = 0$，两根为$x = {wrong}$和$x = {answer}$。$x = {wrong}$时真数为负，舍去。",
    ),
)


def _log_sum(rng: Random) -> Numbers:
    u, w = rng.sample((2, 3, 4, 5, 6, 7, 8, 9, 10), 2)
    k, s, r = rng.randint(1, 3), rng.randint(0, 2), rng.randint(2, 12)
    return {"base": u * w, "m": u**k * r, "n": w**k * (u * w) ** s, "r": r}


LOG_SUM = Template(
    "senior-log-sum",
    "senior/exponentials-logarithms",
    draw=_log_sum,
    work=lambda v: {
        "product": v["m"] * v["n"] // v["r"],
        "answer": round(log(v["m"] * v["n"] // v["r"], v["base"])),
    },
    code="product = {m} * {n} // {r}\npower = 0\nwhile product > 1:\n    product //= {base}\n    power += 1\n"
    "print(power)",
    en=Telling(
        questions=(
            "Evaluate $\\log_{{{base}}} {m} + \\log_{{{base}}} {n} - \\log_{{{base}}} {r}$.",
            "Which whole number equals $\\log_{{{base}}} {m} - \\log_{{{base}}} {r} + \\log_{{{base}}} {n}$?",
            "To base {base}, the logarithms of {m} and {n} are added and that of {r} is subtracted. Find the result.",
        ),
        plans=(
            "I combine the logarithms into one and count how often {base} divides its argument.",
            "One logarithm is left; dividing by {base} until 1 remains gives its value.",
        ),
        cot="Logarithms of one base combine: the value is $\\log_{{{base}}} ({m} \\cdot {n} \\div {r}) = "
        "\\log_{{{base}}} {product}$. Since ${product} = {base}^{{{answer}}}$, it equals ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "计算$\\log_{{{base}}} {m} + \\log_{{{base}}} {n} - \\log_{{{base}}} {r}$。",
            "求值：$\\log_{{{base}}} {m} - \\log_{{{base}}} {r} + \\log_{{{base}}} {n}$。",
            "以{base}为底，{m}的对数加上{n}的对数，再减去{r}的对数，结果是多少？",
        ),
        plans=("合并成一个对数，再看真数是{base}的几次方。", "先合并，然后反复除以{base}直到得1。"),
        cot="同底对数相加减，得$\\log_{{{base}}} ({m} \\cdot {n} \\div {r}) = \\log_{{{base}}} {product}$。"
        "因为${product} = {base}^{{{answer}}}$，所以原式等于${answer}$。",
    ),
)


def _growth(rng: Random) -> Numbers:
    start = 10 * rng.randint(12, 90)
    rate = rng.randint(4, 30)
    return {"start": start, "rate": rate, "goal": start * rng.randint(3, 12) // 2 + 10 * rng.randint(1, 40)}


def _growth_work(v: Numbers) -> Mapping[str, Value]:
    years = 0
    while v["start"] * (100 + v["rate"]) ** years <= v["goal"] * 100**years:
        years += 1
    top, bottom = log(v["goal"] / v["start"]), log(1 + v["rate"] / 100)
    return {
        "factor": f"{1 + v['rate'] / 100:g}",
        "ratio": f"\\frac{{{v['goal']}}}{{{v['start']}}}",
        "top": f"{top:.4f}",
        "bottom": f"{bottom:.4f}",
        "quotient": f"{top / bottom:.3f}",
        "answer": years,
    }


GROWTH = Template(
    "senior-growth-years",
    "senior/exponentials-logarithms",
    draw=_growth,
    work=_growth_work,
    code="amount, years = {start}, 0\nwhile amount <= {goal}:\n    amount *= 1 + {rate} / 100\n    years += 1\n"
    "print(years)",
    en=Telling(
        questions=(
            "{thing} is {start} {unit} now and grows by {rate}% every year. "
            "After how many whole years does it first exceed {goal} {unit}?",
            "Starting from {start} {unit}, {thing_low} increases by {rate}% a year. "
            "What is the smallest whole number of years after which it is more than {goal} {unit}?",
            "A model says that {thing_low}, at present {start} {unit}, rises by {rate}% each year. "
            "How many full years must pass until it is above {goal} {unit}?",
        ),
        plans=(
            "I let the amount grow year by year until it is above the goal.",
            "The program repeats the yearly growth and counts the years.",
        ),
        cot="After $n$ years the amount is ${start} \\cdot {factor}^n$. It exceeds ${goal}$ when "
        "$n > \\ln {ratio} / \\ln {factor} \\approx {top} / {bottom} \\approx {quotient}$. "
        "The least whole number above this is ${answer}$.",
        scenes=scenes(
            "thing/thing_low/unit",
            "The yearly output of a factory/the yearly output of a factory/tonnes",
            "The revenue of a firm/the revenue of a firm/million dollars",
            "The area of a forest/the area of a forest/hectares",
            "The number of users of an app/the number of users of an app/thousand",
        ),
    ),
    zh=Telling(
        questions=(
            "{thing}现在是{start}{unit}，以后每年增长{rate}%，至少经过几年才会超过{goal}{unit}？",
            "已知{thing}目前为{start}{unit}，年增长率为{rate}%。求使它超过{goal}{unit}所需的最少整年数。",
            "按每年{rate}%的速度增长，{thing}从{start}{unit}开始，第几年后首次超过{goal}{unit}？",
        ),
        plans=("逐年增长，直到超过目标，数出年数。", "用循环模拟每年的增长。"),
        cot="$n$年后的数量为${start} \\cdot {factor}^n$。要使它大于${goal}$，需"
        "$n > \\ln {ratio} / \\ln {factor} \\approx {top} / {bottom} \\approx {quotient}$。"
        "满足条件的最小整数是${answer}$。",
        scenes=scenes(
            "thing/unit", "某工厂的年产量/吨", "某公司的年收入/万元", "某林场的面积/公顷", "某软件的用户数/万"
        ),
    ),
)


def _one_base(rng: Random) -> Numbers:
    m, n = rng.sample(range(2, 61), 2)
    p, q = rng.randint(1, 3), rng.randint(1, 3)
    while m**p * n**q > 900_000:
        m, n = rng.sample(range(2, 61), 2)
    return {"m": m, "n": n, "p": p, "q": q}


ONE_BASE = Template(
    "senior-equal-powers",
    "senior/exponentials-logarithms",
    draw=_one_base,
    work=lambda v: {
        "powers": " \\cdot ".join(f"{b}^{e}" if e > 1 else str(b) for b, e in ((v["m"], v["p"]), (v["n"], v["q"]))),
        "logs": " + ".join(f"{e if e > 1 else ''}\\log_k {b}" for b, e in ((v["m"], v["p"]), (v["n"], v["q"]))),
        "answer": v["m"] ** v["p"] * v["n"] ** v["q"],
    },
    code="from math import log\n\nlow, high = 1, 10**6\nwhile high - low > 0.001:\n    k = (low + high) / 2\n"
    "    a, b = log(k) / log({m}), log(k) / log({n})\n"
    "    if {p} / a + {q} / b > 1:\n        low = k\n    else:\n        high = k\nprint(round(k))",
    en=Telling(
        questions=(
            "The real numbers $a$, $b$ satisfy ${m}^a = {n}^b = k$ and "
            "$\\frac{{{p}}}{{a}} + \\frac{{{q}}}{{b}} = 1$. Find $k$.",
            "If ${m}^a = k$, ${n}^b = k$ and $\\frac{{{p}}}{{a}} + \\frac{{{q}}}{{b}} = 1$, what is the value of $k$?",
            "A number $k > 1$ is the $a$-th power of {m} and also the $b$-th power of {n}, where "
            "$\\frac{{{p}}}{{a}} + \\frac{{{q}}}{{b}} = 1$. Determine $k$.",
        ),
        plans=(
            "The left side falls as $k$ grows, so bisection finds $k$.",
            "I compute $a$ and $b$ from a trial $k$ and bisect until the condition holds.",
        ),
        cot="From ${m}^a = k$ we get $\\frac{{1}}{{a}} = \\log_k {m}$, and likewise $\\frac{{1}}{{b}} = \\log_k {n}$. "
        "The condition becomes ${logs} = 1$. So $\\log_k ({powers}) = 1$ and $k = {powers} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "已知${m}^a = {n}^b = k$，且$\\frac{{{p}}}{{a}} + \\frac{{{q}}}{{b}} = 1$，求$k$的值。",
            "设$k > 1$，实数$a$、$b$满足${m}^a = k$，${n}^b = k$，若$\\frac{{{p}}}{{a}} + \\frac{{{q}}}{{b}} = 1$，"
            "则$k$等于多少？",
            "若正数$k = {m}^a = {n}^b$，并且$\\frac{{{p}}}{{a}}$与$\\frac{{{q}}}{{b}}$的和为1，试求$k$。",
        ),
        plans=("左边随$k$增大而减小，用二分法求$k$。", "由$k$算出$a$、$b$，用二分法逼近使等式成立的$k$。"),
        cot="由${m}^a = k$得$\\frac{{1}}{{a}} = \\log_k {m}$，同理$\\frac{{1}}{{b}} = \\log_k {n}$。"
        "条件化为${logs} = 1$，即$\\log_k ({powers}) = 1$，所以$k = {powers} = {answer}$。",
    ),
)

TEMPLATES = (LOG_EQUATION, LOG_SUM, GROWTH, ONE_BASE)
