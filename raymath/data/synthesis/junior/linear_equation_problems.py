"""Templates of word problems with one linear equation.

from raymath.data.synthesis.junior.linear_equation_problems import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from random import Random

from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _matching(rng: Random) -> Numbers:
    while True:
        p, q, k = rng.randint(4, 40), rng.randint(6, 80), rng.randint(2, 6)
        g = gcd(q, k * p)
        t = rng.randint(1, 12)
        if q // g * t > 1 and k * p // g * t > 1 and (q + k * p) // g * t <= 400:
            return {"n": (q + k * p) // g * t, "p": p, "q": q, "k": k}


MATCHING = Template(
    "junior-matching-parts",
    "junior/linear-equation-problems",
    draw=_matching,
    work=lambda v: {
        "kp": v["k"] * v["p"],
        "qn": v["q"] * v["n"],
        "both": v["k"] * v["p"] + v["q"],
        "answer": v["q"] * v["n"] // (v["k"] * v["p"] + v["q"]),
    },
    code="""\
for makers in range({n} + 1):
    wholes = {p} * makers
    pieces = {q} * ({n} - makers)
    if pieces == {k} * wholes and wholes > 0:
        print(makers)""",
    en=Telling(
        questions=(
            "A workshop has {n} workers. In a day one worker makes {p} {one} or {q} {many}, and each set needs "
            "1 of the former and {k} of the latter. How many workers should make {one} so that nothing is left over?",
            "{n} workers make {one} and {many}: {p} {one} or {q} {many} a day each. A set takes one of the first kind "
            "and {k} of the second. How many workers must be put on {one} for the day's output to match exactly?",
            "Every set consists of one piece from the {one} and {k} from the {many}. Of {n} workers, each can finish "
            "{p} {one} or {q} {many} daily. Find the number of workers for the {one} that makes complete sets only.",
        ),
        plans=(
            "I try every way to divide the workers and check whether the parts match.",
            "A loop over the number of workers finds the exact match.",
        ),
        cot=r"Let $x$ workers make {one}; then ${n} - x$ make {many}. Matching means "
        r"${k} \times {p}x = {q}({n} - x)$, that is ${kp}x = {qn} - {q}x$. So ${both}x = {qn}$ and $x = {answer}$.",
        scenes=scenes("one/many", "table tops/table legs", "bolts/nuts", "box bodies/box lids", "frames/wheels"),
    ),
    zh=Telling(
        questions=(
            "某车间有{n}名工人，每人每天能做{p}个{one}或{q}个{many}，1个{one}要配{k}个{many}。"
            "安排多少人做{one}，当天做出的两种零件恰好能配成套？",
            "{n}名工人分别加工{one}和{many}，一人一天可完成{one}{p}个或{many}{q}个。"
            "一套产品含{one}1个、{many}{k}个，做{one}的工人有几名时正好配套？",
            "一套产品由1个{one}和{k}个{many}组成。车间共{n}人，每人一天生产{p}个{one}或者{q}个{many}，"
            "要让当天生产的恰好全部成套，求生产{one}的人数。",
        ),
        plans=("枚举分工方案，检查两种零件是否配套。", "用循环尝试做前一种零件的人数。"),
        cot=r"设 $x$ 人做{one}，则 ${n} - x$ 人做{many}。由配套关系得 ${k} \times {p}x = {q}({n} - x)$，"
        "即 ${kp}x = {qn} - {q}x$，${both}x = {qn}$，解得 $x = {answer}$。",
        scenes=scenes("one/many", "桌面/桌腿", "螺栓/螺母", "盒身/盒盖", "车架/车轮"),
    ),
)


def _discount(rng: Random) -> Numbers:
    while True:
        cost, a, b = rng.randint(20, 3000), 5 * rng.randint(4, 20), rng.choice((70, 75, 80, 85, 90, 95))
        profit = Fraction(cost * (100 + a) * b, 10000) - cost
        if profit.denominator == 1 and profit > 2:
            return {"a": a, "b": b, "g": int(profit)}


def _discount_work(v: Numbers) -> Mapping[str, Value]:
    factor = Fraction((100 + v["a"]) * v["b"], 10000)
    return {
        "marked": fraction(Fraction(100 + v["a"], 100)),
        "rate": fraction(Fraction(v["b"], 100)),
        "factor": fraction(factor),
        "gain": fraction(factor - 1),
        "answer": v["g"] / (factor - 1),
    }


DISCOUNT = Template(
    "junior-cost-from-discount",
    "junior/linear-equation-problems",
    draw=_discount,
    work=_discount_work,
    code="""\
for cost in range(1, 5001):
    # all in ten-thousandths of the cost: marked up, then reduced
    price = cost * (100 + {a}) * {b}
    if price - 10000 * cost == 10000 * {g}:
        print(cost)""",
    en=Telling(
        questions=(
            "A shop marks a {thing} {a}% above its cost and then sells it at {b}% of the marked price, "
            "earning {g} dollars. What did the {thing} cost the shop, in dollars?",
            "Selling a {thing} at {b}% of its marked price brings a profit of {g} dollars. "
            "The marked price is {a}% higher than the cost. Find the cost in dollars.",
            "The profit on a {thing} is {g} dollars, although it is sold for only {b}% of a marked price "
            "that lies {a}% over the cost. How many dollars is the cost?",
        ),
        plans=(
            "I try whole costs and compare the profit in exact integers.",
            "For each possible cost I compute the price after markup and reduction.",
        ),
        cot="Let the cost be $x$ dollars. The marked price is ${marked}x$ and the selling price "
        r"${rate} \times {marked}x = {factor}x$. So ${factor}x - x = {g}$, that is ${gain}x = {g}$, "
        "so $x = {answer}$.",
        scenes=scenes("thing", "jacket", "lamp", "suitcase", "camera", "desk"),
    ),
    zh=Telling(
        questions=(
            "商店将一{thing}按进价提高{a}%标价，再按标价的{b}%卖出，结果赚了{g}元，这{thing}的进价是多少元？",
            "一{thing}的标价比进价高{a}%，打折后只收标价的{b}%，仍获利{g}元。求它的进价（元）。",
            "卖一{thing}可得利润{g}元：它先在进价上加价{a}%作为标价，实际售价为标价的{b}%。进价多少元？",
        ),
        plans=("枚举整数进价，比较利润是否吻合。", "对每个可能的进价，算出加价打折后的售价。"),
        cot=r"设进价为 $x$ 元，则标价为 ${marked}x$ 元，售价为 ${rate} \times {marked}x = {factor}x$ 元。"
        "由利润得 ${factor}x - x = {g}$，即 ${gain}x = {g}$，解得 $x = {answer}$。",
        scenes=scenes("thing", "件夹克", "盏台灯", "个旅行箱", "台相机", "张书桌"),
    ),
)


def _tiers(rng: Random) -> Numbers:
    t, p = rng.randint(8, 60), rng.randint(2, 9)
    q = p + rng.randint(1, 5)
    return {"t": t, "p": p, "q": q, "m": t * p + rng.randint(2, 50) * q}


TIERS = Template(
    "junior-two-tier-bill",
    "junior/linear-equation-problems",
    draw=_tiers,
    work=lambda v: {
        "base": v["t"] * v["p"],
        "rest": v["m"] - v["t"] * v["p"],
        "over": (v["m"] - v["t"] * v["p"]) // v["q"],
        "answer": (v["m"] - v["t"] * v["p"]) // v["q"] + v["t"],
    },
    code="""\
bill = used = 0
while bill < {m}:
    used += 1
    bill += {p} if used <= {t} else {q}
print(used)""",
    en=Telling(
        questions=(
            "{what} costs {p} yuan per {unit} for the first {t} {units} of a month and {q} yuan per {unit} beyond. "
            "{name}'s family paid {m} yuan. How many {units} did they use?",
            "A family's monthly bill for {low} is {m} yuan. Up to {t} {units} the price is {p} yuan per {unit}; "
            "whatever exceeds this is charged at {q} yuan per {unit}. Find the amount used in {units}.",
            "In one month {name}'s household paid {m} yuan for {low}: {p} yuan for each of the first {t} {units}, "
            "{q} yuan for each further {unit}. What was the consumption in {units}?",
        ),
        plans=(
            "I add up the bill unit by unit until it is reached.",
            "The bill grows with every unit; I count until it matches.",
        ),
        cot=r"The first {t} {units} cost ${t} \times {p} = {base}$ yuan, less than {m}, so more was used. "
        "Let the use be $x$: ${base} + {q}(x - {t}) = {m}$. Then ${q}(x - {t}) = {rest}$, "
        "$x - {t} = {over}$ and $x = {answer}$.",
        scenes=scenes(
            "what/low/unit/units", "Water/water/cubic metre/cubic metres", "Gas/gas/cubic metre/cubic metres"
        ),
    ),
    zh=Telling(
        questions=(
            "某市{what}分段计价：每月不超过{t}立方米的部分每立方米{p}元，超过部分每立方米{q}元。"
            "{name}家上月交费{m}元，用了多少立方米？",
            "{name}家某月的{what}费是{m}元。已知{t}立方米以内单价{p}元，超出的部分单价{q}元，"
            "求这个月的用量（立方米）。",
            "{what}每月前{t}立方米按每立方米{p}元收费，再多用的按每立方米{q}元收费。交费{m}元对应的用量是几立方米？",
        ),
        plans=("一立方米一立方米地累加费用，直到等于应交的数额。", "逐单位累计账单并计数。"),
        cot=r"前{t}立方米的费用为 ${t} \times {p} = {base}$ 元，不足{m}元，说明用量超过{t}立方米。"
        "设用了 $x$ 立方米，则 ${base} + {q}(x - {t}) = {m}$，${q}(x - {t}) = {rest}$，"
        "$x - {t} = {over}$，所以 $x = {answer}$。",
        scenes=scenes("what", "自来水", "天然气"),
    ),
)

TEMPLATES = (MATCHING, DISCOUNT, TIERS)
