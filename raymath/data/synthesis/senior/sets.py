"""Templates of sets and logic: members of intersections, counted sets, subsets, sufficient conditions.

from raymath.data.synthesis.senior.sets import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.latex import expression, polynomial, signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def _survey(rng: Random) -> Numbers:
    both, a, b, none = rng.randint(3, 19), rng.randint(4, 28), rng.randint(4, 28), rng.randint(1, 12)
    return {"n": both + a + b + none, "a": a + both, "b": b + both, "both": both}


SURVEY = Template(
    "senior-survey-neither",
    "senior/sets-logic",
    draw=_survey,
    work=lambda v: {
        "either": v["a"] + v["b"] - v["both"],
        "answer": v["n"] - (v["a"] + v["b"] - v["both"]),
    },
    code="everyone = set(range({n}))\nfirst = set(range({a}))\nsecond = set(range({a} - {both}, {a} - {both} + {b}))\n"
    "print(len(everyone - (first | second)))",
    en=Telling(
        questions=(
            "In a survey of {n} students, {a} {one}, {b} {two}, and {both} do both. How many do neither?",
            "Of the {n} members of a club, {a} {one} and {b} {two}; {both} of them belong to both groups. "
            "How many members belong to neither group?",
            "{n} pupils were asked: {a} said that they {one}, {b} that they {two}, {both} said yes to both. "
            "How many said no to both questions?",
        ),
        plans=(
            "I build two sets with the right overlap and count who is outside both.",
            "The complement of the union is what is asked; I count it with sets.",
        ),
        cot="Let $A$ and $B$ be the two groups. Then $|A \\cup B| = |A| + |B| - |A \\cap B| = {a} + {b} - {both} = "
        "{either}$. The others are outside both: ${n} - {either} = {answer}$.",
        scenes=scenes(
            "one/two",
            "play chess/swim",
            "read novels/draw",
            "speak French/speak Spanish",
            "run/cycle",
            "play the piano/sing in a choir",
        ),
    ),
    zh=Telling(
        questions=(
            "对{n}名学生的调查显示：会{one}的有{a}人，会{two}的有{b}人，两样都会的有{both}人，两样都不会的有多少人？",
            "某社团共{n}人，其中{a}人会{one}，{b}人会{two}，既会{one}又会{two}的有{both}人。两项都不会的人数是多少？",
            "全年级抽出{n}人，用集合$A$表示会{one}的人，有{a}个元素；用集合$B$表示会{two}的人，有{b}个元素；"
            "$A \\cap B$有{both}个元素。既不属于$A$也不属于$B$的有几人？",
        ),
        plans=("构造两个交集大小合适的集合，数并集之外的元素。", "求并集的补集的元素个数。"),
        cot="设两类人组成集合$A$、$B$，则$|A \\cup B| = {a} + {b} - {both} = {either}$。"
        "两样都不会的人在并集之外，共${n} - {either} = {answer}$人。",
        scenes=scenes("one/two", "下围棋/游泳", "书法/摄影", "弹琴/跳舞", "法语/日语", "打篮球/打乒乓球"),
    ),
)


def _meet(rng: Random) -> Numbers:
    p = nonzero(rng, 30)
    q = p + rng.randint(6, 40)
    if q == 0:
        q = 1
    return {"b": -(p + q), "c": p * q, "m": rng.randint(p - 3, q - 2)}


def _meet_work(v: Numbers) -> Mapping[str, Value]:
    width = round((v["b"] ** 2 - 4 * v["c"]) ** 0.5)
    p, q = (-v["b"] - width) // 2, (-v["b"] + width) // 2
    start = max(p, v["m"] + 1)
    return {
        "p": p,
        "q": q,
        "factors": f"(x {signed(-p)})(x {signed(-q)})",
        "start": start,
        "span": f"{q} - {start} + 1" if start >= 0 else f"{q} - ({start}) + 1",
        "answer": q - start + 1,
    }


MEET = Template(
    "senior-intersection-integers",
    "senior/sets-logic",
    draw=_meet,
    work=_meet_work,
    forms=lambda v: {"f": polynomial((1, v["b"], v["c"])), "f_code": expression((1, v["b"], v["c"]))},
    code="found = [x for x in range(-500, 501) if {f_code} <= 0 and x > {m}]\nprint(len(found))",
    en=Telling(
        questions=(
            "Let $A = \\{{x \\mid {f} \\le 0\\}}$ and $B = \\{{x \\mid x > {m}\\}}$. "
            "How many integers are in $A \\cap B$?",
            "Find the number of integers that belong to both $A = \\{{x : {f} \\le 0\\}}$ and $B = ({m}, +\\infty)$.",
            "The set $M$ holds the real solutions of ${f} \\le 0$, the set $N$ all real numbers greater than ${m}$. "
            "How many integers lie in $M \\cap N$?",
        ),
        plans=(
            "I test every whole number in a wide range against both conditions.",
            "Both sets are given by conditions, so I count the integers that meet them.",
        ),
        cot="Factorising, ${f} = {factors}$, so the inequality holds for ${p} \\le x \\le {q}$. The other condition "
        "is $x > {m}$. The integers of the intersection run from ${start}$ to ${q}$. Their number is ${span} = "
        "{answer}$.",
    ),
    zh=Telling(
        questions=(
            "设集合$A = \\{{x \\mid {f} \\le 0\\}}$，$B = \\{{x \\mid x > {m}\\}}$，则$A \\cap B$中有多少个整数？",
            "已知$M$为不等式${f} \\le 0$的解集，$N = ({m}, +\\infty)$，求$M \\cap N$所含整数的个数。",
            "满足${f} \\le 0$且大于${m}$的整数共有几个？",
        ),
        plans=("在足够大的范围内逐个检验整数是否满足两个条件。", "枚举整数，数出同时属于两个集合的个数。"),
        cot="因为${f} = {factors}$，所以第一个集合是$[{p}, {q}]$。再要求$x > {m}$，"
        "交集中的整数从${start}$到${q}$，共${span} = {answer}$个。",
    ),
)


def _subsets(rng: Random) -> Numbers:
    step, size = rng.randint(3, 30), rng.randint(5, 11)
    first = step * rng.randint(1, 20)
    last = first + step * (size - 1)
    return {"step": step, "low": first - rng.randint(0, step - 1), "high": last + rng.randint(0, step - 1)}


def _subsets_work(v: Numbers) -> Mapping[str, Value]:
    low, high = -(-v["low"] // v["step"]), v["high"] // v["step"]
    size = high - low + 1
    return {
        "least": low * v["step"],
        "greatest": high * v["step"],
        "size": size,
        "free": size - 2,
        "answer": 2 ** (size - 2),
    }


SUBSETS = Template(
    "senior-subsets-with-ends",
    "senior/sets-logic",
    draw=_subsets,
    work=_subsets_work,
    code="from itertools import combinations\n\n"
    "members = [x for x in range({low}, {high} + 1) if x % {step} == 0]\ncount = 0\n"
    "for size in range(len(members) + 1):\n    for chosen in combinations(members, size):\n"
    "        count += min(members) in chosen and max(members) in chosen\nprint(count)",
    en=Telling(
        questions=(
            "Let $A$ be the set of multiples of {step} from {low} to {high}. How many subsets of $A$ contain both its "
            "least and its greatest element?",
            "$A = \\{{x \\in \\mathbb{{Z}} : {low} \\le x \\le {high}, \\ {step} \\mid x\\}}$. Count the subsets of "
            "$A$ to which both $\\min A$ and $\\max A$ belong.",
            "The numbers between {low} and {high} inclusive that are divisible by {step} form a set $A$. "
            "In how many subsets of $A$ do we find the smallest as well as the largest number of $A$?",
        ),
        plans=(
            "I list the set and go through all its subsets.",
            "The set is small: enumerating its subsets is enough.",
        ),
        cot="The elements of $A$ run from ${least}$ to ${greatest}$ in steps of ${step}$, so $A$ has ${size}$ "
        "elements. The two at the ends must be taken. Each of the other ${free}$ may be taken or not, "
        "which gives $2^{{{free}}} = {answer}$ subsets.",
    ),
    zh=Telling(
        questions=(
            "设$A$是从{low}到{high}（含两端）中{step}的倍数组成的集合，"
            "$A$的子集中同时含有最小元素和最大元素的有多少个？",
            "集合$A = \\{{x \\in \\mathbf{{Z}} \\mid {low} \\le x \\le {high}\\text{{，}}x\\text{{能被}}{step}"
            "\\text{{整除}}\\}}$，求$A$的子集里既含$A$的最小数又含最大数的个数。",
            "在{low}至{high}之间（含两端），被{step}整除的数构成集合$A$。若$B \\subseteq A$，"
            "且$A$中最小与最大的数都在$B$中，这样的$B$有几个？",
        ),
        plans=("列出集合的元素，枚举它的全部子集。", "集合不大，逐个检查子集即可。"),
        cot="$A$的元素从${least}$到${greatest}$，相邻两数差${step}$，共${size}$个。最小、最大两个元素必须选，"
        "其余${free}$个元素可选可不选，因此共有$2^{{{free}}} = {answer}$个。",
    ),
)


def _sufficient(rng: Random) -> Numbers:
    p = rng.randint(-25, 15)
    return {"p": p, "q": p + rng.randint(3, 30), "c": rng.randint(-15, 15)}


SUFFICIENT = Template(
    "senior-sufficient-condition",
    "senior/sets-logic",
    draw=_sufficient,
    work=lambda v: {
        "left": abs(v["p"] - v["c"]),
        "right": abs(v["q"] - v["c"]),
        "answer": max(abs(v["p"] - v["c"]), abs(v["q"] - v["c"])),
    },
    forms=lambda v: {
        "f": polynomial((1, -v["p"] - v["q"], v["p"] * v["q"])),
        "shift": polynomial((1, -v["c"])),
        "shift_code": expression((1, -v["c"])),
        "f_code": expression((1, -v["p"] - v["q"], v["p"] * v["q"])),
    },
    code="solutions = [x for x in range(-300, 301) if {f_code} <= 0]\nm = 0\n"
    "while not all(abs({shift_code}) <= m for x in solutions):\n    m += 1\nprint(m)",
    en=Telling(
        questions=(
            "The condition ${f} \\le 0$ is sufficient for $|{shift}| \\le m$. What is the least possible $m$?",
            "Find the smallest number $m$ such that ${f} \\le 0$ implies $|{shift}| \\le m$.",
            "Let $p$: ${f} \\le 0$ and $q$: $|{shift}| \\le m$. If $p$ is a sufficient condition for $q$, "
            "how small can $m$ be?",
        ),
        plans=(
            "The ends of the solution set are whole, so I raise $m$ until every whole solution satisfies it.",
            "I list the solutions of the first inequality and look for the least $m$ that covers them.",
        ),
        cot="The first inequality holds exactly for ${p} \\le x \\le {q}$. It implies the second one if the whole "
        "interval satisfies it, and $|{shift}|$ is greatest at an end. At $x = {p}$ it is ${left}$, at $x = {q}$ it is "
        "${right}$. So the least $m$ is ${answer}$.",
    ),
    zh=Telling(
        questions=(
            "若“${f} \\le 0$”是“$|{shift}| \\le m$”的充分条件，求实数$m$的最小值。",
            "已知命题$p$：${f} \\le 0$，命题$q$：$|{shift}| \\le m$。如果由$p$能推出$q$，那么$m$最小是多少？",
            "要使不等式${f} \\le 0$的每个解都满足$|{shift}| \\le m$，$m$至少取多少？",
        ),
        plans=(
            "解集端点是整数，让$m$从零增大，直到所有整数解都满足。",
            "列出第一个不等式的整数解，找能覆盖它们的最小$m$。",
        ),
        cot="由${f} \\le 0$得${p} \\le x \\le {q}$。充分条件要求整个区间都满足$|{shift}| \\le m$，"
        "而$|{shift}|$在端点处最大：$x = {p}$时为${left}$，$x = {q}$时为${right}$。所以$m$的最小值是${answer}$。",
    ),
)

TEMPLATES = (SURVEY, MEET, SUBSETS, SUFFICIENT)
