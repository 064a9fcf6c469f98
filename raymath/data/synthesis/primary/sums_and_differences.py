"""Templates of two amounts known by their sum, difference or multiple.

from raymath.data.synthesis.primary.sums_and_differences import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _pair(rng: Random) -> Numbers:
    small, gap = rng.randint(24, 480), rng.randint(6, 160)
    return {"s": 2 * small + gap, "d": gap}


PAIR = Template(
    "primary-sum-and-difference",
    "primary/sum-difference-multiple",
    draw=_pair,
    work=lambda v: {"twice": v["s"] + v["d"], "answer": (v["s"] + v["d"]) // 2},
    code="more = {d}\nwhile more + (more - {d}) != {s}:\n    more += 1\nprint(more)",
    en=Telling(
        questions=(
            "Two {places} hold {s} {things} together, the first {d} more than the second. How many does the "
            "first hold?",
            "The second of two {places} has {d} {things} fewer than the first. Both have {s} in all. "
            "How many {things} are in the first?",
            "{s} {things} are split between two {places} so that one gets {d} more than the other. "
            "What is the larger number?",
        ),
        plans=("I try the larger number.", "I raise the larger number until the sum fits."),
        cot="With {d} more in the second, both would hold as many as the first: {s} + {d} = {twice} together. "
        "So the first holds {twice} ÷ 2 = {answer}.",
        scenes=scenes("places/things", "barns/sacks", "barges/barrels", "aquariums/shrimps", "vaults/coins"),
    ),
    zh=Telling(
        questions=(
            "两{u}{places}共有{things}{s}{w}，第一{u}比第二{u}多{d}{w}，第一{u}有多少{w}？",
            "第二{u}{places}的{things}比第一{u}少{d}{w}，两{u}合计{s}{w}，求第一{u}的{w}数。",
            "把{s}{w}{things}分到两{u}{places}，使其中一{u}比另一{u}多{d}{w}，多的那{u}有几{w}？",
        ),
        plans=("试较大的数。", "逐步加大较大的数，直到和符合。"),
        cot="给第二{u}添上{d}{w}，两{u}就同样多，共 {s} + {d} = {twice} {w}，"
        "所以第一{u}有 {twice} ÷ 2 = {answer} {w}。",
        scenes=scenes("places/u/things/w", "驳船/艘/木桶/只", "鱼缸/个/小虾/只", "展柜/个/古币/枚", "仓房/间/麻袋/条"),
    ),
)


def _multiple(rng: Random) -> Numbers:
    k, c = rng.randint(2, 8), rng.randint(3, 40)
    return {"k": k, "c": c, "s": (k + 1) * rng.randint(12, 160) + c}


MULTIPLE = Template(
    "primary-sum-and-multiple",
    "primary/sum-difference-multiple",
    draw=_multiple,
    work=lambda v: {
        "even": v["s"] - v["c"],
        "parts": v["k"] + 1,
        "small": (v["s"] - v["c"]) // (v["k"] + 1),
        "times": (v["s"] - v["c"]) // (v["k"] + 1) * v["k"],
        "answer": v["s"] - (v["s"] - v["c"]) // (v["k"] + 1),
    },
    code="small = 1\nwhile small + small * {k} + {c} != {s}:\n    small += 1\nprint({s} - small)",
    en=Telling(
        questions=(
            "A {place} has {s} {ones} and {twos}. The {ones} are {c} more than {k} times the {twos}. "
            "How many {ones} are there?",
            "Multiply the number of {twos} in a {place} by {k} and add {c}: that is the number of {ones}. "
            "Both together are {s}. How many are the {ones}?",
            "{s} {ones} and {twos} share a {place}; there are {k} times as many {ones} as {twos} and {c} on top of "
            "that. Find the number of {ones}.",
        ),
        plans=("I try the smaller number.", "I search for the smaller number first."),
        cot="Without the extra {c}, {s} - {c} = {even} remain. They are {k} + 1 = {parts} equal parts, so there are "
        "{even} ÷ {parts} = {small} {twos}. There are {small} × {k} = {times} and {times} + {c} = {answer} {ones}.",
        scenes=scenes("place/ones/twos", "pond/frogs/newts", "meadow/hares/foxes", "cliff/puffins/ravens")
        + scenes("place/ones/twos", "stable/mares/mules"),
    ),
    zh=Telling(
        questions=(
            "{place}里{ones}和{twos}共{s}{u}，{ones}比{twos}的{k}倍还多{c}{u}，{ones}有多少{u}？",
            "{place}的{twos}数乘{k}再加{c}，正好是{ones}的{u}数，两种合计{s}{u}，{ones}是几{u}？",
            "{place}栖息着{s}{u}{ones}和{twos}，{ones}除了是{twos}的{k}倍外还多出{c}{u}，求{ones}的{u}数。",
        ),
        plans=("从小到大试较少的数。", "先找较少的那个数。"),
        cot="去掉多出的{c}{u}，剩 {s} - {c} = {even} {u}，正好是 {k} + 1 = {parts} 份，"
        "{twos}有 {even} ÷ {parts} = {small} {u}；"
        "{small} × {k} = {times}，{ones}有 {times} + {c} = {answer} {u}。",
        scenes=scenes(
            "place/ones/twos/u", "池塘/青蛙/蝾螈/只", "草甸/野兔/狐狸/只", "海崖/海鹦/渡鸦/只", "林子/松鼠/刺猬/只"
        ),
    ),
)


def _moved(rng: Random) -> Numbers:
    k, small = rng.randint(2, 7), rng.randint(18, 120)
    return {"k": k, "s": (k + 1) * small, "t": rng.randint(3, small - 10)}


MOVED = Template(
    "primary-multiple-after-moving",
    "primary/sum-difference-multiple",
    draw=_moved,
    work=lambda v: {
        "parts": v["k"] + 1,
        "small": v["s"] // (v["k"] + 1),
        "big": v["s"] // (v["k"] + 1) * v["k"],
        "answer": v["s"] // (v["k"] + 1) * v["k"] + v["t"],
    },
    code="first = {t}\nwhile first - {t} != {k} * ({s} - first + {t}):\n    first += 1\nprint(first)",
    en=Telling(
        questions=(
            "Two {places} have {s} {things} in all. If {t} {things} are moved from the first to the second, "
            "the first "
            "has {k} times as many as the second. How many {things} does the first have now, before the move?",
            "After the first of two {places} passes {t} {things} to the second, it holds {k} times the number of the "
            "second. Together they hold {s}. How many {things} were in the first before?",
            "{name} carries {t} {things} from one of two {places} to the other. Then the ratio is {k} to 1, "
            "and there "
            "are {s} {things} altogether. How many were in the fuller of the two at the start?",
        ),
        plans=("I try the number of the first place.", "I search for the number before the move."),
        cot="Moving changes nothing in the sum of {s}. After it there are {k} + 1 = {parts} equal parts, so "
        "the second "
        "has {s} ÷ {parts} = {small} and the first {small} × {k} = {big}. Before, it had {big} + {t} = {answer}.",
        scenes=scenes("places/things", "sheds/bales", "shelves/maps", "bays/crates", "coops/hens"),
    ),
    zh=Telling(
        questions=(
            "两{u}{places}共{s}{w}{things}，从第一{u}搬{t}{w}到第二{u}后，第一{u}是第二{u}的{k}倍，"
            "搬之前第一{u}有多少{w}？",
            "第一{u}{places}给第二{u}{t}{w}{things}，这时它的数量是第二{u}的{k}倍。两{u}总数{s}{w}，第一{u}原有几{w}？",
            "{name}从一{u}{places}取{t}{w}{things}放进另一{u}，两者之比变成{k}:1，总共{s}{w}。"
            "取出前较多的那{u}有多少{w}？",
        ),
        plans=("逐个试第一处的数量。", "找出搬动前的数量。"),
        cot="搬动后总数仍是{s}{w}，共 {k} + 1 = {parts} 份，第二{u}有 {s} ÷ {parts} = {small} {w}，"
        "第一{u}有 {small} × {k} = {big} {w}；搬之前有 {big} + {t} = {answer} {w}。",
        scenes=scenes("places/u/things/w", "草棚/间/干草/捆", "书架/个/地图/张", "货舱/个/木箱/只", "鸡舍/间/母鸡/只"),
    ),
)


def _three_shares(rng: Random) -> Numbers:
    k, d, small = rng.randint(2, 6), rng.randint(4, 60), rng.randint(15, 120)
    return {"k": k, "d": d, "s": small * (k + 2) + d}


def _three_work(v: Numbers) -> Mapping[str, Value]:
    small = (v["s"] - v["d"]) // (v["k"] + 2)
    return {
        "even": v["s"] - v["d"],
        "parts": v["k"] + 2,
        "small": small,
        "answer": small + v["d"],
    }


THREE = Template(
    "primary-three-amounts",
    "primary/sum-difference-multiple",
    draw=_three_shares,
    work=_three_work,
    code="second = 1\nwhile second * {k} + second + (second + {d}) != {s}:\n    second += 1\nprint(second + {d})",
    en=Telling(
        questions=(
            "{one}, {two} and {three} produce {s} {unit} together. {one} produces {k} times as much as {two}, "
            "{three} {d} {unit} more than {two}. How many {unit} does {three} produce?",
            "Of {s} {unit}, {three} has {d} more than {two} and {one} has {k} times what {two} has. "
            "The three have everything. What is the share of {three} in {unit}?",
            "{two} delivers the least: {one} delivers {k} times and {three} {d} {unit} more than that. "
            "All three deliver {s} {unit}. How many {unit} come from {three}?",
        ),
        plans=("I try the smallest of the three.", "I search for the smallest amount."),
        cot="If {three} had no more than {two}, the sum would be {s} - {d} = {even} {unit}. That is {k} + 2 "
        "= {parts} "
        "times the amount of {two}, which is {even} ÷ {parts} = {small}. {three} has {small} + {d} = "
        "{answer} {unit}.",
        scenes=scenes(
            "one/two/three/unit",
            "North mine/South mine/West mine/tonnes",
            "Mill A/Mill B/Mill C/sacks",
            "Dairy One/Dairy Two/Dairy Three/churns",
        ),
    ),
    zh=Telling(
        questions=(
            "{one}、{two}、{three}共产{s}{u}，{one}是{two}的{k}倍，{three}比{two}多{d}{u}，{three}产多少{u}？",
            "总量{s}{u}全部来自{one}、{two}和{three}。{three}比{two}多出{d}{u}，{one}等于{two}的{k}倍，"
            "{three}占几{u}？",
            "{two}产量最少，{one}是它的{k}倍，{three}比它多{d}{u}，三处合计{s}{u}，求{three}的产量（{u}）。",
        ),
        plans=("试最少的一份。", "先找出最小的量。"),
        cot="若{three}与{two}同样多，总量为 {s} - {d} = {even} {u}，是{two}的 {k} + 2 = {parts} 倍，"
        "{two}产 {even} ÷ {parts} = {small} {u}，{three}产 {small} + {d} = {answer} {u}。",
        scenes=scenes(
            "one/two/three/u", "北矿/南矿/西矿/吨", "甲磨坊/乙磨坊/丙磨坊/袋", "东滩盐场/西滩盐场/南滩盐场/担"
        ),
    ),
)

TEMPLATES = (PAIR, MULTIPLE, MOVED, THREE)
