"""Every program is run, for real: what holds is kept, what does not is set aside with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
from data_makers import example, segments

from raymath.data.curate import Verdict, verify
from raymath.data.sources import ADAPTERS, load
from raymath.records import Example, Execution, Program
from raymath.sandbox import run_batch

RUN = partial(run_batch, parallel=2, timeout_s=5, memory_mb=1024, output_bytes=4096)


def check(*examples: Example) -> list[Verdict]:
    return list(verify(examples, RUN))


def tir(code: str, output: str, end: str = "So \\boxed{42}.", answer: str | None = "42") -> Example:
    return example("tir", segments=segments(("code", code), ("output", output), ("text", end)), answer=answer)


def pot(code: str, answer: str | None = "42") -> Example:
    return example("pot", segments=segments(("code", code)), answer=answer)


def test_what_holds_is_kept_as_it_is() -> None:
    given = [example(mode, language) for mode in ("cot", "pot", "tir") for language in ("en", "zh")]
    verdicts = check(*given)
    assert [verdict.example for verdict in verdicts] == given
    assert [verdict.programs for verdict in verdicts] == [0, 0, 1, 1, 1, 1]


def test_white_space_in_a_recorded_output_does_not_count() -> None:
    given = tir("print('a  b\\n\\n42 ')", "a b\n42")
    (verdict,) = check(given)
    assert (verdict.example, verdict.replaced) == (given, 0)


def test_an_output_with_the_same_numbers_is_replaced() -> None:
    cases = [
        ("print(84 / 2)", "42", "42.0"),
        ("print(0.10564977)", "0.1056", "0.10564977"),
        ("print([2, 1])", "1 and 2", "[2, 1]"),
    ]
    for (_, recorded, printed), verdict in zip(cases, check(*(tir(c, r) for c, r, _ in cases)), strict=True):
        assert verdict.example is not None, (recorded, verdict.reason)
        assert (verdict.example.segments[1].text, verdict.replaced) == (printed, 1)
        assert [s.kind for s in verdict.example.segments] == ["code", "output", "text"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (tir("print(8)", "42"), "other numbers are recorded than printed: '42', not '8'"),
        (tir("print(42", "42"), "a program fails (error): program 1, SyntaxError"),
        (tir("print(6 * seven)", "42"), "a program fails (error): program 1, NameError: name 'seven'"),
        (tir("a = 42", "42"), "a program prints nothing: program 1"),
        (tir("print(42)", "42", "So \\boxed{43}."), "the answer in the box is not the gold answer: '43', gold '42'"),
        (tir("print(42)", "42", "So 42."), "the answer in the box is not the gold answer: ''"),
        (tir("import time\nprint(time.time_ns())", "42"), "prints something else each time"),
        (tir("print('x' * 10**6)", "x"), "a program fails (output_limit)"),
        (pot("print(43)"), "the last printed line is not the gold answer: '43', gold '42'"),
        (pot("raise ValueError('no')"), "program 1, ValueError: no"),
        (example("pot", segments=segments(("text", "42"))), "no program: the mode is pot"),
        (
            example("tir", segments=segments(("text", "1"), ("output", "1"), ("text", "2"))),
            "no program: the mode is tir",
        ),
        (
            example("tir", segments=segments(("code", "print(1)"), ("text", "1"))),
            "a program without its output: program 1",
        ),
    ],
)
def test_what_does_not_hold_is_set_aside(given: Example, reason: str) -> None:
    good = pot("print('so')\nprint(42)")
    first, verdict, last = check(good, given, good)
    assert verdict.example is None
    assert reason in verdict.reason
    assert first.example == last.example == good, "its neighbours are not touched"


def test_a_program_that_hangs_is_a_timeout() -> None:
    (verdict,) = verify([pot("while True: pass")], partial(RUN, timeout_s=0.5))
    assert verdict.reason == "a program fails (timeout): program 1"


def test_without_gold_only_the_output_counts() -> None:
    kept, other = check(pot("print(43)", answer=None), tir("print(1)", "1", "So \\boxed{43}.", answer=None))
    assert kept.example is not None
    assert other.example is not None


def test_answers_are_compared_strictly_not_as_text() -> None:
    half, wrong = check(pot("print(1 / 2)", "\\frac{1}{2}"), pot("print(75)", "7500"))
    assert half.example is not None
    assert wrong.example is None


def test_later_blocks_go_on_from_earlier_ones() -> None:
    first = (("code", "a = 6\nprint(a)"), ("output", "6"), ("text", "Now"))
    second = (("code", "print(a * 7)"), ("output", "42"), ("text", "\\boxed{42}"))
    (verdict,) = check(example("tir", segments=segments(*first, *second)))
    assert verdict.example is not None, verdict.reason
    assert verdict.programs == 2


def test_infrastructure_is_asked_once_more_and_is_no_wrong_answer() -> None:
    asked = 0

    def flaky(programs: Iterable[Program], losses: int) -> Iterator[Execution]:
        nonlocal asked
        asked += 1
        for result in RUN(programs):
            yield Execution(status="infra") if asked <= losses else result

    # A lost supervisor cannot be caused at will: this stands in for one.
    (once,) = verify([pot("print(42)")], partial(flaky, losses=1))
    asked = 0
    (twice,) = verify([pot("print(42)")], partial(flaky, losses=9))
    assert once.example is not None
    assert (twice.example, twice.reason) == (None, "a program fails (infra): program 1")


@pytest.mark.data
def test_real_programs(data_dir: Path) -> None:
    """The first rows of the file in which most recorded outputs were made up by a model."""
    file = data_dir / "train" / "zh_tir_llmms_llm_train_data.jsonl.gz"
    every = [one for one in load(file, "zh", ADAPTERS["zh_tir"]) if isinstance(one, Example)]
    given = [one for one in every if one.mode == "tir"][:60]
    verdicts = check(*given)
    assert sum(verdict.example is not None for verdict in verdicts) >= 57
    assert sum(verdict.replaced for verdict in verdicts) >= 4
    refused = {one.id: verdict.reason for one, verdict in zip(given, verdicts, strict=True) if not verdict.example}
    assert all("recorded" in reason or "error" in reason for reason in refused.values()), refused
