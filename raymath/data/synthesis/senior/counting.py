"""Templates of counting: committees, lattice paths, distributions, double skills.

from raymath.data.synthesis.senior.counting import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from random import Random

from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _committee(rng: Random) -> Numbers:
    size = rng.randint(3, 6)
    return {"m": rng.randint(size, 32), "n": rng.randint(size, 32), "r": size, "s": rng.randint(2, size - 1)}


def _committee_work(v: Numbers) -> Mapping[str, Value]:
    m, n, r, s = v["m"], v["n"], v["r"], v["s"]
    few = [comb(n, i) * comb(m, r - i) for i in range(s)]
    return {
        "whole": m + n,
        "total": comb(m + n, r),
        "most": s - 1,
        "cases": " + ".join(f"C_{{{n}}}^{{{i}}} C_{{{m}}}^{{{r - i}}}" for i in range(s)),
        "few": sum(few),
        "answer": comb(m + n, r) - sum(few),
    }


COMMITTEE = Template(
    "senior-committee",
    "senior/counting",
    draw=_committee,
    work=_committee_work,
    code="from math import comb\n\n# choose i of the second kind, i from {s} on\n"
    "print(sum(comb({n}, i) * comb({m}, {r} - i) for i in range({s}, {r} + 1)))",
    en=Telling(
        questions=(
            "A group has {m} {one} and {n} {two}. In how many ways can {r} people be chosen so that at least {s} of "
            "them are {two}?",
            "From {m} {one} and {n} {two} a committee of {r} is formed; {s} or more members must be {two}. How many "
            "committees are possible?",
            "How many selections of {r} persons from {m} {one} and {n} {two} contain no fewer than {s} {two}?",
        ),
        plans=(
            "I add up the selections by the number of {two} in them.",
            "Going through the allowed numbers of {two} and adding gives the count.",
        ),
        cot="There are $C_{{{whole}}}^{{{r}}} = {total}$ selections of {r} from ${m} + {n} = {whole}$ people. "
        "Those with at most {most} of the {two} do not count: ${cases} = {few}$. "
        "What is left is ${total} - {few} = {answer}$.",
        scenes=scenes("one/two", "teachers/parents", "boys/girls", "runners/swimmers", "doctors/nurses"),
    ),
    zh=Telling(
        questions=(
            "有{m}名{one}和{n}名{two}，从中选出{r}人，要求{two}不少于{s}人，共有多少种选法？",
            "从{m}名{one}、{n}名{two}里选{r}人组成小组，小组中至少有{s}名{two}，不同的选法有几种？",
            "某队由{m}名{one}与{n}名{two}组成，现派{r}人参加活动，其中{two}至少{s}人，求派法的种数。",
        ),
        plans=("按{two}的人数分类相加。", "枚举{two}人数的各种情况并求和。"),
        cot="从${m} + {n} = {whole}$人中任选{r}人，有$C_{{{whole}}}^{{{r}}} = {total}$种。"
        "其中{two}不超过{most}人的不合要求，有${cases} = {few}$种。所以共有${total} - {few} = {answer}$种。",
        scenes=scenes("one/two", "教师/家长", "男生/女生", "田径队员/游泳队员", "医生/护士"),
    ),
)


def _paths(rng: Random) -> Numbers:
    w, h = rng.randint(4, 15), rng.randint(4, 15)
    return {"w": w, "h": h, "x": rng.randint(1, w - 1), "y": rng.randint(1, h - 1)}


def _paths_work(v: Numbers) -> Mapping[str, Value]:
    w, h, x, y = v["w"], v["h"], v["x"], v["y"]
    total, before, after = comb(w + h, h), comb(x + y, y), comb(w + h - x - y, h - y)
    return {
        "steps": w + h,
        "total": total,
        "before_steps": x + y,
        "before": before,
        "after_steps": w + h - x - y,
        "after_up": h - y,
        "after": after,
        "through": before * after,
        "answer": total - before * after,
    }


PATHS = Template(
    "senior-lattice-paths",
    "senior/counting",
    draw=_paths,
    work=_paths_work,
    code="ways = {{}}\nfor x in range({w} + 1):\n    for y in range({h} + 1):\n        if (x, y) == ({x}, {y}):\n"
    "            ways[x, y] = 0\n        elif x == 0 and y == 0:\n            ways[x, y] = 1\n        else:\n"
    "            ways[x, y] = ways.get((x - 1, y), 0) + ways.get((x, y - 1), 0)\nprint(ways[{w}, {h}])",
    en=Telling(
        questions=(
            "On a grid, each step goes one unit right or one unit up. How many paths lead from $(0, 0)$ to $({w}, "
            "{h})$ without passing through $({x}, {y})$?",
            "The streets of a town form a grid. {name} walks from the corner $(0, 0)$ to the corner $({w}, {h})$, "
            "always east or north, but the crossing $({x}, {y})$ is closed. How many routes remain?",
            "A robot moves from $(0, 0)$ to $({w}, {h})$ by steps $(1, 0)$ and $(0, 1)$ and must avoid the point "
            "$({x}, {y})$. Count its paths.",
        ),
        plans=(
            "I fill the grid point by point with the number of ways to reach it.",
            "The ways to a point are those to its left and lower neighbours together; the closed point has none.",
        ),
        cot="Without the restriction there are $C_{{{steps}}}^{{{h}}} = {total}$ paths. "
        "Up to $({x}, {y})$ there are $C_{{{before_steps}}}^{{{y}}} = {before}$, from there on "
        "$C_{{{after_steps}}}^{{{after_up}}} = {after}$. So ${before} \\cdot {after} = {through}$ paths use the point. "
        "The others are ${total} - {through} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "在方格网上每步向右或向上走一格，从$(0, 0)$到$({w}, {h})$且不经过$({x}, {y})$的走法有多少种？",
            "某城街道呈方格状，{name}从路口$(0, 0)$走到路口$({w}, {h})$，只能向东或向北，路口$({x}, "
            "{y})$正在施工不能通过，共有几条路线？",
            "机器人按$(1, 0)$或$(0, 1)$移动，从$(0, 0)$到达$({w}, {h})$，必须避开点$({x}, {y})$，求不同路径的条数。",
        ),
        plans=("逐点递推到达每个格点的走法数。", "每点的走法是左边与下边走法之和，禁止点记为0。"),
        cot="不加限制时有$C_{{{steps}}}^{{{h}}} = {total}$种走法。到$({x}, {y})$有$C_{{{before_steps}}}^{{{y}}} = "
        "{before}$种，从该点到终点有$C_{{{after_steps}}}^{{{after_up}}} = {after}$种，经过该点的共${before} \\cdot "
        "{after} = "
        "{through}$种。所以不经过的有${total} - {through} = {answer}$种。",
    ),
)


def _shares(rng: Random) -> Numbers:
    a, b, c = (rng.randint(1, 12) for _ in range(3))
    return {"n": a + b + c + rng.randint(5, 60), "a": a, "b": b, "c": c}


SHARES = Template(
    "senior-distribution",
    "senior/counting",
    draw=_shares,
    work=lambda v: {
        "given": v["a"] + v["b"] + v["c"],
        "free": v["n"] - v["a"] - v["b"] - v["c"],
        "places": v["n"] - v["a"] - v["b"] - v["c"] + 2,
        "answer": comb(v["n"] - v["a"] - v["b"] - v["c"] + 2, 2),
    },
    code="count = 0\nfor x in range({a}, {n} + 1):\n    for y in range({b}, {n} - x + 1):\n"
    "        if {n} - x - y >= {c}:\n            count += 1\nprint(count)",
    en=Telling(
        questions=(
            "How many integer solutions has $x + y + z = {n}$ with $x \\ge {a}$, $y \\ge {b}$ and $z \\ge {c}$?",
            "{n} equal {things} are given to three children. The first gets at least {a}, the second at least {b}, "
            "the third at least {c}. In how many ways can this be done?",
            "In how many ways can {n} identical {things} be put into boxes A, B and C if A has to hold {a} or more, "
            "B {b} or more and C {c} or more?",
        ),
        plans=(
            "Two loops over the first two numbers settle the third; I count what is allowed.",
            "I go through all values of the first two shares and check the third.",
        ),
        cot="Hand out the least amounts first: ${a} + {b} + {c} = {given}$. The other ${n} - {given} = {free}$ are "
        "free. They are split by two bars among ${free} + 2 = {places}$ places. "
        "The number of ways is $C_{{{places}}}^2 = {answer}$.",
        scenes=scenes("things", "marbles", "sweets", "pencils", "stickers"),
    ),
    zh=Telling(
        questions=(
            "方程$x + y + z = {n}$满足$x \\ge {a}$，$y \\ge {b}$，$z \\ge {c}$的整数解有多少组？",
            "把{n}{things}分给甲、乙、丙三人，甲至少得{a}，乙至少得{b}，丙至少得{c}，有几种分法？",
            "将{n}{things}放入三个不同的盒子，三个盒子分别不少于{a}、{b}、{c}，求放法的种数。",
        ),
        plans=("枚举前两个数，第三个数随之确定。", "用两重循环检验所有分法。"),
        cot="先按最少数量分出${a} + {b} + {c} = {given}$，剩下${n} - {given} = {free}$可以任意分。"
        "用两块隔板放在${free} + 2 = {places}$个位置中，共有$C_{{{places}}}^2 = {answer}$种。",
        scenes=scenes("things", "个相同的小球", "颗相同的糖", "支相同的铅笔", "张相同的贴纸"),
    ),
)


def _skills(rng: Random) -> Numbers:
    p, q = rng.randint(2, 4), rng.randint(2, 4)
    return {"a": rng.randint(p, 15), "b": rng.randint(q, 15), "c": rng.randint(2, 6), "p": p, "q": q}


def _skills_work(v: Numbers) -> Mapping[str, Value]:
    a, b, c, p, q = v["a"], v["b"], v["c"], v["p"], v["q"]
    terms = [f"C_{{{a}}}^{{{p - i}}} C_{{{c}}}^{{{i}}} C_{{{b + c - i}}}^{{{q}}}" for i in range(min(p, c) + 1)]
    values = [comb(a, p - i) * comb(c, i) * comb(b + c - i, q) for i in range(min(p, c) + 1)]
    return {
        "terms": " + ".join(terms),
        "values": " + ".join(map(str, values)),
        "limit": min(p, c),
        "answer": sum(values),
    }


SKILLS = Template(
    "senior-double-skills",
    "senior/counting",
    draw=_skills,
    work=_skills_work,
    code="from math import comb\n\ntotal = 0\n# i of the double ones work in the first job, j in the second\n"
    "for i in range({c} + 1):\n    for j in range({c} - i + 1):\n        if i <= {p} and j <= {q}:\n"
    "            double = comb({c}, i) * comb({c} - i, j)\n"
    "            total += double * comb({a}, {p} - i) * comb({b}, {q} - j)\nprint(total)",
    en=Telling(
        questions=(
            "Of the members of a team, {a} can only {one}, {b} can only {two}, and {c} can do both. In how many ways "
            "can {p} of them be assigned to {one} and {q} others to {two}?",
            "{a} volunteers can {one} but not {two}, {b} can {two} but not {one}, {c} can do either. Somebody picks "
            "{p} to {one} and {q} different ones to {two}. Count the choices.",
            "An agency needs {p} people to {one} and {q} more to {two}. It has {a} who are able to do the first "
            "only, {b} who are able to do the second only and {c} for both. How many assignments are there?",
        ),
        plans=(
            "I sum over how many of the versatile ones go to each job.",
            "A double loop over the uses of those with both skills gives the total.",
        ),
        cot="Sort by the number $i$ of versatile people that take the first job, from 0 to {limit}. "
        "The second job then has those who can do only it and the versatile ones that are left. "
        "This gives ${terms}$. The terms are ${values}$, in all ${answer}$.",
        scenes=scenes("one/two", "sing/dance", "drive/cook", "play the piano/play the drums", "film/edit"),
    ),
    zh=Telling(
        questions=(
            "某团队中只会{one}的有{a}人，只会{two}的有{b}人，两样都会的有{c}人。从中选{p}人{one}，另选{q}人{two}，"
            "有多少种安排？",
            "{a}名志愿者仅会{one}，{b}名仅会{two}，还有{c}名两项都会。现需{p}人负责{one}、另外{q}人负责{two}，"
            "求不同选法的种数。",
            "要派{p}人去{one}，再派{q}人去{two}。可用的人里，只能做前者的{a}人，只能做后者的{b}人，都能做的{c}人，"
            "共有几种派法？",
        ),
        plans=("按两样都会的人分到各项的人数求和。", "用两重循环枚举多面手的去向。"),
        cot="按去{one}的多面手人数$i$分类，$i$从0到{limit}。此时{two}可由只会{two}的人和剩下的多面手担任，"
        "所以总数为${terms}$，各项依次为${values}$，合计${answer}$种。",
        scenes=scenes("one/two", "唱歌/跳舞", "开车/做饭", "弹琴/打鼓", "摄影/剪辑"),
    ),
)

TEMPLATES = (COMMITTEE, PATHS, SHARES, SKILLS)
