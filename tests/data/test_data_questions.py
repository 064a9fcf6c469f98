"""Questions for a teacher: distinct, with gold, as many as asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from raymath.config import DataSettings, SourceSettings
from raymath.data.questions import questions
from raymath.data.sources import Rejected
from raymath.errors import DataError

ROWS = [
    {"id": "1", "question": "1 + 1?", "solution": "two", "answer": "2"},
    {"id": "2", "question": "1 + 1?", "solution": "again", "answer": "2"},
    {"id": "3", "question": "no gold", "solution": "?"},
    {"id": "4", "question": "", "solution": "?", "answer": "1"},
    {"id": "5", "question": "2 + 2?", "solution": "four", "answer": "4"},
]


def settings(tmp_path: Path, take: int | None = None) -> DataSettings:
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    source = SourceSettings(adapter="jsonl", path="mine.jsonl", take=take)
    return DataSettings(root=str(tmp_path), sources={"mine": source})


def test_distinct_questions_with_gold(tmp_path: Path) -> None:
    rejected: list[Rejected] = []
    found = questions(settings(tmp_path), rejected.append)
    assert [(one.id, one.answer) for one in found] == [("1", "2"), ("5", "4")]
    assert [one.row for one in rejected] == [3]


def test_take_is_a_seeded_draw(tmp_path: Path) -> None:
    assert len(questions(settings(tmp_path, take=1), lambda _: None)) == 1
    with pytest.raises(DataError, match="mine has 2 of 3"):
        questions(settings(tmp_path, take=3), lambda _: None)
    with pytest.raises(DataError, match="nothing to annotate"):
        questions(DataSettings(), lambda _: None)


def test_real_rows(data_dir: Path) -> None:
    source = SourceSettings(adapter="gsm8k", path="bench/gsm8k_train.jsonl.gz", take=50)
    found = questions(DataSettings(root=str(data_dir), sources={"gsm8k": source}), lambda _: None)
    assert len({one.question for one in found}) == 50
    assert all(one.answer for one in found)
