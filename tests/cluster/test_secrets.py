"""No credential of the environment or of a setting gets into what a run writes down."""

from __future__ import annotations

from pathlib import Path

import pytest
from s3_servers import bucket

from raymath import cli, submit
from raymath.config import load
from raymath.errors import ConfigError
from raymath.runs import Run
from raymath.storage import Place

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


@pytest.mark.parametrize(
    "word",
    [
        f"s3://someone:{PLANTED}@bucket/runs",
        f"s3://bucket/runs?region=a&secret_key={PLANTED}",
        f"abfs://container@account/runs?sig={PLANTED}",
        f"data.root=s3://someone:{PLANTED}@bucket/data",
    ],
)
def test_an_address_with_a_credential_is_not_sent(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job's command line is kept by the cluster, and shown to everyone who lists its jobs."""

    def never(address: str | None) -> None:
        raise AssertionError(f"{address} was asked")

    monkeypatch.setattr(submit, "_client", never)
    for line in (["train", "--config", "quickstart", "--runs", word], ["train", word], ["report", word]):
        with pytest.raises(SystemExit) as ended:
            cli.main([*line, "--submit", "https://ray"])
        assert ended.value.code not in (0, 70)
        assert PLANTED not in "".join(capsys.readouterr())


def test_what_a_library_says_of_an_address_is_shown_without_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError(f"cannot open s3://someone:{PLANTED}@bucket/runs?session_token={PLANTED}&region=a")

    monkeypatch.setattr(cli, "_run", broken)
    with pytest.raises(SystemExit):
        cli.main(["train", "--config", "quickstart"])
    said = capsys.readouterr().err
    assert "s3://…@bucket/runs?session_token=…&region=a" in said
    assert PLANTED not in said


def test_a_run_at_a_uri_records_no_credential(tmp_path: Path, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that it writes, here and in the store, with the keys that reach it in the environment."""
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path))
    monkeypatch.setenv("AWS_SESSION_TOKEN", PLANTED)
    uri = bucket(s3_server, "secrets")
    run = Run.create(uri, load("quickstart"))
    run.finish("data", {"result": str(run.path / "data")})
    place = Place(uri)
    kept = {name: place.read(name) for name in place.tree()}
    assert len(kept) == 2
    here = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    for content in (*kept.values(), *here):
        assert PLANTED.encode() not in content
        assert b"private-words" not in content
