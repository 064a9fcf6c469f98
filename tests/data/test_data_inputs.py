"""What a build reads: the recipes that come with raymath, and the benchmarks that a mix must not meet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from raymath.config import Settings, load, validate
from raymath.data import fill, inputs
from raymath.errors import ConfigError, DataError


def settings(tmp_path: Path, **more: Any) -> Settings:
    (tmp_path / "rows.jsonl").write_text('{"question": "1?", "solution": "1"}\n')
    data = {"root": str(tmp_path), "sources": {"mine": {"adapter": "jsonl", "path": "rows.jsonl"}}}
    return validate({"data": data | more.pop("data", {}), **more}, "the test")


def write(file: Path, *questions: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps({"question": one, "answer": "1"}) + "\n" for one in questions))


@pytest.mark.parametrize("name", ["mix-776k", "mix-offline"])
def test_the_papers_mix(name: str) -> None:
    recipe = load(name)
    assert recipe.data.total == 776_000
    assert recipe.data.context == 4096
    made = [one for one in recipe.data.sources.values() if one.adapter == fill.ADAPTER]
    assert made
    assert all(one.fill for one in made)
    assert {"data.sources.*.take", "data.sources.*.fill"} <= set(load("mix-776k").unstated)


@pytest.mark.data
def test_the_offline_mix_reads_every_training_file(data_dir: Path) -> None:
    recipe = load("mix-offline", [f"data.root={data_dir}"])
    read = {Path(piece.file).name for piece in inputs.pieces(recipe)}
    there = {file.name for file in (data_dir / "train").glob("*.jsonl.gz")} | {
        "gsm8k_train.jsonl.gz",
        "math_train.jsonl.gz",
    }
    # Questions without a solution: nothing to train on.
    assert there - read == {"zh_math23k_questions_all.jsonl.gz"}
    items, files = inputs.benchmarks(recipe)
    assert len(items) > 40_000
    assert not any("train" in Path(one["file"]).name for one in files.values())
    assert sum(one["items"] for one in files.values()) == len(items)
    assert {"gsm8k_test", "math_test", "mgsm_zh", "cmath_test"} <= set(files)


def test_benchmarks_of_the_evaluation_are_taken_whole(tmp_path: Path) -> None:
    write(tmp_path / "own.jsonl", "How much?", "How many?")
    given = settings(tmp_path, eval={"benchmarks": {"own": {"adapter": "jsonl", "path": "own.jsonl", "limit": 1}}})
    items, files = inputs.benchmarks(given)
    assert [(item.benchmark, item.question) for item in items] == [("own", "How much?"), ("own", "How many?")]
    assert files == {"own": {"file": str(tmp_path / "own.jsonl"), "items": 2, "unreadable": 0}}


def test_further_benchmarks_by_pattern_without_training_splits_and_once(tmp_path: Path) -> None:
    for name in ("a_test", "b", "b_train"):
        write(tmp_path / "bench" / f"{name}.jsonl", f"A question of {name}?")
    with (tmp_path / "bench" / "a_test.jsonl").open("a") as out:
        out.write("not JSON\n")
    given = settings(
        tmp_path,
        data={"benchmarks": ["bench/*.jsonl"]},
        eval={"benchmarks": {"mine": {"adapter": "jsonl", "path": "bench/b.jsonl"}}},
    )
    items, files = inputs.benchmarks(given)
    assert [item.benchmark for item in items] == ["mine", "a_test"]
    assert list(files) == ["mine", "a_test"]
    assert files["a_test"]["unreadable"] == 1


def test_the_samples_own_benchmark_is_apart_by_its_numbers(tmp_path: Path) -> None:
    given = settings(tmp_path, eval={"benchmarks": {"sample": {"adapter": "sample"}}})
    assert inputs.benchmarks(given) == ([], {})


def test_none_where_told(tmp_path: Path) -> None:
    given = settings(tmp_path, data={"decontaminate": False, "benchmarks": ["nothing/*.jsonl"]})
    assert inputs.benchmarks(given) == ([], {})


def test_a_pattern_that_names_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no benchmark file .*nothing.*Set data.benchmarks"):
        inputs.benchmarks(settings(tmp_path, data={"benchmarks": ["nothing/*.jsonl"]}))


def test_one_amount_a_source(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="take and fill are given: one of them says how much"):
        settings(tmp_path, data={"sources": {"mine": {"take": 1, "fill": 1}}})
