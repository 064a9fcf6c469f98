"""Templates in which too much is left over with one share and too little with another.

from raymath.data.synthesis.primary.surplus_and_deficit import TEMPLATES
"""

from __future__ import annotations

from math import lcm
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _shares(rng: Random) -> Numbers:
    a, n = rng.randint(4, 14), rng.randint(12, 64)
    b = a + rng.randint(2, 7)
    s = rng.randint(3, n * (b - a) - 3)
    return {"a": a, "s": s, "b": b, "t": n * (b - a) - s}


SHARES = Template(
    "primary-surplus-and-shortage",
    "primary/surplus-deficit",
    draw=_shares,
    work=lambda v: {
        "gap": v["b"] - v["a"],
        "swing": v["s"] + v["t"],
        "people": (v["s"] + v["t"]) // (v["b"] - v["a"]),
        "given": (v["s"] + v["t"]) // (v["b"] - v["a"]) * v["a"],
        "answer": (v["s"] + v["t"]) // (v["b"] - v["a"]) * v["a"] + v["s"],
    },
    code="people = 1\nwhile {a} * people + {s} != {b} * people - {t}:\n    people += 1\nprint({b} * people - {t})",
    en=Telling(
        questions=(
            "If each of the {who} gets {a} {things}, {s} are left; if each gets {b}, {t} are missing. "
            "How many {things} are there?",
            "A box of {things} is shared out. {b} for each of the {who} would take {t} more than there are, "
            "{a} for each "
            "leaves {s}. How many {things} does the box hold?",
            "{name} counts: {a} {things} a head leave {s} over, {b} a head need {t} more. "
            "How many {things} does {name} have for the {who}?",
        ),
        plans=("I search for the number of people.", "I try how many people make both shares fit."),
        cot="Each share grows by {b} - {a} = {gap}, and the whole swings by {s} + {t} = {swing}. So there are "
        "{swing} ÷ {gap} = {people} {who}. They take {people} × {a} = {given}, and {given} + {s} = {answer}.",
        scenes=scenes("who/things", "gardeners/bulbs", "sailors/oranges", "weavers/spools", "scouts/torches"),
    ),
    zh=Telling(
        questions=(
            "每名{who}发{a}{u}{things}，就剩{s}{u}；每名发{b}{u}，就差{t}{u}。{things}一共多少{u}？",
            "一箱{things}分给{who}：按每人{b}{u}分缺{t}{u}，按每人{a}{u}分多{s}{u}。箱里有几{u}？",
            "{name}算了算，{who}每人{a}{u}{things}会余下{s}{u}，每人{b}{u}还得再添{t}{u}，求{things}的{u}数。",
        ),
        plans=("先找出人数。", "逐个试人数，使两种分法一致。"),
        cot="每人多分 {b} - {a} = {gap} {u}，总共相差 {s} + {t} = {swing} {u}，所以有 {swing} ÷ {gap} = {people} 人；"
        "按第一种分法发出 {people} × {a} = {given} {u}，共 {given} + {s} = {answer} {u}。",
        scenes=scenes("who/things/u", "园丁/球根/个", "水手/橙子/个", "织工/线轴/个", "童子军/手电/支"),
    ),
)


def _rooms(rng: Random) -> Numbers:
    while True:
        a, e, rooms = rng.randint(3, 9), rng.randint(2, 8), rng.randint(14, 70)
        b = a + rng.randint(1, 5)
        if rooms * (b - a) - b * e >= 2:
            return {"a": a, "r": rooms * (b - a) - b * e, "b": b, "e": e}


ROOMS = Template(
    "primary-empty-rooms",
    "primary/surplus-deficit",
    draw=_rooms,
    work=lambda v: {
        "gap": v["b"] - v["a"],
        "lacking": v["b"] * v["e"],
        "swing": v["r"] + v["b"] * v["e"],
        "rooms": (v["r"] + v["b"] * v["e"]) // (v["b"] - v["a"]),
        "placed": (v["r"] + v["b"] * v["e"]) // (v["b"] - v["a"]) * v["a"],
        "answer": (v["r"] + v["b"] * v["e"]) // (v["b"] - v["a"]) * v["a"] + v["r"],
    },
    code="rooms = {e}\nwhile {a} * rooms + {r} != {b} * (rooms - {e}):\n    rooms += 1\nprint({b} * (rooms - {e}))",
    en=Telling(
        questions=(
            "With {a} {who} in each {room}, {r} {who} have no place. With {b} in each, {e} {rooms_word} stay "
            "empty and "
            "all others are full. How many {who} are there?",
            "Filled with {b} {who} each, all but {e} of the {rooms_word} are used; with {a} each, {r} {who} are left "
            "over. What is the number of {who}?",
            "{name} assigns {who} to {rooms_word}: {a} to each leaves {r} without one, {b} to each fills all but {e} "
            "{rooms_word}, which nobody needs. How many {who} arrive?",
        ),
        plans=("I search for the number of rooms.", "I try how many rooms fit both ways."),
        cot="In the second way {e} × {b} = {lacking} places stay free, so from {r} too many it swings to "
        "{lacking} too "
        "few: {r} + {lacking} = {swing}. Each {room} takes {b} - {a} = {gap} more, so there are "
        "{swing} ÷ {gap} = {rooms} {rooms_word}. The number of {who} is {rooms} × {a} + {r} = {answer}.",
        scenes=scenes("who/room/rooms_word", "pilgrims/cell/cells", "skiers/hut/huts", "cadets/cabin/cabins")
        + scenes("who/room/rooms_word", "rowers/tent/tents"),
    ),
    zh=Telling(
        questions=(
            "每{u}{room}住{a}名{who}，有{r}人没处住；每{u}住{b}名，则空出{e}{u}，其余住满。{who}共多少人？",
            "若每{u}{room}安排{b}人，正好闲置{e}{u}；若每{u}安排{a}人，还有{r}人无{room}可住。{who}有几人？",
            "{name}给{who}分{room}：一{u}{a}人则多{r}人，一{u}{b}人则多出{e}{u}空的（其余满员），来了多少名{who}？",
        ),
        plans=("先找出房间数。", "逐个试房间数，使两种住法一致。"),
        cot="第二种住法空出 {e} × {b} = {lacking} 个位置，与第一种相差 {r} + {lacking} = {swing} 人；每{u}多住 "
        "{b} - {a} = {gap} 人，所以{room}有 {swing} ÷ {gap} = {rooms} {u}，"
        "{who}有 {rooms} × {a} + {r} = {answer} 人。",
        scenes=scenes("who/room/u", "香客/客房/间", "滑雪者/木屋/座", "学员/舱室/间", "赛艇队员/帐篷/顶"),
    ),
)


def _walk(rng: Random) -> Numbers:
    while True:
        v, w = sorted(rng.sample(range(42, 131), 2))
        common = lcm(v, w)
        way = common * rng.randint(1, 6)
        gap = way // v - way // w
        if way <= 9000 and 5 <= gap <= 60:
            t = rng.randint(2, gap - 2)
            return {"v": v, "t": t, "w": w, "u": gap - t}


WALK = Template(
    "primary-late-or-early",
    "primary/surplus-deficit",
    draw=_walk,
    work=lambda v: {
        "short": v["v"] * v["t"],
        "beyond": v["w"] * v["u"],
        "swing": v["v"] * v["t"] + v["w"] * v["u"],
        "gap": v["w"] - v["v"],
        "time": (v["v"] * v["t"] + v["w"] * v["u"]) // (v["w"] - v["v"]),
        "longer": (v["v"] * v["t"] + v["w"] * v["u"]) // (v["w"] - v["v"]) + v["t"],
        "answer": v["v"] * ((v["v"] * v["t"] + v["w"] * v["u"]) // (v["w"] - v["v"]) + v["t"]),
    },
    code="time = {u}\nwhile {v} * (time + {t}) != {w} * (time - {u}):\n    time += 1\nprint({w} * (time - {u}))",
    en=Telling(
        questions=(
            "{name} has to be at the {place} on time. At {v} metres a minute {name} is {t} minutes late, at "
            "{w} metres "
            "a minute {u} minutes early. How many metres is the way?",
            "Going {w} metres each minute means reaching the {place} {u} minutes too soon, going {v} metres "
            "each minute "
            "means {t} minutes too late. What is the distance in metres?",
            "For one way to the {place}, a pace of {v} m/min is {t} minutes too slow and a pace of {w} m/min is {u} "
            "minutes too fast. How long is the way in metres?",
        ),
        plans=("I search for the time that is planned.", "I try the planned time minute by minute."),
        cot="At the planned moment the slow pace is {v} × {t} = {short} m short of the goal, the fast one would be "
        "{w} × {u} = {beyond} m past it. That is {short} + {beyond} = {swing} m at {w} - {v} = {gap} m a "
        "minute, so the "
        "planned time is {swing} ÷ {gap} = {time} minutes. The way is {v} × ({time} + {t}) = {v} × "
        "{longer} = {answer} m.",
        scenes=scenes("place", "ferry landing", "rehearsal", "observatory", "ice rink"),
    ),
    zh=Telling(
        questions=(
            "{name}要准时赶到{place}，每分钟走{v}米会迟到{t}分钟，每分钟走{w}米会早到{u}分钟，路程是多少米？",
            "去{place}，若每分钟行{w}米则提前{u}分钟，若每分钟行{v}米则晚{t}分钟，这段路长几米？",
            "同一段去{place}的路，{name}以每分钟{v}米走要超时{t}分钟，以每分钟{w}米走能省下{u}分钟，求路长（米）。",
        ),
        plans=("先找出规定的时间。", "一分钟一分钟地试规定时间。"),
        cot="到规定时刻，慢的还差 {v} × {t} = {short} 米，快的能多走 {w} × {u} = {beyond} 米，"
        "相差 {short} + {beyond} = {swing} 米；"
        "每分钟差 {w} - {v} = {gap} 米，规定时间 {swing} ÷ {gap} = {time} 分钟。"
        "路程 {v} × ({time} + {t}) = {v} × {longer} = {answer} 米。",
        scenes=scenes("place", "渡口", "排练厅", "天文台", "冰场"),
    ),
)

TEMPLATES = (SHARES, ROOMS, WALK)
