"""Solved examples that go before a question, for models published as base models.

    message = with_shots("What is 1+1?", "gsm8k", "en", 8)

The questions are from the training sets of GSM8K and MATH and from CMATH's development set (MIT, MIT, CC-BY-4.0; each
row names its own); the solutions were written for raymath. None is in a benchmark. The form is that of the ``plain``
template, whose prompt the result completes: ``Question: … Answer: …``, a blank line between.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from raymath.records import Language


def with_shots(message: str, benchmark: str, language: Language, count: int) -> str:
    """The message after `count` solved examples: half as many on MATH, as is usual; as many as there are.

    Args:
        message: the question, for the ``plain`` template.
        benchmark: its name: those that begin with ``math`` get MATH's examples.
        language: Chinese questions get Chinese examples.
        count: on grade-school problems; 0 leaves the message as it is.
    """
    if not count:
        return message
    of_math = language == "en" and benchmark.startswith("math")
    found = shots("zh" if language == "zh" else "math" if of_math else "gsm8k")
    return (
        "".join(
            f"{question}\n\nAnswer: {solution}\n\nQuestion: "
            for question, solution in found[: count // 2 if of_math else count]
        )
        + message
    )


@cache
def shots(name: str) -> tuple[tuple[str, str], ...]:
    """(question, solution) of a set: gsm8k, math or zh."""
    text = resources.files("raymath.eval").joinpath("shots.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.split("\n") if line]
    return tuple((row["question"], row["solution"]) for row in rows if row["set"] == name)
