"""Good rows around bad ones are used; each bad one is rejected with its row and reason; real sources adapt."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raymath.config import SourceSettings
from raymath.data.sources import ADAPTERS, Origin, Rejected, Unusable, adapter, files, load, read_rows, refuse_test
from raymath.errors import DataError
from raymath.records import Example

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

    def found(**given: str) -> list[str]:
        return [Path(file).name for file in files("mine", SourceSettings(**given), str(tmp_path))]

    assert found(path=".") == ["a.jsonl", "b.jsonl", "c.jsonl.gz"]
    assert found(path="*.jsonl") == ["a.jsonl", "b.jsonl"]
    assert found() == ["train.jsonl"], "the embedded sample needs no path"


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
    with pytest.raises(DataError, match=r"'gsm9k'.*raymath, jsonl, gsm8k"):
        adapter("gsm9k", "mine")
