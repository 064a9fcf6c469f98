"""Templates of probability: draws without return, repeated trials, causes.

from raymath.data.synthesis.senior.probability import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import comb, gcd
from random import Random

from raymath.data.synthesis.latex import fraction, quotient
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _draws(rng: Random) -> Numbers:
    good, bad, n = rng.randint(4, 30), rng.randint(3, 20), rng.randint(3, 5)
    return {"good": good, "bad": bad, "n": n, "k": rng.randint(1, min(bad, n - 1))} if good >= n else _draws(rng)


def _draws_work(v: Numbers) -> Mapping[str, Value]:
    good, bad, n, k = v["good"], v["bad"], v["n"], v["k"]
    answer = Fraction(comb(bad, k) * comb(good, n - k), comb(good + bad, n))
    return {
        "all": good + bad,
        "total": comb(good + bad, n),
        "ways_bad": comb(bad, k),
        "rest": n - k,
        "ways_good": comb(good, n - k),
        "value": fraction(answer),
        "answer": answer,
    }


DRAWS = Template(
    "senior-draw-without-return",
    "senior/random-variables",
    draw=_draws,
    work=_draws_work,
    code="from fractions import Fraction\nfrom functools import cache\n\n\n@cache\ndef chance(good, bad, left, "
    "wanted):\n"
    "    # draw one at a time\n    if left == 0:\n        return Fraction(int(wanted == 0))\n    total = good + bad\n"
    "    result = Fraction(0)\n    if good:\n"
    "        result += Fraction(good, total) * chance(good - 1, bad, left - 1, wanted)\n    if bad:\n"
    "        result += Fraction(bad, total) * chance(good, bad - 1, left - 1, wanted - 1)\n    return result\n\n\n"
    "print(chance({good}, {bad}, {n}, {k}))",
    en=Telling(
        questions=(
            "A {box} holds {good} {fine} and {bad} {other}. {n} of them are taken at random without return. What is "
            "the probability that exactly {k} of these are {other}? Give a fraction in lowest terms.",
            "From {good} {fine} and {bad} {other} in a {box}, {n} are picked together at random. Let $X$ be the "
            "number of {other} among them. Find $P(X = {k})$ as a reduced fraction.",
            "There are {bad} {other} and {good} {fine} in a {box}; {name} draws {n} without looking and keeps them. "
            "With what probability does {name} get {k} of the {other}?",
        ),
        plans=(
            "I draw one at a time and add the probabilities of all orders recursively.",
            "A recursion over single draws gives the exact probability.",
        ),
        cot="There are $C_{{{all}}}^{{{n}}} = {total}$ equally likely selections. The {other} can be chosen in "
        "$C_{{{bad}}}^{{{k}}} = {ways_bad}$ ways, the rest in $C_{{{good}}}^{{{rest}}} = {ways_good}$ ways. "
        "The probability is $\\frac{{{ways_bad} \\cdot {ways_good}}}{{{total}}} = {value}$.",
        scenes=scenes(
            "box/fine/other",
            "box/white balls/black balls",
            "crate/good bulbs/broken bulbs",
            "drawer/blue pens/red pens",
            "bag/plain beads/golden beads",
        ),
    ),
    zh=Telling(
        questions=(
            "{box}里有{good}{fine}和{bad}{other}，从中不放回地随机取出{n}个，"
            "恰好有{k}{other}的概率是多少？用最简分数表示。",
            "从{box}的{good}{fine}与{bad}{other}中任取{n}个，设其中属于后一种的个数为$X$，求$P(X = {k})$。",
            "{box}装有{bad}{other}、{good}{fine}，{name}一次随机摸出{n}个，恰有{k}{other}的概率等于几分之几？",
        ),
        plans=("逐个抽取，用递推把各种顺序的概率相加。", "对每次抽取递归，得到精确概率。"),
        cot="共有$C_{{{all}}}^{{{n}}} = {total}$种等可能的取法。取{k}{other}有$C_{{{bad}}}^{{{k}}} = {ways_bad}$种，"
        "其余的有$C_{{{good}}}^{{{rest}}} = {ways_good}$种。概率为$\\frac{{{ways_bad} \\cdot "
        "{ways_good}}}{{{total}}} = {value}$。",
        scenes=scenes(
            "box/fine/other",
            "盒子/个白球/个黑球",
            "箱子/个合格灯泡/个损坏灯泡",
            "袋子/个普通珠子/个金色珠子",
            "抽屉/个蓝色夹子/个红色夹子",
        ),
    ),
)


#: (chance's parts, attempts, least and most successes): all are equally likely.
_TRIALS = [
    (p, q, n, k, j)
    for q in range(2, 26)
    for p in range(1, q)
    if gcd(p, q) == 1
    for n in range(4, 9)
    if q**n < 10**8
    for k in range(1, n - 1)
    for j in range(k + 1, n)
]


def _trials(rng: Random) -> Numbers:
    return dict(zip("pqnkj", rng.choice(_TRIALS), strict=True))


def _trials_work(v: Numbers) -> Mapping[str, Value]:
    hit, miss = v["p"], v["q"] - v["p"]
    ways = [(comb(v["n"], i), i, v["n"] - i) for i in range(v["k"], v["j"] + 1)]
    total = v["q"] ** v["n"]
    parts = [c * hit**i * miss**rest for c, i, rest in ways]
    return {
        "miss": fraction(Fraction(miss, v["q"])),
        "terms": " + ".join(f"{c} \\cdot {hit}^{i} \\cdot {miss}^{rest}" for c, i, rest in ways),
        "hits": sum(parts),
        "total": total,
        "value": quotient(sum(parts), total),
        "answer": Fraction(sum(parts), total),
    }


TRIALS = Template(
    "senior-repeated-trials",
    "senior/random-variables",
    draw=_trials,
    work=_trials_work,
    code="from fractions import Fraction\nfrom itertools import product\n\np, total = Fraction({p}, {q}), 0\n"
    "for results in product((0, 1), repeat={n}):\n    hits = sum(results)\n    if {k} <= hits <= {j}:\n"
    "        total += p ** hits * (1 - p) ** ({n} - hits)\nprint(total)",
    en=Telling(
        questions=(
            "{who} succeeds with probability $\\frac{{{p}}}{{{q}}}$ in every attempt, independently. What is the "
            "probability of at least {k} and at most {j} successes in {n} attempts? Give a reduced fraction.",
            "Let $X \\sim B\\left({n}, \\frac{{{p}}}{{{q}}}\\right)$. Compute $P({k} \\le X \\le {j})$ as a fraction "
            "in lowest terms.",
            "{n} independent attempts are made by {who_low}, each with success probability $\\frac{{{p}}}{{{q}}}$. "
            "How likely is it, as a reduced fraction, that the number of successes is from {k} to {j}?",
        ),
        plans=(
            "I go through all sequences of hits and misses and add the probabilities of those that fit.",
            "With {n} attempts there are few outcomes: I list them all.",
        ),
        cot="A failure has probability ${miss}$. For $i$ successes there are $C_{{{n}}}^i$ sets of places, and each "
        "outcome has the denominator ${q}^{{{n}}} = {total}$. The numerators for $i$ from {k} to {j} add up to "
        "${terms} = {hits}$. The probability is ${value}$.",
        scenes=scenes(
            "who/who_low",
            "A penalty taker/a penalty taker",
            "An archer/an archer",
            "A basketball player/a basketball player",
            "A goalkeeper/a goalkeeper",
        ),
    ),
    zh=Telling(
        questions=(
            "{who}每次成功的概率都是$\\frac{{{p}}}{{{q}}}$，各次相互独立，"
            "{n}次中成功次数不少于{k}且不多于{j}的概率是多少？",
            "设随机变量$X \\sim B\\left({n}, \\frac{{{p}}}{{{q}}}\\right)$，求$P({k} \\le X \\le {j})$，"
            "用最简分数表示。",
            "{who}独立地试{n}次，单次成功的可能性为$\\frac{{{p}}}{{{q}}}$，问成功次数从{k}到{j}的概率（最简分数）。",
        ),
        plans=("枚举所有成功与失败的序列，把符合的概率相加。", "只有{n}次试验，列出全部结果即可。"),
        cot="每次失败的概率为${miss}$。成功$i$次的位置有$C_{{{n}}}^i$种，每种结果的分母都是${q}^{{{n}}} = {total}$。"
        "$i$从{k}到{j}的分子之和为${terms} = {hits}$，所以概率为${value}$。",
        scenes=scenes("who", "某射手射击", "某球员罚点球", "某人投飞镖", "某守门员扑点球"),
    ),
)


def _causes(rng: Random) -> Numbers:
    s = rng.randint(2, 13) * 5
    t = rng.randint(1, (95 - s) // 5) * 5
    a, b, c = rng.sample(range(1, 12), 3)
    return {"s": s, "t": t, "u": 100 - s - t, "a": a, "b": b, "c": c}


def _causes_work(v: Numbers) -> Mapping[str, Value]:
    parts = v["s"] * v["a"], v["t"] * v["b"], v["u"] * v["c"]
    answer = Fraction(parts[0], sum(parts))
    return {
        "one": parts[0],
        "two": parts[1],
        "three": parts[2],
        "sum": sum(parts),
        "value": quotient(parts[0], sum(parts)),
        "answer": answer,
    }


CAUSES = Template(
    "senior-bayes-three-sources",
    "senior/random-variables",
    draw=_causes,
    work=_causes_work,
    code="from fractions import Fraction\n\nshares = {{'A': {s}, 'B': {t}, 'C': {u}}}\nrates = {{'A': {a}, 'B': {b}, "
    "'C': {c}}}\n"
    "joint = {{x: Fraction(shares[x], 100) * Fraction(rates[x], 100) for x in shares}}\n"
    "print(joint['A'] / sum(joint.values()))",
    en=Telling(
        questions=(
            "Three {plants} A, B, C supply {s}%, {t}% and {u}% of all {goods}. Of these, {a}%, {b}% and {c}% are "
            "faulty. One of the {goods} is faulty. What is the probability that it comes from A, as a reduced "
            "fraction?",
            "A shop gets {s}% of its {goods} from A, {t}% from B and {u}% from C, with fault rates of {a}%, {b}% and "
            "{c}%. A randomly tested one is faulty; find the probability, as a fraction, that A made it.",
            "The {plants} A, B and C have shares of {s}%, {t}%, {u}% in the production of {goods} and reject rates "
            "of {a}%, {b}%, {c}%. Given that an item is a reject, how likely is A to be its source? Answer with a "
            "fraction.",
        ),
        plans=(
            "I compute the joint probabilities and divide the one of A by their sum.",
            "The conditional probability is A's joint probability over the total one.",
        ),
        cot="Count in 10000 items. A gives ${s} \\cdot {a} = {one}$ faulty ones, B gives ${t} \\cdot {b} = {two}$, "
        "C gives ${u} \\cdot {c} = {three}$. Together these are ${sum}$. "
        "The wanted probability is ${value}$.",
        scenes=scenes("plants/goods", "factories/lamps", "machines/screws", "farms/eggs", "workshops/toys"),
    ),
    zh=Telling(
        questions=(
            "甲、乙、丙三家{plants}供应的{goods}占{s}%、{t}%、{u}%，次品率依次为{a}%、{b}%、{c}%。随机抽到一件次品，"
            "它来自甲的概率是多少？用最简分数表示。",
            "某商店的{goods}有{s}%来自甲{plants}，{t}%来自乙{plants}，{u}%来自丙{plants}，不合格率分别为{a}%、{b}%、"
            "{c}%。已知抽检的一件不合格，求它由甲提供的概率。",
            "甲、乙、丙{plants}生产同一种{goods}，份额为{s}%、{t}%、{u}%，废品率为{a}%、{b}%、{c}%。若一件是废品，"
            "则出自甲的概率等于几分之几？",
        ),
        plans=("求出各自的联合概率，用甲的除以总和。", "条件概率等于甲的联合概率与全概率之比。"),
        cot="以10000件计算：甲有次品${s} \\cdot {a} = {one}$件，乙有${t} \\cdot {b} = {two}$件，丙有${u} \\cdot {c} "
        "= {three}$件，合计${sum}$件。所求概率为${value}$。",
        scenes=scenes("plants/goods", "工厂/灯具", "车间/螺丝", "农场/鸡蛋", "作坊/玩具"),
    ),
)

TEMPLATES = (DRAWS, TRIALS, CAUSES)
