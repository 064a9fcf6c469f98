"""Templates of trigonometric functions: tides, counted roots, shifts, greatest values.

from raymath.data.synthesis.senior.trigonometry import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import fraction, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value

#: Hours of a tide of period 12 at which the sine is known: its value in halves.
_SINES = {0: 0, 1: 1, 3: 2, 5: 1, 6: 0, 7: -1, 9: -2, 11: -1}


def _tide(rng: Random) -> Numbers:
    amplitude, middle = 2 * rng.randint(1, 15), rng.randint(40, 120)
    return {
        "high": middle + amplitude,
        "low": middle - amplitude,
        "t": 12 * rng.randint(1, 9) + rng.choice((1, 5, 7, 11)),
    }


def _tide_work(v: Numbers) -> Mapping[str, Value]:
    amplitude, middle = (v["high"] - v["low"]) // 2, (v["high"] + v["low"]) // 2
    hour = v["t"] % 12
    half = _SINES[hour]
    return {
        "amplitude": amplitude,
        "middle": middle,
        "hour": hour,
        "sine": fraction(Fraction(half, 2)),
        "sine_factor": fraction(Fraction(half, 2)) if half >= 0 else f"\\left({fraction(Fraction(half, 2))}\\right)",
        "answer": middle + amplitude * half // 2,
    }


TIDE = Template(
    "senior-tide-depth",
    "senior/trigonometric-functions",
    draw=_tide,
    work=_tide_work,
    code="from math import pi, sin\n\namplitude = ({high} - {low}) / 2\nmiddle = ({high} + {low}) / 2\n"
    "print(round(middle + amplitude * sin(pi / 6 * {t})))",
    en=Telling(
        questions=(
            "The depth of water at a pier, in decimetres, is $d(t) = A \\sin \\frac{{\\pi}}{{6}} t + B$ with $A > 0$, "
            "$t$ hours after midnight. It varies between {low} and {high}. What is the depth at $t = {t}$?",
            "A quantity follows $y = A \\sin \\frac{{\\pi t}}{{6}} + B$ ($A > 0$); its greatest value is {high}, its "
            "least value {low}. Find $y$ when $t = {t}$.",
            "The function $f(t) = A \\sin \\frac{{\\pi t}}{{6}} + B$, where $A > 0$, has range $[{low}, {high}]$. "
            "Evaluate $f({t})$.",
        ),
        plans=(
            "Amplitude and middle follow from the extremes; then I evaluate the sine.",
            "I find $A$ and $B$ from the two extremes and compute the value.",
        ),
        cot="The amplitude is $A = \\frac{{{high} - {low}}}{{2}} = {amplitude}$ and the middle is "
        "$B = \\frac{{{high} + {low}}}{{2}} = {middle}$. The period is $2\\pi \\div \\frac{{\\pi}}{{6}} = 12$, "
        "so $t = {t}$ gives the same value as $t = {hour}$. There the sine is ${sine}$. "
        "The value is ${amplitude} \\cdot {sine_factor} + {middle} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "某码头的水深（分米）满足$d(t) = A \\sin \\frac{{\\pi}}{{6}} t + B$（$A > 0$，$t$为从零时起的小时数），"
            "水深最大{high}，最小{low}。求$t = {t}$时的水深。",
            "已知$y = A \\sin \\frac{{\\pi t}}{{6}} + B$（$A > 0$）的最大值为{high}，最小值为{low}，当$t = "
            "{t}$时$y$的值是多少？",
            "函数$f(t) = A \\sin \\frac{{\\pi t}}{{6}} + B$（其中$A > 0$）的值域是$[{low}, {high}]$，求$f({t})$。",
        ),
        plans=("由最大值、最小值求出$A$和$B$，再代入。", "振幅与中线由两个最值确定，然后计算正弦值。"),
        cot="振幅$A = \\frac{{{high} - {low}}}{{2}} = {amplitude}$，$B = \\frac{{{high} + {low}}}{{2}} = {middle}$。"
        "周期为$2\\pi \\div \\frac{{\\pi}}{{6}} = 12$，所以$t = {t}$与$t = {hour}$的值相同，此时正弦值为${sine}$。"
        "于是所求为${amplitude} \\cdot {sine_factor} + {middle} = {answer}$。",
    ),
)


def _roots(rng: Random) -> Numbers:
    q = rng.randint(3, 15)
    p = rng.choice([p for p in range(1, q) if gcd(p, q) == 1])
    return {"k": rng.randint(2, 15), "n": rng.randint(2, 13), "p": p, "q": q}


def _roots_work(v: Numbers) -> Mapping[str, Value]:
    halves = v["k"] * v["n"]
    arches = (halves + 1) // 2
    return {"halves": halves, "arches": arches, "answer": 2 * arches}


ROOTS = Template(
    "senior-sine-roots",
    "senior/trigonometric-functions",
    draw=_roots,
    work=_roots_work,
    code="from math import pi, sin\n\nsteps = 101 * {k} * {n}\n"
    "values = [sin({k} * i * {n} * pi / steps) - {p} / {q} for i in range(steps + 1)]\n"
    "print(sum(a * b < 0 for a, b in zip(values, values[1:])))",
    en=Telling(
        questions=(
            "How many solutions does $\\sin {k}x = \\frac{{{p}}}{{{q}}}$ have on the interval $[0, {n}\\pi]$?",
            "Count the points that the graph of $y = \\sin {k}x$ and the line $y = \\frac{{{p}}}{{{q}}}$ share "
            "for $0 \\le x \\le {n}\\pi$.",
            "Find the number of zeros of $f(x) = \\sin {k}x - \\frac{{{p}}}{{{q}}}$ with $0 \\le x \\le {n}\\pi$.",
        ),
        plans=(
            "I follow the difference along a fine grid and count its changes of sign.",
            "Each solution is a change of sign, so I count these on a fine grid.",
        ),
        cot="As $x$ runs from $0$ to ${n}\\pi$, the angle $u = {k}x$ runs from $0$ to ${halves}\\pi$, that is over "
        "${halves}$ half turns. The sine is positive on the first, third, fifth, … of them: on ${arches}$ arches. "
        "As $0 < \\frac{{{p}}}{{{q}}} < 1$, each arch meets the line twice. "
        "The number of solutions is $2 \\cdot {arches} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "方程$\\sin {k}x = \\frac{{{p}}}{{{q}}}$在区间$[0, {n}\\pi]$上有多少个解？",
            "当$0 \\le x \\le {n}\\pi$时，曲线$y = \\sin {k}x$与直线$y = \\frac{{{p}}}{{{q}}}$有几个公共点？",
            "求函数$f(x) = \\sin {k}x - \\frac{{{p}}}{{{q}}}$在$[0, {n}\\pi]$内零点的个数。",
        ),
        plans=("在细密的点上计算差值，数变号的次数。", "每个解对应一次变号，用程序统计。"),
        cot="$x$从$0$到${n}\\pi$时，$u = {k}x$从$0$到${halves}\\pi$，共${halves}$个半周。"
        "正弦在第一、三、五……个半周上为正，这样的拱有${arches}$个。因为$0 < \\frac{{{p}}}{{{q}}} < 1$，"
        "每个拱与直线相交两次，共有$2 \\cdot {arches} = {answer}$个解。",
    ),
)


def _even_shift(rng: Random) -> Numbers:
    start = rng.randint(1, 178)
    return {"k": rng.randint(2, 9), "start": start + (start >= 90), "amplitude": rng.randint(2, 9)}


EVEN_SHIFT = Template(
    "senior-shift-to-even",
    "senior/trigonometric-functions",
    draw=_even_shift,
    work=lambda v: {
        "need": (90 - v["start"]) % 180,
        "reached": v["start"] + (90 - v["start"]) % 180,
        "shift": fraction(Fraction((90 - v["start"]) % 180, v["k"])),
        "answer": Fraction((90 - v["start"]) % 180, v["k"]),
    },
    code="from fractions import Fraction\n\n"
    "shifts = [Fraction(90 + 180 * m - {start}, {k}) for m in range(-5, 6)]\nprint(min(s for s in shifts if s > 0))",
    en=Telling(
        questions=(
            "The graph of $y = {amplitude}\\sin({k}x + {start}^\\circ)$ is moved left by $\\theta$ degrees "
            "($\\theta > 0$) and becomes symmetric about the $y$-axis. Find the least $\\theta$.",
            "What is the smallest shift to the left, in degrees and greater than 0, that turns "
            "$y = {amplitude}\\sin({k}x + {start}^\\circ)$ into an even function?",
            "For the smallest $\\theta > 0$ the function $g(x) = {amplitude}\\sin[{k}(x + \\theta) + "
            "{start}^\\circ]$ is even. Give $\\theta$ in degrees.",
        ),
        plans=(
            "The phase must become an odd multiple of 90 degrees; I list the shifts and take the least positive one.",
            "I list all shifts that make the sine a cosine and take the smallest above zero.",
        ),
        cot="After the shift the function is $y = {amplitude}\\sin({k}x + {k}\\theta + {start}^\\circ)$. It is even "
        "exactly when the phase ${k}\\theta + {start}^\\circ$ is $90^\\circ$ plus a multiple of $180^\\circ$. "
        "The first such phase above ${start}^\\circ$ is ${reached}^\\circ$, so ${k}\\theta = {need}^\\circ$ "
        "and $\\theta = {shift}^\\circ$.",
    ),
    zh=Telling(
        questions=(
            "把函数$y = {amplitude}\\sin({k}x + {start}^\\circ)$的图象向左平移$\\theta$度（$\\theta > 0$），"
            "所得图象关于$y$轴对称，求$\\theta$的最小值。",
            "将$y = {amplitude}\\sin({k}x + {start}^\\circ)$的图象至少向左平移多少度，才能得到偶函数的图象？",
            "若$g(x) = {amplitude}\\sin[{k}(x + \\theta) + {start}^\\circ]$为偶函数且$\\theta > 0$，"
            "则$\\theta$最小是多少度？",
        ),
        plans=("相位应为90度的奇数倍，列出所有平移量，取最小正数。", "列举使正弦变为余弦的平移量，找最小的正值。"),
        cot="平移后为$y = {amplitude}\\sin({k}x + {k}\\theta + {start}^\\circ)$。它是偶函数，当且仅当"
        "${k}\\theta + {start}^\\circ$等于$90^\\circ$加上$180^\\circ$的整数倍。大于${start}^\\circ$的第一个这样的角是"
        "${reached}^\\circ$，所以${k}\\theta = {need}^\\circ$，$\\theta = {shift}^\\circ$。",
    ),
)


def _sine_quadratic(rng: Random) -> Numbers:
    a = rng.randint(1, 12)
    return {"a": a, "b": nonzero(rng, 3 * a), "c": rng.randint(-15, 15)}


def _sine_quadratic_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c = v["a"], v["b"], v["c"]
    axis = Fraction(b, 2 * a)
    inside = abs(axis) <= 1
    best = axis if inside else Fraction(1 if b > 0 else -1)
    return {
        "quadratic": polynomial((-a, b, a + c), "t"),
        "axis": fraction(axis),
        "belongs": "\\in" if inside else "\\notin",
        "best": fraction(best),
        "value": fraction(-a * best * best + b * best + a + c),
        "answer": -a * best * best + b * best + a + c,
    }


SINE_QUADRATIC = Template(
    "senior-sine-quadratic-maximum",
    "senior/trigonometric-functions",
    draw=_sine_quadratic,
    work=_sine_quadratic_work,
    forms=lambda v: {
        "f": f"{v['a'] if v['a'] > 1 else ''}\\cos^2 x {'+' if v['b'] > 0 else '-'} "
        f"{abs(v['b']) if abs(v['b']) > 1 else ''}\\sin x{' ' + signed(v['c']) if v['c'] else ''}",
    },
    code="from fractions import Fraction\n\n# t = sin x; the axis b/(2a) is on the grid\n"
    "grid = [Fraction(i, 2 * {a}) for i in range(-2 * {a}, 2 * {a} + 1)]\n"
    "print(max({a} * (1 - t * t) + ({b}) * t + ({c}) for t in grid))",
    en=Telling(
        questions=(
            "Find the maximum of $y = {f}$ over all real $x$.",
            "What is the greatest value that ${f}$ takes for real $x$?",
            "Determine the largest value of the function $f(x) = {f}$, $x \\in \\mathbb{{R}}$.",
        ),
        plans=(
            "With $t = \\sin x$ this is a quadratic on $[-1, 1]$; I take the greatest value on a grid with its axis.",
            "I substitute $t$ for the sine and compare exact values on $[-1, 1]$.",
        ),
        cot="Let $t = \\sin x$ with $-1 \\le t \\le 1$. Since $\\cos^2 x = 1 - t^2$, $y = {quadratic}$. "
        "The axis of this parabola is $t = {axis}$, and ${axis} {belongs} [-1, 1]$. It opens downwards, so the "
        "greatest value is at $t = {best}$. It is ${value}$.",
    ),
    zh=Telling(
        questions=(
            "求函数$y = {f}$的最大值。",
            "当$x$取遍全体实数时，${f}$最大能取到多少？",
            "已知$f(x) = {f}$，$x \\in \\mathbf{{R}}$，则$f(x)$的最大值是多少？",
        ),
        plans=(
            "令$t = \\sin x$，化为$[-1, 1]$上的二次函数，比较各点的精确值。",
            "换元后在$[-1, 1]$上求二次函数的最大值。",
        ),
        cot="令$t = \\sin x$，则$-1 \\le t \\le 1$。由$\\cos^2 x = 1 - t^2$得$y = {quadratic}$。"
        "抛物线开口向下，对称轴为$t = {axis}$，且${axis} {belongs} [-1, 1]$。所以$t = {best}$时取得最大值${value}$。",
    ),
)


TEMPLATES = (TIDE, ROOTS, EVEN_SHIFT, SINE_QUADRATIC)
