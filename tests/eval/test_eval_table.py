"""The paper's table with our rows: where they stand, what they say of themselves, and the three formats."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from raymath.config import Settings, validate
from raymath.eval.paper import row
from raymath.eval.results import Cell
from raymath.eval.statistics import wilson
from raymath.eval.table import Row, build, latex, markdown, to_csv

RL = "deepseek-ai/deepseek-math-7b-rl"
ADAPTERS = {name: {"adapter": name} for name in ("gsm8k", "math", "math500", "cmath")}


def cell(model: str = RL, benchmark: str = "gsm8k", mode: Any = "cot", n: int = 1319, correct: int = 1161) -> Cell:
    return Cell(model, benchmark, mode, n, correct, correct, 0, 0, 0, wilson(correct, n), 100.0, 1, None, 0.0, 0.0)


def as_published(**more: Any) -> Settings:
    asked = {"protocol": "deepseek", "max_tokens": 1024, "benchmarks": ADAPTERS} | more
    return validate({"eval": asked}, "test")


def ours(rows: tuple[Row, ...]) -> list[Row]:
    return [one for one in rows if one.ours]


def test_our_row_stands_under_the_published_one_with_its_difference() -> None:
    rows = build([cell(), cell(mode="tir", benchmark="math", n=5000, correct=2900)], as_published())
    assert len(rows) == 26 + 2
    for at, one in enumerate(rows):
        if one.ours:
            assert (rows[at - 1].model, rows[at - 1].mode) == ("DeepSeekMath-RL", one.mode)
    cot, tir = ours(rows)
    assert cot.entries["gsm8k"].delta == pytest.approx(100 * 1161 / 1319 - 88.2)
    assert cot.entries["gsm8k"].notes == ()
    assert cot.entries["gsm8k"].interval == tuple(100 * one for one in wilson(1161, 1319))
    assert tir.entries["math"].delta == pytest.approx(58.0 - 58.8)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"max_tokens": 512}, "max_tokens 512, published 1024"),
        ({"protocol": "raymath"}, "tool loop raymath, published deepseek"),
        ({}, None),
    ],
)
def test_a_number_measured_otherwise_says_so(changed: dict[str, Any], note: str | None) -> None:
    (one,) = ours(build([cell(mode="tir")], as_published(**changed)))
    assert one.entries["gsm8k"].notes == ((note,) if note else ())


def test_a_subset_and_an_unverified_prompt_say_so() -> None:
    (one,) = ours(build([cell(n=100, correct=80)], as_published()))
    assert one.entries["gsm8k"].notes == ("100 of 1319 items",)
    (glm,) = ours(build([cell("GLM-4")], as_published()))
    assert glm.entries["gsm8k"].notes[0].startswith("unverified: ")


def test_math_500_is_never_in_the_math_column() -> None:
    assert not ours(build([cell(benchmark="math500", n=500, correct=250)], as_published()))
    misnamed = as_published(benchmarks={"math": {"adapter": "math500"}})
    assert not ours(build([cell(benchmark="math", n=500, correct=250)], misnamed))


def test_a_model_of_ones_own_ends_its_mode_without_a_difference() -> None:
    rows = build([cell("mine|x", mode="pot")], as_published())
    (one,) = ours(rows)
    assert (rows[-1], one.mode, one.entries["gsm8k"].delta) == (one, "tir", None)


def test_mammoths_row_is_of_its_programs() -> None:
    cells = [cell("TIGER-Lab/MAmmoTH-70B", mode=mode, correct=n) for mode, n in (("tir", 100), ("pot", 1000))]
    rows = build(cells, as_published())
    (one,) = ours(rows)
    reference = row("MAmmoTH", "tir")
    assert reference is not None
    assert one.entries["gsm8k"].value == pytest.approx(100 * 1000 / 1319)
    assert one.entries["gsm8k"].delta == pytest.approx(100 * 1000 / 1319 - reference.scores["gsm8k"])


def test_the_three_formats() -> None:
    rows = build([cell(n=100, correct=88), cell("a_b&c|d", "cmath", n=1098, correct=549)], as_published())
    page = "\n".join(markdown(rows))
    assert f"| **{RL}**, ours | 7B | 88.0 [80.2, 93.0] -0.2 (1) | – | – | – |" in page
    assert "(1) 100 of 1319 items." in page
    assert "| **a_b&c\\|d**, ours |  | – | – | – | 50.0 [47.0, 53.0] |" in page
    assert "| GPT-4 |  | 92.0 | 52.9 | – | 86.0 |" in page
    assert "Gemini Ultra: gsm8k is maj@32." in page
    lines = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert len(lines) == 73 + 2
    (mine,) = [line for line in lines if line["source"] == "ours" and line["benchmark"] == "gsm8k"]
    assert (mine["percent"], mine["n"], mine["delta"], mine["differs"]) == (
        "88.00",
        "100",
        "-0.20",
        "100 of 1319 items",
    )
    tex = latex(rows)
    assert "\\textcolor{gray}{88.0 {\\scriptsize [80.2, 93.0]}}" in tex
    assert "\\textbf{a\\_b\\&c|d} &  & -- & -- & -- & 50.0 {" in tex
    assert tex.count("\\multicolumn") == 2
