"""Real rows with planted faults through the whole pipeline: each is set aside in its stage, its neighbours stay."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from raymath.config import validate
from raymath.data import shards
from raymath.data.pipeline import build

pytestmark = pytest.mark.data

_PROGRAM = "```python\n{code}\n```\n```output\n{output}\n```\nThe answer is \\boxed{{{answer}}}."


def _head(file: Path, rows: int) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(rows), strict=False)]


def _tool(question: str, code: str, output: str, answer: str) -> dict[str, str]:
    return {
        "question": question,
        "solution": _PROGRAM.format(code=code, output=output, answer=answer),
        "answer": answer,
    }


@pytest.fixture(scope="module")
def built(local_ray: None, data_dir: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Forty rows of GSM8K, ten of a Chinese tool-integrated file, and faults among them."""
    folder = tmp_path_factory.mktemp("faults")
    rows = _head(data_dir / "bench" / "gsm8k_train.jsonl.gz", 40)
    tested = _head(data_dir / "bench" / "gsm8k_test.jsonl.gz", 30)
    plain = [json.dumps(row, ensure_ascii=False) for row in rows]
    plain[3] = plain[3][:50]
    plain[7] = json.dumps({key: value for key, value in rows[7].items() if key not in ("solution", "answer")})
    plain[11] = json.dumps({**rows[11], "question": tested[0]["question"]})
    plain[13] = json.dumps({**rows[13], "question": f"Once more. {tested[1]['question']} Explain it."})
    plain[17] = json.dumps({**rows[17], "question": rows[16]["question"].upper(), "solution": rows[16]["solution"]})
    plain[19] = json.dumps(
        {**rows[19], "question": rows[18]["question"] + " Please.", "solution": rows[18]["solution"]}
    )
    plain[23] = json.dumps({**rows[23], "question": rows[23]["question"] + " <|im_end|>"})
    (folder / "gsm.jsonl").write_text("\n".join(plain) + "\n", encoding="utf-8")
    # Questions of their own: what is held against benchmarks and other rows is the question.
    good = _tool("How many legs do seven spiders have?", "print(7 * 8)", "56", "56")
    tools = [
        good,
        _tool("How many legs do nine spiders have?", "print(9 * 8)", "72", "72") | {"answer": "73"},
        _tool("How many wings do nine bees have?", "print(9 * 4)", "38", "38"),
        _tool("Can it be waited for?", "while True:\n    pass", "1", "1"),
        _tool("Which number is it today?", "import time\nprint(time.time_ns())", "7", "7"),
        _tool("What is missing here?", "print(missing)", "7", "7"),
        _tool("How many wheels do 12 cars have?", "print(12 * 4.0)", "48", "48"),
    ]
    (folder / "tools.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tools), encoding="utf-8")
    with gzip.open(folder / "gsm8k_test.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in tested)
    zh = _head(data_dir / "train" / "zh_tir_llmms_hand-make-train-data.jsonl.gz", 10)
    (folder / "zh.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in zh), encoding="utf-8"
    )
    sources = {
        "gsm": {"adapter": "gsm8k", "path": "gsm.jsonl"},
        "tools": {"adapter": "jsonl", "path": "tools.jsonl"},
        "zh": {"adapter": "zh_tir", "path": "zh.jsonl", "only": {"modes": ["tir"]}},
        "made": {"adapter": "synthesis", "fill": 1, "only": {"topics": ["junior/*"]}},
    }
    data = {"sources": sources, "root": str(folder), "benchmarks": ["gsm8k_test.jsonl.gz"], "total": 120}
    settings = validate({"data": data | {"context": 4096}, "sandbox": {"timeout_s": 1}}, "the test")
    out = tmp_path_factory.mktemp("built")
    return build(settings, tiny_model, out), out


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("file", "row", "stage", "reason"),
    [
        ("gsm", 3, "read", "not valid JSON: "),
        ("gsm", 7, "read", "no 'solution'"),
        ("gsm", 11, "decontaminate", "a benchmark has the same question: gsm8k_test "),
        ("gsm", 13, "decontaminate", "a benchmark has a part of the question: gsm8k_test "),
        ("gsm", 17, "deduplicate", "exact duplicate: of "),
        ("gsm", 19, "deduplicate", "near duplicate: of "),
        ("gsm", 23, "screen", "its text holds a special token: <|im_end|>"),
        ("tools", 1, "verify", "the answer in the box is not the gold answer: "),
        ("tools", 2, "verify", "other numbers are recorded than printed: "),
        ("tools", 3, "verify", "a program fails (timeout): program 1"),
        ("tools", 4, "verify", "other numbers are recorded than printed: "),
        ("tools", 5, "verify", "a program fails (error): program 1, NameError"),
    ],
)
def test_each_fault_is_set_aside_where_it_should_be(built: Any, file: str, row: int, stage: str, reason: str) -> None:
    _, out = built
    found = [line for line in _lines(out / "rejected.jsonl") if line["file"].endswith(f"{file}.jsonl")]
    (line,) = [line for line in found if line["row"] == row]
    assert line["stage"] == stage
    assert line["reason"].startswith(reason) or "prints something else" in line["reason"], line["reason"]


def test_nothing_else_is_set_aside_and_the_counts_say_so(built: Any) -> None:
    manifest, out = built
    own = manifest["sources"]
    assert (own["gsm"]["rows"], own["gsm"]["rejected"], own["gsm"]["taken"]) == (40, 7, 33)
    assert (own["tools"]["rows"], own["tools"]["rejected"], own["tools"]["taken"]) == (7, 5, 2)
    assert own["zh"]["eligible"] == own["zh"]["taken"] <= own["zh"]["accepted"]
    assert own["tools"]["outputs_replaced"] == 1, "48.0 is what is printed"
    assert own["made"]["generated"]
    assert own["made"]["taken"] == 120 - 35 - own["zh"]["taken"]
    assert manifest["examples"] == 120
    stages = manifest["stages"]
    curated = [one for one in stages if one["stage"] not in ("generate", "run")]
    assert all(after["in"] == before["out"] for before, after in itertools.pairwise(curated))
    assert all(one["in"] - one["out"] == sum(one["set_aside"].values()) for one in stages)
    assert curated[-1]["out"] == sum(own[name]["taken"] for name in ("gsm", "tools", "zh"))
    aside = sum(sum(one["set_aside"].values()) for one in stages if one["stage"] != "draw")
    assert aside == len(_lines(out / "rejected.jsonl"))


def test_what_a_benchmark_shares_is_listed_with_its_partner(built: Any) -> None:
    manifest, out = built
    hits = {line["row"]: line for line in _lines(out / "contamination.jsonl") if line["source"] == "gsm"}
    assert (hits[11]["kind"], hits[13]["kind"]) == ("exact", "ngram")
    assert hits[11]["benchmark"] == hits[13]["benchmark"] == "gsm8k_test"
    assert hits[11]["item"] != hits[13]["item"]
    assert manifest["contamination"]["gsm8k_test"]["exact"] == 1
    assert manifest["benchmarks"]["gsm8k_test"]["items"] == 30


def test_no_question_is_in_it_twice_in_one_format(built: Any) -> None:
    _, out = built
    columns = shards.columns(out, "question", "mode", "language", "topic", "subject", kind="examples")
    seen = {(row["question"], row["mode"]) for row in columns.to_pylist()}
    assert len(seen) == 120
    assert all(row["subject"] for row in columns.to_pylist())
    assert all(row["topic"] for row in columns.to_pylist() if row["language"] == "zh")
