"""Results in parts: accuracy by subject, level, grade and topic; how long answers are; what the programs came to.

    for part in parts(scored, items): print(part.by, part.value, part.cell.accuracy)

Pure functions on verdicts and items. Whole cells are `raymath.eval.results`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from raymath.data.labels import chinese_rules
from raymath.eval.items import Item
from raymath.eval.results import Cell, Scored, summarise
from raymath.records import Mode

By = Literal["subject", "level", "grade", "topic"]


@dataclass(frozen=True)
class Part:
    """One model on the items of a benchmark that share a subject, level, grade or topic, in one mode.

    The topic is one of the 76 of Chinese training examples (`raymath.data.topics`), by the words of the question.
    """

    by: By
    value: str
    cell: Cell


@dataclass(frozen=True)
class Costs:
    """What the samples of a cell took: tokens written (50 %, 90 %, most), rounds, programs by status, money."""

    model: str
    benchmark: str
    mode: Mode
    samples: int
    tokens: tuple[int, int, int]
    rounds: Mapping[int, int]
    statuses: Mapping[str, int]
    finishes: Mapping[str, int]
    cost: float = 0.0


def parts(scored: Sequence[Scored], items: Mapping[tuple[str, str], Item]) -> tuple[Part, ...]:
    """Every part of every benchmark whose items have more than one value of a field; values in their order."""
    found: list[Part] = []
    for by in ("subject", "level", "grade", "topic"):
        split: dict[tuple[str, str], list[Scored]] = {}
        for one in scored:
            item = items.get((one.benchmark, one.item))
            value = _value(item, by) if item is not None else None
            if value is not None:
                split.setdefault((one.benchmark, value), []).append(one)
        values = Counter(benchmark for benchmark, _ in split)
        for (benchmark, value), group in sorted(split.items(), key=lambda entry: _order(*entry[0])):
            if values[benchmark] > 1:
                found += [Part(by, value, cell) for cell in summarise(group)]
    return tuple(found)


def _value(item: Item, by: By) -> str | None:
    if by == "topic":
        return _topic(item.question) if item.language == "zh" else None
    value: str | None = getattr(item, by)
    return value


@lru_cache(maxsize=2**16)
def _topic(question: str) -> str:
    return chinese_rules.decide(question)[0]


def _order(benchmark: str, value: str) -> tuple[str, float, str]:
    """Numbers by size and before words."""
    return (benchmark, float(value) if value.isdecimal() else float("inf"), value)


def costs(scored: Iterable[Scored]) -> tuple[Costs, ...]:
    """One entry for each model × benchmark × mode; samples lost to infrastructure cost nothing."""
    groups: dict[tuple[str, str, Mode], list[Scored]] = {}
    for one in scored:
        if one.status == "scored":
            groups.setdefault((one.model, one.benchmark, one.mode), []).append(one)
    return tuple(
        Costs(
            *key,
            samples=len(group),
            tokens=_quantiles([one.completion_tokens for one in group]),
            rounds=dict(sorted(Counter(one.rounds for one in group).items())),
            statuses=dict(Counter(status for one in group for status in one.program_statuses).most_common()),
            finishes=dict(Counter(one.finish for one in group).most_common()),
            cost=sum(one.cost for one in group),
        )
        for key, group in groups.items()
    )


def _quantiles(values: Sequence[int]) -> tuple[int, int, int]:
    ordered = sorted(values)
    last = len(ordered) - 1
    return (ordered[round(0.5 * last)], ordered[round(0.9 * last)], ordered[last])
