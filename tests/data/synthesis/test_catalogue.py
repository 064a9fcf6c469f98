"""Every template of the catalogue keeps the rules: names, wordings, variation, and texts with nothing left open.

That the programs print the worked answers is tested stage by stage, where they are run.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import islice
from random import Random

import pytest

from raymath.data.synthesis.catalogue import BY_NAME, BY_TOPIC, TEMPLATES
from raymath.data.synthesis.generate import examples, problems
from raymath.data.synthesis.template import Template, tell
from raymath.data.topics import BY_ID, TOPICS
from raymath.prompts import parse_solution, render_solution
from raymath.records import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
#: Templates that repeat numbers in more than 5 % of 400 draws, and why they cannot vary more.
NARROW: dict[str, str] = {}
by_template = pytest.mark.parametrize("template", TEMPLATES, ids=[template.name for template in TEMPLATES])


def test_names_are_unique_and_begin_with_their_stage() -> None:
    assert [name for name, times in Counter(t.name for t in TEMPLATES).items() if times > 1] == []
    for template in TEMPLATES:
        assert template.name.startswith(f"{BY_ID[template.topic].stage}-"), template.name


@pytest.mark.parametrize("topic", [topic.id for topic in TOPICS])
def test_a_sub_topic_has_three_templates(topic: str) -> None:
    stage = BY_ID[topic].stage
    if not any(BY_ID[t.topic].stage == stage for t in TEMPLATES):
        pytest.skip(f"no template of {stage} school yet")
    assert len(BY_TOPIC[topic]) >= 3
    assert len({t.code for t in BY_TOPIC[topic]}) == len(BY_TOPIC[topic])


def test_few_templates_need_sympy() -> None:
    # It takes 17 times as long to run as plain Python.
    for stage in {BY_ID[t.topic].stage for t in TEMPLATES}:
        of = [t for t in TEMPLATES if BY_ID[t.topic].stage == stage]
        assert sum(t.sympy for t in of) <= len(of) / 5
    for template in TEMPLATES:
        assert template.sympy == ("sympy" in template.code), template.name


@by_template
def test_wordings_differ_by_more_than_numbers(template: Template) -> None:
    for telling in (template.en, template.zh):
        assert len({_masked(text) for text in telling.questions}) == len(telling.questions) >= 3
        assert len({_masked(text) for text in telling.plans}) >= 2


@by_template
def test_numbers_vary(template: Template) -> None:
    rng = Random(f"vary/{template.name}")
    draws = [tuple(template.draw(rng).values()) for _ in range(400)]
    repeated = 1 - len(set(draws)) / len(draws)
    if template.name in NARROW:
        assert repeated >= 0.05, f"{template.name} is not narrow any more: take it from the list"
    else:
        assert repeated < 0.05


@by_template
def test_words_of_a_template_do_not_hide_each_other(template: Template) -> None:
    # Numbers, forms, steps, scene and name are filled into one text: a name used twice would be lost in silence.
    numbers = template.draw(Random(0))
    for telling in (template.en, template.zh):
        for scene in telling.scenes:
            names = [*numbers, *template.forms(numbers), *template.work(numbers), *scene, "name"]
            assert len(set(names)) == len(names)
            assert scene.keys() == telling.scenes[0].keys()


@by_template
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_open(template: Template, language: Language) -> None:
    rng = Random(f"open/{template.name}")
    for _ in range(20):
        problem = tell(template, language, rng)
        for text in (problem.question, problem.plan, problem.cot):
            assert text == text.strip()
            assert text
            # Braces are LaTeX's or a set's: they are paired, and hold no name of a field.
            assert text.count("{") == text.count("}"), text
            assert not re.search(r"(?<!\\[a-z])(?<![a-z^_])\{[a-z]\w{2,}\}", text), text
            assert text.count("$") % 2 == 0, text
            # LaTeX takes one sign as an exponent or index: longer ones need braces.
            assert not re.search(r"[\^_](?:-|\d\d)", text), text
            assert not re.search(r"[-+] *[-+]|\bNone\b|  |[^\S\n]$", text), text
            assert (re.search(r"[\u4e00-\u9fff]", text) is not None) == (language == "zh"), text
        assert problem.answer == problem.answer.strip() != ""
        assert "```" not in problem.code
        assert problem.code == problem.code.strip()
        compile(problem.code, template.name, "exec")


@by_template
def test_an_example_reads_back(template: Template) -> None:
    problem = tell(template, "zh", Random(0))
    for example in examples(problem, 0, problem.answer, ("cot", "pot", "tir")):
        assert example.subject == BY_ID[template.topic].subject
        rendered = "".join(piece.text for piece in render_solution(example.segments))
        assert parse_solution(rendered) == example.segments


@by_template
@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_are_distinct_and_prefix_stable(template: Template, language: Language) -> None:
    some = list(islice(problems(template, language, 3), 60))
    assert len({p.question for p in some}) == len({p.numbers for p in some}) == 60
    assert list(islice(problems(template, language, 3), 20)) == some[:20]


def test_another_process_makes_the_same_problems() -> None:
    script = (
        f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); import test_catalogue as t; print(t.digest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {digest()}


def digest() -> str:
    """One hash over some problems of every template in both languages."""
    whole = hashlib.sha256()
    for template in TEMPLATES:
        for language in LANGUAGES:
            for problem in islice(problems(template, language, 0), 3):
                whole.update(repr(problem).encode())
    return whole.hexdigest()


def test_by_name_finds_each() -> None:
    assert all(BY_NAME[template.name] is template for template in TEMPLATES)


def _masked(text: str) -> str:
    return re.sub(r"\{+[^{}]*\}+|\d+", "#", text)
