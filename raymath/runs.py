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

A run may also live at a URI (``s3://bucket/runs/NAME``): then its directory is this machine's copy, opening brings what
is there, finishing a stage brings home what the stage made, and checkpoints go there while training runs.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from raymath.config import Settings, override, validate
from raymath.errors import UserError
from raymath.mirror import Mirror
from raymath.storage import below, cache_dir, is_uri, require_none, shown, spelled

#: Settings of training that decide which packs a step takes: another value would be another run.
ORDER = ("train.batch", "train.seed", "train.validation")
#: Large parts of a run, brought from its home where a stage needs them (`Run.bring`).
_LARGE = ("data", "model")
#: Stands in a summary at home for the run's directory, which is another one on every machine.
_HERE = "RUN:"


@dataclass(frozen=True)
class Run:
    """One run: where it lives and what it was asked to do."""

    path: Path
    """Its directory on this machine, or on storage that all nodes see."""
    settings: Settings
    home: str | None = None
    """The URI that it lives at, with its options; None where the directory is all there is."""

    @classmethod
    def create(cls, root: str | Path, settings: Settings) -> Run:
        """A new, empty run directory under `root`, with its settings written.

        Raises:
            ConfigError: `root` is a URI that cannot be used.
            StoreError: it cannot be reached.
        """
        stamp = time.strftime("%Y%m%d-%H%M%S")
        name = f"{settings.name}-{stamp}-{secrets.token_hex(2)}"
        home = None
        if is_uri(root):
            root = require_none(spelled(root), "--runs")
            home = below(root, name)
            if not settings.train.checkpoint_store:
                train = settings.train.model_copy(update={"checkpoint_store": root})
                settings = settings.model_copy(update={"train": train})
        run = cls(Path(root).absolute() / name if home is None else _copy(home), settings, home)
        (run.path / "stages").mkdir(parents=True)
        run._write_settings()
        return run

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """An existing run, with the settings it was made with; of one at a URI, all but its large parts comes here.

        Raises:
            UserError: the directory is not a run.
            StoreError: the URI cannot be reached.
        """
        home = require_none(spelled(path), "the run's address") if is_uri(path) else None
        path = Path(path).absolute() if home is None else _copy(home)
        if home is not None:
            Mirror(path, home).pull(leave_out=[f"{name}{end}/*" for name in _LARGE for end in ("", "-*")])
        file = path / "settings.json"
        where = path if home is None else shown(home)
        if not file.is_file():
            raise UserError(f"{where} is not a run: it has no settings.json", "give the directory that a run printed")
        try:
            tree = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{file} is not valid JSON: {error}", "start a new run") from None
        return cls(path, validate(tree, str(file)), home)

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
        run = Run(self.path, override(self.settings, overrides), self.home)
        run._write_settings()
        return run

    @property
    def where(self) -> str:
        """What a person calls it by, and gives to go on with it: its URI, or its directory."""
        return self.home or str(self.path)

    def at(self, path: str) -> str:
        """A path within the run's directory as a person finds it: at its home, if it has one."""
        inside = self.home is not None and Path(path).is_relative_to(self.path)
        return below(self.home or "", Path(path).relative_to(self.path).as_posix()) if inside else path

    def bring(self, part: str) -> Path:
        """A large part of the run (`data`, `model`), here: fetched where the run has a home."""
        if self.home is not None:
            Mirror(self.path, self.home).pull(part)
        return self.path / part

    @contextmanager
    def kept_up(self) -> Iterator[None]:
        """Bring home what a stage writes, every minute while the block runs."""
        if self.home is None:
            yield
            return
        with Mirror(self.path, self.home).kept_up():
            yield

    def evaluate_more(self, settings: Settings) -> Run:
        """The run with other settings of its evaluation, written into its directory; its answers are kept.

        Raises:
            UserError: it trained models of its own, which its settings describe.
        """
        if self.finished("data") is not None or not settings.eval.models:
            raise UserError(
                f"{self.where} evaluates its own models",
                "go on with it alone, or name models in eval.models of a new run",
            )
        run = Run(self.path, settings, self.home)
        run._write_settings()
        if (before := run.finished("eval")) is not None:
            run.finish("eval", before | {"more": True})
        return run

    def finished(self, stage: str) -> dict[str, Any] | None:
        """The summary of a finished stage, None while it is not."""
        file = self.path / "stages" / f"{stage}.json"
        if not file.is_file():
            return None
        summary: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return summary if self.home is None else _each_text(summary, lambda text: text.replace(_HERE, str(self.path)))

    def done(self, stage: str) -> dict[str, Any]:
        """The summary of a finished stage.

        Raises:
            UserError: it is not finished.
        """
        summary = self.finished(stage)
        if summary is None:
            raise UserError(
                f"{self.where} has not finished '{stage}'", f"run: raymath quickstart --resume {self.where}"
            )
        return summary

    def finish(self, stage: str, summary: dict[str, Any]) -> None:
        """Mark a stage as finished, atomically and after everything it wrote; also at home, if it has one."""
        if self.home is not None:
            summary = _each_text(summary, lambda text: text.replace(str(self.path), _HERE))
        write_json(self.path / "stages" / f"{stage}.json", summary)
        self._push()

    def _write_settings(self) -> None:
        write_json(self.path / "settings.json", self.settings.model_dump(mode="json"))
        self._push()

    def _push(self) -> None:
        if self.home is not None:
            Mirror(self.path, self.home).push()


def _copy(home: str) -> Path:
    """This machine's directory for a run at a URI; it is called as the run is."""
    where = shown(home)
    parent, _, name = where.rpartition("/")
    return cache_dir() / "runs" / blake2b(parent.encode(), digest_size=4).hexdigest() / name


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """JSON with all its texts changed; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_text(one, change) for key, one in value.items()}
    return [_each_text(one, change) for one in value] if isinstance(value, list) else value


def write_json(file: Path, value: Any) -> None:
    """Write JSON so that the file is complete or absent, also after a power cut."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with partial.open("w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, indent=2)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)
