"""Templates about rates and measures: journeys, production, percentages, averages, time.

from raymath.data.sample.rates import TEMPLATES
"""

from __future__ import annotations

from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _journey(rng: Random) -> Numbers:
    v, w = rng.sample(range(46, 98), 2)
    t, u = rng.sample(range(3, 15), 2)
    return {"v": v, "w": w, "t": t, "u": u}


JOURNEY = Template(
    "two-part-journey",
    "primary/travel",
    draw=_journey,
    work=lambda v: {
        "first": v["v"] * v["t"],
        "second": v["w"] * v["u"],
        "answer": v["v"] * v["t"] + v["w"] * v["u"],
    },
    code="first_part = {v} * {t}\nsecond_part = {w} * {u}\ndistance = first_part + second_part\nprint(distance)",
    en=Telling(
        questions=(
            "A {thing} travels {t} hours at {v} km/h and then {u} hours at {w} km/h. How many km does it travel?",
            "For {t} hours a {thing} moves at {v} km/h, for the next {u} hours at {w} km/h. "
            "What distance does it cover, in km?",
            "{name} is on a {thing} that goes {v} km/h for {t} hours and {w} km/h for {u} hours. "
            "How long is the journey in km?",
        ),
        plans=("I add the distances of both parts.", "Each part is speed times time; I add them."),
        cot="First part: {v} * {t} = {first}. Second part: {w} * {u} = {second}. In all {first} + {second} = {answer}.",
        scenes=scenes("thing", "train", "bus", "ferry"),
    ),
    zh=Telling(
        questions=(
            "一辆{thing}先以每小时{v}千米行{t}小时，再以每小时{w}千米行{u}小时，共行多少千米？",
            "{thing}前{t}小时每小时行{v}千米，后{u}小时每小时行{w}千米，全程多少千米？",
        ),
        plans=("两段路程相加。", "速度乘时间，再求和。"),
        cot="第一段 {v} * {t} = {first}，第二段 {w} * {u} = {second}，共 {first} + {second} = {answer}。",
        scenes=scenes("thing", "汽车", "货车", "客车"),
    ),
)


def _rate(rng: Random) -> Numbers:
    t, u = rng.sample(range(12, 49), 2)
    return {"t": t, "u": u, "a": t * rng.randint(13, 38)}


RATE = Template(
    "unit-rate",
    "primary/unit-rate",
    draw=_rate,
    work=lambda v: {"one": v["a"] // v["t"], "answer": v["a"] // v["t"] * v["u"]},
    code="per_minute = {a} // {t}\ncount = per_minute * {u}\nprint(count)",
    en=Telling(
        questions=(
            "A machine makes {a} {items} in {t} minutes. How many does it make in {u} minutes?",
            "In {t} minutes a printer makes {a} {items}. At this rate, how many {items} does it make in {u} minutes?",
            "If {a} {items} take {t} minutes, how many {items} can be made in {u} minutes?",
        ),
        plans=("I find the number in one minute and scale it.", "First one minute, then all the minutes."),
        cot="One minute: {a} / {t} = {one}. In {u} minutes: {one} * {u} = {answer}.",
        scenes=scenes("items", "labels", "cards", "pages", "tags"),
    ),
    zh=Telling(
        questions=(
            "机器{t}分钟做{a}个{items}，照这样{u}分钟做多少个？",
            "做{a}个{items}用{t}分钟，用同样的速度，{u}分钟能做多少个{items}？",
        ),
        plans=("先求每分钟做多少个。", "先求一分钟的数量，再乘时间。"),
        cot="每分钟 {a} / {t} = {one} 个，{u}分钟 {one} * {u} = {answer} 个。",
        scenes=scenes("items", "零件", "纸盒", "口罩"),
    ),
)

REST = Template(
    "percent-rest",
    "primary/percentages",
    draw=lambda rng: {"n": 20 * rng.randint(13, 99), "d": 5 * rng.choice((3, 4, 5, 6, 7, 8, 9, 11, 12, 13))},
    work=lambda v: {"rest": 100 - v["d"], "answer": v["n"] * (100 - v["d"]) // 100},
    code="part = {n} * {d} // 100\nrest = {n} - part\nprint(rest)",
    en=Telling(
        questions=(
            "Of {n} {people}, {d}% {did}. How many did not?",
            "There are {n} {people}, and {d}% of them {did}. How many of them did not?",
            "{d}% of the {n} {people} {did}. How many {people} did not?",
        ),
        plans=("I subtract this part from all.", "First the part, then the rest."),
        cot="The others are 100 - {d} = {rest} percent. That is {n} * {rest} / 100 = {answer}.",
        scenes=scenes(
            "people/did", "students/came by bus", "guests/ate soup", "voters/voted", "workers/took the train"
        ),
    ),
    zh=Telling(
        questions=(
            "学校有{n}人，{d}%{did}，没有{did}的有多少人？",
            "{n}人中有{d}%{did}，其余多少人？",
        ),
        plans=("总数减去这一部分。", "先求这部分，再求其余。"),
        cot="其余占 100 - {d} = {rest}%，即 {n} * {rest} / 100 = {answer} 人。",
        scenes=scenes("did", "参加比赛", "参加合唱", "乘坐校车"),
    ),
)


def _scores(rng: Random) -> Numbers:
    values = rng.sample(range(61, 99), 5)
    if sum(values) % 5 == 0:  # a decimal answer: Python would print a whole one as 84.0
        spare = next(n for n in range(61, 99) if n not in values and n % 5 != values[0] % 5)
        values[0] = spare
    return dict(zip("abcde", values, strict=True))


AVERAGE = Template(
    "average-score",
    "primary/averages-charts",
    draw=_scores,
    work=lambda v: {"sum": sum(v.values()), "answer": Decimal(sum(v.values())) / 5},
    code="scores = [{a}, {b}, {c}, {d}, {e}]\naverage = sum(scores) / len(scores)\nprint(average)",
    en=Telling(
        questions=(
            "In five tests {name} scores {a}, {b}, {c}, {d} and {e}. What is the average score?",
            "What is the mean of {a}, {b}, {c}, {d} and {e}?",
            "On five days {name} reads {a}, {b}, {c}, {d} and {e} pages. How many pages a day is that on average?",
        ),
        plans=("The average is the sum over the count.", "I add the values and divide by how many there are."),
        cot="The sum is {a} + {b} + {c} + {d} + {e} = {sum}. The average is {sum} / 5 = {answer}.",
    ),
    zh=Telling(
        questions=(
            "{name}五次得分是{a}、{b}、{c}、{d}、{e}，平均分是多少？",
            "求{a}、{b}、{c}、{d}、{e}的平均数。",
        ),
        plans=("平均数等于总和除以个数。", "先求和，再除以个数。"),
        cot="总和 {a} + {b} + {c} + {d} + {e} = {sum}，平均 {sum} / 5 = {answer}。",
    ),
)

TIME = Template(
    "time-to-seconds",
    "primary/units",
    draw=lambda rng: {"h": rng.randint(2, 9), "m": rng.randint(11, 58), "s": rng.randint(11, 58)},
    work=lambda v: {
        "minutes": v["h"] * 60 + v["m"],
        "answer": (v["h"] * 60 + v["m"]) * 60 + v["s"],
    },
    code="hours_part = {h} * 3600\nminutes_part = {m} * 60\nseconds = hours_part + minutes_part + {s}\nprint(seconds)",
    en=Telling(
        questions=(
            "A {event} lasts {h} hours, {m} minutes and {s} seconds. How many seconds is that?",
            "How many seconds are {h} hours {m} minutes {s} seconds?",
            "{name} needs {h} hours, {m} minutes and {s} seconds for a {event}. Give the time in seconds.",
        ),
        plans=("I change hours and minutes to seconds.", "One hour has 3600 seconds, one minute 60."),
        cot="In minutes: {h} * 60 + {m} = {minutes}. In seconds: {minutes} * 60 + {s} = {answer}.",
        scenes=scenes("event", "race", "flight", "hike", "show"),
    ),
    zh=Telling(
        questions=(
            "{h}小时{m}分{s}秒等于多少秒？",
            "{event}用了{h}小时{m}分{s}秒，合多少秒？",
        ),
        plans=("都化成秒再相加。", "一小时3600秒，一分60秒。"),
        cot="{h} * 60 + {m} = {minutes} 分，{minutes} * 60 + {s} = {answer} 秒。",
        scenes=scenes("event", "比赛", "飞行", "登山"),
    ),
)

TEMPLATES = (JOURNEY, RATE, REST, AVERAGE, TIME)
