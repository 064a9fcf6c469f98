"""The paper's table: the published scores of 22 models in 26 rows, as data.

    row("DeepSeekMath-Instruct", "tir").scores["math"]     # 57.4

Percentages, Top-1 unless the row's note says otherwise. The file beside this module is the only copy. How raymath asks
each of these models is in `raymath.presets`; the table with rows of our own is made by `raymath.eval.table`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

from raymath.records import Mode

#: The table's columns in their order, by the names that benchmarks have in raymath.
COLUMNS: Mapping[str, str] = {"gsm8k": "GSM8K", "math": "MATH", "mgsm_zh": "MGSM-zh", "cmath": "CMATH"}
#: Items of each benchmark: a published number is over all of them.
ITEMS: Mapping[str, int] = {"gsm8k": 1319, "math": 5000, "mgsm_zh": 250, "cmath": 1098}

Group = Literal["closed", "open", "ours"]


@dataclass(frozen=True)
class Published:
    """One row. ``scores`` are percentages by benchmark, without those that were not published."""

    mode: Mode
    group: Group
    model: str
    size: str
    scores: Mapping[str, float]
    note: str = ""


@cache
def published() -> tuple[Published, ...]:
    """All 26 rows in the paper's order: closed, open and DeepSeek's own, without tools and then with."""
    text = resources.files("raymath.eval").joinpath("published_scores.csv").read_text(encoding="utf-8")
    return tuple(
        Published(
            mode=cast(Mode, line["mode"]),
            group=cast(Group, line["group"]),
            model=line["model"],
            size=line["size"],
            scores={name: float(line[name]) for name in COLUMNS if line[name]},
            note=line["note"],
        )
        for line in csv.DictReader(text.splitlines())
    )


def row(model: str, mode: Mode) -> Published | None:
    """The published row of a model in a mode, by the table's name of it; None where there is none."""
    return next((one for one in published() if (one.model, one.mode) == (model, mode)), None)
