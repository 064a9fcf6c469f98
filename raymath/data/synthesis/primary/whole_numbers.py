"""Templates about whole numbers as such: their digits, rounding, and the four operations.

    from raymath.data.synthesis.primary.whole_numbers import TEMPLATES

Word problems with whole numbers are in `word_problems`, divisors and remainders in `factors_and_remainders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes

PLACE_VALUE = Template(
    "primary-place-value",
    "primary/numbers",
    draw=lambda rng: {"a": rng.randint(12, 98), "b": rng.randint(12, 98), "c": rng.randint(12, 98)},
    work=lambda v: {
        "big": v["a"] * 10_000,
        "middle": v["b"] * 100,
        "answer": v["a"] * 10_000 + v["b"] * 100 + v["c"],
    },
    code="number = {a}\nfor pair in ({b}, {c}):\n    number = number * 100 + pair\nprint(number)",
    en=Telling(
        questions=(
            "Which number do {a} ten-thousands, {b} hundreds and {c} ones make together? Write it in digits.",
            "{name} lays out {shapes}: {a} worth 10000 each, {b} worth 100 each and {c} worth 1 each. "
            "What number do they show in total?",
            "In a game, {c} {shapes} count 1 each, {b} count 100 each and {a} count 10000 each. "
            "What is the whole score?",
        ),
        plans=("I build the number from its largest unit downwards.", "Each unit is worth 100 of the next one."),
        cot="The ten-thousands give {a} × 10000 = {big} and the hundreds give {b} × 100 = {middle}. "
        "With the ones the number is {big} + {middle} + {c} = {answer}.",
        scenes=scenes("shapes", "shells", "wooden discs", "paper stars", "glass beads"),
    ),
    zh=Telling(
        questions=(
            "{a}个万、{b}个百再加{c}个一，合起来是哪个数？请用数字写出。",
            "{name}摆{shapes}记数：代表一万的有{a}{unit}，代表一百的有{b}{unit}，代表一的有{c}{unit}，摆出的数是多少？",
            "闯关游戏里，{c}{unit}{shapes}各值1分，{b}{unit}各值100分，{a}{unit}各值10000分，总分是多少？",
        ),
        plans=("从大单位到小单位逐级拼出这个数。", "相邻两级单位相差100倍，逐级累加。"),
        cot="{a}个万是 {a} × 10000 = {big}，{b}个百是 {b} × 100 = {middle}，"
        "再加上{c}个一：{big} + {middle} + {c} = {answer}。",
        scenes=scenes("shapes/unit", "贝壳/枚", "木片/块", "纸星星/颗", "玻璃珠/颗"),
    ),
)


def _rounded(rng: Random) -> Numbers:
    unit = rng.choice((10, 100, 1000))
    return {"u": unit, "r": unit * rng.randint(12, 9998)}


ROUNDED = Template(
    "primary-largest-before-rounding",
    "primary/numbers",
    draw=_rounded,
    work=lambda v: {"half": v["u"] // 2, "limit": v["r"] + v["u"] // 2, "answer": v["r"] + v["u"] // 2 - 1},
    code="rounds_to = [n for n in range({r}, {r} + {u}) if (n + {u} // 2) // {u} * {u} == {r}]\nprint(max(rounds_to))",
    en=Telling(
        questions=(
            "Rounded to the nearest {u}, the number of {things} is {r}. What is the largest number it can really be?",
            "A newspaper rounds the count of {things} to the nearest {u} and prints {r}. At most how many were there?",
            "{name} knows only that the {things} number {r} when rounded to the nearest {u}. "
            "What is the greatest possible exact number?",
        ),
        plans=("I try the numbers from the rounded one upwards.", "I look for the last number that rounds to it."),
        cot="Half of {u} is {u} ÷ 2 = {half}. From {r} + {half} = {limit} on, a number is rounded up to the next "
        "multiple of {u}. The largest that still rounds to {r} is {limit} - 1 = {answer}.",
        scenes=scenes("things", "migrating cranes", "museum visitors", "salmon in the river", "downloads of the song"),
    ),
    zh=Telling(
        questions=(
            "{things}以{u}为单位四舍五入后是{r}，实际最多可能是多少？",
            "报纸登出的{things}是{r}，这是取最接近的整{u}数得到的近似值。准确数最大是几？",
            "{name}只知道{things}取近似值（精确到整{u}）是{r}，那么它的准确值最大会是多少？",
        ),
        plans=("从近似数往上逐个检验，找最大的。", "找出四舍五入后仍得到它的最后一个整数。"),
        cot="{u}的一半是 {u} ÷ 2 = {half}。达到 {r} + {half} = {limit} 就要向前进一，"
        "所以最大的准确数是 {limit} - 1 = {answer}。",
        scenes=scenes("things", "过境候鸟的只数", "科技馆的参观人数", "洄游鱼群的条数", "这首歌的下载次数"),
    ),
)

PAGE_DIGITS = Template(
    "primary-digits-in-labels",
    "primary/numbers",
    draw=lambda rng: {"a": rng.randint(11, 95), "b": rng.randint(120, 989)},
    work=lambda v: {
        "short": 100 - v["a"],
        "short_digits": 2 * (100 - v["a"]),
        "long": v["b"] - 99,
        "long_digits": 3 * (v["b"] - 99),
        "answer": 2 * (100 - v["a"]) + 3 * (v["b"] - 99),
    },
    code='labels = [str(n) for n in range({a}, {b} + 1)]\nprint(len("".join(labels)))',
    en=Telling(
        questions=(
            "All numbers from {a} to {b} are painted on {things}, one on each. How many digits are painted?",
            "A stamp prints one digit at a time. How many prints does {name} need to number {things} from {a} to {b}?",
            "The labels {a}, then the next number and so on up to {b}, go on {things}. "
            "How many single digits do the labels have altogether?",
        ),
        plans=("I write all the labels one after another and count.", "I string the numbers together and measure."),
        cot="From {a} to 99 there are 100 - {a} = {short} two-digit numbers with {short} × 2 = "
        "{short_digits} digits. "
        "From 100 to {b} there are {b} - 99 = {long} three-digit numbers with {long} × 3 = {long_digits} digits. "
        "In all {short_digits} + {long_digits} = {answer}.",
        scenes=scenes("things", "lockers", "herb jars", "stage costumes", "film reels"),
    ),
    zh=Telling(
        questions=(
            "给{things}编号，从{a}号连续编到{b}号，一共要写多少个数字？",
            "数字印章每次只能印一个数字，{name}要给{things}依次印上{a}到{b}的号码，要印多少次？",
            "{things}的标签从{a}开始，一个接一个排到{b}，所有标签上共有多少个数字？",
        ),
        plans=("把所有号码连起来，数一数共有多少个数字。", "逐个写出号码，统计数字的个数。"),
        cot="{a}到99有 100 - {a} = {short} 个两位数，用数字 {short} × 2 = {short_digits} 个；"
        "100到{b}有 {b} - 99 = {long} 个三位数，用数字 {long} × 3 = {long_digits} 个。"
        "共 {short_digits} + {long_digits} = {answer} 个。",
        scenes=scenes("things", "储物柜", "标本瓶", "演出服", "胶片盒"),
    ),
)


def _digit_work(v: Numbers) -> Mapping[str, Value]:
    digits = sorted(v.values())
    first = next(digit for digit in digits if digit)
    rest = list(digits)
    rest.remove(first)
    largest = int("".join(map(str, reversed(digits))))
    smallest = int("".join(map(str, [first, *rest])))
    return {"largest": largest, "smallest": smallest, "answer": largest - smallest}


DIGIT_CARDS = Template(
    "primary-digit-cards",
    "primary/numbers",
    draw=lambda rng: dict(zip("abcde", rng.sample(range(10), 5), strict=True)),
    work=_digit_work,
    code="from itertools import permutations\norders = permutations(({a}, {b}, {c}, {d}, {e}))\n"
    "numbers = [int(''.join(map(str, order))) for order in orders if order[0] != 0]\n"
    "print(max(numbers) - min(numbers))",
    en=Telling(
        questions=(
            "The digits {a}, {b}, {c}, {d} and {e} are each used once to form a five-digit number. "
            "By how much does the largest such number exceed the smallest?",
            "{name} has five {cards} with {a}, {b}, {c}, {d} and {e} on them and lays five-digit numbers. "
            "What is the difference between the greatest and the least of these numbers?",
            "Five {cards} show {a}, {b}, {c}, {d}, {e}. All of them are put in a row, never with 0 in front. "
            "How far apart are the largest and the smallest number that appear?",
        ),
        plans=("I form every number and compare the extremes.", "I go through all orders of the digits."),
        cot="Digits from large to small give the largest number, {largest}. The smallest begins with the smallest "
        "digit other than 0, and the rest follow from small to large: {smallest}. "
        "The difference is {largest} - {smallest} = {answer}.",
        scenes=scenes("cards", "tiles", "cards", "magnets", "blocks"),
    ),
    zh=Telling(
        questions=(
            "用{a}、{b}、{c}、{d}、{e}各一次组成五位数，最大的数比最小的数大多少？",
            "{name}手里的五{unit}{cards}上分别写着{a}、{b}、{c}、{d}和{e}，全部用上摆五位数，最大数与最小数相差多少？",
            "五{unit}{cards}标有{a}、{b}、{c}、{d}、{e}，排成一行（0不能打头），所得的最大数减去最小数等于几？",
        ),
        plans=("列出所有排法，比较最大与最小。", "枚举全部五位数，再求两端之差。"),
        cot="从大到小排得最大数{largest}；最小数的首位取最小的非零数字，其余从小到大排，是{smallest}。"
        "相差 {largest} - {smallest} = {answer}。",
        scenes=scenes("cards/unit", "卡片/张", "磁贴/块", "木块/块", "小旗/面"),
    ),
)


def _mixed(rng: Random) -> Numbers:
    divisor = rng.randint(6, 38)
    return {"a": rng.randint(23, 98), "b": rng.randint(12, 49), "c": divisor * rng.randint(12, 60), "d": divisor}


ORDER = Template(
    "primary-order-of-operations",
    "primary/whole-numbers",
    draw=_mixed,
    work=lambda v: {
        "product": v["a"] * v["b"],
        "quotient": v["c"] // v["d"],
        "answer": v["a"] * v["b"] - v["c"] // v["d"],
    },
    code="product = sum({a} for _ in range({b}))\nquotient = 0\nwhile quotient * {d} < {c}:\n    quotient += 1\n"
    "print(product - quotient)",
    en=Telling(
        questions=(
            "Work out {a} × {b} - {c} ÷ {d}.",
            "The quotient of {c} and {d} is taken away from the product of {a} and {b}. What is left?",
            "{name} types {a} × {b} - {c} ÷ {d} into a calculator that keeps the order of operations. "
            "What does it display?",
        ),
        plans=("I multiply by adding and divide by counting up.", "Product and quotient first, then the difference."),
        cot="Multiplication and division come first: {a} × {b} = {product} and {c} ÷ {d} = {quotient}. "
        "Then {product} - {quotient} = {answer}.",
    ),
    zh=Telling(
        questions=(
            "计算：{a} × {b} - {c} ÷ {d}。",
            "{a}与{b}的积，减去{c}除以{d}的商，结果是多少？",
            "{name}在能识别运算顺序的计算器上输入 {a} × {b} - {c} ÷ {d}，屏幕显示几？",
        ),
        plans=("先求积与商，最后相减。", "乘法用连加、除法用试商，再求差。"),
        cot="先算乘除：{a} × {b} = {product}，{c} ÷ {d} = {quotient}；再算减法：{product} - {quotient} = {answer}。",
    ),
)

LARGEST_DIVIDEND = Template(
    "primary-largest-dividend",
    "primary/whole-numbers",
    draw=lambda rng: {"d": rng.randint(13, 98), "q": rng.randint(24, 240)},
    work=lambda v: {"rest": v["d"] - 1, "full": v["d"] * v["q"], "answer": v["d"] * v["q"] + v["d"] - 1},
    code="candidates = [n for n in range({d} * ({q} + 2)) if n // {d} == {q}]\nprint(max(candidates))",
    en=Telling(
        questions=(
            "Divided by {d}, a number gives the quotient {q} and the largest remainder possible. What is the number?",
            "What is the largest whole number that gives {q} and perhaps a remainder when divided by {d}?",
            "{name} fills crates with {d} {things} each. {q} crates are full, and there are as many single ones left "
            "as there can be without filling another. How many {things} are there?",
        ),
        plans=("I search for the largest number with this quotient.", "I test which numbers have this quotient."),
        cot="A remainder is smaller than the divisor, so the largest is {d} - 1 = {rest}. The full part is "
        "{d} × {q} = {full}. The number is {full} + {rest} = {answer}.",
        scenes=scenes("things", "lemons", "candles", "tennis balls", "jam jars"),
    ),
    zh=Telling(
        questions=(
            "某数除以{d}得商{q}，而且余数已是最大的，这个数是几？",
            "除以{d}后商为{q}（允许有余数）的整数里，最大的是哪个？",
            "{name}把{things}装箱，每箱{d}{unit}，装满了{q}箱，剩下的零头多得差1{unit}就又满一箱。"
            "{things}共有多少{unit}？",
        ),
        plans=("逐个检验商是否符合，取最大的数。", "枚举所有符合商的数，找最大者。"),
        cot="余数比除数小，最大是 {d} - 1 = {rest}；整除部分 {d} × {q} = {full}；这个数是 {full} + {rest} = {answer}。",
        scenes=scenes("things/unit", "柠檬/个", "蜡烛/支", "网球/个", "果酱/瓶"),
    ),
)


def _misread(rng: Random) -> Numbers:
    right, wrong = rng.sample(range(12, 98), 2)
    return {"c": right, "w": wrong, "p": wrong * rng.randint(23, 240)}


WRONG_FACTOR = Template(
    "primary-misread-factor",
    "primary/whole-numbers",
    draw=_misread,
    work=lambda v: {"other": v["p"] // v["w"], "answer": v["p"] // v["w"] * v["c"]},
    code="other = 1\nwhile other * {w} != {p}:\n    other += 1\nprint(sum([other] * {c}))",
    en=Telling(
        questions=(
            "{name} should multiply a number by {c}, but multiplies it by {w} and gets {p}. What is the right product?",
            "A smudged {sheet} made {name} read the factor {c} as {w}, so the product came out as {p}. "
            "What should it have been?",
            "With {w} in place of {c} a multiplication on a {sheet} gives {p}. What does it give with the correct "
            "factor?",
        ),
        plans=("I find the other factor first, then multiply rightly.", "I undo the wrong multiplication."),
        cot="The other factor is {p} ÷ {w} = {other}. The right product is {other} × {c} = {answer}.",
        scenes=scenes("sheet", "worksheet", "receipt", "blackboard", "price list"),
    ),
    zh=Telling(
        questions=(
            "{name}本该把一个数乘{c}，却错乘了{w}，得到{p}。正确的积是多少？",
            "{sheet}上有污渍，{name}把因数{c}看成了{w}，算出的积是{p}，原来的积应是几？",
            "一道写在{sheet}上的乘法题，若把{c}当作{w}，结果是{p}；改正之后结果是多少？",
        ),
        plans=("先还原另一个因数，再算正确的积。", "由错误的积倒推另一个因数。"),
        cot="另一个因数是 {p} ÷ {w} = {other}，正确的积是 {other} × {c} = {answer}。",
        scenes=scenes("sheet", "作业纸", "黑板", "收据", "价目单"),
    ),
)

TEMPLATES = (PLACE_VALUE, ROUNDED, PAGE_DIGITS, DIGIT_CARDS, ORDER, LARGEST_DIVIDEND, WRONG_FACTOR)
