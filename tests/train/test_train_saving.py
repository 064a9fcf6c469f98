"""Copies in a store, machines that share no disk, damage, and what stops a run."""

from __future__ import annotations

import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from forked import run

from raymath import storage
from raymath.errors import MachineError
from raymath.train import checkpoint, finding, metrics
from raymath.train.export import export
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.metrics import Line
from raymath.train.store import Store, StoreError

MakeJob = Callable[..., Job]


def numbers(job: Job) -> list[tuple[int, float, float, str]]:
    return [(line.step, line.loss, line.gradient_norm, line.data) for line in metrics.read(job.metrics)]


def longer(job: Job, steps: int) -> Job:
    """The same run with more steps to go."""
    return job.model_copy(update={"settings": job.settings.model_copy(update={"steps": steps})})


def stored(job: Job) -> list[int]:
    """The steps that are complete in a job's store."""
    assert job.store is not None
    return [marker.position.step for _, marker in Store(job.store).complete()]


def flip(file: Path) -> None:
    """Change a byte in the middle, and nothing that can be seen from outside."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.fixture
def whole(make_job: MakeJob) -> Job:
    """An undisturbed run."""
    job = make_job("whole", steps=6)
    train(job)
    return job


def test_a_machine_with_an_empty_disk_goes_on_from_the_store(make_job: MakeJob, tmp_path: Path, whole: Job) -> None:
    job = make_job(steps=4, checkpoint_store=f"file://{tmp_path}/store")
    train(job)
    assert stored(job) == [4, 2]
    shutil.rmtree(job.out)
    seen: list[Line] = []
    train(longer(job, 6), seen.append)
    assert [line.step for line in seen] == [4, 5]
    assert numbers(job) == numbers(whole), "with the lines of the steps before"
    assert stored(job) == [6, 4], "the last two are kept"


def test_what_a_kill_kept_from_the_store_is_copied_by_the_next_start(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(steps=4, checkpoint_store=str(tmp_path / "store"))
    train(job)
    assert job.store is not None
    where = Store(job.store)
    newest = next(where.complete())[0]
    where._place.remove(f"{newest}/{checkpoint.MARKER}")
    assert stored(job) == [2]
    train(job)
    assert stored(job) == [4, 2]
    assert newest not in where._names(), "the torn attempt is gone"


def test_steps_go_on_while_a_checkpoint_is_copied(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = threading.Event()
    upload = Store.upload

    def slow(self: Store, *args: object) -> None:
        assert later.wait(60), "the step after the checkpoint waits for its copy"
        upload(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "upload", slow)
    job = make_job(steps=4, checkpoint_store=str(tmp_path / "store"))
    train(job, lambda line: later.set() if line.step == 3 else None)
    assert stored(job) == [4, 2]


def test_a_damaged_checkpoint_gives_way_to_the_one_before(make_job: MakeJob, whole: Job) -> None:
    job = make_job(steps=4)
    train(job)
    flip(next((checkpoint.directory(job.checkpoints, 4) / "state").glob("*optim_states.pt")))
    seen: list[Line] = []
    train(longer(job, 6), seen.append)
    assert [line.step for line in seen] == [2, 3, 4, 5]
    assert numbers(job) == numbers(whole)


def test_a_damaged_file_is_brought_back_from_the_store(make_job: MakeJob, tmp_path: Path, whole: Job) -> None:
    job = make_job(steps=4, checkpoint_store=str(tmp_path / "store"))
    train(job)
    flip(next((checkpoint.directory(job.checkpoints, 4) / "state").glob("*optim_states.pt")))
    seen: list[Line] = []
    train(longer(job, 6), seen.append)
    assert [line.step for line in seen] == [4, 5]
    assert numbers(job) == numbers(whole)


def test_a_run_whose_checkpoints_are_all_damaged_does_not_begin_again(make_job: MakeJob) -> None:
    job = make_job(steps=4)
    train(job)
    for file in job.checkpoints.glob("*/state/*optim_states.pt"):
        flip(file)
    with pytest.raises(MachineError, match=r"no checkpoint .* is intact .*step 4: .*step 2: .*checksum"):
        train(longer(job, 6))


def test_a_damaged_checkpoint_is_not_exported(make_job: MakeJob, tiny_model: Path, tmp_path: Path) -> None:
    from raymath.errors import ModelError

    job = make_job(steps=2, checkpoint_store=str(tmp_path / "store"))
    train(job)
    flip(checkpoint.directory(job.checkpoints, 2) / "state" / "mp_rank_00_model_states.pt")
    with pytest.raises(ModelError, match=r"model_states\.pt is damaged"):
        export(Path(job.out), str(tiny_model), tmp_path / "model")
    shutil.rmtree(job.checkpoints)
    finding.fetch(Path(job.out), job.settings)
    assert (export(Path(job.out), str(tiny_model), tmp_path / "model") / "model.safetensors").is_file()


@pytest.mark.slow
def test_machines_that_share_no_disk(make_job: MakeJob, tmp_path: Path, whole: Job) -> None:
    disks = tuple(tmp_path / name / "run" for name in ("one", "two"))
    job = make_job("train", steps=2, checkpoint_store=f"file://{tmp_path}/store")
    run(job, 2, disks=disks)
    own = [{file.name for file in disk.rglob("*optim_states.pt")} for disk in disks]
    assert all(len(names) == 1 for names in own)
    assert own[0] != own[1], "each rank has only its own"
    shutil.rmtree(disks[1])
    run(longer(job, 4), 2, disks=disks)
    # Fewer of them, and another one of them.
    shutil.rmtree(disks[0])
    run(longer(job, 6), 1, disks=disks)
    last = job.model_copy(update={"out": str(disks[0] / "train")})
    assert [line.data for line in metrics.read(last.metrics)] == [line.data for line in metrics.read(whole.metrics)]
    losses = [[line.loss for line in metrics.read(each.metrics)] for each in (last, whole)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_disks_that_are_not_one_need_a_store(make_job: MakeJob, tmp_path: Path) -> None:
    disks = tuple(tmp_path / name / "run" for name in ("one", "two"))
    said = run(make_job("train", steps=2), 2, disks=disks, failing=True)
    assert "give train.checkpoint_store" in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB: two checkpoints of the tiny model."""
    path = tmp_path / "disk"
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    yield path
    subprocess.run(["umount", path], check=True)


def test_a_full_disk_stops_the_run_and_says_what_is_safe(make_job: MakeJob, small_disk: Path, whole: Job) -> None:
    job = make_job(steps=6).model_copy(update={"out": str(small_disk / "out")})
    with pytest.raises(MachineError, match=r"step \d .*No space left on device.*Safe: step \d in /") as caught:
        train(job)
    assert "give the same run again" in caught.value.fix
    found = checkpoint.newest(job.checkpoints)
    assert found is not None
    assert f"Safe: step {found[1].step} in {found[0]}" in caught.value.what
    assert [path.name for path in job.checkpoints.iterdir() if checkpoint.read(path) is None] == []
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    train(job)
    assert numbers(job) == numbers(whole)


def test_a_file_that_may_not_grow_stops_the_run(make_job: MakeJob) -> None:
    job = make_job(steps=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, hard))
    try:
        with pytest.raises(MachineError, match=r"step 2 .*File too large.*No step is safe yet"):
            train(job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(job.checkpoints.iterdir()) == []


@pytest.mark.slow
def test_an_unreachable_store_stops_the_run_and_says_what_is_safe(
    make_job: MakeJob, whole: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.server import ThreadedMotoServer
    from pyarrow import fs

    for name, value in {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "private-words"}.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    options = f"region=us-east-1&scheme=http&endpoint_override={host}:{port}"
    files, _ = fs.FileSystem.from_uri(f"s3://runs?{options}&allow_bucket_creation=true")
    files.create_dir("runs")
    monkeypatch.setattr(storage, "_PATIENCE_S", 0.5)
    job = make_job(steps=6, checkpoint_store=f"s3://runs/all?{options}")

    def stop(line: Line) -> None:
        if line.step == 3:
            while stored(job) != [2]:
                time.sleep(0.05)
            server.stop()

    with pytest.raises(MachineError, match="step 4 cannot be copied to the store: s3://runs/all/") as caught:
        train(job, stop)
    assert f"step 4 in {checkpoint.directory(job.checkpoints, 4)} and step 2 in s3://runs/all/" in caught.value.what
    assert "private-words" not in str(caught.value)
    with pytest.raises(StoreError, match="cannot be reached"):
        train(job)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port)
    server.start()
    train(job)
    assert numbers(job) == numbers(whole)
    assert stored(job) == [6, 4]
    server.stop()
