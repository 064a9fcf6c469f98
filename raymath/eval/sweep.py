"""Evaluate models on benchmarks in modes: ask, grade, write down. Resumable.

    results = evaluate({"base": base_dir, "tuned": tuned_dir}, items, run.settings, run.path / "eval")

Writes into the directory:

    asked.json          how was asked, by the hash in each record; other terms for the same answers are refused
    generations.jsonl   every finished sample, at once (`raymath.rollout.store`)
    items.jsonl         the problems and their golds
    scores.jsonl        every sample's verdicts; made from the generations and the golds, again on each call
    records.parquet     both together, a row a sample (`raymath.eval.samples`)
    transcripts/        the same for people to read

What is in ``generations.jsonl`` is not asked again, whatever is added to models, benchmarks, modes or samples, and no
model is deployed that has nothing left to answer. What infrastructure loses is asked again, and shown as unscored if it
stays lost.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from raymath.config import Settings
from raymath.console import Progress, silent
from raymath.eval import transcripts
from raymath.eval.asking import Model, Terms, check, find, plan
from raymath.eval.fleet import Deploy, Fleet
from raymath.eval.grading import extraction_of, score
from raymath.eval.items import Item, write_items
from raymath.eval.results import Cell, Scored, summarise, write_scores
from raymath.eval.samples import write_records
from raymath.ordered import in_order
from raymath.records import Generation
from raymath.rollout.generators import Request
from raymath.rollout.runner import Outcome
from raymath.rollout.store import Store

T = TypeVar("T")
#: Between two looks at whether to stop.
_POLL_S = 0.5


@dataclass(frozen=True)
class Results:
    """What `evaluate` found, and where it wrote it."""

    scored: tuple[Scored, ...]
    cells: tuple[Cell, ...]
    directory: Path
    asked: int
    found: int
    """Samples that were in the store from before."""
    timing: Mapping[str, Any] = field(default_factory=dict)
    """Seconds, by model (`raymath.eval.fleet.Timing`), and of what is done after the last answer."""

    @property
    def unscored(self) -> int:
        """Samples lost to infrastructure for good."""
        return sum(one.status == "unscored" for one in self.scored)


def evaluate(
    models: Mapping[str, str | Model],
    benchmarks: Mapping[str, Sequence[Item]],
    settings: Settings,
    directory: str | Path,
    *,
    deploy: Deploy | None = None,
    progress: Progress = silent,
    pause_s: float = 5.0,
    stop: threading.Event | None = None,
) -> Results:
    """Ask every model every item in every mode, and grade the answers.

    Args:
        models: name in the results → Hugging Face directory, or what `raymath.eval.asking.find` found.
        benchmarks: name → items (`raymath.eval.benchmarks.load`).
        settings: ``eval`` says how to ask, ``serve`` and ``sandbox`` go to the deployments.
        directory: where everything is written; one that has results already is continued.
        deploy: instead of `raymath.serve.deploy.deploy`.
        progress: called with (finished samples, all, detail).
        pause_s: before what infrastructure lost is asked again.
        stop: set from another thread, it takes the models down and raises `CancelledError`, as Ctrl-C does of the main
            thread; what is finished is kept.

    Raises:
        ConfigError: answers to the same requests were given on other terms.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    found = {name: one if isinstance(one, Model) else find(name, one, settings) for name, one in models.items()}
    planned = {name: plan(name, model, benchmarks, settings) for name, model in found.items()}
    requests = {name: own for name, (own, _) in planned.items()}
    every = [request for own in requests.values() for request in own]
    terms = {one: agreed for _, own in planned.values() for one, agreed in own.items()}
    fleet = Fleet(found, settings, f"eval-{_short(directory)}", deploy, progress, pause_s)
    generations, before, outcomes = _answers(directory, requests, terms, fleet, stop)
    asked_at = time.monotonic()
    lost = {generation.key: generation for outcome in outcomes for generation in outcome.lost}
    items = {(name, item.id): item for name, group in benchmarks.items() for item in group}
    write_items(directory / "items.jsonl", items.values())
    scored = score_all(every, generations | lost, items)
    write_scores(directory / "scores.jsonl", scored)
    write_records(directory / "records.parquet", scored, generations | lost, items, terms)
    transcripts.write(directory / "transcripts", generations.values(), items, scored)
    timing: dict[str, Any] = {name: asdict(one) | {"overhead": one.overhead} for name, one in fleet.timings.items()}
    timing["after"] = round(time.monotonic() - asked_at, 3)
    return Results(scored, summarise(scored), directory, sum(one.done for one in outcomes), before, timing)


def _answers(
    directory: Path,
    requests: Mapping[str, list[Request]],
    terms: Mapping[str, Terms],
    fleet: Fleet,
    stop: threading.Event | None,
) -> tuple[dict[Any, Generation], int, list[Outcome]]:
    """Every kept generation by key, how many there were before, and what became of the rest."""
    with Store(directory / "generations.jsonl") as store:
        before = len(store)
        every = (request for own in requests.values() for request in own)
        check(directory / "asked.json", every, terms, store.asked)
        outcomes = asyncio.run(_unless(stop, fleet.ask_all(requests, store)))
        return {generation.key: generation for generation in store}, before, outcomes


async def _unless(stop: threading.Event | None, work: Coroutine[Any, Any, T]) -> T:
    """The outcome of some work, which is cancelled as soon as `stop` is set."""
    if stop is None:
        return await work
    task = asyncio.create_task(work)
    while not task.done() and not stop.is_set():
        await asyncio.wait({task}, timeout=_POLL_S)
    if not task.done():
        task.cancel()
    return await task


def score_all(
    requests: Iterable[Request], generations: Mapping[Any, Generation], items: Mapping[tuple[str, str], Item]
) -> tuple[Scored, ...]:
    """Verdicts on all requests, in their order; one without a generation is unscored."""

    def work(request: Request) -> Scored:
        generation = generations.get(request.key) or request.lost("never asked")
        return score(generation, items[request.benchmark, request.item], extraction_of(request.protocol))

    return tuple(in_order(work, requests))


def _short(directory: Path) -> str:
    """Tells the applications of evaluations that run side by side apart."""
    return blake2b(str(directory.absolute()).encode(), digest_size=4).hexdigest()
