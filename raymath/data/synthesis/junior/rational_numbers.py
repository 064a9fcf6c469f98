"""Templates of rational numbers and absolute value.

from raymath.data.synthesis.junior.rational_numbers import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from random import Random

from raymath.data.synthesis.latex import polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _trips(rng: Random) -> Numbers:
    while True:
        a, b, c, d, e = (rng.randint(3, 29) for _ in range(5))
        if a + c + e != b + d:
            return {"a": a, "b": b, "c": c, "d": d, "e": e}


TRIPS = Template(
    "junior-trips-east-west",
    "junior/rational-numbers",
    draw=_trips,
    work=lambda v: {
        "all": sum(v.values()),
        "east": v["a"] + v["c"] + v["e"],
        "west": v["b"] + v["d"],
        "net": v["a"] + v["c"] + v["e"] - v["b"] - v["d"],
        "back": abs(v["a"] + v["c"] + v["e"] - v["b"] - v["d"]),
        "answer": sum(v.values()) + abs(v["a"] + v["c"] + v["e"] - v["b"] - v["d"]),
    },
    code="""\
position = driven = 0
for trip in [{a}, -{b}, {c}, -{d}, {e}]:
    position += trip
    driven += abs(trip)
print(driven + abs(position))""",
    en=Telling(
        questions=(
            "A {vehicle} drives on an east-west road and notes its trips in km, east being positive: "
            "$+{a}, -{b}, +{c}, -{d}, +{e}$. Then it goes straight back to where it began. "
            "How many km has it driven altogether?",
            "East counts as positive. The trips of a {vehicle} on one straight road are, in order, "
            "$+{a}, -{b}, +{c}, -{d}$ and $+{e}$ km; its last drive takes it directly back to its starting point. "
            "Find the total distance in km.",
            "What distance in km does a {vehicle} cover if it makes the runs $+{a}, -{b}, +{c}, -{d}, +{e}$ "
            "(km, eastward positive, westward negative, same straight road) and then returns to its start?",
        ),
        plans=(
            "I follow the position trip by trip, add the lengths, and add the way back.",
            "A loop over the trips keeps the position and the distance driven.",
        ),
        cot="The trips themselves are ${a} + {b} + {c} + {d} + {e} = {all}$ km long. "
        "Eastward it drives ${a} + {c} + {e} = {east}$ km and westward ${b} + {d} = {west}$ km, "
        "so it ends at ${east} - {west} = {net}$. The way back is $|{net}| = {back}$ km, "
        "in all ${all} + {back} = {answer}$ km.",
        scenes=scenes("vehicle", "taxi", "patrol car", "delivery van", "repair truck"),
    ),
    zh=Telling(
        questions=(
            "一辆{vehicle}在东西方向的公路上行驶，规定向东为正，各段行程（千米）依次是"
            "$+{a}, -{b}, +{c}, -{d}, +{e}$，最后直接回到出发点。它一共行驶了多少千米？",
            "{vehicle}从车站出发，先后行驶 $+{a}, -{b}, +{c}, -{d}, +{e}$ 千米（东正西负，同一条直路），"
            "跑完后立即返回车站，求总路程是多少千米。",
            "以向东为正，某{vehicle}一天的行车记录为 $+{a}, -{b}, +{c}, -{d}, +{e}$（单位：千米）。"
            "收工后它沿原路直接开回起点，这一天共走多少千米？",
        ),
        plans=("逐段累加位置和路程，再加上返回的距离。", "用循环记录位置与已走的路程。"),
        cot="各段路程之和为 ${a} + {b} + {c} + {d} + {e} = {all}$ 千米。向东共 ${a} + {c} + {e} = {east}$ 千米，"
        "向西共 ${b} + {d} = {west}$ 千米，最后位置是 ${east} - {west} = {net}$。"
        "返回要走 $|{net}| = {back}$ 千米，总路程 ${all} + {back} = {answer}$ 千米。",
        scenes=scenes("vehicle", "出租车", "巡逻车", "送货车", "抢修车"),
    ),
)


def _distances(rng: Random) -> Numbers:
    a, b = sorted(rng.sample([n for n in range(-40, 41) if n], 2))
    return {"a": a, "b": b, "s": b - a + rng.randint(1, 30)}


def _distances_work(v: Numbers) -> Mapping[str, Value]:
    apart = v["b"] - v["a"]
    spare = v["s"] - apart
    reach = spare // 2
    low, high = v["a"] - reach, v["b"] + reach
    return {
        "first": polynomial((1, -v["a"])),
        "second": polynomial((1, -v["b"])),
        "apart": apart,
        "spare": spare,
        "reach": reach,
        "low": low,
        "high": high,
        "span": f"{v['b']} {signed(-v['a'])} = {apart}",
        "count": f"{high} {signed(-low)} + 1",
        "answer": high - low + 1,
    }


DISTANCES = Template(
    "junior-sum-of-distances",
    "junior/rational-numbers",
    draw=_distances,
    work=_distances_work,
    code="""\
count = 0
for x in range(-200, 201):
    if abs(x - ({a})) + abs(x - ({b})) <= {s}:
        count += 1
print(count)""",
    en=Telling(
        questions=(
            r"How many integers $x$ satisfy $|{first}| + |{second}| \le {s}$?",
            "On a number line, $x$ is an integer whose distances from ${a}$ and from ${b}$ add up to at most ${s}$. "
            "How many such $x$ are there?",
            r"Given $|{first}| + |{second}| \le {s}$, count the integer values that $x$ can take.",
        ),
        plans=(
            "I test every integer in a range that is wide enough.",
            "The two distances are easy to check for each integer, so I count.",
        ),
        cot="The left side is the distance of $x$ from ${a}$ plus its distance from ${b}$. "
        r"Between these points it is ${span} \le {s}$. "
        "Going $t$ beyond either end adds $2t$, and ${s} - {apart} = {spare}$ allows whole steps up to ${reach}$. "
        "So $x$ runs from ${low}$ to ${high}$, which is ${count} = {answer}$ integers.",
    ),
    zh=Telling(
        questions=(
            r"满足 $|{first}| + |{second}| \le {s}$ 的整数 $x$ 有多少个？",
            "数轴上表示整数 $x$ 的点到 ${a}$ 与 ${b}$ 两点的距离之和不超过 ${s}$，这样的 $x$ 共有几个？",
            r"若 $x$ 是整数，且 $|{first}| + |{second}| \le {s}$，求 $x$ 可取的值的个数。",
        ),
        plans=("在足够大的范围内逐个检验整数。", "对每个整数算出两个绝对值之和，数出符合条件的个数。"),
        cot="左边表示 $x$ 到 ${a}$ 与到 ${b}$ 的距离之和。"
        r"当 $x$ 在两点之间时，和为 ${span} \le {s}$；"
        "每向外移动 $t$，和增加 $2t$。因为 ${s} - {apart} = {spare}$，整数步最多向外移 ${reach}$，"
        "所以 $x$ 从 ${low}$ 取到 ${high}$，共 ${count} = {answer}$ 个。",
    ),
)


def _distribute(rng: Random) -> Numbers:
    while True:
        a, b, c = rng.sample(range(2, 16), 3)
        n = lcm(a, b, c) * rng.randint(1, 3)
        p, q, r = (rng.choice([t for t in range(1, 2 * d) if gcd(t, d) == 1]) for d in (a, b, c))
        if n <= 400:
            return {"a": a, "b": b, "c": c, "p": p, "q": q, "r": r, "n": n}


def _distribute_work(v: Numbers) -> Mapping[str, Value]:
    first, second, third = (v["n"] // v[under] * v[over] for over, under in ("pa", "qb", "rc"))
    return {"first": first, "second": second, "third": third, "answer": -first + second - third}


DISTRIBUTE = Template(
    "junior-distribute-over-fractions",
    "junior/rational-numbers",
    draw=_distribute,
    work=_distribute_work,
    code="""\
from fractions import Fraction
bracket = Fraction({p}, {a}) - Fraction({q}, {b}) + Fraction({r}, {c})
print(bracket * -{n})""",
    en=Telling(
        questions=(
            r"Compute $\left(\frac{{{p}}}{{{a}}} - \frac{{{q}}}{{{b}}} + \frac{{{r}}}{{{c}}}\right) \times (-{n})$.",
            r"What is $(-{n}) \times \left(\frac{{{p}}}{{{a}}} - \frac{{{q}}}{{{b}}} + \frac{{{r}}}{{{c}}}\right)$?",
            r"Multiply $\frac{{{p}}}{{{a}}} - \frac{{{q}}}{{{b}}} + \frac{{{r}}}{{{c}}}$ by $-{n}$. "
            "What do you get?",
        ),
        plans=(
            "I work out the bracket exactly and multiply.",
            "Exact fractions: first the bracket, then the product.",
        ),
        cot=r"By the distributive law, $\frac{{{p}}}{{{a}}} \times (-{n}) = -{first}$, "
        r"$-\frac{{{q}}}{{{b}}} \times (-{n}) = {second}$ and $\frac{{{r}}}{{{c}}} \times (-{n}) = -{third}$. "
        "The sum is $-{first} + {second} - {third} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            r"计算：$\left(\frac{{{p}}}{{{a}}} - \frac{{{q}}}{{{b}}} + \frac{{{r}}}{{{c}}}\right) \times (-{n})$。",
            r"用简便方法求 $(-{n}) \times \left(\frac{{{p}}}{{{a}}} - \frac{{{q}}}{{{b}}} + "
            r"\frac{{{r}}}{{{c}}}\right)$ 的值。",
            r"$\frac{{{p}}}{{{a}}} - \frac{{{q}}}{{{b}}} + \frac{{{r}}}{{{c}}}$ 与 $-{n}$ 的积是多少？",
        ),
        plans=("先算括号里的分数，再相乘。", "用精确分数计算括号，然后乘以负数。"),
        cot=r"由分配律，$\frac{{{p}}}{{{a}}} \times (-{n}) = -{first}$，"
        r"$-\frac{{{q}}}{{{b}}} \times (-{n}) = {second}$，$\frac{{{r}}}{{{c}}} \times (-{n}) = -{third}$。"
        "三项相加得 $-{first} + {second} - {third} = {answer}$。",
    ),
)

TEMPLATES = (TRIPS, DISTANCES, DISTRIBUTE)
