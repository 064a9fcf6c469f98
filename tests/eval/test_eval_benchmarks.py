"""Benchmarks: the real files, the hub's field names, and rows that are none."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from raymath.config import BenchmarkSettings
from raymath.errors import DataError
from raymath.eval.benchmarks import load


def written(path: Path, *rows: Any) -> BenchmarkSettings:
    path.write_bytes(b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows))
    return BenchmarkSettings(adapter="jsonl", path=str(path))


def test_the_embedded_sample() -> None:
    loaded = load("sample", BenchmarkSettings(adapter="sample"))
    assert len(loaded.items) >= 120
    assert not loaded.rejected
    assert set(Counter(item.language for item in loaded.items)) == {"en", "zh"}
    assert all(len(item.answer) == 1 and item.benchmark == "sample" for item in loaded.items)


@pytest.mark.data
def test_real_files(data_dir: Path) -> None:
    math = load("m", BenchmarkSettings(adapter="math", path="bench/math_test.jsonl.gz"), data_dir).items
    assert sum(len(item.answer) > 1 for item in math) > 10
    assert {item.level for item in math} == {"1", "2", "3", "4", "5", "?"} or {item.level for item in math} == set(
        "12345"
    )
    assert len({item.subject for item in math}) == 7
    cmath = load("c", BenchmarkSettings(adapter="cmath", path="bench/cmath_test.jsonl.gz", limit=5), data_dir).items
    assert [item.id for item in cmath] == [f"cmath-test-{n}" for n in range(5)]
    assert {item.language for item in cmath} == {"zh"}
    assert cmath[0].grade == "1"


# One row of each as the hub has it.
HUB = {
    "gsm8k": ({"question": "q", "answer": "Twice 9 is 18.\n#### 1,018"}, ("1018",)),
    "math": ({"problem": "q", "level": "Level 5", "solution": "$\\boxed{\\dfrac12}$"}, ("\\dfrac12",)),
    "math500": ({"problem": "q", "answer": "p - q", "solution": "\\boxed{p - q}", "unique_id": "test/1"}, ("p - q",)),
    "mgsm_zh": ({"question": "题", "answer": None, "answer_number": 18, "equation_solution": None}, ("18",)),
    "cmath": ({"question": "题", "golden": "1,200", "grade": 3, "reasoning_step": 1}, ("1200",)),
}  # fmt: skip


@pytest.mark.parametrize("name", HUB)
def test_rows_as_the_hub_has_them(name: str, tmp_path: Path) -> None:
    row, answer = HUB[name]
    settings = written(tmp_path / "rows.jsonl", row).model_copy(update={"adapter": name})
    (item,) = load(name, settings).items
    assert item.answer == answer
    assert item.question in ("q", "题")
    assert item.id == row.get("unique_id", f"{name}-0")


def test_bad_rows_are_set_aside_and_good_ones_used(tmp_path: Path) -> None:
    settings = written(
        tmp_path / "rows.jsonl",
        {"question": "一加一？", "answer": "2"},
        {"answer": "2"},
        {"question": "  ", "answer": "2"},
        {"question": "no answer"},
        {"question": "q", "answer": {"value": 2}},
        b"\xff\n",
        b"{broken\n",
        b"[]\n",
        {"question": "q", "answer": "2", "id": "a"},
        {"question": "again", "answer": "2", "id": "a"},
        {"question": "q", "answer": "2", "language": "fr"},
        {"question": "\ud800", "answer": "2"},
        {"question": "two answers", "answer": ["1", "2"]},
    )
    loaded = load("mine", settings)
    assert [(item.id, item.language, item.answer) for item in loaded.items] == [
        ("mine-0", "zh", ("2",)),
        ("a", "en", ("2",)),
        ("mine-12", "en", ("1", "2")),
    ]
    assert [(bad.row, bad.reason.split(" (")[0]) for bad in loaded.rejected] == [
        (1, "no question"),
        (2, "no question"),
        (3, "no answer"),
        (4, "'answer' is dict, not a string"),
        (5, "not UTF-8"),
        (6, "not JSON"),
        (7, "a JSON object is needed, not list"),
        (9, "the id 'a' is there already"),
        (10, "'language' must be en or zh, not 'fr'"),
        (11, "holds a lone surrogate, which UTF-8 cannot"),
    ]


def test_a_gold_that_is_empty_is_none(tmp_path: Path) -> None:
    for adapter, answer in [("gsm8k", "Twice 9.\n#### "), ("cmath", ","), ("jsonl", "")]:
        rows = written(tmp_path / "rows.jsonl", {"question": "q", "answer": answer}, {"question": "q", "answer": "2"})
        loaded = load("mine", rows.model_copy(update={"adapter": adapter}))
        assert [item.answer for item in loaded.items] == [("2",)]
        assert [(bad.row, bad.reason) for bad in loaded.rejected] == [(0, "no answer")]


def test_a_truncated_gzip_gives_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    rows = b"".join(json.dumps({"question": f"q{n}{n**9}", "answer": str(n)}).encode() + b"\n" for n in range(2000))
    path.write_bytes(gzip.compress(rows)[:-4000])
    loaded = load("mine", BenchmarkSettings(adapter="jsonl", path=str(path)))
    assert 0 < len(loaded.items) < 2000
    (bad,) = loaded.rejected
    assert "damaged" in bad.reason


def test_what_the_user_has_to_put_right(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "none.jsonl").write_text('{"question": "q"}\n', "utf-8")
    for adapter, path, words in [
        ("imo", "x", "unknown adapter"),
        ("jsonl", "missing.jsonl", "has no file"),
        ("jsonl", "", "needs a file"),
        ("jsonl", "empty.jsonl", "it is empty"),
        ("jsonl", "none.jsonl", "row 0: no answer"),
    ]:
        with pytest.raises(DataError, match=words) as raised:
            load("mine", BenchmarkSettings(adapter=adapter, path=path), tmp_path)
        assert raised.value.fix


def test_the_hub_out_of_reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    with pytest.raises(DataError, match="could not be loaded from the hub"):
        load("gsm8k", BenchmarkSettings(adapter="gsm8k"))
