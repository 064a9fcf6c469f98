"""Every sample of the shown runs as blocks of JSON: an index that is read at once, details read when opened.

    for name, value in samples(runs): ...

``index``: series (run · model · mode), items, and one short row a sample. ``question-N`` and ``sample-N`` hold `CHUNK`
of them each, in the order of the index. ``formulas-N`` hold the MathML they refer to by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from raymath.config import Settings
from raymath.eval.items import Item
from raymath.eval.page.formulas import Formulas
from raymath.eval.results import Scored
from raymath.prompts import parse_solution
from raymath.records import Generation

CHUNK = 200
#: Characters of one stretch of a transcript that are shown: a page has to open.
LONGEST = 20_000


@dataclass(frozen=True)
class PageRun:
    """One evaluation: what was found, and what `raymath.eval.sweep` kept of it.

    ``models`` name → hub name or directory; ``items`` by (benchmark, id).
    """

    name: str
    settings: Settings
    scored: Sequence[Scored]
    generations: Iterable[Generation]
    items: Mapping[tuple[str, str], Item]
    models: Mapping[str, str] = field(default_factory=dict)


def samples(runs: Sequence[PageRun]) -> Iterator[tuple[str, Any]]:
    """(name, value) of all blocks."""
    formulas = Formulas()
    items: dict[tuple[str, str], int] = {}
    questions: list[Any] = []
    series: dict[str, int] = {}
    rows: list[Any] = []
    details: list[Any] = []
    for run in runs:
        kept = {generation.key: generation for generation in run.generations}
        for one in run.scored:
            key = (one.benchmark, one.item)
            if key not in items:
                items[key] = len(items)
                item = run.items.get(key)
                questions.append(formulas.parts(_cut(item.question)) if item is not None else [])
            name = " · ".join([*([run.name] if len(runs) > 1 else []), one.model, one.mode])
            rows.append(_row(one, series.setdefault(name, len(series)), items[key]))
            details.append(_detail(one, kept.get((one.model, one.benchmark, one.mode, one.item, one.sample)), formulas))
    yield "index", {"series": list(series), "items": list(items), "rows": rows, "chunk": CHUNK}
    for what, values in (("question", questions), ("sample", details), ("formulas", formulas.trees)):
        for number in range(0, len(values), CHUNK):
            yield f"{what}-{number // CHUNK}", values[number : number + CHUNK]


def _row(one: Scored, series: int, item: int) -> list[Any]:
    verdict = "unscored" if one.status != "scored" else "right" if one.correct else "wrong"
    strict = "unscored" if one.status != "scored" else "right" if one.correct_strict else "wrong"
    statuses = sorted({*one.program_statuses, one.finish})
    return [series, item, one.sample, verdict, strict, statuses, one.completion_tokens, one.rounds]


def _detail(one: Scored, generation: Generation | None, formulas: Formulas) -> dict[str, Any]:
    text = generation.text if generation is not None else ""
    return {
        "gold": list(one.answer),
        "found": list(one.extracted),
        "reason": one.reason,
        "program": one.program_correct,
        "finish": one.finish,
        "prompt": _cut(generation.prompt) if generation is not None else "",
        "parts": [
            [part.kind, formulas.parts(_cut(part.text)) if part.kind == "text" else [_cut(part.text)]]
            for part in parse_solution(text)
        ],
        "runs": [[run.status, round(run.seconds, 2)] for run in (generation.executions if generation else ())],
    }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} […{len(text) - LONGEST} characters more]"
