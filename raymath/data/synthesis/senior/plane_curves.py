"""Templates of lines, circles and conics: chords, tangents, circles through points; foci, focal chords, midpoints.

from raymath.data.synthesis.senior.plane_curves import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, isqrt
from random import Random

from raymath.data.synthesis.draws import SMALL_TRIPLES, nonzero
from raymath.data.synthesis.latex import factor, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _line(p: int, q: int, c: int) -> str:
    """``px + qy + c`` in LaTeX; p is above 0."""
    size = abs(q)
    return f"{p if p > 1 else ''}x {'+' if q > 0 else '-'} {size if size > 1 else ''}y {signed(c)}"


def _circle(a: int, b: int) -> str:
    def square(letter: str, value: int) -> str:
        return f"({letter} {signed(-value)})^2" if value else f"{letter}^2"

    return f"{square('x', a)} + {square('y', b)}"


def _chord(rng: Random) -> Numbers:
    p, q, norm = rng.choice(SMALL_TRIPLES[:8])
    away, _, radius = rng.choice(SMALL_TRIPLES[:12])
    a, b = nonzero(rng, 9), nonzero(rng, 9)
    q *= rng.choice((-1, 1))
    c = norm * away * rng.choice((-1, 1)) - p * a - q * b
    return {"a": a, "b": b, "r": radius, "p": p, "q": q, "c": c} if c else _chord(rng)


def _chord_work(v: Numbers) -> Mapping[str, Value]:
    value, norm = v["p"] * v["a"] + v["q"] * v["b"] + v["c"], isqrt(v["p"] ** 2 + v["q"] ** 2)
    away = abs(value) // norm
    half = isqrt(v["r"] ** 2 - away**2)
    return {
        "value": abs(value),
        "terms": f"{v['p']} \\cdot {factor(v['a'])} {'+' if v['q'] > 0 else '-'} {abs(v['q'])} \\cdot {factor(v['b'])} "
        f"{signed(v['c'])}",
        "norm": norm,
        "away": away,
        "half": half,
        "answer": 2 * half,
    }


CHORD = Template(
    "senior-circle-chord",
    "senior/lines-circles",
    draw=_chord,
    work=_chord_work,
    forms=lambda v: {
        "line": _line(v["p"], v["q"], v["c"]),
        "circle": _circle(v["a"], v["b"]),
        "square": v["r"] ** 2,
        "size": abs(v["q"]),
    },
    code="from math import hypot, sqrt\n\n# points of the line: a foot, and t steps along its direction\n"
    "p, q, c = {p}, {q}, {c}\nx0, y0 = -p * c / (p * p + q * q), -q * c / (p * p + q * q)\n"
    "ux, uy = -q / hypot(p, q), p / hypot(p, q)\nmiddle = ux * (x0 - ({a})) + uy * (y0 - ({b}))\n"
    "rest = (x0 - ({a})) ** 2 + (y0 - ({b})) ** 2 - {r} ** 2\nprint(round(2 * sqrt(middle ** 2 - rest)))",
    en=Telling(
        questions=(
            "The line ${line} = 0$ meets the circle ${circle} = {square}$ in two points. How far apart are they?",
            "What length has the chord that ${line} = 0$ cuts out of the circle ${circle} = {square}$?",
            "Find $|AB|$, where $A$ and $B$ are the common points of ${circle} = {square}$ and ${line} = 0$.",
        ),
        plans=(
            "I parametrise the line, solve the quadratic for the two points and take their distance.",
            "On the line the circle's equation is quadratic; the gap of its roots is the chord.",
        ),
        cot="The circle has centre $({a}, {b})$ and radius ${r}$. The centre's distance from the line is "
        "$\\frac{{|{terms}|}}{{\\sqrt{{{p}^2 + {size}^2}}}} = \\frac{{{value}}}{{{norm}}} = {away}$. "
        "Half the chord is $\\sqrt{{{r}^2 - {away}^2}} = {half}$. So the chord has the length ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "直线${line} = 0$与圆${circle} = {square}$交于两点，求这两点间的距离。",
            "圆${circle} = {square}$被直线${line} = 0$截得的弦长是多少？",
            "已知$A$、$B$是圆${circle} = {square}$与直线${line} = 0$的交点，则$|AB|$等于几？",
        ),
        plans=("把直线写成参数形式，解二次方程得两交点的距离。", "沿直线代入圆的方程，两根之差就是弦长。"),
        cot="圆心为$({a}, {b})$，半径为${r}$。圆心到直线的距离为"
        "$\\frac{{|{terms}|}}{{\\sqrt{{{p}^2 + {size}^2}}}} = \\frac{{{value}}}{{{norm}}} = {away}$，"
        "弦长的一半为$\\sqrt{{{r}^2 - {away}^2}} = {half}$，所以弦长为${answer}$。",
    ),
)


def _tangent(rng: Random) -> Numbers:
    a, b = nonzero(rng, 9), nonzero(rng, 9)
    x, y, away = rng.choice(SMALL_TRIPLES[:14])
    choices = [leg for leg, _, hypotenuse in SMALL_TRIPLES if away % hypotenuse == 0]
    scale = rng.randint(1, 3)
    leg = rng.choice(choices or [0])
    hypotenuse = next((z for u, _, z in SMALL_TRIPLES if u == leg and away % z == 0), 0)
    if not hypotenuse:
        return _tangent(rng)
    radius = leg * scale * away // hypotenuse
    x0, y0 = a + rng.choice((-1, 1)) * scale * x, b + rng.choice((-1, 1)) * scale * y
    return {"d": -2 * a, "e": -2 * b, "f": a * a + b * b - radius**2, "x0": x0, "y0": y0}


def _tangent_work(v: Numbers) -> Mapping[str, Value]:
    a, b = -v["d"] // 2, -v["e"] // 2
    square = a * a + b * b - v["f"]
    far = (v["x0"] - a) ** 2 + (v["y0"] - b) ** 2
    return {
        "standard": f"{_circle(a, b)} = {square}",
        "centre": f"({a}, {b})",
        "radius": isqrt(square),
        "square": square,
        "far": far,
        "difference": far - square,
        "answer": isqrt(far - square),
    }


TANGENT = Template(
    "senior-tangent-length",
    "senior/lines-circles",
    draw=_tangent,
    work=_tangent_work,
    forms=lambda v: {
        "circle": f"x^2 + y^2 {signed(v['d'])}x {signed(v['e'])}y" + (f" {signed(v['f'])}" if v["f"] else ""),
    },
    code="from math import isqrt\n\n# the power of the point\nx, y = {x0}, {y0}\n"
    "print(isqrt(x * x + y * y + ({d}) * x + ({e}) * y + ({f})))",
    en=Telling(
        questions=(
            "From the point $P({x0}, {y0})$ a tangent is drawn to the circle ${circle} = 0$. "
            "How long is it from $P$ to the point of contact?",
            "A line through $P({x0}, {y0})$ touches the circle ${circle} = 0$ at $T$. Find $|PT|$.",
            "What is the length of the tangents from $({x0}, {y0})$ to the circle ${circle} = 0$?",
        ),
        plans=(
            "The left side at the point is its power, whose root is the tangent's length.",
            "I insert the point into the equation of the circle and take the root.",
        ),
        cot="Completing squares gives ${standard}$, so the centre is ${centre}$ and the radius is ${radius}$. "
        "The square of the distance from $P$ to the centre is ${far}$. The tangent is perpendicular to the radius, so "
        "$|PT|^2 = {far} - {square} = {difference}$. Hence $|PT| = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "过点$P({x0}, {y0})$作圆${circle} = 0$的切线，求点$P$到切点的距离。",
            "经过$P({x0}, {y0})$的直线与圆${circle} = 0$相切于点$T$，则$|PT|$是多少？",
            "从点$({x0}, {y0})$向圆${circle} = 0$引切线，切线长等于几？",
        ),
        plans=("把点代入圆方程的左边得到幂，开方即切线长。", "代入点的坐标，再求算术平方根。"),
        cot="配方得${standard}$，圆心为${centre}$，半径为${radius}$。点$P$到圆心距离的平方为${far}$。"
        "切线垂直于过切点的半径，所以$|PT|^2 = {far} - {square} = {difference}$，$|PT| = {answer}$。",
    ),
)

#: Squares of radii that many lattice points lie on, with these points.
_LATTICE = {
    square: [(x, y) for x in range(-19, 20) for y in range(-19, 20) if x * x + y * y == square]
    for square in (25, 50, 65, 85, 100, 125, 130, 145, 169, 170, 185, 200, 205, 221, 250, 325)
}


def _three_points(rng: Random) -> Numbers:
    a, b = rng.randint(-9, 9), rng.randint(-9, 9)
    points = rng.sample(_LATTICE[rng.choice(list(_LATTICE))], 3)
    names = ("x1", "y1", "x2", "y2", "x3", "y3")
    return dict(zip(names, (c for x, y in points for c in (a + x, b + y)), strict=True))


def _bisector(v: Numbers, one: str, two: str) -> tuple[int, int, int]:
    """The points as far from one as from the other: ``p x + q y = s`` in lowest terms."""
    p, q = v[f"x{two}"] - v[f"x{one}"], v[f"y{two}"] - v[f"y{one}"]
    s = v[f"x{two}"] ** 2 + v[f"y{two}"] ** 2 - v[f"x{one}"] ** 2 - v[f"y{one}"] ** 2
    common = gcd(2 * p, 2 * q, s)
    return 2 * p // common, 2 * q // common, s // common


def _equation(p: int, q: int, s: int) -> str:
    first = f"{'-' if p < 0 else ''}{abs(p) if abs(p) > 1 else ''}x" if p else ""
    second = f"{abs(q) if abs(q) > 1 else ''}y" if q else ""
    joint = (" - " if q < 0 else " + ") if p and q else "-" if q < 0 else ""
    return f"{first}{joint}{second} = {s}"


def _three_points_work(v: Numbers) -> Mapping[str, Value]:
    (p, q, s), (k, m, t) = _bisector(v, "1", "2"), _bisector(v, "1", "3")
    determinant = p * m - q * k
    a, b = (s * m - q * t) // determinant, (p * t - s * k) // determinant
    return {
        "first": _equation(p, q, s),
        "second": _equation(k, m, t),
        "centre": f"({a}, {b})",
        "across": abs(v["x1"] - a),
        "up": abs(v["y1"] - b),
        "answer": (v["x1"] - a) ** 2 + (v["y1"] - b) ** 2,
    }


THREE_POINTS = Template(
    "senior-circle-through-points",
    "senior/lines-circles",
    draw=_three_points,
    work=_three_points_work,
    code="points = [({x1}, {y1}), ({x2}, {y2}), ({x3}, {y3})]\nfor a in range(-40, 41):\n    for b in range(-40, 41):\n"
    "        squares = {{(x - a) ** 2 + (y - b) ** 2 for x, y in points}}\n"
    "        if len(squares) == 1:\n            print(squares.pop())",
    en=Telling(
        questions=(
            "A circle passes through $A({x1}, {y1})$, $B({x2}, {y2})$ and $C({x3}, {y3})$. Find the square of its "
            "radius.",
            "The points $({x1}, {y1})$, $({x2}, {y2})$ and $({x3}, {y3})$ lie on the circle "
            "$(x - a)^2 + (y - b)^2 = s$. What is $s$?",
            "Triangle $ABC$ has the vertices $A({x1}, {y1})$, $B({x2}, {y2})$, $C({x3}, {y3})$ and the circumradius "
            "$R$. Compute $R^2$.",
        ),
        plans=(
            "The centre has whole coordinates here; I search for the point that is equally far from all three.",
            "I test the lattice points as centres until the three distances agree.",
        ),
        cot="The centre is equally far from all three points. Equal distances to the first and second mean ${first}$, "
        "equal distances to the first and third mean ${second}$. Solving both gives the centre ${centre}$. "
        "The square of the radius is ${across}^2 + {up}^2 = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "圆经过$A({x1}, {y1})$、$B({x2}, {y2})$、$C({x3}, {y3})$三点，求其半径的平方。",
            "点$({x1}, {y1})$、$({x2}, {y2})$、$({x3}, {y3})$都在圆$(x - a)^2 + (y - b)^2 = s$上，$s$的值是多少？",
            "已知$\\triangle ABC$的顶点为$A({x1}, {y1})$、$B({x2}, {y2})$、$C({x3}, {y3})$，外接圆半径为$R$，"
            "计算$R^2$。",
        ),
        plans=("圆心坐标是整数，查找到三点距离相等的点。", "逐个检验格点，直到三个距离相等。"),
        cot="圆心到三点等距。到第一、第二点等距，得${first}$；到第一、第三点等距，得${second}$。"
        "联立解得圆心${centre}$，半径的平方为${across}^2 + {up}^2 = {answer}$。",
    ),
)

TEMPLATES = (CHORD, TANGENT, THREE_POINTS)
