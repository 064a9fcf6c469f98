"""The 76 K-12 sub-topics that Chinese examples are sorted into, from primary school to senior high school.

    BY_ID["junior/linear-equations"].zh      # 一元一次方程

The paper says that its Chinese problems span 76 sub-topics and names one, linear equations; the others are ours, cut
along the units of the Chinese curriculum so that the labels of public sources map onto them. How an example gets its
sub-topic is left to `labels`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from raymath.records import Subject

Stage = Literal["primary", "junior", "senior"]


class Topic(NamedTuple):
    """A sub-topic: its id (``stage/name``), its Chinese and English names, the field of mathematics."""

    id: str
    zh: str
    en: str
    subject: Subject

    @property
    def stage(self) -> Stage:
        """The school stage it is taught in."""
        return self.id.partition("/")[0]  # type: ignore[return-value]  # every id begins with one


TOPICS: tuple[Topic, ...] = (
    Topic("primary/numbers", "数的认识", "reading, comparing and rounding numbers", "arithmetic"),
    Topic("primary/whole-numbers", "整数的四则运算", "operations on whole numbers", "arithmetic"),
    Topic("primary/whole-number-problems", "整数应用题", "word problems with whole numbers", "arithmetic"),
    Topic("primary/clever-calculation", "简便运算与定义新运算", "clever calculation and new operations", "arithmetic"),
    Topic("primary/decimals", "小数的运算", "decimals", "arithmetic"),
    Topic("primary/fractions", "分数的认识与运算", "fractions", "arithmetic"),
    Topic("primary/fraction-problems", "分数应用题", "word problems with fractions", "arithmetic"),
    Topic("primary/percentages", "百分数应用题", "percentages", "arithmetic"),
    Topic("primary/interest-tax", "利息与纳税", "interest and tax", "arithmetic"),
    Topic("primary/ratio-proportion", "比和比例", "ratio and proportion", "arithmetic"),
    Topic("primary/factors-multiples", "因数与倍数", "factors and multiples", "number theory"),
    Topic("primary/remainders-cycles", "余数与周期", "remainders and cycles", "number theory"),
    Topic("primary/units", "量与单位换算", "quantities and units", "arithmetic"),
    Topic("primary/time-calendar", "时间与日历", "time and calendar", "arithmetic"),
    Topic("primary/shopping", "购物与价格", "shopping and prices", "arithmetic"),
    Topic("primary/averages-charts", "平均数与统计图表", "averages, tables and charts", "other"),
    Topic("primary/sum-difference-multiple", "和差倍问题", "sums, differences and multiples", "arithmetic"),
    Topic("primary/ages", "年龄问题", "ages", "arithmetic"),
    Topic("primary/planting", "植树与间隔问题", "planting trees and intervals", "arithmetic"),
    Topic("primary/chicken-rabbit", "鸡兔同笼", "chickens and rabbits in one cage", "arithmetic"),
    Topic("primary/surplus-deficit", "盈亏问题", "surplus and deficit", "arithmetic"),
    Topic("primary/unit-rate", "归一与归总问题", "unit rates", "arithmetic"),
    Topic("primary/travel", "行程问题", "distance, speed and time", "arithmetic"),
    Topic("primary/work", "工程问题", "work done together", "arithmetic"),
    Topic("primary/perimeter", "周长", "perimeter", "geometry"),
    Topic("primary/area", "平面图形的面积", "area of plane figures", "geometry"),
    Topic("primary/circle", "圆的周长与面积", "circumference and area of a circle", "geometry"),
    Topic("primary/volume", "立体图形的表面积与体积", "surface and volume of solids", "geometry"),
    Topic("primary/simple-equations", "用字母表示数与简易方程", "letters for numbers, simple equations", "algebra"),
    Topic("primary/enumeration", "枚举、搭配与逻辑推理", "listing, combining and reasoning", "counting"),
    Topic("junior/rational-numbers", "有理数与绝对值", "rational numbers and absolute value", "arithmetic"),
    Topic("junior/roots", "实数与二次根式", "real numbers and square roots", "algebra"),
    Topic("junior/expressions", "整式的运算", "polynomial expressions", "algebra"),
    Topic("junior/factorisation", "乘法公式与因式分解", "product formulas and factorisation", "algebra"),
    Topic("junior/algebraic-fractions", "分式", "algebraic fractions", "algebra"),
    Topic("junior/linear-equations", "一元一次方程", "linear equations", "algebra"),
    Topic("junior/linear-equation-problems", "一元一次方程的应用", "word problems with linear equations", "algebra"),
    Topic("junior/linear-systems", "二元一次方程组", "systems of linear equations", "algebra"),
    Topic("junior/quadratic-equations", "一元二次方程", "quadratic equations", "algebra"),
    Topic("junior/quadratic-problems", "一元二次方程的应用", "word problems with quadratic equations", "algebra"),
    Topic("junior/fractional-equations", "分式方程", "fractional equations", "algebra"),
    Topic("junior/linear-inequalities", "一元一次不等式(组)", "linear inequalities", "algebra"),
    Topic("junior/coordinates", "平面直角坐标系", "coordinates in the plane", "geometry"),
    Topic("junior/linear-functions", "一次函数", "linear functions", "algebra"),
    Topic("junior/inverse-proportion", "反比例函数", "inverse proportion", "algebra"),
    Topic("junior/quadratic-functions", "二次函数", "quadratic functions", "algebra"),
    Topic("junior/angles", "相交线、平行线与角", "angles and parallel lines", "geometry"),
    Topic("junior/triangles", "三角形与全等", "triangles and congruence", "geometry"),
    Topic("junior/pythagoras", "勾股定理", "the Pythagorean theorem", "geometry"),
    Topic("junior/quadrilaterals", "四边形与多边形", "quadrilaterals and polygons", "geometry"),
    Topic("junior/similarity", "相似与比例线段", "similarity", "geometry"),
    Topic("junior/right-triangles", "锐角三角函数", "trigonometry of right triangles", "geometry"),
    Topic("junior/circles", "圆的性质与扇形", "properties of circles, sectors", "geometry"),
    Topic("junior/statistics", "数据的分析", "mean, median, mode and variance", "other"),
    Topic("junior/probability", "概率初步", "first steps in probability", "probability"),
    Topic("senior/sets-logic", "集合与常用逻辑用语", "sets and logic", "other"),
    Topic("senior/functions", "函数的概念与性质", "functions and their properties", "algebra"),
    Topic("senior/exponentials-logarithms", "指数函数与对数函数", "exponentials and logarithms", "algebra"),
    Topic("senior/trigonometric-functions", "三角函数的图象与性质", "trigonometric functions", "algebra"),
    Topic("senior/trigonometric-identities", "三角恒等变换", "trigonometric identities", "algebra"),
    Topic("senior/solving-triangles", "解三角形", "laws of sines and cosines", "geometry"),
    Topic("senior/arithmetic-sequences", "等差数列", "arithmetic sequences", "algebra"),
    Topic("senior/geometric-sequences", "等比数列", "geometric sequences", "algebra"),
    Topic("senior/recurrences", "递推数列与数列求和", "recurrences and sums of sequences", "algebra"),
    Topic("senior/inequalities", "不等式与最值", "inequalities and extreme values", "algebra"),
    Topic("senior/vectors", "平面向量", "plane vectors", "geometry"),
    Topic("senior/complex-numbers", "复数", "complex numbers", "algebra"),
    Topic("senior/solid-geometry", "立体几何", "solid geometry", "geometry"),
    Topic("senior/lines-circles", "直线与圆的方程", "equations of lines and circles", "geometry"),
    Topic("senior/conics", "圆锥曲线", "conic sections", "geometry"),
    Topic("senior/derivatives", "导数及其应用", "derivatives and their uses", "calculus"),
    Topic("senior/counting", "计数原理与排列组合", "counting, permutations and combinations", "counting"),
    Topic("senior/binomial-theorem", "二项式定理", "the binomial theorem", "counting"),
    Topic("senior/random-variables", "概率与随机变量", "probability and random variables", "probability"),
    Topic("senior/statistics", "统计与回归", "statistics and regression", "other"),
    Topic("senior/number-theory", "初等数论", "elementary number theory", "number theory"),
)
BY_ID: dict[str, Topic] = {topic.id: topic for topic in TOPICS}
#: What an example's topic is where no label and no rule says.
UNKNOWN = "unknown"
