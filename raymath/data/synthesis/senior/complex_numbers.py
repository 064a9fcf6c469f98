"""Templates of complex numbers: quotients, sums of powers of i, equations with a known root, greatest distances.

from raymath.data.synthesis.senior.complex_numbers import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from random import Random

from raymath.data.synthesis.draws import SMALL_TRIPLES, nonzero
from raymath.data.synthesis.latex import factor, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def number(real: int, imaginary: int) -> str:
    """A complex number in LaTeX: ``3 - 2i``, ``-1 + i``."""
    size = abs(imaginary)
    return f"{real} {'+' if imaginary > 0 else '-'} {size if size > 1 else ''}i"


def _quotient(rng: Random) -> Numbers:
    x, y, c, d = (nonzero(rng, 9) for _ in range(4))
    a, b = x * c - y * d, x * d + y * c
    return {"a": a, "b": b, "c": c, "d": d} if a and b else _quotient(rng)


def _quotient_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d = v["a"], v["b"], v["c"], v["d"]
    real, imaginary, norm = a * c + b * d, b * c - a * d, c * c + d * d
    return {
        "conjugate": number(c, -d),
        "norm": norm,
        "expanded": number(real, imaginary),
        "quotient": number(real // norm, imaginary // norm),
        "imaginary": factor(imaginary // norm),
        "real": real // norm,
        "answer": real // norm + imaginary // norm,
    }


QUOTIENT = Template(
    "senior-complex-quotient",
    "senior/complex-numbers",
    draw=_quotient,
    work=_quotient_work,
    forms=lambda v: {"top": number(v["a"], v["b"]), "bottom": number(v["c"], v["d"])},
    code="# the x + yi whose product with the divisor is the dividend\nfor x in range(-200, 201):\n"
    "    for y in range(-30, 31):\n        if x * {c} - y * {d} == {a} and x * {d} + y * {c} == {b}:\n"
    "            print(x + y)",
    en=Telling(
        questions=(
            "Write $\\frac{{{top}}}{{{bottom}}}$ as $x + yi$ with real $x$, $y$ and find $x + y$.",
            "The complex number $z$ satisfies $({bottom})z = {top}$. What is the sum of its real and imaginary parts?",
            "Real numbers $x$ and $y$ fulfil $(x + yi)({bottom}) = {top}$. Compute $x + y$.",
        ),
        plans=(
            "Both parts are whole here, so I search for the number whose product fits.",
            "I compare real and imaginary parts of the product for all small $x$ and $y$.",
        ),
        cot="Multiply above and below by the conjugate ${conjugate}$: the denominator becomes ${norm}$, the numerator "
        "$({top})({conjugate}) = {expanded}$. So the quotient is ${quotient}$. "
        "The sum of its parts is ${real} + {imaginary} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "设$\\frac{{{top}}}{{{bottom}}} = x + yi$（$x$、$y$为实数），求$x + y$。",
            "复数$z$满足$({bottom})z = {top}$，则$z$的实部与虚部之和是多少？",
            "若实数$x$、$y$使$(x + yi)({bottom}) = {top}$成立，试求$x + y$的值。",
        ),
        plans=("实部、虚部都是整数，逐个查找满足乘积的复数。", "比较乘积的实部与虚部，枚举$x$、$y$。"),
        cot="分子、分母同乘共轭复数${conjugate}$，分母化为${norm}$，分子为$({top})({conjugate}) = {expanded}$。"
        "所以商为${quotient}$，实部与虚部之和为${real} + {imaginary} = {answer}$。",
    ),
)


def _powers(rng: Random) -> Numbers:
    return {"p": rng.randint(1, 9), "q": nonzero(rng, 20), "n": 4 * rng.randint(5, 120)}


def _powers_work(v: Numbers) -> Mapping[str, Value]:
    blocks = v["n"] // 4
    return {
        "blocks": blocks,
        "step": 2 * v["p"],
        "answer": blocks * 2 * v["p"],
    }


POWERS = Template(
    "senior-powers-of-i",
    "senior/complex-numbers",
    draw=_powers,
    work=_powers_work,
    forms=lambda v: {
        "term": polynomial((v["p"], v["q"]), "k"),
    },
    code="real, power = 0, 1\nfor k in range(1, {n} + 1):\n    power *= 1j\n"
    "    real += ({p} * k + ({q})) * power.real\nprint(round(real))",
    en=Telling(
        questions=(
            "Find the real part of $\\sum_{{k=1}}^{{{n}}} ({term})\\,i^k$, where $i^2 = -1$.",
            "Let $S = a_1 i + a_2 i^2 + \\cdots + a_{{{n}}} i^{{{n}}}$ with $a_k = {term}$. What is the real part of "
            "$S$?",
            "The powers $i, i^2, \\ldots, i^{{{n}}}$ of the imaginary unit are weighted with $a_k = {term}$ and added. "
            "Determine the real part of the sum.",
        ),
        plans=(
            "I add the terms one by one, multiplying by $i$ each time.",
            "A loop multiplies the power by $i$ and collects the real parts.",
        ),
        cot="Only even powers are real: $i^2 = -1$, $i^4 = 1$, and this repeats every four terms. "
        "Each block of four contributes $-a_k + a_{{k+2}}$ for its two even places. "
        "Since $a_k = {term}$, this difference is always ${step}$. There are ${n} \\div 4 = {blocks}$ blocks, "
        "so the real part is ${blocks} \\cdot {step} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "求$\\sum_{{k=1}}^{{{n}}} ({term})\\,i^k$的实部，其中$i$为虚数单位。",
            "设$a_k = {term}$，$S = a_1 i + a_2 i^2 + \\cdots + a_{{{n}}} i^{{{n}}}$，则复数$S$的实部是多少？",
            "把$i, i^2, \\ldots, i^{{{n}}}$分别乘以$a_k = {term}$后相加（$i^2 = -1$），所得复数的实部等于几？",
        ),
        plans=("逐项相加，每次把幂乘以$i$。", "用循环累加各项的实部。"),
        cot="只有偶数次幂是实数：$i^2 = -1$，$i^4 = 1$，每四项循环一次。每四项中两个偶数位的贡献为$-a_k + a_{{k+2}}$。"
        "由$a_k = {term}$，这个差恒为${step}$。共有${n} \\div 4 = {blocks}$组，所以实部为"
        "${blocks} \\cdot {step} = {answer}$。",
    ),
)


def _known_root(rng: Random) -> Numbers:
    return {"a": nonzero(rng, 25), "b": rng.randint(1, 30), "c": rng.randint(1, 6)}


KNOWN_ROOT = Template(
    "senior-conjugate-roots",
    "senior/complex-numbers",
    draw=_known_root,
    work=lambda v: {
        "conjugate": number(v["a"], -v["b"]),
        "sum": 2 * v["a"],
        "product": v["a"] ** 2 + v["b"] ** 2,
        "squares": f"{factor(v['a'])}^2 + {v['b']}^2",
        "p": -2 * v["a"] * v["c"],
        "q": (v["a"] ** 2 + v["b"] ** 2) * v["c"],
        "vieta_p": f"-{v['c'] if v['c'] > 1 else ''}({2 * v['a']})",
        "vieta_q": f"{v['c']} \\cdot {v['a'] ** 2 + v['b'] ** 2} = " if v["c"] > 1 else "",
        "answer": (v["a"] ** 2 + v["b"] ** 2) * v["c"] - 2 * v["a"] * v["c"],
    },
    forms=lambda v: {"root": number(v["a"], v["b"]), "lead": "" if v["c"] == 1 else str(v["c"])},
    code="from fractions import Fraction\n\n# c z^2 + p z + q = 0 at z = a + bi: first the imaginary part, then the "
    "real\n"
    "a, b, c = {a}, {b}, {c}\nsquare = complex(a, b) ** 2\np = Fraction(round(-c * square.imag), b)\n"
    "q = -c * round(square.real) - p * a\nprint(p + q)",
    en=Telling(
        questions=(
            "The equation ${lead}z^2 + pz + q = 0$ has real coefficients, and ${root}$ is one of its roots. Find $p "
            "+ q$.",
            "Real numbers $p$, $q$ are chosen so that $z = {root}$ solves ${lead}z^2 + pz + q = 0$. What is $p + q$?",
            "One solution of ${lead}z^2 + pz + q = 0$ is ${root}$, where $p$ and $q$ are real. Compute the sum $p + "
            "q$.",
        ),
        plans=(
            "I insert the root: the imaginary part gives $p$, then the real part gives $q$.",
            "Comparing imaginary and real parts at the root determines both coefficients.",
        ),
        cot="As the coefficients are real, ${conjugate}$ is the other root. The roots have the sum ${sum}$ and the "
        "product ${squares} = {product}$. Hence $p = {vieta_p} = {p}$ and $q = {vieta_q}{q}$. "
        "So $p + q = {p} + {q} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "实系数方程${lead}z^2 + pz + q = 0$有一个根为${root}$，求$p + q$。",
            "已知$p$、$q$为实数，且$z = {root}$是方程${lead}z^2 + pz + q = 0$的解，则$p + q$等于多少？",
            "若关于$z$的方程${lead}z^2 + pz + q = 0$（$p$、$q$是实数）的一个解是${root}$，试求$p + q$。",
        ),
        plans=("把根代入方程，由虚部求$p$，再由实部求$q$。", "比较虚部和实部，确定两个系数。"),
        cot="系数为实数，所以另一个根是${conjugate}$。两根之和为${sum}$，两根之积为${squares} = {product}$。"
        "因此$p = {vieta_p} = {p}$，$q = {vieta_q}{q}$，$p + q = {p} + {q} = {answer}$。",
    ),
)


def _away(real: int, imaginary: int) -> str:
    """z minus a complex number, written without brackets."""
    return f"z {signed(-real)} {number(0, -imaginary).removeprefix('0 ')}"


def _farthest(rng: Random) -> Numbers:
    x, y, _ = rng.choice(SMALL_TRIPLES[:30])
    k = rng.randint(1, 3)
    a, b = nonzero(rng, 12), nonzero(rng, 12)
    c, d = a + rng.choice((-1, 1)) * k * x, b + rng.choice((-1, 1)) * k * y
    return {"a": a, "b": b, "c": c, "d": d, "r": rng.randint(1, 12)} if c and d else _farthest(rng)


FARTHEST = Template(
    "senior-modulus-maximum",
    "senior/complex-numbers",
    draw=_farthest,
    work=lambda v: {
        "across": abs(v["a"] - v["c"]),
        "up": abs(v["b"] - v["d"]),
        "distance": isqrt((v["a"] - v["c"]) ** 2 + (v["b"] - v["d"]) ** 2),
        "answer": isqrt((v["a"] - v["c"]) ** 2 + (v["b"] - v["d"]) ** 2) + v["r"],
    },
    forms=lambda v: {
        "from_centre": _away(v["a"], v["b"]),
        "from_point": _away(v["c"], v["d"]),
        "centre": f"({v['a']}, {v['b']})",
        "point": f"({v['c']}, {v['d']})",
    },
    code="from cmath import exp, pi\n\ncentre, point = complex({a}, {b}), complex({c}, {d})\n"
    "circle = (centre + {r} * exp(2j * pi * n / 20000) for n in range(20000))\n"
    "print(round(max(abs(z - point) for z in circle)))",
    en=Telling(
        questions=(
            "For the complex numbers $z$ with $|{from_centre}| = {r}$, find the maximum of $|{from_point}|$.",
            "A complex number $z$ satisfies $|{from_centre}| = {r}$. How large can $|{from_point}|$ become?",
            "What is the greatest value of $|{from_point}|$ if $z$ runs over all solutions of $|{from_centre}| = {r}$?",
        ),
        plans=(
            "I walk round the circle in small steps and take the largest distance.",
            "The points form a circle; the largest distance on a fine grid of it is a whole number.",
        ),
        cot="The points $z$ form the circle with centre ${centre}$ and radius ${r}$. The expression is the distance "
        "from $z$ to the point ${point}$. This point is $\\sqrt{{{across}^2 + {up}^2}} = {distance}$ away from the "
        "centre. "
        "The farthest point of the circle lies beyond the centre, at the distance ${distance} + {r} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "若复数$z$满足$|{from_centre}| = {r}$，求$|{from_point}|$的最大值。",
            "已知$|{from_centre}| = {r}$，当复数$z$变化时，$|{from_point}|$最大是多少？",
            "在复平面内，满足$|{from_centre}| = {r}$的所有$z$中，$|{from_point}|$能取到的最大值等于几？",
        ),
        plans=("沿圆周取细密的点，求最大距离。", "这些点构成一个圆，计算圆上各点的距离并取最大。"),
        cot="满足条件的点构成圆心为${centre}$、半径为${r}$的圆，所求式子是$z$到点${point}$的距离。"
        "圆心到该点的距离为$\\sqrt{{{across}^2 + {up}^2}} = {distance}$，所以最大值为${distance} + {r} = {answer}$。",
    ),
)

TEMPLATES = (QUOTIENT, POWERS, KNOWN_ROOT, FARTHEST)
