"""A checkpoint is complete or absent."""

from __future__ import annotations

from pathlib import Path

from raymath.train import checkpoint
from raymath.train.checkpoint import Position


def position(step: int) -> Position:
    return Position(step=step, fingerprint="f", seconds=1.5, world=2, zero_stage=1, precision="bf16")


def write(root: Path, step: int, *, finished: bool = True) -> Path:
    path = checkpoint.begin(root, step)
    (path / "state").mkdir()
    (path / "state" / "weights").write_bytes(b"x" * (100 + step))
    if finished:
        checkpoint.finish(path, position(step))
    return path


def test_the_newest_complete_one_is_found(tmp_path: Path) -> None:
    assert checkpoint.newest(tmp_path) is None
    write(tmp_path, 2)
    nine = write(tmp_path, 9)
    write(tmp_path, 10, finished=False)
    assert checkpoint.newest(tmp_path) == (nine, position(9))
    ten = write(tmp_path, 10)
    assert checkpoint.newest(tmp_path) == (ten, position(10))


def test_a_truncated_missing_or_added_file_makes_it_absent(tmp_path: Path) -> None:
    two = write(tmp_path, 2)
    for damage in ("truncate", "remove", "add"):
        four = write(tmp_path, 4)
        assert checkpoint.newest(tmp_path) == (four, position(4))
        file = four / "state" / "weights"
        if damage == "truncate":
            file.write_bytes(b"x")
        elif damage == "remove":
            file.unlink()
        else:
            (four / "state" / "more").write_bytes(b"x")
        assert checkpoint.newest(tmp_path) == (two, position(2)), damage


def test_a_torn_marker_makes_it_absent(tmp_path: Path) -> None:
    path = write(tmp_path, 2)
    marker = path / checkpoint.MARKER
    marker.write_text(marker.read_text()[:-20])
    assert checkpoint.newest(tmp_path) is None


def test_beginning_again_removes_what_was_there(tmp_path: Path) -> None:
    write(tmp_path, 2)
    assert list(checkpoint.begin(tmp_path, 2).iterdir()) == []
    assert checkpoint.newest(tmp_path) is None


def test_pruning_keeps_the_newest_complete_ones(tmp_path: Path) -> None:
    for step in (2, 4, 6, 8):
        write(tmp_path, step, finished=step != 6)
    checkpoint.prune(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000004", "step-000008"]
