"""Templates of statistics: regression lines, joint variance of two groups, medians from grouped data.

from raymath.data.synthesis.senior.statistics import TEMPLATES
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

from raymath.data.synthesis.latex import fraction
from raymath.data.synthesis.template import Numbers, Telling, Template, Value, scenes


def decimal(value: Fraction) -> Decimal:
    """A fraction whose denominator divides a power of ten, exactly."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def _regression(rng: Random) -> Numbers:
    start, slope = rng.randint(10, 60), rng.randint(2, 9)
    values = {f"y{i}": start + slope * i + rng.randint(-4, 4) for i in range(1, 6)}
    return {**values, "x": rng.randint(6, 12)}


def _regression_work(v: Numbers) -> Mapping[str, Value]:
    ys = [v[f"y{i}"] for i in range(1, 6)]
    mean = Fraction(sum(ys), 5)
    mixed = sum((i - 3) * y for i, y in enumerate(ys, 1))
    slope = Fraction(mixed, 10)
    intercept = mean - 3 * slope
    low = decimal(intercept)
    return {
        "mean": decimal(mean),
        "mixed": mixed,
        "slope": decimal(slope),
        "intercept": low,
        "line": f"{decimal(slope)}x {'+' if low >= 0 else '-'} {abs(low)}",
        "answer": decimal(slope * v["x"] + intercept),
    }


REGRESSION = Template(
    "senior-regression-forecast",
    "senior/statistics",
    draw=_regression,
    work=_regression_work,
    forms=lambda v: {"listed": ", ".join(f"({i}, {v[f'y{i}']})" for i in range(1, 6))},
    code="xs, ys = [1, 2, 3, 4, 5], [{y1}, {y2}, {y3}, {y4}, {y5}]\nn, sx, sy = 5, sum(xs), sum(ys)\n"
    "sxx, sxy = sum(x * x for x in xs), sum(x * y for x, y in zip(xs, ys))\n"
    "# normal equations by Cramer's rule, all in whole numbers\ndeterminant = n * sxx - sx * sx\n"
    "forecast = (sxx * sy - sx * sxy + (n * sxy - sx * sy) * {x}) / determinant\n"
    "print(f'{{forecast:.10f}}'.rstrip('0').rstrip('.'))",
    en=Telling(
        questions=(
            "In months 1 to 5 {thing} was {y1}, {y2}, {y3}, {y4} and {y5} {unit}. Use the least-squares line to "
            "forecast month {x}, in {unit}.",
            "Given the points ${listed}$, find the regression line $\\hat y = bx + a$ by least squares and give its "
            "value at $x = {x}$.",
            "The data $(x, y)$ are ${listed}$. Which value does the least-squares line predict for $x = {x}$?",
        ),
        plans=(
            "I solve the normal equations with whole numbers and evaluate the line.",
            "Cramer's rule on the normal equations gives the line and its value at {x}.",
        ),
        cot="The means are $\\bar x = 3$ and $\\bar y = {mean}$. With $x - \\bar x = -2, -1, 0, 1, 2$, "
        "$\\sum (x - \\bar x)y = {mixed}$ and $\\sum (x - \\bar x)^2 = 10$, so $b = {mixed} \\div 10 = {slope}$. "
        "Then $a = {mean} - 3 \\cdot {slope} = {intercept}$. The line is $\\hat y = {line}$, "
        "and at $x = {x}$ it gives ${answer}$.",
        scenes=scenes(
            "thing/unit",
            "the output of a plant/tonnes",
            "the turnover of a stall/hundred dollars",
            "the number of a library's visitors/hundred",
            "the height of a seedling/mm",
        ),
    ),
    zh=Telling(
        questions=(
            "{thing}在第1至5个月依次为{y1}、{y2}、{y3}、{y4}、{y5}（{unit}），用最小二乘法求回归直线，"
            "预测第{x}个月的数值（{unit}）。",
            "已知五个点${listed}$，求$y$关于$x$的线性回归方程$\\hat y = bx + a$，并计算$x = {x}$时的估计值。",
            "数据$(x, y)$为${listed}$，由最小二乘法得到的直线在$x = {x}$处的预测值是多少？",
        ),
        plans=("用整数解正规方程，再代入求值。", "对正规方程用克拉默法则，求直线在{x}处的值。"),
        cot="$\\bar x = 3$，$\\bar y = {mean}$。$x - \\bar x$依次为$-2, -1, 0, 1, 2$，于是$\\sum (x - \\bar x)y = "
        "{mixed}$，$\\sum (x - \\bar x)^2 = 10$，$b = {mixed} \\div 10 = {slope}$。又$a = {mean} - 3 \\cdot {slope} = "
        "{intercept}$，回归方程为$\\hat y = {line}$，当$x = {x}$时得${answer}$。",
        scenes=scenes("thing/unit", "某厂的产量/吨", "某店的营业额/百元", "图书馆的读者数/百人", "一株幼苗的高度/毫米"),
    ),
)


def _groups(rng: Random) -> Numbers:
    return {
        "m": rng.randint(5, 40),
        "n": rng.randint(5, 40),
        "x": rng.randint(60, 90),
        "y": rng.randint(60, 90),
        "s": rng.randint(10, 90),
        "t": rng.randint(10, 90),
    }


def _groups_work(v: Numbers) -> Mapping[str, Value]:
    m, n = v["m"], v["n"]
    mean = Fraction(m * v["x"] + n * v["y"], m + n)
    within = Fraction(m * v["s"] + n * v["t"], m + n)
    between = Fraction(m * n * (v["x"] - v["y"]) ** 2, (m + n) ** 2)
    return {
        "whole": m + n,
        "mean": fraction(mean),
        "within": fraction(within),
        "between": fraction(between),
        "value": fraction(within + between),
        "answer": within + between,
    }


GROUPS = Template(
    "senior-joint-variance",
    "senior/statistics",
    draw=_groups,
    work=_groups_work,
    code="from fractions import Fraction\n\nn = {m} + {n}\ntotal = {m} * {x} + {n} * {y}\n"
    "# mean of the squares less the square of the mean\nsquares = {m} * ({s} + {x} ** 2) + {n} * ({t} + {y} ** 2)\n"
    "print(Fraction(squares, n) - Fraction(total, n) ** 2)",
    en=Telling(
        questions=(
            "Class A has {m} pupils with mean {x} and variance {s} in a test, class B {n} pupils with mean {y} and "
            "variance {t}. Find the variance of all the marks together (divide by the number of pupils) as a fraction.",
            "A sample of {m} values has mean {x} and variance {s}; another of {n} values has mean {y} and variance "
            "{t}. What is the exact variance of the two samples put together, with division by the number of values?",
            "Two groups of sizes {m} and {n} have the averages {x} and {y} and the variances {s} and {t} (each "
            "divided by the size). Compute the variance of the union exactly.",
        ),
        plans=(
            "I use the mean of the squares less the square of the mean for all values together.",
            "Sums and sums of squares of both groups add up; from them the variance follows.",
        ),
        cot="The common mean is $\\frac{{{m} \\cdot {x} + {n} \\cdot {y}}}{{{whole}}} = {mean}$. The variance has "
        "two parts. Within the groups it is $\\frac{{{m} \\cdot {s} + {n} \\cdot {t}}}{{{whole}}} = {within}$. "
        "The distances of the group means from the common mean add "
        "$\\frac{{{m} \\cdot {n}}}{{{whole}^2}} ({x} - {y})^2 = {between}$. Together: ${value}$.",
    ),
    zh=Telling(
        questions=(
            "一次测验中，甲班{m}人平均分{x}、方差{s}，乙班{n}人平均分{y}、方差{t}，"
            "求两班全体成绩的方差（除以总人数）。",
            "一组{m}个数据的平均数为{x}、方差为{s}，另一组{n}个数据的平均数为{y}、方差为{t}，合并后数据的方差是多少？"
            "方差按除以数据个数计算，用最简分数表示。",
            "把两个样本合并：样本量{m}与{n}，均值{x}与{y}，方差{s}与{t}（均除以样本量），合并样本的方差等于几？",
        ),
        plans=("用平方的平均减去平均的平方。", "两组的和与平方和相加，再求总体方差。"),
        cot="总平均数为$\\frac{{{m} \\cdot {x} + {n} \\cdot {y}}}{{{whole}}} = {mean}$。方差由两部分组成：组内部分"
        "$\\frac{{{m} \\cdot {s} + {n} \\cdot {t}}}{{{whole}}} = {within}$；各组平均数偏离总平均数的部分"
        "$\\frac{{{m} \\cdot {n}}}{{{whole}^2}} ({x} - {y})^2 = {between}$。两者相加得${value}$。",
    ),
)


def _grouped(rng: Random) -> Numbers:
    counts = {f"f{i}": rng.randint(3, 24) for i in range(1, 6)}
    total = sum(counts.values())
    before = 0
    for i in range(1, 6):
        if before + counts[f"f{i}"] >= Fraction(total, 2):
            break
        before += counts[f"f{i}"]
    if total % 2 or before + counts[f"f{i}"] == total // 2:
        return _grouped(rng)
    return {"start": 10 * rng.randint(2, 9), "w": rng.choice((4, 5, 10, 20)), **counts}


def _grouped_work(v: Numbers) -> Mapping[str, Value]:
    counts = [v[f"f{i}"] for i in range(1, 6)]
    half = sum(counts) // 2
    place = next(i for i in range(5) if sum(counts[: i + 1]) >= half)
    before, low = sum(counts[:place]), v["start"] + place * v["w"]
    answer = low + Fraction((half - before) * v["w"], counts[place])
    return {
        "total": sum(counts),
        "half": half,
        "before": before,
        "low": low,
        "upper": low + v["w"],
        "count": counts[place],
        "missing": half - before,
        "value": fraction(answer),
        "answer": answer,
    }


GROUPED = Template(
    "senior-grouped-median",
    "senior/statistics",
    draw=_grouped,
    work=_grouped_work,
    forms=lambda v: {
        "classes": ", ".join(f"[{v['start'] + i * v['w']}, {v['start'] + (i + 1) * v['w']})" for i in range(5)),
        "counts": ", ".join(str(v[f"f{i}"]) for i in range(1, 6)),
    },
    code="from fractions import Fraction\n\ncounts = [{f1}, {f2}, {f3}, {f4}, {f5}]\nlevel = Fraction(sum(counts), 2)\n"
    "edge = Fraction({start})\n# walk up the histogram until half of the area is used\nfor count in counts:\n"
    "    if count >= level:\n        print(edge + level / count * {w})\n        break\n    level -= count\n    edge "
    "+= {w}",
    en=Telling(
        questions=(
            "A histogram has the classes ${classes}$ with the frequencies {counts}. Estimate the median by linear "
            "interpolation within its class; give an exact number.",
            "{what} of a sample fall into ${classes}$ with the counts {counts}. What is the median if the values are "
            "spread evenly in each class? Give it exactly.",
            "Frequencies of {counts} belong to the intervals ${classes}$ in this order. Find the exact point that "
            "splits the histogram's area into halves.",
        ),
        plans=(
            "I walk up the histogram until half of the frequency is used up.",
            "Class by class I subtract the frequencies from half of the total.",
        ),
        cot="The total is {total}, so half is {half}. Below {low} there are {before} values, and the class from "
        "{low} to {upper} has {count} more, so the median lies in it. It still needs ${half} - {before} = {missing}$ "
        "of these "
        "{count}. The median is ${low} + \\frac{{{missing}}}{{{count}}} \\cdot {w} = {value}$.",
        scenes=scenes("what", "The weights", "The waiting times", "The lengths", "The scores"),
    ),
    zh=Telling(
        questions=(
            "频数分布直方图的各组为${classes}$，频数依次是{counts}，假定组内均匀分布，估计中位数（写出精确值）。",
            "样本的{what}落在${classes}$中的个数依次为{counts}，按组内均匀分布计算，中位数是多少？结果用精确的数表示。",
            "区间${classes}$对应的频数为{counts}，求把直方图面积平分的那条竖线的横坐标。",
        ),
        plans=("沿直方图逐组累加，直到用完总频数的一半。", "从总数的一半中逐组减去频数。"),
        cot="总频数为{total}，一半是{half}。小于{low}的有{before}个，从{low}到{upper}的一组有{count}个，"
        "所以中位数在这一组。还差${half} - {before} = {missing}$个，中位数为${low} + \\frac{{{missing}}}{{{count}}} "
        "\\cdot {w} = "
        "{value}$。",
        scenes=scenes("what", "质量", "等候时间", "长度", "得分"),
    ),
)

TEMPLATES = (REGRESSION, GROUPS, GROUPED)
