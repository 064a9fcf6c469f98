"""To the hub: private, whole, and with the reason where it does not work. No hub can be reached from here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from raymath.errors import ConfigError, UserError
from raymath.train.push import push


class Hub:
    """Stands in for the hub: keeps what it is asked for."""

    asked: list[dict[str, Any]]

    def create_repo(self, repo_id: str, **given: Any) -> Any:
        type(self).asked = [{"repo_id": repo_id, **given}]
        return huggingface_hub.RepoUrl(f"https://huggingface.co/{repo_id}")

    def upload_folder(self, **given: Any) -> None:
        self.asked.append(given)


@pytest.mark.parametrize("private", [True, False])
def test_a_directory_becomes_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private: bool) -> None:
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    url = push(tmp_path, "org/model", **({} if private else {"private": False}))
    assert url == "https://huggingface.co/org/model"
    made, uploaded = Hub.asked
    assert made == {"repo_id": "org/model", "private": private, "exist_ok": True}
    assert (uploaded["repo_id"], uploaded["folder_path"]) == ("org/model", tmp_path)
    assert ".*" in uploaded["ignore_patterns"]


@pytest.mark.parametrize("name", ["model", "a/b/c", "org/ mo del", ""])
def test_a_name_that_is_none_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(huggingface_hub, "HfApi", None)
    with pytest.raises(ConfigError, match="ORG/NAME"):
        push(tmp_path, name)


def test_a_hub_that_cannot_be_reached_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="did not take it") as caught:
        push(tmp_path, "org/model")
    assert "hf auth login" in caught.value.fix
