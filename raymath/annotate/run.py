"""Ask the teacher, and write down what is kept. Resumable: no sample is asked twice.

    summary = annotate(problems, ServeGenerator(handle), "teacher", settings.annotate, directory)

Writes into the directory:

    asked.json           how the teacher was asked; going on in another way is refused
    generations.jsonl    every finished sample, at once (`raymath.rollout.store`)
    examples.jsonl       the kept ones as `raymath.records.Example`: a source of a mix (adapter ``raymath``)
    statistics.json      by source and level: problems, samples, right, kept, solved; and why samples were not kept

All but ``generations.jsonl`` is made from it again on each call.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from raymath.annotate.select import Chosen, select
from raymath.config import AnnotateSettings
from raymath.console import Progress, silent
from raymath.errors import ConfigError
from raymath.prompts import user_message
from raymath.records import Example, Generation, to_line
from raymath.rollout import Generator, Request, Sampling, Store, run
from raymath.runs import write_json

#: Settings that decide what a sample is; the others may change between two calls.
_DECISIVE = ("max_tokens", "temperature", "top_p", "protocol", "seed")
_COUNTS = ("problems", "samples", "right", "kept", "solved")


def annotate(
    problems: Sequence[Example],
    teacher: Generator,
    name: str,
    settings: AnnotateSettings,
    directory: str | Path,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Have a teacher solve problems, `settings.samples` times each, and keep what is right.

    Args:
        problems: questions with gold answers, ids unique.
        teacher: reaches it.
        name: what the samples are called after.
        settings: how to ask, how many to keep.
        directory: where everything is written; one that has samples already is continued.
        progress: called with (finished samples, all, detail).

    Returns:
        The statistics, with ``examples`` kept in all and ``unscored`` samples that infrastructure lost.

    Raises:
        ConfigError: the directory's samples were asked for with other settings.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    _check_asked(directory / "asked.json", {key: getattr(settings, key) for key in _DECISIVE} | {"teacher": name})
    wanted = requests(problems, name, settings)
    with Store(directory / "generations.jsonl") as store:
        outcome = asyncio.run(run(wanted, teacher, store, concurrency=settings.concurrency, progress=progress))
        samples: dict[str, list[Generation]] = defaultdict(list)
        for generation in store:
            samples[generation.benchmark + "\0" + generation.item].append(generation)
    for generation in outcome.lost:
        samples[generation.benchmark + "\0" + generation.item].append(generation)
    chosen = {
        problem.id: select(
            problem,
            sorted(
                (g for g in samples[problem.source + "\0" + problem.id] if g.sample < settings.samples),
                key=lambda g: g.sample,
            ),
            keep=settings.keep,
        )
        for problem in problems
    }
    kept = [example for problem in problems for example in chosen[problem.id].examples]
    _write_lines(directory / "examples.jsonl", kept)
    found = statistics(problems, chosen, settings.samples) | {"examples": len(kept), "unscored": len(outcome.lost)}
    write_json(directory / "statistics.json", found)
    return found


def requests(problems: Iterable[Example], name: str, settings: AnnotateSettings) -> list[Request]:
    """All samples to ask for, problem by problem; sample n has the seed ``settings.seed + n``."""
    return [
        Request(
            model=name,
            benchmark=problem.source,
            mode="tir",
            item=problem.id,
            message=user_message(problem.question, "tir", problem.language),
            sampling=Sampling(settings.max_tokens, settings.temperature, settings.top_p, settings.seed + sample),
            protocol=settings.protocol,
            sample=sample,
        )
        for problem in problems
        for sample in range(settings.samples)
    ]


def statistics(problems: Iterable[Example], chosen: Mapping[str, Chosen], samples: int) -> dict[str, Any]:
    """Counts by source and level, and the reasons of all samples that were not kept, by source."""
    cells: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for problem in problems:
        one = chosen[problem.id]
        cells[problem.source, problem.level or ""].update(
            problems=1, samples=samples, right=one.right, kept=len(one.examples), solved=bool(one.right)
        )
        reasons[problem.source].update(one.reasons)
    rows = [
        {"source": source, "level": level, **{count: cell[count] for count in _COUNTS}}
        for (source, level), cell in sorted(cells.items())
    ]
    return {"counts": rows, "not_kept": {source: dict(own.most_common()) for source, own in reasons.items()}}


def _check_asked(file: Path, asked: dict[str, Any]) -> None:
    """Samples drawn in another way would be counted as one measurement."""
    if not file.is_file():
        write_json(file, asked)
        return
    before: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for key, value in asked.items():
        if before.get(key) != value:
            raise ConfigError(
                f"annotate.{key} = {value!r}, but the samples in {file.parent} were drawn with {before.get(key)!r}",
                "keep it, or annotate into a new run",
            )


def _write_lines(file: Path, examples: Iterable[Example]) -> None:
    partial = file.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        out.writelines(f"{to_line(example)}\n" for example in examples)
    partial.replace(file)
