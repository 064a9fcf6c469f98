"""Templates of circles, with 3.14 for π as primary schools take it.

from raymath.data.synthesis.primary.circles import TEMPLATES, PI
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes

PI = Decimal("3.14")


def _wheel_work(v: Numbers) -> Mapping[str, Value]:
    turn = PI * v["d"]
    turns = v["n"] * v["t"]
    return {"turn": turn, "turns": turns, "cm": turn * turns, "answer": turn * turns / 100}


WHEEL = Template(
    "primary-wheel-turns",
    "primary/circle",
    draw=lambda rng: {"d": rng.randint(15, 98), "n": 25 * rng.randint(1, 8), "t": rng.randint(3, 20)},
    work=_wheel_work,
    code="from decimal import Decimal\n\nminute = Decimal('3.14') / 100 * {d} * {n}\nway = Decimal(0)\n"
    "for _ in range({t}):\n"
    "    way += minute\nprint(format(way.normalize(), 'f'))",
    en=Telling(
        questions=(
            "The {wheel} has a diameter of {d} cm and turns {n} times a minute. How many metres does {moved} in {t} "
            "minutes? (Take 3.14 for π.)",
            "In {t} minutes at {n} turns a minute, how many metres does {moved}, if the {wheel} is {d} cm "
            "across? Use "
            "π = 3.14.",
            "{name} counts {n} turns of the {wheel} each minute, for {t} minutes. With a diameter of {d} cm "
            "and 3.14 for "
            "π, how many metres does {moved}?",
        ),
        plans=("I add the metres of each minute.", "I find the way of one minute first."),
        cot="One turn makes 3.14 × {d} = {turn} cm. There are {n} × {t} = {turns} turns, so it is {turn} × "
        "{turns} = {cm} "
        "cm, which is {cm} ÷ 100 = {answer} m.",
        scenes=scenes(
            "wheel/moved",
            "wheel of a handcart/the cart roll",
            "drum of a winch/the rope move",
            "front wheel of a unicycle/the unicycle go",
        ),
    ),
    zh=Telling(
        questions=(
            "{wheel}直径{d}厘米，每分钟转{n}圈，{t}分钟{moved}多少米？（π取3.14）",
            "{wheel}每分钟转{n}圈，连续转{t}分钟，直径{d}厘米，问{moved}几米？取 π = 3.14。",
            "{name}观察到{wheel}一分钟转{n}圈，转了{t}分钟。已知它的直径为{d}厘米，圆周率用3.14，{moved}多少米？",
        ),
        plans=("先求一分钟的路程，再逐分钟累加。", "把每分钟的米数相加。"),
        cot="转一圈 3.14 × {d} = {turn} 厘米，共转 {n} × {t} = {turns} 圈，合 {turn} × {turns} = {cm} 厘米，"
        "即 {cm} ÷ 100 = {answer} 米。",
        scenes=scenes("wheel/moved", "手推车的车轮/车前进", "绞车的卷筒/绳子移动", "独轮车的轮子/独轮车前进"),
    ),
)


def _ring_work(v: Numbers) -> Mapping[str, Value]:
    outer = v["r"] + v["w"]
    squares = outer**2 - v["r"] ** 2
    return {
        "outer": outer,
        "outer_square": outer**2,
        "inner_square": v["r"] ** 2,
        "squares": squares,
        "area": PI * squares,
        "answer": PI * squares * v["p"],
    }


RING = Template(
    "primary-ring-path",
    "primary/circle",
    draw=lambda rng: {"r": rng.randint(4, 40), "w": rng.randint(2, 9), "p": rng.randint(6, 48)},
    work=_ring_work,
    code="from decimal import Decimal\n\npi = Decimal('3.14')\nwhole = pi * ({r} + {w}) ** 2\nhole = pi * {r} * {r}\n"
    "print(format(((whole - hole) * {p}).normalize(), 'f'))",
    en=Telling(
        questions=(
            "A round {place} has a radius of {r} m. A path {w} m wide runs around it and is paved at {p} "
            "dollars a square "
            "metre. How many dollars does the paving cost? (π = 3.14)",
            "Paving costs {p} dollars per square metre. What does a ring {w} m wide around a circular "
            "{place} of radius "
            "{r} m cost in dollars, with 3.14 for π?",
            "{name} has a ring-shaped path built around a {place}: inner radius {r} m, width {w} m, {p} "
            "dollars for each "
            "square metre. Take π as 3.14. What is the bill in dollars?",
        ),
        plans=("I subtract the inner circle from the outer one.", "The path is a large circle without a small one."),
        cot="The outer radius is {r} + {w} = {outer} m. The squares of the radii are {outer} × {outer} = "
        "{outer_square} and "
        "{r} × {r} = {inner_square}, their difference {outer_square} - {inner_square} = {squares}. The path has "
        "3.14 × {squares} = {area} square metres and costs {area} × {p} = {answer} dollars.",
        scenes=scenes("place", "fountain", "bandstand", "herb bed", "sundial lawn"),
    ),
    zh=Telling(
        questions=(
            "圆形{place}半径{r}米，外围有一条{w}米宽的环形路，每平方米铺设费{p}元，铺这条路要多少元？（π取3.14）",
            "铺路每平方米{p}元。绕半径{r}米的圆形{place}铺一圈{w}米宽的路面，圆周率取3.14，要花几元？",
            "{name}请人在{place}四周修环形小路：内圆半径{r}米，路宽{w}米，造价每平方米{p}元。取 π = 3.14，"
            "总造价是多少元？",
        ),
        plans=("用大圆面积减去小圆面积。", "环形等于大圆去掉小圆。"),
        cot="外圆半径 {r} + {w} = {outer} 米。半径的平方分别是 {outer} × {outer} = {outer_square} 和 {r} × "
        "{r} = {inner_square}，"
        "相差 {outer_square} - {inner_square} = {squares}。路面 3.14 × {squares} = {area} 平方米，"
        "造价 {area} × {p} = {answer} 元。",
        scenes=scenes("place", "喷泉", "音乐台", "香草园", "日晷草坪"),
    ),
)


def _stadium(rng: Random) -> Numbers:
    d = 2 * rng.randint(6, 40)
    return {"l": d + rng.randint(4, 90), "d": d, "n": rng.randint(2, 9)}


def _stadium_work(v: Numbers) -> Mapping[str, Value]:
    straight, round_ = 2 * v["l"], PI * v["d"]
    return {
        "straight": straight,
        "round": round_,
        "lap": straight + round_,
        "answer": (straight + round_) * v["n"],
    }


STADIUM = Template(
    "primary-laps-of-a-track",
    "primary/circle",
    draw=_stadium,
    work=_stadium_work,
    code="from decimal import Decimal\n\nhalf_circle = Decimal('3.14') * {d} / 2\nway = Decimal(0)\n"
    "for half in range(2 * {n}):\n"
    "    way += {l} + half_circle\nprint(format(way.normalize(), 'f'))",
    en=Telling(
        questions=(
            "A {track} consists of two straight parts of {l} m and two half circles with a diameter of {d} "
            "m. How many "
            "metres are {n} laps? (π = 3.14)",
            "{name} goes {n} times around a {track}. Its edge is made of two half circles of diameter {d} m, "
            "joined by two "
            "straight lines of {l} m. What distance in metres is that, with 3.14 for π?",
            "The inner edge of a {track} is a rectangle's two long sides, {l} m each, closed at both ends by "
            "half circles "
            "{d} m across. Taking π = 3.14, how many metres do {n} rounds along it make?",
        ),
        plans=("I add half a lap at a time.", "Half a lap is a straight part and a half circle."),
        cot="The straight parts make 2 × {l} = {straight} m and the two half circles one circle of 3.14 × "
        "{d} = {round} m. "
        "A lap is {straight} + {round} = {lap} m, and {n} laps are {lap} × {n} = {answer} m.",
        scenes=scenes("track", "skating track", "go-kart course", "greyhound track", "model railway oval in a park"),
    ),
    zh=Telling(
        questions=(
            "{track}由两段{l}米的直道和两个直径{d}米的半圆弯道组成，绕{n}圈是多少米？（π取3.14）",
            "{name}绕{track}走{n}圈。它的边线是两个直径{d}米的半圆，中间用两条{l}米的直线相连，共走几米？"
            "圆周率取3.14。",
            "{track}的内沿两侧各是{l}米的直线，两端各是直径{d}米的半圆。取 π = 3.14，沿内沿跑{n}圈有多少米？",
        ),
        plans=("半圈半圈地累加。", "半圈等于一段直道加一个半圆。"),
        cot="直道共 2 × {l} = {straight} 米，两个半圆合成一个圆，周长 3.14 × {d} = {round} 米，"
        "一圈 {straight} + {round} = {lap} 米，{n}圈 {lap} × {n} = {answer} 米。",
        scenes=scenes("track", "滑冰跑道", "卡丁车赛道", "赛犬跑道", "骑行环道"),
    ),
)


def _leash(rng: Random) -> Numbers:
    p = rng.randint(3, 26)
    r = p + rng.randint(2, 18)
    return {"p": p, "q": r + rng.randint(1, 16), "r": r}


def _leash_work(v: Numbers) -> Mapping[str, Value]:
    rest = v["r"] - v["p"]
    large = PI * v["r"] ** 2 * 3 / 4
    small = PI * rest**2 / 4
    return {"rest": rest, "large": large, "small": small, "answer": large + small}


LEASH = Template(
    "primary-leash-around-a-corner",
    "primary/circle",
    draw=_leash,
    work=_leash_work,
    code="from decimal import Decimal\n\nquarter = Decimal('3.14') / 4\n"
    "radii = [{r}, {r}, {r}, max({r} - {p}, 0), max({r} - {q}, 0)]\n"
    "print(format(sum(quarter * radius * radius for radius in radii).normalize(), 'f'))",
    en=Telling(
        questions=(
            "A {animal} is tied outside to a corner of a rectangular {house} of {p} m by {q} m, with a leash "
            "of {r} m. On "
            "how many square metres of ground can it move? (π = 3.14)",
            "The leash of a {animal} is {r} m long and fixed to an outer corner of a {house}, whose sides "
            "are {q} m and "
            "{p} m. What area outside, in square metres, can the {animal} reach? Take 3.14 for π.",
            "{name} ties a {animal} with {r} m of rope to the outer corner of a {house} ({p} m by {q} m, "
            "rectangular). "
            "With π = 3.14, how many square metres around the {house} are within reach?",
        ),
        plans=("I add quarter circles.", "The reach falls into quarters of circles."),
        cot="Around the corner three quarters of a circle are free: 3.14 × {r} × {r} × 3 ÷ 4 = {large}. Past "
        "the side of "
        "{p} m, {r} - {p} = {rest} m of it are left for another quarter: 3.14 × {rest} × {rest} ÷ 4 = "
        "{small}. The side of "
        "{q} m is longer than the leash. In all {large} + {small} = {answer} square metres.",
        scenes=scenes("animal/house", "goat/barn", "donkey/chapel", "llama/cabin", "calf/mill"),
    ),
    zh=Telling(
        questions=(
            "长方形{house}的两边长{p}米和{q}米，屋外一角用{r}米长的绳子拴着一{u}{animal}，"
            "它在屋外能活动的面积是多少平方米？"
            "（π取3.14）",
            "一{u}{animal}拴在{house}外墙角上，绳长{r}米，{house}是{q}米×{p}米的长方形。"
            "它够得着的地面有几平方米？取 π = 3.14。",
            "{name}把{animal}用{r}米的绳子系在长方形{house}（{p}米乘{q}米）的外角处，圆周率按3.14计算，"
            "它最多能到达{house}外多少平方米的范围？",
        ),
        plans=("把各个四分之一圆相加。", "活动范围可分成几个四分之一圆。"),
        cot="墙角外侧是四分之三个圆：3.14 × {r} × {r} × 3 ÷ 4 = {large}。"
        "绕过{p}米的墙后绳子还剩 {r} - {p} = {rest} 米，"
        "又有四分之一个圆：3.14 × {rest} × {rest} ÷ 4 = {small}。{q}米的墙比绳子长，绕不过去。"
        "共 {large} + {small} = {answer} 平方米。",
        scenes=scenes("animal/u/house", "山羊/只/谷仓", "毛驴/头/小屋", "羊驼/只/木屋", "牛犊/头/磨坊"),
    ),
)

TEMPLATES = (WHEEL, RING, STADIUM, LEASH)
