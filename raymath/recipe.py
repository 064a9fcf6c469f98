"""The recipe: the stages in their order, each from what the one before left in the run's directory.

    run = Run.create("runs", load("quickstart"))
    advance(run, until="report")

A stage is finished once, whole, and skipped from then on, so resuming is calling `advance` again. This is the one
module that knows all rooms; it holds no work of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from raymath import memory
from raymath.config import Settings
from raymath.console import console, progress, say
from raymath.errors import UserError
from raymath.runs import Run

Summary = dict[str, Any]

_TITLES = {
    "model": "base model",
    "data": "data: read, verify, mix, render",
    "train": "training",
    "export": "export",
    "eval": "serving and evaluation",
    "report": "report",
}
_WITH_RAY = {"data", "train", "eval"}


def advance(run: Run, until: str, models: tuple[str, ...] = ()) -> Summary:
    """Do what is not done yet, up to and with the stage `until`.

    Args:
        run: the run; everything is written below its path.
        until: a stage: model, data, train, export, eval or report.
        models: evaluate these instead of training and evaluating this run's own (skips data, train, export).

    Returns:
        The summary of the last stage; ``result`` is the path of what it made.
    """
    order = list(_TITLES)
    wanted = order[: order.index(until) + 1]
    if models:
        wanted = [stage for stage in wanted if stage in ("eval", "report")]
    todo = [stage for stage in wanted if run.finished(stage) is None]
    say(f"run: {run.path}")
    if todo:
        _check_machine(run, todo)
    try:
        with _ray(run.settings) if _WITH_RAY & set(todo) else nullcontext():
            for stage in wanted:
                number = f"[{wanted.index(stage) + 1}/{len(wanted)}]"
                if stage not in todo:
                    say(f"{number} {_TITLES[stage]}: done before")
                    continue
                say(f"{number} {_TITLES[stage]}", "bold")
                _do(run, stage, models)
    except KeyboardInterrupt:
        say(f"stopped. Go on with: raymath quickstart --resume {run.path}", "yellow")
        raise
    return run.finished(until) or {}


def _do(run: Run, stage: str, models: tuple[str, ...]) -> None:
    work: dict[str, Callable[[], Summary]] = {
        "model": lambda: _model(run),
        "data": lambda: _data(run),
        "train": lambda: _train(run),
        "export": lambda: _export(run),
        "eval": lambda: _evaluate(run, models),
        "report": lambda: write_report(run),
    }
    began = time.monotonic()
    with memory.watch() as peak:
        summary = work[stage]()
    summary |= {"seconds": round(time.monotonic() - began, 1), "peak_gib": round(peak.gib, 2)}
    run.finish(stage, summary)
    say(f"      {summary['seconds']:.0f} s, peak {summary['peak_gib']:.1f} GiB · {summary['result']}")


def _model(run: Run) -> Summary:
    from raymath.models import resolve

    directory = resolve(run.settings.model.name)
    return {"directory": directory, "result": directory}


def _data(run: Run) -> Summary:
    from raymath.data.pipeline import build

    with progress("data") as show:
        summary = build(run.settings, _done(run, "model")["directory"], run.path / "data", show)
    return summary | {"result": str(run.path / "data")}


def _train(run: Run) -> Summary:
    from raymath.train.run import train

    with progress("training") as show:
        summary = train(
            run.settings, _done(run, "model")["directory"], run.path / "data", run.path / "train", progress=show
        )
    return summary | {"result": str(run.path / "train")}


def _export(run: Run) -> Summary:
    from raymath.train.export import export

    target = run.path / "model"
    export(run.path / "train", _done(run, "model")["directory"], target)
    return {"directory": str(target), "result": str(target)}
