"""What `raymath serve --write` gives to `serve deploy`, and the keys as a user makes them: each call a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from raymath.errors import ConfigError


def raymath(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "raymath.cli", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_configuration_for_serve_deploy_builds_the_same_application(tmp_path: Path, tiny_model: Path) -> None:
    from ray.serve import Application
    from ray.serve.schema import ServeDeploySchema

    from raymath.serve.service import ServiceArgs, application

    file, keys = tmp_path / "serve.yaml", tmp_path / "keys"
    assert raymath("keys", "add", str(keys), "ada").returncode == 0
    asked = ["serve", str(tiny_model), "serve.max_replicas=3", "sandbox.timeout_s=4", "--write", str(file)]
    done = raymath(*asked, f"serve.keys={keys}")
    assert done.stdout.strip() == str(file), done.stderr
    written = yaml.safe_load(file.read_text())
    (one,) = ServeDeploySchema.model_validate(written).applications
    assert one.import_path == "raymath.serve.service:application"
    assert one.args["settings"] == {"serve": {"max_replicas": 3, "keys": str(keys)}, "sandbox": {"timeout_s": 4.0}}
    assert one.args["models"] == {tiny_model.name: str(tiny_model)}
    assert isinstance(application(ServiceArgs(**one.args)), Application)
    with pytest.raises(ConfigError, match=r"serve\.keys"):
        application(ServiceArgs(models={"m": str(tiny_model)}))
    open_ = raymath(*asked)
    assert open_.returncode == 2
    assert "serve.keys" in open_.stderr


def test_keys_are_made_listed_and_revoked(tmp_path: Path) -> None:
    file = str(tmp_path / "keys")
    key = raymath("keys", "add", file, "ada", "--requests-per-minute", "5").stdout.strip()
    assert key.startswith("rm-")
    assert len(key) > 40
    listed = raymath("keys", "list", file).stdout
    assert json.loads(listed)["requests_per_minute"] == 5
    assert "sha256" not in listed
    assert raymath("keys", "revoke", file, "ada").returncode == 0
    again = raymath("keys", "revoke", file, "ada")
    assert again.returncode == 1
    assert "no key called" in again.stderr


def test_chat_says_what_is_wrong() -> None:
    nobody = raymath("chat", "http://127.0.0.1:9/v1")
    assert nobody.returncode == 5
    assert "no server answers" in nobody.stderr
    assert "no mode" in raymath("chat", "http://127.0.0.1:9/v1", "--mode", "loud").stderr
