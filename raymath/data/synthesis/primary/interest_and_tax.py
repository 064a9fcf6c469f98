"""Templates of interest and tax: deposits with and without interest on interest, a tax in steps.

from raymath.data.synthesis.primary.interest_and_tax import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.primary.decimals import point
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _deposit(rng: Random) -> Numbers:
    return {"p": 100 * rng.randint(12, 480), "a": rng.randint(1, 4), "b": rng.randint(1, 9), "t": rng.randint(2, 6)}


def _deposit_work(v: Numbers) -> Mapping[str, Value]:
    year = v["p"] * point(v["a"], v["b"]) / 100
    return {"year": year, "interest": year * v["t"], "answer": v["p"] + year * v["t"]}


DEPOSIT = Template(
    "primary-deposit-total",
    "primary/interest-tax",
    draw=_deposit,
    work=_deposit_work,
    code="from decimal import Decimal\n\nbalance = Decimal({p})\nfor year in range({t}):\n"
    "    balance += Decimal('{a}.{b}') * {p} / 100\nprint(format(balance.normalize(), 'f'))",
    en=Telling(
        questions=(
            "{name} deposits {p} dollars from {source} at {a}.{b}% simple interest a year. "
            "How many dollars are paid out after {t} years?",
            "For {t} years {p} dollars lie in a bank that pays {a}.{b}% simple interest a year. "
            "What is the sum of principal and interest in dollars?",
            "A bank pays {a}.{b}% a year on the first sum only. {name} puts in {p} dollars, earned with {source}, "
            "and waits {t} years. How many dollars is that with interest?",
        ),
        plans=("I credit the interest year after year.", "Each year adds the same interest."),
        cot="A year's interest is {p} × {a}.{b}% = {year} dollars. In {t} years it is {year} × {t} = {interest}. "
        "With the principal: {p} + {interest} = {answer} dollars.",
        scenes=scenes("source", "a harvest", "book sales", "carpentry", "translations"),
    ),
    zh=Telling(
        questions=(
            "{name}把{source}所得的{p}元存入银行，年利率{a}.{b}%（单利），{t}年后连本带利可取多少元？",
            "本金{p}元，存期{t}年，每年按本金的{a}.{b}%计息，到期时本金与利息一共几元？",
            "银行定期年利率为{a}.{b}%，{name}用{source}的收入{p}元存了{t}年（不计复利），到期本息合计多少元？",
        ),
        plans=("一年一年地加上利息。", "每年利息相同，逐年累加。"),
        cot="一年的利息 {p} × {a}.{b}% = {year} 元，{t}年利息 {year} × {t} = {interest} 元，"
        "本息 {p} + {interest} = {answer} 元。",
        scenes=scenes("source", "卖苹果", "写书", "做木工", "当翻译"),
    ),
)


def _tax(rng: Random) -> Numbers:
    free, width = rng.choice((3300, 3700, 4100, 4400, 4700, 5200, 5600, 6100)), 100 * rng.randint(19, 42)
    low, high = sorted(rng.sample((3, 4, 5, 8, 10, 12, 15, 20), 2))
    return {"n": free + width + 10 * rng.randint(11, 400), "f": free, "w": width, "p": low, "q": high}


def _tax_work(v: Numbers) -> Mapping[str, Value]:
    above = v["n"] - v["f"]
    low, high = Decimal(v["w"] * v["p"]) / 100, Decimal((above - v["w"]) * v["q"]) / 100
    return {"above": above, "rest": above - v["w"], "low": low, "high": high, "answer": low + high}


TAX = Template(
    "primary-tax-in-steps",
    "primary/interest-tax",
    draw=_tax,
    work=_tax_work,
    code="from decimal import Decimal\n\npercent = 0\nfor unit in range({f}, {n}):\n"
    "    percent += {p} if unit < {f} + {w} else {q}\nprint(format((Decimal(percent) / 100).normalize(), 'f'))",
    en=Telling(
        questions=(
            "In {land}, the first {f} dollars of a monthly income are free of tax, the next {w} dollars are taxed at "
            "{p}% and all beyond at {q}%. {name} earns {n} dollars. How many dollars is the tax?",
            "{name} earned {n} dollars this month. {land} takes nothing from the first {f}, {p}% from the "
            "{w} dollars "
            "after that, and {q}% from the rest. What tax is due, in dollars?",
            "Tax law of {land}: income above {f} dollars is taxed, its first {w} dollars with {p}%, what goes "
            "further with {q}%. How many dollars of tax belong to an income of {n} dollars?",
        ),
        plans=("I tax the income dollar by dollar.", "Every dollar is taxed by the step it lies in."),
        cot="Taxable are {n} - {f} = {above} dollars. The first {w} of them bring {w} × {p}% = {low}. "
        "The other {above} - {w} = {rest} bring {rest} × {q}% = {high}. The tax is {low} + {high} = "
        "{answer} dollars.",
        scenes=scenes("land", "Arvania", "Norland", "Port Selim", "Ternia"),
    ),
    zh=Telling(
        questions=(
            "某地规定：月收入不超过{f}元的部分免税，超出后的头{w}元按{p}%纳税，再往上的部分按{q}%纳税。"
            "{who}{name}本月收入{n}元，应纳税多少元？",
            "{who}{name}一个月挣了{n}元。其中{f}元免税，接下来的{w}元税率{p}%，其余部分税率{q}%，这个月要交税几元？",
            "税法分两级：收入超过{f}元的部分，前{w}元征{p}%，剩余的征{q}%。{who}{name}月入{n}元，税款是多少元？",
        ),
        plans=("逐元判断它属于哪一级，再累计。", "每一元按所在级别计税。"),
        cot="应税部分 {n} - {f} = {above} 元；前{w}元纳税 {w} × {p}% = {low} 元；其余 {above} - {w} = {rest} 元"
        "纳税 {rest} × {q}% = {high} 元；共 {low} + {high} = {answer} 元。",
        scenes=scenes("who", "电工", "园艺师", "摄影师", "乐手"),
    ),
)


def _principal(rng: Random) -> Numbers:
    a, b, t = rng.randint(1, 4), rng.randint(1, 9), rng.randint(2, 6)
    return {"i": rng.randint(2, 90) * (10 * a + b) * t, "a": a, "b": b, "t": t}


def _principal_work(v: Numbers) -> Mapping[str, Value]:
    year = Decimal(v["i"]) / v["t"]
    return {"year": year, "answer": year * 100 / point(v["a"], v["b"])}


PRINCIPAL = Template(
    "primary-principal-from-interest",
    "primary/interest-tax",
    draw=_principal,
    work=_principal_work,
    code="principal = 0\nwhile principal * {a}{b} * {t} != {i} * 1000:\n    principal += 100\nprint(principal)",
    en=Telling(
        questions=(
            "At {a}.{b}% simple interest a year, a {deposit} brought {i} dollars of interest in {t} years. "
            "How many dollars were deposited?",
            "{t} years, {a}.{b}% simple interest a year, {i} dollars of interest: how large was the {deposit}, "
            "in dollars?",
            "{name} received {i} dollars of interest for a {deposit} after {t} years. The bank pays {a}.{b}% a year, "
            "without interest on interest. What was the principal in dollars?",
        ),
        plans=("I try principals in steps of 100 dollars.", "I search for the principal with this interest."),
        cot="A year's interest is {i} ÷ {t} = {year} dollars. This is {a}.{b}% of the principal, "
        "which is {year} ÷ {a}.{b}% = {answer} dollars.",
        scenes=scenes("deposit", "school fund", "savings book", "club deposit", "reserve"),
    ),
    zh=Telling(
        questions=(
            "{fund}按年利率{a}.{b}%（单利）存了{t}年，得利息{i}元，存入的本金是多少元？",
            "存期{t}年，年利率{a}.{b}%，利息（单利）共{i}元，{fund}的本金有几元？",
            "{t}年到期后，{fund}获利息{i}元。已知每年只按本金的{a}.{b}%计息，当初存了多少元？",
        ),
        plans=("以100元为步长试本金。", "找出利息符合的本金。"),
        cot="每年利息 {i} ÷ {t} = {year} 元，它是本金的{a}.{b}%，本金 {year} ÷ {a}.{b}% = {answer} 元。",
        scenes=scenes("fund", "助学金", "班级基金", "合作社公积金", "维修基金"),
    ),
)


def _two_ways(rng: Random) -> Numbers:
    while True:
        a, b, c, d = rng.randint(1, 3), rng.randint(1, 9), rng.randint(1, 4), rng.randint(1, 9)
        if point(a, b) < point(c, d) < point(a, b) + 1:
            return {"p": 10_000 * rng.randint(1, 60), "a": a, "b": b, "c": c, "d": d}


def _two_ways_work(v: Numbers) -> Mapping[str, Value]:
    one, two = point(v["a"], v["b"]) / 100, point(v["c"], v["d"]) / 100
    straight = v["p"] * two * 2
    first = v["p"] * one
    second = (v["p"] + first) * one
    return {
        "straight": straight,
        "first": first,
        "grown": v["p"] + first,
        "second": second,
        "renewed": first + second,
        "answer": straight - first - second,
    }


TWO_WAYS = Template(
    "primary-two-ways-to-save",
    "primary/interest-tax",
    draw=_two_ways,
    work=_two_ways_work,
    code="from decimal import Decimal\n\nsingle = {p} * (1 + Decimal('{c}.{d}') * 2 / 100)\n"
    "renewed = {p} * (1 + Decimal('{a}.{b}') / 100) ** 2\nprint(format((single - renewed).normalize(), 'f'))",
    en=Telling(
        questions=(
            "{name} can save {p} dollars for {goal} in two ways: two years at {c}.{d}% simple interest a "
            "year, or one "
            "year at {a}.{b}%, then all of it for another year at {a}.{b}%. How many dollars more does the first way "
            "bring?",
            "A one-year deposit pays {a}.{b}% and can be renewed with its interest; a two-year deposit pays {c}.{d}% "
            "simple interest a year. By how many dollars do the two differ after two years for {p} dollars?",
            "{p} dollars are set aside for {goal} over two years. How many dollars more interest does a two-year "
            "deposit at {c}.{d}% a year (simple) give than a one-year deposit at {a}.{b}% renewed once with its "
            "interest?",
        ),
        plans=("I compare the final balances of both ways.", "I let both deposits grow and subtract."),
        cot="The two-year deposit brings {p} × {c}.{d}% × 2 = {straight} dollars. The other brings "
        "{p} × {a}.{b}% = {first} in the first year and, with {p} + {first} = {grown} dollars, "
        "{grown} × {a}.{b}% = {second} in the second, so {first} + {second} = {renewed}. "
        "The difference is {straight} - {renewed} = {answer} dollars.",
        scenes=scenes("goal", "a sailing boat", "a greenhouse", "a music school", "a well"),
    ),
    zh=Telling(
        questions=(
            "{name}为{goal}准备了{p}元，打算存两年。一种是两年期，年利率{c}.{d}%（单利）；另一种是一年期，年利率"
            "{a}.{b}%，到期后本息再存一年。前一种比后一种多得多少元利息？",
            "一年期年利率{a}.{b}%，到期可连同利息转存；两年期年利率{c}.{d}%，按单利。{p}元存满两年，"
            "两种存法的利息相差几元？",
            "手头{p}元要留给{goal}用，两年后才取。按{c}.{d}%的两年期（单利）存，比按{a}.{b}%的一年期存、"
            "本息转存一次，多收入多少元？",
        ),
        plans=("算出两种存法最后的余额，再比较。", "分别让两笔存款增长两年，然后相减。"),
        cot="两年期利息 {p} × {c}.{d}% × 2 = {straight} 元。一年期：第一年 {p} × {a}.{b}% = {first} 元，"
        "转存本金 {p} + {first} = {grown} 元，第二年 {grown} × {a}.{b}% = {second} 元，"
        "共 {first} + {second} = {renewed} 元。"
        "相差 {straight} - {renewed} = {answer} 元。",
        scenes=scenes("goal", "买帆船", "建温室", "办琴行", "打水井"),
    ),
)

TEMPLATES = (DEPOSIT, TAX, PRINCIPAL, TWO_WAYS)
