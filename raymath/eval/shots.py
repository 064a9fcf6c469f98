"""Solved examples that go before a question, for models published as base models.

    message = with_shots("What is 1+1?", "gsm8k", "en", 8, "cot")

The questions are from the training sets of GSM8K and MATH and from CMATH's development set (MIT, MIT, CC-BY-4.0; each
row names its own); the solutions were written for raymath. None is in a benchmark. The form is that of the ``plain``
template, whose prompt the result completes: ``Question: … Answer: …``, a blank line between. With tools the solution is
a program, what it prints, and the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from raymath.prompts import render_solution
from raymath.records import Language, Mode, Segment


def with_shots(message: str, benchmark: str, language: Language, count: int, mode: Mode = "cot") -> str:
    """The message after `count` solved examples: half as many on MATH, as is usual; as many as there are.

    Args:
        message: the question, for the ``plain`` template.
        benchmark: its name: those that begin with ``math`` get MATH's examples.
        language: Chinese questions get Chinese examples.
        count: on grade-school problems; 0 leaves the message as it is.
        mode: whose solutions are shown.
    """
    if not count:
        return message
    of_math = language == "en" and benchmark.startswith("math")
    found = shots("zh" if language == "zh" else "math" if of_math else "gsm8k", mode)
    return (
        "".join(
            f"{question}\n\nAnswer: {solution}\n\nQuestion: "
            for question, solution in found[: count // 2 if of_math else count]
        )
        + message
    )


@cache
def shots(name: str, mode: Mode = "cot") -> tuple[tuple[str, str], ...]:
    """(question, solution) of a set, gsm8k, math or zh, as a mode writes it."""
    text = resources.files("raymath.eval").joinpath("shots.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.split("\n") if line]
    return tuple((row["question"], _solution(row, mode)) for row in rows if row["set"] == name)


def _solution(row: Mapping[str, str], mode: Mode) -> str:
    if mode == "cot":
        return row["solution"]
    # A fence has to begin a line, and "Answer:" stands in this one.
    lead = "用程序来计算。" if row["set"] == "zh" else "A program finds it."
    parts = [("text", lead), ("code", row["program"]), ("output", row["output"])]
    parts += [("text", row["conclusion"])] if mode == "tir" else []
    pieces = render_solution(Segment.model_validate({"kind": kind, "text": text}) for kind, text in parts)
    return "".join(piece.text for piece in pieces).strip()
