"""What is sent to a cluster, what is refused before it, and what a log tells; no cluster is needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from raymath import cli, submit
from raymath.config import find
from raymath.errors import MachineError, UserError

NOWHERE = "http://127.0.0.1:1"


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(args))
    return int(ended.value.code or 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    (tmp_path / "quickstart").mkdir()
    (tmp_path / "rows.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "args",
    [
        ["data", "build", "--config", "quickstart", "--submit", "ADDRESS"],
        ["train", "--submit=ADDRESS", "--config=quickstart", "--pip", "needs.txt"],
        ["eval", "--detach", "--config", "quickstart", "--runs", "out", "--submit", "ADDRESS"],
        ["annotate", "--config", "quickstart", "--submit", "ADDRESS"],
        ["quickstart", "--submit", "ADDRESS"],
    ],
)
def test_a_run_is_made_on_shared_storage_only(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*(arg.replace("ADDRESS", NOWHERE) for arg in args)) == 1
    assert "add --runs with an absolute path" in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    "args",
    [
        ["train", "models/mine"],
        ["train", "--config", "quickstart", "--runs", "/shared", "model.name=models/mine"],
        ["serve", "models"],
        ["eval", "--config", "quickstart", "--runs", "/shared", "--model", "models/mine"],
        ["eval", "--config", "quickstart", "--runs", "/shared", 'eval.models=["org/one","models/mine"]'],
        ["quickstart", "--runs", "/shared", "--data=./models"],
        ["report", "./models"],
    ],
)
def test_a_directory_of_this_machine_is_refused(
    args: list[str], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*args, "--submit", NOWHERE) == 1
    assert "which the cluster does not see" in capsys.readouterr().err


@pytest.mark.parametrize(
    "args",
    [
        ["train", "--config", "quickstart", "--runs", "/shared/runs", "train.steps=3"],
        ["train", "--config", "quickstart", "--runs", "s3://bucket/runs"],
        ["train", "--config", "quickstart", "--plan"],
        ["train", "/shared/runs/one"],
        ["export", "/shared/runs/one"],
        ["serve", "org/model", "serve.port=8001"],
    ],
)
def test_what_the_cluster_can_see_is_sent(args: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args, "--submit", NOWHERE) == MachineError.code  # it got as far as the address
    err = capsys.readouterr().err
    assert "no Ray dashboard answers at" in err
    if "/shared/runs/one" in args:
        assert "all nodes have to see /shared/runs/one" in err


def test_the_options_of_submitting_are_not_sent() -> None:
    line = ["--submit", NOWHERE, "train", "--pip=a.txt", "--detach", "--runs", "/shared", "a=b", "--submit=x"]
    assert cli._unsubmitted(line) == ["train", "--runs", "/shared", "a=b"]


def test_they_are_for_submitting_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", "--config", "quickstart", "--detach") == 1
    assert "add --submit" in capsys.readouterr().err.lower()


def test_the_package_is_raymath_and_the_configuration(here: Path) -> None:
    own = here / "own.toml"
    own.write_text('name = "own"\n')
    (here / ".env").write_text("TOKEN=planted")
    for args in (["train", "--config", str(own)], ["train", f"--config={own}"]):
        with submit._package(args) as (directory, there):
            assert (directory / "config" / "own.toml").read_text() == own.read_text()
            assert "config/own.toml" in there[-1]
            assert {path.name for path in directory.iterdir()} == {"raymath", "config"}
            assert (directory / "raymath" / "configs" / "quickstart.toml").read_text() == find("quickstart").read_text()
            assert not list(directory.rglob("__pycache__"))
            assert sum(path.stat().st_size for path in directory.rglob("*")) < 10 * 2**20
        assert not directory.exists()


def test_the_package_runs_where_raymath_is_not_installed(here: Path) -> None:
    import subprocess

    with submit._package(["train", "--plan"]) as (directory, there):
        done = subprocess.run(
            [sys.executable, "-m", "raymath.cli", *there, "--config", "deepseekmath-7b"],
            cwd=directory, capture_output=True, text=True, env=os.environ | {"PYTHONSAFEPATH": ""},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "plan of deepseekmath-7b" in done.stdout


def test_what_a_log_tells(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines are those that console and recipe write, so a change there fails here."""
    from rich.console import Console

    from raymath import console

    monkeypatch.setattr(console, "console", Console(file=sys.stderr, soft_wrap=True, highlight=False))
    assert submit.outlook("") == {"stage": "", "progress": "", "run": ""}
    console.say("run: /shared/runs/quickstart-1")
    console.say("[2/6] data: read, verify, mix, render", "bold")
    with console.progress("data", every_s=0) as show:
        show(3, 10, "")
    console.say("[3/6] training", "bold")
    log = capsys.readouterr().err
    assert submit.outlook(log) == {"stage": "3/6 training", "progress": "", "run": "/shared/runs/quickstart-1"}
    with console.progress("training", every_s=0) as show:
        show(7, 40, "loss 1.25")
    progress = submit.outlook(log + capsys.readouterr().err)["progress"]
    assert progress.startswith("training: 7/40 · ")
    assert progress.endswith("loss 1.25")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ray.example:8265", "write https://"),
        ("ray://10.0.0.1:10001", "write https://"),
        ("https://user:planted@ray.example", "user or password"),
    ],
)
def test_an_address_that_is_none(address: str, says: str) -> None:
    with pytest.raises(UserError, match=f"(?i){says}") as refused:
        submit.listing(address)
    assert "planted" not in str(refused.value)


def test_no_address_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_API_SERVER_ADDRESS", raising=False)
    with pytest.raises(UserError, match="no cluster is named"):
        submit.listing(None)


def test_where_the_token_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert submit._token({}) == ""
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("of-home\n")
    assert submit._token({}) == "of-home"
    (tmp_path / "file").write_text("of-file\n")
    named = {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "file")}
    assert submit._token(named) == "of-file"
    assert submit._token(named | {"RAY_AUTH_TOKEN": "of-environment"}) == "of-environment"
    with pytest.raises(UserError, match="RAY_AUTH_TOKEN_PATH"):
        submit._token({"RAY_AUTH_TOKEN_PATH": str(tmp_path / "none")})


def test_a_token_in_the_clear_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "planted")
    with pytest.raises(MachineError):
        submit.listing("http://nowhere.invalid:8265")
    err = capsys.readouterr().err
    assert "unencrypted" in err
    assert "planted" not in err
