"""Evaluate models on benchmarks in modes: deploy, ask, grade, write down. Resumable.

    results = evaluate({"base": base_dir, "tuned": tuned_dir}, items, run.settings, run.path / "eval")

Writes into the directory:

    asked.json          what was asked and how; resuming with other settings is refused
    generations.jsonl   every finished sample, at once (`raymath.rollout.store`)
    items.jsonl         the problems and their golds
    scores.jsonl        every sample's verdicts; made from the generations and the golds, again on each call
    transcripts/        the same for people to read

What is in ``generations.jsonl`` is not asked again, and no model is deployed that has nothing left to answer.
Models are served side by side where the cluster has room for all of them, otherwise one after the other. What
infrastructure loses is asked again, and shown as unscored if it stays lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from raymath.config import EvalSettings, Settings
from raymath.console import Progress, silent
from raymath.errors import ConfigError
from raymath.eval import transcripts
from raymath.eval.answers import Extraction
from raymath.eval.grading import extraction_of, score
from raymath.eval.items import Item, write_items
from raymath.eval.ordered import in_order
from raymath.eval.results import Cell, Scored, summarise, write_scores
from raymath.eval.shots import with_shots
from raymath.presets import Preset, preset
from raymath.records import Generation, Mode
from raymath.rollout.generators import Generator, Request, Sampling, ServeGenerator
from raymath.rollout.runner import Outcome, run
from raymath.rollout.store import Store
from raymath.runs import write_json


class Deployed(Protocol):
    """Models that are being served; see `raymath.serve.deploy`."""

    def handle(self, model: str) -> Any:
        """The Serve handle of one of them."""
        ...


#: (name → directory, settings) → the models while the block lasts.
Deploy = Callable[[dict[str, str], Settings], AbstractContextManager[Deployed]]


@dataclass(frozen=True)
class Results:
    """What `evaluate` found, and where it wrote it."""

    scored: tuple[Scored, ...]
    cells: tuple[Cell, ...]
    directory: Path
    asked: int
    found: int
    """Samples that were in the store from before."""

    @property
    def unscored(self) -> int:
        """Samples lost to infrastructure for good."""
        return sum(one.status == "unscored" for one in self.scored)


def evaluate(
    models: Mapping[str, str],
    benchmarks: Mapping[str, Sequence[Item]],
    settings: Settings,
    directory: str | Path,
    *,
    deploy: Deploy | None = None,
    progress: Progress = silent,
    pause_s: float = 5.0,
) -> Results:
    """Ask every model every item in every mode, and grade the answers.

    Args:
        models: name in the results → Hugging Face directory.
        benchmarks: name → items (`raymath.eval.benchmarks.load`).
        settings: ``eval`` says how to ask, ``serve`` and ``sandbox`` go to the deployment.
        directory: where everything is written; one that has results already is continued.
        deploy: instead of `raymath.serve.deploy.deploy`.
        progress: called with (finished samples, all, detail).
        pause_s: before what infrastructure lost is asked again.

    Raises:
        ConfigError: the directory's results were made with other settings.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    _check_asked(directory / "asked.json", settings.eval)
    requests = {name: plan(name, benchmarks, settings.eval) for name in models}
    with Store(directory / "generations.jsonl") as store:
        found = len(store)
        outcomes = _ask(models, requests, store, settings, deploy or partial(_serve, directory), progress, pause_s)
        generations = {generation.key: generation for generation in store}
    lost = {generation.key: generation for outcome in outcomes for generation in outcome.lost}
    every = [request for name in models for request in requests[name]]
    items = {(name, item.id): item for name, group in benchmarks.items() for item in group}
    write_items(directory / "items.jsonl", items.values())
    scored = score_all(every, generations | lost, items, extraction_of(settings.eval.protocol))
    write_scores(directory / "scores.jsonl", scored)
    transcripts.write(directory / "transcripts", generations.values(), items, scored)
    return Results(scored, summarise(scored), directory, sum(outcome.done for outcome in outcomes), found)


def plan(model: str, benchmarks: Mapping[str, Sequence[Item]], settings: EvalSettings) -> list[Request]:
    """All requests to one model: benchmark by benchmark, mode by mode, sample by sample.

    The model's preset words them: its own suffix, and solved examples before the question of a base model.
    """
    found = preset(model)
    return [
        Request(
            model=model,
            benchmark=name,
            mode=mode,
            item=item.id,
            message=_message(found, item, mode),
            sampling=_sampling(settings, sample),
            protocol=settings.protocol,
            sample=sample,
        )
        for name, items in benchmarks.items()
        for mode in settings.modes
        for item in items
        for sample in range(settings.samples)
    ]


def _message(found: Preset, item: Item, mode: Mode) -> str:
    asked = found.message(item.question, mode, item.language)
    return with_shots(asked, item.benchmark, item.language, found.shots)


def _sampling(settings: EvalSettings, sample: int) -> Sampling:
    if settings.samples == 1:
        return Sampling(settings.max_tokens)
    return Sampling(settings.max_tokens, settings.temperature, settings.top_p, settings.seed + sample)


def score_all(
    requests: Iterable[Request],
    generations: Mapping[Any, Generation],
    items: Mapping[tuple[str, str], Item],
    extraction: Extraction = "raymath",
) -> tuple[Scored, ...]:
    """Verdicts on all requests, in their order; one without a generation is unscored."""

    def work(request: Request) -> Scored:
        generation = generations.get(request.key) or request.lost("never asked")
        return score(generation, items[request.benchmark, request.item], extraction)

    return tuple(in_order(work, requests))


def _check_asked(file: Path, settings: EvalSettings) -> None:
    """Answers to other settings are other measurements: they must not end up in one table."""
    asked = settings.model_dump(mode="json", include=_DECISIVE)
    # Of several, sample 0 is drawn like the others: a greedy one may not vote with them.
    asked["samples"] = 1 if settings.samples == 1 else "several"
    if not file.is_file():
        write_json(file, asked)
        return
    before: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    changed = [name for name in asked if before.get(name, asked[name]) != asked[name]]
    if changed:
        name = changed[0]
        raise ConfigError(
            f"eval.{name} = {asked[name]!r}, but the answers in {file.parent} were made with {before[name]!r}",
            "keep it, or evaluate into a new run",
        )


_DECISIVE = {"protocol", "max_tokens", "temperature", "top_p", "seed"}


def _ask(
    models: Mapping[str, str],
    requests: Mapping[str, list[Request]],
    store: Store,
    settings: Settings,
    deploy: Deploy,
    progress: Progress,
    pause_s: float,
) -> list[Outcome]:
    todo = [name for name in models if any(request.key not in store for request in requests[name])]
    total = sum(map(len, requests.values()))
    finished = {name: sum(request.key in store for request in requests[name]) for name in models}
    progress(sum(finished.values()), total, "")
    outcomes: list[Outcome] = []
    for names in _together(todo, settings):

        def show(name: str, done: int, detail: str, names: Sequence[str] = tuple(names)) -> None:
            finished[name] = done
            progress(sum(finished.values()), total, detail or " ".join(names))

        with deploy({name: models[name] for name in names}, settings) as deployed:
            generators = {name: ServeGenerator(deployed.handle(name)) for name in names}
            outcomes += asyncio.run(
                _ask_together(generators, requests, store, settings.eval.concurrency, pause_s, show)
            )
    return outcomes


async def _ask_together(
    generators: Mapping[str, Generator],
    requests: Mapping[str, list[Request]],
    store: Store,
    concurrency: int,
    pause_s: float,
    show: Callable[[str, int, str], None],
) -> list[Outcome]:
    def progress_of(name: str) -> Progress:
        def progress(done: int, _total: int, detail: str = "") -> None:
            show(name, done, detail)

        return progress

    tasks = [
        asyncio.create_task(
            run(requests[name], generator, store, concurrency=concurrency, pause_s=pause_s, progress=progress_of(name))
        )
        for name, generator in generators.items()
    ]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _together(names: list[str], settings: Settings) -> list[list[str]]:
    """Groups of models that the cluster can serve at once."""
    import ray

    if not ray.is_initialized() or len(names) < 2:
        return [names] if names else []
    serve = settings.serve
    has: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    replicas = max(1, serve.min_replicas)
    room = [has.get("CPU", 0.0) / (serve.cpus_per_replica * replicas)]
    if serve.gpus_per_replica:
        room.append(has.get("GPU", 0.0) / (serve.gpus_per_replica * replicas))
    fit = max(1, int(min(room)))
    return [names[i : i + fit] for i in range(0, len(names), fit)]


def lacking(settings: Settings) -> str | None:
    """What of the cluster is not free for one model at this moment, for people; None where there is enough."""
    import ray

    replicas = max(1, settings.serve.min_replicas)
    wanted = {"CPU": settings.serve.cpus_per_replica * replicas, "GPU": settings.serve.gpus_per_replica * replicas}
    free: dict[str, float] = ray.available_resources()  # type: ignore[no-untyped-call]
    short = [f"{n:g} {what}s ({free.get(what, 0):g} free)" for what, n in wanted.items() if n > free.get(what, 0)]
    return " and ".join(short) or None


def _serve(directory: Path, models: dict[str, str], settings: Settings) -> AbstractContextManager[Deployed]:
    """An application of this evaluation's own: others of the cluster, `raymath serve` too, go on beside it."""
    from raymath.serve.deploy import deploy

    name = f"eval-{blake2b(str(directory.absolute()).encode(), digest_size=4).hexdigest()}"
    served: AbstractContextManager[Deployed] = deploy(models, settings, name=name, route=f"/{name}")
    return served
