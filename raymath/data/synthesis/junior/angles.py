"""Templates of angles, intersecting and parallel lines.

from raymath.data.synthesis.junior.angles import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _bisectors(rng: Random) -> Numbers:
    while True:
        a, b, c = rng.randint(15, 90), rng.randint(10, 80), rng.randint(15, 90)
        if a + b + c < 178:
            return {"a": a, "b": b, "c": c}


BISECTORS = Template(
    "junior-two-bisectors",
    "junior/angles",
    draw=_bisectors,
    work=lambda v: {
        "half_a": Decimal(v["a"]) / 2,
        "half_c": Decimal(v["c"]) / 2,
        "answer": Decimal(v["a"] + v["c"]) / 2 + v["b"],
    },
    code="""\
# directions of the rays, counted from OA
oa = 0
ob = oa + {a}
oc = ob + {b}
od = oc + {c}
om, on = (oa + ob) / 2, (oc + od) / 2
print(f"{{on - om:g}}")""",
    en=Telling(
        questions=(
            r"Rays $OA$, $OB$, $OC$, $OD$ follow one another in this order, with $\angle AOB = {a}^\circ$, "
            r"$\angle BOC = {b}^\circ$ and $\angle COD = {c}^\circ$. $OM$ bisects $\angle AOB$ and $ON$ bisects "
            r"$\angle COD$. How many degrees is $\angle MON$?",
            r"Inside $\angle AOD$ lie the rays $OB$ and then $OC$, so that $\angle AOB = {a}^\circ$, "
            r"$\angle BOC = {b}^\circ$, $\angle COD = {c}^\circ$. Find the angle between the bisectors of "
            r"$\angle AOB$ and $\angle COD$ in degrees.",
            r"Three adjacent angles $\angle AOB$, $\angle BOC$, $\angle COD$ measure ${a}^\circ$, ${b}^\circ$ and "
            r"${c}^\circ$. What angle, in degrees, do the bisectors of the first and the third make?",
        ),
        plans=(
            "I give each ray a direction in degrees and subtract those of the bisectors.",
            "With $OA$ at 0 degrees, every ray has a known direction.",
        ),
        cot=r"The bisectors give $\angle MOB = {a}^\circ \div 2 = {half_a}^\circ$ and "
        r"$\angle CON = {c}^\circ \div 2 = {half_c}^\circ$. Between them lies $\angle BOC = {b}^\circ$. "
        r"So the angle is ${half_a}^\circ + {b}^\circ + {half_c}^\circ = {answer}^\circ$.",
    ),
    zh=Telling(
        questions=(
            r"射线 $OA$、$OB$、$OC$、$OD$ 依次排列，$\angle AOB = {a}^\circ$，$\angle BOC = {b}^\circ$，"
            r"$\angle COD = {c}^\circ$。$OM$ 平分 $\angle AOB$，$ON$ 平分 $\angle COD$，求 $\angle MON$ 的度数。",
            r"在 $\angle AOD$ 内部依次作射线 $OB$、$OC$，使 $\angle AOB = {a}^\circ$，$\angle BOC = {b}^\circ$，"
            r"$\angle COD = {c}^\circ$，那么 $\angle AOB$ 与 $\angle COD$ 的平分线所成的角是多少度？",
            r"三个相邻的角 $\angle AOB$、$\angle BOC$、$\angle COD$ 分别为 ${a}^\circ$、${b}^\circ$、${c}^\circ$，"
            "第一个角和第三个角的平分线之间的夹角是多少度？",
        ),
        plans=("以 $OA$ 为0度，写出各射线的方向，再求差。", "用方向角表示每条射线，平分线取平均。"),
        cot=r"由角平分线得 $\angle MOB = {a}^\circ \div 2 = {half_a}^\circ$，"
        r"$\angle CON = {c}^\circ \div 2 = {half_c}^\circ$，中间还有 $\angle BOC = {b}^\circ$，"
        r"所以所求的角为 ${half_a}^\circ + {b}^\circ + {half_c}^\circ = {answer}^\circ$。",
    ),
)


def _bend(rng: Random) -> Numbers:
    return {
        "a": rng.randint(15, 80),
        "m": 6 * rng.randint(1, 9),
        "b": rng.randint(15, 80),
        "n": 6 * rng.randint(1, 9),
    }


def _bend_work(v: Numbers) -> Mapping[str, Value]:
    degrees, minutes = divmod(60 * (v["a"] + v["b"]) + v["m"] + v["n"], 60)
    return {
        "sum": f"{degrees}^\\circ" + (f"{minutes}'" if minutes else ""),
        "answer": degrees + Decimal(minutes) / 60,
    }


BEND = Template(
    "junior-bend-between-parallels",
    "junior/angles",
    draw=_bend,
    work=_bend_work,
    code="""\
from cmath import phase, rect
from math import degrees, radians
# AB and CD run to the right, AB above; E is reached from A downward and from C upward
e_to_a = -rect(1, -radians({a} + {m} / 60))
e_to_c = -rect(1, radians({b} + {n} / 60))
angle = abs(degrees(phase(e_to_a / e_to_c)))
print(f"{{angle:.1f}}".removesuffix(".0"))""",
    en=Telling(
        questions=(
            r"$AB \parallel CD$, both pointing the same way. Between these lines lies $E$ with "
            r"$\angle BAE = {a}^\circ{m}'$ and $\angle DCE = {b}^\circ{n}'$. How many degrees is $\angle AEC$, "
            "as a decimal?",
            r"Between parallel rays $AB$ and $CD$ of the same direction a bent line $A$-$E$-$C$ is drawn. If "
            r"$\angle BAE = {a}^\circ{m}'$ and $\angle DCE = {b}^\circ{n}'$, what is $\angle AEC$ in degrees "
            r"(decimal)?",
            r"A point $E$ lies between two parallel rays $AB$, $CD$ (same direction), and both angles $BAE$ and $DCE$ "
            r"are acute: ${a}^\circ{m}'$ and ${b}^\circ{n}'$. Express $\angle AEC$ in decimal degrees.",
        ),
        plans=(
            "I put the rays into the plane, turn the directions by the angles and measure the angle at $E$.",
            "With complex numbers as directions the angle at $E$ can be measured.",
        ),
        cot=r"Draw a line through $E$ parallel to $AB$ and $CD$. It splits $\angle AEC$ into two parts, which equal "
        r"$\angle BAE$ and $\angle DCE$ as alternate angles. So $\angle AEC = {a}^\circ{m}' + {b}^\circ{n}' = {sum}$. "
        r"As a decimal this is ${answer}^\circ$, since $1^\circ = 60'$.",
    ),
    zh=Telling(
        questions=(
            r"已知 $AB \parallel CD$（射线方向相同），点 $E$ 在两线之间，$\angle BAE = {a}^\circ{m}'$，"
            r"$\angle DCE = {b}^\circ{n}'$，求 $\angle AEC$ 是多少度（用小数表示）。",
            r"同方向的平行射线 $AB$、$CD$ 之间有折线 $A$—$E$—$C$，若 $\angle BAE$ 为 ${a}^\circ{m}'$，"
            r"$\angle DCE$ 为 ${b}^\circ{n}'$，则 $\angle AEC$ 等于多少度？写成小数。",
            r"射线 $AB$ 与 $CD$ 平行且同向，$E$ 夹在它们中间，锐角 $\angle BAE = {a}^\circ{m}'$、"
            r"$\angle DCE = {b}^\circ{n}'$。把 $\angle AEC$ 用度的小数形式写出来。",
        ),
        plans=("在平面内取方向向量，旋转后测量 $E$ 处的夹角。", "用复数表示方向，求两方向的夹角。"),
        cot=r"过 $E$ 作 $AB$ 的平行线，它也平行于 $CD$，把 $\angle AEC$ 分成两部分，由内错角相等，"
        r"两部分分别等于 $\angle BAE$ 和 $\angle DCE$。所以 $\angle AEC = {a}^\circ{m}' + {b}^\circ{n}' = {sum}$。"
        r"因为 $1^\circ = 60'$，化成小数为 ${answer}^\circ$。",
    ),
)


def _pair(rng: Random) -> Numbers:
    while True:
        a, c, x = rng.randint(2, 9), rng.randint(2, 9), rng.randint(5, 40)
        b = nonzero(rng, 30)
        d = 180 - (a + c) * x - b
        if d and abs(d) <= 40 and 10 < a * x + b < 170:
            return {"a": a, "b": b, "c": c, "d": d}


def _pair_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, d = (v[name] for name in "abcd")
    x = (180 - b - d) // (a + c)
    return {
        "one": polynomial((a, b)),
        "two": polynomial((c, d)),
        "sum": f"{polynomial((a + c, b + d))} = 180",
        "x": x,
        "at": rf"{a} \times {x} {signed(b)}",
        "answer": a * x + b,
    }


PAIR = Template(
    "junior-linear-pair",
    "junior/angles",
    draw=_pair,
    work=_pair_work,
    code="""\
for x in range(1, 100):
    first, second = {a} * x + ({b}), {c} * x + ({d})
    if first > 0 and second > 0 and first + second == 180:
        print(first)""",
    en=Telling(
        questions=(
            r"Lines $AB$ and $CD$ cross at $O$. If $\angle AOC = ({one})^\circ$ and $\angle BOC = ({two})^\circ$, "
            r"how many degrees is $\angle AOC$?",
            r"Point $O$ is on the straight line $AB$, and the ray $OC$ makes $\angle AOC = ({one})^\circ$ and "
            r"$\angle COB = ({two})^\circ$. Find $\angle AOC$ in degrees.",
            r"Two angles at a straight line, $({one})^\circ$ and $({two})^\circ$, are neighbours and together form "
            "a straight angle. What is the size of the first one in degrees?",
        ),
        plans=("I try values of $x$ until the two angles make 180 degrees.", "Search for the $x$ that fits."),
        cot=r"The two angles add up to $180^\circ$: $({one}) + ({two}) = 180$, that is ${sum}$. Hence $x = {x}$. "
        r"The angle is ${at} = {answer}$ degrees.",
    ),
    zh=Telling(
        questions=(
            r"直线 $AB$、$CD$ 相交于点 $O$，$\angle AOC = ({one})^\circ$，$\angle BOC = ({two})^\circ$，"
            r"求 $\angle AOC$ 的度数。",
            r"点 $O$ 在直线 $AB$ 上，射线 $OC$ 使 $\angle AOC = ({one})^\circ$，$\angle COB = ({two})^\circ$，"
            r"$\angle AOC$ 是多少度？",
            r"一对邻补角分别为 $({one})^\circ$ 和 $({two})^\circ$，其中前一个角等于多少度？",
        ),
        plans=("尝试 $x$ 的值，使两角之和为180度。", "枚举 $x$，检验两角是否互补。"),
        cot=r"两角之和为 $180^\circ$：$({one}) + ({two}) = 180$，即 ${sum}$，解得 $x = {x}$。"
        "所求的角为 ${at} = {answer}$ 度。",
    ),
)

TEMPLATES = (BISECTORS, BEND, PAIR)
