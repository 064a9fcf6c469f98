"""Duplicates: planted ones are found, near misses stay, and nothing depends on the order of rows."""

from __future__ import annotations

import gzip
import json
import pickle
import re
from pathlib import Path
from random import Random

import pytest
from data_makers import example, segments

from raymath.data.duplicates import Duplicates, NearIndex, comparable, contradict
from raymath.records import Example

EN = (
    "Weng earns 12 dollars an hour for babysitting her neighbour's three children in the evening. Yesterday she worked "
    "for 50 minutes only, because the parents came home early. How much money did she earn yesterday evening?"
)
ZH = (
    "甲、乙两车同时从A城去B城，甲车每小时行35千米，乙车每小时行40千米，"
    "结果乙比甲提前半小时到达B城。问甲车到达B城需要多少小时？"
)


def row(identity: str, question: str, source: str = "one", solution: str = "So it is.", **fields: object) -> Example:
    return example(id=identity, source=source, question=question, segments=segments(("text", solution)), **fields)


def dropped(*rows: Example, ranks: dict[str, tuple[int, ...]] | None = None) -> dict[str, str]:
    duplicates = Duplicates()
    for one in rows:
        duplicates.add(one, (ranks or {}).get(one.id, (0,)))
    return {identity: found.kept for identity, found in duplicates.resolve().items()}


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        (EN, EN.upper().replace(".", " ."), "en"),
        (EN, EN.replace("three", "3").replace("12 dollars", "$12 dollars"), "en"),
        (ZH, ZH.replace("，", ",").replace("两车", "2车"), "zh"),
    ],
)
def test_the_same_question_in_another_writing_is_exact(one: str, other: str, language: str) -> None:
    duplicates = Duplicates()
    duplicates.add(row("a", one, "one", language=language), 0)
    duplicates.add(row("b", other, "two", language=language), 1)
    assert duplicates.resolve() == {"b": ("a", "exact", 1.0)}


@pytest.mark.parametrize(
    ("question", "old", "new", "language"),
    [(EN, "evening?", "night?", "en"), (EN, "because", "as", "en"), (ZH, "结果", "最后", "zh")],
)
def test_one_word_changed_is_near(question: str, old: str, new: str, language: str) -> None:
    duplicates = Duplicates()
    duplicates.add(row("a", question, language=language), 0)
    duplicates.add(row("b", question.replace(old, new), language=language), 1)
    (found,) = duplicates.resolve().values()
    assert (found.kept, found.kind) == ("a", "near")
    assert 0.6 <= found.similarity < 1


def test_other_numbers_are_another_problem() -> None:
    assert not dropped(row("a", EN), row("b", EN.replace("50", "45"), "two"))
    assert not dropped(row("a", ZH, language="zh"), row("b", ZH.replace("35", "36"), "two", language="zh"))


def test_answers_that_contradict_are_another_problem() -> None:
    asked = EN.replace("How much", "How many cents")
    assert dropped(row("a", EN, answer="10"), row("b", asked, "two", answer="10.00 (dollars)")) == {"b": "a"}
    assert not dropped(row("a", EN, answer="10"), row("b", asked, "two", answer="1000"))
    # The same question stays the same, whatever its sources hold for right.
    assert dropped(row("a", EN, answer="10"), row("b", EN, "two", answer="1000")) == {"b": "a"}


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("(11/20)", "11/20", False),
        (r"\dfrac{1}{2}", "0.5", False),
        ("1,000", "1000 (plums)", False),
        ("50%", "0.5", False),
        ("A", "C", False),
        (None, "3", False),
        ("3", "-3", True),
        ("1/2", "1/3", True),
        ("1/0", "2", True),
        ("Antonio's", "Deep Dish", True),
        ("x^2", "2", True),
    ],
)
def test_answers_are_compared_by_value(one: str | None, other: str | None, differ: bool) -> None:
    assert contradict(comparable(one), comparable(other)) == differ


def test_mode_and_language_keep_rows_apart() -> None:
    assert not dropped(example("cot", id="a"), example("pot", id="b"), example("tir", id="c"))
    assert not dropped(row("a", "7 + 8 = ?", language="en"), row("b", "7 + 8 = ?", language="zh"))


def test_alternative_solutions_of_a_source_stay() -> None:
    first, second = row("a", EN, solution="50/60 of 12."), row("b", EN, solution="0.2 a minute, so 10.")
    again = row("c", EN, solution="50/60  of 12.\n")
    other = row("d", EN, "two", solution="Ten.")
    assert dropped(first, second, again, other) == {"c": "a", "d": "a"}


def test_the_better_row_is_kept() -> None:
    rows = [row("a", EN, "one"), row("b", EN, "two"), row("c", EN.replace("because", "as"), "three")]
    assert dropped(*rows, ranks={"a": (2, 0), "b": (0, 1), "c": (1, 2)}) == {"a": "b", "c": "b"}


def test_a_chain_of_small_changes_is_not_one_problem() -> None:
    words = [f"word{i}" for i in range(60)]
    chain = [" ".join([*(f"other{i}" for i in range(k)), *words[k:]]) for k in range(0, 60, 4)]
    kept = len(chain) - len(dropped(*(row(f"r{i:02}", text) for i, text in enumerate(chain))))
    assert 3 < kept < len(chain)


def test_order_of_arrival_does_not_count() -> None:
    rng = Random(5)
    rows = [
        row(f"{i}", EN.replace("50", str(i % 4)).replace("early", "early " * (i % 3)), f"s{i % 2}") for i in range(40)
    ]
    want = dropped(*rows)
    assert want
    for _ in range(3):
        rng.shuffle(rows)
        assert dropped(*rows) == want


def test_questions_without_a_word_are_not_compared() -> None:
    assert not dropped(row("a", "?"), row("b", "??", "two"))


def test_near_index_after_a_pickle() -> None:
    index: NearIndex = pickle.loads(pickle.dumps(NearIndex([("en", EN), ("zh", ZH), ("again", EN)])))
    assert index.partner(EN.lower()) == "en"
    assert index.partner(ZH.replace("结果", "最后")) == "zh"
    assert index.partner(EN.replace("12", "13")) is None
    assert index.partner("What is 6 times 7?") is None
    assert index.partner("") is None


@pytest.mark.data
def test_planted_in_real_problems(data_dir: Path) -> None:
    with gzip.open(data_dir / "bench" / "gsm8k_train.jsonl.gz", "rt", encoding="utf-8") as file:
        real = [json.loads(line)["question"] for line in file][:1500]
    index = NearIndex((str(i), question) for i, question in enumerate(real))
    renamed = found = changed = 0
    for question in real:
        words = question.split()
        if len(words) < 45:
            continue
        at = next(i for i, word in enumerate(words) if i > 5 and word.isalpha())
        renamed += 1
        found += index.partner(" ".join([*words[:at], "zebra", *words[at + 1 :]])) is not None
        number = re.search(r"(?<!\d)[2-9]\d+(?![\d,.])", question)
        if number is not None:
            changed += index.partner(question.replace(number[0], f"{int(number[0]) + 4171}")) is not None
    assert renamed > 500
    assert found / renamed > 0.98
    assert changed == 0
