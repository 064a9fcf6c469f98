"""Templates about money: purchases, change, discounts, interest, shares.

from raymath.data.sample.money import TEMPLATES
"""

from __future__ import annotations

from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _purchase(rng: Random) -> Numbers:
    a, b = rng.sample(range(12, 49), 2)
    p, q = rng.sample(range(13, 90), 2)
    return {"a": a, "b": b, "p": p, "q": q}


SHOPPING = Template(
    "shopping-total",
    "primary/shopping",
    draw=_purchase,
    work=lambda v: {
        "first": v["a"] * v["p"],
        "second": v["b"] * v["q"],
        "answer": v["a"] * v["p"] + v["b"] * v["q"],
    },
    code="first_cost = {a} * {p}\nsecond_cost = {b} * {q}\ntotal = first_cost + second_cost\nprint(total)",
    en=Telling(
        questions=(
            "{name} buys {a} {one} at {p} dollars each and {b} {two} at {q} dollars each. "
            "How many dollars does {name} pay in total?",
            "A school orders {a} {one} for {p} dollars apiece and {b} {two} for {q} dollars apiece. "
            "What is the total cost in dollars?",
            "What do {a} {one} and {b} {two} cost together, if each of the {one} costs {p} dollars "
            "and each of the {two} {q} dollars?",
        ),
        plans=("I compute both costs and add them.", "Each cost is count times price; I add the two."),
        cot="The {one} cost {a} * {p} = {first}. The {two} cost {b} * {q} = {second}. "
        "Together: {first} + {second} = {answer}.",
        scenes=scenes("one/two", "lamps/chairs", "books/maps", "bags/belts", "drums/flutes", "balls/nets"),
    ),
    zh=Telling(
        questions=(
            "{name}买{a}个{one}，每个{p}元，又买{b}个{two}，每个{q}元，共花多少元？",
            "{one}每个{p}元，{two}每个{q}元。买{a}个{one}和{b}个{two}要多少元？",
            "学校买了单价{p}元的{one}{a}个、单价{q}元的{two}{b}个，一共要付多少元？",
        ),
        plans=("先算两种各花多少，再相加。", "单价乘数量，再求和。"),
        cot="{one}：{a} * {p} = {first}，{two}：{b} * {q} = {second}，共 {first} + {second} = {answer}。",
        scenes=scenes("one/two", "书包/水杯", "足球/篮球", "文具盒/笔袋"),
    ),
)


def _change(rng: Random) -> Numbers:
    a, p = rng.randint(13, 39), rng.randint(14, 68)
    return {"a": a, "p": p, "n": (a * p // 100 + rng.randint(1, 6)) * 100}


CHANGE = Template(
    "money-left",
    "primary/shopping",
    draw=_change,
    work=lambda v: {"spent": v["a"] * v["p"], "answer": v["n"] - v["a"] * v["p"]},
    code="spent = {a} * {p}\nleft = {n} - spent\nprint(left)",
    en=Telling(
        questions=(
            "{name} has {n} dollars and buys {a} {items} at {p} dollars each. How many dollars are left?",
            "A club with {n} dollars orders {a} {items} for {p} dollars apiece. How much money remains, in dollars?",
            "{name} pays for {a} {items}, {p} dollars each, with {n} dollars. How many dollars come back as change?",
        ),
        plans=("I subtract what is spent from the money.", "First what is spent, then what is left."),
        cot="{name} spends {a} * {p} = {spent}. Left: {n} - {spent} = {answer}.",
        scenes=scenes("items", "tickets", "plants", "helmets", "shirts", "puzzles"),
    ),
    zh=Telling(
        questions=(
            "{name}有{n}元，买了{a}个{items}，每个{p}元，还剩多少元？",
            "每个{items}{p}元，{name}买{a}个，付了{n}元，应找回多少元？",
            "班费{n}元，用来买{a}个单价{p}元的{items}，还余多少元？",
        ),
        plans=("总钱数减去花掉的钱。", "先算花了多少，再算剩下的。"),
        cot="花了 {a} * {p} = {spent}，剩 {n} - {spent} = {answer}。",
        scenes=scenes("items", "水杯", "书包", "花盆"),
    ),
)

DISCOUNT = Template(
    "percent-discount",
    "primary/percentages",
    draw=lambda rng: {"p": 20 * rng.randint(13, 99), "d": 5 * rng.randint(2, 9)},
    work=lambda v: {"off": v["p"] * v["d"] // 100, "answer": v["p"] - v["p"] * v["d"] // 100},
    code="percent_left = 100 - {d}\nsale_price = {p} * percent_left // 100\nprint(sale_price)",
    en=Telling(
        questions=(
            "A {item} costs {p} dollars. It is sold at {d}% off. What is the sale price in dollars?",
            "In a sale, the price of a {item} of {p} dollars is cut by {d}%. How many dollars does it cost now?",
            "{name} gets a {d}% discount on a {item} of {p} dollars. How many dollars does {name} pay?",
        ),
        plans=("I take the percentage that is still paid.", "After the discount the rest of 100% is paid."),
        cot="The discount is {p} * {d} / 100 = {off}. The price is {p} - {off} = {answer}.",
        scenes=scenes("item", "sofa", "phone", "camera", "bike", "table"),
    ),
    zh=Telling(
        questions=(
            "一台{item}原价{p}元，降价{d}%，现价多少元？",
            "{item}标价{p}元，优惠{d}%出售，{name}要付多少元？",
        ),
        plans=("先求现价占原价的百分数。", "用100减去降价的百分数。"),
        cot="降了 {p} * {d} / 100 = {off} 元，现价 {p} - {off} = {answer} 元。",
        scenes=scenes("item", "电视", "相机", "电脑"),
    ),
)

INTEREST = Template(
    "simple-interest",
    "primary/interest-tax",
    draw=lambda rng: {"p": 100 * rng.randint(12, 88), "r": rng.randint(2, 9), "t": rng.randint(3, 12)},
    work=lambda v: {
        "year": v["p"] // 100 * v["r"],
        "interest": v["p"] // 100 * v["r"] * v["t"],
        "answer": v["p"] + v["p"] // 100 * v["r"] * v["t"],
    },
    code="interest = {p} * {r} * {t} // 100\ntotal = {p} + interest\nprint(total)",
    en=Telling(
        questions=(
            "{name} saves {p} dollars at {r}% simple interest a year. How many dollars are there after {t} years?",
            "A loan of {p} dollars bears {r}% simple interest a year for {t} years. "
            "How many dollars must be paid back in all?",
        ),
        plans=("I add the interest of all years.", "First the interest, then the total."),
        cot="A year brings {p} * {r} / 100 = {year}. {t} years bring {year} * {t} = {interest}. "
        "In all {p} + {interest} = {answer}.",
    ),
    zh=Telling(
        questions=(
            "{name}存{p}元，年利率{r}%，单利，{t}年后本息共多少元？",
            "本金{p}元，单利年利率{r}%，存{t}年，连本带利多少元？",
        ),
        plans=("先求利息，再加本金。", "本金加上各年的利息。"),
        cot="每年 {p} * {r} / 100 = {year}，{t}年 {year} * {t} = {interest}，共 {p} + {interest} = {answer}。",
    ),
)


def _share(rng: Random) -> Numbers:
    a, b = rng.sample(range(3, 14), 2)
    return {"a": a, "b": b, "n": (a + b) * rng.randint(23, 97)}


RATIO = Template(
    "ratio-share",
    "primary/ratio-proportion",
    draw=_share,
    work=lambda v: {
        "parts": v["a"] + v["b"],
        "one": v["n"] // (v["a"] + v["b"]),
        "answer": v["n"] // (v["a"] + v["b"]) * v["b"],
    },
    code="one_part = {n} // ({a} + {b})\nsecond_share = one_part * {b}\nprint(second_share)",
    en=Telling(
        questions=(
            "Two {who} share {n} dollars in the ratio {a}:{b}. How many dollars does the second one get?",
            "{n} dollars are split between two {who} as {a} to {b}. How many dollars is the second share?",
        ),
        plans=("I find one part and take the second share.", "The total has as many parts as the ratio's sum."),
        cot="There are {a} + {b} = {parts} parts. One is {n} / {parts} = {one}. Second share: {one} * {b} = {answer}.",
        scenes=scenes("who", "friends", "teams", "sisters", "partners"),
    ),
    zh=Telling(
        questions=(
            "甲乙两{who}按{a}:{b}分{n}元，乙得多少元？",
            "把{n}元按{a}:{b}分给甲乙两{who}，乙分到多少元？",
        ),
        plans=("先求一份，再求乙的份额。", "总份数是两数之和。"),
        cot="共 {a} + {b} = {parts} 份，一份 {n} / {parts} = {one}，乙得 {one} * {b} = {answer}。",
        scenes=scenes("who", "人", "队", "组"),
    ),
)

TEMPLATES = (SHOPPING, CHANGE, DISCOUNT, INTEREST, RATIO)
