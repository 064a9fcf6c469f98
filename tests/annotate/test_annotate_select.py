"""Which samples become examples, and how each of the others is called."""

from __future__ import annotations

from typing import Any

import pytest

from raymath.annotate import select
from raymath.records import Example, Execution, Generation, ProgramError, Segment

PROBLEM = Example(
    id="gsm8k/7",
    source="gsm8k",
    row=7,
    language="en",
    mode="cot",
    question="What is 6 times 7?",
    segments=(Segment(kind="text", text="It is 42."),),
    answer="42",
    level="1",
    licence="MIT",
)
OK = Execution(status="ok", stdout="42\n")
BAD = Execution(status="error", error=ProgramError(type="NameError", message="x", traceback=""))
CODE = "```python\nprint({code})\n```\n```output\n{output}\n```\n"


def sample(
    number: int = 0, code: str = "6 * 7", output: str = "42", end: str = "So \\boxed{42}.", **more: Any
) -> Generation:
    text = f"I multiply.\n{CODE.format(code=code, output=output)}{end}"
    given = {"text": text, "executions": (OK,), "finish": "stop", **more}
    return Generation(
        model="teacher", benchmark="gsm8k", mode="tir", item="gsm8k/7", sample=number, prompt="?", **given
    )


def test_a_right_sample_becomes_an_example() -> None:
    chosen = select.select(PROBLEM, [sample(3)], keep=2)
    (example,) = chosen.examples
    assert example.id == "gsm8k/7#teacher-3"
    assert (example.mode, example.answer, example.level, example.licence) == ("tir", "42", "1", "MIT")
    assert [segment.kind for segment in example.segments] == ["text", "code", "output", "text"]
    assert example.segments[1].text == "print(6 * 7)"
    assert (chosen.right, dict(chosen.reasons)) == (1, {})


@pytest.mark.parametrize(
    ("given", "reason", "right"),
    [
        ({"end": "So \\boxed{41}."}, select.WRONG, 0),
        ({"end": ""}, select.NO_WORDS, 1),
        ({"end": "The answer is 42."}, select.UNBOXED, 1),
        ({"finish": "length"}, select.UNFINISHED, 0),
        ({"text": "It is \\boxed{42}.", "executions": ()}, select.NO_PROGRAM, 1),
        ({"executions": (BAD,)}, select.FAILED, 1),
        ({"status": "infra", "finish": "error"}, select.LOST, 0),
    ],
)
def test_the_others_are_named(given: dict[str, Any], reason: str, right: int) -> None:
    chosen = select.select(PROBLEM, [sample(**given)], keep=2)
    assert (chosen.examples, dict(chosen.reasons), chosen.right) == ((), {reason: 1}, right)


def test_copies_go_and_the_shortest_stay() -> None:
    samples = [
        sample(0, end="And so, after all of this, \\boxed{42}."),
        sample(1),  # the same program
        sample(2, code="7 * 6"),
        sample(3, code="sum([7] * 6)", executions=(BAD, OK)),
    ]
    chosen = select.select(PROBLEM, samples, keep=2)
    assert [example.id[-1] for example in chosen.examples] == ["1", "2"]
    assert dict(chosen.reasons) == {select.COPY: 1, select.SURPLUS: 1}
    assert chosen.right == 4


def test_strict_equality_decides() -> None:
    percent = PROBLEM.model_copy(update={"answer": "0.42"})
    assert select.select(percent, [sample()], keep=1).examples == ()
