"""Templates of distance, speed and time: meeting, catching up, a train that has a length.

    from raymath.data.synthesis.primary.travel import TEMPLATES

Being late or early is in `surplus_and_deficit`, conversion of speeds in `units`.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _meeting(rng: Random) -> Numbers:
    v, w = rng.sample(range(24, 96), 2)
    h, t = rng.randint(2, 5), rng.randint(2, 9)
    return {"s": v * (h + t) + w * t, "v": v, "h": h, "w": w}


MEETING = Template(
    "primary-meeting-after-a-late-start",
    "primary/travel",
    draw=_meeting,
    work=lambda v: {
        "ahead": v["v"] * v["h"],
        "rest": v["s"] - v["v"] * v["h"],
        "both": v["v"] + v["w"],
        "answer": (v["s"] - v["v"] * v["h"]) // (v["v"] + v["w"]),
    },
    code="first = {v} * {h}\nsecond = {s}\nhours = 0\nwhile first < second:\n    first += {v}\n    second -= {w}\n"
    "    hours += 1\nprint(hours)",
    en=Telling(
        questions=(
            "Two {places} are {s} km apart. A {one} leaves the first at {v} km/h; {h} hours later a {two} leaves the "
            "second towards it at {w} km/h. How many hours after the start of the {two} do they meet?",
            "A {two} doing {w} km/h sets out {h} hours after a {one} doing {v} km/h, from the other end of a "
            "route of "
            "{s} km, and they approach each other. After how many hours of the {two} on the way do they meet?",
            "{s} km lie between two {places}. From one of them a {one} has been travelling for {h} hours at {v} km/h "
            "when a {two} starts from the other one to meet it, at {w} km/h. How many hours does the {two} "
            "need until "
            "then?",
        ),
        plans=("I move both hour by hour.", "I let both travel until their places meet."),
        cot="In {h} hours the {one} covers {v} × {h} = {ahead} km, so {s} - {ahead} = {rest} km remain. Then "
        "they come "
        "{v} + {w} = {both} km closer each hour. They meet after {rest} ÷ {both} = {answer} hours.",
        scenes=scenes("places/one/two", "ports/tugboat/steamer", "oases/jeep/desert coach", "islands/hydrofoil/ferry")
        + scenes("places/one/two", "mountain passes/lorry/post bus"),
    ),
    zh=Telling(
        questions=(
            "两{u}{places}相距{s}千米，{one}从一端出发，时速{v}千米；{h}小时后{two}从另一端迎面开出，时速{w}千米。"
            "{two}开出几小时后两者相遇？",
            "{two}（每小时{w}千米）比{one}（每小时{v}千米）晚出发{h}小时，它们在{s}千米长的路线两端相向而行，"
            "{two}出发多少小时后与{one}相遇？",
            "从甲{places}到乙{places}有{s}千米。{one}时速{v}千米，先走了{h}小时，"
            "{two}才从乙地以时速{w}千米迎来，{two}走几小时能碰上{one}？",
        ),
        plans=("一小时一小时地推算两者的位置。", "让两者同时前进，直到相遇。"),
        cot="{one}先走 {v} × {h} = {ahead} 千米，还剩 {s} - {ahead} = {rest} 千米；"
        "此后每小时靠近 {v} + {w} = {both} 千米，"
        "经过 {rest} ÷ {both} = {answer} 小时相遇。",
        scenes=scenes(
            "places/u/one/two",
            "港口/个/拖船/轮船",
            "绿洲/片/吉普车/沙漠大巴",
            "海岛/座/水翼船/渡轮",
            "山口/个/卡车/邮车",
        ),
    ),
)


def _chase(rng: Random) -> Numbers:
    gap, v = rng.randint(6, 60), rng.randint(50, 220)
    return {"s": gap * rng.randint(4, 45), "v": v, "w": v + gap}


CHASE = Template(
    "primary-catching-up",
    "primary/travel",
    draw=_chase,
    work=lambda v: {
        "gap": v["w"] - v["v"],
        "time": v["s"] // (v["w"] - v["v"]),
        "answer": v["s"] // (v["w"] - v["v"]) * v["w"],
    },
    code="front = {s}\nback = 0\nwhile back < front:\n    front += {v}\n    back += {w}\nprint(back)",
    en=Telling(
        questions=(
            "A {one} is {s} metres ahead of a {two}. They move the same way, the {one} at {v} and the {two} "
            "at {w} metres "
            "a minute. How many metres does the {two} cover until it catches up?",
            "At {w} metres per minute a {two} pursues a {one} that makes {v} metres per minute and has a lead of {s} "
            "metres. What distance in metres has the {two} gone when it reaches the {one}?",
            "The lead of a {one} over a {two} is {s} m. Their speeds are {v} m/min and {w} m/min in one direction. "
            "After how many metres is the {two} level with the {one}?",
        ),
        plans=("I move both minute by minute.", "I let them run until they are level."),
        cot="The lead shrinks by {w} - {v} = {gap} metres a minute, so it takes {s} ÷ {gap} = {time} minutes. "
        "In this time the {two} covers {w} × {time} = {answer} metres.",
        scenes=scenes("one/two", "swan/canoe", "hot-air balloon/drone", "snowplough/sleigh", "tortoise cart/pony")
        + scenes("one/two", "barge/cyclist on the towpath"),
    ),
    zh=Telling(
        questions=(
            "{one}在{two}前方{s}米，两者同向前进，{one}每分钟{v}米，{two}每分钟{w}米。{two}追上时走了多少米？",
            "{two}以每分钟{w}米的速度追赶{one}，后者每分钟走{v}米，领先{s}米。{two}行多少米才能赶上？",
            "{one}领先{two}{s}米，速度分别是每分钟{v}米和{w}米，方向相同。{two}前进几米后与{one}齐平？",
        ),
        plans=("一分钟一分钟地推算。", "让两者前进，直到齐平。"),
        cot="每分钟追近 {w} - {v} = {gap} 米，需要 {s} ÷ {gap} = {time} 分钟，{two}走了 {w} × {time} = {answer} 米。",
        scenes=scenes("one/two", "货船/快艇", "热气球/无人机", "扫雪车/雪橇", "驴车/小马"),
    ),
)


def _train(rng: Random) -> Numbers:
    v, length = rng.randint(14, 42), rng.randint(110, 390)
    t = rng.randint(length // v + 4, length // v + 40)
    u = t + rng.randint(5, 40)
    return {"a": v * t - length, "t": t, "b": v * u - length, "u": u}


def _train_work(v: Numbers) -> Mapping[str, Value]:
    way, time = v["b"] - v["a"], v["u"] - v["t"]
    speed = way // time
    return {"way": way, "time": time, "speed": speed, "full": speed * v["t"], "answer": speed * v["t"] - v["a"]}


TRAIN = Template(
    "primary-length-of-a-train",
    "primary/travel",
    draw=_train,
    work=_train_work,
    code="speed = 1\nwhile speed * {t} - {a} != speed * {u} - {b}:\n    speed += 1\nprint(speed * {u} - {b})",
    en=Telling(
        questions=(
            "At constant speed a {train} takes {t} seconds to pass completely over a {one} of {a} m and {u} "
            "seconds for "
            "a {two} of {b} m. How many metres long is the {train}?",
            "From the moment its front enters until its end is out, a {train} needs {u} s for a {two} of {b} "
            "m and {t} s "
            "for a {one} of {a} m, without changing its speed. What is the length of the {train} in metres?",
            "{name} times a {train}: {t} seconds from the first wheel on a {one} ({a} m long) to the last "
            "wheel off, and "
            "{u} seconds in the same way on a {two} ({b} m long). The speed stays the same. Find the length of the "
            "{train} in metres.",
        ),
        plans=("I search for the speed that fits both.", "Both passages must give the same length."),
        cot="The second passage is {b} - {a} = {way} m longer and takes {u} - {t} = {time} seconds more, so "
        "the speed is "
        "{way} ÷ {time} = {speed} m/s. In {t} seconds it covers {speed} × {t} = {full} m, the {one} and "
        "its own length. "
        "The length is {full} - {a} = {answer} m.",
        scenes=scenes("train/one/two", "freight train/viaduct/tunnel", "night express/bridge/gallery")
        + scenes("train/one/two", "cog railway/dam/ramp"),
    ),
    zh=Telling(
        questions=(
            "{train}速度不变，完全通过{a}米长的{one}用{t}秒，完全通过{b}米长的{two}用{u}秒，车长多少米？",
            "从车头进入到车尾离开，{train}经过{two}（{b}米）要{u}秒，经过{one}（{a}米）要{t}秒，"
            "车速始终一样，求车身长（米）。",
            "{name}给{train}计时：全车驶过{a}米的{one}花了{t}秒，以相同速度驶过{b}米的{two}花了{u}秒，这列车长几米？",
        ),
        plans=("找出使两次都符合的速度。", "两次算得的车长应当相等。"),
        cot="第二次多行 {b} - {a} = {way} 米，多用 {u} - {t} = {time} 秒，车速 {way} ÷ {time} = {speed} 米/秒；"
        "{t}秒行 {speed} × {t} = {full} 米，减去{one}的长度，车长 {full} - {a} = {answer} 米。",
        scenes=scenes("train/one/two", "货运列车/高架桥/隧道", "夜行快车/铁桥/长廊", "齿轨列车/水坝/坡道"),
    ),
)

TEMPLATES = (MEETING, CHASE, TRAIN)
