"""Templates of quadratic functions.

from raymath.data.synthesis.junior.quadratic_functions import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import shifted, terms
from raymath.data.synthesis.latex import factor, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _lowest(rng: Random) -> Numbers:
    a, h, k = rng.randint(1, 7), nonzero(rng, 15), nonzero(rng, 60)
    return {"a": a, "b": -2 * a * h, "c": a * h * h + k}


def _lowest_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    h = -b // (2 * a)
    inner = polynomial((1, -2 * h, 0))
    return {
        "given": polynomial((a, b, c)),
        "taken_out": f"{inner if a == 1 else f'{a}({inner})'} {signed(c)}",
        "completed": f"{shifted(a, -h, '^2')} {signed(-a * h * h)} {signed(c)}",
        "vertex": f"{shifted(a, -h, '^2')} {signed(c - a * h * h)}",
        "h": h,
        "answer": c - a * h * h,
    }


LOWEST = Template(
    "junior-lowest-value",
    "junior/quadratic-functions",
    draw=_lowest,
    work=_lowest_work,
    code="""\
values = [{a} * x**2 + ({b}) * x + ({c}) for x in range(-100, 101)]
print(min(values))""",
    en=Telling(
        questions=(
            "What is the smallest value of $y = {given}$?",
            "Find the $y$-coordinate of the lowest point of the parabola $y = {given}$.",
            "For real $x$, how small can ${given}$ become?",
        ),
        plans=(
            "The lowest point is at an integer here, so I evaluate the function at integers and take the minimum.",
            "A table of values shows the minimum.",
        ),
        cot="Complete the square: $y = {taken_out} = {completed} = {vertex}$. "
        "The square is never negative and is 0 at $x = {h}$. So the smallest value is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "求函数 $y = {given}$ 的最小值。",
            "抛物线 $y = {given}$ 最低点的纵坐标是多少？",
            "$x$ 为任意实数时，${given}$ 最小能取到几？",
        ),
        plans=("顶点在整数处，列出整数点的函数值取最小。", "列表求值，找出其中的最小值。"),
        cot="配方：$y = {taken_out} = {completed} = {vertex}$。平方项不小于0，当 $x = {h}$ 时为0，"
        "所以最小值是 ${answer}$。",
    ),
)


def _three(rng: Random) -> Numbers:
    a, b, c = nonzero(rng, 5), nonzero(rng, 9), nonzero(rng, 15)
    p, q, r = rng.sample([n for n in range(-6, 7) if n], 3)
    return {"c": c, "p": p, "u": a * p * p + b * p + c, "q": q, "w": a * q * q + b * q + c, "r": r}


def _three_work(v: Numbers) -> Mapping[str, Value]:
    c, p, u, q, w, r = (v[name] for name in "cpuqwr")
    one, two = (u - c) // p, (w - c) // q
    a = (two - one) // (q - p)
    b = one - a * p
    return {
        "one": f"{terms((p, 'a'), (1, 'b'))} = {one}",
        "two": f"{terms((q, 'a'), (1, 'b'))} = {two}",
        "gap": f"{terms((q - p, 'a'))} = {two - one}",
        "a": a,
        "b": b,
        "function": polynomial((a, b, c)),
        "at": f"{a} \\times {r * r} {signed(b)} \\times {factor(r)} {signed(c)}",
        "answer": a * r * r + b * r + c,
    }


THREE = Template(
    "junior-parabola-through-three-points",
    "junior/quadratic-functions",
    draw=_three,
    work=_three_work,
    code="""\
from fractions import Fraction
points = [(0, {c}), ({p}, {u}), ({q}, {w})]
value = Fraction(0)
for x, y in points:
    weight = Fraction(y)
    for other, _ in points:
        if other != x:
            weight *= Fraction({r} - other, x - other)
    value += weight
print(value)""",
    en=Telling(
        questions=(
            "A parabola $y = ax^2 + bx + c$ passes through $(0, {c})$, $({p}, {u})$ and $({q}, {w})$. "
            "Find $y$ for $x = {r}$.",
            "The quadratic function $f$ has $f(0) = {c}$, $f({p}) = {u}$ and $f({q}) = {w}$. What is $f({r})$?",
            "The points $({q}, {w})$, $(0, {c})$, $({p}, {u})$ and $({r}, t)$ are on the graph of one quadratic "
            "function. "
            "Determine $t$.",
        ),
        plans=(
            "I interpolate through the three points with exact fractions.",
            "Lagrange's formula gives the value without the coefficients.",
        ),
        cot="At $x = 0$ we read $c = {c}$. Putting in the other points, subtracting $c$ and dividing by $x$ gives "
        "${one}$ and ${two}$. Their difference is ${gap}$, so $a = {a}$ and $b = {b}$, and $y = {function}$. "
        "For $x = {r}$ we get $y = {at} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "抛物线 $y = ax^2 + bx + c$ 经过 $(0, {c})$、$({p}, {u})$、$({q}, {w})$ 三点，求 $x = {r}$ 时的函数值。",
            "二次函数的图象上有 $({q}, {w})$、$(0, {c})$、$({p}, {u})$ 和 $({r}, t)$ 四个点，则 $t$ 是多少？",
            "已知 $y$ 是 $x$ 的二次函数，$x$ 取 $0$、${p}$、${q}$ 时 $y$ 依次为 ${c}$、${u}$、${w}$，那么 $x$ 取 "
            "${r}$ 时 $y$ 等于几？",
        ),
        plans=("用三点插值公式精确求值。", "按拉格朗日插值计算，不必先求系数。"),
        cot="由 $x = 0$ 得 $c = {c}$。代入另外两点，移去 $c$ 后除以 $x$，得 ${one}$ 和 ${two}$。"
        "相减得 ${gap}$，所以 $a = {a}$，$b = {b}$，即 $y = {function}$。"
        "当 $x = {r}$ 时，$y = {at} = {answer}$。",
    ),
)


def _price(rng: Random) -> Numbers:
    cost, half = rng.randint(5, 60), rng.randint(6, 40)
    k = rng.randint(2, 12)
    return {"c": cost, "k": k, "n": k * (cost + 2 * half)}


def _price_work(v: Numbers) -> Mapping[str, Value]:
    c, k, n = v["c"], v["k"], v["n"]
    top = n // k
    best = (c + top) // 2
    return {
        "top": top,
        "best": best,
        "margin": best - c,
        "sold": n - k * best,
        "minus": -k,
        "answer": (best - c) * (n - k * best),
    }


PRICE = Template(
    "junior-price-for-most-profit",
    "junior/quadratic-functions",
    draw=_price,
    work=_price_work,
    code="""\
best = 0
for price in range({c}, {n} // {k} + 1):
    sold = {n} - {k} * price
    best = max(best, (price - {c}) * sold)
print(best)""",
    en=Telling(
        questions=(
            "At a price of $x$ dollars a stall sells ${n} - {k}x$ {things} a week. Each costs the stall {c} dollars. "
            "What is the largest weekly profit in dollars?",
            "A {thing} is bought for {c} dollars. Sold at $x$ dollars, ${n} - {k}x$ of them go in a week. "
            "How many dollars can the weekly profit reach at most?",
            "The weekly demand for {things} is ${n} - {k}x$ at a price of $x$ dollars, the cost of each is {c} "
            "dollars. "
            "Find the maximum of the weekly profit in dollars.",
        ),
        plans=(
            "I compute the profit at every whole price and keep the greatest.",
            "The best price is a whole number, so a loop over prices finds the maximum.",
        ),
        cot="The profit is $y = (x - {c})({n} - {k}x) = {minus}(x - {c})(x - {top})$, zero at ${c}$ and ${top}$. "
        r"The vertex is in the middle, at $x = \frac{{{c} + {top}}}{{2}} = {best}$. "
        r"There $y = ({best} - {c})({n} - {k} \times {best}) = {margin} \times {sold} = {answer}$ dollars.",
        scenes=scenes("thing/things", "scarf/scarves", "mug/mugs", "kite/kites", "lantern/lanterns"),
    ),
    zh=Telling(
        questions=(
            "某种{thing}进价每个{c}元，按每个 $x$ 元出售时每周能卖 ${n} - {k}x$ 个，每周的最大利润是多少元？",
            "摊主以{c}元的单价买进{thing}，售价定为 $x$ 元时周销量为 ${n} - {k}x$ 个。售价合适时，一周最多赚多少元？",
            "{thing}的周销量 $m$（个）与售价 $x$（元）满足 $m = {n} - {k}x$，每个成本{c}元，求周利润的最大值（元）。",
        ),
        plans=("对每个整数售价计算利润，取最大值。", "最佳售价是整数，循环枚举售价即可。"),
        cot="利润 $y = (x - {c})({n} - {k}x) = {minus}(x - {c})(x - {top})$，在 $x = {c}$ 和 $x = {top}$ 时为0，"
        r"对称轴为 $x = \frac{{{c} + {top}}}{{2}} = {best}$。此时 "
        r"$y = ({best} - {c})({n} - {k} \times {best}) = {margin} \times {sold} = {answer}$ 元。",
        scenes=scenes("thing", "杯子", "风筝", "灯笼", "挂件"),
    ),
)

TEMPLATES = (LOWEST, THREE, PRICE)
