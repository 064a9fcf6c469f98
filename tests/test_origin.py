"""What a result came from: the revision of raymath's own checkout, and of nothing else."""

import subprocess
from pathlib import Path

from raymath.origin import carry, revision, versions


def git(where: Path, *args: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@b")
    return subprocess.run(
        ["git", "-C", str(where), *named, *args], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_revision_is_the_codes_own(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    code = tmp_path / "code.py"
    code.write_text("a = 1\n")
    assert revision(code) is None, "an environment inside a checkout is not the checkout"
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-qm", "a")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert revision(code) == {"revision": head, "dirty": False}
    (tmp_path / "notes.txt").touch()
    assert revision(code) == {"revision": head, "dirty": False}
    code.write_text("a = 2\n")
    assert revision(code) == {"revision": head, "dirty": True}
    assert revision(tmp_path.parent / "nowhere" / "code.py") is None


def test_a_copy_without_history_carries_it(tmp_path: Path) -> None:
    copy = tmp_path / "raymath"
    copy.mkdir()
    (copy / "origin.py").touch()
    assert revision(copy / "origin.py") is None
    carry(copy)
    assert revision(copy / "origin.py") == revision()
    assert revision() is not None
    (copy / "revision.json").write_text("{")
    assert revision(copy / "origin.py") is None


def test_versions_are_of_what_is_installed() -> None:
    assert {"torch", "deepspeed", "transformers"} <= set(versions())
