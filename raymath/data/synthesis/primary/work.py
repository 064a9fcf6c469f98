"""Templates of work done together: rates as fractions, filling and draining, a length of road.

from raymath.data.synthesis.primary.work import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _join(rng: Random) -> Numbers:
    a, b = rng.sample(range(8, 49), 2)
    return {"a": a, "b": b, "m": rng.randint(2, a - 3)}


def _join_work(v: Numbers) -> Mapping[str, Value]:
    left = 1 - Fraction(v["m"], v["a"])
    rate = Fraction(1, v["a"]) + Fraction(1, v["b"])
    return {"left": left, "rate": rate, "answer": left / rate}


JOIN = Template(
    "primary-one-joins-later",
    "primary/work",
    draw=_join,
    work=_join_work,
    code="from fractions import Fraction\n\ntotal = {a} * {b}\nleft = total - {b} * {m}\n"
    "print(Fraction(left, {a} + {b}))",
    en=Telling(
        questions=(
            "One {crew} could {job} in {a} days, another in {b} days. The first works alone for {m} days, "
            "then the second "
            "joins. How many more days do they need? Give a whole number or a fraction in lowest terms.",
            "To {job} takes a {crew} {a} days and a second one {b} days. After {m} days of the first alone "
            "both finish it "
            "together. How many days do they work together, as a whole number or a fraction in lowest terms?",
            "A {crew} that needs {a} days to {job} has been at it for {m} days when one that would need {b} "
            "days comes to "
            "help. In how many days from then is it done? (A whole number or a fraction in lowest terms.)",
        ),
        plans=("I measure the work in equal small parts.", "I cut the work into parts that both do whole."),
        cot="After {m} days 1 - {m}/{a} = {left} of the work is left. Together they do 1/{a} + 1/{b} = {rate} a day. "
        "They need {left} ÷ ({rate}) = {answer} days.",
        scenes=scenes(
            "crew/job", "team/restore a fresco", "crew/lay a cable", "group/clear a trail", "firm/tile a station"
        ),
    ),
    zh=Telling(
        questions=(
            "{job}，甲{crew}单独做要{a}天，乙{crew}单独做要{b}天。甲先做{m}天，乙再加入，还要几天完成？"
            "（整数或最简分数）",
            "{job}这件事，甲{crew}{a}天能完成，乙{crew}{b}天能完成。甲独做{m}天后两{crew}合作，合作了多少天？"
            "用整数或最简分数表示。",
            "甲{crew}{job}需{a}天，已经干了{m}天，这时需{b}天的乙{crew}赶来帮忙，"
            "从此再过几天完工（写成整数或最简分数）？",
        ),
        plans=("把总工作量分成相等的小份。", "用份数来计算工作量。"),
        cot="甲做{m}天后剩 1 - {m}/{a} = {left}，两{crew}每天共做 1/{a} + 1/{b} = {rate}，"
        "还需 {left} ÷ ({rate}) = {answer} 天。",
        scenes=scenes("crew/job", "队/修复壁画", "队/铺设电缆", "组/清理山道", "组/铺车站地砖"),
    ),
)


def _basin(rng: Random) -> Numbers:
    while True:
        a, b, c = rng.sample(range(6, 61), 3)
        rate = Fraction(1, a) + Fraction(1, b) - Fraction(1, c)
        if rate > Fraction(1, 60) and lcm(a, b, c) <= 480:
            return {"a": a, "b": b, "c": c}


def _basin_work(v: Numbers) -> Mapping[str, Value]:
    whole = lcm(v["a"], v["b"], v["c"])
    first, second, drain = (whole // v[key] for key in "abc")
    return {
        "whole": whole,
        "first": first,
        "second": second,
        "drain": drain,
        "net": first + second - drain,
        "answer": Fraction(whole, first + second - drain),
    }


BASIN = Template(
    "primary-fill-and-drain",
    "primary/work",
    draw=_basin,
    work=_basin_work,
    code="from fractions import Fraction\n\nper_hour = Fraction(1, {a}) + Fraction(1, {b}) - Fraction(1, {c})\n"
    "print(1 / per_hour)",
    en=Telling(
        questions=(
            "One pipe fills a {basin} in {a} hours, another in {b} hours, and an outlet empties it in {c} "
            "hours. All three "
            "are opened on the empty {basin}. After how many hours is it full? (Whole number or fraction in "
            "lowest terms.)",
            "An empty {basin} has two inlets that need {a} and {b} hours alone, and a drain that would empty "
            "it in {c} "
            "hours. With everything open, how many hours does filling take, as a whole number or a fraction "
            "in lowest "
            "terms?",
            "{name} forgets to shut the drain of a {basin}, which empties it in {c} hours, while two taps "
            "run that fill it "
            "in {a} and in {b} hours. In how many hours is the empty {basin} full all the same? Give a whole "
            "number or a "
            "fraction in lowest terms.",
        ),
        plans=("I add the inflows and subtract the outflow.", "The rates per hour make one rate."),
        cot="Let the {basin} hold {whole} parts. In an hour {whole} ÷ {a} = {first} and {whole} ÷ {b} = "
        "{second} parts flow "
        "in and {whole} ÷ {c} = {drain} flow out: {first} + {second} - {drain} = {net}. "
        "It is full after {whole} ÷ {net} = {answer} hours.",
        scenes=scenes("basin", "dye vat", "lock chamber", "trout tank", "fountain basin"),
    ),
    zh=Telling(
        questions=(
            "{basin}有两根进水管，单开分别{a}小时、{b}小时注满，还有一根排水管{c}小时放空。三管齐开，"
            "空{basin}几小时注满？"
            "（整数或最简分数）",
            "单开甲管{a}小时、单开乙管{b}小时可将空{basin}灌满，丙管{c}小时能把它排空。同时打开三管，灌满要多少小时？"
            "用整数或最简分数表示。",
            "{name}忘了关{basin}的排水口，它{c}小时能放完一池水；两个龙头正在进水，各自要{a}小时和{b}小时注满。"
            "这样空{basin}经几小时才满（写成整数或最简分数）？",
        ),
        plans=("进水速度相加，再减去排水速度。", "把三根管合成一个速度。"),
        cot="设{basin}容量为{whole}份。每小时进 {whole} ÷ {a} = {first} 份和 {whole} ÷ {b} = {second} 份，排 "
        "{whole} ÷ {c} = {drain} 份，净进 {first} + {second} - {drain} = {net} 份，"
        "注满需 {whole} ÷ {net} = {answer} 小时。",
        scenes=scenes("basin", "染池", "船闸", "鳟鱼池", "喷泉池"),
    ),
)


def _road(rng: Random) -> Numbers:
    p, q = rng.sample(range(12, 90), 2)
    k, t = rng.randint(2, 9), rng.randint(4, 24)
    return {"n": p * k + (p + q) * t, "p": p, "k": k, "q": q}


ROAD = Template(
    "primary-length-done-together",
    "primary/work",
    draw=_road,
    work=lambda v: {
        "alone": v["p"] * v["k"],
        "rest": v["n"] - v["p"] * v["k"],
        "both": v["p"] + v["q"],
        "answer": (v["n"] - v["p"] * v["k"]) // (v["p"] + v["q"]),
    },
    code="done = day = 0\nwhile done < {n}:\n    day += 1\n    done += {p} if day <= {k} else {p} + {q}\n"
    "print(day - {k})",
    en=Telling(
        questions=(
            "A {thing} of {n} metres is built. One crew makes {p} metres a day and works {k} days alone; "
            "then a second "
            "crew with {q} metres a day joins. For how many days do both work together?",
            "Two crews make {p} and {q} metres of a {thing} a day. The first starts {k} days earlier, and "
            "the {thing} gets "
            "{n} metres long. How many days does the second crew work on it?",
            "{n} metres of {thing} are planned. After {k} days at {p} metres a day, another {q} metres a day "
            "are added. "
            "How many days are needed from then on?",
        ),
        plans=("I follow the work day by day.", "I add each day's metres until it is done."),
        cot="Alone the first crew makes {p} × {k} = {alone} m, and {n} - {alone} = {rest} m remain. "
        "Both make {p} + {q} = {both} m a day. They need {rest} ÷ {both} = {answer} days.",
        scenes=scenes("thing", "dike", "dry-stone wall", "boardwalk", "drainage ditch"),
    ),
    zh=Telling(
        questions=(
            "要筑{n}米长的{thing}，甲组每天筑{p}米，先单独干{k}天，随后每天能筑{q}米的乙组加入，两组一起干多少天完工？",
            "甲、乙两组每天分别能完成{thing}{p}米和{q}米，甲组早开工{k}天，{thing}全长{n}米，乙组干了几天？",
            "计划修{thing}{n}米。以每天{p}米修了{k}天后，每天又多修{q}米，从这时起还要几天？",
        ),
        plans=("一天一天地累计进度。", "逐日相加，直到完工。"),
        cot="甲组先完成 {p} × {k} = {alone} 米，余 {n} - {alone} = {rest} 米；两组每天 {p} + {q} = {both} 米，"
        "需 {rest} ÷ {both} = {answer} 天。",
        scenes=scenes("thing", "海堤", "石墙", "木栈道", "灌溉渠"),
    ),
)

TEMPLATES = (JOIN, BASIN, ROAD)
