"""Templates of primary school: their programs print the worked answers, their worked steps hold, some answers by hand.

What holds for the templates of every stage (names, wordings, variation) is tested over the whole catalogue.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from raymath.data.synthesis.primary import TEMPLATES
from raymath.data.synthesis.template import Numbers, Problem, Template, spell, tell
from raymath.data.topics import TOPICS
from raymath.records import Language, Program
from raymath.sandbox import run_batch

LANGUAGES: tuple[Language, ...] = ("en", "zh")
BY_NAME = {template.name: template for template in TEMPLATES}
by_template = pytest.mark.parametrize("template", TEMPLATES, ids=list(BY_NAME))
NUMBER = r"\d+(?:\.\d+)?%?"
SIDE = rf"\(*{NUMBER}\)*(?:\s*[-+×÷/]\s*\(*{NUMBER}\)*)*"
#: A chain of equal terms that does not begin in the middle of a term.
CHAIN = rf"(?<![-+×÷/(] )(?<![\d.(/]){SIDE}(?: = {SIDE})+"


def problems(template: Template, language: Language, count: int, seed: int = 0) -> list[Problem]:
    rng = Random(f"{seed}/{template.name}/{language}")
    return [tell(template, language, rng) for _ in range(count)]


def test_every_sub_topic_has_three_templates() -> None:
    counts = Counter(template.topic for template in TEMPLATES)
    assert counts.keys() == {topic.id for topic in TOPICS if topic.stage == "primary"}
    assert min(counts.values()) >= 3
    assert len(BY_NAME) == len(TEMPLATES)


def test_programs_print_the_worked_answers() -> None:
    drawn = [problem for t in TEMPLATES for language in LANGUAGES for problem in problems(t, language, 1)]
    results = run_batch([Program(code=problem.code) for problem in drawn])
    wrong = [
        f"{problem.template}: worked out {problem.answer}, printed {result.stdout!r} ({result.status})\n{problem.code}"
        for problem, result in zip(drawn, results, strict=True)
        if (result.status, result.stdout) != ("ok", f"{problem.answer}\n")
    ]
    assert not wrong, "\n".join(wrong)


@by_template
@pytest.mark.parametrize("language", LANGUAGES)
def test_worked_steps_hold(template: Template, language: Language) -> None:
    checked = 0
    for problem in problems(template, language, 10):
        for chain in re.findall(CHAIN, problem.cot):
            first, *others = (value(term) for term in chain.split(" = "))
            assert all(other == first for other in others), chain
            checked += 1
        assert problem.cot.endswith(f"$\\boxed{{{problem.answer}}}${'.' if language == 'en' else '。'}")
    assert checked >= 10


def value(term: str) -> Fraction:
    """What a term of a worked step is worth, exactly."""
    term = term.replace("×", "*").replace("÷", "/")
    exact = re.sub(r"(\d+(?:\.\d+)?)(%?)", lambda m: f"(Fraction('{m[1]}'){'/100' if m[2] else ''})", term)
    return Fraction(eval(exact, {"Fraction": Fraction}))


def test_a_wrong_step_is_found() -> None:
    assert re.findall(CHAIN, "Left: 3 × x - 4 × 5 = 7, 4 × 5 = 20, so 1 - 3/20 = 17/20.") == [
        "4 × 5 = 20",
        "1 - 3/20 = 17/20",
    ]
    assert value("200 × (1 + 5%) ÷ 3") == 70
    assert value("1/2 ÷ (3/4)") == Fraction(2, 3)


@by_template
def test_numbers_are_told_and_used(template: Template) -> None:
    given = set(template.draw(Random(0)))
    assert _placeholders(template.code) == given
    for telling in (template.en, template.zh):
        for question in telling.questions:
            assert given <= _placeholders(question), question


@by_template
def test_answers_are_whole_decimal_or_lowest_fractions(template: Template) -> None:
    for problem in problems(template, "zh", 50, seed=1):
        assert re.fullmatch(r"0|[1-9]\d*|(0|[1-9]\d*)\.\d*[1-9]|[1-9]\d*/[1-9]\d*", problem.answer), problem
        if "/" in problem.answer:
            assert spell(Fraction(problem.answer)) == problem.answer
            assert "分数" in problem.question


@by_template
def test_every_word_of_a_scene_is_used(template: Template) -> None:
    for telling in (template.en, template.zh):
        used = set().union(*map(_placeholders, (*telling.questions, *telling.plans, telling.cot)))
        assert telling.scenes[0].keys() <= used


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(
    ("name", "numbers", "answer"),
    [
        ("digits-in-labels", {"a": 98, "b": 101}, "10"),  # 98, 99, 100, 101
        ("largest-before-rounding", {"u": 100, "r": 1200}, "1249"),
        ("digit-cards", {"a": 0, "b": 3, "c": 1, "d": 7, "e": 5}, "64953"),  # 75310 - 10357
        ("vans-for-the-rest", {"n": 100, "a": 2, "b": 40, "c": 7}, "3"),  # 20 in vans of 7
        ("sum-by-pairs", {"f": 3, "d": 4, "l": 15}, "36"),  # 3 + 7 + 11 + 15
        ("telescoping-fractions", {"a": 2, "e": 3, "b": 4}, "3/10"),  # 1/6 + 1/12 + 1/20
        ("moved-decimal-point", {"a": 11, "b": 7}, "1.3"),  # 13 - 1.3
        ("fraction-of-another", {"a": 2, "b": 5, "n": 30}, "70"),  # 20 and 50
        ("rise-then-fall", {"n": 200, "a": 10, "b": 15}, "187"),  # 220, less 33
        ("add-water", {"m": 60, "p": 20, "q": 8}, "90"),  # 12 g are 8% of 150 g
        ("two-ways-to-save", {"p": 10000, "a": 1, "b": 5, "c": 1, "d": 8}, "57.75"),  # 360 - (150 + 152.25)
        ("tax-in-steps", {"n": 6200, "f": 4100, "w": 2000, "p": 3, "q": 10}, "70"),  # 60 + 10
        ("largest-squares", {"a": 12, "b": 8}, "6"),  # side 4
        ("three-signals", {"a": 4, "b": 6, "c": 10}, "60"),
        ("equal-rows", {"n": 12}, "6"),  # 1, 2, 3, 4, 6, 12
        ("colour-cycle", {"a": 2, "b": 3, "c": 1, "n": 10}, "5"),  # rryyyg rryy
        ("same-remainder", {"a": 4, "b": 6, "c": 10, "r": 3, "m": 120}, "123"),
        ("last-digit", {"a": 17, "n": 3}, "3"),  # 4913
        ("minutes-over-midnight", {"h": 22, "m": 15, "k": 6, "n": 40}, "505"),  # 8 hours 25 minutes
        ("days-between-dates", {"y": 2024, "m": 2, "d": 20, "n": 4, "e": 5}, "45"),  # a leap year
        ("day-of-the-week", {"w": 3, "n": 40}, "1"),
        ("youngest-not-born", {"n": 4, "s": 100, "y": 5, "t": 82}, "3"),  # three of them 15 years younger
        ("one-free", {"k": 3, "p": 10, "n": 9}, "70"),  # 4 + 4 + 1, two of them free
        ("heads-and-legs", {"h": 35, "l": 94}, "12"),
        ("around-a-rectangle", {"a": 6, "b": 4, "d": 2, "k": 3}, "30"),  # 10 gaps
        ("sawing", {"a": 3, "t": 10, "b": 5}, "20"),  # 2 cuts, 4 cuts
        ("surplus-and-shortage", {"a": 3, "s": 10, "b": 5, "t": 4}, "31"),  # 7 people
        ("late-or-early", {"v": 60, "t": 5, "w": 75, "u": 3}, "2400"),  # 40 or 32 minutes
        ("meeting-after-a-late-start", {"s": 95, "v": 10, "h": 2, "w": 15}, "3"),  # 20 + 30 + 45
        ("one-joins-later", {"a": 10, "b": 15, "m": 4}, "18/5"),  # 3/5 at 1/6 a day
        ("fill-and-drain", {"a": 4, "b": 6, "c": 12}, "3"),
        ("trapezoid-by-the-fence", {"f": 25, "h": 10}, "75"),
        ("leash-around-a-corner", {"p": 4, "q": 12, "r": 6}, "87.92"),  # 84.78 + 3.14
        ("folded-box", {"a": 10, "b": 8, "x": 2}, "48"),  # 6 × 4 × 2
        ("ways-to-make-a-sum", {"n": 30, "a": 3, "b": 5}, "3"),  # 10 + 0, 5 + 3, 0 + 6
        ("overlapping-groups", {"n": 30, "a": 15, "b": 12, "c": 8}, "5"),
        ("worst-case", {"r": 2, "b": 9, "g": 9, "k": 5}, "11"),  # 2 + 4 + 4 + 1
    ],
)
def test_answers_worked_by_hand(name: str, numbers: Numbers, answer: str) -> None:
    assert spell(BY_NAME[f"primary-{name}"].work(numbers)["answer"]) == answer
