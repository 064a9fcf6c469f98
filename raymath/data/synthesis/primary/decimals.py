"""Templates of calculation with decimals: remainders, rounding up, a moved point, products.

    from raymath.data.synthesis.primary.decimals import TEMPLATES, point

A given decimal is drawn as two whole numbers, before and after the point, and told as ``{a}.{b}``; `point` is its
value.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def point(whole: int, digits: int) -> Decimal:
    """The decimal that is written ``{whole}.{digits}``: ``point(3, 25)`` is 3.25."""
    return Decimal(f"{whole}.{digits}")


def _rope(rng: Random) -> Numbers:
    a, n = rng.randint(20, 90), rng.randint(3, 9)
    c = rng.randint(1, a // n - 1)
    return {"a": a, "b": rng.randint(1, 9), "n": n, "c": c, "d": rng.randint(1, 9)}


def _rope_work(v: Numbers) -> Mapping[str, Value]:
    used = point(v["c"], v["d"]) * v["n"]
    return {"used": used, "answer": point(v["a"], v["b"]) - used}


ROPE = Template(
    "primary-decimal-rest",
    "primary/decimals",
    draw=_rope,
    work=_rope_work,
    code="from decimal import Decimal\n\nleft = Decimal('{a}.{b}')\nfor _ in range({n}):\n"
    "    left -= Decimal('{c}.{d}')\n"
    "print(format(left.normalize(), 'f'))",
    en=Telling(
        questions=(
            "{name} cuts {n} pieces of {c}.{d} metres from a {roll} that is {a}.{b} metres long. "
            "How many metres are left?",
            "A {roll} measures {a}.{b} metres. How many metres of it remain once {n} lengths of {c}.{d} metres each "
            "are gone?",
            "{n} customers take {c}.{d} metres each from a new {roll} of {a}.{b} metres. "
            "What length in metres is still on it?",
        ),
        plans=("I cut off one piece after another.", "I subtract the length of a piece each time."),
        cot="The pieces take {c}.{d} × {n} = {used} metres. What is left measures {a}.{b} - {used} = {answer} metres.",
        scenes=scenes("roll", "roll of ribbon", "coil of wire", "bolt of silk", "reel of hose"),
    ),
    zh=Telling(
        questions=(
            "一{roll}长{a}.{b}米，{name}剪下{n}段，每段{c}.{d}米，还剩多少米？",
            "{name}从{a}.{b}米长的一{roll}上裁走{n}截，每截都是{c}.{d}米，余下的有几米？",
            "{n}位顾客各买走{c}.{d}米，原来这{roll}是{a}.{b}米，现在剩下的长度是多少米？",
        ),
        plans=("一段一段地剪，逐次相减。", "每次减去一段的长度。"),
        cot="剪去 {c}.{d} × {n} = {used} 米，还剩 {a}.{b} - {used} = {answer} 米。",
        scenes=scenes("roll", "卷彩带", "盘铜丝", "匹丝绸", "卷水管"),
    ),
)


def _bottles(rng: Random) -> Numbers:
    while True:
        v = {"a": rng.randint(25, 120), "b": rng.randint(1, 9), "c": rng.randint(1, 3), "d": rng.randint(1, 9)}
        if point(v["a"], v["b"]) % point(v["c"], v["d"]):
            return v


def _bottles_work(v: Numbers) -> Mapping[str, Value]:
    total, each = point(v["a"], v["b"]), point(v["c"], v["d"])
    full = int(total // each)
    return {"full": full, "held": each * full, "rest": total - each * full, "answer": full + 1}


BOTTLES = Template(
    "primary-decimal-round-up",
    "primary/decimals",
    draw=_bottles,
    work=_bottles_work,
    code="from decimal import Decimal\n\nleft = Decimal('{a}.{b}')\nused = 0\nwhile left > 0:\n"
    "    left -= Decimal('{c}.{d}')\n    used += 1\nprint(used)",
    en=Telling(
        questions=(
            "{a}.{b} litres of {liquid} are filled into {vessels} of {c}.{d} litres. "
            "What is the least number of {vessels} that holds everything?",
            "A barrel contains {a}.{b} litres of {liquid}, and each of the {vessels} takes {c}.{d} litres. "
            "At least how many {vessels} does {name} need to empty the barrel?",
            "How many {vessels} of {c}.{d} litres must be ready so that {a}.{b} litres of {liquid} find room?",
        ),
        plans=("I fill one after another until nothing is left.", "I count while there is something to fill in."),
        cot="{full} full {vessels} hold {c}.{d} × {full} = {held} litres. {a}.{b} - {held} = {rest} litres are left "
        "and need one more: {full} + 1 = {answer}.",
        scenes=scenes("liquid/vessels", "cider/jugs", "syrup/flasks", "lamp oil/cans", "rainwater/buckets"),
    ),
    zh=Telling(
        questions=(
            "有{liquid}{a}.{b}升，用容量{c}.{d}升的{vessel}来装，至少要准备几只{vessel}？",
            "大桶里的{a}.{b}升{liquid}要分装，一只{vessel}最多装{c}.{d}升，{name}最少需要多少只{vessel}？",
            "每只{vessel}能盛{c}.{d}升，要盛下{a}.{b}升{liquid}，最少得用多少只？",
        ),
        plans=("一只一只地装，直到装完。", "只要还有剩余就再添一只。"),
        cot="{full}只装满共 {c}.{d} × {full} = {held} 升，还余 {a}.{b} - {held} = {rest} 升，要再加一只："
        "{full} + 1 = {answer}。",
        scenes=scenes("liquid/vessel", "苹果汁/罐子", "糖浆/烧瓶", "灯油/油壶", "雨水/水桶"),
    ),
)


def _shift(rng: Random) -> Numbers:
    tenths = rng.randint(12, 1999) * 10 + rng.randint(1, 9)
    return {"a": 9 * tenths // 10, "b": 9 * tenths % 10}


SHIFT = Template(
    "primary-moved-decimal-point",
    "primary/decimals",
    draw=_shift,
    work=lambda v: {"times": 9, "answer": point(v["a"], v["b"]) / 9},
    code="from decimal import Decimal\n\ntenths = 1\nwhile tenths * 10 - tenths != {a}{b}:\n    tenths += 1\n"
    "print(Decimal(tenths) / 10)",
    en=Telling(
        questions=(
            "{name} moves the decimal point of a number one place to the right, and the number grows by {a}.{b}. "
            "What was the number?",
            "On a {sheet} the point slipped one place to the right, so the value shown is {a}.{b} too large. "
            "What is the true value?",
            "Ten times a decimal found on a {sheet} is {a}.{b} more than the decimal itself. Which decimal is it?",
        ),
        plans=("I try numbers tenth by tenth.", "I search for the number whose tenfold exceeds it by this much."),
        cot="Moving the point one place to the right makes the number 10 times as large, so it grows by "
        "10 - 1 = {times} times itself. The number was {a}.{b} ÷ {times} = {answer}.",
        scenes=scenes("sheet", "receipt", "lab note", "scoreboard", "price tag"),
    ),
    zh=Telling(
        questions=(
            "{name}抄一个小数时，把小数点往右错了一位，写出的数比原数多{a}.{b}，原数是多少？",
            "{sheet}上的小数点错往右挪了一位，使数值多出{a}.{b}，真实的数值是几？",
            "{sheet}上有个小数，它的10倍比它本身多{a}.{b}，求这个小数。",
        ),
        plans=("从小到大逐个试。", "找出10倍与本身之差符合的数。"),
        cot="小数点右移一位，数扩大到10倍，多出 10 - 1 = {times} 倍，所以原数是 {a}.{b} ÷ {times} = {answer}。",
        scenes=scenes("sheet", "小票", "实验记录", "记分牌", "价签"),
    ),
)


def _sheet(rng: Random) -> Numbers:
    a = rng.randint(4, 14)
    c = rng.randint(2, min(a - 1, 9))
    b, d, f = (rng.randint(1, 9) for _ in range(3))
    return {"a": a, "b": b, "c": c, "d": d, "e": rng.randint(1, a * c // 2), "f": f}


def _sheet_work(v: Numbers) -> Mapping[str, Value]:
    product = point(v["a"], v["b"]) * point(v["c"], v["d"])
    return {"product": product, "answer": product - point(v["e"], v["f"])}


PRODUCT = Template(
    "primary-decimal-product",
    "primary/decimals",
    draw=_sheet,
    work=_sheet_work,
    code="from decimal import Decimal\n\nhundredths = {a}{b} * {c}{d} - {e}{f} * 10\n"
    "print(format((Decimal(hundredths) / 100).normalize(), 'f'))",
    en=Telling(
        questions=(
            "Compute {a}.{b} × {c}.{d} - {e}.{f}.",
            "A rectangular {sheet} is {a}.{b} m long and {c}.{d} m wide. A part of {e}.{f} square metres is cut out. "
            "How many square metres remain?",
            "{name} needs only what is left of a {sheet}, {c}.{d} m by {a}.{b} m, after {e}.{f} square "
            "metres have been removed. What area is that in square metres?",
        ),
        plans=("I calculate in hundredths, with whole numbers only.", "Without the points it is a whole-number task."),
        cot="The product is {a}.{b} × {c}.{d} = {product}. Then {product} - {e}.{f} = {answer}.",
        scenes=scenes("sheet", "sail", "glass pane", "felt carpet", "copper sheet"),
    ),
    zh=Telling(
        questions=(
            "计算：{a}.{b} × {c}.{d} - {e}.{f}。",
            "一块长方形的{sheet}长{a}.{b}米、宽{c}.{d}米，裁掉{e}.{f}平方米，还有多少平方米？",
            "{name}要用的是一块{sheet}（宽{c}.{d}米、长{a}.{b}米）去掉{e}.{f}平方米后的部分，这部分是几平方米？",
        ),
        plans=("化成以百分之一为单位的整数来算。", "先去掉小数点按整数算，最后还原。"),
        cot="积是 {a}.{b} × {c}.{d} = {product}，再减：{product} - {e}.{f} = {answer}。",
        scenes=scenes("sheet", "帆布", "玻璃", "毛毡", "铜板"),
    ),
)

TEMPLATES = (ROPE, BOTTLES, SHIFT, PRODUCT)
