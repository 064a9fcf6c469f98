"""Serving as a person asks for it: models by name, directory or run, until Ctrl-C; or talking to one.

    serve(["runs/quickstart-…"], load())

How models are served is left to `raymath.serve`; this is where a run's name becomes the model that it made.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from raymath import machine
from raymath.config import ModelSettings, Settings
from raymath.console import result, say
from raymath.errors import UserError
from raymath.runs import Run
from raymath.session import cluster_address, ray_session
from raymath.storage import is_uri


def serve(names: list[str], settings: Settings, write: Path | None = None) -> None:
    """Serve models until the process is stopped.

    Args:
        names: hub names, directories (LoRA adapters' too), or runs (their exported model, called by the run's name).
        settings: how to serve; where they say nothing of the model, the runs do: a model is prompted as it was
            trained.
        write: a file to write for `serve deploy`, instead of serving.

    Raises:
        UserError: no model is named, two are called the same, or the runs began with different models.
    """
    settings = _as_trained(names, settings)
    models = _called(names)
    if not models:
        raise UserError("no model was named", "give a hub name, a directory or a run")
    if write is not None:
        _write_serve_config(models, settings, write)
        return
    if cluster_address(settings.cluster) is None:
        machine.free_address(settings.serve.host, settings.serve.port)
    with ray_session(settings.cluster), deployed_models(models, settings, say=_say_state) as deployed:
        say(f"serving {', '.join(f'{name}, {name}:tir' for name in models)}. Ctrl-C stops.", "bold")
        result(f"{deployed.url}/v1")
        threading.Event().wait()


def _write_serve_config(models: dict[str, str], settings: Settings, file: Path) -> None:
    from raymath.serve.deploy import config

    text = config(models, settings)
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}", "give a file in a directory that exists") from None
    result(str(file))


def chat(target: str, settings: Settings, *, model: str | None, mode: str, key: str | None) -> None:
    """Talk in the terminal: to a server, or to a model that is served meanwhile.

    Args:
        target: an address ending in ``/v1``; or a hub name, a directory or a run.
        settings: how to serve.
        model: one of the server's.
        mode: of `raymath.records.Mode`.
        key: what the server asks for.

    Raises:
        UserError: there is no such mode, or the server does not answer.
    """
    from raymath.serve.terminal import Chat

    if "://" in target:
        Chat(target, model, mode, key).talk()
        return
    models, settings = _called([target]), _as_trained([target], settings)
    with (
        ray_session(settings.cluster),
        deployed_models(models, settings, say=_say_state) as deployed,
        redirect_stdout(sys.__stdout__),
    ):
        Chat(f"{deployed.url}/v1", next(iter(models)), mode, key).talk()


def _called(names: list[str]) -> dict[str, str]:
    models: dict[str, str] = {}
    for name in names:
        called, where = served(name)
        if called in models:
            raise UserError(f"two of these models are called '{called}'", "serve them one by one")
        models[called] = where
    return models


def _say_state(state: str, seconds: float) -> None:
    say(f"{seconds:4.0f} s  {state}")


def _as_trained(names: list[str], settings: Settings) -> Settings:
    """The settings with the model that the named runs began with, unless they name one themselves."""
    runs = [run for name in names if (run := _run_around(name)) is not None]
    began = [run.settings.model for run in runs]
    if settings.model != ModelSettings() or not began:
        return settings
    if any(one != began[0] for one in began):
        raise UserError("these runs began with different models or templates", "serve them one by one")
    return settings.model_copy(update={"model": began[0]})


def _run_around(name: str) -> Run | None:
    from raymath.models import adapter

    if is_uri(name):
        return Run.open(name)
    path = Path(name).absolute()
    return Run.around(path.parent if adapter(path) is not None else path)


def served(name: str) -> tuple[str, str]:
    """What a hub name, a directory or a run is called, and what is loaded for it."""
    from raymath.models import resolve

    path = Path(name)
    if is_uri(name) or (path / "settings.json").is_file():
        run = Run.open(name)
        return run.settings.name, run.at(str(run.done("export")["directory"]))
    return (path.absolute().name if path.is_dir() else name), resolve(name, fetch=False, adapters=True)


@contextmanager
def deployed_models(models: dict[str, str], settings: Settings, **given: Any) -> Iterator[Any]:
    """Serve models while the block lasts; within a Ray session, as Ray may not be imported before it."""
    from raymath.serve.deploy import deploy

    with deploy(models, settings, **given) as deployed:
        yield deployed
