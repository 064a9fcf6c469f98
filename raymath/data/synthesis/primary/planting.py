"""Templates of intervals: between trees and posts, on an open and a closed line, and between cuts.

from raymath.data.synthesis.primary.planting import TEMPLATES
"""

from __future__ import annotations

from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _road(rng: Random) -> Numbers:
    d = rng.randint(4, 25)
    return {"l": d * rng.randint(15, 299), "d": d}


ROAD = Template(
    "primary-trees-on-both-sides",
    "primary/planting",
    draw=_road,
    work=lambda v: {
        "gaps": v["l"] // v["d"],
        "side": v["l"] // v["d"] + 1,
        "answer": 2 * (v["l"] // v["d"] + 1),
    },
    code="count = 0\nfor side in ('left', 'right'):\n    for place in range(0, {l} + 1, {d}):\n"
    "        count += 1\nprint(count)",
    en=Telling(
        questions=(
            "Along both sides of a {way} of {l} metres, {things} stand every {d} metres, at both ends too. "
            "How many {things} are there?",
            "A {way} is {l} metres long. {name} orders {things} for both edges, {d} metres apart, from one "
            "end right to "
            "the other. How many are needed?",
            "Every {d} metres there is one of the {things} on the left and one on the right of a {way}, "
            "beginning at its "
            "start and finishing at its end, {l} metres away. What is their number?",
        ),
        plans=("I go through all the places.", "I count place by place on both sides."),
        cot="On each side there are {l} ÷ {d} = {gaps} gaps and one more {thing}: {gaps} + 1 = {side}. "
        "On both sides that makes {side} × 2 = {answer}.",
        scenes=scenes("way/thing/things", "pier/lamp/lamps", "boulevard/lime tree/lime trees", "runway/beacon/beacons")
        + scenes("way/thing/things", "footbridge/flag/flags"),
    ),
    zh=Telling(
        questions=(
            "{way}长{l}米，两侧每隔{d}米设一{u}{thing}，两端都设，一共要多少{u}？",
            "{name}为{l}米长的{way}两边订{thing}，相邻两{u}间隔{d}米，从头到尾都要有，应订几{u}？",
            "在{way}左右两侧，从起点到终点（全长{l}米）每{d}米各有一{u}{thing}，起点、终点也有，共计多少{u}？",
        ),
        plans=("把每个位置都数一遍。", "两侧逐个位置计数。"),
        cot="每侧有 {l} ÷ {d} = {gaps} 个间隔，{thing}比间隔多一{u}：{gaps} + 1 = {side} {u}；"
        "两侧共 {side} × 2 = {answer} {u}。",
        scenes=scenes("way/thing/u", "栈桥/灯/盏", "林荫道/椴树/棵", "跑道/信标/个", "步行桥/彩旗/面"),
    ),
)


def _pond(rng: Random) -> Numbers:
    d = rng.randint(3, 12)
    wide = rng.randint(4, 30)
    return {"a": d * (wide + rng.randint(2, 30)), "b": d * wide, "d": d, "k": rng.randint(2, 6)}


POND = Template(
    "primary-around-a-rectangle",
    "primary/planting",
    draw=_pond,
    work=lambda v: {
        "round": 2 * (v["a"] + v["b"]),
        "gaps": 2 * (v["a"] + v["b"]) // v["d"],
        "answer": 2 * (v["a"] + v["b"]) // v["d"] * v["k"],
    },
    code="places = set()\nfor x in range(0, {a} + 1, {d}):\n    places |= {{(x, 0), (x, {b})}}\n"
    "for y in range(0, {b} + 1, {d}):\n    places |= {{(0, y), ({a}, y)}}\nprint(len(places) * {k})",
    en=Telling(
        questions=(
            "Around a rectangular {place} of {a} m by {b} m, {posts} stand every {d} m, also at the corners. "
            "Between each two neighbours there are {k} {bushes}. How many {bushes} are there?",
            "A rectangular {place}, {b} m wide and {a} m long, is surrounded by {posts} at distances of {d} "
            "m, one at each "
            "corner. {name} puts {k} {bushes} into every gap. How many {bushes} does {name} use?",
            "{k} {bushes} go between each pair of neighbouring {posts} on the edge of a rectangular {place}. "
            "It measures "
            "{a} m by {b} m, and the {posts}, which also mark its corners, are {d} m apart. How many "
            "{bushes} is that?",
        ),
        plans=("I collect the places on the edge.", "On a closed line there are as many gaps as places."),
        cot="The edge is 2 × ({a} + {b}) = {round} m long. It closes up, so there are {round} ÷ {d} = {gaps} gaps. "
        "They hold {gaps} × {k} = {answer} {bushes}.",
        scenes=scenes("place/posts/bushes", "fish pond/willows/irises", "parade ground/pylons/chains")
        + scenes("place/posts/bushes", "vineyard/cypresses/roses"),
    ),
    zh=Telling(
        questions=(
            "长方形{place}长{a}米、宽{b}米，四周每隔{d}米有一{u}{post}（四角都有），"
            "每相邻两{u}之间放{k}{w}{bush}，共放多少{w}？",
            "沿宽{b}米、长{a}米的长方形{place}一圈立{post}，间距{d}米，角上必有一{u}。"
            "{name}在每个间隔里摆{k}{w}{bush}，要几{w}？",
            "每两{u}相邻的{post}之间有{k}{w}{bush}，{post}围着长方形{place}（{a}米×{b}米）排列，相距{d}米，"
            "四个角上都有。{bush}一共多少{w}？",
        ),
        plans=("收集边上的所有位置。", "封闭图形上间隔数等于点数。"),
        cot="一圈长 2 × ({a} + {b}) = {round} 米，封闭路线有 {round} ÷ {d} = {gaps} 个间隔，"
        "共 {gaps} × {k} = {answer} {w}。",
        scenes=scenes(
            "place/post/u/bush/w", "鱼塘/柳树/棵/鸢尾/株", "葡萄园/柏树/棵/月季/株", "操练场/标杆/根/沙袋/只"
        ),
    ),
)


def _cuts(rng: Random) -> Numbers:
    while True:
        a, b, c = rng.randint(4, 16), rng.randint(5, 40), rng.randint(2, 20)
        if a != b:
            return {"a": a, "t": c * (a - 1), "b": b}


CUTS = Template(
    "primary-sawing",
    "primary/planting",
    draw=_cuts,
    work=lambda v: {
        "first": v["a"] - 1,
        "each": v["t"] // (v["a"] - 1),
        "second": v["b"] - 1,
        "answer": v["t"] // (v["a"] - 1) * (v["b"] - 1),
    },
    code="from fractions import Fraction\n\ntime = Fraction(0)\npieces = 1\nwhile pieces < {b}:\n    pieces += 1\n"
    "    time += Fraction({t}, {a} - 1)\nprint(time)",
    en=Telling(
        questions=(
            "Cutting a {rod} into {a} pieces takes {t} minutes. How many minutes does it take, at the same "
            "rate, to cut "
            "an equal {rod} into {b} pieces?",
            "{name} needs {t} minutes to saw one {rod} into {a} parts. All cuts take equally long, one after "
            "the other. "
            "How many minutes are needed for {b} parts?",
            "How long, in minutes, does it take to make {b} pieces of a {rod}, if {a} pieces of such a {rod} "
            "take {t} "
            "minutes and every cut lasts the same?",
        ),
        plans=("I cut piece by piece and add the time.", "Each cut makes one more piece."),
        cot="{a} pieces need {a} - 1 = {first} cuts, so a cut takes {t} ÷ {first} = {each} minutes. "
        "{b} pieces need {b} - 1 = {second} cuts: {each} × {second} = {answer} minutes.",
        scenes=scenes("rod", "beam", "steel tube", "marble column", "bamboo pole"),
    ),
    zh=Telling(
        questions=(
            "将{rod}截成{a}段费时{t}分钟，每次切割一样快，同样一根截成{b}段要多少分钟？",
            "{name}用{t}分钟把{rod}锯成了{a}段，每锯一下用时相同，那么锯成{b}段需几分钟？",
            "每次切割时间一样，{rod}切成{a}段花{t}分钟，切成{b}段花多少分钟？",
        ),
        plans=("一段一段地切，累计时间。", "每切一次多出一段。"),
        cot="{a}段要切 {a} - 1 = {first} 次，每次 {t} ÷ {first} = {each} 分钟；{b}段要切 {b} - 1 = {second} 次，"
        "共 {each} × {second} = {answer} 分钟。",
        scenes=scenes("rod", "方木", "钢管", "石柱", "竹竿"),
    ),
)


TEMPLATES = (ROAD, POND, CUTS)
