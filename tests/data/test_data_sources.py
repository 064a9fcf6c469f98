"""Good rows around bad ones are used; each bad one is rejected with its row and reason; real sources adapt."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from data_makers import example

from raymath.config import SourceSettings
from raymath.data.adapters import language_of, last_boxed
from raymath.data.adapters.conversations import parse_messages
from raymath.data.sources import ADAPTERS, Origin, Rejected, Unusable, adapter, files, load, read_rows, refuse_test
from raymath.errors import DataError
from raymath.records import Example, to_line

GOOD = [json.dumps({"question": f"{i} + 1?", "solution": f"{i + 1}"}).encode() + b"\n" for i in range(6)]


def read(path: Path) -> tuple[list[int], list[Rejected]]:
    rejected: list[Rejected] = []
    return [number for number, _ in read_rows(path, rejected.append)], rejected


def rows(path: Path, name: str = "jsonl") -> list[Example | Rejected]:
    return list(load(path, "mine", ADAPTERS[name]))


# Planted faults.


def test_bad_rows_are_set_aside_and_good_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    bad = [
        b'{"question": \n',
        b'{"question": "\xff\xfe?"}\n',
        b"[1, 2]\n",
        b"\n",
        b"{}\n",
        b'{"question": " "}\n',
        b"17\n",
    ]
    path.write_bytes(b"".join(b for pair in zip(GOOD, bad, strict=False) for b in pair) + bad[-1] + GOOD[0])
    items = rows(path)
    good = [item.row for item in items if isinstance(item, Example)]
    reasons = {item.row: item.reason for item in items if isinstance(item, Rejected)}
    assert good == [0, 2, 4, 6, 8, 10, 13]
    assert set(reasons) == {1, 3, 5, 9, 11, 12}, "a blank line is no row"
    assert "JSON" in reasons[1]
    assert "UTF-8: at byte 14" in reasons[3]
    assert "list" in reasons[5]
    assert "no 'solution'" in reasons[9]
    assert "int" in reasons[12]
    assert {item.file for item in items if isinstance(item, Rejected)} == {str(path)}


@pytest.mark.parametrize(
    "row", [{"solution": "1"}, {"question": None, "solution": "1"}, {"question": 7, "solution": "1"}]
)
def test_a_row_without_a_question(tmp_path: Path, row: dict) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD[0] + json.dumps(row).encode() + b"\n" + GOOD[1])
    first, second, third = rows(path)
    assert isinstance(first, Example)
    assert isinstance(third, Example)
    assert isinstance(second, Rejected)
    assert "question" in second.reason


def test_a_truncated_gzip_gives_the_rows_before_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    many = [
        json.dumps({"question": f"{i * 7919 % 10007} and {i * i}?", "solution": "1"}).encode() + b"\n"
        for i in range(5000)
    ]
    whole = gzip.compress(b"".join(many))
    path.write_bytes(whole[: len(whole) * 2 // 3])
    numbers, rejected = read(path)
    assert 1000 < len(numbers) < 5000
    assert numbers == list(range(len(numbers)))
    assert "damaged" in rejected[-1].reason
    assert len(rejected) <= 2, "the cut, and at most the line that it cut"


def test_a_gzip_that_is_none_and_one_with_a_wrong_checksum(tmp_path: Path) -> None:
    plain, wrong = tmp_path / "plain.jsonl.gz", tmp_path / "wrong.jsonl.gz"
    plain.write_bytes(GOOD[0])
    body = bytearray(gzip.compress(b"".join(GOOD)))
    body[-8] ^= 1
    wrong.write_bytes(bytes(body))
    assert [len(part) for part in read(plain)] == [0, 1]
    assert [len(part) for part in read(wrong)] == [6, 1]


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(line.replace(b"\n", b"\r\n") for line in GOOD))
    assert read(path) == (list(range(6)), [])


def test_parquet_and_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist([json.loads(line) for line in GOOD]), path)
    assert [item.question for item in rows(path) if isinstance(item, Example)] == [f"{i} + 1?" for i in range(6)]
    path.write_bytes(path.read_bytes()[:-20])
    ((only,)) = rows(path)
    assert isinstance(only, Rejected)
    assert "damaged" in only.reason


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"path": "none.jsonl", "adapter": "jsonl"}, r"no file .*none\.jsonl.*data\.sources\.mine\.path"),
        ({"path": "*.parquet", "adapter": "jsonl"}, "no file"),
        ({"path": "", "adapter": "jsonl"}, "names no file"),
        ({"path": "empty.jsonl", "adapter": "jsonl"}, r"empty\.jsonl is empty"),
        ({"path": "notes.txt", "adapter": "jsonl"}, "format"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, given: dict, said: str) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(DataError, match=said):
        files("mine", SourceSettings(**given), str(tmp_path))


def test_files_of_a_directory_and_a_glob(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.jsonl.gz", "c.md"):
        (tmp_path / name).write_text("x")
    assert [f.name for f in files("mine", SourceSettings(path="."), str(tmp_path))] == [
        "a.jsonl",
        "b.jsonl",
        "c.jsonl.gz",
    ]
    assert [f.name for f in files("mine", SourceSettings(path="*.jsonl"), str(tmp_path))] == ["a.jsonl", "b.jsonl"]
    assert [f.name for f in files("mine", SourceSettings())] == ["train.jsonl"], "the embedded sample needs no path"


@pytest.mark.parametrize(
    "name",
    [
        "gsm8k_test.jsonl.gz",
        "math_test.jsonl",
        "test.jsonl",
        "gsm8k_socratic_test.jsonl.gz",
        "math500.jsonl.gz",
        "cmath_dev.jsonl.gz",
        "mgsm_zh.jsonl",
        "bench/extra/asdiv.jsonl.gz",
        "gsm_hard.jsonl",
        "test/part-0.parquet",
        "test-00000-of-00001.parquet",
        "heldout.jsonl",
    ],
)
def test_test_sets_are_refused_by_name(name: str) -> None:
    with pytest.raises(DataError, match="test set"):
        refuse_test(Path("data") / name)


@pytest.mark.parametrize(
    "name", ["bench/gsm8k_train.jsonl.gz", "latest.jsonl", "contest_rows.jsonl", "train/zh_carp_dev.jsonl.gz"]
)
def test_training_files_are_not(name: str) -> None:
    refuse_test(Path("data") / name)


def test_rows_of_a_test_set_are_refused_by_id() -> None:
    for name, identity in (("math", "test/algebra/0.json"), ("gsm8k", "gsm8k-test-3")):
        with pytest.raises(Unusable, match="test set"):
            ADAPTERS[name]({"id": identity, "question": "?", "solution": "\\boxed{1} #### 1"}, Origin("s", "f", 0))


def test_an_unknown_adapter_names_the_known() -> None:
    with pytest.raises(DataError, match=r"'gsm9k'.*raymath, gsm8k"):
        adapter("gsm9k", "mine")


# Adapters.


def test_gsm8k_marks_go_and_the_answer_is_boxed() -> None:
    row = {
        "id": "g-1",
        "question": "How many?",
        "solution": "48/2 = <<48/2=24>>24.\nSo 48+24 = <<48+24=72>>72.\n#### 1,072",
        "answer": "1,072",
    }
    made = ADAPTERS["gsm8k"](row, Origin("gsm8k", "f", 3))
    assert made.segments[0].text == "48/2 = 24.\nSo 48+24 = 72.\nThe answer is \\boxed{1,072}."
    assert (made.answer, made.row, made.mode, made.licence) == ("1,072", 3, "cot", "MIT")
    hub = {"question": row["question"], "answer": row["solution"]}
    assert ADAPTERS["gsm8k"](hub, Origin("gsm8k", "dir/f.parquet", 3)).segments == made.segments
    with pytest.raises(Unusable, match="####"):
        ADAPTERS["gsm8k"]({"question": "How many?", "solution": "72", "answer": "72"}, Origin("gsm8k", "f", 3))


def test_math_in_both_spellings() -> None:
    row = {
        "id": "a",
        "question": "Find x.",
        "solution": "So $\\boxed{\\frac{1}{2}}$.",
        "answer": "\\frac{1}{2}",
        "subject": "Algebra",
        "level": "Level 1",
    }
    hub = {"id": "a", "problem": row["question"], "solution": row["solution"], "type": "Algebra", "level": "Level 1"}
    made = [ADAPTERS["math"](given, Origin("math", "f", 0)) for given in (row, hub)]
    assert made[0] == made[1]
    assert (made[0].answer, made[0].topic, made[0].level) == ("\\frac{1}{2}", "Algebra", "Level 1")


def test_raymath_rows_come_back(tmp_path: Path) -> None:
    given = [example(mode, language) for mode in ("cot", "pot", "tir") for language in ("en", "zh")]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(to_line(one) + "\n" for one in given), encoding="utf-8")
    read_back = rows(path, "raymath")
    assert [one.model_copy(update={"source": "made", "row": 0}) for one in read_back] == given
    assert [(one.source, one.row) for one in read_back] == [("mine", i) for i in range(6)]


def test_jsonl_guesses_mode_and_language() -> None:
    def made(solution: str, **row: str) -> tuple[str, str]:
        one = ADAPTERS["jsonl"]({"question": "六乘七？", "solution": solution} | row, Origin("mine", "f", 0))
        return one.mode, one.language

    code = "```python\nprint(42)\n```\n"
    assert made("42") == ("cot", "zh")
    assert made(code) == ("pot", "zh")
    assert made(code + "```output\n42\n```\n42.", question="What is six times seven?") == ("tir", "en")
    assert made("42", language="en", mode="cot") == ("cot", "en")


def test_language_is_the_questions() -> None:
    assert language_of("How many?", "因此") == "en"
    assert language_of("多少 apples?") == "zh"
    assert language_of("\\frac{3}{4} + \\sqrt{x} = ?", "因此") == "zh"
    assert language_of("$\\frac{3}{4}$", "So it is") == "en"


def test_last_boxed_matches_braces() -> None:
    assert last_boxed("\\boxed{1} or \\boxed{\\frac{1}{2}}.") == "\\frac{1}{2}"
    assert last_boxed("\\boxed{1") is None
    assert last_boxed("1") is None


def talk(*turns: str) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[i % 2], "value": turn} for i, turn in enumerate(("题目：?", *turns))]


def test_zh_tir_conversation_becomes_segments() -> None:
    messages = talk("先算：```python\nprint(6 * 7)\n```\n", "\n运行结果为：```42```\n", "因此是\\boxed{42}。")
    got = parse_messages(messages, "42")
    assert [(s.kind, s.text) for s in got] == [
        ("text", "先算："),
        ("code", "print(6 * 7)"),
        ("output", "42"),
        ("text", "因此是\\boxed{42}。"),
    ]


def test_zh_tir_oddities_of_the_real_files() -> None:
    twice = talk("算：```python\nprint(1)```python\nprint(1)\n```", "：```1``` ```2```", "是 1")
    assert [s.text for s in parse_messages(twice, "1")] == ["算：", "print(1)", "1\n2", "是 1\n答案是\\boxed{1}。"]
    dangling = talk("是 \\boxed{3}。```python\n\n```")
    assert [s.text for s in parse_messages(dangling, "3")] == ["是 \\boxed{3}。"]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (None, "not a conversation"),
        (talk("因此", "人"), "alternate"),
        (talk("算：```python\nprint(1)\n``` 得到", "```1```", "\\boxed{1}"), "text between"),
        (talk("算：```python\nprint(1)\n```", "``````", "\\boxed{1}"), "missing or empty"),
        (talk("算：```python\nprint(1)\n```"), "conclusion"),
        (talk("算：", "```1```", "\\boxed{1}"), "something else"),
        (talk("算不出"), "no final answer"),
        ([{"from": "human"}, {"from": "gpt"}], "'value'"),
    ],
)
def test_zh_tir_conversations_that_are_refused(messages: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_messages(messages, None)


# Real rows.


def census(root: Path, name: str, pattern: str) -> tuple[Counter, Counter]:
    """(language, mode) of the Examples and reasons of the rest, over all files of a pattern."""
    kinds: Counter = Counter()
    reasons: Counter = Counter()
    ids = set()
    for file in files(name, SourceSettings(adapter=name, path=pattern), str(root)):
        for item in load(file, name, ADAPTERS[name]):
            if isinstance(item, Rejected):
                reasons[item.reason] += 1
            else:
                kinds[item.language, item.mode] += 1
                ids.add(item.id)
                assert "<<" not in item.segments[-1].text
                assert "boxed" in item.segments[-1].text or name == "math"
    assert len(ids) == sum(kinds.values())
    return kinds, reasons


@pytest.mark.data
def test_real_gsm8k_and_math(data_dir: Path) -> None:
    assert census(data_dir, "gsm8k", "bench/gsm8k_train.jsonl.gz") == ({("en", "cot"): 7473}, {})
    assert census(data_dir, "math", "bench/math_train.jsonl.gz") == ({("en", "cot"): 7500}, {})


@pytest.mark.data
def test_real_zh_tir(data_dir: Path) -> None:
    kinds, reasons = census(data_dir, "zh_tir", "train/zh_tir_*.jsonl.gz")
    assert kinds == {("zh", "tir"): 2062, ("zh", "cot"): 490, ("en", "tir"): 883, ("en", "cot"): 239}
    assert reasons == {
        "no final answer in a box": 16,
        "text between a program and its output": 2,
        "the turns do not alternate between user and model": 1,
    }
