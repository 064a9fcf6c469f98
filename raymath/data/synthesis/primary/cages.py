"""Templates of the chicken-and-rabbit kind: two sorts in one cage, known by heads, legs or points.

from raymath.data.synthesis.primary.cages import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _cage(rng: Random) -> Numbers:
    h = rng.randint(20, 190)
    few = rng.randint(4, h - 4)
    return {"h": h, "l": 2 * h + 2 * few}


CAGE = Template(
    "primary-heads-and-legs",
    "primary/chicken-rabbit",
    draw=_cage,
    work=lambda v: {
        "two": 2 * v["h"],
        "more": v["l"] - 2 * v["h"],
        "answer": (v["l"] - 2 * v["h"]) // 2,
    },
    code="for four in range({h} + 1):\n    if 4 * four + 2 * ({h} - four) == {l}:\n        print(four)",
    en=Telling(
        questions=(
            "On a farm {h} {twos} and {fours} have {l} legs together. How many {fours} are there?",
            "{name} counts {h} heads and {l} legs in a pen with {twos} and {fours}. How many of them are {fours}?",
            "{l} legs carry {h} animals, each of the {twos} two and each of the {fours} four. "
            "What is the number of {fours}?",
        ),
        plans=("I try every number of four-legged ones.", "I go through all the ways to split the heads."),
        cot="If all were {twos}, there would be {h} × 2 = {two} legs. There are {l} - {two} = {more} more. "
        "Each of the {fours} brings 2 more, so there are {more} ÷ 2 = {answer} {fours}.",
        scenes=scenes("twos/fours", "geese/goats", "ostriches/zebras", "pheasants/hares", "turkeys/sheep"),
    ),
    zh=Telling(
        questions=(
            "农场里{twos}和{fours}共{h}只，腿共{l}条，{fours}有多少只？",
            "{name}数围栏里的{twos}和{fours}：头有{h}个，腿有{l}条，其中{fours}是几只？",
            "{h}只动物不是{twos}就是{fours}，一共{l}条腿，求{fours}的只数。",
        ),
        plans=("逐个试四条腿的只数。", "枚举所有分配，检验腿数。"),
        cot="假设全是{twos}，有腿 {h} × 2 = {two} 条，比实际少 {l} - {two} = {more} 条；每只{fours}多2条腿，"
        "所以{fours}有 {more} ÷ 2 = {answer} 只。",
        scenes=scenes("twos/fours", "大雁/山羊", "鸵鸟/羚羊", "野鸡/野兔", "火鸡/绵羊"),
    ),
)


def _quiz(rng: Random) -> Numbers:
    n, a, b = rng.randint(20, 60), rng.randint(3, 12), rng.randint(2, 6)
    wrong = rng.randint(2, n * a // (a + b) - 1)
    return {"n": n, "a": a, "b": b, "s": n * a - wrong * (a + b)}


def _quiz_work(v: Numbers) -> Mapping[str, Value]:
    best = v["n"] * v["a"]
    loss = v["a"] + v["b"]
    wrong = (best - v["s"]) // loss
    return {"best": best, "lost": best - v["s"], "loss": loss, "wrong": wrong, "answer": v["n"] - wrong}


QUIZ = Template(
    "primary-gains-and-losses",
    "primary/chicken-rabbit",
    draw=_quiz,
    work=_quiz_work,
    code="good = 0\nwhile {a} * good - {b} * ({n} - good) != {s}:\n    good += 1\nprint(good)",
    en=Telling(
        questions=(
            "In a {game} of {n} {rounds}, every {round} that succeeds brings {a} points and every other one "
            "costs {b} "
            "points. {name} ends with {s} points. How many {rounds} succeeded?",
            "{name} reached {s} points in {n} {rounds} of a {game}: {a} points for a success, minus {b} points for a "
            "failure. How many successes were there?",
            "A {game} takes away {b} points for each failure and gives {a} for each success. After {n} "
            "{rounds} the score "
            "is {s}. How often was {name} successful?",
        ),
        plans=("I try the number of successes.", "I raise the successes until the score fits."),
        cot="With successes only, the score would be {n} × {a} = {best}. It is {best} - {s} = {lost} lower. "
        "Each failure lowers it by {a} + {b} = {loss}, so there were {lost} ÷ {loss} = {wrong} failures and "
        "{n} - {wrong} = {answer} successes.",
        scenes=scenes("game/round/rounds", "ring toss/throw/throws", "shooting contest/shot/shots")
        + scenes("game/round/rounds", "spelling duel/word/words"),
    ),
    zh=Telling(
        questions=(
            "{game}共{n}{u}，成功一{u}得{a}分，失败一{u}扣{b}分，{name}最后得{s}分，成功了多少{u}？",
            "{name}参加{game}，{n}{u}下来总分是{s}。规则是成功加{a}分，失败减{b}分。{name}成功了几{u}？",
            "{game}的规则：失败一{u}倒扣{b}分，成功一{u}加{a}分。进行{n}{u}后{name}累计{s}分，其中成功多少{u}？",
        ),
        plans=("逐个试成功的次数。", "增加成功次数，直到分数符合。"),
        cot="若全部成功，得 {n} × {a} = {best} 分，实际少 {best} - {s} = {lost} 分；"
        "失败一{u}少 {a} + {b} = {loss} 分，"
        "失败 {lost} ÷ {loss} = {wrong} {u}，成功 {n} - {wrong} = {answer} {u}。",
        scenes=scenes("game/u", "套圈游戏/次", "射箭比赛/箭", "拼字对决/题"),
    ),
)


def _more_heads(rng: Random) -> Numbers:
    few, d = rng.randint(8, 90), rng.randint(3, 70)
    return {"d": d, "l": 6 * few + 2 * d}


MORE_HEADS = Template(
    "primary-more-of-the-two-legged",
    "primary/chicken-rabbit",
    draw=_more_heads,
    work=lambda v: {
        "extra": 2 * v["d"],
        "rest": v["l"] - 2 * v["d"],
        "few": (v["l"] - 2 * v["d"]) // 6,
        "answer": (v["l"] - 2 * v["d"]) // 6 + v["d"],
    },
    code="twos = {d}\nwhile 2 * twos + 4 * (twos - {d}) != {l}:\n    twos += 1\nprint(twos)",
    en=Telling(
        questions=(
            "In a park there are {d} more {twos} than {fours}, and they have {l} legs altogether. How many "
            "{twos} are "
            "there?",
            "{twos_up} have two legs and {fours} four. With {d} more {twos} than {fours}, {name} counts {l} legs. "
            "What is the number of {twos}?",
            "{l} legs belong to {twos} and {fours}; the {fours} are {d} fewer than the {twos}. How many are "
            "the {twos}?",
        ),
        plans=("I try the number of two-legged ones.", "I raise the number until the legs fit."),
        cot="The {d} extra {twos} have {d} × 2 = {extra} legs. The other {l} - {extra} = {rest} legs belong "
        "to pairs of "
        "one of each kind with 2 + 4 = 6 legs: {rest} ÷ 6 = {few} pairs. There are {few} + {d} = {answer} {twos}.",
        scenes=scenes("twos/twos_up/fours", "peacocks/Peacocks/deer", "storks/Storks/horses", "cranes/Cranes/tapirs"),
    ),
    zh=Telling(
        questions=(
            "园里{twos}比{fours}多{d}只，它们一共有{l}条腿，{twos}有多少只？",
            "{twos}两条腿，{fours}四条腿。{name}数得腿共{l}条，且{twos}比{fours}多{d}只，{twos}是几只？",
            "{l}条腿属于{twos}和{fours}，{fours}比{twos}少{d}只，求{twos}的只数。",
        ),
        plans=("逐个试两条腿的只数。", "增加只数，直到腿数符合。"),
        cot="多出的{d}只{twos}有腿 {d} × 2 = {extra} 条，其余 {l} - {extra} = {rest} 条，一只{twos}配一只{fours}共 "
        "2 + 4 = 6 条，配成 {rest} ÷ 6 = {few} 对，{twos}有 {few} + {d} = {answer} 只。",
        scenes=scenes("twos/fours", "孔雀/小鹿", "白鹤/羚羊", "鸵鸟/长颈鹿"),
    ),
)

TEMPLATES = (CAGE, QUIZ, MORE_HEADS)
