"""Extraction: both rules, on a table of endings."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.eval.answers import extract
from raymath.eval.grade import grade, grade_answer
from raymath.prompts import ENDED_BY, NO_OUTPUT, NO_PROGRAM, OUTPUT_CUT

OUTPUT = "```python\nprint(18)\n```\n```output\n{}\n```\n"
# response → (what `raymath` finds, what the published rules find)
TABLE: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # boxes
    ("so $\\boxed{18}$.", ("18",), ("18",)),
    ("first \\boxed{5}, then \\boxed{6}", ("5", "6"), ("5", "6")),
    ("\\boxed{\\frac{1}{\\sqrt{2}}}", ("\\frac{1}{\\sqrt{2}}",), ("\\frac{1}{\\sqrt{2}}",)),
    ("\\boxed{\\dfrac12}", ("\\dfrac12",), ("\\frac{1}{2}",)),
    ("\\boxed{\\boxed{7}}", ("7",), ("7",)),
    ("\\boxed{\\{1,2\\}}", ("\\{1,2\\}",), ("\\{1,2\\}",)),
    ("\\boxed{18", ("18",), ()),
    ("It is 3, so \\boxed{18", ("18",), ()),
    ("Put it within \\boxed{}. The answer is 4.", ("4",), ("",)),
    ("\\boxed{50}%", ("50%",), ("50}",)),
    ("\\boxed{50\\%}", ("50\\%",), ("50%",)),
    ("\\boxed 7", ("7",), ()),
    ("\\fbox{x} and \\boxed{12}", ("12",), ("12",)),
    ("\\\\boxed{\\\\frac{1}{2}}", ("\\frac{1}{2}",), ("\\\\frac{1}{2}",)),
    ("\\boxed{18\\text{ cm}}", ("18\\text{ cm}",), ("18",)),
    ("\\boxed{18.}", ("18",), ("18",)),
    ("答案放在\\boxed{１８}中", ("18",), ("１８",)),
    # phrases
    ("The answer is 18.", ("18",), ("18",)),
    ("The answer is: **18 dollars**.", ("18",), ("**18dollars**",)),
    ("The answer is 3. No, the answer is 4.", ("4",), ("4",)),
    ("The answer is that he has 18 apples left.", ("18",), ("thathehas18applesleft",)),
    ("The answer is 1/2 of the cake.", ("1/2",), ("1/2ofthecake",)),
    ("The answer is $\\frac{3}{4}$ cups.", ("\\frac{3}{4}",), ("\\frac{3}{4}cups",)),
    ("The answer is $x=1$ or $x=2$.", ("x=1, x=2",), ("x=1orx=2",)),
    ("The answer is\n\n$$\n\\frac{3}{4}\n$$", ("\\frac{3}{4}",), ("",)),
    ("The answer is Evelyn.", ("Evelyn",), ("Evelyn",)),
    ("The answer is (1, 2).", ("(1, 2)",), ("(1,2)",)),
    ("The final answer is $\\frac{1}{2}$. I hope it is correct.", ("\\frac{1}{2}",), ("\\frac{1}{2}",)),
    ("Answer: $1,234$", ("1,234",), ("1234",)),
    ("**Answer**: 12", ("12",), ("12",)),
    ("5 eggs.\n#### 1,234", ("1,234",), ("1234",)),
    ("We get 3 and 4.\nA: 42", ("42",), ("42",)),
    ("The answer is B.", ("B",), ("B",)),
    ("the answer is -5 degrees", ("-5",), ("-5degrees",)),
    ("Final Answer: The final answer is 20", ("20",), ("20",)),
    # Chinese
    ("答案是18元。", ("18",), ("18",)),
    ("所以答案为\\(\\frac{2}{3}\\)。", ("\\frac{2}{3}",), ("3",)),
    ("答案：１８", ("18",), ("１８",)),
    ("答：一共有18个苹果。", ("18",), ("18",)),
    ("答案是：3/4。共4人。", ("3/4",), ("4",)),
    ("答案是40%。还剩2个。", ("40%",), ("2",)),
    ("答案应该是2.5千克，共3袋", ("2.5",), ("3",)),
    ("故选：C", ("C",), ()),
    # program output
    (OUTPUT.format("18"), ("18",), ("18",)),
    (OUTPUT.format("12\n18.0"), ("18.0",), ("12",)),
    (OUTPUT.format("Total: 18"), ("18",), ("Total:18",)),
    (OUTPUT.format("1/3"), ("1/3",), ("\\frac{1}{3}",)),
    (OUTPUT.format("18") + OUTPUT.format("NameError: x"), ("18",), ("NameError:x",)),
    (OUTPUT.format("18") + "So it is \\boxed{19}.", ("19",), ("19",)),
    (OUTPUT.format("18") + "The answer is 19.", ("19",), ("19",)),
    ("```python\nanswer = a + b\nprint(answer)\n```\n```output\n7\n```\n", ("7",), ("7",)),
    ("```python\n# the answer is x\nanswer: int = 3", ("3",), ("x",)),
    # the last number
    ("He has 16-3=13", ("13",), ("13",)),
    ("We get 3/4", ("3/4",), ("4",)),
    ("That leaves 50% of them", ("50%",), ("50",)),
    ("It costs $1,000.", ("1,000",), ("1000",)),
    ("小明还剩18个。", ("18",), ("18",)),
    ("nothing", (), ()),
    ("", (), ()),
]  # fmt: skip


@pytest.mark.parametrize(("response", "ours", "theirs"), TABLE, ids=[row[0][:40] for row in TABLE])
def test_extraction(response: str, ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    assert extract(response) == ours
    assert extract(response, extraction="deepseek") == theirs


@pytest.mark.parametrize("marker", [*ENDED_BY.values(), NO_OUTPUT, NO_PROGRAM])
def test_the_markers_of_our_protocol_are_no_answers(marker: str) -> None:
    assert extract(OUTPUT.format("18") + OUTPUT.format(marker)) == ("18",)
    assert extract("```output\n" + marker + "\n```\n") == ()


def test_output_that_was_cut_still_answers_and_that_of_a_stopped_program_does_not() -> None:
    assert extract(OUTPUT.format(f"12\n13\n{OUTPUT_CUT}")) == ("13",)
    assert extract(OUTPUT.format("18") + OUTPUT.format(f"99\n{ENDED_BY['timeout']}")) == ("18",)


def test_answers_separated_by_commas() -> None:
    question = "Enter your answers, separated by commas."
    for extraction in ("raymath", "deepseek"):
        assert extract("\\boxed{1, 2}", extraction=extraction, question=question) == ("1", "2")
        assert extract("\\boxed{(1,2)}", extraction=extraction, question=question) == ("(1,2)",)
        assert extract("\\boxed{1\\text{ and }2}", extraction=extraction) == ("1", "2")


_PIECES = st.sampled_from(
    (
        *("\\boxed{", "}", "{", "18", " ", "\n", "The answer is ", "答案是", "答：", "```output\n", "```"),
        *("Error", "$", "x", "\\frac{1}{2}", "apples", ".", ",", "。", "%", "final answer is $", "$. I hope"),
        *("#### ", "-", "/", "boxed", "he answer is", "\\(", "\\)"),
    )
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=12).map("".join)))
def test_raymath_finds_something_wherever_deepseek_does(response: str) -> None:
    theirs = extract(response, extraction="deepseek")
    if any(theirs):
        assert any(extract(response))


MEGABYTES = [
    "\\boxed{" * 200_000,
    "\\boxed{" + "\\text{" * 100_000 + "}" * 100_001,
    "\\boxed{" + " " * 300_000 + "1}",
    "1" * 2_000_000,
    "1 " * 500_000,
    "{" * 1_000_000,
    "$" * 400_000,
    "The answer is " * 100_000,
    "final answer is $" * 50_000,
    "answer" + " " * 400_000,
    "答案" + " " * 400_000,
    "```output\n" * 100_000,
    "\n" * 1_000_000,
    "\\\\" * 500_000,
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("response", MEGABYTES, ids=[repr(text[:12]) for text in MEGABYTES])
def test_megabytes_of_text_are_no_problem(response: str) -> None:
    extract(response)
    extract(response, extraction="deepseek")
    assert not grade(response, "17").correct
    assert not grade_answer(response, "17").correct


def test_reference_solutions_of_gsm8k(data_dir: Path) -> None:
    # The solutions end in "#### 18"; the calculator marks hold other numbers.
    with gzip.open(data_dir / "bench" / "gsm8k_test.jsonl.gz") as file:
        for line in file:
            row = json.loads(line)
            assert extract(row["solution"])[-1].replace(",", "") == row["answer"].replace(",", "")
