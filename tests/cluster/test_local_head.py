"""A local head started and stopped by the script, and jobs sent to it as a user would, both ways."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from raymath.errors import DataError

ROOT = Path(__file__).parents[2]
#: Stands for any secret in the user's environment; it may turn up nowhere on the cluster.
PLANTED = "sk-planted-7c1f0e5d"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what git would ship, with this environment as its .venv, so that runs/ is the test's own."""
    copy = tmp_path_factory.mktemp("local-head") / "checkout"
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
    script(copy, "stop")


def script(checkout: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "cluster/local.sh", *args], cwd=checkout, capture_output=True, text=True, timeout=120, check=False
    )


def ours(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("RAYMATH_LOCAL_CLUSTER") == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def head(checkout: Path) -> dict[str, str]:
    """The environment of a user who did what the script printed, and who has a secret in it."""
    started = script(checkout, "start", "2")
    assert started.returncode == 0, started.stderr
    token = checkout / "runs" / ".cluster" / "token"
    assert token.stat().st_mode & 0o777 == 0o600
    assert token.read_text() not in started.stdout + started.stderr
    assert ours(token.parent)
    again = script(checkout, "start")
    assert again.returncode == 1
    assert "already running" in again.stderr
    exports = dict(
        part.split("=", 1) for line in started.stdout.splitlines() for part in line.removeprefix("export ").split()
    )
    return os.environ | {key: value.strip("'") for key, value in exports.items()} | {"OPENAI_API_KEY": PLANTED}


def raymath(head: dict[str, str], cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "raymath.cli", *args]
    return subprocess.run(command, cwd=cwd, env=head, capture_output=True, text=True, timeout=240, check=False)


def test_a_job_file_by_plain_ray_job_submit(checkout: Path, head: dict[str, str]) -> None:
    submit = [sys.executable, "-m", "ray.scripts.scripts", "job", "submit", "--working-dir", ".", "--"]
    job = subprocess.run(
        [*submit, "python", "jobs/train.py", "--config", "deepseekmath-7b", "--plan"],
        cwd=checkout, env=head, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert job.returncode == 0, job.stdout + job.stderr
    assert "plan of deepseekmath-7b" in job.stdout + job.stderr


def test_a_failure_is_the_commands_own(head: dict[str, str], tmp_path: Path) -> None:
    address = head["RAY_API_SERVER_ADDRESS"]
    build = ["data", "build", "--config", "quickstart-data", "--runs", str(tmp_path), "data.root=/nowhere"]
    refused = raymath(head, tmp_path, *build, "--submit", address)
    assert refused.returncode == DataError.code, refused.stderr
    assert "/nowhere" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.slow
def test_left_alone_followed_again_and_listed(checkout: Path, head: dict[str, str], tmp_path: Path) -> None:
    """Sent from a directory without raymath, left by Ctrl-C, followed to its end; nothing secret is anywhere."""
    address, runs = head["RAY_API_SERVER_ADDRESS"], tmp_path / "runs"
    own = tmp_path / "own.toml"
    own.write_text('name = "sent"\n[data.sources.sample]\ntake = 6\n')
    line = ["data", "build", "--config", str(own), "--runs", str(runs)]
    sent = subprocess.Popen(
        [sys.executable, "-m", "raymath.cli", *line, "--submit", address],
        cwd=tmp_path, env=head, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert sent.stderr is not None
    said = []
    for text in sent.stderr:
        said.append(text)
        if text.startswith("run: "):
            break
    job = next(text.split()[1] for text in said if text.startswith("job: "))
    sent.send_signal(signal.SIGINT)
    out, err = sent.communicate(timeout=60)
    assert sent.returncode == 130, "".join(said) + err
    assert f"--logs {job}" in err
    assert f"--stop {job}" in err
    assert out == ""

    followed = raymath(head, tmp_path, "jobs", "--logs", job)
    assert followed.returncode == 0, followed.stderr
    assert "[2/2] data: read, verify, mix, render" in followed.stderr
    (run,) = runs.iterdir()
    assert followed.stdout == f"{run}/data\n"
    assert (run / "data" / "manifest.json").is_file()

    listed = raymath(head, tmp_path, "jobs", "--json")
    (one,) = (one for one in json.loads(listed.stdout) if one["id"] == job)
    assert (one["status"], one["exit_code"], one["run"], one["result"]) == (
        "SUCCEEDED", 0, str(run), f"{run}/data",
    )  # fmt: skip
    assert one["stage"] == "2/2 data: read, verify, mix, render"
    assert one["command"] == " ".join(line)
    assert "jobs/train.py" not in listed.stdout, "what plain `ray job submit` sent is not ours"

    token = (checkout / "runs" / ".cluster" / "token").read_text()
    cluster = Path((checkout / "runs" / ".cluster" / "temp-dir").read_text().strip())
    for secret in (token, PLANTED):
        assert secret not in followed.stderr + listed.stdout + err + "".join(said)
        for file in (*run.rglob("*"), *cluster.rglob("*.log"), *cluster.rglob("*.out"), *cluster.rglob("*.err")):
            if file.is_file():
                assert secret.encode() not in file.read_bytes(), file


@pytest.mark.slow
def test_a_stopped_job(head: dict[str, str], tmp_path: Path) -> None:
    address = head["RAY_API_SERVER_ADDRESS"]
    line = ["data", "build", "--config", "quickstart", "--runs", str(tmp_path / "runs")]
    sent = raymath(head, tmp_path, *line, "--submit", address, "--detach")
    assert sent.returncode == 0, sent.stderr
    job = sent.stderr.split("job: ")[1].split()[0]
    stopped = raymath(head, tmp_path, "jobs", "--address", address, "--stop", job)
    assert stopped.returncode == 0, stopped.stderr
    listed = raymath(head, tmp_path, "jobs", "--address", address)
    assert f"{job}  STOPPED  raymath {' '.join(line)}" in listed.stdout
    assert raymath(head, tmp_path, "jobs", "--logs", job).returncode != 0
    unknown = raymath(head, tmp_path, "jobs", "--stop", "raysubmit_none")
    assert unknown.returncode == 1
    assert "knows no job" in unknown.stderr


def test_a_command_waits_for_the_cpus_of_its_own(head: dict[str, str], tmp_path: Path) -> None:
    address = head["RAY_API_SERVER_ADDRESS"]
    line = ["train", "--config", "quickstart", "--plan", "cluster.driver_cpus=9"]
    assert raymath(head, tmp_path, *line, "--submit", address, "--detach").returncode == 0
    listed = json.loads(raymath(head, tmp_path, "jobs", "--json").stdout)
    (one,) = (one for one in listed if one["command"] == " ".join(line))
    assert one["status"] == "PENDING"
    assert "waiting for resources" in one["message"]


def test_the_wrong_token(head: dict[str, str], tmp_path: Path) -> None:
    refused = raymath(head | {"RAY_AUTH_TOKEN": PLANTED}, tmp_path, "jobs")
    assert refused.returncode == 1
    assert "refuses the token" in refused.stderr
    assert PLANTED not in refused.stderr


def test_the_script_stops_all_that_it_started(checkout: Path, head: dict[str, str]) -> None:
    home = checkout / "runs" / ".cluster"
    temporary = Path((home / "temp-dir").read_text().strip())
    assert temporary.is_dir()
    stopped = script(checkout, "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert not ours(home)
    assert not temporary.exists()
    assert not (home / "token").exists()
