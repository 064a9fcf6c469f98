"""What a run was made with: `record.json`, written when it starts, goes on, skips a step, and ends.

    record = RunRecord(Path(job.out), started(job, feed, ...), step=0)
    record.skipped(12, feed.batch_hash(12))
    record.ended(500, "finished")

    settings model data seeds versions git hardware   as of the newest start
    starts     when, before which step, and what had changed since the start before
    skipped    steps that no update saw
    end        when, after how many steps, how; null of a run that was killed or still goes on

Rank 0 alone writes it; it goes into the model card. A record that cannot be written stops no training.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from raymath import __version__
from raymath.data.feed import Feed
from raymath.origin import revision, versions
from raymath.runs import write_json
from raymath.train.engine import Engine
from raymath.train.job import Job
from raymath.train.utilisation import Peak

NAME = "record.json"


def describe(job: Job, engine: Engine, feed: Feed, peak: Peak) -> dict[str, Any]:
    """Settings, data, seeds, versions, revision and hardware of a run as it starts."""
    parts = dict(part.partition("=")[::2] for part in feed.fingerprint.split())
    return {
        "model": job.model,
        "settings": job.settings.model_dump(mode="json") | {"boundaries": job.boundaries},
        "data": {"fingerprint": feed.fingerprint, "packs": feed.packs, "held_out_packs": len(feed.held_out)},
        "seeds": {"order": job.settings.seed, "packs": int(parts["seed"])},
        "versions": {"raymath": __version__, "python": platform.python_version(), **versions()},
        "git": revision(),
        "hardware": _hardware(engine, peak),
    }


def _hardware(engine: Engine, peak: Peak) -> dict[str, Any]:
    gpu = engine.device.type == "cuda"
    return {
        "workers": engine.world,
        "device": torch.cuda.get_device_name(engine.device) if gpu else _processor(),
        "cores_of_rank_0": len(os.sched_getaffinity(0)),
        "cuda": torch.version.cuda if gpu else None,
        "peak_flops": peak.flops if gpu else None,  # of processors it is measured anew at each start
        "mfu_relative_to": peak.basis,
    }


def _processor() -> str:
    """The processor's name, as the kernel has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


class RunRecord:
    """The record of one run, through all its starts.

    Args:
        out: the directory it is in.
        told: what `describe` says.
        step: that the run goes on with, 0 of a new one.
    """

    def __init__(self, out: Path, told: Mapping[str, Any], step: int) -> None:
        self._file = out / NAME
        before = read(out) or {"starts": [], "skipped": []}
        start = {"at": _now(), "step": step}
        if before["starts"]:
            start["changed"] = dict(_changes(before, told))
        # What was skipped behind the step that the run goes on with is decided again.
        skipped = [one for one in before["skipped"] if one["step"] < step]
        self._told = {**told, "starts": [*before["starts"], start], "skipped": skipped, "end": None}
        self._write()

    def skipped(self, step: int, data: str) -> None:
        """A step was left out; `data` is its batch's hash."""
        self._told["skipped"].append({"step": step, "data": data})
        self._write()

    def ended(self, steps: int, how: str) -> None:
        """The run is over, or has stopped, after so many steps."""
        self._told["end"] = {"at": _now(), "steps": steps, "how": how}
        self._write()

    def _write(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._file, self._told)
        except OSError as error:
            print(f"{self._file} not written: {error}", file=sys.stderr)


def read(out: Path) -> dict[str, Any] | None:
    """The record in a directory; None where there is none that can be read."""
    try:
        found: dict[str, Any] = json.loads((out / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """(dotted name, [before, now]) of what differs in what `now` has."""
    for name, value in now.items():
        old = before.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            yield from _changes(old, value, f"{prefix}{name}.")
        elif json.loads(json.dumps(value)) != old:
            yield prefix + name, [old, value]


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
