"""Templates of listing and reasoning: forbidden pairs, handshakes, payments, overlaps, the worst case.

from raymath.data.synthesis.primary.enumeration import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes

OUTFITS = Template(
    "primary-forbidden-pair",
    "primary/enumeration",
    draw=lambda rng: {"a": rng.randint(3, 24), "b": rng.randint(3, 24), "c": rng.randint(3, 24)},
    work=lambda v: {
        "all": v["a"] * v["b"] * v["c"],
        "bad": v["b"],
        "answer": v["a"] * v["b"] * v["c"] - v["b"],
    },
    code="from itertools import product\n\nchoices = product(range({a}), range({b}), range({c}))\n"
    "print(sum(1 for first, second, third in choices if not first == third == 0))",
    en=Telling(
        questions=(
            "There are {a} {ones}, {b} {twos} and {c} {threes}, and one of each is combined. Only the "
            "{one_bad} and the "
            "{three_bad} must not go together. How many combinations are possible?",
            "{name} combines one of {a} {ones} with one of {b} {twos} and one of {c} {threes}, but never the "
            "{one_bad} with "
            "the {three_bad}. How many choices are left?",
            "A choice consists of one out of {c} {threes}, one out of {b} {twos} and one out of {a} {ones}. "
            "It is refused if "
            "it has both the {three_bad} and the {one_bad}. How many choices are accepted?",
        ),
        plans=("I go through all combinations.", "I list everything and leave out the forbidden ones."),
        cot="Without the rule there are {a} × {b} × {c} = {all} combinations. With the forbidden pair, any "
        "of the {b} "
        "{twos} can stand, so {bad} are lost: {all} - {bad} = {answer}.",
        scenes=scenes(
            "ones/one_bad/twos/threes/three_bad",
            "masks/fox mask/capes/crowns/paper crown",
            "soups/onion soup/main dishes/desserts/lemon ice",
            "frames/oak frame/papers/inks/silver ink",
        ),
    ),
    zh=Telling(
        questions=(
            "有{a}种{one}、{b}种{two}、{c}种{three}，各选一种搭配，只是{one_bad}不能与{three_bad}同时选，"
            "共有多少种搭配？",
            "{name}从{a}种{one}、{b}种{two}和{c}种{three}里各挑一种，但{one_bad}和{three_bad}不许同时出现，"
            "有几种挑法？",
            "各取一种：{three}{c}种，{two}{b}种，{one}{a}种。凡是既含{three_bad}又含{one_bad}的都不算，"
            "合格的取法有多少种？",
        ),
        plans=("枚举全部搭配。", "列出所有搭配，去掉禁止的。"),
        cot="不考虑限制有 {a} × {b} × {c} = {all} 种。禁止的两种同时出现时，{two}仍有{b}种选法，所以要去掉{bad}种："
        "{all} - {bad} = {answer} 种。",
        scenes=scenes(
            "one/one_bad/two/three/three_bad",
            "面具/狐狸面具/披风/头冠/纸冠",
            "汤/洋葱汤/主菜/甜点/柠檬冰",
            "画框/橡木框/纸张/墨水/银墨水",
        ),
    ),
)


def _hands_work(v: Numbers) -> Mapping[str, Value]:
    own, cross = v["a"] * (v["a"] - 1) // 2, v["a"] * v["b"]
    return {"others": v["a"] - 1, "own": own, "cross": cross, "answer": own + cross}


HANDS = Template(
    "primary-handshakes-of-two-groups",
    "primary/enumeration",
    draw=lambda rng: {"a": rng.randint(6, 90), "b": rng.randint(5, 85)},
    work=_hands_work,
    code="from itertools import combinations\n\npeople = ['one'] * {a} + ['two'] * {b}\n"
    "print(sum(1 for pair in combinations(people, 2) if 'one' in pair))",
    en=Telling(
        questions=(
            "{a} {ones} and {b} {twos} meet. Every two of the {ones} {greet} once, and each of the {ones} "
            "{greets} with each "
            "of the {twos} once; the {twos} do not {greet} among themselves. How many times does it happen?",
            "At a gathering, every pair of people {greets} once unless both are {twos}. There are {b} {twos} "
            "and {a} {ones}. "
            "How many pairs {greet}?",
            "Among {a} {ones} and {b} {twos}, {name} counts the pairs of which at least one belongs to the {ones}. "
            "How many are there?",
        ),
        plans=("I go through all pairs.", "I list the pairs and count those that fit."),
        cot="Among the {ones} there are {a} × {others} ÷ 2 = {own} pairs. Between the two groups there are "
        "{a} × {b} = {cross}. Together {own} + {cross} = {answer}.",
        scenes=scenes(
            "ones/twos/greet/greets",
            "hosts/guests/shake hands/shakes hands",
            "sailors/passengers/bow/bows",
            "masters/pupils/spar/spars",
        ),
    ),
    zh=Telling(
        questions=(
            "{a}名{ones}和{b}名{twos}聚会，每两名{ones}{greet}一次，每名{ones}与每名{twos}也{greet}一次，"
            "{twos}之间不{greet}，"
            "一共{greet}多少次？",
            "除了两人都是{twos}的情形，任意两人都{greet}一次。{twos}有{b}人，{ones}有{a}人，共{greet}几次？",
            "在{a}名{ones}与{b}名{twos}中，{name}统计至少含一名{ones}的两人组合，有多少对？",
        ),
        plans=("逐对检查所有的两人组合。", "列出所有两人组合，数符合的。"),
        cot="{ones}之间有 {a} × {others} ÷ 2 = {own} 对，{ones}与{twos}之间有 {a} × {b} = {cross} 对，"
        "共 {own} + {cross} = {answer} 对。",
        scenes=scenes("ones/twos/greet", "主人/客人/握手", "水手/乘客/鞠躬", "师傅/学徒/过招"),
    ),
)


def _payment(rng: Random) -> Numbers:
    while True:
        a, b = sorted(rng.sample(range(3, 16), 2))
        n = rng.randint(60, 290)
        if gcd(a, b) == 1 and 2 <= len(_counts(a, b, n)) <= 7:
            return {"n": n, "a": a, "b": b}


def _counts(a: int, b: int, n: int) -> list[int]:
    """How many things of ``b`` can be part of ``n`` if the others are of ``a``."""
    return [many for many in range(n // b + 1) if (n - many * b) % a == 0]


def _payment_work(v: Numbers) -> Mapping[str, Value]:
    many = _counts(v["a"], v["b"], v["n"])
    rest = v["n"] - v["b"] * many[0]
    return {
        "first": many[0],
        "taken": v["b"] * many[0],
        "rest": rest,
        "others": rest // v["a"],
        "most": v["n"] // v["b"],
        "many": ", ".join(map(str, many)),
        "zh_many": "、".join(map(str, many)),
        "answer": len(many),
    }


PAYMENT = Template(
    "primary-ways-to-make-a-sum",
    "primary/enumeration",
    draw=_payment,
    work=_payment_work,
    code="ways = 0\nfor small in range({n} // {a} + 1):\n    for large in range({n} // {b} + 1):\n"
    "        ways += {a} * small + {b} * large == {n}\nprint(ways)",
    en=Telling(
        questions=(
            "In how many ways can exactly {n} {unit} be made up of {things} worth {a} and {b} {unit}, if it "
            "is allowed to "
            "use one kind only?",
            "{name} has plenty of {things} of {b} {unit} and of {a} {unit} and needs exactly {n} {unit}. How "
            "many different "
            "selections are there, with no order and one kind alone allowed?",
            "How many pairs of numbers of {things}, some of {a} and some of {b} {unit} (none is allowed "
            "too), give exactly "
            "{n} {unit}?",
        ),
        plans=("I try all pairs of numbers.", "I go through both numbers and count."),
        cot="At most {most} of {b} fit into {n}, and what remains must be a multiple of {a}. The smallest "
        "number of {b} that "
        "works is {first}: {n} - {b} × {first} = {rest} and {rest} ÷ {a} = {others}. Every further {a} "
        "of them work too, "
        "so the numbers are {many}. The count is {answer}.",
        scenes=scenes("things/unit", "tokens/points", "weights/grams", "planks/metres", "stamps/cents"),
    ),
    zh=Telling(
        questions=(
            "用{a}{unit}和{b}{unit}两种{things}凑成正好{n}{unit}，允许只用一种，有多少种凑法？",
            "{name}有足够多的{b}{unit}{things}和{a}{unit}{things}，要恰好凑够{n}{unit}（可以只用其中一种，"
            "不计顺序），有几种选法？",
            "若干{a}{unit}的{things}与若干{b}{unit}的{things}（可以是0）合计{n}{unit}，共有多少种不同的组合？",
        ),
        plans=("把两种数量逐一尝试。", "枚举两种的个数并计数。"),
        cot="{b}{unit}的最多用{most}个，剩余部分必须是{a}的倍数。最少要用{first}个：{n} - {b} × {first} = {rest}，"
        "{rest} ÷ {a} = {others}；以后每多用{a}个又符合一次，所以个数可以是{zh_many}，共{answer}种。",
        scenes=scenes("things/unit", "积分牌/分", "砝码/克", "木板/米", "邮票/分"),
    ),
)


def _overlap(rng: Random) -> Numbers:
    both, first, second, none = (rng.randint(low, high) for low, high in ((4, 40), (3, 60), (3, 60), (2, 25)))
    return {"n": both + first + second + none, "a": both + first, "b": both + second, "c": none}


OVERLAP = Template(
    "primary-overlapping-groups",
    "primary/enumeration",
    draw=_overlap,
    work=lambda v: {
        "some": v["n"] - v["c"],
        "sum": v["a"] + v["b"],
        "answer": v["a"] + v["b"] - v["n"] + v["c"],
    },
    code="both = 0\nwhile ({a} - both) + ({b} - both) + both + {c} != {n}:\n    both += 1\nprint(both)",
    en=Telling(
        questions=(
            "Of {n} {who}, {a} {one}, {b} {two} and {c} do neither. How many do both?",
            "{name} asks {n} {who}: {c} neither {one} nor {two}, {a} {one} and {b} {two}. How many {one} as "
            "well as {two}?",
            "Among {n} {who} there are {b} who {two} and {a} who {one}; only {c} do none of it. "
            "What is the number of those who do both?",
        ),
        plans=("I try how many do both.", "I search for the overlap that gives the whole number."),
        cot="At least one thing is done by {n} - {c} = {some}. Adding both groups gives {a} + {b} = {sum} "
        "and counts those "
        "who do both twice. So there are {sum} - {some} = {answer} of them.",
        scenes=scenes("who/one/two", "villagers/keep bees/grow hops", "actors/juggle/fence", "monks/paint/bind books")
        + scenes("who/one/two", "divers/surf/sail"),
    ),
    zh=Telling(
        questions=(
            "{n}名{who}中，会{one}的{a}人，会{two}的{b}人，两样都不会的{c}人，两样都会的有多少人？",
            "{name}调查了{n}名{who}：{c}人既不会{one}也不会{two}，{a}人会{one}，{b}人会{two}，几人两样都会？",
            "{who}共{n}人，其中{b}人会{two}，{a}人会{one}，只有{c}人一样也不会。求两样全会的人数。",
        ),
        plans=("逐个试两样都会的人数。", "找出使总人数符合的重叠人数。"),
        cot="至少会一样的有 {n} - {c} = {some} 人；{a} + {b} = {sum} 把两样都会的算了两次，"
        "所以有 {sum} - {some} = {answer} 人。",
        scenes=scenes("who/one/two", "村民/养蜂/种啤酒花", "演员/杂耍/击剑", "僧人/绘画/装订", "潜水员/冲浪/驾帆船"),
    ),
)


def _drawer(rng: Random) -> Numbers:
    r = rng.randint(2, 9)
    k = r + rng.randint(2, 8)
    return {"r": r, "b": k + rng.randint(0, 14), "g": k + rng.randint(0, 14), "k": k}


DRAWER = Template(
    "primary-worst-case",
    "primary/enumeration",
    draw=_drawer,
    work=lambda v: {
        "less": v["k"] - 1,
        "worst": v["r"] + 2 * (v["k"] - 1),
        "answer": v["r"] + 2 * (v["k"] - 1) + 1,
    },
    code="most = 0\nfor red in range({r} + 1):\n    for blue in range({b} + 1):\n"
    "        for green in range({g} + 1):\n"
    "            if max(red, blue, green) < {k}:\n"
    "                most = max(most, red + blue + green)\nprint(most + 1)",
    en=Telling(
        questions=(
            "A sack holds {r} red, {b} blue and {g} green {things}. At least how many must be taken out "
            "blindly to be sure of "
            "{k} of one colour?",
            "In the dark, {name} takes {things} from a drawer with {g} green, {b} blue and {r} red ones. How "
            "many are needed "
            "to have {k} equal ones for certain?",
            "What is the smallest number of {things} that guarantees {k} of the same colour, if they are "
            "drawn unseen from "
            "{r} red, {b} blue and {g} green ones?",
        ),
        plans=("I look for the most that can go wrong.", "I search for the worst selection and add one."),
        cot="In the worst case all {r} red ones come, for they are too few, and {k} - 1 = {less} of each "
        "other colour: "
        "{r} + 2 × {less} = {worst}. The next one decides: {worst} + 1 = {answer}.",
        scenes=scenes("things", "gloves for one hand", "wool balls", "paper lanterns", "chalks"),
    ),
    zh=Telling(
        questions=(
            "布袋里有红{things}{r}{u}、蓝的{b}{u}、绿的{g}{u}，闭眼摸取，最少摸几{u}就一定有{k}{u}同色？",
            "黑暗中，{name}从装有{g}{u}绿、{b}{u}蓝、{r}{u}红{things}的抽屉里取，至少取几{u}，一定有{k}{u}颜色相同？",
            "不许看，从{r}{u}红、{b}{u}蓝和{g}{u}绿的{things}里拿，要确保拿到{k}{u}同一颜色的，最少得拿多少{u}？",
        ),
        plans=("找出最不利的情况，再加一。", "枚举最多能取多少仍不满足。"),
        cot="最不利时，红的只有{r}{u}不够数，全部取出，另两种颜色各取 {k} - 1 = {less} {u}：{r} + 2 × {less} "
        "= {worst} {u}；"
        "再取一{u}必定符合：{worst} + 1 = {answer} {u}。",
        scenes=scenes("things/u", "毛线球/个", "纸灯笼/盏", "粉笔/支", "积木/块"),
    ),
)

TEMPLATES = (OUTFITS, HANDS, PAYMENT, OVERLAP, DRAWER)
