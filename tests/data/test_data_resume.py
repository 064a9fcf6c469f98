"""A build that loses a worker, or is killed and started again, makes the same shards; for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from data_makers import example, segments

from raymath.config import Settings, validate
from raymath.data import fill, pipeline, tasks
from raymath.data.pipeline import build
from raymath.records import to_line

#: Rows of a chunk, and seconds that each of their programs takes: slow enough to be killed half way.
ROWS, SECONDS = 4, 0.25

_CHILD = """
import sys
from raymath.config import ClusterSettings, validate
from raymath.data import fill, tasks
from raymath.data.pipeline import build
from raymath.session import ray_session
import json
tasks.ROWS_PER_CHUNK, fill.PROBLEMS_PER_PART = {rows}, 8
settings = validate(json.loads(sys.argv[1]), "the test")
with ray_session(ClusterSettings(cpus=2)):
    build(settings, sys.argv[2], sys.argv[3])
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Forty slow programs, and generated problems."""
    file = tmp_path_factory.mktemp("slow") / "slow.jsonl"
    code = f"import time\ntime.sleep({SECONDS})\nprint(6 * 7)"
    told = segments(("text", "Multiply.\n"), ("code", code), ("output", "42"), ("text", "So \\boxed{42}."))
    rows = [
        example("tir", id=f"slow-{n}", question=f"What is 6 times 7, asked for time {n}?", segments=told)
        for n in range(40)
    ]
    file.write_text("".join(to_line(row) + "\n" for row in rows), encoding="utf-8")
    sources = {
        "slow": {"path": str(file)},
        "made": {"adapter": "synthesis", "fill": 1, "only": {"levels": ["primary"]}},
    }
    return validate({"data": {"sources": sources, "total": 100, "context": 2048}}, "the test")


@pytest.fixture(scope="module")
def patched() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "ROWS_PER_CHUNK", ROWS)
        patch.setattr(fill, "PROBLEMS_PER_PART", 8)
        yield


@pytest.fixture(scope="module")
def clean(
    local_ray: None, patched: None, recipe: Settings, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What an undisturbed build gives."""
    return build(recipe, tiny_model, tmp_path_factory.mktemp("clean"))


def test_one_worker_makes_what_many_make(
    clean: dict[str, Any], recipe: Settings, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "WORK_CPUS", 3)
    again = build(recipe, tiny_model, tmp_path)
    assert again["fingerprint"] == clean["fingerprint"]
    assert again["reused"] == 0


@pytest.mark.slow
def test_a_killed_worker(clean: dict[str, Any], recipe: Settings, tiny_model: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill() -> None:
        _until(lambda: len(_chunks(tmp_path)) >= 2)
        for process in psutil.Process().children(recursive=True):
            if process.name().startswith("ray::MapBatches") or "ray::MapBatches" in " ".join(process.cmdline()[:1]):
                os.kill(process.pid, signal.SIGKILL)
                killed.append(process.pid)
                return

    thread = threading.Thread(target=kill)
    thread.start()
    again = build(recipe, tiny_model, tmp_path)
    thread.join()
    assert killed, "there was no worker to kill"
    assert again["fingerprint"] == clean["fingerprint"]
    assert again["sources"] == clean["sources"]
    assert again["stages"] == clean["stages"]


@pytest.mark.slow
def test_a_killed_job_goes_on(clean: dict[str, Any], recipe: Settings, tiny_model: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _CHILD.format(rows=ROWS), recipe.model_dump_json(), str(tiny_model), str(tmp_path)]
    job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    children: list[psutil.Process] = []
    try:
        _until(lambda: len(_chunks(tmp_path)) >= 3 or job.poll() is not None)
        assert job.poll() is None, "the job ended before it could be killed"
        children = psutil.Process(job.pid).children(recursive=True)
    finally:
        job.kill()
        job.wait()
    # What runs on for a moment may write, but never half a file.
    _, left = psutil.wait_procs(children, timeout=30)
    for process in left:
        process.kill()
    had = len(_chunks(tmp_path))
    assert not (tmp_path / "manifest.json").exists()
    again = build(recipe, tiny_model, tmp_path)
    assert again["fingerprint"] == clean["fingerprint"]
    assert again["reused"] >= had >= 3
    assert again["stages"] == clean["stages"]
    assert not (tmp_path / "staging").exists()


def test_another_recipe_does_not_go_on_from_it(
    clean: dict[str, Any], recipe: Settings, tiny_model: Path, tmp_path: Path
) -> None:
    build(recipe, tiny_model, tmp_path)
    other = recipe.model_copy(update={"data": recipe.data.model_copy(update={"seed": 1})})
    again = build(other, tiny_model, tmp_path)
    assert again["reused"] == 0
    assert again["fingerprint"] != clean["fingerprint"]


def _chunks(out: Path) -> list[Path]:
    return list((out / "staging" / "curated").glob("*.parquet"))


def _until(true: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
