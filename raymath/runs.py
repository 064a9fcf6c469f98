"""A run's directory: its settings, what is finished, and where the rest lies.

    run = Run.create("runs", settings)
    if not run.finished("pack"):
        ...
        run.finish("pack", {"packs": 12})

    NAME-20261123-200000-a1b2/
      settings.json   all settings, as validated
      stages/X.json   stage X is finished, with its summary: written last, so it is complete or absent
      train/metrics.jsonl   one line a training step

What else is in it belongs to the stages. Resuming opens the directory and skips finished stages. The name has a
random tail: two runs never share one.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raymath.config import Settings, override, validate
from raymath.errors import UserError

#: Settings of training that decide which packs a step takes: another value would be another run.
ORDER = ("train.batch", "train.seed", "train.validation")


@dataclass(frozen=True)
class Run:
    """One run: where it lives and what it was asked to do."""

    path: Path
    settings: Settings

    @classmethod
    def create(cls, root: str | Path, settings: Settings) -> Run:
        """A new, empty run directory under `root`, with its settings written."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = Path(root).absolute() / f"{settings.name}-{stamp}-{secrets.token_hex(2)}"
        (path / "stages").mkdir(parents=True)
        write_json(path / "settings.json", settings.model_dump(mode="json"))
        return cls(path, settings)

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """An existing run, with the settings it was made with.

        Raises:
            UserError: the directory is not a run.
        """
        path = Path(path).absolute()
        file = path / "settings.json"
        if not file.is_file():
            raise UserError(f"{path} is not a run: it has no settings.json", "give the directory that a run printed")
        try:
            tree = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{file} is not valid JSON: {error}", "start a new run") from None
        return cls(path, validate(tree, str(file)))

    @classmethod
    def around(cls, path: Path) -> Run | None:
        """The run that a directory is, or whose exported model or data it is; None where it is no run's."""
        for directory in (path, path.parent) if path.name in ("model", "data") else (path,):
            if (directory / "settings.json").is_file() and (directory / "stages").is_dir():
                return cls.open(directory)
        return None

    def change(self, overrides: Iterable[str]) -> Run:
        """The run with other settings of its training, ``key=value``, written into its directory.

        What is finished is not done again, and no step is trained again: they hold from the next one on.

        Raises:
            UserError: a setting is not of training, or decides the order of the data; or training is finished.
            ConfigError: unknown key, wrong value.
        """
        overrides = list(overrides)
        keys = [one.partition("=")[0].strip() for one in overrides]
        if fixed := [key for key in keys if not key.startswith("train.") or key in ORDER]:
            raise UserError(
                f"{self.path} has settings of its own, and '{fixed[0]}' cannot be changed in a run",
                "change settings of training that leave the data's order as it is, or start a new run with --config",
            )
        if self.finished("train") is not None:
            raise UserError(f"{self.path} has finished its training", "start a new run with --config")
        settings = override(self.settings, overrides)
        write_json(self.path / "settings.json", settings.model_dump(mode="json"))
        return Run(self.path, settings)

    def finished(self, stage: str) -> dict[str, Any] | None:
        """The summary of a finished stage, None while it is not."""
        file = self.path / "stages" / f"{stage}.json"
        if not file.is_file():
            return None
        summary: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return summary

    def done(self, stage: str) -> dict[str, Any]:
        """The summary of a finished stage.

        Raises:
            UserError: it is not finished.
        """
        summary = self.finished(stage)
        if summary is None:
            raise UserError(f"{self.path} has not finished '{stage}'", f"run: raymath quickstart --resume {self.path}")
        return summary

    def finish(self, stage: str, summary: dict[str, Any]) -> None:
        """Mark a stage as finished, atomically and after everything it wrote."""
        write_json(self.path / "stages" / f"{stage}.json", summary)


def write_json(file: Path, value: Any) -> None:
    """Write JSON so that the file is complete or absent, also after a power cut."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with partial.open("w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, indent=2)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)
