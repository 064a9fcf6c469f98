"""What is staged is complete or absent, and only taken over by a build of the same key."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raymath.data import staging
from raymath.data.staging import Staging


def test_a_file_is_there_whole_with_its_note(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2, 3]})
    staging.write(tmp_path / "x.parquet", table, {"rows": 3, "why": "weil 题"})
    assert pq.read_table(tmp_path / "x.parquet").column("a").to_pylist() == [1, 2, 3]
    assert staging.note_of(tmp_path / "x.parquet") == {"rows": 3, "why": "weil 题"}
    assert [file.name for file in tmp_path.iterdir()] == ["x.parquet"]


def test_a_writer_that_fails_leaves_nothing_under_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(pq, "write_table", broken)
    with pytest.raises(OSError, match="no space"):
        staging.write(tmp_path / "x.parquet", pa.table({"a": [1]}))
    assert not (tmp_path / "x.parquet").exists()


def test_the_same_key_goes_on_and_another_begins_anew(tmp_path: Path) -> None:
    stage = Staging.open(tmp_path / "staging", "one")
    staging.write(stage.folder("curated") / "a.parquet", pa.table({"a": [1]}))
    (stage.folder("curated") / ".b.parquet-1-ff").write_text("half")
    again = Staging.open(tmp_path / "staging", "one")
    assert again.done("curated") == {"a"}
    assert [file.name for file in again.folder("curated").iterdir()] == ["a.parquet"], "what is half is taken away"
    assert Staging.open(tmp_path / "staging", "two").done("curated") == set()
    again.close()
    assert not (tmp_path / "staging").exists()


def test_a_mark_tells_a_changed_file(tmp_path: Path) -> None:
    (tmp_path / "set" / "deep").mkdir(parents=True)
    (tmp_path / "set" / "deep" / "a.parquet").write_text("one")
    before = staging.mark(tmp_path / "set")
    assert before == staging.mark(tmp_path / "set")
    (tmp_path / "set" / "deep" / "a.parquet").write_text("other")
    assert before != staging.mark(tmp_path / "set")
    assert staging.mark(tmp_path / "none") == []


def test_a_key_names_all_it_is_made_of() -> None:
    assert staging.key({"a": 1}, [2]) == staging.key({"a": 1}, [2])
    assert staging.key({"a": 1}, [2]) != staging.key({"a": 1}, [3])
