"""Templates of the perimeter of figures with straight sides.

from raymath.data.synthesis.primary.perimeter import TEMPLATES
"""

from __future__ import annotations

from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _notch(rng: Random) -> Numbers:
    b = rng.randint(12, 70)
    c = rng.randint(3, b - 5)
    return {"a": b + rng.randint(4, 60), "b": b, "c": c}


NOTCH = Template(
    "primary-notched-rectangle",
    "primary/perimeter",
    draw=_notch,
    work=lambda v: {
        "round": 2 * (v["a"] + v["b"]),
        "more": 2 * v["c"],
        "answer": 2 * (v["a"] + v["b"]) + 2 * v["c"],
    },
    code="corners = [(0, 0), ({a}, 0), ({a}, {b}), ({c} + 1, {b}), ({c} + 1, {b} - {c}), (1, {b} - {c}), "
    "(1, {b}), (0, {b})]\n"
    "sides = zip(corners, corners[1:] + corners[:1])\n"
    "print(sum(abs(x - u) + abs(y - v) for (x, y), (u, v) in sides))",
    en=Telling(
        questions=(
            "From the middle of a long side of a rectangular {sheet}, {a} cm by {b} cm, a square with sides "
            "of {c} cm is "
            "cut out, one of its sides lying on the edge. What is the perimeter of the rest in cm?",
            "A rectangular {sheet} is {a} cm long and {b} cm wide. Somewhere along its length, away from the "
            "corners, a "
            "square notch of {c} cm is cut in. How many cm measures the edge of the remaining piece?",
            "{name} sews a border around a {sheet} of {a} cm by {b} cm with a square bay, {c} cm wide and "
            "deep, in the "
            "middle of one long side. How many cm of border are needed?",
        ),
        plans=("I walk around the figure from corner to corner.", "I add up all the sides."),
        cot="The whole rectangle has the perimeter 2 × ({a} + {b}) = {round} cm. The notch takes {c} cm of "
        "the edge away "
        "but adds three sides of {c} cm, so the edge grows by 2 × {c} = {more} cm. It is {round} + "
        "{more} = {answer} cm.",
        scenes=scenes("sheet", "felt mat", "banner", "leather piece", "quilt"),
    ),
    zh=Telling(
        questions=(
            "长方形{sheet}长{a}厘米、宽{b}厘米，在一条长边的中部剪去边长{c}厘米的正方形（一边落在长边上），"
            "剩余部分的周长是多少厘米？",
            "一块{a}厘米×{b}厘米的长方形{sheet}，长边上（不靠角）开了一个{c}厘米见方的缺口，剩下的图形一周长几厘米？",
            "{name}要给{sheet}镶边。它长{a}厘米、宽{b}厘米，一条长边中间凹进一个正方形缺口，缺口每边{c}厘米，"
            "镶边共需多少厘米？",
        ),
        plans=("沿着各顶点绕图形走一圈。", "把所有的边加起来。"),
        cot="完整长方形的周长是 2 × ({a} + {b}) = {round} 厘米；缺口处少了一条{c}厘米的边，多了三条，"
        "增加 2 × {c} = {more} 厘米，"
        "周长 {round} + {more} = {answer} 厘米。",
        scenes=scenes("sheet", "毛毡垫", "横幅", "皮料", "拼布"),
    ),
)

JOINED = Template(
    "primary-rectangles-in-a-row",
    "primary/perimeter",
    draw=lambda rng: {"n": rng.randint(3, 24), "a": rng.randint(6, 60), "b": rng.randint(5, 40)},
    work=lambda v: {
        "long": v["n"] * v["a"],
        "half": v["n"] * v["a"] + v["b"],
        "answer": 2 * (v["n"] * v["a"] + v["b"]),
    },
    code="edge = 0\nfor number in range({n}):\n    edge += {a} + {b} + {a} + {b}\n    if number > 0:\n"
    "        edge -= {b} + {b}\n"
    "print(edge)",
    en=Telling(
        questions=(
            "{n} equal rectangular {things}, each {a} cm by {b} cm, are put side by side in a row so that "
            "neighbours share "
            "a whole side of {b} cm. What is the perimeter of the row in cm?",
            "{name} joins {n} {things} at their sides of {b} cm to one long rectangle; their other sides are {a} cm. "
            "How many cm is it around?",
            "A strip is laid from {n} {things} that measure {a} cm along the strip and {b} cm across it. "
            "What is its perimeter in cm?",
        ),
        plans=("I add one rectangle after another.", "Each joint hides two sides."),
        cot="The row is {n} × {a} = {long} cm long and {b} cm wide. Length and width make {long} + {b} = {half} cm, "
        "and the perimeter is 2 × {half} = {answer} cm.",
        scenes=scenes("things", "mats", "tiles", "panels", "solar cells"),
    ),
    zh=Telling(
        questions=(
            "{n}块相同的长方形{things}，长宽为{a}厘米和{b}厘米，排成一排，相邻两块的{b}厘米边完全重合，"
            "这一排的周长是多少厘米？",
            "{name}把{n}块{things}沿{b}厘米的边拼成一个大长方形（另一边都是{a}厘米），它的周长是几厘米？",
            "用{n}块{things}铺一条长带，每块顺着长带方向{a}厘米，垂直方向{b}厘米，长带的周长有多少厘米？",
        ),
        plans=("一块一块地拼，逐次调整周长。", "每个接缝藏起两条边。"),
        cot="这一排长 {n} × {a} = {long} 厘米，宽{b}厘米，长宽之和 {long} + {b} = {half} 厘米，"
        "周长 2 × {half} = {answer} 厘米。",
        scenes=scenes("things", "地垫", "瓷砖", "木板", "太阳能板"),
    ),
)


def _fence(rng: Random) -> Numbers:
    length, gate = rng.randint(14, 90), rng.randint(2, 6)
    return {"l": length, "g": gate, "f": length - gate + 2 * rng.randint(7, 60)}


FENCE = Template(
    "primary-fence-along-a-wall",
    "primary/perimeter",
    draw=_fence,
    work=lambda v: {
        "all": v["f"] + v["g"],
        "sides": v["f"] + v["g"] - v["l"],
        "answer": (v["f"] + v["g"] - v["l"]) // 2,
    },
    code="width = 1\nwhile {l} - {g} + 2 * width != {f}:\n    width += 1\nprint(width)",
    en=Telling(
        questions=(
            "A rectangular {place} has a wall along one side. The side opposite is {l} m long and has an "
            "opening of {g} m; "
            "the rest of it and the two short sides take {f} m of fence. How many metres is a short side?",
            "{f} m of fence enclose a {place} on three sides; the fourth, a side of {l} m, is a wall. In the "
            "fence there "
            "is a gap of {g} m for a gate, opposite the wall. What is the width of the {place} in metres?",
            "{name} uses {f} m of fence for a rectangular {place} beside a wall, leaves {g} m free for a "
            "gate in the side "
            "that is parallel to the wall and {l} m long. How far is that side from the wall, in metres?",
        ),
        plans=("I try the width metre by metre.", "I search for the width that uses up the fence."),
        cot="With the gate, the three sides measure {f} + {g} = {all} m. Without the long side "
        "{all} - {l} = {sides} m are left for two equal sides: {sides} ÷ 2 = {answer} m.",
        scenes=scenes("place", "sheep pen", "kitchen garden", "timber yard", "duck run"),
    ),
    zh=Telling(
        questions=(
            "长方形{place}一面靠墙，与墙相对的一边长{l}米，上面留出{g}米的门，"
            "其余部分连同两条侧边共用篱笆{f}米，侧边长多少米？",
            "{f}米篱笆从三面围住{place}，第四面是{l}米长的墙，墙对面的篱笆留了{g}米的门洞，"
            "{place}的宽（与墙垂直的边）是几米？",
            "{name}靠墙围一个长方形{place}，用去篱笆{f}米。平行于墙的一边长{l}米，其中{g}米作门不用篱笆，"
            "这一边离墙多少米？",
        ),
        plans=("一米一米地试宽度。", "找出正好用完篱笆的宽度。"),
        cot="连门算上，三边共长 {f} + {g} = {all} 米；减去长边，两条侧边共 {all} - {l} = {sides} 米，"
        "每条 {sides} ÷ 2 = {answer} 米。",
        scenes=scenes("place", "羊圈", "菜园", "木料场", "鸭舍"),
    ),
)


TEMPLATES = (NOTCH, JOINED, FENCE)
