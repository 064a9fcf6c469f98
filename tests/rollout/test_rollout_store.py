"""The store keeps what finished, once, and sets torn lines aside."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from raymath.errors import DataError, MachineError
from raymath.records import Generation
from raymath.rollout.store import Store, read


def generation(item: str, text: str = "18", **more: object) -> Generation:
    fields = {"model": "m", "benchmark": "b", "mode": "cot", "item": item, "prompt": "p", "text": text}
    return Generation.model_validate(fields | {"finish": "stop"} | more)


def test_what_was_added_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "g.jsonl"
    rows = [generation("1"), generation("2", "两行\n\u2028“文字”")]
    with Store(path) as store:
        for row in rows:
            store.add(row)
        assert list(store) == rows
    with Store(path) as store:
        assert len(store) == 2
        assert rows[1].key in store
        assert list(store) == rows


def test_a_line_is_in_the_file_when_add_returns(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    with Store(path) as store:
        store.add(generation("1"))
        assert [row.item for row in read(path)] == ["1"]


def test_a_torn_last_line_is_set_aside_and_its_item_is_open_again(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    with Store(path) as store:
        store.add(generation("1"))
        store.add(generation("2"))
    whole = path.read_bytes()
    first = whole[: whole.index(b"\n") + 1]
    for cut in (len(first) + 1, len(whole) - 1, len(whole) - 20):
        path.write_bytes(whole[:cut])
        aside = path.with_name("g.jsonl.torn")
        aside.unlink(missing_ok=True)
        with Store(path) as store:
            assert [row.item for row in store] == ["1"]
            assert store.torn == whole[len(first) : cut]
            assert generation("2").key not in store
            store.add(generation("2"))
        assert aside.read_bytes() == whole[len(first) : cut] + b"\n"
        assert path.read_bytes() == whole


def test_a_key_cannot_be_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    with Store(path) as store:
        store.add(generation("1"))
        with pytest.raises(ValueError, match="already"):
            store.add(generation("1", "other"))
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(DataError, match="twice"):
        Store(path)


def test_a_lost_sample_is_noted_and_stays_open(tmp_path: Path) -> None:
    lost = generation("1", "", status="infra", finish="error", error="replica gone")
    with Store(tmp_path / "g.jsonl") as store:
        store.add_lost(lost)
        assert lost.key not in store
        with pytest.raises(ValueError, match="infrastructure"):
            store.add(lost)
    assert list(read(tmp_path / "g.jsonl.lost")) == [lost]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    with Store(path) as store:
        store.add(generation("1"))
    path.write_bytes(b'{"model": 1}\n' + path.read_bytes())
    with pytest.raises(DataError, match="line 1"):
        Store(path)


def _open_elsewhere(path: str, said: multiprocessing.Queue[str]) -> None:
    try:
        Store(path)
        said.put("opened")
    except MachineError as error:
        said.put(str(error))


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    said: multiprocessing.Queue[str] = context.Queue()
    path = str(tmp_path / "g.jsonl")

    def elsewhere() -> str:
        process = context.Process(target=_open_elsewhere, args=(path, said))
        process.start()
        process.join(60)
        return said.get(timeout=10)

    with Store(path):
        assert "another process is writing" in elsewhere()
    assert elsewhere() == "opened"
