"""Junior templates: the programs print the worked answers, and a few answers worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from raymath.data.synthesis.junior import TEMPLATES
from raymath.data.synthesis.junior.notation import shifted, terms
from raymath.data.synthesis.template import Problem, Template, spell, tell
from raymath.data.topics import TOPICS
from raymath.records import Language, Program
from raymath.sandbox import run_batch

LANGUAGES: tuple[Language, ...] = ("en", "zh")
BY_NAME = {template.name: template for template in TEMPLATES}
by_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)


def draws(template: Template, language: Language, count: int) -> Iterator[Problem]:
    rng = Random(f"{template.name}/{language}")
    return (tell(template, language, rng) for _ in range(count))


def faults(problems: list[Problem]) -> list[str]:
    """Of each problem whose program does not print the worked answer: template, numbers, both answers."""
    results = run_batch(Program(code=problem.code) for problem in problems)
    return [
        f"{problem.template} {problem.numbers}: worked out {problem.answer!r}, {result.status}, {result.stdout!r}"
        for problem, result in zip(problems, results, strict=True)
        if result.status != "ok" or result.stdout != f"{problem.answer}\n"
    ]


def test_every_junior_sub_topic_has_three_templates() -> None:
    topics = [topic.id for topic in TOPICS if topic.stage == "junior"]
    assert len(topics) == 25
    assert {template.topic for template in TEMPLATES} == set(topics)
    assert [topic for topic in topics if sum(t.topic == topic for t in TEMPLATES) < 3] == []
    assert len(BY_NAME) == len(TEMPLATES)


def test_few_programs_need_sympy() -> None:
    assert sum(template.sympy for template in TEMPLATES) <= len(TEMPLATES) / 6
    assert [t.name for t in TEMPLATES if t.sympy != ("sympy" in t.code)] == []


@by_template
@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_whole(template: Template, language: Language) -> None:
    for problem in draws(template, language, 25):
        assert f"\\boxed{{{problem.answer}}}" in problem.cot
        for text in (problem.question, problem.plan, problem.cot):
            assert text.count("{") == text.count("}"), text
            assert text.count("$") % 2 == 0, text
            # Two signs in a row, and coefficients of 1 and 0 that a textbook leaves out.
            assert not re.search(r"[-+] *[-+]|(?<![\d.}_])[01](?:[a-z](?![a-z])|\()", text.replace("x_1", "r")), text
            assert (re.search(r"[\u4e00-\u9fff]", text) is not None) == (language == "zh"), text


def test_programs_print_the_worked_answers() -> None:
    problems = [next(draws(template, language, 1)) for template in TEMPLATES for language in LANGUAGES]
    assert faults(problems) == []


@pytest.mark.slow
def test_programs_print_the_worked_answers_of_many_draws() -> None:
    assert faults([problem for template in TEMPLATES for problem in draws(template, "zh", 100)]) == []


# Worked out on paper from the question alone.
@pytest.mark.parametrize(
    ("name", "numbers", "answer"),
    [
        # 5 + 8 + 2 + 4 + 1 = 20 driven, ends at 5 - 8 + 2 - 4 + 1 = -4
        ("junior-trips-east-west", {"a": 5, "b": 8, "c": 2, "d": 4, "e": 1}, 24),
        # |x + 1| + |x - 2| <= 5: -2 … 3
        ("junior-sum-of-distances", {"a": -1, "b": 2, "s": 5}, 6),
        # (1/2 - 1/3 + 1/4) * -12 = -6 + 4 - 3
        ("junior-distribute-over-fractions", {"a": 2, "b": 3, "c": 4, "p": 1, "q": 1, "r": 1, "n": 12}, -5),
        # 2 sqrt 3 + 3 sqrt 3 - 4 sqrt 3
        ("junior-like-surds", {"p": 12, "q": 27, "r": 48, "k": 3}, 1),
        # 2 sqrt 5 - 1 = 3.47…
        ("junior-surd-between-integers", {"c": 2, "n": 5, "m": 1}, 3),
        # (2x + m)(x^2 + 3x + 5): m = -6, 10 - 18
        ("junior-term-that-vanishes", {"p": 2, "a": 3, "b": 5}, -8),
        # 3 and 4: 9 + 12 + 16
        ("junior-sum-and-product", {"s": 7, "p": 12, "k": 1}, 37),
        # (3x - 2)(2x + 1)
        ("junior-cross-factor", {"a": 6, "b": -1, "c": -2}, -1),
        # x = 1, 1/y = 1 - 2 = -1: (3 - 5 + 3) / (1 - 1 + 1)
        ("junior-difference-of-reciprocals", {"k": 2, "p": 3, "q": 5, "r": 1}, 1),
        # 2(x + 1) - 5(x - 2) = 3: -3x + 12 = 3
        ("junior-two-brackets", {"a": 2, "b": 1, "c": 5, "d": -2, "e": 3}, 3),
        # 10 at 2, then 3 at 4
        ("junior-two-tier-bill", {"t": 10, "p": 2, "q": 4, "m": 32}, 13),
        # x = 2, y = 3
        ("junior-two-purchases", {"a": 2, "b": 3, "c": 13, "d": 1, "e": 2, "f": 8}, 2),
        # 2x^2 + 3x - 2 = (2x - 1)(x + 2)
        ("junior-larger-root", {"a": 2, "b": 3, "c": -2}, Fraction(1, 2)),
        # 100 → 121
        ("junior-equal-growth-twice", {"p": 100, "q": 121}, 10),
        # 12 / v - 12 / (2v) = 1/2
        ("junior-arrives-earlier", {"d": 12, "k": 2, "t": 30}, 12),
        # the numerator x + m must be -3 at x = 2
        ("junior-extraneous-root", {"p": 1, "a": 2, "k": 5, "q": 3}, -5),
        # 10 questions, 5 and -2: 7x - 20 >= 16
        ("junior-fewest-right-answers", {"n": 10, "a": 5, "b": 2, "s": 16}, 6),
        # (0, 0), (4, 1), (1, 3): |4 * 3 - 1 * 1| / 2
        ("junior-triangle-in-a-box", {"ax": 0, "ay": 0, "bx": 4, "by": 1, "cx": 1, "cy": 3}, Decimal("5.5")),
        # y = x + 1 and y = -x + 3 meet at (1, 2)
        ("junior-two-lines-and-an-axis", {"k": 1, "b": 1, "m": -1, "c": 3}, 1),
        # y = x + 1 and y = 6 / x: (2, 3) and (-3, -2)
        ("junior-line-meets-hyperbola", {"k": 1, "b": 1, "m": 6}, Decimal("2.5")),
        # (x - 3)^2 + 1
        ("junior-lowest-value", {"a": 1, "b": -6, "c": 10}, 1),
        # 30°30' + 40°36' = 71°6'
        ("junior-bend-between-parallels", {"a": 30, "m": 30, "b": 40, "n": 36}, Decimal("71.1")),
        # sides 5, 8: 4, 6, 8, 10, 12
        ("junior-even-third-side", {"a": 5, "b": 8}, 5),
        # 13, 14, 15
        ("junior-base-from-an-altitude", {"h": 12, "c": 13, "b": 15}, 14),
        # a pentagon's 540° less 100°
        ("junior-angle-left-out", {"s": 440}, 100),
        # ratio 1 : 2, so four times the area
        ("junior-area-beside-a-parallel", {"a": 2, "b": 2, "s": 8}, 24),
        # cotangents 2 and 1/2
        ("junior-tower-from-two-points", {"p": 1, "q": 2, "r": 2, "s": 1, "d": 30}, 20),
        # 6-8-10
        ("junior-perimeter-from-a-sine", {"a": 3, "c": 5, "b": 8}, 24),
        # span 8, rise 2: 16 + (r - 2)^2 = r^2
        ("junior-radius-of-an-arch", {"w": 8, "h": 2}, 5),
        # 2, 4, 6, 8, 10 about 6
        ("junior-variance-of-five", {"a": 2, "b": 4, "c": 6, "d": 8, "e": 10}, 8),
        # pairs: 1 red, 1 blue, 0 white of 10
        ("junior-two-of-one-colour", {"r": 2, "b": 2, "w": 1}, Fraction(1, 5)),
        # (3 + 18) of (10 + 18)
        ("junior-balls-to-be-added", {"r": 3, "w": 7, "p": 3, "q": 4}, 18),
    ],
)
def test_answers_worked_out_by_hand(name: str, numbers: Mapping[str, int], answer: int | Fraction | Decimal) -> None:
    template = BY_NAME[name]
    assert template.draw(Random(0)).keys() == numbers.keys()
    assert spell(template.work(dict(numbers))["answer"]) == spell(answer)
    (result,) = run_batch([Program(code=template.code.format(**numbers))])
    assert result.stdout == f"{spell(answer)}\n"


def test_terms_are_spelt_as_in_a_textbook() -> None:
    assert terms((1, "x"), (-1, "y"), (0, "z"), (5, "")) == "x - y + 5"
    assert terms((-2, "ab"), (1, "")) == "-2ab + 1"
    assert terms((-1, "")) == "-1"
    assert terms((0, "x")) == "0"
    assert shifted(3, -2) == "3(x - 2)"
    assert shifted(-1, 1, "^2") == "-(x + 1)^2"
    assert shifted(1, 0, "^2") == "x^2"
