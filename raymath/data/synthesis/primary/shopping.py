"""Templates of shopping: one free with several, two shops, a price from the bill, a profit.

from raymath.data.synthesis.primary.shopping import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _free_work(v: Numbers) -> Mapping[str, Value]:
    free = v["n"] // (v["k"] + 1)
    return {"group": v["k"] + 1, "free": free, "paid": v["n"] - free, "answer": (v["n"] - free) * v["p"]}


FREE = Template(
    "primary-one-free",
    "primary/shopping",
    draw=lambda rng: {"k": rng.randint(2, 7), "p": rng.randint(12, 98), "n": rng.randint(18, 120)},
    work=_free_work,
    code="have = paid = 0\nwhile have < {n}:\n    paid += 1\n    have += 2 if paid % {k} == 0 else 1\n"
    "print(paid * {p})",
    en=Telling(
        questions=(
            "A {shop} gives one of the {things} free with every {k} that are paid, at {p} dollars each. "
            "What is the least that {n} {things} cost, in dollars?",
            "{name} needs {n} {things}. They cost {p} dollars each, and whoever pays for {k} takes one more for "
            "nothing. How many dollars must {name} spend at least?",
            "For every {k} {things} bought at {p} dollars apiece a {shop} adds one as a gift. "
            "At least how many dollars does it take to bring home {n}?",
        ),
        plans=("I buy one by one and take the free ones.", "I simulate the purchase until there are enough."),
        cot="In every {k} + 1 = {group} {things} one is free, so among {n} there are {free} free ones. "
        "{n} - {free} = {paid} are paid, which costs {paid} × {p} = {answer} dollars.",
        scenes=scenes("shop/things", "nursery/cactuses", "print shop/posters", "tackle shop/lures", "stall/kites"),
    ),
    zh=Telling(
        questions=(
            "{shop}的{things}每{unit}{p}元，每付{k}{unit}的钱就送1{unit}。要拿到{n}{unit}，最少花多少元？",
            "{name}需要{n}{unit}{things}，单价{p}元，买{k}{unit}另送1{unit}，至少要付几元？",
            "{shop}搞活动：{things}满{k}{unit}赠1{unit}，标价每{unit}{p}元。想带回{n}{unit}，最低费用是多少元？",
        ),
        plans=("一件一件地买，凑够就领赠品。", "模拟购买过程，直到数量够。"),
        cot="每 {k} + 1 = {group} {unit}里有1{unit}免费，{n}{unit}里有{free}{unit}免费，"
        "要付 {n} - {free} = {paid} {unit}，"
        "共 {paid} × {p} = {answer} 元。",
        scenes=scenes("shop/things/unit", "花圃/仙人掌/盆", "图文店/海报/张", "渔具店/鱼饵/包", "摊位/风筝/只"),
    ),
)


def _shops(rng: Random) -> Numbers:
    while True:
        v = {
            "n": rng.randint(3, 12),
            "p": rng.randint(25, 160),
            "d": rng.randint(8, 30),
            "m": rng.choice((100, 150, 200, 300)),
            "c": 5 * rng.randint(2, 12),
        }
        total = v["n"] * v["p"]
        if v["c"] * 3 < v["m"] < total and total * v["d"] != total // v["m"] * v["c"] * 100:
            return v


def _shops_work(v: Numbers) -> Mapping[str, Value]:
    total = v["n"] * v["p"]
    first, second = Decimal(total * v["d"]) / 100, Decimal(total // v["m"] * v["c"])
    return {
        "total": total,
        "first": first,
        "times": total // v["m"],
        "second": second,
        "more": max(first, second),
        "less": min(first, second),
        "answer": abs(first - second),
    }


SHOPS = Template(
    "primary-cheaper-of-two-shops",
    "primary/shopping",
    draw=_shops,
    work=_shops_work,
    code="from decimal import Decimal\n\nbill = {n} * {p}\nfirst = Decimal(bill) * (100 - {d}) / 100\n"
    "rest = second = bill\n"
    "while rest >= {m}:\n    rest -= {m}\n    second -= {c}\nprint(format(abs(first - second).normalize(), 'f'))",
    en=Telling(
        questions=(
            "{name} buys {n} {things} priced at {p} dollars each. One shop takes {d}% off the bill, another "
            "takes off "
            "{c} dollars for every full {m} dollars of it. By how many dollars do the two bills differ?",
            "Shop A: {c} dollars less for each full {m} dollars. Shop B: {d}% less. Both list {things} at "
            "{p} dollars. "
            "What does the better choice save on {n} of them, in dollars, compared with the other?",
            "{n} {things} at {p} dollars each can be had with {d}% discount, or with {c} dollars back per full {m} "
            "dollars. How many dollars lie between the two offers?",
        ),
        plans=("I work out both bills.", "I take off each discount and compare."),
        cot="The bill is {n} × {p} = {total} dollars. The first discount is {total} × {d}% = {first}. The "
        "whole number "
        "of times that {m} goes into {total} is {times}, so the other discount is {c} × {times} = {second}. "
        "They differ by {more} - {less} = {answer} dollars.",
        scenes=scenes("things", "tents", "lanterns", "easels", "flutes", "backpacks"),
    ),
    zh=Telling(
        questions=(
            "{name}要买{n}{unit}{things}，每{unit}标价{p}元。一家店总价降{d}%，另一家店总价每满{m}元减{c}元，"
            "两家相差多少元？",
            "甲店每满{m}元减{c}元，乙店一律便宜{d}%，{things}的标价都是{p}元。买{n}{unit}，"
            "选划算的一家比另一家省几元？",
            "{things}{n}{unit}，单价{p}元，可以享受{d}%的优惠，也可以每满{m}元返{c}元（二者选一），两种方案差多少元？",
        ),
        plans=("分别算出两家的实付金额。", "各减去优惠，再比较。"),
        cot="总价 {n} × {p} = {total} 元。按百分数优惠 {total} × {d}% = {first} 元；{total}元里有{times}个整{m}元，"
        "优惠 {c} × {times} = {second} 元。相差 {more} - {less} = {answer} 元。",
        scenes=scenes("things/unit", "帐篷/顶", "马灯/盏", "画架/个", "长笛/支", "登山包/个"),
    ),
)


def _bill(rng: Random) -> Numbers:
    a, b, d = rng.randint(3, 14), rng.randint(3, 14), rng.randint(4, 36)
    return {"a": a, "b": b, "d": d, "s": (a + b) * rng.randint(6, 58) + a * d}


BILL = Template(
    "primary-price-from-the-bill",
    "primary/shopping",
    draw=_bill,
    work=lambda v: {
        "extra": v["a"] * v["d"],
        "rest": v["s"] - v["a"] * v["d"],
        "count": v["a"] + v["b"],
        "low": (v["s"] - v["a"] * v["d"]) // (v["a"] + v["b"]),
        "answer": (v["s"] - v["a"] * v["d"]) // (v["a"] + v["b"]) + v["d"],
    },
    code="price = {d} + 1\nwhile {a} * price + {b} * (price - {d}) != {s}:\n    price += 1\nprint(price)",
    en=Telling(
        questions=(
            "{a} {ones} and {b} {twos} cost {s} dollars together. A {one} costs {d} dollars more than a {two}. "
            "How many dollars does a {one} cost?",
            "A {two} is {d} dollars cheaper than a {one}. {name} pays {s} dollars for {b} {twos} and {a} {ones}. "
            "What is the price of a {one} in dollars?",
            "{s} dollars are paid for {a} {ones} and {b} {twos}, and each {one} is {d} dollars dearer than "
            "each {two}. "
            "Find the price of one {one} in dollars.",
        ),
        plans=("I try prices until the bill is right.", "I search for the price that gives the bill."),
        cot="If each {one} cost as little as a {two}, the bill would be lower by {a} × {d} = {extra}: "
        "{s} - {extra} = {rest} dollars for {a} + {b} = {count} things. So a {two} costs {rest} ÷ "
        "{count} = {low} and "
        "a {one} {low} + {d} = {answer} dollars.",
        scenes=scenes(
            "one/ones/two/twos",
            "rake/rakes/trowel/trowels",
            "drum/drums/whistle/whistles",
            "globe/globes/compass/compasses",
            "quilt/quilts/cushion/cushions",
        ),
    ),
    zh=Telling(
        questions=(
            "{a}{u}{one}和{b}{w}{two}共{s}元，每{u}{one}比每{w}{two}贵{d}元，一{u}{one}多少元？",
            "{two}每{w}比{one}每{u}便宜{d}元，{name}买{b}{w}{two}、{a}{u}{one}付了{s}元，{one}的单价是几元？",
            "付{s}元正好买到{a}{u}{one}与{b}{w}{two}，已知{one}的单价高出{two}{d}元，求{one}的单价（元）。",
        ),
        plans=("逐个试单价，直到总价符合。", "找出使总价正确的单价。"),
        cot="若把{one}都换成{two}，总价少 {a} × {d} = {extra} 元，"
        "即 {a} + {b} = {count} 件共 {s} - {extra} = {rest} 元。"
        "{two}单价 {rest} ÷ {count} = {low} 元，{one}单价 {low} + {d} = {answer} 元。",
        scenes=scenes("one/u/two/w", "钉耙/把/小铲/把", "腰鼓/面/口哨/个", "地球仪/个/指南针/个", "棉被/条/靠垫/个"),
    ),
)


def _profit_work(v: Numbers) -> Mapping[str, Value]:
    marked = v["c"] * (100 + v["p"]) // 100
    sold = Decimal(marked * (100 - v["d"])) / 100
    return {
        "marked": marked,
        "share": 100 - v["d"],
        "sold": sold,
        "each": sold - v["c"],
        "answer": (sold - v["c"]) * v["n"],
    }


PROFIT = Template(
    "primary-profit-after-discount",
    "primary/shopping",
    draw=lambda rng: {
        "n": rng.randint(3, 40),
        "c": 100 * rng.randint(1, 20),
        "p": 5 * rng.randint(6, 16),
        "d": 5 * rng.randint(1, 4),
    },
    work=_profit_work,
    code="from decimal import Decimal\n\ngain = (1 + Decimal({p}) / 100) * (1 - Decimal({d}) / 100) - 1\n"
    "print(format((gain * {n} * {c}).normalize(), 'f'))",
    en=Telling(
        questions=(
            "A dealer buys {n} {things} at {c} dollars each, marks them {p}% higher and sells them at {d}% off the "
            "marked price. How many dollars of profit do they bring in all?",
            "{n} {things} cost a dealer {c} dollars apiece. The price on the tag is {p}% above that, but at the sale "
            "{d}% of the tag price is taken off. What is the total profit in dollars?",
            "{name} sells {n} {things} with {d}% discount on a list price that lies {p}% over the {c} "
            "dollars paid for "
            "each. How many dollars does {name} earn altogether?",
        ),
        plans=("I find the gain for each dollar spent.", "I compute the gain as a share of the cost."),
        cot="The marked price is {c} × (1 + {p}%) = {marked} dollars, of which {share}% is paid: "
        "{marked} × {share}% = {sold}. The profit is {sold} - {c} = {each} for one and {each} × {n} = "
        "{answer} dollars "
        "for all.",
        scenes=scenes("things", "violins", "telescopes", "rugs", "kayaks"),
    ),
    zh=Telling(
        questions=(
            "商家以每{unit}{c}元购进{n}{unit}{things}，加价{p}%作为标价，再按标价降{d}%卖出，全部售完共赚多少元？",
            "{n}{unit}{things}，进价每{unit}{c}元，标价比进价高{p}%，促销时标价优惠{d}%，卖完总利润是几元？",
            "{name}卖{things}，在比进价{c}元高{p}%的标价上让利{d}%，卖掉{n}{unit}，一共获利多少元？",
        ),
        plans=("先求每一元成本赚多少。", "把利润看作成本的几分之几。"),
        cot="标价 {c} × (1 + {p}%) = {marked} 元，售价是标价的{share}%：{marked} × {share}% = {sold} 元。"
        "每{unit}赚 {sold} - {c} = {each} 元，共赚 {each} × {n} = {answer} 元。",
        scenes=scenes("things/unit", "小提琴/把", "望远镜/台", "地毯/条", "皮划艇/艘"),
    ),
)

TEMPLATES = (FREE, SHOPS, BILL, PROFIT)
