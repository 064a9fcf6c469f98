"""Units of a text: what counts when two problems are compared, and what does not."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from raymath.data import wording
from raymath.data.wording import units


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann has $1{,}500$; how many?", "ANN HAS 1,500 -- how many ?".replace("--", "")),
        (r"Let $\dfrac{1}{2} \cdot x \leq 30^\circ$.", r"let \(\frac12 * x ≤ 30°\)".replace(r"\frac12", "1/2")),
        ("１艘轮船，顺水（５）小时", "1艘轮船 顺水5小时"),
        ("一艘轮船航行于Ａ、Ｂ两个码头", "1艘轮船航行于A,B2个码头"),
        ("三百二十五米", "325米"),
        ("876 × 543 = ?", "876*543"),
        ("Two plums cost 3.50", "2 plums cost 3.5"),
        ("the child 's ticket .", "The child's ticket"),
        (r"若 $3 a - 4$ 的值是 \uline{~~~~}", "若3a-4的值是 uline"),
    ],
)
def test_ways_of_writing_do_not_count(one: str, other: str) -> None:
    assert units(one) == units(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("3 + 4", "3 - 4"), ("5!", "5"), ("x^2", "x2"), ("12.5", "125"), ("1.05", "1.5"), ("How many?", "How much?")],
)
def test_what_means_something_else_stays_something_else(one: str, other: str) -> None:
    assert units(one) != units(other)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一", 1),
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("三百零五", 305),
        ("两千", 2000),
        ("十二万三千", 123000),
        ("二零", 20),
    ],
)
def test_chinese_numbers(text: str, value: int) -> None:
    assert wording.han_number(text) == value


def test_a_thousand_in_a_unit_is_no_number() -> None:
    assert units("5千米") == ("5", "千", "米")


def test_numbers_leave_out_ones_which_are_articles_in_chinese() -> None:
    assert wording.numbers(units("一个数的3倍是12")) == ("12", "3")
    assert wording.masked(units("3 apples at 1.5")) == ("#", "apples", "at", "#")


def test_shown_reads_as_text() -> None:
    assert wording.shown(units("长方形的长是 8 cm")) == "长方形的长是 8 cm"


def test_drawings_are_no_wording() -> None:
    assert wording.without_figures("Find x. [asy]\ndraw((0,0));\n[/asy] Now.").split() == ["Find", "x.", "Now."]
    assert "draw" not in wording.without_figures("Find x. [asy] draw((0,0));")


def test_windows_are_runs_in_order() -> None:
    found = units("a b c d e f")
    assert len(wording.windows(found, 5)) == 2
    assert len(wording.windows(found[:3], 5)) == 1
    assert len(wording.windows((), 5)) == 0
    assert not np.intersect1d(wording.windows(found, 2), wording.windows(found[::-1], 2)).size
    assert (wording.windows(("x", *found), 3)[1:] == wording.windows(found, 3)).all()


def test_hashes_are_the_same_in_every_process() -> None:
    script = "from raymath.data.wording import *; print(windows(units('甲有 12 apples in a bag'), 3).tolist())"
    printed = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    assert printed == {f"{wording.windows(units('甲有 12 apples in a bag'), 3).tolist()}\n"}
