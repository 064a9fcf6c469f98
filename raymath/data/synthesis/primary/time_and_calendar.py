"""Templates of clock and calendar.

from raymath.data.synthesis.primary.time_and_calendar import TEMPLATES
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _night(rng: Random) -> Numbers:
    return {"h": rng.randint(17, 22), "m": rng.randint(11, 58), "k": rng.randint(3, 9), "n": rng.randint(11, 58)}


NIGHT = Template(
    "primary-minutes-over-midnight",
    "primary/time-calendar",
    draw=_night,
    work=lambda v: {
        "before": (24 - v["h"]) * 60 - v["m"],
        "after": v["k"] * 60 + v["n"],
        "answer": (24 - v["h"]) * 60 - v["m"] + v["k"] * 60 + v["n"],
    },
    code="from datetime import datetime\n\nstart = datetime(2024, 5, 6, {h}, {m})\n"
    "end = datetime(2024, 5, 7, {k}, {n})\n"
    "print((end - start).seconds // 60)",
    en=Telling(
        questions=(
            "From {h}:{m} in the evening until {k}:{n} the next morning, {event} goes on. How many minutes "
            "does it last?",
            "At {k}:{n} one morning {event} is over, after starting at {h}:{m} the evening before. "
            "What was its length in minutes?",
            "{name} notes the start, {h}:{m}, and the end, {k}:{n} on the following day, of {event}. "
            "How many minutes lie between?",
        ),
        plans=("I subtract the two moments.", "I take the two times with their dates."),
        cot="From {h}:{m} to midnight it is (24 - {h}) × 60 - {m} = {before} minutes. From midnight to {k}:{n} it is "
        "{k} × 60 + {n} = {after} minutes. Together {before} + {after} = {answer} minutes.",
        scenes=scenes("event", "a night train ride", "a meteor watch", "an all-night bake", "a radio marathon"),
    ),
    zh=Telling(
        questions=(
            "{event}从晚上{h}:{m}开始，到第二天早晨{k}:{n}结束，历时多少分钟？",
            "某天早晨{k}:{n}，{event}结束；它是前一晚{h}:{m}开始的。一共持续了几分钟？",
            "{name}记下{event}的起止时间：{h}:{m}到次日{k}:{n}，其间经过了多少分钟？",
        ),
        plans=("把两个时刻相减。", "带上日期来计算时间差。"),
        cot="从{h}:{m}到午夜有 (24 - {h}) × 60 - {m} = {before} 分钟，午夜到{k}:{n}有 {k} × 60 + {n} = {after} 分钟，"
        "共 {before} + {after} = {answer} 分钟。",
        scenes=scenes("event", "夜行列车之旅", "流星观测", "通宵烘焙", "电台马拉松节目"),
    ),
)


def _dates(rng: Random) -> Numbers:
    y, m = rng.randint(2001, 2060), rng.randint(1, 8)
    n = rng.randint(m + 2, 12)
    return {"y": y, "m": m, "d": rng.randint(1, monthrange(y, m)[1] - 2), "n": n, "e": rng.randint(2, 28)}


def _dates_work(v: Numbers) -> Mapping[str, Value]:
    length = monthrange(v["y"], v["m"])[1]
    between = [monthrange(v["y"], month)[1] for month in range(v["m"] + 1, v["n"])]
    return {
        "feb": monthrange(v["y"], 2)[1],
        "length": length,
        "left": length - v["d"],
        "between": " + ".join(map(str, between)),
        "answer": length - v["d"] + sum(between) + v["e"],
    }


DATES = Template(
    "primary-days-between-dates",
    "primary/time-calendar",
    draw=_dates,
    work=_dates_work,
    code="from datetime import date\n\nprint((date({y}, {n}, {e}) - date({y}, {m}, {d})).days)",
    en=Telling(
        questions=(
            "This time {first} is on {y}-{m:02}-{d:02} and {second} on {y}-{n:02}-{e:02} (year-month-day). "
            "How many days after the first does the second come?",
            "In how many days does one get from {y}-{m:02}-{d:02} to {y}-{n:02}-{e:02} (year-month-day)?",
            "{name} waits for {second} on {y}-{n:02}-{e:02}. Today, {y}-{m:02}-{d:02}, is {first}. "
            "How many days of waiting are that? (Dates are year-month-day.)",
        ),
        plans=("I subtract the dates.", "The calendar gives the difference of both dates."),
        cot="In {y}, February has {feb} days. The first month has {length} - {d} = {left} days left. "
        "With the full months between and the days of the last month: {left} + {between} + {e} = {answer} days.",
        scenes=scenes(
            "first/second", "the sowing/the harvest", "the keel laying/the launch", "the audition/the premiere"
        ),
    ),
    zh=Telling(
        questions=(
            "{first}在{y}年{m}月{d}日，{second}在同年{n}月{e}日，{second}比{first}晚多少天？",
            "从{y}年{m}月{d}日到{y}年{n}月{e}日，要经过几天（起始日不算）？",
            "{name}盼着{y}年{n}月{e}日的{second}，今天是当年{m}月{d}日，正是{first}的日子，还要等多少天？",
        ),
        plans=("用日期相减。", "由日历求两个日期之差。"),
        cot="{y}年2月有{feb}天。起始的月份还剩 {length} - {d} = {left} 天，加上中间整月和最后一月的天数："
        "{left} + {between} + {e} = {answer} 天。",
        scenes=scenes("first/second", "播种/收割", "龙骨铺设/下水", "试镜/首演"),
    ),
)


def _week_work(v: Numbers) -> Mapping[str, Value]:
    weeks = v["n"] // 7
    rest = v["n"] - 7 * weeks
    wrap = 7 if v["w"] + rest > 7 else 0
    return {
        "weeks": weeks,
        "rest": rest,
        "sum": v["w"] + rest,
        "wrap": wrap,
        "answer": v["w"] + rest - wrap,
    }


WEEK = Template(
    "primary-day-of-the-week",
    "primary/time-calendar",
    draw=lambda rng: {"w": rng.randint(1, 7), "n": rng.randint(40, 2900)},
    work=_week_work,
    code="day = {w}\nfor _ in range({n}):\n    day = day + 1 if day < 7 else 1\nprint(day)",
    en=Telling(
        questions=(
            "The days of the week are numbered from 1 (Monday) to 7 (Sunday). Today is day {w}. "
            "What number has the day {n} days from now, when {event}?",
            "{event_up} {n} days after a day with number {w}, where Monday is 1 and Sunday is 7. "
            "On which number does that fall?",
            "With 1 for Monday up to 7 for Sunday, {name} reads {w} on the calendar. "
            "Which number will it be {n} days later?",
        ),
        plans=("I count the days through the week.", "I step from day to day."),
        cot="{weeks} full weeks change nothing: {n} - 7 × {weeks} = {rest}. {w} + {rest} = {sum}, and a week "
        "is taken "
        "off where this is more than 7: {sum} - {wrap} = {answer}.",
        scenes=scenes(
            "event/event_up",
            "the comet returns/The comet returns",
            "the bridge opens/The bridge opens",
            "the lease ends/The lease ends",
            "the cheese is ripe/The cheese is ripe",
        ),
    ),
    zh=Telling(
        questions=(
            "用1到7依次表示星期一到星期日。今天是{w}，再过{n}天{event}，那天用几表示？",
            "{event}的日子在某天之后{n}天，那天的星期数是{w}（星期一记1，星期日记7），{event}那天记几？",
            "{name}的日历把星期一至星期日记作1至7，今日是{w}，{n}天以后的日子记作几？",
        ),
        plans=("在一周里逐天往后数。", "一天一天地推算。"),
        cot="整星期不影响：{n} - 7 × {weeks} = {rest}。{w} + {rest} = {sum}，"
        "超过7就减去一周：{sum} - {wrap} = {answer}。",
        scenes=scenes("event", "彗星回归", "大桥通车", "租约到期", "奶酪熟成"),
    ),
)


TEMPLATES = (NIGHT, DATES, WEEK)
