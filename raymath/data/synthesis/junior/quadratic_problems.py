"""Templates of word problems with a quadratic equation.

from raymath.data.synthesis.junior.quadratic_problems import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, isqrt
from random import Random

from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _growth(rng: Random) -> Numbers:
    rate = rng.randint(2, 60)
    unit = 10000 // gcd((100 + rate) ** 2, 10000)
    start = unit * rng.randint(1, max(3000000 // unit, 1))
    return {"p": start, "q": start * (100 + rate) ** 2 // 10000}


def _growth_work(v: Numbers) -> Mapping[str, Value]:
    square = Fraction(v["q"], v["p"])
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    return {"square": fraction(square), "root": fraction(root), "x": fraction(root - 1), "answer": 100 * (root - 1)}


GROWTH = Template(
    "junior-equal-growth-twice",
    "junior/quadratic-problems",
    draw=_growth,
    work=_growth_work,
    code="""\
for percent in range(1, 100):
    if {p} * (100 + percent) ** 2 == {q} * 100**2:
        print(percent)""",
    en=Telling(
        questions=(
            "Two years ago a {place} {did} {p} {things}, this year {q}. It grew by the same percentage in both years. "
            "By what percent a year? (Give the number.)",
            "Within two years the number of {things} that a {place} {did} rose from {p} to {q}, with an equal "
            "rate of growth each year. How many percent is this rate?",
            "A {place} {did} {q} {things} this year, against {p} two years before. If the yearly growth rate was "
            "constant, what is it in percent?",
        ),
        plans=(
            "I try whole percentages and compare exact integers.",
            "Growing twice by the same percentage must lead from the first number to the last.",
        ),
        cot=r"Let the yearly rate be $x$. Then ${p}(1 + x)^2 = {q}$, so $(1 + x)^2 = {square}$. "
        "The positive root is $1 + x = {root}$, since a negative value makes no sense here. "
        "Thus $x = {x}$, which is {answer} percent.",
        scenes=scenes(
            "place/did/things",
            "factory/made/boards",
            "library/lent/books",
            "port/handled/containers",
            "farm/sold/trees",
        ),
    ),
    zh=Telling(
        questions=(
            "某{place}前年{did}{p}{things}，今年达到{q}{things}，且两年的年增长率相同。年增长率是百分之几？"
            "（只写数字）",
            "{place}{did}的数量两年内由{p}{things}增加到{q}{things}，平均每年增长的百分数是多少？只填数。",
            "今年某{place}{did}{q}{things}，而两年前是{p}{things}。若每年增长的百分率都是 $x\\%$，求 $x$。",
        ),
        plans=("枚举整数百分率，用整数精确比较。", "连续两次按同一百分率增长，检验结果是否吻合。"),
        cot=r"设年增长率为 $x$，则 ${p}(1 + x)^2 = {q}$，$(1 + x)^2 = {square}$。"
        "取正值得 $1 + x = {root}$（负值不合题意），所以 $x = {x}$，即 {answer}%。",
        scenes=scenes("place/did/things", "工厂/生产/件", "图书馆/借出/册", "港口/装卸/箱", "苗圃/卖出/棵"),
    ),
)


def _pen(rng: Random) -> Numbers:
    while True:
        small, large = sorted(rng.sample(range(4, 60), 2))
        if large - small > 1:
            # sides parallel to the wall: 2 * large beside small, 2 * small beside large; the wall allows one
            return {"f": 2 * (small + large), "s": 2 * small * large, "w": rng.randint(2 * small, 2 * large - 1)}


def _pen_work(v: Numbers) -> Mapping[str, Value]:
    half = v["f"] // 2
    product = v["s"] // 2
    root = isqrt(half * half - 4 * product)
    small, large = (half - root) // 2, (half + root) // 2
    return {
        "half": half,
        "product": product,
        "small": small,
        "large": large,
        "long": v["f"] - 2 * small,
        "short": v["f"] - 2 * large,
        "answer": large,
    }


PEN = Template(
    "junior-pen-beside-a-wall",
    "junior/quadratic-problems",
    draw=_pen,
    work=_pen_work,
    code="""\
for x in range(1, {f} // 2):
    along = {f} - 2 * x
    if x * along == {s} and along <= {w}:
        print(x)""",
    en=Telling(
        questions=(
            "A rectangular {pen} uses a wall, {w} m long, as one side; {f} m of fence make the other three. "
            "Its area is {s} square metres. How long in metres are the sides at right angles to the wall?",
            "With {f} m of fence {name} encloses {s} square metres for a {pen} in the form of a rectangle. One "
            "side lies "
            "along a wall of {w} m and needs no fence. What is the length in metres of a side perpendicular to the "
            "wall?",
            "Three sides of a rectangular {pen} take {f} m of fence altogether, the fourth is part of a wall that is "
            "{w} m long. For an area of {s} square metres, how far in metres does the {pen} reach out from the wall?",
        ),
        plans=(
            "I try whole lengths and check the area and the length of the wall.",
            "For each width the other side follows; two conditions decide.",
        ),
        cot="Let the sides at right angles to the wall be $x$ m; the side along it is ${f} - 2x$. "
        "From $x({f} - 2x) = {s}$ we get $x^2 - {half}x + {product} = 0$, so $x = {small}$ or $x = {large}$. "
        "For $x = {small}$ the side along the wall would be {long} m, more than {w} m. "
        "For $x = {large}$ it is {short} m, which fits, so $x = {answer}$.",
        scenes=scenes("pen", "chicken run", "vegetable bed", "sheepfold", "storage yard"),
    ),
    zh=Telling(
        questions=(
            "用{f}米长的篱笆，一面靠墙（墙长{w}米）围一个面积为{s}平方米的长方形{pen}，垂直于墙的边长多少米？",
            "长方形{pen}的一边借用长{w}米的旧墙，其余三边共用篱笆{f}米。要使面积是{s}平方米，与墙垂直的一边应为几米？",
            "{name}想靠着一堵{w}米长的墙围出{s}平方米的长方形{pen}，篱笆正好{f}米，用在另外三边。"
            "求垂直于墙的边的长度（米）。",
        ),
        plans=("枚举整数边长，检验面积与墙长两个条件。", "给定垂直于墙的边，另一边随之确定，逐个检验。"),
        cot="设垂直于墙的边长为 $x$ 米，则平行于墙的边为 ${f} - 2x$ 米。由 $x({f} - 2x) = {s}$ 得 "
        "$x^2 - {half}x + {product} = 0$，解得 $x = {small}$ 或 $x = {large}$。"
        "$x = {small}$ 时平行于墙的边为{long}米，超过墙长{w}米，舍去；"
        "$x = {large}$ 时为{short}米，符合题意。所以 $x = {answer}$。",
        scenes=scenes("pen", "鸡舍", "菜园", "羊圈", "堆料场"),
    ),
)


def _cut(rng: Random) -> Numbers:
    low, high = sorted(rng.sample(range(2, 25), 2))
    m, k = rng.randint(3, 30), rng.randint(2, 8)
    # (p - x)(k m + k x) = t at both cuts
    return {"p": low + high + m, "n": k * m, "k": k, "t": k * (low + m) * (high + m)}


def _cut_work(v: Numbers) -> Mapping[str, Value]:
    p, n, k, t = v["p"], v["n"], v["k"], v["t"]
    total, product = p - n // k, t // k - p * n // k
    root = isqrt(total * total - 4 * product)
    return {
        "total": total,
        "product": product,
        "low": (total - root) // 2,
        "high": (total + root) // 2,
        "answer": (total + root) // 2,
    }


CUT = Template(
    "junior-price-cut-for-a-profit",
    "junior/quadratic-problems",
    draw=_cut,
    work=_cut_work,
    code="""\
best = 0
for cut in range({p}):
    if ({p} - cut) * ({n} + {k} * cut) == {t}:
        best = max(best, cut)
print(best)""",
    en=Telling(
        questions=(
            "A shop earns {p} dollars on each {thing} and sells {n} a day. Every dollar off the price sells {k} more. "
            "It wants {t} dollars of profit a day and the lowest price that allows it. "
            "By how many dollars should it cut the price?",
            "Daily sales of a {thing} are {n}, with a profit of {p} dollars apiece. For each dollar that the price "
            "falls, "
            "{k} more are sold. Which cut in dollars gives a daily profit of {t} dollars, "
            "if of two possible cuts the greater is taken to clear the stock?",
            "At present {n} pieces of a {thing} are sold daily, each bringing {p} dollars. A price cut of $x$ dollars "
            "raises the sales by ${k}x$ pieces. Find the larger $x$ for which the daily profit is {t} dollars.",
        ),
        plans=(
            "I try every cut and keep the largest one that gives the wanted profit.",
            "A loop over the cuts in whole dollars finds those that fit.",
        ),
        cot="After a cut of $x$ dollars the profit is $({p} - x)({n} + {k}x) = {t}$. Dividing by {k} and "
        "collecting gives $x^2 - {total}x + {product} = 0$. Its roots are $x = {low}$ and $x = {high}$. "
        "The greater cut is {answer} dollars.",
        scenes=scenes("thing", "shirt", "toy", "teapot", "football"),
    ),
    zh=Telling(
        questions=(
            "某商店卖一种{thing}，每件盈利{p}元，每天售出{n}件。单价每降1元，每天可多卖{k}件。"
            "若想每天盈利{t}元，又要尽快减少库存，应降价多少元？",
            "一种{thing}每天卖{n}件，每件利润{p}元；售价每下降1元，日销量就增加{k}件。"
            "要让日利润为{t}元且让顾客得到最大优惠，每件应降几元？",
            "{thing}现在每件赚{p}元，日销{n}件。降价 $x$ 元后日销量增加 ${k}x$ 件，日利润为{t}元，求较大的 $x$。",
        ),
        plans=("枚举降价的整数元数，取满足利润要求的最大值。", "循环尝试每一种降价，记录符合的最大值。"),
        cot="设降价 $x$ 元，则 $({p} - x)({n} + {k}x) = {t}$。两边除以 {k} 并整理，"
        "得 $x^2 - {total}x + {product} = 0$，解得 $x = {low}$ 或 $x = {high}$。按要求取较大的，降价{answer}元。",
        scenes=scenes("thing", "衬衫", "玩具", "茶壶", "足球"),
    ),
)

TEMPLATES = (GROWTH, PEN, CUT)
