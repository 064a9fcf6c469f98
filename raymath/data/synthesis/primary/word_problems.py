"""Templates for word problems with whole numbers: a stock, a rest, two totals.

from raymath.data.synthesis.primary.word_problems import TEMPLATES

Problems of unit rates are in `unit_rates`, the classic types (ages, cages, sums) in modules of their own.
"""

from __future__ import annotations

from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, scenes


def _stock(rng: Random) -> Numbers:
    n, k, m = rng.randint(120, 480), rng.randint(4, 15), rng.randint(16, 48)
    return {"n": n, "k": k, "m": m, "s": rng.randint(60, n + k * m - 30)}


STOCK = Template(
    "primary-stock-left",
    "primary/whole-number-problems",
    draw=_stock,
    work=lambda v: {
        "new": v["k"] * v["m"],
        "full": v["n"] + v["k"] * v["m"],
        "answer": v["n"] + v["k"] * v["m"] - v["s"],
    },
    code="stock = {n} - {s}\nfor _ in range({k}):\n    stock += {m}\nprint(stock)",
    en=Telling(
        questions=(
            "A {place} has {n} {things}. {k} crates with {m} {things} each arrive, and {s} are given out. "
            "How many {things} are there now?",
            "{k} crates, each holding {m} {things}, are brought to a {place} that already had {n}. "
            "Later {s} {things} leave it. How many remain?",
            "{s} {things} were handed out at a {place} after a delivery of {k} crates of {m}. Before the delivery "
            "there were {n}. How many {things} are left?",
        ),
        plans=("I follow the stock crate by crate.", "I add every crate to what is not given out."),
        cot="The crates bring {k} × {m} = {new}. Then there are {n} + {new} = {full}. "
        "After giving out {s}, {full} - {s} = {answer} remain.",
        scenes=scenes(
            "place/things",
            "shelter/blankets",
            "nursery garden/seedlings",
            "harbour store/life vests",
            "studio/clay pots",
        ),
    ),
    zh=Telling(
        questions=(
            "{place}原有{things}{n}{unit}，又运来{k}箱，每箱{m}{unit}，随后发出{s}{unit}，现有多少{unit}？",
            "{place}收到{k}箱{things}，每箱装{m}{unit}，加上原来的{n}{unit}，再分发掉{s}{unit}，"
            "还余多少{unit}{things}？",
            "到货{k}箱之后，{place}发放了{s}{unit}{things}。已知每箱{m}{unit}，到货前库里有{n}{unit}，"
            "问剩余多少{unit}？",
        ),
        plans=("按箱累加，再减去发出的。", "先减发出的，再把各箱逐一加上。"),
        cot="运来 {k} × {m} = {new} {unit}，这时共有 {n} + {new} = {full} {unit}，"
        "发出后余 {full} - {s} = {answer} {unit}。",
        scenes=scenes("place/things/unit", "救助站/毛毯/条", "育苗园/树苗/棵", "码头仓库/救生衣/件", "陶艺馆/陶罐/个"),
    ),
)


def _vans(rng: Random) -> Numbers:
    a, b, c = rng.randint(3, 9), rng.randint(38, 55), rng.randint(6, 14)
    return {"n": a * b + rng.randint(3 * c, 12 * c), "a": a, "b": b, "c": c}


VANS = Template(
    "primary-vans-for-the-rest",
    "primary/whole-number-problems",
    draw=_vans,
    work=lambda v: {
        "seated": v["a"] * v["b"],
        "rest": v["n"] - v["a"] * v["b"],
        "answer": -(-(v["n"] - v["a"] * v["b"]) // v["c"]),
    },
    code="waiting = {n} - {a} * {b}\nsmall = 0\nwhile waiting > 0:\n    waiting -= {c}\n    small += 1\nprint(small)",
    en=Telling(
        questions=(
            "{n} {who} go on an outing. {a} {big} with {b} seats each are filled; the others ride in {small} of {c} "
            "seats. How many {small} are needed at least?",
            "For {n} {who} there are {a} {big} of {b} places, all of which are used. "
            "What is the smallest number of {small} with {c} places for the rest?",
            "{n} {who} travel. First {a} {big} are filled, {b} people in each, then {small} with {c} seats "
            "are hired for those who found no room. At least how many {small} must be hired?",
        ),
        plans=("I seat the rest, one vehicle after another.", "I count small vehicles until nobody waits."),
        cot="The {big} take {a} × {b} = {seated} people. {n} - {seated} = {rest} are left. "
        "With {c} in each of the {small}, and the last one perhaps not full, {answer} are enough.",
        scenes=scenes(
            "who/big/small", "singers/coaches/vans", "campers/ferries/motor boats", "fans/trolleys/minibuses"
        ),
    ),
    zh=Telling(
        questions=(
            "{n}名{who}集体出行，{a}{unit}{big}每{unit}坐满{b}人，其余的人改乘限坐{c}人的{small}，"
            "至少要几{unit}{small}？",
            "{big}有{a}{unit}，每{unit}{b}座，全部坐满；{who}共{n}人，余下的人坐{c}座的{small}，最少需要多少{unit}？",
            "每{unit}{small}可坐{c}人。{n}名{who}先把{a}{unit}{big}（每{unit}{b}座）坐满，"
            "剩余的人最少用几{unit}{small}才够？",
        ),
        plans=("余下的人一车一车地安排。", "先求余下多少人，再逐车计数。"),
        cot="{big}共坐 {a} × {b} = {seated} 人，余下 {n} - {seated} = {rest} 人。每{unit}{small}坐{c}人，"
        "不满一{unit}也要用一{unit}，所以至少要{answer}{unit}。",
        scenes=scenes("who/big/small/unit", "合唱团员/大客车/面包车/辆", "露营队员/渡船/快艇/艘", "球迷/大巴/中巴/辆"),
    ),
)


def _rates(rng: Random) -> Numbers:
    p, q = rng.sample(range(24, 96), 2)
    h, g = rng.sample(range(4, 16), 2)
    if p * h < q * g:
        p, h, q, g = q, g, p, h
    return {"p": p + (p * h == q * g), "h": h, "q": q, "g": g}


OUTPUT = Template(
    "primary-compare-two-outputs",
    "primary/whole-number-problems",
    draw=_rates,
    work=lambda v: {
        "first": v["p"] * v["h"],
        "second": v["q"] * v["g"],
        "answer": v["p"] * v["h"] - v["q"] * v["g"],
    },
    code="lead = 0\nfor _ in range({h}):\n    lead += {p}\nfor _ in range({g}):\n    lead -= {q}\nprint(lead)",
    en=Telling(
        questions=(
            "One {maker} makes {p} {things} an hour and works {h} hours, another makes {q} an hour and works {g} "
            "hours. How many more {things} does the first make?",
            "In {h} hours at {p} {things} an hour, how many more {things} are made than in {g} hours at {q} an hour?",
            "The old {maker} turns out {q} {things} each hour for {g} hours, the new one {p} each hour for "
            "{h} hours. "
            "By how many {things} is the new one ahead?",
        ),
        plans=("I keep count of the lead hour by hour.", "What the first makes counts up, the second's counts down."),
        cot="The first total is {p} × {h} = {first}, the second {q} × {g} = {second}. "
        "The difference is {first} - {second} = {answer}.",
        scenes=scenes("maker/things", "press/posters", "bakery/buns", "kiln/tiles", "loom/scarves"),
    ),
    zh=Telling(
        questions=(
            "甲{maker}每小时产{p}{unit}{things}，开了{h}小时；乙{maker}每小时产{q}{unit}，开了{g}小时。"
            "甲比乙多产多少{unit}？",
            "以每小时{p}{unit}的速度做{h}小时{things}，比以每小时{q}{unit}做{g}小时多出多少{unit}？",
            "旧{maker}{g}小时里每小时出{q}{unit}{things}，新{maker}{h}小时里每小时出{p}{unit}，新的多出多少{unit}？",
        ),
        plans=("一小时一小时地累计差距。", "甲的产量逐时加，乙的逐时减。"),
        cot="前者共 {p} × {h} = {first} {unit}，后者共 {q} × {g} = {second} {unit}，"
        "相差 {first} - {second} = {answer} {unit}。",
        scenes=scenes("maker/things/unit", "印刷机/海报/张", "烤炉/小面包/个", "瓷窑/瓷砖/块", "织机/围巾/条"),
    ),
)


def _reading(rng: Random) -> Numbers:
    a, b, c = rng.randint(12, 45), rng.randint(4, 12), rng.randint(5, 16)
    return {"n": a * b + c * rng.randint(13, 60), "a": a, "b": b, "c": c}


REST_PER_DAY = Template(
    "primary-rest-per-day",
    "primary/whole-number-problems",
    draw=_reading,
    work=lambda v: {
        "done": v["a"] * v["b"],
        "rest": v["n"] - v["a"] * v["b"],
        "answer": (v["n"] - v["a"] * v["b"]) // v["c"],
    },
    code="daily = 0\nwhile {a} * {b} + daily * {c} < {n}:\n    daily += 1\nprint(daily)",
    en=Telling(
        questions=(
            "{name} has {n} {things} to {do}. For {b} days it goes at {a} a day; the rest is done evenly in {c} "
            "more days. How many a day is that?",
            "Of {n} {things}, {name} wants to {do} {a} on each of the first {b} days and an equal number on each of "
            "the {c} days after. How many on each of those?",
            "After {b} days with {a} {things} a day, {c} days are left to {do} the remaining ones of {n}. "
            "How many {things} a day must it be then?",
        ),
        plans=("I raise the daily number until everything is done.", "I search for the daily number that fits."),
        cot="In {b} days {a} × {b} = {done} are done. {n} - {done} = {rest} remain. A day then takes "
        "{rest} ÷ {c} = {answer}.",
        scenes=scenes("things/do", "letters/translate", "photos/scan", "beads/string", "leaves/press"),
    ),
    zh=Telling(
        questions=(
            "{name}要{do}{n}{unit}{things}，前{b}天每天{a}{unit}，其余的用{c}天平均完成，后来每天要{do}多少{unit}？",
            "{things}共{n}{unit}，{name}先用{b}天，每天{do}{a}{unit}，剩下的{c}天做完，平均每天几{unit}？",
            "照每天{a}{unit}{do}了{b}天{things}以后，离期限还有{c}天，总数是{n}{unit}，之后平均每天应{do}多少{unit}？",
        ),
        plans=("逐步加大每天的数量，直到刚好完成。", "试出后来每天的数量。"),
        cot="前{b}天完成 {a} × {b} = {done} {unit}，还有 {n} - {done} = {rest} {unit}，"
        "每天 {rest} ÷ {c} = {answer} {unit}。",
        scenes=scenes("things/do/unit", "书信/翻译/封", "老照片/扫描/张", "串珠/穿/颗", "树叶标本/压制/片"),
    ),
)


TEMPLATES = (STOCK, VANS, OUTPUT, REST_PER_DAY)
