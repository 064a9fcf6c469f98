"""No credential of the environment or of a setting gets into what a run writes down."""

from __future__ import annotations

from pathlib import Path

import pytest

from raymath import cli, submit
from raymath.config import load
from raymath.errors import ConfigError
from raymath.runs import Run

PLANTED = "sk-planted-93ab77"


def test_a_run_records_the_name_of_the_key_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "RAY_AUTH_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, PLANTED)
    settings = load("quickstart", ["annotate.endpoint=https://teacher.example/v1"])
    run = Run.create(tmp_path, settings)
    written = "".join(path.read_text() for path in run.path.rglob("*") if path.is_file())
    assert "OPENAI_API_KEY" in written
    assert PLANTED not in written


@pytest.mark.parametrize(
    "endpoint", [f"https://me:{PLANTED}@teacher.example/v1", f"https://{PLANTED}@teacher.example/v1"]
)
def test_an_address_with_a_password_is_no_setting(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="api_key_env") as refused:
        load("quickstart", [f"annotate.endpoint={endpoint}"])
    assert PLANTED not in str(refused.value)


def test_what_is_sent_has_no_credential_of_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it: the package, the command line, the job's environment and what `raymath jobs` shows of it."""
    sent: dict[str, object] = {}

    class Cluster:
        """Takes a job as Ray's client does, and keeps what it was given."""

        def submit_job(self, **given: object) -> str:
            environment = given["runtime_env"]
            assert isinstance(environment, dict)
            files = Path(environment["working_dir"]).rglob("*")
            sent.update(given, files=b"".join(path.read_bytes() for path in files if path.is_file()))
            return "job"

    for name in ("OPENAI_API_KEY", "RAY_AUTH_TOKEN", "HF_TOKEN"):
        monkeypatch.setenv(name, PLANTED)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(PLANTED)
    monkeypatch.setattr(submit, "_client", lambda address: Cluster())
    with pytest.raises(SystemExit) as ended:
        cli.main(["annotate", "--config", "quickstart", "--runs", "/shared", "--submit", "https://ray", "--detach"])
    assert ended.value.code == 0
    assert sent["entrypoint"] == "python -m raymath.cli annotate --config quickstart --runs /shared"
    assert set(sent["runtime_env"]) == {"working_dir", "env_vars"}  # type: ignore[call-overload]
    assert set(sent["runtime_env"]["env_vars"]) == {"RAY_JOB_STOP_WAIT_TIME_S"}  # type: ignore[index]
    assert PLANTED.encode() not in bytes(str(sent), "utf-8")
