"""Templates of coordinates in the plane.

from raymath.data.synthesis.junior.coordinates import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

from raymath.data.synthesis.draws import nonzero
from raymath.data.synthesis.junior.notation import terms
from raymath.data.synthesis.latex import signed
from raymath.data.synthesis.template import Numbers, Telling, Template, Value


def _triangle(rng: Random) -> Numbers:
    x, y = rng.randint(-9, 5), rng.randint(-9, 5)
    r, q = rng.randint(1, 8), rng.randint(1, 8)
    # A is the lower left corner of the box around the triangle; B is on its right side, C on its upper side
    return {
        "ax": x,
        "ay": y,
        "bx": x + r + rng.randint(1, 9),
        "by": y + q,
        "cx": x + r,
        "cy": y + q + rng.randint(1, 9),
    }


def _triangle_work(v: Numbers) -> Mapping[str, Value]:
    width, height = v["bx"] - v["ax"], v["cy"] - v["ay"]
    q, r = v["by"] - v["ay"], v["cx"] - v["ax"]
    corners = [Decimal(n) / 2 for n in (width * q, r * height, (width - r) * (height - q))]
    return {
        "width": width,
        "height": height,
        "box": width * height,
        "one": corners[0],
        "two": corners[1],
        "three": corners[2],
        "answer": Decimal(width * height) - sum(corners),
    }


TRIANGLE = Template(
    "junior-triangle-in-a-box",
    "junior/coordinates",
    draw=_triangle,
    work=_triangle_work,
    code="""\
points = [({ax}, {ay}), ({bx}, {by}), ({cx}, {cy})]
twice = 0
for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
    twice += x1 * y2 - x2 * y1
print(f"{{abs(twice) / 2:g}}")""",
    en=Telling(
        questions=(
            "Find the area of the triangle with corners $A({ax}, {ay})$, $B({bx}, {by})$ and $C({cx}, {cy})$.",
            "What area does triangle $ABC$ have if $B$ is $({bx}, {by})$, $C$ is $({cx}, {cy})$ and $A$ is "
            "$({ax}, {ay})$?",
            "The points $({cx}, {cy})$, $({ax}, {ay})$ and $({bx}, {by})$ are joined to a triangle. Compute its area.",
        ),
        plans=(
            "I go round the corners and add up cross products; half the sum is the area.",
            "The shoelace sum over the three corners gives twice the area.",
        ),
        cot=r"The box with sides parallel to the axes around the triangle measures ${width} \times {height} = {box}$. "
        "Three right triangles lie between box and triangle, with areas {one}, {two} and {three}. "
        "So the area is ${box} - {one} - {two} - {three} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "三角形的顶点为 $A({ax}, {ay})$，$B({bx}, {by})$，$C({cx}, {cy})$，求它的面积。",
            "已知 $B({bx}, {by})$、$C({cx}, {cy})$、$A({ax}, {ay})$ 三点，以它们为顶点的三角形有多大面积？",
            "坐标平面内顺次连接 $({cx}, {cy})$、$({ax}, {ay})$、$({bx}, {by})$ 得到一个三角形，它的面积等于几？",
        ),
        plans=("依次取相邻两顶点做叉积求和，取一半。", "用鞋带公式计算面积。"),
        cot=r"过三点作边与坐标轴平行的外接长方形，面积为 ${width} \times {height} = {box}$。"
        "它减去周围三个直角三角形（面积分别为 {one}、{two}、{three}）就是所求面积，"
        "即 ${box} - {one} - {two} - {three} = {answer}$。",
    ),
)


def _mirror(rng: Random) -> Numbers:
    p, q = rng.randint(2, 5), rng.randint(2, 5)
    m, n, a, d = (nonzero(rng, 12) for _ in range(4))
    return {"p": p, "a": a, "b": -(q * n + d), "c": -(p * m + a), "q": q, "d": d}


def _mirror_work(v: Numbers) -> Mapping[str, Value]:
    m, n = (-v["c"] - v["a"]) // v["p"], (-v["b"] - v["d"]) // v["q"]
    first, second = terms((v["p"], "m"), (v["a"], "")), terms((v["q"], "n"), (v["d"], ""))
    return {
        "first": first,
        "second": second,
        "one": f"{first} = {-v['c']}",
        "two": f"{second} = {-v['b']}",
        "m": m,
        "n": n,
        "sum": f"{m} {signed(n)}",
        "answer": m + n,
    }


MIRROR = Template(
    "junior-symmetric-about-origin",
    "junior/coordinates",
    draw=_mirror,
    work=_mirror_work,
    code="""\
for m in range(-30, 31):
    for n in range(-30, 31):
        p = ({p} * m + ({a}), {b})
        q = ({c}, {q} * n + ({d}))
        # symmetric about the origin: the midpoint is the origin
        if p[0] + q[0] == 0 and p[1] + q[1] == 0:
            print(m + n)""",
    en=Telling(
        questions=(
            "The points $P({first}, {b})$ and $Q({c}, {second})$ are symmetric about the origin. Find $m + n$.",
            "A half turn about the origin takes $P({first}, {b})$ to $Q({c}, {second})$. What is $m + n$?",
            "What is the sum of $m$ and $n$ if the origin is the midpoint between $({first}, {b})$ and "
            "$({c}, {second})$?",
        ),
        plans=(
            "I look for $m$ and $n$ whose points have the origin as their midpoint.",
            "A search over integers checks both coordinates.",
        ),
        cot="Points symmetric about the origin have opposite coordinates, so ${one}$ and ${two}$. "
        "Hence $m = {m}$ and $n = {n}$, and $m + n = {sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "点 $P({first}, {b})$ 与点 $Q({c}, {second})$ 关于原点对称，求 $m + n$ 的值。",
            "把 $P({first}, {b})$ 绕原点旋转 $180^\\circ$ 得到 $Q({c}, {second})$，则 $m + n$ 是多少？",
            "若原点是 $({first}, {b})$ 与 $({c}, {second})$ 连线的中点，$m$ 与 $n$ 的和等于几？",
        ),
        plans=("搜索整数 $m$、$n$，使两点的中点是原点。", "枚举并检验两个坐标是否互为相反数。"),
        cot="关于原点对称的两点坐标互为相反数，所以 ${one}$，${two}$。解得 $m = {m}$，$n = {n}$，"
        "于是 $m + n = {sum} = {answer}$。",
    ),
)


def _walk(rng: Random) -> Numbers:
    p, r = rng.sample(range(2, 14), 2)
    q, s = rng.sample(range(2, 14), 2)
    return {"x": nonzero(rng, 9), "y": nonzero(rng, 9), "p": p, "q": q, "r": r, "s": s, "n": rng.randint(30, 400)}


def _walk_work(v: Numbers) -> Mapping[str, Value]:
    rounds, left = divmod(v["n"], 4)
    moves = [(v["p"], 0), (0, v["q"]), (-v["r"], 0), (0, -v["s"])]
    dx, dy = v["p"] - v["r"], v["q"] - v["s"]
    ex, ey = sum(x for x, _ in moves[:left]), sum(y for _, y in moves[:left])
    x, y = v["x"] + rounds * dx + ex, v["y"] + rounds * dy + ey
    return {
        "rounds": rounds,
        "left": left,
        "first": 4 * rounds,
        "dx": dx,
        "dy": dy,
        "ex": ex,
        "ey": ey,
        "to_x": f"{v['x']} {signed(rounds * dx)} {signed(ex)} = {x}",
        "to_y": f"{v['y']} {signed(rounds * dy)} {signed(ey)} = {y}",
        "sum": f"{x} {signed(y)}",
        "answer": x + y,
    }


WALK = Template(
    "junior-walk-in-rounds",
    "junior/coordinates",
    draw=_walk,
    work=_walk_work,
    code="""\
x, y = {x}, {y}
moves = [({p}, 0), (0, {q}), (-{r}, 0), (0, -{s})]
for step in range({n}):
    dx, dy = moves[step % 4]
    x += dx
    y += dy
print(x + y)""",
    en=Telling(
        questions=(
            "A point starts at $({x}, {y})$ and repeats four moves in this order: {p} to the right, {q} up, {r} to the "
            "left, {s} down. What is the sum of its coordinates after {n} moves?",
            "From $({x}, {y})$ a robot goes {p} units right, {q} up, {r} left, {s} down, and then starts this round "
            "again. After exactly {n} moves it is at $(u, v)$. Find $u + v$.",
            "Moves of {p} right, {q} up, {r} left and {s} down are carried out in turn, {n} moves in all, beginning "
            "at $({x}, {y})$. Add the two coordinates of the final position. What do you get?",
        ),
        plans=("I simulate the moves one after another.", "A loop carries the point through all {n} moves."),
        cot="One round of four moves shifts the point by $({dx}, {dy})$. "
        r"The {n} moves are {rounds} rounds, ${rounds} \times 4 = {first}$, with {left} left over, "
        "which add $({ex}, {ey})$. So the coordinates are ${to_x}$ and ${to_y}$. Their sum is ${sum} = {answer}$.",
    ),
    zh=Telling(
        questions=(
            "一个动点从 $({x}, {y})$ 出发，按“右{p}、上{q}、左{r}、下{s}”的顺序循环移动（单位长度），"
            "移动{n}次后，横、纵坐标之和是多少？",
            "机器人位于 $({x}, {y})$，每轮依次向右走{p}、向上走{q}、向左走{r}、向下走{s}个单位，周而复始。"
            "走完第{n}步时它在 $(u, v)$，求 $u + v$。",
            "从 $({x}, {y})$ 起，依次向右平移{p}、向上平移{q}、向左平移{r}、向下平移{s}个单位，如此反复共平移{n}次，"
            "求终点两个坐标的和。",
        ),
        plans=("逐步模拟每一次移动。", "用循环让点走完 {n} 步。"),
        cot=r"每4次移动为一轮，一轮的位移是 $({dx}, {dy})$。{n} 次移动包含 {rounds} "
        r"轮（${rounds} \times 4 = {first}$），"
        "还余 {left} 次，余下的位移是 $({ex}, {ey})$。终点坐标为 ${to_x}$ 和 ${to_y}$，和为 ${sum} = {answer}$。",
    ),
)

TEMPLATES = (TRIANGLE, MIRROR, WALK)
