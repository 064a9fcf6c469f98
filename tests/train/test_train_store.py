"""A store: a directory, memory, and S3 against a local server."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from s3_servers import bucket

from raymath import storage
from raymath.config import TrainSettings, validate
from raymath.errors import ConfigError
from raymath.train import checkpoint
from raymath.train.checkpoint import File, Marker, Position
from raymath.train.job import Job
from raymath.train.store import Store, StoreError


def made(root: Path, step: int, ranks: int = 2, content: bytes = b"weights") -> tuple[Path, Marker]:
    """A checkpoint on disk with a file of each rank and one for all."""
    path = checkpoint.begin(root, step)
    (path / "state").mkdir()
    files: dict[str, File] = {}
    for name, rank, shared in [("model", 0, True), *((f"rank-{rank}", rank, False) for rank in range(ranks))]:
        (path / "state" / name).write_bytes(content * (1000 + step + rank))
        files[f"state/{name}"] = checkpoint.describe(path / "state" / name).model_copy(
            update={"rank": rank, "shared": shared}
        )
    position = Position(step=step, fingerprint="f", seconds=1, world=ranks, zero_stage=1, precision="bf16")
    checkpoint.finish(path, position, files)
    return path, Marker(position=position, files=files)


def upload(where: Store, name: str, path: Path, marker: Marker) -> None:
    for rank in range(marker.position.world):
        where.upload(name, path, {n: f for n, f in marker.files.items() if f.rank == rank}, rank)
    assert where.seal(name, marker, marker.position.world, lambda: True)


def names(where: Store) -> list[str]:
    return [name for name, _ in where.complete()]


def test_what_is_uploaded_comes_back(uri: str, tmp_path: Path) -> None:
    path, marker = made(tmp_path, 20)
    where = Store(uri)
    assert names(where) == []
    upload(where, "step-000020-a", path, marker)
    assert list(Store(uri).complete()) == [("step-000020-a", marker)]
    target = tmp_path / "elsewhere"
    Store(uri).fetch("step-000020-a", marker.files, target)
    assert checkpoint.damaged(target, marker.files) == []
    # Only what is not there already is fetched.
    (target / "state" / "rank-1").write_bytes(b"torn")
    model = (target / "state" / "model").stat().st_mtime_ns
    Store(uri).fetch("step-000020-a", marker.files, target)
    assert checkpoint.damaged(target, marker.files) == []
    assert (target / "state" / "model").stat().st_mtime_ns == model


def test_it_is_complete_only_with_every_ranks_files_and_the_marker(uri: str, tmp_path: Path) -> None:
    path, marker = made(tmp_path, 20)
    where = Store(uri)
    upload(where, "step-000010-a", *made(tmp_path, 10))
    of_0, of_1 = ({n: f for n, f in marker.files.items() if f.rank == rank} for rank in range(2))
    where.upload("step-000020-a", path, of_0, 0)
    asked: list[bool] = []

    def still_wanted() -> bool:
        asked.append(True)
        return len(asked) < 3

    assert not where.seal("step-000020-a", marker, 2, still_wanted), "rank 1 has not uploaded"
    assert names(where) == ["step-000010-a"]
    sealing = threading.Thread(target=lambda: where.seal("step-000020-a", marker, 2, lambda: True))
    sealing.start()
    where.upload("step-000020-a", path, of_1, 1)
    sealing.join(30)
    assert names(where) == ["step-000020-a", "step-000010-a"]
    where._place.remove("step-000020-a/state/rank-1")
    assert names(where) == ["step-000010-a"]


def test_a_file_that_changed_in_the_store_is_refused(uri: str, tmp_path: Path) -> None:
    path, marker = made(tmp_path, 20)
    where = Store(uri)
    upload(where, "step-000020-a", path, marker)
    size = marker.files["state/model"].size
    where._place.write("step-000020-a/state/model", b"x" * size)
    with pytest.raises(ValueError, match="state/model is not what was uploaded"):
        where.fetch("step-000020-a", marker.files, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere" / "state" / "model").exists()


def test_pruning_keeps_the_last_and_the_multiples(uri: str, tmp_path: Path) -> None:
    where = Store(uri)
    for step in (5, 10, 15, 20):
        upload(where, f"step-{step:06d}-a", *made(tmp_path, step))
    path, marker = made(tmp_path, 20)
    where.upload("step-000015-torn", path, marker.files, 0)
    where.upload("step-000025-under-way", path, marker.files, 0)
    where.prune(1, 10, "step-000020-a")
    assert where._names() == ["step-000025-under-way", "step-000020-a", "step-000010-a"]


def test_a_store_that_is_gone_says_so_and_names_no_secret(
    s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.server import ThreadedMotoServer

    own = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    own.start()
    address = ":".join(map(str, own.get_host_and_port()))
    where = Store(bucket(address, "gone"))
    path, marker = made(tmp_path, 20)
    upload(where, "step-000020-a", path, marker)
    own.stop()
    monkeypatch.setattr(storage, "_PATIENCE_S", 0.5)
    for action in (
        lambda: list(where.complete()),
        lambda: where.upload("step-000030-a", path, marker.files, 0),
        lambda: where.fetch("step-000020-a", marker.files, tmp_path / "elsewhere"),
    ):
        with pytest.raises(StoreError, match="s3://bucket/gone/run cannot be reached") as caught:
            action()
        assert "private-words" not in str(caught.value)


def test_a_store_that_fails_for_a_moment_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Store(f"file://{tmp_path}/store")
    path, marker = made(tmp_path, 20)
    # A file where a directory has to be, for half a second.
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "step-000020-a").write_text("in the way")
    threading.Thread(target=lambda: (time.sleep(0.5), (tmp_path / "store" / "step-000020-a").unlink())).start()
    upload(where, "step-000020-a", path, marker)
    assert names(where) == ["step-000020-a"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("s3://someone:private-words@bucket/runs", "holds a credential"),
        ("s3://bucket/runs?secret_key=private-words", "holds a credential"),
        ("runs/checkpoints", "absolute path or a URI"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(given: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        validate({"train": {"checkpoint_store": given}}, "the test")
    assert "private-words" not in str(caught.value)


@pytest.mark.parametrize("given", ["nonsense://bucket/runs", "s3://", "s3://bucket/a?nonsense=1"])
def test_an_unknown_kind_of_address_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="checkpoint_store"):
        Store(given)


def test_each_run_has_its_place_in_a_store() -> None:
    def job(**settings: str) -> Job:
        return Job(model="m", feed="f", out="/runs/mine-1234/train", settings=TrainSettings(**settings))

    assert job(checkpoint_store="s3://bucket/all/?region=a").store == "s3://bucket/all/mine-1234/train?region=a"
    assert job(checkpoint_store="/mnt/all").store == "/mnt/all/mine-1234/train"
    assert job().store is None
