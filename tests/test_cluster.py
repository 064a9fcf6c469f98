"""A local head started and stopped by the script, and a job submitted to it as a user would."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of what git would ship, with this environment as its .venv, so that runs/ is the test's own."""
    copy = tmp_path / "checkout"
    names = ["raymath", "jobs", "cluster", "pyproject.toml", "README.md", ".gitignore"]
    for name in names:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    environment = Path(sys.prefix)
    (copy / ".venv").symlink_to(environment)
    # Otherwise the script would install the copy into this environment.
    stamp = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + (ROOT / "jobs" / "setup.sh").read_bytes())
    if not (file := environment / ".raymath").is_file() or file.read_text() != stamp.hexdigest()[:16]:
        pytest.fail(f"{environment} was not made by this jobs/setup.sh: run the tests with `bash tests/run.sh`")
    yield copy
    subprocess.run(["bash", "cluster/local.sh", "stop"], cwd=copy, capture_output=True, check=False)


def ours(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("RAYMATH_LOCAL_CLUSTER") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_submit_to_a_local_head(checkout: Path) -> None:
    started = subprocess.run(
        ["bash", "cluster/local.sh", "start", "2"], cwd=checkout, capture_output=True, text=True, timeout=120
    )
    assert started.returncode == 0, started.stderr
    home = checkout / "runs" / ".cluster"
    token = home / "token"
    assert token.stat().st_mode & 0o777 == 0o600
    assert token.read_text() not in started.stdout + started.stderr
    assert ours(home)

    again = subprocess.run(["bash", "cluster/local.sh", "start"], cwd=checkout, capture_output=True, text=True)
    assert again.returncode == 1
    assert "already running" in again.stderr

    exports = dict(
        part.split("=", 1) for line in started.stdout.splitlines() for part in line.removeprefix("export ").split()
    )
    env = os.environ | {key: value.strip("'") for key, value in exports.items()}
    submit = [sys.executable, "-m", "ray.scripts.scripts", "job", "submit", "--working-dir", ".", "--"]
    job = subprocess.run(
        [*submit, "python", "jobs/train.py", "--config", "deepseekmath-7b", "--plan"],
        cwd=checkout, env=env, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert job.returncode == 0, job.stdout + job.stderr
    assert "plan of deepseekmath-7b" in job.stdout + job.stderr

    refused = subprocess.run(
        [*submit, "python", "jobs/train.py", "--config", "nowhere"],
        cwd=checkout, env=env, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert refused.returncode != 0
    assert "no configuration called 'nowhere'" in refused.stdout + refused.stderr

    temporary = Path((home / "temp-dir").read_text().strip())
    assert temporary.is_dir()
    stopped = subprocess.run(
        ["bash", "cluster/local.sh", "stop"], cwd=checkout, capture_output=True, text=True, timeout=60
    )
    assert stopped.returncode == 0, stopped.stderr
    assert not ours(home)
    assert not temporary.exists()
    assert not token.exists()
