"""Interim evaluation: checkpoints of a run, evaluated while its training goes on.

    with evaluated_meanwhile(run, export):
        train(...)

Every complete checkpoint whose step is a multiple of ``train.evaluate_every`` is exported, served on what the training
leaves free of the cluster, and asked the first ``train.evaluate_items`` items of each benchmark. Results are lines of
RUN/interim/results.jsonl; what is in there is not done again by a run that goes on. A failure is said and costs that
checkpoint's evaluation, never the training.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.config import Settings
from raymath.console import say
from raymath.errors import MachineError, UserError
from raymath.runs import Run

if TYPE_CHECKING:
    from raymath.train.store import Store

#: Between two looks for checkpoints: on a disk, in a store.
_POLL_S, _POLL_STORE_S = 1.0, 15.0
#: What an evaluation that is given up gets to take its models down.
_END_S = 60.0
#: (step, directory to make) → the checkpoint after that step as a model directory.
Export = Callable[[int, Path], object]


def results(run: Run) -> list[dict[str, Any]]:
    """What has been found so far: ``step``, ``benchmark``, ``mode``, ``n``, ``correct``, ``interval`` of each cell."""
    file = run.path / "interim" / "results.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.is_file() else []


@contextmanager
def evaluated_meanwhile(run: Run, export: Export) -> Iterator[None]:
    """Evaluate checkpoints while the block lasts, and before it is left those that are there at its end.

    When the block raises, what is being evaluated is let go; a run that goes on takes it up again.
    """
    if run.settings.train.evaluate_every is None:
        yield
        return
    work = _Interim(run, export)
    work.thread.start()
    try:
        yield
    except BaseException:
        work.given_up.set()
        work.trained.set()  # it waits for nothing more
        work.thread.join(_END_S)  # its models are taken down while there still is a connection to Ray
        raise
    work.trained.set()
    work.thread.join()


class _Interim:
    """A thread that looks for checkpoints and evaluates one after the other, the oldest first."""

    def __init__(self, run: Run, export: Export) -> None:
        self._run, self._export = run, export
        self._directory = run.path / "interim"
        self._directory.mkdir(exist_ok=True)
        self._every = run.settings.train.evaluate_every or 0
        self._done = {line["step"] for line in results(run)}
        self.trained, self.given_up = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._work, name="interim-evaluation", daemon=True)

    def _work(self) -> None:
        while not self.given_up.is_set():
            ending = self.trained.is_set()  # before looking: the last checkpoint is there by then
            step = self._next()
            if step is not None:
                self._done.add(step)
                self._evaluate(step)
            elif ending:
                return
            else:
                self.trained.wait(_POLL_STORE_S if self._run.settings.train.checkpoint_store else _POLL_S)

    def _next(self) -> int | None:
        from raymath.train.finding import look

        try:
            there = [found.step for found in look(self._run.path / "train" / "checkpoints", self._store())]
        except MachineError as error:  # the training says it too, if the store stays away
            say(f"checkpoints cannot be looked for: {error}", "yellow")
            return None
        return min((step for step in there if step % self._every == 0 and step not in self._done), default=None)

    def _store(self) -> Store | None:
        """Where workers that share no disk with this machine leave their checkpoints."""
        from raymath.train.job import store_address
        from raymath.train.store import Store

        address = store_address(self._run.settings.train, self._run.path / "train")
        return Store(address) if address else None

    def _evaluate(self, step: int) -> None:
        from raymath.eval import benchmarks
        from raymath.eval.fleet import lacking
        from raymath.eval.sweep import evaluate

        settings = _fewer(self._run.settings)
        directory = self._directory / f"step-{step}"
        try:
            if missing := lacking(settings):
                raise UserError(f"it needs {missing} beside the training", "give the cluster more, or train with less")
            self._export(step, directory / "model")
            items, rejected = benchmarks.load_all(settings)
            if rejected:
                say(f"{len(rejected)} benchmark rows set aside, the first: {rejected[0]}", "yellow")
            where = {"checkpoint": str(directory / "model")}
            found = evaluate(where, items, settings, directory / "eval", stop=self.given_up)
        except (Exception, asyncio.CancelledError) as error:  # whatever it is: the training goes on
            if not self.given_up.is_set():
                say(f"step {step} was not evaluated: {type(error).__name__}: {error}", "yellow")
            return
        finally:
            shutil.rmtree(directory / "model", ignore_errors=True)
        lines = [
            {"step": step, "benchmark": cell.benchmark, "mode": cell.mode, "n": cell.n, "correct": cell.correct,
             "interval": cell.interval, "unscored": cell.unscored}
            for cell in found.cells
        ]  # fmt: skip
        with (self._directory / "results.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in lines)
        for line in lines:
            say(told(line))


def told(line: dict[str, Any]) -> str:
    """A line of `results` for people."""
    low, high = line["interval"]
    share = f"{line['correct'] / line['n']:.1%} ({low:.1%} to {high:.1%})" if line["n"] else "nothing scored"
    return f"step {line['step']}: {line['benchmark']} {line['mode']} {share} of {line['n']}"


def _fewer(settings: Settings) -> Settings:
    """The run's evaluation with one greedy answer to each of a few items."""
    most = settings.train.evaluate_items
    few = {
        name: one.model_copy(update={"limit": min(most, one.limit or most), "samples": 1})
        for name, one in settings.eval.benchmarks.items()
    }
    own = settings.eval.model_copy(update={"benchmarks": few, "samples": 1})
    # Nobody waits for answers that are given up.
    return settings.model_copy(update={"eval": own, "serve": settings.serve.model_copy(update={"drain_s": 0.0})})
