"""A checkpoint is complete or absent."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from raymath.train import checkpoint
from raymath.train.checkpoint import Position

WEIGHTS = "state/weights"


def position(step: int) -> Position:
    return Position(step=step, fingerprint="f", seconds=1.5, world=2, zero_stage=1, precision="bf16")


def write(root: Path, step: int, *, finished: bool = True) -> Path:
    path = checkpoint.begin(root, step)
    (path / "state").mkdir()
    (path / "state" / "weights").write_bytes(b"x" * (100 + step))
    if finished:
        checkpoint.finish(path, position(step), {WEIGHTS: checkpoint.describe(path / WEIGHTS)})
    return path


def test_the_newest_complete_one_is_found(tmp_path: Path) -> None:
    assert checkpoint.newest(tmp_path) is None
    write(tmp_path, 2)
    nine = write(tmp_path, 9)
    write(tmp_path, 10, finished=False)
    assert checkpoint.newest(tmp_path) == (nine, position(9))
    ten = write(tmp_path, 10)
    assert checkpoint.newest(tmp_path) == (ten, position(10))


def test_one_that_another_rank_is_just_removing_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ranks of a shared disk look at the checkpoints there, and remove old ones, at the same time."""
    two, three = write(tmp_path, 2), write(tmp_path, 3)
    is_file = Path.is_file

    def removed_after_it_was_seen(self: Path) -> bool:
        found = is_file(self)
        if three in self.parents:
            checkpoint.discard(three)
        return found

    monkeypatch.setattr(Path, "is_file", removed_after_it_was_seen)
    assert checkpoint.newest(tmp_path) == (two, position(2))


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


def test_a_changed_byte_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = write(tmp_path, 2)
    marker = checkpoint.read_marker(path)
    assert marker is not None
    assert checkpoint.damaged(path, marker.files) == []
    (path / WEIGHTS).write_bytes(b"y" + (path / WEIGHTS).read_bytes()[1:])
    assert checkpoint.newest(tmp_path) == (path, position(2)), "looking for one compares sizes alone"
    assert checkpoint.damaged(path, marker.files) == [WEIGHTS]


def test_what_is_written_through_hashing_has_the_checksum_of_the_file(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as out:
        hashing = checkpoint.Hashing(out)
        for part in (b"one", b"", b"two" * 1000):
            hashing.write(part)
    told = hashing.file(3, shared=True)
    assert (told.rank, told.shared) == (3, True)
    assert (told.size, told.xxh3) == (3003, checkpoint.describe(tmp_path / "file").xxh3)


def test_the_universal_form_beside_it_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, 2)
    (path / checkpoint.UNIVERSAL).mkdir()
    (path / checkpoint.UNIVERSAL / "part").write_bytes(b"x")
    assert checkpoint.read(path) == position(2)


def test_what_an_earlier_attempt_left_is_removed(tmp_path: Path) -> None:
    path = write(tmp_path, 2)
    marker = checkpoint.read_marker(path)
    assert marker is not None
    (path / "state" / "old").write_bytes(b"x")
    assert checkpoint.read(path) is None
    checkpoint.restrict(path, marker.files)
    assert checkpoint.read(path) == position(2)


def steps(root: Path) -> list[int]:
    return sorted(checkpoint.step_of(path.name) for path in root.iterdir())


def test_pruning_keeps_the_newest_complete_ones(tmp_path: Path) -> None:
    for step in (2, 4, 6, 8):
        write(tmp_path, step, finished=step != 6)
    checkpoint.prune(tmp_path, 2)
    assert steps(tmp_path) == [4, 8]


def test_pruning_keeps_multiples_for_good(tmp_path: Path) -> None:
    for step in (5, 10, 15, 20, 25, 30):
        write(tmp_path, step)
        checkpoint.prune(tmp_path, 1, 10)
    assert steps(tmp_path) == [10, 20, 30]
    write(tmp_path, 1_000_005)
    checkpoint.prune(tmp_path, 1, 10)
    assert steps(tmp_path) == [10, 20, 30, 1_000_005], "by number, not by name"


def test_pruning_never_removes_the_newest_complete_one(tmp_path: Path) -> None:
    write(tmp_path, 2)
    (write(tmp_path, 4) / WEIGHTS).write_bytes(b"x")
    write(tmp_path, 6, finished=False)
    checkpoint.prune(tmp_path, 1)
    assert checkpoint.newest(tmp_path) == (checkpoint.directory(tmp_path, 2), position(2))


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "state/../../outside"])
def test_a_marker_names_nothing_outside_its_checkpoint(name: str) -> None:
    with pytest.raises(ValidationError, match="no name of a checkpoint's file"):
        checkpoint.Marker(position=position(1), files={name: checkpoint.File(size=0, xxh3="0")})
