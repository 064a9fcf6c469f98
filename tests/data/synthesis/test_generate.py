"""Distinct problems from a template, and examples from a problem; the templates here are made for it."""

from __future__ import annotations

from itertools import islice
from random import Random

from raymath import prompts
from raymath.data.synthesis.generate import examples, fault, problems
from raymath.data.synthesis.template import Problem, Telling, Template, tell
from raymath.records import Execution, Language


def make(name: str = "sum", topic: str = "primary/area", most: int = 30) -> Template:
    return Template(
        name,
        topic,
        draw=lambda rng: {"a": rng.randint(1, most), "b": rng.randint(-most, -1)},
        work=lambda v: {"answer": v["a"] + v["b"]},
        forms=lambda v: {"sum": f"{v['a']} - {-v['b']}"},
        code="print({sum})",
        en=Telling(questions=("What is {sum}?", "{name} asks for {sum}."), plans=("I compute {sum}.",), cot="So."),
        zh=Telling(questions=("{sum}得多少？",), plans=("计算{sum}。",), cot="得{answer}。"),
    )


def first(template: Template, language: Language, seed: int, count: int) -> list[Problem]:
    return list(islice(problems(template, language, seed), count))


def test_forms_reach_all_texts_and_the_program() -> None:
    problem = tell(make(), "zh", Random(0))
    a, b = problem.numbers
    assert problem.question == f"{a} - {-b}得多少？"
    assert problem.code == f"print({a} - {-b})"
    assert problem.answer == str(a + b)


def test_problems_are_distinct_and_their_prefix_is_stable() -> None:
    some = first(make(), "en", 7, 300)
    assert len({p.question for p in some}) == len({p.numbers for p in some}) == 300
    assert first(make(), "en", 7, 40) == some[:40]


def test_seed_name_and_language_give_other_problems() -> None:
    base = [p.numbers for p in first(make(), "en", 7, 20)]
    assert base != [p.numbers for p in first(make(), "en", 8, 20)]
    assert base != [p.numbers for p in first(make(), "zh", 7, 20)]
    assert base != [p.numbers for p in first(make("other"), "en", 7, 20)]


def test_an_exhausted_template_ends() -> None:
    assert len(first(make(most=3), "en", 0, 100)) == 9


def test_a_run_bears_out_the_worked_answer_or_says_why_not() -> None:
    problem = first(make(), "en", 0, 1)[0]
    assert fault(problem, Execution(status="ok", stdout=f"{problem.answer}\n")) is None
    assert "printed '1000'" in (fault(problem, Execution(status="ok", stdout="1000\n")) or "")
    assert "printed ''" in (fault(problem, Execution(status="ok")) or "")
    assert "timeout" in (fault(problem, Execution(status="timeout", stdout=f"{problem.answer}\n")) or "")


def test_examples_hold_everything_known() -> None:
    problem = first(make(), "zh", 0, 1)[0]
    cot, pot, tir = examples(problem, 5, problem.answer, ("cot", "pot", "tir"), source="mine")
    assert [e.id for e in (cot, pot, tir)] == [f"mine/sum/zh-{mode}-5" for mode in ("cot", "pot", "tir")]
    for example in (cot, pot, tir):
        assert (example.source, example.row, example.topic) == ("mine", 5, "primary/area")
        assert (example.subject, example.level, example.licence) == ("geometry", "primary", "Apache-2.0")
        assert (example.question, example.answer) == (problem.question, problem.answer)
        rendered = "".join(piece.text for piece in prompts.render_solution(example.segments))
        assert prompts.parse_solution(rendered) == example.segments
    assert [s.kind for s in tir.segments] == ["text", "code", "output", "text"]
    assert f"\\boxed{{{problem.answer}}}" in tir.segments[-1].text
    assert f"\\boxed{{{problem.answer}}}" in cot.segments[-1].text
