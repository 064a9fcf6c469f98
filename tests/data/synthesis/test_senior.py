"""Senior templates: the programs print the worked answers, and a few answers worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

import pytest

from raymath.data.synthesis.catalogue import BY_NAME, BY_TOPIC
from raymath.data.synthesis.generate import fault
from raymath.data.synthesis.senior import TEMPLATES
from raymath.data.synthesis.template import Problem, spell, tell
from raymath.data.topics import TOPICS
from raymath.records import Program
from raymath.sandbox import run_batch


def faults(problems: list[Problem]) -> list[str]:
    """Of each problem that its program does not bear out: template, numbers, reason."""
    results = run_batch(Program(code=problem.code) for problem in problems)
    found = []
    for problem, result in zip(problems, results, strict=True):
        if reason := fault(problem, result):
            found.append(f"{problem.template} {problem.numbers}: {reason}")
    return found


def test_every_senior_sub_topic_is_there() -> None:
    topics = [topic.id for topic in TOPICS if topic.stage == "senior"]
    assert len(topics) == 21
    assert [topic for topic in topics if len(BY_TOPIC[topic]) < 3] == []
    assert {template.topic for template in TEMPLATES} == set(topics)


def test_programs_print_the_worked_answers() -> None:
    problems = [
        tell(template, language, Random(f"test/{template.name}"))
        for template in TEMPLATES
        for language in ("en", "zh")  # type: ignore[misc]
    ]
    assert faults(problems) == []


@pytest.mark.slow
def test_programs_print_the_worked_answers_of_many_draws() -> None:
    problems = []
    for template in TEMPLATES:
        rng = Random(f"many/{template.name}")
        problems += [tell(template, "zh", rng) for _ in range(100)]
    assert faults(problems) == []


# Worked out on paper from the question alone.
@pytest.mark.parametrize(
    ("name", "numbers", "answer"),
    [
        # 40 − (22 + 25 − 12)
        ("senior-survey-neither", {"n": 40, "a": 22, "b": 25, "both": 12}, 5),
        # 2t + 1 = 7 at t = 3: 9 + 3 − 1
        ("senior-function-substitution", {"p": 2, "q": 1, "a": 1, "b": 1, "c": -1, "k": 7}, 11),
        # period 5: f(8) = f(−2) = −f(2) = −(4 + 6)
        ("senior-odd-periodic-function", {"period": 5, "half": 2, "a": 1, "b": 3, "n": 8}, -10),
        # x² − 4x + 1 on [0, 5]: 6 at 5, −3 at 2
        ("senior-quadratic-range", {"a": 1, "b": -4, "c": 1, "low": 0, "high": 5}, 9),
        # log₂(x − 2) + log₂ x = 3: x² − 2x − 8 = 0
        ("senior-log-equation", {"base": 2, "s": -2, "t": 0, "k": 3}, 4),
        # (1/2 + 1/3) ÷ (1 − 1/6)
        ("senior-tangent-of-sum", {"p": 1, "q": 2, "r": 1, "s": 3}, 1),
        # sides 2, 3, 4: (4 + 9 − 16) / 12
        ("senior-cosine-from-sides", {"a": 2, "b": 3, "c": 4}, Fraction(-1, 4)),
        # sides 13, 14, 15: area 84, R = 13 · 14 · 15 / 336
        ("senior-circumradius", {"a": 13, "b": 14, "c": 15}, Fraction(65, 8)),
        # d = 2, a₁ = 1: the first ten odd numbers
        ("senior-arithmetic-sum", {"m": 2, "n": 4, "x": 3, "y": 7, "k": 10}, 100),
        # 7 + 4 + 1
        ("senior-arithmetic-greatest-sum", {"first": 7, "d": 3}, 12),
        # 1/(1·3) + 1/(3·5) + 1/(5·7), with a = 2, b = −1
        ("senior-telescoping-sum", {"a": 2, "b": -1, "n": 3}, Fraction(3, 7)),
        # x + 4/(x − 1) + 2 for x > 1: 4 + 1 + 2
        ("senior-mean-inequality", {"a": 1, "b": 4, "m": 1, "c": 2}, 7),
        # (3 + i)/(1 + i) = 2 − i
        ("senior-complex-quotient", {"a": 3, "b": 1, "c": 1, "d": 1}, 1),
        # y = x² and y = x + 2 meet at −1 and 2: 27/6
        ("senior-area-parabola-line", {"k": 1, "b": 0, "c": 0, "m": 1, "n": 2}, Fraction(9, 2)),
        # x³ − 3x: 2 at −1
        ("senior-local-maximum", {"a": 1, "b": 0, "c": -3, "d": 0}, 2),
        # (2, 1) grid without (1, 1): 3 − 2 · 1
        ("senior-lattice-paths", {"w": 2, "h": 1, "x": 1, "y": 1}, 1),
        # (x² + x + 1)² = x⁴ + 2x³ + 3x² + 2x + 1
        ("senior-odd-coefficients", {"a": 1, "b": 1, "c": 1, "n": 2}, 4),
        # two of {1, …}: 2 black of 3 when 3 white and 2 black: C(2,2) C(3,1) / C(5,3)
        ("senior-draw-without-return", {"good": 3, "bad": 2, "n": 3, "k": 2}, Fraction(3, 10)),
        # equal chances of 0 and 2 and none of the rest is not drawn: 0, 1, 2 with 1/4, 1/2, 1/4, doubled
        (
            "senior-variance-of-table",
            {"n": 4, "p": 1, "q": 2, "r": 1, "x": 0, "y": 1, "z": 2, "a": 2, "d": 1},
            2,
        ),
        # the puzzle of Sunzi: 2 of 3, 3 of 5, 2 of 7
        ("senior-chinese-remainders", {"a": 3, "r": 2, "b": 5, "s": 3, "c": 7, "t": 2}, 23),
        # 10!/5! = 6 · 7 · 8 · 9 · 10 holds 2 · 8 · 2
        ("senior-prime-in-factorials", {"n": 10, "k": 5, "p": 2}, 5),
    ],
)
def test_answers_worked_out_by_hand(name: str, numbers: Mapping[str, int], answer: int | Fraction) -> None:
    assert spell(BY_NAME[name].work(dict(numbers))["answer"]) == spell(answer)


def test_a_program_that_is_wrong_is_found() -> None:
    problem = tell(BY_NAME["senior-log-sum"], "en", Random(0))
    from dataclasses import replace

    (found,) = faults([replace(problem, code="print(-7)")])
    assert "printed '-7'" in found
