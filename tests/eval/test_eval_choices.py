"""Multiple choice, the extra benchmarks, and a file of the user's own in one line."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from raymath.config import BenchmarkSettings
from raymath.config import load as load_settings
from raymath.errors import ConfigError, DataError
from raymath.eval.adapters import BENCHMARKS, MGSM
from raymath.eval.benchmarks import load, load_all
from raymath.eval.choices import announced, ask_choices, letter, read_choices
from raymath.eval.grading import NO_CHOICE, score
from raymath.eval.items import Item
from raymath.records import Generation

OPTIONS = ("\\frac{1}{2}", "3", "4", "none of these")


@pytest.mark.parametrize(
    "given",
    [
        ["(A)1", "(B) 2", "(C)$x$"],
        ["A)1", "B)2", "C)$x$"],
        {"B": "2 ", "A": "1", "C": "$x$"},
        "A) 1 B) 2 C) $x$",
        "a ) 1 , b ) 2 , c ) $x$",
        "A. 1\nB. 2\nC. $x$",
        "（A）1（B）2（C）$x$",
    ],
)
def test_options_in_every_spelling(given: Any) -> None:
    assert read_choices(given) == ("1", "2", "$x$")


def test_letters_that_are_no_marks_stay_in_the_option() -> None:
    assert read_choices("A) $f(a)=0$ B) $f(B)=1$ C) Type A") == ("$f(a)=0$", "$f(B)=1$", "Type A")
    assert read_choices(None) == read_choices("no options") == ()
    assert ask_choices("q", ("1", "2")) == "q\n(A) 1\n(B) 2"
    assert ask_choices("q", ()) == "q"


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("B", "B"),
        ("(B)", "B"),
        ("b", "B"),
        ("\\text{B}", "B"),
        ("\\textbf{(B)}", "B"),
        ("（B）", "B"),
        ("B.", "B"),
        ("B) 3", "B"),
        ("B: 3", "B"),
        ("C、4", "C"),
        ("3", "B"),
        ("0.5", "A"),
        ("$\\frac12$", "A"),
        ("None of these", "D"),
        ("E", None),
        ("5", None),
        ("", None),
        ("AB", "AB"),
        ("A, C", "AC"),
        ("(C) and (A)", "AC"),
        ("AE", None),
        ("a+b", None),
    ],
)
def test_the_letter_that_an_answer_means(answer: str, meant: str | None) -> None:
    assert letter(answer, OPTIONS) == meant


def test_a_value_that_two_options_have_is_no_choice() -> None:
    assert letter("3", ("3", "3.0")) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("So the answer is (C).", "C"),
        ("故选B。", "B"),
        ("答案为：D", "D"),
        ("应选 A", "A"),
        ("The correct option is A, no: the answer is B", "B"),
        ("The answer is Bob.", None),
        ("the answer is E", None),
    ],
)
def test_a_letter_named_in_words(text: str, meant: str | None) -> None:
    assert announced(text, OPTIONS) == meant


def test_scoring_a_choice() -> None:
    item = Item("1", "sat", "q", ("B",), "en", options=OPTIONS)

    def verdict(text: str, **more: Any) -> tuple[bool, tuple[str, ...], str]:
        fields: dict[str, Any] = {"model": "m", "benchmark": "sat", "mode": "cot", "item": "1", "prompt": "p"}
        one = score(Generation(**fields | {"text": text, "finish": "stop"} | more), item, "raymath")
        assert one.correct == one.correct_strict
        return one.correct, one.extracted, one.reason

    assert verdict("so \\boxed{B}.") == (True, ("B",), "")
    assert verdict("so \\boxed{3}.") == (True, ("B",), "")
    assert verdict("so \\boxed{(A)}.") == (False, ("A",), "")
    assert verdict("因此选B") == (True, ("B",), "")
    assert verdict("I do not know.") == (False, (), NO_CHOICE)
    assert verdict("so \\boxed{17}.") == (False, ("17",), NO_CHOICE)
    lost = {"status": "infra", "finish": "error", "error": "gone"}
    assert verdict("", **lost)[2] == "gone"


#: What each has in the data directory: items, and how many rows are set aside with what reason.
COUNTS = {
    "gaokao_cloze": 118, "gaokao_qa": 351, "sat": 32, "ocw": 272, "svamp": 1000, "asdiv": 2215, "mawps": 2065,
    "gsm_hard": 1319, "theoremqa": 747, "olympiadbench": 675, "college_math": 2818, "gaokao2023_en": 383, "aqua": 254,
    "mathqa": 2985, "cmmlu_math": 514, "tal_en": 2000, "tal_zh": 2000, "numglue": 1042, "simuleq": 514,
    "deepmind": 1000, "carp": 976, "ape210k": 5000, "math23k": 2317, "cm17k": 1704,
}  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_the_extras_from_a_directory(name: str, data_dir: Path) -> None:
    loaded = load(name, BenchmarkSettings(adapter=name), data_dir)
    assert len(loaded.items) == COUNTS[name], Counter(bad.reason for bad in loaded.rejected).most_common(3)
    for item in loaded.items:
        assert item.answer
        if BENCHMARKS[name].choices:
            assert len(item.options) >= 2
            assert set(item.answer[0]) <= set("ABCDEFGHIJ"[: len(item.options)])
            assert f"(A) {item.options[0]}" in item.question


@pytest.mark.data
def test_mgsm_in_eleven_languages(data_dir: Path) -> None:
    every = load("mgsm", BenchmarkSettings(adapter="mgsm"), data_dir).items
    assert Counter(item.subject for item in every) == dict.fromkeys(MGSM, 250)
    for code in MGSM:
        mine = load(f"mgsm_{code}", BenchmarkSettings(adapter=f"mgsm_{code}"), data_dir).items
        assert len(mine) == 250
        assert {item.language for item in mine} == {"zh" if code == "zh" else "en"}
        assert [item.answer for item in mine] == [item.answer for item in every if item.subject == code]
    published = load("z", BenchmarkSettings(adapter="mgsm_zh", path="bench/mgsm_zh.jsonl.gz"), data_dir).items
    assert [item.answer for item in published] == [item.answer for item in every if item.subject == "zh"]


@pytest.mark.data
def test_real_rows_say_what_they_should(data_dir: Path) -> None:
    def first(name: str) -> Item:
        return load(name, BenchmarkSettings(adapter=name, limit=1), data_dir).items[0]

    assert first("svamp").question.endswith("How big is each group of bananas?")
    assert "oranges" in first("svamp").question
    assert (first("svamp").answer, first("asdiv").answer, first("mawps").answer) == (("145",), ("9",), ("43",))
    assert first("sat").question.endswith("(D) $f(0)=-6$")
    assert first("gaokao_qa").answer == ("D",)
    with gzip.open(data_dir / "bench/extra/en_theoremqa.jsonl.gz") as file:
        pictures = sum(bool(json.loads(line)["Picture"]) for line in file)
    assert Counter(bad.reason for bad in load("t", BenchmarkSettings(adapter="theoremqa"), data_dir).rejected) == {
        "needs its picture, which is not there": pictures
    }


def test_ones_own_file_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "my.jsonl").write_text('{"question": "1+1?", "answer": 2}\n', "utf-8")
    settings = load_settings(None, ["eval.benchmarks.mine=my.jsonl", f"data.root={tmp_path}"])
    items, rejected = load_all(settings)
    assert (items["mine"][0].answer, rejected) == (("2",), ())
    assert load_settings(None, ["eval.benchmarks.s=svamp"]).eval.benchmarks["s"].adapter == "svamp"
    rows = (
        '{"question": "q", "options": ["1", "2"], "answer": "b"}\n{"question": "q", "options": ["1"], "answer": "2"}\n'
    )
    (tmp_path / "mc.jsonl").write_text(rows, "utf-8")
    loaded = load("mc", BenchmarkSettings(adapter="choices", path="mc.jsonl"), tmp_path)
    assert [(item.answer, item.options) for item in loaded.items] == [(("B",), ("1", "2"))]
    assert "must be the letter" in loaded.rejected[0].reason
    with pytest.raises(DataError, match="needs a file"):
        load("sat", BenchmarkSettings(adapter="sat"), tmp_path)
    with pytest.raises(ConfigError):
        load_settings(None, ["eval.benchmarks.s=7"])
