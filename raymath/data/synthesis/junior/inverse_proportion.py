"""Templates of inverse proportion.

from raymath.data.synthesis.junior.inverse_proportion import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import isqrt, lcm
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import factor, fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _point(rng: Random) -> Numbers:
    while True:
        a, b, e = nonzero(rng, 24), nonzero(rng, 24), nonzero(rng, 20)
        divisors = [d for d in range(-40, 41) if d and (a * b) % d == 0 and d not in (a, b)]
        if divisors:
            return {"a": a, "b": b, "c": rng.choice(divisors), "e": e}


def _point_work(v: Numbers) -> Mapping[str, Value]:
    product = v["a"] * v["b"]
    y = product // v["c"]
    return {
        "second": polynomial((1, v["e"]), "m"),
        "product": product,
        "factors": rf"{factor(v['a'])} \times {factor(v['b'])}",
        "y": y,
        "minus": f"{y} {signed(-v['e'])}",
        "answer": y - v["e"],
    }


POINT = Template(
    "junior-two-points-of-a-hyperbola",
    "junior/inverse-proportion",
    draw=_point,
    work=_point_work,
    code="""\
a, b, c, e = {a}, {b}, {c}, {e}
for m in range(-700, 701):
    if c * (m + e) == a * b:
        print(m)""",
    en=Telling(
        questions=(
            r"The graph of $y = \frac{{k}}{{x}}$ passes through $({a}, {b})$ and $({c}, {second})$. Find $m$.",
            "$y$ is inversely proportional to $x$. When $x = {a}$, $y = {b}$; when $x = {c}$, $y = {second}$. "
            "What is $m$?",
            "Points $A({a}, {b})$ and $B({c}, {second})$ lie on the same hyperbola "
            r"$y = \frac{{k}}{{x}}$. Determine the value of $m$.",
        ),
        plans=(
            "The product of the coordinates is the same for both points; I search for $m$.",
            "I try values of $m$ until both products agree.",
        ),
        cot="On such a graph $xy = k$ is constant: $k = {factors} = {product}$. "
        r"At $x = {c}$ we get $y = \frac{{{product}}}{{{c}}} = {y}$. From ${second} = {y}$ it follows that "
        "$m = {minus} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"反比例函数 $y = \frac{{k}}{{x}}$ 的图象过点 $({a}, {b})$ 和 $({c}, {second})$，求 $m$。",
            "已知 $y$ 与 $x$ 成反比例，$x = {a}$ 时 $y = {b}$，$x = {c}$ 时 $y = {second}$，则 $m$ 的值是多少？",
            r"点 $A({a}, {b})$ 与点 $B({c}, {second})$ 都在双曲线 $y = \frac{{k}}{{x}}$ 上，$m$ 等于几？",
        ),
        plans=("两点的横、纵坐标之积相等，据此搜索 $m$。", "逐个尝试 $m$，直到两个乘积相等。"),
        cot="图象上每点都有 $xy = k$，所以 $k = {factors} = {product}$。"
        r"当 $x = {c}$ 时，$y = \frac{{{product}}}{{{c}}} = {y}$。由 ${second} = {y}$ 得 $m = {minus} = {answer}$。",
    ),
)


def _mixed(rng: Random) -> Numbers:
    p, q, r = rng.sample(range(1, 11), 3)
    p, q = min(p, q), max(p, q)
    direct, inverse = nonzero(rng, 7), lcm(p, q) * nonzero(rng, 6)
    return {"p": p, "u": direct * p + inverse // p, "q": q, "w": direct * q + inverse // q, "r": r}


def _mixed_work(v: Numbers) -> Mapping[str, Value]:
    p, u, q, w, r = (v[name] for name in "puqwr")
    direct = (q * w - p * u) // (q * q - p * p)
    inverse = p * u - p * p * direct
    answer = direct * r + Fraction(inverse, r)
    return {
        "one": f"{terms((p * p, 'k'), (1, 'c'))} = {p * u}",
        "two": f"{terms((q * q, 'k'), (1, 'c'))} = {q * w}",
        "gap": f"{q * q - p * p}k = {q * w - p * u}",
        "k": direct,
        "c": inverse,
        "at": rf"{factor(direct)} \times {r} {signed(inverse)} \div {r}",
        "value": fraction(answer),
        "answer": answer,
    }


MIXED = Template(
    "junior-direct-plus-inverse",
    "junior/inverse-proportion",
    draw=_mixed,
    work=_mixed_work,
    code="""\
from fractions import Fraction
p, u, q, w, r = {p}, {u}, {q}, {w}, {r}
# y = k*x + c/x at x = p and x = q, solved by Cramer's rule
det = Fraction(p, q) - Fraction(q, p)
k = (Fraction(u, q) - Fraction(w, p)) / det
c = (p * w - q * u) / det
print(k * r + c / r)""",
    en=Telling(
        questions=(
            "$y$ is the sum of a part proportional to $x$ and a part inversely proportional to $x$. It is ${u}$ at "
            "$x = {p}$ and ${w}$ at $x = {q}$. Find $y$ at $x = {r}$ (an integer or a reduced fraction).",
            r"Suppose $y = kx + \frac{{c}}{{x}}$ with $y = {u}$ for $x = {p}$ and $y = {w}$ for $x = {q}$. "
            "What is $y$ for $x = {r}$? Give an integer or a fraction in lowest terms.",
            "Let $y = y_1 + y_2$, where $y_1$ is directly and $y_2$ inversely proportional to $x$. If $x = {p}$ gives "
            "${u}$ and $x = {q}$ gives ${w}$, which value does $x = {r}$ give? Reduce a fraction.",
        ),
        plans=(
            "Two unknown constants, two values: Cramer's rule with exact fractions.",
            "I solve for both constants exactly and evaluate the function.",
        ),
        cot=r"Write $y = kx + \frac{{c}}{{x}}$ and multiply by $x$: $kx^2 + c = xy$. "
        "The two values give ${one}$ and ${two}$. Subtracting, ${gap}$, so $k = {k}$ and $c = {c}$. "
        "At $x = {r}$ we get $y = {at} = {value}$.",
    ),
    zh=Telling(
        questions=(
            "已知 $y = y_1 + y_2$，$y_1$ 与 $x$ 成正比例，$y_2$ 与 $x$ 成反比例。$x = {p}$ 时 $y = {u}$，"
            "$x = {q}$ 时 $y = {w}$。求 $x = {r}$ 时 $y$ 的值（整数或最简分数）。",
            r"若 $y = kx + \frac{{c}}{{x}}$，当 $x = {p}$ 时 $y = {u}$，当 $x = {q}$ 时 $y = {w}$，"
            "则当 $x = {r}$ 时 $y$ 等于多少？结果写成整数或最简分数。",
            "$y$ 由两部分相加而成，一部分和 $x$ 成正比，另一部分和 $x$ 成反比。$x$ 取 {p}、{q} 时 $y$ 分别为 "
            "${u}$、${w}$，"
            "那么 $x$ 取 {r} 时 $y$ 是几？（化成最简）",
        ),
        plans=("列出两个常数的方程组，用克拉默法则精确求解。", "先求两个比例常数，再代入求值。"),
        cot=r"设 $y = kx + \frac{{c}}{{x}}$，两边乘 $x$ 得 $kx^2 + c = xy$。代入两组值：${one}$，${two}$。"
        "相减得 ${gap}$，所以 $k = {k}$，$c = {c}$。当 $x = {r}$ 时，$y = {at} = {value}$。",
    ),
)


def _meets(rng: Random) -> Numbers:
    while True:
        k, high, low = nonzero(rng, 5), rng.randint(1, 30), -rng.randint(1, 30)
        if high + low:
            # k x + b = m / x at high and low
            return {"k": k, "b": -k * (high + low), "m": -k * high * low}


def _meets_work(v: Numbers) -> Mapping[str, Value]:
    k, b, m = v["k"], v["b"], v["m"]
    total, product = -b // k, -m // k
    root = isqrt(total * total - 4 * product)
    high, low = (total + root) // 2, (total - root) // 2
    return {
        "line": polynomial((k, b)),
        "curve": rf"{'-' if m < 0 else ''}\frac{{{abs(m)}}}{{x}}",
        "cleared": f"{polynomial((k, b, -m))} = 0",
        "high": high,
        "low": low,
        "base": abs(b),
        "span": f"{high} {signed(-low)} = {high - low}",
        "width": high - low,
        "answer": Decimal(abs(b) * (high - low)) / 2,
    }


MEETS = Template(
    "junior-line-meets-hyperbola",
    "junior/inverse-proportion",
    draw=_meets,
    work=_meets_work,
    code="""\
points = []
for x in range(-60, 61):
    if x != 0 and x * ({k} * x + ({b})) == {m}:
        points.append((x, {k} * x + ({b})))
(x1, y1), (x2, y2) = points
print(f"{{abs(x1 * y2 - x2 * y1) / 2:g}}")""",
    en=Telling(
        questions=(
            r"The line $y = {line}$ meets the curve $y = {curve}$ at $A$ and $B$. "
            "Find the area of triangle $OAB$, where $O$ is the origin.",
            r"$A$ and $B$ are the common points of $y = {curve}$ and $y = {line}$. "
            "What is the area of the triangle they form with the origin $O$?",
            r"A hyperbola $y = {curve}$ and a line $y = {line}$ intersect in two points. "
            "Together with the origin these are the corners of a triangle. Compute its area.",
        ),
        plans=(
            "I search for the intersections and take half the cross product.",
            "Both intersections have integer coordinates; the area follows from them.",
        ),
        cot="At the intersections ${cleared}$, so $x = {high}$ or $x = {low}$. "
        "The line cuts the $y$-axis at distance {base} from $O$ and splits the triangle there into two triangles "
        r"with this base. Their heights together are ${span}$. The area is "
        r"$\frac{{1}}{{2}} \times {base} \times {width} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"直线 $y = {line}$ 与双曲线 $y = {curve}$ 交于 $A$、$B$ 两点，$O$ 为原点，求三角形 $OAB$ "
            r"的面积。",
            r"设 $A$、$B$ 是函数 $y = {curve}$ 和 $y = {line}$ 图象的交点，它们与原点 $O$ "
            r"构成的三角形面积是多少？",
            r"反比例函数 $y = {curve}$ 的图象与直线 $y = {line}$ 有两个交点，"
            "以这两个交点和原点为顶点的三角形面积等于几？",
        ),
        plans=("搜索交点坐标，再用叉积的一半求面积。", "先找出两个整数交点，再算三角形面积。"),
        cot="联立得 ${cleared}$，解得 $x = {high}$ 或 $x = {low}$。直线与 $y$ 轴的交点到 $O$ 的距离为 {base}，"
        "它把三角形分成同底的两个三角形，两条高之和为 ${span}$。"
        r"面积为 $\frac{{1}}{{2}} \times {base} \times {width} = {answer}$。",
    ),
)

TEMPLATES = (POINT, MIXED, MEETS)
