"""Grading: golds against themselves, several answers, and the rows of `raymath grade`."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from raymath.config import BenchmarkSettings
from raymath.eval import grade, grade_lines
from raymath.eval.benchmarks import load
from raymath.eval.grade import NO_ANSWER, grade_answer, grade_generation, is_bad
from raymath.eval.items import Item
from raymath.ordered import in_order
from raymath.records import Generation, Score


def boxed(item: Item) -> str:
    return "So it is " + " and ".join(f"$\\boxed{{{answer}}}$" for answer in item.answer) + "."


@pytest.mark.parametrize(
    ("name", "file", "count"),
    [
        ("gsm8k", "gsm8k_test", 1319),
        ("cmath", "cmath_test", 1098),
        ("mgsm_zh", "mgsm_zh", 250),
        ("math500", "math500", 500),
        ("math", "math_test", 5000),
    ],
)
def test_every_gold_is_right_when_boxed(data_dir: Path, name: str, file: str, count: int) -> None:
    settings = BenchmarkSettings(adapter=name, path=f"bench/{file}.jsonl.gz")
    loaded = load(name, settings, data_dir)
    assert (len(loaded.items), loaded.rejected) == (count, ())

    for extraction in ("raymath", "deepseek"):

        def work(item: Item, extraction: Any = extraction) -> Score:
            return grade(boxed(item), item.answer, benchmark=name, question=item.question, extraction=extraction)

        scores = zip(loaded.items, in_order(work, loaded.items), strict=True)
        wrong = [
            (item.id, item.answer, score) for item, score in scores if not score.correct or not score.correct_strict
        ]
        # The published normal form loses an answer that is all \\mbox; nothing may be lost beside that.
        assert [row for row in wrong if extraction == "raymath" or "\\mbox{" not in row[1][0]] == []


def test_both_verdicts() -> None:
    assert grade("\\boxed{7500}", "75") == Score(extracted=("7500",), correct=True, correct_strict=False)
    assert grade("\\boxed{(-\\infty,0]}", "(-\\infty,0)").correct_strict is False
    assert grade("The answer is 18 dollars.", "18") == Score(extracted=("18",), correct=True, correct_strict=True)
    assert grade("\\boxed{18元}", "18", benchmark="cmath").correct
    assert grade("\\boxed{5 m}", "5 km").correct_strict is False
    assert grade("I do not know", "18").reason == NO_ANSWER


def test_several_answers_are_an_unordered_set() -> None:
    two = ["\\frac12", "3"]
    assert grade("\\boxed{3} and \\boxed{0.5}", two, benchmark="math").correct
    assert grade("\\boxed{9}, then \\boxed{3} and \\boxed{0.5}", two, benchmark="math").correct
    for response in ("\\boxed{3}", "\\boxed{3} \\boxed{3}", "\\boxed{0.5} \\boxed{4}"):
        score = grade(response, two, benchmark="math")
        assert (score.correct, score.correct_strict) == (False, False)
    question = "Find all roots, separated by commas."
    assert grade("\\boxed{2, 1}", "1,2", benchmark="math", question=question).correct
    assert grade("\\boxed{2} or \\boxed{1}", "1,2", benchmark="math").correct_strict
    assert not grade("\\boxed{5} \\boxed{2}", "1,2", benchmark="math").correct_strict


def test_of_one_answer_the_last_counts_also_where_it_was_given_before() -> None:
    response = "\\boxed{3}, or \\boxed{4}? No, \\boxed{3}."
    for benchmark in (None, "gsm8k", "math"):
        score = grade(response, "3", benchmark=benchmark)
        assert (score.extracted, score.correct, score.correct_strict) == (("3",), True, True)
        assert not grade(response, "4", benchmark=benchmark).correct
    assert not grade("\\boxed{3}, then \\boxed{4}", "3", benchmark="cmath").correct
    # As published, the first of the equal ones is kept.
    assert grade(response, "4", benchmark="math", extraction="deepseek").extracted == ("4",)


def test_a_prediction_is_taken_apart_as_the_gold_is() -> None:
    question = "Enter all roots, separated by commas."
    for prediction in ("1, 2", "2,1"):
        score = grade_answer(prediction, "1, 2", question=question)
        assert (score.correct, score.correct_strict) == (True, True)
    assert not grade_answer("1, 3", "1, 2", question=question).correct
    assert grade_answer(" ", "1", question=question).reason == NO_ANSWER


def test_what_infrastructure_lost_is_unscored() -> None:
    lost = Generation(
        model="m", benchmark="gsm8k", mode="cot", item="1", prompt="", text="\\boxed{18}", finish="error",
        status="infra", error="replica gone",
    )  # fmt: skip
    score = grade_generation(lost, ("18",), "", "raymath")
    assert (score.status, score.correct, score.correct_strict, score.reason) == (
        "unscored",
        False,
        False,
        "replica gone",
    )


ROWS: list[tuple[bytes, tuple[bool, bool], str]] = [
    (b'{"response": "The answer is 18.", "answer": "18", "id": 7}', (True, True), ""),
    (b'{"prediction": "x^2+1", "answer": "1+x^2", "benchmark": "MATH"}', (True, True), ""),
    (b'{"prediction": "so \\\\boxed{3}", "answer": ["3"], "benchmark": "MATH-500"}', (True, True), ""),
    ('{"response": "答案是18元", "answer": "18", "benchmark": "CMath"}'.encode(), (True, True), ""),
    (b'{"response": "7500", "answer": 75}', (True, False), ""),
    (b'{"response": "", "answer": "18"}', (False, False), NO_ANSWER),
    (b'{"response": "\\ud800 \\\\boxed{3}", "answer": "3"}', (True, True), ""),
    (b'{"response": null, "answer": "18"}', (False, False), "bad row: 'response' must be a string, not null"),
    (b'{"answer": "18"}', (False, False), "bad row: neither"),
    (b'{"response": "18"}', (False, False), "bad row: no 'answer'"),
    (b'{"response": "18", "answer": []}', (False, False), "bad row: 'answer' must be"),
    (b'{"response": "18", "answer": [""]}', (False, False), "bad row: 'answer' must be"),
    (b'{"response": "18", "answer": true}', (False, False), "bad row: 'answer' must be"),
    (b'{"response": "18", "answer": "18", "benchmark": "imo"}', (False, False), "bad row: 'benchmark' must be one of"),
    (b'{"response": "18", "answer": "18", "question": 4}', (False, False), "bad row: 'question'"),
    (b'{"response": "18", "answer": NaN}', (False, False), "bad row: NaN"),
    (b'{"response": "18", "answer": "18", "x": 1e999}', (False, False), "bad row: not JSON (1e999 is too large"),
    (b"\xff\xfe{}", (False, False), "bad row: not UTF-8"),
    (b"", (False, False), "bad row: empty line"),
    (b"[1]", (False, False), "bad row: a JSON object is needed, not list"),
    (b"[" * 100_000, (False, False), "bad row: not JSON"),
    (b'{"response": ' + b"1" * 5000 + b"}", (False, False), "bad row: not JSON"),
    (b'{"response": "\\\\boxed{18}", "answer": "18", "correct": "mine"}', (True, True), ""),
    (b'{"response": "18", "answer": "18"', (False, False), "bad row: not JSON"),
]  # fmt: skip


def test_one_row_out_for_each_row_in() -> None:
    out = list(grade_lines(line + b"\n" for line, _, _ in ROWS))
    assert len(out) == len(ROWS)
    for number, (row, (line, verdicts, reason)) in enumerate(zip(out, ROWS, strict=True), 1):
        assert (row["correct"], row["correct_strict"]) == verdicts, line
        assert row["reason"].startswith(reason)
        assert bool(row["reason"]) == bool(reason)
        assert is_bad(row) == reason.startswith("bad row")
        assert isinstance(row["extracted"], list)
        json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
        no_json = any(part in line for part in (b"NaN", b"1111", b"1e999"))
        if not line.startswith(b'{"') or not line.endswith(b"}") or no_json:
            assert row["line"] == number
    assert out[0]["id"] == 7


def test_an_endless_stream_is_read_only_a_window_ahead() -> None:
    taken = itertools.count()
    lines = (b'{"response": "%d", "answer": "3"}' % next(taken) for _ in itertools.repeat(None))
    first = list(itertools.islice(grade_lines(lines, workers=2), 10))
    assert [row["response"] for row in first] == [str(n) for n in range(10)]
    assert [row["correct"] for row in first] == [n == 3 for n in range(10)]
    assert next(taken) < 500


def test_a_peer_that_waits_for_each_answer_gets_it() -> None:
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    rows = grade_lines(iter(asked.get, b"end"), workers=2)
    for number in range(3):
        asked.put(b'{"response": "%d", "answer": "1"}' % number)
        assert next(rows)["correct"] == (number == 1)
    asked.put(b"end")
    assert list(rows) == []


def test_what_breaks_the_input_is_raised_after_the_answers_before_it() -> None:
    def lines() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    rows = in_order(str, lines())
    assert next(rows) == "1"
    with pytest.raises(OSError, match="disk"):
        next(rows)


def test_importing_the_package_is_cheap() -> None:
    heavy = ["torch", "ray", "sympy", "scipy", "numpy", "transformers", "pyarrow", "datasets", "openai"]
    script = f"import sys, raymath.eval, raymath.rollout; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"
